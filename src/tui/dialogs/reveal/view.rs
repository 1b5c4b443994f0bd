//! Drawing the reveal of a new value.

use ratatui::Frame;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::Reveal;
use crate::domain::time::When;
use crate::domain::untrusted::visible;
use crate::tui::action::{Action, Context, DISCARD};
use crate::tui::view::{Look, frame, text};

/// Draws the dialog.
pub fn draw(look: Look, reveal: &Reveal, frame: &mut Frame) {
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
    frame::put(frame, inside, 0, &format!("{}   {expires}", reveal.key.name.marked()), theme.strong);
    let roomy = inside.height >= u16::try_from(lines.len()).unwrap_or(0) + 6;
    let value_at = if roomy { 2 } else { 1 };
    let (value, style) = match (&reveal.value, reveal.shown_until) {
        (Some(value), Some(_)) => (text::wrap(&visible(value.expose()), usize::from(inside.width)), theme.secret),
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
