//! What can be done with findings, and with the keys behind them.

use super::ListScreen;
use super::review::nothing_to_do;
use super::rows::ListRow;
use crate::client::capabilities::Capability;
use crate::domain::bulk::Plan;
use crate::domain::deed::Deed;
use crate::domain::exposed::Behind;
use crate::domain::finding::{Finding, Resolution};
use crate::domain::ids::KeyId;
use crate::domain::untrusted::Untrusted;
use crate::tui::action::Action;
use crate::tui::dialogs::choice::Then;
use crate::tui::dialogs::resolve::Resolve;
use crate::tui::dialogs::review::Review;
use crate::tui::dialogs::{Dialog, Requests};
use crate::tui::facts::Facts;
use crate::tui::request::{OnFindings, Request};

impl ListRow for Finding {
    fn why_not(list: &ListScreen<Self>, action: Action, facts: &Facts) -> Option<String> {
        let [mine, team] = [Action::MineTab, Action::TeamTab].map(|tab| facts.key_for(tab));
        match action {
            Action::Rotate => Some(format!("Keys are rotated in My Keys ({mine})")),
            Action::NewKey => Some(format!("New keys are made in My Keys ({mine})")),
            Action::Edit | Action::Regenerate => {
                Some(format!("Keys are changed in My Keys ({mine}) and Team Keys ({team})"))
            }
            Action::Mark | Action::Range | Action::MarkAll | Action::InvertMarks => list.why_nothing(),
            Action::ClearMarks | Action::OnlyMarked => list.why_no_marks(),
            // a finding whose key is revoked elsewhere can still be called so
            Action::Revoke if facts.session.capabilities.has(Capability::ResolveFindings) => list.why_none(facts),
            Action::Revoke => facts.unsupported([Capability::RevokeTeamKeys]).or_else(|| list.why_none(facts)),
            Action::Disable => facts.unsupported([Capability::Disable]).or_else(|| list.why_none(facts)),
            Action::FalsePositive | Action::AcceptRisk => {
                facts.unsupported([Capability::ResolveFindings]).or_else(|| list.why_not_open())
            }
            Action::GoToKey => match list.table.current() {
                None => list.why_nothing(),
                Some(finding) if finding.key_id.is_none() => Some("This finding names no key".to_owned()),
                Some(_) => None,
            },
            _ => None,
        }
    }

    fn act(list: &mut ListScreen<Self>, action: Action, facts: &Facts) -> Requests {
        let what = match action {
            Action::Revoke => OnFindings::Revoke,
            Action::Disable => OnFindings::Disable,
            Action::FalsePositive => OnFindings::Resolve(Resolution::FalsePositive),
            Action::AcceptRisk => OnFindings::Resolve(Resolution::AcceptedRisk),
            Action::Watch => return vec![Request::Watch],
            Action::GoToKey => return list.table.current().and_then(to_key).into_iter().collect(),
            Action::Mark
            | Action::Range
            | Action::MarkAll
            | Action::InvertMarks
            | Action::ClearMarks
            | Action::LastMarks
            | Action::OnlyMarked => return list.mark(action, facts),
            _ => return Vec::new(),
        };
        list.ask_to(Then::Findings(what), facts)
    }

    fn copied(&self) -> (Option<&KeyId>, &Untrusted) {
        (self.key_id.as_ref(), &self.obfuscated)
    }
}

/// Goes to the key that a finding names, if it names one.
pub fn to_key(finding: &Finding) -> Option<Request<Dialog>> {
    finding.key_id.clone().map(|id| Request::GoToKey(id, finding.key_kind))
}

impl ListScreen<Finding> {
    /// Why nothing can be done to the keys behind the findings, whatever they are.
    fn why_none(&self, facts: &Facts) -> Option<String> {
        // the console's own key could not be told from the others
        facts.me.is_none().then(|| facts.not_yet()).or_else(|| self.why_nothing().filter(|_| !self.any_marks()))
    }

    /// Why the finding under the cursor cannot be resolved, where none is marked.
    fn why_not_open(&self) -> Option<String> {
        if self.any_marks() {
            return None;
        }
        match self.table.current() {
            None => self.why_nothing(),
            Some(finding) if !finding.is_open() => {
                Some(format!("It is resolved already: {}", finding.resolution.in_words()))
            }
            Some(_) => None,
        }
    }

    /// Begins what is wished for these findings.
    pub fn begin_on(&self, what: OnFindings, ids: &[KeyId], facts: &Facts) -> Requests {
        match what {
            OnFindings::Revoke => self.review(Deed::Revoke, ids, facts),
            OnFindings::Disable => self.review(Deed::Disable, ids, facts),
            OnFindings::Resolve(resolution) => {
                let open: Vec<Finding> = ids
                    .iter()
                    .filter_map(|id| self.table.get(id))
                    .filter(|finding| finding.is_open())
                    .cloned()
                    .collect();
                if open.is_empty() {
                    return vec![Request::info("They are resolved already")];
                }
                vec![Request::Open(Dialog::Resolve(Box::new(Resolve::new(open, resolution, facts.ticket))))]
            }
        }
    }

    /// Opens the review of the keys behind these findings. Where none is left to revoke, the findings can still be called
    /// revoked: their keys are dead, or are somebody else's to revoke.
    fn review(&self, deed: Deed, ids: &[KeyId], facts: &Facts) -> Requests {
        let Some(who) = facts.who() else { return vec![Request::info(facts.not_yet())] };
        let behind = Behind::of(ids, self.table.iter_all(), |id| facts.keys.api_key(id).cloned());
        if behind.keys.is_empty() {
            return Self::without_keys(deed, behind, facts);
        }
        let needed = if deed.is_final() { Capability::RevokeTeamKeys } else { Capability::Disable };
        if let Some(why) = facts.unsupported([needed]) {
            return vec![Request::info(why)];
        }
        let findings = if deed.is_final() { behind.to_resolve() } else { Vec::new() };
        let mut keys = behind.keys;
        keys.retain(|key| deed.is_final() || !deed.is_done_to(key));
        let plan = Plan::unread(deed, keys, &who, facts.now.utc);
        if plan.count() == 0 && plan.own.is_none() {
            let words = if plan.left_out.is_empty() && !deed.is_final() {
                "The keys behind are disabled already".to_owned()
            } else {
                nothing_to_do(&plan)
            };
            return vec![Request::info(words)];
        }
        let reading = facts.read_again(plan.frozen(), false);
        let (ticket, production) = (facts.ticket, facts.session.production);
        let review = Review { ticket, production, findings, foreign: behind.foreign, ..Review::new(plan) };
        vec![Request::Open(Dialog::Review(Box::new(review))), Request::Do(reading)]
    }

    fn without_keys(deed: Deed, behind: Behind, facts: &Facts) -> Requests {
        let open: Vec<Finding> = behind.dead.into_iter().chain(behind.foreign).collect();
        let Some(first) = open.first() else { return vec![Request::info("They are resolved already")] };
        if !deed.is_final() {
            let words = match first.vendor() {
                Some(vendor) => format!("It is a key of {}: it is revoked at {}", vendor.name, vendor.revoke_at),
                None if first.is_foreign() => "It is no key that is known here".to_owned(),
                None => "Its key is revoked already".to_owned(),
            };
            return vec![Request::info(words)];
        }
        if let Some(why) = facts.unsupported([Capability::ResolveFindings]) {
            return vec![Request::info(why)];
        }
        vec![Request::Open(Dialog::Resolve(Box::new(Resolve::new(open, Resolution::Revoked, facts.ticket))))]
    }
}
