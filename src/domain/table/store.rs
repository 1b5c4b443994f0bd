//! The rows themselves: each in a numbered slot that it keeps as long as it is loaded, found by id, with its text and
//! its state beside it.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

use super::bits::Bits;
use super::haystack::Haystack;
use super::moments::Moments;
use super::{Counts, States};
use crate::domain::filter::StatusWord;
use crate::domain::fold;
use crate::domain::ids::KeyId;
use crate::domain::row::{Row, RowState};
use crate::domain::sort::Column;

/// The most rows a table holds: slots are numbered in 32 bits.
const CAPACITY: usize = u32::MAX as usize;

/// Rows by slot and by id.
#[derive(Debug)]
pub(super) struct Store<R> {
    rows: Vec<R>,
    live: Bits,
    free: Vec<u32>,
    index: HashTable<Place>,
    hasher: RandomState,
    haystack: Haystack,
    text: String,
    moments: Moments,
    column: Column,
    /// Each row's place in the column, or the beginning of its text there: what most comparisons need.
    ranks: Vec<u128>,
    enabled: Bits,
    disabled: Bits,
    revoked: Bits,
    danger: Bits,
}

/// Where the row with an id is. A part of the id's hash stands beside it, so that the index grows without a look at a row: at a
/// million rows that would take half a second.
#[derive(Clone, Copy, Debug)]
struct Place {
    slot: u32,
    hash: u32,
}

impl Place {
    /// Spread over all the bits that the index goes by.
    fn hash(self) -> u64 {
        u64::from(self.hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

impl<R: Row> Store<R> {
    pub fn new(column: Column) -> Self {
        Self {
            rows: Vec::new(),
            live: Bits::default(),
            free: Vec::new(),
            index: HashTable::new(),
            hasher: RandomState::new(),
            haystack: Haystack::default(),
            text: String::new(),
            moments: Moments::default(),
            column,
            ranks: Vec::new(),
            enabled: Bits::default(),
            disabled: Bits::default(),
            revoked: Bits::default(),
            danger: Bits::default(),
        }
    }

    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// The slots that hold a row.
    pub fn live(&self) -> &Bits {
        &self.live
    }

    pub fn haystack(&self) -> &Haystack {
        &self.haystack
    }

    pub fn moments(&self) -> &Moments {
        &self.moments
    }

    /// The row in a slot, which must be a live one.
    pub fn row(&self, slot: u32) -> &R {
        &self.rows[slot as usize]
    }

    /// Prepares for sorting by another column.
    pub fn set_column(&mut self, column: Column) {
        self.column = column;
        self.ranks = self.rows.iter().map(|row| rank(row, column)).collect();
    }

    /// The same with ranks that are known, but for those of `stale` slots.
    pub fn take_ranks(&mut self, column: Column, mut ranks: Vec<u128>, stale: &Bits) {
        self.column = column;
        ranks.resize(self.rows.len(), 0);
        for slot in stale.iter() {
            if let (Some(place), Some(row)) = (ranks.get_mut(slot as usize), self.rows.get(slot as usize)) {
                *place = rank(row, column);
            }
        }
        self.ranks = ranks;
    }

    /// A hash of a text that a column sorts by, by a key of this table's own; 0 where it sorts by none.
    pub fn hash(&self, text: Option<&str>) -> u64 {
        text.map_or(0, |text| self.hasher.hash_one(text))
    }

    /// The [rank](Self::rank) that a row would have in another column.
    pub fn rank_in(&self, slot: u32, column: Column) -> u128 {
        rank(self.row(slot), column)
    }

    /// How many slots there are, live or free.
    pub fn slots(&self) -> usize {
        self.rows.len()
    }

    /// The slots whose rows are in a state, where every row is or is not by its state alone.
    pub fn with_status(&self, word: StatusWord) -> Option<&Bits> {
        match word {
            StatusWord::Enabled => Some(&self.enabled),
            StatusWord::Disabled => Some(&self.disabled),
            StatusWord::Revoked => Some(&self.revoked),
            StatusWord::Expired | StatusWord::Exposed | StatusWord::Active | StatusWord::Other => None,
        }
    }

    /// A number that is smaller for rows that come earlier in the column; equal means nothing where the column is sorted
    /// by text.
    pub fn rank(&self, slot: u32) -> u128 {
        self.ranks[slot as usize]
    }

    pub fn iter(&self) -> impl Iterator<Item = &R> {
        self.live.iter().map(|slot| self.row(slot))
    }

    pub fn find(&self, id: &KeyId) -> Option<u32> {
        let wanted = place(&self.hasher, id, 0);
        let is_it = |place: &Place| place.hash == wanted.hash && self.rows[place.slot as usize].id() == id;
        self.index.find(wanted.hash(), is_it).map(|place| place.slot)
    }

    /// Adds a row whose id is new. None when the table is full, which takes more memory than there is.
    pub fn add(&mut self, row: R) -> Option<u32> {
        let of_id = place(&self.hasher, row.id(), 0);
        let slot = match self.free.pop() {
            Some(slot) => {
                self.rows[slot as usize] = row;
                slot
            }
            None if self.rows.len() < CAPACITY => {
                self.rows.push(row);
                self.ranks.push(0);
                u32::try_from(self.rows.len() - 1).ok()?
            }
            None => return None,
        };
        self.index.insert_unique(of_id.hash(), Place { slot, ..of_id }, |place| place.hash());
        self.live.insert(slot);
        self.describe(slot);
        Some(slot)
    }

    /// Changes the row in a slot, without touching its id.
    pub fn change(&mut self, slot: u32, change: impl FnOnce(&mut R)) {
        self.change_if(slot, |row| {
            change(row);
            true
        });
    }

    /// The same with a change that says whether it changed anything.
    pub fn change_if(&mut self, slot: u32, change: impl FnOnce(&mut R) -> bool) -> bool {
        let row = &mut self.rows[slot as usize];
        let before = cfg!(debug_assertions).then(|| row.id().clone());
        let changed = change(row);
        debug_assert!(before.is_none_or(|id| id == *row.id()), "a change must not touch the id");
        if changed {
            self.describe(slot);
        }
        changed
    }

    /// Drops rows; their slots are used again.
    pub fn drop_all(&mut self, slots: &Bits) {
        for slot in slots.iter() {
            let gone = place(&self.hasher, self.rows[slot as usize].id(), slot);
            if let Ok(entry) = self.index.find_entry(gone.hash(), |other| other.slot == slot) {
                entry.remove();
            }
            self.free.push(slot);
        }
        for bits in [&mut self.live, &mut self.enabled, &mut self.disabled, &mut self.revoked, &mut self.danger] {
            bits.subtract(slots);
        }
    }

    /// The slots whose rows are in a state to be shown.
    pub fn in_states(&self, states: States) -> Bits {
        let mut shown = self.live.clone();
        let boxes =
            [(states.enabled, &self.enabled), (states.disabled, &self.disabled), (states.revoked, &self.revoked)];
        for (_, hidden) in boxes.into_iter().filter(|(checked, _)| !checked) {
            shown.subtract(hidden);
        }
        shown
    }

    pub fn counts(&self) -> Counts {
        let (enabled, disabled, revoked) = (self.enabled.count(), self.disabled.count(), self.revoked.count());
        let other = self.len() - enabled - disabled - revoked;
        Counts { enabled, disabled, revoked, other, exposed_open: self.danger.count() }
    }

    /// Whether so many slots are free that the table should be made small again.
    pub fn is_sparse(&self) -> bool {
        self.free.len() > 1024 && self.free.len() > self.len()
    }

    /// Moves the rows in `kept`, which must be all live slots in ascending order, together.
    pub fn compact(&mut self, kept: &[u32]) {
        let mut store = Self { hasher: self.hasher.clone(), ..Self::new(self.column) };
        let mut next = kept.iter().copied().peekable();
        store.rows.reserve_exact(kept.len());
        let rows = std::mem::take(&mut self.rows);
        store.rows.extend((0..).zip(rows).filter(|(slot, _)| next.next_if_eq(slot).is_some()).map(|(_, row)| row));
        for (to, from) in (0..).zip(kept) {
            store.haystack.set(to, self.haystack.text(*from));
            let moved = place(&store.hasher, store.rows[to as usize].id(), to);
            store.index.insert_unique(moved.hash(), moved, |place| place.hash());
        }
        store.moments = self.moments.renumbered(kept);
        store.ranks = kept.iter().map(|slot| self.ranks[*slot as usize]).collect();
        store.live = self.live.renumbered(kept);
        store.enabled = self.enabled.renumbered(kept);
        store.disabled = self.disabled.renumbered(kept);
        store.revoked = self.revoked.renumbered(kept);
        store.danger = self.danger.renumbered(kept);
        *self = store;
    }

    /// Brings a row's text and state up to date.
    fn describe(&mut self, slot: u32) {
        let row = &self.rows[slot as usize];
        self.text.clear();
        row.search_text(&mut self.text);
        self.haystack.set(slot, &self.text);
        self.moments.set(slot, row);
        self.ranks[slot as usize] = rank(row, self.column);
        let state = row.state();
        self.enabled.put(slot, state == RowState::Enabled);
        self.disabled.put(slot, state == RowState::Disabled);
        self.revoked.put(slot, state == RowState::Revoked);
        self.danger.put(slot, row.is_open_danger());
    }
}

/// The place of a row with this id in a slot.
fn place(hasher: &RandomState, id: &KeyId, slot: u32) -> Place {
    #[expect(clippy::cast_possible_truncation, reason = "half of it tells rows apart well enough")]
    let hash = hasher.hash_one(id) as u32;
    Place { slot, hash }
}

fn rank<R: Row>(row: &R, column: Column) -> u128 {
    row.sort_text(column).map_or_else(|| row.rank(column), fold::prefix)
}
