//! Very many keys: a team that is still being made, an order that takes a while, more marks than a review holds.

use keydeck::domain::listing::Scope;
use keydeck::domain::sort::Column;
use keydeck::tui::effect::Effect;
use keydeck::tui::event::{Answer, Event, Slot};
use keydeck::tui::session::Seeding;

use crate::ui::{Ui, many, team_keys};

/// More than are sorted at once.
const LONG: usize = 50_001;

fn seeding(made: usize) -> Event {
    Event::Seeding(Some(Seeding { made, of: 5000 }))
}

/// Team Keys with this many keys.
fn long(count: usize) -> Ui {
    let mut ui = Ui::admin();
    ui.keys("3<ctrl-r>").load(Scope::Team, many(count));
    go_on(&mut ui);
    ui
}

/// Lets what takes long go on until it is done; how often it had to.
fn go_on(ui: &mut Ui) -> usize {
    let mut times = 0;
    while ui.take().contains(&Effect::Continue) {
        ui.happen(Event::Continue);
        times += 1;
    }
    times
}

#[test]
fn while_a_team_is_made_the_header_says_so_and_then_it_is_loaded_again() {
    let mut ui = Ui::team();
    ui.keys("jj<space>/k<Enter>").happen(seeding(1000));
    assert!(ui.screen().contains("seeding 1,000 of 5,000"), "{}", ui.screen());
    ui.take();
    ui.happen(seeding(4999));
    assert_eq!(ui.take(), [], "nothing is read for every step");
    let (cursor, marks) = (ui.cursor(), ui.app.marks());
    ui.happen(seeding(5000));
    let slot = |effect: &Effect| if let Effect::Load(slot, _) = effect { Some(*slot) } else { None };
    let loads: Vec<Slot> = ui.take().iter().filter_map(slot).collect();
    assert_eq!(loads, [Slot::Keys(Scope::Mine), Slot::Keys(Scope::Team)]);
    assert!(!ui.screen().contains("seeding"));
    ui.page(Scope::Team, many(3)).page(Scope::Team, team_keys()).answer(Slot::Keys(Scope::Team), Answer::End);
    assert_eq!((ui.cursor(), ui.app.marks()), (cursor, marks));
    assert_eq!(ui.app.team.table.len(), 11);
}

#[test]
fn a_team_that_cannot_be_made_whole_is_told() {
    let mut ui = Ui::team();
    ui.happen(seeding(1000)).happen(Event::Seeding(None));
    assert!(!ui.screen().contains("seeding"));
    assert!(ui.screen().contains("could not be made whole"), "{}", ui.screen());
}

#[test]
fn a_long_list_is_sorted_in_slices_and_stays_usable() {
    let mut ui = long(LONG);
    let before = ui.shown();
    ui.keys("jjj<space>");
    let cursor = ui.cursor();
    ui.take();
    let at = Column::for_keys().iter().position(|column| *column == Column::Owner).unwrap();
    ui.keys("s<Home>").keys(&"j".repeat(at)).keys("<Enter>");
    assert!(ui.take().contains(&Effect::Continue));
    assert!(ui.screen().contains("sorting by owner"), "{}", ui.screen());
    assert_eq!(ui.shown(), before, "the old order stands");
    // one slice at a time is asked for, whatever happens meanwhile
    ui.keys("j/b<Esc>k");
    assert!(!ui.take().contains(&Effect::Continue));
    ui.happen(Event::Continue);
    assert!(go_on(&mut ui) > 2);
    assert!(!ui.screen().contains("sorting"));
    let table = &ui.app.team.table;
    assert_eq!(table.sort().column, Column::Owner);
    assert!(table.rows(0..usize::MAX).is_sorted_by(|a, b| (&a.owner, &a.id) < (&b.owner, &b.id)));
    assert_eq!((ui.cursor(), ui.app.marks().marked), (cursor, 1));
}

#[test]
fn choosing_the_same_column_again_while_it_is_sorted_reverses_it() {
    let mut ui = long(LONG);
    for _ in 0..2 {
        ui.app.team.sort_by(Column::Owner);
    }
    ui.happen(Event::Resize(80, 24));
    go_on(&mut ui);
    let sort = ui.app.team.table.sort();
    assert_eq!((sort.column, sort.descending), (Column::Owner, true));
}

#[test]
fn a_review_holds_no_more_than_can_be_frozen_at_once() {
    let mut ui = long(100_001);
    ui.keys("a").keys("x");
    assert!(ui.app.dialogs.is_empty());
    let message = &ui.app.message.as_ref().unwrap().text;
    assert!(message.contains("100,001 keys are marked, and a review takes 100,000"), "{message}");
    ui.keys("<space>x");
    assert_eq!(ui.app.dialogs.len(), 1, "one fewer is reviewed");
}
