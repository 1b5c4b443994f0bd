//! Sorting a long table in slices: runs of rows are sorted, then merged, a little at a time, while the old order stands.

use super::bits::Bits;
use super::order::{self, Keyed};
use super::store::Store;
use super::{Row, Table};
use crate::domain::sort::Sort;

/// Rows that are sorted at once: a longer table takes its time, slice by slice.
const AT_ONCE: usize = 50_000;
/// Rows of a run, which one slice sorts.
const RUN: usize = 8_192;
/// Rows that one slice merges.
const MERGE: usize = 32_768;

/// A new order in the making.
#[derive(Debug)]
pub(super) struct Sorting {
    pub sort: Sort,
    /// The slots as they stood, up to `taken` of which are in a run.
    slots: Vec<u32>,
    taken: usize,
    runs: Vec<Run>,
    /// The runs that are not used up, as a heap with the one that comes first on top, while they are merged.
    heap: Vec<usize>,
    merged: Vec<u32>,
    ranks: Vec<u128>,
    /// Rows that came or changed meanwhile.
    touched: Bits,
}

/// Rows in order, up to `next` of which are merged.
#[derive(Debug)]
struct Run {
    rows: Vec<Keyed>,
    next: usize,
}

impl Run {
    fn head(&self) -> Option<&Keyed> {
        self.rows.get(self.next)
    }

    /// Passes rows that changed: their places are not theirs any more, and what they are compared by is not either.
    fn skip(&mut self, touched: &Bits) {
        while self.head().is_some_and(|row| touched.contains(row.slot)) {
            self.next += 1;
        }
        if self.head().is_none() {
            self.rows = Vec::new();
        }
    }
}

impl Sorting {
    fn new(sort: Sort, slots: Vec<u32>) -> Self {
        Self {
            sort,
            slots,
            taken: 0,
            runs: Vec::new(),
            heap: Vec::new(),
            merged: Vec::new(),
            ranks: Vec::new(),
            touched: Bits::default(),
        }
    }

    /// Rows that came or changed: they are put where they belong at the end.
    pub fn touch(&mut self, slot: u32) {
        self.touched.insert(slot);
    }

    /// Goes on a little; whether all is merged.
    fn go_on<R: Row>(&mut self, store: &Store<R>, run: usize, merge: usize) -> bool {
        if self.taken < self.slots.len() {
            self.take_run(store, run);
            return false;
        }
        self.raise_heap(store);
        for _ in 0..merge {
            if !self.merge_one(store) {
                return true;
            }
        }
        false
    }

    /// Makes the heap of what the runs hold now.
    fn raise_heap<R: Row>(&mut self, store: &Store<R>) {
        for run in &mut self.runs {
            run.skip(&self.touched);
        }
        self.heap = (0..self.runs.len()).filter(|run| self.runs[*run].head().is_some()).collect();
        for at in (0..self.heap.len() / 2).rev() {
            self.sift(store, at);
        }
    }

    fn take_run<R: Row>(&mut self, store: &Store<R>, run: usize) {
        let end = self.slots.len().min(self.taken + run);
        let slots = &self.slots[self.taken..end];
        self.taken = end;
        self.ranks.resize(self.ranks.len().max(store.slots()), 0);
        let mut rows = Vec::with_capacity(slots.len());
        for slot in slots {
            let rank = store.rank_in(*slot, self.sort.column);
            self.ranks[*slot as usize] = rank;
            rows.push(Keyed::new(store, self.sort, *slot, rank));
        }
        order::sort_keyed(store, self.sort, &mut rows);
        self.runs.push(Run { rows, next: 0 });
    }

    fn merge_one<R: Row>(&mut self, store: &Store<R>) -> bool {
        let Some(first) = self.heap.first().copied() else { return false };
        let run = &mut self.runs[first];
        if let Some(row) = run.head() {
            self.merged.push(row.slot);
            run.next += 1;
        }
        run.skip(&self.touched);
        if run.head().is_none() {
            self.heap.swap_remove(0);
        }
        self.sift(store, 0);
        true
    }

    /// Moves what stands at a place of the heap down to where it belongs.
    fn sift<R: Row>(&mut self, store: &Store<R>, mut at: usize) {
        let (heap, runs, sort) = (&mut self.heap, &self.runs, self.sort);
        let before = |a: usize, b: usize| match (runs[a].head(), runs[b].head()) {
            (Some(a), Some(b)) => order::compare_keyed(store, sort, a, b).is_lt(),
            _ => false,
        };
        loop {
            let below = [2 * at + 1, 2 * at + 2].into_iter().filter(|child| *child < heap.len());
            let Some(first) = below.reduce(|a, b| if before(heap[b], heap[a]) { b } else { a }) else { return };
            if !before(heap[first], heap[at]) {
                return;
            }
            heap.swap(at, first);
            at = first;
        }
    }
}

impl<R: Row> Table<R> {
    /// The order that is wanted: the one in force, or the one in the making.
    pub fn wanted_sort(&self) -> Sort {
        self.sorting.as_ref().map_or(self.sort, |sorting| sorting.sort)
    }

    /// Whether a new order is in the making, to be [gone on](Self::go_on_sorting) with.
    pub fn is_sorting(&self) -> bool {
        self.sorting.is_some()
    }

    /// Sorts anew; a long table slice by slice, while the old order stands.
    pub fn begin_sort(&mut self, sort: Sort) {
        if sort == self.sort || self.len() <= AT_ONCE {
            self.set_sort(sort);
        } else {
            self.sort_in_slices(sort);
        }
    }

    pub(super) fn sort_in_slices(&mut self, sort: Sort) {
        if self.sorting.as_ref().is_none_or(|sorting| sorting.sort != sort) {
            self.sorting = Some(Sorting::new(sort, self.order.clone()));
        }
    }

    /// Sorts another slice, if there is anything to sort.
    pub fn go_on_sorting(&mut self) {
        self.sort_slice(RUN, MERGE);
    }

    pub(super) fn sort_slice(&mut self, run: usize, merge: usize) {
        let Some(sorting) = &mut self.sorting else { return };
        if !sorting.go_on(&self.store, run, merge) {
            return;
        }
        let Some(sorting) = self.sorting.take() else { return };
        if sorting.touched.count() > AT_ONCE {
            // hardly anything is as it was
            self.sorting = Some(Sorting::new(sorting.sort, self.order.clone()));
            return;
        }
        self.sort = sorting.sort;
        self.store.take_ranks(sorting.sort.column, sorting.ranks, &sorting.touched);
        let live = self.store.live();
        self.order = sorting.merged;
        self.order.retain(|slot| live.contains(*slot) && !sorting.touched.contains(*slot));
        let again = sorting.touched.iter().filter(|slot| live.contains(*slot)).collect();
        order::merge(&self.store, self.sort, &mut self.order, again);
        self.refilter();
    }

    /// Begins the new order again, after the slots were renumbered.
    pub(super) fn sort_again(&mut self) {
        if let Some(sorting) = self.sorting.take() {
            self.sorting = Some(Sorting::new(sorting.sort, self.order.clone()));
        }
    }
}
