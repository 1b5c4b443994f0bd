//! The help lists what can be done here and does it, and every key does something harmless or says why not.

use std::time::Duration;

use keydeck::tui::action::{Action, Context, TABLE};
use keydeck::tui::dialogs::Dialog;
use keydeck::tui::effect::{Effect, Write};
use keydeck::tui::event::{Answer, Event, Slot};
use keydeck::tui::key::{KeyCode, KeyPress};
use rstest::rstest;

use crate::ui::{Ui, value};

fn lines(ui: &Ui) -> Vec<Action> {
    match ui.app.dialogs.last() {
        Some(Dialog::Help(help)) => help.found().iter().map(|line| line.action).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn it_lists_everything_that_the_table_says_of_this_place() {
    let places = [
        ("3?", Context::List),
        ("4?", Context::Exposed),
        ("5?", Context::Settings),
        ("3<Enter>?", Context::Detail),
        ("4<Enter>?", Context::Finding),
        ("3@?", Context::Calls),
    ];
    for (keys, context) in places {
        let mut ui = Ui::admin();
        ui.keys(keys);
        let expected: Vec<Action> = TABLE
            .iter()
            .filter(|entry| entry.contexts.contains(&context) && entry.action != Action::Help)
            .map(|entry| entry.action)
            .collect();
        assert_eq!(lines(&ui), expected);
    }
}

#[test]
fn it_is_searched_by_words_and_by_keys() {
    let mut ui = Ui::team();
    ui.keys("?mark all");
    assert_eq!(lines(&ui)[0], Action::MarkAll);
    ui.keys("<ctrl-u>ctrl-r");
    assert_eq!(lines(&ui), [Action::Refresh]);
    ui.keys("zzz<Enter>");
    assert_eq!(ui.dialogs(), ["help"], "nothing to do");
}

#[test]
fn enter_does_what_the_line_says_where_it_was_opened() {
    let mut ui = Ui::team();
    ui.keys("?mark all<Enter>");
    assert_eq!((ui.marked().len(), ui.dialogs().len()), (8, 0));
    ui.keys("?ctrl-r<Enter>");
    assert!(ui.take().iter().any(|effect| matches!(effect, Effect::Load(..))));
    ui.keys("\\?<Down><Up><End>quit<Enter>");
    assert_eq!(ui.take(), [Effect::Quit]);
    let mut ui = Ui::team();
    ui.keys("<Enter>?copy the id<Enter>");
    assert!(matches!(&ui.take()[..], [.., Effect::Copy(..)]));
    assert_eq!(ui.dialogs(), ["detail"]);
    let mut ui = Ui::team();
    ui.keys("5?team<Enter>");
    assert_eq!(ui.app.tab, keydeck::tui::tab::Tab::Team);
}

#[test]
fn a_revoke_from_the_help_is_reviewed_and_not_confirmed_by_the_same_enter() {
    let mut ui = Ui::team();
    ui.keys("jjj?revoke<Enter><Enter><Enter>");
    assert_eq!(ui.dialogs(), ["review"]);
    ui.later("<Enter>");
    assert_eq!(ui.take(), []);
}

#[test]
fn what_cannot_be_done_now_says_why_and_choosing_it_too() {
    let mut ui = Ui::team();
    ui.keys("?clear all marks");
    assert!(ui.screen().contains("(Nothing is marked)"));
    ui.keys("<Enter>");
    assert_eq!(ui.message(), "Nothing is marked");
}

#[test]
fn the_chapters_of_the_manual_stand_behind_it_and_are_read_there() {
    let mut ui = Ui::team();
    ui.keys("?").paste("manual exit").keys("<Enter>");
    let chapter = |ui: &Ui| match ui.app.dialogs.last() {
        Some(Dialog::Manual(manual)) => Some((manual.chapter.name, manual.scroll)),
        _ => None,
    };
    assert_eq!(chapter(&ui), Some(("exit-codes", 0)));
    ui.keys("<End>");
    let (_, end) = chapter(&ui).unwrap();
    ui.keys("j");
    assert_eq!(chapter(&ui), Some(("exit-codes", end)), "it ends where the chapter does");
    ui.keys("<Esc>");
    assert!(matches!(ui.app.dialogs.last(), Some(Dialog::Help(_))), "back to where it was opened");
}

/// A console in each context.
fn contexts() -> Vec<(Context, Ui)> {
    let mut all = Vec::new();
    for (context, keys) in [
        (Context::List, "3"),
        (Context::Exposed, "4"),
        (Context::Settings, "5"),
        (Context::Filter, "3/"),
        (Context::Help, "3?"),
        (Context::Palette, "3:"),
        (Context::Calls, "3@"),
        (Context::Picture, "3m"),
        (Context::Sort, "3s"),
        (Context::States, "3f"),
        (Context::Columns, "3C"),
        (Context::Themes, "T"),
        (Context::Ask, "3d"),
        (Context::Detail, "3<Enter>"),
        (Context::Finding, "4<Enter>"),
        (Context::Choice, "3a/ben<Enter>x"),
        (Context::Review, "3ax"),
        (Context::Page, "3<F1>"),
        (Context::Views, "3'"),
        (Context::ViewName, "3/ana<Enter>'w"),
        (Context::Form, "1n"),
        (Context::Policy, "5j<Enter><ctrl-u>90<Enter><ctrl-s>"),
    ] {
        let mut ui = Ui::admin();
        ui.keys(keys).wait(Duration::from_secs(1));
        all.push((context, ui));
    }
    let mut ui = crate::hand_over::as_role(keydeck::domain::team::Role::Superadmin);
    ui.keys(":offboard<Space>ana<Enter>").wait(Duration::from_secs(1)).take();
    all.push((Context::Offboard, ui));
    let mut ui = Ui::admin();
    ui.app.profiles = vec![crate::profiles::line("prod", true)];
    ui.keys("3<ctrl-p>").wait(Duration::from_secs(1)).take();
    all.push((Context::Profiles, ui));
    let mut ui = Ui::admin();
    ui.keys("3jjjx").later("003K<Enter>").wait(Duration::from_secs(1)).take();
    all.push((Context::Running, ui));
    for (context, keys) in [(Context::Rotate, ""), (Context::Leave, "<Esc>"), (Context::Rotations, "")] {
        let mut ui = crate::rotations::notebook();
        if context == Context::Rotations {
            ui.keys("O");
        } else {
            ui.keys("o").paste("clipboard").keys("<Enter>").later("y");
            let mut executor = crate::rotations::Executor::started(&mut ui);
            executor.go(&mut ui, 0, None);
            ui.later(keys);
        }
        ui.wait(Duration::from_secs(1)).take();
        all.push((context, ui));
    }
    let mut ui = Ui::team();
    let task = crate::contain::seen(&mut ui, &[(&crate::contain::leaked("k1", 'a'), 'a')]);
    ui.wait(Duration::from_secs(1)).take();
    all.push((Context::Contain, ui));
    let mut ui = Ui::team();
    crate::contain::hunting(&mut ui);
    ui.wait(Duration::from_secs(1)).take();
    all.push((Context::Hunt, ui));
    let mut ui = Ui::team();
    let open = keydeck::tui::open_incidents::OpenIncident { incident: task.incident, at_it: None };
    ui.happen(Event::IncidentsListed(Ok((vec![open], Vec::new())))).wait(Duration::from_secs(1)).take();
    all.push((Context::Incidents, ui));
    let mut ui = crate::changes::cut_short();
    ui.wait(Duration::from_secs(1)).take();
    all.push((Context::Changes, ui));
    let mut ui = Ui::team();
    ui.keys("N").answer(Slot::Notices, Answer::Notices(crate::notices::notices(), None));
    ui.wait(Duration::from_secs(1)).take();
    all.push((Context::Notices, ui));
    let mut ui = Ui::team();
    ui.keys("K").answer(Slot::Campaigns, crate::campaigns::two());
    ui.wait(Duration::from_secs(1)).take();
    all.push((Context::Campaigns, ui));
    let mut ui = Ui::admin();
    ui.keys("1nx<Enter><Enter><Enter><Enter>");
    let Some(Effect::Mint(ticket)) = ui.take().pop() else { panic!() };
    ui.happen(Event::Minted(ticket, Ok(value())));
    ui.created(ticket, Ok((keydeck::domain::key::Key::sample("new"), None)));
    ui.wait(Duration::from_secs(1)).take();
    all.push((Context::Reveal, ui));
    all
}

/// In parts, which run beside one another.
#[rstest]
fn every_key_in_every_context_at_every_size(
    #[values((1, 1), (40, 12), (80, 24), (200, 60))] size: (u16, u16),
    #[values(0, 1, 2, 3)] part: usize,
) {
    let named = [
        "Enter",
        "Esc",
        "Tab",
        "BackTab",
        "Backspace",
        "Delete",
        "Left",
        "Right",
        "Up",
        "Down",
        "Home",
        "End",
        "PageUp",
        "PageDown",
        "F1",
        "Space",
    ];
    let mut presses: Vec<KeyPress> = named.iter().map(|name| name.parse().unwrap()).collect();
    presses.extend((' '..='~').map(KeyPress::from));
    presses.extend(('a'..='z').map(|c| KeyPress::new(KeyCode::Char(c), true, false, false)));
    presses.extend(['é', '日', '\u{301}'].map(KeyPress::from));
    // each key somewhere, those with a name everywhere
    let some = if size == (80, 24) { presses.len() } else { named.len() };
    for press in presses[..some].iter().skip(part).step_by(4) {
        for (context, mut ui) in contexts() {
            assert_eq!(ui.app.context(), context);
            ui.take();
            ui.happen(Event::Resize(size.0, size.1)).happen(Event::Key(*press));
            let sent = ui.take().iter().any(|effect| matches!(effect, Effect::Write(_, Write::Bulk(..))));
            assert!(!sent, "{press} in {context:?} revokes at once");
            ui.buffer();
        }
    }
}

#[test]
fn every_action_is_heard_in_every_context_it_claims() {
    let (contexts, ui) = (contexts(), Ui::admin());
    for entry in TABLE {
        for context in entry.contexts {
            assert!(contexts.iter().any(|(there, _)| there == context), "{context:?}");
            assert!(!ui.app.keymap.keys_of(entry.action, *context).is_empty(), "{} in {context:?}", entry.name);
        }
    }
}
