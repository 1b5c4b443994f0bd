//! Every dialog.

use std::time::Duration;

use chrono::TimeDelta;
use keydeck::client::error::ErrorKind;
use keydeck::domain::bulk::{Outcome, Progress};
use keydeck::domain::call::Call;
use keydeck::domain::changes::{About, Change, ChangeId, Item, ReadBack};
use keydeck::domain::deed::Deed;
use keydeck::domain::finding::Finding;
use keydeck::domain::fresh::{Fresh, Looking};
use keydeck::domain::ids::UserId;
use keydeck::domain::key::{Key, Status};
use keydeck::domain::key_value::mask;
use keydeck::domain::listing::Scope;
use keydeck::domain::settings::Settings;
use keydeck::domain::team::{Role, User};
use keydeck::domain::time::When;
use keydeck::tui::effect::Effect;
use keydeck::tui::event::{Answer, Copied, Event, Slot};
use keydeck::tui::open_changes::OpenChange;
use keydeck::tui::session::Session;
use keydeck::tui::ticket::Ticket;

use crate::picture;
use crate::ui::{Again, Ui, ago, call, error, findings, key, many, now, session, team_keys, trail};

#[test]
fn help_menus_and_detail() {
    let mut ui = Ui::team();
    for (name, keys) in [
        ("help", "?"),
        ("help_searched", "mark"),
        ("help_nothing_found", "xyz"),
        ("sort_menu", "<Esc>s"),
        ("states_menu", "<Esc>f"),
        ("columns_menu", "<Esc>Cjjjj<Space><shift-Up><shift-Up>"),
        ("columns_chosen", "<Esc>"),
        ("columns_of_findings", "4C<End>"),
        ("columns_as_usual", "<Esc>3Cr"),
        ("detail_own_key", "<Esc><Enter>"),
        ("detail_key", "<Esc>j<Enter>"),
        ("detail_disabled_key", "<Esc>jjj<Enter>"),
        ("detail_revoked_key", "<Esc>G<Enter>"),
        ("detail_collection_key", "<Esc>2<Enter>"),
        ("detail_finding", "<Esc>4<Enter>"),
        ("help_in_settings", "<Esc>5?"),
        ("help_read", "<Esc>4?"),
    ] {
        ui.keys(keys);
        picture(name, &mut ui);
    }
}

#[test]
fn the_filter_and_what_helps_with_it() {
    let mut ui = Ui::team();
    for (name, keys) in [
        ("views_menu", "'"),
        ("views_menu_naming", "<Esc>/owner:ana -revoked<Enter>'wold ones"),
        ("filter_language", "<Esc><Esc><Esc><F1>"),
        ("filter_language_end", "<End>"),
        ("filter_refused", "<Esc>/ana !revoked"),
        ("filter_completed", "<ctrl-u>status:<Tab>"),
        ("sort_menu_two", "<Esc>sE"),
        ("sorted_by_two", "<Esc>"),
        ("manual_chapters", "?manual"),
        ("manual_exit_codes", "<Esc>?exit-codes<Enter>"),
        ("manual_places", "<Esc><Esc>?places<Enter><PageDown>"),
    ] {
        ui.keys(keys);
        picture(name, &mut ui);
    }
}

#[test]
fn a_keys_trail_and_its_chain() {
    let mut ui = Ui::team();
    ui.keys("j<Enter>").answer(Slot::Trail, Answer::Trail(trail("k1"), false));
    picture("detail_trail", &mut ui);
    ui.keys("<End>");
    picture("detail_trail_end", &mut ui);
    ui.keys("<Esc><Enter>").answer(Slot::Trail, Answer::Trail(Vec::new(), false));
    picture("detail_trail_empty", &mut ui);
    ui.keys("<Esc><Enter>").fail(Slot::Trail, ErrorKind::Denied);
    picture("detail_trail_denied", &mut ui);
    ui.keys("<Esc><Enter>").fail(Slot::Trail, ErrorKind::Server);
    picture("detail_trail_failed", &mut ui);
    ui.keys("<Esc>1j<Enter>").answer(Slot::Trail, Answer::Trail(Vec::new(), false));
    picture("detail_not_loaded_ancestor", &mut ui);
    ui.keys("[").answer(Slot::Ancestor, Answer::Key(Box::new(key("o0", "release-bot", (1, "Olivia Chen"), 300, None))));
    picture("detail_ancestor", &mut ui);
}

#[test]
fn the_palette() {
    let mut ui = Ui::team();
    for (name, keys) in [
        ("palette", ":"),
        ("palette_found", "mark"),
        ("palette_argument", "<ctrl-u>sort e<Tab>"),
        ("palette_unknown", "<ctrl-u>revokee<Enter>"),
        ("palette_secret", "<ctrl-u>kdk_abcdef"),
    ] {
        ui.keys(keys);
        picture(name, &mut ui);
    }
}

#[test]
fn the_calls_of_this_session() {
    let mut ui = Ui::team();
    ui.keys("@");
    picture("calls_none", &mut ui);
    ui.happen(Event::Called(call(1, "/me", Some(200))));
    ui.happen(Event::Called(call(2, "/api-keys", Some(403))));
    ui.happen(Event::Called(call(3, "/api-keys/01JQ8ZK3X4M5N6P7Q8R9S0T1U2", Some(200))));
    ui.happen(Event::Called(call(4, "/\u{1b}[2J", None)));
    picture("calls", &mut ui);
    let begun = Call { problem: None, request_id: None, ..call(5, "/api-keys", None) };
    ui.happen(Event::Calling(begun)).wait(Duration::from_secs(4));
    picture("calls_without_an_answer", &mut ui);
    ui.happen(Event::Called(call(5, "/api-keys", Some(200))));
    for number in 6..1100 {
        ui.happen(Event::Called(call(number, "/api-keys", Some(200))));
    }
    ui.keys("kkk");
    picture("calls_many", &mut ui);
}

#[test]
fn reviews() {
    let mut ui = Ui::team();
    ui.keys("jjjx");
    picture("review_one_idle", &mut ui);
    ui.later("<Enter>");
    picture("review_enter_alone", &mut ui);
    ui.keys("<Esc>ggjx");
    picture("review_one_in_use", &mut ui);
    ui.keys("<Esc>ax");
    picture("review_many", &mut ui);
    ui.later("i12");
    picture("review_with_own_key", &mut ui);
    ui.keys("<Enter>");
    picture("review_wrong_number", &mut ui);
    ui.keys(r"<Esc>\ggx");
    picture("review_own_key_alone", &mut ui);
    ui.keys("<Esc>1jjx");
    picture("review_delete", &mut ui);
    ui.keys("<Esc>2x");
    picture("review_collection_key", &mut ui);
    ui.keys("<Esc>3").refresh_team(many(3000)).keys("ax");
    picture("review_thousands", &mut ui);
    ui.later("G");
    picture("review_thousands_end", &mut ui);

    let mut ui = Ui::loaded(Session { production: true, profile: "acme-prod".into(), ..session() }, (80, 24));
    ui.keys("3jjjx");
    picture("review_production", &mut ui);
}

#[test]
fn what_is_read_again() {
    let mut ui = Ui::team();
    ui.again = Again::Nothing;
    ui.keys("ax");
    picture("review_looking", &mut ui);
    ui.answer(Slot::Again, Answer::Looking(Looking { read: 3, by_page: true }));
    picture("review_looking_by_page", &mut ui);
    let mut keys = team_keys();
    keys[3].last_used = ago(TimeDelta::seconds(69));
    keys[4].status = Status::Revoked;
    keys.remove(6);
    ui.answer(Slot::Again, Answer::Fresh(Box::new(Fresh { keys, findings: Vec::new() })));
    picture("review_changed_meanwhile", &mut ui);
    ui.keys("<Esc>x").fail(Slot::Again, ErrorKind::Unreachable);
    picture("review_not_read", &mut ui);
    ui.keys("<Esc>").refresh_team(team_keys()).keys(r"\ggjjjx");
    ui.answer(Slot::Again, Answer::Fresh(Box::default()));
    picture("review_nothing_left", &mut ui);

    let mut ui = Ui::team();
    let root = User { roles: vec![Role::Superadmin], ..User::sample(3, "Ben Okafor") };
    ui.answer(Slot::Users, Answer::Users(vec![root])).keys("ax");
    picture("review_superadmins_keys", &mut ui);

    let mut ui = Ui::team();
    let mut keys = many(40);
    keys[6].last_used = ago(TimeDelta::hours(2));
    ui.again = Again::Are(keys.clone(), Vec::new());
    ui.refresh_team(keys).keys("ax").later("jj<Space>j");
    picture("review_groups", &mut ui);
}

#[test]
fn one_key_that_is_read_again() {
    let mut ui = Ui::team();
    ui.again = Again::Nothing;
    ui.keys("jjjd");
    picture("disable_looking", &mut ui);
    ui.fail(Slot::Again, ErrorKind::Unreachable);
    picture("disable_not_read", &mut ui);
    ui.keys("<Esc>d").answer(Slot::Again, Answer::Fresh(Box::default()));
    picture("disable_gone", &mut ui);
    ui.keys("<Esc>j");
    let found = Finding { key_id: Some("k4".into()), ..findings().swap_remove(0) };
    ui.again = Again::Are(vec![team_keys().swap_remove(4)], vec![found]);
    ui.keys("d");
    picture("enable_exposed", &mut ui);
    ui.keys("<Esc>1");
    ui.again = Again::Nothing;
    ui.keys("ggjR");
    picture("regenerate_looking", &mut ui);
    ui.fail(Slot::Again, ErrorKind::Unreachable);
    picture("regenerate_not_read", &mut ui);
}

#[test]
fn questions_about_one_key() {
    let mut ui = Ui::team();
    ui.keys("jjjd");
    picture("disable_idle", &mut ui);
    ui.later("<Enter>");
    picture("disable_enter_alone", &mut ui);
    ui.keys("<Esc>ggjd");
    picture("disable_in_use", &mut ui);
    ui.keys("<Esc>ggd");
    picture("disable_own_key", &mut ui);
    let mut ui = Ui::admin();
    ui.keys("1jR");
    picture("regenerate", &mut ui);
    ui.keys("<Esc>e");
    picture("edit", &mut ui);
}

#[test]
fn resolving_a_finding() {
    let mut ui = Ui::admin();
    ui.keys("4ggc<Enter>");
    picture("resolve_accepted_risk", &mut ui);
    ui.keys("<Esc>p").keys("a value of the documentation, which never worked");
    picture("resolve_false_positive", &mut ui);
}

#[test]
fn hidden_marks_ask() {
    let mut ui = Ui::team();
    ui.keys("a/owner:ana<Enter>x");
    picture("choice", &mut ui);
}

#[test]
fn running() {
    let mut ui = Ui::team();
    ui.keys("/owner:ben<Enter>jja").keys("x").later("3<Enter>");
    picture("running_begins", &mut ui);
    let (ticket, ids) = ui.revoke();
    ui.happen(Event::Bulk(ticket, Progress::Sent(ids.iter().map(|id| id.as_str().into()).collect())));
    ui.wait(Duration::from_secs(2)).outcome(ticket, &ids[0], Outcome::Revoked);
    picture("running_half", &mut ui);
    ui.happen(Event::Bulk(ticket, Progress::ReadingBack(vec!["k5".into()])));
    picture("running_reads_back", &mut ui);
    ui.happen(Event::Bulk(ticket, Progress::Waiting(12))).keys("c");
    picture("running_stopping", &mut ui);
    ui.outcome(ticket, &ids[1], Outcome::Denied("403 forbidden: owned by another team".into()));
    ui.outcome(
        ticket,
        &ids[2],
        Outcome::Failed("503 serverError: the database is locked, and will be for a while".into()),
    );
    ui.happen(Event::BulkEnded(ticket));
    picture("running_ended", &mut ui);
    ui.later("<Enter>");
    picture("after_failures", &mut ui);

    let mut ui = Ui::team();
    ui.refresh_team(many(400)).keys("ax").later("400<Enter>");
    let (ticket, ids) = ui.revoke();
    for (at, id) in ids.iter().enumerate() {
        let outcome = if at % 20 == 3 { Outcome::Unknown("no answer".into()) } else { Outcome::Revoked };
        ui.outcome(ticket, id, outcome);
    }
    ui.happen(Event::BulkEnded(ticket));
    picture("running_ended_of_many", &mut ui);
}

#[test]
fn disabling_marked_keys() {
    let mut ui = Ui::team();
    ui.refresh_team(many(5)).keys("ad");
    picture("review_disable", &mut ui);
    ui.later("5<Enter>");
    let (ticket, ids) = ui.revoke();
    ui.outcome(ticket, &ids[0], Outcome::Disabled).outcome(ticket, &ids[1], Outcome::AlreadyDisabled);
    ui.happen(Event::Bulk(ticket, Progress::NotRecorded("the journal /home/o/rotations.db cannot be written".into())));
    ui.outcome(ticket, &ids[2], Outcome::Denied("403 forbidden".into()));
    ui.outcome(ticket, &ids[3], Outcome::Unknown("timed out after 10 s".into())).happen(Event::BulkEnded(ticket));
    ui.happen(Event::Saved(ticket, Ok("/home/o/disable-2026-11-21-0830.json and .txt".to_owned())));
    ui.app.message = None;
    picture("running_disabled", &mut ui);
}

#[test]
fn what_was_cut_short() {
    let change = |number: usize, deed, outcome: fn(usize) -> Outcome| {
        let keys = many(40);
        let items = keys.iter().enumerate().map(|(at, key)| Item { outcome: outcome(at), ..Item::from(key) });
        let about =
            About { deed, profile: "acme-staging".to_owned(), address: session().address, user: UserId(1), note: None };
        let id = ChangeId(format!("01JQ{number}"));
        Change { id, about, started: now(), is_over: false, items: items.collect() }
    };
    let revoke = change(1, Deed::Revoke, |at| {
        if at < 12 {
            Outcome::Revoked
        } else if at < 21 {
            Outcome::Sent
        } else {
            Outcome::Queued
        }
    });
    let disable = change(2, Deed::Disable, |at| if at == 0 { Outcome::Sent } else { Outcome::Queued });
    let open = |change: &Change| OpenChange { change: change.clone(), at_it: None };
    let mut ui = Ui::team();
    let told =
        vec!["the change 01JQ3 of keys at https://keys.acme.example cannot be read: its row is damaged".to_owned()];
    ui.happen(Event::ChangesListed(Ok((vec![open(&revoke), open(&disable)], told))));
    picture("changes_looking", &mut ui);
    let looks: Vec<(Ticket, ChangeId)> = ui
        .take()
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::ReadBack(ticket, id, _) => Some((ticket, id)),
            _ => None,
        })
        .collect();
    let mut read = revoke;
    read.items[12..21].iter_mut().for_each(|item| item.outcome = Outcome::Revoked);
    let seen = ReadBack { change: read, left: many(19), unseen: None };
    ui.happen(Event::ChangeReadBack(looks[0].0, looks[0].1.clone(), Ok(Box::new(seen))));
    let why = "https://keys.acme.example does not answer (timed out after 10 s)".to_owned();
    ui.happen(Event::ChangeReadBack(looks[1].0, looks[1].1.clone(), Err(why)));
    picture("changes_read_back", &mut ui);
    ui.later("f");
    picture("changes_forget", &mut ui);
}

#[test]
fn new_key() {
    let mut ui = Ui::admin();
    ui.keys("n");
    picture("new_key", &mut ui);
    ui.keys("<Enter>");
    picture("new_key_name_needed", &mut ui);
    ui.keys("deploy-eu<Tab><ctrl-u>yesterday<Tab>ops@acme");
    picture("new_key_wrong_fields", &mut ui);
    ui.keys(".example<BackTab><ctrl-u>2027-01-31<Tab><Tab><Enter>");
    picture("new_key_sending", &mut ui);
    let ticket = minting(&mut ui);
    let sample = || keydeck::domain::secret::Secret::new(["kdk", "not-a-value-at-all-9fQ2"].join("_"));
    ui.happen(Event::Minted(ticket, Ok(sample())));
    ui.created(ticket, Err(error(ErrorKind::LostAnswer)));
    picture("new_key_answer_lost", &mut ui);
    ui.keys("<Enter>");
    let made = Key {
        name: "deploy-eu".into(),
        masked: mask(sample().expose()).into(),
        expires: When::from_wire("2027-01-31T00:00:00Z"),
        ..Key::sample("new")
    };
    ui.created(ticket, Ok((made, None)));
    picture("reveal", &mut ui);
    ui.later("<Esc>");
    picture("reveal_does_not_close", &mut ui);
    ui.keys("disc");
    picture("reveal_discard_typed", &mut ui);
    ui.happen(Event::Copied(Copied::Secret(ticket), Err("the terminal took too long; press w".into())));
    picture("reveal_not_copied", &mut ui);
    ui.happen(Event::Copied(Copied::Secret(ticket), Ok("sent to the terminal".into())));
    ui.happen(Event::Written(ticket, Ok("/home/olivia/deploy-eu.key".into())));
    picture("reveal_safe", &mut ui);
    ui.keys("<Esc>");
    picture("after_reveal", &mut ui);
}

#[test]
fn new_key_where_the_team_sets_the_expiry_and_for_a_collection() {
    let mut ui = Ui::admin();
    ui.settings(Settings { expiry_days: Some(30), ..Settings::default() }).keys("n");
    picture("new_key_with_the_teams_expiry", &mut ui);
    ui.keys("<Esc>2n");
    picture("new_collection_key", &mut ui);
    ui.keys("12345-x<Enter>");
    picture("new_collection_key_wrong", &mut ui);
}

fn minting(ui: &mut Ui) -> Ticket {
    ui.take()
        .into_iter()
        .find_map(|effect| match effect {
            Effect::Mint(ticket) => Some(ticket),
            _ => None,
        })
        .expect("no value is minted")
}

#[test]
fn one_key_made_before_the_list_came() {
    let mut ui = Ui::new((80, 24));
    ui.me(crate::ui::me(keydeck::domain::team::Role::User)).load(Scope::Mine, Vec::new()).keys("n");
    picture("new_key_of_a_member", &mut ui);
}
