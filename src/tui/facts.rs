//! What a screen, a dialog and every drawing may know beside their own state, read-only.

use crate::client::capabilities::Capability;
use crate::domain::bulk::Target;
use crate::domain::deed::Who;
use crate::domain::ids::KeyId;
use crate::domain::key::Key;
use crate::domain::listing::Scope;
use crate::domain::names::Names;
use crate::domain::settings::Settings;
use crate::domain::table::Table;
use crate::domain::team::Me;
use crate::domain::views::Views;
use crate::tui::action::{Access, Action, Context};
use crate::tui::calls::CallLog;
use crate::tui::effect::{Effect, WithFindings};
use crate::tui::event::Moment;
use crate::tui::keymap::Keymap;
use crate::tui::open_rotations::OpenRotations;
use crate::tui::session::Session;
use crate::tui::tab::Tab;
use crate::tui::ticket::Ticket;

/// What may be known.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// The present, as of the latest event.
    pub now: Moment,
    /// Columns and rows of the window.
    pub size: (u16, u16),
    /// The backend, and what may be done there.
    pub session: &'a Session,
    /// Who asks; none before the server said so.
    pub me: Option<&'a Me>,
    /// Names and addresses of users.
    pub users: &'a Names,
    /// The team's settings; none before they are read.
    pub settings: Option<&'a Settings>,
    /// Which keys do what.
    pub keymap: &'a Keymap,
    /// The rotations that are open on this machine.
    pub rotations: &'a OpenRotations,
    /// The HTTP calls of this session.
    pub calls: &'a CallLog,
    /// The filters that go by a name.
    pub views: &'a Views,
    /// The filters that were kept in this session, the latest last; none holds a key's value.
    pub filters: &'a [String],
    pub keys: &'a dyn LoadedKeys,
    /// A ticket that was never given out, for what is asked now. Drawing gets one that names no run.
    pub ticket: Ticket,
}

/// The keys that are loaded, in whichever tab.
pub trait LoadedKeys {
    fn api_key(&self, id: &KeyId) -> Option<&Key>;
    /// Every API key; one that is in two lists comes twice.
    fn api_keys(&self) -> Box<dyn Iterator<Item = &Key> + '_>;
    /// The list of keys in front, if the tab in front is one.
    fn front(&self) -> Option<&Table<Key>>;
    /// Whether a key is in the list in front.
    fn is_in_front(&self, id: &KeyId) -> bool;
}

/// No keys: a screen is told of no list, since it is the list itself.
pub struct NoKeys;

impl LoadedKeys for NoKeys {
    fn api_key(&self, _: &KeyId) -> Option<&Key> {
        None
    }

    fn api_keys(&self) -> Box<dyn Iterator<Item = &Key> + '_> {
        Box::new(std::iter::empty())
    }

    fn front(&self) -> Option<&Table<Key>> {
        None
    }

    fn is_in_front(&self, _: &KeyId) -> bool {
        false
    }
}

impl Facts<'_> {
    /// The key that this console itself uses, where that is known.
    pub fn own_key(&self) -> Option<&KeyId> {
        self.me.and_then(|me| me.own_key.as_ref())
    }

    /// Who asks, and what is known of others; none before the server said so.
    pub fn who(&self) -> Option<Who<'_>> {
        self.me.map(|me| Who { me, names: self.users })
    }

    /// Reads the keys again to which something is about to be done; with their findings where `findings` and they may be
    /// seen.
    pub fn read_again(&self, targets: Vec<Target>, findings: bool) -> Effect {
        let seen = self.me.is_some_and(Me::is_admin) && self.session.capabilities.has(Capability::Findings);
        let with = if findings && seen { WithFindings::Yes } else { WithFindings::No };
        Effect::ReadAgain(self.ticket, targets, with)
    }

    /// What a message tells a person to press for an action in a list.
    pub fn key_for(&self, action: Action) -> String {
        self.keymap.press(action, Context::List)
    }

    /// Why nothing can be done that depends on who asks, before that is known.
    pub fn not_yet(&self) -> String {
        format!("Not yet: the server has not said who you are; {} asks again", self.key_for(Action::Refresh))
    }

    /// Why an action that may come to a change is not permitted; none for one that is, or that only reads.
    pub fn why_no_write(&self, action: Action) -> Option<String> {
        match action.entry().access {
            Access::Writes => self.session.permission().err().or_else(|| self.me.and_then(Me::why_no_change)),
            Access::Reads => None,
        }
    }

    /// Why the backend cannot do all of these; none when it can.
    pub fn unsupported(&self, needed: impl IntoIterator<Item = Capability>) -> Option<String> {
        self.session.capabilities.why_not_all(needed).map(str::to_owned)
    }

    /// Why a tab cannot be used by this role or on this backend; none when it can, or nobody knows yet.
    pub fn tab_denied(&self, tab: Tab) -> Option<String> {
        let capability = match tab {
            Tab::Mine => Scope::Mine.needs(),
            Tab::Collections => Scope::Collections.needs(),
            Tab::Team => Scope::Team.needs(),
            Tab::Exposed => Capability::Findings,
            Tab::Settings => Capability::Settings,
        };
        if let Some(why) = self.unsupported([capability]) {
            return Some(why);
        }
        let me = self.me?;
        if let Some(why) = me.why_no_look() {
            return Some(why);
        }
        let role = me.role();
        (matches!(tab, Tab::Team | Tab::Exposed) && !me.is_admin())
            .then(|| format!("Your role is {role}: only an admin sees {}", tab.titles().0))
    }
}
