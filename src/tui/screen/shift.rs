//! Rows that stand higher or lower than they did, as when a list is scrolled: a terminal moves them by itself.
//!
//! It is told with the scroll region (DECSTBM) and an index at its edge, which the VT100 had, and every terminal since that
//! knows scroll regions at all; SU and SD, which say the same, are younger and not on the console of Linux.

use super::page::{Page, are_alike, is_blank};

/// The least rows that are worth looking for.
const LEAST: usize = 3;

/// The rows from `top` to `bottom`, both with it, go up by `by`, or down where it is negative. What leaves is gone, and what
/// comes is blank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shift {
    pub top: u16,
    pub bottom: u16,
    pub by: i16,
}

impl Shift {
    /// Where a row stands afterwards; none where it left.
    pub fn moved(self, y: u16) -> Option<u16> {
        if !(self.top..=self.bottom).contains(&y) {
            return Some(y);
        }
        y.checked_add_signed(-self.by).filter(|y| (self.top..=self.bottom).contains(y))
    }

    /// Where what stands on a row afterwards was before; none where it is new.
    fn source(self, y: u16) -> Option<u16> {
        Self { by: -self.by, ..self }.moved(y)
    }
}

/// The shift after which the least is left to be written to come from `before` to `after`, which have one size; none where
/// no rows moved.
pub(super) fn find(before: &Page, after: &Page) -> Option<Shift> {
    let height = after.size().height;
    let is_same = |y: u16, from: u16| {
        let (row, old) = (after.row(y), before.row(from));
        row.iter().zip(old).all(|(cell, old)| are_alike(cell, old))
    };
    let changed: Vec<u16> = (0..height).filter(|y| !is_same(*y, *y)).collect();
    let (first, last) = (*changed.first()?, *changed.last()?);
    if changed.len() < LEAST {
        return None;
    }
    // rows without anything on them are alike wherever they stand
    let changed: Vec<u16> = changed.into_iter().filter(|y| !after.row(*y).iter().all(is_blank)).collect();
    let mut best: Option<(usize, Shift)> = None;
    for distance in 1..=i16::try_from(last - first).unwrap_or(i16::MAX) {
        for by in [distance, -distance] {
            let source = |y: u16| y.checked_add_signed(by).filter(|from| (first..=last).contains(from));
            let came = || changed.iter().copied().filter(|y| source(*y).is_some_and(|from| is_same(*y, from)));
            let count = came().count();
            if count + 1 >= LEAST
                && best.is_none_or(|(most, _)| count > most)
                && let (Some(top), Some(bottom)) = (came().min(), came().max())
            {
                let (top, bottom) =
                    (top.min(top.saturating_add_signed(by)), bottom.max(bottom.saturating_add_signed(by)));
                best = Some((count, Shift { top, bottom, by }));
            }
        }
        if best.is_some_and(|(most, _)| most * 2 > changed.len()) {
            break;
        }
    }
    let (_, shift) = best?;
    Some(widened(shift, before, after, first, last))
}

/// The shift with the rows beside it that then need less: one under the cursor is the same but for what marks it.
fn widened(shift: Shift, before: &Page, after: &Page, first: u16, last: u16) -> Shift {
    let unlike = |y: u16, from: Option<u16>| {
        let row = after.row(y).iter();
        match from {
            Some(from) => row.zip(before.row(from)).filter(|(cell, old)| !are_alike(cell, old)).count(),
            None => row.filter(|cell| !is_blank(cell)).count(),
        }
    };
    let cost = |shift: Shift| -> usize { (first..=last).map(|y| unlike(y, shift.source(y))).sum() };
    let mut best = (cost(shift), shift);
    loop {
        let shift = best.1;
        let above = shift.top.checked_sub(1).map(|top| Shift { top, ..shift });
        let below = Some(Shift { bottom: shift.bottom + 1, ..shift });
        let wider = [above, below].into_iter().flatten().filter(|wider| wider.top >= first && wider.bottom <= last);
        match wider.map(|wider| (cost(wider), wider)).min_by_key(|(cost, _)| *cost) {
            Some(wider) if wider.0 < best.0 => best = wider,
            _ => return shift,
        }
    }
}
