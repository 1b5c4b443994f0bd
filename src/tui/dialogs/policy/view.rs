//! Drawing the review of staged settings.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::lines::Tone;
use super::{Policy, Stage};
use crate::domain::time::{When, day};
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::confirm::view::{Prompt, draw as draw_prompt};
use crate::tui::view::{Look, frame, text, typed};

const WIDTH: u16 = 84;

/// Draws the dialog.
pub fn draw(look: Look, policy: &Policy, frame: &mut Frame) {
    let theme = look.theme;
    let columns = usize::from(WIDTH.min(frame.area().width).saturating_sub(4));
    let lines = policy.lines(columns, look.facts.settings.filter(|now| now.version != policy.before.version));
    let wished =
        if policy.hit.is_some() { 20 } else { u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(5) };
    let height = wished.min(frame.area().height);
    let danger = policy.impact.as_ref().is_some_and(|impact| impact.ends_any());
    let title = if policy.hit.is_some() { "Whom it hits" } else { "Change the settings?" };
    let inside = frame::open(look, &frame::Window { title, width: WIDTH, height, danger }, frame);
    if policy.hit.is_some() {
        return draw_list(look, policy, frame, inside);
    }
    let room = usize::from(inside.height.saturating_sub(2));
    let shown = frame::window(lines.len(), room, policy.scroll);
    for (y, (tone, line)) in (0..).zip(&lines[shown]) {
        let style = match tone {
            Tone::Plain => theme.text,
            Tone::Strong => theme.strong,
            Tone::Dim => theme.dim,
            Tone::Warning => theme.warning,
        };
        frame::put(frame, inside, y, line, style);
    }
    let above = Rect { height: inside.height.saturating_sub(1), ..inside };
    match policy.stage {
        Stage::Asking if policy.has_to_choose && policy.choice.is_none() => {
            let keys =
                [(Action::RevokeExposed, "revoke them"), (Action::LeaveExposed, "leave them"), (Action::Back, "back")];
            frame::hints(look, frame, inside, &look.keys(Context::Policy, &keys));
        }
        Stage::Asking => {
            let mut keys = vec![(Action::ListHit, "whom it hits"), (Action::Spread, "spread over days")];
            if policy.has_to_choose {
                keys.extend([(Action::RevokeExposed, "revoke exposed"), (Action::LeaveExposed, "leave them")]);
            }
            frame::hints(look, frame, above, &look.keys(Context::Policy, &keys));
            let asked = Prompt {
                confirm: &policy.asked.confirm,
                wanted: policy.asked.wanted,
                does: "change the settings",
                back: "back",
                context: Context::Policy,
            };
            draw_prompt(look, &asked, frame, frame::row(inside, inside.height.saturating_sub(1)));
        }
        Stage::Conflict => {
            let keys = [(Action::Choose, "put yours on top"), (Action::Back, "close")];
            frame::hints(look, frame, inside, &look.keys(Context::Policy, &keys));
        }
        Stage::Looking | Stage::NotKnown(_) | Stage::Saving | Stage::UnderWay(_) | Stage::Refused(_) => {
            frame::hints(look, frame, inside, &look.keys(Context::Policy, &[(Action::Back, "close")]));
        }
    }
}

fn draw_list(look: Look, policy: &Policy, frame: &mut Frame, inside: Rect) {
    let theme = look.theme;
    let Some(hit) = &policy.hit else { return };
    let keys = policy.hits();
    let date = |when: &When| when.time().map_or_else(|| when.exact(), day);
    let room = usize::from(inside.height.saturating_sub(3));
    let at = hit.cursor.min(keys.len().saturating_sub(1));
    let shown = frame::window(keys.len(), room, (at + 1).saturating_sub(room));
    let name = usize::from(inside.width).saturating_sub(42).max(10);
    for (y, (place, key)) in (0..).zip(shown.clone().zip(&keys[shown])) {
        let then = if key.revoked { "revoked".to_owned() } else { date(&key.expires_at_after) };
        let dates = format!("{} → {then}", date(&key.expires_at_before));
        let mark = if hit.marked.contains(&key.id) { "✓ " } else { "  " };
        let mut spans = [
            Span::styled(format!("{mark}{}", text::fit(&key.name.marked(), name)), theme.text),
            Span::styled(text::fit(&format!(" {}", key.owner_name), 16), theme.dim),
            Span::styled(text::cut(&dates, 24), if key.revoked { theme.danger } else { theme.text }),
        ];
        if place == at {
            frame::select(theme, &mut spans);
        }
        frame.render_widget(Line::from_iter(spans), frame::row(inside, y));
    }
    let all = policy.impact.as_ref().map_or(0, |impact| impact.data.len());
    let marked = if hit.marked.is_empty() { String::new() } else { format!(" · {} marked", hit.marked.len()) };
    let count = format!("{} of {all}{marked}", keys.len());
    frame::put(frame, inside, inside.height.saturating_sub(3), &count, theme.dim);
    let row = frame::row(inside, inside.height.saturating_sub(2));
    let (pieces, cursor) =
        typed::pieces(&hit.filter, usize::from(row.width).saturating_sub(9), theme.filter_text, None, theme);
    let line = [Span::styled("filter ", theme.filter_prompt)].into_iter().chain(pieces);
    frame.render_widget(line.collect::<Line>(), row);
    look.pointer.put((row.x + 7 + cursor, row.y));
    let takes = if hit.marked.is_empty() { "these in Team Keys" } else { "the marked in Team Keys" };
    let keys = [(Action::Next, "mark"), (Action::Previous, "all"), (Action::Choose, takes), (Action::Back, "back")];
    frame::hints(look, frame, inside, &look.keys(Context::Palette, &keys));
}
