//! Drawing the review before a revoke.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::Review;
use crate::domain::bulk::Confirmation;
use crate::domain::key::Key;
use crate::domain::key_value::KeyKind;
use crate::domain::time::past;
use crate::tui::app::thousands;
use crate::tui::view::{Look, frame, text};

/// Draws the dialog.
pub fn draw(look: Look, review: &Review, frame: &mut Frame) {
    let theme = look.theme;
    let plan = &review.plan;
    let width = 78.min(frame.area().width);
    let room = usize::from(width.saturating_sub(4));
    let top = text::wrap(&sentence(review), room);
    let mut below: Vec<(String, Style)> = Vec::new();
    if plan.already_revoked > 0 {
        let words = format!("Left out: {} already revoked", keys(plan.already_revoked));
        below.push((words, theme.dim));
    }
    if let Some(own) = &plan.own {
        let words = if plan.include_own {
            format!("Included, last: {}, the key this console uses   [i] leave it out", own.name)
        } else {
            format!("Left out: {}, the key this console uses   [i] include it last", own.name)
        };
        let style = if plan.include_own { theme.danger } else { theme.warning };
        below.extend(text::wrap(&words, room).into_iter().map(|line| (line, style)));
    }
    let fixed = top.len() + below.len() + 2;
    let height = u16::try_from(fixed + review.lines() + 4).unwrap_or(u16::MAX);
    let height = height.min(frame.area().height.saturating_sub(2).max(12));
    let window = frame::Window { title: &title(review), width, height, danger: true };
    let inside = frame::open(look, &window, frame);
    for (y, line) in (0..).zip(&top) {
        frame::put(frame, inside, y, line, theme.danger);
    }
    let roomy = usize::from(inside.height) > fixed + review.lines();
    let y = u16::try_from(top.len()).unwrap_or(0) + u16::from(roomy);
    let list_height = inside.height.saturating_sub(y + u16::try_from(below.len()).unwrap_or(0) + 1 + u16::from(roomy));
    let list = Rect { y: inside.y + y, height: list_height, ..inside };
    draw_list(look, review, frame, list);
    for (y, (line, style)) in (y + list_height..).zip(&below) {
        frame::put(frame, inside, y, line, *style);
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

fn verb(review: &Review) -> &'static str {
    let collection = review.plan.keys().all(|key| key.kind == KeyKind::CollectionAccessKey);
    if review.delete || (collection && review.plan.count() > 0) { "Delete" } else { "Revoke" }
}

fn keys(count: usize) -> String {
    if count == 1 { "1 key".to_owned() } else { format!("{} keys", thousands(count)) }
}

fn sentence(review: &Review) -> String {
    let told = if review.plan.keys().all(|key| key.kind == KeyKind::ApiKey) {
        " What uses them stops working at once."
    } else {
        " Who reads these collections with them is locked out at once."
    };
    let told = if review.plan.count() <= 1 {
        told.replace("them", "it").replace("these collections", "this collection")
    } else {
        told.to_owned()
    };
    format!("This cannot be undone.{told}")
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
            draw_key(look, key, frame, frame::row(area, y));
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

fn draw_key(look: Look, key: &Key, frame: &mut Frame, area: Rect) {
    let now = look.app.now.utc;
    let room = usize::from(area.width.saturating_sub(2));
    let used = past(&key.last_used, now);
    let used = if used == "never" { "never used".to_owned() } else { used };
    let (name, owner) = if room > 52 { (room - 34, 20) } else { (room.saturating_sub(13), 0) };
    let danger = if key.is_open_danger() { " ! exposed" } else { "" };
    let mut spans =
        vec![Span::raw("  "), Span::styled(text::fit(&format!("{}{danger}", key.name), name), look.theme.text)];
    if owner > 0 {
        spans.push(Span::styled(text::fit(&key.owner.to_string(), owner), look.theme.text));
    }
    spans.push(Span::styled(format!(" {used:>12}"), look.theme.text));
    frame.render_widget(Line::from(spans), area);
}

fn draw_confirmation(look: Look, review: &Review, frame: &mut Frame, area: Rect) {
    let theme = look.theme;
    let verb = verb(review).to_lowercase();
    let mut spans = Vec::new();
    match review.confirmation() {
        Confirmation::Count(0) if review.problem.is_some() => {}
        Confirmation::Count(0) => spans.push(Span::styled("Nothing else is to be revoked", theme.dim)),
        Confirmation::Count(count) => {
            let them = if count == 1 { "it" } else { "them" };
            let words = if area.width > 50 {
                format!("Type {count} and Enter to {verb} {them}: ")
            } else {
                format!("Type {count}, Enter: ")
            };
            spans.push(Span::styled(words, theme.strong));
            spans.push(Span::styled(review.typed.clone(), theme.field_active));
            let x = spans.iter().map(Span::width).sum::<usize>();
            frame.set_cursor_position((area.x + u16::try_from(x).unwrap_or(0), area.y));
            spans.push(Span::raw("  "));
        }
        Confirmation::Yes => {
            spans.push(Span::styled("y", theme.hint_key));
            spans.push(Span::styled(format!(" {verb} it"), theme.strong));
        }
    }
    if let Some(problem) = review.problem {
        spans.push(Span::styled(format!(" {problem}"), theme.field_error));
    }
    frame.render_widget(Line::from(spans), area);
    let keep = if review.plan.count() <= 1 { "Esc keep it" } else { "Esc keep them" };
    if review.problem.is_none() {
        frame.render_widget(Line::from(Span::styled(keep, theme.hint_text)).right_aligned(), area);
    }
}
