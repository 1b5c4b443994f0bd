//! Keys that no API lists: written down, changed, forgotten, asked about; and rotated by a person's hand.

use keydeck::domain::key_value::{fingerprint, hex};
use keydeck::domain::rotation::{Decision, Effect as Doing, Outcome, Question};
use keydeck::domain::tracked::{TrackedChange, TrackedKind, TrackedRequest};
use keydeck::tui::effect::{Effect, TrackOrder, Write};
use keydeck::tui::event::{Event, Slot};
use keydeck::tui::session::Session;
use keydeck::tui::ticket::Ticket;

use crate::rotations::{Executor, failure, present};
use crate::tracked::{CI, PAGE, console, tracking, written_down};
use crate::ui::{Ui, me};

/// A value of Postman's form, which is no key's.
fn pmak() -> String {
    format!("PMAK-{}-{}", "a".repeat(24), "b".repeat(34))
}

#[track_caller]
fn ordered(ui: &mut Ui) -> (Ticket, TrackOrder) {
    let effects = ui.take();
    let order = effects.into_iter().find_map(|effect| match effect {
        Effect::Track(ticket, order) => Some((ticket, *order)),
        _ => None,
    });
    order.unwrap_or_else(|| panic!("nothing was asked\n{}", ui.screen()))
}

#[test]
fn a_key_is_written_down_with_the_fingerprint_of_its_value_which_is_never_shown() {
    let mut ui = console((80, 24));
    ui.keys("n");
    assert_eq!(ui.dialogs(), ["form"]);
    ui.keys("okta<Tab> <Tab>Ana Souza<Tab><Tab>it@acme.example<Tab>").paste(&pmak());
    let screen = ui.screen();
    assert!(screen.contains("PMAK-…bbbb") && !screen.contains(&"b".repeat(10)), "{screen}");
    ui.keys("<Enter>");
    let (ticket, order) = ordered(&mut ui);
    let expected = TrackedRequest {
        name: "okta".to_owned(),
        kind: Some(TrackedKind::ScimKey),
        owner: "Ana Souza".to_owned(),
        contacts: vec!["it@acme.example".to_owned()],
        value: Some((fingerprint(&pmak()), "PMAK-…bbbb".to_owned())),
        ..TrackedRequest::default()
    };
    assert_eq!(order, TrackOrder::Add(expected));
    ui.happen(Event::Tracked(ticket, Ok("okta is written down".to_owned())));
    assert_eq!((ui.dialogs().len(), ui.message()), (0, "okta is written down"));
    assert!(ui.was_read(Slot::Keys(keydeck::domain::listing::Scope::Mine)), "the rows are read again");
}

#[test]
fn what_is_wrong_is_said_and_nothing_is_asked() {
    let mut ui = console((80, 24));
    ui.keys("n").paste(&pmak()).keys("<Tab><Tab><Tab>yesterday<Tab><Tab>short<Enter>");
    assert!(ui.take().is_empty());
    let screen = ui.screen();
    assert!(screen.contains("looks like a key's value") && !screen.contains(&"b".repeat(10)), "{screen}");
    let mut ui = console((80, 24));
    ui.keys("n").keys("ci<Tab><Tab><Tab><Tab><Tab>").paste(CI).keys("<Enter>");
    let (ticket, _) = {
        assert!(ui.screen().contains("no key's value"), "{}", ui.screen());
        ui.keys("<ctrl-u><Enter>");
        ordered(&mut ui)
    };
    ui.happen(Event::Tracked(ticket, Err("Nothing was changed: the disk is full".to_owned())));
    assert_eq!((ui.dialogs(), ui.message()), (vec!["form"], "Nothing was changed: the disk is full"));
}

#[test]
fn only_what_was_touched_is_changed() {
    let mut ui = console((80, 24));
    ui.keys("e<Enter><Enter><Enter><Enter><Enter>");
    assert!(ui.take().is_empty() && ui.message() == "Nothing was changed", "{}", ui.screen());
    ui.keys("e<Tab><Tab><ctrl-u>2027-06-30<Enter><Enter><Enter>");
    let (_, order) = ordered(&mut ui);
    let at = keydeck::domain::time::When::from_wire("2027-06-30T00:00:00Z").time();
    let change = TrackedChange { expires: Some(at), ..TrackedChange::default() };
    assert_eq!(order, TrackOrder::Change(written_down()[0].id.clone(), change));
}

#[test]
fn a_key_is_forgotten_once_the_box_is_checked_and_is_not_revoked() {
    let mut ui = console((80, 24));
    ui.keys("D<Enter>");
    assert!(ui.take().is_empty() && ui.screen().contains("not revoked by that"), "{}", ui.screen());
    ui.keys(" <Enter>");
    assert_eq!(ordered(&mut ui).1, TrackOrder::Remove(written_down()[0].id.clone()));
}

#[test]
fn a_value_is_asked_about_only_where_it_is_the_keys_own() {
    let mut ui = console((80, 24));
    ui.keys("P").paste(&pmak()).keys("<Enter>");
    assert!(ui.take().is_empty() && ui.screen().contains("another value"), "{}", ui.screen());
    ui.keys("<Esc>jP");
    assert!(ui.message().contains("SCIM key"), "{}", ui.message());
    let print = hex(&keydeck::domain::key_value::digest(&pmak()));
    let mut key = written_down().remove(0);
    key.digest = keydeck::domain::key_value::digest_of_fingerprint(&print);
    let mut ui = Ui::on(tracking(), (80, 24));
    ui.me(me(keydeck::domain::team::Role::Admin)).load(keydeck::domain::listing::Scope::Mine, vec![key]);
    ui.keys("1P").paste(&pmak());
    assert!(ui.screen().contains("costs one call"), "{}", ui.screen());
    ui.take();
    ui.keys("<Enter>");
    let (_, TrackOrder::Probe(_, value)) = ordered(&mut ui) else { panic!("no question") };
    assert_eq!(value.expose(), pmak());
}

#[test]
fn where_the_backend_lists_its_keys_nothing_is_written_down() {
    let mut ui = Ui::admin();
    for key in ["D", "P"] {
        ui.keys("1").keys(key);
        assert!(ui.message().contains("this backend lists its keys"), "{}", ui.message());
    }
    let mut ui = Ui::on(Session { read_only: true, ..tracking() }, (80, 24));
    ui.me(me(keydeck::domain::team::Role::Admin)).load(keydeck::domain::listing::Scope::Mine, written_down());
    ui.keys("1n");
    assert!(ui.message().contains("read-only") && ui.dialogs().is_empty(), "{}", ui.message());
}

#[test]
fn a_pasted_value_is_matched_with_what_was_written_down_and_else_never_called_nobodys() {
    let ui_of = |text: &str| {
        let mut ui = console((120, 36));
        ui.keys("/").paste(text).take();
        ui
    };
    let mut key = written_down().remove(0);
    key.digest = Some(keydeck::domain::key_value::digest(&pmak()));
    let mut ui = Ui::on(tracking(), (120, 36));
    ui.me(me(keydeck::domain::team::Role::Admin)).load(keydeck::domain::listing::Scope::Mine, vec![key]);
    ui.keys("1/").paste(&pmak());
    assert_eq!(ui.shown().len(), 1, "{}", ui.screen());
    let mut ui = ui_of(&pmak());
    ui.answer(Slot::Lookup, keydeck::tui::event::Answer::Lookup(vec![(fingerprint(&pmak()), None)]));
    assert!(ui.screen().contains("no key that was written down here"), "{}", ui.screen());
}

/// The wizard of a key that is written down, agreed to and begun.
fn begun() -> (Ui, Executor) {
    let mut ui = console((120, 36));
    ui.keys("o").paste("env-file:/srv/app/.env:API_KEY").keys("<Tab><Tab><Tab><Tab><ctrl-u>none<Enter>");
    assert_eq!(ui.dialogs(), ["review"], "{}", ui.screen());
    assert!(ui.screen().contains("go.postman.co"), "the plan names the page\n{}", ui.screen());
    ui.later("y");
    let executor = Executor::started(&mut ui);
    (ui, executor)
}

#[track_caller]
fn given(ui: &mut Ui) -> String {
    let effects = ui.take();
    let value = effects.into_iter().find_map(|effect| match effect {
        Effect::Write(_, Write::GiveToRotation(_, _, value)) => Some(value.expose().to_owned()),
        _ => None,
    });
    value.unwrap_or_else(|| panic!("nothing was given\n{}", ui.screen()))
}

#[test]
fn a_person_makes_the_new_key_and_revokes_the_old_one() {
    let (mut ui, mut executor) = begun();
    executor.go(&mut ui, 0, None);
    let screen = ui.screen();
    assert!(screen.contains("Your turn: make the new key") && screen.contains("go.postman.co"), "{screen}");
    ui.later("n").later("").paste(&pmak());
    assert!(!ui.screen().contains(&pmak()[..12]) && ui.screen().contains("••••"), "{}", ui.screen());
    ui.keys("<Enter>");
    assert_eq!(given(&mut ui), pmak());
    executor.rotations[0].decide(Decision::Given, present(&ui)).unwrap();
    executor.end(&mut ui, 0, failure("it belongs to Ben, another user", false));
    assert!(ui.screen().contains("another user"), "{}", ui.screen());
    ui.later("n").later("").paste("short").keys("<Enter>");
    assert!(ui.take().is_empty() && ui.screen().contains("That is no key's value"), "{}", ui.screen());
    ui.paste(&pmak()).keys("<Enter>");
    given(&mut ui);
    executor.rotations[0].decide(Decision::Given, present(&ui)).unwrap();
    let minted = keydeck::domain::rotation::Minted { fingerprint: "0".repeat(64), masked: "PMAK-…bbbb".to_owned() };
    executor.end(&mut ui, 0, Outcome::Minted(minted));
    executor.go(&mut ui, 0, None);
    let screen = ui.screen();
    assert!(
        screen.contains("Your turn: revoke ci-deploy") && screen.contains("Organization > Postman Keys"),
        "{screen}"
    );
    ui.later("y");
    ui.later("17aB<Enter>");
    assert_eq!(executor.decided(&mut ui), Decision::ConfirmRevoke);
    executor.go(&mut ui, 0, Some(Doing::ProveOld));
    assert!(ui.screen().contains("is refused"), "{}", ui.screen());
    executor.go(&mut ui, 0, None);
    assert!(ui.screen().contains("The old value was tried, and is refused"), "{}", ui.screen());
    assert!(PAGE.contains("Manage Postman Keys"));
}

#[test]
fn the_old_value_is_asked_for_where_no_place_told_it() {
    let (mut ui, mut executor) = begun();
    executor.go(&mut ui, 0, None);
    executor.rotations[0].decide(Decision::Given, present(&ui)).unwrap();
    let minted = keydeck::domain::rotation::Minted { fingerprint: "0".repeat(64), masked: "PMAK-…bbbb".to_owned() };
    executor.end(&mut ui, 0, Outcome::Minted(minted));
    executor.go(&mut ui, 0, None);
    executor.rotations[0].places[0].before = None;
    executor.rotations[0].decide(Decision::ByHand, present(&ui)).unwrap();
    executor.go(&mut ui, 0, None);
    let asked = executor.rotations[0].next(present(&ui));
    assert_eq!(asked, keydeck::domain::rotation::Next::Ask(Question::OldValue));
    assert!(ui.screen().contains("Is the old key dead?"), "{}", ui.screen());
    ui.later("d");
    assert_eq!(executor.decided(&mut ui), Decision::ByHand);
}
