//! A field of a form.

use super::Lines;
use crate::tui::field::Field;
use crate::tui::key::{KeyCode, KeyPress};

/// A labelled field.
#[derive(Debug)]
pub struct Entry<N> {
    /// Its name in the form.
    pub name: N,
    /// What stands before it.
    pub label: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// What takes the place of a line end in pasted text, where the field has one line.
    joins: &'static str,
    /// What stood in it at first.
    first: String,
}

/// What a field takes.
#[derive(Debug)]
pub enum Kind {
    Text(Field),
    /// A value, which is never shown; it is asked for by [`Form::masked`](super::Form::masked).
    Masked(Field),
    /// Text of several lines.
    Lines(Lines),
    /// One of these words; a blank or an arrow goes to the next.
    Choice(&'static [&'static str], usize),
    /// Yes or no; a blank turns it.
    Box(bool),
}

impl<N> Entry<N> {
    /// A line of text that begins with `text`.
    pub fn text_field(name: N, label: &'static str, text: &str) -> Self {
        Self::new(name, label, Kind::Text(Field::new(text)))
    }

    /// A value, of which nothing is shown but how long it is.
    pub fn masked(name: N, label: &'static str) -> Self {
        Self::new(name, label, Kind::Masked(Field::default()))
    }

    /// Several lines of text that begin with `text`.
    pub fn lines(name: N, label: &'static str, text: &str) -> Self {
        Self::new(name, label, Kind::Lines(Lines::new(text)))
    }

    /// One of several words, the first of which is chosen.
    pub fn choice(name: N, label: &'static str, words: &'static [&'static str]) -> Self {
        Self::new(name, label, Kind::Choice(words, 0))
    }

    pub fn check_box(name: N, label: &'static str, checked: bool) -> Self {
        Self::new(name, label, Kind::Box(checked))
    }

    fn new(name: N, label: &'static str, kind: Kind) -> Self {
        let mut entry = Self { name, label, kind, joins: " ", first: String::new() };
        entry.first = entry.raw();
        entry
    }

    /// The same, where the lines of a paste are told apart by `joins`.
    #[must_use]
    pub fn joined_by(self, joins: &'static str) -> Self {
        Self { joins, ..self }
    }

    /// What stands in it, without the blanks around it.
    pub fn text(&self) -> String {
        self.raw().trim().to_owned()
    }

    fn raw(&self) -> String {
        match &self.kind {
            Kind::Text(field) => field.text().to_owned(),
            // no copy of it is made
            Kind::Masked(field) => "•".repeat(field.text().chars().count()),
            Kind::Lines(lines) => lines.text(),
            Kind::Choice(words, at) => words.get(*at).copied().unwrap_or_default().to_owned(),
            Kind::Box(checked) => if *checked { "yes" } else { "no" }.to_owned(),
        }
    }

    /// Whether it stands as it did at first.
    pub fn is_untouched(&self) -> bool {
        self.raw() == self.first
    }

    /// Rows that it takes.
    pub fn rows(&self) -> usize {
        match &self.kind {
            Kind::Lines(lines) => lines.rows().len(),
            Kind::Text(_) | Kind::Masked(_) | Kind::Choice(..) | Kind::Box(_) => 1,
        }
    }

    /// A character was typed; true if something changed.
    pub fn insert(&mut self, c: char) -> bool {
        match &mut self.kind {
            Kind::Text(field) | Kind::Masked(field) => field.insert(c),
            Kind::Lines(lines) => lines.insert(c),
            Kind::Choice(..) | Kind::Box(_) => c == ' ' && self.turn(1),
        }
    }

    /// An editing key was pressed; true if something changed.
    pub fn press(&mut self, press: KeyPress) -> bool {
        match (&mut self.kind, press.code) {
            (Kind::Text(field) | Kind::Masked(field), _) => field.press(press),
            (Kind::Lines(lines), _) => lines.press(press),
            (Kind::Choice(..) | Kind::Box(_), KeyCode::Left) => self.turn(-1),
            (Kind::Choice(..) | Kind::Box(_), KeyCode::Right) => self.turn(1),
            (Kind::Choice(..) | Kind::Box(_), _) => false,
        }
    }

    /// Text was pasted, which chooses and checks nothing; true if something changed.
    pub fn paste(&mut self, text: &str) -> bool {
        match &mut self.kind {
            Kind::Text(field) => {
                let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
                field.paste(&lines.join(self.joins))
            }
            Kind::Masked(field) => field.paste(text.trim()),
            Kind::Lines(lines) => lines.paste(text),
            Kind::Choice(..) | Kind::Box(_) => false,
        }
    }

    /// Goes to another line within it; false where there is none.
    pub fn move_line(&mut self, delta: isize) -> bool {
        match &mut self.kind {
            Kind::Lines(lines) => lines.move_by(delta),
            Kind::Text(_) | Kind::Masked(_) | Kind::Choice(..) | Kind::Box(_) => false,
        }
    }

    /// Chooses this word, where it is one of those to choose from.
    pub fn choose(&mut self, word: &str) {
        if let Kind::Choice(words, at) = &mut self.kind
            && let Some(place) = words.iter().position(|other| *other == word)
        {
            *at = place;
        }
    }

    fn turn(&mut self, by: isize) -> bool {
        match &mut self.kind {
            Kind::Choice(words, at) => {
                let many = words.len().max(1).cast_signed();
                *at = (at.cast_signed() + by).rem_euclid(many).cast_unsigned();
            }
            Kind::Box(checked) => *checked = !*checked,
            Kind::Text(_) | Kind::Masked(_) | Kind::Lines(_) => return false,
        }
        true
    }
}
