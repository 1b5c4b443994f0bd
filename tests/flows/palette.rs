//! The palette does what the help lists, by its name, and nothing more.

use keydeck::domain::key_value::fingerprint;
use keydeck::tui::action::Action;
use keydeck::tui::dialogs::Dialog;
use keydeck::tui::effect::{Effect, Write};
use keydeck::tui::tab::Tab;
use rstest::rstest;

use crate::ui::{Ui, value};

fn line(ui: &Ui) -> &str {
    match ui.app.dialogs.last() {
        Some(Dialog::Palette(palette)) => palette.line.text(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn it_lists_what_the_help_lists() {
    for keys in ["3", "5"] {
        let mut ui = Ui::admin();
        ui.keys(keys).keys("?");
        let Some(Dialog::Help(help)) = ui.app.dialogs.pop() else { panic!() };
        ui.keys(":");
        let Some(Dialog::Palette(palette)) = ui.app.dialogs.last() else { panic!() };
        let known = |action: Action| action.entry().name;
        let names: Vec<String> = palette.found().iter().map(|item| item.text.trim().to_owned()).collect();
        let listed: Vec<_> =
            help.all.iter().map(|line| line.action).filter(|action| *action != Action::Palette).collect();
        assert_eq!(names.len(), listed.len());
        assert!(listed.iter().all(|action| names.iter().any(|name| known(*action).starts_with(name.as_str()))));
    }
}

#[rstest]
#[case(":mark-all<Enter>", 8)]
#[case(":mark all<Enter>", 8)]
#[case(":filter owner:ana<Enter>a", 3)]
#[case(":fil<Tab>owner:ben<Enter>a", 4)]
#[case(":<Enter>", 0)]
#[case(":mark-all<Esc>", 0)]
fn a_line_does_what_its_key_does(#[case] keys: &str, #[case] marked: usize) {
    let mut ui = Ui::team();
    ui.keys(keys);
    assert_eq!((ui.marked().len(), ui.dialogs().len()), (marked, 0));
}

#[test]
fn a_revoke_is_reviewed_as_ever() {
    let mut ui = Ui::team();
    ui.keys("jjj:revoke<Enter>");
    assert_eq!(ui.dialogs(), ["review"]);
    ui.keys("<Enter>y");
    assert!(!ui.take().iter().any(|effect| matches!(effect, Effect::Write(_, Write::Bulk(..)))), "deaf, as under x");
}

#[test]
fn sort_theme_and_tabs_take_their_argument_from_the_line() {
    let mut ui = Ui::team();
    ui.keys(":sort name<Enter>");
    assert_eq!(ui.shown()[0], "k4", "billing-sync");
    ui.keys(":<Up><Enter>");
    assert_eq!(ui.shown()[0], "k6", "the same again reverses");
    ui.keys(":theme li<Enter>");
    assert_eq!(ui.take(), [Effect::UseTheme("light".into())]);
    ui.keys(":exposed<Enter>");
    assert_eq!(ui.app.tab, Tab::Exposed);
    ui.keys(":tab team<Enter>");
    assert_eq!(ui.app.tab, Tab::Team);
    ui.keys(":tab e<Tab><Enter>");
    assert_eq!(ui.app.tab, Tab::Exposed);
    ui.keys(":sort det<Tab><Enter>");
    assert_eq!(ui.dialogs().len(), 0);
}

#[test]
fn in_a_detail_it_acts_on_the_detail() {
    let mut ui = Ui::team();
    ui.keys("j<Enter>").take();
    ui.keys(":copy-id<Enter>");
    assert!(matches!(&ui.take()[..], [Effect::Copy(_, id)] if id == "k1"));
    assert_eq!(ui.dialogs(), ["detail"]);
    ui.keys(":close<Enter>");
    assert!(ui.dialogs().is_empty());
}

#[test]
fn a_line_that_says_nothing_stays_with_the_reason() {
    let mut ui = Ui::team();
    ui.keys(":revokee<Enter>");
    assert!(ui.screen().contains("did you mean revoke?"), "{}", ui.screen());
    ui.keys("<ctrl-u>filter owner:<Enter>");
    assert_eq!(ui.dialogs(), ["palette"]);
    assert_eq!(ui.take(), []);
    ui.keys("<ctrl-u>clear-marks<Enter>");
    assert_eq!(ui.message(), "Nothing is marked");
}

#[test]
fn history_lasts_as_long_as_the_session() {
    let mut ui = Ui::team();
    ui.keys(":mark-all<Enter>:clear-marks<Enter>:mark-all<Enter>:<Up>");
    assert_eq!(line(&ui), "mark-all");
    ui.keys("<Up>");
    assert_eq!(line(&ui), "clear-marks");
    ui.keys("<Up>");
    assert_eq!(line(&ui), "clear-marks", "said twice, kept once");
    ui.keys("<Down><Down>");
    assert_eq!(line(&ui), "");
}

#[test]
fn a_keys_value_is_masked_searched_for_and_not_kept() {
    let secret = value();
    let log_line = format!("GET /x Authorization: Bearer {} 200", secret.expose());
    for (keys, text) in [(":filter ", secret.expose()), (":", secret.expose()), (":", &log_line)] {
        let mut ui = Ui::team();
        ui.keys(keys).paste(text);
        assert!(!ui.screen().contains(&secret.expose()[4..12]) && ui.screen().contains('•'), "{}", ui.screen());
        assert!(ui.screen().contains("the key with this value"), "{}", ui.screen());
        assert!(!format!("{:?}", ui.app).contains(&secret.expose()[4..12]));
        ui.keys("<Tab><Enter>");
        assert_eq!(ui.app.team.filter.kept, format!("key:sha256:{}", fingerprint(secret.expose())));
        assert!(ui.take().iter().any(|effect| matches!(effect, Effect::Lookup(..))));
        ui.keys(":<Up>");
        assert_eq!(line(&ui), "", "it is not remembered");
    }
    let mut ui = Ui::team();
    ui.keys(":filter key:kdk_abc<Enter>");
    assert_eq!((line(&ui), ui.effects.len()), ("", 0));
    assert!(ui.screen().contains("it was not kept"), "a part of one is refused");
}

#[test]
fn a_paste_is_one_harmless_line_and_does_nothing_by_itself() {
    let mut ui = Ui::team();
    ui.keys(":").paste("mark-all\n\u{1b}[2Jrevoke\n");
    assert_eq!((line(&ui), ui.dialogs(), ui.marked().len()), ("mark-all [2Jrevoke", vec!["palette"], 0));
}
