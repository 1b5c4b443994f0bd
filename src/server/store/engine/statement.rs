//! A statement with its values.

use rusqlite::{CachedStatement, Connection};

use super::Done;
use super::error::{Error, Result};
use super::rows::Rows;

/// The longest text whose prepared form is kept, in bytes: what is longer inserts many rows, and hardly comes twice.
const KEPT: usize = 16 * 1024;

/// A value, as it is bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// None.
    Null,
    Integer(i64),
    /// A text, without a NUL.
    Text(String),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A statement: `$1` in its text is the first of its values, wherever it stands and however often.
#[derive(Clone, Debug, Default)]
pub struct Statement {
    pub text: String,
    pub values: Vec<Value>,
}

impl Statement {
    /// Runs it to its end.
    pub(super) fn run(&self, connection: &Connection) -> Result<Done> {
        let text = numbered(&self.text);
        tracing::trace!(database = connection.path(), statement = %text, "running");
        if text.len() > KEPT {
            self.run_prepared(connection, &mut connection.prepare(&text)?)
        } else {
            let mut prepared: CachedStatement<'_> = connection.prepare_cached(&text)?;
            self.run_prepared(connection, &mut prepared)
        }
    }

    fn run_prepared(&self, connection: &Connection, prepared: &mut rusqlite::Statement<'_>) -> Result<Done> {
        if prepared.parameter_count() != self.values.len() {
            return Err(Error::Value("there are more or fewer of them than the statement has places".to_owned()));
        }
        for (at, value) in (1..).zip(&self.values) {
            match value {
                Value::Null => prepared.raw_bind_parameter(at, rusqlite::types::Null)?,
                Value::Integer(number) => prepared.raw_bind_parameter(at, number)?,
                // no other engine takes it, and SQLite's own functions end a text there
                Value::Text(text) if text.contains('\0') => {
                    return Err(Error::Value("a text with a NUL".to_owned()));
                }
                Value::Text(text) => prepared.raw_bind_parameter(at, text.as_str())?,
            }
        }
        let rows = Rows::read(prepared)?;
        Ok(Done { rows, changed: connection.changes() })
    }
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
