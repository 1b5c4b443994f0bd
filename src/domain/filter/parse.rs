//! Reading a query from text: terms, what joins them, and groups.

use std::ops::Range;

use super::fields::FieldHelp;
use super::secrets::{self, Content};
use super::value::{self, Value, error};
use super::{Clause, QueryError, Term, refuse, tree};

/// How deep groups may stand in each other.
const DEEPEST: usize = 16;

pub(super) fn parse(text: &str) -> Result<Vec<Clause>, QueryError> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    let alternatives = parser.disjunction()?;
    Ok(tree::all([tree::any(alternatives)]))
}

/// The name that stands before a colon at the start of `word`, if there is one: letters and `_` only, and the colon not
/// that of an address (`https://`).
pub(super) fn field_name(word: &str) -> Option<&str> {
    let (name, rest) = word.split_once(':')?;
    let named = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    (named && !rest.starts_with("//")).then_some(name)
}

/// Parts of the text are borrowed throughout, so that no copy of a key's value is made.
struct Parser<'a> {
    text: &'a str,
    at: usize,
    /// How many groups are open.
    depth: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Whether nothing more of the group can stand here.
    fn is_at_end(&self) -> bool {
        self.rest().is_empty() || (self.depth > 0 && self.rest().starts_with(')'))
    }

    /// What stands from `from` up to the next space or the end of the group.
    fn word(&self, from: usize) -> &'a str {
        let mut open = 0;
        let end = self.text[from..].char_indices().find(|(_, c)| match c {
            '(' => {
                open += 1;
                false
            }
            ')' if open > 0 => {
                open -= 1;
                false
            }
            ')' => self.depth > 0,
            c => c.is_whitespace(),
        });
        &self.text[from..end.map_or(self.text.len(), |(at, _)| from + at)]
    }

    /// What an `OR` joins.
    fn disjunction(&mut self) -> Result<Vec<Vec<Clause>>, QueryError> {
        let mut alternatives = vec![self.conjunction()?];
        while self.word(self.at) == "OR" {
            let or = self.at..self.at + "OR".len();
            self.at = or.end;
            let next = self.conjunction()?;
            if next.is_empty() || alternatives.last().is_some_and(Vec::is_empty) {
                let which = if next.is_empty() { "behind" } else { "before" };
                return Err(error(or, format!("a term is missing {which} OR – in quotes it is looked for as text")));
            }
            alternatives.push(next);
        }
        Ok(alternatives)
    }

    /// Terms side by side, all of which must hold.
    fn conjunction(&mut self) -> Result<Vec<Clause>, QueryError> {
        let mut clauses = Vec::new();
        let mut joined: Option<Range<usize>> = None;
        loop {
            self.skip_space();
            let word = if self.is_at_end() { "OR" } else { self.word(self.at) };
            let here = self.at..self.at + word.len();
            if word == "OR" || word == "AND" && (clauses.is_empty() || joined.is_some()) {
                let dangling = if word == "AND" && !self.is_at_end() { Some(here) } else { joined };
                let message = "AND stands between two terms – in quotes it is looked for as text";
                return match dangling {
                    Some(and) => Err(error(and, message.to_owned())),
                    None => Ok(tree::all(clauses)),
                };
            }
            if word == "AND" {
                self.at = here.end;
                joined = Some(here);
                continue;
            }
            let behind = self.text[here.end..].trim_start_matches(|c: char| c == ')' || c.is_whitespace());
            let followed = !behind.is_empty();
            if let Some(message) = refuse::joiner(word, !clauses.is_empty(), followed) {
                return Err(error(here, message));
            }
            clauses.push(self.clause()?);
            joined = None;
        }
    }

    /// A term or a group, perhaps behind a `-`.
    fn clause(&mut self) -> Result<Clause, QueryError> {
        let begin = self.at;
        let negated = self.rest().starts_with('-');
        self.at += usize::from(negated);
        if self.is_at_end() || self.rest().starts_with(char::is_whitespace) {
            let message = "- leaves out what follows it; write \"-\" to look for a dash";
            return Err(error(begin..self.at, message.into()));
        }
        if self.rest().starts_with('(') {
            let Clause { negated: inside, term } = self.group()?;
            return Ok(Clause { negated: negated != inside, term });
        }
        Ok(Clause { negated, term: self.term(negated)? })
    }

    fn group(&mut self) -> Result<Clause, QueryError> {
        let open = self.at;
        self.at += 1;
        if self.depth == DEEPEST {
            return Err(error(open..self.at, format!("no more than {DEEPEST} groups stand in each other")));
        }
        self.depth += 1;
        let alternatives = self.disjunction()?;
        self.skip_space();
        self.depth -= 1;
        // as with a quote, what is still being typed need not be closed
        let closed = self.rest().starts_with(')');
        self.at += usize::from(closed);
        if alternatives.iter().all(Vec::is_empty) {
            let message = "nothing stands between the parentheses; in quotes a ( is looked for as text";
            return Err(error(open..self.at, message.to_owned()));
        }
        if closed && !self.is_at_end() && !self.rest().starts_with(char::is_whitespace) {
            let behind = self.word(self.at);
            let behind = self.at..self.at + behind.len().max(1);
            return Err(error(behind, "a space is missing after the ) – in quotes a ) is looked for as text".into()));
        }
        Ok(tree::any(alternatives))
    }

    /// A word, or a field with its values.
    fn term(&mut self, negated: bool) -> Result<Term, QueryError> {
        let start = self.at;
        let word = self.word(start);
        let name = field_name(word);
        // A name that looks like a value is one, with a colon in or behind it.
        if let Some(name) = name
            && let Some(term) = value::secret_term(secrets::content(name))
        {
            self.at = start + word.len();
            return Ok(term);
        }
        let field = match name {
            Some(name) => Some(FieldHelp::named(name).ok_or_else(|| value::unknown_field(name, start))?),
            None => None,
        };
        self.at = start + name.map_or(0, |name| name.len() + 1);
        let written = self.word(self.at);
        let quoted = written.trim_start_matches('=').starts_with('"');
        if !quoted && secrets::content(written) != Content::Text {
            let value = Value::plain(written, self.at);
            self.at += written.len();
            return value.term(field, start..self.at, false).map(|term| term.0);
        }
        if !quoted && let Some((wrong, message)) = refuse::foreign(field, written, negated) {
            return Err(error(self.at + wrong.start..self.at + wrong.end, message));
        }
        // a link is looked for as it stands
        let splits = field.is_some() || !word.contains("://");
        self.values(field, start, splits)
    }

    /// Values with `,` or `|` between them, any of which will do.
    fn values(&mut self, field: Option<&'static FieldHelp>, start: usize, splits: bool) -> Result<Term, QueryError> {
        let mut terms = Vec::new();
        let (mut open, mut all_exact) = (0, false);
        loop {
            let value = self.value(splits, &mut open)?;
            if value.text.is_empty() && self.rest().starts_with([',', '|']) {
                let message = "a value is missing before this – in quotes it is looked for as text";
                return Err(error(self.at..self.at + 1, message.to_owned()));
            }
            let (term, exact) = value.term(field, start..self.at, all_exact)?;
            if terms.is_empty() {
                all_exact = exact;
            }
            terms.push(term);
            if !splits || !self.rest().starts_with([',', '|']) {
                break;
            }
            let separator = self.at..self.at + 1;
            self.at += 1;
            if self.is_at_end() || self.rest().starts_with(|c: char| c.is_whitespace() || matches!(c, ',' | '|')) {
                let c = &self.text[separator.clone()];
                return Err(error(
                    separator,
                    format!("a value is missing behind {c} – in quotes it is looked for as text"),
                ));
            }
        }
        if terms.len() == 1 {
            return Ok(terms.remove(0));
        }
        Ok(tree::any(terms.into_iter().map(|term| vec![Clause { negated: false, term }])).term)
    }

    /// One value: pieces, quoted or not, with `*` between them.
    fn value(&mut self, splits: bool, open: &mut usize) -> Result<Value<'a>, QueryError> {
        let from = self.at;
        let marked = self.rest().starts_with('=');
        self.at += usize::from(marked);
        let mut pieces = Vec::new();
        loop {
            let quoted = self.rest().starts_with('"');
            let piece = if quoted { self.quoted(splits)? } else { self.unquoted(splits, open)? };
            pieces.push((piece, quoted));
            if !self.rest().starts_with('*') {
                break;
            }
            self.at += 1;
        }
        Ok(Value { pieces, marked, text: &self.text[from..self.at], at: from })
    }

    fn quoted(&mut self, splits: bool) -> Result<&'a str, QueryError> {
        let inside = self.at + 1;
        let length = closing_quote(&self.text[inside..]).unwrap_or(self.text.len() - inside);
        self.at = (inside + length + 1).min(self.text.len());
        let goes_on = |c: char| c.is_whitespace() || c == '*' || (splits && matches!(c, ',' | '|'));
        if !self.is_at_end() && !self.rest().starts_with(goes_on) {
            let behind = self.rest();
            let behind = behind.find(char::is_whitespace).unwrap_or(behind.len());
            return Err(error(self.at..self.at + behind, "a space is missing after the closing quote".into()));
        }
        Ok(&self.text[inside..inside + length])
    }

    fn unquoted(&mut self, splits: bool, open: &mut usize) -> Result<&'a str, QueryError> {
        let from = self.at;
        for (at, c) in self.text[from..].char_indices() {
            self.at = from + at;
            match c {
                '(' => *open += 1,
                ')' if *open > 0 => *open -= 1,
                ')' if self.depth > 0 => return Ok(&self.text[from..self.at]),
                ')' => {
                    let message = "no ( is open before this; in quotes a ) is looked for as text";
                    return Err(error(self.at..self.at + 1, message.to_owned()));
                }
                '*' => return Ok(&self.text[from..self.at]),
                ',' | '|' if splits => return Ok(&self.text[from..self.at]),
                c if c.is_whitespace() => return Ok(&self.text[from..self.at]),
                _ => {}
            }
        }
        self.at = self.text.len();
        Ok(&self.text[from..])
    }
}

/// Where the quote stands that ends a text whose opening quote stands just before; none when it was not typed yet.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })
}
