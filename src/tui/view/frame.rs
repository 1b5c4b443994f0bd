//! The border that means "this is a dialog", and what dialogs share.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear};

use super::{Look, text};
use crate::tui::theme::Theme;

/// A dialog's size, title and danger.
pub struct Window<'a> {
    pub title: &'a str,
    /// Columns wished for, border included.
    pub width: u16,
    /// Rows wished for, border included.
    pub height: u16,
    /// Whether what it confirms cannot be undone.
    pub danger: bool,
}

/// Draws the border in the middle of the screen, as large as wished or as there is room, and gives its inside.
pub fn open(look: Look, window: &Window, frame: &mut Frame) -> Rect {
    let all = frame.area();
    let (width, height) = (window.width.min(all.width), window.height.min(all.height));
    let area = Rect { x: (all.width - width) / 2, y: (all.height - height) / 2, width, height };
    let (border, title) = if window.danger {
        (look.theme.dialog_danger, look.theme.dialog_danger)
    } else {
        (look.theme.dialog_border, look.theme.dialog_title)
    };
    let badge = badge(look);
    let room = usize::from(width.saturating_sub(6)).saturating_sub(badge.len());
    let heading = format!(" {} ", text::cut(window.title, room));
    let badge = Line::from(Span::styled(badge, look.theme.production)).right_aligned();
    let block = Block::bordered()
        .border_style(border)
        .title(Span::styled(heading, title))
        .title(badge)
        .style(look.theme.dialog);
    let inner = block.inner(area);
    part_wide_signs(frame, area);
    frame.render_widget(Clear, area);
    look.links.cover(area);
    frame.render_widget(block, area);
    let inside = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    // a dialog is read from its first line on, unless a row or a field of it is meant
    look.pointer.put(inside.as_position());
    inside
}

/// What marks every dialog on a production profile, at the right of its title: whoever looks at a dialog alone sees where it
/// is, too. Empty elsewhere.
pub fn badge(look: Look) -> &'static str {
    if look.facts.session.production { " PRODUCTION " } else { "" }
}

/// Blanks the signs two columns wide of which only the first column is left of the area: half of one is no sign, and
/// the border's column would be taken for its other half and not be drawn.
fn part_wide_signs(frame: &mut Frame, area: Rect) {
    let Some(left) = area.x.checked_sub(1) else { return };
    for y in area.top()..area.bottom() {
        if let Some(cell) = frame.buffer_mut().cell_mut((left, y))
            && text::width(cell.symbol()) > 1
        {
            cell.set_symbol(" ");
        }
    }
}

pub fn row(area: Rect, y: u16) -> Rect {
    Rect { y: area.y + y.min(area.height), height: u16::from(y < area.height), ..area }
}

/// Draws one line of text on a row of an area, cut to it.
pub fn put(frame: &mut Frame, area: Rect, y: u16, words: &str, style: Style) {
    frame.render_widget(Line::styled(text::cut(words, usize::from(area.width)), style), row(area, y));
}

/// Draws keys and what they do on the last row of an area, closer together where that is narrow.
pub fn hints<K: AsRef<str>>(look: Look, frame: &mut Frame, area: Rect, keys: &[(K, &str)]) {
    let wide = |(key, does): &(K, &str)| text::width(key.as_ref()) + text::width(does) + 1;
    let room = usize::from(area.width);
    let gaps = keys.len().saturating_sub(1);
    let gap = if keys.iter().map(wide).sum::<usize>() + 3 * gaps <= room { 3 } else { 2 };
    let mut spans = Vec::new();
    let mut used = 0;
    for hint in keys {
        if used + wide(hint) > room {
            break;
        }
        used += wide(hint) + gap;
        spans.push(Span::styled(hint.0.as_ref().to_owned(), look.theme.hint_key));
        spans.push(Span::styled(format!(" {}{}", hint.1, " ".repeat(gap)), look.theme.hint_text));
    }
    frame.render_widget(Line::from(spans), row(area, area.height.saturating_sub(1)));
}

/// Words that are set off from what stands before them. The blanks in front keep the ground, so that a style that fills its
/// cells fills those of the words and no other.
pub fn set_off(words: &str, style: Style) -> [Span<'static>; 2] {
    let blanks = words.len() - words.trim_start().len();
    [Span::raw(words[..blanks].to_owned()), Span::styled(words[blanks..].to_owned(), style)]
}

/// Shows the pieces of a line as the chosen one of its dialog: one bar, whatever each piece's own style is.
pub fn select(theme: &Theme, spans: &mut [Span]) {
    for span in spans {
        span.style = theme.text.patch(theme.selected);
    }
}

/// Which rows of a list of `lines` are shown when `room` fit and the first wished for is `from`.
pub fn window(lines: usize, room: usize, from: usize) -> std::ops::Range<usize> {
    let from = from.min(lines.saturating_sub(room));
    from..(from + room).min(lines)
}
