//! What can be done with findings.

use super::ListScreen;
use super::rows::ListRow;
use crate::domain::finding::Finding;
use crate::domain::ids::KeyId;
use crate::domain::untrusted::Untrusted;
use crate::tui::action::Action;
use crate::tui::dialogs::Requests;
use crate::tui::facts::Facts;

impl ListRow for Finding {
    fn why_not(_: &ListScreen<Self>, action: Action, facts: &Facts) -> Option<String> {
        let [mine, team] = [Action::MineTab, Action::TeamTab].map(|tab| facts.key_for(tab));
        match action {
            Action::Revoke => Some(format!("Exposed Keys is read-only: revoke the key in Team Keys ({team})")),
            Action::Rotate => Some(format!("Keys are rotated in My Keys ({mine})")),
            Action::NewKey => Some(format!("New keys are made in My Keys ({mine})")),
            Action::Edit | Action::Disable | Action::Regenerate => {
                Some(format!("Keys are changed in My Keys ({mine}) and Team Keys ({team})"))
            }
            Action::Mark | Action::Range | Action::MarkAll | Action::InvertMarks => {
                Some(format!("Findings cannot be marked: mark their keys in Team Keys ({team})"))
            }
            Action::ClearMarks | Action::OnlyMarked => Some("Nothing is marked".to_owned()),
            _ => None,
        }
    }

    fn act(_: &mut ListScreen<Self>, _: Action, _: &Facts) -> Requests {
        Vec::new()
    }

    fn copied(&self) -> (Option<&KeyId>, &Untrusted) {
        (self.key_id.as_ref(), &self.obfuscated)
    }
}
