//! What can be done with findings.

use super::ListScreen;
use super::rows::ListRow;
use crate::client::capabilities::Capability;
use crate::domain::finding::{Finding, Resolution};
use crate::domain::ids::KeyId;
use crate::domain::untrusted::Untrusted;
use crate::tui::action::Action;
use crate::tui::dialogs::resolve::Resolve;
use crate::tui::dialogs::{Dialog, Requests};
use crate::tui::facts::Facts;
use crate::tui::request::Request;

impl ListRow for Finding {
    fn why_not(list: &ListScreen<Self>, action: Action, facts: &Facts) -> Option<String> {
        let [mine, team] = [Action::MineTab, Action::TeamTab].map(|tab| facts.key_for(tab));
        match action {
            Action::Revoke => Some(format!("A finding cannot be revoked: revoke its key in Team Keys ({team})")),
            Action::Rotate => Some(format!("Keys are rotated in My Keys ({mine})")),
            Action::NewKey => Some(format!("New keys are made in My Keys ({mine})")),
            Action::Edit | Action::Disable | Action::Regenerate => {
                Some(format!("Keys are changed in My Keys ({mine}) and Team Keys ({team})"))
            }
            Action::Mark | Action::Range | Action::MarkAll | Action::InvertMarks => {
                Some(format!("Findings cannot be marked: mark their keys in Team Keys ({team})"))
            }
            Action::FalsePositive | Action::AcceptRisk => {
                facts.unsupported([Capability::ResolveFindings]).or_else(|| match list.table.current() {
                    None => Some("Nothing is shown here".to_owned()),
                    Some(finding) if !finding.is_open() => {
                        Some(format!("It is resolved already: {}", finding.resolution.in_words()))
                    }
                    Some(_) => None,
                })
            }
            Action::ClearMarks | Action::OnlyMarked => Some("Nothing is marked".to_owned()),
            _ => None,
        }
    }

    fn act(list: &mut ListScreen<Self>, action: Action, facts: &Facts) -> Requests {
        let resolution = match action {
            Action::FalsePositive => Resolution::FalsePositive,
            Action::AcceptRisk => Resolution::AcceptedRisk,
            _ => return Vec::new(),
        };
        let Some(finding) = list.table.current().cloned() else { return Vec::new() };
        let form = Resolve::new(finding, resolution, facts.ticket);
        vec![Request::Open(Dialog::Resolve(Box::new(form)))]
    }

    fn copied(&self) -> (Option<&KeyId>, &Untrusted) {
        (self.key_id.as_ref(), &self.obfuscated)
    }
}
