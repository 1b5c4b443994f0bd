//! keydeck, a terminal console for the people who look after API keys: see every key of a team, find one in a
//! keystroke, revoke a hundred without fear. One crate, one binary, two long-running faces: the console (`keydeck`) and
//! the management server (`keydeck serve`), which share [`domain`] and [`api`] and otherwise never meet.
//!
//! # From a key press to the screen
//!
//! ```text
//! terminal bytes ──▶ KeyPress (one form) ──▶ Keymap::resolve(context) ──▶ Action ─┐
//! answer · tick · resize ─────────────────────────────────────────────▶ Event ────┤
//!                                                                                 ▼
//!        App::handle(&mut self, Moment, Event) -> Vec<Effect>     pure: no await, no clock, no I/O, no ratatui
//!             │ Input, Facts                    ▲ Requests
//!             ▼                                 │
//!        update(&mut self, Input, &Facts) of the dialog in front, else of the screen in front
//!                                                                                 │
//!                                                                                 ▼
//!        Runtime::run(Effect): read, write, copy, save ──▶ Event::Answer(slot, ticket, …) ──▶ the next event
//!                                                                                 ▼
//!        compose::view(&App, &Theme, &mut Frame)     once, when the queue is drained and something changed
//! ```
//!
//! - **Action** is what a person asked for ([`tui::action`] is the one table of them: names, keys, contexts, help, and
//!   whether it reads or writes), **Event** is what happened, **Effect** is what is to be done outside. Time comes with
//!   the event; nothing in [`tui::app`], the dialogs, the screens or [`domain`] asks a clock.
//! - **Each screen and each dialog is a folder**: `mod.rs` (state), `update.rs` (what changes it), `view.rs` (drawing). Its
//!   `update` takes an **Input** (an action, a character, an editing key, a paste, a scroll, an answer to what it asked)
//!   and the **Facts** it may know, read-only, and gives back **Requests** ([`tui::request`]): close, open, say, an effect,
//!   "these rows changed". The app passes inputs on and carries requests out; it keeps the tickets, the session and the
//!   [stack of dialogs](tui::dialogs::Stack), which also knows since when the one in front can be seen.
//! - **Dialogs are one enum**, matched without a wildcard arm ([`tui::dialogs::Dialog`]): a new one is a folder, a variant
//!   and, where it has keys of its own, rows of the action table; the compiler lists the rest. Forms are one toolkit
//!   ([`tui::dialogs::form`]).
//! - **Rows are ids, never row numbers** ([`domain::table`]): cursor and marks survive refresh, sort and filter, and a
//!   review holds its own frozen list ([`domain::bulk::Plan`]), so what was read is what is revoked. It reads those keys again
//!   when it opens ([`ops::fresh`]) and vouches for nothing older.
//! - **Reads supersede, writes don't.** A new read in a slot ends the old one, and an answer with a stale ticket is
//!   dropped. A write is never aborted and never blindly sent again: cancelling a revoke means "send no more", a lost
//!   answer is read back, and what was cut short is found on disk at the next start ([`ops::bulk`]).
//! - **A backend is a folder behind one door** ([`client::open()`]): its dialect, its conversions, what it can do
//!   ([`client::capabilities`]) and what proves that it accepts a value ([`client::proof`]). Nothing behind the door asks
//!   which backend it is.
//! - **Permission to write is a value**, twice. An effect that writes ([`tui::effect::Effect::Write`]) holds a
//!   [`tui::session::Permission`], which only a session that is not read-only gives, so that a write whose permission was
//!   forgotten does not compile; and every mutating method of the client asks for a [`client::WritePermit`]. Who has none
//!   is told so.
//! - **Nothing moves when nothing happens**: no ticks, but for one a second while an answer is overdue
//!   ([`tui::line`]), at most about thirty frames a second, each in one synchronized
//!   write ([`tui::screen`]), only the rows that are visible.
//! - **Nothing holds the screen up**: what takes longer than a frame on a million rows goes on in slices, between which
//!   keys are heard and frames drawn ([`tui::effect::Effect::Continue`]).
//! - **Only a person presses keys**: the terminal's bytes go through [`tui::input::decoder`], which swallows what a terminal
//!   says by itself; what confirms is never a single letter ([`domain::bulk::Confirmation`]).
//! - **Text from outside** is [`domain::untrusted::Untrusted`], and a key's value is [`domain::secret::Secret`]. Where a
//!   value stands in a text, however it is written, [`domain::values`] says: filter, palette, `show -`, what programs say,
//!   arguments and the server's log all ask there.
//!
//! # How a change of many keys goes
//!
//! Revoking, deleting, disabling and enabling are one engine, [`ops::bulk`]: each key's own outcome, nothing sent twice. Before
//! the first call the keys' ids stand in [`local::journal::changes`], then which were sent, then what became of each; a
//! process holds its change locked meanwhile. One that was cut short is read back ([`ops::bulk::resume`]) before
//! anything of it is sent again. `tests/bulk_kill.rs` kills the program at every [`fault`] point of that.
//!
//! # How a rotation goes
//!
//! [`domain::rotation::Rotation`] is the whole of it as a value without a secret: what it says comes next, an effect or a
//! question, and what an effect came to or a person decided goes back in. [`ops::rotate`] carries the effects out, each
//! noted in [`local::journal`] before it begins and after it ended; values wait in [`local::escrow`] and go to
//! [`local::sinks`]. What was agreed is sealed in escrow, so that a plan that was changed on disk is asked for again. On disk a rotation has a form of the journal's own, with a number; `tests/journal_forms.rs` keeps a
//! journal of each form that was ever written. Command line and console only answer questions. `tests/rotation_kill.rs` kills the program at every
//! [`fault`] point of all that and starts it again.
//!
//! A few words that are this program's own: a *place* is where a new value is delivered, a *sink* how that is written; the
//! *cutover* is what moves the systems to it, line by line; the *escrow* keeps values that are under way; the *overlap* is
//! the time in which both keys work; the *phase* says whether a rotation goes forward, back or is over; an *orphan* is a
//! key that a backend made and whose value was lost with the answer; a *batch* are rotations begun together.
//!
//! # How a leak is contained
//!
//! [`domain::incident::Incident`] is what its events come to. Each event is a line of its record ([`local::incidents`]) before
//! what it announces is sent, and after what it tells of was seen, so that an incident that was cut short is the same again
//! once its lines are read. It says what comes next; [`ops::contain`] carries that out, holds the values in memory, and writes
//! the evidence. *Asserted* is the server's word, *proven* is what was seen with the value in hand
//! ([`client::KeyService::verify`]); no other part of the program says either. `tests/incident_forms.rs` keeps a record of each
//! form that was ever written, `tests/contain_kill.rs` kills the program at every [`fault`] point of all that.
//!
//! # How keys are looked for
//!
//! [`domain::values::seek`] looks through a text that comes in pieces: what gives a value away is looked for at the speed of
//! memory, and the recogniser looks only around it. [`local::scan`] reads files, standard input and histories into it within
//! a bounded memory, [`domain::scan`] keeps each value once, by its hash, with its places, and [`ops::scan`] asks whose they are.
//! [`ops::scanners`] reads what others found; [`ops::report`] tells the server of either.
//!
//! # How the server keeps things
//!
//! [`server::store`] puts statements together that SQLite and PostgreSQL both take, and reads rows of its own; every change
//! carries its audit entries in its own transaction. Under it [`server::store::engine`] is the one place that knows the
//! database: one connection writes, the others are told to read only, the look-up that authenticates a request runs in
//! place, everything longer on threads that may wait. `tests/server/carried_on.rs` holds it to a database that an earlier
//! version made, `tests/server/plans.rs` to how each statement finds its rows.
//!
//! # How a profile is chosen and left
//!
//! [`config::Chosen`] says which profile, or which address and key of the environment; [`config::Session::of_profile`] fetches its
//! key: from where the configuration says, or from a [`config::KeyKeeper`], which asks [`local::kept_keys`] (what `keydeck login`
//! keeps, bound to the address that it was given for) and then a person. `config.toml` is changed as text by the pure functions of
//! `config::edit`, and what comes out is read before it is written. The console makes all anew where it goes to another
//! profile (`tui::board`): first the key is fetched, then what is on its way ends, and at either step it may stay. A read-only
//! profile that is unlocked for a time has a [`client::WritePermit`] with an end, which every copy of it shares and every method
//! that changes something asks.
//!
//! # Who may import whom
//!
//! | Module | May import |
//! | --- | --- |
//! | [`domain`] | crates without I/O |
//! | [`api`] | domain |
//! | [`certificates`] | rustls, whose types it gives |
//! | [`client`] | api, certificates, domain, fault, the system's clock and sockets; reqwest, tokio; its door, [`client::open()`], also config |
//! | [`system`] | crates for files, processes, sockets and clocks: rustix, tempfile, tokio |
//! | `sqlite` | rusqlite, tokio |
//! | [`local`] | domain, config, fault, sqlite, system; rusqlite |
//! | [`ops`] | domain, local, fault, system, the client's trait and error |
//! | [`config`] | certificates, domain, system |
//! | [`manual`] | domain, the table of actions; crates that read Markdown and write manual pages |
//! | [`outbound`] | domain; reqwest, rustls, tokio |
//! | [`server`] | api, certificates, domain, config, fault, outbound, sqlite, the system's sockets; axum, and in the store's engine rusqlite; never client, ops, cli, tui |
//! | terms: `tui::{action, calls, effect, event, facts, field, key, keymap, layout, line, open_changes, open_incidents, open_rotations, progress, remembered, request, session, tab, text, ticket}` | domain, the client's error and capabilities, one another |
//! | toolkit: [`tui::view`], [`tui::theme`] | terms; ratatui |
//! | [`tui::dialogs`], but for their `view.rs` | terms, [`manual`] |
//! | [`tui::screens`], but for their `view.rs` | terms, dialogs |
//! | every `view.rs` | what its folder may, the toolkit; ratatui |
//! | [`tui::app`] | terms, dialogs, screens |
//! | [`tui::compose`] | terms, toolkit, dialogs, screens, app, read-only; ratatui |
//! | runtime: the rest of `tui` | tui, ops, client, local, config, system; tokio, crossterm |
//! | [`cli`] | everything but tui's insides |
//!
//! `tests/layering.rs` reads the source and names the line that breaks this, and each circle that leads through files of
//! different rooms. `cli/output.rs` is the only place that prints.
//!
//! # Where a rule is tested
//!
//! Domain: tables and properties, beside the code. Console: key strings in, effects out (`tests/flows`), pictures of
//! every screen (`tests/screens`); the runtime on a fake backend with paused time, beside the code. Client and server: the real one against the real other (`tests/client`,
//! `tests/server`), and a listener that fails in every way (`tests/faults`). Command line: the built program
//! (`tests/cli`). The whole: the built program in a pseudo-terminal (`tests/pty`), and killed everywhere
//! (`tests/rotation_kill`, `tests/bulk_kill`, `tests/contain_kill`).

pub mod api;
pub mod certificates;
pub mod cli;
pub mod client;
pub mod config;
pub mod domain;
pub mod fault;
pub mod local;
pub mod manual;
pub mod ops;
pub mod outbound;
pub mod server;
mod sqlite;
pub mod system;
pub mod tui;
