//! What cannot be done here, now, and why.

use super::App;
use crate::client::capabilities::Capability;
use crate::domain::team::Me;
use crate::tui::action::{Action, Context};
use crate::tui::tab::Tab;

impl App {
    /// Why a tab cannot be used by this role or on this backend; none when it can, or nobody knows yet.
    pub fn tab_denied(&self, tab: Tab) -> Option<String> {
        self.facts().tab_denied(tab)
    }

    /// The same in lines, with who asks and what of their plan is used.
    pub fn denied_words(&self, tab: Tab) -> Option<Vec<String>> {
        let why = self.tab_denied(tab)?;
        Some(std::iter::once(why).chain(self.me.as_ref().and_then(Me::standing)).collect())
    }

    /// Why an action cannot be done here, now; none when it can.
    pub fn why_not(&self, action: Action) -> Option<String> {
        let facts = self.facts();
        match self.tab {
            _ if action == Action::Notices => facts.unsupported([Capability::Notices]),
            _ if action == Action::Themes && self.themes.0.is_empty() => {
                Some("There are no colours here to choose from".to_owned())
            }
            Tab::Exposed => self.exposed.why_not(action, &facts),
            Tab::Mine => self.mine.why_not(action, &facts),
            Tab::Collections => self.collections.why_not(action, &facts),
            Tab::Team => self.team.why_not(action, &facts),
            // what is done in lists alone is not even heard there
            Tab::Settings => {
                facts.tab_denied(self.tab).filter(|_| !action.entry().contexts.contains(&Context::Settings))
            }
        }
    }
}
