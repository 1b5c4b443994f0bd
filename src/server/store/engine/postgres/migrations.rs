//! Steps from an empty database to the present schema, and the record of them. All that are missing are applied in one
//! transaction, so that one that was interrupted leaves nothing behind and is begun anew by whoever comes next; servers that start
//! together take turns at the record's first row.
//!
//! While servers are brought up to date one after another, the old ones work on what the new ones made: a step only adds, and what
//! nobody needs any more goes with a later one. The record says of each step which one a keydeck has to know at
//! least to work with it.

use deadpool_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::server::store::engine::error::Error;
use crate::server::store::engine::steps::{self, Applied, MigrationError, Schema, Step};
use crate::sqlite::Kind;

const RECORD: &str = "CREATE TABLE IF NOT EXISTS keydeck_steps (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    checksum TEXT NOT NULL,
    -- the newest step that a keydeck has to know to work with this one
    works_with BIGINT NOT NULL,
    applied_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP
)";

/// The row that servers which apply steps take turns at.
const TURN: &str = "INSERT INTO keydeck_steps (version, description, checksum, works_with) VALUES (0, 'whose turn it is', '', 0) \
     ON CONFLICT (version) DO NOTHING";

/// The oldest PostgreSQL whose SQL is known to do.
const OLDEST: i32 = 130_000;

impl From<tokio_postgres::Error> for MigrationError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error.into())
    }
}

/// How far it has come; nothing is written.
pub(super) async fn examine(client: &Client, steps: &[Step]) -> Result<Schema, MigrationError> {
    let facts = client
        .query_one(
            "SELECT current_setting('server_encoding') AS encoding, current_setting('server_version_num')::int AS version, \
             to_regclass('keydeck_steps') IS NOT NULL AS begun, \
             EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = current_schema()) AS used",
            &[],
        )
        .await?;
    let encoding: &str = facts.try_get("encoding")?;
    let unfit = |why: String| MigrationError::Database(Error::Failed(Kind::NotADatabase, why));
    if encoding != "UTF8" {
        return Err(unfit(format!("it keeps text as {encoding}: make one with ENCODING 'UTF8'")));
    }
    let version: i32 = facts.try_get("version")?;
    if version < OLDEST {
        return Err(unfit(format!("PostgreSQL {} is too old: 13 or newer is needed", version / 10_000)));
    }
    Ok(match (facts.try_get("begun")?, facts.try_get("used")?) {
        (true, _) if missing(client, steps).await?.is_empty() => Schema::Present,
        (true, _) => Schema::Older,
        (false, true) => Schema::Foreign,
        (false, false) => Schema::None,
    })
}

/// Applies the steps that were not applied yet, all or none.
pub(super) async fn run(client: &mut Client, steps: &[Step]) -> Result<(), MigrationError> {
    // two that make the record at the same time are told so by its name
    if let Err(error) = client.batch_execute(RECORD).await
        && !matches!(error.code(), Some(&(SqlState::UNIQUE_VIOLATION | SqlState::DUPLICATE_TABLE)))
    {
        return Err(error.into());
    }
    client.batch_execute(TURN).await?;
    let transaction = client.transaction().await?;
    transaction.batch_execute("SELECT version FROM keydeck_steps WHERE version = 0 FOR UPDATE").await?;
    // somebody else may have applied them meanwhile
    for step in missing(transaction.client(), steps).await? {
        transaction.batch_execute(step.sql).await?;
        let checksum = crate::domain::key_value::hex(&step.checksum());
        transaction
            .execute(
                "INSERT INTO keydeck_steps (version, description, checksum, works_with) VALUES ($1, $2, $3, $4)",
                &[&step.version, &step.description, &checksum, &step.works_with],
            )
            .await?;
    }
    transaction.commit().await?;
    name_parts(client).await;
    Ok(())
}

/// Has parts of names found without reading all of them, where the database can do that. Without it lists by name cost more, and are
/// the same.
async fn name_parts(client: &Client) {
    let made = client
        .batch_execute(
            "CREATE EXTENSION IF NOT EXISTS pg_trgm; \
             CREATE INDEX IF NOT EXISTS api_keys_name_parts ON api_keys USING gin (name_folded gin_trgm_ops)",
        )
        .await;
    if let Err(error) = made {
        tracing::warn!(error = %Error::from(error), "names are sought by reading all of them: the extension pg_trgm cannot be used");
    }
}

/// The steps that were not applied yet. What is known here has to be there in the same form, and what is not has to go together
/// with what is.
async fn missing<'s>(client: &tokio_postgres::Client, steps: &'s [Step]) -> Result<Vec<&'s Step>, MigrationError> {
    let latest = steps.iter().map(|step| step.version).max().unwrap_or_default();
    let mut known = Vec::new();
    for row in client
        .query("SELECT version, checksum, works_with FROM keydeck_steps WHERE version > 0 ORDER BY version", &[])
        .await?
    {
        let (version, works_with): (i64, i64) = (row.try_get("version")?, row.try_get("works_with")?);
        if version > latest && works_with <= latest {
            continue;
        }
        let checksum = hex::decode(row.try_get::<_, &str>("checksum")?).unwrap_or_default();
        known.push(Applied { version, finished: true, checksum });
    }
    steps::missing(known, steps)
}
