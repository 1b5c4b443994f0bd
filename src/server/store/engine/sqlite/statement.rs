//! Running a statement on a connection, and reading what it answers.

use rusqlite::types::{Null, ValueRef};
use rusqlite::{CachedStatement, Connection};

use crate::server::store::engine::Done;
use crate::server::store::engine::error::Result;
use crate::server::store::engine::rows::{CellRef, Rows};
use crate::server::store::engine::statement::{Statement, Value};

/// Runs a statement to its end.
pub(super) fn run(statement: &Statement, connection: &Connection) -> Result<Done> {
    let text = numbered(&statement.text);
    tracing::trace!(database = connection.path(), statement = %text, "running");
    if statement.is_kept() {
        let mut prepared: CachedStatement<'_> = connection.prepare_cached(&text)?;
        run_prepared(statement, connection, &mut prepared)
    } else {
        run_prepared(statement, connection, &mut connection.prepare(&text)?)
    }
}

fn run_prepared(
    statement: &Statement,
    connection: &Connection,
    prepared: &mut rusqlite::Statement<'_>,
) -> Result<Done> {
    statement.check(prepared.parameter_count())?;
    for (at, value) in (1..).zip(&statement.values) {
        match value {
            Value::Null => prepared.raw_bind_parameter(at, Null)?,
            Value::Integer(number) => prepared.raw_bind_parameter(at, number)?,
            Value::Text(text) => prepared.raw_bind_parameter(at, text.as_str())?,
        }
    }
    let rows = read(prepared)?;
    Ok(Done { rows, changed: connection.changes() })
}

/// Runs a statement whose values are bound, and reads what it answers.
fn read(statement: &mut rusqlite::Statement<'_>) -> Result<Rows> {
    let mut read = Rows::with(statement.column_names());
    let columns = statement.column_count();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        for at in 0..columns {
            match row.get_ref(at)? {
                ValueRef::Null => read.push(None)?,
                ValueRef::Integer(number) => read.push(Some(CellRef::Integer(number)))?,
                ValueRef::Text(text) => match std::str::from_utf8(text) {
                    Ok(text) => read.push(Some(CellRef::Text(text)))?,
                    Err(_not_utf8) => return Err(read.wrong(at, "no UTF-8")),
                },
                ValueRef::Real(_) => return Err(read.wrong(at, "a broken number")),
                ValueRef::Blob(_) => return Err(read.wrong(at, "bytes")),
            }
        }
    }
    Ok(read)
}

/// `text` with `?1` for `$1`, outside of quotes. To SQLite `$1` is a name, and names are numbered as they appear.
fn numbered(text: &str) -> String {
    let mut numbered = String::with_capacity(text.len());
    let (mut quote, mut rest) = (None, text);
    // of every request's first statement: in large steps
    while let Some(at) = memchr::memchr3(b'$', b'\'', b'"', rest.as_bytes()) {
        let (before, from) = rest.split_at(at);
        let found = char::from(from.as_bytes()[0]);
        numbered.push_str(before);
        numbered.push(if found == '$' && quote.is_none() { '?' } else { found });
        quote = match quote {
            Some(open) if open == found => None,
            None if found != '$' => Some(found),
            same => same,
        };
        rest = &from[1..];
    }
    numbered.push_str(rest);
    numbered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_numbered_outside_of_quotes() {
        for (text, expected) in [
            ("SELECT $2, $1, $12", "SELECT ?2, ?1, ?12"),
            ("SELECT '$1' || $1", "SELECT '$1' || ?1"),
            ("SELECT 'it''s $1', \"a'$2\", $3", "SELECT 'it''s $1', \"a'$2\", ?3"),
            ("SELECT ' \" ', $1", "SELECT ' \" ', ?1"),
            ("", ""),
        ] {
            assert_eq!(numbered(text), expected);
        }
    }
}
