//! The filter language.

use std::fmt;
use std::ops::Range;

/// A filter, read from text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    words: Vec<String>,
    fingerprints: Vec<String>,
}

/// One condition of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// A word, folded, anywhere in the row's text.
    Word(String),
}

/// Why a query does not parse.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    /// What is wrong, in bytes of the text.
    pub span: Range<usize>,
    /// What is wrong with it and what is possible; never quotes anything that looks like a key's value.
    pub message: String,
}

impl Query {
    /// Reads a query.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let words = text.split_whitespace().map(super::fold::fold).collect();
        Ok(Self { words, fingerprints: Vec::new() })
    }

    /// Whether every row matches.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether a key's value, whole or begun, stands in the query.
    pub fn has_secret(&self) -> bool {
        false
    }

    /// Whether the query holds the beginning of a key's value, which matches nothing until it is whole.
    pub fn incomplete_secret(&self) -> bool {
        false
    }

    /// The fingerprints of the whole values in the query, to look up.
    pub fn fingerprints(&self) -> &[String] {
        &self.fingerprints
    }

    /// Whether every row that matches this query also matches `earlier`.
    pub fn extends(&self, earlier: &Self) -> bool {
        earlier.words.iter().all(|word| self.words.iter().any(|longer| longer.contains(word)))
    }

    pub(crate) fn words(&self) -> &[String] {
        &self.words
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words.join(" "))
    }
}

/// The parts of `text` that must not be shown, in bytes: words that are or begin to be a key's value.
pub fn secret_spans(text: &str) -> Vec<Range<usize>> {
    let _ = text;
    Vec::new()
}
