//! Resolving a finding from the Exposed Keys tab: `p` a false positive, `c` an accepted risk.

use keydeck::client::capabilities::{Capabilities, Capability};
use keydeck::client::error::ErrorKind;
use keydeck::domain::finding::{Resolution, Resolving};
use keydeck::tui::effect::{Effect, Write};
use keydeck::tui::event::Event;
use keydeck::tui::session::Session;
use keydeck::tui::ticket::Ticket;

use crate::ui::{Ui, error, session, value};

/// Exposed Keys with the cursor on an open finding.
fn exposed() -> Ui {
    let mut ui = Ui::admin();
    ui.keys("4g").keys("g").take();
    assert!(ui.app.exposed.table.current().unwrap().is_open());
    ui
}

/// All that is sent.
#[track_caller]
fn all_sent(ui: &mut Ui) -> (Ticket, Vec<Resolving>) {
    let effects = ui.take();
    let [Effect::Write(_, Write::Resolve(ticket, resolving))] = &effects[..] else { panic!("{effects:?}") };
    (*ticket, resolving.clone())
}

#[track_caller]
fn sent(ui: &mut Ui) -> (Ticket, Resolving) {
    let (ticket, mut all) = all_sent(ui);
    assert_eq!(all.len(), 1, "{all:?}");
    (ticket, all.remove(0))
}

#[test]
fn a_false_positive_is_told_with_its_reason_and_shown_in_the_list() {
    let mut ui = exposed();
    let finding = ui.app.exposed.table.current().unwrap().clone();
    ui.keys("p");
    assert_eq!(ui.dialogs(), ["form"]);
    assert!(ui.screen().contains("a false positive"), "{}", ui.screen());
    ui.keys("a test key<alt-Enter>of the docs<Enter>");
    let (ticket, resolving) = sent(&mut ui);
    assert_eq!(resolving.secret, finding.secret_id);
    assert_eq!(resolving.workspace, finding.workspace_id.as_received());
    assert_eq!(
        (resolving.resolution, resolving.note.as_deref()),
        (Resolution::FalsePositive, Some("a test key\nof the docs"))
    );
    ui.keys("x<Esc>");
    assert_eq!(ui.dialogs(), ["form"], "the answer is awaited");
    ui.happen(Event::Resolved(ticket, 0, Ok(Resolution::FalsePositive)));
    assert!(ui.dialogs().is_empty());
    assert!(ui.message().contains("a false positive"), "{}", ui.message());
    let now = ui.app.exposed.table.get(&finding.id).unwrap();
    assert_eq!(now.resolution, Resolution::FalsePositive);
}

#[test]
fn the_keys_of_a_resolved_finding_are_not_called_exposed_any_more() {
    let mut ui = exposed();
    let key = ui.app.exposed.table.current().unwrap().key_id.clone().unwrap();
    assert!(ui.app.team.table.get(&key).unwrap().exposed);
    ui.keys("<Space><Space>cknown<Enter>");
    let (ticket, both) = all_sent(&mut ui);
    ui.happen(Event::Resolved(ticket, 0, Ok(Resolution::AcceptedRisk)));
    assert_eq!((both.len(), ui.app.team.table.get(&key).unwrap().exposed), (2, true), "it is found elsewhere too");
    ui.happen(Event::Resolved(ticket, 1, Ok(Resolution::AcceptedRisk)));
    assert!(!ui.app.team.table.get(&key).unwrap().exposed);
}

#[test]
fn a_reason_is_needed_and_none_holds_a_value() {
    let mut ui = exposed();
    ui.keys("c<Enter>");
    assert_eq!(ui.take(), []);
    assert!(ui.screen().contains("this cannot be empty"), "{}", ui.screen());
    ui.paste(value().expose()).keys("<Enter>");
    assert_eq!(ui.take(), []);
    assert!(ui.screen().contains("holds a key's value"), "{}", ui.screen());
    ui.keys("<ctrl-u>").paste("nobody reads\nthat wiki").keys("<Enter>");
    assert_eq!(sent(&mut ui).1.note.as_deref(), Some("nobody reads\nthat wiki"));
    let mut ui = exposed();
    ui.keys("p<Enter>");
    assert_eq!(ui.take(), [], "so does a false positive");
}

#[test]
fn a_refusal_stands_in_the_form_and_can_be_tried_again() {
    let mut ui = exposed();
    ui.keys("pno key<Enter>");
    let (ticket, _) = sent(&mut ui);
    ui.happen(Event::Resolved(ticket, 0, Err(error(ErrorKind::Server))));
    assert!(ui.screen().contains("database is locked"), "{}", ui.screen());
    ui.keys("<Enter>");
    assert_eq!(sent(&mut ui).0, ticket);
    ui.happen(Event::Resolved(ticket, 0, Err(error(ErrorKind::Server)))).keys("<Esc>");
    assert!(ui.dialogs().is_empty());
}

#[test]
fn what_cannot_be_resolved_says_why() {
    let mut ui = Ui::loaded(Session { read_only: true, ..session() }, (80, 24));
    ui.keys("4p");
    assert_eq!((ui.message(), ui.dialogs().len()), ("This profile is read-only", 0));
    let capabilities = Capabilities::all().without(Capability::ResolveFindings, "resolve it on the website");
    let mut ui = Ui::loaded(Session { capabilities, ..session() }, (80, 24));
    ui.keys("4c");
    assert_eq!((ui.message(), ui.dialogs().len()), ("resolve it on the website", 0));
    let mut ui = exposed();
    // the last one is
    ui.keys("Gp");
    assert!(ui.message().starts_with("It is resolved already"), "{}", ui.message());
    let mut ui = Ui::team();
    ui.keys("pc");
    assert!(ui.dialogs().is_empty() && ui.message().is_empty(), "those keys are heard in Exposed Keys alone");
}

/// The ids that are marked, sorted.
fn marked(ui: &Ui) -> Vec<String> {
    let mut ids: Vec<String> = ui.app.exposed.table.marked_all().iter().map(ToString::to_string).collect();
    ids.sort();
    ids
}

#[test]
fn several_take_one_form_and_each_has_its_own_result() {
    let mut ui = exposed();
    ui.keys("a").take();
    assert_eq!(marked(&ui), ["f1", "f2", "f3", "f4"]);
    ui.keys("p");
    assert!(ui.screen().contains("3 findings: false positives"), "f3 is resolved already\n{}", ui.screen());
    assert!(ui.screen().contains("2 of them name a key that is still accepted"), "{}", ui.screen());
    ui.keys("a test<Enter>");
    let (ticket, resolving) = all_sent(&mut ui);
    let ids: Vec<&str> = resolving.iter().map(|one| one.secret.as_str()).collect();
    assert_eq!(ids, ["f1", "f4", "f2"]);
    assert!(resolving.iter().all(|one| one.note.as_deref() == Some("a test")));
    ui.happen(Event::Resolved(ticket, 0, Ok(Resolution::FalsePositive)));
    assert!(ui.screen().contains("waiting for the answer, 1 of 3"), "{}", ui.screen());
    ui.happen(Event::Resolved(ticket, 1, Err(error(ErrorKind::Denied))));
    ui.happen(Event::Resolved(ticket, 2, Ok(Resolution::FalsePositive)));
    assert_eq!(ui.dialogs(), ["form"], "what failed can be tried again");
    ui.keys("<Enter>");
    let (again, resolving) = all_sent(&mut ui);
    assert_eq!((again, resolving.len(), resolving[0].secret.as_str()), (ticket, 1, "f4"), "and nothing else is sent");
    ui.happen(Event::Resolved(ticket, 0, Err(error(ErrorKind::Denied)))).keys("<Esc>");
    assert_eq!((marked(&ui), ui.dialogs().len()), (vec!["f4".to_owned()], 0));
    assert!(ui.message().starts_with("2 of 3 are resolved"), "{}", ui.message());
    let all = &ui.app.exposed.table;
    assert_eq!(all.iter_all().filter(|finding| finding.is_open()).count(), 1);
}

#[test]
fn a_late_or_doubled_answer_changes_nothing_of_another_finding() {
    let mut ui = exposed();
    ui.keys("cknown<Enter>");
    let (ticket, _) = all_sent(&mut ui);
    ui.happen(Event::Resolved(ticket, 7, Ok(Resolution::AcceptedRisk)));
    assert_eq!(ui.dialogs(), ["form"], "there is no such place");
    ui.happen(Event::Resolved(ticket, 0, Ok(Resolution::AcceptedRisk)));
    ui.happen(Event::Resolved(ticket, 0, Ok(Resolution::FalsePositive)));
    let resolutions: Vec<&Resolution> = ui.app.exposed.table.iter_all().map(|finding| &finding.resolution).collect();
    assert_eq!(resolutions.iter().filter(|resolution| ***resolution == Resolution::AcceptedRisk).count(), 1);
}
