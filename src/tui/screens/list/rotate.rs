//! Opening the wizard that rotates keys.

use super::ListScreen;
use crate::client::capabilities::Capability;
use crate::domain::ids::KeyId;
use crate::domain::key::Key;
use crate::domain::listing::Scope;
use crate::domain::rotation::Plan;
use crate::tui::action::Action;
use crate::tui::dialogs::Requests;
use crate::tui::dialogs::choice::Then;
use crate::tui::dialogs::rotate::Wizard;
use crate::tui::facts::Facts;
use crate::tui::request::Request;
use crate::tui::text::thousands;

/// The most keys that are rotated at once.
pub(super) const MOST: usize = 100;

impl ListScreen<Key> {
    /// Why nothing can be rotated here, now; none when it can, as far as the console knows.
    pub(super) fn why_no_rotation(&self, facts: &Facts) -> Option<String> {
        if self.scope() == Scope::Collections {
            let [new, delete] = [Action::NewKey, Action::Revoke].map(|action| facts.key_for(action));
            return Some(format!(
                "Collection access keys are not rotated: {new} makes another, {delete} deletes this one"
            ));
        }
        let can = if self.tracks(facts) { None } else { facts.unsupported([Capability::CreateKeys]) };
        if let Some(why) = can {
            return Some(why);
        }
        if facts.me.is_none() {
            return Some(facts.not_yet());
        }
        let nothing = self.table.shown() == 0 && self.table.marks().marked == 0;
        nothing.then(|| "There is no key here to rotate".to_owned())
    }

    pub(super) fn ask_to_rotate(&mut self, facts: &Facts) -> Requests {
        self.take_range();
        let marked = self.table.marks().marked;
        if marked > MOST {
            let (marked, clear) = (thousands(marked), facts.key_for(Action::ClearMarks));
            return vec![Request::info(format!(
                "{marked} keys are marked, and {MOST} are rotated at once at most: {clear} clears the marks"
            ))];
        }
        self.act_on_marked(Then::Rotate, facts)
    }

    /// Freezes the keys and opens the wizard: with the plan, where it is saved where their values go, else with the draft.
    pub fn rotate(&self, ids: &[KeyId], facts: &Facts) -> Requests {
        Wizard::begin(self.frozen(ids), &|_: &mut Plan| (), facts)
    }
}
