//! The tabs: what each shows and how far it is read.

use super::event::Slot;
use crate::domain::listing::Scope;
use crate::tui::action::Action;

/// The tabs, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tab {
    /// The caller's own API keys.
    Mine,
    /// Collection access keys.
    Collections,
    Team,
    /// Findings.
    Exposed,
    Settings,
}

impl Tab {
    pub const ALL: [Self; 5] = [Self::Mine, Self::Collections, Self::Team, Self::Exposed, Self::Settings];

    /// Its title, and its short one for narrow windows.
    pub fn titles(self) -> (&'static str, &'static str) {
        match self {
            Self::Mine => ("My Keys", "Mine"),
            Self::Collections => ("Collection Access Keys", "Collections"),
            Self::Team => ("Team Keys", "Team"),
            Self::Exposed => ("Exposed Keys", "Exposed"),
            Self::Settings => ("Settings", "Settings"),
        }
    }

    /// What goes to it.
    pub fn action(self) -> Action {
        match self {
            Self::Mine => Action::MineTab,
            Self::Collections => Action::CollectionsTab,
            Self::Team => Action::TeamTab,
            Self::Exposed => Action::ExposedTab,
            Self::Settings => Action::SettingsTab,
        }
    }

    /// What is read for it.
    pub fn slot(self) -> Slot {
        match self {
            Self::Mine => Slot::Keys(Scope::Mine),
            Self::Collections => Slot::Keys(Scope::Collections),
            Self::Team => Slot::Keys(Scope::Team),
            Self::Exposed => Slot::Findings,
            Self::Settings => Slot::Settings,
        }
    }

    /// The tab of what is read in a slot, if one shows that.
    pub fn of(slot: Slot) -> Option<Self> {
        Self::ALL.into_iter().find(|tab| tab.slot() == slot)
    }
}
