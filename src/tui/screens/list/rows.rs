//! What differs between the lists by what their rows are.

use super::ListScreen;
use super::summary::Summed;
use crate::domain::ids::KeyId;
use crate::domain::row::Row;
use crate::domain::untrusted::Untrusted;
use crate::tui::action::Action;
use crate::tui::dialogs::Requests;
use crate::tui::facts::Facts;

pub trait ListRow: Row + Summed + Sized {
    /// Why an action on these rows cannot be done here, now; none when it can.
    fn why_not(list: &ListScreen<Self>, action: Action, facts: &Facts) -> Option<String>;

    /// What an action on these rows comes to.
    fn act(list: &mut ListScreen<Self>, action: Action, facts: &Facts) -> Requests;

    /// The id, where it has one, and the masked value, to copy.
    fn copied(&self) -> (Option<&KeyId>, &Untrusted);
}
