//! The calls of this session, as they come.

use std::time::Duration;

use keydeck::tui::effect::Effect;
use keydeck::tui::event::{Copied, Event};

use crate::ui::{Ui, call};

#[test]
fn they_come_in_while_it_is_open_and_the_newest_is_under_the_cursor() {
    let mut ui = Ui::team();
    ui.keys("@");
    assert!(ui.screen().contains("Nothing was asked yet"));
    ui.keys("y");
    assert_eq!((ui.effects.len(), ui.message()), (0, "The server gave this request no id"));
    ui.happen(Event::Called(call(1, "/me", Some(200)))).happen(Event::Called(call(2, "/users", Some(403))));
    let screen = ui.screen();
    assert!(screen.contains("Calls of this session · 2"), "{screen}");
    assert!(screen.contains("403 forbiddenError: only an admin may"), "{screen}");
    ui.keys("y");
    assert_eq!(ui.take(), [Effect::Copy(Copied::Id, "req-2".into())]);
    ui.keys("ky");
    assert_eq!(ui.take(), [Effect::Copy(Copied::Id, "req-1".into())]);
    ui.happen(Event::Called(call(3, "/me", None))).keys("y");
    assert_eq!(ui.take(), [Effect::Copy(Copied::Id, "req-1".into())], "it stays on its call");
    ui.keys("G").wait(Duration::from_secs(1));
    assert!(ui.screen().contains("no connection: refused"), "{}", ui.screen());
    ui.keys("q");
    assert!(ui.dialogs().is_empty());
}

#[test]
fn only_so_many_are_kept_and_it_says_so() {
    let mut ui = Ui::team();
    for number in 0..1003 {
        ui.happen(Event::Called(call(number, "/me", Some(200))));
    }
    ui.keys("@");
    assert!(ui.screen().contains("the latest 1,000 of 1,003"), "{}", ui.screen());
    ui.keys("<Home>y");
    assert_eq!(ui.take(), [Effect::Copy(Copied::Id, "req-3".into())]);
}
