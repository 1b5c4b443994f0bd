//! `C`: which columns are shown, and in which order.

use keydeck::domain::sort::Column;
use keydeck::tui::event::{Event, Mouse};

use crate::ui::Ui;

/// The titles of the columns that are drawn.
fn titles(ui: &Ui) -> Vec<String> {
    let screen = ui.screen();
    let line = screen.lines().find(|line| line.contains("NAME") || line.contains("KEY  ")).unwrap_or_default();
    line.split("  ")
        .map(|title| title.trim_matches([' ', '▼', '▲']).to_owned())
        .filter(|title| !title.is_empty())
        .collect()
}

fn wide() -> Ui {
    let mut ui = Ui::team();
    ui.happen(Event::Resize(120, 36));
    ui
}

#[test]
fn boxes_take_columns_away_and_bring_them_back_at_once() {
    let mut ui = wide();
    let all = ["NAME", "KEY", "OWNER", "STATUS", "EXPIRES", "LAST USED", "CREATED"];
    assert_eq!(titles(&ui), all);
    ui.keys("Cjj<Space>j<Enter>");
    assert_eq!(ui.dialogs(), ["columns"]);
    assert_eq!(ui.app.team.shown.len(), 5);
    ui.keys("<Esc>");
    assert_eq!(titles(&ui), ["NAME", "KEY", "EXPIRES", "LAST USED", "CREATED"]);
    ui.keys("C<End>kk<Space><Esc>");
    assert_eq!(
        titles(&ui),
        ["NAME", "KEY", "EXPIRES", "LAST USED", "CREATED", "STATUS"],
        "hidden ones stand at the end"
    );
    ui.keys("Cr<Esc>");
    assert_eq!(titles(&ui), all);
}

#[test]
fn columns_move_and_the_name_stays() {
    let mut ui = wide();
    ui.keys("CGkk<shift-Up>K");
    assert_eq!(ui.app.team.shown[4], Column::Created);
    ui.keys("J<shift-Down>J");
    assert_eq!(ui.app.team.shown[6], Column::Created, "at the end it stays");
    ui.keys("<Home><Space>");
    assert_eq!(ui.message(), "The name is always shown");
    ui.keys("JJ<Esc>");
    assert_eq!(titles(&ui)[..3], ["KEY", "OWNER", "NAME"]);
}

#[test]
fn each_tab_has_its_own_and_findings_have_more_to_show() {
    let mut ui = wide();
    ui.keys("Cj<Space><Esc>4");
    assert_eq!(ui.app.team.shown.len(), 6);
    assert_eq!((ui.app.mine.shown.len(), ui.app.exposed.shown.len()), (7, 10));
    ui.keys("CG<Space><Esc>");
    assert_eq!(ui.app.exposed.shown.last(), Some(&Column::Secret));
    ui.keys("Cr<Esc>");
    assert_eq!(ui.app.exposed.shown, Column::usual_for_findings());
}

#[test]
fn a_narrow_window_drops_from_those_chosen_by_patience() {
    let mut ui = Ui::team();
    assert_eq!(titles(&ui), ["NAME", "OWNER", "STATUS", "EXPIRES", "LAST USED"]);
    ui.keys("CGkk<shift-Up><shift-Up><shift-Up><shift-Up><shift-Up><Esc>");
    assert_eq!(ui.app.team.shown[1], Column::Created);
    assert_eq!(titles(&ui), ["NAME", "OWNER", "STATUS", "EXPIRES", "LAST USED"], "it goes first wherever it stands");
    ui.keys("C<Home>jjj<Space>jj<Space><Esc>");
    assert_eq!(titles(&ui), ["NAME", "CREATED", "KEY", "STATUS", "LAST USED"]);
}

#[test]
fn a_click_sorts_by_the_column_that_stands_there_now() {
    let mut ui = wide();
    ui.keys("CGkk").keys(&"K".repeat(6)).keys("<Esc>");
    assert_eq!(titles(&ui)[..2], ["CREATED", "NAME"]);
    ui.keys("s<Home><Enter>").happen(Event::Mouse(Mouse::Click(6, 4)));
    assert_eq!(ui.app.team.table.sort().column, Column::Created);
}
