//! Every form in which campaigns were ever kept is read.
//!
//! A fixture is a record as the program of its time wrote it, with an event of every kind. A new form gets a fixture of its
//! own: `KEYDECK_WRITE_FORM=tests/campaign_forms/form-N.jsonl cargo test --test campaign_forms` writes one with the program
//! as it is now.

#![expect(clippy::unwrap_used, reason = "helpers of tests; clippy knows only the test functions themselves")]

use std::collections::BTreeSet;

use keydeck::domain::campaign::{
    Campaign, CampaignId, Entry, Event, Newcomer, Opened, Standing, State, Stopped, Subject,
};
use keydeck::domain::ids::UserId;
use keydeck::domain::key::Key;
use keydeck::domain::rotation::RotationId;
use keydeck::domain::time::{Time, When};
use keydeck::local::campaigns::Campaigns;

/// The forms, the oldest first.
const FORMS: &[&str] = &[include_str!("campaign_forms/form-1.jsonl")];
const ID: &str = "01KB2V3W4X5Y6Z7A8B9C0D1E2F";

fn at(seconds: i64) -> Time {
    When::from_wire("2027-06-01T03:02:10.000Z").time().unwrap() + chrono::TimeDelta::seconds(seconds)
}

fn subject(id: &str, owner: i64) -> Subject {
    let key = Key {
        owner_id: UserId(owner),
        owner: "Ana Silva".into(),
        masked: "kdk_…9fQ2".into(),
        value_created: at(-86_400).into(),
        ..Key::sample(id)
    };
    Subject::of(&key)
}

/// An event of every kind, with every state that they have.
fn events() -> Vec<Event> {
    let opened = Opened {
        name: "June 2027".into(),
        filter: "age:>150d".to_owned(),
        by: at(86_400 * 30),
        wave: 5,
        profile: "acme-prod".to_owned(),
        production: true,
        address: "https://keys.acme.example".to_owned(),
        user: UserId(7),
        user_name: "Olivia Chen".into(),
        started_by: "olivia (uid 1000) on bastion".into(),
        team: true,
        keys: (0..6).map(|number| subject(&format!("k{number}"), number)).collect(),
    };
    let newcomer = Newcomer { id: "late".into(), name: "late".into(), owner: "Ben".into() };
    let needs = || Standing::Needs { says: "no places".into(), run: Some("keydeck rotate k4".to_owned()) };
    vec![
        Event::Opened(opened),
        Event::TakenUp { by: "olivia".into(), resumed: false },
        Event::Looked {
            changes: vec![
                (0, Standing::NotBegun { ours: true }),
                (1, Standing::UnderWay { says: "both work".into(), until: at(60).into() }),
                (2, Standing::Rotated { to: Some("n2".into()), says: "n2 took its place".into() }),
                (3, Standing::Ended { says: "revoked".into() }),
                (4, needs()),
            ],
            newcomers: vec![newcomer],
        },
        Event::WaveBegun { keys: vec![0] },
        Event::Begins { key: 0, rotation: RotationId("01KB2V3W4X5Y6Z7A8B9C0D1E2G".to_owned()) },
        Event::Stands { key: 0, standing: needs(), nothing_made: true },
        Event::Stopped(Stopped { key: 0, why: "a check fails".into() }),
        Event::TakenUp { by: "olivia".into(), resumed: true },
        Event::Closed { by: "olivia".into(), early: true },
    ]
}

fn entries() -> impl Iterator<Item = Entry> {
    (0..).zip(events()).map(|(second, event)| Entry { at: at(second), event })
}

/// The record as the program writes it now.
fn written() -> String {
    let lines = entries().map(|entry| serde_json::to_string(&entry).unwrap());
    let header = format!("{{\"keydeck\":\"campaign\",\"form\":1,\"id\":\"{ID}\"}}");
    std::iter::once(header).chain(lines).map(|line| line + "\n").collect()
}

async fn read(text: &str) -> Campaign {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("campaigns");
    std::fs::create_dir(&dir).unwrap();
    std::fs::write(dir.join(format!("{ID}.jsonl")), text).unwrap();
    Campaigns::of(folder.path()).read(&CampaignId(ID.to_owned())).await.unwrap()
}

#[tokio::test]
async fn every_form_is_read_and_means_what_it_meant() {
    if let Some(file) = std::env::var_os("KEYDECK_WRITE_FORM") {
        std::fs::write(file, written()).unwrap();
    }
    let meant = Campaign::of_entries(CampaignId(ID.to_owned()), entries()).unwrap();
    for form in FORMS {
        assert_eq!(read(form).await, meant);
    }
    let counts = State::ALL.map(|state| meant.count(state));
    assert_eq!((counts, meant.word()), ([1, 1, 1, 1, 2], "ended"));
}

#[test]
fn the_latest_form_is_the_one_that_is_written_with_an_event_of_every_kind() {
    assert_eq!(FORMS[FORMS.len() - 1], written());
    let kinds: BTreeSet<String> = written()
        .lines()
        .filter_map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["event"].as_str().map(str::to_owned)
        })
        .collect();
    assert_eq!(kinds.len(), 8, "{kinds:?}");
}

#[tokio::test]
async fn what_an_entry_lacks_has_a_default_and_what_it_has_more_is_survived() {
    let first = written().lines().nth(1).unwrap().to_owned();
    let mut opened: serde_json::Value = serde_json::from_str(&first).unwrap();
    for field in ["wave", "production", "user_name", "userName", "startedBy", "team"] {
        opened.as_object_mut().unwrap().remove(field);
    }
    opened["later"] = true.into();
    for key in opened["keys"].as_array_mut().unwrap() {
        *key = serde_json::json!({ "id": key["id"], "name": key["name"] });
    }
    let header = written().lines().next().unwrap().to_owned();
    let campaign = read(&format!("{header}\n{opened}\n")).await;
    assert_eq!((campaign.opened.wave, campaign.members.len()), (keydeck::domain::campaign::WAVE, 6));
}
