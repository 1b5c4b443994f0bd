//! Drawing the rotations that are open.

use ratatui::Frame;

use super::{Rotations, stands};
use crate::domain::untrusted::visible;
use crate::tui::view::{Look, frame, text};

/// Draws the dialog.
pub fn draw(look: Look, list: &Rotations, frame: &mut Frame) {
    let (facts, theme, now) = (look.facts, look.theme, look.facts.now.present());
    let (open, unreadable) = (&facts.rotations.list, &facts.rotations.unreadable);
    let width = 78.min(frame.area().width);
    let told: Vec<String> =
        unreadable.iter().flat_map(|why| text::wrap(why, usize::from(width.saturating_sub(6)))).collect();
    let rows = open.len().max(1) + told.len() + 4;
    let height = u16::try_from(rows).unwrap_or(u16::MAX).min(frame.area().height);
    let window = frame::Window { title: "Open rotations", width, height, danger: false };
    let inside = frame::open(look, &window, frame);
    let room = usize::from(inside.height.saturating_sub(2)).saturating_sub(told.len()).max(1);
    let cursor = list.cursor.min(open.len().saturating_sub(1));
    let shown = frame::window(open.len(), room, (cursor + 1).saturating_sub(room));
    let mut y = 0;
    for at in shown {
        let rotation = &open[at];
        let (glyph, mut words) = stands(rotation, now);
        if !facts.session.is_at(&rotation.address) {
            words = format!("{words} (profile {})", visible(&rotation.profile));
        }
        let names = usize::from(inside.width / 3);
        let day = rotation.started.format("%m-%d %H:%M");
        let line = format!("{glyph} {} {day}  {words}", text::fit(&rotation.old.name.marked(), names));
        let style = match (at == cursor, glyph) {
            (true, _) => theme.selected,
            (_, '!') => theme.warning,
            _ => theme.text,
        };
        if at == cursor {
            look.pointer.put(frame::row(inside, y).as_position());
        }
        frame::put(frame, inside, y, &line, style);
        y += 1;
    }
    if open.is_empty() {
        frame::put(frame, inside, 0, "No rotation is open on this machine.", theme.dim);
        y = 1;
    }
    for line in &told {
        frame::put(frame, inside, y, &format!("! {line}"), theme.warning);
        y += 1;
    }
    let keys: &[(&str, &str)] =
        if open.is_empty() { &[("Esc", "close")] } else { &[("Enter", "open it"), ("Esc", "close")] };
    frame::hints(look, frame, inside, keys);
}
