//! Drawing a revoke under way: a bar in words, one line a key that is not simply done, an end that says what to do.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Bar, BarChart};

use super::pace::{BARS, LONGER};
use super::{Arrangement, HISTOGRAM, Part, Running, WIDTH};
use crate::domain::bulk::Outcome;
use crate::tui::action::{Action, Context};
use crate::tui::text::thousands;
use crate::tui::theme::Theme;
use crate::tui::view::{Look, frame, text};

/// Draws the dialog.
pub fn draw(look: Look, running: &Running, frame: &mut Frame) {
    let theme = look.theme;
    let size = frame.area().as_size().into();
    let Arrangement { summary, bar, pace, lines, height, list } = running.arrange(size);
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
    let mut above = u16::try_from(summary.len()).unwrap_or(0);
    if bar {
        draw_bar(theme, running, frame, frame::row(inside, above));
        above += 1;
    }
    draw_pace(theme, running, frame, Rect { y: inside.y + above, height: pace, ..inside });
    above += pace + 1;
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

/// What became of all, as one bar: each state has a sign of its own.
fn draw_bar(theme: &Theme, running: &Running, frame: &mut Frame, area: Rect) {
    let tally = running.tally();
    let percent = format!(" {:>3} %", tally.percent());
    let room = usize::from(area.width).saturating_sub(text::width(&percent));
    let mut spans: Vec<Span> = tally
        .bar(room)
        .into_iter()
        .map(|(part, wide)| Span::styled(part.sign().repeat(wide), of_part(part, theme)))
        .collect();
    spans.push(Span::styled(percent, theme.text));
    frame.render_widget(Line::from(spans), area);
}

fn of_part(part: Part, theme: &Theme) -> Style {
    match part {
        Part::Done => theme.progress_done,
        Part::Failed => theme.danger,
        Part::Unknown => theme.unknown,
        Part::NotSent | Part::Queued => theme.progress_rest,
        Part::Sent => theme.accent,
    }
}

/// How long answers take: in words, and as a histogram where it has rows.
fn draw_pace(theme: &Theme, running: &Running, frame: &mut Frame, area: Rect) {
    let Some(words) = running.pace.words().filter(|_| area.height > 0) else { return };
    frame::put(frame, area, 0, &words, theme.text);
    if area.height <= HISTOGRAM {
        return;
    }
    let labels = BARS.iter().map(|(_, label)| *label).chain([LONGER]);
    let bars: Vec<Bar> = labels
        .zip(running.pace.bars())
        .map(|(label, count)| {
            let number =
                if count == 0 { "·".to_owned() } else { thousands(usize::try_from(count).unwrap_or(usize::MAX)) };
            Bar::default().value(count).text_value(number).label(Line::styled(label, theme.label))
        })
        .collect();
    let chart = BarChart::vertical(bars)
        .bar_width(7)
        .bar_gap(1)
        .bar_style(theme.text)
        .value_style(theme.text.patch(theme.selected))
        .style(theme.text);
    frame.render_widget(chart, Rect { y: area.y + 1, height: HISTOGRAM, ..area });
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
