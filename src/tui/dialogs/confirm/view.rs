//! Drawing what must be typed to confirm.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Confirm;
use crate::domain::bulk::Confirmation;
use crate::tui::action::{Action, Context};
use crate::tui::view::{Look, frame, text};

/// What stands there.
pub struct Prompt<'a> {
    /// What is typed so far.
    pub confirm: &'a Confirm,
    /// What must be typed.
    pub wanted: Confirmation,
    /// What is done then: "revoke it".
    pub does: &'a str,
    /// What going back does; nothing: that is said elsewhere.
    pub back: &'a str,
    /// Where key presses are heard.
    pub context: Context,
}

/// Draws it on one row.
pub fn draw(look: Look, asked: &Prompt, frame: &mut Frame, area: Rect) {
    let theme = look.theme;
    look.pointer.put(area.as_position());
    let does = asked.does;
    let narrow = area.width <= 50;
    let key = |action| look.facts.keymap.press(action, asked.context);
    let problem = asked.confirm.problem.map(|problem| problem.words(asked.wanted, look.facts.keymap, asked.context));
    if let Some(problem) = problem.as_ref().filter(|_| narrow) {
        // there is no room for both, and the next key brings the question back
        return frame::put(frame, area, 0, problem, theme.field_error);
    }
    let mut spans = Vec::new();
    match asked.wanted {
        Confirmation::NotYet => spans.push(Span::styled("Looking …", theme.dim)),
        Confirmation::Nothing => spans.push(Span::styled("There is nothing left to do", theme.dim)),
        Confirmation::Count(0) => {
            spans.push(Span::styled(key(Action::IncludeOwn), theme.hint_key));
            spans.push(Span::styled(" include it", theme.strong));
        }
        Confirmation::Count(_) | Confirmation::Characters(_) => {
            let (typed, choose) = (asked.wanted.typed().unwrap_or_default(), key(Action::Choose));
            let words = if narrow {
                format!("Type {typed}, {choose}: ")
            } else {
                format!("Type {typed} and {choose} to {does}: ")
            };
            spans.push(Span::styled(words, theme.strong));
            spans.push(Span::styled(asked.confirm.typed.clone(), theme.field_active));
            let x = spans.iter().map(Span::width).sum::<usize>();
            look.pointer.put((area.x + u16::try_from(x).unwrap_or(0), area.y));
        }
        Confirmation::Yes => {
            spans.push(Span::styled(key(Action::Confirm), theme.hint_key));
            spans.push(Span::styled(format!(" {does}"), theme.strong));
        }
    }
    let told = problem.is_some();
    if let Some(problem) = problem {
        spans.push(Span::styled(format!("   {problem}"), theme.field_error));
    }
    // what is still to be typed needs its room too
    let to_come = asked.wanted.typed().unwrap_or_default().len().saturating_sub(asked.confirm.typed.len());
    let taken = spans.iter().map(Span::width).sum::<usize>() + to_come;
    frame.render_widget(Line::from(spans), area);
    if told || asked.back.is_empty() {
        return;
    }
    let leave = key(Action::Back);
    let fits = |words: &&str| taken + 1 + text::width(&leave) + 1 + text::width(words) <= usize::from(area.width);
    if let Some(words) = [asked.back, "back"].into_iter().find(fits) {
        let back = vec![Span::styled(leave, theme.hint_key), Span::styled(format!(" {words}"), theme.hint_text)];
        frame.render_widget(Line::from(back).right_aligned(), area);
    }
}
