//! Every tab in every state: nothing yet, empty, loading, failed, denied, full, filtered out.

use std::time::Duration;

use keydeck::client::capabilities::{Capabilities, Capability};
use keydeck::client::error::ErrorKind;
use keydeck::domain::finding::{Finding, Resolution};
use keydeck::domain::key::Key;
use keydeck::domain::key_value::fingerprint;
use keydeck::domain::listing::Scope;
use keydeck::domain::location::{Location, Locations, Resolved};
use keydeck::domain::secret::Secret;
use keydeck::domain::settings::Settings;
use keydeck::domain::team::Role;
use keydeck::domain::time::When;
use keydeck::tui::event::{Answer, Event, Slot};
use keydeck::tui::session::Session;

use crate::picture;
use crate::ui::{Ui, call, collection_keys, findings, many, me, my_keys, session, team_keys, trail};

const LISTS: [(&str, &str, Slot); 4] = [
    ("mine", "1", Slot::Keys(Scope::Mine)),
    ("collections", "2", Slot::Keys(Scope::Collections)),
    ("team", "3", Slot::Keys(Scope::Team)),
    ("exposed", "4", Slot::Findings),
];

/// An admin whose lists are still to come.
fn admin() -> Ui {
    let mut ui = Ui::new((80, 24));
    ui.me(me(Role::Admin));
    ui
}

#[test]
fn a_clock_that_is_off() {
    for (name, ahead) in [("clock_behind", chrono::TimeDelta::days(-3)), ("clock_ahead", chrono::TimeDelta::hours(2))] {
        let mut ui = Ui::team();
        ui.ahead = ahead;
        picture(name, &mut ui);
    }
}

#[test]
fn the_first_screen_stands_before_any_answer() {
    picture("skeleton", &mut Ui::new((80, 24)));
}

#[test]
fn empty_loading_and_failed() {
    for (name, tab, slot) in LISTS {
        let mut ui = admin();
        ui.keys(tab);
        picture(&format!("{name}_loading"), &mut ui);
        match slot {
            Slot::Keys(scope) => ui.load(scope, Vec::new()),
            _ => ui.findings(Vec::new()),
        };
        picture(&format!("{name}_empty"), &mut ui);

        let mut ui = admin();
        ui.keys(tab).fail(slot, ErrorKind::LostAnswer);
        picture(&format!("{name}_failed"), &mut ui);
    }
    let mut ui = admin();
    ui.keys("5");
    picture("settings_loading", &mut ui);
    ui.fail(Slot::Settings, ErrorKind::Server);
    picture("settings_failed", &mut ui);
}

#[test]
fn full() {
    let mut ui = Ui::admin();
    for (name, tab, _) in LISTS {
        ui.keys(tab);
        picture(&format!("{name}_full"), &mut ui);
    }
    ui.keys("5").settings(Settings { expiry_days: Some(90), max_age_days: Some(180), ..Settings::default() });
    picture("settings_full", &mut ui);
}

#[test]
fn exposed_marked_watched_and_in_full() {
    let mut ui = Ui::admin();
    ui.keys("4<Space><Space>w");
    ui.app.message = None;
    picture("exposed_marked_and_watched", &mut ui);
    ui.keys("x");
    picture("exposed_review", &mut ui);
    ui.keys("<Esc>p");
    picture("exposed_resolve_two", &mut ui);
    ui.keys("<Esc>gg<Enter>");
    picture("exposed_finding_loading", &mut ui);
    let place = |n: usize| Location {
        url: format!("https://git.example/acme/infra/blob/main/{n}/.env").as_str().into(),
        within: "line 14".into(),
        resource: "file".into(),
        occurrences: Some(2),
        gone: n == 1,
        detected: When::from_wire("2026-11-20T08:00:00Z"),
        leaked_by: None,
    };
    let history =
        Resolved { at: When::from_wire("2026-11-20T09:00:00Z"), by: None, resolution: Resolution::AcceptedRisk };
    let page = Locations {
        places: vec![place(1), place(2)],
        total: Some(120),
        next: Some("c".to_owned()),
        history: vec![history],
    };
    ui.answer(Slot::Locations, Answer::Locations(Box::new(page)));
    ui.answer(Slot::Trail, Answer::Trail(trail("k2"), false));
    picture("exposed_finding", &mut ui);
    ui.keys("<Esc>");
    let foreign = Finding { secret_type: "GitHub Personal Access Token".into(), ..findings().remove(1) };
    ui.keys("\\<ctrl-r>").findings(vec![foreign]).keys("x");
    picture("exposed_foreign", &mut ui);
}

#[test]
fn filtered_out() {
    let mut ui = Ui::admin();
    for (name, tab, _) in LISTS {
        ui.keys(tab).keys("/nobody idle:>900d<Enter>");
        picture(&format!("{name}_filtered_out"), &mut ui);
    }
    ui.keys("3<Esc>f<Space>j<Space>j<Space><Esc>");
    picture("team_no_state_shown", &mut ui);
}

#[test]
fn a_member_sees_why_and_a_backend_without_them_too() {
    let mut ui = Ui::new((80, 24));
    ui.me(me(Role::User)).load(Scope::Mine, my_keys()).load(Scope::Collections, collection_keys());
    for (name, tab) in [("team", "3"), ("exposed", "4")] {
        ui.keys(tab);
        picture(&format!("{name}_denied_to_a_member"), &mut ui);
    }
    let why = "Postman's API cannot list keys: see them at https://go.postman.example/settings/me/api-keys";
    let capabilities = [Capability::OwnKeys, Capability::CollectionKeys, Capability::TeamKeys, Capability::Findings]
        .into_iter()
        .fold(Capabilities::all().without(Capability::Settings, why), |all, missing| all.without(missing, why));
    let mut ui = Ui::on(Session { capabilities, ..session() }, (80, 24));
    ui.me(me(Role::Admin));
    for (name, tab) in [("mine", "1"), ("collections", "2"), ("settings", "5")] {
        ui.keys(tab);
        picture(&format!("{name}_not_supported"), &mut ui);
    }
    let mut ui = admin();
    ui.keys("3").fail(Slot::Keys(Scope::Team), ErrorKind::Denied);
    picture("team_denied_by_the_server", &mut ui);
}

#[test]
fn half_loaded_stale_and_offline() {
    let mut ui = admin();
    ui.keys("3").page(Scope::Team, many(3000));
    picture("team_half_loaded", &mut ui);
    let mut ui = Ui::team();
    ui.keys("<ctrl-r>").fail(Slot::Keys(Scope::Team), ErrorKind::Unreachable);
    picture("team_stale", &mut ui);
    ui.keys("j");
    picture("team_stale_later", &mut ui);
    let mut ui = Ui::team();
    ui.keys("<ctrl-r>").happen(Event::Calling(call(1, "/api-keys", None))).wait(Duration::from_secs(12));
    picture("team_no_answer", &mut ui);
}

#[test]
fn marks_range_filter_and_production() {
    let mut ui = Ui::loaded(Session { production: true, profile: "acme-prod".into(), ..session() }, (80, 24));
    ui.keys("3<Space>j<Space>vjj");
    picture("team_marks_and_range", &mut ui);
    ui.keys("<Space>/owner:ana");
    picture("team_filter_box", &mut ui);
    ui.keys(" idel:>9d");
    picture("team_filter_wrong", &mut ui);
    ui.keys("<ctrl-u>kdk_abc");
    picture("team_filter_masked", &mut ui);
    ui.keys("<Esc>S");
    picture("team_only_marked", &mut ui);
    let mut ui = Ui::loaded(Session { read_only: true, ..session() }, (80, 24));
    ui.keys("3x");
    picture("team_read_only", &mut ui);
}

#[test]
fn marks_whose_key_is_gone() {
    let mut ui = Ui::team();
    ui.keys("a").refresh_team(team_keys().split_off(2)).findings(findings());
    picture("team_marks_gone", &mut ui);
}

#[test]
fn whose_a_pasted_value_is() {
    let value = Secret::new(format!("kdk_{}1Ir0du", "0123456789ABCDEFGHIJKLMNOPQRST"));
    let print = fingerprint(value.expose());
    let answer = |key: Option<Key>| Answer::Lookup(vec![(print.clone(), key.map(Box::new))]);
    let mut ui = Ui::admin();
    ui.paste(&format!("GET /x Authorization: Bearer {} 200", value.expose()));
    picture("value_asked", &mut ui);
    ui.answer(Slot::Lookup, answer(Some(team_keys().swap_remove(6))));
    picture("value_elsewhere", &mut ui);
    ui.keys("<Enter>");
    picture("value_gone_to", &mut ui);
    ui.keys("<Esc>/").paste(value.expose()).answer(Slot::Lookup, answer(None));
    picture("value_of_nobody", &mut ui);
    ui.keys("<Esc>:").paste(value.expose());
    picture("value_in_the_palette", &mut ui);
}
