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

#[track_caller]
fn sent(ui: &mut Ui) -> (Ticket, Resolving) {
    let effects = ui.take();
    let [Effect::Write(_, Write::Resolve(ticket, resolving))] = &effects[..] else { panic!("{effects:?}") };
    (*ticket, resolving.clone())
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
    ui.happen(Event::Resolved(ticket, Ok(Resolution::FalsePositive)));
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
    ui.keys("cknown<Enter>");
    let (ticket, _) = sent(&mut ui);
    ui.happen(Event::Resolved(ticket, Ok(Resolution::AcceptedRisk)));
    assert!(!ui.app.team.table.get(&key).unwrap().exposed);
}

#[test]
fn accepting_a_risk_needs_a_reason_and_no_reason_holds_a_value() {
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
    assert_eq!(sent(&mut ui).1.note, None, "of a false positive the reason may be left out");
}

#[test]
fn a_refusal_stands_in_the_form_and_can_be_tried_again() {
    let mut ui = exposed();
    ui.keys("p<Enter>");
    let (ticket, _) = sent(&mut ui);
    ui.happen(Event::Resolved(ticket, Err(error(ErrorKind::Server))));
    assert!(ui.screen().contains("database is locked"), "{}", ui.screen());
    ui.keys("<Enter>");
    assert_eq!(sent(&mut ui).0, ticket);
    ui.happen(Event::Resolved(ticket, Err(error(ErrorKind::Server)))).keys("<Esc>");
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
    while ui.app.exposed.table.current().unwrap().is_open() {
        ui.keys("j");
    }
    ui.keys("p");
    assert!(ui.message().starts_with("It is resolved already"), "{}", ui.message());
    let mut ui = Ui::team();
    ui.keys("pc");
    assert!(ui.dialogs().is_empty() && ui.message().is_empty(), "those keys are heard in Exposed Keys alone");
}
