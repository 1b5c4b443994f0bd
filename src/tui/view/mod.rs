//! Drawing: the whole screen from the state, read-only, only what is visible.

pub mod confirm;
pub mod frame;
mod header;
pub mod links;
pub mod typed;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use super::action::{Action, Context};
use super::app::layout::{Layout, SMALLEST};
use super::app::{App, Tab, Tone};
use super::dialogs::{self, Dialog};
use super::screens;
pub use super::text;
use super::theme::Theme;
use links::{Link, Links};

/// What drawing needs everywhere.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    /// The state.
    pub app: &'a App,
    /// How roles look.
    pub theme: &'a Theme,
    /// Which cells lead where.
    pub links: &'a Links,
}

impl Look<'_> {
    /// The keys of these actions in a context, with their words; actions without a key are left out.
    pub fn keys<'w>(self, context: Context, words: &[(Action, &'w str)]) -> Vec<(String, &'w str)> {
        let key = |action| self.app.keymap.key_of(action, context);
        words.iter().filter_map(|(action, word)| Some((key(*action)?, *word))).collect()
    }

    /// The key that moves in a context, the arrow as a sign.
    pub fn arrow(self, action: Action, context: Context) -> String {
        let sign = if action == Action::Up { ("Up", "↑") } else { ("Down", "↓") };
        let keys = self.app.keymap.keys_of(action, context);
        if keys.iter().any(|key| key == sign.0) {
            sign.1.to_owned()
        } else {
            keys.into_iter().next().unwrap_or_default()
        }
    }
}

/// Draws the whole screen.
pub fn view(app: &App, theme: &Theme, frame: &mut Frame) {
    let _ = view_with_links(app, theme, frame);
}

/// The same, and tells which cells lead where.
pub fn view_with_links(app: &App, theme: &Theme, frame: &mut Frame) -> Vec<Link> {
    let links = Links::default();
    draw(Look { app, theme, links: &links }, frame);
    links.into_inner()
}

fn draw(look: Look, frame: &mut Frame) {
    let Look { app, theme, .. } = look;
    let area = frame.area();
    // a theme with a ground of its own covers the whole screen with it
    frame.buffer_mut().set_style(area, theme.text);
    let Some(layout) = Layout::of((area.width, area.height)) else { return too_small(look, frame) };
    let row = |y: u16| Rect { x: 0, y, width: area.width, height: 1 };
    header::draw(look, frame, row(0), layout);
    header::draw_tabs(look, frame, row(Layout::TABS), layout);
    let body = Rect { x: 0, y: 2, width: area.width, height: area.height - 3 };
    match app.tab {
        Tab::Mine | Tab::Collections | Tab::Team => {
            if let Some(list) = app.keys() {
                screens::list::view::draw(look, list, layout, frame, body);
            }
        }
        Tab::Exposed => screens::list::view::draw(look, &app.exposed, layout, frame, body),
        Tab::Settings => screens::settings::view::draw(look, frame, body),
    }
    footer(look, frame, row(area.height - 1));
    for dialog in &app.dialogs {
        draw_dialog(look, dialog, frame);
    }
    message(look, frame);
}

fn draw_dialog(look: Look, dialog: &Dialog, frame: &mut Frame) {
    match dialog {
        Dialog::Help(help) => dialogs::help::view::draw(look, help, frame),
        Dialog::Palette(palette) => dialogs::palette::view::draw(look, palette, frame),
        Dialog::Calls(calls) => dialogs::calls::view::draw(look, calls, frame),
        Dialog::Sort(menu) => dialogs::menu::view::draw_sort(look, menu, frame),
        Dialog::Themes(menu) => dialogs::menu::view::draw_themes(look, menu, frame),
        Dialog::States(menu) => dialogs::menu::view::draw_states(look, menu, frame),
        Dialog::Columns(menu) => dialogs::menu::view::draw_columns(look, menu, frame),
        Dialog::Detail(detail) => dialogs::detail::view::draw(look, detail, frame),
        Dialog::Choice(choice) => dialogs::choice::view::draw(look, choice, frame),
        Dialog::Ask(ask) => dialogs::ask::view::draw(look, ask, frame),
        Dialog::Review(review) => dialogs::review::view::draw(look, review, frame),
        Dialog::Running(running) => dialogs::running::view::draw(look, running, frame),
        Dialog::NewKey(dialog) => dialogs::new_key::view::draw(look, dialog, frame),
        Dialog::Rotate(wizard) => dialogs::rotate::view::draw(look, wizard, frame),
        Dialog::Rotations(list) => dialogs::rotations::view::draw(look, list, frame),
    }
}

fn too_small(look: Look, frame: &mut Frame) {
    let area = frame.area();
    let (width, height) = SMALLEST;
    let lines = [
        format!("keydeck needs {width}×{height}"),
        format!("this window is {}×{}", area.width, area.height),
        match look.app.quit_key() {
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
fn footer(look: Look, frame: &mut Frame, area: Rect) {
    let (app, theme) = (look.app, look.theme);
    let marks = app.marks();
    // the filter line says it too, so it gives way where there is little room
    let right = match marks.marked {
        marked if marked > 0 && area.width >= 60 => format!("{} marked ", super::app::thousands(marked)),
        _ => String::new(),
    };
    let room = usize::from(area.width).saturating_sub(text::width(&right));
    if app.message.is_some() || !app.dialogs.is_empty() {
        // a dialog says itself what can be done in it
        return;
    }
    let mut hints = hints(look);
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

/// A message, and what is wrong with the filter, over the last lines: as many as it takes.
fn message(look: Look, frame: &mut Frame) {
    let (app, theme) = (look.app, look.theme);
    let area = frame.area();
    let (words, style) = match (&app.message, app.filter_problem()) {
        (Some(message), _) => {
            let style = match message.tone {
                Tone::Info => theme.strong,
                Tone::Good => theme.ok,
                Tone::Bad => theme.danger,
            };
            (message.text.as_str(), style)
        }
        (None, Some(problem)) => (problem, theme.filter_error),
        (None, None) => return,
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
fn hints(look: Look) -> Vec<(String, &'static str)> {
    let app = look.app;
    let context = app.context();
    if context == Context::Filter {
        return look.keys(context, &[(Action::Choose, "keep the filter"), (Action::Back, "take it back")]);
    }
    super::action::TABLE
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
