//! Drawing the question whether a key is to be disabled or enabled.

use ratatui::Frame;

use super::Ask;
use crate::domain::time::past;
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::confirm::view::{Prompt, draw as draw_prompt};
use crate::tui::text;
use crate::tui::view::{Look, frame};

/// Draws the dialog.
pub fn draw(look: Look, ask: &Ask, frame: &mut Frame) {
    let theme = look.theme;
    let verb = if ask.enable { "Enable" } else { "Disable" };
    let title = format!("{verb} {}?", ask.key.name.marked());
    let width = 66.min(frame.area().width);
    let used = past(&ask.key.last_used, look.facts.now.utc);
    let words = if ask.enable {
        "What uses it works again at once.".to_owned()
    } else {
        let key = look.facts.keymap.press(Action::Disable, Context::List);
        let back = if ask.own {
            format!("It is the key this console uses: nothing more will load here, and {key} cannot take it back")
        } else {
            format!("What uses it stops working at once, until {key} enables it again")
        };
        format!("It was last used: {used}. {back}.")
    };
    let lines = text::wrap(&words, usize::from(width.saturating_sub(4)));
    let height = u16::try_from(lines.len()).unwrap_or(0) + 5;
    let danger = !ask.enable && (ask.own || ask.key.used_within_a_day(look.facts.now.utc));
    let inside = frame::open(look, &frame::Window { title: &title, width, height, danger }, frame);
    let owner = if ask.key.owner.is_empty() { String::new() } else { format!("of {}", ask.key.owner) };
    frame::put(frame, inside, 0, &owner, theme.dim);
    for (y, line) in (1..).zip(&lines) {
        frame::put(frame, inside, y, line, if danger { theme.warning } else { theme.text });
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
