//! Changes of many keys that were cut short: offered, looked at, gone on with, forgotten. And `d` on marks.

use keydeck::domain::bulk::{Outcome, Progress};
use keydeck::domain::changes::{About, Change, ChangeId, Item, ReadBack};
use keydeck::domain::deed::Deed;
use keydeck::domain::ids::UserId;
use keydeck::domain::key::{Key, Status};
use keydeck::domain::team::Role;
use keydeck::tui::effect::{Effect, Write};
use keydeck::tui::event::{Event, Slot};
use keydeck::tui::open_changes::OpenChange;
use keydeck::tui::ticket::Ticket;

use crate::ui::{Ui, id, many, me, now, session};

/// A revoke of nine keys: one revoked, two under way, the rest not sent.
pub fn change(number: &str) -> Change {
    let keys = many(9);
    let items = keys.iter().enumerate().map(|(at, key)| {
        let outcome = match at {
            0 => Outcome::Revoked,
            1 | 2 => Outcome::Sent,
            _ => Outcome::Queued,
        };
        Item { outcome, ..Item::from(key) }
    });
    let about = About {
        deed: Deed::Revoke,
        profile: "acme-staging".to_owned(),
        address: session().address,
        user: me(Role::Admin).id,
        note: None,
    };
    Change { id: ChangeId(number.to_owned()), about, started: now(), is_over: false, items: items.collect() }
}

fn listed(changes: Vec<Change>) -> Event {
    let open = changes.into_iter().map(|change| OpenChange { change, at_it: None }).collect();
    Event::ChangesListed(Ok((open, Vec::new())))
}

/// A console that offers [`change`].
pub fn cut_short() -> Ui {
    let mut ui = Ui::team();
    ui.happen(listed(vec![change("01A")]));
    ui
}

/// What was looked at: the ticket of each look.
fn looks(ui: &mut Ui) -> Vec<(Ticket, ChangeId)> {
    let of = |effect| match effect {
        Effect::ReadBack(ticket, id, own) => {
            assert_eq!(own.map(|own| own.to_string()).as_deref(), Some("own"));
            Some((ticket, id))
        }
        _ => None,
    };
    ui.take().into_iter().filter_map(of).collect()
}

/// As it stands after a look: both that were under way are revoked, `left` are not.
fn read(left: usize) -> ReadBack {
    let mut change = change("01A");
    for item in &mut change.items[..9 - left] {
        item.outcome = Outcome::Revoked;
    }
    ReadBack { change, left: many(9).split_off(9 - left), unseen: None }
}

#[test]
fn what_was_cut_short_is_offered_once_it_is_known_who_asks_and_nothing_goes_on_by_itself() {
    let mut ui = Ui::new((80, 24));
    assert!(ui.take().contains(&Effect::ListChanges));
    ui.happen(listed(vec![change("01A")]));
    assert!(ui.dialogs().is_empty(), "it may be another's");
    ui.me(me(Role::Admin));
    assert_eq!(ui.dialogs(), ["changes"]);
    assert!(ui.screen().contains("2 of 9 were under way"), "{}", ui.screen());
    assert!(ui.screen().contains("looking"), "{}", ui.screen());
    let (ticket, id) = looks(&mut ui).remove(0);
    assert_eq!(id.0, "01A");
    ui.happen(Event::ChangeReadBack(ticket, id, Ok(Box::new(read(6)))));
    assert!(ui.screen().contains("3 revoked") && ui.screen().contains("6 to go on with"), "{}", ui.screen());
    assert!(ui.take().iter().all(|effect| !matches!(effect, Effect::Write(..))));
}

#[test]
fn anothers_change_another_servers_and_one_that_is_alive_are_not_offered() {
    let other = |change: fn(&mut About)| {
        let mut other = crate::changes::change("01B");
        change(&mut other.about);
        other
    };
    for change in [other(|about| about.user = UserId(99)), other(|about| about.address = "https://else.example".into())]
    {
        let mut ui = Ui::team();
        ui.happen(listed(vec![change]));
        assert!(ui.dialogs().is_empty() && looks(&mut ui).is_empty());
    }
    let mut ui = Ui::team();
    let alive = OpenChange { change: change("01A"), at_it: Some("process 7 on build".to_owned()) };
    ui.happen(Event::ChangesListed(Ok((vec![alive.clone()], Vec::new()))));
    assert!(ui.dialogs().is_empty());
    ui.keys("U");
    assert_eq!(ui.take(), [Effect::ListChanges]);
    ui.happen(Event::ChangesListed(Ok((vec![alive], Vec::new()))));
    assert!(ui.dialogs().is_empty() && ui.message().contains("process 7 on build"), "{}", ui.message());
}

#[test]
fn going_on_reviews_what_is_left_reads_it_again_and_sends_it_under_the_same_record() {
    let mut ui = cut_short();
    let (ticket, record) = looks(&mut ui).remove(0);
    ui.later("<Enter>");
    assert_eq!((ui.dialogs(), ui.message()), (vec!["changes"], "Still looking at its keys"));
    ui.happen(Event::ChangeReadBack(ticket, record.clone(), Ok(Box::new(read(6)))));
    ui.again = crate::ui::Again::Are(many(9).split_off(3), Vec::new());
    ui.later("<Enter>");
    assert_eq!(ui.dialogs(), ["review"]);
    assert_eq!(ui.asked_again.as_ref().unwrap().0.len(), 6, "a review vouches for what was read when it opened");
    ui.later("6<Enter>");
    let effects = ui.take();
    let Some(Effect::Write(_, Write::Bulk(ticket, order))) = effects.last() else { panic!("{effects:?}") };
    assert_eq!((order.deed, order.keys.len(), &order.resumes), (Deed::Revoke, 6, &Some(record)));
    assert_eq!(order.user, me(Role::Admin).id);
    let ticket = *ticket;
    ui.outcome(ticket, "b4", Outcome::Revoked).happen(Event::BulkEnded(ticket));
    assert_eq!(ui.dialogs(), ["running"]);
}

#[test]
fn what_could_not_be_looked_at_is_looked_at_again() {
    let mut ui = cut_short();
    let (ticket, record) = looks(&mut ui).remove(0);
    ui.happen(Event::ChangeReadBack(ticket, record.clone(), Err("offline".to_owned())));
    assert!(ui.screen().contains("not looked at: offline"), "{}", ui.screen());
    ui.later("<Enter>");
    let (again, _) = looks(&mut ui).remove(0);
    assert_ne!(again, ticket);
    let partly = ReadBack { unseen: Some("503".to_owned()), ..read(2) };
    ui.happen(Event::ChangeReadBack(again, record, Ok(Box::new(partly))));
    assert!(ui.screen().contains("under way") && ui.screen().contains("not all could"), "{}", ui.screen());
    ui.later("<Enter>");
    assert_eq!(looks(&mut ui).len(), 1, "what is not known is not sent");
}

#[test]
fn forgetting_is_asked_twice_and_later_keeps_it() {
    let mut ui = cut_short();
    ui.take();
    ui.later("<Esc>");
    assert!(ui.dialogs().is_empty() && ui.message().contains("U shows"), "{}", ui.message());
    ui.keys("U").take();
    ui.happen(listed(vec![change("01A"), change("01B")])).take();
    assert_eq!(ui.dialogs(), ["changes"]);
    ui.later("f");
    assert!(ui.take().is_empty() && ui.message().contains("f again"), "{}", ui.message());
    ui.keys("j").keys("f");
    assert!(ui.take().is_empty(), "of another it is asked anew");
    ui.keys("f");
    assert_eq!(ui.take(), [Effect::ForgetChange(ChangeId("01B".to_owned()))]);
    assert_eq!(ui.dialogs(), ["changes"]);
    ui.keys("ff");
    assert_eq!(ui.take(), [Effect::ForgetChange(ChangeId("01A".to_owned()))]);
    assert!(ui.dialogs().is_empty());
    ui.happen(Event::ChangeForgotten(ChangeId("01A".to_owned()), Ok(())));
    assert!(ui.message().starts_with("Forgotten"));
}

#[test]
fn one_of_which_nothing_is_left_closes() {
    let mut ui = cut_short();
    let (ticket, record) = looks(&mut ui).remove(0);
    ui.happen(Event::ChangeReadBack(ticket, record, Ok(Box::new(read(0)))));
    assert!(ui.screen().contains("nothing is left of it"), "{}", ui.screen());
    ui.later("<Enter>");
    assert!(ui.dialogs().is_empty());
}

#[test]
fn it_does_not_come_between_what_somebody_does() {
    for keys in ["/", "x"] {
        let mut ui = Ui::team();
        ui.keys(keys).happen(listed(vec![change("01A")]));
        assert!(!ui.dialogs().contains(&"changes"), "{keys}");
        assert!(ui.message().contains("2 of 9 were under way") && ui.message().contains("U shows"), "{}", ui.message());
    }
    let mut ui = Ui::team();
    ui.happen(Event::ChangesListed(Err("the journal is damaged".to_owned())));
    assert_eq!(ui.message(), "the journal is damaged");
}

/// The order that was sent.
fn order(ui: &mut Ui) -> (Deed, Vec<String>) {
    let effects = ui.take();
    let Some(Effect::Write(_, Write::Bulk(_, order))) = effects.last() else { panic!("{effects:?}") };
    (order.deed, order.keys.iter().map(|key| key.id.to_string()).collect())
}

fn with_status(status: &Status, count: usize) -> Vec<Key> {
    many(count).into_iter().map(|key| Key { status: status.clone(), ..key }).collect()
}

#[test]
fn d_acts_on_marks_with_the_same_review_and_each_keys_own_result() {
    let mut ui = Ui::team();
    ui.refresh_team(many(4)).keys("<Space><Space><Space>d");
    assert_eq!(ui.dialogs(), ["review"], "{}", ui.message());
    assert!(ui.screen().contains("Disable 3 keys"), "{}", ui.screen());
    ui.later("3<Enter>");
    let effects = ui.take();
    let Some(Effect::Write(_, Write::Bulk(ticket, sent))) = effects.last() else { panic!("{effects:?}") };
    assert_eq!((sent.deed, sent.keys.len()), (Deed::Disable, 3));
    let ticket = *ticket;
    assert!(ui.screen().contains("Disabling 3 keys"), "{}", ui.screen());
    let disabled = Key { status: Status::Disabled, ..many(1).remove(0) };
    ui.happen(Event::Bulk(ticket, Progress::Changed(Box::new(disabled))));
    ui.outcome(ticket, "b1", Outcome::Disabled).outcome(ticket, "b2", Outcome::Denied("no".into()));
    ui.outcome(ticket, "b3", Outcome::Failed("503".into())).happen(Event::BulkEnded(ticket));
    assert_eq!(ui.app.team.table.get(&id("b1")).unwrap().status, Status::Disabled);
    assert!(!ui.take().iter().any(|effect| matches!(effect, Effect::Load(Slot::Findings, _))), "findings stay open");
    let screen = ui.screen();
    assert!(screen.contains("Disabled 1 of 3 keys") && screen.contains("1 disabled · 1 denied · 1 failed"), "{screen}");
    ui.later("r");
    assert_eq!(order(&mut ui), (Deed::Disable, vec!["b3".to_owned()]));
}

#[test]
fn d_enables_where_all_that_is_marked_is_disabled_and_leaves_the_disabled_out_of_a_mixture() {
    let mut ui = Ui::team();
    ui.refresh_team(with_status(&Status::Disabled, 3)).keys("<Space><Space>d").later("2<Enter>");
    assert_eq!(order(&mut ui), (Deed::Enable, vec!["b1".to_owned(), "b2".into()]));

    let mut ui = Ui::team();
    let mut keys = many(4);
    keys[1].status = Status::Disabled;
    ui.refresh_team(keys).keys("ad");
    assert!(ui.message().contains("1 of the marked is disabled already"), "{}", ui.message());
    ui.later("3<Enter>");
    assert_eq!(order(&mut ui), (Deed::Disable, vec!["b1".to_owned(), "b3".into(), "b4".into()]));
}

#[test]
fn hidden_marks_are_asked_about_before_disabling_too() {
    let mut ui = Ui::team();
    ui.refresh_team(many(4)).keys("a/batch-001<Enter>d");
    assert_eq!(ui.dialogs(), ["choice"]);
    ui.later("a");
    assert_eq!(ui.dialogs(), ["review"]);
    ui.later("4<Enter>");
    assert_eq!(order(&mut ui).1.len(), 4);
    let mut ui = Ui::admin();
    ui.keys("2ad");
    assert!(ui.dialogs().is_empty() && ui.message().contains("cannot be disabled"), "{}", ui.message());
}

#[test]
fn marks_that_were_cleared_come_back_with_u() {
    let mut ui = Ui::team();
    ui.keys("u");
    assert_eq!(ui.message(), "There are no earlier marks");
    ui.keys(r"j<Space><Space>\");
    assert!(ui.marked().is_empty() && ui.message().contains("u brings them back"), "{}", ui.message());
    ui.keys("u");
    assert_eq!((ui.marked(), ui.message()), (vec!["k1".to_owned(), "k2".into()], "2 marked again"));
    ui.keys("A").keys("u");
    assert_eq!(ui.marked(), ["k1", "k2"], "a slip with A too");
}
