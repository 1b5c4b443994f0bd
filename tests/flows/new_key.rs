//! The form of a new key, and the way to the server.

use keydeck::client::capabilities::{Capabilities, Capability};
use keydeck::client::error::ErrorKind;
use keydeck::domain::key::{Access, Key};
use keydeck::domain::key_value::mask;
use keydeck::domain::listing::{MintedValue, NewKey, Scope};
use keydeck::domain::settings::Settings;
use keydeck::domain::team::Role;
use keydeck::domain::time::When;
use keydeck::tui::effect::{Effect, Write};
use keydeck::tui::event::Event;
use keydeck::tui::session::Session;
use keydeck::tui::ticket::Ticket;
use rstest::rstest;

use crate::ui::{Ui, error, me, session, value};

fn minting(ui: &mut Ui) -> Option<Ticket> {
    ui.take().into_iter().find_map(|effect| match effect {
        Effect::Mint(ticket) => Some(ticket),
        _ => None,
    })
}

fn request(ui: &mut Ui) -> NewKey {
    let effects = ui.take();
    let new = effects.into_iter().find_map(|effect| match effect {
        Effect::Write(_, Write::Create(_, new, owner)) => Some((new, owner)),
        _ => None,
    });
    let (new, owner) = new.expect("nothing is sent");
    assert_eq!(owner, me(Role::Admin).id);
    new
}

#[test]
fn only_the_hash_and_the_mask_of_the_value_are_sent() {
    let (mut ui, value) = (Ui::admin(), value());
    ui.keys("ndeploy-eu<Enter><ctrl-u>30d<Enter>ops@acme.example, b@x.example<Enter><Enter>");
    let ticket = minting(&mut ui).unwrap();
    ui.happen(Event::Minted(ticket, Ok(value.duplicate())));
    let new = request(&mut ui);
    assert_eq!(
        new,
        NewKey {
            name: "deploy-eu".into(),
            expires: When::from_wire("2026-12-21T08:30:00Z").time(),
            contacts: vec!["ops@acme.example".into(), "b@x.example".into()],
            access: Some(Access::Full),
            value: Some(MintedValue::of(&value)),
            ..NewKey::default()
        }
    );
    assert!(!format!("{new:?} {:?}", ui.app).contains(value.expose()));
}

#[rstest]
#[case("<Enter>", "Name", "this cannot be empty")]
#[case("x<Tab><ctrl-u>soon", "Expires", "write never, 90d, 12h, or a date")]
#[case("x<Tab><ctrl-u>2020-01-01", "Expires", "that is already over")]
#[case("x<Tab><Tab>ops@", "Contacts", "is no e-mail address")]
fn each_field_is_checked_as_it_is_typed(#[case] keys: &str, #[case] field: &str, #[case] words: &str) {
    let mut ui = Ui::admin();
    ui.keys("n").keys(keys);
    let screen = ui.screen();
    assert!(screen.contains(field) && screen.contains(words), "{screen}");
    ui.keys("<Enter><Enter><Enter><Enter><Enter>");
    assert_eq!(minting(&mut ui), None, "a form that is not right is not sent");
    assert_eq!(ui.dialogs(), ["form"]);
}

#[test]
fn enter_goes_from_field_to_field_and_tab_too() {
    let mut ui = Ui::admin();
    ui.keys("na<Enter><Enter><Enter>");
    assert_eq!(minting(&mut ui), None);
    ui.keys("<BackTab><BackTab><BackTab>b<Tab><Tab><Tab><Enter>");
    let ticket = minting(&mut ui).unwrap();
    ui.happen(Event::Minted(ticket, Ok(value())));
    let new = request(&mut ui);
    assert_eq!((new.name.as_str(), new.contacts.len()), ("ab", 0));
    assert!(new.expires.is_some(), "90 days unless said otherwise");
}

#[test]
fn the_teams_setting_that_overrides_the_expiry_is_said_in_full() {
    for (settings, words) in [
        (Settings { expiry_days: Some(30), ..Settings::default() }, "your team sets 30 days for every key"),
        (Settings { max_age_days: Some(7), ..Settings::default() }, "your team allows 7 days at most"),
    ] {
        let mut ui = Ui::admin();
        ui.settings(settings).keys("n<Tab>");
        for size in [(80, 24), (40, 12)] {
            ui.happen(Event::Resize(size.0, size.1));
            let flat = ui.screen().replace(['│', '\n'], " ").split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(flat.contains(words), "{}", ui.screen());
        }
    }
}

#[test]
fn a_lost_answer_is_a_plain_retry_with_the_same_value() {
    let (mut ui, value) = (Ui::admin(), value());
    ui.keys("na<Enter><Enter><Enter><Enter>");
    let ticket = minting(&mut ui).unwrap();
    ui.happen(Event::Minted(ticket, Ok(value.duplicate())));
    let first = request(&mut ui);
    ui.created(ticket, Err(error(ErrorKind::LostAnswer)));
    assert!(ui.screen().contains("timed out"));
    ui.keys("<Enter>");
    assert_eq!(request(&mut ui), first, "the same hash, nothing minted anew");
    ui.created(ticket, Ok((Key::sample("new"), None)));
    assert_eq!(ui.dialogs(), ["reveal"]);
}

#[test]
fn leaving_after_a_lost_answer_says_that_the_key_may_exist() {
    let mut ui = Ui::admin();
    ui.keys("na<Enter><Enter><Enter><Enter>");
    let ticket = minting(&mut ui).unwrap();
    ui.happen(Event::Minted(ticket, Ok(value())));
    ui.created(ticket, Err(error(ErrorKind::LostAnswer))).keys("<Esc>");
    assert!(ui.message().contains("may exist"), "{}", ui.message());
    let mut ui = Ui::admin();
    ui.keys("na<Esc>");
    assert_eq!((ui.message(), ui.dialogs().len()), ("", 0));
}

#[test]
fn while_it_is_sent_nothing_changes_it() {
    let mut ui = Ui::admin();
    ui.keys("na<Enter><Enter><Enter><Enter>");
    let ticket = minting(&mut ui).unwrap();
    ui.happen(Event::Minted(ticket, Ok(value()))).take();
    ui.keys("bc<Enter><Esc><Tab>").paste("text").keys("<Enter>");
    assert_eq!((ui.take(), ui.dialogs()), (vec![], vec!["form"]));
    ui.created(ticket, Err(error(ErrorKind::Conflict))).keys("<Enter>");
    assert_eq!(request(&mut ui).name, "a");
}

#[test]
fn no_random_numbers_no_key() {
    let mut ui = Ui::admin();
    ui.keys("na<Enter><Enter><Enter><Enter>");
    let ticket = minting(&mut ui).unwrap();
    ui.happen(Event::Minted(ticket, Err("no entropy".into())));
    assert!(ui.message().contains("no entropy"));
    ui.keys("<Enter>");
    assert!(minting(&mut ui).is_some(), "it can be tried again");
}

#[test]
fn a_value_is_refused_as_a_name_or_a_contact_and_not_repeated() {
    let value = value();
    for keys in ["n", "nx<Tab><Tab>"] {
        for text in [value.expose().to_owned(), format!("x={}", value.expose())] {
            let mut ui = Ui::admin();
            ui.keys(keys).paste(&text);
            assert!(ui.screen().contains("looks like a key's value"), "{}", ui.screen());
            ui.keys("<Enter><Enter><Enter><Enter><Enter>");
            assert_eq!(minting(&mut ui), None);
        }
    }
}

#[test]
fn a_collection_key_is_minted_by_the_server() {
    let mut ui = Ui::admin();
    let uid = "12345-0a1b2c3d-0000-4000-8000-0123456789ab";
    ui.keys("2n").paste("0a1b2c3d-0000-4000-8000-0123456789ab").keys("<Enter>");
    assert!(ui.take().is_empty(), "a bare UUID is no UID");
    ui.keys("<ctrl-u>").paste(uid).keys("<Enter> Payments <Enter>");
    let effects = ui.take();
    let [Effect::Write(_, Write::CreateCollectionKey(ticket, sent, name))] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!((sent.as_str(), name.as_deref()), (uid, Some("Payments")));
    let value = value();
    let made = Key { masked: mask(value.expose()).into(), ..Key::sample("new") };
    ui.created(*ticket, Ok((made, Some(value.duplicate()))));
    ui.later("y");
    assert_eq!(ui.take(), [Effect::CopySecret(*ticket, value)]);
    assert!(ui.app.collections.table.get(&crate::ui::id("new")).is_some());
}

#[test]
fn who_may_not_make_keys_is_told_why() {
    let mut ui = Ui::new((80, 24));
    ui.load(Scope::Mine, Vec::new()).keys("n");
    assert!(ui.message().contains("who you are"), "{}", ui.message());
    ui.me(me(Role::User)).settings(Settings { members_may_generate: false, ..Settings::default() }).keys("n");
    assert!(ui.message().contains("only admins"), "{}", ui.message());
    assert!(ui.dialogs().is_empty());
    ui.keys("5n");
    assert!(ui.dialogs().is_empty());
    let capabilities = Capabilities::all().without(Capability::CreateKeys, "made on the website only");
    let mut ui = Ui::loaded(Session { capabilities, ..session() }, (80, 24));
    ui.keys("n");
    assert_eq!(ui.message(), "made on the website only");
}

#[test]
fn a_late_answer_to_a_closed_form_is_dropped() {
    let mut ui = Ui::admin();
    ui.keys("na<Esc>");
    ui.happen(Event::Minted(Ticket(999), Ok(value())));
    ui.created(Ticket(999), Ok((Key::sample("new"), None)));
    assert_eq!((ui.take(), ui.dialogs().len()), (vec![], 0));
}
