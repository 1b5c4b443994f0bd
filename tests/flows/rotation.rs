//! Rotating keys: the draft and the plan; every question and each of its answers; leaving, and coming back.

use std::time::Duration;

use keydeck::domain::rotation::{
    Check, CheckKind, Cutover, Decision, Effect as Doing, Outcome, Overlap, Reason, Sink, Verdict,
};
use keydeck::domain::time::When;
use keydeck::tui::effect::{Effect, Write};
use keydeck::tui::event::Event;
use keydeck::tui::session::Session;

use crate::rotations::{Executor, failure, notebook, present, saved, seen};
use crate::ui::{Ui, session};

pub const ENV: &str = "env-file:/srv/app/.env:API_KEY";

/// The wizard of `notebook`, agreed to and begun, with this typed as places and these keys pressed before Enter.
pub fn begun(places: &str, more: &str) -> (Ui, Executor) {
    let mut ui = notebook();
    ui.keys("o").paste(places).keys(more).keys("<Enter>");
    assert_eq!(ui.dialogs(), ["review"], "{}", ui.screen());
    ui.later("y");
    let executor = Executor::started(&mut ui);
    (ui, executor)
}

/// The same without an overlap.
fn at_once(places: &str) -> (Ui, Executor) {
    begun(places, "<Tab><Tab><Tab><Tab><ctrl-u>none")
}

#[test]
fn a_key_is_rotated_from_the_draft_to_the_end() {
    let (mut ui, mut executor) = at_once(ENV);
    assert_eq!(executor.rotations[0].plan.overlap, Overlap::None);
    executor.go(&mut ui, 0, None);
    assert!(ui.screen().contains("Revoke notebook for ever?"), "{}", ui.screen());
    ui.later("y");
    assert!(ui.screen().contains("Type 002O and Enter to revoke it"), "{}", ui.screen());
    ui.keys("002O<Enter>");
    assert_eq!(ui.take(), [], "the key that opens the question is not followed at once by its answer");
    ui.later("y<Enter>002O");
    assert_eq!(ui.take(), [], "a y does not revoke");
    ui.keys("<Enter>");
    assert_eq!(executor.decided(&mut ui), Decision::ConfirmRevoke);
    executor.go(&mut ui, 0, None);
    let id = executor.rotations[0].id.clone();
    ui.happen(Event::RotationSummarised(executor.ticket, id, Ok("/state/rotations/a.md".to_owned())));
    assert!(ui.screen().contains("/state/rotations/a.md"));
    ui.later("<Enter>");
    assert_eq!(ui.message(), "notebook is rotated; its summary is /state/rotations/a.md");
    assert_eq!(ui.take(), [Effect::ReleaseRotations(executor.ticket)]);
    assert_eq!(ui.app.mine.table.get(&"o2".into()).unwrap().status.word(), "revoked");
    ui.happen(Event::RotationsReleased(executor.ticket));
    let effects = ui.take();
    assert!(effects.contains(&Effect::ListRotations), "{effects:?}");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Load(..))), "the rows are read again");
    assert_eq!(ui.app.rotations_badge(), None);
}

#[test]
fn only_what_can_be_rotated_is() {
    for (keys, message) in [
        ("3jo", "Only its owner can rotate ci-deploy: tell Ana Souza (ana@acme.example), or x revokes it"),
        (
            "3jjj<Space><Space>o",
            "2 of these keys are others': only their owners can rotate them: tell them, or x revokes them",
        ),
        ("2o", "Collection access keys are not rotated: n makes another, x deletes this one"),
        ("4o", "Keys are rotated in My Keys (1)"),
    ] {
        let mut ui = Ui::admin();
        ui.keys(keys);
        assert_eq!((ui.message(), ui.dialogs().len()), (message, 0), "{keys}");
    }
    let mut ui = Ui::loaded(Session { read_only: true, ..session() }, (80, 24));
    ui.keys("o");
    assert_eq!(ui.message(), "This profile is read-only");
}

#[test]
fn hidden_marks_ask_first() {
    let mut ui = Ui::loaded(saved(&[("*", &["command:put"], &[])]), (80, 24));
    ui.keys("1ja/release<Enter>o");
    assert_eq!(ui.dialogs(), ["choice"]);
    ui.later("s");
    assert_eq!(ui.dialogs(), ["review"]);
    assert!(ui.screen().contains("Rotate release-bot: the plan"), "{}", ui.screen());
}

#[test]
fn with_places_saved_two_key_presses_rotate() {
    let mut ui = Ui::loaded(saved(&[("note*", &[ENV], &["systemctl reload app"])]), (80, 24));
    ui.keys("1jjo").later("y");
    let executor = Executor::started(&mut ui);
    assert_eq!(executor.rotations[0].plan.sinks, [ENV.parse::<Sink>().unwrap()]);
    assert_eq!(executor.rotations[0].plan.cutover.len(), 1);
}

#[test]
fn the_key_that_opened_it_never_confirms_nor_does_a_paste() {
    let mut ui = Ui::loaded(saved(&[("note*", &[ENV], &[])]), (80, 24));
    ui.keys("1jj").take();
    ui.keys("oooyy<Enter>").paste("y");
    assert!(matches!(ui.take()[..], [Effect::LookAtPlaces(..)]), "it looks, and does nothing");
    ui.later("o<Enter>").paste("1");
    assert_eq!(ui.take(), []);
    assert_eq!(ui.dialogs(), ["review"]);
}

#[test]
fn a_key_in_use_or_on_production_takes_its_last_four() {
    let mut ui = Ui::loaded(Session { production: true, ..saved(&[("*", &["clipboard"], &[])]) }, (80, 24));
    ui.keys("1jjo").take();
    ui.later("y");
    assert_eq!(ui.take(), []);
    ui.keys("2<Enter>002O<Enter>");
    Executor::started(&mut ui);
}

#[test]
fn the_plan_tells_what_the_places_hold() {
    let mut ui = notebook();
    ui.keys("o").paste("file:/a; env-file:/b:C; clipboard").keys("<Enter>");
    let looked = ui.take().into_iter().find_map(|effect| match effect {
        Effect::LookAtPlaces(ticket, plans) => Some((ticket, plans)),
        _ => None,
    });
    let (ticket, plans) = looked.expect("the places are looked at");
    assert_eq!(plans[0].0.sinks.len(), 3);
    let note = |kind, text: &str| Check::new(kind, Verdict::Note(text.into()));
    let looks = vec![vec![
        Check::new(CheckKind::Place(0), Verdict::Fine),
        Check::new(CheckKind::Holds(0), Verdict::Fine),
        note(CheckKind::Place(1), "others can read this file"),
        Check::new(CheckKind::Holds(1), Verdict::Fails("it holds another value".into())),
    ]];
    // of another plan
    ui.happen(Event::PlacesLookedAt(ticket, Vec::new()));
    assert!(!ui.screen().contains("file /a holds"));
    ui.happen(Event::PlacesLookedAt(ticket, looks));
    // what just came is to be read before anything is agreed to
    ui.keys("y");
    assert!(ui.take().is_empty());
    ui.keys("<End>");
    let screen = ui.screen();
    for line in [
        "✓ file /a holds the old key",
        "· env file /b  C: others can read this file",
        "✗ env file /b  C: it holds another value",
    ] {
        assert!(screen.contains(line), "{line}\n{screen}");
    }
    ui.later("y");
    Executor::started(&mut ui);
}

#[test]
fn a_path_among_the_places_is_completed_by_tab() {
    let mut ui = notebook();
    ui.keys("o").take();
    ui.keys("clipboard; env-file:/srv/");
    let asked = ui.take().into_iter().filter_map(|effect| match effect {
        Effect::ListFolder(ticket, folder) => Some((ticket, folder)),
        _ => None,
    });
    let asked: Vec<_> = asked.collect();
    let folders: Vec<&str> = asked.iter().map(|(_, folder)| folder.as_str()).collect();
    assert_eq!(folders, ["", "/", "/srv/"]);
    let ticket = asked[0].0;
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    ui.happen(Event::FolderListed(ticket, "/".to_owned(), names(&["etc/"])));
    ui.happen(Event::FolderListed(ticket, "/srv/".to_owned(), names(&["app/", "data/"])));
    assert!(ui.screen().contains("there: app/"), "{}", ui.screen());
    ui.keys("a<Tab>");
    assert!(ui.screen().contains("env-file:/srv/app/"), "{}", ui.screen());
    assert!(matches!(&ui.take()[..], [Effect::ListFolder(_, folder)] if folder == "/srv/app/"));
    ui.happen(Event::FolderListed(ticket, "/srv/app/".to_owned(), names(&[".env"])));
    ui.keys("<Tab>:API_KEY<Tab>systemctl reload app<Enter>").later("y");
    let plan = Executor::started(&mut ui).rotations.remove(0).plan;
    assert_eq!(plan.sinks, [Sink::Clipboard, ENV.parse().unwrap()]);
    assert_eq!(plan.cutover.len(), 1, "a Tab that completes nothing goes on to the next field");
}

#[test]
fn the_draft_checks_what_is_typed() {
    let mut ui = notebook();
    ui.keys("o<Enter>");
    assert_eq!(ui.dialogs(), ["form"]);
    assert!(ui.screen().contains("a value that goes nowhere is lost"), "{}", ui.screen());
    ui.keys("nowhere");
    assert!(ui.screen().contains("place 1 begins with no known kind"), "{}", ui.screen());
    ui.keys("<ctrl-u>").paste("file:/a\nclipboard\n").keys("<Enter>");
    assert_eq!(ui.dialogs(), ["review"]);
    ui.keys("<Esc>");
    assert_eq!(ui.dialogs(), ["form"], "back to the draft");
    ui.keys("<Tab>systemctl reload app<Tab>restart the press<Tab>curl -f x<Tab><ctrl-u>7d<Tab><ctrl-u>leaver<Tab>-b<Tab><ctrl-u>30d");
    ui.keys("<Enter>").later("y");
    let plan = Executor::started(&mut ui).rotations.remove(0).plan;
    assert_eq!(plan.sinks, ["file:/a", "clipboard"].map(|sink| sink.parse::<Sink>().unwrap()));
    assert!(matches!(&plan.cutover[..], [Cutover::Run(_), Cutover::ByHand(text)] if text == "restart the press"));
    assert_eq!((plan.overlap, plan.reason.clone()), (Overlap::Seconds(7 * 86_400), Reason::Leaver));
    assert!(plan.name.ends_with("-b") && plan.health.is_some() && !plan.emergency);
    assert_eq!(plan.expires.map(|at| (at - present(&ui)).num_hours()), Some(30 * 24 - 1));
    let mut ui = notebook();
    ui.keys("o<Esc>");
    assert_eq!((ui.take(), ui.message()), (vec![], "Nothing was rotated"));
}

#[test]
fn the_emergency_lane_revokes_first_and_says_so() {
    let mut ui = notebook();
    ui.keys("o").paste(ENV).keys("<BackTab>yes<ctrl-u>yes<Enter>").later("y<Enter>");
    assert!(matches!(ui.take()[..], [Effect::LookAtPlaces(..)]), "it revokes first, so a y does not agree to it");
    ui.keys("002O<Enter>");
    let mut executor = Executor::started(&mut ui);
    executor.go(&mut ui, 0, None);
    assert!(ui.screen().contains("The emergency lane"), "{}", ui.screen());
    ui.later("y").later("002O<Enter>");
    assert_eq!(executor.decided(&mut ui), Decision::ConfirmRevoke);
    executor.go(&mut ui, 0, None);
    assert!(executor.rotations[0].phase.is_over());
    // not of the key that this console itself uses
    let mut ui = Ui::admin();
    ui.keys("1o").paste(ENV).keys("<BackTab><ctrl-u>yes<Enter>");
    assert_eq!(ui.dialogs(), ["form"]);
    assert!(ui.screen().contains("this console uses the key"), "{}", ui.screen());
}

#[test]
fn checks_that_fail_are_waived_one_by_one_or_made_again_and_the_plan_can_be_changed() {
    let (mut ui, mut executor) = begun("file:/a", "");
    let red = |kind| Check::new(kind, Verdict::Fails("it is not so".into()));
    executor.end(&mut ui, 0, Outcome::Checked(vec![red(CheckKind::Enabled), red(CheckKind::Place(0))]));
    assert!(ui.screen().contains("nothing was changed"), "{}", ui.screen());
    ui.later("r");
    assert_eq!(executor.decided(&mut ui), Decision::Retry);
    executor.end(&mut ui, 0, Outcome::Checked(vec![red(CheckKind::Enabled), red(CheckKind::Place(0))]));
    ui.later("w");
    assert_eq!(executor.decided(&mut ui), Decision::Waive(0));
    executor.tell(&mut ui, 0, None);
    ui.later("p");
    assert_eq!(ui.dialogs(), ["form"]);
    ui.keys("<ctrl-u>file:/b<Enter>").later("y");
    let effects = ui.take();
    let [.., Effect::Write(_, Write::ReplanRotation(_, id, plan))] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((id, &plan.sinks[0]), (&executor.rotations[0].id, &"file:/b".parse().unwrap()));
    executor.rotations[0].replan((**plan).clone()).unwrap();
    executor.rotations[0].decide(Decision::Agree, present(&ui)).unwrap();
    executor.go(&mut ui, 0, Some(Doing::Mint));
    ui.later("p");
    assert_eq!(ui.message(), "That is not for this step");
    // what cannot be waived is not offered
    let (mut ui, mut executor) = begun("file:/a", "");
    executor.end(&mut ui, 0, Outcome::Checked(vec![red(CheckKind::Mine)]));
    ui.later("w");
    assert_eq!((ui.take(), ui.message()), (vec![], "That is not for this step"));
    ui.keys("<Esc>").later("b");
    assert_eq!(ui.take(), [], "asks, there too");
    ui.later("y");
    assert_eq!(executor.decided(&mut ui), Decision::RollBack);
}

#[test]
fn a_checklist_is_ticked_off() {
    let (mut ui, mut executor) = begun(ENV, "<Tab><Tab>restart the press; tell Ben");
    executor.go(&mut ui, 0, None);
    for line in ["restart the press", "tell Ben"] {
        assert!(
            ui.screen().contains("Your turn") && ui.screen().contains(&format!("▸ you  {line}")),
            "{}",
            ui.screen()
        );
        ui.later("d");
        assert_eq!(executor.decided(&mut ui), Decision::ByHand);
        executor.go(&mut ui, 0, None);
    }
    assert!(ui.screen().contains("Both keys work"), "{}", ui.screen());
}

#[test]
fn a_plan_in_doubt_is_shown_and_gone_on_with_by_the_last_four_only() {
    let (mut ui, mut executor) = begun(ENV, "<Tab><Tab><Tab><Tab><ctrl-u>1h");
    executor.go(&mut ui, 0, None);
    executor.rotations[0].doubt = Some("its plan was changed after it was agreed".into());
    ui.happen(Event::Rotating(executor.ticket, Box::new(executor.rotations[0].clone()), None));
    for shown in ["Is this still the plan?", "Its plan was changed after it was agreed.", "can be put back"] {
        assert!(ui.screen().contains(shown), "{shown}\n{}", ui.screen());
    }
    ui.take();
    ui.later("y").later("y<Enter>");
    assert!(!ui.take().iter().any(|effect| matches!(effect, Effect::Write(..))), "a y does not agree");
    ui.keys("002O<Enter>");
    assert_eq!(executor.decided(&mut ui), Decision::Agree);
}

#[test]
fn a_way_back_says_which_place_cannot_be_put_back() {
    let (mut ui, mut executor) =
        begun("env-file:/srv/app/.env:API_KEY, command:set-key", "<Tab><Tab><Tab><Tab><ctrl-u>1h");
    executor.go(&mut ui, 0, None);
    ui.later("b");
    assert!(ui.screen().contains("cannot be put back"), "{}", ui.screen());
}

#[test]
fn the_overlap_counts_down_and_goes_on_by_itself() {
    let (mut ui, mut executor) = begun(ENV, "<Tab><Tab><Tab><Tab><ctrl-u>1h");
    ui.take();
    executor.go(&mut ui, 0, None);
    assert!(ui.screen().contains("60 min left") || ui.screen().contains("1 h left"), "{}", ui.screen());
    let wakes = |effects: &[Effect]| effects.iter().filter(|effect| matches!(effect, Effect::WakeAt(_))).count();
    assert_eq!(wakes(&ui.effects), 1);
    ui.wait(Duration::from_secs(30));
    assert!(!ui.screen().contains("59 min left"));
    ui.wait(Duration::from_mins(1));
    assert!(ui.screen().contains("59 min left"), "{}", ui.screen());
    assert_eq!(wakes(&ui.effects), 1, "the next minute");
    ui.later("l");
    assert_eq!(executor.decided(&mut ui), Decision::Look);
    executor.go(&mut ui, 0, None);
    assert!(ui.screen().contains("The old key was never used"), "{}", ui.screen());
    ui.wait(Duration::from_hours(1));
    assert!(ui.take().contains(&executor.go_on()));
}

#[test]
fn an_overlap_that_is_over_for_the_server_waits_for_a_clock_that_is_behind() {
    let (mut ui, mut executor) = begun(ENV, "<Tab><Tab><Tab><Tab><ctrl-u>1h");
    ui.ahead = chrono::TimeDelta::days(-3);
    executor.go(&mut ui, 0, None);
    assert!(ui.screen().contains("1 h left"), "{}", ui.screen());
    ui.wait(Duration::from_hours(2)).keys("<Down>");
    assert!(!ui.effects.contains(&executor.go_on()), "{}", ui.screen());
    assert!(ui.screen().contains("which is 3 d behind the server"), "{}", ui.screen());
    // somebody sets it right
    ui.ahead = chrono::TimeDelta::zero();
    ui.wait(Duration::from_mins(1));
    assert!(ui.take().contains(&executor.go_on()), "{}", ui.screen());
}

#[test]
fn nothing_wakes_while_no_overlap_is_shown() {
    let (mut ui, mut executor) = begun(ENV, "");
    executor.go(&mut ui, 0, None);
    ui.later("<Esc>").later("l").take();
    ui.wait(Duration::from_hours(2));
    assert_eq!(ui.take(), []);
}

#[test]
fn the_overlap_is_ended_with_a_reason() {
    let (mut ui, mut executor) = begun(ENV, "");
    executor.go(&mut ui, 0, None);
    ui.take();
    ui.later("e<Enter>");
    assert_eq!(ui.take(), [], "not without one");
    let value = ["kdk", "0123456789abcdefghij"].join("_");
    ui.later(&value).keys("<Enter>");
    assert!(ui.message().starts_with("That holds a key's value"));
    ui.keys("<ctrl-u>all moved<Enter>");
    assert_eq!(executor.decided(&mut ui), Decision::EndOverlap("all moved".to_owned()));
    executor.go(&mut ui, 0, None);
    assert!(ui.screen().contains("ended by hand: all moved"), "{}", ui.screen());
}

#[test]
fn an_old_key_that_is_still_used_asks() {
    let (mut ui, mut executor) = at_once(ENV);
    executor.go(&mut ui, 0, Some(Doing::LookAtOld));
    let later = present(&ui) + chrono::TimeDelta::seconds(300);
    executor.end(&mut ui, 0, Outcome::Old(seen(later, When::At(later))));
    assert!(ui.screen().contains("The old key is still used") && ui.screen().contains("10.0.4.17"), "{}", ui.screen());
    ui.later("r");
    assert_eq!(executor.decided(&mut ui), Decision::Retry);
    executor.end(&mut ui, 0, Outcome::Old(seen(later, When::At(later))));
    ui.later("e").later("Ben knows<Enter>");
    assert_eq!(executor.decided(&mut ui), Decision::EndOverlap("Ben knows".to_owned()));
}

#[test]
fn the_old_key_is_enabled_again_and_may_go_later() {
    let (mut ui, mut executor) = at_once(ENV);
    executor.go(&mut ui, 0, None);
    ui.later("v");
    assert_eq!(executor.decided(&mut ui), Decision::Reenable);
    executor.go(&mut ui, 0, None);
    assert!(ui.screen().contains("The old key is enabled again"), "{}", ui.screen());
    ui.later("e").later("found it<Enter>");
    assert_eq!(executor.decided(&mut ui), Decision::EndOverlap("found it".to_owned()));
}

#[test]
fn what_failed_is_tried_again_done_by_hand_taken_back_or_given_up() {
    let fail = || {
        let (mut ui, mut executor) = begun(ENV, "");
        executor.go(&mut ui, 0, Some(Doing::Deliver(0)));
        executor.end(&mut ui, 0, failure("the disk is full", true));
        assert!(ui.screen().contains("the disk is full"), "{}", ui.screen());
        (ui, executor)
    };
    for (key, decision) in [("r", Decision::Retry), ("d", Decision::ByHand)] {
        let (mut ui, mut executor) = fail();
        ui.later(key);
        assert_eq!(executor.decided(&mut ui), decision);
    }
    let (mut ui, mut executor) = fail();
    ui.later("b");
    assert_eq!(ui.take(), [], "asks first");
    ui.keys("77aB<Enter>");
    assert_eq!(ui.take(), [], "and is deaf at first");
    ui.later("y<Enter>77aB<Enter>");
    assert_eq!(executor.decided(&mut ui), Decision::RollBack, "the new key is revoked, so its last four are typed");
    executor.go(&mut ui, 0, None);
    assert!(ui.screen().contains("Everything is as it was"), "{}", ui.screen());
    assert!(!ui.screen().contains("✓ Revoke old"), "{}", ui.screen());
    let (mut ui, mut executor) = fail();
    ui.later("a").later("y<Enter>");
    assert_eq!(ui.take(), [], "the value stands nowhere else");
    ui.keys("<ctrl-u>lose<Enter>");
    assert_eq!(executor.decided(&mut ui), Decision::Abandon { lose_value: true });
    // with the value in its place nothing is lost
    let (mut ui, mut executor) = begun(ENV, "");
    executor.go(&mut ui, 0, None);
    ui.later("a");
    assert!(ui.screen().contains("new key kdk_…77aB (new): enabled"), "{}", ui.screen());
    ui.later("y");
    assert_eq!(executor.decided(&mut ui), Decision::Abandon { lose_value: false });
}

#[test]
fn what_cannot_be_done_by_hand_is_not_offered() {
    let (mut ui, mut executor) = begun(ENV, "");
    executor.go(&mut ui, 0, Some(Doing::Register));
    executor.end(&mut ui, 0, failure("no answer", true));
    ui.later("d");
    assert_eq!((ui.take(), ui.message()), (vec![], "That is not for this step"));
}

#[test]
fn on_the_way_back_places_that_keep_the_new_value_ask() {
    let back = || {
        let (mut ui, mut executor) = begun("clipboard", "");
        executor.go(&mut ui, 0, None);
        ui.later("b").later("77aB<Enter>");
        assert_eq!(executor.decided(&mut ui), Decision::RollBack);
        executor.go(&mut ui, 0, Some(Doing::Restore(0)));
        executor.end(&mut ui, 0, Outcome::CannotRestore("a clipboard does not answer".into()));
        assert!(ui.screen().contains("Revoke the new key all the same?"), "{}", ui.screen());
        (ui, executor)
    };
    let (mut ui, mut executor) = back();
    ui.later("y").later("77aB<Enter>");
    assert_eq!(executor.decided(&mut ui), Decision::ConfirmRevoke);
    executor.go(&mut ui, 0, None);
    assert!(executor.rotations[0].new_revoked && executor.rotations[0].phase.is_over());
    let (mut ui, mut executor) = back();
    ui.later("d");
    assert_eq!(executor.decided(&mut ui), Decision::ByHand);
}

#[test]
fn a_deadline_that_was_set_is_not_said_to_be_taken_back() {
    let (mut ui, mut executor) = begun(ENV, "");
    executor.go(&mut ui, 0, None);
    ui.later("b");
    assert!(ui.screen().contains("The old key goes on, but expires 2026-11-22"), "{}", ui.screen());
    ui.later("77aB<Enter>");
    executor.decided(&mut ui);
    executor.go(&mut ui, 0, None);
    assert!(ui.screen().contains("Everything else is as it was, but the old key"), "{}", ui.screen());
    ui.later("<Enter>");
    assert!(ui.message().starts_with("notebook is as it was, but expires 2026-11-22"), "{}", ui.message());
}

#[test]
fn a_question_is_not_closed_by_moving() {
    let (mut ui, mut executor) = begun(ENV, "");
    executor.go(&mut ui, 0, None);
    ui.later("e").later("a<Down><Tab>b<Enter>");
    assert_eq!(executor.decided(&mut ui), Decision::EndOverlap("ab".to_owned()));
}

#[test]
fn it_goes_forward_after_all_while_nothing_was_taken_back() {
    let (mut ui, mut executor) = begun(ENV, "");
    executor.go(&mut ui, 0, None);
    ui.later("b").later("77aB<Enter>");
    executor.decided(&mut ui);
    executor.go(&mut ui, 0, Some(Doing::LookAtOld));
    executor.end(&mut ui, 0, failure("no answer", false));
    ui.later("f");
    assert_eq!(executor.decided(&mut ui), Decision::GoForward);
}
