//! The terminal's own cursor: where a screen reader reads and what a magnifier follows.

use keydeck::tui::action::{Action, Context};
use keydeck::tui::effect::Effect;
use keydeck::tui::event::Event;

use crate::ui::{Ui, session};

/// The line of the screen that the terminal's cursor stands on, from the cursor on.
#[track_caller]
fn pointed(ui: &Ui) -> String {
    let (x, y) = ui.text_cursor().expect("the cursor is hidden");
    let line = ui.screen().lines().nth(usize::from(y)).unwrap_or_default().to_owned();
    line.chars().skip(usize::from(x)).collect()
}

#[test]
fn in_a_list_it_stands_on_the_row_and_in_the_filter_on_what_is_typed() {
    let mut ui = Ui::team();
    let first = ui.text_cursor().unwrap();
    assert!(pointed(&ui).starts_with("▌"), "{}", pointed(&ui));
    ui.keys("j");
    assert_eq!(ui.text_cursor().unwrap(), (first.0, first.1 + 1));
    ui.keys("/own");
    assert_eq!((ui.text_cursor().unwrap(), pointed(&ui).starts_with("   ")), ((6, 2), true), "behind the text");
    ui.keys("<Esc>");
    assert_eq!(ui.text_cursor().unwrap(), (first.0, first.1 + 1));
    ui.keys("/zzz<Enter>");
    assert!(pointed(&ui).starts_with("No key matches"), "{}", pointed(&ui));
}

#[test]
fn in_a_dialog_it_stands_on_the_row_or_the_field_that_is_meant() {
    for (keys, meant) in [
        ("3s", "c created"),
        ("3sk", "l last used"),
        ("3f", "[x] enabled"),
        ("3fjj", "[x] revoked"),
        ("3C", "[x] name"),
        ("3T", "default"),
        ("3'j", "never used"),
        ("5j", "▸ "),
        ("3b", "▌"),
        ("3<Enter>", "id "),
        ("3:thr", "   "),
    ] {
        let mut ui = Ui::admin();
        ui.keys(keys);
        assert!(pointed(&ui).trim_start_matches("●").starts_with(meant), "{keys}: {:?}", pointed(&ui));
    }
    let mut ui = Ui::loaded(session(), (120, 36));
    ui.keys("3m");
    let map = ui.text_cursor().unwrap();
    ui.keys("<Right>");
    assert_ne!(ui.text_cursor().unwrap(), map, "the next cell of a picture");
}

#[test]
fn a_dialog_never_leaves_it_on_what_it_covers() {
    let mut ui = Ui::team();
    ui.keys("/owner:").keys("<F1>");
    let (x, y) = ui.text_cursor().unwrap();
    let line: Vec<char> = ui.screen().lines().nth(usize::from(y)).unwrap().chars().collect();
    assert_eq!(line[usize::from(x) - 2], '│', "it stands in the page, not in the filter behind it");
}

#[test]
fn it_is_shown_wherever_something_is_meant() {
    for keys in [
        "3?", "3s", "3f", "3<Enter>", "4<Enter>", "3jx", "3axi", "1n", "2n", "3ax", "3@", "3O", "3U", "3N", "3!", "3d",
        "4p",
    ] {
        for size in [(80, 24), (120, 36), (40, 12)] {
            let mut ui = Ui::admin();
            ui.happen(Event::Resize(size.0, size.1)).keys(keys);
            let (x, y) = ui.text_cursor().unwrap_or_else(|| panic!("{keys} at {size:?}: {}", ui.screen()));
            assert!(x < size.0 && y < size.1, "{keys} at {size:?}: {x},{y}");
        }
    }
    let mut ui = Ui::team();
    ui.happen(Event::Resize(20, 5));
    assert_eq!(ui.text_cursor(), None, "where nothing can be done");
}

#[test]
fn the_screen_is_drawn_anew_everywhere_and_nothing_else_changes() {
    assert!(Context::ALL.iter().all(|context| Action::Redraw.entry().contexts.contains(context)));
    for keys in ["3", "3/own", "3?so", "3s", "3jjjx00", "1nab", "5", "3m", "3q"] {
        let mut ui = Ui::admin();
        ui.keys(keys).take();
        let (before, message) = (ui.screen(), ui.message().to_owned());
        ui.keys("<ctrl-l>");
        assert_eq!(ui.take(), [Effect::Redraw], "{keys}");
        assert_eq!((ui.screen(), ui.message()), (before, message.as_str()), "{keys}");
    }
}
