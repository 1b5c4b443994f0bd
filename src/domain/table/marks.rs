//! Marks: ids that survive filter, sort and refresh; a mark whose row vanished is counted and never acted on.

use super::{MarkCount, Row, Table};
use crate::domain::ids::KeyId;

impl<R: Row> Table<R> {
    /// Marks a row or takes its mark away, also that of a row that is gone.
    pub fn toggle_mark(&mut self, id: &KeyId) {
        match self.store.find(id) {
            Some(slot) => {
                let marked = self.marked.contains(slot);
                self.marked.put(slot, !marked);
            }
            None => {
                self.gone.remove(id);
            }
        }
    }

    /// Whether a row is loaded and marked.
    pub fn is_marked(&self, id: &KeyId) -> bool {
        self.store.find(id).is_some_and(|slot| self.marked.contains(slot))
    }

    /// Marks the rows shown from one position to another, both included, in either order.
    pub fn mark_range(&mut self, a: usize, b: usize) {
        let range = a.min(b)..a.max(b).saturating_add(1);
        let mut marked = std::mem::take(&mut self.marked);
        for slot in self.slots(range) {
            marked.insert(*slot);
        }
        self.marked = marked;
    }

    /// Marks all rows shown and says how many these are.
    pub fn mark_all_shown(&mut self) -> usize {
        self.keep_marks();
        self.marked.unite(&self.shown);
        self.shown()
    }

    /// Marks the rows shown that are not marked and takes the mark from those that are; says how many of them are marked
    /// then. Hidden rows keep their marks.
    pub fn invert_shown(&mut self) -> usize {
        self.keep_marks();
        self.marked.toggle(&self.shown);
        self.marked.count_common(&self.shown)
    }

    /// Takes all marks away, also those of rows that are hidden or gone, and ends "only marked", which would show
    /// nothing. They can be [brought back](Self::bring_marks_back).
    pub fn clear_marks(&mut self) {
        self.keep_marks();
        self.marked.clear();
        self.gone.clear();
        if self.only.take().is_some() {
            self.refilter();
        }
    }

    /// Marks these rows, as far as they are loaded, and no others. Where only marked rows are shown, it is these then.
    pub fn mark_only(&mut self, ids: &[KeyId]) {
        self.keep_marks();
        self.put_marks(ids.iter().cloned());
        self.gone.clear();
        self.show_marked();
    }

    /// Marks these rows as well, as far as they are loaded.
    pub fn mark_also(&mut self, ids: &[KeyId]) {
        self.keep_marks();
        for id in ids {
            if let Some(slot) = self.store.find(id) {
                self.marked.insert(slot);
            }
        }
    }

    /// Takes the marks of these rows away, so that they can be brought back.
    pub fn mark_less(&mut self, ids: &[KeyId]) {
        self.keep_marks();
        self.unmark(ids);
    }

    /// Takes the marks of these rows away, gone ones too.
    pub fn unmark(&mut self, ids: &[KeyId]) {
        for id in ids {
            if let Some(slot) = self.store.find(id) {
                self.marked.remove(slot);
            }
            self.gone.remove(id);
        }
        if let Some(only) = &mut self.only {
            only.intersect(&self.marked);
            self.refilter();
        }
    }

    /// Brings the marks back that were there before they were last cleared, or changed for many rows at once; the present
    /// ones can be brought back in turn. False if there were none.
    pub fn bring_marks_back(&mut self) -> bool {
        let Some(last) = self.last_marks.take() else { return false };
        self.keep_marks();
        self.put_marks(last.into_iter());
        self.show_marked();
        true
    }

    /// Keeps the marks as they are, if there are any, to be brought back.
    fn keep_marks(&mut self) {
        let marked = self.marked.iter().map(|slot| self.store.row(slot).id().clone());
        let marks: Vec<KeyId> = marked.chain(self.gone.iter().cloned()).collect();
        if !marks.is_empty() {
            self.last_marks = Some(marks);
        }
    }

    fn put_marks(&mut self, ids: impl Iterator<Item = KeyId>) {
        self.marked.clear();
        self.gone.clear();
        for id in ids {
            match self.store.find(&id) {
                Some(slot) => drop(self.marked.insert(slot)),
                None => drop(self.gone.insert(id)),
            }
        }
    }

    /// "Only marked" shows what is marked now, and ends where that is nothing.
    fn show_marked(&mut self) {
        if self.only.take().is_some() {
            self.only = (!self.marked.is_empty()).then(|| self.marked.clone());
            self.refilter();
        }
    }

    /// How many rows are marked.
    pub fn marks(&self) -> MarkCount {
        let marked = self.marked.count();
        MarkCount { marked, hidden: marked - self.marked.count_common(&self.shown), gone: self.gone.len() }
    }

    /// The marked rows that are shown, in the order shown.
    pub fn marked_shown(&self) -> Vec<KeyId> {
        self.marked_of(self.view())
    }

    /// All marked rows that are loaded, shown or not, in the table's order.
    pub fn marked_all(&self) -> Vec<KeyId> {
        self.marked_of(&self.order)
    }

    fn marked_of(&self, slots: &[u32]) -> Vec<KeyId> {
        let marked = slots.iter().filter(|slot| self.marked.contains(**slot));
        marked.map(|slot| self.store.row(*slot).id().clone()).collect()
    }
}
