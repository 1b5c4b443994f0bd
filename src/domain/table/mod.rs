//! The table engine.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::filter::Query;
use super::ids::KeyId;
use super::row::{Row, RowState};
use super::sort::Sort;
use super::time::Time;

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
    /// Those of them that the filter, the check boxes or the search hide.
    pub hidden: usize,
    /// Marks whose row vanished; in addition to `marked`, and never acted on.
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
    /// All others.
    pub other: usize,
    /// Exposed and still dangerous: enabled exposed keys, open findings.
    pub exposed_open: usize,
}

/// Rows with a filter, an order, a cursor and marks.
#[derive(Debug)]
pub struct Table<R: Row> {
    rows: Vec<R>,
    view: Vec<usize>,
    query: Query,
    sort: Sort,
    states: States,
    only_marked: bool,
    marks: HashSet<KeyId>,
    gone: HashSet<KeyId>,
    seen: Option<HashSet<KeyId>>,
    matches: HashMap<String, KeyId>,
    anchor: Option<KeyId>,
    position: usize,
    now: Option<Time>,
}

impl<R: Row> Table<R> {
    /// An empty table.
    pub fn new(sort: Sort) -> Self {
        Self {
            rows: Vec::new(),
            view: Vec::new(),
            query: Query::default(),
            sort,
            states: States::ALL,
            only_marked: false,
            marks: HashSet::new(),
            gone: HashSet::new(),
            seen: None,
            matches: HashMap::new(),
            anchor: None,
            position: 0,
            now: None,
        }
    }

    fn rebuild(&mut self) {
        let mut view: Vec<usize> = (0..self.rows.len()).filter(|i| self.is_shown(&self.rows[*i])).collect();
        view.sort_by(|a, b| {
            let (a, b) = (&self.rows[*a], &self.rows[*b]);
            let order = a.compare(b, self.sort.column);
            (if self.sort.descending { order.reverse() } else { order }).then_with(|| a.id().cmp(b.id()))
        });
        self.view = view;
        let found = self.anchor.as_ref().and_then(|id| self.view.iter().position(|i| self.rows[*i].id() == id));
        self.position = found.unwrap_or(self.position).min(self.view.len().saturating_sub(1));
    }

    fn is_shown(&self, row: &R) -> bool {
        self.states.shows(row.state())
            && (!self.only_marked || self.marks.contains(row.id()))
            && self.now.is_none_or(|now| row.matches(&self.query, now))
    }

    /// Begins to load anew; what is there stays until [`finish_load`](Self::finish_load).
    pub fn begin_load(&mut self) {
        self.seen = Some(HashSet::new());
    }

    /// Takes a page in: known ids are replaced, others added.
    pub fn add_page(&mut self, rows: Vec<R>, now: Time) {
        for row in rows {
            self.put(row);
        }
        self.refresh_time(now);
    }

    fn put(&mut self, row: R) {
        if let Some(seen) = &mut self.seen {
            seen.insert(row.id().clone());
        }
        if self.gone.remove(row.id()) {
            self.marks.insert(row.id().clone());
        }
        match self.rows.iter_mut().find(|old| old.id() == row.id()) {
            Some(old) => *old = row,
            None => self.rows.push(row),
        }
    }

    /// Ends a load: rows that did not come are dropped.
    pub fn finish_load(&mut self, now: Time) {
        if let Some(seen) = self.seen.take() {
            let (gone, marks) = (&mut self.gone, &mut self.marks);
            self.rows.retain(|row| {
                let keep = seen.contains(row.id());
                if !keep && marks.remove(row.id()) {
                    gone.insert(row.id().clone());
                }
                keep
            });
            self.refresh_time(now);
        }
    }

    /// Ends a load that failed half-way: old rows stay beside those that came.
    pub fn abandon_load(&mut self) {
        self.seen = None;
    }

    /// Whether a load is under way.
    pub fn is_loading(&self) -> bool {
        self.seen.is_some()
    }

    /// How many rows are loaded.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether no row is loaded.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Shows only what matches.
    pub fn set_query(&mut self, query: Query, now: Time) {
        self.query = query;
        self.refresh_time(now);
    }

    /// The filter in force.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// Sorts anew.
    pub fn set_sort(&mut self, sort: Sort) {
        self.sort = sort;
        self.rebuild();
    }

    /// The order in force.
    pub fn sort(&self) -> Sort {
        self.sort
    }

    /// Shows or hides states.
    pub fn set_states(&mut self, states: States, now: Time) {
        self.states = states;
        self.refresh_time(now);
    }

    /// Which states are shown.
    pub fn states(&self) -> States {
        self.states
    }

    /// Shows only marked rows, or all again.
    pub fn set_only_marked(&mut self, only: bool, now: Time) {
        self.only_marked = only;
        self.refresh_time(now);
    }

    /// Whether only marked rows are shown.
    pub fn only_marked(&self) -> bool {
        self.only_marked
    }

    /// Applies the filters that depend on the time anew.
    pub fn refresh_time(&mut self, now: Time) {
        self.now = Some(now);
        self.rebuild();
    }

    /// How many rows are shown.
    pub fn shown(&self) -> usize {
        self.view.len()
    }

    /// The row shown at a position.
    pub fn row(&self, position: usize) -> Option<&R> {
        self.view.get(position).map(|i| &self.rows[*i])
    }

    /// The rows shown at these positions, as far as there are any.
    pub fn rows(&self, range: Range<usize>) -> impl Iterator<Item = &R> {
        let end = range.end.min(self.view.len());
        self.view[range.start.min(end)..end].iter().map(|i| &self.rows[*i])
    }

    /// A loaded row by its id.
    pub fn get(&self, id: &KeyId) -> Option<&R> {
        self.rows.iter().find(|row| row.id() == id)
    }

    /// All loaded rows, in no particular order.
    pub fn iter_all(&self) -> impl Iterator<Item = &R> {
        self.rows.iter()
    }

    /// Changes one row, if it is loaded. The change must not touch its id.
    pub fn update(&mut self, id: &KeyId, now: Time, change: impl FnOnce(&mut R)) {
        if let Some(row) = self.rows.iter_mut().find(|row| row.id() == id) {
            change(row);
            self.refresh_time(now);
        }
    }

    /// Changes many rows; `change` says whether it changed the row it was given.
    pub fn update_all(&mut self, now: Time, mut change: impl FnMut(&mut R) -> bool) {
        for row in &mut self.rows {
            change(row);
        }
        self.refresh_time(now);
    }

    /// Drops a row. Its mark, if it had one, is gone.
    pub fn remove(&mut self, id: &KeyId) {
        self.rows.retain(|row| row.id() != id);
        if self.marks.remove(id) {
            self.gone.insert(id.clone());
        }
        self.rebuild();
    }

    /// Adds a row or replaces the one with its id.
    pub fn insert(&mut self, row: R, now: Time) {
        self.put(row);
        self.refresh_time(now);
    }

    /// Where the cursor stands; none when nothing is shown.
    pub fn cursor(&self) -> Option<usize> {
        (!self.view.is_empty()).then_some(self.position)
    }

    /// The row under the cursor.
    pub fn current(&self) -> Option<&R> {
        self.row(self.cursor()?)
    }

    /// Where a row is shown; none when it is hidden or not loaded. The console asks once a frame for the start of a range.
    pub fn position(&self, id: &KeyId) -> Option<usize> {
        self.view.iter().position(|i| self.rows[*i].id() == id)
    }

    /// Moves the cursor to a position, or the last when there are fewer.
    pub fn move_to(&mut self, position: usize) {
        self.position = position.min(self.view.len().saturating_sub(1));
        self.anchor = self.current().map(|row| row.id().clone());
    }

    /// Moves the cursor down, or up when negative, as far as there are rows.
    pub fn move_by(&mut self, delta: isize) {
        self.move_to(self.position.saturating_add_signed(delta));
    }

    /// Answers of a look-up: which key a pasted value's fingerprint belongs to, where the row's own digest does not say.
    pub fn set_match_ids(&mut self, matches: HashMap<String, KeyId>) {
        self.matches = matches;
        self.rebuild();
    }

    /// Marks a row or takes its mark away.
    pub fn toggle_mark(&mut self, id: &KeyId) {
        if !self.marks.remove(id) && self.get(id).is_some() {
            self.marks.insert(id.clone());
        }
    }

    /// Whether a loaded row is marked.
    pub fn is_marked(&self, id: &KeyId) -> bool {
        self.marks.contains(id)
    }

    /// Marks the rows shown from one position to another, both included, in either order.
    pub fn mark_range(&mut self, a: usize, b: usize) {
        let ids: Vec<KeyId> = self.rows(a.min(b)..a.max(b).saturating_add(1)).map(|row| row.id().clone()).collect();
        self.marks.extend(ids);
    }

    /// Marks all rows shown and says how many these are.
    pub fn mark_all_shown(&mut self) -> usize {
        self.mark_range(0, usize::MAX);
        self.shown()
    }

    /// Marks the rows shown that are not, and takes the mark from those that are; says how many shown are marked then.
    pub fn invert_shown(&mut self) -> usize {
        let ids: Vec<KeyId> = self.rows(0..usize::MAX).map(|row| row.id().clone()).collect();
        for id in &ids {
            self.toggle_mark(id);
        }
        ids.iter().filter(|id| self.marks.contains(id)).count()
    }

    /// Takes all marks away, also those of rows that are hidden or gone.
    pub fn clear_marks(&mut self) {
        self.marks.clear();
        self.gone.clear();
    }

    /// How many rows are marked.
    pub fn marks(&self) -> MarkCount {
        let shown = self.rows(0..usize::MAX).filter(|row| self.marks.contains(row.id())).count();
        MarkCount { marked: self.marks.len(), hidden: self.marks.len() - shown, gone: self.gone.len() }
    }

    /// The marked rows that are shown, in the order shown.
    pub fn marked_shown(&self) -> Vec<KeyId> {
        self.rows(0..usize::MAX).map(Row::id).filter(|id| self.marks.contains(id)).cloned().collect()
    }

    /// All marked rows that are loaded, in the table's order.
    pub fn marked_all(&self) -> Vec<KeyId> {
        self.rows.iter().map(Row::id).filter(|id| self.marks.contains(id)).cloned().collect()
    }

    /// Takes the marks of these rows away, gone ones too.
    pub fn unmark(&mut self, ids: &[KeyId]) {
        for id in ids {
            self.marks.remove(id);
            self.gone.remove(id);
        }
    }

    /// How many loaded rows are in each state.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for row in &self.rows {
            match row.state() {
                RowState::Enabled => counts.enabled += 1,
                RowState::Disabled => counts.disabled += 1,
                RowState::Revoked => counts.revoked += 1,
                RowState::Other => counts.other += 1,
            }
            counts.exposed_open += usize::from(row.is_open_danger());
        }
        counts
    }
}
