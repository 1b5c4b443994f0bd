//! The first two lines: which backend, as whom, how fresh; and the tabs.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span};

use crate::domain::time::{Distance, Time};
use crate::tui::app::App;
use crate::tui::app::line::in_words;
use crate::tui::layout::Layout;
use crate::tui::progress::Load;
use crate::tui::session::{Connection, Unlocked};
use crate::tui::text;
use crate::tui::text::thousands;
use crate::tui::view::Look;

/// A piece of the header and how much it is needed: the least needed go first when the window is narrow.
struct Piece {
    text: String,
    style: Style,
    need: u8,
}

/// Draws the first line.
pub fn draw(app: &App, look: Look, frame: &mut Frame, area: Rect, layout: Layout) {
    let theme = look.theme;
    let mut left = left(app, look, layout);
    let mut right = right(app, look, layout);
    let room = usize::from(area.width);
    let wide = |pieces: &[Piece], between: usize| -> usize {
        pieces.iter().map(|piece| text::width(&piece.text) + between).sum()
    };
    // what would stand behind the last piece of each side makes up for the blanks at the edges and between the sides
    while wide(&left, 2) + wide(&right, 3) > room + 2 {
        let least = left.iter().chain(&right).map(|piece| piece.need).min().unwrap_or(u8::MAX);
        if least == u8::MAX {
            break;
        }
        left.retain(|piece| piece.need != least);
        right.retain(|piece| piece.need != least);
    }
    let line = |pieces: Vec<Piece>, separator: &'static str| {
        let mut spans = vec![Span::raw(" ")];
        for (at, piece) in pieces.into_iter().enumerate() {
            if at > 0 {
                spans.push(Span::styled(separator, theme.dim));
            }
            spans.push(Span::styled(piece.text, piece.style));
        }
        spans.push(Span::raw(" "));
        Line::from(spans)
    };
    frame.render_widget(line(left, "  ").style(theme.header), area);
    let right = line(right, " · ").style(theme.header);
    let width = u16::try_from(right.width()).unwrap_or(area.width).min(area.width);
    frame.render_widget(right, Rect { x: area.right() - width, width, ..area });
}

fn left(app: &App, look: Look, layout: Layout) -> Vec<Piece> {
    let theme = look.theme;
    let color = app.session.color.as_ref().filter(|_| theme.has_colors()).and_then(|color| color.parse::<Color>().ok());
    let profile = color.map_or(theme.title, |color| theme.title.fg(color));
    let mut pieces = vec![
        Piece { text: "keydeck".to_owned(), style: theme.title, need: 5 },
        Piece { text: text::cut(&app.session.profile, 24), style: profile, need: 9 },
    ];
    if app.session.production {
        pieces.push(Piece { text: " PRODUCTION ".to_owned(), style: theme.production, need: u8::MAX });
    }
    match app.session.unlocked.and_then(|unlocked| unlocked.left(app.now)) {
        Some(left) => {
            let text = format!(" UNLOCKED {} ", Unlocked::words(left));
            pieces.push(Piece { text, style: theme.production, need: u8::MAX });
        }
        None if app.session.read_only => {
            pieces.push(Piece { text: "read-only".to_owned(), style: theme.warning, need: 10 });
        }
        None => {}
    }
    let address = app.session.address.trim_start_matches("https://").trim_start_matches("http://").to_owned();
    pieces.push(Piece { text: address, style: theme.header, need: 2 });
    if let Some(me) = &app.me {
        let name = me.name.to_string();
        let name = if layout.short { name.split(' ').next().unwrap_or_default().to_owned() } else { name };
        pieces.push(Piece { text: format!("{} · {}", text::cut(&name, 24), me.role()), style: theme.header, need: 6 });
        pieces.push(Piece { text: text::cut(&me.team.to_string(), 24), style: theme.header, need: 0 });
    }
    pieces
}

fn right(app: &App, look: Look, layout: Layout) -> Vec<Piece> {
    let theme = look.theme;
    let mut pieces = Vec::new();
    if let Some(seeding) = app.seeding {
        let text = format!("seeding {} of {}", thousands(seeding.made), thousands(seeding.of));
        pieces.push(Piece { text, style: theme.accent, need: 8 });
    }
    if let Some(column) = app.sorting() {
        let text = format!("sorting by {} …", column.title());
        pieces.push(Piece { text, style: theme.accent, need: 8 });
    }
    let progress = app.progress(app.tab);
    let clock = |time: Time| time.format("%H:%M:%S").to_string();
    match (progress.load, progress.as_of) {
        (_, Some(time)) if app.age_of_rows().is_some() => {
            let age = app.age_of_rows().unwrap_or_default();
            pieces.push(Piece { text: format!("stale, from {}", clock(time)), style: theme.offline, need: 3 });
            pieces.push(Piece { text: format!("rows {age} old"), style: theme.offline, need: 11 });
        }
        (Load::Loading, _) => {
            let of = progress.total.map(|total| format!(" of {}", thousands(total))).unwrap_or_default();
            let text = match progress.came {
                0 => "loading".to_owned(),
                came => format!("loading {}{of}", thousands(came)),
            };
            pieces.push(Piece { text, style: theme.accent, need: 7 });
        }
        (Load::Failed(_), Some(time)) => {
            pieces.push(Piece { text: format!("stale, from {}", clock(time)), style: theme.offline, need: 11 });
        }
        (_, Some(time)) => {
            let as_of = if layout.short { "" } else { "as of " };
            pieces.push(Piece { text: format!("{as_of}{} UTC", clock(time)), style: theme.header, need: 7 });
        }
        (Load::Failed(_), None) => pieces.push(Piece { text: "failed".to_owned(), style: theme.offline, need: 7 }),
        (_, None) => {}
    }
    if app.watches() {
        pieces.push(Piece { text: "watching".to_owned(), style: theme.accent, need: 9 });
    }
    if let Some(ending) = app.ending() {
        let now = app.now.utc;
        let (style, need) = if ending.is_urgent(now) { (theme.danger, 13) } else { (theme.warning, 11) };
        pieces.push(Piece { text: ending.words(layout.short, now), style, need });
    }
    if let Some((words, alert)) = app.rotations_badge() {
        let (style, need) = if alert { (theme.warning, 12) } else { (theme.header, 8) };
        pieces.push(Piece { text: words, style, need });
    }
    if let Some(off) = app.now.off {
        let way = if off < chrono::TimeDelta::zero() { "behind" } else { "ahead" };
        let text = match app.now.present().off_words().filter(|_| !layout.short) {
            Some(words) => format!("this clock is {words}"),
            None => format!("clock {} {way}", Distance::nearest(off)),
        };
        pieces.push(Piece { text, style: theme.warning, need: 10 });
    }
    if let Some(rate) = &app.rate {
        let unit = if layout.short { "" } else { " left" };
        pieces.push(Piece { text: format!("{}/{}{unit}", rate.remaining, rate.limit), style: theme.header, need: 3 });
    }
    if let Some(until) = app.pauses_until() {
        let waiting = if layout.short { "rate limit," } else { "waiting for the rate limit" };
        let text = format!("{waiting} until {}", clock(until));
        pieces.push(Piece { text, style: theme.warning, need: 10 });
    }
    let (words, style, need) = match (&app.connection, app.waits_for()) {
        (_, Some(waited)) => (format!(" no answer for {} ", in_words(waited)), theme.offline, u8::MAX),
        (Connection::Connecting, None) => ("connecting".to_owned(), theme.dim, 4),
        (Connection::Online, None) => ("online".to_owned(), theme.online, 4),
        (Connection::Offline(_), None) => {
            if let Some(wait) = app.looks_again_in() {
                let at = clock(app.now.utc + wait);
                pieces.push(Piece { text: format!("looks again at {at}"), style: theme.header, need: 1 });
            }
            (" OFFLINE ".to_owned(), theme.offline, u8::MAX)
        }
    };
    pieces.push(Piece { text: words, style, need });
    pieces
}

/// Draws the tabs with their counts.
pub fn draw_tabs(app: &App, look: Look, frame: &mut Frame, area: Rect, layout: Layout) {
    let theme = look.theme;
    for label in app.tab_bar(layout) {
        let style = if label.tab == app.tab { theme.tab_active } else { theme.tab_inactive };
        let mut spans = vec![Span::styled(label.title, style)];
        if !label.count.is_empty() {
            let style = if label.alert { theme.tab_alert } else { theme.dim };
            spans.push(Span::styled(format!(" {}", label.count), style));
        }
        let x = (area.x + label.x).min(area.right());
        frame.render_widget(Line::from(spans), Rect { x, width: area.right() - x, ..area });
    }
}
