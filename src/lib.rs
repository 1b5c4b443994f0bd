//! keydeck, a terminal console for the people who look after API keys: see every key of a team, find one in a
//! keystroke, revoke a hundred without fear. One crate, one binary, two long-running faces: the console (`keydeck`) and
//! the management server (`keydeck serve`), which share [`domain`] and [`api`] and otherwise never meet.
//!
//! # The way of one key press
//!
//! ```text
//! terminal bytes ──▶ KeyPress (one form) ──▶ Keymap::resolve(context) ──▶ Action ─┐
//! answer · tick · resize ─────────────────────────────────────────────▶ Event ────┤
//!                                                                                 ▼
//!               App::handle(&mut self, Event) -> Vec<Effect>     pure: no await, no clock, no I/O, no ratatui
//!                                                                                 ▼
//!      Runtime::run(Effect): read, write, copy, save ──▶ Happened::Answer(slot, ticket, …) ──▶ the next event
//!                                                                                 ▼
//!               view(&App, &Theme, &mut Frame)     once, when the queue is drained and something changed
//! ```
//!
//! - **Action** is what a person asked for ([`tui::action`] is the one table of them: names, keys, contexts, help),
//!   **Event** is what happened, **Effect** is what is to be done. Time comes with the event; nothing in
//!   [`tui::app`], the dialogs, the screens or [`domain`] asks a clock.
//! - **Each screen and each dialog is a folder**: `mod.rs` (state and what changes it) beside `view.rs` (drawing).
//!   Dialogs are one enum, kept as a stack; the compiler lists what a new one needs.
//! - **Rows are ids, never row numbers** ([`domain::table`]): cursor and marks survive refresh, sort and filter, and a
//!   review holds its own frozen list ([`domain::bulk::Plan`]), so what was read is what is revoked.
//! - **Reads supersede, writes don't.** A new read in a slot ends the old one, and an answer with a stale ticket is
//!   dropped. A write is never aborted and never blindly sent again: cancelling a revoke means "send no more", a lost
//!   answer is read back ([`ops::revoke`]).
//! - **A backend is a folder behind one door** ([`client::open`]): its dialect, its conversions, what it can do
//!   ([`client::capabilities`]) and what proves that it accepts a value ([`client::proof`]). Nothing behind the door asks
//!   which backend it is.
//! - **Leave to write is a value** ([`client::WritePermit`]): every mutating method asks for one, and a read-only
//!   profile cannot make one.
//! - **Nothing moves when nothing happens**: no ticks, at most about thirty frames a second, each in one synchronized
//!   write ([`tui::screen`]), only the rows that are visible.
//! - **Nothing holds the screen up**: what takes longer than a frame on a million rows goes on in slices, between which
//!   keys are heard and frames drawn ([`tui::app::effect::Effect::Continue`]).
//! - **Only a person presses keys**: the terminal's bytes go through [`tui::input::decoder`], which swallows what a terminal
//!   says by itself; what confirms is never a single letter ([`domain::bulk::Confirmation`]).
//! - **Text from outside** is [`domain::untrusted::Untrusted`], and a key's value is [`domain::secret::Secret`].
//!
//! # The way of a rotation
//!
//! [`domain::rotation::Rotation`] is the whole of it as a value without a secret: what it says comes next, an effect or a
//! question, and what an effect came to or a person decided goes back in. [`ops::rotate`] carries the effects out, each
//! noted in [`local::journal`] before it begins and after it ended; values wait in [`local::escrow`] and go to
//! [`local::sinks`]. On disk a rotation has a form of the journal's own, with a number; `tests/journal_forms.rs` keeps a
//! journal of each form that was ever written. Command line and console only answer questions. `tests/rotation_kill.rs` kills the program at every
//! [`fault`] point of all that and starts it again.
//!
//! # Who may import whom
//!
//! | Module | May import |
//! | --- | --- |
//! | [`domain`] | crates without I/O |
//! | [`api`] | domain |
//! | [`client`] | api, domain, fault; reqwest, tokio; its door, [`client::open`], also config |
//! | `sqlite` | rusqlite, tokio |
//! | [`local`] | domain, config, fault, sqlite; rusqlite |
//! | [`ops`] | domain, local, fault, the client's trait and error |
//! | [`config`] | domain |
//! | [`server`] | api, domain, config, sqlite; axum, and in the store's engine rusqlite; never client, ops, cli, tui |
//! | `tui::app`, the screens' and dialogs' `mod.rs` | domain, the client's error and capabilities; never ratatui, tokio, reqwest |
//! | every `view.rs`, [`tui::view`], [`tui::theme`] | the above, read-only, and ratatui |
//! | [`tui::bindings`] | tui, config |
//! | `tui::{event_loop, memory, rotating, runtime, terminal}` | tui, ops, client, local, config; tokio, crossterm |
//! | [`cli`] | everything but tui's insides |
//!
//! `tests/layering.rs` reads the source and names the line that breaks this. `cli/output.rs` is the only place that
//! prints.
//!
//! # Where a rule is tested
//!
//! Domain: tables and properties, beside the code. Console: key strings in, effects out (`tests/flows`), pictures of
//! every screen (`tests/screens`). Client and server: the real one against the real other (`tests/client`,
//! `tests/server`), and a listener that fails in every way (`tests/faults`). Command line: the built program
//! (`tests/cli`). The whole: the built program in a pseudo-terminal (`tests/pty`), and killed everywhere
//! (`tests/rotation_kill`).

pub mod api;
pub mod cli;
pub mod client;
pub mod config;
pub mod domain;
pub mod fault;
pub mod local;
pub mod ops;
pub mod server;
mod sqlite;
pub mod tui;
