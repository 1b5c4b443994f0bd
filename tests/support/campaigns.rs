//! Campaigns in every state, for the console.

#![allow(dead_code, reason = "each test binary uses its own part")]

use chrono::TimeDelta;
use keydeck::domain::campaign::{Campaign, CampaignId, Entry, Event, Newcomer, Opened, Standing, Stopped, Subject};
use keydeck::domain::ids::UserId;
use keydeck::domain::key::Key;
use keydeck::domain::rotation::RotationId;
use keydeck::domain::team::UserKind;
use keydeck::domain::time::Time;
use keydeck::domain::untrusted::Untrusted;
use keydeck::tui::event::{Answer, CampaignLook, CampaignsRead};

use crate::ui::now;

const OWNERS: [&str; 6] = ["gateway", "Olivia Chen", "Ana Silva", "Ben Okafor", "Chloé Martin", "Dai Nakamura"];

fn subject(number: i64) -> Subject {
    let owner = usize::try_from(number % 6).unwrap();
    let key = Key {
        owner_id: UserId(number % 6 + 1),
        owner: OWNERS[owner].into(),
        owner_kind: if owner == 0 { UserKind::Service } else { UserKind::Person },
        name: format!("app-{number}").as_str().into(),
        masked: "kdk_…9fQ2".into(),
        value_created: (now() - TimeDelta::days(190)).into(),
        ..Key::sample(&format!("k{number}"))
    };
    Subject::of(&key)
}

fn opened(name: &str, by: Time, keys: i64) -> Opened {
    Opened {
        name: name.into(),
        filter: "age:>150d".to_owned(),
        by,
        wave: 10,
        profile: "acme".to_owned(),
        production: false,
        address: "https://keys.acme.example".to_owned(),
        user: UserId(2),
        user_name: "Olivia Chen".into(),
        started_by: "olivia".into(),
        team: true,
        keys: (0..keys).map(subject).collect(),
    }
}

fn campaign(id: &str, opened: Opened, events: Vec<Event>) -> Campaign {
    let started = now() - TimeDelta::days(3);
    let mut campaign = Campaign::new(CampaignId(id.to_owned()), opened, started);
    for event in events {
        campaign.apply(Entry { at: now() - TimeDelta::minutes(5), event });
    }
    campaign
}

/// A campaign of 24 keys of six owners that stand in every way.
pub fn under_way() -> Campaign {
    let standing = |number: usize| match number % 8 {
        0 | 1 => Standing::Rotated { to: Some("n".into()), says: "n took its place; the old key was revoked".into() },
        2 => Standing::UnderWay {
            says: "both keys work until 2026-11-22 08:30:00 UTC (rotation 01KB2V3W4X5Y6Z7A8B9C0D1E2F)".into(),
            until: (now() + TimeDelta::days(1)).into(),
        },
        3 => Standing::Needs {
            says: "where its new value goes is not known: no places are saved for it, and no earlier rotation tells"
                .into(),
            run: Some(format!("keydeck rotate k{number} --sink PLACE")),
        },
        4 => Standing::NotBegun { ours: true },
        _ => Standing::NotBegun { ours: false },
    };
    let newcomers = vec![Newcomer { id: "late".into(), name: "app-late".into(), owner: "Ben Okafor".into() }];
    let looked = Event::Looked { changes: (0..24).map(|number| (number, standing(number))).collect(), newcomers };
    campaign("01KB2V3W4X5Y6Z7A8B9C0D1E2F", opened("June 2027", now() + TimeDelta::days(45), 24), vec![looked])
}

/// One that a failure stopped, and that is late.
pub fn stopped() -> Campaign {
    let why: Untrusted = "the check other-value of place 1 fails: it holds something else than the old key".into();
    let events = vec![
        Event::Looked {
            changes: vec![(0, Standing::NotBegun { ours: true }), (1, Standing::Ended { says: "revoked".into() })],
            newcomers: Vec::new(),
        },
        Event::Begins { key: 0, rotation: RotationId("01KB2V3W4X5Y6Z7A8B9C0D1E2G".to_owned()) },
        Event::Stands {
            key: 0,
            standing: Standing::Needs { says: why.clone(), run: Some("keydeck rotate k0 --dry-run".to_owned()) },
            nothing_made: true,
        },
        Event::Stopped(Stopped { key: 0, why }),
    ];
    campaign("01KA2V3W4X5Y6Z7A8B9C0D1E2F", opened("May", now() - TimeDelta::days(2), 3), events)
}

/// These campaigns, of which the first was held against the server so.
pub fn read(campaigns: Vec<Campaign>, look: CampaignLook) -> Answer {
    let look = campaigns.first().map(|first| (first.id.clone(), look));
    Answer::Campaigns(Box::new(CampaignsRead { campaigns, unreadable: Vec::new(), look }))
}

/// Both of them.
pub fn two() -> Answer {
    read(vec![under_way(), stopped()], CampaignLook::Seen)
}
