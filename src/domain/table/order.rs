//! Keeping lists of slots in the table's order.

use std::cmp::Ordering;

use super::bits::Bits;
use super::store::Store;
use crate::domain::fold;
use crate::domain::row::Row;
use crate::domain::sort::{Column, Directed, Sort};

/// The order of two rows: by the column, by the second one, then by id, the latter always ascending.
pub(super) fn compare<R: Row>(store: &Store<R>, sort: Sort, a: u32, b: u32) -> Ordering {
    directed(store.rank(a).cmp(&store.rank(b)), sort.descending)
        .then_with(|| compare_texts(store, sort.column, sort.descending, a, b))
        .then_with(|| match sort.then {
            Some(Directed { column, descending }) => directed(store.row(a).compare(store.row(b), column), descending),
            None => Ordering::Equal,
        })
        .then_with(|| store.row(a).id().cmp(store.row(b).id()))
}

/// Whether two rows are alike in all that the order goes by, but for their ids.
pub(super) fn alike<R: Row>(sort: Sort, a: &R, b: &R) -> bool {
    a.compare(b, sort.column).is_eq() && sort.then.is_none_or(|then| a.compare(b, then.column).is_eq())
}

/// The order of two rows of equal rank in a column.
fn compare_texts<R: Row>(store: &Store<R>, column: Column, descending: bool, a: u32, b: u32) -> Ordering {
    match (store.row(a).sort_text(column), store.row(b).sort_text(column)) {
        (Some(a), Some(b)) => directed(fold::compare(a, b), descending),
        _ => Ordering::Equal,
    }
}

fn directed(order: Ordering, descending: bool) -> Ordering {
    if descending { order.reverse() } else { order }
}

/// A slot with what most comparisons need, so that sorting seldom looks into the rows.
#[derive(Debug)]
pub(super) struct Keyed {
    rank: u128,
    /// Tells whether the texts of two rows of equal rank are the same, as they mostly are: then no row is looked into.
    text: u64,
    /// The same of the second column; 0 where there is none.
    second: u128,
    second_text: u64,
    id: u128,
    pub slot: u32,
}

impl Keyed {
    /// A slot whose rank is known.
    pub fn new<R: Row>(store: &Store<R>, sort: Sort, slot: u32, rank: u128) -> Self {
        let row = store.row(slot);
        let (second, second_text) = match sort.then {
            Some(then) => (store.rank_in(slot, then.column), store.hash(row.sort_text(then.column))),
            None => (0, 0),
        };
        let (text, id) = (store.hash(row.sort_text(sort.column)), id_prefix(row.id().as_str()));
        Self { rank, text, second, second_text, id, slot }
    }
}

pub(super) fn sort<R: Row>(store: &Store<R>, sort: Sort, slots: &mut [u32]) {
    let mut keys: Vec<Keyed> = slots.iter().map(|slot| Keyed::new(store, sort, *slot, store.rank(*slot))).collect();
    sort_keyed(store, sort, &mut keys);
    for (slot, key) in slots.iter_mut().zip(keys) {
        *slot = key.slot;
    }
}

/// Sorts slots with their ranks.
pub(super) fn sort_keyed<R: Row>(store: &Store<R>, sort: Sort, keys: &mut [Keyed]) {
    keys.sort_unstable_by(|a, b| compare_keyed(store, sort, a, b));
}

/// The order of two slots with their ranks.
pub(super) fn compare_keyed<R: Row>(store: &Store<R>, sort: Sort, a: &Keyed, b: &Keyed) -> Ordering {
    // the hashes are of a key that nobody outside knows, so that different texts have different ones
    let texts = |same: bool, column: Column, descending: bool| {
        if same { Ordering::Equal } else { compare_texts(store, column, descending, a.slot, b.slot) }
    };
    directed(a.rank.cmp(&b.rank), sort.descending)
        .then_with(|| texts(a.text == b.text, sort.column, sort.descending))
        .then_with(|| match sort.then {
            Some(Directed { column, descending }) => directed(a.second.cmp(&b.second), descending)
                .then_with(|| texts(a.second_text == b.second_text, column, descending)),
            None => Ordering::Equal,
        })
        .then_with(|| a.id.cmp(&b.id))
        .then_with(|| store.row(a.slot).id().cmp(store.row(b.slot).id()))
}

fn id_prefix(id: &str) -> u128 {
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(id.bytes()) {
        *to = from;
    }
    u128::from_be_bytes(bytes)
}

/// Where `slot` stands in a list, or would.
pub(super) fn place<R: Row>(store: &Store<R>, sort: Sort, list: &[u32], slot: u32) -> usize {
    list.partition_point(|other| compare(store, sort, *other, slot) == Ordering::Less)
}

/// Adds slots that are not in the list: each is looked up and what lies between two of them moves in one piece, so that
/// a page costs little more than one pass over the numbers however long the list is.
pub(super) fn merge<R: Row>(store: &Store<R>, sort_by: Sort, list: &mut Vec<u32>, mut batch: Vec<u32>) {
    sort(store, sort_by, &mut batch);
    let mut open = list.len();
    list.resize(open + batch.len(), 0);
    for (before, slot) in batch.into_iter().enumerate().rev() {
        let at = place(store, sort_by, &list[..open], slot);
        list.copy_within(at..open, at + before + 1);
        list[at + before] = slot;
        open = at;
    }
}

/// Removes `gone` from a list and adds `batch`, which may hold some of them again.
pub(super) fn replace<R: Row>(store: &Store<R>, sort: Sort, list: &mut Vec<u32>, gone: &Bits, batch: Vec<u32>) {
    if !gone.is_empty() {
        list.retain(|slot| !gone.contains(*slot));
    }
    merge(store, sort, list, batch);
}

/// Puts right one slot that stood at `from` before its row changed; without `stays` it leaves the list.
pub(super) fn reseat<R: Row>(
    store: &Store<R>,
    sort: Sort,
    list: &mut Vec<u32>,
    slot: u32,
    from: Option<usize>,
    stays: bool,
) {
    if let Some(at) = from {
        let ordered = |a: usize, b: usize| match (list.get(a), list.get(b)) {
            (Some(a), Some(b)) => compare(store, sort, *a, *b) == Ordering::Less,
            _ => true,
        };
        if stays && (at == 0 || ordered(at - 1, at)) && ordered(at, at + 1) {
            return;
        }
        list.remove(at);
    }
    if stays {
        let at = place(store, sort, list, slot);
        list.insert(at, slot);
    }
}
