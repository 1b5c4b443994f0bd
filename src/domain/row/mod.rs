//! What a table needs to know of its rows.

use std::cmp::Ordering;
use std::ops::Range;

use super::filter::{Clause, MomentField, MomentTest, Pattern, Query, Term, TextField};
use super::fold;
use super::ids::KeyId;
use super::sort::Column;
use super::time::{Time, When};
use super::untrusted::Untrusted;

mod finding;
mod key;

/// A row of a table.
pub trait Row {
    /// What tells the row from all others, now and after a refresh.
    fn id(&self) -> &KeyId;

    /// Appends everything a word is looked for in, [folded](super::fold::fold_into), a line each; also all that
    /// [`field`](Self::field) looks for text in.
    fn search_text(&self, out: &mut String);

    /// Which lines of the [text](Self::search_text), counted from 0, are this field and nothing else; none where no fixed ones
    /// are. Such a field fits a pattern where one of its lines does, so that nobody has to look into the row.
    fn lines(field: TextField) -> Option<Range<usize>>;

    /// Whether a field's term holds; that of a field which the row does not have never does. A [word](Term::Word) and a
    /// [group](Term::Any) are no fields and are never asked for.
    fn field(&self, term: &Term, now: Time) -> bool;

    /// The moment that a field is about; none where the row has no such field.
    fn moment(&self, field: MomentField) -> Option<&When>;

    /// Whether a condition on a moment holds.
    fn moment_holds(&self, field: MomentField, test: &MomentTest, now: Time) -> bool {
        self.moment(field).is_some_and(|when| test.holds(when, field == MomentField::Expires, now))
    }

    /// Whether the row is about the key with this id, as a look-up answered.
    fn is_of_key(&self, id: &KeyId) -> bool;

    /// The text by which a column is sorted, without regard to case; none where [`rank`](Self::rank) tells the order.
    fn sort_text(&self, column: Column) -> Option<&str>;

    /// The place in a column that is not sorted by text: smaller means earlier, equal means alike. Every row is alike in
    /// a column that it does not have.
    fn rank(&self, column: Column) -> u128;

    /// The order in a column, ascending.
    fn compare(&self, other: &Self, column: Column) -> Ordering {
        match (self.sort_text(column), other.sort_text(column)) {
            (Some(a), Some(b)) => fold::compare(a, b),
            _ => self.rank(column).cmp(&other.rank(column)),
        }
    }

    /// Under which of the check boxes it falls.
    fn state(&self) -> RowState;

    /// Whether it is exposed and the danger is open.
    fn is_open_danger(&self) -> bool;

    /// Whether the row matches a query, found the slow way: for a handful of rows outside a table.
    fn matches(&self, query: &Query, now: Time) -> bool {
        let mut text = String::new();
        self.search_text(&mut text);
        !query.matches_nothing() && self.all_hold(query.clauses(), &text, now)
    }

    /// Whether all clauses hold; `text` is what is [searched](Self::search_text).
    fn all_hold(&self, clauses: &[Clause], text: &str, now: Time) -> bool {
        clauses.iter().all(|clause| {
            let holds = match &clause.term {
                Term::Any(alternatives) => alternatives.iter().any(|clauses| self.all_hold(clauses, text, now)),
                Term::Word(word) => word.fits_a_line(text),
                field => self.field(field, now),
            };
            holds != clause.negated
        })
    }
}

/// The check boxes that hide rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowState {
    Enabled,
    /// The key is refused for now.
    Disabled,
    /// The key is refused for ever.
    Revoked,
    /// The server did not say, or said something this version does not know. There is no box for it and it is always
    /// shown: what nobody understands must not vanish.
    Other,
}

/// Adds a line, empty or not, so that its number tells what it is.
fn add_line(text: &Untrusted, out: &mut String) {
    fold::fold_into(text.as_received(), out);
    out.push('\n');
}

fn holds(text: &Untrusted, pattern: &Pattern) -> bool {
    pattern.fits(text.as_received())
}

/// A moment's place among others, ascending: those that can be read in between what was never and what never will be,
/// and those that cannot outside of that.
fn place(when: &When, never_is_last: bool) -> u128 {
    let outside = |distance: u128| if never_is_last { u128::MAX - distance } else { distance };
    match when {
        When::Unreadable(_) => outside(1),
        When::Never => outside(2),
        When::At(time) => {
            let seconds = i128::from(time.timestamp()) - i128::from(i64::MIN);
            let nanos = seconds * 1_000_000_000 + i128::from(time.timestamp_subsec_nanos());
            nanos.unsigned_abs() + 3
        }
    }
}

/// A past moment's place: what never was stands before all that was.
fn past(when: &When) -> u128 {
    place(when, false)
}
