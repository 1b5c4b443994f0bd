//! Storms of keys, pastes, answers and sizes: nothing breaks, and nothing is revoked that was not confirmed by what the
//! review asked for.

use std::time::Duration;

use keydeck::client::error::ErrorKind;
use keydeck::domain::bulk::Outcome;
use keydeck::domain::listing::Scope;
use keydeck::domain::team::Role;
use keydeck::tui::dialogs::Dialog;
use keydeck::tui::effect::{Effect, Write};
use keydeck::tui::event::{Answer, Event, Slot};
use keydeck::tui::key::{KeyCode, KeyPress};
use proptest::prelude::*;

use crate::ui::{Ui, findings, many, me, my_keys, team_keys, value};

#[derive(Clone, Debug)]
enum Gust {
    Key(KeyPress),
    /// The next character of what the review in front asks for.
    NextOfWanted,
    Paste(&'static str),
    Wait(u64),
    Size(u16, u16),
    Answer(u8),
}

fn gust() -> impl Strategy<Value = Gust> {
    let typical: Vec<KeyPress> = KeyPress::sequence(
        "xxxyyy<Enter><Enter><Enter><Esc>ia<Space>vjkG/ana?sfn12345678<Tab><ctrl-c>rc<ctrl-r>qwSA<Backspace>",
    )
    .unwrap();
    prop_oneof![
        20 => prop::sample::select(typical).prop_map(Gust::Key),
        4 => any::<char>().prop_map(|c| Gust::Key(KeyPress::new(KeyCode::Char(c), false, false, false))),
        8 => Just(Gust::NextOfWanted),
        2 => prop::sample::select(vec!["y", "6\n", "x", "ana kdk_", "日本語", "discard"]).prop_map(Gust::Paste),
        6 => prop::sample::select(vec![0, 1, 399, 400, 401, 10_000]).prop_map(Gust::Wait),
        1 => prop::sample::select(vec![(1, 1), (40, 12), (80, 24), (200, 60)]).prop_map(|(w, h)| Gust::Size(w, h)),
        4 => (0_u8..10).prop_map(Gust::Answer),
    ]
}

fn blow(ui: &mut Ui, gust: &Gust) {
    match gust {
        Gust::Key(press) => ui.happen(Event::Key(*press)),
        Gust::NextOfWanted => match ui.app.dialogs.last() {
            Some(Dialog::Review(review)) => {
                let wanted = review.confirmation().typed().unwrap_or_default();
                let next = wanted.chars().nth(review.confirm.typed.len()).map_or(KeyCode::Enter, KeyCode::Char);
                ui.happen(Event::Key(next.into()))
            }
            _ => ui,
        },
        Gust::Paste(text) => ui.paste(text),
        Gust::Wait(milliseconds) => ui.wait(Duration::from_millis(*milliseconds)),
        Gust::Size(width, height) => ui.happen(Event::Resize(*width, *height)),
        Gust::Answer(which) => match which {
            0 if ui.was_read(Slot::Keys(Scope::Team)) => ui.load(Scope::Team, many(7)),
            1 if ui.was_read(Slot::Keys(Scope::Team)) => ui.load(Scope::Team, team_keys()),
            2 => ui.load(Scope::Mine, my_keys()),
            3 => ui.fail(Slot::Keys(Scope::Mine), ErrorKind::Unreachable),
            4 => ui.me(me(if ui.effects.len().is_multiple_of(2) { Role::User } else { Role::Admin })),
            5 if ui.was_read(Slot::Findings) => ui.findings(findings()),
            6 if ui.was_read(Slot::Keys(Scope::Team)) => {
                ui.answer(Slot::Keys(Scope::Team), Answer::Keys(many(3), Some(3)))
            }
            7 => answer_write(ui, true),
            8 => answer_write(ui, false),
            _ => ui.happen(Event::Wake),
        },
    };
}

/// Answers whatever write the dialog in front waits for.
fn answer_write(ui: &mut Ui, well: bool) -> &mut Ui {
    match ui.app.dialogs.last() {
        Some(Dialog::Running(running)) => {
            let (ticket, first) = (running.ticket, running.items[0].0.id.to_string());
            let outcome = if well { Outcome::Revoked } else { Outcome::Failed("503".into()) };
            ui.outcome(ticket, &first, outcome).happen(Event::BulkEnded(ticket))
        }
        Some(Dialog::NewKey(dialog)) => {
            let (ticket, minted) = (dialog.ticket, dialog.value.is_some());
            if minted {
                let made = keydeck::domain::key::Key::sample("new");
                let error = crate::ui::error(ErrorKind::LostAnswer);
                ui.created(ticket, if well { Ok((made, None)) } else { Err(error) })
            } else {
                ui.happen(Event::Minted(ticket, if well { Ok(value()) } else { Err("no".into()) }))
            }
        }
        _ => ui,
    }
}

/// Whether this key press may confirm: what the review asks for stands there and Enter is pressed; or the retry of a run
/// that was confirmed.
fn may_revoke(ui: &Ui, gust: &Gust) -> bool {
    let enter = KeyPress::from(KeyCode::Enter);
    let press = match gust {
        Gust::Key(press) => press,
        Gust::NextOfWanted => &enter,
        _ => return false,
    };
    match ui.app.dialogs.last() {
        Some(Dialog::Review(review)) => {
            let listens = ui.running() >= ui.app.dialogs.since().unwrap() + Duration::from_millis(400);
            let stands = review.confirmation().typed().is_some_and(|wanted| review.confirm.typed == wanted);
            listens && stands && *press == enter
        }
        Some(Dialog::Running(running)) => {
            *press == KeyPress::from('r') && running.ended.is_some() && running.may_retry()
        }
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_revoked_unless_it_was_confirmed(gusts in prop::collection::vec(gust(), 1..160)) {
        let mut ui = Ui::team();
        for (at, gust) in gusts.iter().enumerate() {
            let allowed = may_revoke(&ui, gust);
            let reviewed: Option<Vec<String>> = match ui.app.dialogs.last() {
                Some(Dialog::Review(review)) => Some(review.plan.keys().map(|key| key.id.to_string()).collect()),
                _ => None,
            };
            ui.effects.retain(|effect| matches!(effect, Effect::WakeAt(_)));
            blow(&mut ui, gust);
            if at % 8 == 0 {
                ui.buffer();
            }
            for effect in &ui.effects {
                if let Effect::Write(_, Write::Bulk(_, order)) = effect {
                    prop_assert!(allowed, "{gust:?} sent {order:?}");
                    if let Some(reviewed) = &reviewed {
                        let sent: Vec<String> = order.keys.iter().map(|key| key.id.to_string()).collect();
                        prop_assert_eq!(&sent, reviewed);
                    }
                }
            }
        }
        ui.buffer();
    }

    #[test]
    fn a_read_only_console_writes_nothing_in_any_storm(gusts in prop::collection::vec(gust(), 1..120)) {
        let session = keydeck::tui::session::Session { read_only: true, ..crate::ui::session() };
        let mut ui = Ui::loaded(session, (80, 24));
        ui.keys("3");
        for gust in &gusts {
            blow(&mut ui, gust);
        }
        let wrote = ui.effects.iter().any(|effect| {
            matches!(
                effect,
                Effect::Write(..) | Effect::Mint(_)
            )
        });
        prop_assert!(!wrote);
    }
}
