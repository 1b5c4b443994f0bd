//! Drawing the list of profiles.

use ratatui::Frame;
use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span};

use super::ProfilesMenu;
use crate::domain::untrusted::visible;
use crate::tui::action::{Action, Context};
use crate::tui::view::{Look, frame, text};

/// The most columns of a name.
const NAME: usize = 20;

/// Draws the dialog.
pub fn draw(look: Look, menu: &ProfilesMenu, frame: &mut Frame) {
    let theme = look.theme;
    let height = u16::try_from(menu.lines.len()).unwrap_or(u16::MAX).saturating_add(4);
    let window = frame::Window { title: "Go to a profile", width: 76, height, danger: false };
    let inside = frame::open(look, &window, frame);
    let room = usize::from(inside.height.saturating_sub(2));
    let shown = frame::window(menu.lines.len(), room, (menu.cursor + 1).saturating_sub(room));
    let names = menu.lines.iter().map(|line| text::width(&visible(&line.name))).max().unwrap_or(0).min(NAME);
    for (y, at) in (0..).zip(shown) {
        let line = &menu.lines[at];
        let here = line.name == look.facts.session.profile;
        let color = line.color.as_ref().filter(|_| theme.has_colors()).and_then(|color| color.parse::<Color>().ok());
        let name = color.map_or(theme.strong, |color| theme.strong.fg(color));
        let mut spans = vec![
            Span::styled(if here { "● " } else { "  " }, theme.accent),
            Span::styled(text::fit(&visible(&line.name), names), name),
            Span::raw(" "),
        ];
        let mut mark = |words: &'static str, style: Style| {
            spans.push(Span::styled(words, style));
            spans.push(Span::raw(" "));
        };
        if line.production {
            mark(" PRODUCTION ", theme.production);
        }
        if line.read_only {
            mark("read-only", theme.warning);
        }
        let address = line.address.trim_start_matches("https://").trim_start_matches("http://");
        spans.push(Span::styled(visible(address).into_owned(), theme.dim));
        if at == menu.cursor {
            frame::select(theme, &mut spans);
            look.pointer.put(frame::row(inside, y).as_position());
        }
        frame.render_widget(Line::from(spans), frame::row(inside, y));
    }
    let keys = look.keys(Context::Profiles, &[(Action::Choose, "go there"), (Action::Back, "stay")]);
    frame::hints(look, frame, inside, &keys);
}
