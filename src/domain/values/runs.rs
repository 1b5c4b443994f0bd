//! Where a known secret, or a run of its characters, stands in a text, however it is dressed.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

use zeroize::Zeroizing;

use super::views::{BASE_16, BASE_32, BASE_64, Views};

/// So many characters of a secret in a row are told by nobody.
pub const RUN: usize = 12;

/// The runs of characters of one secret.
pub struct Runs {
    length: usize,
    /// Hashes of the runs, so that no piece of the secret is kept.
    hashes: HashSet<u64>,
    hasher: RandomState,
}

impl Runs {
    /// What is looked for of `secret`: every run of [`RUN`] characters, forwards and backwards, in either case; all of
    /// it where it is shorter. Its blanks do not count.
    pub fn of(secret: &str) -> Self {
        let forwards = folded(secret.as_bytes());
        let backwards: Zeroizing<Vec<u8>> = Zeroizing::new(forwards.iter().rev().copied().collect());
        let length = forwards.len().min(RUN);
        let hasher = RandomState::new();
        let runs = [&forwards, &backwards].into_iter().flat_map(|text| text.windows(length.max(1)));
        Self { length, hashes: runs.map(|run| hasher.hash_one(run)).collect(), hasher }
    }

    /// Where in `text` any of them stands: as it is, escaped, broken over lines, with terminal sequences or blanks
    /// between, in base 64, 32 or 16. In order; no two touch.
    pub fn find(&self, text: &str) -> Vec<Range<usize>> {
        let mut spans: Vec<Range<usize>> = Vec::new();
        if self.length == 0 {
            return spans;
        }
        let views = Views { bases: &[BASE_64, BASE_32, BASE_16], nested: 2, shortest: self.length, doubtful: true };
        views.each(text.as_bytes(), &mut |_, bytes, source| {
            let bytes = folded_as_long(bytes);
            let mut stands: Option<Range<usize>> = None;
            for (at, window) in bytes.windows(self.length).enumerate() {
                if !self.hashes.contains(&self.hasher.hash_one(window)) {
                    continue;
                }
                let end = at + self.length;
                match &mut stands {
                    Some(stands) if stands.end >= at => stands.end = end,
                    _ => spans.extend(stands.replace(at..end).map(source)),
                }
            }
            spans.extend(stands.map(source));
        });
        spans.sort_by_key(|span| span.start);
        let mut apart: Vec<Range<usize>> = Vec::new();
        for span in spans {
            match apart.last_mut() {
                Some(last) if last.end >= span.start => last.end = last.end.max(span.end),
                _ => apart.push(span),
            }
        }
        apart
    }
}

fn folded_as_long(text: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(text.to_ascii_lowercase())
}

fn folded(text: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(text.iter().filter(|byte| !byte.is_ascii_whitespace()).map(u8::to_ascii_lowercase).collect())
}
