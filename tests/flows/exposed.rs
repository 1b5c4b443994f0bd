//! Exposed Keys: what is urgent comes first; `x` and `d` on the keys behind, `L` there and back, `w` the watch, Enter the
//! places.

use std::time::Duration;

use keydeck::client::capabilities::{Capabilities, Capability};
use keydeck::client::error::ErrorKind;
use keydeck::domain::bulk::{Outcome, Progress, Target};
use keydeck::domain::deed::Deed;
use keydeck::domain::exposed::{Retried, Settled, Unresolved};
use keydeck::domain::finding::{Finding, Resolution};
use keydeck::domain::key::{Key, Status};
use keydeck::domain::key_value::KeyKind;
use keydeck::domain::listing::{RateLimit, Scope};
use keydeck::domain::location::{Location, Locations, Resolved};
use keydeck::domain::team::Role;
use keydeck::domain::time::When;
use keydeck::tui::app::exposed::EVERY;
use keydeck::tui::effect::{Effect, Order, Write};
use keydeck::tui::event::{Answer, Event, Slot};
use keydeck::tui::session::Session;
use keydeck::tui::ticket::Ticket;

use crate::ui::{Ui, call, findings, id, me, now, session, team_keys};

fn exposed() -> Ui {
    let mut ui = Ui::admin();
    ui.keys("4g").keys("g").take();
    ui
}

/// Exposed Keys with these findings.
fn with(found: Vec<Finding>) -> Ui {
    let mut ui = exposed();
    ui.keys("<ctrl-r>").findings(found).keys("g").keys("g").take();
    ui
}

/// The screen's words, whatever lines they stand on.
fn words(ui: &Ui) -> String {
    ui.screen().replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn shown(ui: &Ui) -> Vec<String> {
    ui.app.exposed.table.rows(0..usize::MAX).map(|finding| finding.id.to_string()).collect()
}

fn resolution(ui: &Ui, finding: &str) -> Resolution {
    ui.app.exposed.table.get(&id(finding)).unwrap().resolution.clone()
}

/// The change that was asked for.
#[track_caller]
fn order(ui: &mut Ui) -> (Ticket, Order) {
    let effects = ui.take();
    let found = effects.into_iter().find_map(|effect| match effect {
        Effect::Write(_, Write::Bulk(ticket, order)) => Some((ticket, *order)),
        _ => None,
    });
    found.expect("nothing is sent")
}

#[test]
fn what_is_accepted_and_used_since_comes_first_then_what_is_accepted_then_the_rest() {
    let live = |id: &str, used: &str, detected: &str| Finding {
        last_used: When::from_wire(used),
        detected: When::from_wire(detected),
        ..Finding { id: id.into(), ..findings().remove(0) }
    };
    let ui = with(vec![
        live("unused", "2026-11-01T00:00:00Z", "2026-11-20T00:00:00Z"),
        Finding { id: id("resolved"), resolution: Resolution::AcceptedRisk, ..findings().remove(0) },
        live("used, older", "2026-11-21T00:00:00Z", "2026-11-10T00:00:00Z"),
        Finding { id: id("dead"), key_status: Some(Status::Revoked), ..findings().remove(0) },
        live("used", "2026-11-21T00:00:00Z", "2026-11-20T00:00:00Z"),
        Finding { id: id("foreign"), key_id: None, key_status: None, ..findings().remove(0) },
    ]);
    assert_eq!(shown(&ui), ["used", "used, older", "unused", "dead", "foreign", "resolved"]);
    assert!(ui.screen().contains("Exposed ! 3"), "the badge counts what is open and accepted\n{}", ui.screen());
}

#[test]
fn detected_and_idle_filter_and_every_column_sorts() {
    let mut ui = exposed();
    for (query, found) in [
        ("detected:>60h", "f4 f3"),
        ("detected:<60h", "f1 f2"),
        ("idle:<1d", "f1 f4"),
        ("exposed:yes status:enabled", "f1 f4"),
        ("source:gitlab", "f4"),
        ("config/local.yml", "f4"),
    ] {
        ui.keys("/").paste(query).keys("<Enter>");
        assert_eq!(shown(&ui).join(" "), found, "{query}");
        ui.keys("<Esc>");
    }
    for letter in ["e", "w", "u", "d", "l", "c", "o", "s", "t", "n", "r"] {
        ui.keys(&format!("s{letter}"));
        assert_eq!((shown(&ui).len(), ui.dialogs().len()), (4, 0), "{letter}");
    }
    ui.keys("se");
    assert_eq!(shown(&ui)[0], "f4", "exposed for longest");
}

#[test]
fn two_findings_of_one_key_are_one_key_and_both_are_resolved() {
    let mut ui = exposed();
    ui.keys("<Space><Space>");
    assert_eq!(ui.app.marks().marked, 2);
    ui.keys("x");
    assert_eq!(ui.dialogs(), ["review"]);
    let screen = words(&ui);
    for said in ["Revoke 1 key", "Resolves 2 findings", "gitlab, https://gitlab.example"] {
        assert!(screen.contains(said), "{said}\n{screen}");
    }
    assert_eq!(ui.asked_again, Some((vec!["k2".to_owned()], false)), "the key is read again");
    ui.later("002K<Enter>");
    let (ticket, sent) = order(&mut ui);
    let ids: Vec<&str> = sent.findings.iter().map(|finding| finding.id.as_str()).collect();
    assert_eq!((sent.deed, sent.keys.len(), ids), (Deed::Revoke, 1, vec!["f1", "f4"]));
    ui.outcome(ticket, "k2", Outcome::Revoked);
    for finding in ["f1", "f4"] {
        ui.happen(Event::Bulk(ticket, Progress::Settled(id(finding), Settled::Resolved)));
        assert_eq!(resolution(&ui, finding), Resolution::Revoked);
    }
    ui.happen(Event::BulkEnded(ticket));
    assert!(ui.screen().contains("2 findings resolved"), "{}", ui.screen());
    assert!(matches!(ui.take()[..], [Effect::Load(Slot::Findings, _)]));
    ui.later("<Enter>");
    assert_eq!((ui.message(), ui.app.marks().marked), ("1 key revoked", 0));
    assert_eq!(ui.app.team.table.get(&id("k2")).unwrap().status, Status::Revoked);
}

#[test]
fn all_open_findings_of_the_key_are_resolved_also_those_that_nobody_marked() {
    let mut ui = exposed();
    ui.keys("x");
    assert!(ui.screen().contains("Resolves 2 findings"), "{}", ui.screen());
    ui.keys("<Esc>");
    assert_eq!((ui.message(), ui.dialogs().len()), ("Nothing was revoked", 0));
}

#[test]
fn hidden_marks_ask_first() {
    let mut ui = exposed();
    ui.keys("<Space><Space>/source:github<Enter>x");
    assert_eq!(ui.dialogs(), ["choice"]);
    assert!(ui.screen().contains("of the marked findings are hidden"), "{}", ui.screen());
    ui.later("a");
    assert!(ui.screen().contains("Resolves 2 findings"), "{}", ui.screen());
}

#[test]
fn a_finding_that_stays_open_after_the_revoke_is_told_kept_and_tried_again() {
    let mut ui = exposed();
    ui.keys("x").later("002K<Enter>");
    let (ticket, _) = order(&mut ui);
    ui.outcome(ticket, "k2", Outcome::Revoked);
    ui.happen(Event::Bulk(ticket, Progress::Settled(id("f1"), Settled::Resolved)));
    ui.happen(Event::Bulk(ticket, Progress::Settled(id("f4"), Settled::StillOpen("503".into()))));
    ui.happen(Event::BulkEnded(ticket));
    assert!(words(&ui).contains("its key is revoked, the finding still open"), "{}", ui.screen());
    assert!(ui.take().contains(&Effect::ListUnresolved));
    ui.later("<Enter>");
    assert!(ui.message().starts_with("1 key revoked, and 1 finding is still open"), "{}", ui.message());
    let one = Unresolved {
        profile: "acme-staging".to_owned(),
        server: "https://keys.acme.example".to_owned(),
        at: findings().pop().unwrap().address(),
        key: Target { id: id("k2"), kind: KeyKind::ApiKey },
        name: "postman-monitor".into(),
        url: "".into(),
        since: now(),
        trouble: Some("503".into()),
    };
    let retried = |ui: &mut Ui| {
        let effects = ui.take();
        effects.iter().filter(|effect| matches!(effect, Effect::Write(_, Write::RetryUnresolved))).count()
    };
    ui.happen(Event::UnresolvedListed(vec![one.clone()], Vec::new()));
    assert_eq!(retried(&mut ui), 0, "the findings are being read: then");
    let mut there = findings();
    there[0].resolution = Resolution::Revoked;
    ui.findings(there);
    assert_eq!(retried(&mut ui), 1);
    ui.happen(Event::UnresolvedRetried(vec![(one.clone(), Retried::StillOpen("503 again".into()))]));
    assert!(ui.message().contains("still open although their key is revoked"), "{}", ui.message());
    ui.keys("<ctrl-r>").findings(findings());
    assert_eq!(retried(&mut ui), 1, "with the next refresh");
    ui.happen(Event::UnresolvedRetried(vec![(one, Retried::Resolved)]));
    assert!(ui.message().starts_with("1 finding was resolved"), "{}", ui.message());
    assert_eq!(resolution(&ui, "f4"), Resolution::Revoked);
    ui.keys("<ctrl-r>").findings(findings());
    assert_eq!(retried(&mut ui), 0);
}

#[test]
fn what_stands_on_disk_at_the_start_is_tried_once_the_findings_are_read_and_never_on_a_read_only_profile() {
    for (read_only, tries) in [(false, 1), (true, 0)] {
        let mut ui = Ui::on(Session { read_only, ..session() }, (80, 24));
        assert!(ui.take().contains(&Effect::ListUnresolved));
        let one = Unresolved {
            profile: String::new(),
            server: String::new(),
            at: findings()[0].address(),
            key: Target { id: id("k2"), kind: KeyKind::ApiKey },
            name: "".into(),
            url: "".into(),
            since: now(),
            trouble: None,
        };
        ui.happen(Event::UnresolvedListed(vec![one], Vec::new()));
        ui.me(me(Role::Admin)).take();
        ui.findings(findings());
        let effects = ui.take();
        let retried = effects.iter().filter(|effect| matches!(effect, Effect::Write(_, Write::RetryUnresolved)));
        assert_eq!(retried.count(), tries, "read-only: {read_only}");
    }
}

#[test]
fn d_disables_the_key_and_leaves_its_findings_open() {
    let mut ui = exposed();
    ui.keys("d");
    assert!(ui.screen().contains("Disable 1 key") && !ui.screen().contains("Resolves"), "{}", ui.screen());
    // it was used in the last 24 hours
    ui.later("002K<Enter>");
    let (_, sent) = order(&mut ui);
    assert_eq!((sent.deed, sent.findings.len()), (Deed::Disable, 0));
    let disabled = Finding { key_status: Some(Status::Disabled), ..findings().remove(0) };
    let mut ui = with(vec![disabled]);
    let mut keys = team_keys();
    for key in keys.iter_mut().filter(|key| key.id.as_str() == "k2") {
        key.status = Status::Disabled;
    }
    ui.keys("3<ctrl-r>").load(Scope::Team, keys).keys("4d");
    assert_eq!((ui.message(), ui.dialogs().len()), ("The keys behind are disabled already", 0));
}

#[test]
fn another_makers_key_is_not_revoked_but_called_so_and_the_form_says_where_to_revoke_it() {
    let foreign = Finding { secret_type: "GitHub Personal Access Token".into(), ..findings().remove(1) };
    let mut ui = with(vec![foreign.clone()]);
    ui.keys("d");
    assert_eq!(ui.message(), "It is a key of GitHub: it is revoked at https://github.com/settings/tokens");
    ui.keys("x");
    assert_eq!(ui.dialogs(), ["form"]);
    assert!(words(&ui).contains("This revokes nothing: revoke it first at https://github.com"), "{}", ui.screen());
    ui.keys("<Enter>");
    let effects = ui.take();
    let [Effect::Write(_, Write::Resolve(_, sent))] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((sent[0].secret.as_str(), &sent[0].resolution), ("f2", &Resolution::Revoked));
    let mut both = with(vec![findings().remove(0), foreign]);
    both.keys("ax");
    let screen = words(&both);
    assert!(screen.contains("Revoke 1 key") && screen.contains("Left out: 1 key, of GitHub"), "{screen}");
}

#[test]
fn a_finding_whose_key_is_dead_is_only_called_so() {
    let mut ui =
        with(vec![Finding { key_id: Some(id("gone")), key_status: Some(Status::Revoked), ..findings().remove(0) }]);
    ui.keys("x");
    assert!(ui.screen().contains("its key is revoked"), "{}", ui.screen());
    ui.keys("<Enter>");
    assert!(matches!(&ui.take()[..], [Effect::Write(_, Write::Resolve(_, sent))] if sent.len() == 1));
}

#[test]
fn what_this_backend_cannot_says_why() {
    let without = |missing: &[Capability]| {
        let capabilities =
            missing.iter().fold(Capabilities::all(), |all, missing| all.without(*missing, "see the team's page"));
        let mut ui = Ui::loaded(Session { capabilities, ..session() }, (80, 24));
        ui.keys("4g").keys("g").take();
        ui
    };
    for (missing, keys) in [
        (vec![Capability::RevokeTeamKeys, Capability::ResolveFindings], "x"),
        (vec![Capability::RevokeTeamKeys], "x"),
        (vec![Capability::Disable], "d"),
        (vec![Capability::ResolveFindings], "p"),
    ] {
        let mut ui = without(&missing);
        ui.keys(keys);
        assert_eq!((ui.message(), ui.dialogs().len()), ("see the team's page", 0), "{missing:?}");
    }
    let mut ui = without(&[Capability::Locations, Capability::AuditLog]);
    ui.keys("<Enter>");
    assert!(ui.screen().contains("not told by this backend"), "{}", ui.screen());
}

#[test]
fn l_goes_to_the_key_and_back() {
    let mut ui = exposed();
    ui.keys("jL");
    assert_eq!((ui.cursor().as_str(), ui.message()), ("k2", ""));
    ui.keys("L");
    assert_eq!(ui.app.exposed.table.current().unwrap().id, id("f4"), "where one came from");
    ui.keys("3/nobody<Enter>4L");
    assert_eq!(ui.cursor(), "k2");
    assert!(ui.message().contains("shows everything again"), "{}", ui.message());
    ui.keys("jL");
    assert_eq!(ui.message(), "No finding names this key");
    ui.keys("kL");
    assert_eq!(ui.app.exposed.table.current().unwrap().id, id("f4"), "still where one came from");
    ui.keys("3L");
    assert_eq!(ui.app.exposed.table.current().unwrap().id, id("f1"), "else the most urgent one that names it");
    ui.keys("GL");
    assert_eq!(ui.message(), "This finding names no key");
    ui.keys("1L");
    assert!(ui.message().is_empty() || ui.app.keys().is_some(), "{}", ui.message());
}

#[test]
fn from_the_detail_too() {
    let mut ui = exposed();
    ui.keys("<Enter>L");
    assert_eq!((ui.dialogs().len(), ui.cursor().as_str()), (0, "k2"));
    ui.keys("L<Enter>x");
    assert_eq!(ui.dialogs(), ["review"]);
    ui.keys("<Esc><Enter>p");
    assert_eq!(ui.dialogs(), ["form"]);
}

fn places(count: usize, next: Option<&str>, gone: bool) -> Locations {
    let place = |n: usize| Location {
        url: format!("https://git.example/acme/{n}").as_str().into(),
        within: "line 14".into(),
        resource: "file".into(),
        gone,
        detected: When::from_wire("2026-11-20T08:00:00Z"),
        ..Location::default()
    };
    Locations {
        places: (0..count).map(place).collect(),
        total: Some(3),
        next: next.map(str::to_owned),
        history: vec![Resolved {
            at: When::from_wire("2026-11-20T09:00:00Z"),
            by: Some(me(Role::Admin).id),
            resolution: Resolution::AcceptedRisk,
        }],
    }
}

#[test]
fn the_detail_reads_places_and_trail_and_more_places_when_asked() {
    let mut ui = exposed();
    ui.happen(Event::Resize(120, 40)).keys("<Enter>");
    let asked = ui.take();
    assert!(
        matches!(&asked[..], [Effect::Locations(_, at, None), Effect::Trail(_, key)]
        if at.secret == id("f1") && at.workspace == "ws-payments" && *key == id("k2")),
        "{asked:?}"
    );
    assert!(ui.screen().contains("loading …"));
    ui.answer(Slot::Locations, Answer::Locations(Box::new(places(2, Some("c"), true))));
    let screen = ui.screen();
    for words in
        ["2 of 3", "https://git.example/acme/1", "gone from there, but not dead", "the risk is accepted, by user 1"]
    {
        assert!(screen.contains(words), "{words}\n{screen}");
    }
    ui.keys("m");
    assert!(matches!(&ui.take()[..], [Effect::Locations(_, _, Some(cursor))] if cursor == "c"));
    ui.keys("m");
    assert_eq!((ui.take().len(), ui.message()), (0, "Places are being read"));
    ui.answer(Slot::Locations, Answer::Locations(Box::new(places(1, None, false))));
    ui.keys("m");
    assert_eq!((ui.take().len(), ui.message()), (0, "There are no more places"));
    ui.keys("<Esc><Enter>").take();
    ui.keys("<Esc>");
    let cancelled: Vec<Effect> = ui.take();
    assert_eq!(cancelled, [Effect::Cancel(Slot::Trail), Effect::Cancel(Slot::Locations)]);
}

/// The looks that were asked for, and the times the bell rang.
fn looks(ui: &mut Ui) -> (usize, usize) {
    let effects = ui.take();
    let count = |wanted: fn(&Effect) -> bool| effects.iter().filter(|effect| wanted(effect)).count();
    (count(|effect| matches!(effect, Effect::Load(Slot::Watch, _))), count(|effect| *effect == Effect::Bell))
}

fn more() -> Vec<Finding> {
    let mut more = findings();
    more.insert(0, Finding { id: id("new"), secret_id: id("new"), ..findings().remove(0) });
    more
}

/// Lets time pass to the next look.
fn wait_for_a_look(ui: &mut Ui) {
    // the moment that was asked for may have been taken by the test
    ui.wait(EVERY + Duration::from_millis(1)).happen(Event::Wake);
}

#[test]
fn the_watch_rings_once_for_each_new_finding_and_never_for_what_was_there() {
    let mut ui = exposed();
    ui.keys("w");
    assert!(ui.message().starts_with("Watching"), "{}", ui.message());
    assert!(ui.screen().contains("watching"), "{}", ui.screen());
    for _ in 0..3 {
        wait_for_a_look(&mut ui);
        let loads: Vec<&Effect> = ui.effects.iter().filter(|effect| matches!(effect, Effect::Load(..))).collect();
        assert!(matches!(loads[..], [Effect::Load(Slot::Watch, _)]), "{loads:?}");
        ui.answer(Slot::Watch, Answer::Watched(findings()));
        assert_eq!(looks(&mut ui), (1, 0), "nothing is new");
    }
    ui.keys("/source:local<Enter>").take();
    wait_for_a_look(&mut ui);
    ui.answer(Slot::Watch, Answer::Watched(more()));
    assert_eq!(looks(&mut ui), (1, 1), "also of what the filter hides");
    assert!(ui.message().starts_with("New finding: postman-monitor"), "{}", ui.message());
    assert_eq!(ui.app.exposed.table.len(), 5);
    assert_eq!(ui.app.exposed.filter.kept, "source:local", "the filter stands");
    wait_for_a_look(&mut ui);
    ui.answer(Slot::Watch, Answer::Watched(more()));
    assert_eq!(looks(&mut ui), (1, 0), "once is enough");
    let mut resolved = more();
    resolved.insert(0, Finding { id: id("over"), resolution: Resolution::Revoked, ..findings().remove(0) });
    wait_for_a_look(&mut ui);
    ui.answer(Slot::Watch, Answer::Watched(resolved));
    assert_eq!(looks(&mut ui), (1, 0), "what is resolved as it comes alarms nobody");
    ui.keys("w");
    assert_eq!(ui.message(), "Not watching any more");
    wait_for_a_look(&mut ui);
    assert_eq!(looks(&mut ui), (0, 0));
}

#[test]
fn the_first_load_and_other_tabs() {
    let mut ui = Ui::new((80, 24));
    ui.me(me(Role::Admin)).keys("4w").findings(findings()).take();
    assert_eq!(looks(&mut ui), (0, 0));
    ui.load(Scope::Mine, Vec::new()).load(Scope::Collections, Vec::new()).load(Scope::Team, team_keys());
    ui.answer(Slot::Settings, Answer::Settings(Box::default())).answer(Slot::Users, Answer::Users(Vec::new()));
    ui.keys("3").take();
    wait_for_a_look(&mut ui);
    ui.answer(Slot::Watch, Answer::Watched(more()));
    assert_eq!(looks(&mut ui), (1, 1), "it goes on on other tabs");
    let mut again = more();
    again.insert(0, Finding { id: id("newer"), ..findings().remove(0) });
    ui.keys("4<ctrl-r>").findings(again);
    assert_eq!(looks(&mut ui).1, 1, "what a refresh brings is as new");
}

#[test]
fn a_look_that_finds_nothing_is_nothing_to_draw() {
    let mut ui = exposed();
    ui.keys("w").take();
    wait_for_a_look(&mut ui);
    let before = ui.screen();
    let begun = call(9, "/detected-secrets-queries", None);
    ui.happen(Event::Calling(begun));
    assert!(ui.app.was_quiet());
    ui.happen(Event::Called(call(9, "/detected-secrets-queries", Some(200))));
    assert!(ui.app.was_quiet());
    ui.happen(Event::Rate(RateLimit { limit: 300, remaining: 286, reset_seconds: 30, window_seconds: 60 }));
    assert!(ui.app.was_quiet());
    ui.answer(Slot::Watch, Answer::Watched(findings()));
    assert!(ui.app.was_quiet());
    let same_as_of = |screen: &str| screen.lines().next().unwrap_or_default().split(" · ").nth(1).map(str::to_owned);
    assert_eq!(same_as_of(&ui.screen()), same_as_of(&before));
    ui.keys("j");
    assert!(!ui.app.was_quiet());
    wait_for_a_look(&mut ui);
    ui.answer(Slot::Watch, Answer::Watched(more()));
    assert!(!ui.app.was_quiet(), "what is new is to be seen");
}

#[test]
fn a_watch_that_cannot_look_says_so_once_and_goes_on() {
    let mut ui = exposed();
    ui.keys("w").take();
    wait_for_a_look(&mut ui);
    ui.fail(Slot::Watch, ErrorKind::Server);
    assert!(ui.message().starts_with("The watch could not look"), "{}", ui.message());
    ui.keys("j");
    wait_for_a_look(&mut ui);
    ui.fail(Slot::Watch, ErrorKind::Server);
    assert_eq!(ui.message(), "", "once");
    ui.take();
    wait_for_a_look(&mut ui);
    assert_eq!(looks(&mut ui).0, 1);
    ui.answer(Slot::Watch, Answer::Watched(more()));
    assert_eq!(looks(&mut ui).1, 1);
}

#[test]
fn a_collection_access_key_is_revoked_as_one() {
    let found = Finding {
        key_id: Some(id("c1")),
        key_kind: KeyKind::CollectionAccessKey,
        key_name: "Payments API".into(),
        obfuscated: "kdc_…77aB".into(),
        ..findings().remove(0)
    };
    let mut ui = with(vec![found]);
    ui.keys("x");
    assert!(ui.screen().contains("Delete 1 key"), "{}", ui.screen());
    ui.later("77aB<Enter>");
    let (_, sent) = order(&mut ui);
    assert_eq!(sent.keys.iter().map(|key: &Key| key.kind).collect::<Vec<_>>(), [KeyKind::CollectionAccessKey]);
    let mut ui =
        with(vec![Finding { key_id: Some(id("c1")), key_kind: KeyKind::CollectionAccessKey, ..findings().remove(0) }]);
    ui.keys("L");
    assert_eq!(ui.cursor(), "c1");
    ui.keys("L");
    assert_eq!(ui.app.exposed.table.current().unwrap().key_id, Some(id("c1")));
}
