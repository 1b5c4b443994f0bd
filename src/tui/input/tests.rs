use crossterm::event::{KeyCode as Their, KeyEventState, MouseEvent, MouseEventKind};
use rstest::rstest;

use super::*;

fn key(code: Their, modifiers: KeyModifiers, kind: KeyEventKind) -> Option<String> {
    let event = Event::Key(KeyEvent { code, modifiers, kind, state: KeyEventState::NONE });
    Input::from_event(event).map(|input| match input {
        Input::Key(press) => press.to_string(),
        other => panic!("{other:?}"),
    })
}

#[rstest]
#[case(Their::Char('?'), KeyModifiers::SHIFT, "?")]
#[case(Their::Char('?'), KeyModifiers::NONE, "?")]
#[case(Their::Char('G'), KeyModifiers::SHIFT, "G")]
#[case(Their::Char('G'), KeyModifiers::NONE, "G")]
#[case(Their::Char('R'), KeyModifiers::CONTROL.union(KeyModifiers::SHIFT), "ctrl-r")]
#[case(Their::Char('r'), KeyModifiers::CONTROL, "ctrl-r")]
#[case(Their::Char('h'), KeyModifiers::CONTROL, "Backspace")]
#[case(Their::Char(' '), KeyModifiers::NONE, "Space")]
#[case(Their::Char('x'), KeyModifiers::ALT, "alt-x")]
#[case(Their::BackTab, KeyModifiers::SHIFT, "BackTab")]
#[case(Their::Tab, KeyModifiers::SHIFT, "BackTab")]
#[case(Their::Enter, KeyModifiers::NONE, "Enter")]
#[case(Their::Left, KeyModifiers::SHIFT, "shift-Left")]
#[case(Their::F(5), KeyModifiers::NONE, "F5")]
fn each_press_has_one_form(#[case] code: Their, #[case] modifiers: KeyModifiers, #[case] name: &str) {
    for kind in [KeyEventKind::Press, KeyEventKind::Repeat] {
        assert_eq!(key(code, modifiers, kind).as_deref(), Some(name));
    }
    assert_eq!(key(code, modifiers, KeyEventKind::Release), None);
}

#[test]
fn the_keypads_enter_is_enter() {
    let event = KeyEvent {
        code: Their::Enter,
        modifiers: KeyModifiers::NONE,
        kind: KeyEventKind::Press,
        state: KeyEventState::KEYPAD,
    };
    assert_eq!(Input::from_event(Event::Key(event)), Some(Input::Key(KeyCode::Enter.into())));
}

#[test]
fn what_the_console_does_not_heed_is_left_out() {
    assert_eq!(key(Their::CapsLock, KeyModifiers::NONE, KeyEventKind::Press), None);
    assert_eq!(key(Their::Char('\u{9b}'), KeyModifiers::NONE, KeyEventKind::Press), None);
    assert_eq!(key(Their::Char('x'), KeyModifiers::SUPER, KeyEventKind::Press), None);
    let mouse = MouseEvent { kind: MouseEventKind::Moved, column: 0, row: 0, modifiers: KeyModifiers::NONE };
    for event in [Event::FocusGained, Event::FocusLost, Event::Mouse(mouse)] {
        assert_eq!(Input::from_event(event), None);
    }
    assert_eq!(Input::from_event(Event::Resize(80, 24)), Some(Input::Resize(80, 24)));
}

#[test]
fn what_is_typed_or_pasted_is_not_in_debug() {
    assert_eq!(format!("{:?}", Input::Paste("not a real secret".into())), "Paste(…)");
    assert_eq!(format!("{:?}", Input::Key('q'.into())), "Key(…)");
}

#[test]
fn the_gate_holds_the_reader_and_lets_it_go() {
    let gate = Arc::new(Gate::default());
    assert!(gate.pass());
    let (told, hears) = std::sync::mpsc::channel();
    let reader = {
        let gate = Arc::clone(&gate);
        thread::spawn(move || {
            while gate.pass() {
                if told.send(()).is_err() {
                    return;
                }
            }
        })
    };
    hears.recv().unwrap();
    gate.close();
    while hears.try_recv().is_ok() {}
    assert!(hears.try_recv().is_err());
    gate.open();
    hears.recv().unwrap();
    gate.end();
    reader.join().unwrap();
    gate.leave();
    gate.close();
}
