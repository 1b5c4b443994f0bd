//! Drawing the review before a revoke.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Arrangement, Aside, Review, WIDTH, keys, verb};
use crate::domain::key::Key;
use crate::domain::time::past;
use crate::tui::action::Context;
use crate::tui::dialogs::confirm::view::{Prompt, draw as draw_prompt};
use crate::tui::text::thousands;
use crate::tui::view::{Look, frame, text};

/// Draws the dialog.
pub fn draw(look: Look, review: &Review, frame: &mut Frame) {
    let theme = look.theme;
    let size = frame.area().as_size().into();
    let Arrangement { top, below, roomy, height, list: list_height } = review.arrange(size, look.facts.keymap);
    let window = frame::Window { title: &title(review), width: WIDTH, height, danger: true };
    let inside = frame::open(look, &window, frame);
    for (y, line) in (0..).zip(&top) {
        frame::put(frame, inside, y, line, theme.danger);
    }
    let y = u16::try_from(top.len()).unwrap_or(0) + u16::from(roomy);
    let list = Rect { y: inside.y + y, height: list_height, ..inside };
    draw_list(look, review, frame, list);
    for (y, (line, tone)) in (y + list_height..).zip(&below) {
        let style = match tone {
            Aside::LeftOut => theme.dim,
            Aside::Stale | Aside::OwnLeftOut => theme.warning,
            Aside::OwnIncluded => theme.danger,
        };
        frame::put(frame, inside, y, line, style);
    }
    draw_confirmation(look, review, frame, frame::row(inside, inside.height.saturating_sub(1)));
}

fn title(review: &Review) -> String {
    let plan = &review.plan;
    let (verb, owners) = (verb(review), plan.owners());
    match owners {
        0 => format!("{verb} the key this console uses?"),
        1 => format!("{verb} {}", keys(plan.count())),
        many => format!("{verb} {} of {many} people", keys(plan.count())),
    }
}

/// The list: those used today apart, the rest, the console's own key at the end.
fn draw_list(look: Look, review: &Review, frame: &mut Frame, area: Rect) {
    let theme = look.theme;
    let plan = &review.plan;
    let total = review.lines();
    let fits = total <= usize::from(area.height);
    let room = usize::from(area.height) - usize::from(!fits && area.height > 0);
    let shown = frame::window(total, room, review.scroll);
    let own = plan.own.as_slice();
    let own = if plan.sends_own() { own } else { &[] };
    let groups = [
        ("Used in the last 24 h", &plan.used_today[..], theme.warning),
        ("The rest", &plan.rest[..], theme.label),
        ("Last, the key this console uses", own, theme.danger),
    ];
    let only_rest = plan.used_today.is_empty() && own.is_empty();
    let (mut line, mut y) = (0, 0);
    for (heading, keys, style) in groups.into_iter().filter(|(_, keys, _)| !keys.is_empty()) {
        if shown.contains(&line) {
            let heading = if only_rest { "Not used in the last 24 h" } else { heading };
            frame::put(frame, area, y, &format!("{heading} ({})", thousands(keys.len())), style);
            y += 1;
        }
        line += 1;
        // only the rows that are seen are made
        let first = shown.start.saturating_sub(line).min(keys.len());
        let last = shown.end.saturating_sub(line).min(keys.len());
        for key in &keys[first..last] {
            draw_key(look, key, review.plan.count() == 1, frame, frame::row(area, y));
            y += 1;
        }
        line += keys.len();
    }
    if !fits {
        let left = total - shown.end;
        let words =
            if left > 0 { format!("… {} more, scroll", thousands(left)) } else { "that is all of them".to_owned() };
        frame::put(frame, area, y, &words, theme.dim);
    }
}

/// One key on one row; `alone` with its masked value, whose end is to be typed.
fn draw_key(look: Look, key: &Key, alone: bool, frame: &mut Frame, area: Rect) {
    let now = look.facts.now.utc;
    let room = usize::from(area.width.saturating_sub(2));
    let used = past(&key.last_used, now);
    let used = if used == "never" { "never used".to_owned() } else { used };
    let (name, owner) = if room > 52 { (room - 34, 20) } else { (room.saturating_sub(13), 0) };
    let danger = if key.is_open_danger() { " ! exposed" } else { "" };
    let own_name = text::cut(&key.name.marked(), name.saturating_sub(text::width(danger) + 1));
    let taken = text::width(&own_name) + text::width(danger);
    let masked = format!("  {}", key.masked);
    let masked = if alone && taken + text::width(&masked) < name { masked } else { String::new() };
    let blank = name.saturating_sub(taken + text::width(&masked));
    let mut spans = vec![
        Span::styled(format!("  {own_name}"), look.theme.text),
        Span::styled(danger, look.theme.status_exposed),
        Span::styled(masked, look.theme.masked),
        Span::raw(" ".repeat(blank)),
    ];
    if owner > 0 {
        spans.push(Span::styled(text::fit(&key.owner.marked(), owner), look.theme.text));
    }
    spans.push(Span::styled(format!(" {used:>12}"), look.theme.text));
    frame.render_widget(Line::from(spans), area);
}

fn draw_confirmation(look: Look, review: &Review, frame: &mut Frame, area: Rect) {
    let asked = Prompt {
        confirm: &review.confirm,
        wanted: review.confirmation(),
        does: &format!("{} {}", verb(review).to_lowercase(), if review.plan.count() <= 1 { "it" } else { "them" }),
        back: if review.plan.count() <= 1 { "keep it" } else { "keep them" },
        context: Context::Review,
    };
    draw_prompt(look, &asked, frame, area);
}
