//! What is remembered of a profile.

use keydeck::client::capabilities::{Capabilities, Capability};
use keydeck::domain::sort::{Column, Sort};
use keydeck::domain::table::States;
use keydeck::domain::team::Role;
use keydeck::tui::event::Event;
use keydeck::tui::remembered::{ListHabits, Remembered};
use keydeck::tui::session::Session;
use keydeck::tui::tab::Tab;

use crate::ui::{Ui, me, session};

fn habits(remembered: &Remembered, tab: Tab) -> &ListHabits {
    &remembered.lists.iter().find(|(other, _)| *other == tab).unwrap().1
}

/// A console that begins with what another remembered.
fn next(remembered: &Remembered, session: Session) -> Ui {
    Ui::recalling(remembered.clone(), session)
}

#[test]
fn only_a_change_is_told() {
    let mut ui = Ui::admin();
    assert_eq!(ui.remembered, None);
    ui.keys("jjk/ana<Esc>?<Esc>1");
    assert_eq!(ui.remembered, None);
    ui.keys("3");
    assert_eq!(ui.remembered.take().unwrap().tab, Tab::Team);
    ui.keys("3");
    assert_eq!(ui.remembered, None);
}

#[test]
fn tab_sort_states_and_columns_come_back() {
    let mut ui = Ui::team();
    ui.keys("s<Home><Enter>f<Space><Esc>Cj<Space><Esc>");
    let remembered = ui.remembered.clone().unwrap();
    let team = habits(&remembered, Tab::Team);
    assert_eq!(team.sort, Sort::of(Column::Name, false));
    assert!(!team.states.enabled && team.states.revoked && !team.columns.contains(&Column::Masked));
    assert_eq!(habits(&remembered, Tab::Mine).states, States::ALL);
    let ui = next(&remembered, session());
    assert_eq!((ui.app.tab, ui.app.remembered()), (Tab::Team, remembered));
    assert_eq!(ui.remembered, None, "nothing changed");
    assert!(ui.screen().contains("Loading …"), "{}", ui.screen());
}

#[test]
fn a_tab_that_this_role_may_not_see_is_left_when_that_is_known() {
    let mut remembered = Ui::admin().app.remembered();
    remembered.tab = Tab::Exposed;
    let mut ui = next(&remembered, session());
    ui.me(me(Role::User));
    assert_eq!(ui.app.tab, Tab::Mine);
    // whoever goes there on purpose is told why
    ui.keys("4").keys("<ctrl-r>").me(me(Role::User));
    assert_eq!(ui.app.tab, Tab::Exposed);
    remembered.tab = Tab::Team;
    let mut ui = next(&remembered, session());
    ui.keys("4").me(me(Role::User));
    assert_eq!(ui.app.tab, Tab::Exposed);
    let none = Session { capabilities: Capabilities::all().without(Capability::TeamKeys, "not here"), ..session() };
    assert_eq!(next(&remembered, none).app.tab, Tab::Mine);
}

#[test]
fn what_makes_no_sense_is_passed_over() {
    let strange = ListHabits {
        sort: Sort::by(Column::Detected),
        states: States { revoked: false, ..States::ALL },
        columns: vec![Column::Status, Column::Source, Column::Status],
    };
    let remembered =
        Remembered { tab: Tab::Mine, theme: None, lists: vec![(Tab::Mine, strange.clone()), (Tab::Settings, strange)] };
    let ui = next(&remembered, session());
    let mine = &ui.app.mine;
    assert_eq!(mine.table.sort(), Sort::by(Column::Created));
    assert!(!mine.table.states().revoked && ui.app.team.table.states().revoked);
    assert_eq!(mine.shown, [Column::Name, Column::Status]);
}

#[test]
fn a_theme_is_remembered_where_the_configuration_names_none() {
    let choose = |keeps: bool| {
        let mut ui = Ui::admin();
        ui.app.keeps_theme = keeps;
        ui.keys("T<Down>").happen(Event::Themed(Ok("light".to_owned())));
        assert_eq!(ui.remembered, None, "it is only tried");
        ui.keys("<Enter>");
        (ui.message().to_owned(), ui.remembered.and_then(|remembered| remembered.theme))
    };
    assert_eq!(choose(true), ("light is remembered for this profile".to_owned(), Some("light".to_owned())));
    assert_eq!(choose(false), ("For good: theme = \"light\" in config.toml".to_owned(), None));
}

#[test]
fn what_cannot_be_kept_is_said_but_covers_no_other_message() {
    let mut ui = Ui::admin();
    ui.happen(Event::NotRemembered("no room".to_owned()));
    assert_eq!(ui.message(), "Tab, sort, states and columns are not remembered: no room");
    ui.keys("3S").happen(Event::NotRemembered("no room".to_owned()));
    assert_eq!(ui.message(), "Nothing is marked");
}
