//! What cannot be done here, now, and why.

use super::{App, Tab};
use crate::client::capabilities::Capability;
use crate::domain::listing::Scope;
use crate::tui::action::{Action, Context};

impl App {
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
        let me = self.me.as_ref()?;
        let role = me.role();
        (matches!(tab, Tab::Team | Tab::Exposed) && !me.is_admin())
            .then(|| format!("Your role is {role}: only an admin sees {}", tab.titles().0))
    }

    /// Why an action cannot be done here, now; none when it can.
    pub fn why_not(&self, action: Action) -> Option<String> {
        let list = self.keys();
        let nothing_shown = |shown: usize| (shown == 0).then(|| "Nothing is shown here".to_owned());
        let shown = match self.tab {
            Tab::Exposed => self.exposed.table.shown(),
            Tab::Settings => 0,
            _ => list.map_or(0, |list| list.table.shown()),
        };
        let only_in_lists = !action.entry().contexts.contains(&Context::Settings);
        if let Some(why) = self.tab_denied(self.tab).filter(|_| only_in_lists) {
            return Some(why);
        }
        match action {
            Action::Revoke if self.tab == Tab::Exposed => Some(format!(
                "Exposed Keys is read-only: revoke the key in Team Keys ({})",
                self.key_for(Action::TeamTab)
            )),
            Action::Revoke => self.read_only().or_else(|| self.unsupported([self.revoking_needs()])).or_else(|| {
                if self.me.is_none() {
                    // the console's own key could not be told from the others
                    return Some(self.not_yet());
                }
                list.filter(|list| list.table.shown() == 0 && list.table.marks().marked == 0)
                    .map(|_| "There is no key here to revoke".to_owned())
            }),
            Action::Rotate => self.why_no_rotation(),
            Action::NewKey => self.why_no_new_key(),
            Action::Edit | Action::Disable | Action::Regenerate => self.why_no_change(action),
            Action::Themes if self.themes.0.is_empty() => Some("There are no colours here to choose from".to_owned()),
            Action::Mark | Action::Range | Action::MarkAll | Action::InvertMarks if self.tab == Tab::Exposed => Some(
                format!("Findings cannot be marked: mark their keys in Team Keys ({})", self.key_for(Action::TeamTab)),
            ),
            Action::Detail
            | Action::CopyId
            | Action::CopyMasked
            | Action::Mark
            | Action::Range
            | Action::MarkAll
            | Action::InvertMarks => nothing_shown(shown),
            Action::ClearMarks | Action::OnlyMarked => list
                .is_none_or(|list| {
                    let marks = list.table.marks();
                    marks.marked + marks.gone == 0 && !list.table.only_marked()
                })
                .then(|| "Nothing is marked".to_owned()),
            _ => None,
        }
    }

    /// Why nothing can be changed; none when the profile is not read-only.
    pub(super) fn read_only(&self) -> Option<String> {
        self.session.read_only.then(|| "This profile is read-only".to_owned())
    }

    /// Why the backend cannot do all of these; none when it can.
    pub(super) fn unsupported(&self, needed: impl IntoIterator<Item = Capability>) -> Option<String> {
        self.session.capabilities.why_not_all(needed).map(str::to_owned)
    }

    /// What revoking the keys of the tab in front needs.
    fn revoking_needs(&self) -> Capability {
        match self.tab {
            Tab::Collections => Capability::DeleteCollectionKeys,
            Tab::Team => Capability::RevokeTeamKeys,
            Tab::Mine | Tab::Exposed | Tab::Settings => Capability::DeleteKeys,
        }
    }

    /// Why nothing can be done that depends on who asks.
    pub(super) fn not_yet(&self) -> String {
        format!("Not yet: the server has not said who you are; {} asks again", self.key_for(Action::Refresh))
    }

    fn why_no_new_key(&self) -> Option<String> {
        if let Some(why) = self.read_only() {
            return Some(why);
        }
        let capability = match self.tab {
            Tab::Mine | Tab::Team => Capability::CreateKeys,
            Tab::Collections => Capability::CreateCollectionKeys,
            Tab::Exposed | Tab::Settings => {
                return Some(format!("New keys are made in My Keys ({})", self.key_for(Action::MineTab)));
            }
        };
        if let Some(why) = self.unsupported([capability]) {
            return Some(why);
        }
        if self.me.is_none() {
            return Some("Not yet: the server has not said who you are".to_owned());
        }
        let admins_only = self.settings.settings.as_ref().is_some_and(|settings| !settings.members_may_generate);
        let member = self.me.as_ref().is_some_and(|me| !me.is_admin());
        (admins_only && member && self.tab != Tab::Collections)
            .then(|| "Your team lets only admins generate keys: ask one of them".to_owned())
    }
}
