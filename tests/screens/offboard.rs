//! Handing keys over and off-boarding in each state, which are drawn at three sizes.

use keydeck::client::error::ErrorKind;
use keydeck::domain::bulk::Outcome;
use keydeck::domain::fresh::Fresh;
use keydeck::domain::ids::UserId;
use keydeck::domain::key::{Key, TriedFrom};
use keydeck::domain::listing::Scope;
use keydeck::domain::paused::Paused;
use keydeck::domain::team::{Role, User, UserKind};
use keydeck::domain::time::When;
use keydeck::tui::dialogs::Dialog;
use keydeck::tui::dialogs::pause::PauseReport;
use keydeck::tui::effect::{Effect, Write};
use keydeck::tui::event::{Answer, Event, Slot};
use keydeck::tui::ticket::Ticket;

use crate::picture;
use crate::ui::{Ui, id, me, now, session, team_keys};

/// A superadmin's Team Keys, with the people the keys are of, an admin and a service.
fn ui() -> Ui {
    let mut ui = Ui::loaded(session(), (80, 24));
    ui.keys("3<ctrl-r>").me(me(Role::Superadmin)).load(Scope::Team, team_keys());
    let owner = |key: &str| ui.app.team.table.get(&id(key)).unwrap().owner_id;
    let person = |id: UserId, name: &str, email: &str| User { id, email: email.into(), ..User::sample(0, name) };
    let users = vec![
        person(owner("k1"), "Ana Souza", "ana@acme.example"),
        person(owner("k6"), "Ben Okafor", "ben@acme.example"),
        User { roles: vec![Role::Admin], ..person(UserId(9), "Zoe Admin", "zoe@acme.example") },
        User { kind: UserKind::Service, ..User::sample(20, "gateway") },
    ];
    ui.answer(Slot::Users, Answer::Users(users)).take();
    ui
}

fn leaving() -> Ui {
    let mut ui = ui();
    ui.keys(":offboard<Space>ana<Enter>");
    read(&mut ui);
    ui
}

fn read(ui: &mut Ui) {
    let keys: Vec<Key> =
        ["k1", "k2", "k3"].iter().map(|key| ui.app.team.table.get(&id(key)).unwrap().clone()).collect();
    ui.answer(Slot::OfUser, Answer::Fresh(Box::new(Fresh { keys, findings: Vec::new() })));
}

fn ticket(ui: &mut Ui) -> Ticket {
    let sent = ui.take().into_iter().find_map(|effect| match effect {
        Effect::Write(_, Write::Bulk(ticket, _) | Write::User(ticket, ..)) => Some(ticket),
        _ => None,
    });
    sent.unwrap()
}

#[test]
fn whom_keys_go_to() {
    picture("hand_over_whom", ui().keys("h"));
    picture("hand_over_nobody", ui().keys("hzzz"));
    picture("hand_over_review", ui().keys("ahgate<Enter>"));
}

#[test]
fn who_leaves_and_what_becomes_of_the_keys() {
    picture("offboard_who", ui().keys("B"));
    picture("offboard_reading", ui().keys("Bana<Enter>"));
    picture("offboard_not_read", ui().keys("Bana<Enter>").fail(Slot::OfUser, ErrorKind::Unreachable));
    picture("offboard_keys", &mut leaving());
    picture("offboard_to_whom", leaving().keys("h"));
    let chosen = |ui: &mut Ui| {
        ui.keys("hgate<Enter>").keys("jdx");
    };
    let mut keys = leaving();
    chosen(&mut keys);
    picture("offboard_chosen", &mut keys);
    picture("offboard_review", keys.keys("<Enter>"));
    let mut none = ui();
    none.keys("Bana<Enter>").answer(Slot::OfUser, Answer::Fresh(Box::default()));
    picture("offboard_no_keys", &mut none);
}

#[test]
fn each_keys_own_outcome() {
    let mut run = leaving();
    run.keys("da<Enter>").later("3<Enter>");
    let first = ticket(&mut run);
    run.outcome(first, "k1", Outcome::Disabled);
    picture("offboard_sending", &mut run);
    run.outcome(first, "k2", Outcome::Failed("the server is full".into())).outcome(first, "k3", Outcome::Disabled);
    picture("offboard_not_all", run.happen(Event::BulkEnded(first)));
    let mut gone = leaving();
    gone.keys("<Enter>").later("3<Enter>");
    let last = ticket(&mut gone);
    let user = User { active: false, ..User::sample(3, "Ana Souza") };
    picture("offboard_gone", gone.happen(Event::UserChanged(last, Box::new(Ok(user)))));
}

#[test]
fn who_hit_a_key_that_was_off_for_a_while() {
    let report = |tried: Option<Vec<TriedFrom>>| {
        let since = now() - chrono::TimeDelta::minutes(10);
        let paused = Paused { id: id("k1"), name: "ci-deploy".into(), since, until: now() };
        let mut ui = ui();
        let mut report = PauseReport::new(paused, Ticket::default());
        report.tried = tried.map(Ok);
        ui.app.dialogs.open(Dialog::Pause(Box::new(report)), ui.running());
        ui
    };
    let at = When::At(now() - chrono::TimeDelta::minutes(3));
    let from = |address: &str| TriedFrom { address: address.into(), count: 4, first: at.clone(), last: at.clone() };
    picture("pause_reading", &mut report(None));
    picture("pause_nobody", &mut report(Some(Vec::new())));
    picture("pause_hit", &mut report(Some(vec![from("10.0.4.17"), from("203.0.113.9")])));
}
