//! A statement with its values.

use super::error::{Error, Result};

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
    /// Whether its prepared form is worth keeping.
    pub(super) fn is_kept(&self) -> bool {
        self.text.len() <= KEPT
    }

    /// Refuses what cannot be bound to a statement with so many places: the same with every engine.
    pub(super) fn check(&self, places: usize) -> Result<()> {
        if places != self.values.len() {
            return Err(Error::Value("there are more or fewer of them than the statement has places".to_owned()));
        }
        // PostgreSQL takes no NUL, and SQLite's own functions end a text there
        if self.values.iter().any(|value| matches!(value, Value::Text(text) if text.contains('\0'))) {
            return Err(Error::Value("a text with a NUL".to_owned()));
        }
        Ok(())
    }
}
