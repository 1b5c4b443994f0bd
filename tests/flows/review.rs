//! The review before a revoke, and what confirms it.

use std::time::Duration;

use keydeck::domain::bulk::Plan;
use keydeck::domain::deed::Deed;
use keydeck::domain::key::Key;
use keydeck::domain::listing::Scope;
use keydeck::tui::dialogs::review::Review;
use keydeck::tui::effect::{Effect, Write};
use keydeck::tui::event::Answer;
use keydeck::tui::event::Slot;
use keydeck::tui::keymap::Keymap;
use keydeck::tui::session::Session;
use rstest::rstest;

use crate::ui::{Ui, id, many, now, session, team_keys};

/// The idle key `k3` in review.
fn one() -> Ui {
    let mut ui = Ui::team();
    ui.keys("jjjx");
    assert_eq!(ui.dialogs(), ["review"]);
    ui
}

/// Five idle keys in review.
fn five() -> Ui {
    let mut ui = Ui::team();
    ui.refresh_team(many(5)).keys("ax");
    ui.take();
    ui
}

fn revokes(ui: &mut Ui) -> bool {
    ui.take().iter().any(|effect| matches!(effect, Effect::Write(_, Write::Bulk(..))))
}

#[test]
fn a_single_key_takes_the_last_four_of_its_value_and_enter() {
    let mut ui = one();
    assert!(ui.screen().contains("Type 003K and Enter to revoke it"), "{}", ui.screen());
    ui.later("003K<Enter>");
    assert_eq!(ui.revoke().1, ["k3"]);
    assert_eq!(ui.dialogs(), ["running"]);
}

#[rstest]
#[case::enter_alone("<Enter>")]
#[case::the_key_that_opened_it("x")]
#[case::many_of_them("xx<Enter><Enter><Space>")]
#[case::y("y")]
#[case::y_and_enter("y<Enter>")]
#[case::its_number("1<Enter>")]
#[case::in_another_case("003k<Enter>")]
#[case::too_few("003<Enter>")]
#[case::too_many("003K3<Enter>")]
#[case::without_enter("003K")]
#[case::after_a_wrong_one("x003K<Enter>")]
#[case::escape("<Esc>003K<Enter>")]
#[case::the_new_line_of_a_script("003K<ctrl-j>")]
fn nothing_else_does(#[case] keys: &str) {
    let mut ui = one();
    ui.later(keys);
    assert!(!revokes(&mut ui));
}

#[test]
fn letters_are_typed_and_no_actions_while_the_last_four_are() {
    let mut ui = Ui::team();
    ui.refresh_team(vec![Key { masked: "kdk_…qijk".into(), ..many(1).swap_remove(0) }]).keys("x").later("qijk");
    assert_eq!(ui.dialogs(), ["review"], "q quits nothing here");
    crate::rebinding::bind(&mut ui, "[keys.review]\n'Space' = 'page-down'");
    ui.keys("<Backspace><Space>k<Enter>");
    assert_eq!(ui.revoke().1, ["b1"], "what cannot stand in a masked value does what it is bound to");
}

#[test]
fn a_wrong_last_four_is_cleared_so_that_the_right_one_can_be_typed() {
    let mut ui = one();
    ui.later("004K<Enter>");
    assert!(ui.screen().contains("that is not its last four"), "{}", ui.screen());
    ui.keys("003K<Enter>");
    assert_eq!(ui.revoke().1, ["k3"]);
}

#[test]
fn several_take_their_number_and_enter() {
    let mut ui = five();
    ui.later("5<Enter>");
    assert_eq!(ui.revoke().1, ["b1", "b2", "b3", "b4", "b5"]);
}

#[rstest]
#[case("y")]
#[case("<Enter>")]
#[case("4<Enter>")]
#[case("55<Enter>")]
#[case("05<Enter>")]
#[case("4<Enter><Enter>")]
#[case("5<Backspace><Enter>")]
#[case("x<Enter>")]
#[case("5<Esc><Enter>")]
#[case("all<Enter>")]
fn a_wrong_number_or_none_revokes_nothing(#[case] keys: &str) {
    let mut ui = five();
    ui.later(keys);
    assert!(!revokes(&mut ui), "{keys}");
}

#[test]
fn a_wrong_number_is_cleared_so_that_the_right_one_can_be_typed() {
    let mut ui = five();
    ui.later("4<Enter>5<Enter>");
    assert!(revokes(&mut ui));
}

#[test]
fn a_paste_never_confirms() {
    for (begin, text) in [(one as fn() -> Ui, "003K"), (one, "003K\n"), (five, "5\n"), (five, "5")] {
        let mut ui = begin();
        ui.wait(Duration::from_secs(1)).paste(text).keys("<Enter>");
        assert!(!revokes(&mut ui), "{text}");
        assert_eq!(ui.dialogs(), ["review"]);
    }
}

#[test]
fn what_is_typed_in_the_first_moments_is_dropped() {
    let mut ui = one();
    ui.keys("003K").wait(Duration::from_millis(399)).keys("003K<Enter>");
    assert!(!revokes(&mut ui));
    ui.wait(Duration::from_millis(1)).keys("003K<Enter>");
    assert!(revokes(&mut ui));

    let mut ui = five();
    ui.keys("5").later("<Enter>");
    assert!(!revokes(&mut ui), "the 5 was not heard");

    let mut ui = one();
    ui.keys("<Esc>");
    assert!(ui.dialogs().is_empty(), "what only leaves is heard at once");
}

#[test]
fn a_key_in_use_and_a_production_profile_take_no_other_confirmation() {
    let mut ui = Ui::team();
    ui.keys("jx").later("y<Enter>1<Enter>");
    assert!(!revokes(&mut ui));
    ui.keys("001K<Enter>");
    assert_eq!(ui.revoke().1, ["k1"]);
    let mut ui = Ui::loaded(Session { production: true, ..session() }, (80, 24));
    ui.keys("3jjjx").later("y<Enter>1<Enter>");
    assert!(!revokes(&mut ui));
    ui.keys("003K<Enter>");
    assert_eq!(ui.revoke().1, ["k3"]);
}

#[test]
fn those_in_use_stand_apart_and_the_revoked_are_left_out() {
    let mut ui = Ui::team();
    ui.keys("ax");
    let screen = ui.screen();
    for words in ["Used in the last 24 h (2)", "The rest (4)", "Left out: 1 key already revoked", "console-olivia"] {
        assert!(screen.contains(words), "{words}\n{screen}");
    }
    ui.later("6<Enter>");
    assert_eq!(ui.revoke().1, ["k1", "k2", "k3", "k4", "k5", "k6"]);
}

#[test]
fn the_own_key_goes_only_if_asked_for_and_then_last() {
    let mut ui = Ui::team();
    ui.keys("ax").later("i7<Enter>");
    assert_eq!(ui.revoke().1, ["k1", "k2", "k3", "k4", "k5", "k6", "own"]);
    let mut ui = Ui::team();
    ui.keys("ax").later("ii7<Enter>6<Enter>");
    assert_eq!(ui.revoke().1, ["k1", "k2", "k3", "k4", "k5", "k6"], "i again leaves it out");
    let mut ui = Ui::team();
    ui.keys("ax").later("6i<Enter>");
    assert!(!revokes(&mut ui), "what was typed for another list does not count");
}

#[test]
fn the_own_key_alone_says_how_and_takes_its_last_four() {
    let mut ui = Ui::team();
    ui.keys("x");
    let screen = ui.screen();
    assert!(screen.contains("[i] include it") && !screen.contains("y revoke it"), "{screen}");
    ui.later("y<Enter>0<Enter>");
    assert!(!revokes(&mut ui));
    assert!(!ui.screen().contains("press y"), "{}", ui.screen());
    ui.keys("iy<Enter>");
    assert!(!revokes(&mut ui));
    ui.keys("0NWO<Enter>");
    assert_eq!(ui.revoke().1, ["own"]);
}

#[test]
fn beside_one_other_key_the_own_one_is_included_by_a_key_that_types_nothing() {
    let mut ui = Ui::team();
    ui.keys("<Space><Space>x");
    assert!(ui.screen().contains("[Tab] include it"), "{}", ui.screen());
    ui.later("i<Enter>");
    assert!(!revokes(&mut ui));
    ui.keys("<Tab>2<Enter>");
    assert_eq!(ui.revoke().1, ["k1", "own"]);
}

#[test]
fn nothing_is_reviewed_before_it_is_known_which_key_is_the_own_one() {
    let mut ui = Ui::new((80, 24));
    ui.load(Scope::Mine, many(3)).keys("x");
    assert!(ui.dialogs().is_empty());
    assert!(ui.message().contains("who you are"), "{}", ui.message());
}

#[test]
fn what_was_read_is_what_is_revoked_whatever_is_loaded_meanwhile() {
    let mut ui = Ui::team();
    ui.refresh_team(many(3)).keys("a<ctrl-r>x");
    let mut changed = many(6);
    changed.remove(1);
    changed[0].name = "another name".into();
    ui.page(Scope::Team, changed).answer(Slot::Keys(Scope::Team), Answer::End);
    let screen = ui.screen();
    assert!(screen.contains("Revoke 3 keys") && screen.contains("batch-002"), "{screen}");
    ui.take();
    ui.later("3<Enter>");
    assert_eq!(ui.revoke().1, ["b1", "b2", "b3"]);
}

#[test]
fn hidden_marks_ask_and_both_answers_do_what_they_say() {
    for (answer, title) in [("s", "Revoke 3 keys"), ("a", "Revoke 6 keys of 2 people")] {
        let mut ui = Ui::team();
        ui.keys("a/ana<Enter>x");
        assert_eq!(ui.dialogs(), ["choice"]);
        assert!(ui.screen().contains("The 3 shown or all 8?"));
        ui.keys(answer);
        assert_eq!(ui.dialogs(), ["choice"], "deaf at first");
        ui.later(answer);
        assert_eq!(ui.dialogs(), ["review"]);
        assert!(ui.screen().contains(title), "{}", ui.screen());
    }
    let mut ui = Ui::team();
    ui.keys("a/ana<Enter>x").later("x<Enter>y");
    assert_eq!(ui.dialogs(), ["choice"]);
    ui.keys("<Esc>");
    assert!(ui.dialogs().is_empty());
}

#[test]
fn a_read_only_profile_sends_nothing() {
    let mut ui = Ui::loaded(Session { read_only: true, ..session() }, (80, 24));
    for keys in ["1x", "1n", "2x", "2n", "3x", "3ax"] {
        ui.keys(keys);
        assert_eq!(ui.message(), "This profile is read-only", "{keys}");
        assert!(ui.dialogs().is_empty() && ui.take().is_empty(), "{keys}");
    }
    ui.keys("x");
    assert_eq!(ui.message(), "This profile is read-only");
}

#[test]
fn a_revoked_key_is_said_to_be_and_not_reviewed() {
    let mut ui = Ui::team();
    ui.keys("Gx");
    assert_eq!((ui.dialogs().len(), ui.message()), (0, "This key is revoked already"));
}

#[test]
fn an_own_key_is_deleted_and_many_are_revoked() {
    for (keys, number, alone) in [("1jjx", "002O<Enter>", true), ("1jj<Space><Space>x", "2<Enter>", false)] {
        let mut ui = Ui::admin();
        ui.keys(keys).later(number);
        let effects = ui.take();
        let Some(Effect::Write(_, Write::Bulk(_, order))) = effects.last() else { panic!("{effects:?}") };
        assert_eq!((order.deed, order.keys.len() == 1), (Deed::Delete, alone), "{keys}");
    }
    let mut ui = Ui::team();
    ui.keys("jjjx").later("003K<Enter>");
    assert!(matches!(ui.take().last(), Some(Effect::Write(_, Write::Bulk(_, order))) if order.deed == Deed::Revoke));
}

#[test]
fn an_unreadable_last_use_counts_as_used() {
    let mut ui = Ui::team();
    let odd = Key { last_used: keydeck::domain::time::When::from_wire("??"), ..team_keys().swap_remove(3) };
    ui.refresh_team(vec![odd]).keys("x").later("y");
    assert_eq!(ui.dialogs(), ["review"]);
}

#[test]
fn the_end_of_a_long_review_is_reached_and_left_at_once() {
    for size in [(80, 24), (40, 12)] {
        let mut ui = Ui::team();
        ui.happen(keydeck::tui::event::Event::Resize(size.0, size.1)).refresh_team(many(30)).keys("ax");
        ui.later("<End>");
        assert!(ui.screen().contains("batch-030"), "{}", ui.screen());
        let end = ui.screen();
        ui.keys("<Up>");
        assert_ne!(ui.screen(), end);
        ui.keys("<Home><PageDown>");
        let page = ui.screen();
        ui.keys("<PageUp><PageDown>");
        assert_eq!(ui.screen(), page);
    }
}

#[test]
fn what_was_typed_before_the_dialog_stood_on_the_screen_was_not_meant_for_it() {
    let mut ui = one();
    ui.later("");
    ui.drawn().keys("003K<Enter>");
    assert!(!revokes(&mut ui), "it was drawn just now");
    ui.later("").drawn().keys("003K<Enter>");
    assert_eq!(ui.revoke().1, ["k3"], "a second frame starts nothing again");
}

#[test]
fn the_own_keys_long_name_leaves_room_for_the_keys_that_go() {
    let own = Key { name: "n".repeat(255).as_str().into(), ..Key::sample("own") };
    let keys = many(5).into_iter().chain([own]);
    let mut review = Review::new(Plan::new(keys, Some(&id("own")), now()));
    for included in [false, true] {
        review.plan.include_own = included;
        assert!(
            review.arrange((40, 12), &Keymap::default()).list >= 3,
            "{:?}",
            review.arrange((40, 12), &Keymap::default())
        );
    }
}
