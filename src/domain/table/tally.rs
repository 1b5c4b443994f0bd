//! Going through what is shown a part at a time, for [pictures](crate::domain::picture) of it.

use std::ops::Range;

use super::bits::ones;
use super::search::Search;
use super::{Row, Table};
use crate::domain::filter::{Query, StatusWord};
use crate::domain::ids::KeyId;
use crate::domain::picture::Cuts;
use crate::domain::time::Time;

impl<R: Row> Table<R> {
    /// Another number whenever what is shown, or a row of it, may have changed.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The row in a slot that [`iter_shown`](Self::iter_shown) told of; none once it is gone.
    pub fn at(&self, slot: u32) -> Option<&R> {
        self.store.live().contains(slot).then(|| self.store.row(slot))
    }

    /// The rows shown among the slots with these numbers: all that are shown, a part at a time. Both ends are multiples of
    /// 64.
    pub fn iter_shown(&self, slots: Range<usize>) -> impl Iterator<Item = (u32, &R)> {
        self.shown_slots(slots, None).map(|slot| (slot, self.store.row(slot)))
    }

    /// Tells of each enabled row that is shown, among the slots with these numbers, into which span of each `cuts` it falls.
    /// Hardly ever looks into a row. Both ends are multiples of 64.
    pub fn tally(&self, slots: Range<usize>, cuts: [&Cuts; 2], mut tell: impl FnMut(u32, [usize; 2])) {
        let placed = cuts.map(|cuts| self.store.moments().spans(cuts));
        for slot in self.shown_slots(slots, Some(StatusWord::Enabled)) {
            let place =
                |of: usize| placed[of].of(slot, || cuts[of].place(self.store.row(slot).moment(cuts[of].field())));
            tell(slot, [place(0), place(1)]);
        }
    }

    /// The ids of the rows shown that match `query` as well, in the order shown. Costs a sweep over all rows.
    pub fn matching(&self, query: &Query, now: Time) -> Vec<KeyId> {
        let hits = Search::new::<R>(query, &self.matches).run(&self.store, &self.shown, now);
        let found = self.view().iter().filter(|slot| hits.contains(**slot));
        found.map(|slot| self.store.row(*slot).id().clone()).collect()
    }

    fn shown_slots(&self, slots: Range<usize>, status: Option<StatusWord>) -> impl Iterator<Item = u32> {
        let within = status.and_then(|status| self.store.with_status(status));
        (slots.start / 64..slots.end.min(self.store.slots()).div_ceil(64)).flat_map(move |at| {
            let word = self.shown.word(at) & within.map_or(u64::MAX, |bits| bits.word(at));
            let first = u32::try_from(at * 64).unwrap_or(u32::MAX);
            ones(word).map(move |bit| first + bit)
        })
    }
}
