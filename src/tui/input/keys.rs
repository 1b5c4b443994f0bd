//! One key press, or one report of the mouse, from the bytes that a terminal sends for it.

use terminput::{Event, KeyCode as Their, KeyEvent, KeyEventKind, KeyModifiers};

use super::Input;
use crate::tui::event::Mouse;
use crate::tui::key::{KeyCode, KeyPress};

/// What `bytes`, which are whole, stand for; none for what the console does not heed: answers of the terminal, released
/// keys, bare modifiers, focus, the mouse's other buttons, keys with modifiers that only windowing systems know.
pub fn read(bytes: &[u8]) -> Option<Input> {
    if let Some(report) = bytes.strip_prefix(b"\x1b[<") {
        return mouse(report).map(Input::Mouse);
    }
    // a position of the cursor, which looks like F3 with modifiers where the row is the first; the mouse's older forms
    let is_report = bytes.starts_with(b"\x1b[") && matches!(bytes.last(), Some(b'R')) && !bytes.starts_with(b"\x1b[1;");
    if is_report && bytes.len() > 3 || bytes.starts_with(b"\x1b[M") || is_old_mouse(bytes) {
        return None;
    }
    match Event::parse_from(bytes) {
        Ok(Some(Event::Key(key))) => press(key).map(Input::Key),
        Ok(_) | Err(_) => None,
    }
}

/// `CSI button ; column ; row M`, which nothing asks for.
fn is_old_mouse(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x1b[") && bytes.last() == Some(&b'M')
}

/// A report in the form that was asked for (mode 1006): `button ; column ; row`, counted from 1, and `M` for a press.
fn mouse(report: &[u8]) -> Option<Mouse> {
    let report = std::str::from_utf8(report).ok()?.strip_suffix('M')?;
    let mut numbers = report.split(';').map(str::parse::<u16>);
    let (button, column, row) = (numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?);
    // with shift, alt or ctrl held it is the same
    match button & !0b1_1100 {
        0 => Some(Mouse::Click(column.checked_sub(1)?, row.checked_sub(1)?)),
        64 => Some(Mouse::WheelUp),
        65 => Some(Mouse::WheelDown),
        _ => None,
    }
}

fn press(key: KeyEvent) -> Option<KeyPress> {
    let unknown = KeyModifiers::SUPER | KeyModifiers::HYPER | KeyModifiers::META;
    if key.kind == KeyEventKind::Release || key.modifiers.intersects(unknown) {
        return None;
    }
    let code = match key.code {
        Their::Char(c) if !c.is_control() => KeyCode::Char(c),
        Their::Enter => KeyCode::Enter,
        Their::Esc => KeyCode::Esc,
        Their::Tab => KeyCode::Tab,
        Their::Backspace => KeyCode::Backspace,
        Their::Delete => KeyCode::Delete,
        Their::Insert => KeyCode::Insert,
        Their::Left => KeyCode::Left,
        Their::Right => KeyCode::Right,
        Their::Up => KeyCode::Up,
        Their::Down => KeyCode::Down,
        Their::Home => KeyCode::Home,
        Their::End => KeyCode::End,
        Their::PageUp => KeyCode::PageUp,
        Their::PageDown => KeyCode::PageDown,
        Their::F(number) => KeyCode::F(number),
        _ => return None,
    };
    let held = |modifier| key.modifiers.contains(modifier);
    Some(KeyPress::new(code, held(KeyModifiers::CTRL), held(KeyModifiers::ALT), held(KeyModifiers::SHIFT)))
}

#[cfg(test)]
mod tests;
