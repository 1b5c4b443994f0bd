//! Text of several lines.

use crate::tui::field::Field;
use crate::tui::key::{KeyCode, KeyPress};

/// The most lines that are taken.
const MOST: usize = 20;

/// Text of several lines, one of them with the cursor. Enter belongs to the form, so alt-Enter begins a new line.
#[derive(Debug)]
pub struct Lines {
    rows: Vec<Field>,
    at: usize,
}

impl Lines {
    /// Text that begins with `text`, the cursor at its end.
    pub fn new(text: &str) -> Self {
        let mut rows: Vec<Field> = text.lines().take(MOST).map(Field::new).collect();
        if rows.is_empty() {
            rows.push(Field::default());
        }
        Self { at: rows.len() - 1, rows }
    }

    /// The text, its lines apart.
    pub fn text(&self) -> String {
        self.rows.iter().map(Field::text).collect::<Vec<_>>().join("\n")
    }

    pub fn rows(&self) -> &[Field] {
        &self.rows
    }

    /// The line with the cursor.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Goes up or down; false where there is no such line.
    pub fn move_by(&mut self, delta: isize) -> bool {
        let to = self.at.checked_add_signed(delta).filter(|to| *to < self.rows.len());
        self.at = to.unwrap_or(self.at);
        to.is_some()
    }

    /// A character was typed; true if the text changed.
    pub fn insert(&mut self, c: char) -> bool {
        self.rows[self.at].insert(c)
    }

    /// An editing key was pressed; true if the text changed.
    pub fn press(&mut self, press: KeyPress) -> bool {
        match press.code {
            KeyCode::Enter => self.new_line(),
            KeyCode::Backspace if self.at > 0 && self.rows[self.at].text().is_empty() => {
                self.rows.remove(self.at);
                self.at -= 1;
                true
            }
            _ => self.rows[self.at].press(press),
        }
    }

    /// Text was pasted; its line ends are kept. True if the text changed.
    pub fn paste(&mut self, text: &str) -> bool {
        let mut changed = false;
        for (at, line) in text.trim().lines().enumerate() {
            if at > 0 && !self.new_line() {
                break;
            }
            changed |= self.rows[self.at].paste(line);
        }
        changed
    }

    fn new_line(&mut self) -> bool {
        let room = self.rows.len() < MOST;
        if room {
            self.at += 1;
            self.rows.insert(self.at, Field::default());
        }
        room
    }
}
