//! Drawing the incidents that were cut short.

use ratatui::Frame;

use super::Incidents;
use crate::tui::action::{Action, Context};
use crate::tui::view::{Look, frame, text};

/// Draws the dialog.
pub fn draw(look: Look, incidents: &Incidents, frame: &mut Frame) {
    let (theme, now) = (look.theme, look.facts.now.utc);
    let width = 78.min(frame.area().width);
    let columns = usize::from(width.saturating_sub(4));
    let mut lines: Vec<(String, bool, bool)> = Vec::new();
    for (at, incident) in incidents.list.iter().enumerate() {
        let begun = incident.started.format("%m-%d %H:%MZ");
        let pointed = at == incidents.cursor;
        lines.push((format!("! {begun}  {}", incident.words(now)), pointed, false));
        let rest = text::wrap(&incident.conclusion(now), columns.saturating_sub(2));
        lines.extend(rest.into_iter().map(|line| (format!("  {line}"), pointed, false)));
    }
    for why in &incidents.unreadable {
        lines.extend(text::wrap(why, columns).into_iter().map(|line| (line, false, true)));
    }
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(4).min(frame.area().height);
    let window = frame::Window { title: "Incidents that were cut short", width, height, danger: true };
    let inside = frame::open(look, &window, frame);
    let room = usize::from(inside.height.saturating_sub(2));
    let at = lines.iter().rposition(|(_, pointed, _)| *pointed).unwrap_or_default();
    let shown = frame::window(lines.len(), room, (at + 1).saturating_sub(room));
    for (y, (line, pointed, unreadable)) in (0..).zip(&lines[shown]) {
        let style = match (pointed, unreadable) {
            (true, _) => theme.text.patch(theme.selected),
            (false, true) => theme.warning,
            (false, false) => theme.text,
        };
        if *pointed {
            look.pointer.put(frame::row(inside, y).as_position());
        }
        frame::put(frame, inside, y, line, style);
    }
    let mut words = Vec::new();
    if !incidents.list.is_empty() {
        words.push((Action::Choose, "go on with it"));
    }
    words.push((Action::Back, "later"));
    frame::hints(look, frame, inside, &look.keys(Context::Incidents, &words));
}
