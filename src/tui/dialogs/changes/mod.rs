//! Changes of many keys that were cut short: looked at, and offered to go on with or to forget.

use crate::domain::changes::{Change, ChangeId, ReadBack};
use crate::domain::time::exact;
use crate::tui::text::{self, thousands};
use crate::tui::ticket::Ticket;

mod update;
pub mod view;

/// The list.
#[derive(Debug)]
pub struct Changes {
    pub rows: Vec<Row>,
    /// What is told of those that cannot be read.
    pub unreadable: Vec<String>,
    pub cursor: usize,
    /// The change of which it was said once that it is to be forgotten.
    pub sure: Option<ChangeId>,
}

/// A change that was cut short.
#[derive(Debug)]
pub struct Row {
    pub change: Change,
    /// What was under way when it was cut short, in words, once its keys were looked at.
    before: Option<String>,
    pub look: Look,
}

/// What is known of its keys.
#[derive(Debug)]
pub enum Look {
    Looking(Ticket),
    Seen(Box<ReadBack>),
    /// Nothing; with the reason.
    Failed(String),
}

/// Columns of the window, where there are as many.
pub const WIDTH: u16 = 78;

impl Changes {
    /// A list of these, each being looked at with this ticket.
    pub fn new(changes: Vec<(Change, Ticket)>, unreadable: Vec<String>) -> Self {
        let rows = changes
            .into_iter()
            .map(|(change, ticket)| Row { change, before: None, look: Look::Looking(ticket) })
            .collect();
        Self { rows, unreadable, cursor: 0, sure: None }
    }

    /// Whether one is being looked at with this ticket.
    pub fn waits_for(&self, ticket: Ticket) -> bool {
        self.rows.iter().any(|row| matches!(row.look, Look::Looking(asked) if asked == ticket))
    }

    /// The row that the cursor is on.
    pub fn current(&self) -> Option<&Row> {
        self.rows.get(self.cursor.min(self.rows.len().saturating_sub(1)))
    }
}

impl Row {
    /// What it was: `revoke of 40 keys, begun 2026-11-21 02:51:00 UTC`.
    pub fn title(&self) -> String {
        let Change { started, .. } = &self.change;
        format!("{}, begun {}", self.change.words(), exact(*started))
    }

    /// How far it is, and what can be done about it.
    pub fn words(&self) -> String {
        match &self.look {
            Look::Looking(_) => format!("{} · looking …", self.change.stand_in_words()),
            Look::Failed(why) => format!("{} · not looked at: {why}", self.change.stand_in_words()),
            Look::Seen(read) => {
                let (mut stand, left) = (read.change.stand_in_words(), thousands(read.left.len()));
                if let (Some(before), 0) = (&self.before, read.change.stand().under_way) {
                    stand = format!("{before} · read back: {stand}");
                }
                match (&read.unseen, read.left.is_empty()) {
                    (Some(why), _) => format!("{stand} · not all could be looked at: {why}"),
                    (None, true) => format!("{stand} · nothing is left of it"),
                    (None, false) => format!("{stand} · {left} to go on with"),
                }
            }
        }
    }

    /// Its lines in a window with so much room.
    pub fn lines(&self, room: usize) -> Vec<String> {
        let mut lines = text::wrap(&self.title(), room);
        lines.extend(text::wrap(&self.words(), room.saturating_sub(2)).into_iter().map(|line| format!("  {line}")));
        lines
    }
}
