//! The Settings tab: staging, the review with whom it hits, conflicts, exposed keys, revoking all.

use keydeck::client::error::{Asked, ErrorKind, ServiceError};
use keydeck::domain::act::{ActProgress, RevokedAll};
use keydeck::domain::settings::{CurrentlyExposed, Day, Impact, Moved, Saved, Settings, SettingsChange};
use keydeck::domain::team::Role;
use keydeck::domain::untrusted::Untrusted;
use keydeck::tui::effect::{Effect, Write};
use keydeck::tui::event::{Answer, Event, Slot};
use keydeck::tui::ticket::Ticket;

use crate::ui::{Ui, many, me};

/// What the server says of a change that ends so many keys at once.
pub fn impact(ends: u64) -> Impact {
    let day = |at: u64| Day {
        day: Untrusted::from(format!("2026-12-{:02}", at + 1)),
        before: u64::from(at == 4),
        after: if at == 0 { ends } else { 0 },
    };
    let moved = |at: u64| Moved {
        id: format!("k{at}").as_str().into(),
        name: format!("deploy-{at}").into(),
        owner_name: "Ana Souza".into(),
        ..Moved::default()
    };
    Impact {
        changes_expiry: 12,
        expires_now: ends,
        used_last24h: u64::from(ends > 0),
        by_day: (0..30).map(day).collect(),
        data: (0..12).map(moved).collect(),
        ..Impact::default()
    }
}

/// An admin who staged an expiry of 90 days and opened the review.
fn reviewing() -> Ui {
    let mut ui = Ui::admin();
    ui.keys("5j<Enter><ctrl-u>90<Enter>").take();
    ui.keys("<ctrl-s>");
    ui
}

fn asked(ui: &mut Ui) -> Vec<SettingsChange> {
    let effects = ui.take();
    effects
        .into_iter()
        .filter_map(|effect| if let Effect::Preview(_, change) = effect { Some(*change) } else { None })
        .collect()
}

fn sent(ui: &mut Ui) -> Option<(Ticket, SettingsChange)> {
    ui.take().into_iter().find_map(|effect| match effect {
        Effect::Write(_, Write::Settings(ticket, _, change)) => Some((ticket, *change)),
        _ => None,
    })
}

fn conflict(reason: &str) -> ServiceError {
    let asked =
        Asked { method: "PUT", path: "/api-key-settings".to_owned(), address: "https://keys.acme.example".to_owned() };
    ServiceError { reason: Some(reason.into()), ..ServiceError::new(ErrorKind::Conflict, asked, "changed meanwhile") }
}

#[test]
fn a_value_is_staged_beside_the_present_one_and_taken_back() {
    let mut ui = Ui::admin();
    ui.keys("5j<Enter>");
    assert!(ui.screen().contains("Usual: none"), "{}", ui.screen());
    ui.keys("<ctrl-u>soon<Enter>");
    assert!(ui.screen().contains("a number of days from 1 to 3650"), "{}", ui.screen());
    ui.keys("<ctrl-u>90<Enter>");
    assert!(ui.screen().contains("none → 90 days"), "{}", ui.screen());
    assert!(ui.screen().contains("staged, not saved"), "{}", ui.screen());
    assert_eq!(asked(&mut ui).len(), 0, "nothing is asked or sent by staging");
    ui.keys("u");
    assert!(!ui.screen().contains("90 days"), "{}", ui.screen());
    ui.keys("<ctrl-s>");
    assert!(ui.screen().contains("Nothing is staged"), "{}", ui.screen());
}

#[test]
fn what_ends_keys_is_confirmed_by_their_number() {
    let mut ui = reviewing();
    let looked = asked(&mut ui);
    assert_eq!((looked.len(), looked[0].expiry_days, looked[0].version), (1, Some(Some(90)), Some(1)));
    ui.later("y3<Enter>");
    assert_eq!(sent(&mut ui), None, "not before the server said whom it hits");
    ui.answer(Slot::Impact, Answer::Impact(Box::new(impact(7))));
    assert!(
        ui.screen().contains("7 keys would expire at once; 1 of them was used in the last 24 h"),
        "{}",
        ui.screen()
    );
    ui.later("y<Enter>");
    assert_eq!(sent(&mut ui), None);
    ui.keys("7<Enter>");
    let (ticket, change) = sent(&mut ui).unwrap();
    assert_eq!(change.expiry_days, Some(Some(90)));
    let now = Settings { version: 2, expiry_days: Some(90), ..Settings::default() };
    ui.happen(Event::SettingsSaved(ticket, Box::new(Ok(Saved::Done(now.clone())))));
    let effects = ui.take();
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Load(Slot::Settings, _))), "{effects:?}");
    ui.settings(now);
    assert!(ui.screen().contains("90 days") && !ui.screen().contains("staged"), "{}", ui.screen());
}

#[test]
fn what_ends_nothing_takes_a_yes() {
    let mut ui = reviewing();
    ui.answer(Slot::Impact, Answer::Impact(Box::new(impact(0)))).later("y");
    assert!(sent(&mut ui).is_some());
}

#[test]
fn the_list_of_those_hit_is_opened_and_filtered() {
    let mut ui = reviewing();
    ui.answer(Slot::Impact, Answer::Impact(Box::new(impact(7)))).later("l");
    assert!(ui.screen().contains("12 of 12"), "{}", ui.screen());
    ui.keys("ploy-1 ana");
    assert!(ui.screen().contains("3 of 12") && ui.screen().contains("deploy-11"), "{}", ui.screen());
    ui.keys("<Esc>");
    assert!(ui.screen().contains("Change the settings?"), "{}", ui.screen());
}

#[test]
fn those_hit_are_marked_and_taken_to_the_ordinary_review() {
    let mut ui = Ui::admin();
    ui.refresh_team(many(3)).keys("5j<Enter><ctrl-u>90<Enter><ctrl-s>");
    let moved = |id: &str| Moved { id: id.into(), name: id.into(), owner_name: "Ana".into(), ..Moved::default() };
    let hit = Impact { data: ["b1", "b2", "b3", "gone"].map(moved).to_vec(), ..impact(4) };
    ui.answer(Slot::Impact, Answer::Impact(Box::new(hit))).later("l");
    // what is marked stays so under another filter
    ui.keys("b1<Tab><ctrl-u>b3<Tab><ctrl-u>gone<Tab>");
    assert!(ui.screen().contains("3 marked"), "{}", ui.screen());
    ui.keys("<Enter>");
    assert_eq!((ui.marked(), ui.dialogs()), (vec!["b1".to_owned(), "b3".to_owned()], vec![]));
    assert!(ui.message().contains("2 keys are marked; 1 are not loaded"), "{}", ui.message());
    ui.keys("x");
    assert!(ui.screen().contains("Revoke 2 keys"), "{}", ui.screen());
    ui.keys("<Esc>5");
    assert!(ui.screen().contains("90 days") && ui.screen().contains("staged"), "{}", ui.screen());
}

#[test]
fn a_crowd_is_offered_to_be_spread() {
    let mut ui = reviewing();
    asked(&mut ui);
    ui.answer(Slot::Impact, Answer::Impact(Box::new(impact(40)))).later("s");
    assert_eq!(asked(&mut ui)[0].spread_days, Some(8));
    ui.answer(Slot::Impact, Answer::Impact(Box::new(impact(0))));
    assert!(ui.screen().contains("Spread over 8 days"), "{}", ui.screen());
}

#[test]
fn another_admins_change_is_shown_and_never_overwritten() {
    let mut ui = reviewing();
    ui.answer(Slot::Impact, Answer::Impact(Box::new(impact(0)))).later("y");
    let (ticket, _) = sent(&mut ui).unwrap();
    ui.happen(Event::SettingsSaved(ticket, Box::new(Err(conflict("version")))));
    assert!(ui.screen().contains("Somebody changed the settings meanwhile"), "{}", ui.screen());
    let theirs = Settings { version: 2, expiry_days: Some(30), inactivity_days: 7, ..Settings::default() };
    ui.settings(theirs);
    assert!(ui.screen().contains("was none · you: 90 days · is now 30 days"), "{}", ui.screen());
    assert!(ui.screen().contains("is now 7 days"), "{}", ui.screen());
    ui.later("<Enter>");
    assert!(ui.screen().contains("30 days → 90 days"), "{}", ui.screen());
    ui.take();
    ui.keys("<ctrl-s>");
    let looked = asked(&mut ui);
    assert_eq!((looked[0].version, looked[0].expiry_days, looked[0].inactivity_days), (Some(2), Some(Some(90)), None));
}

#[test]
fn what_becomes_of_exposed_keys_is_chosen_and_neither_is_preselected() {
    for (key, choice) in [("r", CurrentlyExposed::Revoke), ("e", CurrentlyExposed::Ignore)] {
        let mut ui = Ui::admin();
        ui.keys("5jjjj<Enter><ctrl-u>on<Enter><ctrl-s>");
        assert_eq!(asked(&mut ui)[0].currently_exposed, None);
        ui.answer(Slot::Impact, Answer::Impact(Box::new(impact(0))));
        assert!(ui.screen().contains("What becomes of them has to be chosen"), "{}", ui.screen());
        ui.later("y");
        assert_eq!(sent(&mut ui), None);
        ui.keys(key);
        assert_eq!(asked(&mut ui)[0].currently_exposed, Some(choice.clone()));
        ui.answer(Slot::Impact, Answer::Impact(Box::new(impact(0)))).later("y");
        assert_eq!(sent(&mut ui).unwrap().1.currently_exposed, Some(choice));
    }
}

#[test]
fn an_act_that_takes_a_while_shows_how_far_it_is() {
    let mut ui = reviewing();
    ui.answer(Slot::Impact, Answer::Impact(Box::new(impact(0)))).later("y");
    let (ticket, _) = sent(&mut ui).unwrap();
    let at = |done, running| ActProgress { id: "a".into(), running, done, total: 90_000 };
    ui.happen(Event::SettingsSaved(ticket, Box::new(Ok(Saved::UnderWay(at(500, true))))));
    ui.happen(Event::Act(ticket, at(1500, true)));
    assert!(ui.screen().contains("1500 of 90000 done"), "{}", ui.screen());
    ui.happen(Event::Act(ticket, at(90_000, false)));
    assert!(ui.screen().contains("every key is dated"), "{}", ui.screen());
}

#[test]
fn every_key_is_revoked_once_the_teams_name_is_typed() {
    let mut ui = Ui::admin();
    let team = me(Role::Admin).team.to_string();
    ui.keys("5X");
    assert!(ui.screen().contains("Left out: the key this console uses"), "{}", ui.screen());
    ui.later("yes<Enter>");
    assert!(ui.screen().contains("That is not the team's name"), "{}", ui.screen());
    ui.keys("<ctrl-u>").paste(&team);
    assert!(ui.screen().contains("A paste does not confirm"), "{}", ui.screen());
    let typed: String = team.chars().map(|c| if c == ' ' { "<Space>".to_owned() } else { c.to_string() }).collect();
    ui.keys(&typed).keys("<Enter>");
    let (ticket, which) = ui
        .take()
        .into_iter()
        .find_map(|effect| match effect {
            Effect::Write(_, Write::RevokeAll(ticket, which)) => Some((ticket, *which)),
            _ => None,
        })
        .unwrap();
    assert_eq!(which.except, me(Role::Admin).own_key.into_iter().collect::<Vec<_>>());
    let act = ActProgress { id: "a".into(), running: true, done: 500, total: 1203 };
    ui.happen(Event::RevokedAll(ticket, Box::new(Ok(RevokedAll::UnderWay(act.clone())))));
    assert!(ui.screen().contains("500 of 1203 done"), "{}", ui.screen());
    ui.happen(Event::Act(ticket, ActProgress { running: false, done: 1203, ..act }));
    assert!(ui.screen().contains("Revoked: 1203"), "{}", ui.screen());
}

#[test]
fn who_may_not_is_told_why() {
    let mut ui = Ui::new((80, 24));
    ui.me(me(Role::User)).settings(Settings::default());
    ui.keys("5j<Enter>");
    assert!(ui.screen().contains("only an admin changes the team's settings"), "{}", ui.screen());
    ui.keys("<F1>");
    assert!(ui.screen().contains("Dates every key that is not revoked"), "{}", ui.screen());
}

#[test]
fn a_key_is_disabled_for_ten_minutes() {
    let mut ui = Ui::team();
    ui.keys("jjjd").later("m");
    let effects = ui.take();
    let change = effects.iter().find_map(|effect| match effect {
        Effect::Write(_, Write::Change(_, _, change)) => Some(change.clone()),
        _ => None,
    });
    let change = change.unwrap_or_else(|| panic!("{effects:?}"));
    assert_eq!((change.enabled, change.disabled_until.is_some()), (Some(false), true));
}
