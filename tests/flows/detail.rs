//! One key in full: its audit trail, and the keys it was rotated from and to.

use chrono::TimeDelta;
use keydeck::client::capabilities::{Capabilities, Capability};
use keydeck::client::error::ErrorKind;
use keydeck::domain::key::{Key, RefusedUses, TriedFrom};
use keydeck::domain::listing::Scope;
use keydeck::domain::sort::Column;
use keydeck::tui::effect::Effect;
use keydeck::tui::event::{Answer, Event, Slot};
use keydeck::tui::session::Session;

use crate::ui::{Ui, ago, key, my_keys, session, team_keys, trail};

const OLIVIA: (i64, &str) = (1, "Olivia Chen");

/// My Keys with `c` rotated from `b`, which was rotated from `a`, which is not loaded; the detail of `b` is open.
fn chained() -> Ui {
    let mut ui = Ui::admin();
    let mut keys = my_keys();
    keys.push(Key { rotated_from: Some("b".into()), ..key("c", "bot-3", OLIVIA, 210, None) });
    let (from, to) = (Some("a".into()), Some("c".into()));
    keys.push(Key { rotated_from: from, rotated_to: to, ..key("b", "bot-2", OLIVIA, 220, None) });
    ui.keys("1<ctrl-r>").load(Scope::Mine, keys);
    ui.happen(Event::Resize(120, 36)).keys("/bot-2<Enter><Enter>");
    ui
}

fn asked_of(ui: &mut Ui) -> Vec<String> {
    let asked = |effect| match effect {
        Effect::Trail(_, id) => Some(format!("trail {id}")),
        Effect::Tried(_, id) => Some(format!("tried {id}")),
        Effect::Ancestor(_, id) => Some(format!("key {id}")),
        Effect::Cancel(slot) => Some(format!("cancel {slot:?}")),
        _ => None,
    };
    ui.take().into_iter().filter_map(asked).collect()
}

#[test]
fn the_trail_is_asked_for_as_the_detail_opens_and_not_before() {
    let mut ui = Ui::team();
    ui.keys("jjkjG<Home>j");
    assert_eq!(asked_of(&mut ui), [""; 0], "moving asks for nothing");
    ui.keys("<Enter>");
    assert_eq!(asked_of(&mut ui), ["trail k1"]);
    assert!(ui.screen().contains("loading …"), "{}", ui.screen());
    ui.happen(Event::Resize(120, 36)).answer(Slot::Trail, Answer::Trail(trail("k1"), false));
    let screen = ui.screen();
    for words in [
        "4 entries, the newest first",
        "2026-11-21      06:30:00 UTC  expired, marked by the server",
        "2026-11-20      06:30:00 UTC  disabled by Olivia Chen from 10.0.4.17",
        "status: enabled → disabled · disabled reason: admin",
        "note: left the team",
        r"name: cd\u{202e} → ci · expires at: 2026-12-30 00:00:00 UTC → ",
        "made by Ana Souza from 10.0.4.17",
        "contacts: ops@acme.example",
        "with the key k1, through keydeck/0.1.0",
    ] {
        assert!(screen.contains(words), "{words}\n{screen}");
    }
    ui.keys("<Esc>");
    assert_eq!(asked_of(&mut ui), [""; 0], "nothing is under way any more");
}

#[test]
fn what_is_not_there_is_said() {
    let said = |answer: Answer| {
        let mut ui = Ui::team();
        ui.happen(Event::Resize(120, 36)).keys("j<Enter>").answer(Slot::Trail, answer);
        ui.screen()
    };
    assert!(said(Answer::Trail(Vec::new(), false)).contains("nothing is recorded of this key"));
    assert!(said(Answer::Trail(trail("k1"), true)).contains("the latest 4, the newest first; there are older ones"));
    let denied = said(Answer::Failed(crate::ui::error(ErrorKind::Denied)));
    assert!(denied.contains("you may not read it: "), "{denied}");
    let failed = said(Answer::Failed(crate::ui::error(ErrorKind::Server)));
    assert!(failed.contains("not here: 500 serverError: the database is locked; the server failed"), "{failed}");

    let capabilities = Capabilities::all().without(Capability::AuditLog, "see the website's audit log");
    let mut ui = Ui::loaded(Session { capabilities, ..session() }, (120, 36));
    ui.keys("3j<Enter>");
    assert_eq!(asked_of(&mut ui), [""; 0]);
    assert!(ui.screen().contains("not recorded by this backend: see the website's audit log"));
}

/// Team Keys with a revoked key that is still tried, whose detail is open.
fn still_tried(session: Session) -> Ui {
    let mut ui = Ui::loaded(session, (120, 36));
    let mut keys = team_keys();
    let revoked = keys.last_mut().unwrap();
    revoked.refused_uses =
        RefusedUses { count: 1204, last_at: ago(TimeDelta::hours(3)), last_from: Some("203.0.113.9".into()) };
    ui.keys("3<ctrl-r>").load(Scope::Team, keys).keys("G<Enter>");
    ui
}

#[test]
fn what_still_tries_a_key_is_read_as_its_detail_opens() {
    let mut ui = still_tried(session());
    assert_eq!(asked_of(&mut ui), ["trail k7", "tried k7"]);
    let screen = ui.screen();
    for words in [
        "; still tried",
        "Tried           1,204 times after it stopped working",
        "from 203.0.113.9",
        "Tried from      loading …",
    ] {
        assert!(screen.contains(words), "{words}\n{screen}");
    }
    let from = |address: &str, count, first, last| TriedFrom {
        address: address.into(),
        count,
        first: ago(TimeDelta::hours(first)),
        last: ago(TimeDelta::hours(last)),
    };
    let addresses = vec![from("203.0.113.9", 1203, 90, 3), from("ci\u{202e}", 1, 80, 80)];
    ui.answer(Slot::Tried, Answer::Tried(addresses));
    let screen = ui.screen();
    for words in ["Tried from      203.0.113.9  1,203 times, last ", "(3 h ago), first ", r"ci\u{202e}  once, last "] {
        assert!(screen.contains(words), "{words}\n{screen}");
    }
    ui.keys("<Esc>");
    assert_eq!(asked_of(&mut ui), ["cancel Trail"], "the addresses are there");

    let mut ui = still_tried(session());
    ui.take();
    ui.answer(Slot::Tried, Answer::Failed(crate::ui::error(ErrorKind::Server)));
    assert!(ui.screen().contains("Tried from      not here: 500 serverError"), "{}", ui.screen());
    let mut ui = still_tried(session());
    ui.take();
    ui.keys("<Esc>");
    assert_eq!(asked_of(&mut ui), ["cancel Trail", "cancel Tried"]);

    let capabilities = Capabilities::all().without(Capability::RefusedUses, "this backend counts none");
    let mut ui = still_tried(Session { capabilities, ..session() });
    assert_eq!(asked_of(&mut ui), ["trail k7"]);
    assert!(ui.screen().contains("not told by this backend: this backend counts none"));
}

#[test]
fn a_stopped_key_that_is_still_tried_stands_out_and_is_found() {
    let mut ui = still_tried(session());
    ui.keys("<Esc>");
    assert!(ui.screen().contains("! revoked"), "{}", ui.screen());
    ui.keys("C<End><Space><Esc>");
    assert_eq!(ui.app.team.shown.last(), Some(&Column::Tried));
    assert!(ui.screen().contains("1,204 · 3 h ago"), "{}", ui.screen());
    for (filter, found) in [("tried:<7d", 1), ("tried:<1h", 0), ("tried:never", 7), ("-tried:never revoked", 1)] {
        ui.keys("/<ctrl-u>").paste(filter);
        ui.keys("<Enter>");
        assert_eq!(ui.app.team.table.shown(), found, "{filter}");
    }
}

#[test]
fn a_late_answer_to_an_earlier_detail_is_dropped() {
    let mut ui = Ui::team();
    ui.keys("j<Enter>");
    let late = ui.ticket(Slot::Trail);
    ui.take();
    ui.keys("<Esc>");
    assert_eq!(asked_of(&mut ui), ["cancel Trail"]);
    ui.keys("j<Enter>").happen(Event::Answer(Slot::Trail, late, Answer::Trail(trail("k1"), false)));
    assert!(ui.screen().contains("loading …"), "{}", ui.screen());
    ui.keys("<Esc>").happen(Event::Answer(Slot::Trail, late, Answer::Trail(trail("k1"), false)));
    assert!(ui.dialogs().is_empty());
}

#[test]
fn the_chain_is_walked_both_ways_and_each_keys_trail_is_read() {
    let mut ui = chained();
    assert_eq!(asked_of(&mut ui).last().unwrap(), "trail b");
    let screen = ui.screen();
    assert!(screen.contains("bot-2 · 1 of the 2 known"), "{screen}");
    assert!(screen.contains("rotated from a, which is not loaded"), "{screen}");
    assert!(screen.contains("rotated to bot-3 of 2026-04-25 (c)"), "{screen}");
    ui.keys("]");
    assert_eq!(asked_of(&mut ui), ["trail c"]);
    assert!(ui.screen().contains("rotated from bot-2 of 2026-04-15 (b)"), "{}", ui.screen());
    ui.keys("]");
    assert_eq!(ui.message(), "No loaded key was rotated from this one");
    assert_eq!(asked_of(&mut ui), [""; 0]);
    ui.keys("yY");
    assert!(matches!(&ui.take()[0], Effect::Copy(_, id) if id == "c"));
    ui.keys("[[");
    assert_eq!(asked_of(&mut ui), ["trail b", "key a"]);
    assert!(ui.screen().contains("which is being asked for"));
    ui.keys("[");
    assert_eq!(asked_of(&mut ui), [""; 0], "it is asked for once");
    ui.answer(Slot::Ancestor, Answer::Key(Box::new(key("a", "bot-1", OLIVIA, 400, None))));
    assert_eq!(asked_of(&mut ui), ["trail a"]);
    assert!(ui.screen().contains("bot-1 · 1 of 3"), "{}", ui.screen());
    ui.keys("[");
    assert_eq!(ui.message(), "It was rotated from no other key");
}

#[test]
fn an_ancestor_that_cannot_be_read_says_why_and_is_asked_for_again() {
    let mut ui = chained();
    ui.take();
    ui.keys("[").fail(Slot::Ancestor, ErrorKind::Denied);
    assert!(ui.screen().contains("rotated from a, which cannot be shown: 403"), "{}", ui.screen());
    ui.take();
    ui.keys("[");
    assert_eq!(asked_of(&mut ui), ["key a"]);
}

#[test]
fn who_went_on_meanwhile_is_not_taken_back() {
    let mut ui = chained();
    ui.keys("[]").take();
    ui.answer(Slot::Ancestor, Answer::Key(Box::new(key("a", "bot-1", OLIVIA, 400, None))));
    assert_eq!(asked_of(&mut ui), [""; 0]);
    assert!(ui.screen().contains("bot-3 · 3 of 3"), "{}", ui.screen());
    ui.keys("<Esc>").take();
    ui.keys("<Enter>[").keys("<Esc>");
    assert_eq!(asked_of(&mut ui), ["trail b", "key a", "cancel Trail", "cancel Ancestor"]);
}
