//! Drawing an incident: the steps above, the page, what is typed or can be pressed below.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line as Drawn, Span};

use super::arrange::steps_line;
use super::{About, Case, Line, Tone, WIDTH};
use crate::domain::incident::Measure;
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::confirm::view::{Prompt, draw as draw_prompt};
use crate::tui::theme::Theme;
use crate::tui::view::{Look, frame};

/// Draws the dialog.
pub fn draw(look: Look, case: &Case, frame: &mut Frame) {
    let arranged = case.arrange(&look.facts);
    let now = look.facts.now.present();
    let danger = case.incident.is_some() && !case.is_over(now.now);
    let window = frame::Window { title: &case.title(), width: WIDTH, height: arranged.height, danger };
    let inside = frame::open(look, &window, frame);
    let theme = look.theme;
    frame::put(frame, inside, 0, &steps_line(&arranged.steps, usize::from(inside.width)), theme.label);
    let top = if arranged.roomy { 2 } else { 1 };
    let page = Rect { y: inside.y + top, height: inside.height.saturating_sub(top + 1), ..inside };
    draw_page(look, &arranged.lines, arranged.first, arranged.rows, frame, page);
    let bottom = frame::row(inside, inside.height.saturating_sub(1));
    if let Some(asking) = &case.asking {
        let does = does(case, &asking.about);
        let prompt = Prompt {
            confirm: &asking.asked.confirm,
            wanted: asking.asked.wanted,
            does: &does,
            back: "back",
            context: Context::Review,
        };
        return draw_prompt(look, &prompt, frame, bottom);
    }
    let mut words = case.can(now);
    if arranged.most() > 0 {
        words.push((Action::PageDown, "more"));
    }
    if !case.is_over(now.now) {
        words.push((Action::Back, "later"));
    }
    frame::hints(look, frame, inside, &look.keys(case.context(), &words));
}

/// What is done once it is confirmed.
fn does(case: &Case, about: &About) -> String {
    let (count, measure) = match about {
        About::Keys(measures) => (measures.len(), measures.first().map_or(Measure::Leave, |(_, measure)| *measure)),
        About::Leads(leads, measure) => (leads.len(), *measure),
    };
    let by_hand = case.incident.as_ref().is_some_and(|incident| incident.opened.page.is_some());
    let it = if count == 1 { "it" } else { "them" };
    match measure {
        Measure::Revoke if by_hand => format!("say that you revoked {it}"),
        Measure::Revoke => format!("revoke {it}"),
        Measure::Freeze => format!("freeze {it}"),
        Measure::Replace { .. } => "replace it, and have the server end it".to_owned(),
        Measure::SelfDelete => "let it delete itself".to_owned(),
        Measure::Leave => format!("leave {it}"),
    }
}

fn draw_page(look: Look, lines: &[Line], first: usize, rows: usize, frame: &mut Frame, area: Rect) {
    let theme = look.theme;
    for (y, line) in (0..area.height).zip(lines.iter().skip(first).take(rows)) {
        let style = if line.pointed { theme.text.patch(theme.selected) } else { tone(line.tone, theme) };
        if line.pointed {
            look.pointer.put(frame::row(area, y).as_position());
        }
        let spans = vec![Span::styled(format!("{} ", line.glyph), style), Span::styled(line.text.clone(), style)];
        frame.render_widget(Drawn::from(spans), frame::row(area, y));
    }
    let left = lines.len().saturating_sub(first + rows);
    if left > 0 && usize::from(area.height) > rows {
        let more = format!("… {left} more lines");
        frame::put(frame, area, area.height - 1, &more, theme.dim);
    }
}

fn tone(tone: Tone, theme: &Theme) -> Style {
    match tone {
        Tone::Plain => theme.text,
        Tone::Strong => theme.strong,
        Tone::Dim => theme.dim,
        Tone::Good => theme.ok,
        Tone::Warn => theme.warning,
        Tone::Danger => theme.danger,
    }
}
