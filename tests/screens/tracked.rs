//! Keys that are written down, and the pages of what a person does by hand.

use keydeck::domain::rotation::{Decision, Minted, Outcome};

use crate::picture;
use crate::rotations::{Executor, present};
use crate::tracked::console;
use crate::ui::Ui;

fn pmak() -> String {
    format!("PMAK-{}-{}", "a".repeat(24), "b".repeat(34))
}

#[test]
fn tracked_keys() {
    let mut ui = console((80, 24));
    picture("tracked_list", &mut ui);
    ui.keys("<Enter>");
    picture("tracked_detail", &mut ui);
    ui.keys("<Esc>n");
    picture("tracked_add", &mut ui);
    ui.keys("ci<Tab> <Tab><Tab><Tab><Tab>").paste(&pmak());
    picture("tracked_add_value", &mut ui);
    ui.keys("<Esc>e");
    picture("tracked_edit", &mut ui);
    ui.keys("<Esc>D<Enter>");
    picture("tracked_remove", &mut ui);
    ui.keys("<Esc>P");
    picture("tracked_probe", &mut ui);
    let mut ui = Ui::on(crate::tracked::tracking(), (80, 24));
    ui.me(crate::ui::me(keydeck::domain::team::Role::Admin));
    ui.load(keydeck::domain::listing::Scope::Mine, Vec::new()).keys("1");
    picture("tracked_none", &mut ui);
}

#[test]
fn rotation_by_hand() {
    let mut ui = console((80, 24));
    ui.keys("o").paste("env-file:/srv/app/.env:API_KEY").keys("<Tab><Tab><Tab><Tab><ctrl-u>none<Enter>");
    picture("rotation_plan_by_hand", &mut ui);
    ui.later("y");
    let mut executor = Executor::started(&mut ui);
    executor.go(&mut ui, 0, None);
    picture("rotation_make_by_hand", &mut ui);
    ui.later("n").later("").paste(&pmak());
    picture("rotation_value_pasted", &mut ui);
    ui.keys("<Esc>");
    executor.rotations[0].decide(Decision::Given, present(&ui)).unwrap();
    let minted = Minted { fingerprint: "0".repeat(64), masked: "PMAK-…bbbb".to_owned() };
    executor.end(&mut ui, 0, Outcome::Minted(minted));
    executor.go(&mut ui, 0, None);
    picture("rotation_revoke_by_hand", &mut ui);
    executor.rotations[0].places[0].before = None;
    executor.rotations[0].decide(Decision::ByHand, present(&ui)).unwrap();
    executor.go(&mut ui, 0, None);
    picture("rotation_old_value", &mut ui);
}
