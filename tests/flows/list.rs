//! Moving, sorting, choosing states, detail, copying, tabs, leaving.

use keydeck::client::error::ErrorKind;
use keydeck::domain::key::Key;
use keydeck::domain::listing::Scope;
use keydeck::domain::sort::{Column, Directed, Sort};
use keydeck::domain::team::Role;
use keydeck::tui::effect::Effect;
use keydeck::tui::event::{Copied, Event, Slot};
use keydeck::tui::tab::Tab;
use rstest::rstest;

use crate::ui::{Ui, findings, many, me, team_keys};

#[rstest]
#[case("j", "k1")]
#[case("<Down><Down>k", "k1")]
#[case("G", "k7")]
#[case("G<Up>gg", "own")]
#[case("<End><Home>", "own")]
#[case("<PageDown>", "k7")]
#[case("<PageDown><PageUp>", "own")]
#[case("<ctrl-d>", "k7")]
#[case("<ctrl-d><ctrl-u>", "own")]
#[case("kkk", "own")]
#[case("Gjjj", "k7")]
#[case("gj", "k1")]
fn movement(#[case] keys: &str, #[case] cursor: &str) {
    let mut ui = Ui::team();
    ui.keys(keys);
    assert_eq!(ui.cursor(), cursor);
}

#[test]
fn a_page_is_what_is_on_the_screen() {
    let mut ui = Ui::team();
    ui.refresh_team(many(100)).keys("<PageDown>");
    assert_eq!(ui.cursor(), "b20");
    ui.keys("gg<ctrl-d>");
    assert_eq!(ui.cursor(), "b10");
    ui.happen(Event::Resize(40, 12)).keys("gg<PageDown>");
    assert_eq!(ui.cursor(), "b8");
}

#[test]
fn the_cursor_is_an_id_through_refresh_sort_and_filter() {
    let mut ui = Ui::team();
    ui.keys("jjj");
    assert_eq!(ui.cursor(), "k3");
    let mut more = many(5);
    more.extend(team_keys().into_iter().rev());
    ui.refresh_team(more);
    assert_eq!(ui.cursor(), "k3", "refresh");
    ui.keys("s<Home><Enter>");
    assert_eq!(ui.cursor(), "k3", "sort");
    ui.keys("/ana<Enter>");
    assert_eq!(ui.cursor(), "k3", "filter");
    ui.keys("<Esc>/ben<Enter>");
    assert_ne!(ui.cursor(), "k3");
    ui.keys("<Esc>");
    assert_eq!(ui.cursor(), "k3", "back in sight");
}

#[test]
fn the_cursor_moves_on_when_its_key_is_gone() {
    let mut ui = Ui::team();
    ui.keys("jjj").refresh_team(team_keys().into_iter().filter(|key| key.id.as_str() != "k3").collect());
    assert_eq!(ui.cursor(), "k4");
}

#[test]
fn no_rows_at_all() {
    let mut ui = Ui::team();
    ui.refresh_team(Vec::new());
    ui.take();
    for keys in ["j", "k", "gg", "G", "<PageDown>", "<Space>", "v", "a", "A", r"\", "S", "<Enter>", "y", "Y", "x"] {
        ui.keys(keys);
        assert_eq!(ui.take(), [], "{keys}");
        assert!(ui.dialogs().is_empty(), "{keys}");
    }
    assert_eq!(ui.message(), "There is no key here to revoke");
}

#[test]
fn sorting_starts_on_the_present_column_so_that_again_reverses() {
    let mut ui = Ui::team();
    ui.keys("s<Enter>");
    assert_eq!(ui.shown()[0], "k7", "created, the oldest first now");
    ui.keys("s<Home><Enter>");
    assert_eq!(ui.shown()[0], "k4", "by name: billing-sync");
    ui.keys("s<Enter>");
    assert_eq!(ui.shown()[0], "k6", "by name, reversed: unused-poc");
    ui.keys("sj<Esc>");
    assert_eq!(ui.shown()[0], "k6", "Esc changes nothing");
}

#[test]
fn check_boxes_show_and_hide_states() {
    let mut ui = Ui::team();
    ui.keys("f<Space>");
    assert_eq!(ui.shown(), ["k4", "k7"], "at once, under the menu");
    ui.keys("j<Space><Esc>");
    assert_eq!(ui.shown(), ["k7"]);
    ui.keys("f<Enter><Esc>");
    assert_eq!(ui.shown().len(), 7, "Enter checks too");
}

#[test]
fn q_goes_back_and_quits_only_at_the_top() {
    for keys in ["<Enter>", "s", "f", "ax", "a/ben<Enter>x"] {
        let mut ui = Ui::team();
        ui.keys(keys);
        assert_eq!(ui.dialogs().len(), 1, "{keys}");
        ui.later("q");
        assert!(!ui.take().contains(&Effect::Quit), "{keys}");
        assert!(ui.dialogs().is_empty(), "q closes what {keys} opened");
        ui.keys(r"\q");
        assert_eq!(ui.take(), [Effect::Quit]);
    }
}

#[test]
fn q_asks_once_while_keys_are_marked() {
    let mut ui = Ui::team();
    ui.keys("<Space>1q");
    assert_eq!(ui.take(), [], "also from another tab");
    assert!(ui.message().starts_with("1 key is marked") && ui.message().ends_with("q again quits"), "{}", ui.message());
    ui.keys("jq");
    assert_eq!(ui.take(), [], "what is pressed between begins anew");
    ui.keys("q");
    assert_eq!(ui.take(), [Effect::Quit]);
}

#[test]
fn q_is_text_where_text_is_typed() {
    for keys in ["/q", "?q", "nq"] {
        let mut ui = Ui::team();
        ui.keys(keys);
        assert_eq!(ui.take(), []);
    }
}

#[test]
fn tabs_by_number_and_in_turn() {
    let mut ui = Ui::admin();
    let mut at = |keys: &str| ui.keys(keys).app.tab;
    assert_eq!(at("2"), Tab::Collections);
    assert_eq!(at("<Tab>"), Tab::Team);
    assert_eq!(at("<Tab><Tab><Tab>"), Tab::Mine);
    assert_eq!(at("<BackTab>"), Tab::Settings);
    assert_eq!(at("4"), Tab::Exposed);
    assert_eq!(at("5k1"), Tab::Mine);
}

#[test]
fn copying_names_what_the_cursor_is_on() {
    let mut ui = Ui::team();
    ui.keys("jyY");
    assert_eq!(ui.take(), [Effect::Copy(Copied::Id, "k1".into()), Effect::Copy(Copied::Masked, "kdk_…001K".into())]);
    ui.happen(Event::Copied(Copied::Id, Ok("sent to the terminal".into())));
    assert_eq!(ui.message(), "Id sent to the terminal");
    ui.happen(Event::Copied(Copied::Id, Err("too long".into())));
    assert_eq!(ui.message(), "Id not copied: too long");
}

#[test]
fn a_detail_stays_on_its_key_whatever_is_loaded_meanwhile() {
    let mut ui = Ui::team();
    ui.keys("j<Enter><ctrl-r>").keys("<Esc><ctrl-r><Enter>").load(Scope::Team, many(3));
    assert_eq!(ui.cursor(), "b1");
    ui.take();
    ui.keys("yY");
    assert_eq!(ui.take(), [Effect::Copy(Copied::Id, "k1".into()), Effect::Copy(Copied::Masked, "kdk_…001K".into())]);
}

#[test]
fn a_finding_without_a_key_has_no_id_to_copy() {
    let mut ui = Ui::admin();
    ui.keys("4/-postman-monitor<Enter>ggy");
    assert_eq!(ui.take(), []);
    assert!(ui.message().contains("no key"), "{}", ui.message());
    ui.keys("Y");
    assert_eq!(ui.take(), [Effect::Copy(Copied::Masked, "kdk_…9fQ2".into())]);
}

#[test]
fn what_is_done_to_keys_alone_says_where() {
    let mut ui = Ui::admin();
    ui.keys("4");
    for (keys, words) in [("e", "Team Keys (3)"), ("R", "My Keys (1)"), ("o", "My Keys (1)"), ("n", "My Keys (1)")] {
        ui.keys(keys);
        assert!(ui.message().contains(words), "{keys}: {}", ui.message());
        assert!(ui.dialogs().is_empty());
    }
    assert_eq!(ui.take(), []);
}

#[test]
fn a_detail_says_exact_times_who_revoked_and_what_a_collection_key_lives_on() {
    let mut ui = Ui::team();
    ui.happen(Event::Resize(120, 36)).keys("G<Enter>");
    let screen = ui.screen();
    assert!(screen.contains("revoked on 2026-11-20 08:30:00 UTC by user 2 (admin)"), "{screen}");
    ui.keys("<Esc>gg<Esc>/ci-deploy<Enter><Enter>");
    assert!(ui.screen().contains("2026-12-03 08:30:00 UTC (in 12 d)"));
    ui.keys("<Esc>2<Enter>");
    assert!(ui.screen().contains("dies 11 Dec 2026 unless used; each use gives it 60 more days"), "{}", ui.screen());
}

#[test]
fn the_end_of_a_long_detail_can_be_reached_and_left_at_once() {
    let mut ui = Ui::team();
    let long = || "a-name-of-many-parts ".repeat(12);
    ui.refresh_team(vec![Key {
        owner: long().as_str().into(),
        owner_email: long().as_str().into(),
        contacts: vec![long().as_str().into(); 3],
        ..team_keys().swap_remove(1)
    }]);
    ui.happen(Event::Resize(40, 12)).keys("<Enter>");
    assert!(!ui.screen().contains("k1"));
    ui.keys("<End>");
    assert!(ui.screen().contains("Id              k1"), "{}", ui.screen());
    let end = ui.screen();
    ui.keys("<Up>");
    assert_ne!(ui.screen(), end, "one step back is seen");
    ui.keys("<Home><PageDown><PageDown><PageDown><PageDown><PageDown><PageDown><PageDown><PageDown><PageDown><PageDown><PageDown><PageDown><PageDown><PageDown><PageDown>");
    assert_eq!(ui.screen(), end);
}

#[test]
fn a_window_too_small_to_read_decides_nothing() {
    let mut ui = Ui::team();
    ui.keys("jjjx").wait(std::time::Duration::from_secs(1)).happen(Event::Resize(30, 8)).keys("yiq003K<Enter>");
    assert_eq!(ui.take(), []);
    assert_eq!(ui.dialogs(), ["review"]);
    ui.happen(Event::Resize(80, 24)).keys("<Esc>").happen(Event::Resize(30, 8)).keys("xn<Space>/");
    assert_eq!((ui.take(), ui.dialogs().len(), ui.marked().len()), (vec![], 0, 0));
    assert!(ui.screen().contains("q quits"));
    ui.keys("q");
    assert_eq!(ui.take(), [Effect::Quit]);
}

#[test]
fn what_a_window_too_small_says_about_q_is_true() {
    let mut ui = Ui::team();
    ui.keys("/ana").happen(Event::Resize(30, 8)).keys("q");
    assert_eq!(ui.take(), []);
    assert!(!ui.screen().contains("q quits"), "{}", ui.screen());
    ui.happen(Event::Resize(80, 24)).keys("<Enter>");
    assert_eq!(ui.app.team.filter.kept, "ana", "nothing is typed where nothing is seen");
}

#[test]
fn a_paste_into_a_list_is_looked_for_and_never_read_as_keys() {
    let mut ui = Ui::team();
    ui.paste("ax6\r");
    assert_eq!((ui.take(), ui.dialogs().len(), ui.marked().len()), (vec![], 0, 0));
    assert_eq!(ui.app.team.filter.editing.as_ref().unwrap().text(), "ax6");
    ui.keys("<Esc>").paste("owner:ana\n");
    assert_eq!(ui.shown(), ["k1", "k2", "k3"]);
    ui.keys("<Enter>");
    assert_eq!(ui.app.team.filter.kept, "owner:ana");
    ui.paste("ben").keys("<Esc>");
    assert_eq!(ui.app.team.filter.kept, "owner:ana", "Esc takes the paste back");
}

#[test]
fn the_header_says_offline_and_stale() {
    let mut ui = Ui::team();
    ui.keys("<ctrl-r>").fail(Slot::Keys(Scope::Team), ErrorKind::LostAnswer);
    let header = ui.screen().lines().next().unwrap().to_owned();
    assert!(header.contains("OFFLINE") && header.contains("rows 0 s old"), "{header}");
    let mut ui = Ui::new((80, 24));
    ui.me(me(Role::Admin)).findings(findings());
    assert!(ui.screen().contains("! 2"), "two open findings beside the tab");
}

#[test]
fn settings_scroll_with_the_cursor() {
    let mut ui = Ui::admin();
    ui.keys("5jjG<PageDown>");
    assert!(ui.screen().contains("Members may generate keys"), "everything fits");
    ui.happen(Event::Resize(40, 12)).keys("G");
    assert!(ui.screen().contains("Revoke every key"), "{}", ui.screen());
    let end = ui.screen();
    ui.keys("k");
    assert_ne!(ui.screen(), end);
    ui.keys("gg");
    assert!(ui.screen().contains("Members may generate keys"));
}

#[test]
fn a_theme_is_tried_as_the_cursor_comes_to_it_and_taken_back() {
    let tried = |name: &str| Effect::UseTheme(name.to_owned());
    for (keys, effects) in [
        ("T", vec![]),
        ("Tj", vec![tried("mono")]),
        ("Tj<Esc>", vec![tried("mono"), tried("default")]),
        ("Tjq", vec![tried("mono"), tried("default")]),
        ("Tj<Enter>", vec![tried("mono")]),
    ] {
        let mut ui = Ui::team();
        ui.app.themes = (vec!["default".to_owned(), "mono".to_owned()], "default".to_owned());
        ui.keys(keys);
        assert_eq!(ui.take(), effects, "{keys}");
    }
}

#[test]
fn a_letter_sorts_and_a_capital_names_the_second_column() {
    let mut ui = Ui::team();
    ui.keys("so");
    let sort = ui.app.team.table.sort();
    assert_eq!((sort, ui.dialogs().len()), (Sort::by(Column::Owner), 0));
    ui.keys("sE");
    assert_eq!(ui.dialogs(), ["sort"], "the second leaves the menu open");
    let expires = Directed::by(Column::Expires);
    assert_eq!(ui.app.team.table.sort(), Sort::by(Column::Owner).then(Some(expires)));
    assert!(ui.screen().contains("then by it"), "{}", ui.screen());
    ui.keys("E");
    assert_eq!(ui.app.team.table.sort().then, Some(expires.turned()));
    ui.keys("O");
    assert!(ui.message().contains("first column already"), "{}", ui.message());
    ui.keys("<Esc>");
    assert!(ui.screen().contains("OWNER ▲") && ui.screen().contains("EXPIRES ▽"), "{}", ui.screen());
    ui.keys("s<Down><Down><Space><Esc>ss");
    let sort = ui.app.team.table.sort();
    assert_eq!(
        (sort.column, sort.then.map(|then| then.column)),
        (Column::Status, None),
        "the third time there is none"
    );
}
