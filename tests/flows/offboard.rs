//! Off-boarding in the console: who, what would stop, what becomes of each key, and that nobody is deactivated before every
//! key is as chosen.

use keydeck::client::error::ErrorKind;
use keydeck::domain::bulk::Outcome;
use keydeck::domain::deed::Deed;
use keydeck::domain::fresh::Fresh;
use keydeck::domain::ids::UserId;
use keydeck::domain::key::Key;
use keydeck::domain::team::{Role, User, UserChange};
use keydeck::tui::effect::{Effect, Write};
use keydeck::tui::event::{Answer, Event, Slot};
use keydeck::tui::ticket::Ticket;

use crate::hand_over::{as_role, order};
use crate::ui::{Ui, error};

/// A superadmin's console with Ana's keys read: two in use, one idle.
fn leaving() -> Ui {
    let mut ui = as_role(Role::Superadmin);
    ui.keys(":offboard<Space>ana<Enter>");
    assert_eq!(ui.dialogs(), ["offboard"], "{}", ui.screen());
    read(&mut ui, &["k1", "k2", "k3"]);
    ui
}

fn read(ui: &mut Ui, ids: &[&str]) {
    let keys: Vec<Key> = ids.iter().map(|id| ui.app.team.table.get(&crate::ui::id(id)).unwrap().clone()).collect();
    ui.answer(Slot::OfUser, Answer::Fresh(Box::new(Fresh { keys, findings: Vec::new() })));
}

fn deactivation(ui: &mut Ui) -> Option<(Ticket, UserId, UserChange)> {
    ui.take().into_iter().find_map(|effect| match effect {
        Effect::Write(_, Write::User(ticket, id, change)) => Some((ticket, id, change)),
        _ => None,
    })
}

#[test]
fn what_would_stop_is_shown_first_what_was_used_apart() {
    let ui = leaving();
    let screen = ui.screen();
    for words in
        ["3 keys stop with them, 2 of them used in the last 24 h", "Used in the last 24 h (2)", "nightly-export"]
    {
        assert!(screen.contains(words), "{words}\n{screen}");
    }
}

#[test]
fn key_by_key_each_step_is_sent_and_then_they_are_deactivated() {
    let mut ui = leaving();
    // the first goes to a service, the second is disabled, the third revoked
    ui.keys("hgate<Enter>").keys("jd").keys("x");
    let screen = ui.screen();
    for words in ["→ gateway", "disabled", "revoked", "2 keys stop with them"] {
        assert!(screen.contains(words), "{words}\n{screen}");
    }
    ui.keys("<Enter>");
    let screen = ui.screen();
    for words in
        ["Hand 1 key over to gateway", "Disable 1 key", "Revoke 1 key, for ever", "Then Ana Souza is deactivated"]
    {
        assert!(screen.contains(words), "{words}\n{screen}");
    }
    ui.later("y<Enter>");
    assert_eq!(order(&mut ui), None, "it takes the number");
    ui.keys("3<Enter>");
    for (deed, id, outcome) in [
        (Deed::HandOver(UserId(20)), "k1", Outcome::HandedOver),
        (Deed::Disable, "k2", Outcome::Disabled),
        (Deed::Revoke, "k3", Outcome::Revoked),
    ] {
        let (ticket, sent) = order(&mut ui).unwrap();
        assert_eq!((sent.deed, sent.keys[0].id.as_str(), sent.keys.len()), (deed, id, 1));
        ui.outcome(ticket, id, outcome);
        assert_eq!(deactivation(&mut ui), None, "not before every key is so");
        ui.happen(Event::BulkEnded(ticket));
    }
    let (ticket, _, change) = deactivation(&mut ui).unwrap();
    assert_eq!(change.active, Some(false));
    let gone = User { active: false, ..User::sample(3, "Ana Souza") };
    ui.happen(Event::UserChanged(ticket, Box::new(Ok(gone))));
    assert!(ui.screen().contains("Ana Souza is not active any more"), "{}", ui.screen());
    assert!(ui.take().iter().any(|effect| matches!(effect, Effect::Load(Slot::Users, _))));
}

#[test]
fn one_key_that_did_not_work_keeps_them_active_and_what_was_chosen() {
    let mut ui = leaving();
    ui.keys("hgate<Enter>ggaa").keys("<Enter>").later("3<Enter>");
    let (ticket, sent) = order(&mut ui).unwrap();
    assert_eq!(sent.keys.len(), 3, "all alike");
    ui.outcome(ticket, "k1", Outcome::HandedOver).outcome(ticket, "k2", Outcome::Failed("503".into()));
    ui.outcome(ticket, "k3", Outcome::HandedOver).happen(Event::BulkEnded(ticket));
    assert_eq!(deactivation(&mut ui), None);
    assert!(ui.screen().contains("1 key is not as chosen, so Ana Souza is still active"), "{}", ui.screen());
    ui.later("r");
    read(&mut ui, &["k2"]);
    assert!(ui.screen().contains("→ gateway"), "{}", ui.screen());
    // after all it may stop with them
    ui.keys("s<Enter>").later("1<Enter>");
    let (ticket, ..) = deactivation(&mut ui).unwrap();
    ui.happen(Event::UserChanged(ticket, Box::new(Err(error(ErrorKind::Denied)))));
    assert!(!ui.screen().contains("not active any more"), "{}", ui.screen());
}

#[test]
fn stopping_sends_no_more_and_deactivates_nobody() {
    let mut ui = leaving();
    ui.keys("dd<Enter>").later("3<Enter>");
    let (ticket, _) = order(&mut ui).unwrap();
    ui.outcome(ticket, "k1", Outcome::Disabled).later("c");
    assert!(ui.take().contains(&Effect::StopSending));
    ui.happen(Event::BulkEnded(ticket));
    assert_eq!(deactivation(&mut ui), None);
    assert!(ui.screen().contains("Stopped: Ana Souza is still active"), "{}", ui.screen());
}

#[test]
fn who_leaves_is_found_by_name_and_never_oneself() {
    let mut ui = as_role(Role::Superadmin);
    ui.keys("B");
    assert!(ui.screen().contains("Who leaves?") && ui.screen().contains("ben@acme.example"), "{}", ui.screen());
    assert!(!ui.screen().contains("olivia@acme.example"), "{}", ui.screen());
    ui.take();
    ui.keys("oka<Enter>");
    assert!(ui.take().iter().any(|effect| matches!(effect, Effect::KeysOf(..))));
    ui.fail(Slot::OfUser, ErrorKind::Unreachable);
    ui.keys("<Enter>");
    assert!(ui.take().iter().any(|effect| matches!(effect, Effect::KeysOf(..))), "again");
}

#[test]
fn who_may_not_is_told_why() {
    let mut ui = as_role(Role::Admin);
    ui.keys("B");
    assert!(ui.message().contains("only a superadmin deactivates somebody"), "{}", ui.message());
    assert!(ui.dialogs().is_empty());
}
