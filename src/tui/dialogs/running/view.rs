//! Drawing a revoke under way: a bar in words, one line a key that is not simply done, an end that says what to do.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::Running;
use crate::domain::bulk::Outcome;
use crate::tui::app::thousands;
use crate::tui::theme::Theme;
use crate::tui::view::{Look, frame, text};

/// Draws the dialog.
pub fn draw(look: Look, running: &Running, frame: &mut Frame) {
    let theme = look.theme;
    let notable = running.notable();
    let width = 78.min(frame.area().width);
    let summary = text::wrap(&summary(look, running), usize::from(width.saturating_sub(4)));
    let room = usize::from(width.saturating_sub(4));
    let list: usize = if notable.len() > 64 {
        notable.len()
    } else {
        let each = notable
            .iter()
            .map(|(key, outcome)| lines(&key.name.to_string(), outcome, theme, room, usize::MAX - 1).len());
        each.sum()
    };
    let height = u16::try_from(list + summary.len() + 5).unwrap_or(u16::MAX);
    let height = height.min(frame.area().height.saturating_sub(2).max(12));
    let count = thousands(running.items.len());
    let keys = if running.items.len() == 1 { "key" } else { "keys" };
    let title = match running.ended {
        None if running.stopping => format!("Stopping: {count} {keys}"),
        None => format!("Revoking {count} {keys}"),
        Some(_) => {
            format!("Revoked {} of {count} {keys}", thousands(running.tally().revoked + running.tally().already))
        }
    };
    let window = frame::Window { title: &title, width, height, danger: false };
    let inside = frame::open(look, &window, frame);
    let mut y = 0;
    for line in &summary {
        frame::put(frame, inside, y, line, theme.strong);
        y += 1;
    }
    let list = Rect { y: inside.y + y + 1, height: inside.height.saturating_sub(y + 3), ..inside };
    let shown = frame::window(notable.len(), usize::from(list.height), running.scroll);
    // a reason that does not fit goes on below, as far as there is room
    let mut spare = usize::from(list.height) - shown.len();
    let mut y = 0;
    for (key, outcome) in &notable[shown] {
        let lines = lines(&key.name.to_string(), outcome, theme, usize::from(list.width), spare);
        spare -= lines.len().saturating_sub(1).min(spare);
        for line in lines {
            frame.render_widget(line, frame::row(list, y));
            y += 1;
        }
    }
    let more = notable.len() > usize::from(list.height);
    let mut keys = Vec::new();
    if running.ended.is_none() {
        keys.push(("c", if running.stopping { "stopping …" } else { "stop sending" }));
    } else {
        keys.push(("Enter", if look.app.any_marked(running) { "close, the failed stay marked" } else { "close" }));
        if running.may_retry() {
            keys.push(("r", "try the failed again"));
        }
    }
    if more {
        keys.push(("↑↓", "scroll"));
    }
    frame::hints(look, frame, inside, &keys);
}

/// The bar in words: `9 revoked · 1 denied · 2 left · about 4 s to go`.
fn summary(look: Look, running: &Running) -> String {
    let tally = running.tally();
    let mut parts: Vec<String> = [
        (tally.revoked, "revoked"),
        (tally.already, "already revoked"),
        (tally.denied, "denied"),
        (tally.not_found, "not found"),
        (tally.failed, "failed"),
        (tally.not_sent, "not sent"),
        (tally.unknown, "unknown"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{} {word}", thousands(count)))
    .collect();
    if running.ended.is_none() {
        parts.push(format!("{} left", thousands(tally.left)));
        if running.reading_back > 0 {
            parts.push(format!("an answer was lost: reading {} back", thousands(running.reading_back)));
        }
        if let Some(seconds) = running.waiting {
            parts.push(format!("the server asks to wait {seconds} s"));
        } else if let Some(left) = running.left(look.app.now.running) {
            parts.push(format!("about {} s to go", left.as_secs().max(1)));
        }
    }
    parts.join(" · ")
}

/// A key and its outcome: one line, and up to `spare` more for a long reason; what still does not fit ends in `…`.
fn lines(name: &str, outcome: &Outcome, theme: &Theme, width: usize, spare: usize) -> Vec<Line<'static>> {
    let name_width = (width / 3).clamp(14, 28);
    let room = width.saturating_sub(name_width + 1);
    let why = outcome.reason().map(|why| format!(": {why}")).unwrap_or_default();
    let words = format!("{} {}{why}", glyph(outcome), outcome.word());
    let mut wrapped = text::wrap(&words, room);
    if wrapped.len() > spare + 1 {
        let rest = wrapped.split_off(spare).join(" ");
        wrapped.push(text::cut(&rest, room));
    }
    let names = std::iter::once(name).chain(std::iter::repeat(""));
    names
        .zip(wrapped)
        .map(|(name, words)| {
            let name = Span::styled(text::fit(name, name_width), theme.text);
            Line::from(vec![name, Span::styled(format!(" {words}"), style(outcome, theme))])
        })
        .collect()
}

fn glyph(outcome: &Outcome) -> char {
    match outcome {
        Outcome::Queued => '·',
        Outcome::Sent => '▸',
        Outcome::Revoked | Outcome::AlreadyRevoked => '✓',
        Outcome::Unknown(_) => '?',
        Outcome::NotSent => '–',
        Outcome::Denied(_) | Outcome::NotFound | Outcome::Failed(_) => '!',
    }
}

fn style(outcome: &Outcome, theme: &Theme) -> Style {
    match outcome {
        Outcome::Queued | Outcome::NotSent => theme.dim,
        Outcome::Sent => theme.accent,
        Outcome::Revoked | Outcome::AlreadyRevoked => theme.ok,
        Outcome::Unknown(_) => theme.unknown,
        Outcome::Denied(_) | Outcome::NotFound | Outcome::Failed(_) => theme.danger,
    }
}
