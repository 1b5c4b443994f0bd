//! Names made to deceive: what is not plain text is shown as escapes, and nothing breaks the columns.

use keydeck::domain::key::{Key, Status};
use keydeck::domain::listing::Scope;
use keydeck::domain::time::When;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::picture;
use crate::ui::{Ui, ago, many, text};

const NAMES: [&str; 9] = [
    "\u{1b}[2J\u{1b}]0;owned\u{7}",
    "invoice\u{202e}gpj.exe",
    "zero\u{200b}\u{200d}\u{feff}width",
    "日本語の鍵はとても長い名前を持っています",
    "e\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}\u{309} zalgo",
    "👩‍👩‍👧‍👦 family 🇸🇬 flag",
    "a name that goes on and on and on, well past the end of every column there is on any screen",
    "line\nbreak\ttab\r\0nul",
    "",
];

fn hostile() -> Vec<Key> {
    let mut keys = many(NAMES.len());
    for (key, name) in keys.iter_mut().zip(NAMES) {
        key.name = name.into();
        key.owner = name.into();
        key.owner_email = name.into();
        key.last_used_from = Some(name.into());
        key.contacts = vec![name.into(), name.into()];
        key.masked = name.into();
    }
    keys[1].status = Status::Other("\u{1b}[31mroot".into());
    keys[2].expires = When::from_wire("soon\u{202e}");
    keys[3].last_used = ago(chrono::TimeDelta::days(-400));
    keys
}

#[test]
fn hostile_names() {
    let mut ui = Ui::team();
    ui.refresh_team(hostile());
    picture("hostile_list", &mut ui);
    ui.keys("<Enter>");
    picture("hostile_detail", &mut ui);
    ui.keys("<Esc>j<Enter>");
    picture("hostile_detail_bidi", &mut ui);
    ui.keys("<Esc>ax");
    picture("hostile_review", &mut ui);
    ui.later("9<Enter>");
    picture("hostile_running", &mut ui);
}

#[test]
fn no_hostile_character_reaches_any_cell() {
    let mut ui = Ui::team();
    ui.refresh_team(hostile()).load(Scope::Mine, hostile());
    for keys in ["", "<Enter>", "<Esc>j<Enter>", "<Esc>j<Enter>", "<Esc>ax", "<Esc>/日本\u{e9}"] {
        ui.keys(keys);
        for size in [(80, 24), (120, 36), (40, 12)] {
            ui.happen(keydeck::tui::event::Event::Resize(size.0, size.1));
            let buffer = ui.buffer();
            for cell in &buffer.content {
                let bad = cell.symbol().chars().find(|c| {
                    c.is_control()
                        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}' | '\u{feff}')
                });
                assert_eq!(bad, None, "{:?} after {keys}", cell.symbol());
            }
        }
    }
}

#[test]
fn a_dialog_that_cuts_a_wide_character_in_two_has_its_whole_border() {
    let mut ui = Ui::team();
    let mut keys = many(20);
    for (key, shift) in keys.iter_mut().zip(["", "x"].into_iter().cycle()) {
        key.name = format!("{shift}日本語の鍵はとても長い名前").as_str().into();
    }
    ui.refresh_team(keys);
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    ui.draw_on(&mut terminal);
    ui.keys("s");
    ui.draw_on(&mut terminal);
    let buffer = terminal.backend().buffer();
    let corner = buffer.content.iter().position(|cell| cell.symbol() == "┌").unwrap();
    let (left, top) = (corner % 80, corner / 80);
    let height = (top..24).find(|y| buffer.content[y * 80 + left].symbol() == "└").unwrap() - top;
    assert!(height > 4);
    for y in top + 1..top + height {
        assert_eq!(buffer.content[y * 80 + left].symbol(), "│", "row {y} of {}", text(buffer));
    }
}
