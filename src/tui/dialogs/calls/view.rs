//! Drawing the calls of this session.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{CallsDialog, room};
use crate::domain::call::Call;
use crate::domain::time::exact;
use crate::tui::action::{Action, Context};
use crate::tui::text::thousands;
use crate::tui::theme::Theme;
use crate::tui::view::{Look, frame, text};

/// Columns of the time, the method, the status and the milliseconds, each with a blank after it.
const FIXED: [usize; 4] = [9, 7, 7, 9];
/// Columns of the request id, where there is room for it.
const ID: usize = 28;

pub fn draw(look: Look, dialog: &CallsDialog, frame: &mut Frame) {
    let (theme, calls) = (look.theme, look.facts.calls);
    let (shown, height) = (calls.len(), frame.area().height);
    let waiting = match calls.under_way().len() {
        0 => String::new(),
        waiting => format!(" · {} without an answer yet", thousands(waiting)),
    };
    let title = match calls.dropped() {
        0 => format!("Calls of this session · {}{waiting}", thousands(shown)),
        dropped => format!(
            "Calls of this session · the latest {} of {}{waiting}",
            thousands(shown),
            thousands(shown + dropped)
        ),
    };
    let window = frame::Window { title: &title, width: 116, height, danger: false };
    let inside = frame::open(look, &window, frame);
    let width = usize::from(inside.width);
    let id = if width >= 100 { ID } else { 0 };
    let path = width.saturating_sub(FIXED.iter().sum::<usize>() + id);
    let titles = cells(["TIME", "METHOD", "PATH", "STATUS", "TOOK", "REQUEST"], path, id);
    frame.render_widget(Line::styled(titles.concat(), theme.column_title), frame::row(inside, 0));

    let rows = room(height);
    let cursor = dialog.cursor(calls);
    let shown = frame::window(shown, rows, (cursor + 1).saturating_sub(rows));
    for (y, at) in (1..).zip(shown) {
        let Some((call, since)) = calls.get(at) else { break };
        let (took, target) = (took(look, call, since), call.target());
        let request = call.request_id.as_ref().map(ToString::to_string).unwrap_or_default();
        let time = call.at.format("%H:%M:%S").to_string();
        let status = if since.is_some() { "…".to_owned() } else { call.outcome() };
        let words = cells([&time, call.method, &target, &status, &took, &request], path, id);
        let styles = [theme.dim, theme.text, theme.text, outcome(call, since.is_some(), theme), theme.dim, theme.dim];
        let mut spans: Vec<Span> =
            words.into_iter().zip(styles).map(|(cell, style)| Span::styled(cell, style)).collect();
        if at == cursor {
            frame::select(theme, &mut spans);
            look.pointer.put(frame::row(inside, y).as_position());
        }
        frame.render_widget(Line::from(spans), frame::row(inside, y));
    }
    let below = Rect { y: inside.bottom().saturating_sub(3), height: 2.min(inside.height), ..inside };
    match calls.get(cursor) {
        Some((call, since)) => about(call, since.is_some(), theme, frame, below),
        None => frame::put(frame, below, 0, "Nothing was asked yet", theme.dim),
    }
    let words = [
        (Action::Back, "close"),
        (Action::CopyId, "copy the request id"),
        (Action::Bottom, "the newest"),
        (Action::Help, "all keys"),
    ];
    frame::hints(look, frame, inside, &look.keys(Context::Calls, &words));
}

/// The cells of a line, each as wide as its column.
fn cells(line: [&str; 6], path: usize, id: usize) -> [String; 6] {
    let [time, method, status, took] = FIXED;
    let fit = |words: &str, columns: usize| match columns {
        0 => String::new(),
        columns => format!("{} ", text::fit(words, columns - 1)),
    };
    let [at, verb, target, outcome, ms, request] = line;
    let ms = format!("{:>width$} ", text::cut(ms, took - 1), width = took - 1);
    [fit(at, time), fit(verb, method), fit(target, path), fit(outcome, status), ms, fit(request, id)]
}

/// How long it took, or takes so far.
fn took(look: Look, call: &Call, since: Option<Duration>) -> String {
    match since {
        Some(since) => format!("{} s …", look.facts.now.running.saturating_sub(since).as_secs()),
        None => format!("{} ms", call.took.as_millis()),
    }
}

fn outcome(call: &Call, under_way: bool, theme: &Theme) -> Style {
    match call.problem {
        Some(_) => theme.danger,
        None if under_way => theme.warning,
        None => theme.ok,
    }
}

/// The call under the cursor in full.
fn about(call: &Call, under_way: bool, theme: &Theme, frame: &mut Frame, area: Rect) {
    let id = call.request_id.as_ref().map(|id| format!("  request {id}")).unwrap_or_default();
    frame::put(frame, area, 0, &format!("{}{id}", exact(call.at)), theme.text);
    match &call.problem {
        None if under_way => frame::put(frame, area, 1, &format!("{}: no answer yet", call.target()), theme.warning),
        Some(problem) => frame::put(frame, area, 1, &problem.to_string(), theme.danger),
        None => frame::put(frame, area, 1, &call.target(), theme.dim),
    }
}
