//! The wizard of a rotation: every page.

use std::time::Duration;

use keydeck::domain::rotation::{Check, CheckKind, Effect as Doing, Outcome, Verdict};
use keydeck::domain::time::When;
use keydeck::tui::effect::Effect;
use keydeck::tui::event::Event;
use keydeck::tui::session::Session;

use crate::picture;
use crate::rotations::{Executor, failure, notebook, open, present, saved, seen};
use crate::ui::{Ui, my_keys};

const SINKS: &str = "env-file:/srv/app/.env:API_KEY; vault:secret/ci:key; gh:acme/deploy:API_KEY";

fn begun(places: &str, more: &str) -> (Ui, Executor) {
    let mut ui = notebook();
    ui.keys("o").paste(places).keys(more).keys("<Enter>").later("y");
    let executor = Executor::started(&mut ui);
    (ui, executor)
}

#[test]
fn rotation_draft_and_plan() {
    let mut ui = notebook();
    ui.keys("o");
    picture("rotation_draft", &mut ui);
    ui.keys("nowhere<Enter>");
    picture("rotation_draft_wrong", &mut ui);
    ui.keys("<ctrl-u>").paste(SINKS);
    ui.keys("<Tab>systemctl reload app<Tab>restart the press<Tab>curl -f https://app.example/health");
    picture("rotation_draft_full", &mut ui);
    ui.keys("<Enter>");
    picture("rotation_plan", &mut ui);
    ui.later("<Enter>");
    picture("rotation_plan_enter_alone", &mut ui);
    ui.keys("<Esc><BackTab><BackTab><BackTab><BackTab><ctrl-u>yes<Enter>");
    picture("rotation_plan_emergency", &mut ui);
}

#[test]
fn rotation_steps() {
    let (mut ui, mut executor) = begun(SINKS, "<Tab>systemctl reload app<Tab>restart the press<Tab>curl -f x");
    for (name, effect) in [
        ("rotation_checking", Doing::Check),
        ("rotation_making", Doing::Register),
        ("rotation_delivering", Doing::Deliver(1)),
        ("rotation_cutting_over", Doing::Hook(0)),
    ] {
        executor.go(&mut ui, 0, Some(effect));
        picture(name, &mut ui);
    }
    executor.go(&mut ui, 0, None);
    picture("rotation_checklist", &mut ui);
    ui.later("d");
    executor.decided(&mut ui);
    executor.go(&mut ui, 0, Some(Doing::Verify));
    picture("rotation_verifying", &mut ui);
    executor.go(&mut ui, 0, None);
    picture("rotation_overlap", &mut ui);
    ui.later("e");
    picture("rotation_overlap_reason", &mut ui);
    ui.later("<Esc>").wait(Duration::from_hours(1));
    ui.later("l");
    executor.decided(&mut ui);
    let (at, used) = (present(&ui), When::At(present(&ui) - chrono::TimeDelta::minutes(3)));
    executor.end(&mut ui, 0, Outcome::Old(seen(at, used)));
    picture("rotation_overlap_used", &mut ui);
    ui.later("e").later("moved<Enter>");
    executor.decided(&mut ui);
    executor.go(&mut ui, 0, None);
    picture("rotation_revoke", &mut ui);
    ui.later("y");
    picture("rotation_revoke_asked", &mut ui);
    ui.later("1<Enter>");
    picture("rotation_revoke_wrong", &mut ui);
    ui.later("002O<Enter>");
    executor.decided(&mut ui);
    executor.go(&mut ui, 0, Some(Doing::ProveOld));
    picture("rotation_revoking", &mut ui);
    executor.go(&mut ui, 0, None);
    let id = executor.rotations[0].id.clone();
    let path = "/home/olivia/.local/state/keydeck/rotations/01JZ0000000000000000000000.md".to_owned();
    ui.happen(Event::RotationSummarised(executor.ticket, id, Ok(path)));
    picture("rotation_closed", &mut ui);
    ui.later("<Enter>");
    picture("rotation_after", &mut ui);
}

#[test]
fn rotation_plan_looked_at() {
    let mut ui = notebook();
    ui.keys("o").paste(SINKS).keys("<Enter>");
    let looked = ui.take().into_iter().find_map(|effect| match effect {
        Effect::LookAtPlaces(ticket, _) => Some(ticket),
        _ => None,
    });
    let check = |kind, verdict| Check::new(kind, verdict);
    let looks = vec![
        check(
            CheckKind::Place(0),
            Verdict::Note("others can read this file (mode 644): chmod 600 it, unless they must".into()),
        ),
        check(CheckKind::Holds(0), Verdict::Fine),
        check(CheckKind::Place(1), Verdict::Fine),
        check(CheckKind::Holds(1), Verdict::Note("holds nothing yet: key will be made".into())),
        check(CheckKind::Place(2), Verdict::Fine),
        check(
            CheckKind::Holds(2),
            Verdict::Fails("it holds another value than the old key's: see whether it is the place you mean".into()),
        ),
    ];
    ui.happen(Event::PlacesLookedAt(looked.unwrap(), vec![looks]));
    ui.keys("<End>");
    picture("rotation_plan_looked_at", &mut ui);
}

#[test]
fn an_overlap_that_is_over_for_the_server_alone() {
    let (mut ui, mut executor) = begun(SINKS, "");
    executor.go(&mut ui, 0, None);
    ui.ahead = chrono::TimeDelta::days(-3);
    ui.wait(Duration::from_hours(25));
    picture("rotation_overlap_over_there", &mut ui);
}

#[test]
fn rotation_questions() {
    let (mut ui, mut executor) = begun(SINKS, "");
    let fails = |kind, why: &str| Check::new(kind, Verdict::Fails(why.into()));
    executor.end(
        &mut ui,
        0,
        Outcome::Checked(vec![
            Check::new(CheckKind::Enabled, Verdict::Fine),
            Check::new(CheckKind::Mine, Verdict::Fine),
            fails(CheckKind::Place(0), "/srv/app/.env cannot be written: permission denied; check whose it is"),
            fails(
                CheckKind::Holds(1),
                "it holds another value than the old key's: see whether it is the place you mean",
            ),
            Check::new(CheckKind::Place(2), Verdict::Fine),
            Check::new(CheckKind::Holds(2), Verdict::Note("GitHub never shows a secret".into())),
        ]),
    );
    picture("rotation_checks", &mut ui);
    for _ in 0..2 {
        ui.later("w");
        executor.decided(&mut ui);
        executor.tell(&mut ui, 0, None);
    }
    executor.go(&mut ui, 0, Some(Doing::Deliver(1)));
    executor.end(&mut ui, 0, failure("vault: exit status 2: permission denied; log in with vault login", true));
    picture("rotation_trouble", &mut ui);
    ui.later("<Esc>");
    picture("rotation_leave", &mut ui);
    ui.later("<Esc>").later("b");
    picture("rotation_roll_back", &mut ui);
    ui.later("<Esc>").later("a");
    picture("rotation_abandon", &mut ui);
    ui.later("<Esc>").later("b").later("77aB<Enter>");
    executor.decided(&mut ui);
    executor.go(&mut ui, 0, Some(Doing::Restore(0)));
    picture("rotation_rolling_back", &mut ui);
    executor.end(&mut ui, 0, Outcome::CannotRestore("the file was changed meanwhile".into()));
    executor.go(&mut ui, 0, None);
    picture("rotation_revoke_new", &mut ui);
    ui.later("d");
    executor.decided(&mut ui);
    executor.go(&mut ui, 0, None);
    picture("rotation_rolled_back", &mut ui);

    let (mut ui, mut executor) = begun("clipboard", "<Tab><Tab><Tab><Tab><ctrl-u>none");
    executor.go(&mut ui, 0, Some(Doing::LookAtOld));
    let later = present(&ui) + chrono::TimeDelta::minutes(5);
    executor.end(&mut ui, 0, Outcome::Old(seen(later, When::At(later))));
    picture("rotation_still_used", &mut ui);
    ui.later("a").later("y");
    executor.decided(&mut ui);
    executor.go(&mut ui, 0, None);
    picture("rotation_given_up", &mut ui);

    let (mut ui, mut executor) = begun("clipboard", "");
    executor.go(&mut ui, 0, Some(Doing::Mint));
    let id = executor.rotations[0].id.clone();
    let why = "/home/olivia/.local/state/keydeck/rotations.db: no room on the disk; make room".to_owned();
    ui.happen(Event::RotationRefused(executor.ticket, Some(id), why));
    picture("rotation_refused", &mut ui);
    ui.later("a");
}

#[test]
fn rotation_loses_a_value_only_when_told() {
    let (mut ui, mut executor) = begun("file:/srv/key", "");
    executor.go(&mut ui, 0, Some(Doing::Deliver(0)));
    executor.end(&mut ui, 0, failure("the disk is full", false));
    ui.later("a").later("lo");
    picture("rotation_lose", &mut ui);
}

#[test]
fn rotation_of_several() {
    let entries: &[(&str, &[&str], &[&str])] = &[("notebook", &["file:/a"], &[]), ("release-bot", &["file:/b"], &[])];
    let mut ui = Ui::loaded(Session { production: true, ..saved(entries) }, (80, 24));
    ui.keys("1j<Space><Space>o");
    picture("rotation_plan_of_several", &mut ui);
    ui.later("2<Enter>");
    let mut executor = Executor::started(&mut ui);
    executor.go(&mut ui, 0, Some(Doing::Deliver(0)));
    executor.end(&mut ui, 0, failure("read-only file system", false));
    picture("rotation_of_several", &mut ui);
    ui.later("j");
    picture("rotation_of_several_not_started", &mut ui);
}

#[test]
fn rotations_that_are_open() {
    let mut ui = Ui::admin();
    let keys = my_keys();
    let mut waits = Executor { ticket: keydeck::tui::ticket::Ticket(99), rotations: vec![open(1, &keys[2], |_| {})] };
    waits.go(&mut ui, 0, None);
    let mut other = open(2, &keys[1], |_| {});
    other.profile = "acme-prod".to_owned();
    other.address = "https://prod.acme.example".to_owned();
    let list = vec![waits.rotations.remove(0), other];
    ui.keys("j");
    ui.happen(Event::RotationsListed(Ok((list, vec!["01JX00…: its state is damaged at character 12".to_owned()]))));
    picture("rotations", &mut ui);
    ui.later("<Enter>");
    picture("rotation_taken_up", &mut ui);
    ui.later("<Esc>").later("<Enter>").keys("j");
    picture("rotations_badge", &mut ui);
    let mut ui = Ui::admin();
    ui.keys("O");
    picture("rotations_none", &mut ui);
    let mut ui = Ui::admin();
    ui.happen(Event::RotationsListed(Ok((vec![open(3, &keys[2], |_| {})], vec![])))).later("<Enter>");
    picture("rotation_paused", &mut ui);
}
