//! The plan as what will happen, step by step, before anybody agrees to it.

use crate::domain::bulk::Reading;
use crate::domain::rotation::{Check, OldKey, Plan, Sink, Verdict};
use crate::domain::time::Time;
use crate::domain::untrusted::visible;
use crate::tui::dialogs::confirm::Asked;
use crate::tui::text;

mod update;
pub mod view;

/// The plan page.
#[derive(Debug)]
pub struct Agree {
    /// What is agreed to.
    pub plans: Vec<(Plan, OldKey)>,
    /// What must be typed.
    pub asked: Asked,
    /// Whether the keys are as they are now.
    pub reading: Reading,
    pub scroll: usize,
    /// What the places showed, plan by plan, once they were looked at.
    pub looks: Vec<Vec<Check>>,
}

/// A line of the plan page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanLine {
    /// A key and what comes of it.
    Key(String),
    /// What is true of the whole rotation.
    Note(String),
    /// A step; whether it cannot be taken back.
    Step(String, bool),
    /// What a look at a place showed.
    Place(String, Seen),
}

/// How a look at a place came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// As it should.
    Well,
    /// With something to know.
    Note,
    /// The check will stop.
    Stops,
}

impl PlanLine {
    /// The line's words.
    pub fn text(&self) -> &str {
        match self {
            Self::Key(text) | Self::Note(text) | Self::Step(text, _) | Self::Place(text, _) => text,
        }
    }
}

impl Agree {
    /// What will happen, in lines of at most `columns`.
    pub fn lines(&self, now: Time, columns: usize) -> Vec<PlanLine> {
        let mut lines = Vec::new();
        for (number, (plan, old)) in self.plans.iter().enumerate() {
            if !lines.is_empty() {
                lines.push(PlanLine::Note(String::new()));
            }
            let key = format!("{} {} becomes {}", old.name.marked(), old.masked, visible(&plan.name));
            lines.extend(text::wrap(&key, columns).into_iter().map(PlanLine::Key));
            let reason = format!("because: {}", visible(&plan.reason.to_string()));
            lines.extend(text::wrap(&reason, columns).into_iter().map(PlanLine::Note));
            for (at, step) in plan.steps(now, old.expires.time()).into_iter().enumerate() {
                let mark = if step.irreversible { '!' } else { ' ' };
                let indent = 6;
                for (row, part) in text::wrap(&step.text, columns.saturating_sub(indent)).into_iter().enumerate() {
                    let head = if row == 0 { format!("{mark} {:>2}. ", at + 1) } else { " ".repeat(indent) };
                    lines.push(PlanLine::Step(format!("{head}{part}"), step.irreversible));
                }
            }
            for check in self.looks.get(number).into_iter().flatten() {
                lines.extend(looked_at(check, &plan.sinks, columns));
            }
        }
        lines
    }

    /// Whether the look at the places showed something that a person should read.
    pub fn has_news(&self) -> bool {
        self.looks.iter().flatten().any(|check| check.verdict != Verdict::Fine)
    }

    /// Columns and rows of the lines in a window of this size: all but the border, the confirmation and a blank.
    pub fn room((columns, rows): (u16, u16)) -> (usize, usize) {
        (usize::from(columns.saturating_sub(4)), usize::from(rows.saturating_sub(5)))
    }

    /// How far the lines can be scrolled in a window of this size.
    pub fn most(&self, size: (u16, u16), now: Time) -> usize {
        let (columns, rows) = Self::room(size);
        self.lines(now, columns).len().saturating_sub(rows)
    }

    /// What is said beside the title.
    pub fn note(&self) -> &'static str {
        match self.reading {
            _ if self.is_emergency() => "EMERGENCY: the old key goes first",
            Reading::Looking => "looking whether they are in use",
            Reading::Done => "nothing is done yet",
            Reading::Failed => "nobody knows whether they are in use",
        }
    }

    /// Whether any of them revokes first.
    pub fn is_emergency(&self) -> bool {
        self.plans.iter().any(|(plan, _)| plan.emergency)
    }

    /// The names, as the title has them.
    pub fn name(&self) -> String {
        match &self.plans[..] {
            [(_, old)] => old.name.marked().into_owned(),
            plans => format!("{} keys", plans.len()),
        }
    }
}

/// What a look at a place showed, in lines of at most `columns`.
fn looked_at(check: &Check, places: &[Sink], columns: usize) -> Vec<PlanLine> {
    let Some(text) = check.of_place(places) else { return Vec::new() };
    let (mark, seen) = match check.verdict {
        Verdict::Fine => ('✓', Seen::Well),
        Verdict::Note(_) => ('·', Seen::Note),
        Verdict::Fails(_) => ('✗', Seen::Stops),
    };
    let parts = text::wrap(&text, columns.saturating_sub(2)).into_iter().enumerate();
    let line = |(row, part): (usize, String)| if row == 0 { format!("{mark} {part}") } else { format!("  {part}") };
    parts.map(line).map(|line| PlanLine::Place(line, seen)).collect()
}
