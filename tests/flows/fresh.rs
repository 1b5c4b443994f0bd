//! What a review vouches for is what was read when it opened: keys are read again before something is done to them.

use chrono::TimeDelta;
use keydeck::client::error::ErrorKind;
use keydeck::domain::finding::Finding;
use keydeck::domain::fresh::{Fresh, Looking};
use keydeck::domain::key::{DisabledReason, Key, Revocation, Status};
use keydeck::domain::listing::Scope;
use keydeck::domain::team::{Me, Role, User};
use keydeck::domain::time::When;
use keydeck::tui::effect::{Effect, Write};
use keydeck::tui::event::{Answer, Slot};
use rstest::rstest;

use crate::rotations::{notebook, saved};
use crate::ui::{Again, Ui, ago, collection_keys, findings, id, many, me, my_keys, team_keys};

/// Team Keys on a server that does not answer yet when keys are read again.
fn silent() -> Ui {
    let mut ui = Ui::team();
    ui.again = Again::Nothing;
    ui
}

fn is(ui: &mut Ui, keys: Vec<Key>) {
    ui.answer(Slot::Again, Answer::Fresh(Box::new(Fresh { keys, findings: Vec::new() })));
}

/// `k3`, which the list has as idle, as the server has it now.
fn k3(change: impl FnOnce(&mut Key)) -> Key {
    let mut key = team_keys().swap_remove(3);
    change(&mut key);
    key
}

fn used_just_now(key: &mut Key) {
    key.last_used = ago(TimeDelta::seconds(69));
}

fn writes(ui: &mut Ui) -> usize {
    ui.take().iter().filter(|effect| matches!(effect, Effect::Write(..))).count()
}

#[test]
fn a_review_says_that_it_looks_and_nothing_confirms_until_it_has() {
    let mut ui = silent();
    ui.keys("jjjx");
    assert_eq!(ui.asked_again, Some((vec!["k3".to_owned()], false)));
    let screen = ui.screen();
    assert!(screen.contains("Looking whether") && !screen.contains("Not used") && !screen.contains("94 d"), "{screen}");
    ui.later("003K<Enter>y");
    assert!(ui.screen().contains("still looking: wait"), "{}", ui.screen());
    is(&mut ui, vec![k3(used_just_now)]);
    assert!(ui.screen().contains("Used in the last 24 h (1)"), "{}", ui.screen());
    assert!(ui.screen().contains("1 min ago"), "{}", ui.screen());
    ui.keys("003K<Enter>");
    assert_eq!(writes(&mut ui), 0, "what stands there now is not answered by what was typed before");
    ui.later("003K<Enter>");
    assert_eq!(ui.revoke().1, ["k3"]);
}

#[test]
fn the_list_shows_what_was_read_too() {
    let mut ui = silent();
    ui.keys("jjjx");
    is(&mut ui, vec![k3(used_just_now)]);
    let row = ui.app.team.table.get(&id("k3")).unwrap();
    assert_eq!(row.last_used, ago(TimeDelta::seconds(69)));
    ui.keys("<Esc>");
    assert_eq!(ui.dialogs().len(), 0);
}

#[test]
fn keys_that_cannot_be_read_again_are_vouched_for_by_nobody() {
    let mut ui = silent();
    ui.keys("ax");
    ui.fail(Slot::Again, ErrorKind::Unreachable);
    let screen = ui.screen();
    assert!(screen.contains("could not be read again") && screen.contains("Perhaps in use"), "{screen}");
    assert!(!screen.contains("Used in the last 24 h") && !screen.contains("never used"), "{screen}");
    assert!(!screen.contains("h ago"), "{screen}");
    ui.later("6<Enter>");
    assert_eq!(ui.revoke().1.len(), 6);
}

#[test]
fn a_key_that_is_revoked_or_gone_by_now_is_said_to_be_and_not_sent() {
    let mut ui = silent();
    ui.refresh_team(many(4)).keys("ax");
    let mut keys = many(4);
    keys.remove(2);
    (keys[1].status, keys[1].revocation) = (Status::Revoked, Some(Revocation::Admin));
    is(&mut ui, keys);
    let screen = ui.screen();
    assert!(screen.contains("Left out: batch-002 kdk_…002B, revoked meanwhile"), "{screen}");
    assert!(screen.contains("Left out: batch-003 kdk_…003B, no longer there"), "{screen}");
    assert!(screen.contains("Revoke 2 keys"), "{screen}");
    ui.later("4<Enter>2<Enter>");
    assert_eq!(ui.revoke().1, ["b1", "b4"]);
}

#[test]
fn when_nothing_is_left_nothing_is_asked_for() {
    let mut ui = silent();
    ui.keys("jjjx");
    is(&mut ui, vec![k3(|key| key.status = Status::Revoked)]);
    let screen = ui.screen();
    assert!(screen.contains("Nothing is left to revoke") && screen.contains("nothing left to do"), "{screen}");
    ui.later("003K<Enter>y");
    assert_eq!(writes(&mut ui), 0);
    ui.keys("<Esc>");
    assert_eq!((ui.dialogs().len(), ui.message()), (0, "Nothing was revoked"));
}

#[test]
fn a_late_answer_to_a_review_that_was_left_changes_no_other() {
    let mut ui = silent();
    ui.keys("jjjx");
    let first = ui.ticket(Slot::Again);
    ui.later("<Esc>kx");
    assert_ne!(ui.ticket(Slot::Again), first);
    let fresh = Fresh { keys: vec![k3(used_just_now)], findings: Vec::new() };
    ui.happen(keydeck::tui::event::Event::Answer(Slot::Again, first, Answer::Fresh(Box::new(fresh))));
    assert!(ui.screen().contains("Looking whether"), "{}", ui.screen());
}

#[test]
fn where_lists_are_read_for_them_the_page_is_said() {
    let mut ui = silent();
    ui.refresh_team(many(5)).keys("ax");
    ui.answer(Slot::Again, Answer::Looking(Looking { read: 3, by_page: true }));
    assert!(ui.screen().contains("cannot be asked for them alone: page 3 is read"), "{}", ui.screen());
    is(&mut ui, many(5));
    assert!(!ui.screen().contains("page 3"), "{}", ui.screen());
}

#[test]
fn collection_access_keys_are_read_again_too() {
    let mut ui = silent();
    ui.keys("2x");
    assert_eq!(ui.asked_again, Some((vec!["c1".to_owned()], false)));
    let used = Key { last_used: ago(TimeDelta::minutes(3)), ..collection_keys().swap_remove(0) };
    is(&mut ui, vec![used]);
    assert!(ui.screen().contains("Used in the last 24 h (1)"), "{}", ui.screen());
    ui.later("77aB<Enter>");
    assert_eq!(ui.revoke().1, ["c1"]);
}

#[test]
fn disabling_a_key_that_is_in_use_by_now_takes_its_last_four() {
    let mut ui = silent();
    ui.keys("jjjd");
    assert!(ui.screen().contains("Looking whether it is in use"), "{}", ui.screen());
    ui.later("y");
    assert_eq!(writes(&mut ui), 0, "not before it was looked at");
    is(&mut ui, vec![k3(used_just_now)]);
    assert!(ui.screen().contains("It was last used: 1 min ago"), "{}", ui.screen());
    ui.later("y<Enter>");
    assert_eq!(writes(&mut ui), 0);
    ui.keys("003K<Enter>");
    assert_eq!(writes(&mut ui), 1);
}

#[test]
fn disabling_a_key_that_cannot_be_read_again_takes_its_last_four() {
    let mut ui = silent();
    ui.keys("jjjd").fail(Slot::Again, ErrorKind::Server);
    let screen = ui.screen();
    assert!(
        screen.contains("Nobody knows when it was last used") && screen.contains("could not be read again"),
        "{screen}"
    );
    ui.later("y<Enter>");
    assert_eq!(writes(&mut ui), 0);
    ui.keys("003K<Enter>");
    assert_eq!(writes(&mut ui), 1);
}

#[rstest]
#[case::revoked(vec![k3(|key| key.status = Status::Revoked)], "It is revoked meanwhile: there is nothing to disable")]
#[case::gone(Vec::new(), "It is no longer there: there is nothing to disable")]
#[case::disabled(vec![k3(|key| key.status = Status::Disabled)], "It is disabled already: there is nothing to disable")]
fn there_may_be_nothing_to_disable_by_now(#[case] keys: Vec<Key>, #[case] words: &str) {
    let mut ui = silent();
    ui.keys("jjjd");
    is(&mut ui, keys);
    assert!(ui.screen().contains(words), "{}", ui.screen());
    ui.later("y003K<Enter>");
    assert_eq!(writes(&mut ui), 0);
}

fn finding(key: &str, url: &str) -> Finding {
    Finding { id: id(url), key_id: Some(id(key)), url: url.into(), ..findings().swap_remove(0) }
}

#[test]
fn enabling_an_exposed_key_names_where_it_was_found_and_takes_more_than_y() {
    let mut ui = Ui::team();
    let billing = team_keys().swap_remove(4);
    let places = ["https://git.example/acme/billing/.env", "https://docs.example/billing"];
    ui.again = Again::Are(vec![billing.clone()], places.map(|url| finding("k4", url)).to_vec());
    ui.keys("jjjjd");
    assert_eq!(ui.asked_again, Some((vec!["k4".to_owned()], true)), "with its findings");
    let screen = ui.screen();
    assert!(screen.contains("EXPOSED") && screen.contains("github"), "{screen}");
    assert!(places.iter().all(|place| screen.contains(place)), "{screen}");
    ui.later("y<Enter>");
    assert_eq!(writes(&mut ui), 0);
    ui.keys("004K<Enter>");
    assert_eq!(writes(&mut ui), 1);
    // and one that nobody found is enabled by y
    ui.again = Again::Are(vec![billing], Vec::new());
    ui.keys("d").later("y");
    assert_eq!(writes(&mut ui), 1);
}

#[test]
fn an_exposed_key_is_seen_to_be_exposed_also_where_it_is_disabled_or_expired() {
    let mut ui = Ui::team();
    assert!(ui.screen().contains("○ disabled") && ui.screen().contains("◌ expired"), "{}", ui.screen());
    ui.findings(vec![]).keys("<ctrl-r>");
    let mut keys = team_keys();
    (keys[5].status, keys[5].disabled_reason) = (Status::Disabled, Some(DisabledReason::Expired));
    ui.load(Scope::Team, keys);
    ui.findings(vec![finding("k4", "https://a.example"), finding("k5", "https://b.example")]);
    assert!(ui.screen().contains("! disabled") && ui.screen().contains("! expired"), "{}", ui.screen());
    ui.keys("ggjjjj<Enter>");
    assert!(ui.screen().contains("others can read its value"), "{}", ui.screen());
}

fn root_owns(ui: &mut Ui, owner: i64) {
    let root = User { roles: vec![Role::Superadmin], ..User::sample(owner, "Ana Souza") };
    ui.answer(Slot::Users, Answer::Users(vec![root]));
}

#[test]
fn a_superadmins_keys_are_set_apart_before_an_admin_is_asked() {
    let mut ui = Ui::team();
    root_owns(&mut ui, 2);
    ui.keys("ax");
    let screen = ui.screen();
    assert!(screen.contains("Left out: 3 keys, owned by a superadmin"), "{screen}");
    ui.later("3<Enter>");
    assert_eq!(ui.revoke().1, ["k4", "k5", "k6"]);
    let mut ui = Ui::team();
    root_owns(&mut ui, 2);
    ui.keys("jx");
    assert_eq!((ui.dialogs().len(), ui.message()), (0, "ci-deploy is owned by a superadmin"));
    ui.keys("d");
    assert_eq!(ui.message(), "A superadmin owns it: only a superadmin changes it");
    // a superadmin may
    let mut ui = Ui::team();
    root_owns(&mut ui, 2);
    ui.keys("<ctrl-r>").me(Me { roles: vec![Role::Superadmin], ..me(Role::Superadmin) });
    ui.keys("jx");
    assert_eq!(ui.dialogs(), ["review"]);
}

#[test]
fn namesakes_are_told_apart_by_their_masked_values_on_every_screen() {
    let mut twins = many(2);
    for twin in &mut twins {
        twin.name = "batch".into();
    }
    for size in [(120, 36), (80, 24), (40, 12)] {
        let mut ui = Ui::team();
        ui.happen(keydeck::tui::event::Event::Resize(size.0, size.1)).refresh_team(twins.clone()).keys("ax");
        let screen = ui.screen();
        assert!(screen.contains("kdk_…001B") && screen.contains("kdk_…002B"), "{size:?}\n{screen}");
    }
}

#[test]
fn a_long_review_stands_by_owner_and_opens_by_group() {
    let mut keys = many(40);
    used_just_now(&mut keys[6]);
    let mut ui = Ui::team();
    ui.refresh_team(keys).keys("ax");
    let screen = ui.screen();
    assert!(screen.contains("Used in the last 24 h (1)") && screen.contains("The rest (39)"), "{screen}");
    assert!(screen.contains("▸ Ana Souza") && screen.contains("20 keys · 20 never used"), "{screen}");
    assert!(!screen.contains("kdk_…002B"), "{screen}");
    ui.later("jj<Space>");
    assert!(ui.screen().contains("▾ Ana Souza") && ui.screen().contains("kdk_…002B"), "{}", ui.screen());
    ui.keys("<Space>");
    assert!(!ui.screen().contains("kdk_…002B"), "{}", ui.screen());
    ui.keys("a").keys("<End>");
    assert!(ui.screen().contains("kdk_…093B"), "{}", ui.screen());
    ui.keys("40<Enter>");
    assert_eq!(ui.revoke().1.len(), 40, "what is closed goes too");
}

#[test]
fn a_line_that_is_pointed_at_is_shown_wherever_it_goes() {
    for size in [(80, 24), (40, 12)] {
        let mut ui = Ui::team();
        ui.happen(keydeck::tui::event::Event::Resize(size.0, size.1)).refresh_team(many(40)).keys("ax");
        ui.later("a");
        for keys in ["j", "j", "<PageDown>", "<PageDown>", "j", "<End>", "k", "<PageUp>", "<Home>"] {
            ui.keys(keys);
            assert!(ui.screen().contains('▌'), "{keys}\n{}", ui.screen());
        }
    }
}

/// My Keys with the form of a new value for `release-bot`.
fn regenerating() -> Ui {
    let mut ui = Ui::admin();
    ui.again = Again::Nothing;
    ui.keys("1jR");
    assert_eq!(ui.dialogs(), ["form"]);
    ui
}

fn mints(ui: &mut Ui) -> bool {
    ui.take().iter().any(|effect| matches!(effect, Effect::Mint(_)))
}

#[test]
fn a_new_value_waits_until_its_key_was_looked_at() {
    let mut ui = regenerating();
    assert!(ui.screen().contains("looking whether it is in use"), "{}", ui.screen());
    ui.keys("<Enter>");
    assert!(!mints(&mut ui) && ui.message().contains("Still looking"), "{}", ui.message());
    let mut key = my_keys().swap_remove(1);
    used_just_now(&mut key);
    is(&mut ui, vec![key]);
    assert!(ui.screen().contains("was last used: 1 min ago"), "{}", ui.screen());
    ui.keys("<Enter>");
    assert!(mints(&mut ui));
}

#[test]
fn a_new_value_for_a_key_that_cannot_be_read_takes_its_last_four() {
    let mut ui = regenerating();
    ui.fail(Slot::Again, ErrorKind::Unreachable);
    assert!(ui.screen().contains("nobody knows when it was last used"), "{}", ui.screen());
    ui.keys("<Enter>");
    assert!(!mints(&mut ui));
    ui.keys("001X<Enter>");
    assert!(!mints(&mut ui), "{}", ui.screen());
    ui.keys("<Backspace>O<Enter>");
    assert!(mints(&mut ui), "{}", ui.screen());
}

#[test]
fn a_revoked_key_gets_no_new_value() {
    let mut ui = regenerating();
    is(&mut ui, vec![Key { status: Status::Revoked, ..my_keys().swap_remove(1) }]);
    ui.keys("<Enter>");
    assert!(!mints(&mut ui));
    assert!(ui.screen().contains("revoked by now, which is final"), "{}", ui.screen());
}

/// The plan of a rotation of `notebook`, whose places are saved, while its key is read again.
fn planned() -> Ui {
    let mut ui = Ui::loaded(saved(&[("notebook", &[crate::rotation::ENV], &[])]), (80, 24));
    ui.again = Again::Nothing;
    ui.keys("1jjo");
    assert_eq!(ui.dialogs(), ["review"], "{}", ui.screen());
    ui
}

fn starts(ui: &mut Ui) -> bool {
    ui.take().iter().any(|effect| matches!(effect, Effect::Write(_, Write::StartRotations(..))))
}

fn o2(change: impl FnOnce(&mut Key)) -> Key {
    let mut key = my_keys().swap_remove(2);
    change(&mut key);
    key
}

#[test]
fn a_rotation_is_agreed_to_once_its_key_was_looked_at() {
    let mut ui = planned();
    assert!(ui.screen().contains("looking whether they are in use"), "{}", ui.screen());
    ui.later("y002O<Enter>");
    assert!(!starts(&mut ui));
    is(&mut ui, vec![o2(|_| ())]);
    ui.later("y");
    assert!(starts(&mut ui));
}

#[test]
fn a_rotation_of_a_key_in_use_or_not_to_be_read_takes_its_last_four() {
    for reads in [true, false] {
        let mut ui = planned();
        if reads {
            is(&mut ui, vec![o2(used_just_now)]);
        } else {
            ui.fail(Slot::Again, ErrorKind::Unreachable);
            assert!(ui.screen().contains("nobody knows whether they are in use"), "{}", ui.screen());
        }
        ui.later("y<Enter>");
        assert!(!starts(&mut ui), "{reads}");
        ui.keys("002O<Enter>");
        assert!(starts(&mut ui), "{reads}");
    }
}

#[test]
fn a_draft_is_written_while_its_key_is_looked_at() {
    let mut ui = notebook();
    ui.again = Again::Nothing;
    ui.keys("o").paste("env-file:/srv/app/.env:API_KEY");
    is(&mut ui, vec![o2(used_just_now)]);
    assert!(ui.screen().contains("/srv/app/.env"), "{}", ui.screen());
    ui.keys("<Enter>").later("y<Enter>");
    assert!(!starts(&mut ui));
    ui.keys("002O<Enter>");
    assert!(starts(&mut ui));
}

#[test]
fn a_key_that_is_revoked_by_now_is_not_rotated() {
    for (keys, word) in
        [(vec![o2(|key| key.status = Status::Revoked)], "revoked meanwhile"), (vec![], "no longer there")]
    {
        let mut ui = planned();
        is(&mut ui, keys);
        assert_eq!(ui.dialogs().len(), 0);
        assert!(ui.message().contains(word), "{}", ui.message());
    }
}

#[test]
fn of_thousands_it_is_said_how_many_are_read() {
    let mut ui = silent();
    ui.refresh_team(many(2000)).keys("ax");
    ui.answer(Slot::Again, Answer::Looking(Looking { read: 1000, by_page: false }));
    assert!(ui.screen().contains("1,000 of 2,000 are read"), "{}", ui.screen());
    let keys = many(2000).into_iter().map(|key| Key { last_used: When::Never, ..key }).collect();
    is(&mut ui, keys);
    ui.later("2000<Enter>");
    assert_eq!(ui.revoke().1.len(), 2000);
}
