//! Where a finding's secret stands, and how the finding was resolved.

use super::engine::{On, Result, Row};
use super::moment;
use super::sql::Sql;
use crate::api::secrets::{ResolutionEntry, SecretLocation};
use crate::domain::finding::Resolution;
use crate::domain::ids::UserId;
use crate::domain::time::{Time, wire};
use crate::domain::untrusted::Untrusted;

/// Which places of a finding.
#[derive(Clone, Debug)]
pub struct Search {
    pub secret_id: String,
    pub workspace_id: String,
    /// Resources of this kind only.
    pub resource_type: Option<String>,
    /// First seen not before.
    pub since: Option<Time>,
    /// First seen not after.
    pub until: Option<Time>,
}

impl Search {
    fn push_filter(&self, sql: &mut Sql) {
        sql.push("FROM detected_secret_locations").and("secret_id = ").seek(&self.secret_id);
        sql.and("workspace_id = ").seek(&self.workspace_id);
        if let Some(kind) = &self.resource_type {
            sql.and("resource_type = ").seek(kind);
        }
        if let Some(since) = self.since {
            sql.and("detected_at >= ").bind(wire(since));
        }
        if let Some(until) = self.until {
            sql.and("detected_at <= ").bind(wire(until));
        }
    }

    /// One page, the latest first, and the place where the next one begins: moment and id of the last row before it.
    pub async fn page(
        &self,
        on: impl On,
        after: Option<&[String; 2]>,
        limit: u32,
    ) -> Result<(Vec<SecretLocation>, Option<[String; 2]>)> {
        let mut sql = Sql::new(
            "SELECT id, resource_type, resource_id, parent_resource_id, location, url, leaked_by, occurrences, \
             detected_at, resource_deleted ",
        );
        self.push_filter(&mut sql);
        if let Some(place) = after {
            sql.and("(detected_at, id) < ").seek_list(place);
        }
        sql.push(" ORDER BY detected_at DESC, id DESC LIMIT ").bind(i64::from(limit) + 1);
        let rows = sql.rows(on).await?;
        let (shown, more) = rows.page(limit);
        let next = match more {
            Some(last) => Some([last.try_get("detected_at")?, last.try_get("id")?]),
            None => None,
        };
        Ok((shown.map(read).collect::<Result<_>>()?, next))
    }

    /// How many places the search finds in all.
    pub async fn count(&self, on: impl On) -> Result<u64> {
        let mut sql = Sql::new("SELECT COUNT(*) AS counted ");
        self.push_filter(&mut sql);
        sql.count(on).await
    }
}

fn read(row: Row<'_>) -> Result<SecretLocation> {
    let text = |column| row.try_get::<&str>(column).map(Untrusted::from);
    Ok(SecretLocation {
        is_resource_deleted: row.try_get::<i64>("resource_deleted")? != 0,
        leaked_by: UserId(row.try_get::<Option<i64>>("leaked_by")?.unwrap_or_default()),
        location: text("location")?,
        occurrences: u64::try_from(row.try_get::<i64>("occurrences")?).ok(),
        parent_resource_id: row.try_get::<Option<&str>>("parent_resource_id")?.map(Untrusted::from).unwrap_or_default(),
        resource_id: text("resource_id")?,
        resource_type: text("resource_type")?,
        detected_at: moment(row, "detected_at")?,
        url: text("url")?,
    })
}

/// How a finding was resolved, the first time first.
pub async fn history(on: impl On, secret_id: &str, workspace_id: &str) -> Result<Vec<ResolutionEntry>> {
    let mut sql =
        Sql::new("SELECT resolution, actor_id, note, created_at FROM detected_secret_history WHERE secret_id = ");
    sql.seek(secret_id).push(" AND workspace_id = ").seek(workspace_id).push(" ORDER BY created_at, id");
    let entry = |row: Row<'_>| {
        Ok(ResolutionEntry {
            actor: UserId(row.try_get::<Option<i64>>("actor_id")?.unwrap_or_default()),
            created_at: moment(row, "created_at")?,
            resolution: Resolution::from_word(row.try_get("resolution")?),
            note: row.try_get::<Option<&str>>("note")?.map(Untrusted::from),
        })
    };
    sql.rows(on).await?.iter().map(entry).collect()
}
