use super::*;
use crate::domain::key::Key;
use crate::domain::time::When;
use crate::tui::dialogs::form::Kind;
use crate::tui::field::Field;

fn now() -> Time {
    When::from_wire("2026-11-21T08:30:00Z").time().unwrap()
}

fn draft(change: impl FnOnce(&mut Plan)) -> Draft {
    let key = Key::sample("a");
    let mut plan = Plan::draft(&key, None, now());
    change(&mut plan);
    let drafted = Drafted { old: OldKey::of(&key, None), plan };
    Draft::new(vec![drafted], Confirmation::Yes, None, now())
}

fn type_into(draft: &mut Draft, about: About, text: &str) {
    let Kind::Text(field) = &mut draft.form.entry_mut(about).unwrap().kind else { panic!() };
    *field = Field::new(text);
}

#[test]
fn what_is_not_touched_stays_as_it_was() {
    let saved = Sink::Command {
        write: Hook::parse("put secret").unwrap(),
        verify: Some(Hook { argv: vec!["get".to_owned()], seconds: 5 }),
        undo: None,
    };
    let odd = now() + chrono::TimeDelta::seconds(90_061);
    let mut draft = draft(|plan| {
        plan.sinks = vec![saved.clone()];
        plan.expires = Some(odd);
        plan.cutover = vec![Cutover::ByHand("tell Ana; then Ben".to_owned())];
    });
    let before = draft.keys[0].plan.clone();
    assert_eq!(draft.plans(now()).unwrap()[0].0, before);
    // beside another place, the saved one keeps what its notation leaves out
    for typed in ["command:put secret; clipboard", "command:put secret, clipboard"] {
        type_into(&mut draft, About::Places, typed);
        assert_eq!(draft.plans(now()).unwrap()[0].0.sinks, [saved.clone(), Sink::Clipboard], "{typed}");
    }
}

#[test]
fn several_places_and_commands() {
    let mut draft = draft(|_| {});
    type_into(&mut draft, About::Places, "file:/a, command:put --as 'x, y' ,clipboard");
    type_into(&mut draft, About::Hooks, "systemctl reload app; sh -c 'a; b'");
    type_into(&mut draft, About::Checklist, "restart the press; call Ben's office");
    let plan = draft.plans(now()).unwrap().remove(0).0;
    assert_eq!(plan.sinks.len(), 3);
    assert_eq!(plan.sinks[1].to_string(), "command:put --as 'x, y'");
    let lines: Vec<String> = plan
        .cutover
        .iter()
        .map(|line| match line {
            Cutover::Run(hook) => hook.to_string(),
            Cutover::ByHand(text) => text.clone(),
        })
        .collect();
    assert_eq!(lines, ["systemctl reload app", "sh -c 'a; b'", "restart the press", "call Ben's office"]);
}

#[test]
fn a_comma_parts_places_only_where_another_begins() {
    for (text, places) in [
        ("file:/a; file:/b;clipboard", &["file:/a", "file:/b", "clipboard"][..]),
        ("file:/a,b.env, vault:x:y , clipboard", &["file:/a,b.env", "vault:x:y", "clipboard"]),
        ("command:put 'a; b', file:/x", &["command:put 'a; b'", "file:/x"]),
        ("file:/a, b", &["file:/a, b"]),
        ("; ;", &[]),
    ] {
        assert_eq!(places::pieces(text), places, "{text}");
    }
}

#[test]
fn a_path_that_is_being_typed_is_completed() {
    let mut draft = draft(|_| {});
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    type_into(&mut draft, About::Places, "clipboard; env-file:/srv/app/.e");
    assert_eq!(draft.unlisted().as_deref(), Some("/srv/app/"));
    assert_eq!(draft.unlisted(), None, "it is asked for once");
    assert!(!draft.complete(), "nothing is known of it yet");
    draft.listed("/srv/other/", names(&[".elsewhere"]));
    assert!(!draft.complete());
    draft.listed("/srv/app/", names(&[".env", ".env.d/", "keys/"]));
    assert_eq!(draft.offered(), "; Tab: .env  .env.d/");
    assert!(draft.complete());
    assert_eq!(draft.form.text(About::Places), "clipboard; env-file:/srv/app/.env");
    assert_eq!(draft.offered(), "; Tab: .env.d/", "a name that is whole may go on");
    type_into(&mut draft, About::Places, "file:/srv/app/k");
    assert!(draft.complete());
    assert_eq!(draft.form.text(About::Places), "file:/srv/app/keys/");
    assert_eq!(draft.unlisted().as_deref(), Some("/srv/app/keys/"));
    draft.listed("/srv/app/keys/", names(&["a-1", "b-2"]));
    assert_eq!((draft.complete(), draft.offered().as_str()), (false, "; there: a-1  b-2"));
    for text in ["vault:a/b", "file:/a:", "env-file:/a:B", "/a/b", "file:~", "command:/usr/bin/x", "file:/a "] {
        let Kind::Text(field) = &mut draft.form.entry_mut(About::Places).unwrap().kind else { panic!() };
        *field = Field::new(text);
        assert_eq!(draft.unlisted(), None, "{text}");
    }
}

#[test]
fn what_is_wrong_is_said_and_no_value_is_repeated() {
    let mut draft = draft(|_| {});
    let value = ["kdk", "0123456789abcdefghij"].join("_");
    for (about, text) in [
        (About::Places, ""),
        (About::Places, "env-file:/a:B, nowhere"),
        (About::Places, "clipboard, clipboard"),
        (About::Places, &format!("file:/{value}")),
        (About::Name, &value),
        (About::Expires, "yesterday"),
        (About::Overlap, "soon"),
        (About::Overlap, "2020-01-01"),
        (About::Reason, ""),
        (About::Hooks, "say 'no"),
        (About::Health, "say 'no"),
        (About::Emergency, "perhaps"),
    ] {
        let before = draft.form.text(about);
        type_into(&mut draft, about, text);
        match draft.check(about, now()) {
            Check::Wrong(why) => assert!(!why.contains("0123456789"), "{why}"),
            Check::Needed => assert_eq!(text, ""),
            Check::Right(words) => panic!("{about:?} {text}: {words}"),
        }
        assert!(draft.plans(now()).is_none());
        type_into(&mut draft, about, &before);
    }
}
