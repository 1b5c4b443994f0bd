//! The console without a terminal: keys and answers go in, effects and drawn screens come out, and the clock is the
//! test's own.

#![allow(dead_code, reason = "each test binary uses its own part")]

#[path = "rows.rs"]
mod rows;

pub use rows::*;

use std::sync::LazyLock;
use std::time::Duration;

use chrono::TimeDelta;
use keydeck::client::capabilities::Capabilities;
use keydeck::client::error::{Asked, ErrorKind, ServiceError};
use keydeck::domain::bulk::{Outcome, Progress, Target};
use keydeck::domain::finding::Finding;
use keydeck::domain::fresh::Fresh;
use keydeck::domain::key::Key;
use keydeck::domain::listing::{RateLimit, Scope};
use keydeck::domain::present::Present;
use keydeck::domain::rotation::Defaults;
use keydeck::domain::secret::Secret;
use keydeck::domain::settings::Settings;
use keydeck::domain::team::{Me, Role};
use keydeck::domain::time::{Time, When};
use keydeck::tui::app::App;
use keydeck::tui::compose::view;
use keydeck::tui::effect::{Effect, WithFindings, Write};
use keydeck::tui::event::{Answer, Created, Event, Moment, Slot};
use keydeck::tui::key::KeyPress;
use keydeck::tui::remembered::Remembered;
use keydeck::tui::session::Session;
use keydeck::tui::theme::{ColorDepth, DEFAULT, Theme};
use keydeck::tui::ticket::Ticket;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use unicode_width::UnicodeWidthStr;

/// Longer than any dialog is deaf.
const SETTLED: Duration = Duration::from_millis(450);

/// The present of every test, until time is let pass.
pub fn now() -> Time {
    When::from_wire("2026-11-21T08:30:00Z").time().unwrap()
}

/// The console, its clock and what it asked for.
pub struct Ui {
    pub app: App,
    /// What was asked for and not yet [taken](Self::take).
    pub effects: Vec<Effect>,
    /// What was last to be remembered, which is no effect of [`effects`](Self::effects).
    pub remembered: Option<Remembered>,
    /// What the server says of keys that are read again.
    pub again: Again,
    /// What was last read again: the ids, and whether with their findings.
    pub asked_again: Option<(Vec<String>, bool)>,
    /// The latest read in each slot.
    reads: Vec<(Slot, Ticket)>,
    running: Duration,
    /// How far this machine's clock is ahead of the server's.
    pub ahead: TimeDelta,
    /// How long the machine slept.
    slept: TimeDelta,
}

/// What the server says when keys are read again.
#[derive(Clone, Debug)]
pub enum Again {
    /// That they are as the lists have them, at once.
    AsLoaded,
    /// That they are so, at once; the findings that are open come along, if they are asked for.
    Are(Vec<Key>, Vec<Finding>),
    /// Nothing, until the test answers.
    Nothing,
}

/// A backend with everything, on a profile that is neither production nor read-only.
pub fn session() -> Session {
    Session {
        profile: "acme-staging".to_owned(),
        address: "https://keys.acme.example".to_owned(),
        read_only: false,
        unlocked: None,
        switching: false,
        production: false,
        color: None,
        capabilities: Capabilities::all(),
        notice_days: Vec::new(),
        saved: Defaults::default(),
    }
}

impl Ui {
    /// The console as it opens: its first reads are asked for, nothing is answered.
    pub fn new(size: (u16, u16)) -> Self {
        Self::on(session(), size)
    }

    /// The same on another backend.
    pub fn on(session: Session, size: (u16, u16)) -> Self {
        let running = Duration::from_secs(1);
        Self::begin(App::new(session, size, Moment::new(now(), running)), running)
    }

    /// The same after a run that remembered something.
    pub fn recalling(remembered: Remembered, session: Session) -> Self {
        let running = Duration::from_secs(1);
        let mut app = App::new(session, (80, 24), Moment::new(now(), running));
        app.recall(remembered);
        Self::begin(app, running)
    }

    fn begin(mut app: App, running: Duration) -> Self {
        let effects = app.start();
        let mut ui = Self {
            app,
            effects: Vec::new(),
            remembered: None,
            again: Again::AsLoaded,
            asked_again: None,
            reads: Vec::new(),
            running,
            ahead: TimeDelta::zero(),
            slept: TimeDelta::zero(),
        };
        ui.note(effects);
        ui
    }

    /// An admin's console with everything loaded, at 80×24.
    pub fn admin() -> Self {
        Self::loaded(session(), (80, 24))
    }

    /// The same on another backend, at another size.
    pub fn loaded(session: Session, size: (u16, u16)) -> Self {
        let mut ui = Self::on(session, size);
        ui.app.themes = (["dark", "default", "light"].map(str::to_owned).to_vec(), "default".to_owned());
        ui.me(me(Role::Admin));
        ui.load(Scope::Mine, my_keys());
        ui.load(Scope::Collections, collection_keys());
        ui.load(Scope::Team, team_keys());
        ui.findings(findings());
        ui.settings(Settings::default());
        ui.happen(Event::Rate(RateLimit { limit: 300, remaining: 287, reset_seconds: 30, window_seconds: 60 }));
        ui.take();
        ui
    }

    /// The same with Team Keys in front.
    pub fn team() -> Self {
        let mut ui = Self::admin();
        ui.keys("3");
        ui
    }

    /// Something happened.
    pub fn happen(&mut self, what: Event) -> &mut Self {
        let utc = now() + TimeDelta::from_std(self.running).unwrap() - TimeDelta::seconds(1) + self.slept;
        let off = Some(self.ahead).filter(|ahead| !ahead.is_zero());
        let present = Present { now: utc, sure: utc.min(utc + self.ahead), off };
        let effects = self.app.handle(Moment::new(present, self.running), what);
        self.note(effects);
        self
    }

    fn note(&mut self, mut effects: Vec<Effect>) {
        for remember in effects.extract_if(.., |effect| matches!(effect, Effect::Remember(_))) {
            let Effect::Remember(remembered) = remember else { continue };
            self.remembered = Some(remembered);
        }
        for effect in &effects {
            match effect {
                Effect::Load(slot, ticket) => self.read(*slot, *ticket),
                Effect::Lookup(ticket, _) => self.read(Slot::Lookup, *ticket),
                Effect::KeysOf(ticket, _) => self.read(Slot::OfUser, *ticket),
                Effect::Preview(ticket, _) => self.read(Slot::Impact, *ticket),
                Effect::Trail(ticket, _) => self.read(Slot::Trail, *ticket),
                Effect::Notices(ticket, _) => self.read(Slot::Notices, *ticket),
                Effect::Campaigns(ticket, ..) => self.read(Slot::Campaigns, *ticket),
                Effect::Tried(ticket, _) => self.read(Slot::Tried, *ticket),
                Effect::Ancestor(ticket, _) => self.read(Slot::Ancestor, *ticket),
                Effect::Locations(ticket, ..) => self.read(Slot::Locations, *ticket),
                Effect::ReadAgain(ticket, ..) => self.read(Slot::Again, *ticket),
                _ => {}
            }
        }
        let again: Vec<Effect> = effects
            .extract_if(.., |effect| matches!(effect, Effect::ReadAgain(..) | Effect::Cancel(Slot::Again)))
            .collect();
        self.effects.extend(effects);
        for effect in again {
            if let Effect::ReadAgain(_, targets, with) = effect {
                self.read_again(&targets, with == WithFindings::Yes);
            }
        }
    }

    /// The server answers about keys that are read again, as this test has it.
    fn read_again(&mut self, targets: &[Target], findings: bool) {
        self.asked_again = Some((targets.iter().map(|target| target.id.to_string()).collect(), findings));
        let fresh = match &self.again {
            Again::Nothing => return,
            Again::Are(keys, found) => Fresh { keys: keys.clone(), findings: found.clone() },
            Again::AsLoaded => self.as_loaded(targets, findings),
        };
        self.answer(Slot::Again, Answer::Fresh(Box::new(fresh)));
    }

    /// Keys as the lists have them.
    pub fn as_loaded(&self, targets: &[Target], findings: bool) -> Fresh {
        let lists = [&self.app.team, &self.app.mine, &self.app.collections];
        let find = |target: &Target| {
            let mut found = lists.iter().filter_map(|list| list.table.get(&target.id));
            found.find(|key| key.kind == target.kind).cloned()
        };
        let open = self.app.exposed.table.iter_all().filter(|finding| finding.is_open());
        let named = open.filter(|finding| targets.iter().any(|target| Some(&target.id) == finding.key_id.as_ref()));
        let findings = if findings { named.cloned().collect() } else { Vec::new() };
        Fresh { keys: targets.iter().filter_map(find).collect(), findings }
    }

    fn read(&mut self, slot: Slot, ticket: Ticket) {
        self.reads.retain(|(other, _)| *other != slot);
        self.reads.push((slot, ticket));
    }

    /// Presses keys, one at once after the other: `<Space>jj<ctrl-r>`.
    pub fn keys(&mut self, keys: &str) -> &mut Self {
        for press in KeyPress::sequence(keys).unwrap() {
            self.happen(Event::Key(press));
        }
        self
    }

    /// Lets every dialog begin to listen, then presses keys.
    pub fn later(&mut self, keys: &str) -> &mut Self {
        self.wait(SETTLED).keys(keys)
    }

    /// A frame with the present state stands on the screen.
    pub fn drawn(&mut self) -> &mut Self {
        self.app.drawn(Moment::new(now(), self.running));
        self
    }

    /// Pastes text.
    pub fn paste(&mut self, text: &str) -> &mut Self {
        self.happen(Event::Paste(Secret::new(text.to_owned())))
    }

    /// Lets time pass; wakes the console if it asked for a moment that has come.
    pub fn wait(&mut self, time: Duration) -> &mut Self {
        self.running += time;
        let due = |effect: &Effect| matches!(effect, Effect::WakeAt(at) if *at <= self.running);
        if self.effects.iter().any(due) {
            let running = self.running;
            self.effects.retain(|effect| !matches!(effect, Effect::WakeAt(at) if *at <= running));
            self.happen(Event::Wake);
        }
        self
    }

    /// The machine sleeps for so long, which the time since the program started does not count.
    pub fn asleep(&mut self, time: TimeDelta) -> &mut Self {
        self.slept += time;
        self
    }

    /// How long the console runs, as of the next event.
    pub fn running(&self) -> Duration {
        self.running
    }

    /// What was asked for since the last time.
    pub fn take(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// The ticket of the latest read in a slot.
    #[track_caller]
    pub fn ticket(&self, slot: Slot) -> Ticket {
        self.reads.iter().find(|(other, _)| *other == slot).map(|(_, ticket)| *ticket).expect("it was never read")
    }

    /// Whether a slot was ever read.
    pub fn was_read(&self, slot: Slot) -> bool {
        self.reads.iter().any(|(other, _)| *other == slot)
    }

    /// Answers the latest read in a slot.
    #[track_caller]
    pub fn answer(&mut self, slot: Slot, answer: Answer) -> &mut Self {
        let ticket = self.ticket(slot);
        self.happen(Event::Answer(slot, ticket, answer))
    }

    /// The server says who asks.
    pub fn me(&mut self, me: Me) -> &mut Self {
        self.answer(Slot::Me, Answer::Me(Box::new(me)))
    }

    /// A page of keys comes, and more are to come.
    pub fn page(&mut self, scope: Scope, keys: Vec<Key>) -> &mut Self {
        self.answer(Slot::Keys(scope), Answer::Keys(keys, None))
    }

    /// A list comes whole.
    pub fn load(&mut self, scope: Scope, keys: Vec<Key>) -> &mut Self {
        self.page(scope, keys).answer(Slot::Keys(scope), Answer::End)
    }

    /// All findings come.
    pub fn findings(&mut self, findings: Vec<Finding>) -> &mut Self {
        self.answer(Slot::Findings, Answer::Findings(findings, None)).answer(Slot::Findings, Answer::End)
    }

    /// The settings come.
    pub fn settings(&mut self, settings: Settings) -> &mut Self {
        self.answer(Slot::Settings, Answer::Settings(Box::new(settings)))
    }

    /// A read fails.
    pub fn fail(&mut self, slot: Slot, kind: ErrorKind) -> &mut Self {
        self.answer(slot, Answer::Failed(error(kind)))
    }

    /// A refresh that brings these rows to Team Keys.
    pub fn refresh_team(&mut self, keys: Vec<Key>) -> &mut Self {
        self.keys("<ctrl-r>").load(Scope::Team, keys)
    }

    /// The revoke asked for: its ticket and the ids in their order.
    #[track_caller]
    pub fn revoke(&mut self) -> (Ticket, Vec<String>) {
        let effects = self.take();
        let revoke = effects.iter().find_map(|effect| match effect {
            Effect::Write(_, Write::Bulk(ticket, order)) => Some((*ticket, order)),
            _ => None,
        });
        let (ticket, order) = revoke.expect("nothing is revoked");
        (ticket, order.keys.iter().map(|key| key.id.to_string()).collect())
    }

    /// The server answers about a new key.
    pub fn created(&mut self, ticket: Ticket, result: Created) -> &mut Self {
        self.happen(Event::Created(ticket, Box::new(result)))
    }

    /// A key's outcome comes.
    pub fn outcome(&mut self, ticket: Ticket, id: &str, outcome: Outcome) -> &mut Self {
        self.happen(Event::Bulk(ticket, Progress::Done(id.into(), outcome)))
    }

    /// The message in the footer.
    pub fn message(&self) -> &str {
        self.app.message.as_ref().map_or("", |message| &message.text)
    }

    /// The names of the dialogs, from the bottom.
    pub fn dialogs(&self) -> Vec<&'static str> {
        self.app.dialogs.iter().map(|dialog| dialog.context().name()).collect()
    }

    /// The ids shown in the list of keys in front.
    pub fn shown(&self) -> Vec<String> {
        let list = self.app.keys().expect("no list of keys is in front");
        list.table.rows(0..usize::MAX).map(|key| key.id.to_string()).collect()
    }

    /// The id under the cursor.
    pub fn cursor(&self) -> String {
        let list = self.app.keys().expect("no list of keys is in front");
        list.table.current().map(|key| key.id.to_string()).unwrap_or_default()
    }

    /// The ids that are marked, hidden ones too, sorted.
    pub fn marked(&self) -> Vec<String> {
        let list = self.app.keys().expect("no list of keys is in front");
        let mut ids: Vec<String> = list.table.marked_all().iter().map(ToString::to_string).collect();
        ids.sort();
        ids
    }

    /// What is drawn.
    pub fn buffer(&self) -> Buffer {
        self.backend().buffer().clone()
    }

    /// The column and row of the text cursor, if it is shown.
    pub fn text_cursor(&self) -> Option<(u16, u16)> {
        let backend = self.backend();
        backend.cursor_visible().then(|| backend.cursor_position().into())
    }

    fn backend(&self) -> TestBackend {
        let (width, height) = self.app.size;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        self.draw_on(&mut terminal);
        terminal.backend().clone()
    }

    /// Draws on a terminal that holds an earlier frame: only what changed is sent to it.
    pub fn draw_on(&self, terminal: &mut Terminal<TestBackend>) {
        // read once: to read it takes longer than to draw
        static THEME: LazyLock<Theme> = LazyLock::new(|| Theme::load(DEFAULT, None, ColorDepth::Ansi16).unwrap());
        terminal.draw(|frame| view(&self.app, &THEME, frame)).unwrap();
    }

    /// What is drawn, as text.
    pub fn screen(&self) -> String {
        text(&self.buffer())
    }
}

/// The text of a drawn screen; blanks at the ends of lines are left out.
pub fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in buffer.area.rows() {
        let mut line = String::new();
        let mut covered = 0;
        for x in 0..y.width {
            let symbol = buffer[(x, y.y)].symbol();
            if covered > 0 {
                covered -= 1;
                continue;
            }
            covered = symbol.width().saturating_sub(1);
            line.push_str(symbol);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// An error of this kind, as the client would tell it.
pub fn error(kind: ErrorKind) -> ServiceError {
    let asked = Asked { method: "GET", path: "/api-keys".to_owned(), address: "https://keys.acme.example".to_owned() };
    let (status, name, message) = match kind {
        ErrorKind::Denied => (Some(403), Some("forbidden"), "only an admin may list the team's keys"),
        ErrorKind::Unauthenticated => (Some(401), Some("unauthorized"), "the key is not known"),
        ErrorKind::Server => (Some(500), Some("serverError"), "the database is locked"),
        ErrorKind::LostAnswer => (None, None, "timed out after 10 s"),
        ErrorKind::Conflict => (Some(409), Some("conflict"), "a key with this hash exists"),
        _ => (None, None, "connection refused"),
    };
    ServiceError { status, name: name.map(Into::into), ..ServiceError::new(kind, asked, message) }
}
