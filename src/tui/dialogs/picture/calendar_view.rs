//! Drawing what expires when: the calendar, the quarter by week, the day that is chosen.

use chrono::Datelike;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::PictureDialog;
use super::calendar::{Calendar, OTHERS, SUMS};
use super::view::{SHADES, draw_chosen};
use crate::domain::picture::{Days, Expiry, WEEKS, shade};
use crate::tui::text::thousands;
use crate::tui::view::{Look, frame, text};

/// Columns for the names of the days, and of a day.
const HEAD: u16 = 5;
const DAY: u16 = 4;
/// Rows of the calendar: months, days, sums, what is in no week.
const TALL: u16 = 10;
/// Columns of the quarter by week.
const BARS: u16 = 50;
/// Weeks of a quarter.
const QUARTER: usize = WEEKS / 2;
const NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Draws the calendar, the weeks where there is room, and what is chosen.
pub fn draw(look: Look, dialog: &PictureDialog, expiry: &Expiry, frame: &mut Frame, area: Rect) {
    let calendar = Calendar::of(expiry, look.facts.size);
    let cursor = calendar.at(dialog.cursor);
    months(look, &calendar, expiry, frame, area);
    let days = (0..calendar.weeks * 7).map(|day| expiry.count(Days::Day(day), false)).max().unwrap_or_default();
    for (row, weekday) in NAMES.into_iter().enumerate() {
        name(look, weekday, row, frame, area);
        for week in 0..calendar.weeks {
            let day = week * 7 + row;
            let past = day < expiry.today();
            let count = expiry.count(Days::Day(day), false);
            let used = expiry.count(Days::Day(day), true);
            let style = of_day(look, (count, used), day == expiry.today(), past);
            draw_day(look, (count, shade(count, days), style), cursor == (row, week), frame, place(area, row, week));
        }
    }
    name(look, "week", SUMS, frame, area);
    for week in 0..calendar.weeks {
        let count = expiry.count(Days::Week(week), false);
        let style = if count == 0 { look.theme.dim } else { look.theme.label };
        draw_day(look, (count, 0, style), cursor == (SUMS, week), frame, place(area, SUMS, week));
    }
    others(look, &calendar, expiry, cursor, frame, area);
    let below = Rect { y: area.y + TALL + 1, height: area.height.saturating_sub(TALL + 1), ..area };
    let chosen = calendar.chosen(expiry, dialog.cursor);
    if usize::from(below.height) > QUARTER && below.width >= BARS + 40 {
        bars(look, expiry, frame, Rect { width: BARS, ..below });
        let right = Rect { x: below.x + BARS + 3, width: below.width - BARS - 3, ..below };
        draw_chosen(look, dialog, &chosen, frame, right);
    } else {
        draw_chosen(look, dialog, &chosen, frame, below);
    }
}

fn place(area: Rect, row: usize, week: usize) -> Rect {
    let [row, week] = [row, week].map(|place| u16::try_from(place).unwrap_or(0));
    Rect { x: area.x + HEAD + week * DAY, y: area.y + 1 + row, width: DAY, height: 1 }
}

fn name(look: Look, name: &str, row: usize, frame: &mut Frame, area: Rect) {
    let at = place(area, row, 0);
    frame.buffer_mut().set_string(area.x, at.y, name, look.theme.label);
}

/// The month over the first week of each.
fn months(look: Look, calendar: &Calendar, expiry: &Expiry, frame: &mut Frame, area: Rect) {
    for week in 0..calendar.weeks {
        let monday = expiry.date(week * 7);
        if week == 0 || monday.day() <= 7 {
            let at = place(area, 0, week);
            let words = monday.format("%b").to_string();
            frame.buffer_mut().set_string(at.x + 1, area.y, words, look.theme.column_title);
        }
    }
}

fn of_day(look: Look, (count, used): (usize, usize), today: bool, past: bool) -> Style {
    let theme = look.theme;
    let style = match (count, used) {
        (0, _) => theme.dim,
        // what dies then and is used still
        (_, 1..) => theme.expiring_soon,
        (_, 0) => theme.text,
    };
    let style = if past { theme.dim } else { style };
    if today { style.patch(theme.range) } else { style }
}

/// At most three columns: `7`, `120`, `12k`.
fn short(count: usize) -> String {
    match count {
        0 => "·".to_owned(),
        1..1000 => count.to_string(),
        1000..100_000 => format!("{}k", count / 1000),
        _ => "†††".to_owned(),
    }
}

/// A number and its shade; the chosen one in brackets, without its shade where the number needs the room.
fn draw_day(look: Look, (count, dark, style): (usize, usize, Style), chosen: bool, frame: &mut Frame, area: Rect) {
    let number = short(count);
    let buffer = frame.buffer_mut();
    if chosen {
        let style = look.theme.text.patch(look.theme.selected);
        let words = if number.len() < 3 { format!("[{number}]") } else { number };
        look.pointer.put(area.as_position());
        buffer.set_string(area.x, area.y, format!("{words:>4}"), style);
    } else {
        buffer.set_string(area.x, area.y, format!("{number:>3}"), style);
        buffer.set_string(area.x + 3, area.y, SHADES[dark], style);
    }
}

/// What is in no week of the calendar.
fn others(look: Look, calendar: &Calendar, expiry: &Expiry, cursor: (usize, usize), frame: &mut Frame, area: Rect) {
    let mut spans: Vec<Span> = Vec::new();
    for (at, days) in calendar.others.iter().enumerate() {
        let words = format!("{} {}", expiry.words_of(*days), thousands(expiry.count(*days, false)));
        let chosen = cursor == (OTHERS, at);
        if chosen {
            let before: usize = spans.iter().map(Span::width).sum();
            look.pointer.put((area.x + u16::try_from(before).unwrap_or(0), area.y + TALL - 1));
        }
        let words = if chosen { format!("[{words}]") } else { format!(" {words} ") };
        let style = if chosen { look.theme.text.patch(look.theme.selected) } else { look.theme.label };
        spans.push(Span::styled(words, style));
        spans.push(Span::raw("  "));
    }
    frame.render_widget(Line::from(spans), frame::row(area, TALL - 1));
}

/// The quarter by week: what expires, and the part of it that is in use.
fn bars(look: Look, expiry: &Expiry, frame: &mut Frame, area: Rect) {
    let theme = look.theme;
    let most = (0..QUARTER).map(|week| expiry.count(Days::Week(week), false)).max().unwrap_or_default().max(1);
    let room = usize::from(area.width).saturating_sub(7 + 14);
    let legend = Line::from(vec![
        Span::styled("BY WEEK  ", theme.column_title),
        Span::styled("█", theme.expiring_soon),
        Span::styled(" used in the last 24 h  ", theme.column_title),
        Span::styled("▒", theme.dim),
        Span::styled(" the rest", theme.column_title),
    ]);
    frame.render_widget(legend, frame::row(area, 0));
    for week in 0..QUARTER {
        let (all, used) = (expiry.count(Days::Week(week), false), expiry.count(Days::Week(week), true));
        let [long, in_use] = [all, used].map(|count| (count * room).div_ceil(most));
        let words = match (all, used) {
            (0, _) => "·".to_owned(),
            (_, 0) => thousands(all),
            _ => format!("{}, {} in use", thousands(all), thousands(used)),
        };
        let line = Line::from(vec![
            Span::styled(format!("{}  ", expiry.date(week * 7).format("%m-%d")), theme.label),
            Span::styled("█".repeat(in_use), theme.expiring_soon),
            Span::styled("▒".repeat(long - in_use), theme.dim),
            Span::styled(text::cut(&format!(" {words}"), 14), if all == 0 { theme.dim } else { theme.text }),
        ]);
        frame.render_widget(line, frame::row(area, u16::try_from(week + 1).unwrap_or(u16::MAX)));
    }
}
