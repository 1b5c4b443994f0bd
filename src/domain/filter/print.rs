//! Queries and errors as text.

use std::fmt;

use super::fields::{Field, FieldHelp};
use super::parse::{field_name, resolution_word};
use super::{Clause, Query, Term};
use crate::domain::key_value::hex;

/// The canonical text, which parses to an equal query. A key's value comes out as `key:sha256:` and its fingerprint, the
/// beginning of one as what gave it away.
impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, clause) in self.clauses.iter().enumerate() {
            if position > 0 {
                f.write_str(" ")?;
            }
            clause.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minus = if self.negated { "-" } else { "" };
        let field = |field| FieldHelp::of(field);
        match &self.term {
            Term::Word(word) if word.starts_with('-') || field_name(word).is_some() => {
                f.write_str(minus)?;
                write_quoted(word, f)
            }
            Term::Word(word) => {
                f.write_str(minus)?;
                write_value(word, f)
            }
            Term::Text(name, text) => {
                write!(f, "{minus}{}:", field(Field::Text(*name)))?;
                // Unquoted, this would be a fingerprint.
                if text.starts_with("sha256:") { write_quoted(text, f) } else { write_value(text, f) }
            }
            Term::Status(status) => write!(f, "{minus}{}:{}", field(Field::Status), status.word()),
            Term::Moment(name, test) => write!(f, "{minus}{}:{test}", field(Field::Moment(*name))),
            Term::Exposed(yes) => write!(f, "{minus}{}:{}", field(Field::Exposed), if *yes { "yes" } else { "no" }),
            Term::Source(source) => {
                let word = source.as_ref().map_or("other", |source| source.word());
                write!(f, "{minus}{}:{word}", field(Field::Source))
            }
            Term::Resolution(resolution) => {
                let word = resolution.as_ref().map_or("other".into(), resolution_word);
                write!(f, "{minus}{}:{word}", field(Field::Resolution))
            }
            Term::Values(digests) => {
                for (position, digest) in digests.iter().enumerate() {
                    let space = if position > 0 { " " } else { "" };
                    write!(f, "{space}{minus}key:sha256:{}", hex(digest))?;
                }
                Ok(())
            }
            Term::Incomplete(sign) => write!(f, "{minus}{sign}"),
        }
    }
}

fn write_value(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if text.starts_with('"') || text.contains(char::is_whitespace) { write_quoted(text, f) } else { f.write_str(text) }
}

fn write_quoted(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
