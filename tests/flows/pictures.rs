//! `m`, `b`, `t`: pictures of the list, each cell of which is a filter.

use chrono::TimeDelta;
use keydeck::domain::bulk::Outcome;
use keydeck::domain::key::{Key, Status};
use keydeck::domain::listing::Scope;
use keydeck::tui::effect::Effect;
use keydeck::tui::event::{Answer, Event, Slot};
use keydeck::tui::session::Session;

use crate::ui::{Ui, ago, many, session, varied_team};

/// Team Keys with a team of every age and use, at 120×36.
fn varied() -> Ui {
    let mut ui = Ui::loaded(session(), (120, 36));
    ui.keys("3<ctrl-r>").load(Scope::Team, varied_team());
    ui
}

/// The number of keys in the cell that is chosen.
fn count(ui: &Ui) -> usize {
    let screen = ui.screen();
    let found = screen.lines().find_map(|line| {
        let (before, _) = line.split_once(" keys  ").or_else(|| line.split_once(" key  "))?;
        before.rsplit(' ').next()?.replace(',', "").parse().ok()
    });
    found.unwrap_or_else(|| panic!("no cell is chosen: {screen}"))
}

/// To the sums of all.
const ALL: &str = "<End><Right><Right><Right><Right><Right><Right><Right>";

#[test]
fn enter_filters_the_list_to_the_keys_that_the_cell_counts() {
    let mut ui = varied();
    let mut filtered = 0;
    for keys in
        ["m", "m<Up>", "m<Home>", "m<End>", "m<Down>", "b", "bj", "t", "t<End>", "t<Down><Left>", "t<End><Right>"]
    {
        ui.keys(keys);
        assert_eq!(ui.dialogs(), ["picture"]);
        let counted = count(&ui);
        ui.keys("<Enter>");
        if counted == 0 {
            assert_eq!(ui.message(), "There is no key in it");
            ui.keys("<Esc>");
            continue;
        }
        filtered += 1;
        assert!(ui.dialogs().is_empty());
        let filter = ui.app.team.filter.kept.clone();
        assert_eq!(ui.app.team.table.shown(), counted, "{keys}: {filter}");
        assert!(counted > 0 && !filter.is_empty(), "{keys}");
        ui.keys("<Esc>");
        assert_eq!(ui.app.team.table.shown(), 120);
    }
    assert!(filtered > 6, "{filtered}");
}

#[test]
fn a_picture_is_of_what_the_list_shows_and_filters_it_further() {
    let mut ui = varied();
    ui.keys("/owner:ana OR owner:ben<Enter>m");
    let shown = ui.app.team.table.shown();
    assert!(ui.screen().contains(&format!("{shown} of 120 keys")), "{}", ui.screen());
    let counted = count(&ui);
    ui.keys("<Enter>");
    let filter = &ui.app.team.filter.kept;
    assert!(filter.starts_with("owner:ana,ben status:enabled "), "{filter}");
    assert_eq!(ui.app.team.table.shown(), counted);
}

#[test]
fn a_marks_the_cell_and_takes_its_marks_away() {
    let mut ui = varied();
    ui.keys("m");
    let counted = count(&ui);
    ui.keys("a");
    assert_eq!(ui.marked().len(), counted);
    assert!(ui.message().starts_with(&format!("Marked {counted} keys")), "{}", ui.message());
    // another cell is marked as well
    ui.keys("<Down>");
    let other = count(&ui);
    ui.keys("<Space>");
    assert_eq!(ui.marked().len(), counted + other);
    ui.keys("a");
    assert_eq!(ui.marked().len(), counted);
    assert!(ui.message().starts_with("Unmarked"), "{}", ui.message());
    ui.keys("<Esc>u");
    assert_eq!(ui.marked().len(), counted + other, "marks are brought back as ever");
}

#[test]
fn x_goes_through_the_usual_review_with_the_keys_of_the_cell() {
    let mut ui = varied();
    ui.keys("m");
    let counted = count(&ui);
    ui.keys("x");
    assert_eq!(ui.dialogs(), ["picture", "review"]);
    ui.later(&counted.to_string()).keys("<Enter>");
    let (ticket, ids) = ui.revoke();
    assert_eq!(ids.len(), counted);
    for id in &ids {
        ui.outcome(ticket, id, Outcome::Revoked);
    }
    ui.happen(Event::BulkEnded(ticket)).later("<Enter>");
    assert_eq!(ui.dialogs(), ["picture"], "one comes back to the picture");
    ui.happen(Event::Continue).happen(Event::Continue);
    assert_eq!(count(&ui), 0, "and it is counted again: {}", ui.screen());
}

#[test]
fn d_disables_and_o_rotates_the_keys_of_a_day() {
    let mut ui = Ui::loaded(session(), (120, 36));
    ui.keys("1t");
    assert_eq!(count(&ui), 1, "the next day on which one expires: {}", ui.screen());
    ui.keys("d");
    assert_eq!(ui.dialogs(), ["picture", "review"]);
    assert!(ui.screen().contains("Disable") && ui.screen().contains("release-bot"), "{}", ui.screen());
    ui.keys("<Esc>o");
    assert_eq!(ui.dialogs(), ["picture", "form"], "the wizard: {}", ui.message());
    assert!(ui.screen().contains("release-bot"), "{}", ui.screen());
}

#[test]
fn nothing_is_changed_through_a_read_only_profile() {
    let mut ui = Ui::loaded(Session { read_only: true, ..session() }, (120, 36));
    ui.keys("3<ctrl-r>").load(Scope::Team, varied_team());
    ui.keys("mx");
    assert_eq!(ui.dialogs(), ["picture"]);
    assert!(ui.message().contains("read-only"), "{}", ui.message());
    ui.keys("a");
    assert!(!ui.marked().is_empty(), "marking changes nothing there");
}

#[test]
fn a_window_that_is_too_small_says_what_it_needs_and_does_nothing() {
    let mut ui = varied();
    ui.keys("m").happen(Event::Resize(40, 12));
    assert!(ui.screen().contains("needs a window of 60×18"), "{}", ui.screen());
    assert!(ui.screen().contains("not used for 90 d or"), "the sentence stands all the same: {}", ui.screen());
    ui.keys("x");
    assert_eq!(ui.dialogs(), ["picture"]);
    assert!(ui.message().contains("60×18"), "{}", ui.message());
}

#[test]
fn fewer_cells_have_the_same_sums() {
    let mut ui = varied();
    ui.keys("m").keys(ALL);
    let all = count(&ui);
    ui.happen(Event::Resize(64, 20));
    ui.keys(ALL);
    assert_eq!(count(&ui), all, "{}", ui.screen());
}

#[test]
fn one_goes_from_picture_to_picture_and_groups_by_anything() {
    let mut ui = varied();
    ui.keys("mb");
    assert!(ui.screen().contains("By owner") && ui.screen().contains("▌Dagny Holm"), "{}", ui.screen());
    for title in [
        "state",
        "collection",
        "address last used from",
        "month made",
        "month of expiry",
        "last use",
        "age",
        "access",
        "name",
        "team in the name",
        "owner",
    ] {
        ui.keys("b");
        assert!(ui.screen().contains(&format!("By {title}")), "{title}: {}", ui.screen());
    }
    ui.keys("<Right><Left><Left>");
    assert!(ui.screen().contains("By team in the name"), "{}", ui.screen());
    ui.keys("tm");
    assert!(ui.screen().contains("AGE"), "{}", ui.screen());
    ui.keys("b");
    assert!(ui.screen().contains("By team in the name"), "it is remembered: {}", ui.screen());
    ui.keys("q");
    assert!(ui.dialogs().is_empty());
}

#[test]
fn a_million_rows_are_counted_in_slices_and_keys_are_heard_meanwhile() {
    let mut ui = Ui::loaded(session(), (120, 36));
    ui.keys("3<ctrl-r>").load(Scope::Team, many(150_000));
    while ui.take().contains(&Effect::Continue) {
        ui.happen(Event::Continue);
    }
    ui.keys("m");
    assert!(ui.screen().contains("Counting"), "{}", ui.screen());
    ui.keys("x");
    assert!(ui.message().contains("being counted"), "{}", ui.message());
    let mut slices = 0;
    while ui.take().contains(&Effect::Continue) {
        ui.happen(Event::Continue);
        slices += 1;
    }
    assert_eq!(slices, 2, "after the first one");
    assert!(ui.screen().contains("150,000"), "{}", ui.screen());
    ui.happen(Event::Rate(keydeck::domain::listing::RateLimit {
        limit: 300,
        remaining: 280,
        reset_seconds: 30,
        window_seconds: 60,
    }));
    assert!(!ui.take().contains(&Effect::Continue), "nothing changed, so nothing is counted");
    ui.keys(ALL).keys("x");
    assert!(ui.message().contains("100,000 at most"), "{}", ui.message());
}

#[test]
fn what_changes_in_the_list_is_counted_again() {
    let mut ui = varied();
    ui.keys("m").keys(ALL);
    let before = count(&ui);
    let mut keys = varied_team();
    keys[0].status = Status::Revoked;
    ui.answer(Slot::Keys(Scope::Team), Answer::End);
    ui.keys("<Esc><ctrl-r>m").keys(ALL).load(Scope::Team, keys);
    while ui.take().contains(&Effect::Continue) {
        ui.happen(Event::Continue);
    }
    assert_eq!(count(&ui), before - 1, "{}", ui.screen());
}

#[test]
fn an_empty_list_has_a_picture_that_says_so() {
    let mut ui = Ui::loaded(session(), (120, 36));
    ui.keys("3<ctrl-r>").load(Scope::Team, Vec::new());
    for keys in ["m", "b", "t"] {
        ui.keys(keys).keys("<Enter>");
        assert!(!ui.message().is_empty(), "{keys}");
        assert_eq!(ui.dialogs(), ["picture"]);
    }
}

#[test]
fn a_group_whose_name_cannot_be_asked_for_is_found_by_its_ids() {
    let mut ui = Ui::loaded(session(), (120, 36));
    let named = |id: &str, name: &str| Key { name: name.into(), created: ago(TimeDelta::days(1)), ..Key::sample(id) };
    ui.keys("3<ctrl-r>").load(Scope::Team, vec![named("p1", "kdk_abc"), named("p2", "kdk_abc"), named("p3", "ci")]);
    ui.keys("b<Left><Left>");
    assert_eq!(count(&ui), 2, "{}", ui.screen());
    ui.keys("<Enter>");
    assert_eq!(ui.shown(), ["p1", "p2"]);
}
