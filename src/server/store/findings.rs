//! Findings: secrets seen where others can read them.

use std::collections::BTreeMap;

use serde_json::Value;
use sqlx::any::{Any, AnyRow};
use sqlx::{AnyConnection, Executor, Row};
use ulid::Ulid;

use super::audit::Cause;
use super::sql::Sql;
use super::{Write, changes, moment, standing};
use crate::api::secrets::{DetectedSecret, DetectedSecretsQuery, SecretType};
use crate::domain::finding::{Resolution, Source};
use crate::domain::ids::{KeyId, UserId};
use crate::domain::time::{Time, wire};
use crate::domain::untrusted::Untrusted;

const COLUMNS: &str = "SELECT d.secret_id, d.workspace_id, d.workspace_visibility, d.secret_type, d.secret_hash, \
    d.obfuscated_secret, d.source, d.url, d.resolution, k.id AS key_id, k.name AS key_name, k.expires_at, \
    k.disabled_reason, k.revoked_at, (SELECT active FROM users WHERE id = k.owner_id) AS owner_active, \
    COALESCE(k.owner_id, c.owner_id) AS owner_id, \
    COALESCE(k.last_used_at, c.last_used_at) AS last_used_at, ";
const COLUMNS_OF_RESOURCES: &str = "l.id AS location_id, l.resource_type, l.resource_id, l.occurrences, l.detected_at ";
const COLUMNS_OF_SECRETS: &str =
    "'' AS location_id, NULL AS resource_type, NULL AS resource_id, d.occurrences, d.detected_at ";

/// A search: the body's filters and the moments between which a secret was first seen, both included.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// The filters.
    pub query: DetectedSecretsQuery,
    /// Not before.
    pub since: Option<Time>,
    /// Not after.
    pub until: Option<Time>,
}

impl Search {
    /// Whether the search is for resources, so that each resource is a row of its own.
    pub fn by_resource(&self) -> bool {
        self.query.resources.as_ref().is_some_and(|resources| !resources.is_empty())
    }

    fn push_tables(&self, sql: &mut Sql) {
        sql.push(
            "FROM detected_secrets d \
             LEFT JOIN key_values v ON v.secret_hash = d.secret_hash \
             LEFT JOIN api_keys k ON v.kind = 'api' AND k.id = v.key_id \
             LEFT JOIN collection_access_keys c ON v.kind = 'collection' AND c.id = v.key_id ",
        );
        if self.by_resource() {
            sql.push(
                "JOIN detected_secret_locations l ON l.secret_id = d.secret_id AND l.workspace_id = d.workspace_id ",
            );
        }
    }

    fn detected_at(&self) -> &'static str {
        if self.by_resource() { "l.detected_at" } else { "d.detected_at" }
    }

    fn push_filter(&self, sql: &mut Sql) {
        let some = |list: &Option<Vec<String>>| list.clone().filter(|list| !list.is_empty());
        sql.push("WHERE 1 = 1");
        match self.query.resolved {
            Some(true) => sql.push(" AND d.resolution <> ").bind(Resolution::Active.word()),
            Some(false) => sql.push(" AND d.resolution = ").bind(Resolution::Active.word()),
            None => sql,
        };
        if let Some(types) = some(&self.query.secret_types) {
            sql.push(" AND d.secret_type IN (SELECT name FROM secret_types WHERE id IN ").bind_list(types).push(")");
        }
        if let Some(statuses) = some(&self.query.statuses) {
            sql.push(" AND d.resolution IN ").bind_list(statuses);
        }
        if let Some(workspaces) = some(&self.query.workspace_ids) {
            sql.push(" AND d.workspace_id IN ").bind_list(workspaces);
        }
        if let Some(visibilities) = some(&self.query.workspace_visibilities) {
            sql.push(" AND d.workspace_visibility IN ").bind_list(visibilities);
        }
        if let Some(resources) = self.query.resources.as_ref().filter(|_| self.by_resource()) {
            sql.push(" AND (1 = 0");
            // one term a kind, of which there are few: an engine nests terms only so deep
            let mut of_kind: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
            for resource in resources.iter().filter(|resource| !resource.ids.is_empty()) {
                of_kind.entry(&resource.kind).or_default().extend(resource.ids.iter().map(String::as_str));
            }
            for (kind, ids) in of_kind {
                sql.push(" OR (l.resource_type = ").bind(kind);
                sql.push(" AND l.resource_id IN ").bind_list(ids).push(")");
            }
            sql.push(")");
        }
        if let Some(since) = self.since {
            sql.push(" AND ").push(self.detected_at()).push(" >= ").bind(wire(since));
        }
        if let Some(until) = self.until {
            sql.push(" AND ").push(self.detected_at()).push(" <= ").bind(wire(until));
        }
    }

    /// One page, the latest first, from `after` on, and the place where the next one begins. A place is the moment, the
    /// secret, the workspace and the location of the last row before it.
    pub async fn page(
        &self,
        on: impl Executor<'_, Database = Any>,
        after: Option<&[String; 4]>,
        limit: u32,
        now: Time,
    ) -> sqlx::Result<(Vec<DetectedSecret>, Option<[String; 4]>)> {
        let mut sql = Sql::new(COLUMNS);
        sql.push(if self.by_resource() { COLUMNS_OF_RESOURCES } else { COLUMNS_OF_SECRETS });
        self.push_tables(&mut sql);
        self.push_filter(&mut sql);
        let order = if self.by_resource() {
            "l.detected_at, d.secret_id, d.workspace_id, l.id"
        } else {
            "d.detected_at, d.secret_id, d.workspace_id, ''"
        };
        if let Some(place) = after {
            sql.push(" AND (").push(order).push(") < ").bind_list(place.iter().map(String::as_str));
        }
        sql.push(" ORDER BY ").push(self.detected_at());
        sql.push(" DESC, d.secret_id DESC, d.workspace_id DESC");
        sql.push(if self.by_resource() { ", l.id DESC" } else { "" });
        sql.push(" LIMIT ").bind(i64::from(limit) + 1);
        let rows = sql.rows(on).await?;
        let shown = &rows[..rows.len().min(limit as usize)];
        let next = match shown.last().filter(|_| rows.len() > shown.len()) {
            Some(last) => Some([
                last.try_get("detected_at")?,
                last.try_get("secret_id")?,
                last.try_get("workspace_id")?,
                last.try_get("location_id")?,
            ]),
            None => None,
        };
        Ok((shown.iter().map(|row| read(row, now)).collect::<sqlx::Result<_>>()?, next))
    }

    /// How many rows the search finds in all.
    pub async fn count(&self, on: impl Executor<'_, Database = Any>) -> sqlx::Result<u64> {
        let mut sql = Sql::new("SELECT COUNT(*) AS counted ");
        self.push_tables(&mut sql);
        self.push_filter(&mut sql);
        let row = sql.row(on).await?.ok_or(sqlx::Error::RowNotFound)?;
        Ok(u64::try_from(row.try_get::<i64, _>("counted")?).unwrap_or_default())
    }
}

fn read(row: &AnyRow, now: Time) -> sqlx::Result<DetectedSecret> {
    let text = |column| row.try_get::<&str, _>(column).map(Untrusted::from);
    let maybe = |column| Ok::<_, sqlx::Error>(row.try_get::<Option<&str>, _>(column)?.map(Untrusted::from));
    let key_id = row.try_get::<Option<&str>, _>("key_id")?.map(KeyId::from);
    let owner_active = row.try_get::<Option<i64>, _>("owner_active")? != Some(0);
    let key_status = key_id.as_ref().map(|_| standing::of_row(row, owner_active, now)).transpose()?;
    Ok(DetectedSecret {
        secret_id: KeyId::from(row.try_get::<&str, _>("secret_id")?),
        secret_type: text("secret_type")?,
        secret_hash: text("secret_hash")?,
        obfuscated_secret: text("obfuscated_secret")?,
        workspace_id: text("workspace_id")?,
        workspace_visibility: text("workspace_visibility")?,
        resolution: Resolution::from_word(row.try_get("resolution")?),
        occurrences: u64::try_from(row.try_get::<i64, _>("occurrences")?).ok(),
        detected_at: moment(row, "detected_at")?,
        resource_type: maybe("resource_type")?,
        resource_id: maybe("resource_id")?,
        api_key_id: key_id,
        api_key_name: maybe("key_name")?,
        api_key_status: key_status.map(|(status, _)| status),
        owner_id: row.try_get::<Option<i64>, _>("owner_id")?.map(UserId),
        last_used_at: moment(row, "last_used_at")?,
        source: Some(Source::from_word(row.try_get("source")?)),
        url: Some(text("url")?),
    })
}

/// One finding.
pub async fn one(
    on: impl Executor<'_, Database = Any>,
    secret_id: &str,
    workspace_id: &str,
    now: Time,
) -> sqlx::Result<Option<DetectedSecret>> {
    let mut sql = Sql::new(COLUMNS);
    sql.push(COLUMNS_OF_SECRETS);
    Search::default().push_tables(&mut sql);
    sql.push("WHERE d.secret_id = ").bind(secret_id).push(" AND d.workspace_id = ").bind(workspace_id);
    sql.row(on).await?.map(|row| read(&row, now)).transpose()
}

/// A finding, by what addresses it.
#[derive(Clone, Debug)]
pub struct FindingRef {
    /// The secret.
    pub secret_id: String,
    /// The workspace.
    pub workspace_id: String,
    /// The key whose value it is; none when it is no key of this team.
    pub key_id: Option<String>,
}

/// The open findings of these API keys' values, past and present.
pub async fn open_of_keys(on: &mut AnyConnection, ids: &[&str]) -> sqlx::Result<Vec<FindingRef>> {
    let mut sql = Sql::new(
        "SELECT d.secret_id, d.workspace_id, v.key_id FROM detected_secrets d \
         JOIN key_values v ON v.secret_hash = d.secret_hash WHERE d.resolution = ",
    );
    sql.bind(Resolution::Active.word()).push(" AND v.key_id IN ").bind_list(ids.iter().copied());
    sql.push(" ORDER BY d.secret_id, d.workspace_id");
    let found = |row: &AnyRow| {
        Ok(FindingRef {
            secret_id: row.try_get("secret_id")?,
            workspace_id: row.try_get("workspace_id")?,
            key_id: row.try_get("key_id")?,
        })
    };
    sql.rows(on).await?.iter().map(found).collect()
}

/// Resolves open findings, keeping who did it and why, and audits each.
pub async fn resolve(
    write: &mut Write,
    open: &[FindingRef],
    resolution: &Resolution,
    cause: &Cause<'_>,
) -> sqlx::Result<()> {
    resolve_from(write, open, &Resolution::Active, resolution, cause).await
}

/// The same for findings which all had the resolution `before`.
pub async fn resolve_from(
    write: &mut Write,
    findings: &[FindingRef],
    before: &Resolution,
    resolution: &Resolution,
    cause: &Cause<'_>,
) -> sqlx::Result<()> {
    for finding in findings {
        let mut sql = Sql::new("UPDATE detected_secrets SET resolution = ");
        sql.bind(resolution.word()).push(" WHERE secret_id = ").bind(finding.secret_id.as_str());
        sql.push(" AND workspace_id = ").bind(finding.workspace_id.as_str());
        sql.run(write.on()).await?;
        write.record(cause, Value::Null, changes::finding_resolved(finding, before, resolution, cause.note));
    }
    super::sql::insert(
        write.on(),
        "INSERT INTO detected_secret_history (id, secret_id, workspace_id, resolution, actor_id, note, created_at) VALUES ",
        findings,
        |finding, row| {
            row.add(Ulid::new().to_string()).add(finding.secret_id.as_str()).add(finding.workspace_id.as_str());
            row.add(resolution.word()).add(cause.origin.actor_id).add(cause.note).add(wire(cause.now));
        },
    )
    .await
}

/// The kinds of secret that are looked for.
pub async fn secret_types(on: impl Executor<'_, Database = Any>) -> sqlx::Result<Vec<SecretType>> {
    let kind = |row: &AnyRow| {
        Ok(SecretType {
            id: KeyId::from(row.try_get::<&str, _>("id")?),
            name: Untrusted::from(row.try_get::<&str, _>("name")?),
            kind: Untrusted::from(row.try_get::<&str, _>("kind")?),
        })
    };
    sqlx::query("SELECT id, name, kind FROM secret_types ORDER BY id").fetch_all(on).await?.iter().map(kind).collect()
}
