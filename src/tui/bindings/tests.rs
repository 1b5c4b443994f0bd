use std::path::Path;

use super::*;
use crate::config::Config;

fn read(keys: &str) -> Bindings {
    Bindings::read(&Config::parse(&format!("[keys]\n{keys}"), Path::new("c.toml")).unwrap().keys)
}

#[track_caller]
fn right(keys: &str) -> Keymap {
    let read = read(keys);
    assert_eq!(read.problems, [], "{keys}");
    read.keymap
}

fn wrong(keys: &str) -> Vec<String> {
    let read = read(keys);
    assert_eq!(read.keymap, Keymap::default(), "{keys}");
    read.problems.iter().map(|problem| format!("{problem}; {}", problem.hint)).collect()
}

#[test]
fn without_lines_the_keys_are_the_default_ones() {
    assert_eq!(right(""), Keymap::default());
}

#[test]
fn a_key_is_added_and_a_list_replaces() {
    let keymap = right("'X' = 'revoke'");
    assert_eq!(keymap.keys_of(Action::Revoke, Context::List), ["x", "X"]);
    let keymap = right("revoke = ['Delete', 'X']");
    assert_eq!(keymap.keys_of(Action::Revoke, Context::List), ["Delete", "X"]);
    let keymap = right("revoke = ['Delete']\n'X' = 'revoke'");
    assert_eq!(keymap.keys_of(Action::Revoke, Context::List), ["Delete", "X"]);
}

#[test]
fn what_one_action_is_given_another_loses() {
    let keymap = right("'d' = 'refresh'");
    assert_eq!(keymap.keys_of(Action::Disable, Context::List), [""; 0]);
    assert_eq!(keymap.keys_of(Action::Refresh, Context::Settings), ["ctrl-r", "d"]);
    // a sequence and its beginning cannot both be typed
    let keymap = right("'g' = 'refresh'");
    assert_eq!(keymap.keys_of(Action::Top, Context::List), ["Home"]);
    assert_eq!(keymap.keys_of(Action::Top, Context::Sort), ["Home", "g g"]);
    let keymap = right("'x x' = 'revoke'\n'g r' = 'refresh'");
    assert_eq!(keymap.keys_of(Action::Revoke, Context::List), ["x x"]);
    assert_eq!(keymap.keys_of(Action::Top, Context::List), ["Home", "g g"]);
}

#[test]
fn keys_are_taken_away() {
    let keymap = right("'d' = ''\nrange = []");
    assert_eq!(keymap.keys_of(Action::Disable, Context::List), [""; 0]);
    assert_eq!(keymap.keys_of(Action::Range, Context::List), [""; 0]);
    assert_eq!(keymap.press(Action::Disable, Context::List), "? disable");
    let keymap = right("[keys.sort]\n'j' = ''");
    assert_eq!(keymap.keys_of(Action::Down, Context::Sort), ["Down"]);
    assert_eq!(keymap.keys_of(Action::Down, Context::List), ["Down", "j"]);
}

#[test]
fn the_nearer_line_wins() {
    let keymap = right("'x' = 'revoke'\ndown = ['Down', 'n']\n[keys.list]\n'x' = 'mark'\n[keys.review]\ndown = ['e']");
    assert_eq!(keymap.keys_of(Action::Mark, Context::List), ["Space", "x"]);
    assert_eq!(keymap.keys_of(Action::Revoke, Context::List), [""; 0]);
    assert_eq!(keymap.keys_of(Action::Down, Context::Sort), ["Down", "n"]);
    assert_eq!(keymap.keys_of(Action::Down, Context::Review), ["e"]);
}

#[test]
fn what_is_typed_stays_typed() {
    let keymap = right("down = ['n']\nback = ['Backspace', 'F1']\n'ctrl-n' = 'down'");
    assert_eq!(keymap.keys_of(Action::Down, Context::List), ["n", "ctrl-n"]);
    assert_eq!(keymap.keys_of(Action::Down, Context::Help), ["Down", "ctrl-n"], "n is searched for there");
    assert_eq!(keymap.keys_of(Action::Back, Context::List), ["Backspace", "F1"]);
    assert_eq!(keymap.keys_of(Action::Back, Context::Filter), ["F1"], "Backspace erases there");
    assert_eq!(right("back = ['b']").keys_of(Action::Back, Context::Filter), ["Esc"]);
    for (lines, said) in [
        ("[keys.filter]\n'b' = 'back'", "c.toml:3:1: b is typed in filter"),
        ("[keys.form]\n'Backspace' = 'back'", "c.toml:3:1: Backspace is typed in form"),
        ("[keys.review]\nconfirm = ['1']", "c.toml:3:1: 1 is typed in review"),
        ("copy-value = ['d']", "c.toml:2:1: d is typed in reveal"),
    ] {
        assert!(wrong(lines)[0].starts_with(said), "{:?}", wrong(lines));
    }
}

#[test]
fn names_that_are_not_there_are_answered_with_the_nearest() {
    for (lines, said) in [
        ("'X' = 'revoek'", "c.toml:2:1: there is no action \"revoek\"; did you mean revoke?"),
        ("revoek = ['X']", "c.toml:2:1: there is no action \"revoek\"; did you mean revoke?"),
        ("'PageUpp' = 'revoke'", "c.toml:2:1: \"PageUpp\" is not a key; did you mean PageUp?"),
        ("revoke = ['X', 'zz']", "c.toml:2:1: \"zz\" is not a key; keys are written x, F5"),
        ("' ' = 'mark'", "c.toml:2:1: \" \" is not a key; the space bar is written Space"),
        (
            "[keys.reveiw]\n'z' = 'top'\n'Z' = 'top'",
            "c.toml:2:7: there is no context \"reveiw\"; did you mean [keys.review]?",
        ),
        ("[keys.review]\nmark = ['m']", "c.toml:3:1: mark does nothing in review; it applies in list"),
        ("revoke = 'X'", "c.toml:2:1: revoke is an action, so its keys are a list; write revoke = [\"X\"]"),
        ("revoke = 3", "c.toml:2:1: \"revoke\" has the wrong form; write \"KEY\" = \"ACTION\""),
        ("mark = ['ctrl-m']", "c.toml:2:1: ctrl-m cannot be told from Enter in a terminal; write Enter"),
    ] {
        let wrong = wrong(lines);
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        assert!(wrong[0].starts_with(said), "{wrong:?}");
    }
}

#[test]
fn conflicts_are_told_together_each_once() {
    let wrong = wrong("'X' = 'quit'\nrefresh = ['X']\n'z' = 'top'\n'z z' = 'bottom'\n'F1' = 'nothing'\n");
    assert_eq!(wrong.len(), 3, "{wrong:?}");
    assert_eq!(
        wrong[0],
        "c.toml:3:1: X is both quit and refresh in list, exposed, settings, notices, campaigns (see line 2); change one of the two"
    );
    assert!(
        wrong[1].starts_with("c.toml:5:1: z z can never be typed, since z is a key of its own in list"),
        "{wrong:?}"
    );
    assert!(wrong[2].starts_with("c.toml:6:1: there is no action"), "{wrong:?}");
    let banner = read("'X' = 'quit'\nrefresh = ['X']\n'F1' = 'nothing'").banner().unwrap();
    assert_eq!(banner, "The default keys are in use. 2 problems in [keys]: keydeck keys lists them");
}

#[test]
fn there_is_always_a_way_out() {
    for (lines, said) in [
        ("back = []", "c.toml:2:1: back has no key of one press left in list"),
        ("'Esc' = ''", "c.toml:2:1: back has no key of one press left in list"),
        (
            "'Esc' = 'refresh'",
            "c.toml:2:1: back has no key of one press left in list, exposed, settings, notices, campaigns: nobody would get out",
        ),
        ("'ctrl-c' = 'copy-id'", "c.toml:2:1: cancel has no key of one press left in list, exposed, calls, detail"),
        ("cancel = ['ctrl-x ctrl-c']", "c.toml:2:1: cancel has no key of one press"),
        ("[keys.review]\nback = []", "c.toml:3:1: back has no key of one press left in review"),
        ("quit = []", "c.toml:2:1: quit has no key of one press left in list, exposed, settings"),
        (
            "'?' = ''",
            "c.toml:2:1: help has no key of one press left in list, exposed, settings: nobody would find the rest",
        ),
    ] {
        let wrong = wrong(lines);
        assert!(wrong.len() == 1 && wrong[0].starts_with(said), "{lines}: {wrong:?}");
    }
    right("back = ['F1']\ncancel = ['F2']\nhelp = ['F3']\nquit = ['F4']\n[keys.sort]\nquit = []");
}

#[test]
fn what_opens_a_dialog_never_answers_it() {
    for (lines, said) in [
        ("revoke = ['y']", "y is revoke in list and confirm in review: held down"),
        ("'g y' = 'revoke'", "y is revoke in list and confirm in review: held down"),
        ("confirm = ['x']", "x is revoke in list and confirm in review: held down"),
        ("revoke = ['z']\nconfirm = ['z z']", "z z is revoke in list and confirm in review: held down"),
        ("revoke = ['i']", "i is revoke in list and include-own-key in review"),
        ("revoke = ['s']\nsort = ['o']", "s is revoke in list and only-shown in choice"),
        ("all-marked = ['y']", "y is all-marked in choice and confirm in review"),
        ("[keys.ask]\nconfirm = ['d']", "d is disable in list and confirm in ask"),
        ("[keys.ask]\nconfirm = ['Enter']", "Enter is choose in help and confirm in ask"),
        ("retry = ['y']", "y is confirm in review and retry in running"),
        ("copy-value = ['Enter']", "Enter is choose in form and copy-value in reveal"),
    ] {
        let wrong = wrong(lines);
        assert!(wrong.iter().any(|wrong| wrong.contains(said)), "{lines}: {wrong:?}");
    }
}

#[test]
fn what_destroys_is_on_no_chord() {
    for action in ["revoke", "confirm", "retry", "include-own-key", "all-marked"] {
        for key in ["ctrl-x", "alt-x", "g ctrl-x"] {
            let wrong = wrong(&format!("{action} = ['{key}']"));
            assert!(wrong[0].contains("chords are typed by mistake"), "{wrong:?}");
        }
    }
}

#[test]
fn a_secret_is_never_quoted_wherever_it_stands() {
    let value = "kdk_0123456789ABCDEFGHIJKLMNOPQRST1Ir0du";
    for lines in [
        format!("{value} = 'revoke'"),
        format!("'x' = '{value}'"),
        format!("{value} = ['x']"),
        format!("revoke = ['{value}']"),
        format!("revoke = ['a key={value}']"),
        format!("revoke = '{value}'"),
        format!("{value} = 3"),
        format!("[keys.{value}]\n'x' = 'revoke'"),
        format!("'x' = 'the value {value}'"),
    ] {
        // what is refused before the keys are read, like the rest of the file
        let Err(error) = Config::parse(&format!("[keys]\n{lines}"), Path::new("c.toml")) else {
            panic!("{lines} is taken");
        };
        assert!(!format!("{error:?}").contains("0123456789"), "{error:?}");
    }
}

mod properties {
    use super::*;
    use crate::tui::action::TABLE;
    use crate::tui::keymap::Resolved;
    use proptest::prelude::*;

    fn key() -> impl Strategy<Value = String> {
        let one = prop_oneof![
            "[a-zA-Z0-9?/]",
            prop::sample::select(vec!["Esc", "Enter", "Space", "Backspace", "F1", "ctrl-c", "ctrl-x"])
                .prop_map(str::to_owned),
        ];
        prop::collection::vec(one, 1..3).prop_map(|keys| keys.join(" "))
    }

    fn line() -> impl Strategy<Value = String> {
        let action = prop::sample::select(TABLE.iter().map(|entry| entry.name).collect::<Vec<_>>());
        (action, prop::collection::vec(key(), 0..3)).prop_map(|(action, keys)| {
            format!("{action} = [{}]", keys.iter().map(|key| format!("'{key}'")).collect::<Vec<_>>().join(", "))
        })
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_can_be_typed_and_left(lines in prop::collection::btree_map(key(), line(), 0..5)) {
            let mut seen = std::collections::BTreeSet::new();
            let lines: Vec<String> = lines.into_values().filter(|line| seen.insert(line.split(' ').next().unwrap().to_owned())).collect();
            let keymap = read(&lines.join("\n")).keymap;
            for row in keymap.all() {
                for (keys, context) in row.keys.iter().flat_map(|keys| row.contexts.iter().map(move |context| (keys, *context))) {
                    let mut pending = Vec::new();
                    let resolved: Vec<Resolved> =
                        keys.split(' ').map(|key| keymap.resolve(context, &mut pending, key.parse().unwrap())).collect();
                    prop_assert_eq!(resolved.last(), Some(&Resolved::Action(row.action)), "{} in {:?}", keys, context);
                }
            }
            for context in Context::ALL {
                prop_assert!(keymap.key_of(Action::Cancel, context).is_some() && keymap.key_of(Action::Back, context).is_some());
            }
        }
    }
}

#[test]
fn what_is_bound_for_lists_is_bound_in_exposed_keys_unless_it_has_its_own() {
    let keymap = right("[keys.list]\nfilter = ['F2']\nsort = ['o']\n[keys.exposed]\nsort = ['F4']\n");
    for (context, filter, sort) in
        [(Context::List, "F2", "o"), (Context::Exposed, "F2", "F4"), (Context::Detail, "", "")]
    {
        assert_eq!(keymap.key_of(Action::Filter, context).unwrap_or_default(), filter);
        assert_eq!(keymap.key_of(Action::Sort, context).unwrap_or_default(), sort);
    }
}
