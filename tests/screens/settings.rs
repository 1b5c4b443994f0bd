//! The Settings tab and its dialogs in each state, which are drawn at three sizes.

use keydeck::client::error::{Asked, ErrorKind, ServiceError};
use keydeck::domain::act::ActProgress;
use keydeck::domain::settings::{Day, Grace, Impact, Moved, Saved, Settings};
use keydeck::domain::time::When;
use keydeck::tui::effect::{Effect, Write};
use keydeck::tui::event::{Answer, Event, Slot};
use keydeck::tui::ticket::Ticket;

use crate::picture;
use crate::ui::{Ui, session};

fn impact(ends: u64) -> Impact {
    let day = |at: u64| Day {
        day: format!("2026-12-{:02}", at % 31 + 1).into(),
        before: at % 3,
        after: if at == 0 { ends } else { at % 5 },
    };
    let moved = |at: u64| Moved {
        id: format!("k{at}").as_str().into(),
        name: format!("deploy-{at}").into(),
        owner_name: "Ana Souza".into(),
        expires_at_before: When::from_wire("2027-03-01T00:00:00Z"),
        expires_at_after: When::from_wire("2026-12-01T00:00:00Z"),
        revoked: at == 0,
        last_used_at: When::Never,
    };
    Impact {
        changes_expiry: 412,
        expires_now: ends,
        used_last24h: ends / 3,
        by_day: (0..60).map(day).collect(),
        grace: (ends == 0).then(|| Grace { keys: 40, until: When::from_wire("2026-12-08T00:00:00Z") }),
        data: (0..9).map(moved).collect(),
        ..Impact::default()
    }
}

fn ui() -> Ui {
    let mut ui = Ui::loaded(session(), (80, 24));
    ui.keys("5");
    ui
}

fn reviewing() -> Ui {
    let mut ui = ui();
    ui.keys("j<Enter><ctrl-u>90<Enter><ctrl-s>");
    ui
}

fn ticket(ui: &mut Ui) -> Ticket {
    let sent = ui.take().into_iter().find_map(|effect| match effect {
        Effect::Write(_, Write::Settings(ticket, ..) | Write::RevokeAll(ticket, _)) => Some(ticket),
        _ => None,
    });
    sent.unwrap()
}

#[test]
fn staged_and_edited() {
    picture("settings_cursor", ui().keys("jj"));
    picture("settings_editing", ui().keys("j<Enter>"));
    picture("settings_explained", ui().keys("j<F1>"));
    picture("settings_staged", ui().keys("j<Enter><ctrl-u>90<Enter>"));
}

#[test]
fn the_review() {
    let mut review = reviewing();
    picture("settings_looking", &mut review);
    review.answer(Slot::Impact, Answer::Impact(Box::new(impact(40))));
    picture("settings_review", &mut review);
    picture("settings_hit", review.later("l"));
    review.keys("<Esc>s").answer(Slot::Impact, Answer::Impact(Box::new(impact(0))));
    picture("settings_spread", &mut review);
    review.later("y");
    let ticket = ticket(&mut review);
    let act = ActProgress { id: "a".into(), running: true, done: 1500, total: 90_000 };
    review.happen(Event::SettingsSaved(ticket, Box::new(Ok(Saved::UnderWay(act)))));
    picture("settings_under_way", &mut review);
}

#[test]
fn a_conflict_and_exposed_keys() {
    let mut review = reviewing();
    review.answer(Slot::Impact, Answer::Impact(Box::new(impact(0)))).later("y");
    let ticket = ticket(&mut review);
    let asked = Asked { method: "PUT", path: "/api-key-settings".to_owned(), address: String::new() };
    let error = ServiceError { reason: Some("version".into()), ..ServiceError::new(ErrorKind::Conflict, asked, "") };
    review.happen(Event::SettingsSaved(ticket, Box::new(Err(error))));
    review.settings(Settings { version: 2, expiry_days: Some(30), ..Settings::default() });
    picture("settings_conflict", &mut review);
    let mut exposed = ui();
    exposed.keys("jjjj<Enter><ctrl-u>on<Enter><ctrl-s>").answer(Slot::Impact, Answer::Impact(Box::new(impact(0))));
    picture("settings_exposed", &mut exposed);
}

#[test]
fn revoking_every_key() {
    let mut all = ui();
    picture("revoke_all", all.keys("X"));
    picture("revoke_all_own", all.later("<Tab>no<Enter>"));
}
