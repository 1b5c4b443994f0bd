//! Groups as lines: the row of signs that stands for a group's keys.

use super::Chosen;
use crate::domain::picture::{Groups, Tally};

/// What a sign of a group's row stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Enabled, and found where others can read it.
    Exposed,
    Enabled,
    Disabled,
    Revoked,
    Other,
}

/// How many keys a sign is, so that the largest group, of `most` keys, has room in so many columns.
pub fn scale(most: usize, columns: usize) -> usize {
    if most <= columns {
        return 1;
    }
    let kinds = 5;
    // each state that there is has one sign at least
    most.div_ceil(columns.saturating_sub(kinds).max(1)).max(1)
}

/// The signs of a group, in the order in which they stand, and how many of each.
pub fn signs(tally: &Tally, scale: usize) -> [(Sign, usize); 5] {
    [
        (Sign::Exposed, tally.exposed),
        (Sign::Enabled, tally.enabled - tally.exposed),
        (Sign::Disabled, tally.disabled),
        (Sign::Revoked, tally.revoked),
        (Sign::Other, tally.other),
    ]
    .map(|(sign, count)| (sign, count.div_ceil(scale)))
}

/// The group in a line.
pub fn chosen(groups: &Groups, row: usize) -> Option<Chosen> {
    let at = row.min(groups.groups.len().checked_sub(1)?);
    let group = &groups.groups[at];
    let left = if group.gone && group.owner().is_some() { ", who left" } else { "" };
    let address = if group.email.is_empty() || group.email == group.label {
        String::new()
    } else {
        format!(" <{}>", group.email.visible())
    };
    let name = group.name();
    let by = groups.by.title();
    let words = if group.owner().is_some() { format!("{name}{address}{left}") } else { format!("{by} {name}") };
    Some(Chosen { words, terms: groups.filter(at), cell: group.cell.clone() })
}
