//! The Settings tab: what the team's settings say, and what is staged to be changed.

use crate::domain::settings::{Field, Settings};
use crate::domain::time::Time;
use crate::tui::progress::Load;
use crate::tui::text;
use crate::tui::ticket::Ticket;

mod update;
pub mod view;

/// The state of the Settings tab.
#[derive(Debug, Default)]
pub struct SettingsScreen {
    /// What the server says.
    pub settings: Option<Settings>,
    pub ticket: Ticket,
    /// How far it is.
    pub load: Load,
    pub as_of: Option<Time>,
    /// The setting that the cursor is on, by its place; after the last: revoking every key.
    pub cursor: usize,
    /// What is to be changed; none: nothing.
    pub staged: Option<Staged>,
}

/// Values that are staged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staged {
    /// The settings as they were read when the first value was staged.
    pub before: Settings,
    /// As they shall be.
    pub after: Settings,
}

/// A line as it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Drawn {
    /// A setting: its place, its value, and what is staged.
    Setting(usize, Field, String, Option<String>),
    /// Revoking every key.
    RevokeAll(usize),
    /// What the line before does.
    Note(String),
    /// Nothing, between two settings.
    Blank,
}

impl SettingsScreen {
    /// Stages settings, or takes back what was staged. What is as it was is not staged.
    pub fn stage(&mut self, after: Option<Settings>) {
        let Some(present) = &self.settings else { return };
        // values that go on top of what somebody else made of them have its version
        let before = match &self.staged {
            Some(staged) if after.as_ref().is_none_or(|after| after.version == staged.before.version) => {
                staged.before.clone()
            }
            _ => present.clone(),
        };
        self.staged = after.filter(|after| *after != before).map(|after| Staged { before, after });
    }

    /// The settings with what is staged.
    pub fn shall_be(&self) -> Option<&Settings> {
        self.staged.as_ref().map(|staged| &staged.after).or(self.settings.as_ref())
    }

    /// The setting under the cursor; none where that is revoking every key.
    pub fn field(&self) -> Option<Field> {
        Field::ALL.get(self.cursor).copied()
    }

    /// The settings as they are drawn on so many columns, with blanks between them where so many rows have room.
    pub fn drawn(&self, columns: usize, rows: usize) -> Vec<Drawn> {
        let Some(present) = &self.settings else { return Vec::new() };
        let notes = |words: &str| {
            let lines = text::wrap(words, columns.saturating_sub(4).max(1));
            lines.into_iter().map(Drawn::Note).collect::<Vec<_>>()
        };
        let mut blocks: Vec<Vec<Drawn>> = Vec::new();
        for (at, field) in Field::ALL.into_iter().enumerate() {
            let staged = self.shall_be().filter(|after| field.differs(present, after)).map(|after| field.show(after));
            let mut block = vec![Drawn::Setting(at, field, field.show(present), staged)];
            block.extend(notes(field.line()));
            blocks.push(block);
        }
        let mut last = vec![Drawn::RevokeAll(Field::ALL.len())];
        last.extend(notes("Every key of the team, at once and for ever: when nobody knows what leaked"));
        blocks.push(last);
        let tight: usize = blocks.iter().map(Vec::len).sum();
        let blanks = if tight + blocks.len() <= rows + 1 { vec![Drawn::Blank] } else { Vec::new() };
        blocks.join(&blanks[..])
    }
}

/// The place of a line in the list of what the cursor can stand on.
pub fn place(line: &Drawn) -> Option<usize> {
    match line {
        Drawn::Setting(at, ..) | Drawn::RevokeAll(at) => Some(*at),
        Drawn::Note(_) | Drawn::Blank => None,
    }
}
