//! The demo's findings: eight open ones, of which five are about keys that are accepted, and four that somebody dealt with.

use chrono::TimeDelta;

use super::dice::Dice;
use super::keys::SeedKey;
use super::people::some_admin;
use crate::domain::finding::{Resolution, Source};
use crate::domain::key::Revocation;
use crate::domain::time::{Time, wire};
use crate::server::store::collection_keys;
use crate::server::store::engine::{Result, Transaction};
use crate::server::store::findings::FindingRef;
use crate::server::store::sql::insert;
use crate::server::store::team::User;

/// A finding as it is written.
pub struct SeedFinding {
    /// What addresses it, and the key it is about.
    pub at: FindingRef,
    /// The name of the kind of secret.
    pub secret_type: &'static str,
    pub source: Source,
    /// When it was first seen.
    pub detected_at: Time,
    /// How it was resolved, when, by whom (nobody: automatic), and why.
    pub resolved: Option<(Resolution, Time, Option<i64>, &'static str)>,
    visibility: &'static str,
    secret_hash: String,
    obfuscated: String,
    url: String,
    occurrences: i64,
    resource: (&'static str, String),
    leaked_by: Option<i64>,
}

/// Whose value was found.
#[derive(Clone, Copy)]
enum Whose<'a> {
    Key(&'a SeedKey),
    CollectionKey(&'a collection_keys::NewRow),
    /// No key of this team, as its kind and mask.
    Foreign(&'static str, &'static str),
}

/// A key of the team, or a foreign one where the team is too small to have such a key.
fn whose(key: Option<&SeedKey>) -> Whose<'_> {
    key.map_or(Whose::Foreign("Postman API Key", "PMAK-…4d1e"), Whose::Key)
}

/// Where it was found; the text is the place's link.
#[derive(Clone, Copy)]
enum FoundIn {
    Workspace(&'static str, &'static str),
    Documentation(&'static str),
    GitHub(&'static str),
    GitLab(&'static str),
}

/// The findings, about keys of the team as it is.
pub fn findings(
    keys: &[SeedKey],
    collection_keys: &[collection_keys::NewRow],
    people: &[User],
    now: Time,
    dice: &mut Dice,
) -> Vec<SeedFinding> {
    use FoundIn::{Documentation, GitHub, GitLab, Workspace};
    // The key that the console uses is nowhere to be found.
    let others = || keys.iter().skip(1);
    let mut enabled = others().filter(|key| key.is_enabled(now) && key.row.last_used_at.is_some());
    let mut stopped = others().filter(|key| !key.is_enabled(now) && key.row.revoked.is_none());
    let mut revoked = others()
        .filter(|key| matches!(key.row.revoked, Some((.., Revocation::Exposed))))
        .chain(others().filter(|key| matches!(key.row.revoked, Some((.., Revocation::Admin)))));
    let alive = collection_keys.iter().find(|key| key.deleted.is_none() && key.expires_after() > now);
    let (first, second, third, fourth) =
        (whose(enabled.next()), whose(enabled.next()), whose(enabled.next()), whose(enabled.next()));
    let again = first;
    let gone = [whose(revoked.next()), whose(revoked.next())];
    let [gone, gone_too] = gone;
    let shared = alive.map_or(Whose::Foreign("Postman Collection Access Key", "PMAT-…7QX2"), Whose::CollectionKey);
    let foreign = Whose::Foreign("Postman API Key", "PMAK-…91c0");
    let example = Whose::Foreign("postman.gov.sg API Key", "…");

    let open: [(Whose<'_>, FoundIn); 8] = [
        (first, GitHub("harbourline/deploy-scripts/blob/main/.env#L14")),
        (again, Workspace("public", "shipment-api-public/environments/production")),
        (second, GitLab("harbourline/etl/-/blob/main/config/local.yml#L3")),
        (third, Documentation("shipment-api/getting-started")),
        (fourth, Workspace("team", "customs/requests/create-declaration")),
        (whose(stopped.next()), GitHub("harbourline/fleet-tracker/blob/9c1f2ab/scripts/replay.sh#L41")),
        (whose(stopped.next()), Workspace("public", "partner-onboarding/collections/examples")),
        (foreign, GitHub("harbourline/contract-tests/blob/main/fixtures/auth.json#L2")),
    ];
    let resolved: [(Whose<'_>, FoundIn, Resolution, &'static str); 4] = [
        (gone, Workspace("public", "tariff-calculator/environments/demo"), Resolution::Revoked, ""),
        (gone_too, GitHub("harbourline/sms-gateway/blob/main/docker-compose.yml#L27"), Resolution::Revoked, ""),
        (example, Documentation("identity/errors"), Resolution::FalsePositive, "the example of the handbook"),
        (
            shared,
            GitLab("harbourline/port-calls/-/blob/main/README.md#L8"),
            Resolution::AcceptedRisk,
            "read-only, public data",
        ),
    ];
    let open = open.into_iter().map(|(whose, place)| (whose, place, None));
    let resolved = resolved.into_iter().map(|(whose, place, how, note)| (whose, place, Some((how, note))));
    let mut findings: Vec<SeedFinding> = Vec::new();
    for (whose, place, how) in open.chain(resolved) {
        let found = found(whose, place, how, people, now, dice);
        // The same secret in another place is the same secret.
        let same = findings.iter().find(|other| other.secret_hash == found.secret_hash);
        let secret_id = same.map(|same| same.at.secret_id.clone());
        findings.push(SeedFinding {
            at: FindingRef { secret_id: secret_id.unwrap_or(found.at.secret_id), ..found.at },
            ..found
        });
    }
    findings
}

fn found(
    whose: Whose<'_>,
    place: FoundIn,
    how: Option<(Resolution, &'static str)>,
    people: &[User],
    now: Time,
    dice: &mut Dice,
) -> SeedFinding {
    let (secret_type, key_id, secret_hash, obfuscated, made, revoked) = match whose {
        Whose::Key(key) => {
            let row = &key.row;
            let revoked = row.revoked.as_ref().map(|(at, by, _)| (*at, *by));
            let (id, hash, mask) = (row.id.clone(), row.secret_hash.clone(), row.masked_value.clone());
            ("keydeck API Key", Some(id), hash, mask, row.created_at, revoked)
        }
        Whose::CollectionKey(row) => {
            let (id, hash, mask) = (row.id.clone(), row.secret_hash.clone(), row.masked_value.clone());
            ("keydeck Collection Access Key", Some(id), hash, mask, row.created_at, None)
        }
        Whose::Foreign(kind, mask) => (kind, None, dice.hash(), mask.to_owned(), now - TimeDelta::days(400), None),
    };
    let seen_from = made.max(now - TimeDelta::days(40));
    let seen = match revoked {
        Some((at, _)) => (at - TimeDelta::minutes(25)).max(made),
        None => dice.between(seen_from, now - TimeDelta::minutes(40)).max(made),
    };
    let resolved = how.map(|(how, note)| {
        let (at, by) = revoked.unwrap_or_else(|| (dice.between(seen, now), Some(some_admin(people, dice).id)));
        (how, at, by, note)
    });
    let workspace = dice.uuid();
    let leaker = dice.pick(people).id;
    let (source, visibility, workspace_id, url, resource, leaked_by) = match place {
        FoundIn::Workspace(visibility, path) => {
            let kind = ["environment", "request"].into_iter().find(|kind| path.contains(kind)).unwrap_or("collection");
            let url = format!("https://workspaces.example/harbourline/{path}");
            (Source::Workspace, visibility, workspace, url, (kind, format!("{leaker}-{}", dice.uuid())), Some(leaker))
        }
        FoundIn::Documentation(path) => {
            let url = format!("https://docs.harbourline.example/{path}");
            (Source::Documentation, "public", Source::Documentation.word().to_owned(), url, ("file", path.into()), None)
        }
        FoundIn::GitHub(path) => {
            let url = format!("https://github.example/{path}");
            (Source::GitHub, "public", Source::GitHub.word().to_owned(), url, ("file", path.into()), None)
        }
        FoundIn::GitLab(path) => {
            let url = format!("https://gitlab.example/{path}");
            (Source::GitLab, "public", Source::GitLab.word().to_owned(), url, ("file", path.into()), None)
        }
    };
    SeedFinding {
        at: FindingRef { secret_id: dice.id(seen), workspace_id, key_id },
        secret_type,
        source,
        detected_at: seen,
        resolved,
        visibility,
        secret_hash,
        obfuscated,
        url,
        occurrences: i64::try_from(dice.below(4) + 1).unwrap_or(1),
        resource,
        leaked_by,
    }
}

/// Writes the findings, where each stands, and how it was resolved.
pub async fn write(on: &mut Transaction, findings: &[SeedFinding], dice: &mut Dice) -> Result<()> {
    insert(
        on,
        "INSERT INTO detected_secrets (secret_id, workspace_id, workspace_visibility, secret_type, secret_hash, \
         obfuscated_secret, source, url, resolution, occurrences, detected_at) VALUES ",
        findings,
        |found, row| {
            let resolution = found.resolved.as_ref().map_or(&Resolution::Active, |(how, ..)| how);
            row.add(found.at.secret_id.as_str()).add(found.at.workspace_id.as_str()).add(found.visibility);
            row.add(found.secret_type).add(found.secret_hash.as_str()).add(found.obfuscated.as_str());
            row.add(found.source.word()).add(found.url.as_str()).add(resolution.word()).add(found.occurrences);
            row.add(wire(found.detected_at));
        },
    )
    .await?;
    let placed: Vec<(String, &SeedFinding)> =
        findings.iter().map(|found| (dice.id(found.detected_at), found)).collect();
    insert(
        on,
        "INSERT INTO detected_secret_locations (id, secret_id, workspace_id, resource_type, resource_id, location, \
         url, leaked_by, occurrences, detected_at, resource_deleted) VALUES ",
        &placed,
        |(id, found), row| {
            row.add(id.as_str()).add(found.at.secret_id.as_str()).add(found.at.workspace_id.as_str());
            row.add(found.resource.0).add(found.resource.1.as_str()).add(found.url.as_str()).add(found.url.as_str());
            row.add(found.leaked_by).add(found.occurrences).add(wire(found.detected_at)).add(0_i64);
        },
    )
    .await?;
    let resolved: Vec<_> = placed.iter().filter(|(_, found)| found.resolved.is_some()).collect();
    insert(
        on,
        "INSERT INTO detected_secret_history (id, secret_id, workspace_id, resolution, actor_id, note, created_at) \
         VALUES ",
        &resolved,
        |(id, found), row| {
            let Some((how, at, by, note)) = &found.resolved else { return };
            row.add(id.as_str()).add(found.at.secret_id.as_str()).add(found.at.workspace_id.as_str());
            row.add(how.word()).add(*by).add((!note.is_empty()).then_some(*note)).add(wire(*at));
        },
    )
    .await
}
