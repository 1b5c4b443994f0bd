//! Drawing a new key: the form, and the reveal.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Check, DISCARD, Making, NewKeyDialog, Reveal, Stage};
use crate::domain::time::When;
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
    let title = match dialog.making {
        Making::ApiKey => "New key",
        Making::CollectionKey => "New collection access key",
    };
    let width = 74.min(frame.area().width);
    let error = match &dialog.stage {
        Stage::Form(Some(error)) => {
            text::wrap(&format!("{error}; {}", error.hint()), usize::from(width.saturating_sub(4)))
        }
        _ => Vec::new(),
    };
    let fields = u16::try_from(dialog.fields.len()).unwrap_or(0);
    let height = fields * 2 + u16::try_from(error.len()).unwrap_or(0) + 5;
    let window = frame::Window { title, width, height, danger: false };
    let inside = frame::open(look, &window, frame);
    let label_width = dialog.labels().iter().map(|label| text::width(label)).max().unwrap_or(0) + 2;
    for (at, (label, field)) in dialog.labels().iter().zip(&dialog.fields).enumerate() {
        let y = u16::try_from(at).unwrap_or(0) * 2;
        let focused = at == dialog.focus && !matches!(dialog.stage, Stage::Sending);
        draw_field(look, frame, frame::row(inside, y), label, label_width, field, focused);
        let (words, style) = match dialog.check(at, look.app.now.utc) {
            Check::Right(words) => (words, theme.dim),
            Check::Needed if dialog.pressed => ("this cannot be empty".to_owned(), theme.field_error),
            Check::Needed => (String::new(), theme.dim),
            Check::Wrong(words) => (words, theme.field_error),
        };
        let indent = u16::try_from(label_width).unwrap_or(0);
        let note = Rect { x: inside.x + indent, width: inside.width.saturating_sub(indent), ..inside };
        frame::put(frame, note, y + 1, &words, style);
    }
    for (y, line) in (fields * 2..).zip(&error) {
        frame::put(frame, inside, y, line, theme.danger);
    }
    let keys: &[(&str, &str)] = match &dialog.stage {
        Stage::Sending => &[("…", "making the key")],
        Stage::Form(Some(_)) => &[("Enter", "try again"), ("Esc", "close")],
        _ if dialog.focus + 1 < dialog.fields.len() => &[("Enter", "next field"), ("Tab", "next"), ("Esc", "close")],
        _ => &[("Enter", "make the key"), ("BackTab", "field before"), ("Esc", "close")],
    };
    frame::hints(look, frame, inside, keys);
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
    let value = match (&dialog.value, reveal.shown_until) {
        (Some(value), Some(_)) => Line::from(Span::styled(value.expose().to_owned(), theme.secret)),
        _ => Line::from(Span::styled(reveal.key.masked.to_string(), theme.masked)),
    };
    frame.render_widget(value, frame::row(inside, value_at));
    for (y, (line, style)) in (value_at + 1 + u16::from(roomy)..).zip(&lines) {
        frame::put(frame, inside, y, line, *style);
    }
    let show = if reveal.shown_until.is_some() { "any key hides it" } else { "show" };
    let mut keys = vec![("y", "copy"), ("Space", show)];
    if reveal.written.is_none() {
        keys.push(("w", "write to a file"));
    }
    if reveal.safe {
        keys.push(("Esc", "close"));
    }
    frame::hints(look, frame, inside, &keys);
}
