//! Believable rows: a small team, its keys in every state, findings, settings.

use chrono::TimeDelta;
use keydeck::domain::audit::{AuditEntry, AuditPerson, Fact};
use keydeck::domain::call::Call;
use keydeck::domain::finding::{Finding, Resolution, Source};
use keydeck::domain::ids::{KeyId, UserId};
use keydeck::domain::key::{DisabledReason, Key, Revocation, Status};
use keydeck::domain::key_value::{KeyKind, mint};
use keydeck::domain::secret::Secret;
use keydeck::domain::team::{Me, Role, UserKind};
use keydeck::domain::time::When;

use super::now;

/// Olivia, user 1, whose console uses the key `own`.
pub fn me(role: Role) -> Me {
    Me {
        id: UserId(1),
        name: "Olivia Chen".into(),
        email: "olivia@acme.example".into(),
        team: "Acme Payments".into(),
        roles: vec![role],
        own_key: Some("own".into()),
        own_key_expires: When::Never,
        own_access: keydeck::domain::key::Access::Full,
        roles_tell: true,
        guest: false,
        allowances: Vec::new(),
    }
}

/// A moment this long ago.
pub fn ago(time: TimeDelta) -> When {
    When::At(now() - time)
}

/// A moment this far ahead.
pub fn ahead(time: TimeDelta) -> When {
    When::At(now() + time)
}

/// An enabled API key: id, name, owner's number and name, days since it was made, hours since it was last used.
pub fn key(id: &str, name: &str, owner: (i64, &str), made: i64, used: Option<i64>) -> Key {
    let created = ago(TimeDelta::days(made));
    Key {
        name: name.into(),
        masked: format!("kdk_…{:0>4}", id.chars().rev().take(4).collect::<String>().to_uppercase()).into(),
        owner_id: UserId(owner.0),
        owner: owner.1.into(),
        owner_email: format!("{}@acme.example", owner.1.split(' ').next().unwrap().to_lowercase()).into(),
        created: created.clone(),
        value_created: created,
        last_used: used.map_or(When::Never, |hours| ago(TimeDelta::hours(hours))),
        ..Key::sample(id)
    }
}

const OLIVIA: (i64, &str) = (1, "Olivia Chen");
const ANA: (i64, &str) = (2, "Ana Souza");
const BEN: (i64, &str) = (3, "Ben Okafor");

/// Four keys of Olivia's; the newest is the one the console uses.
pub fn my_keys() -> Vec<Key> {
    vec![
        key("own", "console-olivia", OLIVIA, 2, Some(0)),
        Key {
            expires: ahead(TimeDelta::days(12)),
            contacts: vec!["ops@acme.example".into(), "olivia@acme.example".into()],
            last_used_from: Some("10.0.4.17".into()),
            rotated_from: Some("o0".into()),
            ..key("o1", "release-bot", OLIVIA, 40, Some(30))
        },
        key("o2", "notebook", OLIVIA, 200, None),
        Key {
            status: Status::Disabled,
            disabled_reason: Some(DisabledReason::Owner),
            ..key("o3", "spike", OLIVIA, 300, Some(6_000))
        },
    ]
}

/// Eight keys of three people, from the newest: enabled, in use, exposed, disabled, expired, revoked.
pub fn team_keys() -> Vec<Key> {
    vec![
        my_keys().swap_remove(0),
        Key {
            expires: ahead(TimeDelta::days(12)),
            last_used_from: Some("10.0.4.17".into()),
            contacts: vec!["ops@acme.example".into()],
            ..key("k1", "ci-deploy", ANA, 10, Some(1))
        },
        Key { expires: ahead(TimeDelta::days(3)), ..key("k2", "postman-monitor", ANA, 20, Some(2)) },
        key("k3", "nightly-export", ANA, 30, Some(94 * 24)),
        Key {
            status: Status::Disabled,
            disabled_reason: Some(DisabledReason::Admin),
            ..key("k4", "billing-sync", BEN, 50, Some(900))
        },
        Key { expires: ago(TimeDelta::days(5)), ..key("k5", "old-jenkins", BEN, 60, Some(5_000)) },
        key("k6", "unused-poc", BEN, 70, None),
        Key {
            status: Status::Revoked,
            revoked: ago(TimeDelta::days(1)),
            revoked_by: Some(UserId(2)),
            revocation: Some(Revocation::Admin),
            ..key("k7", "temp-load-test", BEN, 80, None)
        },
    ]
}

/// Idle enabled keys `b1`…, the first the newest.
pub fn many(count: usize) -> Vec<Key> {
    (1..=count)
        .map(|at| {
            let owner = if at % 2 == 0 { ANA } else { BEN };
            key(&format!("b{at}"), &format!("batch-{at:03}"), owner, 100 + i64::try_from(at).unwrap(), None)
        })
        .collect()
}

/// Two collection access keys.
pub fn collection_keys() -> Vec<Key> {
    let collection = |id: &str, name: &str, days: i64| Key {
        kind: KeyKind::CollectionAccessKey,
        collection_id: Some("12345-0a1b2c3d-0000-4000-8000-0123456789ab".into()),
        expires: ahead(TimeDelta::days(days)),
        masked: "kdc_…77aB".into(),
        ..key(id, name, ANA, 20, Some(40))
    };
    vec![collection("c1", "Payments API", 20), collection("c2", "Ledger API", 50)]
}

/// Four findings: one on an enabled key, one open without a key, one resolved, and another one of the first key.
pub fn findings() -> Vec<Finding> {
    let finding = |id: &str, resolution| Finding {
        workspace_id: "ws-payments".into(),
        secret_type: "keydeck API key".into(),
        obfuscated: "kdk_…9fQ2".into(),
        source: Some(Source::GitHub),
        url: "https://git.example/acme/infra/blob/main/.env".into(),
        visibility: "public".into(),
        resolution,
        occurrences: 3,
        detected: ago(TimeDelta::days(2)),
        ..Finding::sample(id)
    };
    let of_monitor = |id: &str| Finding {
        key_id: Some("k2".into()),
        key_name: "postman-monitor".into(),
        key_status: Some(Status::Enabled),
        owner_id: Some(UserId(2)),
        owner: "Ana Souza".into(),
        last_used: ago(TimeDelta::hours(2)),
        ..finding(id, Resolution::Active)
    };
    vec![
        of_monitor("f1"),
        Finding { source: Some(Source::Workspace), ..finding("f2", Resolution::Active) },
        Finding { detected: ago(TimeDelta::days(30)), ..finding("f3", Resolution::FalsePositive) },
        Finding {
            source: Some(Source::GitLab),
            url: "https://gitlab.example/acme/etl/-/blob/main/config/local.yml#L3".into(),
            occurrences: 1,
            detected: ago(TimeDelta::days(3)),
            ..of_monitor("f4")
        },
    ]
}

/// A new key's value, never the same twice.
pub fn value() -> Secret {
    mint(KeyKind::ApiKey, getrandom::fill).unwrap()
}

/// An id.
pub fn id(id: &str) -> KeyId {
    id.into()
}

/// What was done to `key`, the latest first: it was made by Ana, renamed with a hostile name, and disabled by an admin.
pub fn trail(key: &str) -> Vec<AuditEntry> {
    let ana = || AuditPerson { id: UserId(2), name: "Ana Souza".into(), email: "ana@acme.example".into() };
    let text = |field: &str, text: &str| (field.into(), Fact::Text(text.into()));
    let entry = |number: i64, action: &str, hours| AuditEntry {
        number,
        at: ago(TimeDelta::hours(hours)),
        action: action.into(),
        message: "".into(),
        actor: Some(ana()),
        with_key: Some("k1".into()),
        user: Some(ana()),
        from: Some("10.0.4.17".into()),
        user_agent: Some("keydeck/0.1.0".into()),
        target: None,
        key: Some(key.into()),
        note: None,
        before: Vec::new(),
        after: Vec::new(),
        hash: None,
    };
    vec![
        AuditEntry { actor: None, with_key: None, from: None, user_agent: None, ..entry(9, "api_key.expire", 2) },
        AuditEntry {
            actor: Some(AuditPerson { id: UserId(1), name: "Olivia Chen".into(), email: "".into() }),
            note: Some("left the team".into()),
            before: vec![text("status", "enabled")],
            after: vec![text("status", "disabled"), text("disabledReason", "admin")],
            ..entry(8, "api_key.disable", 26)
        },
        AuditEntry {
            before: vec![text("name", "cd\u{202e}"), text("expiresAt", "2026-12-30T00:00:00.000Z")],
            after: vec![text("name", "ci"), text("expiresAt", "2026-12-03T08:30:00.000Z")],
            ..entry(5, "api_key.rename", 60)
        },
        AuditEntry {
            after: vec![("contacts".into(), Fact::List(vec![Fact::Text("ops@acme.example".into())]))],
            ..entry(2, "api_key.create", 240)
        },
    ]
}

/// A call of this session; one without a status found no server.
pub fn call(number: u32, path: &str, status: Option<u16>) -> Call {
    let problem = match status {
        Some(200..=299) => None,
        Some(status) => Some(format!("{status} forbiddenError: only an admin may")),
        None => Some("no connection: refused".to_owned()),
    };
    Call {
        number: number.into(),
        at: now() - TimeDelta::seconds(100) + TimeDelta::seconds(i64::from(number)),
        method: "GET",
        path: path.into(),
        parameters: if path == "/me" { Vec::new() } else { vec!["scope", "limit"] },
        status,
        problem: problem.map(Into::into),
        request_id: status.map(|_| format!("req-{number}").into()),
        took: std::time::Duration::from_millis(u64::from(number) * 7),
    }
}

/// A team as large as one has: 120 keys of six people, one of whom left, and of a service; of every age and use, with
/// days on which several expire.
pub fn varied_team() -> Vec<Key> {
    const PEOPLE: [(i64, &str); 6] =
        [ANA, BEN, (4, "Chidi Eze"), (5, "Dagny Holm"), (6, "deploy-service"), (7, "Emre Kaya")];
    const AGES: [i64; 10] = [3, 12, 45, 80, 120, 200, 260, 400, 700, 900];
    const USES: [Option<i64>; 8] =
        [Some(1), Some(20), Some(70), Some(300), Some(1_500), Some(3_000), None, Some(7_000)];
    (0..120_usize)
        .map(|at| {
            // people have unlike many keys
            let owner = PEOPLE[[0, 0, 0, 1, 1, 2, 3, 4, 4, 5][(at * 7) % 10]];
            let made = AGES[(at * 3) % AGES.len()];
            // nothing is used before it is there
            let used = USES[(at * 5 + at / 8) % USES.len()].filter(|hours| *hours < made * 24);
            let days = i64::try_from(at).unwrap();
            let expires = match at % 6 {
                0 => When::Never,
                1 => ahead(TimeDelta::days(17)),
                2 => ahead(TimeDelta::days(2 + days)),
                3 => ahead(TimeDelta::days(300)),
                _ => ahead(TimeDelta::days(7 * (days % 20))),
            };
            let status = match at % 12 {
                10 => Status::Disabled,
                11 => Status::Revoked,
                _ => Status::Enabled,
            };
            Key {
                expires,
                exposed: at % 40 == 5,
                owner_gone: owner.0 == 5,
                owner_kind: if owner.0 == 6 { UserKind::Service } else { UserKind::Person },
                last_used_from: used.map(|_| format!("10.0.4.{}", at % 5).into()),
                revoked: if status == Status::Revoked { ago(TimeDelta::days(1)) } else { When::Never },
                status,
                ..key(&format!("v{at:03}"), &format!("job-{at:03}"), owner, made, used)
            }
        })
        .collect()
}
