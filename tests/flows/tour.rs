//! The tour through a demo: each step says what to press, and goes on once it was done.

use keydeck::domain::key_value::fingerprint;
use keydeck::domain::secret::Secret;
use keydeck::tui::Tour;
use keydeck::tui::event::{Answer, Slot};

use crate::ui::{Ui, team_keys};

fn walked() -> Ui {
    let mut ui = Ui::loaded(crate::ui::session(), (120, 36));
    ui.app.tour = Some(Tour::new("/d/leaked.log", "ci-deploy", "/d/ci-deploy.env"));
    ui
}

#[track_caller]
fn asks(ui: &Ui, step: usize, words: &str) {
    let told = ui.app.tour_words().unwrap();
    assert!(told.starts_with(&format!("Tour {step} of 5 · ")) && told.contains(words), "{told}");
    assert!(ui.screen().contains(words), "{}", ui.screen());
}

#[test]
fn five_steps_each_of_which_goes_on_when_it_was_done() {
    let mut ui = walked();
    asks(&ui, 1, "3, then m: a map");
    // what is something else does not count
    ui.keys("m<Esc>3b<Esc>");
    asks(&ui, 1, "3, then m: a map");
    ui.keys("m");
    asks(&ui, 2, "Enter shows its keys");
    ui.keys("<Esc>");
    asks(&ui, 2, "Enter shows its keys");
    ui.keys("m<Enter>");
    asks(&ui, 3, "paste a line of /d/leaked.log into the list");
    let value = Secret::new(format!("kdk_{}1Ir0du", "0123456789ABCDEFGHIJKLMNOPQRST"));
    let print = fingerprint(value.expose());
    ui.paste(value.expose()).answer(Slot::Lookup, Answer::Lookup(vec![(print.clone(), None)]));
    ui.app.message = None;
    asks(&ui, 3, "paste a line of");
    let found = Some(Box::new(team_keys().swap_remove(1)));
    ui.paste(value.expose()).answer(Slot::Lookup, Answer::Lookup(vec![(print, found)]));
    ui.app.message = None;
    asks(&ui, 4, "1, then o on ci-deploy: its new value goes into /d/ci-deploy.env");
    // a wizard that was only opened has begun nothing
    ui.keys("<Esc><Esc>1jo");
    ui.app.message = None;
    asks(&ui, 4, "1, then o on ci-deploy");
}

#[test]
fn a_message_is_read_first_and_nobody_else_has_a_tour() {
    let mut ui = walked();
    ui.keys("S");
    assert!(!ui.message().is_empty() && !ui.screen().contains("Tour 1"), "{}", ui.screen());
    ui.keys("j");
    assert!(ui.screen().contains("Tour 1 of 5"));
    assert_eq!(Ui::admin().app.tour_words(), None);
}
