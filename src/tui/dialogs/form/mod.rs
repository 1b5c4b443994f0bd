//! Forms: labelled fields that are checked as they are typed, one of them with the focus; and what the server said of the
//! last try. Each dialog with a form names its fields by an enum of its own, and says what is right about each.

pub mod view;

mod entry;
mod lines;

pub use entry::{Entry, Kind};
pub use lines::Lines;

use crate::client::error::ServiceError;
use crate::tui::action::Action;
use crate::tui::request::Input;

/// What is wrong or right about a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Check {
    /// Right; with what it comes to, where that is worth saying.
    Right(String),
    /// Empty, which will not do, but nothing was typed yet.
    Needed,
    Wrong(String),
}

impl Check {
    /// A rule of the domain, and what is said where it is kept.
    pub fn of(rule: Result<(), String>, right: &str) -> Self {
        rule.map_or_else(Self::Wrong, |()| Self::Right(right.to_owned()))
    }
}

/// How far a form is.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum State {
    /// Being filled in.
    #[default]
    Filling,
    /// Being filled in again, after the server said this of the last try.
    Failed(ServiceError),
    /// Sent, and not answered yet: nothing can be changed.
    Sending,
}

/// What an input came to, for the dialog around the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormEvent {
    /// Nothing is left to do.
    Handled,
    /// Enter was pressed.
    Submit,
    /// The dialog is to be closed.
    Cancel,
    /// A person asked for something while the answer is awaited.
    Busy,
}

/// A form; `N` names its fields.
#[derive(Debug)]
pub struct Form<N> {
    entries: Vec<Entry<N>>,
    focus: usize,
    /// Whether Enter was pressed on a form that is not right yet, so that empty fields say so too.
    pressed: bool,
    /// Whether Enter goes through the fields before it sends.
    stepwise: bool,
    /// How far it is.
    pub state: State,
}

impl<N: Copy + PartialEq> Form<N> {
    /// A form of these fields, the focus on the first.
    pub fn new(entries: Vec<Entry<N>>) -> Self {
        Self { entries, focus: 0, pressed: false, stepwise: false, state: State::Filling }
    }

    /// The same, where Enter goes to the next field until the last one is reached.
    #[must_use]
    pub fn stepwise(self) -> Self {
        Self { stepwise: true, ..self }
    }

    /// One more field, below the others.
    pub fn add(&mut self, entry: Entry<N>) {
        self.entries.push(entry);
    }

    /// One more field, before the one of that name; below the others where there is none.
    pub fn add_before(&mut self, name: N, entry: Entry<N>) {
        let at = self.entries.iter().position(|other| other.name == name).unwrap_or(self.entries.len());
        self.entries.insert(at, entry);
    }

    /// The fields.
    pub fn entries(&self) -> &[Entry<N>] {
        &self.entries
    }

    pub fn entry(&self, name: N) -> Option<&Entry<N>> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// The same, to change it.
    pub fn entry_mut(&mut self, name: N) -> Option<&mut Entry<N>> {
        self.entries.iter_mut().find(|entry| entry.name == name)
    }

    /// What is typed in a field, without the blanks around it; nothing where there is no such field.
    pub fn text(&self, name: N) -> String {
        self.entry(name).map(Entry::text).unwrap_or_default()
    }

    /// What is typed in a masked field; nothing where there is no such field.
    pub fn masked(&self, name: N) -> &str {
        match self.entry(name).map(|entry| &entry.kind) {
            Some(Kind::Masked(field)) => field.text(),
            Some(Kind::Text(_) | Kind::Lines(_) | Kind::Choice(..) | Kind::Box(_)) | None => "",
        }
    }

    /// The place of the field with the focus.
    pub fn focus(&self) -> usize {
        self.focus
    }

    /// Whether Enter was pressed on a form that is not right yet.
    pub fn was_pressed(&self) -> bool {
        self.pressed
    }

    /// Whether there is more than one field.
    pub fn has_several(&self) -> bool {
        self.entries.len() > 1
    }

    /// Whether Enter goes to the next field rather than on.
    pub fn steps_on(&self) -> bool {
        self.stepwise && self.focus + 1 < self.entries.len() && self.state == State::Filling
    }

    /// Moves the focus, around the ends.
    pub fn focus_by(&mut self, delta: isize) {
        let fields = self.entries.len().max(1).cast_signed();
        self.focus = (self.focus.cast_signed() + delta).rem_euclid(fields).cast_unsigned();
    }

    /// Takes an input in.
    pub fn update(&mut self, input: &Input) -> FormEvent {
        if self.state == State::Sending {
            return if matches!(input, Input::Action(_)) { FormEvent::Busy } else { FormEvent::Handled };
        }
        let changed = match input {
            Input::Action(action) => return self.act(*action),
            Input::Text(c) => {
                self.pressed = false;
                self.focused().is_some_and(|entry| entry.insert(*c))
            }
            Input::Edit(press) => self.focused().is_some_and(|entry| entry.press(*press)),
            Input::Paste(text) => self.focused().is_some_and(|entry| entry.paste(text)),
            Input::Scroll(_) | Input::Reply(_) | Input::Wake | Input::Conceal | Input::Quit => false,
        };
        if changed {
            self.state = State::Filling;
        }
        FormEvent::Handled
    }

    fn act(&mut self, action: Action) -> FormEvent {
        match action {
            // within a text of several lines first
            Action::Down if self.focused().is_some_and(|entry| entry.move_line(1)) => {}
            Action::Up if self.focused().is_some_and(|entry| entry.move_line(-1)) => {}
            Action::Next | Action::Down => self.focus_by(1),
            Action::Previous | Action::Up => self.focus_by(-1),
            Action::Choose => return FormEvent::Submit,
            _ => return FormEvent::Cancel,
        }
        FormEvent::Handled
    }

    fn focused(&mut self) -> Option<&mut Entry<N>> {
        self.entries.get_mut(self.focus)
    }

    pub fn first_wrong(&self, check: impl Fn(N) -> Check) -> Option<usize> {
        self.entries.iter().position(|entry| !matches!(check(entry.name), Check::Right(_)))
    }

    /// After Enter: goes to the field that is wrong, or to the next one; true when the form may be sent.
    pub fn enter(&mut self, wrong: Option<usize>) -> bool {
        self.pressed = true;
        if let Some(wrong) = wrong {
            self.focus = wrong;
            return false;
        }
        if self.steps_on() {
            self.focus += 1;
            self.pressed = false;
            return false;
        }
        true
    }
}

#[cfg(test)]
mod tests;
