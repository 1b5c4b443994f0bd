//! Handing keys over in the console: to whom, the ordinary review, and what becomes of the rows.

use keydeck::domain::bulk::{Outcome, Progress};
use keydeck::domain::deed::Deed;
use keydeck::domain::ids::UserId;
use keydeck::domain::key::{DisabledReason, Key, Status};
use keydeck::domain::listing::Scope;
use keydeck::domain::team::{Role, User, UserKind};
use keydeck::tui::effect::{Effect, Order, Write};
use keydeck::tui::event::{Answer, Event, Slot};
use keydeck::tui::ticket::Ticket;

use crate::ui::{Ui, id, me, team_keys};

/// Ana and Ben, who are users, an admin, a service, and somebody who left.
pub fn users() -> Vec<User> {
    let service =
        User { kind: UserKind::Service, contacts: vec!["ops@acme.example".into()], ..User::sample(20, "gateway") };
    vec![
        User { roles: vec![Role::Admin], email: "olivia@acme.example".into(), ..User::sample(1, "Olivia Chen") },
        User { email: "ana@acme.example".into(), ..User::sample(3, "Ana Souza") },
        User { email: "ben@acme.example".into(), ..User::sample(4, "Ben Okafor") },
        User { roles: vec![Role::Admin], ..User::sample(9, "Zoe Admin") },
        User { active: false, ..User::sample(10, "Carl Gone") },
        service,
    ]
}

/// A console whose user has this role, with Team Keys in front and the users known.
pub fn as_role(role: Role) -> Ui {
    let mut ui = Ui::team();
    ui.keys("<ctrl-r>").me(me(role)).load(Scope::Team, team_keys());
    with_users(ui)
}

pub fn with_users(mut ui: Ui) -> Ui {
    let (ana, ben) = (ui.app.team.table.get(&id("k1")).unwrap(), ui.app.team.table.get(&id("k6")).unwrap());
    let (ana, ben) = (ana.owner_id, ben.owner_id);
    let mut users = users();
    (users[1].id, users[2].id) = (ana, ben);
    ui.answer(Slot::Users, Answer::Users(users));
    ui.take();
    ui
}

pub fn order(ui: &mut Ui) -> Option<(Ticket, Order)> {
    ui.take().into_iter().find_map(|effect| match effect {
        Effect::Write(_, Write::Bulk(ticket, order)) => Some((ticket, *order)),
        _ => None,
    })
}

#[test]
fn one_key_goes_to_a_service_after_the_review() {
    let mut ui = with_users(Ui::team());
    ui.keys("/unused<Enter>h");
    assert!(ui.screen().contains("Hand it over to whom?"), "{}", ui.screen());
    for absent in ["Zoe Admin", "Carl Gone", "ben@acme.example"] {
        assert!(!ui.screen().contains(absent), "{absent}: {}", ui.screen());
    }
    ui.keys("gate<Enter>");
    let screen = ui.screen();
    assert!(screen.contains("Hand over 1 key to the service gateway"), "{screen}");
    assert!(screen.contains("go on working"), "{screen}");
    ui.later("y");
    let (ticket, order) = order(&mut ui).unwrap();
    assert_eq!((order.deed, order.keys.len()), (Deed::HandOver(UserId(20)), 1));
    let before = ui.app.team.table.get(&id("k6")).unwrap().clone();
    let given = Key { owner_id: UserId(20), owner: "gateway".into(), owner_kind: UserKind::Service, ..before };
    ui.happen(Event::Bulk(ticket, Progress::Changed(Box::new(given)))).outcome(ticket, "k6", Outcome::HandedOver);
    ui.happen(Event::BulkEnded(ticket));
    assert!(ui.screen().contains("Handed over 1 of 1 key"), "{}", ui.screen());
    ui.later("<Enter>");
    assert_eq!(ui.app.team.table.get(&id("k6")).unwrap().owner.to_string(), "gateway");
}

#[test]
fn many_marked_keys_go_together_and_what_cannot_is_said() {
    let mut ui = with_users(Ui::team());
    // the console's own key among them, a revoked one, and those of two people
    ui.keys("ah");
    assert!(ui.screen().contains("keys over to whom?"), "{}", ui.screen());
    ui.keys("ana<Enter>");
    let screen = ui.screen();
    assert!(screen.contains("theirs already") && screen.contains("the key this console uses"), "{screen}");
    ui.later("3<Enter>");
    let (_, order) = order(&mut ui).unwrap();
    let ids: Vec<String> = order.keys.iter().map(|key| key.id.to_string()).collect();
    assert_eq!(ids, ["k4", "k5", "k6"]);
}

#[test]
fn a_key_of_somebody_who_left_is_no_longer_called_so() {
    let mut ui = with_users(Ui::team());
    let mut left = ui.app.team.table.get(&id("k6")).unwrap().clone();
    (left.status, left.disabled_reason, left.owner_gone) = (Status::Disabled, Some(DisabledReason::OwnerLeft), true);
    left.owner_id = UserId(10);
    ui.refresh_team(vec![left.clone()]);
    ui.keys("/owner:gone<Enter>");
    assert_eq!(ui.shown(), ["k6"]);
    assert!(ui.screen().contains("owner left"), "{}", ui.screen());
    ui.keys("hgate<Enter>").later("y");
    let (ticket, _) = order(&mut ui).unwrap();
    let now = Key { owner_id: UserId(20), owner_gone: true, status: Status::Enabled, disabled_reason: None, ..left };
    ui.happen(Event::Bulk(ticket, Progress::Changed(Box::new(now)))).outcome(ticket, "k6", Outcome::HandedOver);
    assert!(!ui.app.team.table.get(&id("k6")).unwrap().owner_gone);
}

#[test]
fn who_may_not_is_told_why() {
    let mut ui = with_users(Ui::team());
    ui.keys("<ctrl-r>").me(me(Role::User)).keys("1h");
    assert!(ui.message().contains("only an admin hands keys over"), "{}", ui.message());
    assert!(ui.dialogs().is_empty());
}
