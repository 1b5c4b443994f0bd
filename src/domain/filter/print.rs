//! Queries as text.

use std::fmt;

use super::fields::{Field, FieldHelp, TextField};
use super::parse::parse;
use super::value::{GONE, ME, NUMBER, resolution_word};
use super::{Clause, Pattern, Query, Term};
use crate::domain::fold::fold;
use crate::domain::key_value::hex;

/// The canonical text, which parses to an equal query. A key's value comes out as `key:sha256:` and its fingerprint, the
/// beginning of one as what gave it away.
impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.clauses.as_slice() {
            [Clause { negated: false, term: Term::Any(alternatives) }] if listed(alternatives).is_none() => {
                write_alternatives(alternatives, f)
            }
            clauses => write_all(clauses, f),
        }
    }
}

fn write_all(clauses: &[Clause], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (position, clause) in clauses.iter().enumerate() {
        let space = if position > 0 { " " } else { "" };
        write!(f, "{space}{clause}")?;
    }
    Ok(())
}

fn write_alternatives(alternatives: &[Vec<Clause>], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (position, alternative) in alternatives.iter().enumerate() {
        if position > 0 {
            f.write_str(" OR ")?;
        }
        write_all(alternative, f)?;
    }
    Ok(())
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minus = if self.negated { "-" } else { "" };
        match &self.term {
            Term::Any(alternatives) => {
                if let Some(list) = listed(alternatives) {
                    return write!(f, "{minus}{list}");
                }
                write!(f, "{minus}(")?;
                write_alternatives(alternatives, f)?;
                f.write_str(")")
            }
            Term::Values(digests) => {
                for (position, digest) in digests.iter().enumerate() {
                    let space = if position > 0 { " " } else { "" };
                    write!(f, "{space}{minus}key:sha256:{}", hex(digest))?;
                }
                Ok(())
            }
            Term::Incomplete(sign) => write!(f, "{minus}{sign}"),
            term => {
                let (name, value) = named(term);
                write!(f, "{minus}{name}{value}")
            }
        }
    }
}

/// Alternatives as one field with several values, where that is what they are.
fn listed(alternatives: &[Vec<Clause>]) -> Option<String> {
    let mut list = String::new();
    let (mut of, mut all_exact) = (String::new(), false);
    for (position, alternative) in alternatives.iter().enumerate() {
        let [Clause { negated: false, term }] = alternative.as_slice() else { return None };
        let (name, mut value) = named(term);
        if position == 0 {
            if name.is_empty() || alternatives.len() < 2 {
                return None;
            }
            list.push_str(&name);
            of = name;
            all_exact = value.starts_with('=') && is_text(term);
        } else {
            if name != of {
                return None;
            }
            // a = before the first one holds for all
            match term {
                Term::Text(_, Pattern::Whole(pieces)) if all_exact => {
                    if pieces.len() == 1 {
                        value.remove(0);
                    } else if !value.contains('*') {
                        return None;
                    }
                }
                _ if all_exact => return None,
                _ => {}
            }
            list.push(',');
        }
        list.push_str(&value);
    }
    Some(list)
}

fn is_text(term: &Term) -> bool {
    matches!(term, Term::Text(..))
}

/// A term as what stands before its value, with the colon, and its value.
fn named(term: &Term) -> (String, String) {
    let field = |field| format!("{}:", FieldHelp::of(field));
    match term {
        Term::Word(pattern) => (String::new(), written("", term, pattern)),
        Term::Text(name, pattern) => {
            let name = field(Field::Text(*name));
            let value = written(&name, term, pattern);
            (name, value)
        }
        Term::Mine(_) => (field(Field::Text(TextField::Owner)), ME.to_owned()),
        Term::OwnedBy(id) => (field(Field::Text(TextField::Owner)), format!("{NUMBER}{id}")),
        Term::OwnerGone => (field(Field::Text(TextField::Owner)), GONE.to_owned()),
        Term::Status(status) => (field(Field::Status), status.word().to_owned()),
        Term::Moment(name, test) => (field(Field::Moment(*name)), test.to_string()),
        Term::Exposed(yes) => (field(Field::Exposed), if *yes { "yes" } else { "no" }.to_owned()),
        Term::Access(access) => {
            (field(Field::Access), access.as_ref().map_or("other", |access| access.word()).to_owned())
        }
        Term::Source(source) => {
            (field(Field::Source), source.as_ref().map_or("other", |source| source.word()).to_owned())
        }
        Term::Resolution(resolution) => {
            (field(Field::Resolution), resolution.as_ref().map_or("other".into(), resolution_word).into_owned())
        }
        // these have no one value
        Term::Any(_) | Term::Values(_) | Term::Incomplete(_) => (String::new(), String::new()),
    }
}

/// The value of a pattern: without quotes where that means the same.
fn written(name: &str, term: &Term, pattern: &Pattern) -> String {
    let same = |value: &str| {
        // what means something else only beside other terms, or in a group
        let joins = ["or", "and", "not"].iter().any(|word| value.eq_ignore_ascii_case(word));
        !joins
            && !value.contains(['(', ')'])
            && parse(&format!("{name}{value}")).is_ok_and(|clauses| is_just(&clauses, term))
    };
    match pattern {
        Pattern::Part(part) if same(part) => part.clone(),
        Pattern::Part(part) => quoted(part),
        Pattern::Whole(pieces) => {
            let exact = if pieces.len() == 1 { "=" } else { "" };
            // the beginning of an address needs no *
            if let [start, end] = pieces.as_slice()
                && end.is_empty()
                && same(start)
            {
                return start.clone();
            }
            let bare = format!("{exact}{}", pieces.join("*"));
            if same(&bare) {
                return bare;
            }
            let pieces: Vec<String> =
                pieces.iter().map(|piece| if piece.is_empty() { String::new() } else { quoted(piece) }).collect();
            format!("{exact}{}", pieces.join("*"))
        }
    }
}

/// The condition that all of a field's text is this one; none where it cannot be written, as that which looks like a key's
/// value cannot.
pub fn whole(field: TextField, text: &str) -> Option<String> {
    let written = format!("{}:={}", FieldHelp::of(Field::Text(field)), quoted(text));
    let wanted = Term::Text(field, Pattern::Whole(vec![fold(text)]));
    parse(&written).is_ok_and(|clauses| is_just(&clauses, &wanted)).then_some(written)
}

fn is_just(clauses: &[Clause], term: &Term) -> bool {
    matches!(clauses, [clause] if !clause.negated && clause.term == *term)
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
