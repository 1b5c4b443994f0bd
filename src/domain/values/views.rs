//! A text as it is, and as what others make of it: without escapes, without line ends, decoded. Each view knows where in
//! the text its bytes come from.

use std::ops::Range;

use zeroize::Zeroizing;

use super::escapes::unescape;

/// Escapes of escapes that are undone: JSON in JSON, an address in an address.
const ESCAPED: usize = 3;

/// How a view came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Layer {
    /// Whether it was decoded from base 64 or the like.
    pub decoded: bool,
    pub step: Step,
}

/// In the order in which they are believed where they disagree: what is written `\nana` begins with `ana`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// Without escapes, terminal sequences and invisible characters.
    Unescaped,
    /// As it is.
    Plain,
    /// Without blanks and line ends, and without what stands at the ends of lines.
    Joined,
}

/// A base whose digits are characters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Base {
    bits: usize,
    digit: fn(u8) -> Option<u8>,
}

/// Base 64 in either alphabet.
pub(super) const BASE_64: Base = Base {
    bits: 6,
    digit: |byte| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    },
};
/// Base 32, in either case.
pub(super) const BASE_32: Base = Base {
    bits: 5,
    digit: |byte| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a'),
        b'2'..=b'7' => Some(byte - b'2' + 26),
        _ => None,
    },
};
/// Hexadecimal, in either case.
pub(super) const BASE_16: Base = Base {
    bits: 4,
    digit: |byte| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    },
};

impl Base {
    /// After so many digits a byte ends where a digit ends: where a text begins within a run of digits is not known, so
    /// it is decoded from each of so many on.
    fn period(self) -> usize {
        match self.bits {
            6 => 4,
            5 => 8,
            _ => 2,
        }
    }

    /// The bytes of `digits`; what does not fill a byte at the end is left away. The crates for this refuse what is cut
    /// off anywhere, or mixes alphabets.
    fn decode(self, digits: &[u8]) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(digits.len() * self.bits / 8));
        let (mut pending, mut bits) = (0_u32, 0);
        for byte in digits {
            pending = pending << self.bits | u32::from((self.digit)(*byte).unwrap_or(0));
            bits += self.bits;
            if bits >= 8 {
                bits -= 8;
                bytes.push((pending >> bits).to_le_bytes()[0]);
            }
        }
        bytes
    }

    /// The digits that bytes come from.
    fn digits_of(self, bytes: Range<usize>) -> Range<usize> {
        bytes.start * 8 / self.bits..(bytes.end * 8).div_ceil(self.bits)
    }
}

/// Which views are looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Views {
    pub bases: &'static [Base],
    /// How often decoded text is decoded again.
    pub nested: usize,
    /// The shortest decoded text that is looked at, in bytes.
    pub shortest: usize,
    /// Whether what only looks like an escape is also joined and decoded as it is.
    pub doubtful: bool,
}

type Source<'a> = &'a dyn Fn(Range<usize>) -> Range<usize>;

impl Views {
    /// Shows `see` every view, with what tells where in `text` a part of it comes from.
    pub fn each(self, text: &[u8], see: &mut dyn FnMut(Layer, &[u8], Source)) {
        self.show(text, self.nested, false, &|span| span, see);
    }

    fn show(
        self,
        text: &[u8],
        nested: usize,
        decoded: bool,
        source: Source,
        see: &mut dyn FnMut(Layer, &[u8], Source),
    ) {
        see(Layer { decoded, step: Step::Plain }, text, source);
        let mut unescaped: Vec<View> = Vec::new();
        for _ in 0..ESCAPED {
            let Some(view) = unescape(unescaped.last().map_or(text, |view| view.bytes.as_slice())) else { break };
            unescaped.push(view);
            let up = |span| source(up(&unescaped, span));
            let bytes = unescaped.last().map_or(text, |view| view.bytes.as_slice());
            see(Layer { decoded, step: Step::Unescaped }, bytes, &up);
        }
        if self.doubtful && !unescaped.is_empty() {
            self.join_and_decode(text, nested, decoded, source, see);
        }
        let deepest = unescaped.last().map_or(text, |view| view.bytes.as_slice());
        self.join_and_decode(deepest, nested, decoded, &|span| source(up(&unescaped, span)), see);
    }

    fn join_and_decode(
        self,
        text: &[u8],
        nested: usize,
        decoded: bool,
        source: Source,
        see: &mut dyn FnMut(Layer, &[u8], Source),
    ) {
        // joined, what is encoded may go on where it ends
        self.decode(text, nested, source, see);
        for view in [false, true].into_iter().filter_map(|marks| join(text, marks)) {
            let up = |span| source(view.source(span));
            see(Layer { decoded, step: Step::Joined }, &view.bytes, &up);
            self.decode(&view.bytes, nested, &up, see);
        }
    }

    fn decode(self, text: &[u8], nested: usize, source: Source, see: &mut dyn FnMut(Layer, &[u8], Source)) {
        let Some(nested) = nested.checked_sub(1) else { return };
        for base in self.bases {
            let is_digit = |byte: u8| (base.digit)(byte).is_some();
            for run in runs(text, self.shortest * 8 / base.bits, is_digit) {
                for first in run.start..run.end.min(run.start + base.period()) {
                    let bytes = base.decode(&text[first..run.end]);
                    // what is decoded where it was not encoded is hardly ever readable
                    for readable in
                        runs(&bytes, self.shortest, |byte| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~'))
                    {
                        let up = |span: Range<usize>| {
                            let digits = base.digits_of(span.start + readable.start..span.end + readable.start);
                            source(digits.start + first..(digits.end + first).min(run.end))
                        };
                        self.show(&bytes[readable.clone()], nested, true, &up, see);
                    }
                }
            }
        }
    }
}

fn up(views: &[View], span: Range<usize>) -> Range<usize> {
    views.iter().rev().fold(span, |span, view| view.source(span))
}

/// The longest runs of bytes that are `of` a kind, of at least `shortest` bytes.
fn runs(bytes: &[u8], shortest: usize, of: impl Fn(u8) -> bool) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            let start = at + bytes[at..].iter().position(|byte| of(*byte))?;
            at = bytes[start..].iter().position(|byte| !of(*byte)).map_or(bytes.len(), |length| start + length);
            if at - start >= shortest.max(1) {
                return Some(start..at);
            }
        }
        None
    })
}

/// Bytes that were made of others.
pub(super) struct View {
    pub bytes: Zeroizing<Vec<u8>>,
    segments: Vec<Segment>,
}

/// From where in a view on its bytes come from where.
struct Segment {
    at: usize,
    from: usize,
    /// How long the escape is that all of them come from; none where each byte comes from one.
    escape: Option<usize>,
}

impl View {
    pub fn with_capacity(capacity: usize) -> Self {
        Self { bytes: Zeroizing::new(Vec::with_capacity(capacity)), segments: Vec::new() }
    }

    /// Takes over bytes that stand at `from`.
    pub fn copy(&mut self, bytes: &[u8], from: usize) {
        if !bytes.is_empty() {
            self.segments.push(Segment { at: self.bytes.len(), from, escape: None });
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// Adds what an escape at `from` stands for.
    pub fn replace(&mut self, bytes: &[u8], from: usize, escape: usize) {
        if !bytes.is_empty() {
            self.segments.push(Segment { at: self.bytes.len(), from, escape: Some(escape) });
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// Leaves out what stands at the end, as long as it is of a kind, down to `from`.
    fn drop_end(&mut self, from: usize, of: impl Fn(u8) -> bool) {
        let kept = self.bytes[from..].iter().rposition(|byte| !of(*byte)).map_or(from, |last| from + last + 1);
        self.bytes.truncate(kept);
        while self.segments.last().is_some_and(|segment| segment.at >= kept) {
            self.segments.pop();
        }
    }

    /// Where a part of the view comes from, with everything that was left out within it.
    pub fn source(&self, span: Range<usize>) -> Range<usize> {
        let of = |at: usize| {
            let next = self.segments.partition_point(|segment| segment.at <= at);
            let Some(segment) = self.segments.get(next.wrapping_sub(1)) else { return at..at };
            match segment.escape {
                Some(length) => segment.from..segment.from + length,
                None => segment.from + (at - segment.at)..segment.from + (at - segment.at) + 1,
            }
        };
        let start = of(span.start).start;
        start..if span.is_empty() { start } else { of(span.end - 1).end }
    }
}

/// `text` on one line: without blanks, without what continues a line at its end (`\` and `=`), and with `marks` also
/// without what a diff, a quotation, a comment or a concatenation puts at the ends of lines. None when that is all of it.
fn join(text: &[u8], marks: bool) -> Option<View> {
    let blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0x0b;
    let first = text.iter().position(&blank)?;
    if marks && !has_marks(text) {
        return None;
    }
    let trailing =
        |byte: u8| matches!(byte, b'\\' | b'=') || marks && matches!(byte, b'"' | b'\'' | b'`' | b'+' | b',' | b'|');
    let mut view = View::with_capacity(text.len());
    let mut at = if marks { marks_before(text, 0) } else { 0 };
    let (mut next, mut line) = (Some(first.max(at)), 0);
    while let Some(start) = next {
        view.copy(&text[at..start], at);
        let length = text[start..].iter().position(|byte| !blank(byte)).unwrap_or(text.len() - start);
        at = start + length;
        if text[start..at].iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
            view.drop_end(line, trailing);
            line = view.bytes.len();
            if marks {
                at = marks_before(text, at);
            }
        }
        next = text[at..].iter().position(&blank).map(|length| at + length);
    }
    view.copy(&text[at..], at);
    Some(view)
}

const MARKS: &[u8] = b"+->|#*/;%.\"'`:,";

/// Where what a line says begins, behind marks and blanks.
fn marks_before(text: &[u8], at: usize) -> usize {
    let length = text[at..].iter().position(|byte| !MARKS.contains(byte) && !matches!(byte, b' ' | b'\t'));
    length.map_or(text.len(), |length| at + length)
}

/// Whether any line begins or ends with a mark.
fn has_marks(text: &[u8]) -> bool {
    memchr::memchr2_iter(b'\n', b'\r', text).any(|at| {
        let before = text[..at].last().is_some_and(|byte| MARKS.contains(byte));
        let behind = text[at + 1..].iter().find(|byte| !matches!(byte, b' ' | b'\t'));
        before || behind.is_some_and(|byte| MARKS.contains(byte))
    })
}
