//! The console's state, and the one way it changes: [`App::handle`], a pure function of events. It never waits, asks no
//! clock, does no I/O and knows nothing of drawing.

mod change;
mod denied;
mod detail;
mod dialogs;
pub mod effect;
pub mod event;
mod keys;
pub mod layout;
mod lists;
pub mod memory;
mod mouse;
mod new_key;
mod palette;
mod reads;
mod revoke;
mod rotate;
mod rotating;
mod rotations;
mod session;
mod tab;
mod tab_bar;

pub use lists::thousands;
use rotations::Leaving;
pub use rotations::Open;
pub use session::{Connection, Message, Seeding, Session, Tone};
pub use tab::{Progress, Tab};
pub use tab_bar::TabLabel;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::domain::finding::Finding;
use crate::domain::ids::KeyId;
use crate::domain::key::Key;
use crate::domain::listing::{RateLimit, Scope};
use crate::domain::names::Names;
use crate::domain::row::Row;
use crate::domain::sort::{Column, Sort};
use crate::domain::team::Me;
use crate::domain::time::Time;
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::calls::Calls;
use crate::tui::dialogs::{Dialog, scroll};
use crate::tui::key::KeyPress;
use crate::tui::keymap::Keymap;
use crate::tui::screens::list::ListScreen;
use crate::tui::screens::settings::SettingsScreen;
use effect::Effect;
use event::{Event, Happened, Moment, Slot, Ticket};
use layout::Layout;
use memory::Remembered;

/// The console's state.
#[derive(Debug)]
pub struct App {
    /// The present, as of the last event.
    pub now: Moment,
    /// Columns and rows of the window.
    pub size: (u16, u16),
    /// The backend.
    pub session: Session,
    /// Who the console is.
    pub me: Option<Me>,
    /// Names and addresses of users.
    pub users: Names,
    /// Whether the backend answers.
    pub connection: Connection,
    /// What is left of the rate limit.
    pub rate: Option<RateLimit>,
    /// How far the demo's team is made; none once it is, or where there is none.
    pub seeding: Option<Seeding>,
    /// The tab in front.
    pub tab: Tab,
    /// My Keys.
    pub mine: ListScreen<Key>,
    /// Collection Access Keys.
    pub collections: ListScreen<Key>,
    /// Team Keys.
    pub team: ListScreen<Key>,
    /// Exposed Keys.
    pub exposed: ListScreen<Finding>,
    /// Settings.
    pub settings: SettingsScreen,
    /// The dialogs, the last in front.
    pub dialogs: Vec<Dialog>,
    /// The rotations that are open on this machine.
    pub rotations: Open,
    /// The message in the footer.
    pub message: Option<Message>,
    /// Which keys do what.
    pub keymap: Keymap,
    /// The HTTP calls of this session.
    pub calls: Calls,
    /// The names of the themes there are, and of the one in use.
    pub themes: (Vec<String>, String),
    /// Whether a theme that is chosen here is remembered, since the configuration names none.
    pub keeps_theme: bool,
    /// The keys of a sequence typed so far.
    pub pending: Vec<KeyPress>,
    exposed_keys: HashSet<KeyId>,
    looked_up: HashMap<String, Option<KeyId>>,
    /// Fingerprints that were answered since the filter box was opened.
    answered: HashSet<String>,
    lookup: Ticket,
    reading_me: Ticket,
    reading_users: Ticket,
    last_ticket: u64,
    cancelled_once: bool,
    /// The wizards that were left and whose rotations are not let go yet.
    leaving: Leaving,
    /// When it was asked to go on with what takes long, until it does.
    continuing: Option<Duration>,
    /// The lines that the palette obeyed, the latest last.
    commands: Vec<String>,
    chosen_theme: Option<String>,
    /// What was last told to be remembered.
    told: Option<Remembered>,
    /// Whether the tab in front is so since it was remembered.
    recalled_tab: bool,
    /// When the dialog that was drawn last came to be seen.
    seen: Option<Duration>,
    /// When the console came back from being stopped.
    returned: Option<Duration>,
    /// Until when keys may be the rest of something that the terminal said.
    noise_ends: Duration,
}

/// How long after something of the terminal's came in part no dialog confirms or sends anything.
const AFTER_NOISE: Duration = Duration::from_secs(1);

impl App {
    /// The console before anything happened.
    pub fn new(session: Session, size: (u16, u16), now: Moment) -> Self {
        let keys = |scope| {
            let sort = if scope == Scope::Collections { Column::Expires } else { Column::Created };
            ListScreen::new(Slot::Keys(scope), Column::for_keys(), Column::for_keys(), Sort::by(sort))
        };
        Self {
            now,
            size,
            session,
            me: None,
            users: Names::default(),
            connection: Connection::Connecting,
            rate: None,
            seeding: None,
            tab: Tab::Mine,
            mine: keys(Scope::Mine),
            collections: keys(Scope::Collections),
            team: keys(Scope::Team),
            exposed: ListScreen::new(
                Slot::Findings,
                Column::for_findings(),
                Column::usual_for_findings(),
                Sort::by(Column::Detected),
            ),
            settings: SettingsScreen::default(),
            dialogs: Vec::new(),
            rotations: Open::default(),
            message: None,
            keymap: Keymap::default(),
            calls: Calls::default(),
            themes: (Vec::new(), String::new()),
            keeps_theme: false,
            pending: Vec::new(),
            exposed_keys: HashSet::new(),
            looked_up: HashMap::new(),
            answered: HashSet::new(),
            lookup: Ticket::default(),
            reading_me: Ticket::default(),
            reading_users: Ticket::default(),
            last_ticket: 0,
            cancelled_once: false,
            leaving: Leaving::default(),
            continuing: None,
            commands: Vec::new(),
            chosen_theme: None,
            told: None,
            recalled_tab: false,
            seen: None,
            returned: None,
            noise_ends: Duration::ZERO,
        }
    }

    /// The first reads.
    pub fn start(&mut self) -> Vec<Effect> {
        self.told = Some(self.remembered());
        [Slot::Me, Slot::Keys(Scope::Mine), Slot::Settings, Slot::Keys(Scope::Collections), Slot::Users]
            .into_iter()
            .filter_map(|slot| self.load(slot))
            .chain([Effect::ListRotations])
            .collect()
    }

    /// Takes one event in and says what is to be done.
    pub fn handle(&mut self, event: Event) -> Vec<Effect> {
        self.now = event.at;
        let effects = match event.what {
            Happened::Key(press) => self.key(press),
            Happened::Paste(text) => self.paste(text.expose()),
            Happened::Mouse(mouse) => {
                self.mouse(mouse);
                Vec::new()
            }
            Happened::Resize(width, height) => {
                self.size = (width, height);
                Vec::new()
            }
            Happened::Noise => {
                self.noise_ends = self.running() + AFTER_NOISE;
                Vec::new()
            }
            Happened::Continue => {
                self.go_on();
                Vec::new()
            }
            Happened::StopAsked => self.suspend(),
            Happened::Returned(width, height) => {
                self.size = (width, height);
                self.returned = Some(self.running());
                Vec::new()
            }
            Happened::NotStopped => {
                self.say(Tone::Info, "No shell waits that could bring keydeck back: it goes on");
                Vec::new()
            }
            Happened::Wake => self.hide_value_when_due().into_iter().chain(self.go_on_when_due()).collect(),
            Happened::RotationsListed(listed) => self.rotations_listed(listed),
            Happened::RotationsPlanned(ticket, rotations) => self.rotations_planned(ticket, rotations),
            Happened::Rotating(ticket, rotation, doing) => self.rotating(ticket, *rotation, doing),
            Happened::RotationRefused(ticket, id, why) => self.rotation_refused(ticket, id.as_ref(), why),
            Happened::RotationSummarised(ticket, id, summary) => self.rotation_summarised(ticket, &id, summary),
            Happened::RotationsLeft(ticket) => self.rotations_left(ticket),
            Happened::HandOver(ticket, value) => vec![Effect::HandOver(ticket, value)],
            Happened::Themed(Ok(name)) => {
                self.themes.1 = name;
                Vec::new()
            }
            Happened::Themed(Err(why)) => {
                self.say(Tone::Bad, why);
                Vec::new()
            }
            Happened::Seeding(seeding) => self.seeding(seeding),
            Happened::Rate(rate) => {
                self.rate = Some(rate);
                Vec::new()
            }
            Happened::Called(call) => {
                self.calls.add(call);
                Vec::new()
            }
            Happened::Answer(slot, ticket, answer) => self.answer(slot, ticket, answer),
            Happened::Revoking(ticket, progress) => {
                self.revoking(ticket, progress);
                Vec::new()
            }
            Happened::RevokeEnded(ticket) => self.revoke_ended(ticket),
            Happened::Minted(ticket, value) => self.minted(ticket, value),
            Happened::Created(ticket, result) => self.created(ticket, *result),
            Happened::Changed(ticket, result) => {
                self.changed(ticket, *result);
                Vec::new()
            }
            Happened::Copied(what, result) => {
                self.copied(what, result);
                Vec::new()
            }
            Happened::Written(ticket, result) => {
                self.written(ticket, result);
                Vec::new()
            }
            Happened::NotRemembered(why) => {
                if self.message.is_none() {
                    self.say(Tone::Info, format!("Tab, sort, states and columns are not remembered: {why}"));
                }
                Vec::new()
            }
        };
        self.follow_cursor();
        let mut effects = self.leave_in_order(effects);
        effects.extend(self.remember());
        if self.is_busy() && self.continuing.is_none() {
            self.continuing = Some(self.running());
            effects.push(Effect::Continue);
        }
        effects
    }

    /// By what a list is being sorted, if a long one is.
    pub fn sorting(&self) -> Option<Column> {
        fn of<R: Row>(list: &ListScreen<R>) -> Option<Column> {
            list.table.is_sorting().then(|| list.table.wanted_sort().column)
        }
        let keys = [&self.mine, &self.collections, &self.team].into_iter().find_map(of);
        keys.or_else(|| of(&self.exposed))
    }

    /// Another slice of what takes long.
    fn go_on(&mut self) {
        self.continuing = None;
        for list in [&mut self.mine, &mut self.collections, &mut self.team] {
            list.go_on();
        }
        self.exposed.go_on();
    }

    fn is_busy(&self) -> bool {
        [&self.mine, &self.collections, &self.team].into_iter().any(ListScreen::is_busy) || self.exposed.is_busy()
    }

    /// A frame with the present state stands on the screen. A dialog counts as open from its first frame on: what was
    /// typed while a slow line or a long task kept it back was not meant for it.
    pub fn drawn(&mut self, at: Moment) {
        if self.layout().is_none() {
            return;
        }
        if let Some(opened) = self.dialogs.last_mut().and_then(Dialog::opened_mut)
            && self.seen != Some(*opened)
        {
            *opened = at.running;
            self.seen = Some(at.running);
        }
    }

    /// How the window is divided; none when it is too small.
    pub fn layout(&self) -> Option<Layout> {
        Layout::of(self.size)
    }

    /// Where key presses are heard now.
    pub fn context(&self) -> Context {
        if let Some(dialog) = self.dialogs.last() {
            return dialog.context();
        }
        match self.tab {
            Tab::Settings => Context::Settings,
            _ if self.is_editing_filter() => Context::Filter,
            _ => Context::List,
        }
    }

    /// The list of keys in front, if the tab in front is one.
    pub fn keys(&self) -> Option<&ListScreen<Key>> {
        match self.tab.slot() {
            Slot::Keys(scope) => Some(self.list(scope)),
            _ => None,
        }
    }

    fn keys_mut(&mut self) -> Option<&mut ListScreen<Key>> {
        match self.tab.slot() {
            Slot::Keys(scope) => Some(self.list_mut(scope)),
            _ => None,
        }
    }

    fn list(&self, scope: Scope) -> &ListScreen<Key> {
        match scope {
            Scope::Mine => &self.mine,
            Scope::Team => &self.team,
            Scope::Collections => &self.collections,
        }
    }

    fn list_mut(&mut self, scope: Scope) -> &mut ListScreen<Key> {
        match scope {
            Scope::Mine => &mut self.mine,
            Scope::Team => &mut self.team,
            Scope::Collections => &mut self.collections,
        }
    }

    fn own_key(&self) -> Option<KeyId> {
        self.me.as_ref().and_then(|me| me.own_key.clone())
    }

    /// How far a tab is loaded, and when it is from.
    pub fn progress(&self, tab: Tab) -> Progress<'_> {
        fn of<R: Row>(list: &ListScreen<R>) -> Progress<'_> {
            let total = list.total.and_then(|total| usize::try_from(total).ok());
            Progress { load: &list.load, as_of: list.as_of, loaded: list.table.len(), total }
        }
        match tab {
            Tab::Mine => of(&self.mine),
            Tab::Collections => of(&self.collections),
            Tab::Team => of(&self.team),
            Tab::Exposed => of(&self.exposed),
            Tab::Settings => Progress { load: &self.settings.load, as_of: self.settings.as_of, loaded: 0, total: None },
        }
    }

    fn act_in_settings(&mut self, action: Action) -> Vec<Effect> {
        let page = (crate::tui::screens::settings::room(self.size.1).max(2) - 1).cast_signed();
        match action {
            Action::Down => self.scroll_settings(1),
            Action::Up => self.scroll_settings(-1),
            Action::PageDown => self.scroll_settings(page),
            Action::PageUp => self.scroll_settings(-page),
            Action::Bottom => self.scroll_settings(isize::MAX),
            Action::Top => self.scroll_settings(isize::MIN),
            Action::Quit => return vec![Effect::Quit],
            _ => return self.act_on_tabs(action),
        }
        Vec::new()
    }

    fn scroll_settings(&mut self, rows: isize) {
        let most = |settings| crate::tui::screens::settings::most(settings, self.size);
        let most = self.settings.settings.as_ref().map_or(0, most);
        self.settings.scroll = scroll(self.settings.scroll, rows, most);
    }

    fn act_on_tabs(&mut self, action: Action) -> Vec<Effect> {
        let at = Tab::ALL.iter().position(|tab| *tab == self.tab).unwrap_or(0);
        let tab = match action {
            Action::MineTab => Tab::Mine,
            Action::CollectionsTab => Tab::Collections,
            Action::TeamTab => Tab::Team,
            Action::ExposedTab => Tab::Exposed,
            Action::SettingsTab => Tab::Settings,
            Action::Next => Tab::ALL[(at + 1) % Tab::ALL.len()],
            Action::Previous => Tab::ALL[(at + Tab::ALL.len() - 1) % Tab::ALL.len()],
            Action::Refresh => return self.refresh(),
            _ => return Vec::new(),
        };
        self.go_to(tab);
        Vec::new()
    }

    fn go_to(&mut self, tab: Tab) {
        self.tab = tab;
        self.recalled_tab = false;
    }

    fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.message = Some(Message { tone, text: text.into() });
    }

    fn ticket(&mut self) -> Ticket {
        self.last_ticket += 1;
        Ticket(self.last_ticket)
    }

    fn utc(&self) -> Time {
        self.now.utc
    }

    fn running(&self) -> Duration {
        self.now.running
    }

    fn follow_cursor(&mut self) {
        let body = usize::from(self.layout().map_or(1, |layout| layout.body));
        match self.tab {
            Tab::Exposed => self.exposed.follow(body),
            Tab::Settings => {}
            _ => {
                if let Some(list) = self.keys_mut() {
                    list.follow(body);
                }
            }
        }
    }
}
