//! A change of many keys under way, as one bar and as how fast it is answered.

use std::time::Duration;

use keydeck::domain::bulk::{Outcome, Progress};
use keydeck::tui::event::Event;
use keydeck::tui::ticket::Ticket;

use crate::picture;
use crate::ui::{Ui, many};

/// Of sixty keys that are sent in calls of one, forty are answered, each after a while of its own.
fn two_thirds() -> (Ui, Ticket, Vec<String>) {
    const TOOK: [u64; 8] = [8, 18, 35, 40, 45, 70, 180, 1_400];
    let mut ui = Ui::loaded(crate::ui::session(), (120, 36));
    ui.keys("3").refresh_team(many(60)).keys("ax").later("60<Enter>");
    let (ticket, ids) = ui.revoke();
    for (at, id) in ids.iter().take(40).enumerate() {
        ui.happen(Event::Bulk(ticket, Progress::Sent(vec![id.as_str().into()])));
        ui.wait(Duration::from_millis(TOOK[at * 3 % TOOK.len()]));
        let outcome = match at {
            7 => Outcome::Denied("owned by another team".into()),
            11 => Outcome::Unknown("no answer".into()),
            _ => Outcome::Revoked,
        };
        ui.outcome(ticket, id, outcome);
    }
    let on_their_way = ids.iter().skip(40).take(4).map(|id| id.as_str().into()).collect();
    ui.happen(Event::Bulk(ticket, Progress::Sent(on_their_way)));
    (ui, ticket, ids)
}

#[test]
fn one_bar_and_how_fast_it_is_answered() {
    let (mut ui, ticket, ids) = two_thirds();
    picture("running_bar", &mut ui);
    for id in &ids[40..] {
        ui.outcome(ticket, id, Outcome::Revoked);
    }
    ui.happen(Event::BulkEnded(ticket));
    picture("running_bar_ended", &mut ui);
}

#[test]
fn nothing_is_drawn_anew_while_nothing_happens() {
    let (mut ui, ..) = two_thirds();
    ui.happen(Event::Resize(120, 36));
    let before = ui.buffer();
    assert!(ui.screen().contains("to go"));
    // a second passes, and another, without news
    for _ in 0..2 {
        ui.wait(Duration::from_secs(1)).happen(Event::Resize(120, 36));
        assert_eq!(ui.buffer(), before);
    }
}
