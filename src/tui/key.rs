//! Key presses as the console's core knows them: one form for each, whatever the terminal sent, and one name for each,
//! for the config file, the footer and the help.

use std::fmt;
use std::str::FromStr;

use crate::domain::untrusted::visible;

/// A key, without its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyCode {
    /// A character, as typed: `G` is `Char('G')`, never shift and `g`.
    Char(char),
    /// Return, on the main block or on the keypad.
    Enter,
    /// Escape.
    Esc,
    Tab,
    /// Shift and Tab.
    BackTab,
    /// Backspace, also where the terminal sends ctrl-h for it.
    Backspace,
    /// Delete forwards.
    Delete,
    Insert,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    Home,
    End,
    PageUp,
    PageDown,
    /// A function key, 1–24.
    F(u8),
}

/// The keys that have a name of their own; a character is named by itself, except the space.
const NAMES: [(&str, KeyCode); 17] = [
    ("Space", KeyCode::Char(' ')),
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Tab", KeyCode::Tab),
    ("BackTab", KeyCode::BackTab),
    ("Backspace", KeyCode::Backspace),
    ("Delete", KeyCode::Delete),
    ("Insert", KeyCode::Insert),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("PageUp", KeyCode::PageUp),
    ("PageDown", KeyCode::PageDown),
    ("Escape", KeyCode::Esc),
];

/// The highest function key that terminals report.
const LAST_F: u8 = 24;

/// One press of a key with its modifiers, in the one form that [`new`](Self::new) gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyPress {
    pub code: KeyCode,
    /// Whether ctrl was held.
    pub ctrl: bool,
    /// Whether alt was held, or Esc came just before.
    pub alt: bool,
    /// Whether shift was held; never true for a character, whose case says it, nor for `BackTab`.
    pub shift: bool,
}

impl KeyPress {
    /// A press in its one form: shift is dropped where the key itself says it, shift and Tab is `BackTab`, a
    /// character with ctrl is lower case since terminals do not tell the cases apart, and ctrl-h is `Backspace`.
    pub fn new(code: KeyCode, ctrl: bool, alt: bool, shift: bool) -> Self {
        match code {
            KeyCode::Char('h' | 'H') if ctrl => Self { code: KeyCode::Backspace, ctrl: false, alt, shift: false },
            KeyCode::Char(c) if ctrl => Self { code: KeyCode::Char(c.to_ascii_lowercase()), ctrl, alt, shift: false },
            KeyCode::Tab if shift => Self { code: KeyCode::BackTab, ctrl, alt, shift: false },
            KeyCode::Char(_) | KeyCode::BackTab => Self { code, ctrl, alt, shift: false },
            _ => Self { code, ctrl, alt, shift },
        }
    }

    /// A press without modifiers.
    pub fn plain(code: KeyCode) -> Self {
        Self::new(code, false, false, false)
    }

    /// The character that this press types into a text field, if it types one.
    pub fn text(self) -> Option<char> {
        match self {
            Self { code: KeyCode::Char(c), ctrl: false, alt: false, .. } => Some(c),
            _ => None,
        }
    }

    /// Reads a sequence: characters by themselves, named keys and chords in angle brackets (`gg`, `<Space>jj`,
    /// `<ctrl-r>`, and `<lt>` for `<`).
    pub fn sequence(text: &str) -> Result<Vec<Self>, KeyNameError> {
        let mut presses = Vec::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if let Some((name, after)) = rest.strip_prefix('<').and_then(|inner| inner.split_once('>')) {
                presses.push(if name == "lt" { Self::plain(KeyCode::Char('<')) } else { name.parse()? });
                rest = after;
            } else {
                presses.push(c.to_string().parse()?);
                rest = &rest[c.len_utf8()..];
            }
        }
        Ok(presses)
    }
}

impl From<char> for KeyPress {
    fn from(c: char) -> Self {
        Self::plain(KeyCode::Char(c))
    }
}

impl From<KeyCode> for KeyPress {
    fn from(code: KeyCode) -> Self {
        Self::plain(code)
    }
}

impl fmt::Display for KeyPress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut name = String::new();
        for (held, prefix) in [(self.ctrl, "ctrl-"), (self.alt, "alt-"), (self.shift, "shift-")] {
            if held {
                name.push_str(prefix);
            }
        }
        match (NAMES.iter().find(|(_, code)| *code == self.code), self.code) {
            (Some((known, _)), _) => name.push_str(known),
            (None, KeyCode::Char(c)) => name.push(c),
            (None, KeyCode::F(number)) => name.extend(["F", &number.to_string()]),
            // every other key is in the table
            (None, _) => {}
        }
        f.pad(&name)
    }
}

/// A text that names no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{}\" is not a key{}", visible(.name), .nearest.map(|near| format!(", did you mean {near}?")).unwrap_or_default())]
pub struct KeyNameError {
    /// What was written.
    pub name: String,
    /// The named key that is nearest to it.
    pub nearest: Option<&'static str>,
}

impl FromStr for KeyPress {
    type Err = KeyNameError;

    /// Reads a name as `Display` writes it. Modifiers come first in any order and any case (`ctrl-r`, `Alt-Left`,
    /// also `c-r`), named keys are read in any case, single characters as they are.
    fn from_str(text: &str) -> Result<Self, KeyNameError> {
        let (mut ctrl, mut alt, mut shift) = (false, false, false);
        let mut rest = text;
        while let Some((modifier, after)) = rest.split_once('-').filter(|(_, after)| !after.is_empty()) {
            match modifier.to_ascii_lowercase().as_str() {
                "ctrl" | "c" => ctrl = true,
                "alt" | "a" => alt = true,
                "shift" | "s" => shift = true,
                _ => return Err(unknown(text, modifier)),
            }
            rest = after;
        }
        let mut characters = rest.chars();
        let code = match (characters.next(), characters.next()) {
            (Some(c), None) if !c.is_control() => KeyCode::Char(c),
            _ => named(rest).ok_or_else(|| unknown(text, rest))?,
        };
        let code = match code {
            KeyCode::Char(c) if shift => KeyCode::Char(c.to_ascii_uppercase()),
            other => other,
        };
        Ok(Self::new(code, ctrl, alt, shift))
    }
}

fn named(name: &str) -> Option<KeyCode> {
    if let Some((_, code)) = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
        return Some(*code);
    }
    let number = name.strip_prefix(['f', 'F'])?.parse().ok()?;
    (1..=LAST_F).contains(&number).then_some(KeyCode::F(number))
}

fn unknown(name: &str, part: &str) -> KeyNameError {
    let nearest = NAMES
        .iter()
        .map(|(known, _)| *known)
        .chain(["ctrl-", "alt-", "shift-"])
        .map(|known| (strsim::jaro_winkler(&known.to_ascii_lowercase(), &part.to_ascii_lowercase()), known))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, known)| known);
    KeyNameError { name: name.to_owned(), nearest }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_code() -> impl Strategy<Value = KeyCode> {
        prop_oneof![
            any::<char>().prop_filter("typed characters", |c| !c.is_control()).prop_map(KeyCode::Char),
            prop::sample::select(NAMES.map(|(_, code)| code).to_vec()),
            (1..=LAST_F).prop_map(KeyCode::F),
            prop::sample::select(vec!['-', '<', '>', ' ', 'f', 'F', 'h', 'H']).prop_map(KeyCode::Char),
        ]
    }

    proptest! {
        #[test]
        fn every_press_is_read_back_from_its_name(code in any_code(), ctrl: bool, alt: bool, shift: bool) {
            let press = KeyPress::new(code, ctrl, alt, shift);
            prop_assert_eq!(press.to_string().parse(), Ok(press));
        }

        #[test]
        fn a_press_has_one_form(code in any_code(), ctrl: bool, alt: bool, shift: bool) {
            let once = KeyPress::new(code, ctrl, alt, shift);
            prop_assert_eq!(KeyPress::new(once.code, once.ctrl, once.alt, once.shift), once);
        }

        #[test]
        fn no_text_panics(text in ".{0,12}") {
            let _ = text.parse::<KeyPress>();
            let _ = KeyPress::sequence(&text);
        }
    }

    #[test]
    fn names_as_the_config_file_writes_them() {
        let ctrl = |c| KeyPress::new(KeyCode::Char(c), true, false, false);
        for (name, press, canonical) in [
            ("ctrl-r", ctrl('r'), "ctrl-r"),
            ("Ctrl-R", ctrl('r'), "ctrl-r"),
            ("c-r", ctrl('r'), "ctrl-r"),
            ("ctrl--", ctrl('-'), "ctrl--"),
            ("ctrl-space", ctrl(' '), "ctrl-Space"),
            ("-", '-'.into(), "-"),
            ("?", '?'.into(), "?"),
            ("shift-?", '?'.into(), "?"),
            ("shift-g", 'G'.into(), "G"),
            ("Space", ' '.into(), "Space"),
            (" ", ' '.into(), "Space"),
            ("backtab", KeyCode::BackTab.into(), "BackTab"),
            ("shift-Tab", KeyCode::BackTab.into(), "BackTab"),
            ("ctrl-h", KeyCode::Backspace.into(), "Backspace"),
            ("escape", KeyCode::Esc.into(), "Esc"),
            ("f12", KeyCode::F(12).into(), "F12"),
            ("shift-Left", KeyPress::new(KeyCode::Left, false, false, true), "shift-Left"),
        ] {
            let read: KeyPress = name.parse().unwrap();
            assert_eq!(read, press, "{name}");
            assert_eq!(read.to_string(), canonical);
        }
    }

    #[test]
    fn a_wrong_name_is_answered_with_the_nearest() {
        for (name, message) in [
            ("PageUpp", "\"PageUpp\" is not a key, did you mean PageUp?"),
            ("ctl-r", "\"ctl-r\" is not a key, did you mean ctrl-?"),
            ("F25", "\"F25\" is not a key"),
            ("", "\"\" is not a key"),
            ("\u{1b}", "\"\\x1b\" is not a key"),
        ] {
            assert_eq!(name.parse::<KeyPress>().unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn sequences_mix_characters_and_names() {
        let names = |text: &str| KeyPress::sequence(text).unwrap().iter().map(KeyPress::to_string).collect::<Vec<_>>();
        assert_eq!(names("gg"), ["g", "g"]);
        assert_eq!(names("<space>j<Ctrl-R>G<lt>"), ["Space", "j", "ctrl-r", "G", "<"]);
        assert_eq!(names("a<b"), ["a", "<", "b"]);
        assert_eq!(KeyPress::sequence("<nope>").unwrap_err().name, "nope");
    }

    #[test]
    fn only_unmodified_characters_are_text() {
        assert_eq!(KeyPress::from('é').text(), Some('é'));
        for name in ["ctrl-r", "alt-x", "Enter", "BackTab"] {
            assert_eq!(name.parse::<KeyPress>().unwrap().text(), None);
        }
    }
}
