//! Drawing a new key: the form, and the reveal.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Check, Making, NewKeyDialog, Reveal, Stage};
use crate::domain::time::When;
use crate::tui::action::{Action, Context, DISCARD};
use crate::tui::field::Field;
use crate::tui::view::{Look, frame, text, typed};

/// Draws the dialog.
pub fn draw(look: Look, dialog: &NewKeyDialog, frame: &mut Frame) {
    match &dialog.stage {
        Stage::Form(_) | Stage::Sending => draw_form(look, dialog, frame),
        Stage::Reveal(reveal) => draw_reveal(look, dialog, reveal, frame),
    }
}

fn draw_form(look: Look, dialog: &NewKeyDialog, frame: &mut Frame) {
    let theme = look.theme;
    let title = match (dialog.making, &dialog.of) {
        (Making::Edit, Some(key)) => format!("Edit {}", key.name),
        (Making::NewValue, Some(key)) => format!("A new value for {}", key.name),
        (Making::CollectionKey, _) => "New collection access key".to_owned(),
        _ => "New key".to_owned(),
    };
    let width = 74.min(frame.area().width);
    let error = match &dialog.stage {
        Stage::Form(Some(error)) => {
            text::wrap(&format!("{error}; {}", error.hint()), usize::from(width.saturating_sub(4)))
        }
        _ => Vec::new(),
    };
    let label_width = dialog.labels().iter().map(|label| text::width(label)).max().unwrap_or(0) + 2;
    // under the field where that is wide enough, else under its label
    let indent = if width >= 60 { label_width } else { 2 };
    let room = usize::from(width.saturating_sub(4)).saturating_sub(indent);
    let words: Vec<(String, Style)> = (0..dialog.fields.len()).map(|at| note(look, dialog, at)).collect();
    let whole: usize = words.iter().map(|(words, _)| text::wrap(words, room).len() + 1).sum();
    let all_fit = whole + error.len() + 5 <= usize::from(frame.area().height);
    let notes: Vec<(Vec<String>, Style)> = words
        .into_iter()
        .enumerate()
        .map(|(at, (words, style))| {
            // what the person is at is said in full, the rest where there is room
            let lines = if all_fit || at == dialog.focus || style == theme.field_error {
                text::wrap(&words, room)
            } else {
                vec![text::cut(&words, room)]
            };
            (lines, style)
        })
        .collect();
    let rows: usize = notes.iter().map(|(lines, _)| lines.len() + 1).sum();
    let height = u16::try_from(rows + error.len() + 5).unwrap_or(u16::MAX);
    let window = frame::Window { title: &title, width, height, danger: false };
    let inside = frame::open(look, &window, frame);
    let mut y = 0;
    for (at, ((label, field), (lines, style))) in dialog.labels().iter().zip(&dialog.fields).zip(&notes).enumerate() {
        let focused = at == dialog.focus && !matches!(dialog.stage, Stage::Sending);
        draw_field(look, frame, frame::row(inside, y), label, label_width, field, focused);
        let shift = u16::try_from(indent).unwrap_or(0);
        let area = Rect { x: inside.x + shift, width: inside.width.saturating_sub(shift), ..inside };
        for (below, line) in (y + 1..).zip(lines) {
            frame::put(frame, area, below, line, *style);
        }
        y += 1 + u16::try_from(lines.len()).unwrap_or(0);
    }
    for (y, line) in (y..).zip(&error) {
        frame::put(frame, inside, y, line, theme.danger);
    }
    let does = match dialog.making {
        Making::ApiKey | Making::CollectionKey => "make the key",
        Making::Edit => "save",
        Making::NewValue => "make the value",
    };
    let words: &[(Action, &str)] = match &dialog.stage {
        Stage::Sending => return frame::hints(look, frame, inside, &[("…", "waiting for the answer")]),
        Stage::Form(Some(_)) => &[(Action::Choose, "try again"), (Action::Back, "close")],
        _ => {
            let does = if dialog.focus + 1 < dialog.fields.len() { "next field" } else { does };
            &[(Action::Choose, does), (Action::Back, "close"), (Action::Previous, "field before")]
        }
    };
    frame::hints(look, frame, inside, &look.keys(Context::Form, words));
}

/// What is said below a field.
fn note(look: Look, dialog: &NewKeyDialog, field: usize) -> (String, Style) {
    let theme = look.theme;
    match dialog.check(field, look.facts.now.utc) {
        Check::Right(words) => (words, theme.dim),
        Check::Needed if dialog.pressed => ("this cannot be empty".to_owned(), theme.field_error),
        Check::Needed => (String::new(), theme.dim),
        Check::Wrong(words) => (words, theme.field_error),
    }
}

fn draw_field(
    look: Look,
    frame: &mut Frame,
    area: Rect,
    label: &str,
    label_width: usize,
    field: &Field,
    focused: bool,
) {
    let theme = look.theme;
    let room = usize::from(area.width).saturating_sub(label_width + 1);
    let style = if focused { theme.field_active } else { theme.field };
    let (typed, cursor) = typed::pieces(field, room, style, None, theme);
    let used: usize = typed.iter().map(Span::width).sum();
    let mut spans = vec![Span::styled(text::fit(label, label_width), theme.label)];
    spans.extend(typed);
    spans.push(Span::styled(" ".repeat(room.saturating_sub(used)), style));
    frame.render_widget(Line::from(spans), area);
    if focused {
        frame.set_cursor_position((area.x + u16::try_from(label_width).unwrap_or(0) + cursor, area.y));
    }
}

fn draw_reveal(look: Look, dialog: &NewKeyDialog, reveal: &Reveal, frame: &mut Frame) {
    let theme = look.theme;
    let width = 74.min(frame.area().width);
    let news: Vec<(String, bool)> = reveal
        .news
        .iter()
        .flat_map(|news| {
            let (words, good) = match news {
                Ok(words) => (words, true),
                Err(words) => (words, false),
            };
            text::wrap(words, usize::from(width.saturating_sub(6))).into_iter().map(move |line| (line, good))
        })
        .collect();
    let advice = if reveal.safe {
        "Check that it arrived before you close this.".to_owned()
    } else {
        let typed = if reveal.typed.is_empty() { String::new() } else { format!(": {}", reveal.typed) };
        format!("Nobody can show it again: the server has its hash alone. Type {DISCARD} to close without it{typed}")
    };
    let mut lines: Vec<(String, Style)> =
        news.into_iter().map(|(line, good)| (line, if good { theme.ok } else { theme.danger })).collect();
    lines.extend(text::wrap(&advice, usize::from(width.saturating_sub(4))).into_iter().map(|line| (line, theme.dim)));
    let height = u16::try_from(lines.len()).unwrap_or(0) + 8;
    let window = frame::Window { title: "The new key's value, this once", width, height, danger: false };
    let inside = frame::open(look, &window, frame);
    let expires = match &reveal.key.expires {
        When::Never => "never expires".to_owned(),
        other => format!("expires {}", other.exact()),
    };
    frame::put(frame, inside, 0, &format!("{}   {expires}", reveal.key.name), theme.strong);
    let roomy = inside.height >= u16::try_from(lines.len()).unwrap_or(0) + 6;
    let value_at = if roomy { 2 } else { 1 };
    let (value, style) = match (&dialog.value, reveal.shown_until) {
        (Some(value), Some(_)) => (text::wrap(value.expose(), usize::from(inside.width)), theme.secret),
        _ => (vec![reveal.key.masked.to_string()], theme.masked),
    };
    for (y, line) in (value_at..).zip(&value) {
        frame.render_widget(Line::from(Span::styled(line.as_str(), style)), frame::row(inside, y));
    }
    // in a narrow window the value takes the blank line below it too
    let value_at = value_at + u16::try_from(value.len()).unwrap_or(1) - 1;
    let roomy = roomy && value.len() == 1;
    for (y, (line, style)) in (value_at + 1 + u16::from(roomy)..).zip(&lines) {
        frame::put(frame, inside, y, line, *style);
    }
    let show = if reveal.shown_until.is_some() { "any key hides it" } else { "show" };
    let mut words = Vec::new();
    if reveal.safe {
        words.push((Action::Back, "close"));
    }
    words.extend([(Action::CopySecret, "copy"), (Action::ShowSecret, show)]);
    if reveal.written.is_none() {
        words.push((Action::WriteSecret, "write to file"));
    }
    frame::hints(look, frame, inside, &look.keys(Context::Reveal, &words));
}
