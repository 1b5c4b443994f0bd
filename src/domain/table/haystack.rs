//! What words are looked for in: the folded text of all rows, in blocks, so that one sweep of a fast substring search
//! covers a thousand rows and a changed row moves only its own block.

use std::ops::Range;

use memchr::memmem::Finder;
use memchr::{memchr, memchr_iter, memrchr};

use super::bits::ones;
use crate::domain::filter::Pattern;

/// Rows a block holds at most.
pub(super) const BLOCK: usize = 1024;

/// A set of rows of one block.
pub(super) type Mask = [u64; BLOCK / 64];

/// How many rows a mask holds.
pub(super) fn count(mask: &Mask) -> usize {
    mask.iter().map(|word| word.count_ones() as usize).sum()
}

/// The rows of a mask, ascending.
pub(super) fn rows(mask: Mask) -> impl Iterator<Item = usize> {
    mask.into_iter().enumerate().flat_map(|(at, word)| ones(word).map(move |bit| at * 64 + bit as usize))
}

#[derive(Debug, Default)]
struct Block {
    text: String,
    /// Where each row's text ends.
    ends: Vec<usize>,
}

impl Block {
    fn start(&self, row: usize) -> usize {
        if row == 0 { 0 } else { self.ends[row - 1] }
    }

    fn row(&self, row: usize) -> &str {
        &self.text[self.start(row)..self.ends[row]]
    }

    /// Whether one of these lines of a row holds the word, and fits the pattern where there is one; `hit` is where the row
    /// holds the word first, or its start.
    fn holds_in(
        &self,
        row: usize,
        hit: usize,
        word: &Finder<'_>,
        lines: &Range<usize>,
        pattern: Option<&Pattern>,
    ) -> bool {
        let (start, end) = (self.start(row), self.ends[row]);
        let text = self.text.as_bytes();
        let mut line = memchr_iter(b'\n', &text[start..hit]).count();
        let mut at = hit;
        if let Some(before) = lines.start.checked_sub(line + 1) {
            let Some(to_break) = memchr_iter(b'\n', &text[at..end]).nth(before) else { return false };
            (at, line) = (at + to_break + 1, lines.start);
        }
        while line < lines.end && at < end {
            let to_break = memchr(b'\n', &text[at..end]).map_or(end, |to| at + to);
            if word.find(&text[at..to_break]).is_some()
                && pattern.is_none_or(|pattern| {
                    let begins = memrchr(b'\n', &text[start..at]).map_or(start, |before| start + before + 1);
                    pattern.fits_folded(&self.text[begins..to_break])
                })
            {
                return true;
            }
            (at, line) = (to_break + 1, line + 1);
        }
        false
    }
}

/// The folded text of all rows, by slot.
#[derive(Debug, Default)]
pub(super) struct Haystack {
    blocks: Vec<Block>,
}

impl Haystack {
    pub fn text(&self, slot: u32) -> &str {
        let slot = slot as usize;
        self.blocks[slot / BLOCK].row(slot % BLOCK)
    }

    /// Sets the text of a slot, which is one that has a text already or the next one. Each field in `text` ends with a
    /// line break, so no word, which never holds one, is found across two fields or two rows.
    pub fn set(&mut self, slot: u32, text: &str) {
        let (at, row) = (slot as usize / BLOCK, slot as usize % BLOCK);
        if at == self.blocks.len() {
            self.blocks.push(Block::default());
        }
        let block = &mut self.blocks[at];
        if row == block.ends.len() {
            block.text.push_str(text);
            block.ends.push(block.text.len());
            if block.ends.len() == BLOCK {
                block.text.shrink_to_fit();
            }
        } else if block.row(row) != text {
            let old = block.start(row)..block.ends[row];
            let (removed, added) = (old.len(), text.len());
            block.text.replace_range(old, text);
            for end in &mut block.ends[row..] {
                *end = *end - removed + added;
            }
        }
    }

    /// How many blocks there are.
    pub fn blocks(&self) -> usize {
        self.blocks.len()
    }

    /// The rows among `candidates` of a block of which one of these `lines` holds the word, and fits the pattern where there is
    /// one. A hit tells by the breaks before it on which line it stands, so no row is looked into.
    pub fn holding_in(
        &self,
        block: usize,
        candidates: &Mask,
        word: &Finder<'_>,
        lines: &Range<usize>,
        pattern: Option<&Pattern>,
    ) -> Mask {
        let block = &self.blocks[block];
        let mut found = Mask::default();
        if count(candidates) * 4 < block.ends.len() {
            for row in rows(*candidates) {
                if block.holds_in(row, block.start(row), word, lines, pattern) {
                    found[row / 64] |= 1 << (row % 64);
                }
            }
            return found;
        }
        let (mut at, mut row) = (0, 0);
        while let Some(hit) = word.find(&block.text.as_bytes()[at..]) {
            let hit = at + hit;
            while row < block.ends.len() && block.ends[row] <= hit {
                row += 1;
            }
            let Some(end) = block.ends.get(row) else { break };
            if block.holds_in(row, hit, word, lines, pattern) {
                found[row / 64] |= 1 << (row % 64);
            }
            at = *end;
        }
        for (found, candidates) in found.iter_mut().zip(candidates) {
            *found &= candidates;
        }
        found
    }

    /// The rows among `candidates` of a block that hold the word: in one sweep over the block, or row by row when that
    /// is less to read.
    pub fn holding(&self, block: usize, candidates: &Mask, word: &Finder<'_>) -> Mask {
        let block = &self.blocks[block];
        let mut found = Mask::default();
        if count(candidates) * 4 < block.ends.len() {
            for row in rows(*candidates) {
                if word.find(block.row(row).as_bytes()).is_some() {
                    found[row / 64] |= 1 << (row % 64);
                }
            }
            return found;
        }
        let text = block.text.as_bytes();
        let (mut at, mut row) = (0, 0);
        while let Some(hit) = word.find(&text[at..]) {
            let hit = at + hit;
            while row < block.ends.len() && block.ends[row] <= hit {
                row += 1;
            }
            let Some(end) = block.ends.get(row) else { break };
            found[row / 64] |= 1 << (row % 64);
            at = *end;
        }
        for (found, candidates) in found.iter_mut().zip(candidates) {
            *found &= candidates;
        }
        found
    }
}
