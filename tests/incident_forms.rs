//! Every form in which incidents were ever kept is read.
//!
//! A fixture is a record as the program of its time wrote it, with an event of every kind. A new form gets a fixture of its
//! own: `KEYDECK_WRITE_FORM=tests/incident_forms/form-N.jsonl cargo test --test incident_forms` writes one with the program
//! as it is now.

#![expect(clippy::unwrap_used, reason = "helpers of tests; clippy knows only the test functions themselves")]

use std::collections::BTreeSet;

use keydeck::domain::doubt::Doubt;
use keydeck::domain::finding::{Resolution, Source};
use keydeck::domain::ids::UserId;
use keydeck::domain::incident::{
    Answer, Attempt, Effect, Entry, Event, Facts, Given, Incident, IncidentId, Known, Later, Lead, Leftover, Measure,
    Opened, Relative, Request, Resolved, Spot, Standing, Tried, Trouble, Vendor, Why, Written,
};
use keydeck::domain::key::{Key, RefusedUses};
use keydeck::domain::time::{Time, When};
use keydeck::local::incidents::Incidents;

/// The forms, the oldest first.
const FORMS: &[&str] = &[include_str!("incident_forms/form-1.jsonl")];
/// What form 2 has more than the one before.
const BY_HAND: &str = include_str!("incident_forms/form-2.jsonl");
const ID: &str = "01KB2V3W4X5Y6Z7A8B9C0D1E2F";

fn at(seconds: i64) -> Time {
    When::from_wire("2026-11-27T03:02:10.000Z").time().unwrap() + chrono::TimeDelta::seconds(seconds)
}

fn opened() -> Opened {
    Opened {
        profile: "acme-prod".to_owned(),
        production: true,
        address: "https://keys.acme.example".to_owned(),
        user: UserId(7),
        user_name: "Olivia Chen".into(),
        admin: true,
        own_key: Some("own".into()),
        by: "olivia (uid 1000) on bastion".into(),
        bundle: "/srv/incident-20261127T030210Z".into(),
        asking_is_use: true,
        page: None,
    }
}

fn facts(id: &str) -> Facts {
    let mut facts = Facts::of(&Key::sample(id), Some("ab"), None, UserId(7));
    facts.spots = vec![Spot {
        finding: "f".into(),
        secret: "s".into(),
        workspace: "github".into(),
        source: Some(Source::GitHub),
        url: "https://github.com/acme/site".into(),
        detected: at(-60).into(),
        occurrences: 2,
        resolution: Resolution::Active,
    }];
    facts.minted = Some(vec![Relative { id: "m".into(), name: "made".into(), status: None }]);
    facts.rotated_from = Some(Relative { id: "r".into(), name: "".into(), status: None });
    facts
}

/// An event of every kind, with every word that they have.
#[expect(clippy::too_many_lines, reason = "one of each event")]
fn events() -> Vec<Event> {
    let vendor =
        Vendor { name: "GitHub".to_owned(), revoke_at: "https://github.com".to_owned(), how: "Settings".to_owned() };
    let given = |fingerprint: &str, own_form| Given {
        fingerprint: Some(fingerprint.to_owned()),
        masked: "kdk_…9fQ2".into(),
        form: "keydeck API Key".to_owned(),
        own_form,
        vendor: (!own_form).then(|| vendor.clone()),
        times: 2,
        line: Some(3),
    };
    let rest = Leftover {
        what: "a part".to_owned(),
        hint: "give all".to_owned(),
        line: Some(1),
        vendor: Some(vendor.clone()),
    };
    let attempt = |tried| Attempt { at: at(1), tried };
    let why = || "why".into();
    let lead = |why: Why| Lead {
        facts: Box::new(facts("lead")),
        why,
        masked: "kdk_…0aLe".into(),
        fingerprint: None,
        form: "keydeck API Key".to_owned(),
    };
    let mut events = vec![
        Event::Opened(opened()),
        Event::Pasted { values: ["a", "b", "c", "d"].map(|name| given(name, name != "d")).to_vec(), rest: vec![rest] },
        Event::Seen {
            known: vec![
                (0, Known::Ours(Box::new(facts("k")))),
                (1, Known::NoKey),
                (2, Known::NotKnown(why())),
                (3, Known::Foreign),
                (9, Known::NotAsked),
            ],
        },
        Event::Probed {
            subject: 0,
            attempt: attempt(Tried::Accepted { user: Some("Ana".into()), key: Some("k".into()) }),
        },
    ];
    for doubt in [
        Doubt::AnythingAccepted,
        Doubt::MadeUpOtherwise(why()),
        Doubt::AnswerUnknown(why()),
        Doubt::Mixed(why()),
        Doubt::TwoUsers,
        Doubt::Unanswered(why()),
        Doubt::NoRandom,
        Doubt::NotAsked,
        Doubt::OwnKeyRefused,
        Doubt::OwnKeyUnanswered(why()),
        Doubt::OwnKeyIsIt,
    ] {
        events.push(Event::Probed { subject: 1, attempt: attempt(Tried::Doubtful(doubt)) });
    }
    for measure in
        [Measure::Freeze, Measure::Replace { by: at(3600) }, Measure::SelfDelete, Measure::Leave, Measure::Revoke]
    {
        events.push(Event::Decided { subject: 0, measure });
    }
    events.push(Event::Sending { subjects: vec![0] });
    for answer in [
        Answer::Denied(why()),
        Answer::Failed(why()),
        Answer::Unknown(why()),
        Answer::AlreadyRevoked,
        Answer::Disabled,
        Answer::AlreadyDisabled,
        Answer::Deleted,
        Answer::Dated,
        Answer::Gone,
        Answer::Revoked,
    ] {
        events.push(Event::Answered { subject: 0, answer });
    }
    let whys = [
        Why::MintedWith("k".into()),
        Why::Rotated("k".into()),
        Why::SameOwnerExposed,
        Why::SameOwner,
        Why::OwnersCollection,
    ];
    events.extend([
        Event::Troubled(Trouble { effect: Effect::Probe(1), why: why() }),
        Event::Again,
        Event::GaveUp { subject: 0 },
        Event::TakenUp { by: "noah on bastion".into(), bundle: Some("/srv/elsewhere".into()) },
        Event::Given { subjects: vec![0] },
        Event::ProvesAgain { subject: 0 },
        Event::Attempted { subject: 0, attempt: Attempt { at: at(60), tried: Tried::Refused } },
        Event::Watched {
            subject: 0,
            later: Later {
                last_used: at(0).into(),
                last_used_from: Some("192.0.2.9".into()),
                refused_uses: RefusedUses { count: 3, last_at: at(50).into(), last_from: Some("192.0.2.9".into()) },
            },
        },
        Event::Resolved { findings: vec![Resolved { finding: "f".into(), place: "github".into(), not: Some(why()) }] },
        Event::Hunted { leads: whys.map(lead).to_vec() },
        Event::Followed { leads: vec![0], measure: Measure::Revoke },
        Event::LeadsLeft,
        Event::Called(Request {
            at: at(2),
            method: "POST".to_owned(),
            path: "/api-key-revocations".into(),
            status: Some(200),
            request_id: Some("r-1".into()),
            took_ms: 12,
            problem: None,
        }),
        Event::AsItStands,
        Event::Written(Written { at: at(70), folder: "/srv/elsewhere".into(), searched_for: 1, sums: "cd".to_owned() }),
        Event::Closed,
    ]);
    events
}

fn incident() -> Incident {
    let entries = (0..).zip(events()).map(|(second, event)| Entry { at: at(second), event });
    Incident::of_entries(IncidentId(ID.to_owned()), entries).unwrap()
}

/// The record as the program writes it now.
fn written() -> String {
    let entries = (0..).zip(events()).map(|(second, event)| Entry { at: at(second), event });
    let lines = entries.map(|entry| serde_json::to_string(&entry).unwrap());
    let header = format!("{{\"keydeck\":\"incident\",\"form\":2,\"id\":\"{ID}\"}}");
    std::iter::once(header).chain(lines).map(|line| line + "\n").collect()
}

#[tokio::test]
async fn every_form_is_read_and_means_what_it_meant() {
    if let Some(file) = std::env::var_os("KEYDECK_WRITE_FORM") {
        std::fs::write(file, written()).unwrap();
    }
    for form in FORMS {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("incidents");
        std::fs::create_dir(&dir).unwrap();
        std::fs::write(dir.join(format!("{ID}.over.jsonl")), form).unwrap();
        let read = Incidents::of(folder.path()).read(&IncidentId(ID.to_owned())).await.unwrap();
        assert_eq!(read.subjects.len(), 5);
        assert!(matches!(read.subjects[0].standing(at(80)), Standing::Proven { .. }));
        assert_eq!(read.summary(at(80)), incident().summary(at(80)));
        assert_eq!((read.entries.len(), read.requests.len()), (incident().entries.len(), 1));
        assert_eq!(read, Incident { subjects: read.subjects.clone(), ..incident() });
    }
}

/// What a person revoked on a page that no call reaches: asserted by their word, proven by what was tried.
fn by_hand() -> String {
    let given = Given {
        fingerprint: Some("ab".to_owned()),
        masked: "PMAK-…17aB".into(),
        form: "Postman API Key".to_owned(),
        own_form: true,
        vendor: None,
        times: 1,
        line: None,
    };
    let page = Some("Settings > API keys (https://go.postman.co/settings/me/api-keys)".to_owned());
    let attempt = |tried| Attempt { at: at(1), tried };
    let events = [
        Event::Opened(Opened { page, ..opened() }),
        Event::Pasted { values: vec![given], rest: Vec::new() },
        Event::Seen { known: vec![(0, Known::NotKnown("no call finds a key".into()))] },
        Event::Probed { subject: 0, attempt: attempt(Tried::Accepted { user: Some("Ana".into()), key: None }) },
        Event::Decided { subject: 0, measure: Measure::Revoke },
        Event::Answered { subject: 0, answer: Answer::RevokedByHand },
        Event::Attempted { subject: 0, attempt: Attempt { at: at(60), tried: Tried::Refused } },
    ];
    let entries = (0..).zip(events).map(|(second, event)| Entry { at: at(second), event });
    let lines = entries.map(|entry| serde_json::to_string(&entry).unwrap());
    let header = format!("{{\"keydeck\":\"incident\",\"form\":2,\"id\":\"{ID}\"}}");
    std::iter::once(header).chain(lines).map(|line| line + "\n").collect()
}

#[tokio::test]
async fn what_a_person_revoked_is_read_as_such() {
    assert_eq!(by_hand(), BY_HAND, "the latest form is the one that is written");
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("incidents");
    std::fs::create_dir(&dir).unwrap();
    std::fs::write(dir.join(format!("{ID}.jsonl")), BY_HAND).unwrap();
    let read = Incidents::of(folder.path()).read(&IncidentId(ID.to_owned())).await.unwrap();
    assert!(read.subjects[0].by_hand && read.opened.page.is_some());
    assert!(matches!(read.subjects[0].standing(at(80)), Standing::Proven { asserted: Some(_), .. }));
}

#[test]
fn the_fixture_of_the_present_form_has_an_event_of_every_kind() {
    let kinds = |text: &str| -> BTreeSet<String> {
        let kind = |line: &str| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            line["event"]["is"].as_str().map(str::to_owned)
        };
        text.lines().filter_map(kind).collect()
    };
    assert_eq!(kinds(FORMS[FORMS.len() - 1]), kinds(&written()));
    assert_eq!(kinds(&written()).len(), 23);
}

#[tokio::test]
async fn a_newer_form_is_left_as_it_is_and_holds_up_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("incidents");
    std::fs::create_dir(&dir).unwrap();
    let other = ID.replace("01KB", "01KC");
    let written: String = written().split_inclusive('\n').filter(|line| !line.contains("\"closed\"")).collect();
    std::fs::write(dir.join(format!("{ID}.jsonl")), written.replacen("\"form\":2", "\"form\":3", 1)).unwrap();
    std::fs::write(dir.join(format!("{other}.jsonl")), written.replace(ID, &other)).unwrap();
    let listing = Incidents::of(folder.path()).open(at(80)).await.unwrap();
    assert_eq!((listing.incidents.len(), listing.unreadable.len()), (1, 1));
    assert!(listing.unreadable[0].to_string().contains("a newer keydeck wrote it"), "{}", listing.unreadable[0]);
    let error = Incidents::of(folder.path()).take_up(&IncidentId(ID.to_owned()), at(80)).await.unwrap_err();
    assert!(error.to_string().contains("a newer keydeck wrote it"), "{error}");
}
