//! Where a finding's secret stands, and how the finding was resolved.

use sqlx::any::{Any, AnyRow};
use sqlx::{Executor, Row};

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
        sql.push("FROM detected_secret_locations WHERE secret_id = ").bind(self.secret_id.as_str());
        sql.push(" AND workspace_id = ").bind(self.workspace_id.as_str());
        if let Some(kind) = &self.resource_type {
            sql.push(" AND resource_type = ").bind(kind.as_str());
        }
        if let Some(since) = self.since {
            sql.push(" AND detected_at >= ").bind(wire(since));
        }
        if let Some(until) = self.until {
            sql.push(" AND detected_at <= ").bind(wire(until));
        }
    }

    /// One page, the latest first, and the place where the next one begins: moment and id of the last row before it.
    pub async fn page(
        &self,
        on: impl Executor<'_, Database = Any>,
        after: Option<&[String; 2]>,
        limit: u32,
    ) -> sqlx::Result<(Vec<SecretLocation>, Option<[String; 2]>)> {
        let mut sql = Sql::new(
            "SELECT id, resource_type, resource_id, parent_resource_id, location, url, leaked_by, occurrences, \
             detected_at, resource_deleted ",
        );
        self.push_filter(&mut sql);
        if let Some(place) = after {
            sql.push(" AND (detected_at, id) < ").bind_list(place.iter().map(String::as_str));
        }
        sql.push(" ORDER BY detected_at DESC, id DESC LIMIT ").bind(i64::from(limit) + 1);
        let rows = sql.rows(on).await?;
        let shown = &rows[..rows.len().min(limit as usize)];
        let next = match shown.last().filter(|_| rows.len() > shown.len()) {
            Some(last) => Some([last.try_get("detected_at")?, last.try_get("id")?]),
            None => None,
        };
        Ok((shown.iter().map(read).collect::<sqlx::Result<_>>()?, next))
    }

    /// How many places the search finds in all.
    pub async fn count(&self, on: impl Executor<'_, Database = Any>) -> sqlx::Result<u64> {
        let mut sql = Sql::new("SELECT COUNT(*) AS counted ");
        self.push_filter(&mut sql);
        let row = sql.row(on).await?.ok_or(sqlx::Error::RowNotFound)?;
        Ok(u64::try_from(row.try_get::<i64, _>("counted")?).unwrap_or_default())
    }
}

fn read(row: &AnyRow) -> sqlx::Result<SecretLocation> {
    let text = |column| row.try_get::<&str, _>(column).map(Untrusted::from);
    Ok(SecretLocation {
        is_resource_deleted: row.try_get::<i64, _>("resource_deleted")? != 0,
        leaked_by: UserId(row.try_get::<Option<i64>, _>("leaked_by")?.unwrap_or_default()),
        location: text("location")?,
        occurrences: u64::try_from(row.try_get::<i64, _>("occurrences")?).ok(),
        parent_resource_id: row
            .try_get::<Option<&str>, _>("parent_resource_id")?
            .map(Untrusted::from)
            .unwrap_or_default(),
        resource_id: text("resource_id")?,
        resource_type: text("resource_type")?,
        detected_at: moment(row, "detected_at")?,
        url: text("url")?,
    })
}

/// How a finding was resolved, the first time first.
pub async fn history(
    on: impl Executor<'_, Database = Any>,
    secret_id: &str,
    workspace_id: &str,
) -> sqlx::Result<Vec<ResolutionEntry>> {
    let mut sql =
        Sql::new("SELECT resolution, actor_id, note, created_at FROM detected_secret_history WHERE secret_id = ");
    sql.bind(secret_id).push(" AND workspace_id = ").bind(workspace_id).push(" ORDER BY created_at, id");
    let entry = |row: &AnyRow| {
        Ok(ResolutionEntry {
            actor: UserId(row.try_get::<Option<i64>, _>("actor_id")?.unwrap_or_default()),
            created_at: moment(row, "created_at")?,
            resolution: Resolution::from_word(row.try_get("resolution")?),
            note: row.try_get::<Option<&str>, _>("note")?.map(Untrusted::from),
        })
    };
    sql.rows(on).await?.iter().map(entry).collect()
}
