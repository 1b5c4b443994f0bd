//! Drawing a picture: its sentence on top, the picture, the cell that is chosen with some of its keys, and the keys to
//! press.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Chosen, PictureDialog, calendar_view, groups_view, map_view, too_small};
use crate::domain::key::Key;
use crate::domain::picture::{Days, Part, Picture, Wanted};
use crate::domain::time::past;
use crate::tui::action::{Action, Context};
use crate::tui::text::thousands;
use crate::tui::view::{Look, frame, text};

/// Shades from nothing to the fullest.
pub const SHADES: [&str; 5] = [" ", "░", "▒", "▓", "█"];

/// A style as it is on the dialog's ground, whatever was drawn there before.
pub fn afresh(look: Look, style: Style) -> Style {
    Style::reset().patch(look.theme.text).patch(look.theme.dialog).patch(style)
}

/// Draws the dialog over the whole window.
pub fn draw(look: Look, dialog: &PictureDialog, frame: &mut Frame) {
    let size = (frame.area().width, frame.area().height);
    let title = title(look, dialog);
    let window = frame::Window { title: &title, width: size.0, height: size.1, danger: false };
    let inside = frame::open(look, &window, frame);
    let words = [
        (Action::Choose, "filter by it"),
        (Action::MarkCell, "mark"),
        (Action::Revoke, "revoke"),
        (Action::Disable, "disable"),
        (Action::Rotate, "rotate"),
        (Action::Map, "map"),
        (Action::Group, if matches!(dialog.wanted, Wanted::Groups(_)) { "group by another" } else { "owners" }),
        (Action::Expiry, "expiry"),
        (Action::Back, "close"),
    ];
    let here = match dialog.wanted {
        Wanted::Map => Action::Map,
        Wanted::Expiry => Action::Expiry,
        Wanted::Groups(_) => Action::Help,
    };
    let words: Vec<(Action, &str)> = words.into_iter().filter(|(action, _)| *action != here).collect();
    let mut keys = look.keys(Context::Picture, &words);
    // the way out is told wherever there is room for anything
    let back = keys.pop();
    keys.splice(keys.len().min(2)..keys.len().min(2), back);
    frame::hints(look, frame, inside, &keys);
    let body = Rect { height: inside.height.saturating_sub(1), ..inside };
    let Some(picture) = dialog.picture() else {
        return frame::put(frame, body, 0, "Counting …", look.theme.dim);
    };
    let lines = sentence(look, picture, frame, body);
    let (top, room) = (lines + u16::from(size.1 >= 30), body.height);
    let below = Rect { y: body.y + top, height: room.saturating_sub(top), ..body };
    if let Some(why) = too_small(size) {
        for (y, line) in (0..).zip(text::wrap(&why, usize::from(below.width))).take(usize::from(below.height)) {
            frame::put(frame, below, y, &line, look.theme.dim);
        }
        return;
    }
    match picture {
        Picture::Map(map) => map_view::draw(look, dialog, map, frame, below),
        Picture::Groups(groups) => groups_view::draw(look, dialog, groups, frame, below),
        Picture::Expiry(expiry) => calendar_view::draw(look, dialog, expiry, frame, below),
    }
}

fn title(look: Look, dialog: &PictureDialog) -> String {
    let what = match dialog.wanted {
        Wanted::Map => "Map".to_owned(),
        Wanted::Groups(by) => format!("By {}", by.title()),
        Wanted::Expiry => "Expiry".to_owned(),
    };
    let Some(table) = look.facts.keys.front() else { return what };
    let (shown, loaded) = (table.shown(), table.len());
    // the map and the calendar are of what still opens something
    let enabled = match dialog.picture() {
        Some(Picture::Map(map)) => Some(map.count(Part::All, Part::All)),
        Some(Picture::Expiry(expiry)) => Some(expiry.count(Days::All, false)),
        Some(Picture::Groups(_)) | None => None,
    };
    let enabled = enabled.map(|count| format!("{} enabled of ", thousands(count))).unwrap_or_default();
    let of = if shown == loaded { thousands(shown) } else { format!("{} of {}", thousands(shown), thousands(loaded)) };
    let of = format!("{enabled}{of}");
    let so_far = if table.is_loading() { " so far" } else { "" };
    let keys = if loaded == 1 { "key" } else { "keys" };
    let marked = match table.marks().marked {
        0 => String::new(),
        marked => format!(" · {} marked", thousands(marked)),
    };
    format!("{what} · {of} {keys}{so_far}{marked}")
}

/// What the picture says, in words, on two lines at most; of a map with how much of it is rot as a bar. Gives how many
/// lines that took.
fn sentence(look: Look, picture: &Picture, frame: &mut Frame, area: Rect) -> u16 {
    let theme = look.theme;
    let width = usize::from(area.width);
    match picture {
        Picture::Map(map) => {
            let words = map.words();
            let bar = width.saturating_sub(text::width(&words) + 2).min(40);
            let done = (map.rot_percent() * bar).div_ceil(100).min(bar);
            let style = if map.rot() > 0 { theme.warning } else { theme.text };
            let mut spans = vec![Span::styled(text::cut(&words, width), style)];
            if bar >= 8 {
                spans.push(Span::raw("  "));
                spans.push(Span::styled("█".repeat(done), theme.warning));
                spans.push(Span::styled("░".repeat(bar - done), theme.dim));
            }
            frame.render_widget(Line::from(spans), frame::row(area, 0));
        }
        Picture::Groups(groups) => return told(look, &groups.words(), frame, area),
        Picture::Expiry(expiry) => return told(look, &expiry.words(), frame, area),
    }
    1
}

fn told(look: Look, words: &str, frame: &mut Frame, area: Rect) -> u16 {
    let mut lines = 0;
    for line in text::wrap(words, usize::from(area.width)).into_iter().take(2) {
        frame::put(frame, area, lines, &line, look.theme.text);
        lines += 1;
    }
    lines
}

/// The cell that is chosen, and some of its keys, in an area.
pub fn draw_chosen(look: Look, dialog: &PictureDialog, chosen: &Chosen, frame: &mut Frame, area: Rect) {
    let theme = look.theme;
    let count = chosen.cell.count;
    let keys = if count == 1 { "1 key".to_owned() } else { format!("{} keys", thousands(count)) };
    let room = usize::from(area.width).saturating_sub(text::width(&keys) + 2);
    let head = Line::from(vec![
        Span::styled(keys, theme.strong),
        Span::styled(format!("  {}", text::cut(&chosen.words, room)), theme.label),
    ]);
    frame.render_widget(head, frame::row(area, 0));
    let Some(table) = look.facts.keys.front().filter(|_| dialog.is_current(&look.facts)) else { return };
    let rows = chosen.cell.some.iter().filter_map(|slot| table.at(*slot));
    let lines = usize::from(area.height.saturating_sub(1));
    let told = if count > lines { lines.saturating_sub(1) } else { lines }.min(chosen.cell.some.len());
    let mut y = 1;
    for key in rows.take(told) {
        frame.render_widget(line_of(look, key, usize::from(area.width)), frame::row(area, y));
        y += 1;
    }
    let rest = count.saturating_sub(told);
    if rest > 0 && told > 0 {
        frame::put(frame, area, y, &format!("and {} more", thousands(rest)), theme.dim);
    }
}

/// A key in a line: its name, whose it is, when it was used and when it expires.
fn line_of(look: Look, key: &Key, width: usize) -> Line<'static> {
    let (theme, now) = (look.theme, look.facts.now.utc);
    let used = match past(&key.last_used, now).as_str() {
        "never" => "never used".to_owned(),
        ago => format!("used {ago}"),
    };
    // a blank on either side, and the longest last use: `used 1000 d ago`
    let name = width.saturating_sub(20 + 16).clamp(12, 34);
    let owner = width.saturating_sub(20 + name).clamp(6, 22);
    let whose = key.nameless_owner().unwrap_or_else(|| key.owner.marked().into_owned());
    let style = if key.is_open_danger() { theme.danger } else { theme.text };
    let fresh: Style = if key.used_within_a_day(now) { theme.used_today } else { theme.dim };
    Line::from(vec![
        Span::styled(format!("  {}  ", text::fit(&key.name.marked(), name)), style),
        Span::styled(format!("{}  ", text::fit(&whose, owner)), theme.dim),
        Span::styled(text::cut(&used, width.saturating_sub(name + owner + 6)), fresh),
    ])
}
