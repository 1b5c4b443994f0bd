//! What stands where in the pane, and which keys it names.

use super::line::PageLine;
use super::matrix::Tone;
use super::page::{Page, page};
use super::parts::capitalised;
use super::{Asking, LOSE, Now, Run, course};
use crate::domain::present::Present;
use crate::domain::rotation::Question;
use crate::domain::time::exact;
use crate::tui::action::{Action, Context};
use crate::tui::keymap::Keymap;
use crate::tui::text;

/// Columns of the steps down the side.
pub const SIDE: u16 = 17;
/// Columns of the pane's inside from which on the steps stand at its side.
const WIDE: u16 = 70;
/// Rows of the pane's inside from which on both keys are told of at the bottom.
const TALL: u16 = 14;

/// Rows of the pane's inside from which on there is an axis of time.
const ROOMY: u16 = 20;
/// Its rows: a blank one, when, the old key, the new key, what the signs mean.
pub const COURSE: u16 = 5;

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
    /// Rows of both keys on an axis of time, with a blank one above; none where there is no room or nothing to see.
    pub course: u16,
    /// Rows of the matrix.
    pub matrix: u16,
    /// Rows of the keys, and of what is typed to confirm.
    pub keys: u16,
}

impl Run {
    /// What stands where in a window of this size.
    pub fn arrange(&self, (columns, rows): (u16, u16), now: Present, keymap: &Keymap) -> Arrangement {
        let (width, height) = (columns.saturating_sub(4), rows.saturating_sub(2));
        let several = u16::try_from(self.items.len()).unwrap_or(u16::MAX);
        let list = if several > 1 { several.min((height / 4).max(1)) } else { 0 };
        let side = width >= WIDE && height >= 16;
        let matrix = match (height >= TALL, width >= WIDE) {
            (true, true) => 3,
            (true, false) => 5,
            (false, _) => 2,
        };
        let keys = u16::try_from(key_rows(&self.keys(now, keymap), usize::from(width)).len()).unwrap_or(1).min(3);
        let keys = keys + u16::from(self.confirming(now).is_some());
        // over a question the page needs the room
        let room = side && height >= ROOMY && self.asking.is_none();
        let course = if room && course::axis(self.current(), now).is_some() { COURSE } else { 0 };
        let taken = list + u16::from(list > 0) + u16::from(!side) + course + matrix + keys;
        let columns = if side { width.saturating_sub(SIDE) } else { width };
        Arrangement { list, side, columns, rows: height.saturating_sub(taken), course, matrix, keys }
    }

    /// The page in front, its lines wrapped to `columns`.
    pub fn wrapped(&self, columns: u16, now: Present, keymap: &Keymap) -> (Page, Vec<PageLine>) {
        let page = self.asked(now, keymap).unwrap_or_else(|| page(self, now, keymap));
        let room = usize::from(columns.saturating_sub(2)).max(8);
        let wrap = |line: &PageLine| {
            let (glyph, tone) = (line.glyph, line.tone);
            let rows = text::wrap(&line.text, room).into_iter().enumerate();
            rows.map(move |(at, text)| PageLine { glyph: if at == 0 { glyph } else { ' ' }, text, tone })
                .collect::<Vec<_>>()
        };
        let lines = page.lines.iter().flat_map(wrap).collect();
        (page, lines)
    }

    /// How far the page can be scrolled in a window of this size.
    pub fn most(&self, size: (u16, u16), now: Present, keymap: &Keymap) -> usize {
        let Arrangement { columns, rows, .. } = self.arrange(size, now, keymap);
        let room = usize::from(rows.saturating_sub(1 + u16::from(self.is_typed_into())));
        let lines = self.wrapped(columns, now, keymap).1.len();
        // the last row says how much more there is
        if lines <= room { 0 } else { (lines + 1).saturating_sub(room) }
    }

    /// What is done once what must be typed stands there.
    pub fn confirming(&self, now: Present) -> Option<&'static str> {
        match &self.asking {
            Some(Asking::Sure(_)) => self.wants_confirmation(now).map(|(_, does)| does),
            Some(Asking::RollBack(_)) => Some("roll back"),
            _ => None,
        }
    }

    /// Whether a field stands below the page's lines.
    pub fn is_typed_into(&self) -> bool {
        matches!(self.asking, Some(Asking::Abandon(Some(_)) | Asking::Reason(_) | Asking::Value(..)))
    }

    fn asked(&self, now: Present, keymap: &Keymap) -> Option<Page> {
        let line = |glyph, text: String, tone| PageLine { glyph, text, tone };
        let plain = |text: &str| line(' ', text.to_owned(), Tone::Plain);
        let (title, lines) = match self.asking.as_ref()? {
            Asking::Leave => {
                let open = keymap.press(Action::Rotations, Context::List);
                let mut lines =
                    vec![plain(&format!("It is on disk. {open} lists it, and goes on with it when you say so."))];
                if self.is_at_work() {
                    lines.push(plain("The step under way ends first."));
                }
                let waiting = self.items.iter().filter(|item| !item.begun).count();
                if waiting > 0 {
                    lines.push(plain(&format!("{waiting} not started: nothing is kept of those.")));
                }
                ("Keep it for later?".to_owned(), lines)
            }
            Asking::Sure(_) => return None,
            Asking::RollBack(_) => {
                let mut lines = vec![plain("Each place gets back what it held, then the new key is revoked.")];
                lines.push(match self.current().rotation.deadline {
                    // that cannot be taken back
                    Some(at) => line('!', format!("The old key goes on, but expires {}.", exact(at)), Tone::Warning),
                    None => plain("The old key goes on as before."),
                });
                lines.extend(self.current().rotation.cannot_be_put_back().into_iter().map(|(at, why)| {
                    let place = super::parts::place(&self.current().rotation, at);
                    line(
                        '!',
                        format!("{place}: {why}; it stops there while the new key's value is there."),
                        Tone::Warning,
                    )
                }));
                if matches!(self.now(now), Now::Working(_)) {
                    lines.push(plain("The step under way ends first."));
                }
                ("Roll back?".to_owned(), lines)
            }
            Asking::Abandon(lost) => {
                let left = self.current().rotation.left_behind();
                let mut lines = Vec::new();
                if lost.is_some() {
                    let words = format!(
                        "The new value stands nowhere but in escrow, and is lost. Type {LOSE} and {}.",
                        keymap.press(Action::Choose, Context::Form)
                    );
                    lines.push(line('!', words, Tone::Danger));
                }
                lines.push(plain("Nothing more is changed, and this is how it stays:"));
                lines.extend(
                    left.iter()
                        .map(|left| line('·', crate::domain::untrusted::visible(left).into_owned(), Tone::Plain)),
                );
                ("Give it up?".to_owned(), lines)
            }
            Asking::Value(_, problem) => {
                let what = match self.now(now) {
                    Now::Asks(Question::OldValue) => "Paste the old key's value",
                    _ => "Paste the new key's value",
                };
                let mut lines =
                    vec![plain("It is not shown. It goes into escrow before anything else is done with it.")];
                lines.extend(problem.iter().map(|why| line('!', capitalised(why), Tone::Danger)));
                (what.to_owned(), lines)
            }
            Asking::Reason(_) => (
                "End the overlap now?".to_owned(),
                vec![plain("What still uses the old key stops when it goes. Why now? The summary keeps it:")],
            ),
        };
        Some(Page { title, alert: false, lines })
    }

    pub fn keys(&self, now: Present, keymap: &Keymap) -> Vec<(String, &'static str)> {
        let mut does = Vec::new();
        match &self.asking {
            Some(Asking::Leave) => {
                does.push((Action::KeepForLater, "keep it for later"));
                let back = |(action, _): &(Action, _)| *action == Action::RollBack;
                does.extend(self.decisions(now).into_iter().find(back));
            }
            Some(Asking::Sure(_) | Asking::RollBack(_)) => {}
            Some(Asking::Abandon(None)) => does.push((Action::Confirm, "give it up")),
            Some(Asking::Abandon(Some(_))) => does.push((Action::Choose, "give it up")),
            Some(Asking::Reason(_)) => does.push((Action::Choose, "end the overlap")),
            Some(Asking::Value(..)) => does.push((Action::Choose, "give it")),
            None if self.is_over() => does.push((Action::Choose, "close")),
            None => {
                does.extend(self.decisions(now));
                if self.items.len() > 1 {
                    does.push((Action::Down, "next key"));
                }
                does.push((Action::Back, "leave"));
            }
        }
        if self.asking.is_some() {
            does.push((Action::Back, "stay"));
        }
        let context = self.context();
        does.into_iter().filter_map(|(action, words)| Some((keymap.key_of(action, context)?, words))).collect()
    }
}

/// The keys in rows of at most `columns`.
pub fn key_rows<'a>(keys: &[(String, &'a str)], columns: usize) -> Vec<Vec<(String, &'a str)>> {
    let mut rows = vec![Vec::new()];
    let mut used = 0;
    for hint in keys {
        let wide = text::width(&hint.0) + text::width(hint.1) + 1;
        if used > 0 && used + wide > columns {
            rows.push(Vec::new());
            used = 0;
        }
        used += wide + 3;
        if let Some(row) = rows.last_mut() {
            row.push(hint.clone());
        }
    }
    rows
}
