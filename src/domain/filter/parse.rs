//! Reading a query from text.

use std::borrow::Cow;
use std::ops::Range;

use super::fields::{FIELDS, Field, FieldHelp, TextField};
use super::moment::MomentTest;
use super::secrets::{self, Content};
use super::{Clause, QueryError, StatusWord, Term};
use crate::domain::finding::{Resolution, Source};
use crate::domain::fold::fold;
use crate::domain::key_value::{Digest32, is_fingerprint};
use crate::domain::untrusted::visible;

/// Before a fingerprint that stands for a value.
const FINGERPRINT: &str = "sha256:";

pub(super) fn parse(text: &str) -> Result<Vec<Clause>, QueryError> {
    let mut clauses = Vec::new();
    let mut at = 0;
    while let Some(token) = Token::next(text, at)? {
        at = token.end;
        clauses.push(Clause { negated: token.negated, term: token.term()? });
    }
    Ok(clauses)
}

/// The name that stands before a colon at the start of `word`, if there is one: letters and `_` only, and the colon not
/// that of an address (`https://`).
pub(super) fn field_name(word: &str) -> Option<&str> {
    let (name, rest) = word.split_once(':')?;
    let named = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    (named && !rest.starts_with("//")).then_some(name)
}

/// A resolution as it is written behind `resolution:`.
pub(super) fn resolution_word(resolution: &Resolution) -> Cow<'static, str> {
    resolution.word().to_ascii_lowercase().replace('_', "-").into()
}

/// A word, a quoted text or a field with its value, as they stand in the text. Borrowed, so that no copy of a key's
/// value is made.
struct Token<'a> {
    negated: bool,
    field: Option<&'a str>,
    /// Where everything behind the `-` begins.
    start: usize,
    /// What stands behind the colon, or the word; inside the quotes where there are any.
    value: &'a str,
    value_at: usize,
    quoted: bool,
    end: usize,
}

impl<'a> Token<'a> {
    /// The token that begins at `from` or later.
    fn next(text: &'a str, from: usize) -> Result<Option<Self>, QueryError> {
        let rest = &text[from..];
        let begin = text.len() - rest.trim_start().len();
        if begin == text.len() {
            return Ok(None);
        }
        let negated = text[begin..].starts_with('-');
        let start = begin + usize::from(negated);
        let word = until_space(&text[start..]);
        if word.is_empty() {
            return Err(error(begin..start, "- leaves out what follows it; write \"-\" to look for a dash".into()));
        }
        let field = field_name(word);
        let value_at = start + field.map_or(0, |name| name.len() + 1);
        if text[value_at..].starts_with('"') {
            let inside = value_at + 1;
            let length = closing_quote(&text[inside..]).unwrap_or(text.len() - inside);
            let end = (inside + length + 1).min(text.len());
            let behind = until_space(&text[end..]);
            if !behind.is_empty() {
                return Err(error(end..end + behind.len(), "a space is missing after the closing quote".into()));
            }
            let value = &text[inside..inside + length];
            return Ok(Some(Self { negated, field, start, value, value_at: inside, quoted: true, end }));
        }
        let end = start + word.len();
        let value = &text[value_at..end];
        Ok(Some(Self { negated, field, start, value, value_at, quoted: false, end }))
    }

    fn value_span(&self) -> Range<usize> {
        self.value_at..self.value_at + self.value.len()
    }

    fn term(&self) -> Result<Term, QueryError> {
        let content = secrets::content(self.value);
        // A name that looks like a value is one, with a colon in or behind it.
        if let Some(name) = self.field.filter(|name| secrets::content(name) == Content::Text) {
            let help = FieldHelp::named(name).ok_or_else(|| self.unknown_field(name))?;
            if help.field == Field::Text(TextField::Key) {
                if let Some(values) = secret_term(content) {
                    return Ok(values);
                }
            } else if content != Content::Text {
                return Err(self.misplaced_secret(help));
            }
            return self.field_term(help);
        }
        let content = if self.field.is_some() { secrets::content(self.field.unwrap_or_default()) } else { content };
        match secret_term(content) {
            Some(term) => Ok(term),
            // A character outside ASCII may fold into the beginning of a value.
            None => self.folded().map(|text| secret_term(secrets::content(&text)).unwrap_or(Term::Word(text))),
        }
    }

    fn field_term(&self, help: &FieldHelp) -> Result<Term, QueryError> {
        let value = self.value;
        let term = match help.field {
            Field::Text(TextField::Key) if !self.quoted && begins_fingerprint(value) => {
                let digest = parse_digest(&value[FINGERPRINT.len()..]);
                let wrong = || error(self.value_span(), "a fingerprint is sha256: and 64 hexadecimal digits".into());
                return digest.map(|digest| Term::Values(vec![digest])).ok_or_else(wrong);
            }
            Field::Text(field) => {
                let text = self.folded()?;
                return match secrets::content(&text) {
                    Content::Text => Ok(Term::Text(field, text)),
                    _ => Err(self.misplaced_secret(help)),
                };
            }
            Field::Moment(field) => MomentTest::parse(field, value).map(|test| Term::Moment(field, test)),
            Field::Status => {
                StatusWord::ALL.into_iter().find(|word| word.word().eq_ignore_ascii_case(value)).map(Term::Status)
            }
            Field::Exposed if value.eq_ignore_ascii_case("yes") => Some(Term::Exposed(true)),
            Field::Exposed => value.eq_ignore_ascii_case("no").then_some(Term::Exposed(false)),
            Field::Source if value.eq_ignore_ascii_case("other") => Some(Term::Source(None)),
            Field::Source => known(Source::WORDS, value).map(|word| Term::Source(Some(Source::from_word(word)))),
            Field::Resolution if value.eq_ignore_ascii_case("other") => Some(Term::Resolution(None)),
            Field::Resolution => known(Resolution::WORDS, &value.replace('-', "_"))
                .map(|word| Term::Resolution(Some(Resolution::from_word(word)))),
        };
        term.ok_or_else(|| self.wrong_value(help))
    }

    /// The value as it is looked for.
    fn folded(&self) -> Result<String, QueryError> {
        let text = if self.quoted { Cow::Owned(unescape(self.value)) } else { Cow::Borrowed(self.value) };
        if text.is_empty() {
            let message = match self.field {
                Some(name) => format!("what to look for is missing behind {}:", name.to_ascii_lowercase()),
                None => "there is nothing between the quotes".into(),
            };
            return Err(error(self.start..self.end, message));
        }
        Ok(fold(&text))
    }

    fn misplaced_secret(&self, help: &FieldHelp) -> QueryError {
        let message = format!("a key's value is looked for by itself or with key:, not with {}:", help.name);
        error(self.value_span(), message)
    }

    fn unknown_field(&self, name: &str) -> QueryError {
        let near = nearest(name, FIELDS.iter().map(|field| field.name));
        let names = || FIELDS.iter().map(|field| field.name).collect::<Vec<_>>().join(" ");
        let instead = near.map_or_else(|| format!("there are {}", names()), |near| format!("did you mean {near}:?"));
        let message = format!("no field {}: – {instead} – in quotes it is looked for as text", shown(name));
        error(self.start..self.start + name.len() + 1, message)
    }

    fn wrong_value(&self, help: &FieldHelp) -> QueryError {
        let possible = match help.field {
            Field::Moment(field) => MomentTest::possible(field),
            _ => help.values,
        };
        let name = help.name;
        if self.value.is_empty() {
            return error(self.start..self.end, format!("{name}: takes {possible}"));
        }
        let near = match help.field {
            Field::Moment(_) => None,
            _ => nearest(self.value, help.values.split(", ")),
        };
        let hint = near.map(|near| format!("did you mean {near}? ")).unwrap_or_default();
        error(self.value_span(), format!("{name}: does not take {} – {hint}It takes {possible}", shown(self.value)))
    }
}

fn secret_term(content: Content) -> Option<Term> {
    match content {
        Content::Text => None,
        Content::Values(values) => Some(Term::Values(values)),
        Content::Incomplete(sign) => Some(Term::Incomplete(sign)),
    }
}

fn error(span: Range<usize>, message: String) -> QueryError {
    QueryError { span, message }
}

fn until_space(text: &str) -> &str {
    &text[..text.find(char::is_whitespace).unwrap_or(text.len())]
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

/// `\"` and `\\` as the character behind the backslash; any other backslash stands for itself.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let escaped = if c == '\\' { chars.next_if(|next| matches!(next, '"' | '\\')) } else { None };
        out.push(escaped.unwrap_or(c));
    }
    out
}

fn begins_fingerprint(value: &str) -> bool {
    value.get(..FINGERPRINT.len()).is_some_and(|start| start.eq_ignore_ascii_case(FINGERPRINT))
}

fn parse_digest(text: &str) -> Option<Digest32> {
    let text = text.to_ascii_lowercase();
    if !is_fingerprint(&text) {
        return None;
    }
    let mut digest = Digest32::default();
    for (byte, pair) in digest.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(digest)
}

fn known(words: &'static [&'static str], value: &str) -> Option<&'static str> {
    words.iter().copied().find(|word| word.eq_ignore_ascii_case(value))
}

/// The candidate that was probably meant.
fn nearest<'a>(typed: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_ascii_lowercase();
    candidates
        .map(|candidate| (strsim::jaro_winkler(&typed, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

/// A part of the text for an error: visible, and not endless.
fn shown(text: &str) -> String {
    const LONGEST: usize = 30;
    let visible = visible(text);
    if visible.chars().count() <= LONGEST {
        return visible.into_owned();
    }
    visible.chars().take(LONGEST).chain(['…']).collect()
}
