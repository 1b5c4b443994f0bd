//! The filter language: words and fields joined by AND, read from text and printed back.
//!
//! | Written | Holds for a row when |
//! | --- | --- |
//! | `word` | the word stands anywhere in it, in any case |
//! | `"two words"` | both stand there just so; inside, `\"` and `\\` are a quote and a backslash |
//! | `field:value` | see [`FIELDS`] |
//! | `-…` | the rest does not hold |
//! | a key's value | the key is the one with this value, compared by hash; of several any will do |
//!
//! A field that a row does not have holds never, so its negation holds always. What is searched is what is
//! [shown](super::fold). A key's value is never searched as text: whole, it is hashed at once and only the hash is kept;
//! begun, it matches nothing.

use std::ops::Range;

use super::finding::{Resolution, Source};
use super::key_value::{Digest32, hex};

mod fields;
mod moment;
mod parse;
mod print;
mod secrets;

pub use fields::{FIELDS, FieldHelp, TextField};
pub use moment::{Comparison, MomentField, MomentTest};
pub use secrets::pasted_values;

/// A filter, read from text. The empty one matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    clauses: Vec<Clause>,
    fingerprints: Vec<String>,
}

/// A condition or its opposite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Whether the term must not hold.
    pub negated: bool,
    pub term: Term,
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// A word anywhere in the row, [folded](super::fold::fold); never empty.
    Word(String),
    /// Text in one field, folded; never empty.
    Text(TextField, String),
    /// What state it is in.
    Status(StatusWord),
    /// When something happens or happened.
    Moment(MomentField, MomentTest),
    /// Whether an open finding names the key.
    Exposed(bool),
    /// Where a secret was found; none for a place this version does not know.
    Source(Option<Source>),
    /// What became of a finding; none for an outcome this version does not know.
    Resolution(Option<Resolution>),
    /// The key has one of the values with these digests. A query holds one such clause of each sign at most.
    Values(Vec<Digest32>),
    /// The beginning of a key's value, and what gave it away. Matches nothing, negated or not.
    Incomplete(&'static str),
}

/// What may stand behind `status:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatusWord {
    Enabled,
    /// The key is refused for now.
    Disabled,
    /// The key is refused for ever.
    Revoked,
    /// The key's expiry passed and it is not revoked.
    Expired,
    /// An open finding names it; an open finding itself.
    Exposed,
    /// An enabled key; an open finding.
    Active,
    /// A status this version does not know, or none.
    Other,
}

impl StatusWord {
    const ALL: [Self; 7] =
        [Self::Enabled, Self::Disabled, Self::Revoked, Self::Expired, Self::Exposed, Self::Active, Self::Other];

    const fn word(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::Exposed => "exposed",
            Self::Active => "active",
            Self::Other => "other",
        }
    }
}

/// Why a text is no query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    /// The part of the text that is wrong, in bytes; inside the text, at character boundaries.
    pub span: Range<usize>,
    /// What is wrong with it and what is possible; never quotes anything that looks like a key's value.
    pub message: String,
}

impl Query {
    /// Reads a query.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let parsed = parse::parse(text);
        match secrets::asked_for(text, parsed.is_ok()) {
            Some(digests) => Ok(Self::new(vec![Clause { negated: false, term: Term::Values(digests) }])),
            None => parsed.map(Self::new),
        }
    }

    fn new(clauses: Vec<Clause>) -> Self {
        let mut query = Self::default();
        for clause in clauses {
            query.add(clause);
        }
        query.fingerprints = query.values().flatten().map(|digest| hex(digest)).collect();
        query
    }

    fn values(&self) -> impl Iterator<Item = &[Digest32]> {
        self.clauses.iter().filter_map(|clause| match &clause.term {
            Term::Values(values) => Some(values.as_slice()),
            _ => None,
        })
    }

    /// Adds a clause, unless it says nothing new; values of one sign join the clause that is there.
    fn add(&mut self, clause: Clause) {
        if let Term::Values(new) = &clause.term {
            let same = self.clauses.iter_mut().find_map(|other| match &mut other.term {
                Term::Values(values) if other.negated == clause.negated => Some(values),
                _ => None,
            });
            if let Some(values) = same {
                for value in new {
                    if !values.contains(value) {
                        values.push(*value);
                    }
                }
                return;
            }
        }
        if !self.clauses.contains(&clause) {
            self.clauses.push(clause);
        }
    }

    /// The conditions, all of which must hold.
    pub fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    /// Whether every row matches.
    pub fn is_empty(&self) -> bool {
        self.clauses.is_empty()
    }

    /// Whether a key's value, whole or begun, stands in the query, or the fingerprint of one.
    pub fn has_secret(&self) -> bool {
        self.clauses.iter().any(|clause| matches!(clause.term, Term::Values(_) | Term::Incomplete(_)))
    }

    /// Whether the query holds the beginning of a key's value, so that nothing matches until it is whole.
    pub fn incomplete_secret(&self) -> bool {
        self.clauses.iter().any(|clause| matches!(clause.term, Term::Incomplete(_)))
    }

    /// The fingerprints of the whole values in the query, to look up.
    pub fn fingerprints(&self) -> &[String] {
        &self.fingerprints
    }

    /// Whether the outcome may change as time goes by.
    pub fn depends_on_now(&self) -> bool {
        self.clauses.iter().any(|clause| matches!(&clause.term, Term::Moment(_, test) if test.depends_on_now()))
            || self.clauses.iter().any(|clause| clause.term == Term::Status(StatusWord::Expired))
    }

    /// Whether every row that matches this query also matches `earlier`, whatever the rows are.
    pub fn extends(&self, earlier: &Self) -> bool {
        self.incomplete_secret() || earlier.clauses.iter().all(|old| self.clauses.iter().any(|new| new.implies(old)))
    }
}

impl Clause {
    fn implies(&self, other: &Self) -> bool {
        if self.negated != other.negated {
            return false;
        }
        let (narrow, wide) = if self.negated { (other, self) } else { (self, other) };
        match (&narrow.term, &wide.term) {
            (Term::Word(longer), Term::Word(shorter)) => longer.contains(shorter),
            (Term::Text(field, longer), Term::Text(same, shorter)) => field == same && longer.contains(shorter),
            (Term::Values(few), Term::Values(many)) => few.iter().all(|value| many.contains(value)),
            (narrow, wide) => narrow == wide,
        }
    }
}

#[cfg(test)]
mod tests;
