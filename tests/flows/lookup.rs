//! A pasted value: hashed here, matched against loaded rows, and looked up.

use keydeck::client::capabilities::{Capabilities, Capability};
use keydeck::client::error::ErrorKind;
use keydeck::domain::key::Key;
use keydeck::domain::key_value::{digest, fingerprint};
use keydeck::tui::effect::Effect;
use keydeck::tui::event::{Answer, Slot};
use keydeck::tui::session::Session;
use keydeck::tui::tab::Tab;

use crate::ui::{Ui, id, session, team_keys, value};

fn looked_up(ui: &mut Ui) -> Vec<Vec<String>> {
    let lookups = ui.take().into_iter().filter_map(|effect| match effect {
        Effect::Lookup(_, fingerprints) => Some(fingerprints),
        _ => None,
    });
    lookups.collect()
}

#[test]
fn a_whole_value_is_looked_up_by_its_fingerprint_alone() {
    let (mut ui, value) = (Ui::team(), value());
    ui.keys("/").paste(value.expose());
    assert_eq!(looked_up(&mut ui), [[fingerprint(value.expose())]]);
    assert_eq!(ui.shown().len(), 0);
    ui.answer(
        Slot::Lookup,
        Answer::Lookup(vec![(fingerprint(value.expose()), Some(Box::new(team_keys().swap_remove(1))))]),
    );
    assert_eq!(ui.shown(), ["k1"]);
    assert_eq!(ui.message(), "", "it is in sight");
    ui.keys("<Enter><Esc>");
    assert_eq!(ui.shown().len(), 8);
}

#[test]
fn a_row_that_tells_its_digest_matches_at_once() {
    let (mut ui, value) = (Ui::team(), value());
    let mut keys = team_keys();
    keys[3].digest = Some(digest(value.expose()));
    ui.refresh_team(keys).keys("/").paste(value.expose());
    assert_eq!(ui.shown(), ["k3"]);
}

#[test]
fn the_answer_is_said_every_time_the_value_is_pasted() {
    let (mut ui, value) = (Ui::team(), value());
    ui.keys("/").paste(value.expose());
    let was = team_keys().swap_remove(1);
    ui.answer(Slot::Lookup, Answer::Lookup(vec![(fingerprint(value.expose()), Some(Box::new(was)))]));
    assert_eq!((ui.shown().len(), looked_up(&mut ui).len()), (1, 1));
    ui.keys("<Esc>");
    for round in 1..=2 {
        ui.keys("/").paste(value.expose());
        assert_eq!(looked_up(&mut ui).len(), 1, "round {round}");
        ui.answer(Slot::Lookup, Answer::Lookup(vec![(fingerprint(value.expose()), None)]));
        assert!(ui.screen().contains("The pasted value belongs to no key that you may see"), "round {round}");
        assert_eq!((ui.shown().len(), ui.message()), (0, ""), "round {round}: what it was before does not count");
        ui.keys("<Esc>");
    }
}

#[test]
fn a_key_that_is_not_in_this_tab_is_named() {
    let (mut ui, value) = (Ui::admin(), value());
    ui.keys("1/").paste(value.expose());
    let found = Key { owner: "Ana \u{1b}Souza".into(), ..team_keys().swap_remove(1) };
    ui.answer(Slot::Lookup, Answer::Lookup(vec![(fingerprint(value.expose()), Some(Box::new(found)))]));
    let screen = ui.screen();
    assert!(screen.contains("The pasted value is ci-deploy of Ana \\x1bSouza, enabled: not in this tab"), "{screen}");
    assert!(screen.contains("Enter goes there"), "{screen}");
    ui.keys("<Enter>");
    assert_eq!((ui.app.tab, ui.shown(), ui.cursor().as_str()), (Tab::Team, vec!["k1".to_owned()], "k1"));
    assert_eq!((ui.app.mine.filter.kept.as_str(), ui.app.mine.table.shown()), ("", 4), "as it was before");
    assert!(!format!("{:?}", ui.app).contains(value.expose()));
}

#[test]
fn enter_goes_to_a_key_from_a_kept_filter_and_opens_one_that_no_list_has() {
    let (mut ui, value) = (Ui::admin(), value());
    let [here, gone] = [team_keys().swap_remove(6), Key { name: "elsewhere".into(), ..Key::sample("k99") }];
    ui.keys("2").paste(value.expose()).keys("<Enter>");
    ui.answer(Slot::Lookup, Answer::Lookup(vec![(fingerprint(value.expose()), Some(Box::new(here.clone())))]));
    ui.keys("<Enter>");
    assert_eq!((ui.app.tab, ui.cursor()), (Tab::Team, here.id.to_string()), "also one that is revoked");
    ui.keys("<Esc>2").paste(value.expose());
    ui.answer(Slot::Lookup, Answer::Lookup(vec![(fingerprint(value.expose()), Some(Box::new(gone)))]));
    ui.keys("<Enter>");
    assert_eq!((ui.dialogs(), ui.app.tab), (vec!["detail"], Tab::Collections));
    assert!(ui.screen().contains("elsewhere"));
}

#[test]
fn the_empty_list_says_whose_a_value_is_and_never_nobodys_before_it_was_asked() {
    let (mut ui, value) = (Ui::team(), value());
    let log_line = format!("2026-11-27T09:00:00Z WARN {}, GET /x 401\n", value.expose());
    ui.paste(&log_line);
    assert_eq!(looked_up(&mut ui), [[fingerprint(value.expose())]]);
    assert!(
        ui.screen().contains("Looking up whose it is") && !ui.screen().contains("2026-11-27T09"),
        "{}",
        ui.screen()
    );
    ui.fail(Slot::Lookup, ErrorKind::Unreachable);
    assert!(ui.screen().contains("could not be looked up"), "{}", ui.screen());
    ui.keys("<Esc>/").paste(&log_line);
    ui.answer(Slot::Lookup, Answer::Lookup(vec![(fingerprint(value.expose()), None)]));
    assert!(ui.screen().contains("The pasted value belongs to no key that you may see"), "{}", ui.screen());
    ui.keys("<ctrl-u>").paste(&value.expose()[..20]);
    assert!(ui.screen().contains("That is not a whole key value"), "{}", ui.screen());
    let wrong = format!("{}{}", &value.expose()[..39], if value.expose().ends_with('0') { "1" } else { "0" });
    ui.keys("<ctrl-u>").paste(&wrong);
    assert!(ui.screen().contains("checksum of that key value is wrong"), "{}", ui.screen());
    assert_eq!(looked_up(&mut ui).len(), 1, "only the second paste was asked about");
    let capabilities = Capabilities::all().without(Capability::Lookup, "this API cannot");
    let mut ui = Ui::loaded(Session { capabilities, ..session() }, (80, 24));
    ui.keys("3/").paste(value.expose());
    assert!(
        ui.screen().contains("Whose this value is cannot be told here") && ui.screen().contains("this API cannot"),
        "{}",
        ui.screen()
    );
}

#[test]
fn several_values_of_a_paste_are_looked_up_together() {
    let (mut ui, first, second) = (Ui::team(), value(), value());
    ui.paste(&format!("- {}\n- \"{}\",\nfound in the wiki\n", first.expose(), second.expose()));
    let [a, b] = [fingerprint(first.expose()), fingerprint(second.expose())];
    assert_eq!(looked_up(&mut ui), [[a.clone(), b.clone()]]);
    ui.answer(Slot::Lookup, Answer::Lookup(vec![(a, Some(Box::new(team_keys().swap_remove(2)))), (b, None)]));
    assert_eq!(ui.shown(), ["k2"]);
}

#[test]
fn a_lookup_that_fails_says_so_and_a_late_one_is_dropped() {
    let (mut ui, first, second) = (Ui::team(), value(), value());
    ui.keys("/").paste(first.expose());
    let stale = ui.ticket(Slot::Lookup);
    ui.keys("<ctrl-u>").paste(second.expose());
    ui.happen(keydeck::tui::event::Event::Answer(
        Slot::Lookup,
        stale,
        Answer::Lookup(vec![(fingerprint(first.expose()), None)]),
    ));
    assert_eq!(ui.message(), "");
    ui.fail(Slot::Lookup, ErrorKind::Unreachable);
    assert!(ui.message().contains("could not be looked up"), "{}", ui.message());
}

#[test]
fn what_is_typed_behind_a_value_does_not_look_it_up_again() {
    let (mut ui, value) = (Ui::team(), value());
    ui.keys("/").paste(value.expose());
    assert_eq!(looked_up(&mut ui).len(), 1);
    ui.answer(
        Slot::Lookup,
        Answer::Lookup(vec![(fingerprint(value.expose()), Some(Box::new(team_keys().swap_remove(1))))]),
    );
    ui.keys(" ana");
    assert_eq!(looked_up(&mut ui).len(), 0);
    assert_eq!(ui.shown(), ["k1"]);
}

#[test]
fn a_backend_without_lookups_is_not_asked() {
    let capabilities = Capabilities::all().without(Capability::Lookup, "this API cannot");
    let mut ui = Ui::loaded(Session { capabilities, ..session() }, (80, 24));
    ui.keys("3/").paste(value().expose());
    assert_eq!(looked_up(&mut ui).len(), 0);
    assert!(ui.app.team.table.get(&id("k1")).is_some());
}

#[test]
fn a_value_pasted_into_exposed_keys_shows_where_its_key_was_found() {
    let (mut ui, value) = (Ui::admin(), value());
    ui.keys("4/").paste(value.expose());
    ui.answer(
        Slot::Lookup,
        Answer::Lookup(vec![(fingerprint(value.expose()), Some(Box::new(team_keys().swap_remove(2))))]),
    );
    assert_eq!((ui.app.exposed.table.shown(), ui.message()), (2, ""), "in two places");
}
