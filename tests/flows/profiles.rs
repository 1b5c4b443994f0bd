//! Going to another profile, and changing something through a read-only one for a time.

use std::time::Duration;

use keydeck::tui::effect::{Effect, Write};
use keydeck::tui::event::Event;
use keydeck::tui::session::{ProfileLine, Session};
use keydeck::tui::ticket::Ticket;
use rstest::rstest;

use crate::ui::{Ui, session};

const MINUTE: Duration = Duration::from_mins(1);

pub fn line(name: &str, production: bool) -> ProfileLine {
    ProfileLine {
        name: name.to_owned(),
        address: format!("https://{name}.acme.example"),
        production,
        read_only: production,
        color: None,
    }
}

/// An admin's console on `acme-staging`, from which it can go to `prod`.
fn several() -> Ui {
    let mut ui = Ui::team();
    ui.app.profiles = vec![line("acme-staging", false), line("prod", true)];
    ui
}

/// The profiles that it was asked to go to.
fn gone_to(ui: &mut Ui) -> Vec<String> {
    let of = |effect| if let Effect::SwitchProfile(name) = effect { Some(name) } else { None };
    ui.take().into_iter().filter_map(of).collect()
}

#[test]
fn another_profile_is_gone_to_and_meanwhile_nothing_is_changed_here() {
    let mut ui = several();
    ui.keys("<ctrl-p>");
    assert_eq!(ui.dialogs(), ["profiles"]);
    assert!(ui.screen().contains(" PRODUCTION ") && ui.screen().contains("prod.acme.example"), "{}", ui.screen());
    ui.keys("<Enter>");
    assert_eq!(ui.dialogs(), ["profiles"], "deaf at first");
    ui.later("j<Enter>");
    assert_eq!(gone_to(&mut ui), ["prod"]);
    assert!(ui.dialogs().is_empty() && ui.message().starts_with("Going to prod"), "{}", ui.message());
    ui.keys("x");
    assert!(ui.message().starts_with("On the way to another profile"), "{}", ui.message());
    ui.keys("<ctrl-p>");
    assert!(ui.dialogs().is_empty() && ui.take().is_empty());
    ui.happen(Event::NotSwitched("profile prod: no key of it is kept here".to_owned()));
    assert_eq!(ui.message(), "profile prod: no key of it is kept here");
    ui.keys("x");
    assert_eq!(ui.dialogs(), ["review"], "the console stays as it was");
}

#[test]
fn to_stay_asks_for_nothing() {
    let mut ui = several();
    ui.keys("<ctrl-p>").later("<Enter>");
    assert_eq!(ui.message(), "The console is on acme-staging already");
    ui.keys("<ctrl-p>").later("j<Esc>");
    assert!(ui.dialogs().is_empty() && gone_to(&mut ui).is_empty());
    let mut alone = Ui::team();
    alone.keys("<ctrl-p>");
    assert!(alone.message().starts_with("No profile is configured"), "{}", alone.message());
}

/// What would be lost is named, and nothing is gone to.
#[rstest]
#[case::many_keys_being_sent(false, "a change of many keys is being sent")]
#[case::a_form_that_is_sent(true, "the answer to a change is still awaited")]
fn what_is_under_way_holds_the_console_back(#[case] form: bool, #[case] says: &str) {
    let mut ui = several();
    if form {
        ui.keys("1n").later("ci<Enter><Enter><Enter><Enter><Enter>");
        assert_eq!(ui.dialogs(), ["form"], "{}", ui.screen());
    } else {
        ui.keys("jjjx").later("003K<Enter>");
        assert_eq!(ui.dialogs(), ["running"], "{}", ui.screen());
    }
    ui.take();
    ui.later("<ctrl-p>").later("j<Enter>");
    assert!(gone_to(&mut ui).is_empty());
    assert!(ui.message().contains(says), "{}\n{}", ui.message(), ui.screen());
}

#[test]
fn once_it_is_over_the_console_goes() {
    let mut ui = several();
    ui.keys("jjjx").later("003K<Enter>");
    let (ticket, _) = ui.revoke();
    ui.outcome(ticket, "k3", keydeck::domain::bulk::Outcome::Revoked).happen(Event::BulkEnded(ticket));
    ui.later("<ctrl-p>").later("j<Enter>");
    assert_eq!(gone_to(&mut ui), ["prod"]);
}

fn read_only(production: bool) -> Ui {
    let mut ui = Ui::loaded(Session { read_only: true, production, ..session() }, (120, 36));
    ui.keys("3");
    ui
}

/// What was asked for: how long, and why.
fn asked(ui: &mut Ui) -> (Ticket, Duration, String) {
    let of = |effect| match effect {
        Effect::Unlock(ticket, length, reason) => Some((ticket, length, reason)),
        _ => None,
    };
    ui.take().into_iter().find_map(of).expect("nothing is unlocked")
}

fn unlocked() -> Ui {
    let mut ui = read_only(false);
    ui.keys("W").later("<Enter>ticket 7<Enter>");
    let (ticket, length, reason) = asked(&mut ui);
    assert_eq!((length, reason.as_str()), (10 * MINUTE, "ticket 7"));
    ui.keys("x");
    ui.happen(Event::Unlocked(ticket, Ok(length)));
    ui
}

#[test]
fn a_read_only_profile_is_unlocked_visibly_with_a_reason_and_ends_by_itself() {
    let mut ui = read_only(false);
    ui.keys("x");
    assert_eq!(ui.message(), "This profile is read-only");
    ui.keys("W").later("<Enter><Enter>");
    assert!(!ui.take().iter().any(|effect| matches!(effect, Effect::Unlock(..))), "a reason is needed");
    let mut ui = unlocked();
    assert!(ui.dialogs().is_empty() && ui.screen().contains(" UNLOCKED 10 min "), "{}", ui.screen());
    assert!(!ui.screen().contains("read-only"));
    ui.keys("x");
    assert_eq!(ui.dialogs(), ["review"]);
    ui.keys("<Esc>");
    // once a minute and no more
    let mut wakes = 0;
    for _ in 0..9 {
        ui.wait(MINUTE);
        wakes += ui.effects.iter().filter(|effect| matches!(effect, Effect::WakeAt(_))).count();
    }
    assert!(wakes <= 10, "{wakes}");
    assert!(ui.screen().contains(" UNLOCKED under 1 min "), "{}", ui.screen());
    ui.take();
    ui.wait(MINUTE).happen(Event::Wake);
    assert!(ui.take().contains(&Effect::Lock));
    assert_eq!(ui.message(), "acme-staging is read-only again");
    assert!(ui.screen().contains("read-only") && !ui.screen().contains("UNLOCKED"));
    ui.keys("x");
    assert_eq!(ui.message(), "This profile is read-only");
}

#[test]
fn a_machine_that_slept_has_used_the_time_up() {
    let mut ui = unlocked();
    // the time since the program started stood still meanwhile
    ui.asleep(chrono::TimeDelta::minutes(11));
    ui.keys("x");
    assert!(ui.take().contains(&Effect::Lock) && ui.dialogs().is_empty(), "{}", ui.screen());
}

#[test]
fn the_same_key_locks_it_again_and_what_is_not_locked_stays() {
    let mut ui = unlocked();
    ui.keys("W");
    assert!(ui.take().contains(&Effect::Lock));
    ui.keys("x");
    assert_eq!(ui.message(), "This profile is read-only");
    let mut ui = Ui::team();
    ui.keys("W");
    assert_eq!(ui.message(), "This profile is not read-only: there is nothing to unlock");
}

#[test]
fn what_cannot_be_written_down_unlocks_nothing() {
    let mut ui = read_only(false);
    ui.keys("W").later("<Enter>why<Enter>");
    let (ticket, ..) = asked(&mut ui);
    ui.happen(Event::Unlocked(ticket, Err("Not unlocked, since it cannot be written down".to_owned())));
    assert_eq!(ui.dialogs(), ["form"], "it can be tried again");
    ui.keys("<Esc>x");
    assert_eq!(ui.message(), "This profile is read-only");
}

#[test]
fn the_palette_says_how_long_and_why_and_a_production_profile_takes_its_name() {
    let mut ui = read_only(true);
    ui.keys(":").later("unlock 30m ticket 7<Enter>");
    assert_eq!(ui.dialogs(), ["form"], "{}", ui.screen());
    assert!(ui.screen().contains("30m") && ui.screen().contains("ticket 7"), "{}", ui.screen());
    ui.later("<Enter><Enter>prod<Enter>");
    assert!(!ui.take().iter().any(|effect| matches!(effect, Effect::Unlock(..))), "that is not its name");
    ui.later("<ctrl-u>acme-staging<Enter>");
    assert_eq!(asked(&mut ui).1, 30 * MINUTE);
    ui.keys("<Esc>");
    let mut ui = read_only(false);
    ui.keys(":").later("unlock 9d why<Enter>").later("<Enter><Enter>");
    assert!(ui.screen().contains("write 10m or 1h"), "{}", ui.screen());
}

#[test]
fn writes_are_for_who_unlocked_alone() {
    let mut ui = unlocked();
    ui.keys("jjjx").later("003K<Enter>");
    assert!(ui.take().iter().any(|effect| matches!(effect, Effect::Write(_, Write::Bulk(..)))), "{}", ui.screen());
}

#[test]
fn on_a_production_profile_a_new_value_takes_the_end_of_the_old_one() {
    let minted = |ui: &mut Ui| ui.take().iter().any(|effect| matches!(effect, Effect::Mint(_)));
    let mut ui = Ui::admin();
    ui.keys("1R").later("<Enter>");
    assert!(minted(&mut ui), "{}", ui.screen());
    let mut ui = Ui::loaded(Session { production: true, ..session() }, (80, 24));
    ui.keys("1R").later("<Enter>");
    assert!(!minted(&mut ui), "{}", ui.screen());
    assert!(ui.screen().contains("PRODUCTION"));
    let screen = ui.screen();
    let last = screen.lines().find_map(|line| line.split_once("type ")?.1.get(..4));
    ui.later(last.unwrap_or("0NWO")).later("<Enter>");
    assert!(minted(&mut ui), "{}", ui.screen());
}
