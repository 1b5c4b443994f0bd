//! The console's state, and the one way it changes: [`App::handle`], a pure function of events. It never waits, asks no
//! clock, does no I/O and knows nothing of drawing.

mod campaigns;
mod change;
mod changes;
mod denied;
pub mod exposed;
mod incidents;
mod keys;
pub mod line;
mod lists;
mod login;
pub mod memory;
mod mouse;
mod notices;
mod palette;
mod pauses;
mod profiles;
mod reads;
mod rotations;
mod route;
mod tab_bar;
mod tour;
mod unlock;
mod values;

use rotations::Releasing;
pub use tab_bar::TabLabel;
pub use tour::Tour;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::domain::exposed::Unresolved;
use crate::domain::finding::Finding;
use crate::domain::ids::KeyId;
use crate::domain::key::Key;
use crate::domain::listing::{RateLimit, Scope};
use crate::domain::names::Names;
use crate::domain::paused::Paused;
use crate::domain::row::Row;
use crate::domain::sort::{Column, Sort};
use crate::domain::table::Table;
use crate::domain::team::Me;
use crate::domain::time::Time;
use crate::domain::views::Views;
use crate::tui::action::{Action, Context};
use crate::tui::calls::CallLog;
use crate::tui::dialogs::Stack;
use crate::tui::effect::Effect;
use crate::tui::event::{Copied, Event, Moment, Slot};
use crate::tui::facts::{Facts, LoadedKeys};
use crate::tui::key::KeyPress;
use crate::tui::keymap::Keymap;
use crate::tui::layout::Layout;
use crate::tui::line::Line;
use crate::tui::open_changes::OpenChanges;
use crate::tui::open_incidents::OpenIncidents;
use crate::tui::open_rotations::OpenRotations;
use crate::tui::progress::Progress;
use crate::tui::remembered::Remembered;
use crate::tui::request::{Input, Reply};
use crate::tui::screens::list::ListScreen;
use crate::tui::screens::settings::SettingsScreen;
use crate::tui::session::{Connection, Message, ProfileLine, Seeding, Session, Tone};
use crate::tui::tab::Tab;
use crate::tui::text::Signs;
use crate::tui::ticket::Ticket;

/// What may be known, from the app's fields, so that another of them may change meanwhile.
macro_rules! facts {
    ($app:expr, $keys:expr, $settings:expr, $ticket:expr) => {
        $crate::tui::facts::Facts {
            now: $app.now,
            size: $app.size,
            session: &$app.session,
            me: $app.me.as_ref(),
            users: &$app.users,
            settings: $settings,
            keymap: &$app.keymap,
            rotations: &$app.rotations,
            calls: &$app.calls,
            views: &$app.views,
            filters: &$app.filters,
            keys: $keys,
            ticket: $ticket,
        }
    };
}
use facts;

/// The console's state.
#[derive(Debug)]
pub struct App {
    /// The present, as of the last event.
    pub now: Moment,
    /// Columns and rows of the window.
    pub size: (u16, u16),
    pub session: Session,
    /// Who the console is.
    pub me: Option<Me>,
    /// Names and addresses of users.
    pub users: Names,
    /// Keys that are disabled for a while by this console.
    paused_keys: Vec<Paused>,
    /// Whether the backend answers.
    pub connection: Connection,
    /// Since when it does not, and when to look again.
    pub line: Line,
    /// How often the tab in front is read again without being asked; none: never.
    pub auto_refresh: Option<Duration>,
    /// What is left of the rate limit.
    pub rate: Option<RateLimit>,
    /// How far the demo's team is made; none once it is, or where there is none.
    pub seeding: Option<Seeding>,
    /// The tour through a demo, as long as it is walked.
    pub tour: Option<Tour>,
    pub tab: Tab,
    /// My Keys.
    pub mine: ListScreen<Key>,
    /// Collection Access Keys.
    pub collections: ListScreen<Key>,
    pub team: ListScreen<Key>,
    /// Exposed Keys.
    pub exposed: ListScreen<Finding>,
    pub settings: SettingsScreen,
    /// The dialogs, the last in front.
    pub dialogs: Stack,
    /// The rotations that are open on this machine.
    pub rotations: OpenRotations,
    /// The changes of many keys that are open on this machine.
    pub changes: OpenChanges,
    /// The incidents that are open on this machine.
    pub incidents: OpenIncidents,
    /// The message in the footer.
    pub message: Option<Message>,
    /// Which keys do what.
    pub keymap: Keymap,
    /// The profiles there are to go to.
    pub profiles: Vec<ProfileLine>,
    /// The HTTP calls of this session.
    pub calls: CallLog,
    /// What everything is drawn with.
    pub signs: Signs,
    /// The names of the themes there are, and of the one in use.
    pub themes: (Vec<String>, String),
    /// Whether a theme that is chosen here is remembered, since the configuration names none.
    pub keeps_theme: bool,
    /// The filters that go by a name.
    pub views: Views,
    /// The keys of a sequence typed so far.
    pub pending: Vec<KeyPress>,
    /// The keys that an open finding names.
    exposed_keys: HashSet<KeyId>,
    /// The keys that any finding names.
    found_keys: HashSet<KeyId>,
    /// Keys that were revoked by what is being taken in, while more such is.
    gathered: Option<Vec<KeyId>>,
    looked_up: HashMap<String, Option<Box<Key>>>,
    /// Why the last look-up came to nothing.
    lookup_trouble: Option<String>,
    /// Fingerprints that were answered since the filter box was opened.
    answered: HashSet<String>,
    lookup: Ticket,
    reading_me: Ticket,
    reading_users: Ticket,
    last_ticket: u64,
    /// What was asked for just now and is done when it is asked for again: to cancel, or to quit while keys are marked.
    once: Option<Action>,
    /// The wizards that were left and whose rotations are not let go yet.
    releasing: Releasing,
    /// When it was asked to go on with what takes long, until it does.
    continuing: Option<Duration>,
    /// The lines that the palette obeyed, the latest last.
    commands: Vec<String>,
    /// The filters that were kept, the latest last.
    filters: Vec<String>,
    chosen_theme: Option<String>,
    /// What was last told to be remembered.
    last_remembered: Option<Remembered>,
    /// Whether the tab in front is so since it was remembered.
    recalled_tab: bool,
    /// When the console came back from being stopped.
    returned: Option<Duration>,
    /// When the tab in front was last read again, or could have been.
    refreshed: Duration,
    /// The moment that was last asked for.
    wakes_at: Option<Duration>,
    /// Until when keys may be the rest of something that the terminal said.
    noise_ends: Duration,
    /// Looking for new findings.
    watch: Option<exposed::Watch>,
    /// Where one came from to the key under the cursor.
    came_from: Option<exposed::CameFrom>,
    /// Findings that stayed open although their key was revoked.
    unresolved: Vec<Unresolved>,
    /// Whether the event that is being handled changes nothing that is to be seen.
    quiet: bool,
}

/// How long after something of the terminal's came in part no dialog confirms or sends anything.
const AFTER_NOISE: Duration = Duration::from_secs(1);

impl App {
    /// The console before anything happened.
    pub fn new(session: Session, size: (u16, u16), now: Moment) -> Self {
        let keys = |scope| {
            let sort = if scope == Scope::Collections { Column::Expires } else { Column::Created };
            let usual = Column::usual_for_keys();
            let columns = if scope == Scope::Collections { usual } else { Column::for_keys() };
            ListScreen::new(Slot::Keys(scope), columns, usual, Sort::by(sort))
        };
        Self {
            now,
            size,
            session,
            me: None,
            users: Names::default(),
            paused_keys: Vec::new(),
            connection: Connection::Connecting,
            line: Line::default(),
            auto_refresh: None,
            rate: None,
            seeding: None,
            tour: None,
            tab: Tab::Mine,
            mine: keys(Scope::Mine),
            collections: keys(Scope::Collections),
            team: keys(Scope::Team),
            exposed: ListScreen::new(
                Slot::Findings,
                Column::for_findings(),
                Column::usual_for_findings(),
                Sort::OF_FINDINGS,
            ),
            settings: SettingsScreen::default(),
            dialogs: Stack::default(),
            rotations: OpenRotations::default(),
            changes: OpenChanges::default(),
            incidents: OpenIncidents::default(),
            message: None,
            keymap: Keymap::default(),
            profiles: Vec::new(),
            calls: CallLog::default(),
            signs: Signs::default(),
            themes: (Vec::new(), String::new()),
            keeps_theme: false,
            views: Views::new([], []),
            pending: Vec::new(),
            exposed_keys: HashSet::new(),
            found_keys: HashSet::new(),
            gathered: None,
            looked_up: HashMap::new(),
            lookup_trouble: None,
            answered: HashSet::new(),
            lookup: Ticket::default(),
            reading_me: Ticket::default(),
            reading_users: Ticket::default(),
            last_ticket: 0,
            once: None,
            releasing: Releasing::default(),
            continuing: None,
            commands: Vec::new(),
            filters: Vec::new(),
            chosen_theme: None,
            last_remembered: None,
            recalled_tab: false,
            returned: None,
            refreshed: now.running,
            wakes_at: None,
            noise_ends: Duration::ZERO,
            watch: None,
            came_from: None,
            unresolved: Vec::new(),
            quiet: false,
        }
    }

    /// The first reads.
    pub fn start(&mut self) -> Vec<Effect> {
        self.last_remembered = Some(self.remembered());
        [Slot::Me, Slot::Keys(Scope::Mine), Slot::Settings, Slot::Keys(Scope::Collections), Slot::Users]
            .into_iter()
            .filter_map(|slot| self.load(slot))
            .chain([Effect::ListRotations, Effect::ListChanges, Effect::ListIncidents, Effect::ListUnresolved])
            .collect()
    }

    /// Takes one event in and says what is to be done.
    #[expect(clippy::too_many_lines, reason = "an arm for each event, most of a line")]
    pub fn handle(&mut self, now: Moment, event: Event) -> Vec<Effect> {
        self.now = now;
        self.quiet = self.may_be_quiet(&event);
        let woken = matches!(event, Event::Wake);
        let mut ended = self.lock_in_time();
        let effects = match event {
            Event::Key(press) => self.key(press),
            Event::Paste(text) => self.paste(text.expose()),
            Event::Mouse(mouse) => {
                self.mouse(mouse);
                Vec::new()
            }
            Event::Resize(width, height) => {
                self.size = (width, height);
                Vec::new()
            }
            Event::Noise => {
                self.noise_ends = self.running() + AFTER_NOISE;
                Vec::new()
            }
            Event::Continue => {
                self.go_on();
                Vec::new()
            }
            Event::StopAsked => self.suspend(),
            Event::Returned(width, height) => {
                self.size = (width, height);
                self.returned = Some(self.running());
                Vec::new()
            }
            Event::NotStopped => {
                self.say(Tone::Info, "No shell waits that could bring keydeck back: it goes on");
                Vec::new()
            }
            Event::ChangesListed(listed) => self.changes_listed(listed),
            Event::ChangeReadBack(ticket, id, read) => self.answered(ticket, Reply::ReadBack(id, read)),
            Event::ChangeForgotten(id, result) => {
                self.change_forgotten(&id, result);
                Vec::new()
            }
            Event::Saved(ticket, result) => self.answered(ticket, Reply::Saved(result)),
            Event::Wake => {
                let mut effects = self.broadcast(|| Input::Wake);
                effects.extend(self.look_again());
                effects.extend(self.tell_pauses());
                effects.extend(self.look_for_findings());
                effects
            }
            Event::IncidentsListed(listed) => self.incidents_listed(listed),
            Event::Incident(ticket, incident, doing) => self.containing(ticket, *incident, doing),
            Event::IncidentRefused(ticket, why) => self.incident_refused(ticket, why),
            Event::IncidentReleased(_) => self.incident_released(),
            Event::RotationsListed(listed) => self.rotations_listed(listed),
            Event::PlacesLookedAt(ticket, looks) => self.answered(ticket, Reply::Looked(looks)),
            Event::FolderListed(ticket, folder, names) => self.answered(ticket, Reply::Folder(folder, names)),
            Event::RotationsPlanned(ticket, rotations) => self.answered(ticket, Reply::Planned(rotations)),
            Event::Rotating(ticket, rotation, step) => self.rotating(ticket, *rotation, step),
            Event::RotationRefused(ticket, id, why) => self.rotation_refused(ticket, id, why),
            Event::RotationSummarised(ticket, id, summary) => self.answered(ticket, Reply::Summarised(id, summary)),
            Event::RotationsReleased(ticket) => self.rotations_released(ticket),
            Event::HandOver(ticket, value) => vec![Effect::HandOver(ticket, value)],
            Event::Unlocked(ticket, result) => self.unlocked(ticket, result),
            Event::LoginNeeded(account) => {
                self.login_needed(&account);
                Vec::new()
            }
            Event::PasswordSent(ticket, result) => self.answered(ticket, Reply::PasswordSent(result)),
            Event::LoggedIn(ticket, result) => self.logged_in(ticket, *result),
            Event::NotSwitched(why) => {
                self.not_switched(why);
                Vec::new()
            }
            Event::Themed(themed) => {
                self.themed(themed);
                Vec::new()
            }
            Event::Seeding(seeding) => self.seeding(seeding),
            Event::Rate(rate) => {
                self.rate = Some(rate);
                Vec::new()
            }
            Event::Calling(call) => {
                self.call_begins(call);
                Vec::new()
            }
            Event::Called(call) => {
                self.call_ends(call);
                Vec::new()
            }
            Event::Paused(pause) => {
                self.line.pause = Some(pause);
                Vec::new()
            }
            Event::Answer(slot, ticket, answer) => self.answer(slot, ticket, answer),
            Event::Bulk(ticket, progress) => self.bulk_news(ticket, progress),
            Event::BulkEnded(ticket) => {
                self.sum_up();
                self.answered(ticket, Reply::BulkEnded)
            }
            Event::Minted(ticket, value) => self.answered(ticket, Reply::Minted(value)),
            Event::Created(ticket, result) => self.answered(ticket, Reply::Created(result)),
            Event::Changed(ticket, result) => self.changed(ticket, result),
            Event::Tracked(ticket, result) => self.answered(ticket, Reply::Tracked(result)),
            Event::UserChanged(ticket, result) => self.user_changed(ticket, result),
            Event::Copied(Copied::Secret(ticket), result) => self.answered(ticket, Reply::Copied(result)),
            Event::Copied(what, result) => {
                self.copied(what, result);
                Vec::new()
            }
            Event::Resolved(ticket, place, result) => self.answered(ticket, Reply::Resolved(place, result)),
            Event::UnresolvedListed(listed, troubles) => self.unresolved_listed(listed, &troubles),
            Event::UnresolvedRetried(retried) => {
                self.unresolved_retried(retried);
                Vec::new()
            }
            Event::SettingsSaved(ticket, result) => self.settings_saved(ticket, result),
            Event::RevokedAll(ticket, result) => self.answered(ticket, Reply::RevokedAll(result)),
            Event::Act(ticket, act) => self.answered(ticket, Reply::Act(act)),
            Event::Written(ticket, result) => self.answered(ticket, Reply::Written(result)),
            Event::ViewsKept(kept) => {
                self.views_kept(kept);
                Vec::new()
            }
            Event::NotRemembered(why) => {
                if self.message.is_none() {
                    self.say(Tone::Info, format!("Tab, sort, states and columns are not remembered: {why}"));
                }
                Vec::new()
            }
        };
        self.follow_cursor();
        self.tour_goes_on();
        if !ended.is_empty() && self.message.is_none() {
            self.say_locked();
        }
        ended.extend(effects);
        let mut effects = self.quit_in_order(ended);
        effects.extend(self.remember());
        effects.extend(self.wake_in_time(woken));
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
        self.dialogs_go_on();
    }

    fn is_busy(&self) -> bool {
        [&self.mine, &self.collections, &self.team].into_iter().any(ListScreen::is_busy)
            || self.exposed.is_busy()
            || self.dialogs.iter().any(|dialog| dialog.is_busy(&self.facts()))
    }

    /// A frame with the present state stands on the screen. A dialog counts as open from its first frame on: what was
    /// typed while a slow line or a long task kept it back was not meant for it.
    pub fn drawn(&mut self, at: Moment) {
        if self.layout().is_none() {
            return;
        }
        self.dialogs.drawn(at.running);
    }

    /// How the window is divided; none when it is too small.
    pub fn layout(&self) -> Option<Layout> {
        Layout::of(self.size)
    }

    /// What screens, dialogs and drawing may know.
    pub fn facts(&self) -> Facts<'_> {
        facts!(self, self, self.settings.settings.as_ref(), Ticket::default())
    }

    /// Where key presses are heard now.
    pub fn context(&self) -> Context {
        if let Some(dialog) = self.dialogs.last() {
            return dialog.context();
        }
        match self.tab {
            Tab::Settings => Context::Settings,
            _ if self.is_editing_filter() => Context::Filter,
            Tab::Exposed => Context::Exposed,
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

    /// How far a tab is loaded, and when it is from.
    pub fn progress(&self, tab: Tab) -> Progress<'_> {
        fn of<R: Row>(list: &ListScreen<R>) -> Progress<'_> {
            let total = list.total.and_then(|total| usize::try_from(total).ok());
            Progress { load: &list.load, as_of: list.as_of, loaded: list.table.len(), came: list.came, total }
        }
        match tab {
            Tab::Mine => of(&self.mine),
            Tab::Collections => of(&self.collections),
            Tab::Team => of(&self.team),
            Tab::Exposed => of(&self.exposed),
            Tab::Settings => {
                let (load, as_of) = (&self.settings.load, self.settings.as_of);
                Progress { load, as_of, loaded: 0, came: 0, total: None }
            }
        }
    }

    /// Goes to the tab that an action means; false if it means none.
    fn act_on_tabs(&mut self, action: Action) -> bool {
        let at = Tab::ALL.iter().position(|tab| *tab == self.tab).unwrap_or(0);
        let tab = match action {
            Action::MineTab => Tab::Mine,
            Action::CollectionsTab => Tab::Collections,
            Action::TeamTab => Tab::Team,
            Action::ExposedTab => Tab::Exposed,
            Action::SettingsTab => Tab::Settings,
            Action::Next => Tab::ALL[(at + 1) % Tab::ALL.len()],
            Action::Previous => Tab::ALL[(at + Tab::ALL.len() - 1) % Tab::ALL.len()],
            _ => return false,
        };
        self.go_to(tab);
        true
    }

    pub(super) fn go_to(&mut self, tab: Tab) {
        self.tab = tab;
        self.recalled_tab = false;
    }

    /// What became of something that a dialog asked for, if that is still open.
    fn answered(&mut self, ticket: Ticket, reply: Reply) -> Vec<Effect> {
        self.reply(ticket, reply).unwrap_or_default()
    }

    /// Another theme is in use, or is not, and why.
    fn themed(&mut self, themed: Result<String, String>) {
        match themed {
            Ok(name) => self.themes.1 = name,
            Err(why) => self.say(Tone::Bad, why),
        }
    }

    /// An id or a masked value went to the clipboard, or did not.
    fn copied(&mut self, what: Copied, result: Result<String, String>) {
        let name = match what {
            Copied::Id => "Id",
            Copied::Command => "Command",
            Copied::Masked | Copied::Secret(_) => "Masked value",
        };
        match result {
            Ok(how) => self.say(Tone::Good, format!("{name} {how}")),
            Err(why) => self.say(Tone::Bad, format!("{name} not copied: {why}")),
        }
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

impl LoadedKeys for App {
    fn api_key(&self, id: &KeyId) -> Option<&Key> {
        self.mine.table.get(id).or_else(|| self.team.table.get(id))
    }

    fn api_keys(&self) -> Box<dyn Iterator<Item = &Key> + '_> {
        Box::new(self.mine.table.iter_all().chain(self.team.table.iter_all()))
    }

    fn front(&self) -> Option<&Table<Key>> {
        self.keys().map(|list| &list.table)
    }

    fn is_in_front(&self, id: &KeyId) -> bool {
        match self.tab {
            Tab::Exposed => self.found_keys.contains(id),
            _ => self.keys().is_some_and(|list| list.table.get(id).is_some()),
        }
    }
}
