//! Everything that a database keeps, from one to another of either engine: copied in pages, in one transaction on each side, and
//! compared row by row afterwards.

mod mark;
mod tables;

use sha2::{Digest, Sha256};

use super::engine::{Result, Row, Transaction, Value};
use super::sql::Sql;
use crate::fault;

pub use self::mark::{Mark, add_to_history, clear, history, of, set};
pub use self::tables::{DERIVED, PASSING, TABLES, Table};

/// How many rows are read at once.
const PAGE: usize = 512;
/// How many rows a statement writes: few enough that its prepared form is kept for the widest table.
const ROWS_A_STATEMENT: usize = 64;
/// How often it is told how far a long table has come, in rows.
const TOLD_EVERY: u64 = 100_000;

/// What a table holds: how many rows, and a hash over all their columns in the order of the primary key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    pub table: &'static str,
    pub rows: u64,
    hash: [u8; 32],
}

/// A sum in the making.
struct Summing {
    rows: u64,
    hash: Sha256,
}

impl Summing {
    fn new() -> Self {
        Self { rows: 0, hash: Sha256::new() }
    }

    /// Adds a row. Lengths count, so that no two rows come to the same bytes.
    fn add(&mut self, row: &[Value]) {
        self.rows += 1;
        for value in row {
            match value {
                Value::Null => self.hash.update([0]),
                Value::Integer(number) => {
                    self.hash.update([1]);
                    self.hash.update(number.to_be_bytes());
                }
                Value::Text(text) => {
                    self.hash.update([2]);
                    self.hash.update((text.len() as u64).to_be_bytes());
                    self.hash.update(text.as_bytes());
                }
            }
        }
    }

    fn add_all(&mut self, rows: &[Vec<Value>]) {
        for row in rows {
            self.add(row);
        }
    }

    fn of(self, table: &Table) -> Sum {
        Sum { table: table.name, rows: self.rows, hash: self.hash.finalize().into() }
    }
}

/// Copies all that `from` sees into `to`, in place of whatever is there, and answers what was read. `told` hears of each table
/// how many of its rows are copied.
pub async fn copy(
    from: &mut Transaction,
    to: &mut Transaction,
    mut told: impl FnMut(&'static str, u64),
) -> Result<Vec<Sum>> {
    empty(to).await?;
    let mut sums = Vec::with_capacity(TABLES.len());
    for table in &TABLES {
        let sum = copy_table(table, from, to, &mut told).await?;
        told(table.name, sum.rows);
        sums.push(sum);
        fault::point!("move.table.{}", table.name);
    }
    if let Transaction::Postgres(_) = to {
        // what it knows of its tables is what they were before
        Sql::new("ANALYZE").run(&mut *to).await?;
    }
    for table in TABLES.iter().filter(|table| !table.later.is_empty()) {
        fill_in(table, from, to).await?;
    }
    Ok(sums)
}

/// What stands in every table.
pub async fn sums(on: &mut Transaction) -> Result<Vec<Sum>> {
    let mut sums = Vec::with_capacity(TABLES.len());
    for table in &TABLES {
        let (mut sum, mut after) = (Summing::new(), None);
        while let Some(rows) = page(table, Which::All, after.as_deref(), on).await? {
            sum.add_all(&rows);
            after = last_key(table, &rows);
        }
        sums.push(sum.of(table));
    }
    Ok(sums)
}

/// The first table that is not the same in both, if there is one.
pub fn difference(one: &[Sum], other: &[Sum]) -> Option<&'static str> {
    one.iter().zip(other).find(|(one, other)| one != other).map(|(one, _)| one.table)
}

/// How many keys each owner has of each state, as the database itself keeps count.
pub async fn counts(on: &mut Transaction) -> Result<Vec<(i64, String, i64)>> {
    let counts = Sql::new("SELECT owner_id, state, keys FROM key_counts WHERE keys <> 0 ORDER BY owner_id, state");
    let rows = counts.rows(on).await?;
    rows.iter().map(|row| Ok((row.try_get("owner_id")?, row.try_get("state")?, row.try_get("keys")?))).collect()
}

/// Removes every row: what a schema begins with, and what was there before all was moved elsewhere.
async fn empty(to: &mut Transaction) -> Result<()> {
    for table in TABLES.iter().rev() {
        let names: Vec<_> = table.later.iter().filter(|(_, until)| *until == tables::Until::Null).collect();
        if !names.is_empty() {
            let mut sql = Sql::new("UPDATE ");
            sql.push(table.name).push(" SET ");
            for (at, (column, _)) in names.iter().enumerate() {
                sql.push(if at > 0 { ", " } else { "" }).push(column).push(" = NULL");
            }
            for (column, until) in names {
                sql.or(column).push(until.differs());
            }
            sql.run(&mut *to).await?;
        }
        delete_all(table.name, to).await?;
    }
    for name in PASSING {
        delete_all(name, to).await?;
    }
    Ok(())
}

async fn delete_all(table: &'static str, to: &mut Transaction) -> Result<()> {
    let mut sql = Sql::new("DELETE FROM ");
    sql.push(table);
    sql.run(to).await?;
    Ok(())
}

async fn copy_table(
    table: &Table,
    from: &mut Transaction,
    to: &mut Transaction,
    told: &mut impl FnMut(&'static str, u64),
) -> Result<Sum> {
    let (mut sum, mut after, mut next) = (Summing::new(), None, TOLD_EVERY);
    while let Some(mut rows) = page(table, Which::All, after.as_deref(), from).await? {
        sum.add_all(&rows);
        after = last_key(table, &rows);
        for (at, column) in table.columns().enumerate() {
            if let Some((_, until)) = table.later.iter().find(|(later, _)| *later == column) {
                for row in &mut rows {
                    row[at] = until.value();
                }
            }
        }
        for rows in rows.chunks(ROWS_A_STATEMENT) {
            insert(table, rows, to).await?;
        }
        if sum.rows >= next {
            told(table.name, sum.rows);
            next += TOLD_EVERY;
        }
    }
    Ok(sum.of(table))
}

/// Which rows of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    All,
    /// Those of which something was left open.
    LeftOpen,
}

/// Up to a page of rows behind the one of this key, with every column. None where there are no more.
async fn page(
    table: &Table,
    which: Which,
    after: Option<&[Value]>,
    from: &mut Transaction,
) -> Result<Option<Vec<Vec<Value>>>> {
    let mut sql = Sql::new("SELECT ");
    push_list(&mut sql, table.columns());
    sql.push(" FROM ").push(table.name);
    if let Some(only) = table.only {
        sql.and(only);
    }
    if let Some(after) = after {
        sql.and("(");
        push_list(&mut sql, table.key.iter().copied());
        sql.push(") > (");
        for (at, value) in after.iter().enumerate() {
            sql.push(if at > 0 { ", " } else { "" }).bind(value.clone());
        }
        sql.push(")");
    }
    if which == Which::LeftOpen {
        sql.and("(");
        for (at, (column, until)) in table.later.iter().enumerate() {
            sql.push(if at > 0 { " OR " } else { "" }).push(column).push(until.differs());
        }
        sql.push(")");
    }
    sql.push(" ORDER BY ");
    push_list(&mut sql, table.key.iter().copied());
    sql.push(" LIMIT ").bind(i64::try_from(PAGE).unwrap_or(i64::MAX));
    let rows = sql.rows(from).await?;
    let read = |row: Row<'_>| table.columns().map(|column| row.try_get(column)).collect::<Result<Vec<Value>>>();
    if rows.is_empty() { Ok(None) } else { rows.iter().map(read).collect::<Result<_>>().map(Some) }
}

fn last_key(table: &Table, rows: &[Vec<Value>]) -> Option<Vec<Value>> {
    rows.last().map(|row| row[..table.key.len()].to_vec())
}

fn push_list(sql: &mut Sql, columns: impl Iterator<Item = &'static str>) {
    for (at, column) in columns.enumerate() {
        sql.push(if at > 0 { ", " } else { "" }).push(column);
    }
}

async fn insert(table: &Table, rows: &[Vec<Value>], to: &mut Transaction) -> Result<()> {
    let mut sql = Sql::new("INSERT INTO ");
    sql.push(table.name).push(" (");
    push_list(&mut sql, table.columns());
    sql.push(") VALUES ");
    for (at, row) in rows.iter().enumerate() {
        sql.push(if at > 0 { ", (" } else { "(" });
        for (at, value) in row.iter().enumerate() {
            sql.push(if at > 0 { ", " } else { "" }).bind(value.clone());
        }
        sql.push(")");
    }
    sql.run(to).await?;
    Ok(())
}

/// Fills in what was left open of a table whose key is one column.
async fn fill_in(table: &Table, from: &mut Transaction, to: &mut Transaction) -> Result<()> {
    let places: Vec<usize> =
        table.later.iter().filter_map(|(later, _)| table.columns().position(|column| column == *later)).collect();
    let mut after = None;
    while let Some(rows) = page(table, Which::LeftOpen, after.as_deref(), from).await? {
        after = last_key(table, &rows);
        for rows in rows.chunks(ROWS_A_STATEMENT) {
            let mut sql = Sql::new("UPDATE ");
            sql.push(table.name).push(" SET ");
            for (at, (column, _)) in table.later.iter().enumerate() {
                // the columns of what is listed are numbered, behind the key
                let number = ["column2", "column3"][at];
                sql.push(if at > 0 { ", " } else { "" }).push(column).push(" = filled.").push(number);
            }
            sql.push(" FROM (VALUES ");
            for (at, row) in rows.iter().enumerate() {
                sql.push(if at > 0 { ", (" } else { "(" });
                push_typed(&mut sql, &row[0]);
                for place in &places {
                    sql.push(", ");
                    push_typed(&mut sql, &row[*place]);
                }
                sql.push(")");
            }
            sql.push(") AS filled WHERE ").push(table.name).push(".").push(table.key[0]).push(" = filled.column1");
            sql.run(&mut *to).await?;
        }
    }
    Ok(())
}

/// Binds a value where nothing around it says of which type it is.
fn push_typed(sql: &mut Sql, value: &Value) {
    sql.push("CAST(").bind(value.clone()).push(match value {
        Value::Integer(_) => " AS BIGINT)",
        Value::Null | Value::Text(_) => " AS TEXT)",
    });
}

#[cfg(test)]
mod tests;
