//! Leaving the terminal to the shell, and coming back.

use std::time::Duration;

use keydeck::tui::action::{Action, Context, TABLE};
use keydeck::tui::effect::Effect;
use keydeck::tui::event::Event;

use crate::reveal::{is_shown, revealed};
use crate::ui::Ui;

#[test]
fn it_can_be_done_everywhere_and_too_small_a_window_and_a_deaf_dialog_are_no_hindrance() {
    assert!(Context::ALL.iter().all(|context| Action::Suspend.entry().contexts.contains(context)));
    let mut ui = Ui::team();
    ui.keys("jjjx<ctrl-z>");
    assert_eq!((ui.take(), ui.dialogs()), (vec![Effect::Suspend], vec!["review"]));
    ui.happen(Event::Resize(10, 3)).keys("<ctrl-z>");
    assert_eq!(ui.take(), [Effect::Suspend]);
    assert!(TABLE.iter().all(|entry| entry.action == Action::Suspend || !entry.keys.contains(&"ctrl-z")));
}

#[test]
fn a_dialog_that_comes_back_does_not_hear_what_was_typed_for_the_shell() {
    let mut ui = Ui::team();
    ui.keys("jjjx").later("<ctrl-z>").take();
    ui.wait(Duration::from_hours(1)).happen(Event::Returned(100, 30)).drawn().keys("003K<Enter>");
    assert_eq!((ui.app.size, ui.take()), ((100, 30), vec![]));
    ui.later("003K<Enter>");
    assert_eq!(ui.revoke().1.len(), 1);
}

#[test]
fn a_shown_value_is_hidden_at_once_by_the_key_and_by_the_signal() {
    for asked in ["key", "signal"] {
        let (mut ui, _, value) = revealed();
        ui.later("<Space>");
        assert!(is_shown(&ui, &value));
        ui.take();
        match asked {
            "key" => ui.keys("<ctrl-z>"),
            _ => ui.happen(Event::StopAsked),
        };
        assert_eq!(ui.take(), [Effect::Suspend]);
        assert!(!is_shown(&ui, &value));
        ui.happen(Event::Returned(80, 24));
        assert!(!is_shown(&ui, &value));
    }
}

#[test]
fn times_are_those_of_the_return() {
    let mut ui = Ui::team();
    ui.keys("<ctrl-z>");
    assert!(ui.screen().contains("1 h ago"));
    ui.wait(Duration::from_hours(3)).happen(Event::Returned(80, 24));
    assert!(ui.screen().contains("4 h ago") && !ui.screen().contains("1 h ago"), "{}", ui.screen());
}

#[test]
fn where_nobody_waits_it_says_so() {
    let mut ui = Ui::team();
    ui.keys("<ctrl-z>").happen(Event::NotStopped);
    assert!(ui.message().contains("goes on"));
}
