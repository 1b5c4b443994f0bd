//! What a search for keys comes to: each value once, by its hash, with the places that it stands in, and whether it is
//! still accepted. Pure; [`local::scan`](crate::local::scan) reads, [`ops::scan`](crate::ops::scan) asks.

mod encoding;
mod name;
mod standing;

use std::collections::HashMap;
use std::sync::Arc;

pub use encoding::{Decoder, Encoding, Unreadable, sniff};
pub use name::FileName;
pub use standing::{Alive, Standing, Verdicts};

use super::key_value::{Digest32, digest, hex, mask};
use super::secret::Secret;
use super::untrusted::Untrusted;
use super::values::Format;
use super::values::seek::{Sighting, Spot};

/// The most places of one value that are kept; the rest are counted.
pub const PLACES: usize = 1000;
/// The most values that are kept; the rest are counted.
pub const VALUES: usize = 100_000;

/// A commit as a history tells it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Commit {
    /// Its name in hexadecimal.
    pub id: String,
    pub author: Untrusted,
    pub email: Untrusted,
    /// When it was written, in RFC 3339 with the author's offset; none where the commit does not tell.
    pub date: Option<String>,
}

/// Where a value stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub file: Arc<FileName>,
    pub start: Spot,
    /// Behind the last character.
    pub end: Spot,
    /// Of a history, the first commit that holds it there.
    pub commit: Option<Arc<Commit>>,
}

/// A value, told by its hash, and where it stands.
#[derive(Debug)]
pub struct Exposure {
    pub digest: Digest32,
    pub format: Format,
    pub masked: String,
    /// In order; at most [`PLACES`].
    pub places: Vec<Place>,
    /// In how many places it stands, kept or not.
    pub count: u64,
    /// The value itself, where it is to be asked with.
    pub value: Option<Secret>,
}

impl Exposure {
    /// The SHA-256 of the value, in 64 lower-case hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        hex(&self.digest)
    }
}

/// What was found so far, by whichever thread.
#[derive(Debug, Default)]
pub struct Haul {
    values: HashMap<Digest32, Exposure>,
    /// Values beyond [`VALUES`] that were seen, once for each place.
    left_out: u64,
    keep_values: bool,
}

impl Haul {
    /// An empty one; with `keep_values` the values stay in memory, to be asked with.
    pub fn new(keep_values: bool) -> Self {
        Self { keep_values, ..Self::default() }
    }

    /// Takes what stands in a place.
    pub fn add(&mut self, sighting: &Sighting, file: &Arc<FileName>, commit: Option<&Arc<Commit>>) {
        let Some(value) = sighting.found.value() else { return };
        let place = || Place {
            file: Arc::clone(file),
            start: sighting.start,
            end: sighting.end,
            commit: commit.map(Arc::clone),
        };
        let digest = digest(value.expose());
        if let Some(known) = self.values.get_mut(&digest) {
            known.count += 1;
            if known.places.len() < PLACES {
                known.places.push(place());
            }
        } else if self.values.len() >= VALUES {
            self.left_out += 1;
        } else {
            let exposure = Exposure {
                digest,
                format: sighting.found.format,
                masked: mask(value.expose()),
                places: vec![place()],
                count: 1,
                value: self.keep_values.then(|| value.duplicate()),
            };
            self.values.insert(digest, exposure);
        }
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The values in the order of where they stand first, and in how many places there were values beyond
    /// [`VALUES`].
    pub fn settle(self) -> (Vec<Exposure>, u64) {
        let mut values: Vec<Exposure> = self.values.into_values().collect();
        for value in &mut values {
            value.places.sort();
            // of folders that were named one within the other
            let before = value.places.len();
            value.places.dedup();
            value.count -= (before - value.places.len()) as u64;
        }
        values.sort_by(|a, b| (a.places.first(), a.digest).cmp(&(b.places.first(), b.digest)));
        (values, self.left_out)
    }
}

#[cfg(test)]
mod tests;
