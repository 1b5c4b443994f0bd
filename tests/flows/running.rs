//! A revoke under way and over.

use std::time::Duration;

use keydeck::client::error::ErrorKind;
use keydeck::domain::bulk::{Outcome, Progress};
use keydeck::domain::key::Status;
use keydeck::domain::listing::Scope;
use keydeck::domain::table::States;
use keydeck::tui::dialogs::Dialog;
use keydeck::tui::dialogs::running::Tally;
use keydeck::tui::effect::{Effect, Write};
use keydeck::tui::event::{Event, Slot};
use keydeck::tui::ticket::Ticket;

use crate::ui::{Ui, id, many, my_keys};

/// Five marked keys, sent.
fn five() -> (Ui, Ticket) {
    let mut ui = Ui::team();
    ui.refresh_team(many(5)).keys("ax").later("5<Enter>");
    let (ticket, ids) = ui.revoke();
    assert_eq!(ids.len(), 5);
    (ui, ticket)
}

fn tally(ui: &Ui) -> Tally {
    match ui.app.dialogs.last() {
        Some(Dialog::Running(running)) => running.tally(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_result_is_seen_as_it_happens_and_in_the_list() {
    let (mut ui, ticket) = five();
    assert_eq!(tally(&ui), Tally { left: 5, ..Tally::default() });
    ui.happen(Event::Bulk(ticket, Progress::Sent(vec![id("b1"), id("b2")])));
    assert!(ui.screen().contains("sent"));
    ui.outcome(ticket, "b1", Outcome::Revoked).outcome(ticket, "b2", Outcome::AlreadyRevoked);
    ui.outcome(ticket, "b3", Outcome::Denied("no".into())).outcome(ticket, "b4", Outcome::NotFound);
    assert_eq!(tally(&ui), Tally { done: 1, already: 1, denied: 1, not_found: 1, left: 1, ..Tally::default() });
    for revoked in ["b1", "b2"] {
        assert_eq!(ui.app.team.table.get(&id(revoked)).unwrap().status, Status::Revoked);
    }
    for kept in ["b3", "b4", "b5"] {
        assert_eq!(ui.app.team.table.get(&id(kept)).unwrap().status, Status::Enabled);
    }
    let screen = ui.screen();
    for words in ["revoked", "already revoked", "denied: no", "not found", "queued", "1 left"] {
        assert!(screen.contains(words), "{words}\n{screen}");
    }
}

#[test]
fn news_that_came_together_leave_what_they_would_one_by_one() {
    let news = |ticket| {
        let done = |key: &str| (ticket, Progress::Done(id(key), Outcome::Revoked));
        let sent = Progress::Sent(["b1", "b2", "b3"].map(id).to_vec());
        vec![(ticket, sent), done("b1"), (ticket, Progress::Done(id("b2"), Outcome::NotFound)), done("b3")]
    };
    let hidden = States { revoked: false, ..States::ALL };
    let (mut one, first) = five();
    let (mut other, second) = five();
    for ui in [&mut one, &mut other] {
        ui.app.team.table.set_states(hidden, crate::ui::now());
    }
    for (ticket, progress) in news(first) {
        one.happen(Event::Bulk(ticket, progress));
    }
    let now = other.app.now;
    other.app.take_news(now, news(second));
    assert_eq!(other.screen(), one.screen());
    assert_eq!((other.shown(), other.cursor()), (one.shown(), one.cursor()));
    assert_eq!(other.shown(), ["b2", "b4", "b5"]);
}

#[test]
fn a_refresh_that_was_read_before_does_not_bring_a_revoked_key_back() {
    let mut ui = Ui::team();
    ui.refresh_team(many(1)).keys("<ctrl-r>x").later("001B<Enter>");
    let (ticket, _) = ui.revoke();
    ui.outcome(ticket, "b1", Outcome::Revoked).load(Scope::Team, many(1));
    assert_eq!(ui.app.team.table.get(&id("b1")).unwrap().status, Status::Revoked);
}

#[test]
fn it_does_not_close_while_at_work_and_c_sends_no_more() {
    let (mut ui, ticket) = five();
    ui.later("<Enter>q<Esc>");
    assert_eq!(ui.dialogs(), ["running"]);
    assert!(ui.message().contains("c sends no more"), "{}", ui.message());
    ui.keys("cc");
    assert_eq!(ui.take(), [Effect::StopSending], "once");
    ui.outcome(ticket, "b1", Outcome::Revoked).happen(Event::BulkEnded(ticket));
    assert_eq!(tally(&ui), Tally { done: 1, not_sent: 4, ..Tally::default() });
}

#[test]
fn ctrl_c_stops_too_and_twice_quits() {
    let (mut ui, _) = five();
    ui.keys("<ctrl-c>");
    assert_eq!(ui.take(), [Effect::StopSending]);
    ui.keys("<ctrl-c>");
    assert_eq!(ui.take(), [Effect::Quit]);
}

#[test]
fn what_was_sent_and_never_answered_is_unknown() {
    let (mut ui, ticket) = five();
    ui.happen(Event::Bulk(ticket, Progress::Sent(vec![id("b1"), id("b2")])));
    ui.outcome(ticket, "b1", Outcome::Unknown("timed out".into())).happen(Event::BulkEnded(ticket));
    assert_eq!(tally(&ui), Tally { unknown: 2, not_sent: 3, ..Tally::default() });
    assert_eq!(ui.app.team.table.get(&id("b1")).unwrap().status, Status::Enabled, "nobody knows");
    assert!(ui.screen().contains("? unknown: timed out"));
}

#[test]
fn retry_sends_only_what_may_succeed_now() {
    let (mut ui, ticket) = five();
    ui.keys("r");
    assert_eq!(ui.take(), [], "not while it runs");
    for (key, outcome) in [
        ("b1", Outcome::Revoked),
        ("b2", Outcome::Denied("no".into())),
        ("b3", Outcome::Failed("503".into())),
        ("b4", Outcome::NotFound),
        ("b5", Outcome::Unknown("lost".into())),
    ] {
        ui.outcome(ticket, key, outcome);
    }
    ui.happen(Event::BulkEnded(ticket)).take();
    ui.later("r");
    let (again, ids) = ui.revoke();
    assert_eq!(ids, ["b3", "b5"]);
    assert_ne!(again, ticket);
    ui.outcome(ticket, "b3", Outcome::Revoked);
    assert_eq!(tally(&ui).left, 2, "late news of the first run are dropped");
    ui.outcome(again, "b3", Outcome::Revoked).outcome(again, "b5", Outcome::Failed("503".into()));
    ui.happen(Event::BulkEnded(again)).later("<Enter>");
    assert_eq!(ui.marked(), ["b2", "b5"], "those that failed or were denied, and nothing else");
    assert!(ui.message().starts_with("2 keys revoked, 3 not"), "{}", ui.message());
}

#[test]
fn when_all_went_well_there_is_nothing_to_retry_and_no_mark_left() {
    let (mut ui, ticket) = five();
    for key in ["b1", "b2", "b3", "b4", "b5"] {
        ui.outcome(ticket, key, Outcome::Revoked);
    }
    ui.happen(Event::BulkEnded(ticket));
    assert!(matches!(ui.take()[..], [Effect::Load(Slot::Findings, _)]), "revoking resolves findings");
    ui.later("r");
    assert_eq!(ui.take(), []);
    ui.keys("<Enter>");
    assert_eq!((ui.dialogs().len(), ui.marked().len(), ui.message()), (0, 0, "5 keys revoked"));
}

#[test]
fn after_a_run_what_needs_a_hand_is_marked_and_nothing_else() {
    let mut ui = Ui::team();
    ui.refresh_team(many(9)).keys("<Space><Space><Space><Space><Space><Space><Space>/batch-00<Enter>x");
    ui.later("7<Enter>");
    let (ticket, _) = ui.revoke();
    for (key, outcome) in [
        ("b1", Outcome::Revoked),
        ("b2", Outcome::AlreadyRevoked),
        ("b3", Outcome::Denied("no".into())),
        ("b4", Outcome::Failed("503".into())),
        ("b5", Outcome::NotFound),
        ("b6", Outcome::Unknown("lost".into())),
        ("b7", Outcome::NotSent("offline".into())),
    ] {
        ui.outcome(ticket, key, outcome);
    }
    ui.happen(Event::BulkEnded(ticket)).later("<Enter>");
    assert_eq!(ui.marked(), ["b3", "b4", "b6", "b7"]);
    ui.keys("u");
    assert_eq!(ui.marked(), ["b1", "b2", "b3", "b4", "b5", "b6", "b7"], "the marks before it come back");
}

#[test]
fn results_are_saved_once_they_are_known_and_it_is_said_where() {
    let (mut ui, ticket) = five();
    ui.outcome(ticket, "b1", Outcome::Revoked).keys("w");
    assert_eq!(ui.take(), [], "not while it runs");
    ui.happen(Event::BulkEnded(ticket)).take();
    ui.later("w");
    let effects = ui.take();
    let [Effect::SaveResults(asked, results)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((*asked, results.items.len(), results.by.to_string()), (ticket, 5, "Olivia Chen".to_owned()));
    assert!(results.text().contains("1 revoked, 4 not sent"), "{}", results.text());
    ui.happen(Event::Saved(ticket, Ok("/home/o/revoke-2026-11-21-0830.json and .txt".to_owned())));
    assert!(ui.screen().contains("saved in /home/o/revoke-2026-11-21-0830.json"), "{}", ui.screen());
    ui.happen(Event::Saved(ticket, Err("the disk is full".to_owned())));
    assert!(ui.screen().contains("not saved: the disk is full") && ui.message().contains("not saved"));
}

#[test]
fn a_run_that_is_not_on_disk_says_so() {
    let (mut ui, ticket) = five();
    ui.happen(Event::Bulk(ticket, Progress::NotRecorded("the disk is full".into())));
    assert!(ui.screen().contains("not on disk"), "{}", ui.screen());
}

#[test]
fn a_retry_goes_on_with_the_same_record() {
    let (mut ui, ticket) = five();
    let record = keydeck::domain::changes::ChangeId("01JQ".to_owned());
    ui.happen(Event::Bulk(ticket, Progress::Recorded(record.clone())));
    ui.outcome(ticket, "b3", Outcome::Failed("503".into())).happen(Event::BulkEnded(ticket)).take();
    ui.later("r");
    let effects = ui.take();
    let Some(Effect::Write(_, Write::Bulk(_, order))) = effects.last() else { panic!("{effects:?}") };
    assert_eq!(order.resumes, Some(record));
}

#[test]
fn a_single_key_that_failed_and_was_not_marked_is_marked_then() {
    let mut ui = Ui::team();
    ui.refresh_team(many(2)).keys("x").later("001B<Enter>");
    let (ticket, _) = ui.revoke();
    ui.outcome(ticket, "b1", Outcome::Failed("503".into())).happen(Event::BulkEnded(ticket));
    ui.later("<Enter>");
    assert_eq!(ui.marked(), ["b1"]);
    assert!(ui.message().contains("shows only what is marked"), "{}", ui.message());
}

#[test]
fn reading_back_and_waiting_are_said() {
    let (mut ui, ticket) = five();
    ui.happen(Event::Bulk(ticket, Progress::ReadingBack(vec![id("b1")])));
    assert!(ui.screen().contains("reading 1 back"));
    ui.happen(Event::Bulk(ticket, Progress::Waiting(12)));
    assert!(ui.screen().contains("wait 12 s"));
    ui.wait(Duration::from_secs(4)).outcome(ticket, "b1", Outcome::Revoked);
    assert!(!ui.screen().contains("reading"), "it was read back");
    assert!(ui.screen().contains("about 16 s to go"), "{}", ui.screen());
}

#[test]
fn the_own_key_revoked_is_said_and_nothing_more_is_read() {
    let mut ui = Ui::team();
    ui.keys("x").later("i0NWO<Enter>");
    let (ticket, ids) = ui.revoke();
    assert_eq!(ids, ["own"]);
    ui.outcome(ticket, "own", Outcome::Revoked).happen(Event::BulkEnded(ticket));
    assert_eq!(ui.take(), []);
    assert!(ui.message().contains("own key is revoked"), "{}", ui.message());
    ui.later("<Enter>");
    assert!(ui.message().contains("own key is revoked"), "still, in the list: {}", ui.message());
}

#[test]
fn a_key_in_several_lists_is_revoked_in_all() {
    let mut ui = Ui::admin();
    ui.keys("3").refresh_team(my_keys()).keys("jx").later("001O<Enter>");
    let (ticket, ids) = ui.revoke();
    assert_eq!(ids, ["o1"]);
    ui.outcome(ticket, "o1", Outcome::Revoked);
    for list in [&ui.app.mine, &ui.app.team] {
        assert_eq!(list.table.get(&id("o1")).unwrap().status, Status::Revoked);
    }
}

#[test]
fn a_read_that_fails_meanwhile_does_not_disturb_it() {
    let (mut ui, ticket) = five();
    ui.fail(Slot::Findings, ErrorKind::Unreachable).outcome(ticket, "b1", Outcome::Revoked);
    assert_eq!(tally(&ui).done, 1);
}

#[test]
fn a_long_reason_is_readable_in_a_narrow_window() {
    let (mut ui, ticket) = five();
    ui.happen(Event::Resize(40, 12));
    ui.outcome(ticket, "b1", Outcome::Failed("503 serverError: the database is locked".into()));
    ui.happen(Event::BulkEnded(ticket));
    let flat: String = ui.screen().replace(['│', '\n'], " ").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("the database is locked"), "{}", ui.screen());
}
