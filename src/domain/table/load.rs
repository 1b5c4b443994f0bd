//! Rows coming, changing and going.

use std::collections::HashSet;

use super::bits::Bits;
use super::{Row, Table, order};
use crate::domain::ids::KeyId;
use crate::domain::time::Time;

/// A load under way.
#[derive(Debug, Default)]
pub(super) struct Load {
    /// The rows that came in it.
    seen: Bits,
    /// The rows that changed here meanwhile: a page may have been read before that, so it does not replace them.
    kept: Bits,
    /// The rows that were removed here meanwhile: such a page does not bring them back.
    removed: HashSet<KeyId>,
}

/// Rows that a page brought, or that changed.
#[derive(Default)]
struct Touched {
    slots: Bits,
    /// Those that have no place in the order yet.
    new: Bits,
    /// Those whose place in the order may be another now.
    moved: Bits,
}

impl<R: Row> Table<R> {
    /// Begins to load anew. What is there stays until [`finish_load`](Self::finish_load); a load that was under way is
    /// [abandoned](Self::abandon_load).
    pub fn begin_load(&mut self) {
        self.load = Some(Load::default());
    }

    /// Takes a page in: rows with a known id replace what was there, others are added. A row that
    /// [changed](Self::update) or was [removed](Self::remove) here since the load began stays so. Without a load under way rows are just added.
    pub fn add_page(&mut self, rows: Vec<R>, now: Time) {
        self.put(rows, now, false);
    }

    /// Adds a row or replaces the one with its id. A load under way does not drop or replace it.
    pub fn insert(&mut self, row: R, now: Time) {
        self.put(vec![row], now, true);
    }

    /// Ends a load: rows that did not come are dropped, and marks on them are gone. Should such a row come back, so does
    /// its mark.
    pub fn finish_load(&mut self, now: Time) {
        let Some(load) = self.load.take() else { return };
        let mut missing = self.store.live().clone();
        missing.subtract(&load.seen);
        self.drop_rows(&missing);
        self.refresh_time(now);
        self.pin_free_cursor();
    }

    /// Ends a load that failed half-way: what was there stays beside what came.
    pub fn abandon_load(&mut self) {
        if self.load.take().is_some() {
            self.pin_free_cursor();
        }
    }

    /// Whether a load is under way.
    pub fn is_loading(&self) -> bool {
        self.load.is_some()
    }

    /// Changes one row, if it is loaded. The change must not touch the row's id. A load under way neither drops nor
    /// replaces the row.
    pub fn update(&mut self, id: &KeyId, now: Time, change: impl FnOnce(&mut R)) {
        let Some(slot) = self.store.find(id) else { return };
        let in_order = order::place(&self.store, self.sort, &self.order, slot);
        let in_view = match &self.view {
            Some(view) if self.shown.contains(slot) => Some(order::place(&self.store, self.sort, view, slot)),
            _ => None,
        };
        self.store.change(slot, change);
        if let Some(sorting) = &mut self.sorting {
            sorting.touch(slot);
        }
        if let Some(load) = &mut self.load {
            load.kept.insert(slot);
            load.seen.insert(slot);
        }
        self.rejudge(slot, now);
        order::reseat(&self.store, self.sort, &mut self.order, slot, Some(in_order), true);
        if let Some(view) = &mut self.view {
            order::reseat(&self.store, self.sort, view, slot, in_view, self.shown.contains(slot));
        }
        self.settle_cursor();
    }

    /// Changes many rows; `change` says whether it changed the row it was given. It must not touch ids.
    pub fn update_all(&mut self, now: Time, change: impl FnMut(&mut R) -> bool) {
        self.update_slots(self.store.live().iter().collect(), now, change);
    }

    /// The same for a few rows by their ids, as far as they are loaded.
    pub fn update_some<'i>(
        &mut self,
        ids: impl IntoIterator<Item = &'i KeyId>,
        now: Time,
        change: impl FnMut(&mut R) -> bool,
    ) {
        self.update_slots(ids.into_iter().filter_map(|id| self.store.find(id)).collect(), now, change);
    }

    /// The same as [`update`](Self::update) for many rows at once, as far as they are loaded: in one pass over the order however
    /// many there are. `change` says whether it changed the row it was given.
    pub fn update_many(&mut self, ids: &[KeyId], now: Time, mut change: impl FnMut(&mut R) -> bool) {
        if let [id] = ids {
            return self.update(id, now, |row| {
                change(row);
            });
        }
        let slots: Vec<u32> = ids.iter().filter_map(|id| self.store.find(id)).collect();
        if let Some(load) = &mut self.load {
            for slot in &slots {
                load.kept.insert(*slot);
                load.seen.insert(*slot);
            }
        }
        self.update_slots(slots, now, change);
    }

    fn update_slots(&mut self, slots: Vec<u32>, now: Time, mut change: impl FnMut(&mut R) -> bool) {
        let mut touched = Touched::default();
        for slot in slots {
            if self.store.change_if(slot, &mut change) {
                touched.slots.insert(slot);
                touched.moved.insert(slot);
                if let Some(sorting) = &mut self.sorting {
                    sorting.touch(slot);
                }
            }
        }
        self.arrange(&touched, now);
    }

    /// Drops a row. Its mark, if it had one, is gone.
    pub fn remove(&mut self, id: &KeyId) {
        if let Some(load) = &mut self.load {
            load.removed.insert(id.clone());
        }
        if let Some(slot) = self.store.find(id) {
            let mut slots = Bits::default();
            slots.insert(slot);
            self.drop_rows(&slots);
        }
    }

    fn put(&mut self, rows: Vec<R>, now: Time, local: bool) {
        let mut touched = Touched::default();
        for row in rows {
            if let Some(slot) = self.put_row(row, local, &mut touched) {
                touched.slots.insert(slot);
                if let Some(load) = &mut self.load {
                    load.seen.insert(slot);
                    if local {
                        load.kept.insert(slot);
                    }
                }
            }
        }
        self.arrange(&touched, now);
    }

    /// Adds or replaces a row; its slot, unless the row is left out.
    fn put_row(&mut self, row: R, local: bool, touched: &mut Touched) -> Option<u32> {
        if local {
            if let Some(load) = &mut self.load {
                load.removed.remove(row.id());
            }
        } else if self.load.as_ref().is_some_and(|load| load.removed.contains(row.id())) {
            return None;
        }
        if let Some(slot) = self.store.find(row.id()) {
            if local || !self.load.as_ref().is_some_and(|load| load.kept.contains(slot)) {
                let alike = order::alike(self.sort, self.store.row(slot), &row);
                if !alike && !touched.new.contains(slot) {
                    touched.moved.insert(slot);
                }
                if let Some(sorting) = &mut self.sorting
                    && !order::alike(sorting.sort, self.store.row(slot), &row)
                {
                    sorting.touch(slot);
                }
                self.store.change(slot, |old| *old = row);
            }
            return Some(slot);
        }
        let was_marked = self.gone.remove(row.id());
        let slot = self.store.add(row)?;
        touched.new.insert(slot);
        if let Some(sorting) = &mut self.sorting {
            sorting.touch(slot);
        }
        if was_marked {
            self.marked.insert(slot);
            if let Some(only) = &mut self.only {
                only.insert(slot);
            }
        }
        Some(slot)
    }

    /// Puts touched rows where they belong, in the order and among what is shown.
    fn arrange(&mut self, touched: &Touched, now: Time) {
        let mut leave = Bits::default();
        let mut enter = Vec::new();
        for slot in touched.slots.iter() {
            let (before, after) = (self.shown.contains(slot), self.rejudge(slot, now));
            let moved = touched.moved.contains(slot);
            if before && (moved || !after) {
                leave.insert(slot);
            }
            if after && (moved || !before) {
                enter.push(slot);
            }
        }
        let misplaced = touched.new.iter().chain(touched.moved.iter()).collect();
        order::replace(&self.store, self.sort, &mut self.order, &touched.moved, misplaced);
        if let Some(view) = &mut self.view {
            order::replace(&self.store, self.sort, view, &leave, enter);
        }
        self.settle_cursor();
    }

    /// Judges one row anew and says whether it is to be shown.
    fn rejudge(&mut self, slot: u32, now: Time) -> bool {
        let hit = self.search.matches(&self.store, slot, now);
        self.hits.put(slot, hit);
        let shown = self.is_shown(slot);
        self.shown.put(slot, shown);
        shown
    }

    fn drop_rows(&mut self, slots: &Bits) {
        if slots.is_empty() {
            return;
        }
        self.flee_cursor(|slot| slots.contains(slot));
        for slot in slots.iter().filter(|slot| self.marked.contains(*slot)) {
            self.gone.insert(self.store.row(slot).id().clone());
        }
        self.store.drop_all(slots);
        for bits in [&mut self.hits, &mut self.shown, &mut self.marked].into_iter().chain(&mut self.only) {
            bits.subtract(slots);
        }
        if let Some(load) = &mut self.load {
            load.seen.subtract(slots);
            load.kept.subtract(slots);
        }
        for list in [&mut self.order].into_iter().chain(&mut self.view) {
            list.retain(|slot| !slots.contains(*slot));
        }
        if self.load.is_none() && self.store.is_sparse() {
            self.compact();
        }
        self.settle_cursor();
    }

    /// Gives memory back after most rows went.
    fn compact(&mut self) {
        let kept: Vec<u32> = self.store.live().iter().collect();
        let mut renumbered = vec![0; kept.last().map_or(0, |last| *last as usize + 1)];
        for (to, from) in (0..).zip(&kept) {
            renumbered[*from as usize] = to;
        }
        self.store.compact(&kept);
        for bits in [&mut self.hits, &mut self.shown, &mut self.marked].into_iter().chain(&mut self.only) {
            *bits = bits.renumbered(&kept);
        }
        for list in [&mut self.order].into_iter().chain(&mut self.view) {
            *list = list.iter().map(|slot| renumbered[*slot as usize]).collect();
        }
        self.sort_again();
    }
}
