//! `T`: themes are tried as the cursor comes to them.

use keydeck::tui::effect::Effect;
use keydeck::tui::event::Event;

use crate::ui::Ui;

fn used(ui: &mut Ui) -> Vec<String> {
    ui.take()
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::UseTheme(name) => Some(name),
            _ => None,
        })
        .collect()
}

#[test]
fn each_theme_is_tried_and_enter_keeps_it() {
    let mut ui = Ui::admin();
    ui.keys("T<Down>");
    assert_eq!(used(&mut ui), ["light"]);
    ui.keys("<Enter>");
    assert_eq!(used(&mut ui), Vec::<String>::new());
    assert!(ui.message().contains("theme = \"light\""), "{}", ui.message());
}

#[test]
fn esc_goes_back_to_the_theme_before() {
    let mut ui = Ui::admin();
    ui.keys("T<Up>");
    ui.happen(Event::Themed(Ok("dark".to_owned())));
    ui.keys("<Esc>");
    assert_eq!(used(&mut ui), ["dark", "default"]);
}

#[test]
fn a_broken_theme_is_said_and_costs_nothing() {
    let mut ui = Ui::admin();
    ui.keys("T<Down>");
    ui.happen(Event::Themed(Err("theme \"light\", line 1: …".to_owned())));
    assert!(ui.message().contains("line 1"));
    assert_eq!(ui.app.themes.1, "default");
}

#[test]
fn without_colours_there_is_nothing_to_choose() {
    let mut ui = Ui::admin();
    ui.app.themes.0.clear();
    ui.keys("T");
    assert!(ui.app.dialogs.is_empty());
}
