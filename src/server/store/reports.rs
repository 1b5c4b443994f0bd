//! Reports of detected secrets: a new finding, or one more occurrence of a known one.

use ulid::Ulid;

use super::audit::Cause;
use super::engine::{Result, Transaction};
use super::findings::FindingRef;
use super::sql::{Sql, insert};
use super::{Write, changes, moment};
use crate::domain::finding::{Resolution, Source, Spared};
use crate::domain::key_value::KeyKind;
use crate::domain::time::{Time, wire};
use crate::server::mint;

/// A report whose fields were checked.
#[derive(Clone, Debug)]
pub struct Report {
    /// SHA-256 of the secret.
    pub secret_hash: String,
    /// The name of its kind.
    pub secret_type: String,
    pub obfuscated: String,
    pub source: Source,
    /// A link to the place.
    pub url: String,
    pub resource_type: String,
    pub resource_id: String,
    /// The workspace, or the source's name.
    pub workspace_id: String,
    /// Who can see the workspace.
    pub visibility: String,
    /// When it was seen.
    pub detected_at: Time,
}

/// The key that has, or once had, a reported value.
#[derive(Clone, Debug)]
pub struct Holder {
    pub kind: KeyKind,
    pub key_id: String,
    /// Whether this value of the key is not replaced by another.
    pub current: bool,
}

impl Holder {
    /// The key with this value, if there is one.
    pub async fn of(on: &mut Transaction, hash: &str, now: Time) -> Result<Option<Self>> {
        let mut sql = Sql::new("SELECT kind, key_id, present, overlap_ends_at FROM key_values WHERE secret_hash = ");
        sql.bind(hash);
        let Some(row) = sql.row(on).await? else { return Ok(None) };
        let kind = match row.try_get::<&str>("kind")? {
            "collection" => KeyKind::CollectionAccessKey,
            _ => KeyKind::ApiKey,
        };
        let overlaps = moment(row.row(), "overlap_ends_at")?.time().is_some_and(|ends| ends > now);
        let current = row.try_get::<i64>("present")? != 0 || overlaps;
        Ok(Some(Self { kind, key_id: row.try_get("key_id")?, current }))
    }
}

/// What a report led to.
#[derive(Clone, Debug)]
pub struct Reported {
    pub at: FindingRef,
    /// Whether it is new.
    pub new: bool,
}

/// Writes a report and audits it, also why the key was spared that would have been revoked.
pub async fn write(
    write: &mut Write,
    report: &Report,
    holder: Option<&Holder>,
    spared: Option<&Spared>,
    cause: &Cause<'_>,
) -> Result<Reported> {
    let mut same = Sql::new("SELECT secret_id, workspace_id FROM detected_secrets WHERE secret_hash = ");
    same.bind(report.secret_hash.as_str()).push(" ORDER BY secret_id, workspace_id");
    let same = same.rows(write.on()).await?;
    let known = same.iter().find(|row| row.try_get::<&str>("workspace_id").is_ok_and(|id| id == report.workspace_id));
    let secret_id = match known.or(same.first()) {
        Some(row) => row.try_get("secret_id")?,
        None => mint::id(),
    };
    let key_id = holder.map(|holder| holder.key_id.clone());
    let at = FindingRef { secret_id, workspace_id: report.workspace_id.clone(), key_id };
    let new = known.is_none();
    let mut change = if new {
        add(write.on(), &at, report).await?;
        add_location(write.on(), &at, report).await?;
        changes::finding_reported(&at, &report.secret_type, report.source.word())
    } else {
        let occurrences = count(write.on(), &at, report).await?;
        let new_place = !count_location(write.on(), &at, report).await?;
        if new_place {
            add_location(write.on(), &at, report).await?;
        }
        changes::finding_reported_again(&at, report.source.word(), occurrences, new_place)
    };
    if let Some(why) = spared {
        change.spared(why);
    }
    write.record(cause, serde_json::Value::Null, change);
    Ok(Reported { at, new })
}

/// Whether this secret was reported at this very place.
pub async fn is_known(on: &mut Transaction, report: &Report) -> Result<bool> {
    let mut sql = Sql::new(
        "SELECT l.id FROM detected_secrets s JOIN detected_secret_locations l ON l.secret_id = s.secret_id AND \
         l.workspace_id = s.workspace_id WHERE s.secret_hash = ",
    );
    sql.bind(report.secret_hash.as_str()).push(" AND s.workspace_id = ").bind(report.workspace_id.as_str());
    sql.push(" AND l.url = ").bind(report.url.as_str());
    Ok(sql.row(on).await?.is_some())
}

async fn add(on: &mut Transaction, at: &FindingRef, report: &Report) -> Result<()> {
    insert(
        on,
        "INSERT INTO detected_secrets (secret_id, workspace_id, workspace_visibility, secret_type, secret_hash, \
         obfuscated_secret, source, url, resolution, occurrences, detected_at) VALUES ",
        std::slice::from_ref(report),
        |report, row| {
            row.add(at.secret_id.as_str()).add(at.workspace_id.as_str()).add(report.visibility.as_str());
            row.add(report.secret_type.as_str()).add(report.secret_hash.as_str()).add(report.obfuscated.as_str());
            row.add(report.source.word()).add(report.url.as_str()).add(Resolution::Active.word()).add(1_i64);
            row.add(wire(report.detected_at));
        },
    )
    .await
}

async fn add_location(on: &mut Transaction, at: &FindingRef, report: &Report) -> Result<()> {
    insert(
        on,
        "INSERT INTO detected_secret_locations (id, secret_id, workspace_id, resource_type, resource_id, location, \
         url, occurrences, detected_at, resource_deleted) VALUES ",
        std::slice::from_ref(report),
        |report, row| {
            row.add(Ulid::new().to_string()).add(at.secret_id.as_str()).add(at.workspace_id.as_str());
            row.add(report.resource_type.as_str()).add(report.resource_id.as_str()).add(report.url.as_str());
            row.add(report.url.as_str()).add(1_i64).add(wire(report.detected_at)).add(0_i64);
        },
    )
    .await
}

/// Counts one more occurrence of a finding, and answers how many there are. The first time it was seen stays the first.
async fn count(on: &mut Transaction, at: &FindingRef, report: &Report) -> Result<i64> {
    let mut sql = Sql::new("UPDATE detected_secrets SET occurrences = occurrences + 1, detected_at = CASE WHEN ");
    let seen = wire(report.detected_at);
    sql.bind(seen.as_str()).push(" < detected_at THEN ").bind(seen.as_str()).push(" ELSE detected_at END");
    sql.push(" WHERE secret_id = ").bind(at.secret_id.as_str());
    sql.push(" AND workspace_id = ").bind(at.workspace_id.as_str()).push(" RETURNING occurrences");
    sql.only(on).await?.try_get("occurrences")
}

/// Counts one more occurrence in a known place; false when the place is not known.
async fn count_location(on: &mut Transaction, at: &FindingRef, report: &Report) -> Result<bool> {
    let mut sql = Sql::new("UPDATE detected_secret_locations SET occurrences = occurrences + 1 WHERE secret_id = ");
    sql.bind(at.secret_id.as_str()).push(" AND workspace_id = ").bind(at.workspace_id.as_str());
    sql.push(" AND resource_type = ").bind(report.resource_type.as_str());
    sql.push(" AND resource_id = ").bind(report.resource_id.as_str());
    sql.push(" AND url = ").bind(report.url.as_str());
    Ok(sql.run(on).await? > 0)
}
