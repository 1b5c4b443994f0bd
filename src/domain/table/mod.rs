//! The table engine: up to a million rows with a filter, an order, a cursor and marks, each of which survives the others.
//!
//! A row keeps its slot, a number, as long as it is loaded; filter results, marks and states are sets of slots, the order
//! is a list of them. So a key press in the filter is one sweep over the [text](haystack) of all rows and one over the
//! order; nothing is sorted again, and a page that arrives is merged into both. Conditions on moments are judged by the
//! [minute](moments), and a long table is sorted in [slices](sorting).
//!
//! Cursor and marks are ids to whoever uses the table. No method asks a clock; those that may have to judge moments take
//! `now`.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::filter::Query;
use super::ids::KeyId;
use super::row::{Row, RowState};
use super::sort::Sort;
use super::time::Time;

use bits::Bits;
use search::Search;
use store::Store;

mod bits;
mod cursor;
mod haystack;
mod load;
mod marks;
mod moments;
mod order;
mod search;
mod sorting;
mod store;
mod tally;

/// Which states are shown; rows in any [other](RowState::Other) state always are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct States {
    /// Enabled ones.
    pub enabled: bool,
    /// Disabled ones.
    pub disabled: bool,
    /// Revoked ones.
    pub revoked: bool,
}

impl Default for States {
    fn default() -> Self {
        Self::ALL
    }
}

impl States {
    /// Every state.
    pub const ALL: Self = Self { enabled: true, disabled: true, revoked: true };

    /// Whether rows in `state` are shown.
    pub fn shows(self, state: RowState) -> bool {
        match state {
            RowState::Enabled => self.enabled,
            RowState::Disabled => self.disabled,
            RowState::Revoked => self.revoked,
            RowState::Other => true,
        }
    }
}

/// How many rows are marked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MarkCount {
    /// All that are marked and loaded, shown or not.
    pub marked: usize,
    /// Those of them that the filter, the check boxes or "only marked" hide.
    pub hidden: usize,
    /// Marks whose row vanished: beside `marked`, not among them, and never acted on.
    pub gone: usize,
}

/// How many loaded rows are in each state, whatever is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Enabled ones.
    pub enabled: usize,
    /// Disabled ones.
    pub disabled: usize,
    /// Revoked ones.
    pub revoked: usize,
    pub other: usize,
    /// Exposed and still dangerous: enabled exposed keys, open findings.
    pub exposed_open: usize,
}

/// Rows with a filter, an order, a cursor and marks.
#[derive(Debug)]
pub struct Table<R: Row> {
    store: Store<R>,

    query: Query,
    search: Search,
    matches: HashMap<String, KeyId>,
    /// Whose rows match the query, as judged at `judged`.
    hits: Bits,
    judged: Option<Time>,
    states: States,
    /// The rows that were marked when only these were asked for.
    only: Option<Bits>,

    sort: Sort,
    sorting: Option<sorting::Sorting>,
    order: Vec<u32>,
    /// The rows shown, in order; none when these are all.
    view: Option<Vec<u32>>,
    /// The same rows as a set.
    shown: Bits,

    marked: Bits,
    gone: HashSet<KeyId>,
    /// The marks before they were last cleared, or changed for many rows at once.
    last_marks: Option<Vec<KeyId>>,
    cursor: cursor::Cursor,
    load: Option<load::Load>,
    /// How often something that is shown may have changed.
    version: u64,
}

impl<R: Row> Table<R> {
    /// An empty table that shows everything.
    pub fn new(sort: Sort) -> Self {
        Self {
            store: Store::new(sort.column),
            query: Query::default(),
            search: Search::default(),
            matches: HashMap::new(),
            hits: Bits::default(),
            judged: None,
            states: States::ALL,
            only: None,
            sort,
            sorting: None,
            order: Vec::new(),
            view: None,
            shown: Bits::default(),
            marked: Bits::default(),
            gone: HashSet::new(),
            last_marks: None,
            cursor: cursor::Cursor::default(),
            load: None,
            version: 0,
        }
    }

    /// How many rows are loaded.
    pub fn len(&self) -> usize {
        self.store.len()
    }

    /// Whether no row is loaded.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many loaded rows are in each state, whatever is shown.
    pub fn counts(&self) -> Counts {
        self.store.counts()
    }

    /// How many rows are shown.
    pub fn shown(&self) -> usize {
        self.view().len()
    }

    /// The row shown at a position, from 0.
    pub fn row(&self, position: usize) -> Option<&R> {
        self.view().get(position).map(|slot| self.store.row(*slot))
    }

    /// The rows shown at these positions, as far as there are any.
    pub fn rows(&self, range: Range<usize>) -> impl Iterator<Item = &R> {
        self.slots(range).iter().map(|slot| self.store.row(*slot))
    }

    /// A loaded row by its id, shown or not.
    pub fn get(&self, id: &KeyId) -> Option<&R> {
        self.store.find(id).map(|slot| self.store.row(slot))
    }

    /// All loaded rows, shown or not, in no particular order.
    pub fn iter_all(&self) -> impl Iterator<Item = &R> {
        self.store.iter()
    }

    /// How many numbers there are for [`iter_slots`](Self::iter_slots) to go through.
    pub fn all_slots(&self) -> usize {
        self.store.slots()
    }

    /// The loaded rows with these numbers, shown or not: all rows, a part at a time.
    pub fn iter_slots(&self, slots: Range<usize>) -> impl Iterator<Item = &R> {
        let live = self.store.live();
        let slots = slots.start..slots.end.min(self.store.slots());
        slots
            .filter_map(|slot| u32::try_from(slot).ok())
            .filter(|slot| live.contains(*slot))
            .map(|slot| self.store.row(slot))
    }

    /// The filter in force.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// Shows only what matches. A query that [narrows](Query::extends) the one in force looks only at what is left.
    pub fn set_query(&mut self, query: Query, now: Time) {
        let stale = self.query.depends_on_now() && self.judged != Some(now);
        if query == self.query && !stale {
            return;
        }
        let narrows = !stale && query.extends(&self.query);
        self.search = Search::new::<R>(&query, &self.matches);
        self.query = query;
        self.judge(narrows, now);
        self.refilter();
    }

    /// Judges anew what depends on the time; does nothing for a query that does not. Costs a sweep over all rows, so it is
    /// for once in a while, not for every frame.
    pub fn refresh_time(&mut self, now: Time) {
        if self.query.depends_on_now() && self.judged != Some(now) {
            self.judge(false, now);
            self.refilter();
        }
    }

    /// Answers of look-ups: the keys that pasted values belong to, by fingerprint, where the rows' own digests do not say.
    pub fn set_match_ids(&mut self, matches: HashMap<String, KeyId>) {
        if self.matches == matches {
            return;
        }
        self.matches = matches;
        if let Some(now) = self.judged.filter(|_| self.query.has_secret()) {
            self.search = Search::new::<R>(&self.query, &self.matches);
            self.judge(false, now);
            self.refilter();
        }
    }

    /// The order in force.
    pub fn sort(&self) -> Sort {
        self.sort
    }

    /// Sorts anew.
    pub fn set_sort(&mut self, sort: Sort) {
        self.sorting = None;
        if self.sort != sort {
            if self.sort.column != sort.column {
                self.store.set_column(sort.column);
            }
            self.sort = sort;
            order::sort(&self.store, sort, &mut self.order);
            self.refilter();
        }
    }

    /// Which states are shown.
    pub fn states(&self) -> States {
        self.states
    }

    /// Shows or hides states.
    pub fn set_states(&mut self, states: States, now: Time) {
        if self.states != states {
            self.states = states;
            self.refresh_time(now);
            self.refilter();
        }
    }

    /// Whether only marked rows are shown.
    pub fn only_marked(&self) -> bool {
        self.only.is_some()
    }

    /// Shows only the rows that are marked now, or all again. A row that loses its mark meanwhile stays in sight, so that
    /// a slip can be undone; [`mark_only`](Self::mark_only) and [`clear_marks`](Self::clear_marks) are no slips.
    pub fn set_only_marked(&mut self, only: bool, now: Time) {
        self.only = only.then(|| self.marked.clone());
        self.refresh_time(now);
        self.refilter();
    }

    fn view(&self) -> &[u32] {
        self.view.as_deref().unwrap_or(&self.order)
    }

    fn slots(&self, range: Range<usize>) -> &[u32] {
        let view = self.view();
        let end = range.end.min(view.len());
        &view[range.start.min(end)..end]
    }

    /// Whether all rows are shown because nothing is asked of them.
    fn shows_all(&self) -> bool {
        self.query.is_empty() && self.states == States::ALL && self.only.is_none()
    }

    /// Finds the rows that match, among the last hits only where the query has `narrowed`.
    fn judge(&mut self, narrowed: bool, now: Time) {
        let candidates = if narrowed { &self.hits } else { self.store.live() };
        self.hits = self.search.run(&self.store, candidates, now);
        self.judged = Some(now);
    }

    /// Shows what is to be shown, after the hits, the check boxes or the order changed.
    fn refilter(&mut self) {
        if self.shows_all() {
            self.shown = self.store.live().clone();
            self.view = None;
        } else {
            self.shown = self.store.in_states(self.states);
            self.shown.intersect(&self.hits);
            if let Some(only) = &self.only {
                self.shown.intersect(only);
            }
            let mut view = self.view.take().unwrap_or_default();
            view.clear();
            view.extend(self.order.iter().filter(|slot| self.shown.contains(**slot)));
            self.view = Some(view);
        }
        self.settle_cursor();
    }

    /// Whether a row is to be shown.
    fn is_shown(&self, slot: u32) -> bool {
        self.hits.contains(slot)
            && self.states.shows(self.store.row(slot).state())
            && self.only.as_ref().is_none_or(|only| only.contains(slot))
    }
}

#[cfg(test)]
mod tests;
