//! The mark of a database whose keys were moved elsewhere: a row that says where to, and triggers that refuse every change, so that
//! also a server which works on it, of whatever version, changes nothing any more. Each move has an id, which both sides
//! keep: by it a database is known to hold what another one held.

use serde::{Deserialize, Serialize};

use super::super::engine::{MOVED_CODE, MOVED_TEXT, On, Result, Statement, Transaction};
use super::super::sql::Sql;
use super::tables::{PASSING, TABLES};

/// The name of the mark among the server's own keys.
const MOVED: &str = "moved";
/// The name of the ids of the moves that brought what is here, with single spaces between, the last one last.
const MOVES: &str = "moves";
/// What a trigger is for.
const CHANGES: [&str; 3] = ["INSERT", "UPDATE", "DELETE"];

/// Where a database's keys went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The move's.
    pub id: String,
    /// The other database, as it is named to people.
    pub to: String,
    /// The head of the audit log, `SEQ:HASH`.
    pub head: String,
    /// When.
    pub at: String,
}

/// The mark, if there is one.
pub async fn of(on: impl On) -> Result<Option<Mark>> {
    let Some(row) = value(MOVED).row(on).await? else { return Ok(None) };
    Ok(Some(serde_json::from_str(row.try_get("value")?)?))
}

/// The moves that brought what is here, the last one last.
pub async fn history(on: impl On) -> Result<Vec<String>> {
    let Some(row) = value(MOVES).row(on).await? else { return Ok(Vec::new()) };
    Ok(row.try_get::<&str>("value")?.split_whitespace().map(str::to_owned).collect())
}

/// Notes that the last move brought what is here, after those of `before`.
pub async fn add_to_history(on: &mut Transaction, before: &[String], id: &str) -> Result<()> {
    let all = before.iter().map(String::as_str).chain([id]).collect::<Vec<_>>().join(" ");
    remove(MOVES, on).await?;
    put(MOVES, &all, on).await
}

/// Marks the database: from the commit on nothing changes it.
pub async fn set(on: &mut Transaction, mark: &Mark) -> Result<()> {
    put(MOVED, &serde_json::to_string(mark)?, on).await?;
    let statements: Vec<String> = match on {
        Transaction::Sqlite(_) => guarded()
            .flat_map(|table| {
                CHANGES.map(|change| {
                    format!(
                        "CREATE TRIGGER moved_{table}_{change} BEFORE {change} ON {table} \
                         BEGIN SELECT RAISE(ABORT, '{MOVED_TEXT}'); END"
                    )
                })
            })
            .collect(),
        Transaction::Postgres(_) => std::iter::once(format!(
            "CREATE FUNCTION moved() RETURNS trigger LANGUAGE plpgsql AS \
             'BEGIN RAISE EXCEPTION USING ERRCODE = ''{MOVED_CODE}'', MESSAGE = ''{MOVED_TEXT}''; END'"
        ))
        .chain(guarded().map(|table| {
            let changes = CHANGES.join(" OR ");
            format!("CREATE TRIGGER moved BEFORE {changes} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION moved()")
        }))
        .collect(),
    };
    all(statements, on).await
}

/// Takes the mark away.
pub async fn clear(on: &mut Transaction) -> Result<()> {
    let statements: Vec<String> = match on {
        Transaction::Sqlite(_) => guarded()
            .flat_map(|table| CHANGES.map(|change| format!("DROP TRIGGER IF EXISTS moved_{table}_{change}")))
            .collect(),
        Transaction::Postgres(_) => guarded()
            .map(|table| format!("DROP TRIGGER IF EXISTS moved ON {table}"))
            .chain(["DROP FUNCTION IF EXISTS moved()".to_owned()])
            .collect(),
    };
    all(statements, on).await?;
    remove(MOVED, on).await
}

/// What nobody changes any more.
fn guarded() -> impl Iterator<Item = &'static str> {
    TABLES.iter().map(|table| table.name).chain(PASSING)
}

async fn all(statements: Vec<String>, on: &mut Transaction) -> Result<()> {
    for text in statements {
        on.run(Statement { text, values: Vec::new() }).await?;
    }
    Ok(())
}

fn value(name: &'static str) -> Sql {
    let mut sql = Sql::new("SELECT value FROM server_keys WHERE name = ");
    sql.bind(name);
    sql
}

async fn put(name: &'static str, value: &str, on: &mut Transaction) -> Result<()> {
    let mut sql = Sql::new("INSERT INTO server_keys (name, value) VALUES (");
    sql.bind(name).push(", ").bind(value).push(")");
    sql.run(on).await?;
    Ok(())
}

async fn remove(name: &'static str, on: &mut Transaction) -> Result<()> {
    let mut sql = Sql::new("DELETE FROM server_keys WHERE name = ");
    sql.bind(name);
    sql.run(on).await?;
    Ok(())
}
