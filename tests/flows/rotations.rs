//! Leaving rotations and coming back to them; several at once; what stops them.

use std::time::Duration;

use keydeck::domain::rotation::{Decision, Effect as Doing};
use keydeck::tui::action::Context;
use keydeck::tui::effect::{Effect, Write};
use keydeck::tui::event::Event;

use crate::rotation::{ENV, begun};
use crate::rotations::{Executor, failure, notebook, open, present, saved, well};
use crate::ui::{Ui, my_keys};

#[test]
fn esc_asks_and_later_is_the_default() {
    let (mut ui, mut executor) = begun(ENV, "");
    executor.go(&mut ui, 0, Some(Doing::Deliver(0)));
    ui.later("<Esc>");
    assert_eq!(ui.app.context(), Context::Leave);
    ui.later("<Esc>");
    assert_eq!((ui.app.context(), ui.take()), (Context::Rotate, vec![]), "stay");
    ui.later("<Esc>").later("b").later("77aB<Enter>");
    assert_eq!(executor.decided(&mut ui), Decision::RollBack);
    ui.later("<Esc>").later("<Enter>");
    assert_eq!(ui.take(), [Effect::ReleaseRotations(executor.ticket)]);
    assert!(ui.dialogs().is_empty() && ui.message().starts_with("Kept for later"));
    assert_eq!(ui.app.rotations_badge().unwrap().0, "1 rotation open");
}

#[test]
fn ctrl_c_never_ends_a_step_midway() {
    let (mut ui, mut executor) = begun(ENV, "");
    executor.go(&mut ui, 0, Some(Doing::Deliver(0)));
    ui.later("<ctrl-c>");
    assert_eq!(ui.app.context(), Context::Leave);
    ui.keys("<ctrl-c>");
    assert_eq!(ui.take(), [Effect::ReleaseRotations(executor.ticket)], "and not out yet");
    ui.keys("q<ctrl-c>");
    let outcome = well(&executor.rotations[0], Doing::Deliver(0), present(&ui));
    executor.end(&mut ui, 0, outcome);
    assert!(!ui.take().contains(&Effect::Quit));
    ui.happen(Event::RotationsReleased(executor.ticket));
    assert_eq!(ui.take(), [Effect::Quit]);
}

#[test]
fn several_keys_have_one_plan_page_and_a_failure_stops_the_rest() {
    let entries: &[(&str, &[&str], &[&str])] = &[("notebook", &["file:/a"], &[]), ("release-bot", &["file:/b"], &[])];
    let mut ui = Ui::loaded(saved(entries), (80, 24));
    ui.keys("1j<Space><Space>o");
    assert_eq!(ui.dialogs(), ["review"], "{}", ui.message());
    ui.later("2<Enter>");
    let mut executor = Executor::started(&mut ui);
    assert_eq!(executor.rotations.len(), 2);
    executor.go(&mut ui, 0, Some(Doing::Deliver(0)));
    executor.end(&mut ui, 0, failure("read-only file system", false));
    let screen = ui.screen();
    assert!(screen.contains("needs attention: deliver") && screen.contains("not started"), "{screen}");
    ui.later("j").later("r");
    assert_eq!((ui.take(), ui.message()), (vec![], "That is not for this step"));
    ui.keys("k").later("r");
    assert_eq!(executor.decided(&mut ui), Decision::Retry);
    executor.go(&mut ui, 0, None);
    executor.go(&mut ui, 1, Some(Doing::Mint));
    assert!(ui.screen().contains("Make the new key"), "the page follows what is at work\n{}", ui.screen());
}

#[test]
fn several_keys_need_saved_places_of_their_own() {
    let mut ui = Ui::admin();
    ui.keys("1j<Space><Space>o");
    assert!(ui.message().starts_with("Nothing is saved of where the value of release-bot goes"), "{}", ui.message());
    let mut ui = Ui::loaded(saved(&[("*", &["file:/a"], &[])]), (80, 24));
    ui.keys("1j<Space><Space>o");
    assert!(ui.message().contains("would go to the same place"), "{}", ui.message());
}

#[test]
fn open_rotations_are_told_of_at_the_start_and_not_taken_up_unasked() {
    let mut ui = Ui::admin();
    let key = my_keys().remove(2);
    ui.happen(Event::RotationsListed(Ok((vec![open(1, &key, |_| {})], vec![]))));
    assert_eq!((ui.dialogs(), ui.take()), (vec!["rotations"], vec![]));
    assert_eq!(ui.message(), "1 rotation open: nothing goes on before you say so");
    assert_eq!(ui.app.rotations_badge(), Some(("1 rotation open".to_owned(), true)));
    ui.keys("<Enter>");
    assert_eq!(ui.take(), [], "deaf at first");
    ui.later("<Enter>");
    let [Effect::Write(_, Write::ResumeRotation(ticket, id))] = &ui.take()[..] else { panic!("{}", ui.screen()) };
    let (ticket, id) = (*ticket, id.clone());
    let mut executor = Executor { ticket, rotations: vec![open(1, &key, |_| {})] };
    assert_eq!(id, executor.rotations[0].id);
    executor.tell(&mut ui, 0, None);
    assert!(ui.screen().contains("It stands on disk. Next: check everything"), "{}", ui.screen());
    ui.later("r");
    assert_eq!(ui.take(), [crate::rotations::go_on(ticket)]);
    executor.go(&mut ui, 0, None);
    // its key is not rotated twice
    ui.later("<Esc>").later("<Enter>").take();
    ui.keys("<Esc>1jjo");
    assert!(ui.message().contains("A rotation of notebook is open: O lists it"), "{}", ui.message());
    // told of once
    ui.happen(Event::RotationsListed(Ok((executor.rotations.clone(), vec![]))));
    assert!(ui.dialogs().is_empty());
    ui.keys("O");
    assert_eq!((ui.dialogs(), ui.take()), (vec!["rotations"], vec![Effect::ListRotations]));
}

#[test]
fn what_cannot_be_taken_up_says_why() {
    let key = my_keys().remove(2);
    let mut other = open(1, &key, |_| {});
    other.address = "https://other.example".to_owned();
    let mut ui = Ui::admin();
    ui.happen(Event::RotationsListed(Ok((vec![other], vec!["01JX… is damaged".to_owned()]))));
    assert_eq!(ui.app.rotations_badge().unwrap().0, "2 rotations open");
    ui.later("<Enter>");
    assert!(ui.message().contains("https://other.example"), "{}", ui.message());
    let mut ui = Ui::admin();
    ui.happen(Event::RotationsListed(Ok((vec![open(1, &key, |_| {})], vec![])))).later("<Enter>");
    let [Effect::Write(_, Write::ResumeRotation(ticket, _))] = ui.take()[..] else { panic!() };
    ui.happen(Event::RotationRefused(ticket, None, "another keydeck holds it".to_owned()));
    assert_eq!((ui.message(), ui.dialogs().len()), ("another keydeck holds it", 0));
    ui.happen(Event::RotationsListed(Err("the journal cannot be read".to_owned())));
    assert_eq!(ui.message(), "the journal cannot be read");
}

#[test]
fn what_cannot_be_written_down_stops_and_is_tried_again() {
    let (mut ui, mut executor) = begun(ENV, "");
    executor.go(&mut ui, 0, Some(Doing::Mint));
    let id = executor.rotations[0].id.clone();
    ui.happen(Event::RotationRefused(executor.ticket, Some(id), "the journal: no room on the disk".to_owned()));
    assert!(ui.screen().contains("no room on the disk"), "{}", ui.screen());
    ui.later("r");
    assert_eq!(ui.take(), [executor.go_on()]);
    // one that cannot be begun at all goes back to its draft
    let (mut ui, executor) = {
        let mut ui = notebook();
        ui.keys("o").paste(ENV).keys("<Enter>").later("y");
        let Some(Effect::Write(_, Write::StartRotations(ticket, _))) = ui.take().pop() else { panic!() };
        (ui, ticket)
    };
    ui.happen(Event::RotationRefused(executor, None, "no journal".to_owned()));
    assert_eq!((ui.message(), ui.dialogs()), ("no journal", vec!["form"]));
}

#[test]
fn the_badge_warns_when_a_person_is_needed() {
    let key = my_keys().remove(2);
    let mut ui = notebook();
    let mut executor = Executor { ticket: keydeck::tui::ticket::Ticket(99), rotations: vec![open(1, &key, |_| {})] };
    executor.go(&mut ui, 0, None);
    assert_eq!(ui.app.rotations_badge(), Some(("1 rotation open".to_owned(), false)));
    ui.wait(Duration::from_hours(25)).keys("j");
    assert_eq!(ui.app.rotations_badge(), Some(("1 rotation open".to_owned(), true)), "its overlap is over");
}

#[test]
fn a_value_for_the_clipboard_is_handed_on() {
    let mut ui = notebook();
    let value = keydeck::domain::secret::Secret::new("a value".to_owned());
    let ticket = keydeck::tui::ticket::Ticket(7);
    ui.happen(Event::HandOver(ticket, value.duplicate()));
    assert_eq!(ui.take(), [Effect::HandOver(ticket, value)]);
}
