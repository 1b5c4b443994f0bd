//! Opening the review of keys that are to be revoked.

use chrono::TimeDelta;

use super::App;
use super::lists::frozen;
use crate::domain::bulk::Plan;
use crate::domain::ids::KeyId;
use crate::tui::dialogs::Dialog;
use crate::tui::dialogs::review::Review;
use crate::tui::session::Tone;
use crate::tui::tab::Tab;

/// How old the keys may be before a review says so: what was used since does not stand apart in it.
const STALE: TimeDelta = TimeDelta::minutes(10);

impl App {
    /// Freezes the keys and opens the review.
    pub(super) fn open_review(&mut self, ids: &[KeyId]) {
        let own = self.own_key();
        let now = self.utc();
        let Some(list) = self.keys() else { return };
        let plan = Plan::new(frozen(list, ids), own.as_ref(), now);
        if plan.count() == 0 && plan.own.is_none() {
            let text = match plan.already_revoked {
                0 => "These keys are gone".to_owned(),
                1 => "This key is revoked already".to_owned(),
                many => format!("These {many} keys are revoked already"),
            };
            return self.say(Tone::Info, text);
        }
        let stale_since = list.as_of.filter(|as_of| now - *as_of > STALE);
        let delete = self.tab == Tab::Mine;
        let review = Review::new(plan, delete);
        let review = Review { stale_since, ..review };
        self.open(Dialog::Review(Box::new(review)));
    }
}
