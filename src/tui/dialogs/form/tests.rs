use super::*;
use crate::tui::key::KeyPress;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    First,
    Why,
    Which,
    Sure,
}

fn form() -> Form<Name> {
    Form::new(vec![
        Entry::text_field(Name::First, "First", "").joined_by(", "),
        Entry::lines(Name::Why, "Why", ""),
        Entry::choice(Name::Which, "Which", &["one", "two", "three"]),
        Entry::check_box(Name::Sure, "Sure", false),
    ])
}

fn type_in(form: &mut Form<Name>, text: &str) {
    text.chars().for_each(|c| assert_eq!(form.update(&Input::Text(c)), FormEvent::Handled));
}

fn press(form: &mut Form<Name>, key: &str) {
    form.update(&Input::Edit(key.parse::<KeyPress>().unwrap()));
}

fn check(form: &Form<Name>, name: Name) -> Check {
    if form.text(name).is_empty() { Check::Needed } else { Check::Right(String::new()) }
}

#[test]
fn the_focus_goes_around_and_through_several_lines() {
    let mut form = form();
    form.update(&Input::Action(Action::Next));
    type_in(&mut form, "a");
    press(&mut form, "alt-Enter");
    type_in(&mut form, "b");
    assert_eq!((form.text(Name::Why).as_str(), form.focus()), ("a\nb", 1));
    form.update(&Input::Action(Action::Up));
    type_in(&mut form, "c");
    assert_eq!((form.text(Name::Why).as_str(), form.focus()), ("ac\nb", 1));
    form.update(&Input::Action(Action::Up));
    assert_eq!(form.focus(), 0);
    form.update(&Input::Action(Action::Previous));
    assert_eq!(form.focus(), 3);
}

#[test]
fn choices_and_boxes_take_blanks_and_arrows_and_no_paste() {
    let mut form = form();
    form.focus_by(2);
    type_in(&mut form, " x");
    assert_eq!(form.text(Name::Which), "two");
    press(&mut form, "Left");
    press(&mut form, "Left");
    assert_eq!(form.text(Name::Which), "three");
    form.update(&Input::Paste(" "));
    form.focus_by(1);
    form.update(&Input::Paste(" "));
    assert_eq!((form.text(Name::Which).as_str(), form.text(Name::Sure).as_str()), ("three", "no"));
    type_in(&mut form, " ");
    assert_eq!(form.text(Name::Sure), "yes");
    assert!(form.entry(Name::First).unwrap().is_untouched() && !form.entry(Name::Sure).unwrap().is_untouched());
}

#[test]
fn pasted_lines_are_joined_or_kept_as_the_field_has_it() {
    let mut form = form();
    form.update(&Input::Paste(" a \n\n b\n"));
    form.focus_by(1);
    form.update(&Input::Paste("a\nb\n"));
    assert_eq!((form.text(Name::First).as_str(), form.text(Name::Why).as_str()), ("a, b", "a\nb"));
    press(&mut form, "Backspace");
    press(&mut form, "Backspace");
    assert_eq!(form.text(Name::Why), "a");
}

#[test]
fn enter_goes_to_what_is_wrong_then_through_the_fields() {
    let mut form = form().stepwise();
    assert_eq!(form.update(&Input::Action(Action::Choose)), FormEvent::Submit);
    let wrong = form.first_wrong(|name| check(&form, name));
    assert!(!form.enter(wrong) && form.was_pressed() && form.focus() == 0);
    type_in(&mut form, "x");
    assert!(!form.was_pressed());
    let wrong = form.first_wrong(|name| check(&form, name));
    assert!(!form.enter(wrong));
    assert_eq!(form.focus(), 1);
    type_in(&mut form, "y");
    let steps: Vec<bool> = (0..3).map(|_| form.enter(None)).collect();
    assert_eq!(steps, [false, false, true]);
}

#[test]
fn nothing_changes_while_the_answer_is_awaited() {
    let mut form = form();
    form.state = State::Sending;
    type_in(&mut form, "x");
    form.update(&Input::Paste("x"));
    press(&mut form, "Left");
    assert_eq!(form.text(Name::First), "");
    assert_eq!(form.update(&Input::Action(Action::Back)), FormEvent::Busy);
}
