//! A set of slot numbers, one bit each.

/// A set of small numbers. A number past the end is not in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Bits {
    words: Vec<u64>,
}

impl Bits {
    pub fn contains(&self, slot: u32) -> bool {
        self.words.get(slot as usize / 64).is_some_and(|word| word >> (slot % 64) & 1 == 1)
    }

    /// Adds or removes; whether that changed anything.
    pub fn put(&mut self, slot: u32, present: bool) -> bool {
        let at = slot as usize / 64;
        if at >= self.words.len() {
            if !present {
                return false;
            }
            self.words.resize(at + 1, 0);
        }
        let (word, bit) = (&mut self.words[at], 1 << (slot % 64));
        let before = *word;
        *word = if present { before | bit } else { before & !bit };
        *word != before
    }

    pub fn insert(&mut self, slot: u32) -> bool {
        self.put(slot, true)
    }

    pub fn remove(&mut self, slot: u32) -> bool {
        self.put(slot, false)
    }

    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    pub fn clear(&mut self) {
        self.words.clear();
    }

    /// The numbers in it, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        (0_u32..).step_by(64).zip(&self.words).flat_map(|(start, word)| ones(*word).map(move |bit| start + bit))
    }

    /// The 64 numbers from `64 * at` on.
    pub fn word(&self, at: usize) -> u64 {
        self.words.get(at).copied().unwrap_or_default()
    }

    pub fn push_word(&mut self, word: u64) {
        self.words.push(word);
    }

    /// Keeps what is also in `other`.
    pub fn intersect(&mut self, other: &Self) {
        for (at, word) in self.words.iter_mut().enumerate() {
            *word &= other.word(at);
        }
    }

    /// Keeps what is not in `other`.
    pub fn subtract(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= !other;
        }
    }

    /// Adds all of `other`.
    pub fn unite(&mut self, other: &Self) {
        self.grow(other);
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word |= other;
        }
    }

    /// Adds what is in `other` and not in it, removes what is in both.
    pub fn toggle(&mut self, other: &Self) {
        self.grow(other);
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word ^= other;
        }
    }

    /// How many are in both.
    pub fn count_common(&self, other: &Self) -> usize {
        self.words.iter().zip(&other.words).map(|(a, b)| (a & b).count_ones() as usize).sum()
    }

    fn grow(&mut self, other: &Self) {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
    }

    /// The set after the slots were renumbered: the first of `kept` becomes 0.
    pub fn renumbered(&self, kept: &[u32]) -> Self {
        let mut new = Self::default();
        for (to, from) in (0..).zip(kept) {
            if self.contains(*from) {
                new.insert(to);
            }
        }
        new
    }
}

/// The numbers of the bits set in a word, ascending.
pub(super) fn ones(mut word: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let bit = (word != 0).then(|| word.trailing_zeros())?;
        word &= word - 1;
        Some(bit)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn of(set: &BTreeSet<u32>) -> Bits {
        let mut bits = Bits::default();
        for slot in set {
            assert!(bits.insert(*slot));
        }
        bits
    }

    proptest! {
        #[test]
        fn behaves_as_a_set(
            a in prop::collection::btree_set(0_u32..300, 0..40),
            b in prop::collection::btree_set(0_u32..300, 0..40),
        ) {
            let check = |change: fn(&mut Bits, &Bits), expected: BTreeSet<u32>| {
                let mut bits = of(&a);
                change(&mut bits, &of(&b));
                prop_assert_eq!(bits.iter().collect::<BTreeSet<_>>(), expected.clone());
                prop_assert_eq!((bits.count(), bits.is_empty()), (expected.len(), expected.is_empty()));
                Ok(())
            };
            check(Bits::intersect, &a & &b)?;
            check(Bits::subtract, &a - &b)?;
            check(Bits::unite, &a | &b)?;
            check(Bits::toggle, &a ^ &b)?;
            prop_assert_eq!(of(&a).count_common(&of(&b)), (&a & &b).len());
            let kept: Vec<u32> = b.iter().copied().collect();
            let renumbered = of(&a).renumbered(&kept);
            for (to, from) in (0..).zip(&kept) {
                prop_assert_eq!(renumbered.contains(to), a.contains(from));
            }
        }
    }
}
