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

/// A key of one's own that is not what it looks like.
fn deceptive() -> Key {
    let contacts = vec!["a\u{202e}b@team.example".into()];
    Key { name: "invoice\u{202e}gpj.exe".into(), owner: "Оlivia Chen".into(), contacts, ..many(1).remove(0) }
}

#[test]
fn names_that_look_like_others_are_marked() {
    let mut ui = Ui::team();
    let names = ["ci-dерloy", "сі", "ci\u{200b}-deploy", "ci-deploy", "日本語 deploy", "서울-deploy", "Москва"];
    let mut keys = many(names.len());
    for (key, name) in keys.iter_mut().zip(names) {
        key.name = name.into();
    }
    ui.refresh_team(keys);
    picture("deceptive_list", &mut ui);
    ui.keys("<Enter>");
    picture("deceptive_detail", &mut ui);
    ui.keys("<Esc>ax");
    picture("deceptive_review", &mut ui);
}

#[test]
fn forms_and_the_reveal_show_escapes() {
    let own = || Key { owner_id: crate::ui::me(keydeck::domain::team::Role::Admin).id, ..deceptive() };
    let mut ui = Ui::admin();
    ui.keys("1<ctrl-r>").load(Scope::Mine, vec![own()]);
    ui.keys("e");
    picture("deceptive_edit", &mut ui);
    ui.keys("<Esc>o");
    picture("deceptive_rotate", &mut ui);
    ui.paste("clipboard").keys("<Enter>");
    picture("deceptive_rotate_plan", &mut ui);
}

#[test]
fn no_hostile_character_reaches_any_cell_of_any_dialog() {
    let own = Key { owner_id: crate::ui::me(keydeck::domain::team::Role::Admin).id, ..deceptive() };
    for keys in ["e", "d", "R", "x", "o", "oclipboard<Enter>", "<Enter>", "e<Tab>", "e<Home><Delete>x", "s", "f"] {
        let mut ui = Ui::admin();
        ui.keys("1<ctrl-r>").load(Scope::Mine, vec![own.clone()]);
        ui.keys(keys).wait(std::time::Duration::from_secs(1));
        for size in [(80, 24), (120, 36), (40, 12)] {
            ui.happen(keydeck::tui::event::Event::Resize(size.0, size.1));
            for cell in &ui.buffer().content {
                let bad = cell.symbol().chars().find(|c| keydeck::domain::untrusted::is_hostile(*c));
                assert_eq!(bad, None, "{:?} after {keys}", cell.symbol());
            }
        }
    }
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
