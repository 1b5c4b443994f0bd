//! A paste into whatever is typed to confirm does nothing, also with Enter behind it and whatever was typed before it.

use keydeck::domain::rotation::Effect as Step;
use keydeck::tui::effect::Effect;
use keydeck::tui::session::Session;
use rstest::rstest;

use crate::rotations::{Executor, failure, saved};
use crate::ui::Ui;

/// The review of one key.
fn one() -> Ui {
    let mut ui = Ui::team();
    ui.keys("jjjx");
    ui
}

/// The review of two keys.
fn two() -> Ui {
    let mut ui = Ui::team();
    ui.keys("jjj<Space><Space>x");
    ui
}

/// The question whether to disable a key that is in use.
fn disabling() -> Ui {
    let mut ui = Ui::team();
    ui.keys("jd");
    ui
}

/// The plan of a rotation on a production profile.
fn plan() -> Ui {
    let mut ui = Ui::loaded(Session { production: true, ..saved(&[("*", &["clipboard"], &[])]) }, (80, 24));
    ui.keys("1jjo");
    ui
}

/// The question whether to roll a rotation back whose new key is made.
fn rolling_back() -> Ui {
    let mut ui = Ui::loaded(saved(&[("*", &["file:/srv/app.key"], &[])]), (80, 24));
    ui.keys("1jjo").later("y");
    let mut executor = Executor::started(&mut ui);
    executor.go(&mut ui, 0, Some(Step::Deliver(0)));
    executor.end(&mut ui, 0, failure("the disk is full", true));
    ui.later("b");
    ui
}

#[rstest]
#[case::one(one, "003K", "")]
#[case::the_rest_of_one(one, "3K", "00")]
#[case::two(two, "2", "")]
#[case::disabling(disabling, "001K", "")]
#[case::the_rest_for_disabling(disabling, "K", "001")]
#[case::plan(plan, "002O", "")]
#[case::rolling_back(rolling_back, "77aB", "")]
#[case::the_rest_for_rolling_back(rolling_back, "aB", "77")]
fn a_paste_into_a_typed_confirmation_does_nothing(
    #[case] begin: fn() -> Ui,
    #[case] text: &str,
    #[case] typed: &str,
    #[values("", "\n", "\r\n")] end: &str,
) {
    let writes = |ui: &mut Ui| ui.take().iter().any(|effect| matches!(effect, Effect::Write(..)));
    let mut ui = begin();
    ui.take();
    let dialogs = ui.dialogs();
    ui.later(typed).paste(&format!("{text}{end}")).keys("<Enter>");
    assert!(!writes(&mut ui));
    assert_eq!(ui.dialogs(), dialogs);
    ui.keys(typed).keys(text).keys("<Enter>");
    assert!(writes(&mut ui), "typed, it confirms: {}", ui.screen());
}

#[test]
fn a_paste_into_the_reveal_is_not_the_word_that_closes_it() {
    let (mut ui, ..) = crate::reveal::revealed();
    ui.later("").paste("discard").paste("discard\n").keys("<Enter>");
    assert_eq!(ui.dialogs(), ["reveal"]);
}
