//! Drawing the menu of views.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::ViewsMenu;
use crate::domain::untrusted::visible;
use crate::tui::action::{Action, Context};
use crate::tui::view::{Look, frame, text, typed};

/// Columns of the names.
const NAMES: usize = 20;

/// Draws the dialog.
pub fn draw(look: Look, menu: &ViewsMenu, frame: &mut Frame) {
    let (theme, views) = (look.theme, look.facts.views.all());
    let rows = u16::try_from(views.len()).unwrap_or(u16::MAX).saturating_add(if menu.naming.is_some() { 6 } else { 4 });
    let window = frame::Window { title: "Views", width: 78, height: rows, danger: false };
    let inside = frame::open(look, &window, frame);
    let below = if menu.naming.is_some() { 4 } else { 2 };
    let room = usize::from(inside.height.saturating_sub(below)).max(1);
    let cursor = menu.cursor.min(views.len().saturating_sub(1));
    let names = NAMES.min(usize::from(inside.width) / 2);
    let shown = frame::window(views.len(), room, (cursor + 1).saturating_sub(room));
    for (y, at) in (0..).zip(shown) {
        let view = &views[at];
        let broken = view.query().is_err();
        let from = if broken { "not right".to_owned() } else { view.origin.in_words().to_owned() };
        let width = usize::from(inside.width).saturating_sub(names + 1);
        let filter = text::fit(&visible(&view.filter), width.saturating_sub(text::width(&from) + 1));
        // a text that nobody read may hold anything
        let filter = if broken { text::fit("", text::width(&filter)) } else { filter };
        let mut spans = vec![
            Span::styled(format!("{} ", text::fit(&visible(&view.name), names)), theme.text),
            Span::styled(format!("{filter} "), theme.filter_text),
            Span::styled(from, if broken { theme.warning } else { theme.dim }),
        ];
        if at == cursor {
            frame::select(theme, &mut spans);
            look.pointer.put(frame::row(inside, y).as_position());
        }
        frame.render_widget(Line::from(spans), frame::row(inside, y));
    }
    if let Some(name) = &menu.naming {
        let y = inside.height.saturating_sub(3);
        let line = Rect { y: inside.y + y, height: 1, ..inside };
        let label = "Its name: ";
        let room = usize::from(inside.width).saturating_sub(label.len() + 1);
        let (pieces, at) = typed::pieces(name, room, theme.filter_text, None, theme);
        let spans = [Span::styled(label, theme.label)].into_iter().chain(pieces);
        frame.render_widget(spans.collect::<Line>(), line);
        look.pointer.put((line.x + u16::try_from(label.len()).unwrap_or(0) + at, line.y));
        let words = menu.problem.clone().unwrap_or_else(|| format!("for  {}", visible(&menu.present)));
        let style = if menu.problem.is_some() { theme.danger } else { theme.dim };
        frame::put(frame, inside, y + 1, &words, style);
        let keys = look.keys(Context::ViewName, &[(Action::Choose, "save"), (Action::Back, "back")]);
        return frame::hints(look, frame, inside, &keys);
    }
    let mut words = vec![(Action::Choose, "filter by it"), (Action::Back, "close")];
    if !menu.present.is_empty() {
        words.insert(1, (Action::SaveView, "save the present filter"));
    }
    if menu.can_remove(&look.facts) {
        words.insert(words.len() - 1, (Action::RemoveView, "take away"));
    }
    frame::hints(look, frame, inside, &look.keys(Context::Views, &words));
}
