//! The key values that stand in standard input, and whose they are.

use serde::Serialize;

use super::exit::Stop;
use super::input;
use super::output::Output;
use crate::client::KeyService;
use crate::client::capabilities::Capabilities;
use crate::client::error::ServiceError;
use crate::client::proof::Verdict;
use crate::domain::finding::Finding;
use crate::domain::ids::KeyId;
use crate::domain::key::Key;
use crate::domain::key_value::{KeyKind, fingerprint, hex, mask};
use crate::domain::secret::Secret;
use crate::domain::time::{Time, exact};
use crate::domain::values::{Form, Found, Position, find, positions};
use crate::ops;

/// What was found; nothing where nothing was read.
#[derive(Default)]
pub struct Pasted {
    /// The whole values, each once.
    pub values: Vec<Value>,
    /// What is masked, wrong or not all of a value.
    rest: Vec<(Position, Found)>,
    lines: usize,
}

/// A whole value.
pub struct Value {
    fingerprint: String,
    masked: String,
    format: Option<&'static str>,
    at: Vec<Position>,
    key: Option<KeyId>,
    /// The keys that could have it by what their masked form shows.
    alike: Vec<KeyId>,
    /// Whether it was found exposed.
    exposed: bool,
    /// Which kind of the backend's own keys it is.
    own: Option<KeyKind>,
    secret: Secret,
}

/// One of what was found, in JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ValueRow<'a> {
    line: usize,
    column: usize,
    /// `whole`, `checksumWrong`, `part`, `masked` or `example`.
    form: &'static str,
    /// The kind of secret, as findings name it; null where it is not known.
    secret_type: Option<&'static str>,
    masked_value: String,
    /// The key that has the value, if this user may see one.
    key_id: Option<&'a KeyId>,
    /// Where the backend finds no key by its value: the keys whose masked value is like it. Another may be, too.
    alike: &'a [KeyId],
}

impl Pasted {
    /// Reads standard input. With `any_form`, all of it is one value, whatever it looks like.
    pub fn read(any_form: bool) -> Result<Self, Stop> {
        let text = input::read_any()?;
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(Stop::usage(
                "standard input holds no value",
                "pipe a key's value into it, or a text with some",
            ));
        }
        if any_form {
            let value = Value::new(&Secret::new(trimmed.to_owned()), None);
            return Ok(Self { values: vec![value], ..Self::default() });
        }
        let found = find(text.as_bytes());
        let at = positions(text.as_bytes(), found.iter().map(|found| found.span.start));
        let mut pasted = Self { lines: trimmed.lines().count(), ..Self::default() };
        for (found, at) in found.into_iter().zip(at) {
            match found.value().filter(|_| !found.is_example()) {
                Some(value) => {
                    let new = Value::new(value, Some(found.format.name()));
                    match pasted.values.iter_mut().find(|known| known.fingerprint == new.fingerprint) {
                        Some(known) => known.at.push(at),
                        None => pasted.values.push(Value { at: vec![at], ..new }),
                    }
                }
                None if is_told(&found) => pasted.rest.push((at, found)),
                None => {}
            }
        }
        if pasted.values.is_empty() { Err(pasted.nothing_whole()) } else { Ok(pasted) }
    }

    /// That there is nothing to look up.
    fn nothing_whole(&self) -> Stop {
        let what = "standard input holds no whole key value of a form that keydeck knows";
        let Some((at, found)) = self.rest.first() else {
            let hint = "pipe a whole value; --any-form sends the hash of what you pipe, whatever it is";
            return Stop::usage(format!("{what}: whether it is somebody's was not asked, nothing was sent"), hint);
        };
        let more =
            if self.rest.len() > 1 { format!(", and {} more like it", self.rest.len() - 1) } else { String::new() };
        Stop::usage(format!("{what}, only {}{more}; nothing was sent", told(*at, found)), hint(found))
    }

    /// What there is to say of values that are not the present ones of the keys they belong to.
    pub fn earlier(&self, keys: &[Key], now: Time) -> Vec<String> {
        let earlier = |value: &Value| {
            let key = keys.iter().find(|key| value.key.as_ref() == Some(&key.id))?;
            if key.digest.is_none_or(|present| hex(&present) == value.fingerprint) {
                return None;
            }
            let works = match key.old_value_works_until(now) {
                // which of the earlier values the overlap is of is the server's to know
                Some(ends) => format!("the one before the present works until {}, any earlier is refused", exact(ends)),
                None => "it is refused".to_owned(),
            };
            let (masked, name) = (&value.masked, &key.name);
            Some(format!("{masked} is not the present value of {name} ({}), but an earlier one: {works}", key.masked))
        };
        self.values.iter().filter_map(earlier).collect()
    }

    /// Asks whose the values are: the keys of those that are somebody's. Only hashes are sent.
    pub async fn look_up(&mut self, service: &dyn KeyService) -> Result<Vec<Key>, ServiceError> {
        let fingerprints: Vec<String> = self.values.iter().map(|value| value.fingerprint.clone()).collect();
        let mut keys = Vec::new();
        for looked_up in ops::lookup::by_fingerprints(service, &fingerprints).await? {
            let Some(key) = looked_up.key else { continue };
            if let Some(value) = self.values.iter_mut().find(|value| value.fingerprint == looked_up.fingerprint) {
                value.key = Some(key.id.clone());
            }
            keys.push(key);
        }
        Ok(keys)
    }

    /// The fingerprints of the values that belong to no key that was found.
    pub fn lone(&self) -> impl Iterator<Item = &str> {
        self.values.iter().filter(|value| value.key.is_none()).map(|value| value.fingerprint.as_str())
    }

    /// Matches what belongs to no key that was found with what was found exposed, by SHA-256: nothing is sent of a value. What is
    /// said of each that stands there.
    pub async fn exposed(&mut self, service: &dyn KeyService) -> Result<Vec<String>, ServiceError> {
        let mut words = Vec::new();
        for kind in [KeyKind::ApiKey, KeyKind::CollectionAccessKey] {
            let lone = |value: &&mut Value| value.key.is_none() && value.own == Some(kind);
            let mut of_kind: Vec<&mut Value> = self.values.iter_mut().filter(lone).collect();
            if of_kind.is_empty() {
                continue;
            }
            let findings = service.own_findings(kind).await?;
            words.extend(of_kind.iter_mut().map(|value| value.found_in(&findings)));
        }
        Ok(words)
    }

    /// Looks through what is listed for keys that could have what belongs to no key that was found, by the ends of the values:
    /// nothing is sent of one.
    pub async fn alike(&mut self, service: &dyn KeyService, admin: bool) -> Result<Vec<Key>, ServiceError> {
        let mut keys: Vec<Key> = Vec::new();
        for value in self.values.iter_mut().filter(|value| value.key.is_none()) {
            let Some(kind) = value.own else { continue };
            let found = ops::lookup::by_mask(service, kind, &value.secret, admin).await?;
            value.alike = found.iter().map(|key| key.id.clone()).collect();
            keys.extend(found);
        }
        Ok(keys)
    }

    /// Says which kind of the backend's own keys each value is.
    pub fn told_by(&mut self, kind_of: impl Fn(&str) -> Option<KeyKind>) {
        for value in self.values.iter_mut().filter(|value| value.format.is_some()) {
            value.own = kind_of(value.secret.expose());
        }
    }

    /// Asks the backend whether it accepts each value that is of its own form; what is said of each.
    pub async fn probe(&self, service: &dyn KeyService) -> Vec<String> {
        let mut words = Vec::new();
        for value in &self.values {
            let told = if service.kind_of(value.secret.expose()).is_none() {
                "is none of this backend's own: it was not tried".to_owned()
            } else {
                match service.verify(&value.secret).await {
                    Verdict::Accepted(Some(me)) => format!("works: it is accepted, as {}", me.name.marked()),
                    Verdict::Accepted(None) => "works: it is accepted".to_owned(),
                    Verdict::Refused => "is refused, as a made-up one is: it is over, deleted or unknown".to_owned(),
                    Verdict::CannotTell(doubt) => format!("could not be told to work or not: {doubt}"),
                }
            };
            words.push(format!("{} {told}", value.masked));
        }
        words
    }

    /// Whether something is known of everything that was found: the key that has it, those that could, or where it is exposed.
    pub fn is_known(&self) -> bool {
        let whole = self.values.iter().all(|value| value.key.is_some() || value.exposed || !value.alike.is_empty());
        whole && self.rest.iter().all(|(_, found)| matches!(found.form, Form::Masked { .. }) || found.is_example())
    }

    /// Where the values of a key stand, where there is more than one line that they could stand in.
    pub fn places_of(&self, id: &KeyId) -> Option<String> {
        let of_key = self.values.iter().filter(|value| value.key.as_ref() == Some(id));
        let lines: Vec<String> = of_key.flat_map(|value| &value.at).map(|at| at.line.to_string()).collect();
        let word = if lines.len() > 1 { "lines" } else { "line" };
        (self.lines > 1 && !lines.is_empty()).then(|| format!("standard input, {word} {}", lines.join(", ")))
    }

    /// Says what is nobody's, and what cannot be asked about.
    pub fn say(&self, can: &Capabilities, output: &mut Output) {
        for value in self.values.iter().filter(|value| value.key.is_none()) {
            let place = match value.at.first() {
                Some(at) if self.lines > 1 => format!(" (line {})", at.line),
                _ => String::new(),
            };
            let words = match value.alike.as_slice() {
                [] if value.exposed => continue,
                [] => can.of_nobody(),
                [one] => format!("ends like that of {one}; another key's may, too"),
                several => {
                    let ids: Vec<&str> = several.iter().map(KeyId::as_str).collect();
                    format!("ends like those of {}: which it is cannot be asked", ids.join(", "))
                }
            };
            output.say(&format!("the value {}{place} {words}", value.masked));
        }
        for (at, found) in &self.rest {
            output.say(&format!("not looked up: {}; {}", told(*at, found), hint(found)));
        }
    }

    /// Everything that was found, in the order of the text.
    pub fn rows(&self) -> Vec<ValueRow<'_>> {
        let whole = self.values.iter().flat_map(|value| {
            value.at.iter().map(move |at| ValueRow {
                line: at.line,
                column: at.column,
                form: "whole",
                secret_type: value.format,
                masked_value: value.masked.clone(),
                key_id: value.key.as_ref(),
                alike: &value.alike,
            })
        });
        let rest = self.rest.iter().map(|(at, found)| ValueRow {
            line: at.line,
            column: at.column,
            form: match found.form {
                Form::Whole(_) => "example",
                Form::ChecksumWrong => "checksumWrong",
                Form::Part { .. } => "part",
                Form::Masked { .. } => "masked",
            },
            secret_type: Some(found.format.name()),
            masked_value: found.shown(),
            key_id: None,
            alike: &[],
        });
        let mut rows: Vec<ValueRow> = whole.chain(rest).collect();
        rows.sort_by_key(|row| (row.line, row.column));
        rows
    }
}

impl Value {
    fn new(value: &Secret, format: Option<&'static str>) -> Self {
        let (fingerprint, masked) = (fingerprint(value.expose()), mask(value.expose()));
        // one of an unknown form stands where the input begins
        let at = vec![Position { line: 1, column: 1 }];
        let secret = value.duplicate();
        Self { fingerprint, masked, format, at, key: None, alike: Vec::new(), exposed: false, own: None, secret }
    }

    /// Where it was found exposed, in words.
    fn found_in(&mut self, findings: &[Finding]) -> String {
        let same = |finding: &&Finding| finding.digest.is_some_and(|digest| hex(&digest) == self.fingerprint);
        let found = findings.iter().find(same);
        self.exposed = found.is_some();
        match found {
            None => format!("{} was not found exposed", self.masked),
            Some(finding) => format!(
                "{} was found exposed: {}, {}, since {}; secret {}",
                self.masked,
                finding.place(),
                finding.resolution.in_words(),
                finding.detected.exact(),
                finding.secret_id
            ),
        }
    }
}

/// Whether something that is no whole value is worth telling: more than a prefix that a text speaks of.
fn is_told(found: &Found) -> bool {
    match &found.form {
        Form::Masked { first, last } => *first > 0 || !last.is_empty(),
        Form::Part { .. } => found.is_telling(),
        Form::Whole(_) | Form::ChecksumWrong => true,
    }
}

/// What stands there and where.
fn told(at: Position, found: &Found) -> String {
    let name = found.format.name();
    let what = match &found.form {
        Form::Whole(_) => "the value that the documentation prints".to_owned(),
        Form::ChecksumWrong => format!("a {name} with a wrong checksum"),
        Form::Part { shown } if *shown < found.format.behind_sign() => {
            format!("a part of a {name}, {shown} characters of it")
        }
        Form::Part { .. } => format!("what is like a {name} and too long, or broken"),
        Form::Masked { .. } => format!("a masked {name}, {}", found.shown()),
    };
    format!("line {}: {what}", at.line)
}

fn hint(found: &Found) -> String {
    match &found.form {
        Form::Whole(_) => "it is nobody's".to_owned(),
        Form::ChecksumWrong => "no key has it: a character is lost or another".to_owned(),
        Form::Part { .. } => "give all of it".to_owned(),
        Form::Masked { .. } => {
            format!("keydeck list --filter '{}' shows the keys that are masked so", found.shown())
        }
    }
}
