//! The cursor: an id, so that it stays on its row whatever happens around it.

use super::{Row, Table, order};
use crate::domain::ids::KeyId;

/// Where a person looks.
///
/// While its row is hidden the cursor shows on the nearest row that is not, and returns when the row does, unless it was
/// moved. When its row is dropped it moves to the next one for good. While the first load runs and nobody has moved it,
/// it stays at the top, so that the list does not run away under rows that arrive above.
#[derive(Debug, Default)]
pub(super) struct Cursor {
    id: Option<KeyId>,
    position: usize,
}

impl<R: Row> Table<R> {
    /// Where the cursor stands; none when nothing is shown.
    pub fn cursor(&self) -> Option<usize> {
        (self.shown() > 0).then_some(self.cursor.position)
    }

    /// The row under the cursor.
    pub fn current(&self) -> Option<&R> {
        self.row(self.cursor()?)
    }

    /// Moves the cursor to a position, or to the last row when there are fewer.
    pub fn move_to(&mut self, position: usize) {
        if let Some(last) = self.shown().checked_sub(1) {
            self.cursor.position = position.min(last);
            self.pin_cursor();
        }
    }

    /// Moves the cursor down, up when negative, as far as there are rows.
    pub fn move_by(&mut self, delta: isize) {
        self.move_to(self.cursor.position.saturating_add_signed(delta));
    }

    /// Where a row is shown; none when it is hidden or not loaded.
    pub fn position(&self, id: &KeyId) -> Option<usize> {
        let slot = self.store.find(id)?;
        let position = order::place(&self.store, self.sort, self.view(), slot);
        (self.view().get(position) == Some(&slot)).then_some(position)
    }

    /// Keeps the cursor on the row that it shows on now.
    pub fn pin_cursor(&mut self) {
        if let Some(id) = self.current().map(|row| row.id().clone()) {
            self.cursor.id = Some(id);
        }
    }

    /// Keeps the cursor on a row if it has none yet.
    pub(super) fn pin_free_cursor(&mut self) {
        if self.cursor.id.is_none() {
            self.pin_cursor();
        }
    }

    /// Finds the cursor's position after the view changed.
    pub(super) fn settle_cursor(&mut self) {
        self.version = self.version.wrapping_add(1);
        let slot = self.cursor.id.as_ref().map(|id| self.store.find(id));
        let position = match slot {
            None => 0,
            Some(Some(slot)) => order::place(&self.store, self.sort, self.view(), slot),
            Some(None) => self.cursor.position,
        };
        self.cursor.position = position.min(self.shown().saturating_sub(1));
    }

    /// Before rows are dropped: moves the cursor from one of them to the next that stays, or else the one before.
    pub(super) fn flee_cursor(&mut self, dropped: impl Fn(u32) -> bool) {
        let at_risk = self.cursor.id.as_ref().and_then(|id| self.store.find(id)).is_some_and(&dropped);
        if at_risk {
            let (before, after) = self.view().split_at(self.cursor.position.min(self.shown()));
            let refuge = after.iter().chain(before.iter().rev()).find(|slot| !dropped(**slot));
            let id = refuge.map(|slot| self.store.row(*slot).id().clone());
            self.cursor.id = id;
        }
    }
}
