//! Marks and ranges.

use keydeck::domain::listing::Scope;
use keydeck::domain::team::Role;
use keydeck::tui::event::{Answer, Slot};

use crate::ui::{Ui, many, me, team_keys};

#[test]
fn space_marks_and_moves_on_and_takes_the_mark_away_again() {
    let mut ui = Ui::team();
    ui.keys("<Space>j<Space>");
    assert_eq!((ui.marked(), ui.cursor()), (vec!["k2".to_owned(), "own".into()], "k3".to_owned()));
    ui.keys("k<Space>");
    assert_eq!(ui.marked(), ["own"]);
    ui.keys(r"\");
    assert!(ui.marked().is_empty());
}

#[test]
fn marks_are_ids_through_refresh_sort_and_filter() {
    let mut ui = Ui::team();
    ui.keys("j<Space><Space>");
    let mut shuffled = team_keys();
    shuffled.rotate_left(3);
    shuffled.extend(many(4));
    ui.refresh_team(shuffled).keys("s<Home><Enter>/ben<Enter>");
    assert_eq!(ui.marked(), ["k1", "k2"]);
    let marks = ui.app.marks();
    assert_eq!((marks.marked, marks.hidden, marks.gone), (2, 2, 0));
    assert!(ui.screen().contains("2 marked (2 hidden)"));
    ui.keys("<Esc>");
    assert_eq!(ui.app.marks().hidden, 0, "Esc in the table clears the filter, marks stay");
}

#[test]
fn a_range_marks_from_v_to_the_cursor() {
    for (keys, marked) in [
        ("jvjj<Space>", vec!["k1", "k2", "k3"]),
        ("jjjvkk<Space>", vec!["k1", "k2", "k3"]),
        ("jvjjv", vec!["k1", "k2", "k3"]),
        ("jvjj<Esc>", vec![]),
        ("<Space>jvjj<Esc>", vec!["own"]),
        ("vG<Space>", vec!["k1", "k2", "k3", "k4", "k5", "k6", "k7", "own"]),
    ] {
        let mut ui = Ui::team();
        ui.keys(keys);
        assert_eq!(ui.marked(), marked, "{keys}");
        assert_eq!(ui.app.team.range(), None);
    }
}

#[test]
fn a_range_follows_its_keys_and_esc_drops_it_before_the_filter() {
    let mut ui = Ui::team();
    ui.keys("/-temp<Enter>jvj").refresh_team(team_keys().into_iter().rev().collect());
    assert_eq!(ui.app.team.range(), Some((1, 2)));
    ui.keys("<Esc>");
    assert_eq!((ui.app.team.range(), ui.app.team.filter.kept.as_str()), (None, "-temp"));
    ui.keys("<Esc>");
    assert_eq!(ui.app.team.filter.kept, "");
}

#[test]
fn a_range_whose_beginning_is_hidden_marks_nothing_unseen() {
    let mut ui = Ui::team();
    ui.keys("jv/ben<Enter>j");
    assert_eq!(ui.app.team.range(), None);
    ui.keys("<Space>");
    assert_eq!(ui.marked().len(), 1);
}

#[test]
fn all_and_inverted_mean_what_is_shown() {
    let mut ui = Ui::team();
    ui.keys("/ana<Enter>a");
    assert_eq!((ui.marked(), ui.message()), (vec!["k1".to_owned(), "k2".into(), "k3".into()], "Marked 3"));
    ui.keys("<Esc>A");
    assert_eq!(ui.marked(), ["k4", "k5", "k6", "k7", "own"]);
}

#[test]
fn while_pages_are_still_to_come_all_says_what_it_covers() {
    let mut ui = Ui::new((80, 24));
    ui.me(me(Role::Admin)).keys("3").page(Scope::Team, many(3000)).keys("a");
    assert_eq!(ui.message(), "Marked 3,000 of the 3,000 loaded so far");
    ui.keys("A");
    assert!(ui.message().contains("the 3,000 loaded so far"), "{}", ui.message());
    ui.answer(Slot::Keys(Scope::Team), Answer::End).keys("a");
    assert_eq!(ui.message(), "Marked 3,000");
}

#[test]
fn only_marked() {
    let mut ui = Ui::team();
    ui.keys("S");
    assert_eq!(ui.message(), "Nothing is marked");
    ui.keys("j<Space><Space>S");
    assert_eq!(ui.shown(), ["k1", "k2"]);
    ui.keys("S");
    assert_eq!(ui.shown().len(), 8);
    ui.keys(r"S\");
    assert_eq!(ui.shown().len(), 8, "without marks everything is shown again");
}

#[test]
fn marks_whose_key_vanished_are_counted_and_never_sent() {
    let mut ui = Ui::team();
    let left = || team_keys().into_iter().filter(|key| !["k1", "k3"].contains(&key.id.as_str())).collect();
    ui.keys("jjj<Space>ggj<Space>jj<Space>").refresh_team(left());
    let marks = ui.app.marks();
    assert_eq!((marks.marked, marks.gone), (1, 2));
    assert!(ui.screen().contains("2 gone"));
    ui.keys("x").later("1<Enter>y004K<Enter>004K<Enter>");
    assert_eq!(ui.revoke().1, ["k4"]);
}

#[test]
fn nothing_but_gone_marks_revokes_nothing_rather_than_the_key_under_the_cursor() {
    let mut ui = Ui::team();
    ui.keys("j<Space>").refresh_team(team_keys().into_iter().filter(|key| key.id.as_str() != "k1").collect());
    ui.keys("x");
    assert!(ui.dialogs().is_empty());
    assert!(ui.message().contains("gone"), "{}", ui.message());
}

#[test]
fn marks_belong_to_their_tab() {
    let mut ui = Ui::team();
    ui.keys("a1");
    assert_eq!(ui.app.marks().marked, 0);
    ui.keys("3");
    assert_eq!(ui.app.marks().marked, 8);
}
