//! What words are looked for in: the folded text of all rows, in blocks, so that one sweep of a fast substring search
//! covers a thousand rows and a changed row moves only its own block.

use memchr::memmem::Finder;

use super::bits::ones;

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
