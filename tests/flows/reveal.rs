//! The reveal of a new value.

use std::time::Duration;

use keydeck::domain::key::Key;
use keydeck::domain::key_value::mask;
use keydeck::domain::secret::Secret;
use keydeck::tui::effect::Effect;
use keydeck::tui::event::{Copied, Event};
use keydeck::tui::ticket::Ticket;
use rstest::rstest;

use crate::ui::{Ui, id, value};

const SECOND: Duration = Duration::from_secs(1);

/// A key just made, its value not yet safe.
pub fn revealed() -> (Ui, Ticket, Secret) {
    let (mut ui, value) = (Ui::admin(), value());
    ui.keys("ndeploy-eu<Enter><Enter><Enter><Enter>");
    let Some(Effect::Mint(ticket)) = ui.take().pop() else { panic!("no value is minted") };
    ui.happen(Event::Minted(ticket, Ok(value.duplicate())));
    let made = Key { name: "deploy-eu".into(), masked: mask(value.expose()).into(), ..Key::sample("new") };
    ui.created(ticket, Ok((made, None))).take();
    assert_eq!(ui.dialogs(), ["reveal"]);
    (ui, ticket, value)
}

pub fn is_shown(ui: &Ui, value: &Secret) -> bool {
    ui.screen().contains(value.expose())
}

#[rstest]
#[case("<Esc>")]
#[case("<Enter>")]
#[case("q")]
#[case("<ctrl-c><ctrl-c>")]
#[case("discar")]
#[case("disxcard")]
#[case("x<Esc>n")]
fn it_does_not_close_before_the_value_is_safe(#[case] keys: &str) {
    let (mut ui, ..) = revealed();
    ui.later(keys);
    assert_eq!(ui.dialogs(), ["reveal"], "{keys}");
    assert!(!ui.take().contains(&Effect::Quit));
}

#[test]
fn it_closes_when_copied_written_or_discarded() {
    let copied: fn(&mut Ui, Ticket) = |ui, ticket| {
        ui.happen(Event::Copied(Copied::Secret(ticket), Ok("sent to the terminal".into())));
    };
    let written: fn(&mut Ui, Ticket) = |ui, ticket| {
        ui.happen(Event::Written(ticket, Ok("/home/o/deploy-eu.key".into())));
    };
    for safe in [copied, written] {
        for close in ["<Esc>", "<ctrl-c>"] {
            let (mut ui, ticket, value) = revealed();
            safe(&mut ui, ticket);
            ui.later(close);
            assert!(ui.dialogs().is_empty(), "{close}");
            assert!(!format!("{:?}", ui.app).contains(value.expose()));
        }
    }
    let (mut ui, ..) = revealed();
    ui.later("xdisdiscard");
    assert!(ui.dialogs().is_empty());
    assert!(ui.message().contains("the key still stands"), "{}", ui.message());
    assert!(ui.app.mine.table.get(&id("new")).is_some());
}

#[test]
fn what_failed_does_not_make_it_safe() {
    let (mut ui, ticket, _) = revealed();
    ui.happen(Event::Copied(Copied::Secret(ticket), Err("too long".into())));
    ui.happen(Event::Written(ticket, Err("disk full".into())));
    ui.happen(Event::Copied(Copied::Secret(Ticket(999)), Ok("sent".into())));
    ui.happen(Event::Copied(Copied::Id, Ok("sent".into())));
    ui.later("<Esc>");
    assert_eq!(ui.dialogs(), ["reveal"]);
    assert!(ui.screen().contains("disk full") && ui.screen().contains("too long"));
}

#[test]
fn y_and_w_hand_the_value_over_and_w_only_once() {
    let (mut ui, ticket, value) = revealed();
    ui.later("y");
    assert_eq!(ui.take(), [Effect::CopySecret(ticket, value.duplicate())]);
    ui.keys("w");
    assert_eq!(ui.take(), [Effect::WriteSecret(ticket, "deploy-eu".into(), value)]);
    ui.happen(Event::Written(ticket, Ok("/home/o/deploy-eu.key".into()))).keys("w");
    assert_eq!(ui.take(), []);
    assert!(ui.screen().contains("/home/o/deploy-eu.key"));
}

#[test]
fn keys_typed_for_the_form_are_not_heard_by_the_reveal() {
    let (mut ui, ..) = revealed();
    ui.keys("yw <Esc>discard");
    assert_eq!(ui.take(), []);
    assert_eq!(ui.dialogs(), ["reveal"]);
}

#[test]
fn space_shows_the_value_until_the_next_key() {
    let (mut ui, _, value) = revealed();
    assert!(!is_shown(&ui, &value), "masked at first");
    ui.later("<Space>");
    assert!(is_shown(&ui, &value));
    ui.keys("j");
    assert!(!is_shown(&ui, &value));
}

#[test]
fn and_for_ten_seconds_at_most() {
    let (mut ui, _, value) = revealed();
    ui.later("<Space>").wait(9 * SECOND);
    assert!(is_shown(&ui, &value));
    ui.wait(SECOND);
    assert!(!is_shown(&ui, &value));
}

#[test]
fn ten_seconds_from_each_showing() {
    let (mut ui, _, value) = revealed();
    // the runtime keeps one alarm, the earliest: here it rings for the first showing, which is over
    ui.later("<Space>").wait(SECOND).keys("j").wait(3 * SECOND).keys("<Space>");
    ui.effects.retain(|effect| !matches!(effect, Effect::WakeAt(_)));
    ui.wait(6 * SECOND).happen(Event::Wake);
    assert!(is_shown(&ui, &value));
    assert!(ui.effects.iter().any(|effect| matches!(effect, Effect::WakeAt(_))), "the alarm is set anew");
    ui.wait(4 * SECOND);
    assert!(!is_shown(&ui, &value));
}

#[test]
fn the_value_stands_nowhere_else() {
    let (mut ui, _, value) = revealed();
    let tail = &value.expose()[4..];
    for keys in ["", "disc", "<Esc>", "x"] {
        ui.later(keys);
        assert!(!ui.screen().contains(tail), "{}", ui.screen());
        assert!(!format!("{:?}", ui.app).contains(tail));
    }
    ui.keys("<Space>");
    assert!(!format!("{:?}", ui.app).contains(tail), "not even while it is shown");
}

#[test]
fn a_shown_value_fits_every_window() {
    let (mut ui, _, value) = revealed();
    ui.later("<Space>");
    for size in [(40, 12), (80, 24), (120, 36)] {
        ui.happen(Event::Resize(size.0, size.1));
        let flat: String = ui.screen().chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        assert!(flat.contains(value.expose()), "{size:?}\n{}", ui.screen());
    }
}

#[test]
fn the_new_key_is_in_the_lists_with_its_owner() {
    let (mut ui, ticket, _) = revealed();
    ui.happen(Event::Written(ticket, Ok("/home/o/deploy-eu.key".into()))).later("<Esc>");
    for list in [&ui.app.mine, &ui.app.team] {
        assert_eq!(list.table.get(&id("new")).unwrap().name.to_string(), "deploy-eu");
    }
    assert_eq!(ui.cursor(), "new", "and under the cursor, so that x means it");
}

#[test]
fn a_paste_into_the_reveal_does_nothing() {
    let (mut ui, ..) = revealed();
    ui.wait(SECOND).paste("discard").paste("y");
    assert_eq!((ui.dialogs(), ui.take()), (vec!["reveal"], vec![]));
}
