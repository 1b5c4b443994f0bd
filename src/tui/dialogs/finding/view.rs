//! Drawing one finding in full.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::FindingDetail;
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::detail::NAMES;
use crate::tui::view::{Look, frame, text};

/// Draws the dialog.
pub fn draw(look: Look, detail: &FindingDetail, frame: &mut Frame) {
    let lines = detail.wrapped(frame.area().width, look.facts.users);
    let width = FindingDetail::width(frame.area().width);
    let height = u16::try_from(lines.len() + 4).unwrap_or(u16::MAX);
    let title = detail.finding.name().marked();
    let window = frame::Window { title: &title, width, height, danger: detail.finding.is_live() };
    let inside = frame::open(look, &window, frame);
    let body = Rect { height: inside.height.saturating_sub(2), ..inside };
    let shown = frame::window(lines.len(), usize::from(body.height), detail.scroll);
    let more = shown.end < lines.len();
    for (y, line) in (0..).zip(&lines[shown]) {
        let style = if line.line.dim { look.theme.dim } else { look.theme.text };
        let spans = vec![
            Span::styled(text::fit(&line.line.name, usize::from(NAMES)), look.theme.label),
            Span::styled(line.line.text.clone(), style),
        ];
        let area = frame::row(body, y);
        frame.render_widget(Line::from(spans), area);
        if let Some(target) = &line.link {
            let width = u16::try_from(text::width(&line.line.text)).unwrap_or(area.width);
            look.links.add(Rect { x: area.x + NAMES, width, ..area }, target);
        }
    }
    frame::hints(look, frame, inside, &hints(look, detail, more));
}

/// What can be done here, the most asked for first.
fn hints(look: Look, detail: &FindingDetail, more: bool) -> Vec<(String, &'static str)> {
    let finding = &detail.finding;
    let mut words: Vec<(Action, &str)> = Vec::new();
    if finding.is_open() {
        words.push((Action::Revoke, if finding.is_foreign() { "it is revoked" } else { "revoke" }));
        if finding.is_live() {
            words.push((Action::Disable, "disable"));
        }
        words.extend([(Action::FalsePositive, "false positive"), (Action::AcceptRisk, "accept")]);
    }
    if detail.places.next().is_some() {
        words.push((Action::MorePlaces, "more places"));
    }
    if finding.key_id.is_some() {
        words.push((Action::GoToKey, "its key"));
    }
    words.extend([(Action::Back, "close"), (Action::CopyId, "copy the id"), (Action::Help, "all keys")]);
    let mut keys = look.keys(Context::Finding, &words);
    if more {
        keys.insert(0, (look.arrow(Action::Down, Context::Finding), "more"));
    }
    keys
}
