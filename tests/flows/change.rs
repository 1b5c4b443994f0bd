//! Changing a key that is there: `e` edits, `d` disables and enables, `R` gives a new value.

use keydeck::client::error::ErrorKind;
use keydeck::domain::bulk::{Outcome, Progress};
use keydeck::domain::deed::Deed;
use keydeck::domain::key::{Key, Status};
use keydeck::domain::listing::{KeyChange, Scope};
use keydeck::tui::effect::{Effect, Write};
use keydeck::tui::event::Event;
use keydeck::tui::session::Session;
use keydeck::tui::ticket::Ticket;

use crate::ui::{Again, Ui, error, many, now, session, value};

fn changes(ui: &mut Ui) -> Vec<(Ticket, String, KeyChange)> {
    ui.take()
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Write(_, Write::Change(ticket, id, change)) => Some((ticket, id.to_string(), change)),
            Effect::Write(_, Write::Bulk(ticket, order)) => {
                let [key] = &order.keys[..] else { panic!("{order:?}") };
                let enabled = Some(order.deed == Deed::Enable);
                Some((ticket, key.id.to_string(), KeyChange { enabled, ..KeyChange::default() }))
            }
            _ => None,
        })
        .collect()
}

fn current(ui: &Ui) -> Key {
    ui.app.keys().unwrap().table.current().unwrap().clone()
}

/// Team Keys with the cursor on an idle enabled key of somebody else.
fn on_an_enabled_key() -> Ui {
    let mut ui = Ui::team();
    while current(&ui).status != Status::Enabled || current(&ui).id.as_str() != "k3" {
        ui.keys("j");
    }
    ui
}

#[test]
fn disabling_asks_first_and_the_answer_stands_in_the_list() {
    let mut ui = on_an_enabled_key();
    let key = current(&ui);
    ui.keys("d").keys("y");
    assert!(changes(&mut ui).is_empty(), "the key that opened it, or one typed too soon, must not confirm");
    ui.later("y");
    let (ticket, id, change) = changes(&mut ui).remove(0);
    assert_eq!((id, change), (key.id.to_string(), KeyChange { enabled: Some(false), ..KeyChange::default() }));
    let disabled = Key { status: Status::Disabled, ..key };
    ui.happen(Event::Bulk(ticket, Progress::Changed(Box::new(disabled.clone()))));
    assert_eq!(current(&ui).status, Status::Disabled);
    ui.keys("d").later("y");
    assert_eq!(changes(&mut ui)[0].2.enabled, Some(true));
}

#[test]
fn disabling_a_key_in_use_the_own_one_or_on_production_takes_its_last_four() {
    let production = || Ui::loaded(Session { production: true, ..session() }, (80, 24));
    let team: fn() -> Ui = Ui::team;
    for (ui, keys, last) in [(team, "jd", "001K"), (team, "d", "0NWO"), (production, "3jjjd", "003K")] {
        let mut ui = ui();
        ui.keys(keys).later("y<Enter>1<Enter>").paste(last).keys("<Enter>");
        assert!(changes(&mut ui).is_empty(), "{last}");
        assert_eq!(ui.dialogs(), ["ask"]);
        ui.keys(last).keys("<Enter>");
        assert_eq!(changes(&mut ui)[0].2.enabled, Some(false), "{last}");
    }
}

/// Team Keys with one key of these names and contacts, being edited.
fn editing(name: &str, contacts: &[&str]) -> Ui {
    let mut ui = Ui::team();
    let contacts = contacts.iter().map(|contact| (*contact).into()).collect();
    let key = Key { name: name.into(), contacts, ..many(1).remove(0) };
    ui.refresh_team(vec![key]).keys("e").wait(std::time::Duration::from_secs(1));
    ui
}

#[test]
fn what_came_from_outside_is_shown_as_escapes_and_sent_only_where_it_was_touched() {
    let name = " invoice\u{202e}gpj\u{200b} ";
    let contacts = ["Ops Team <o@t.example>, x", " b@t.example", "a\u{202e}b@t.example"];
    let mut ui = editing(name, &contacts);
    let screen = ui.screen();
    assert!(screen.contains("invoice\\u{202e}gpj\\u{200b}") && screen.contains("a\\u{202e}b@"), "{screen}");
    assert!(!screen.chars().any(|c| matches!(c, '\u{202e}' | '\u{200b}')));
    // untouched, nothing is wrong with it and nothing of it is sent
    ui.keys("<Enter><Enter><Enter>");
    assert_eq!((changes(&mut ui), ui.message()), (Vec::new(), "Nothing was changed"));
    // one field touched: the other is not sent, whatever the server holds there
    let mut ui = editing(name, &contacts);
    ui.keys("<ctrl-u>ci<Enter><Enter><Enter>");
    let wanted = KeyChange { name: Some("ci".to_owned()), ..KeyChange::default() };
    assert_eq!(changes(&mut ui).remove(0).2, wanted);
    // touched and put back, it is as it was
    let mut ui = editing("a\u{202e}b", &[]);
    ui.keys("xy<Backspace><Backspace><Enter><Enter><Enter>");
    assert!(changes(&mut ui).is_empty());
    // an escape goes as the one character that it is; the rest of what came from outside stays
    let mut ui = editing("a\u{202e}b\u{200b}c", &[]);
    ui.keys("<Backspace><Backspace>d");
    assert!(ui.screen().contains("a\\u{202e}bd"), "{}", ui.screen());
    assert!(ui.screen().contains("that cannot be seen; Backspace"), "{}", ui.screen());
    ui.keys("<Enter><Enter><Enter>");
    assert_eq!(changes(&mut ui).remove(0).2.name.as_deref(), Some("a\u{202e}bd"));
}

#[test]
fn enter_alone_does_not_disable_and_says_what_does() {
    let mut ui = on_an_enabled_key();
    ui.keys("d").later("<Enter>x");
    assert!(changes(&mut ui).is_empty());
    assert!(ui.screen().contains("y does it"), "{}", ui.screen());
    ui.keys("y");
    assert_eq!(changes(&mut ui).len(), 1);
}

#[test]
fn esc_leaves_it_as_it_is_and_a_paste_never_confirms() {
    let mut ui = on_an_enabled_key();
    ui.keys("d").later("").paste("y").keys("<Esc>");
    assert!(changes(&mut ui).is_empty());
    assert!(ui.dialogs().is_empty());
}

#[test]
fn a_refusal_is_said_with_what_to_do() {
    let mut ui = on_an_enabled_key();
    ui.keys("d").later("y");
    let (ticket, ..) = changes(&mut ui).remove(0);
    let id = current(&ui).id.to_string();
    ui.outcome(ticket, &id, Outcome::Unknown("timed out".into()));
    assert!(ui.message().contains("timed out; ctrl-r shows what it is now"), "{}", ui.message());
    ui.outcome(ticket, &id, Outcome::Denied("owned by another team".into())).happen(Event::BulkEnded(ticket));
    assert_eq!(ui.message(), "It is not changed, denied: owned by another team");
    assert_eq!(current(&ui).status, Status::Enabled);
}

#[test]
fn editing_sends_only_what_is_another() {
    let mut ui = on_an_enabled_key();
    ui.keys("e-x<Enter><Enter><Enter>");
    let (ticket, _, change) = changes(&mut ui).remove(0);
    let key = current(&ui);
    assert_eq!(change, KeyChange { name: Some(format!("{}-x", key.name)), ..KeyChange::default() });
    ui.happen(Event::Changed(ticket, Box::new(Err(error(ErrorKind::Conflict)))));
    assert_eq!(ui.dialogs(), ["form"], "what was typed is not lost");
    let renamed = Key { name: "other".into(), ..key };
    ui.happen(Event::Changed(ticket, Box::new(Ok(renamed))));
    assert!(ui.dialogs().is_empty());
    assert_eq!(current(&ui).name.as_received(), "other");
}

#[test]
fn an_edit_that_changes_nothing_sends_nothing() {
    let mut ui = on_an_enabled_key();
    ui.keys("e<Enter><Enter><Enter>");
    assert!(changes(&mut ui).is_empty());
    assert!(ui.dialogs().is_empty());
}

#[test]
fn a_new_value_is_minted_here_and_its_hash_alone_is_sent_with_the_overlap() {
    let mut ui = Ui::admin();
    while current(&ui).status != Status::Enabled {
        ui.keys("j");
    }
    let key = current(&ui);
    ui.keys("R<ctrl-u>7d");
    assert!(ui.screen().contains("the old value dies 2026-11-28 08:30:0"), "{}", ui.screen());
    ui.keys("<Enter>");
    let Some(Effect::Mint(ticket)) = ui.take().pop() else { panic!() };
    ui.happen(Event::Minted(ticket, Ok(value())));
    let Some(Effect::Write(_, Write::Regenerate(_, id, new))) = ui.take().pop() else { panic!() };
    assert_eq!((id, new.overlap_seconds), (key.id.clone(), 7 * 86_400));
    assert_eq!(new.value.unwrap().fingerprint.len(), 64);
    ui.created(ticket, Ok((key, None)));
    assert_eq!(ui.dialogs(), ["reveal"]);
}

#[test]
fn a_new_value_within_an_overlap_says_what_it_ends_and_is_asked_for() {
    let mut ui = Ui::admin();
    while current(&ui).status != Status::Enabled {
        ui.keys("j");
    }
    let key = current(&ui);
    let promised = Key { overlap_ends: (now() + chrono::TimeDelta::days(2)).into(), ..key };
    // the list does not know of the overlap yet; the key as it is read again does
    ui.again = Again::Are(vec![promised.clone()], Vec::new());
    ui.keys("R<Enter>");
    assert!(ui.screen().contains("would die now"), "{}", ui.screen());
    ui.keys("<Esc>").load(Scope::Mine, vec![promised]);
    ui.keys("<Enter>");
    assert!(ui.screen().contains("Old value") && ui.screen().contains("works until"), "{}", ui.screen());
    ui.keys("<Esc>R<Enter>");
    assert!(ui.screen().contains("would die now"), "{}", ui.screen());
    let sent = |effect: &Effect| matches!(effect, Effect::Mint(_) | Effect::Write(..));
    assert!(!ui.take().iter().any(sent), "nothing is sent before it was asked for");
    ui.keys("<ctrl-u>yes<Enter>");
    assert!(matches!(ui.take().pop(), Some(Effect::Mint(_))));
}

#[test]
fn what_cannot_be_changed_is_said() {
    let mut ui = Ui::team();
    while current(&ui).status != Status::Revoked {
        ui.keys("j");
    }
    for key in ["e", "d", "R"] {
        ui.keys(key);
        assert!(ui.message().contains("revoked"), "{key}: {}", ui.message());
    }
    let mut ui = on_an_enabled_key();
    while current(&ui).owner_id == ui.app.me.as_ref().unwrap().id || current(&ui).status != Status::Enabled {
        ui.keys("j");
    }
    ui.keys("R");
    assert!(ui.message().contains("Only its owner"), "{}", ui.message());
    ui.keys("2d");
    assert!(ui.message().contains("collection access key"), "{}", ui.message());
    assert!(ui.dialogs().is_empty());
}

#[test]
fn the_consoles_own_key_is_not_disabled_unawares() {
    let mut ui = Ui::team();
    let own = ui.app.me.as_ref().unwrap().own_key.clone().unwrap();
    while current(&ui).id != own {
        ui.keys("j");
    }
    ui.keys("d");
    assert!(ui.screen().contains("the key this console uses"), "{}", ui.screen());
    ui.keys("<Esc>R<ctrl-u>none");
    assert!(ui.screen().contains("the old value dies at once"), "{}", ui.screen());
    assert!(ui.screen().contains("this console uses it"), "{}", ui.screen());
}
