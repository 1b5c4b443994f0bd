//! Drawing the question whether a key is to be disabled or enabled.

use ratatui::Frame;

use super::Ask;
use crate::domain::bulk::Confirmation;
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::confirm::view::{Prompt, draw as draw_prompt};
use crate::tui::view::{Look, frame};

/// Draws the dialog.
pub fn draw(look: Look, ask: &Ask, frame: &mut Frame) {
    let theme = look.theme;
    let verb = if ask.enable { "Enable" } else { "Disable" };
    let title = format!("{verb} {}?", ask.key.name.marked());
    let width = 66.min(frame.area().width);
    let now = look.facts.now.utc;
    let disable = look.facts.keymap.press(Action::Disable, Context::List);
    let lines = ask.lines(usize::from(width.saturating_sub(4)), &disable, now);
    let height = u16::try_from(lines.len())
        .unwrap_or(u16::MAX)
        .saturating_add(if ask.enable { 5 } else { 6 })
        .min(frame.area().height);
    let inside = frame::open(look, &frame::Window { title: &title, width, height, danger: ask.is_danger(now) }, frame);
    let owner = if ask.key.owner.is_empty() { String::new() } else { format!("   of {}", ask.key.owner) };
    frame::put(frame, inside, 0, &format!("{}{owner}", ask.key.masked), theme.dim);
    for (y, (line, warns)) in (1..inside.height.saturating_sub(1)).zip(&lines) {
        frame::put(frame, inside, y, line, if *warns { theme.warning } else { theme.text });
    }
    if !ask.enable && ask.over.is_none() && !matches!(ask.asked.wanted, Confirmation::Characters(_)) {
        let hint = [(Action::ForAWhile, "for 10 minutes only: does anything break?")];
        let row = ratatui::layout::Rect { height: inside.height.saturating_sub(1), ..inside };
        frame::hints(look, frame, row, &look.keys(Context::Ask, &hint));
    }
    let does = if ask.enable { "enable it" } else { "disable it" };
    let asked = Prompt {
        confirm: &ask.asked.confirm,
        wanted: ask.asked.wanted,
        does,
        back: "leave it as it is",
        context: Context::Ask,
    };
    draw_prompt(look, &asked, frame, frame::row(inside, inside.height.saturating_sub(1)));
}
