//! Undoing escapes: percent, JSON and shell, HTML's numbers; and leaving out what no reader sees: terminal sequences,
//! controls, invisible characters.

use super::views::View;
use crate::domain::untrusted::is_hostile;

/// `text` without one layer of escapes; none when it has none.
pub(super) fn unescape(text: &[u8]) -> Option<View> {
    let special = |byte: &u8| {
        matches!(byte, b'%' | b'\\' | b'&' | 0x7f..)
            || (*byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0b | 0x0c))
    };
    let mut next = text.iter().position(special);
    next?;
    let mut view = View::with_capacity(text.len());
    let (mut done, mut changed) = (0, false);
    while let Some(at) = next {
        let mut from = at + 1;
        if let Some((length, stands_for)) = escape(&text[at..]) {
            from = at + length;
            view.copy(&text[done..at], done);
            view.replace(stands_for.bytes(), at, length);
            done = from;
            changed = true;
        }
        next = text[from..].iter().position(special).map(|length| from + length);
    }
    view.copy(&text[done..], done);
    changed.then_some(view)
}

/// A character, a byte, or nothing.
#[derive(Default)]
struct Meant {
    bytes: [u8; 4],
    length: usize,
}

impl Meant {
    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl From<char> for Meant {
    fn from(c: char) -> Self {
        let mut bytes = [0; 4];
        let length = c.encode_utf8(&mut bytes).len();
        Self { bytes, length }
    }
}

/// The escape at the start of `rest`: its length, and what it stands for. None where there is none.
fn escape(rest: &[u8]) -> Option<(usize, Meant)> {
    let of = |length: usize, c: char| (length, plain(c));
    match rest[0] {
        b'%' => {
            // a part of a character at most: the others follow
            let byte = u8::try_from(number(rest.get(1..3)?, 16)?).ok()?;
            Some((3, Meant { bytes: [byte, 0, 0, 0], length: 1 }))
        }
        b'\\' => match *rest.get(1)? {
            b'n' | b'r' => Some(of(2, '\n')),
            b't' => Some(of(2, '\t')),
            c @ (b'"' | b'\'' | b'\\' | b'/') => Some(of(2, char::from(c))),
            b'x' => Some(of(4, char::from_u32(number(rest.get(2..4)?, 16)?)?)),
            b'u' if rest.get(2) == Some(&b'{') => {
                let length = rest.iter().take(10).position(|byte| *byte == b'}')?;
                Some(of(length + 1, char::from_u32(number(&rest[3..length], 16)?)?))
            }
            b'u' => Some(of(6, char::from_u32(number(rest.get(2..6)?, 16)?)?)),
            b'0'..=b'3' => Some(of(4, char::from_u32(number(rest.get(1..4)?, 8)?)?)),
            _ => None,
        },
        b'&' => {
            let length = rest.iter().take(10).position(|byte| *byte == b';')?;
            let digits = rest[..length].strip_prefix(b"&#")?;
            let code = match digits.first()? {
                b'x' | b'X' => number(&digits[1..], 16)?,
                _ => number(digits, 10)?,
            };
            Some(of(length + 1, char::from_u32(code)?))
        }
        0x1b => Some((sequence(&rest[1..]).map_or(1, |length| length + 1), Meant::default())),
        0x80.. => {
            let length = match rest[0] {
                0xc2..=0xdf => 2,
                0xe0..=0xef => 3,
                0xf0..=0xf4 => 4,
                _ => return None,
            };
            let c = std::str::from_utf8(rest.get(..length)?).ok()?.chars().next()?;
            if c == '\u{9b}' {
                let sequence = control_sequence(&rest[length..]).unwrap_or(0);
                return Some((length + sequence, Meant::default()));
            }
            let plain = plain(c);
            (plain.bytes() != &rest[..length]).then_some((length, plain))
        }
        _ => Some((1, Meant::default())),
    }
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let text = std::str::from_utf8(digits).ok()?;
    // the parser would take a sign
    text.bytes().all(|byte| byte.is_ascii_alphanumeric()).then(|| u32::from_str_radix(text, radix).ok()).flatten()
}

/// A character as a reader takes it: invisible ones are nothing, those that only look different are the plain ones.
fn plain(c: char) -> Meant {
    let c = match c {
        '\n' | '\r' | '\t' => c,
        '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
        c if is_hostile(c) => return Meant::default(),
        c if c.is_whitespace() => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xff01 + 0x21).unwrap_or(c),
        '\u{212a}' => 'K',
        '\u{17f}' => 's',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        c => c,
    };
    c.into()
}

/// The length of the terminal sequence behind an ESC; none when there is none, or no end of it.
fn sequence(rest: &[u8]) -> Option<usize> {
    match rest.first()? {
        b'[' => control_sequence(&rest[1..]).map(|length| length + 1),
        // a string of the terminal ends with BEL or ESC \, and stands in one line here: what begins like one by chance must not
        // hide the lines after it
        b']' | b'P' | b'X' | b'^' | b'_' => {
            let end = rest.iter().take(LONGEST_STRING).position(|byte| matches!(byte, 0x07 | 0x1b | b'\n' | b'\r'))?;
            if matches!(rest[end], b'\n' | b'\r') {
                return None;
            }
            Some(if rest[end] == 0x07 { end + 1 } else { end + 1 + usize::from(rest.get(end + 1) == Some(&b'\\')) })
        }
        b' '..=b'/' => {
            let last = rest.iter().take(4).position(|byte| !matches!(byte, b' '..=b'/'))?;
            matches!(rest[last], b'0'..=b'~').then_some(last + 1)
        }
        _ => None,
    }
}

/// A terminal's string that is longer is none; without a bound, looking for its end would take too long.
const LONGEST_STRING: usize = 4096;

fn control_sequence(rest: &[u8]) -> Option<usize> {
    let last = rest.iter().take(64).position(|byte| !matches!(byte, b' '..=b'?'))?;
    matches!(rest[last], b'@'..=b'~').then_some(last + 1)
}
