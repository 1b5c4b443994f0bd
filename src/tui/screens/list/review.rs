//! Opening the review of keys that are to be revoked.

use chrono::TimeDelta;

use super::ListScreen;
use crate::client::capabilities::Capability;
use crate::domain::bulk::Plan;
use crate::domain::ids::KeyId;
use crate::domain::key::Key;
use crate::domain::listing::Scope;
use crate::tui::action::Action;
use crate::tui::dialogs::review::Review;
use crate::tui::dialogs::{Dialog, Requests};
use crate::tui::facts::Facts;
use crate::tui::request::Request;
use crate::tui::text::thousands;

/// Keys that one review takes: nobody reads more, and each is held as it was.
const MOST: usize = 100_000;

/// How old the keys may be before a review says so: what was used since does not stand apart in it.
const STALE: TimeDelta = TimeDelta::minutes(10);

impl ListScreen<Key> {
    pub(super) fn why_no_revoke(&self, facts: &Facts) -> Option<String> {
        let needed = match self.scope() {
            Scope::Mine => Capability::DeleteKeys,
            Scope::Team => Capability::RevokeTeamKeys,
            Scope::Collections => Capability::DeleteCollectionKeys,
        };
        if let Some(why) = facts.unsupported([needed]) {
            return Some(why);
        }
        if facts.me.is_none() {
            // the console's own key could not be told from the others
            return Some(facts.not_yet());
        }
        let nothing = self.table.shown() == 0 && self.table.marks().marked == 0;
        nothing.then(|| "There is no key here to revoke".to_owned())
    }

    pub(super) fn ask_to_revoke(&mut self, facts: &Facts) -> Requests {
        self.take_range();
        let marked = self.table.marks().marked;
        if marked > MOST {
            let (marked, most) = (thousands(marked), thousands(MOST));
            let [clear, filter] = [Action::ClearMarks, Action::Filter].map(|action| facts.key_for(action));
            return vec![Request::info(format!(
                "{marked} keys are marked, and a review takes {most}: {clear} clears the marks, {filter} narrows the list"
            ))];
        }
        self.act_on_marked(false, facts)
    }

    /// Freezes the keys and opens the review.
    pub fn review(&self, ids: &[KeyId], facts: &Facts) -> Requests {
        let now = facts.now.utc;
        let plan = Plan::new(self.frozen(ids), facts.own_key(), now);
        if plan.count() == 0 && plan.own.is_none() {
            return vec![Request::info(match plan.already_revoked {
                0 => "These keys are gone".to_owned(),
                1 => "This key is revoked already".to_owned(),
                many => format!("These {many} keys are revoked already"),
            })];
        }
        let stale_since = self.as_of.filter(|as_of| now - *as_of > STALE);
        let review = Review { stale_since, ..Review::new(plan, self.scope() == Scope::Mine) };
        vec![Request::Open(Dialog::Review(Box::new(review)))]
    }
}
