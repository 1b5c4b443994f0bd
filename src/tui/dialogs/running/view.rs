//! Drawing a revoke under way: a bar in words, one line a key that is not simply done, an end that says what to do.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Arrangement, Running, WIDTH};
use crate::domain::bulk::Outcome;
use crate::tui::action::{Action, Context};
use crate::tui::text::thousands;
use crate::tui::theme::Theme;
use crate::tui::view::{Look, frame, text};

/// Draws the dialog.
pub fn draw(look: Look, running: &Running, frame: &mut Frame) {
    let theme = look.theme;
    let (size, now) = (frame.area().as_size().into(), look.facts.now.running);
    let Arrangement { summary, lines, height, list } = running.arrange(size, now);
    let count = thousands(running.items.len());
    let keys = if running.items.len() == 1 { "key" } else { "keys" };
    let title = match running.ended {
        None if running.stopping => format!("Stopping: {count} {keys}"),
        None => format!("{} {count} {keys}", running.deed.doing()),
        Some(_) => {
            let tally = running.tally();
            let done = thousands(tally.done + tally.already);
            format!("{} {done} of {count} {keys}", running.deed.result_title())
        }
    };
    let window = frame::Window { title: &title, width: WIDTH, height, danger: false };
    let inside = frame::open(look, &window, frame);
    for (y, line) in (0..).zip(&summary) {
        frame::put(frame, inside, y, line, theme.strong);
    }
    let above = u16::try_from(summary.len()).unwrap_or(0) + 1;
    let list = Rect { y: inside.y + above, height: list, ..inside };
    let names = Running::names(size.0);
    let shown = frame::window(lines, usize::from(list.height), running.scroll);
    let more = lines > shown.len();
    for (y, (name, words, outcome)) in (0..).zip(&running.lines(size.0, shown)) {
        let name = Span::styled(text::fit(name, names), theme.text);
        let words = text::cut(words, usize::from(list.width).saturating_sub(names + 1));
        let words = Span::styled(format!(" {words}"), style(outcome, theme));
        frame.render_widget(Line::from(vec![name, words]), frame::row(list, y));
    }
    let mut words = Vec::new();
    if running.ended.is_none() {
        words.push((Action::Stop, if running.stopping { "stopping …" } else { "stop sending" }));
    } else {
        let stay = inside.width >= 60 && running.any_to_mark(&look.facts);
        words.push((Action::Close, if stay { "close, the failed stay marked" } else { "close" }));
        if running.may_retry() {
            words.push((Action::Retry, "try the failed again"));
        }
        words.push((Action::SaveResults, "save"));
    }
    let mut keys = look.keys(Context::Running, &words);
    if more {
        keys.push(([Action::Up, Action::Down].map(|action| look.arrow(action, Context::Running)).concat(), "scroll"));
    }
    frame::hints(look, frame, inside, &keys);
}

fn style(outcome: &Outcome, theme: &Theme) -> Style {
    match outcome {
        Outcome::Queued | Outcome::NotSent(_) => theme.dim,
        Outcome::Sent => theme.accent,
        done if done.is_done() => theme.ok,
        Outcome::Unknown(_) => theme.unknown,
        _ => theme.danger,
    }
}
