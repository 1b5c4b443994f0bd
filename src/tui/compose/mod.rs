//! The whole screen, composed from the state: header, tabs, the screen in front, the footer, the dialogs, the message.
//! Read-only, and only what is visible.

mod header;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use super::action::{Action, Context, TABLE};
use super::app::App;
use super::dialogs;
use super::layout::{Layout, SMALLEST};
use super::screens;
use super::session::Tone;
use super::tab::Tab;
use super::text::{self, Signs, thousands};
use super::theme::Theme;
use super::view::links::{Link, Links};
use super::view::pointer::Pointer;
use super::view::{Look, ascii};

/// Draws the whole screen.
pub fn view(app: &App, theme: &Theme, frame: &mut Frame) {
    let _ = view_with_links(app, theme, frame);
}

/// The same, and tells which cells lead where.
pub fn view_with_links(app: &App, theme: &Theme, frame: &mut Frame) -> Vec<Link> {
    let links = Links::default();
    let pointer = Pointer::default();
    draw(app, Look { facts: app.facts(), theme, links: &links, pointer: &pointer }, frame);
    if app.signs == Signs::Ascii {
        ascii::plain(frame.buffer_mut());
    }
    if let Some(position) = pointer.position() {
        frame.set_cursor_position(position);
    }
    links.into_inner()
}

fn draw(app: &App, look: Look, frame: &mut Frame) {
    let theme = look.theme;
    let area = frame.area();
    // a theme with a ground of its own covers the whole screen with it
    frame.buffer_mut().set_style(area, theme.text);
    let Some(layout) = Layout::of((area.width, area.height)) else { return too_small(app, look, frame) };
    let row = |y: u16| Rect { x: 0, y, width: area.width, height: 1 };
    header::draw(app, look, frame, row(0), layout);
    header::draw_tabs(app, look, frame, row(Layout::TABS), layout);
    let body = Rect { x: 0, y: 2, width: area.width, height: area.height - 3 };
    match app.tab {
        Tab::Mine | Tab::Collections | Tab::Team => {
            if let Some(list) = app.keys() {
                screens::list::view::draw(look, list, app.empty_words(app.tab), layout, frame, body);
            }
        }
        Tab::Exposed => screens::list::view::draw(look, &app.exposed, app.empty_words(app.tab), layout, frame, body),
        Tab::Settings => screens::settings::view::draw(look, &app.settings, app.denied_words(app.tab), frame, body),
    }
    footer(app, look, frame, row(area.height - 1));
    for dialog in app.dialogs.iter() {
        look.pointer.lift();
        dialogs::view::draw(look, dialog, frame);
    }
    message(app, look, frame);
}

fn too_small(app: &App, look: Look, frame: &mut Frame) {
    let area = frame.area();
    let (width, height) = SMALLEST;
    let lines = [
        format!("keydeck needs {width}×{height}"),
        format!("this window is {}×{}", area.width, area.height),
        match app.quit_key() {
            Some(key) => format!("make it larger, or {key} quits"),
            None => "make it larger to go on".to_owned(),
        },
    ];
    let top = area.height.saturating_sub(u16::try_from(lines.len()).unwrap_or(0)) / 2;
    for (y, line) in (top..area.height).zip(&lines) {
        let line = text::cut(line, usize::from(area.width));
        let x = (area.width - u16::try_from(text::width(&line)).unwrap_or(area.width).min(area.width)) / 2;
        frame.buffer_mut().set_stringn(x, y, &line, usize::from(area.width - x), look.theme.text);
    }
}

/// The last line: a message, else what can be done here, now.
fn footer(app: &App, look: Look, frame: &mut Frame, area: Rect) {
    let theme = look.theme;
    let marks = app.marks();
    // the filter line says it too, so it gives way where there is little room
    let right = match marks.marked {
        marked if marked > 0 && area.width >= 60 => format!("{} marked ", thousands(marked)),
        _ => String::new(),
    };
    let room = usize::from(area.width).saturating_sub(text::width(&right));
    if app.message.is_some() || !app.dialogs.is_empty() {
        // a dialog says itself what can be done in it
        return;
    }
    let mut hints = hints(app, look);
    let wide = |(key, word): &(String, &str)| text::width(key) + text::width(word) + 3;
    // the way to everything that finds no room is always there
    let last = hints.pop();
    let mut used = 1 + last.as_ref().map_or(0, wide);
    let fitting = hints.iter().take_while(|hint| {
        used += wide(hint);
        used <= room + 2
    });
    let mut spans = vec![Span::raw(" ")];
    for (key, word) in fitting.chain(&last) {
        spans.push(Span::styled(key.clone(), theme.hint_key));
        spans.push(Span::styled(format!(" {word}  "), theme.hint_text));
    }
    frame.render_widget(Line::from(spans), area);
    // a span, since a line's own style would cover the hints too
    frame.render_widget(Line::from(Span::styled(right, theme.marked)).right_aligned(), area);
}

/// A message, what is wrong with the filter, or the step of a tour, over the last lines: as many as it takes.
fn message(app: &App, look: Look, frame: &mut Frame) {
    let theme = look.theme;
    let area = frame.area();
    let tour = app.tour_words();
    let (words, style) = match (&app.message, app.filter_problem(), &tour) {
        (Some(message), ..) => {
            let style = match message.tone {
                Tone::Info => theme.strong,
                Tone::Good => theme.ok,
                Tone::Bad => theme.danger,
            };
            (message.text.as_str(), style)
        }
        (None, Some(problem), _) => (problem, theme.filter_error),
        (None, None, Some(tour)) => (tour.as_str(), theme.accent),
        (None, None, None) => return,
    };
    let lines = text::wrap(words, usize::from(area.width).saturating_sub(2));
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).min(area.height / 3);
    let area = Rect { y: area.bottom() - height, height, ..area };
    frame.render_widget(Clear, area);
    frame.buffer_mut().set_style(area, theme.text);
    look.links.cover(area);
    for (line, y) in lines.iter().zip(area.y..area.bottom()) {
        frame.render_widget(
            Line::from(vec![Span::raw(" "), Span::styled(line.clone(), style)]),
            Rect { y, height: 1, ..area },
        );
    }
}

/// The keys and words of what can be done here, now, the most asked for first.
fn hints(app: &App, look: Look) -> Vec<(String, &'static str)> {
    let context = app.context();
    if context == Context::Filter {
        return look.keys(context, &[(Action::Choose, "keep the filter"), (Action::Back, "take it back")]);
    }
    TABLE
        .iter()
        .filter(|entry| entry.contexts.contains(&context))
        .filter_map(|entry| {
            let word = entry.hint.filter(|_| app.why_not(entry.action).is_none())?;
            let word = if entry.action == Action::Revoke && app.tab == Tab::Mine && app.marks().marked == 0 {
                "delete"
            } else {
                word
            };
            Some((app.keymap.key_of(entry.action, context)?, word))
        })
        .collect()
}
