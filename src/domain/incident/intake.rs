//! Taking values out of a text that is pasted or piped, however long it is, without keeping the text.
//!
//! The text is looked at in pieces that overlap, so that what stands across the edge of one is found in the next. Memory is
//! bounded: what is kept are the values, what may be told of the rest, and two pieces.

use std::collections::HashMap;

use zeroize::{Zeroize, Zeroizing};

use super::subject::{Given, Leftover, Vendor};
use crate::domain::key_value::{fingerprint, mask};
use crate::domain::secret::Secret;
use crate::domain::values::{Form, Found, Position, find};
use crate::domain::vendors;

/// So many bytes are looked at together.
pub const CHUNK: usize = 1 << 20;
/// So many bytes before and behind a place are looked at with it: what makes a value of several lines one is nearer.
const CONTEXT: usize = 16 << 10;
/// So many values are kept: an incident of more is one for a revocation of all.
const MOST_VALUES: usize = 10_000;
/// So much is told of what is no whole value.
const MOST_REST: usize = 200;

/// Takes a text in, piece by piece.
pub struct Intake<'a> {
    /// Whether the backend mints values of this form.
    own_form: &'a dyn Fn(&str) -> bool,
    /// What was fed and is not settled, with what stands before it.
    buffer: Zeroizing<Vec<u8>>,
    /// So much of the buffer was settled already and is there for what stands behind it.
    settled: usize,
    /// Line ends before the buffer.
    lines: usize,
    encoding: Encoding,
    taken: Taken,
    known: HashMap<String, usize>,
}

/// What a text held.
#[derive(Default)]
pub struct Taken {
    /// The whole values, each once, with what may be told of them.
    pub values: Vec<(Given, Secret)>,
    /// What is no whole value.
    pub rest: Vec<Leftover>,
    /// How much more there was of either than is kept.
    pub left_out: usize,
    /// How long the text was, in bytes.
    pub bytes: u64,
}

/// How the text is written, as its beginning says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    NotSeen,
    Bytes,
    /// UTF-16, with the odd byte of the piece before.
    Utf16 {
        big: bool,
        odd: Option<u8>,
    },
}

impl<'a> Intake<'a> {
    /// Of a text whose values are of a form that the backend mints where `own_form` says so.
    pub fn new(own_form: &'a dyn Fn(&str) -> bool) -> Self {
        Self {
            own_form,
            // never moved, so that no copy is left behind: decoded text is at most three times as long
            buffer: Zeroizing::new(Vec::with_capacity(3 * CHUNK + 4 * CONTEXT)),
            settled: 0,
            lines: 0,
            encoding: Encoding::NotSeen,
            taken: Taken::default(),
            known: HashMap::new(),
        }
    }

    /// Takes the next piece in.
    pub fn feed(&mut self, text: &[u8]) {
        for piece in text.chunks(CHUNK) {
            self.taken.bytes += piece.len() as u64;
            self.append(piece);
            if self.buffer.len() >= CHUNK {
                self.settle(false);
            }
        }
    }

    /// What there was.
    pub fn finish(mut self) -> Taken {
        self.settle(true);
        self.taken
    }

    fn append(&mut self, piece: &[u8]) {
        let piece = match (self.encoding, piece) {
            (Encoding::NotSeen, [0xff, 0xfe, rest @ ..]) => {
                self.encoding = Encoding::Utf16 { big: false, odd: None };
                rest
            }
            (Encoding::NotSeen, [0xfe, 0xff, rest @ ..]) => {
                self.encoding = Encoding::Utf16 { big: true, odd: None };
                rest
            }
            (Encoding::NotSeen, _) => {
                self.encoding = Encoding::Bytes;
                piece
            }
            (Encoding::Bytes | Encoding::Utf16 { .. }, _) => piece,
        };
        let Encoding::Utf16 { big, mut odd } = self.encoding else {
            self.buffer.extend_from_slice(piece);
            return;
        };
        for byte in piece {
            let Some(first) = odd.take() else {
                odd = Some(*byte);
                continue;
            };
            let unit = if big { u16::from_be_bytes([first, *byte]) } else { u16::from_le_bytes([first, *byte]) };
            // halves of a character beyond the first plane are in no value
            let c = char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER);
            self.buffer.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
        self.encoding = Encoding::Utf16 { big, odd };
    }

    /// Takes what begins in the buffer, but for what may go on behind it, unless that is the `end`.
    fn settle(&mut self, end: bool) {
        let until = if end { self.buffer.len() } else { self.buffer.len().saturating_sub(CONTEXT) };
        let buffer = std::mem::take(&mut self.buffer);
        let (mut line, mut seen) = (self.lines, 0);
        for found in find(buffer.as_slice()) {
            line += memchr::memchr_iter(b'\n', &buffer[seen..found.span.start.max(seen)]).count();
            seen = found.span.start.max(seen);
            if (self.settled..until.max(self.settled)).contains(&found.span.start) {
                self.take(found, line + 1);
            }
        }
        self.vendors(&buffer[self.settled.min(until)..]);
        self.buffer = buffer;
        // what is settled stays as context for what comes behind it
        let gone = until.saturating_sub(CONTEXT);
        self.lines += memchr::memchr_iter(b'\n', &self.buffer[..gone]).count();
        let kept = self.buffer.len() - gone;
        self.buffer.copy_within(gone.., 0);
        self.buffer[kept..].zeroize();
        self.buffer.truncate(kept);
        self.settled = until - gone;
    }

    fn take(&mut self, found: Found, line: usize) {
        let is_example = found.is_example();
        match found.form {
            Form::Whole(value) if !is_example => {
                let fingerprint = fingerprint(value.expose());
                if let Some(known) = self.known.get(&fingerprint) {
                    self.taken.values[*known].0.times += 1;
                } else if self.taken.values.len() >= MOST_VALUES {
                    self.taken.left_out += 1;
                } else {
                    let own = (self.own_form)(value.expose());
                    let at = Some(Position { line, column: 1 });
                    let mut given = Given::of(fingerprint.clone(), mask(value.expose()), found.format, own, at);
                    given.vendor = vendors::of_kind(found.format.name()).map(Vendor::from);
                    self.known.insert(fingerprint, self.taken.values.len());
                    self.taken.values.push((given, value));
                }
            }
            form => {
                let found = Found { form, ..found };
                if let Some((what, hint)) = told(&found) {
                    self.leave(Leftover { what, hint, line: u64::try_from(line).ok(), vendor: None });
                }
            }
        }
    }

    /// Names the makers of other values that begin as theirs do.
    fn vendors(&mut self, piece: &[u8]) {
        for vendor in vendors::in_text(&String::from_utf8_lossy(piece)) {
            let known =
                |name: &str| self.taken.rest.iter().filter_map(|rest| rest.vendor.as_ref()).any(|v| v.name == name);
            let whole = self.taken.values.iter().filter_map(|(given, _)| given.vendor.as_ref());
            if whole.into_iter().any(|of_value| of_value.name == vendor.name) || known(vendor.name) {
                continue;
            }
            let vendor = Vendor::from(vendor);
            let what = format!("what begins as a key of {} does", vendor.name);
            let hint = format!("not this server's: revoke it at {}, {}", vendor.revoke_at, vendor.how);
            self.leave(Leftover { what, hint, line: None, vendor: Some(vendor) });
        }
    }

    fn leave(&mut self, rest: Leftover) {
        if self.taken.rest.len() < MOST_REST {
            self.taken.rest.push(rest);
        } else {
            self.taken.left_out += 1;
        }
    }
}

/// What is told of something that is no whole value, and what a person can do; none where it is not worth telling.
fn told(found: &Found) -> Option<(String, String)> {
    let name = found.format.name();
    match &found.form {
        // the value that the documentation prints
        Form::Whole(_) => {
            Some((format!("{}, which the documentation prints", found.shown()), "it is nobody's".to_owned()))
        }
        Form::ChecksumWrong => Some((
            format!("a {name} with a wrong checksum, {}", found.shown()),
            "no key has it: a character is lost or another".to_owned(),
        )),
        Form::Part { shown } if found.is_telling() => Some((
            format!("a part of a {name}, {shown} characters of it"),
            "paste all of it: whether it is somebody's cannot be asked".to_owned(),
        )),
        Form::Masked { first, last } if *first > 0 || !last.is_empty() => Some((
            format!("a masked {name}, {}", found.shown()),
            format!("keydeck list --filter '{}' shows the keys that are masked so", found.shown()),
        )),
        Form::Part { .. } | Form::Masked { .. } => None,
    }
}

impl From<&vendors::Vendor> for Vendor {
    fn from(vendor: &vendors::Vendor) -> Self {
        Self { name: vendor.name.to_owned(), revoke_at: vendor.revoke_at.to_owned(), how: vendor.how.to_owned() }
    }
}

impl std::fmt::Debug for Taken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Taken").field("values", &self.values.len()).field("rest", &self.rest).finish_non_exhaustive()
    }
}
