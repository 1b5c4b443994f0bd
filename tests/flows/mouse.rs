//! What the mouse does, and what it never does.

use std::time::Duration;

use keydeck::domain::listing::Scope;
use keydeck::domain::sort::Column;
use keydeck::tui::event::{Event, Mouse};
use keydeck::tui::tab::Tab;
use rstest::rstest;

use crate::ui::{Ui, many, text};

/// Clicks on the first place where the screen shows `words`.
fn click(ui: &mut Ui, words: &str) {
    let screen = text(&ui.buffer());
    let (y, line) = screen.lines().enumerate().find(|(_, line)| line.contains(words)).unwrap();
    let x = line[..line.find(words).unwrap()].chars().count();
    click_at(ui, u16::try_from(x).unwrap(), u16::try_from(y).unwrap());
}

fn click_at(ui: &mut Ui, x: u16, y: u16) {
    ui.happen(Event::Mouse(Mouse::Click(x, y)));
}

#[rstest]
#[case((40, 12))]
#[case((80, 24))]
#[case((120, 36))]
fn a_click_goes_where_it_is_drawn(#[case] size: (u16, u16)) {
    let mut ui = Ui::team();
    ui.happen(Event::Resize(size.0, size.1));
    click(&mut ui, "nightly-export");
    assert_eq!(ui.cursor(), "k3");
    for (tab, words) in [(Tab::Exposed, "  4"), (Tab::Settings, "  5"), (Tab::Mine, " 1"), (Tab::Team, "  3")] {
        let line = ui.screen().lines().nth(1).unwrap().to_owned();
        let x = line.find(words).map(|at| line[..at + words.len() - 1].chars().count()).unwrap();
        click_at(&mut ui, u16::try_from(x).unwrap(), 1);
        assert_eq!(ui.app.tab, tab, "{line}");
    }
    for descending in [false, true] {
        click(&mut ui, "NAME");
        let sort = ui.app.team.table.sort();
        assert_eq!((sort.column, sort.descending), (Column::Name, descending));
    }
    click(&mut ui, "STATUS");
    assert_eq!(ui.app.team.table.sort().column, Column::Status);
    ui.keys("4");
    click(&mut ui, "FINDING");
    assert_eq!(ui.app.exposed.table.sort().column, Column::Resolution);
}

#[test]
fn the_wheel_scrolls_three_rows_and_takes_the_cursor_along_only_when_it_must() {
    let mut ui = Ui::team();
    ui.refresh_team(many(100)).keys("gg");
    for _ in 0..10 {
        ui.keys("j");
    }
    let cursor = ui.cursor();
    ui.happen(Event::Mouse(Mouse::WheelDown));
    assert_eq!((ui.app.team.offset, ui.cursor()), (3, cursor.clone()));
    for _ in 0..3 {
        ui.happen(Event::Mouse(Mouse::WheelDown));
    }
    assert_eq!(ui.app.team.offset, 12);
    assert_ne!(ui.cursor(), cursor);
    for _ in 0..100 {
        ui.happen(Event::Mouse(Mouse::WheelDown));
    }
    let body = usize::from(ui.app.layout().unwrap().body);
    assert_eq!(ui.app.team.offset, 100 - body);
    for _ in 0..100 {
        ui.happen(Event::Mouse(Mouse::WheelUp));
    }
    assert_eq!(ui.app.team.offset, 0);
}

#[test]
fn the_wheel_scrolls_what_scrolls() {
    let mut ui = Ui::team();
    ui.refresh_team(many(100)).keys("ax").later("a").happen(Event::Mouse(Mouse::WheelDown));
    let before = ui.screen();
    ui.happen(Event::Mouse(Mouse::WheelDown));
    assert_ne!(ui.screen(), before);
    assert_eq!(ui.app.team.offset, 0, "the list below stays");
    ui.keys("<Esc>5").happen(Event::Resize(40, 12)).happen(Event::Mouse(Mouse::WheelDown));
    assert_eq!(ui.app.settings.cursor, 3);
    // a theme is tried by keys alone
    ui.keys("T").take();
    ui.happen(Event::Mouse(Mouse::WheelDown));
    assert_eq!(ui.take(), []);
}

#[test]
fn a_click_never_marks_confirms_or_closes() {
    for keys in ["3", "3ax", "3jjjx", "3d", "3<Enter>", "3s", "3f", "3?", "1n", "T", "3a/ben<Enter>x", "3v", "3/x"] {
        let mut ui = Ui::admin();
        ui.keys(keys).wait(Duration::from_secs(1)).take();
        let before = (ui.dialogs().len(), ui.marked());
        for y in 2..24 {
            for x in (0..80).step_by(3) {
                click_at(&mut ui, x, y);
                assert_eq!(ui.take(), [], "{keys} at {x},{y}");
            }
        }
        assert_eq!((ui.dialogs().len(), ui.marked()), before, "{keys}");
    }
}

#[test]
fn nothing_is_hit_where_nothing_is() {
    let mut ui = Ui::admin();
    ui.load(Scope::Mine, Vec::new()).keys("1");
    for (x, y) in [(0, 0), (79, 1), (10, 10), (79, 23), (u16::MAX, u16::MAX)] {
        click_at(&mut ui, x, y);
    }
    ui.happen(Event::Mouse(Mouse::WheelDown)).happen(Event::Mouse(Mouse::WheelUp));
    ui.happen(Event::Resize(10, 3)).happen(Event::Mouse(Mouse::Click(3, 1)));
    assert_eq!((ui.app.tab, ui.take()), (Tab::Mine, vec![]));
}

#[test]
fn a_click_on_a_tab_does_not_hide_what_is_being_typed() {
    let mut ui = Ui::team();
    ui.keys("/ana");
    click_at(&mut ui, 2, 1);
    assert_eq!(ui.app.tab, Tab::Team);
}
