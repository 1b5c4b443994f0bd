//! What gives a value away, as bytes that are looked for all at once: the signs, and what becomes of them percent-, JSON-,
//! HTML- and base64-encoded, or with invisible characters inside.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, Span, packed};

use super::super::Format;

pub(super) static NEEDLES: LazyLock<Needles> = LazyLock::new(Needles::new);

/// Underscore and hyphen, escaped in every way that is undone, also twice and three times.
const ESCAPED: &[&[u8]] = &[
    b"%5f", b"%5F", b"255f", b"255F", b"u005f", b"u005F", b"x5f", b"x5F", b"X5F", b"\\137", b"#95;", b"{5f", b"{5F",
    b"%2d", b"%2D", b"252d", b"252D", b"u002d", b"u002D", b"x2d", b"x2D", b"X2D", b"\\055", b"#45;", b"{2d", b"{2D",
];
/// Characters that nobody sees, and some that only look like those of a sign.
const UNSEEN: &[&[u8]] = &[
    b"\xe2\x80\x8b",
    b"\xe2\x80\x8c",
    b"\xe2\x80\x8d",
    b"\xe2\x80\x8e",
    b"\xe2\x80\x8f",
    b"\xe2\x81\xa0",
    b"\xef\xbb\xbf",
    b"\xef\xbd\x8b",
    b"\xef\xbc\xab",
    b"\xef\xbc\xbf",
    b"\xef\xbc\x8d",
    b"\xe2\x84\xaa",
];
/// Hyphens of other lengths stand in every prose, and in no sign but behind these.
const LONG_HYPHEN: &[&[u8]] = &[b"PMAK\xe2\x80", b"PMAT\xe2\x80", b"pmak\xe2\x80", b"pmat\xe2\x80"];
/// So far around an unseen character the rest of a sign stands.
const NEAR: usize = 24;
/// Behind `_v1_` so many characters of a value, or of its encoding, have to stand.
const AT_LEAST: usize = 12;
/// No needle is longer.
const LONGEST: usize = 16;

/// What a needle needs around it to be worth a closer look.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Nothing.
    Sign,
    /// `_v1_` stands in many names.
    Middle,
    Escape,
    Unseen,
}

enum Searcher {
    /// Several needles at once, a few bytes a step.
    Packed(packed::Searcher),
    /// The same where the processor cannot do that.
    Automaton(AhoCorasick),
}

pub(super) struct Needles {
    sets: Vec<(Searcher, Vec<Kind>)>,
}

impl Needles {
    fn new() -> Self {
        let signs: Vec<&[u8]> = Format::ALL.iter().map(|format| format.sign().as_bytes()).collect();
        let mut plain: Vec<(Vec<u8>, Kind)> = Vec::new();
        let mut twice: Vec<(Vec<u8>, Kind)> = Vec::new();
        for sign in &signs {
            let kind = if sign.starts_with(b"_") { Kind::Middle } else { Kind::Sign };
            let (lower, upper) = (sign.to_ascii_lowercase(), sign.to_ascii_uppercase());
            let title = [&upper[..1], &lower[1..]].concat();
            plain.extend([lower, upper, title, sign.to_vec()].map(|sign| (sign, kind)));
            for once in in_base_64(sign) {
                twice.extend(in_base_64(&once).into_iter().map(|needle| (needle, Kind::Sign)));
                plain.push((once, Kind::Sign));
            }
        }
        plain.extend(LONG_HYPHEN.iter().map(|needle| (needle.to_vec(), Kind::Sign)));
        let escaped = ESCAPED.iter().map(|needle| (needle.to_vec(), Kind::Escape));
        let unseen = UNSEEN.iter().map(|needle| (needle.to_vec(), Kind::Unseen));
        let sets = [plain, twice, escaped.chain(unseen).collect()].map(searcher);
        Self { sets: sets.into_iter().flatten().collect() }
    }

    /// Whether they are looked for several bytes a step.
    #[cfg(test)]
    pub fn are_packed(&self) -> bool {
        self.sets.iter().all(|(searcher, _)| matches!(searcher, Searcher::Packed(_)))
    }

    /// Where in `range` of `text` a sign begins, or is likely to, in order.
    pub fn find(&self, text: &[u8], range: Range<usize>) -> Vec<usize> {
        let mut found = Vec::new();
        if range.is_empty() {
            return found;
        }
        let end = (range.end + LONGEST).min(text.len());
        for (searcher, kinds) in &self.sets {
            let mut from = range.start;
            while let Some((at, kind)) = searcher.next(text, from..end).filter(|(at, _)| at.start < range.end) {
                // what is found does not hide what begins within it
                from = at.start + 1;
                if is_likely(text, &at, kinds[kind]) {
                    found.push(at.start);
                }
            }
        }
        // both begin what is only two bytes long
        let short = memchr::memchr2_iter(0x1b, 0xad, &text[range.clone()]).map(|at| at + range.start);
        found.extend(short.filter(|at| {
            let soft_hyphen = text[*at] == 0xad && *at > 0 && text[at - 1] == 0xc2;
            (text[*at] == 0x1b || soft_hyphen) && is_likely(text, &(*at..at + 1), Kind::Unseen)
        }));
        found.sort_unstable();
        found
    }
}

impl Searcher {
    fn next(&self, text: &[u8], range: Range<usize>) -> Option<(Range<usize>, usize)> {
        let span = Span::from(range);
        match self {
            Self::Packed(searcher) => {
                searcher.find_in(text, span).map(|found| (found.range(), found.pattern().as_usize()))
            }
            Self::Automaton(searcher) => {
                let input = aho_corasick::Input::new(text).span(span);
                searcher.find(input).map(|found| (found.range(), found.pattern().as_usize()))
            }
        }
    }
}

fn searcher(mut needles: Vec<(Vec<u8>, Kind)>) -> Option<(Searcher, Vec<Kind>)> {
    needles.sort_by(|(a, _), (b, _)| a.cmp(b));
    needles.dedup_by(|(a, _), (b, _)| a == b);
    let bytes = || needles.iter().map(|(needle, _)| needle);
    let kinds = needles.iter().map(|(_, kind)| *kind).collect();
    let packed = packed::Config::new().heuristic_pattern_limits(false).builder().extend(bytes()).build();
    let searcher = match packed {
        Some(packed) => Searcher::Packed(packed),
        None => Searcher::Automaton(AhoCorasick::new(bytes()).ok()?),
    };
    Some((searcher, kinds))
}

/// Whether what stands around a needle does not rule a value out.
fn is_likely(text: &[u8], at: &Range<usize>, kind: Kind) -> bool {
    match kind {
        Kind::Sign => true,
        Kind::Middle => {
            let behind = text[at.end..].iter().take(AT_LEAST);
            behind.len() == AT_LEAST && behind.clone().all(|byte| is_value_or_escape(*byte))
        }
        Kind::Escape => {
            let begun =
                |byte: &u8| matches!(byte, b'\\' | b'#' | b'&' | b'%' | b'u' | b'x' | b'0' | b'{' | b'2' | b'5');
            let before = text[..at.start].iter().rev().take(NEAR).find(|byte| !begun(byte));
            let sign = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b'k' | b'K' | b't' | b'T' | b';' | b'}');
            // an escape that is all that is looked at may be in the middle of one
            before.is_none_or(sign) || text[at.end..].first().is_some_and(|byte| matches!(byte, b'v' | b'V'))
        }
        Kind::Unseen => {
            let around = &text[at.start.saturating_sub(NEAR)..(at.end + NEAR).min(text.len())];
            // a character that stands for another leaves a gap
            around.contains(&0xef) && around.iter().any(|byte| matches!(byte, 0xbc | 0xbd))
                || Format::ALL.iter().any(|format| holds_in_order(around, format.sign().as_bytes()))
        }
    }
}

fn is_value_or_escape(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'+' | b'/' | b'%' | b'\\' | b'&' | b'#' | b';' | b'{' | b'}' | 0x7f..)
        || byte < b' ' && byte != b'\n'
}

/// Whether the characters of `sign` stand in `text` one behind the other, in any case and with anything between.
fn holds_in_order(text: &[u8], sign: &[u8]) -> bool {
    let mut bytes = text.iter();
    sign.iter().all(|wanted| bytes.any(|byte| byte.eq_ignore_ascii_case(wanted)))
}

/// What of `text` in base 64 does not depend on what stands around it, at each of three offsets, in both alphabets.
fn in_base_64(text: &[u8]) -> Vec<Vec<u8>> {
    const DIGITS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut needles = Vec::new();
    for [plus, slash] in [*b"+/", *b"-_"] {
        for before in 0..3 {
            let bit = |at: usize| text[at / 8 - before] >> (7 - at % 8) & 1;
            let first = (before * 8).div_ceil(6);
            let end = (before + text.len()) * 8 / 6;
            let digit = |at: usize| {
                let number = (at * 6..at * 6 + 6).fold(0, |number, at| number << 1 | usize::from(bit(at)));
                DIGITS.get(number).copied().unwrap_or(if number == 62 { plus } else { slash })
            };
            needles.push((first..end).map(digit).collect());
        }
    }
    needles
}
