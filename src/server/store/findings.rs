//! Findings: secrets seen where others can read them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use ulid::Ulid;

use super::audit::Cause;
use super::engine::{Error, On, Result, Row, Transaction};
use super::sql::Sql;
use super::{Write, changes, moment, standing};
use crate::api::secrets::{DetectedSecret, DetectedSecretsQuery, SecretType};
use crate::domain::finding::{Resolution, Source};
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key::Status;
use crate::domain::time::{Time, wire};
use crate::domain::untrusted::Untrusted;

const COLUMNS: &str = "SELECT d.secret_id, d.workspace_id, d.workspace_visibility, d.secret_type, d.secret_hash, \
    d.obfuscated_secret, d.source, d.url, d.resolution, k.id AS key_id, k.name AS key_name, (SELECT active FROM users WHERE id = k.owner_id) AS owner_active, \
    COALESCE(k.owner_id, c.owner_id) AS owner_id, \
    COALESCE(k.last_used_at, c.last_used_at) AS last_used_at, ";
const COLUMNS_OF_RESOURCES: &str = "l.id AS location_id, l.resource_type, l.resource_id, l.occurrences, l.detected_at ";
const COLUMNS_OF_SECRETS: &str =
    "'' AS location_id, NULL AS resource_type, NULL AS resource_id, d.occurrences, d.detected_at ";

fn columns() -> Sql {
    let mut sql = Sql::new(COLUMNS);
    standing::push_columns(&mut sql);
    sql.push(", ");
    sql
}

/// A search: the body's filters and the moments between which a secret was first seen, both included.
#[derive(Clone, Debug, Default)]
pub struct Search {
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
             LEFT JOIN collection_access_keys c ON v.kind = 'collection' AND c.id = v.key_id",
        );
        if self.by_resource() {
            sql.push(
                " JOIN detected_secret_locations l ON l.secret_id = d.secret_id AND l.workspace_id = d.workspace_id",
            );
        }
    }

    fn detected_at(&self) -> &'static str {
        if self.by_resource() { "l.detected_at" } else { "d.detected_at" }
    }

    fn push_filter(&self, sql: &mut Sql) {
        fn some(list: Option<&Vec<String>>) -> Option<&Vec<String>> {
            list.filter(|list| !list.is_empty())
        }
        if let Some(resolved) = self.query.resolved {
            sql.and(if resolved { "d.resolution <> " } else { "d.resolution = " }).bind(Resolution::Active.word());
        }
        if let Some(types) = some(self.query.secret_types.as_ref()) {
            sql.and("d.secret_type IN (SELECT name FROM secret_types WHERE id IN ").seek_list(types).push(")");
        }
        if let Some(statuses) = some(self.query.statuses.as_ref()) {
            sql.and("d.resolution IN ").seek_list(statuses);
        }
        if let Some(workspaces) = some(self.query.workspace_ids.as_ref()) {
            sql.and("d.workspace_id IN ").seek_list(workspaces);
        }
        if let Some(visibilities) = some(self.query.workspace_visibilities.as_ref()) {
            sql.and("d.workspace_visibility IN ").seek_list(visibilities);
        }
        if let Some(resources) = self.query.resources.as_ref().filter(|_| self.by_resource()) {
            sql.and("(1 = 0");
            // one term a kind, of which there are few: an engine nests terms only so deep
            let mut whole: BTreeSet<&str> = BTreeSet::new();
            let mut of_kind: BTreeMap<Option<&str>, Vec<&str>> = BTreeMap::new();
            for resource in resources {
                match (resource.kind.as_deref(), some(resource.ids.as_ref())) {
                    (kind, Some(ids)) => of_kind.entry(kind).or_default().extend(ids.iter().map(String::as_str)),
                    (Some(kind), None) => drop(whole.insert(kind)),
                    (None, None) => {}
                }
            }
            for (kind, ids) in of_kind {
                match kind {
                    Some(kind) => sql.push(" OR (l.resource_type = ").seek(kind).push(" AND "),
                    None => sql.push(" OR ("),
                };
                sql.push("l.resource_id IN ").seek_list(ids).push(")");
            }
            if !whole.is_empty() {
                sql.push(" OR l.resource_type IN ").seek_list(whole);
            }
            sql.push(")");
        }
        if let Some(since) = self.since {
            sql.and(self.detected_at()).push(" >= ").bind(wire(since));
        }
        if let Some(until) = self.until {
            sql.and(self.detected_at()).push(" <= ").bind(wire(until));
        }
    }

    /// One page, the latest first, from `after` on, and the place where the next one begins. A place is the moment, the
    /// secret, the workspace and the location of the last row before it.
    pub async fn page(
        &self,
        on: impl On,
        after: Option<&[String; 4]>,
        limit: u32,
        now: Time,
    ) -> Result<(Vec<DetectedSecret>, Option<[String; 4]>)> {
        let mut sql = columns();
        sql.push(if self.by_resource() { COLUMNS_OF_RESOURCES } else { COLUMNS_OF_SECRETS });
        self.push_tables(&mut sql);
        self.push_filter(&mut sql);
        let order = if self.by_resource() {
            "l.detected_at, d.secret_id, d.workspace_id, l.id"
        } else {
            "d.detected_at, d.secret_id, d.workspace_id, ''"
        };
        if let Some(place) = after {
            sql.and("(").push(order).push(") < ").seek_list(place);
        }
        sql.push(" ORDER BY ").push(self.detected_at());
        sql.push(" DESC, d.secret_id DESC, d.workspace_id DESC");
        sql.push(if self.by_resource() { ", l.id DESC" } else { "" });
        sql.push(" LIMIT ").bind(i64::from(limit) + 1);
        let rows = sql.rows(on).await?;
        let (shown, more) = rows.page(limit);
        let next = match more {
            Some(last) => Some([
                last.try_get("detected_at")?,
                last.try_get("secret_id")?,
                last.try_get("workspace_id")?,
                last.try_get("location_id")?,
            ]),
            None => None,
        };
        Ok((shown.map(|row| read(row, now)).collect::<Result<_>>()?, next))
    }

    /// How many rows the search finds in all.
    pub async fn count(&self, on: impl On) -> Result<u64> {
        let mut sql = Sql::new("SELECT COUNT(*) AS counted ");
        self.push_tables(&mut sql);
        self.push_filter(&mut sql);
        sql.count(on).await
    }
}

fn read(row: Row<'_>, now: Time) -> Result<DetectedSecret> {
    let text = |column| row.try_get::<&str>(column).map(Untrusted::from);
    let maybe = |column| Ok::<_, Error>(row.try_get::<Option<&str>>(column)?.map(Untrusted::from));
    let key_id = row.try_get::<Option<&str>>("key_id")?.map(KeyId::from);
    let owner_active = row.try_get::<Option<i64>>("owner_active")? != Some(0);
    let key_status = key_id.as_ref().map(|_| standing::of_row(row, owner_active, now)).transpose()?;
    Ok(DetectedSecret {
        secret_id: KeyId::from(row.try_get::<&str>("secret_id")?),
        secret_type: text("secret_type")?,
        secret_hash: text("secret_hash")?,
        obfuscated_secret: text("obfuscated_secret")?,
        workspace_id: text("workspace_id")?,
        workspace_visibility: text("workspace_visibility")?,
        resolution: Resolution::from_word(row.try_get("resolution")?),
        occurrences: u64::try_from(row.try_get::<i64>("occurrences")?).ok(),
        detected_at: moment(row, "detected_at")?,
        resource_type: maybe("resource_type")?,
        resource_id: maybe("resource_id")?,
        api_key_id: key_id,
        api_key_name: maybe("key_name")?,
        api_key_status: key_status.map(|standing| standing.status),
        owner_id: row.try_get::<Option<i64>>("owner_id")?.map(UserId),
        last_used_at: moment(row, "last_used_at")?,
        source: Some(Source::from_word(row.try_get("source")?)),
        url: Some(text("url")?),
        auto_revoke: None,
        auto_revoke_reason: None,
    })
}

/// One finding.
pub async fn one(on: impl On, secret_id: &str, workspace_id: &str, now: Time) -> Result<Option<DetectedSecret>> {
    let mut sql = columns();
    sql.push(COLUMNS_OF_SECRETS);
    Search::default().push_tables(&mut sql);
    sql.and("d.secret_id = ").seek(secret_id).and("d.workspace_id = ").seek(workspace_id);
    sql.row(on).await?.map(|row| read(row.row(), now)).transpose()
}

/// A finding, by what addresses it.
#[derive(Clone, Debug)]
pub struct FindingRef {
    pub secret_id: String,
    pub workspace_id: String,
    /// The key whose value it is; none when it is no key of this team.
    pub key_id: Option<String>,
}

/// The open findings of these API keys' values, past and present.
pub async fn open_of_keys(on: &mut Transaction, ids: &[&str]) -> Result<Vec<FindingRef>> {
    let mut sql = Sql::new(
        "SELECT d.secret_id, d.workspace_id, v.key_id FROM detected_secrets d \
         JOIN key_values v ON v.secret_hash = d.secret_hash WHERE d.resolution = ",
    );
    sql.bind(Resolution::Active.word()).push(" AND v.key_id IN ").seek_any(ids.iter().copied());
    sql.push(" ORDER BY d.secret_id, d.workspace_id");
    let found = |row: Row<'_>| {
        Ok(FindingRef {
            secret_id: row.try_get("secret_id")?,
            workspace_id: row.try_get("workspace_id")?,
            key_id: row.try_get("key_id")?,
        })
    };
    sql.rows(on).await?.iter().map(found).collect()
}

/// Resolves open findings, keeping who did it and why, and audits each.
pub async fn resolve(write: &mut Write, open: &[FindingRef], resolution: &Resolution, cause: &Cause<'_>) -> Result<()> {
    resolve_from(write, open, &Resolution::Active, resolution, cause).await
}

/// The same for findings which all had the resolution `before`.
pub async fn resolve_from(
    write: &mut Write,
    findings: &[FindingRef],
    before: &Resolution,
    resolution: &Resolution,
    cause: &Cause<'_>,
) -> Result<()> {
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
pub async fn secret_types(on: impl On) -> Result<Vec<SecretType>> {
    let kind = |row: Row<'_>| {
        Ok(SecretType {
            id: KeyId::from(row.try_get::<&str>("id")?),
            name: Untrusted::from(row.try_get::<&str>("name")?),
            kind: Untrusted::from(row.try_get::<&str>("kind")?),
        })
    };
    Sql::new("SELECT id, name, kind FROM secret_types ORDER BY id").rows(on).await?.iter().map(kind).collect()
}

/// Begins a statement that finds the enabled keys of which a value that works stands in an open finding.
pub fn select_exposed(now: Time) -> Sql {
    let mut sql = Sql::new("SELECT k.id FROM api_keys k WHERE ");
    standing::push_is(&mut sql, &Status::Enabled, now);
    sql.push(
        " AND k.id IN (SELECT v.key_id FROM detected_secrets d JOIN key_values v ON v.secret_hash = d.secret_hash",
    );
    sql.push(" WHERE v.kind = 'api' AND d.resolution = ").bind(Resolution::Active.word());
    sql.push(" AND (v.present = 1 OR v.overlap_ends_at > ").bind(wire(now)).push("))");
    sql
}
