//! Text from outside (servers, files, the clipboard): kept as received, shown with every hostile character made visible.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use arcstr::ArcStr;
use serde::de::{Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};

use super::deceptive::{self, Deception};
use super::key_value::hex;

/// Text that keydeck did not write itself.
///
/// `Display` is the only way to a screen, a file or a report: control, C1, bidirectional and zero-width characters
/// come out as visible escapes (`\x1b`, `\u{202e}`). [`as_received`](Self::as_received) gives the text itself, for
/// comparing and for sending back to where it came from. Serialising keeps the text as received, for the wire.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Untrusted(ArcStr);

impl Untrusted {
    /// The text as it came. Never write this to a terminal, a log or a file.
    pub fn as_received(&self) -> &str {
        &self.0
    }

    /// The text made safe to show.
    pub fn visible(&self) -> Cow<'_, str> {
        visible(&self.0)
    }

    /// The text made safe to show, as a name: one that is not what it looks like has a [mark](deceptive::MARK) before it.
    pub fn marked(&self) -> Cow<'_, str> {
        match self.deception() {
            Some(_) => Cow::Owned(format!("{} {}", deceptive::MARK, self.visible())),
            None => self.visible(),
        }
    }

    /// What is odd about the text as a name.
    pub fn deception(&self) -> Option<Deception> {
        Deception::of(&self.0)
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether both are the same text in memory, not two that are alike.
    pub fn is_one_with(&self, other: &Self) -> bool {
        ArcStr::ptr_eq(&self.0, &other.0)
    }
}

/// `text` with every [hostile](is_hostile) character as a visible escape; borrowed when there is none.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_hostile(c) {
            match c {
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                c if (c as u32) < 0x100 => out.extend(["\\x", &hex(&[c as u8])]),
                c => out.extend(c.escape_unicode()),
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Whether a character can move the cursor, run a terminal command, hide, or reorder what stands around it: controls
/// (C0, DEL, C1), bidirectional marks and isolates, zero-width and other invisible format characters, line and
/// paragraph separators, variation selectors, tags, and anything of the private-use areas.
pub fn is_hostile(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{e0fff}' | '\u{f0000}'..='\u{10ffff}')
}

/// JSON in which every character that a terminal would obey, or that hides or reorders text, is an escape; JSON readers undo
/// it. Line ends stand between its parts only.
pub fn escaped_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\n' || !is_hostile(c) {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // writing to a string cannot fail
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

impl From<&str> for Untrusted {
    fn from(text: &str) -> Self {
        Self(ArcStr::from(text))
    }
}

impl From<String> for Untrusted {
    fn from(text: String) -> Self {
        Self(ArcStr::from(text))
    }
}

impl fmt::Display for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.visible())
    }
}

impl fmt::Debug for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.visible())
    }
}

impl Serialize for Untrusted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Untrusted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Lenient)
    }
}

/// Reads a string; also null (as empty), a number or a flag (as its text), so that a sloppy server costs no row.
struct Lenient;

impl Visitor<'_> for Lenient {
    type Value = Untrusted;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E>(self, text: &str) -> Result<Untrusted, E> {
        Ok(Untrusted::from(text))
    }

    fn visit_unit<E>(self) -> Result<Untrusted, E> {
        Ok(Untrusted::default())
    }

    fn visit_none<E>(self) -> Result<Untrusted, E> {
        Ok(Untrusted::default())
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Untrusted, E> {
        Ok(Untrusted::from(flag.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Untrusted, E> {
        Ok(Untrusted::from(number.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Untrusted, E> {
        Ok(Untrusted::from(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Untrusted, E> {
        Ok(Untrusted::from(number.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_characters_become_visible_escapes() {
        for (text, shown) in [
            ("plain – ünïcode 日本", "plain – ünïcode 日本"),
            ("\u{1b}[2J", "\\x1b[2J"),
            ("a\nb\tc", "a\\nb\\tc"),
            ("\u{9b}31m", "\\x9b31m"),
            ("ab\u{202e}cd", "ab\\u{202e}cd"),
            ("zero\u{200b}width\u{feff}", "zero\\u{200b}width\\u{feff}"),
            ("\u{2066}iso\u{2069}", "\\u{2066}iso\\u{2069}"),
            ("tag\u{e0041}", "tag\\u{e0041}"),
        ] {
            assert_eq!(Untrusted::from(text).to_string(), shown);
        }
    }

    #[test]
    fn nothing_shown_is_hostile_and_nothing_received_is_lost() {
        for code in 0..=0x0010_ffff_u32 {
            if let Some(c) = char::from_u32(code) {
                let text = Untrusted::from(format!("a{c}b"));
                assert!(!text.visible().chars().any(is_hostile), "{code:x}");
                assert_eq!(text.as_received().chars().nth(1), Some(c));
            }
        }
    }

    #[test]
    fn sloppy_json_is_read() {
        for (json, text) in [("null", ""), ("7", "7"), ("true", "true"), ("\"x\"", "x")] {
            assert_eq!(serde_json::from_str::<Untrusted>(json).unwrap().as_received(), text);
        }
    }
}
