//! A line of text being typed: editing keys, pasted text, and wiping what was typed.

use std::fmt;

use tui_input::{Input, InputRequest};
use zeroize::Zeroize;

use super::key::{KeyCode, KeyPress};
use crate::domain::untrusted::is_hostile;

/// The most characters a field holds; more is not taken.
const MOST: usize = 8192;

/// A text field. Its text is wiped when it is dropped, since people paste key values into anything.
#[derive(Default)]
pub struct Field {
    input: Input,
}

impl Field {
    /// A field that begins with `text`, the cursor at its end.
    pub fn new(text: &str) -> Self {
        Self { input: Input::new(text.to_owned()) }
    }

    pub fn text(&self) -> &str {
        self.input.value()
    }

    /// Inserts as many of these words as have room, with blanks between; says how many.
    pub fn insert_words<'a>(&mut self, words: impl IntoIterator<Item = &'a str>) -> usize {
        let mut inserted = 0;
        for word in words {
            let length = self.text().chars().count();
            if length + 1 + word.chars().count() > MOST {
                break;
            }
            let glued = self.text().chars().take(self.cursor()).last().is_some_and(|c| !c.is_whitespace());
            if glued {
                self.insert(' ');
            }
            self.paste(word);
            inserted += 1;
        }
        inserted
    }

    /// How many characters stand before the cursor.
    pub fn cursor(&self) -> usize {
        self.input.cursor()
    }

    /// Applies an editing key; true if the text changed.
    pub fn press(&mut self, press: KeyPress) -> bool {
        let request = match (press.code, press.ctrl, press.alt) {
            (KeyCode::Char(c), false, false) => return self.insert(c),
            (KeyCode::Backspace | KeyCode::Char('w'), true, _) | (KeyCode::Backspace, _, true) => {
                InputRequest::DeletePrevWord
            }
            (KeyCode::Backspace, ..) => InputRequest::DeletePrevChar,
            (KeyCode::Delete, true, _) | (KeyCode::Char('d'), _, true) => InputRequest::DeleteNextWord,
            (KeyCode::Delete, ..) | (KeyCode::Char('d'), true, _) => InputRequest::DeleteNextChar,
            (KeyCode::Left, true, _) | (KeyCode::Left | KeyCode::Char('b'), _, true) => InputRequest::GoToPrevWord,
            (KeyCode::Right, true, _) | (KeyCode::Right | KeyCode::Char('f'), _, true) => InputRequest::GoToNextWord,
            (KeyCode::Left, ..) | (KeyCode::Char('b'), true, _) => InputRequest::GoToPrevChar,
            (KeyCode::Right, ..) | (KeyCode::Char('f'), true, _) => InputRequest::GoToNextChar,
            (KeyCode::Home, ..) | (KeyCode::Char('a'), true, _) => InputRequest::GoToStart,
            (KeyCode::End, ..) | (KeyCode::Char('e'), true, _) => InputRequest::GoToEnd,
            (KeyCode::Char('u'), true, _) => InputRequest::DeleteLine,
            (KeyCode::Char('k'), true, _) => InputRequest::DeleteTillEnd,
            _ => return false,
        };
        self.input.handle(request).is_some_and(|changed| changed.value)
    }

    /// Inserts a character; a control or invisible one is not taken. True if the text changed.
    pub fn insert(&mut self, c: char) -> bool {
        if is_hostile(c) || self.text().chars().count() >= MOST {
            return false;
        }
        self.input.handle(InputRequest::InsertChar(c)).is_some()
    }

    /// Inserts pasted text: line ends and tabs become blanks, other hostile characters are left out.
    pub fn paste(&mut self, text: &str) -> bool {
        let room = MOST.saturating_sub(self.text().chars().count());
        let line = text.trim().chars().map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c });
        let mut changed = false;
        for c in line.filter(|c| !is_hostile(*c)).take(room) {
            changed |= self.input.handle(InputRequest::InsertChar(c)).is_some();
        }
        changed
    }
}

impl fmt::Debug for Field {
    /// How long the text is, never the text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Field({} characters)", self.text().chars().count())
    }
}

impl Drop for Field {
    fn drop(&mut self) {
        self.input.value_and_reset().zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(field: &mut Field, keys: &str) {
        for key in keys.split(' ') {
            field.press(key.parse().unwrap());
        }
    }

    #[test]
    fn editing_keys() {
        let mut field = Field::new("owner:ana idle");
        typed(&mut field, "ctrl-w x Home y End z");
        assert_eq!(field.text(), "yowner:ana xz");
        typed(&mut field, "Left Backspace ctrl-k");
        assert_eq!(field.text(), "yowner:ana ");
        typed(&mut field, "ctrl-u");
        assert_eq!(field.text(), "");
    }

    #[test]
    fn pasted_text_is_one_harmless_line() {
        let mut field = Field::default();
        assert!(field.paste("  a\nb\u{1b}[2J\u{202e}c\n"));
        assert_eq!(field.text(), "a b[2Jc");
    }
}
