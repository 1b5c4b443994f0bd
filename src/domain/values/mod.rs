//! The one recogniser of key values in any text: alone, in quotes, addresses, headers and log lines, percent-, JSON- or
//! base64-encoded, with invisible characters inside, broken over lines.
//!
//! What searches, masks, refuses or reports values asks here, so that no two places can disagree: the difference would be
//! a leak. A text is looked at in several [views], each of which knows where its bytes come from; in each, [formats] says
//! what stands where a value begins. The time it takes grows with the length of the text and no faster.
//!
//! A value whose format has a checksum is found whatever stands around it, since a wrong one fits by chance once in four
//! thousand million; one without has to end where its format ends. Values that are broken over lines are joined only when
//! the checksum fits.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use super::key_value::{Digest32, digest, mask};
use super::secret::Secret;

mod escapes;
mod formats;
mod runs;
pub mod seek;
mod single;
mod typed;
mod views;

pub use formats::Format;
use formats::{Extent, Hit, scan};
pub use runs::{RUN, Runs};
pub use single::single;
pub use typed::{secret_spans, sign_in};
use views::{BASE_64, Layer, Step, Views};

/// Views in which values are looked for.
const VIEWS: Views = Views { bases: &[BASE_64], nested: 2, shortest: 16, doubtful: false };
/// So many characters of a value, beside its sign, are more than a word that only begins like one.
pub const TELLING: usize = 12;

/// A value, or what is left of one, in a text.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    /// Where it stands, in bytes of the text: all of it that is encoded or broken over lines.
    pub span: Range<usize>,
    pub format: Format,
    pub form: Form,
}

/// How much of a value stands there.
#[derive(Debug, PartialEq, Eq)]
pub enum Form {
    /// All of it, decoded and joined. Where the format has a checksum, it fits.
    Whole(Secret),
    /// As long as a value, or longer, and its checksum does not fit: mistyped, altered, or made up.
    ChecksumWrong,
    /// It ends too early, or goes on where its format ends.
    Part {
        /// How many characters there are beside what all values of the format have in common.
        shown: usize,
    },
    /// With characters left out (`…`, `***`, `...`).
    Masked {
        /// How many characters are told before the mask, beside what all values of the format have in common.
        first: usize,
        /// What is told behind the mask.
        last: String,
    },
}

impl Found {
    /// The value, if all of it stands there.
    pub fn value(&self) -> Option<&Secret> {
        match &self.form {
            Form::Whole(value) => Some(value),
            _ => None,
        }
    }

    /// Whether it is the value that the documentation prints, which is nobody's.
    pub fn is_example(&self) -> bool {
        self.value().is_some_and(|value| value.expose() == EXAMPLE.concat())
    }

    /// What may be shown of it.
    pub fn shown(&self) -> String {
        match &self.form {
            Form::Whole(value) => mask(value.expose()),
            Form::Masked { last, .. } => format!("{}…{}", self.format.sign(), last.get(..4).unwrap_or(last)),
            Form::ChecksumWrong | Form::Part { .. } => format!("{}…", self.format.sign()),
        }
    }

    /// Whether more of a value is told than a table shows.
    pub fn tells(&self) -> bool {
        match &self.form {
            Form::Whole(_) | Form::ChecksumWrong => true,
            Form::Part { shown } => *shown > 0,
            Form::Masked { first, last } => *first > 0 || last.len() > 4,
        }
    }

    /// Whether so much of a value stands there that it is none by chance.
    pub fn is_telling(&self) -> bool {
        match &self.form {
            Form::Whole(_) | Form::ChecksumWrong => true,
            // `_v1_` stands in many names
            Form::Part { shown } if self.format == Format::GovSgApiKey => *shown >= 2 * TELLING,
            Form::Part { shown } => *shown >= TELLING,
            Form::Masked { first, last } => first + last.len() >= TELLING,
        }
    }
}

/// In parts, so that it is not found in this file.
const EXAMPLE: [&str; 3] = ["kdk_", "0123456789ABCDEFGHIJKLMNOPQRST", "1Ir0du"];

/// Everything in a text that is a value, a part of one or a masked one, in the order of the text; no two overlap.
pub fn find(text: impl AsRef<[u8]>) -> Vec<Found> {
    let mut candidates = Vec::new();
    VIEWS.each(text.as_ref(), &mut |layer, bytes, source| {
        scan(bytes, |hit| candidates.extend(believed(hit, layer, bytes, source)));
    });
    settle(candidates)
}

/// Whether a whole value stands anywhere in a text, which then must not be kept or passed on.
pub fn holds_value(text: impl AsRef<[u8]>) -> bool {
    find(text).iter().any(|found| found.value().is_some())
}

/// Whether a value or any part of one stands in a text, so that it may not be shown.
pub fn tells(text: impl AsRef<[u8]>) -> bool {
    find(text).iter().any(Found::tells)
}

/// Whether so much of a value stands in a text that it is none by chance.
pub fn is_telling(text: impl AsRef<[u8]>) -> bool {
    find(text).iter().any(Found::is_telling)
}

/// Whether a text is a whole value and nothing else.
pub fn is_value(text: &str) -> bool {
    matches!(find(text).as_slice(), [found] if found.value().is_some() && found.span == (0..text.len()))
}

/// The digest of every whole value in a text, each once.
pub fn digests(found: &[Found]) -> Vec<Digest32> {
    let mut digests = Vec::new();
    for value in found.iter().filter_map(Found::value) {
        let digest = digest(value.expose());
        if !digests.contains(&digest) {
            digests.push(digest);
        }
    }
    digests
}

/// `text` with every value and every part of one masked; borrowed when there is none.
pub fn masked(text: &str) -> Cow<'_, str> {
    let found = find(text);
    if !found.iter().any(Found::tells) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for found in found.iter().filter(|found| found.tells()) {
        out.push_str(text.get(done..found.span.start).unwrap_or_default());
        out.push_str(&found.shown());
        done = found.span.end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(out)
}

/// Where in a text something stands, as editors count: lines and the characters in them, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

/// Where the bytes `at`, which ascend, stand in `text`.
pub fn positions(text: &[u8], at: impl IntoIterator<Item = usize>) -> Vec<Position> {
    let (mut line, mut begin, mut seen) = (1, 0, 0);
    let place = |at: usize| {
        let at = at.clamp(seen, text.len());
        for end in memchr::memchr_iter(b'\n', &text[seen..at]).map(|end| seen + end) {
            line += 1;
            begin = end + 1;
        }
        seen = at;
        // the first byte of each character
        let column = 1 + text[begin..at].iter().filter(|byte| **byte & 0xc0 != 0x80).count();
        Position { line, column }
    };
    at.into_iter().map(place).collect()
}

/// A found value with how much it is worth against others in its place: the smallest wins.
struct Candidate {
    rank: (u8, Layer),
    found: Found,
}

/// What a hit is in a view.
fn believed(hit: Hit, layer: Layer, bytes: &[u8], source: &dyn Fn(Range<usize>) -> Range<usize>) -> Option<Candidate> {
    let joined = layer.step == Step::Joined;
    let (rank, form) = match hit.extent {
        Extent::Whole if joined && hit.format == Format::GovSgApiKey => return None,
        // nothing says that these were one
        Extent::Whole if joined && !hit.format.has_checksum() => (3, Form::Part { shown: hit.format.behind_sign() }),
        Extent::Whole => (0, Form::Whole(Secret::new(hit.canonical(bytes)?))),
        _ if joined => return None,
        Extent::ChecksumWrong => (1, Form::ChecksumWrong),
        // in what is decoded, a sign may stand by chance
        Extent::Part(shown) if layer.decoded && shown < TELLING => return None,
        Extent::Part(shown) => (3, Form::Part { shown }),
        Extent::Masked(first, last) => {
            let told = &bytes[hit.span.end - last..hit.span.end];
            (2, Form::Masked { first, last: String::from_utf8_lossy(told).into_owned() })
        }
    };
    Some(Candidate { rank: (rank, layer), found: Found { span: source(hit.span), format: hit.format, form } })
}

/// The candidates that stand in nobody's place, in the order of the text.
fn settle(mut candidates: Vec<Candidate>) -> Vec<Found> {
    candidates.sort_by_key(|Candidate { rank, found }| (*rank, found.span.start, usize::MAX - found.span.end));
    let mut taken: BTreeMap<usize, Found> = BTreeMap::new();
    for Candidate { found, .. } in candidates {
        let before = taken.range(..found.span.end).next_back();
        if before.is_none_or(|(_, other)| other.span.end <= found.span.start) {
            taken.insert(found.span.start, found);
        }
    }
    taken.into_values().collect()
}

#[cfg(test)]
pub(crate) mod tests;
