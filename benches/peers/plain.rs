//! The bare program: a list of ten thousand rows whose cursor moves, drawn by ratatui as it comes.

use ratatui::crossterm::event::{Event, KeyCode, KeyModifiers, read};
use ratatui::style::{Modifier, Style};

use super::Failure;

/// Tells this program to be the bare one.
pub const ASKED: &str = "KEYDECK_BENCH_PLAIN";

/// Row `at` of the list, as long as those of a team's keys.
pub fn row(at: usize) -> String {
    let name = format!("ci-deploy-{at}");
    let (masked, owner, expires) = (format!("kdk_…{:04}", at % 10_000), "Ana Souza", format!("in {} d", at % 30));
    format!("     {name:<34} {masked:<11} {owner:<19} ● enabled    {expires:<11} 3 min ago    2026-01-0{}", at % 9)
}

/// Draws the list until `q` is pressed.
pub fn run() -> Result<(), Failure> {
    let mut terminal = ratatui::try_init()?;
    let (mut cursor, mut offset) = (0_usize, 0_usize);
    loop {
        terminal.draw(|frame| {
            let area = frame.area();
            let height = usize::from(area.height);
            offset = offset.min(cursor).max((cursor + 1).saturating_sub(height));
            for (y, at) in (area.top()..area.bottom()).zip(offset..) {
                let style = if at == cursor { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
                frame.buffer_mut().set_stringn(0, y, row(at), usize::from(area.width), style);
            }
        })?;
        match read()? {
            Event::Key(key) if key.code == KeyCode::Down => cursor = (cursor + 1).min(9_999),
            Event::Key(key) if key.code == KeyCode::Char('q') && key.modifiers == KeyModifiers::NONE => break,
            _ => {}
        }
    }
    ratatui::try_restore()?;
    Ok(())
}
