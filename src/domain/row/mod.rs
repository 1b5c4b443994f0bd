//! What a table needs to know of its rows.

use std::cmp::Ordering;

use super::filter::Term;
use super::ids::KeyId;
use super::sort::Column;
use super::time::Time;

mod finding;
mod key;

/// A row of a table.
pub trait Row {
    /// What tells the row from all others, now and after a refresh.
    fn id(&self) -> &KeyId;

    /// Appends everything a word is looked for in, [folded](super::fold::fold_into), one line a field.
    fn search_text(&self, out: &mut String);

    /// Whether a field term holds for the row; a field that the row does not have holds never.
    fn field(&self, term: &Term, now: Time) -> bool;

    /// Whether the key with this id is the row's, for answers of a look-up.
    fn is_of_key(&self, id: &KeyId) -> bool;

    /// The order in a column, ascending.
    fn compare(&self, other: &Self, column: Column) -> Ordering;

    /// A number for the column that never contradicts [`compare`](Self::compare): smaller means earlier, equal means
    /// nothing.
    fn rank(&self, column: Column) -> u128;

    /// Under which of the check boxes it falls.
    fn state(&self) -> RowState;

    /// Whether it is exposed and still dangerous.
    fn is_open_danger(&self) -> bool;
}

/// The check boxes that hide rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowState {
    /// The key is accepted.
    Enabled,
    /// The key is refused for now.
    Disabled,
    /// The key is refused for ever.
    Revoked,
    /// The server did not say, or said something this version does not know. There is no box for it and it is always
    /// shown: what nobody understands must not vanish.
    Other,
}
