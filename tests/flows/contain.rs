//! Containing a leak in the console: what is pasted, what confirms, what is sent, what is said while it goes on.

use std::time::Duration;

use keydeck::domain::doubt::Doubt;
use keydeck::domain::incident::{
    Answer, Decision, Effect as Doing, Event as Happened, Facts, Lead, Measure, Tried, Trouble, Why,
};
use keydeck::domain::key::{Key, Status};
use keydeck::domain::key_value::digest;
use keydeck::domain::rotation::{Overlap, Reason};
use keydeck::tui::effect::Effect;
use keydeck::tui::event::Event;
use keydeck::tui::open_incidents::OpenIncident;
use keydeck::tui::session::Session;

use crate::incidents::{Task, value};
use crate::ui::{Ui, my_keys, session, team_keys};

/// The key of the team list with this id, whose value is `value(c)`.
pub fn leaked(id: &str, c: char) -> Key {
    let mut all = team_keys();
    all.extend(my_keys());
    let key = all.into_iter().find(|key| key.id.as_str() == id).unwrap();
    Key { digest: Some(digest(&value(c))), ..key }
}

fn last_four(value: &str) -> &str {
    &value[value.len() - 4..]
}

/// An incident about `keys`, seen and tried: all of them are alive.
pub fn seen(ui: &mut Ui, keys: &[(&Key, char)]) -> Task {
    let text: Vec<String> = keys.iter().map(|(_, c)| value(*c)).collect();
    ui.keys("!").paste(&text.join("\n")).keys("<Enter>");
    let mut task = Task::begun(ui);
    let known: Vec<Option<&Key>> = keys.iter().map(|(key, _)| Some(*key)).collect();
    task.seen(ui, &known);
    for at in 0..keys.len() {
        task.alive(ui, at);
    }
    task
}

#[test]
fn from_a_paste_to_proven_with_one_decision() {
    let mut ui = Ui::team();
    let (key, value) = (leaked("k1", 'a'), value('a'));
    // `!`, paste, Enter, `x`, four characters, Enter
    ui.keys("!");
    ui.paste(&format!("2026-11-21 GET /?k={value} 200"));
    assert!(ui.screen().contains("Recognised: kdk_…"), "{}", ui.screen());
    ui.keys("<Enter>");
    let mut task = Task::begun(&mut ui);
    task.seen(&mut ui, &[Some(&key)]);
    task.alive(&mut ui, 0);
    for words in ["ci-deploy", "Ana Souza (ana@acme.example)", "ALIVE", "was keydeck's own", "Recommended"] {
        assert!(ui.screen().contains(words), "{words}\n{}", ui.screen());
    }
    ui.later("x").later(last_four(&value)).keys("<Enter>");
    assert_eq!(task.decided(&mut ui), Decision::Measures(vec![(0, Measure::Revoke)]));
    task.answered(&mut ui, 0, Answer::Revoked);
    assert!(ui.screen().contains("asserted 08:30:"), "{}", ui.screen());
    assert!(!ui.screen().contains("proven dead"));
    assert_eq!(ui.app.team.table.get(&"k1".into()).unwrap().status, Status::Revoked);
    task.attempted(&mut ui, 0, Tried::Accepted { user: None, key: None });
    assert!(ui.screen().contains("not proven yet: tried again in 1 s"), "{}", ui.screen());
    ui.wait(Duration::from_secs(1));
    task.attempted(&mut ui, 0, Tried::Refused);
    assert!(ui.screen().contains("proven dead 08:30:"), "{}", ui.screen());
    task.happens(&mut ui, Happened::Hunted { leads: Vec::new() });
    task.written(&mut ui);
    assert!(ui.screen().contains("written down") && ui.screen().contains("incident-20261121T083000Z"));
    ui.later("<Enter>");
    assert!(ui.message().starts_with("Contained: 1 key, 1 proven dead."), "{}", ui.message());
    assert_eq!(ui.take(), [Effect::ReleaseIncident(task.ticket)]);
    assert_eq!(ui.dialogs().len(), 0);
}

#[test]
fn nothing_recognised_not_ours_and_not_known_are_three_things() {
    let mut ui = Ui::team();
    ui.keys("!<Enter>");
    assert!(ui.screen().contains("Paste it first"));
    ui.paste("no key in here");
    assert!(ui.screen().contains("Nothing recognised"), "{}", ui.screen());
    ui.keys("<Enter>");
    assert!(ui.take().is_empty() && ui.screen().contains("nothing was sent"), "{}", ui.screen());
    ui.keys("<ctrl-u>").paste(&value('a')[..30]);
    assert!(ui.screen().contains("a part of a keydeck API Key"), "{}", ui.screen());
    ui.keys("<Esc>");
    assert_eq!((ui.dialogs().len(), ui.take().len()), (0, 0));

    let foreign = format!("PMAT-{}", "B7".repeat(13));
    ui.keys("!").paste(&foreign).keys("<Enter>");
    let mut task = Task::begun(&mut ui);
    task.seen(&mut ui, &[None]);
    assert!(ui.screen().contains("not ours") && ui.screen().contains("Revoke it at"), "{}", ui.screen());
    ui.later("<Esc><Esc>").take();

    ui.keys("!").paste(&value('b')).keys("<Enter>");
    let mut task = Task::begun(&mut ui);
    task.seen(&mut ui, &[None]);
    assert!(ui.screen().contains("no key that you may see has it"), "{}", ui.screen());
}

#[test]
fn more_than_a_terminal_hands_over_is_sent_to_the_command_line() {
    let mut ui = Ui::team();
    ui.keys("!").paste(&"x".repeat((1 << 20) + 1));
    assert!(ui.screen().contains("--from-file"), "{}", ui.screen());
    ui.keys("<Enter>");
    assert!(ui.take().is_empty());
}

#[test]
fn neither_the_key_that_asked_nor_enter_nor_a_paste_confirms() {
    let mut ui = Ui::team();
    let key = leaked("k1", 'a');
    seen(&mut ui, &[(&key, 'a')]);
    ui.take();
    ui.keys("x<Enter>").later("x");
    ui.keys("x<Enter>y");
    assert!(ui.take().is_empty(), "what was typed before it could be read");
    ui.later("<Enter>").paste(last_four(&value('a')));
    ui.keys("<Enter>y<Enter>");
    assert!(ui.take().is_empty());
    ui.keys("<Esc>").later("l");
    assert!(matches!(ui.take()[..], [Effect::SteerIncident(_, Decision::Measures(_))]), "leaving it needs no typing");
}

#[test]
fn freezing_takes_a_y_unless_the_key_is_in_use() {
    let mut ui = Ui::team();
    let idle = leaked("k3", 'a');
    let mut task = seen(&mut ui, &[(&idle, 'a')]);
    ui.later("d").later("y");
    assert_eq!(task.decided(&mut ui), Decision::Measures(vec![(0, Measure::Freeze)]));

    let mut ui = Ui::team();
    let used = leaked("k1", 'b');
    let mut task = seen(&mut ui, &[(&used, 'b')]);
    ui.later("d").later("y");
    assert!(ui.take().iter().all(|effect| !matches!(effect, Effect::Write(..))));
    ui.keys("<Esc>").later("d").later(last_four(&value('b'))).keys("<Enter>");
    task.decided(&mut ui);
    task.answered(&mut ui, 0, Answer::Disabled);
    assert_eq!(ui.app.team.table.get(&"k1".into()).unwrap().status, Status::Disabled);
}

#[test]
fn several_values_take_their_number_and_each_is_told() {
    let mut ui = Ui::team();
    let (one, other) = (leaked("k1", 'a'), leaked("k3", 'b'));
    let mut task = seen(&mut ui, &[(&one, 'a'), (&other, 'b')]);
    assert!(ui.screen().contains("Contain 2 keys") && ui.screen().contains("nightly-export"), "{}", ui.screen());
    ui.later("j");
    assert!(ui.screen().contains("last used 94 d ago"), "the second one in full: {}", ui.screen());
    ui.keys("x").later("2<Enter>");
    assert_eq!(task.decided(&mut ui), Decision::Measures(vec![(0, Measure::Revoke), (1, Measure::Revoke)]));
}

#[test]
fn a_profile_that_is_read_only_sees_and_does_nothing() {
    let mut ui = Ui::loaded(Session { read_only: true, ..session() }, (80, 24));
    let key = leaked("k1", 'a');
    seen(&mut ui, &[(&key, 'a')]);
    ui.take();
    ui.later("x");
    assert_eq!(ui.message(), "This profile is read-only");
    assert_eq!(ui.dialogs(), ["contain"]);
    assert_eq!(ui.take(), []);
}

#[test]
fn replacing_hands_over_to_the_wizard_once_the_server_has_the_deadline() {
    let mut ui = Ui::team();
    let mine = leaked("o1", 'a');
    let mut task = seen(&mut ui, &[(&mine, 'a')]);
    ui.later("w").later(last_four(&value('a'))).keys("<Enter>");
    let Decision::Measures(measures) = task.decided(&mut ui) else { panic!() };
    let [(0, Measure::Replace { by })] = measures[..] else { panic!("{measures:?}") };
    let left = by - ui.app.now.utc;
    assert!(left <= chrono::TimeDelta::hours(1) && left > chrono::TimeDelta::minutes(59), "{left}");
    assert_eq!(ui.dialogs(), ["contain"], "not before the server has it on record");
    task.answered(&mut ui, 0, Answer::Dated);
    assert_eq!(ui.dialogs(), ["contain", "form"], "{}", ui.screen());
    let Some(keydeck::tui::dialogs::Dialog::Rotate(wizard)) = ui.app.dialogs.last() else { panic!() };
    let plan = &wizard.draft.as_ref().unwrap().keys[0].plan;
    assert_eq!((&plan.reason, &plan.overlap), (&Reason::Leaked, &Overlap::Until(by)));
    ui.keys("<Esc>");
    assert!(ui.screen().contains("when the server ends it"), "{}", ui.screen());
    // others' keys are not replaced by who found them
    let mut ui = Ui::team();
    let others = leaked("k1", 'b');
    seen(&mut ui, &[(&others, 'b')]);
    ui.later("w");
    assert!(ui.message().starts_with("Only one's own key can be replaced"), "{}", ui.message());
}

#[test]
fn what_is_never_refused_is_not_called_proven() {
    let mut ui = Ui::team();
    let key = leaked("k1", 'a');
    let mut task = seen(&mut ui, &[(&key, 'a')]);
    ui.later("x").later(last_four(&value('a'))).keys("<Enter>");
    task.decided(&mut ui);
    task.answered(&mut ui, 0, Answer::Revoked);
    task.attempted(&mut ui, 0, Tried::Accepted { user: None, key: None });
    task.happens(&mut ui, Happened::Hunted { leads: Vec::new() });
    ui.later("c");
    assert_eq!(task.decided(&mut ui), Decision::GiveUp(0));
    assert!(ui.screen().contains("deleted, and still accepted"), "{}", ui.screen());
    task.written(&mut ui);
    assert!(ui.screen().contains("Not contained") && !ui.screen().contains("proven dead"), "{}", ui.screen());

    let mut ui = Ui::team();
    let mut task = seen(&mut ui, &[(&key, 'a')]);
    ui.later("x").later(last_four(&value('a'))).keys("<Enter>");
    task.decided(&mut ui);
    task.answered(&mut ui, 0, Answer::Revoked);
    for _ in 0..3 {
        task.attempted(&mut ui, 0, Tried::Doubtful(Doubt::AnythingAccepted));
    }
    assert!(ui.screen().contains("cannot be proven: answers 200 to anything"), "{}", ui.screen());
}

/// Up to the hunt, which found these.
pub fn hunting(ui: &mut Ui) -> Task {
    let key = leaked("k1", 'a');
    let mut task = seen(ui, &[(&key, 'a')]);
    ui.later("x").later(last_four(&value('a'))).keys("<Enter>");
    task.decided(ui);
    task.answered(ui, 0, Answer::Revoked);
    task.attempted(ui, 0, Tried::Refused);
    let me = task.incident.opened.user;
    let lead = |id: &str, why| {
        let key = team_keys().into_iter().find(|key| key.id.as_str() == id).unwrap();
        Lead::of(&key, Facts::of(&key, None, None, me), why)
    };
    let leads = vec![
        lead("k2", Why::MintedWith("k1".into())),
        lead("k3", Why::SameOwner),
        lead("k6", Why::SameOwner),
        lead("k7", Why::SameOwner),
    ];
    task.happens(ui, Happened::Hunted { leads });
    task
}

#[test]
fn what_the_hunt_finds_is_marked_and_revoked_the_same_way() {
    let mut ui = Ui::team();
    let mut task = hunting(&mut ui);
    assert_eq!(ui.dialogs(), ["hunt"]);
    assert!(ui.screen().contains("made with the leaked key"), "{}", ui.screen());
    ui.later("<Space><Space>x").later("2<Enter>");
    assert_eq!(task.decided(&mut ui), Decision::Follow(vec![0, 1], Measure::Revoke));
    assert_eq!(task.incident.subjects.len(), 3);

    let mut ui = Ui::team();
    let mut task = hunting(&mut ui);
    ui.later("G<Space>");
    assert_eq!(ui.message(), "It is revoked already");
    ui.keys("<Enter>");
    assert_eq!(task.decided(&mut ui), Decision::Follow(Vec::new(), Measure::Revoke), "the rest is left");
    assert!(task.incident.leads_decided);
}

#[test]
fn what_does_not_work_is_tried_again_or_written_down_as_it_stands() {
    let mut ui = Ui::team();
    ui.keys("!").paste(&value('a')).keys("<Enter>");
    let mut task = Task::begun(&mut ui);
    let trouble = Trouble { effect: Doing::See, why: "connection refused; is it running?".into() };
    task.happens(&mut ui, Happened::Troubled(trouble.clone()));
    assert!(ui.screen().contains("Asking whose it is did not work: connection refused"), "{}", ui.screen());
    ui.later("r");
    assert_eq!(task.decided(&mut ui), Decision::Again);
    task.happens(&mut ui, Happened::Troubled(trouble));
    ui.later("e");
    assert_eq!(task.decided(&mut ui), Decision::WriteDown);

    let mut ui = Ui::team();
    ui.keys("!").paste(&value('a')).keys("<Enter>");
    let task = Task::begun(&mut ui);
    ui.happen(Event::IncidentRefused(task.ticket, "the disk is full; make room".to_owned()));
    assert!(ui.screen().contains("the disk is full"), "{}", ui.screen());
    ui.later("r");
    assert_eq!(ui.take(), [Effect::GoOnContaining(task.ticket)]);
}

#[test]
fn it_asks_the_server_also_while_nothing_is_loaded() {
    let mut ui = Ui::new((80, 24));
    ui.keys("!").paste(&value('a')).keys("<Enter>");
    let effects = ui.take();
    assert!(effects.iter().any(|effect| matches!(effect, Effect::BeginIncident(_, None, _))), "{effects:?}");
}

#[test]
fn leaving_what_is_open_says_so_first_and_the_next_start_offers_it() {
    let mut ui = Ui::team();
    let key = leaked("k1", 'a');
    let task = seen(&mut ui, &[(&key, 'a')]);
    ui.take();
    ui.later("<Esc>");
    assert!(ui.message().contains("again leaves it for later") && ui.dialogs() == ["contain"], "{}", ui.message());
    ui.keys("<Esc>");
    assert_eq!(ui.take(), [Effect::ReleaseIncident(task.ticket)]);
    assert!(ui.message().starts_with("Kept for later, on disk: I "), "{}", ui.message());

    let open = |at_it: Option<&str>| {
        let open = OpenIncident { incident: task.incident.clone(), at_it: at_it.map(str::to_owned) };
        Event::IncidentsListed(Ok((vec![open], Vec::new())))
    };
    let mut ui = Ui::team();
    ui.happen(open(Some("keydeck 4711 on laptop")));
    assert_eq!(ui.dialogs().len(), 0, "another process is at it");
    let mut ui = Ui::team();
    ui.happen(open(None));
    assert_eq!(ui.dialogs(), ["incidents"]);
    ui.later("<Enter>");
    let effects = ui.take();
    let [Effect::TakeUpIncident(ticket, Some(_), id)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(*id, task.incident.id);
    let mut again = Task { ticket: *ticket, incident: task.incident.clone() };
    again.happens(&mut ui, Happened::TakenUp { by: "olivia@laptop".into(), bundle: None });
    assert_eq!(ui.dialogs(), ["contain"]);
    assert!(ui.screen().contains("ci-deploy"), "{}", ui.screen());
}

#[test]
fn values_that_went_with_the_process_are_asked_for_again() {
    let mut ui = Ui::team();
    let key = leaked("k1", 'a');
    let mut task = seen(&mut ui, &[(&key, 'a')]);
    ui.later("x").later(last_four(&value('a'))).keys("<Enter>");
    task.decided(&mut ui);
    task.answered(&mut ui, 0, Answer::Revoked);
    task.happens(&mut ui, Happened::TakenUp { by: "olivia@laptop".into(), bundle: None });
    task.happens(&mut ui, Happened::Hunted { leads: Vec::new() });
    assert!(ui.screen().contains("paste the value again here"), "{}", ui.screen());
    ui.take();
    ui.paste(&value('a'));
    assert!(ui.take().is_empty(), "not at once: it has to be read first");
    ui.wait(Duration::from_secs(1)).paste(&value('a'));
    let effects = ui.take();
    assert!(
        matches!(&effects[..], [Effect::GiveValues(ticket, text)] if *ticket == task.ticket && text.expose() == value('a'))
    );
}
