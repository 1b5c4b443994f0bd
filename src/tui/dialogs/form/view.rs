//! Drawing forms: the fields, and below each what is wrong or right about it.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Check, Entry, Form, Kind, State};
use crate::tui::action::{Action, Context};
use crate::tui::field::Field;
use crate::tui::view::{Look, frame, text, typed};

/// Columns of the window of a form, where there are as many.
const WIDTH: u16 = 74;

/// A window around a form.
pub struct Window<'a> {
    pub title: &'a str,
    /// What Enter does in the end: "make the key".
    pub does: &'a str,
}

/// Where the fields of a form stand.
pub struct Geometry {
    /// Columns of the labels.
    pub labels: usize,
    /// Columns before what is said below a field.
    pub indent: usize,
    /// The first field that is drawn.
    pub first: usize,
    pub rows: usize,
}

/// What is said below each field, in its style.
pub type Notes = Vec<(Vec<String>, Style)>;

/// What is said below each field, each in a line of any length.
pub fn notes<N: Copy + PartialEq>(
    look: Look,
    form: &Form<N>,
    check: impl Fn(N) -> Check,
    hint: impl Fn(N) -> &'static str,
) -> Vec<(String, Style)> {
    let theme = look.theme;
    let note = |entry: &Entry<N>| match check(entry.name) {
        Check::Right(words) => (words, theme.dim),
        Check::Needed if form.was_pressed() => ("this cannot be empty".to_owned(), theme.field_error),
        Check::Needed => (hint(entry.name).to_owned(), theme.dim),
        Check::Wrong(words) => (words, theme.field_error),
    };
    form.entries().iter().map(note).collect()
}

/// Draws a form in a window of its own.
pub fn draw<N: Copy + PartialEq>(
    look: Look,
    form: &Form<N>,
    window: &Window,
    check: impl Fn(N) -> Check,
    frame: &mut Frame,
) {
    let theme = look.theme;
    let width = WIDTH.min(frame.area().width);
    let error = match &form.state {
        State::Failed(error) => text::wrap(&format!("{error}; {}", error.hint()), usize::from(width.saturating_sub(4))),
        State::Filling | State::Sending => Vec::new(),
    };
    let labels = form.entries().iter().map(|entry| text::width(entry.label)).max().unwrap_or(0) + 2;
    // under the field where that is wide enough, else under its label
    let indent = if width >= 60 { labels } else { 2 };
    let room = usize::from(width.saturating_sub(4)).saturating_sub(indent);
    let words = notes(look, form, check, |_| "");
    let fields: usize = form.entries().iter().map(Entry::rows).sum();
    let whole: usize = words.iter().map(|(words, _)| text::wrap(words, room).len()).sum();
    let all_fit = fields + whole + error.len() + 5 <= usize::from(frame.area().height);
    let notes: Notes = words
        .into_iter()
        .enumerate()
        .map(|(at, (words, style))| {
            // what the person is at is said in full, the rest where there is room
            let lines = if all_fit || at == form.focus() || style == theme.field_error {
                text::wrap(&words, room)
            } else {
                vec![text::cut(&words, room)]
            };
            (lines, style)
        })
        .collect();
    let rows = fields + notes.iter().map(|(lines, _)| lines.len()).sum::<usize>();
    let height = u16::try_from(rows + error.len() + 5).unwrap_or(u16::MAX);
    let inside = frame::open(look, &frame::Window { title: window.title, width, height, danger: false }, frame);
    let geometry = Geometry { labels, indent, first: 0, rows: usize::MAX };
    let y = draw_fields(look, form, &notes, &geometry, frame, inside);
    for (y, line) in (y..).zip(&error) {
        frame::put(frame, inside, y, line, theme.danger);
    }
    let words: &[(Action, &str)] = match &form.state {
        State::Sending => return frame::hints(look, frame, inside, &[("…", "waiting for the answer")]),
        State::Failed(_) => &[(Action::Choose, "try again"), (Action::Back, "close")],
        State::Filling => {
            let does = if form.steps_on() { "next field" } else { window.does };
            let keys = [(Action::Choose, does), (Action::Back, "close"), (Action::Previous, "field before")];
            let keys = if form.has_several() { &keys[..] } else { &keys[..2] };
            return frame::hints(look, frame, inside, &look.keys(Context::Form, keys));
        }
    };
    frame::hints(look, frame, inside, &look.keys(Context::Form, words));
}

/// Draws the fields with what is said below them, and gives the row after the last.
pub fn draw_fields<N: Copy + PartialEq>(
    look: Look,
    form: &Form<N>,
    notes: &Notes,
    geometry: &Geometry,
    frame: &mut Frame,
    area: Rect,
) -> u16 {
    let shift = u16::try_from(geometry.indent).unwrap_or(0);
    let below = Rect { x: area.x + shift, width: area.width.saturating_sub(shift), ..area };
    let mut y = 0;
    for (at, (entry, (lines, style))) in form.entries().iter().zip(notes).enumerate().skip(geometry.first) {
        if usize::from(y) + entry.rows() + lines.len() > geometry.rows {
            break;
        }
        let focused = at == form.focus() && form.state != State::Sending;
        draw_entry(look, entry, geometry.labels, focused, frame, Rect { y: area.y + y, ..area }, area);
        y += u16::try_from(entry.rows()).unwrap_or(1);
        for line in lines {
            frame::put(frame, below, y, line, *style);
            y += 1;
        }
    }
    y
}

/// Draws one field; `within` is what it may draw on.
fn draw_entry<N>(
    look: Look,
    entry: &Entry<N>,
    labels: usize,
    focused: bool,
    frame: &mut Frame,
    area: Rect,
    within: Rect,
) {
    let style = if focused { look.theme.field_active } else { look.theme.field };
    let row = |y: u16| frame::row(within, area.y - within.y + y);
    match &entry.kind {
        Kind::Text(field) => draw_line(look, entry.label, labels, (field, focused), style, frame, row(0)),
        Kind::Masked(field) => {
            let dots = Field::new(&"•".repeat(field.text().chars().count()));
            draw_line(look, entry.label, labels, (&dots, focused), style, frame, row(0));
        }
        Kind::Lines(lines) => {
            for (at, field) in lines.rows().iter().enumerate() {
                let label = if at == 0 { entry.label } else { "" };
                let at_row = row(u16::try_from(at).unwrap_or(u16::MAX));
                let typed = (field, focused && at == lines.at());
                draw_line(look, label, labels, typed, style, frame, at_row);
            }
        }
        Kind::Choice(words, chosen) => {
            let mut spans = vec![Span::styled(text::fit(entry.label, labels), look.theme.label)];
            for (at, word) in words.iter().enumerate() {
                let (sign, style) = if at == *chosen { ('●', style) } else { ('○', look.theme.dim) };
                if focused && at == *chosen {
                    point(look, row(0), &spans);
                }
                spans.push(Span::styled(format!("{sign} {word}"), style));
                spans.push(Span::raw("   "));
            }
            frame.render_widget(Line::from(spans), row(0));
        }
        Kind::Box(checked) => {
            let check = if *checked { "[x]" } else { "[ ]" };
            let mut spans = vec![Span::styled(text::fit(entry.label, labels), look.theme.label)];
            if focused {
                point(look, row(0), &spans);
            }
            spans.push(Span::styled(check, style));
            frame.render_widget(Line::from(spans), row(0));
        }
    }
}

/// Puts the terminal's cursor behind what stands on a row so far.
fn point(look: Look, row: Rect, before: &[Span]) {
    let wide = before.iter().map(Span::width).sum::<usize>().min(usize::from(row.width));
    look.pointer.put((row.x + u16::try_from(wide).unwrap_or(0), row.y));
}

/// Draws a line of text being typed, after its label.
fn draw_line(
    look: Look,
    label: &str,
    labels: usize,
    (field, focused): (&Field, bool),
    style: Style,
    frame: &mut Frame,
    area: Rect,
) {
    let theme = look.theme;
    let room = usize::from(area.width).saturating_sub(labels + 1);
    let (typed, cursor) = typed::pieces(field, room, style, None, theme);
    let used: usize = typed.iter().map(Span::width).sum();
    let mut spans = vec![Span::styled(text::fit(label, labels), theme.label)];
    spans.extend(typed);
    spans.push(Span::styled(" ".repeat(room.saturating_sub(used)), style));
    frame.render_widget(Line::from(spans), area);
    if focused {
        look.pointer.put((area.x + u16::try_from(labels).unwrap_or(0) + cursor, area.y));
    }
}
