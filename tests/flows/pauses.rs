//! A key that is disabled for ten minutes: who tried it is told once that is over.

use std::time::Duration;

use chrono::TimeDelta;
use keydeck::domain::key::{DisabledReason, Key, Status, TriedFrom};
use keydeck::domain::time::When;
use keydeck::tui::effect::{Effect, Write};
use keydeck::tui::event::{Answer, Event, Slot};

use crate::ui::{Ui, id, now};

const NINE: Duration = Duration::from_mins(9);
const TEN: Duration = Duration::from_mins(10);

/// A console in which `k6` was disabled for ten minutes.
fn paused() -> Ui {
    let mut ui = Ui::team();
    ui.keys("/unused<Enter>d").later("m");
    let ticket = ui.take().into_iter().find_map(|effect| match effect {
        Effect::Write(_, Write::Change(ticket, _, change)) if change.disabled_until.is_some() => Some(ticket),
        _ => None,
    });
    let key = ui.app.team.table.get(&id("k6")).unwrap().clone();
    let disabled_until = When::At(now() + TimeDelta::minutes(10));
    let key = Key { status: Status::Disabled, disabled_reason: Some(DisabledReason::Admin), disabled_until, ..key };
    ui.happen(Event::Changed(ticket.unwrap(), Box::new(Ok(key))));
    ui
}

fn tried(address: &str, at: When) -> TriedFrom {
    TriedFrom { address: address.into(), count: 3, first: at.clone(), last: at }
}

#[test]
fn who_hit_it_meanwhile_is_told_when_it_is_over() {
    let mut ui = paused();
    ui.wait(NINE);
    assert!(ui.dialogs().is_empty() && !ui.was_read(Slot::Tried), "not before");
    ui.wait(Duration::from_mins(2));
    assert!(ui.was_read(Slot::Tried), "{}", ui.screen());
    let meanwhile = When::At(now() + TimeDelta::minutes(4));
    let before = When::At(now() - TimeDelta::minutes(4));
    ui.answer(Slot::Tried, Answer::Tried(vec![tried("10.0.4.17", meanwhile), tried("203.0.113.9", before)]));
    let screen = ui.screen();
    assert!(screen.contains("1 address tried unused-poc in these 10 min"), "{screen}");
    assert!(screen.contains("10.0.4.17") && !screen.contains("203.0.113.9"), "{screen}");
    ui.keys("<Esc>").wait(TEN);
    assert!(ui.dialogs().is_empty(), "once is enough");
}

#[test]
fn nobody_hit_it_and_a_dialog_that_is_open_is_not_disturbed() {
    let mut ui = paused();
    ui.wait(TEN + Duration::from_secs(30)).answer(Slot::Tried, Answer::Tried(Vec::new()));
    assert!(ui.screen().contains("Nobody tried unused-poc"), "{}", ui.screen());
    let mut ui = paused();
    ui.keys("n").wait(TEN + Duration::from_secs(30));
    assert_eq!(ui.dialogs(), ["form"]);
    assert!(ui.message().contains("unused-poc is enabled again"), "{}", ui.message());
}
