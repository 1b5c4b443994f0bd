//! What one value of a field, or a word by itself, means.

use std::borrow::Cow;
use std::ops::Range;

use super::fields::{FIELDS, Field, FieldHelp, TextField};
use super::moment::MomentTest;
use super::pattern::Pattern;
use super::secrets::{self, Content};
use super::{QueryError, StatusWord, Term, refuse};
use crate::domain::finding::{Resolution, Source};
use crate::domain::fold::fold;
use crate::domain::ids::UserId;
use crate::domain::key::Access;
use crate::domain::key_value::{Digest32, is_fingerprint};
use crate::domain::untrusted::visible;

/// Before a fingerprint that stands for a value.
const FINGERPRINT: &str = "sha256:";

/// The words behind `owner:` that mean no name.
pub(super) const ME: &str = "me";
pub(super) const GONE: &str = "gone";

/// Before the number of a user.
pub(super) const NUMBER: char = '#';

/// The user that `#99` means.
fn numbered(word: &str) -> Option<UserId> {
    let digits = word.strip_prefix(NUMBER)?;
    let plain = digits.strip_prefix('-').unwrap_or(digits);
    let written = !plain.is_empty() && plain.bytes().all(|byte| byte.is_ascii_digit());
    written.then(|| digits.parse().ok().map(UserId))?
}

/// One value as it stands in the text.
pub(super) struct Value<'a> {
    /// Its pieces, with a `*` between each two, and whether each stands in quotes.
    pub pieces: Vec<(&'a str, bool)>,
    /// Whether a `=` stands before it.
    pub marked: bool,
    /// All of it, with its signs.
    pub text: &'a str,
    pub at: usize,
}

impl<'a> Value<'a> {
    /// A value without signs of its own.
    pub fn plain(text: &'a str, at: usize) -> Self {
        Self { pieces: vec![(text, false)], marked: false, text, at }
    }

    /// The only piece and whether it is quoted; none where there are several.
    fn single(&self) -> Option<(&'a str, bool)> {
        match self.pieces.as_slice() {
            [piece] => Some(*piece),
            _ => None,
        }
    }

    /// What it means, and whether it is the whole value because of a `=` before it; `whole` is that of the first one of a
    /// list. `term` is where all of the term stands.
    pub fn term(
        &self,
        field: Option<&'static FieldHelp>,
        term: Range<usize>,
        whole: bool,
    ) -> Result<(Term, bool), QueryError> {
        let exact = self.marked || whole;
        let found = match field {
            None => self.word(&term, exact)?,
            Some(help) => match help.field {
                Field::Text(field) => self.text(help, field, &term, exact)?,
                _ => self.known(help, &term)?,
            },
        };
        Ok((found, exact))
    }

    /// The key values in it.
    fn secret(&self) -> Content {
        self.pieces
            .iter()
            .map(|(piece, _)| secrets::content(piece))
            .find(|content| *content != Content::Text)
            .unwrap_or_else(|| if self.single().is_some() { Content::Text } else { secrets::content(self.text) })
    }

    /// A word by itself.
    fn word(&self, term: &Range<usize>, exact: bool) -> Result<Term, QueryError> {
        if let Some(values) = secret_term(self.secret()) {
            return Ok(values);
        }
        if let (Some((word, false)), false) = (self.single(), exact) {
            if let Some(state) = StatusWord::bare(word) {
                return Ok(Term::Status(state));
            }
            if let Some(message) = refuse::ambiguous(word) {
                return Err(error(self.at..self.at + word.len(), message));
            }
        }
        let pieces = self.folded(None, term)?;
        // A character outside ASCII may fold into the beginning of a value.
        let secret = pieces.iter().map(|piece| secrets::content(piece)).find(|content| *content != Content::Text);
        Ok(match secret.and_then(secret_term) {
            Some(term) => term,
            None => Term::Word(Pattern::of(pieces, exact)),
        })
    }

    fn text(
        &self,
        help: &'static FieldHelp,
        field: TextField,
        term: &Range<usize>,
        exact: bool,
    ) -> Result<Term, QueryError> {
        let secret = self.secret();
        if field == TextField::Key {
            if let Some(values) = secret_term(secret) {
                return Ok(values);
            }
        } else if secret != Content::Text {
            return Err(self.misplaced_secret(help));
        }
        if let (Some((word, false)), false) = (self.single(), exact) {
            match field {
                TextField::Key if begins_fingerprint(word) => {
                    let wrong = || error(self.span(), "a fingerprint is sha256: and 64 hexadecimal digits".into());
                    let digest = parse_digest(&word[FINGERPRINT.len()..]);
                    return digest.map(|digest| Term::Values(vec![digest])).ok_or_else(wrong);
                }
                TextField::Owner if word.eq_ignore_ascii_case(ME) => return Ok(Term::Mine(None)),
                TextField::Owner if word.eq_ignore_ascii_case(GONE) => return Ok(Term::OwnerGone),
                TextField::Owner if let Some(id) = numbered(word) => return Ok(Term::OwnedBy(id)),
                _ => {}
            }
        }
        let mut pieces = self.folded(Some(help), term)?;
        if pieces.iter().any(|piece| secrets::content(piece) != Content::Text) {
            return Err(self.misplaced_secret(help));
        }
        // Whoever writes ana@… means Ana and not Hana.
        let of_people = matches!(field, TextField::Owner | TextField::Contact);
        if of_people && !exact && self.single().is_some_and(|(_, quoted)| !quoted) && begins_address(&pieces[0]) {
            pieces.push(String::new());
        }
        Ok(Term::Text(field, Pattern::of(pieces, exact)))
    }

    /// A value out of those that the field has.
    fn known(&self, help: &'static FieldHelp, term: &Range<usize>) -> Result<Term, QueryError> {
        if self.secret() != Content::Text {
            return Err(self.misplaced_secret(help));
        }
        let moment = matches!(help.field, Field::Moment(_));
        let value = match self.single() {
            // = is a comparison of moments
            _ if moment && !self.text.contains('"') => self.text,
            Some((word, _)) => word,
            None => self.text,
        };
        let found = match help.field {
            Field::Text(_) => None,
            Field::Moment(field) => MomentTest::parse(field, value).map(|test| Term::Moment(field, test)),
            Field::Status => {
                StatusWord::ALL.into_iter().find(|word| word.word().eq_ignore_ascii_case(value)).map(Term::Status)
            }
            Field::Access if value.eq_ignore_ascii_case("other") => Some(Term::Access(None)),
            Field::Access => known(Access::WORDS, value).map(|word| Term::Access(Some(Access::from_word(word)))),
            Field::Exposed if value.eq_ignore_ascii_case("yes") => Some(Term::Exposed(true)),
            Field::Exposed => value.eq_ignore_ascii_case("no").then_some(Term::Exposed(false)),
            Field::Source if value.eq_ignore_ascii_case("other") => Some(Term::Source(None)),
            Field::Source => known(Source::WORDS, value).map(|word| Term::Source(Some(Source::from_word(word)))),
            Field::Resolution if value.eq_ignore_ascii_case("other") => Some(Term::Resolution(None)),
            Field::Resolution => known(Resolution::WORDS, &value.replace('-', "_"))
                .map(|word| Term::Resolution(Some(Resolution::from_word(word)))),
        };
        found.ok_or_else(|| self.wrong_value(help, value, term))
    }

    /// The pieces as they are looked for.
    fn folded(&self, help: Option<&FieldHelp>, term: &Range<usize>) -> Result<Vec<String>, QueryError> {
        let text = |(piece, quoted): &(&'a str, bool)| {
            if *quoted { Cow::Owned(unescape(piece)) } else { Cow::Borrowed(*piece) }
        };
        if let Some((piece, quoted)) = self.single()
            && text(&(piece, quoted)).is_empty()
        {
            return Err(match help {
                Some(help) => error(term.clone(), format!("what to look for is missing behind {}:", help.name)),
                None if quoted => error(term.clone(), "there is nothing between the quotes".into()),
                None => {
                    error(term.clone(), "what to look for is missing; in quotes a sign is looked for as text".into())
                }
            });
        }
        Ok(self.pieces.iter().map(|piece| fold(&text(piece))).collect())
    }

    /// Where it stands; inside the quotes where it is one quoted text.
    fn span(&self) -> Range<usize> {
        match self.single() {
            Some((word, true)) if !word.is_empty() => {
                let at = self.at + usize::from(self.marked) + 1;
                at..at + word.len()
            }
            _ => self.at..self.at + self.text.len(),
        }
    }

    fn misplaced_secret(&self, help: &FieldHelp) -> QueryError {
        let message = format!("a key's value is looked for by itself or with key:, not with {}:", help.name);
        error(self.span(), message)
    }

    fn wrong_value(&self, help: &FieldHelp, value: &str, term: &Range<usize>) -> QueryError {
        let possible = match help.field {
            Field::Moment(field) => MomentTest::possible(field),
            _ => help.values,
        };
        let name = help.name;
        if self.text.is_empty() || value.is_empty() {
            return error(term.clone(), format!("{name}: takes {possible}"));
        }
        let near = match help.field {
            Field::Moment(_) => None,
            _ => nearest(value, help.values.split(", ")),
        };
        let hint = near.map(|near| format!("did you mean {near}? ")).unwrap_or_default();
        error(self.span(), format!("{name}: does not take {} – {hint}It takes {possible}", shown(value)))
    }
}

pub(super) fn unknown_field(name: &str, at: usize) -> QueryError {
    let lower = name.to_ascii_lowercase();
    let near = refuse::other_name(&lower).or_else(|| nearest(&lower, FIELDS.iter().map(|field| field.name)));
    let names = || FIELDS.iter().map(|field| field.name).collect::<Vec<_>>().join(" ");
    let instead = near.map_or_else(|| format!("there are {}", names()), |near| format!("did you mean {near}:?"));
    let message = format!("no field {}: – {instead} – in quotes it is looked for as text", shown(name));
    error(at..at + name.len() + 1, message)
}

/// Whether a text is an address from its beginning on, as far as it goes: something, an `@`, and no second one.
pub(super) fn begins_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.contains('@') && !text.contains(char::is_whitespace)
    })
}

pub(super) fn secret_term(content: Content) -> Option<Term> {
    match content {
        Content::Text => None,
        Content::Values(values) => Some(Term::Values(values)),
        Content::Incomplete(sign) => Some(Term::Incomplete(sign)),
    }
}

pub(super) fn error(span: Range<usize>, message: String) -> QueryError {
    QueryError { span, message }
}

/// A resolution as it is written behind `resolution:`.
pub(super) fn resolution_word(resolution: &Resolution) -> Cow<'static, str> {
    resolution.word().to_ascii_lowercase().replace('_', "-").into()
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
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 30;
    let visible = visible(text);
    if visible.chars().count() <= LONGEST {
        return visible.into_owned();
    }
    visible.chars().take(LONGEST).chain(['…']).collect()
}
