//! What stands where in the pane, and which keys it names.

use super::page::{Line, Page, page};
use super::{Asking, LOSE, Now, Run};
use crate::domain::time::Time;
use crate::tui::action::Action;
use crate::tui::dialogs::rotate::run::matrix::Tone;
use crate::tui::text;

/// Columns of the steps down the side.
pub const SIDE: u16 = 17;
/// Columns of the pane's inside from which on the steps stand at its side.
const WIDE: u16 = 70;
/// Rows of the pane's inside from which on both keys are told of at the bottom.
const TALL: u16 = 14;

/// What stands where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrangement {
    /// Rows of the list of rotations, where there are several.
    pub list: u16,
    /// Whether the steps stand at the side; else they are one line.
    pub side: bool,
    /// Columns of the page.
    pub columns: u16,
    /// Rows of the page.
    pub rows: u16,
    /// Rows of the matrix.
    pub matrix: u16,
    /// Rows of the keys, and of what is typed to confirm.
    pub keys: u16,
}

impl Run {
    /// What stands where in a window of this size.
    pub fn arrange(&self, (columns, rows): (u16, u16), now: Time) -> Arrangement {
        let (width, height) = (columns.saturating_sub(4), rows.saturating_sub(2));
        let several = u16::try_from(self.items.len()).unwrap_or(u16::MAX);
        let list = if several > 1 { several.min((height / 4).max(1)) } else { 0 };
        let side = width >= WIDE && height >= 16;
        let matrix = match (height >= TALL, width >= WIDE) {
            (true, true) => 3,
            (true, false) => 5,
            (false, _) => 2,
        };
        let keys = u16::try_from(key_rows(&self.keys(now), usize::from(width)).len()).unwrap_or(1).min(3);
        let keys = keys + u16::from(self.confirming(now).is_some());
        let taken = list + u16::from(list > 0) + u16::from(!side) + matrix + keys;
        let columns = if side { width.saturating_sub(SIDE) } else { width };
        Arrangement { list, side, columns, rows: height.saturating_sub(taken), matrix, keys }
    }

    /// The page in front, its lines wrapped to `columns`.
    pub fn wrapped(&self, columns: u16, now: Time) -> (Page, Vec<Line>) {
        let page = self.asked(now).unwrap_or_else(|| page(self, now));
        let room = usize::from(columns.saturating_sub(2)).max(8);
        let wrap = |line: &Line| {
            let (glyph, tone) = (line.glyph, line.tone);
            let rows = text::wrap(&line.text, room).into_iter().enumerate();
            rows.map(move |(at, text)| Line { glyph: if at == 0 { glyph } else { ' ' }, text, tone }).collect::<Vec<_>>()
        };
        let lines = page.lines.iter().flat_map(wrap).collect();
        (page, lines)
    }

    /// How far the page can be scrolled in a window of this size.
    pub fn most(&self, size: (u16, u16), now: Time) -> usize {
        let Arrangement { columns, rows, .. } = self.arrange(size, now);
        let room = usize::from(rows.saturating_sub(1 + u16::from(self.is_typed_into())));
        let lines = self.wrapped(columns, now).1.len();
        // the last row says how much more there is
        if lines <= room { 0 } else { (lines + 1).saturating_sub(room) }
    }

    /// What a confirmation that is typed on the page does.
    pub fn confirming(&self, now: Time) -> Option<&'static str> {
        self.wants_confirmation(now).filter(|_| self.asking.is_none()).map(|(_, verb)| verb)
    }

    /// Whether a field stands below the page's lines.
    pub fn is_typed_into(&self) -> bool {
        matches!(self.asking, Some(Asking::Abandon(Some(_)) | Asking::Reason(_)))
    }

    /// What is asked over the page.
    fn asked(&self, now: Time) -> Option<Page> {
        let line = |glyph, text: String, tone| Line { glyph, text, tone };
        let plain = |text: &str| line(' ', text.to_owned(), Tone::Plain);
        let (title, lines) = match self.asking.as_ref()? {
            Asking::Leave => {
                let mut lines = vec![plain("It is on disk. O lists it, and goes on with it when you say so.")];
                if self.is_at_work() {
                    lines.push(plain("The step under way ends first."));
                }
                let waiting = self.items.iter().filter(|item| !item.begun).count();
                if waiting > 0 {
                    lines.push(plain(&format!("{waiting} not started: nothing is kept of those.")));
                }
                ("Keep it for later?".to_owned(), lines)
            }
            Asking::RollBack => {
                let mut lines = vec![plain("Each place gets back what it held, then the new key is revoked.")];
                lines.push(plain("The old key goes on as before."));
                if matches!(self.now(now), Now::Doing(_)) {
                    lines.push(plain("The step under way ends first."));
                }
                ("Roll back?".to_owned(), lines)
            }
            Asking::Abandon(lost) => {
                let left = self.current().rotation.left_behind();
                let mut lines = Vec::new();
                if lost.is_some() {
                    let words = format!("The new value stands nowhere but in escrow, and is lost. Type {LOSE} and Enter.");
                    lines.push(line('!', words, Tone::Danger));
                }
                lines.push(plain("Nothing more is changed, and this is how it stays:"));
                lines.extend(left.iter().map(|left| {
                    line('·', crate::domain::untrusted::visible(left).into_owned(), Tone::Plain)
                }));
                ("Give it up?".to_owned(), lines)
            }
            Asking::Reason(_) => (
                "End the overlap now?".to_owned(),
                vec![plain("What still uses the old key stops when it goes. Why now? The summary keeps it:")],
            ),
        };
        Some(Page { title, alert: false, lines })
    }

    /// The keys and what they do now.
    pub fn keys(&self, now: Time) -> Vec<(&'static str, &'static str)> {
        let key = |action: Action| action.entry().keys[0];
        match &self.asking {
            Some(Asking::Leave) => {
                let mut keys = vec![("Enter", "keep it for later")];
                if self.decisions(now).iter().any(|(action, _)| *action == Action::RollBack) {
                    keys.push((key(Action::RollBack), "roll back"));
                }
                keys.push(("Esc", "stay"));
                return keys;
            }
            Some(Asking::RollBack) => return vec![("y", "roll back"), ("Esc", "stay")],
            Some(Asking::Abandon(None)) => return vec![("y", "give it up"), ("Esc", "stay")],
            Some(Asking::Abandon(Some(_))) => return vec![("Enter", "give it up"), ("Esc", "stay")],
            Some(Asking::Reason(_)) => return vec![("Enter", "end the overlap"), ("Esc", "stay")],
            None if self.is_over() => return vec![("Enter", "close")],
            None => {}
        }
        let mut keys: Vec<(&str, &str)> =
            self.decisions(now).into_iter().map(|(action, words)| (key(action), words)).collect();
        if self.items.len() > 1 {
            keys.push(("↑↓", "another key"));
        }
        keys.push(("Esc", "leave"));
        keys
    }
}

/// The keys in rows of at most `columns`.
pub fn key_rows<'a>(keys: &[(&'a str, &'a str)], columns: usize) -> Vec<Vec<(&'a str, &'a str)>> {
    let mut rows = vec![Vec::new()];
    let mut used = 0;
    for hint in keys {
        let wide = text::width(hint.0) + text::width(hint.1) + 1;
        if used > 0 && used + wide > columns {
            rows.push(Vec::new());
            used = 0;
        }
        used += wide + 3;
        if let Some(row) = rows.last_mut() {
            row.push(*hint);
        }
    }
    rows
}
