//! Drawing groups: a line each.

use std::fmt::Write as _;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::PictureDialog;
use super::groups::{Sign, chosen, scale, signs};
use super::view::draw_chosen;
use crate::domain::picture::{By, Group, Groups};
use crate::tui::text::thousands;
use crate::tui::theme::Theme;
use crate::tui::view::{Look, frame, text};

/// Lines below the groups: a blank one, the chosen group and some of its keys.
const BELOW: u16 = 6;

/// The figures of a group, and how wide each is.
const FIGURES: [(&str, usize); 5] = [("KEYS", 7), ("STALE", 7), ("NO EXP", 8), ("SOON", 7), ("EXPOSED", 9)];

/// How many groups have room in a window.
pub fn room((_, height): (u16, u16)) -> usize {
    // the border, the sentence on two lines at most, the titles, the hints
    let others = 6 + u16::from(height >= 30);
    usize::from(height.saturating_sub(others + BELOW)).max(1)
}

/// Draws the lines, and what is chosen below them.
pub fn draw(look: Look, dialog: &PictureDialog, groups: &Groups, frame: &mut Frame, area: Rect) {
    let (theme, all) = (look.theme, usize::from(area.width));
    let rows = room(look.facts.size);
    let name = (all / 4).clamp(16, 30);
    let figures: usize = FIGURES.iter().map(|(_, wide)| wide).sum();
    let columns = all.saturating_sub(name + 2 + figures);
    let most = groups.groups.iter().map(|group| group.tally.keys()).max().unwrap_or_default();
    let each = scale(most, columns);
    let by = groups.by.title().to_uppercase();
    let mut title = format!("{}  {}", text::fit(&by, name), text::fit(&legend(each, columns), columns));
    for (figure, wide) in FIGURES {
        let _ = write!(title, "{figure:>wide$}");
    }
    frame::put(frame, area, 0, &title, theme.column_title);
    if groups.groups.is_empty() {
        return frame::put(frame, area, 2, "Nothing is shown in the list, so there is nothing to group.", theme.dim);
    }
    let cursor = dialog.cursor.0.min(groups.groups.len() - 1);
    let shown = frame::window(groups.groups.len(), rows, (cursor + 1).saturating_sub(rows));
    for (y, at) in (1..).zip(shown) {
        let mut spans = line(look, groups, &groups.groups[at], (name, columns, each));
        if at == cursor {
            frame::select(theme, &mut spans[..1]);
            look.pointer.put(frame::row(area, y).as_position());
            spans[0].content = format!("▌{}", spans[0].content.chars().skip(1).collect::<String>()).into();
        }
        frame.render_widget(Line::from(spans), frame::row(area, y));
    }
    if let Some(chosen) = chosen(groups, cursor) {
        let lines = u16::try_from(rows.min(groups.groups.len())).unwrap_or(0);
        let y = (1 + lines + 1).min(area.height.saturating_sub(BELOW - 1));
        let below = Rect { y: area.y + y, height: area.height.saturating_sub(y), ..area };
        draw_chosen(look, dialog, &chosen, frame, below);
    }
}

/// What the signs mean and how many keys each is, as far as there is room.
fn legend(each: usize, columns: usize) -> String {
    let unit = if each == 1 { String::new() } else { format!("a sign is {} keys", thousands(each)) };
    let signs = "! exposed ● on ○ off × revoked";
    let both = if each == 1 { signs.to_owned() } else { format!("{signs}, {unit}") };
    [both, unit].into_iter().find(|words| text::width(words) <= columns).unwrap_or_default()
}

fn line(
    look: Look,
    groups: &Groups,
    group: &Group,
    (name, columns, each): (usize, usize, usize),
) -> Vec<Span<'static>> {
    let theme = look.theme;
    let gone = group.gone && groups.by == By::Owner;
    let tag = match (gone, group.service && groups.by == By::Owner) {
        (true, _) => " left",
        (false, true) => " service",
        (false, false) => "",
    };
    let style = if gone { theme.warning } else { theme.text };
    let words = text::fit(&group.name(), name.saturating_sub(tag.len() + 1));
    let mut spans = vec![Span::styled(format!(" {words}{tag} "), style)];
    // the name and its tag take the columns of the name and a blank
    spans.push(Span::raw(" ".repeat((name + 2).saturating_sub(text::width(&spans[0].content)))));
    let mut left = columns;
    for (sign, count) in signs(&group.tally, each) {
        let (glyph, style) = of_sign(sign, theme);
        let count = count.min(left);
        left -= count;
        spans.push(Span::styled(glyph.repeat(count), style));
    }
    spans.push(Span::raw(" ".repeat(left)));
    let tally = group.tally;
    let figures = [
        (tally.keys(), theme.strong),
        (tally.stale, theme.warning),
        (tally.without_expiry, theme.text),
        (tally.expiring, theme.expiring_soon),
        (tally.exposed, theme.status_exposed),
    ];
    for ((count, style), (_, wide)) in figures.into_iter().zip(FIGURES) {
        let (words, style) = if count == 0 { ("·".to_owned(), theme.dim) } else { (thousands(count), style) };
        spans.extend(frame::set_off(&format!("{words:>wide$}"), style));
    }
    spans
}

/// A sign, and its style.
pub fn of_sign(sign: Sign, theme: &Theme) -> (&'static str, Style) {
    match sign {
        Sign::Exposed => ("!", theme.status_exposed),
        Sign::Enabled => ("●", theme.status_enabled),
        Sign::Disabled => ("○", theme.status_disabled),
        Sign::Revoked => ("×", theme.status_revoked),
        Sign::Other => ("?", theme.unknown),
    }
}
