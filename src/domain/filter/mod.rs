//! The filter language: words and fields joined by AND and OR, read from text and printed back.
//!
//! [`GRAMMAR`] and [`FIELDS`] are the language as people read it; both are checked against what is understood.
//!
//! A field that a row does not have holds never, so its negation holds always. What is searched is what is
//! [shown](super::fold). A key's value is never searched as text: whole, it is hashed at once and only the hash is kept;
//! begun, it matches nothing. What other languages write and this one does not is refused, with what to write instead,
//! never looked for in silence.

use std::ops::Range;

use super::finding::{Resolution, Source};
use super::ids::UserId;
use super::key::Access;
use super::key_value::{Digest32, hex};

mod complete;
mod fields;
mod grammar;
mod moment;
mod parse;
mod pattern;
mod print;
mod refuse;
mod secrets;
mod tree;
mod value;

pub use complete::{Candidates, candidates};
pub use fields::{FIELDS, FieldHelp, TextField};
pub use grammar::{GRAMMAR, GrammarHelp};
pub use moment::{Comparison, MomentField, MomentTest};
pub use pattern::Pattern;
pub use print::whole;
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
    /// All of one of these holds. Never fewer than two, but for a negated one of several clauses.
    Any(Vec<Vec<Clause>>),
    /// A word anywhere in the row, or all of one of its texts.
    Word(Pattern),
    /// Text in one field.
    Text(TextField, Pattern),
    /// It belongs to whoever asks; none: nobody said yet who that is, and until then nothing matches.
    Mine(Option<UserId>),
    /// Its owner left.
    OwnerGone,
    /// Its owner is the user of this number; 0: nobody says whose it is.
    OwnedBy(UserId),
    /// What state it is in.
    Status(StatusWord),
    /// When something happens or happened.
    Moment(MomentField, MomentTest),
    /// What a key may do on the server's API; none for a word this version does not know.
    Access(Option<Access>),
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

    /// What means the state by itself, without `status:`.
    fn bare(word: &str) -> Option<Self> {
        [Self::Enabled, Self::Disabled, Self::Revoked, Self::Expired, Self::Exposed]
            .into_iter()
            .find(|state| state.word().eq_ignore_ascii_case(word))
    }

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
        let mut fingerprints = Vec::new();
        tree::each(&clauses, &mut |term| {
            if let Term::Values(digests) = term {
                fingerprints.extend(digests.iter().map(|digest| hex(digest)));
            }
        });
        Self { clauses, fingerprints }
    }

    /// The query of a person: whose keys `owner:me` means.
    #[must_use]
    pub fn asked_by(mut self, me: Option<UserId>) -> Self {
        tree::each_mut(&mut self.clauses, &mut |term| {
            if let Term::Mine(whose) = term {
                *whose = me;
            }
        });
        self
    }

    /// The query that holds where both do.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::new(tree::all(self.clauses.into_iter().chain(other.clauses)))
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
        self.says(|term| matches!(term, Term::Values(_) | Term::Incomplete(_)))
    }

    /// Whether the query holds the beginning of a key's value, so that nothing matches until it is whole.
    pub fn incomplete_secret(&self) -> bool {
        self.says(|term| matches!(term, Term::Incomplete(_)))
    }

    /// Whether no row matches, whatever the rows are: half a value, or `owner:me` of nobody knows whom.
    pub fn matches_nothing(&self) -> bool {
        self.says(|term| matches!(term, Term::Incomplete(_) | Term::Mine(None)))
    }

    /// The fingerprints of the whole values in the query, to look up.
    pub fn fingerprints(&self) -> &[String] {
        &self.fingerprints
    }

    /// Whether the outcome may change as time goes by.
    pub fn depends_on_now(&self) -> bool {
        self.says(|term| match term {
            Term::Moment(_, test) => test.depends_on_now(),
            term => *term == Term::Status(StatusWord::Expired),
        })
    }

    /// Whether it asks whose owners left, which only the list of users tells.
    pub fn asks_who_left(&self) -> bool {
        self.says(|term| *term == Term::OwnerGone)
    }

    /// A text in it that looks like an address and is looked for as a part of longer ones, too.
    pub fn loose_address(&self) -> Option<&str> {
        let mut found = None;
        tree::each(&self.clauses, &mut |term| match term {
            Term::Word(pattern) | Term::Text(TextField::Owner | TextField::Contact, pattern) => match pattern {
                Pattern::Part(text) if value::begins_address(text) => found = found.or(Some(text.as_str())),
                Pattern::Whole(pieces) if pieces.len() > 1 && value::begins_address(&pieces[0]) => {
                    found = found.or(Some(pieces[0].as_str()));
                }
                _ => {}
            },
            _ => {}
        });
        found
    }

    /// Whether every row that matches this query also matches `earlier`, whatever the rows are, as far as that is plain.
    pub fn extends(&self, earlier: &Self) -> bool {
        // a group that cannot match yet would hide that another one in it can
        self.matches_nothing()
            || !earlier.matches_nothing() && earlier.clauses.iter().all(|old| tree::follows(&self.clauses, old))
    }

    fn says(&self, says: impl Fn(&Term) -> bool) -> bool {
        tree::has(&self.clauses, &says)
    }
}

#[cfg(test)]
mod tests;
