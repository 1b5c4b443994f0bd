//! Finding whole values in a text of any length, piece by piece: what gives a value away is looked for at the speed of
//! memory, and only around it the text is looked at as closely as [`find`] does.
//!
//! It finds what `find` finds in the whole text, with these bounds: the sign of a value (its first four or five characters,
//! or the `_v1_` in its middle) stands on one line, in lower, upper or title case; from where it begins to where it ends,
//! encoded and broken over lines as it is, a value takes at most [`AFTER`] bytes; base 64 is undone twice.

mod needles;

use super::{Found, find};
use needles::NEEDLES;

/// So many bytes before a sign are looked at: the longest name before `_v1_`, and what is encoded with it.
const BEFORE: usize = 256;
/// So many bytes from a sign on are looked at.
pub const AFTER: usize = 2048;

/// Where something stands, as GitHub counts: lines and UTF-16 code units in them, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    pub line: u64,
    pub column: u64,
}

impl Spot {
    const START: Self = Self { line: 1, column: 1 };

    /// Where what follows `text` stands, when `text` begins here.
    fn behind(self, text: &[u8]) -> Self {
        let lines = memchr::memchr_iter(b'\n', text).count() as u64;
        let (line, before) = match memchr::memrchr(b'\n', text) {
            Some(end) => (&text[end + 1..], 1),
            None => (text, self.column),
        };
        // the first byte of each character, and those whose characters are two units once more
        let units = line.iter().map(|byte| u64::from(byte & 0xc0 != 0x80) + u64::from(*byte >= 0xf0)).sum::<u64>();
        Self { line: self.line + lines, column: before + units }
    }
}

/// A whole value, where it begins and where what follows it begins.
#[derive(Debug)]
pub struct Sighting {
    pub found: Found,
    pub start: Spot,
    pub end: Spot,
}

/// Looks at a text that comes in pieces.
#[derive(Debug)]
pub struct Seeker {
    /// Up to where signs were looked for, in the text that was given and not done with.
    looked: usize,
    /// Where the last value ends that was told.
    told: usize,
    /// Where that text begins.
    base: Spot,
}

impl Default for Seeker {
    fn default() -> Self {
        Self { looked: 0, told: 0, base: Spot::START }
    }
}

impl Seeker {
    /// Looks at `text`, which goes on unless it is the `last` of it, and tells every whole value that is not an example,
    /// in order. Answers how many bytes at the beginning are done with: the rest is given again with what follows it.
    pub fn look(&mut self, text: &[u8], last: bool, see: &mut dyn FnMut(Sighting)) -> usize {
        let limit = if last { text.len() } else { text.len().saturating_sub(AFTER).max(self.looked) };
        let mut cursor = (0, self.base);
        let mut window: Option<std::ops::Range<usize>> = None;
        for sign in NEEDLES.find(text, self.looked..limit) {
            let around = sign.saturating_sub(BEFORE)..(sign + AFTER).min(text.len());
            match &mut window {
                Some(window) if around.start <= window.end => window.end = around.end,
                _ => {
                    if let Some(window) = window.replace(around) {
                        self.look_closely(text, window, limit, &mut cursor, see);
                    }
                }
            }
        }
        if let Some(window) = window {
            self.look_closely(text, window, limit, &mut cursor, see);
        }
        let done = if last { text.len() } else { limit.saturating_sub(BEFORE) };
        self.base = self.base.behind(if last { &[] } else { &text[..done] });
        (self.looked, self.told) = (limit - done, self.told.saturating_sub(done));
        done
    }

    fn look_closely(
        &mut self,
        text: &[u8],
        window: std::ops::Range<usize>,
        limit: usize,
        cursor: &mut (usize, Spot),
        see: &mut dyn FnMut(Sighting),
    ) {
        let offset = window.start;
        let mut spot_at = |at: usize| {
            *cursor = (at, cursor.1.behind(&text[cursor.0..at]));
            cursor.1
        };
        for mut found in find(&text[window]) {
            found.span = found.span.start + offset..found.span.end + offset;
            let is_new = found.span.start >= self.told && found.span.start < limit;
            if is_new && found.value().is_some() && !found.is_example() {
                self.told = found.span.end;
                let (start, end) = (spot_at(found.span.start), spot_at(found.span.end));
                see(Sighting { found, start, end });
            }
        }
    }
}

#[cfg(test)]
mod tests;
