//! Reads: what is asked for at the start, late answers, failures, stopping.

use keydeck::client::error::ErrorKind;
use keydeck::domain::key::Key;
use keydeck::domain::listing::Scope;
use keydeck::domain::team::{Role, User};
use keydeck::tui::effect::Effect;
use keydeck::tui::event::{Answer, Event, Slot};
use keydeck::tui::progress::Load;
use keydeck::tui::session::Connection;

use crate::ui::{Ui, findings, id, key, many, me, my_keys, team_keys};

const TEAM: Slot = Slot::Keys(Scope::Team);

fn loads(effects: &[Effect]) -> Vec<Slot> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Load(slot, _) => Some(*slot),
            _ => None,
        })
        .collect()
}

#[test]
fn the_start_asks_who_we_are_and_for_everything_that_every_role_may_see() {
    let mut ui = Ui::new((80, 24));
    let first = [Slot::Me, Slot::Keys(Scope::Mine), Slot::Settings, Slot::Keys(Scope::Collections), Slot::Users];
    assert_eq!(loads(&ui.take()), first);
    ui.me(me(Role::Admin));
    assert_eq!(loads(&ui.take()), [TEAM, Slot::Findings]);
}

#[test]
fn a_late_answer_to_an_earlier_read_is_dropped() {
    let mut ui = Ui::team();
    let stale = ui.ticket(TEAM);
    ui.keys("<ctrl-r>");
    assert_ne!(ui.ticket(TEAM), stale);
    for answer in [Answer::Keys(many(3), None), Answer::End, Answer::Failed(crate::ui::error(ErrorKind::Server))] {
        ui.happen(Event::Answer(TEAM, stale, answer));
    }
    assert_eq!(ui.shown().len(), 8);
    assert_eq!(ui.app.team.load, Load::Loading);
    assert_eq!(ui.app.connection, Connection::Online);
    ui.load(Scope::Team, many(3));
    assert_eq!(ui.shown(), ["b1", "b2", "b3"]);
}

#[test]
fn pages_are_usable_as_they_come_and_a_refresh_keeps_what_is_there() {
    let mut ui = Ui::team();
    ui.keys("jj<ctrl-r>").page(Scope::Team, many(2));
    assert_eq!(ui.shown().len(), 10, "old rows stay until the reading is whole");
    assert_eq!(ui.cursor(), "k2");
    assert!(ui.screen().contains("loading 2"), "what came back is counted, not what is there: {}", ui.screen());
    ui.answer(TEAM, Answer::End);
    assert_eq!(ui.shown(), ["b1", "b2"]);
}

#[test]
fn ctrl_c_stops_loading_and_what_came_stays() {
    let mut ui = Ui::new((80, 24));
    ui.me(me(Role::Admin)).keys("3").page(Scope::Team, many(2));
    ui.take();
    ui.keys("<ctrl-c>");
    let cancelled: Vec<Effect> = ui.take();
    assert!(cancelled.contains(&Effect::Cancel(TEAM)) && cancelled.contains(&Effect::Cancel(Slot::Findings)));
    assert!(!cancelled.contains(&Effect::Quit));
    assert!(ui.message().contains("ctrl-r loads again"), "{}", ui.message());
    ui.page(Scope::Team, many(9));
    assert_eq!(ui.shown().len(), 2, "the cancelled reading is over");
    ui.keys("<ctrl-c>");
    assert_eq!(ui.take(), [Effect::Quit], "twice quits");
}

#[test]
fn ctrl_c_quits_only_twice_in_a_row() {
    let mut ui = Ui::admin();
    ui.keys("<ctrl-c>j<ctrl-c>");
    assert_eq!(ui.take(), []);
    ui.keys("<ctrl-c>");
    assert_eq!(ui.take(), [Effect::Quit]);
}

#[test]
fn a_failed_refresh_keeps_the_rows_and_says_why() {
    let mut ui = Ui::team();
    ui.keys("<ctrl-r>").fail(TEAM, ErrorKind::Unreachable);
    assert_eq!(ui.shown().len(), 8);
    assert!(matches!(ui.app.connection, Connection::Offline(_)));
    assert!(ui.message().contains("connection refused"), "{:?}", ui.message());
    assert!(ui.message().contains("ctrl-r"), "{:?}", ui.message());
    assert!(!ui.screen().contains("so far"), "the list was whole before");
    ui.keys("<ctrl-r>").load(Scope::Team, many(1));
    assert_eq!(ui.app.connection, Connection::Online);
}

#[test]
fn the_failure_of_a_tab_that_is_not_in_front_interrupts_nobody() {
    let mut ui = Ui::team();
    ui.keys("1<ctrl-r>3").fail(Slot::Keys(Scope::Mine), ErrorKind::Server);
    assert_eq!(ui.message(), "");
}

#[test]
fn a_first_reading_that_fails_says_so_in_the_list() {
    for (kind, words) in [
        (ErrorKind::Unreachable, "connection refused"),
        (ErrorKind::Denied, "only an admin may list"),
        (ErrorKind::Server, "the database is locked"),
    ] {
        let mut ui = Ui::new((80, 24));
        ui.me(me(Role::Admin)).keys("3").fail(TEAM, kind);
        let (what, then) = ui.app.empty_words(ui.app.tab).unwrap();
        assert!(what.contains(words), "{what}");
        assert!(!then.is_empty());
    }
}

#[test]
fn names_of_owners_and_exposure_come_late_and_reach_every_list() {
    let mut ui = Ui::new((80, 24));
    let nameless = || vec![key("k2", "postman-monitor", (2, ""), 20, None)];
    ui.me(me(Role::Admin)).load(Scope::Mine, nameless()).load(Scope::Team, nameless());
    ui.answer(
        Slot::Users,
        Answer::Users(vec![User { id: me(Role::User).id, ..user(2, "Ana Souza") }, user(2, "Ana Souza")]),
    );
    ui.findings(findings());
    for list in [&ui.app.mine, &ui.app.team] {
        let key = list.table.get(&id("k2")).unwrap();
        assert_eq!((key.owner.to_string().as_str(), key.exposed), ("Ana Souza", true));
    }
    ui.keys("3").refresh_team(nameless());
    let key = ui.app.team.table.get(&id("k2")).unwrap();
    assert_eq!((key.owner.to_string().as_str(), key.exposed), ("Ana Souza", true), "and new pages");
}

#[test]
fn an_owners_address_finds_a_collection_key_that_came_without() {
    let mut ui = Ui::new((80, 24));
    let nameless = Key { owner_email: "".into(), ..key("c1", "billing", (2, "Ana Souza"), 20, None) };
    ui.me(me(Role::Admin)).load(Scope::Collections, vec![nameless]);
    let ana = User { email: "ana@team.example".into(), ..user(2, "Ana Souza") };
    ui.answer(Slot::Users, Answer::Users(vec![ana])).keys("2/owner:ana@team<enter>");
    assert_eq!(ui.app.collections.table.shown(), 1);
}

fn user(id: i64, name: &str) -> User {
    User::sample(id, name)
}

#[test]
fn a_refresh_asks_for_the_tab_in_front_and_what_is_exposed() {
    let mut ui = Ui::team();
    ui.answer(Slot::Users, Answer::Users(vec![user(1, "Olivia Chen")])).keys("<ctrl-r>");
    assert_eq!(loads(&ui.take()), [Slot::Me, TEAM, Slot::Findings, Slot::Users], "an admin's lists tell who left");
    ui.keys("5<ctrl-r>");
    assert_eq!(loads(&ui.take()), [Slot::Me, Slot::Settings, Slot::Findings, Slot::Users]);
}

#[test]
fn a_key_that_is_refused_says_what_to_check() {
    let mut ui = Ui::new((80, 24));
    ui.fail(Slot::Me, ErrorKind::Unauthenticated);
    assert!(ui.message().contains("does not accept this key"), "{}", ui.message());
}

#[test]
fn who_becomes_an_admin_meanwhile_gets_an_admins_lists() {
    let mut ui = Ui::new((80, 24));
    ui.me(me(Role::User)).load(Scope::Mine, my_keys()).keys("<ctrl-r>");
    ui.take();
    ui.me(me(Role::Admin));
    assert_eq!(loads(&ui.take()), [TEAM, Slot::Findings]);
    ui.load(Scope::Team, team_keys()).keys("<ctrl-r>").me(me(Role::Admin));
    assert!(!loads(&ui.take())[2..].contains(&TEAM), "once");
}
