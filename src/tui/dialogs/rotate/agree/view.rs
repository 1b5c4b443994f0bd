//! Drawing the plan page.

use ratatui::Frame;

use super::{Agree, PlanLine, Seen};
use crate::tui::action::Context;
use crate::tui::dialogs::confirm::view::{Prompt, draw as draw_prompt};
use crate::tui::dialogs::rotate::view::open;
use crate::tui::view::{Look, frame};

/// Draws the page.
pub fn draw(look: Look, plan: &Agree, frame: &mut Frame) {
    let theme = look.theme;
    let size = frame.area().as_size().into();
    let danger = plan.is_emergency();
    let inside = open(look, &format!("Rotate {}: the plan", plan.name()), plan.note(), danger, frame);
    let (columns, rows) = Agree::room(size);
    let lines = plan.lines(look.facts.now.utc, columns);
    let shown = frame::window(lines.len(), rows, plan.scroll);
    let more = lines.len() - shown.end;
    for (y, line) in (0..).zip(&lines[shown]) {
        let style = match line {
            PlanLine::Key(_) => theme.strong,
            PlanLine::Note(_) => theme.dim,
            PlanLine::Step(_, true) | PlanLine::Place(_, Seen::Stops) => theme.danger,
            PlanLine::Step(_, false) => theme.text,
            PlanLine::Place(_, Seen::Well) => theme.ok,
            PlanLine::Place(_, Seen::Note) => theme.warning,
        };
        frame::put(frame, inside, y, line.text(), style);
    }
    let below = inside.height.saturating_sub(2);
    let legend = if more > 0 { format!("… {more} more lines, scroll") } else { "! cannot be taken back".to_owned() };
    frame::put(frame, inside, below, &legend, theme.dim);
    let asked = Prompt {
        confirm: &plan.asked.confirm,
        wanted: plan.asked.wanted,
        does: if plan.plans.len() == 1 { "rotate it" } else { "rotate them" },
        back: "change it",
        context: Context::Review,
    };
    draw_prompt(look, &asked, frame, frame::row(inside, below + 1));
}
