//! The filter box.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use keydeck::domain::team::User;
use keydeck::tui::event::{Answer, Event, Slot};

use crate::ui::{Ui, team_keys, value};

#[test]
fn it_filters_as_it_is_typed_and_enter_keeps_it() {
    let mut ui = Ui::team();
    ui.keys("/a");
    let many = ui.shown().len();
    ui.keys("na sou");
    assert_eq!(ui.shown(), ["k1", "k2", "k3"]);
    assert!(many > 3);
    ui.keys("<Enter>");
    assert_eq!((ui.app.team.filter.kept.as_str(), ui.app.team.filter.editing.is_some()), ("ana sou", false));
    assert!(ui.screen().contains("3 of 8"));
    ui.keys("j");
    assert_eq!(ui.cursor(), "k2", "the table hears keys again");
}

#[test]
fn esc_in_the_box_restores_and_esc_in_the_table_clears() {
    let mut ui = Ui::team();
    ui.keys("/ana<Enter>/<ctrl-u>ben");
    assert_eq!(ui.shown().len(), 4);
    ui.keys("<Esc>");
    assert_eq!((ui.shown().len(), ui.app.team.filter.kept.as_str()), (3, "ana"));
    ui.keys("<Esc>");
    assert_eq!((ui.shown().len(), ui.app.team.filter.kept.as_str()), (8, ""));
    ui.keys("/ben<ctrl-c>");
    assert_eq!((ui.shown().len(), ui.dialogs().len()), (8, 0), "ctrl-c takes it back too");
}

#[test]
fn every_printable_key_is_text() {
    let mut ui = Ui::team();
    ui.keys("/xqnsfavAS?12345 jkgG/yY");
    assert_eq!(ui.app.team.filter.editing.as_ref().unwrap().text(), "xqnsfavAS?12345 jkgG/yY");
    assert!(ui.dialogs().is_empty() && ui.take().is_empty());
}

#[test]
fn the_box_is_edited_with_the_usual_keys() {
    let mut ui = Ui::team();
    ui.keys("/owner:ana x<Backspace><ctrl-w><Home>status:enabled <End><ctrl-a><ctrl-k>ben");
    assert_eq!(ui.app.team.filter.editing.as_ref().unwrap().text(), "ben");
    ui.keys("<Enter>/<Left>x");
    assert_eq!(ui.app.team.filter.editing.as_ref().unwrap().text(), "bexn");
}

#[test]
fn a_query_that_does_not_parse_keeps_the_last_good_rows_and_the_box() {
    let mut ui = Ui::team();
    ui.keys("/owner:ana ").paste("expires:");
    assert!(ui.app.team.filter.problem.is_some());
    assert_eq!(ui.shown(), ["k1", "k2", "k3"]);
    ui.keys("<Enter>");
    assert!(ui.app.team.filter.editing.is_some(), "the box stays open");
    assert!(ui.message().contains("Esc takes it back"), "{}", ui.message());
    let problem = ui.app.team.filter.problem.clone().unwrap();
    assert_eq!(&"owner:ana expires:"[problem.span], "expires:");
    ui.keys("<lt>5d<Enter>");
    assert_eq!(ui.shown(), ["k2"]);
    ui.keys("/ wat:x<Esc>");
    assert_eq!((ui.app.team.filter.problem.clone(), ui.shown().len()), (None, 1));
}

#[test]
fn relative_moments_are_judged_by_the_present() {
    let mut ui = Ui::team();
    ui.keys("/idle:>90d<Enter>");
    let ids = ui.shown();
    assert!(ids == ["k3", "k5"], "{ids:?}");
    ui.keys("<Esc>/used:never -status:revoked<Enter>");
    assert_eq!(ui.shown(), ["k6"]);
    ui.keys("<Esc>/exposed:yes<Enter>");
    assert_eq!(ui.shown(), ["k2"]);
}

#[test]
fn a_value_is_masked_from_its_first_characters_and_matches_nothing_until_whole() {
    for (typed, shown) in [
        ("kdk_", "••••"),
        ("kdc_a", "•••••"),
        ("KDK_", "••••"),
        ("PMAK-", "•••••"),
        ("PMAT-x", "••••••"),
        ("alice_v1_", "•••••••••"),
        ("ana kdk_ab", "ana ••••••"),
        ("owner:kdk_ab", "owner:••••••"),
    ] {
        let mut ui = Ui::team();
        ui.keys("/").paste(typed);
        let screen = ui.screen();
        let line = screen.lines().nth(2).unwrap();
        assert!(line.starts_with(&format!(" / {shown} ")), "{typed}: {line}");
        let wrong = ui.app.team.filter.problem.is_some();
        assert!(wrong || ui.shown().is_empty(), "{typed}");
        assert!(ui.take().is_empty(), "{typed} is not looked up");
        assert!(!format!("{:?}", ui.app.team.filter).contains(typed), "{typed}");
        ui.keys("<Enter>");
        // what gave it away may stand there, nothing of the value itself
        let bare = typed.trim_end_matches(|c: char| c != '_' && c != '-');
        let kept = &ui.app.team.filter.kept;
        assert!(typed == bare && !typed.contains("_v1_") || !kept.contains(typed), "{typed} is kept: {kept}");
    }
}

#[test]
fn a_whole_value_stands_nowhere_but_its_fingerprint() {
    let mut ui = Ui::team();
    let value = value();
    ui.keys("/owner:ana ").paste(value.expose());
    assert!(!ui.screen().contains(&value.expose()[4..]));
    assert!(!format!("{:?}", ui.app).contains(value.expose()), "not while it is typed");
    ui.keys("<Enter>");
    let kept = &ui.app.team.filter.kept;
    assert!(kept.contains("owner:ana") && kept.contains("sha256:") && !kept.contains(&value.expose()[4..]), "{kept}");
    assert!(!format!("{:?}", ui.app).contains(value.expose()), "not when it is kept");
    assert!(ui.screen().contains("sha256:"), "{}", ui.screen());
    ui.keys("/");
    assert!(!ui.screen().contains(&value.expose()[4..]));
}

#[test]
fn a_value_pasted_into_any_other_field_is_not_drawn() {
    let value = value();
    for keys in ["?", "1n", "1n<Tab>", "1nname<Tab><Tab>", "2n", "2n<Tab>"] {
        let mut ui = Ui::admin();
        ui.keys(keys).paste(&format!("x={}", value.expose()));
        let screen = ui.screen();
        assert!(!screen.contains(&value.expose()[..12]), "after {keys}:\n{screen}");
        assert!(!format!("{:?}", ui.app).contains(value.expose()));
    }
}

#[test]
fn a_filter_survives_a_refresh_and_belongs_to_its_tab() {
    let mut ui = Ui::team();
    ui.keys("/ana<Enter>").refresh_team(team_keys());
    assert_eq!(ui.shown().len(), 3);
    ui.keys("1");
    assert_eq!(ui.shown().len(), 4);
    ui.keys("3");
    assert_eq!(ui.shown().len(), 3);
}

#[test]
fn a_long_filter_scrolls_with_its_cursor_and_wide_characters_keep_it_right() {
    let mut ui = Ui::team();
    ui.happen(Event::Resize(40, 12)).keys("/").paste(&format!("{} the-end", "日本 ".repeat(12)));
    assert!(ui.screen().contains("the-end"), "{}", ui.screen());
    ui.keys("<Home>");
    assert!(ui.screen().contains("/ 日本"), "{}", ui.screen());
}

#[test]
fn what_is_written_elsewhere_is_marked_with_what_to_write_here() {
    let mut ui = Ui::team();
    ui.keys("/owner:ana ").paste("or owner:ben");
    let problem = ui.app.team.filter.problem.clone().unwrap();
    assert_eq!((problem.span, ui.shown().len()), (10..12, 3), "the last good rows stay");
    assert!(ui.screen().contains("OR in capitals"), "{}", ui.screen());
    ui.keys("<ctrl-u>owner:ana OR owner:ben");
    assert_eq!(ui.shown().len(), 7);
    ui.keys("<ctrl-u>owner:ana,ben<Enter>");
    assert_eq!((ui.shown().len(), ui.app.team.filter.kept.as_str()), (7, "owner:ana,ben"));
}

#[test]
fn ones_own_are_those_of_whoever_the_server_says_it_is() {
    let mut ui = Ui::team();
    ui.keys("/owner:me<Enter>");
    let mine = ui.shown();
    assert!(!mine.is_empty() && mine.iter().all(|id| !["k1", "k4"].contains(&id.as_str())), "{mine:?}");
    ui.keys("<Esc>/-owner:me<Enter>");
    assert_eq!(ui.shown().len(), 8 - mine.len());
}

#[test]
fn whoever_left_is_known_from_the_users() {
    let mut ui = Ui::team();
    let user = |id, active| User { active, ..User::sample(id, "x") };
    ui.answer(Slot::Users, Answer::Users(vec![user(2, false), user(3, true)]));
    ui.keys("/owner:gone<Enter>");
    assert_eq!(ui.shown(), ["k1", "k2", "k3"]);
}

#[test]
fn tab_completes_fields_owners_and_states() {
    let mut ui = Ui::team();
    let typed = |ui: &Ui| ui.app.team.filter.editing.as_ref().unwrap().text().to_owned();
    ui.keys("/ow<Tab>");
    assert_eq!(typed(&ui), "owner:");
    ui.keys("an<Tab>");
    assert_eq!((typed(&ui).as_str(), ui.shown().len()), ("owner:\"Ana Souza\"", 3));
    ui.keys(" st<Tab>dis<Tab>");
    assert_eq!(typed(&ui), "owner:\"Ana Souza\" status:disabled");
    ui.keys("<ctrl-u>status:<Tab>");
    assert_eq!(typed(&ui), "status:enabled");
    assert!(ui.message().contains("disabled") && ui.message().contains("revoked"), "{}", ui.message());
    ui.keys("<Tab><Tab>");
    assert_eq!(typed(&ui), "status:revoked");
    ui.keys("<BackTab>");
    assert_eq!(typed(&ui), "status:disabled");
    ui.keys("<ctrl-u>ow x<Left><Left><Tab>");
    assert_eq!(typed(&ui), "owner: x");
    ui.keys("y");
    assert_eq!(typed(&ui), "owner:y x", "the cursor stands behind what was written");
    ui.keys("<ctrl-u>zzz<Tab>");
    assert!(ui.message().contains("begins so"), "{}", ui.message());
    ui.keys("<ctrl-u>").paste(&format!("{} ow", value().expose()));
    ui.keys("<Tab>");
    assert!(!format!("{:?}", ui.app.team.filter).contains("owner:"), "nothing is kept around a value");
}

#[test]
fn up_and_down_go_through_the_filters_that_were_kept_but_never_values() {
    let mut ui = Ui::team();
    let typed = |ui: &Ui| ui.app.team.filter.editing.as_ref().unwrap().text().to_owned();
    ui.keys("/<Up>");
    assert_eq!(typed(&ui), "");
    ui.keys("ana<Enter>/<ctrl-u>ben<Enter>/<ctrl-u>");
    ui.paste(value().expose()).keys("<Enter>/<ctrl-u>dra<Up>");
    assert_eq!((typed(&ui).as_str(), ui.shown().len()), ("ben", 4), "it filters at once");
    ui.keys("<Up><Up><Up>");
    assert_eq!(typed(&ui), "ana");
    ui.keys("<Down><Down>");
    assert_eq!(typed(&ui), "dra", "what was typed is there again");
    ui.keys("<Esc>1/<Up>");
    assert_eq!(ui.app.mine.filter.editing.as_ref().unwrap().text(), "ben", "in every list");
}

#[test]
fn f1_explains_the_language_and_so_does_a_question_mark_in_the_empty_box() {
    let mut ui = Ui::team();
    for keys in ["/<F1>", "/?", "<F1>"] {
        ui.keys(keys);
        assert_eq!(ui.dialogs(), ["page"], "{keys}");
        assert!(ui.screen().contains("owner:ana,nora"), "{}", ui.screen());
        ui.keys("<End>");
        assert!(ui.screen().contains("a key's value"), "{}", ui.screen());
        ui.keys("<Up>").keys("<Esc><Esc>");
        assert!(ui.dialogs().is_empty());
    }
    ui.happen(Event::Resize(40, 12)).keys("<F1><End>");
    assert!(ui.screen().contains("nor kept"), "{}", ui.screen());
    ui.keys("<Esc>/x?");
    assert_eq!(ui.app.team.filter.editing.as_ref().unwrap().text(), "x?");
}

#[test]
fn no_part_of_a_pasted_value_is_drawn_however_it_is_dressed() {
    let value = value();
    let value = value.expose();
    let wrong = format!("{}{}", &value[..39], if value.ends_with('0') { "1" } else { "0" });
    for text in [
        format!("{}\n{}", &value[..20], &value[20..]),
        format!("{}\r\n    {}", &value[..20], &value[20..]),
        format!("{} {}", &wrong[..20], &wrong[20..]),
        format!("Basic {}", BASE64_STANDARD.encode(format!("user:{value}"))),
        value.replace('_', "%5F"),
        format!("{}\u{200b}{}", &value[..10], &value[10..]),
        format!("Authorization: Bearer {value}"),
    ] {
        for keys in ["", "/", ":", ":filter "] {
            let mut ui = Ui::team();
            ui.keys(keys).paste(&text);
            let screen = ui.screen();
            for part in [&value[4..12], &value[20..28], &text[text.len() - 12..text.len() - 2]] {
                assert!(!screen.contains(part), "{keys} {text}\n{screen}");
            }
            assert!(!format!("{:?}", ui.app).contains(&value[20..]));
        }
    }
}
