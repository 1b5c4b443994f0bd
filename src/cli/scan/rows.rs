//! What a search found, as one JSON document.

use serde::Serialize;

use super::Found;
use crate::cli::reporting::Filed;
use crate::cli::wire::KeyRow;
use crate::domain::key_value::hex;
use crate::domain::scan::{Alive, Exposure, FileName, Place, Standing};
use crate::domain::untrusted::Untrusted;

/// A value.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ValueRow<'a> {
    fingerprint: String,
    secret_type: &'static str,
    masked_value: &'a str,
    /// Null: not known.
    alive: Option<bool>,
    why: &'a Untrusted,
    /// The key that it belongs to, if this user may see one.
    key: Option<KeyRow>,
    /// In how many places it stands; `places` names a thousand of them.
    occurrences: u64,
    places: Vec<PlaceRow<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlaceRow<'a> {
    #[serde(flatten)]
    file: NameRow,
    /// Lines from 1, columns in UTF-16 code units from 1.
    line: u64,
    column: u64,
    end_line: u64,
    /// Behind the last character.
    end_column: u64,
    /// Of a history, the first commit that holds it there.
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<CommitRow<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CommitRow<'a> {
    id: &'a str,
    author: &'a Untrusted,
    email: &'a Untrusted,
    date: Option<&'a str>,
}

/// A file's name.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NameRow {
    path: String,
    /// Its bytes in hexadecimal, where it is no UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<String>,
}

impl From<&FileName> for NameRow {
    fn from(name: &FileName) -> Self {
        let odd = std::str::from_utf8(name.as_bytes()).is_err() && !crate::domain::values::holds_value(name.as_bytes());
        Self { path: name.text(), path_bytes: odd.then(|| hex(name.as_bytes())) }
    }
}

/// A file, and why it was not looked through.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LeftOut<'a> {
    #[serde(flatten)]
    file: NameRow,
    why: std::borrow::Cow<'a, str>,
}

/// What is said about the values.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Meta<'a> {
    values: usize,
    alive: usize,
    dead: usize,
    unknown: usize,
    /// Places of more values than are told.
    left_out: u64,
    files: u64,
    bytes: u64,
    commits: u64,
    skipped: Vec<LeftOut<'a>>,
    unread: Vec<LeftOut<'a>>,
    /// How many files there are of both beyond those named.
    more: u64,
    /// Objects of a history that a partial clone does not have.
    missing_objects: u64,
    notes: &'a [String],
    interrupted: bool,
    /// The server that was asked.
    asked: Option<&'a str>,
    reported: Option<&'a Filed>,
}

/// The values.
pub fn rows(found: &Found) -> Vec<ValueRow<'_>> {
    found.values.iter().zip(&found.standings).map(|(value, standing)| row(value, standing)).collect()
}

fn row<'a>(value: &'a Exposure, standing: &'a Standing) -> ValueRow<'a> {
    ValueRow {
        fingerprint: value.fingerprint(),
        secret_type: value.format.name(),
        masked_value: &value.masked,
        alive: match standing.alive {
            Alive::Yes => Some(true),
            Alive::No => Some(false),
            Alive::Unknown => None,
        },
        why: &standing.why,
        key: standing.key.as_deref().map(KeyRow::from),
        occurrences: value.count,
        places: value.places.iter().map(place).collect(),
    }
}

fn place(place: &Place) -> PlaceRow<'_> {
    PlaceRow {
        file: NameRow::from(&*place.file),
        line: place.start.line,
        column: place.start.column,
        end_line: place.end.line,
        end_column: place.end.column,
        commit: place.commit.as_ref().map(|commit| CommitRow {
            id: &commit.id,
            author: &commit.author,
            email: &commit.email,
            date: commit.date.as_deref(),
        }),
    }
}

/// What is said about them.
pub fn meta<'a>(found: &'a Found, filed: Option<&'a Filed>) -> Meta<'a> {
    let (verdicts, told) = (found.verdicts(), &found.told);
    let skipped = told.skipped.iter().map(|(name, why)| LeftOut { file: name.into(), why: why.words().into() });
    let unread = told.unread.iter().map(|(name, why)| LeftOut { file: name.into(), why: why.into() });
    Meta {
        values: found.values.len(),
        alive: verdicts.alive,
        dead: verdicts.dead,
        unknown: verdicts.unknown,
        left_out: found.left_out,
        files: found.progress.files,
        bytes: found.progress.bytes,
        commits: found.progress.commits,
        skipped: skipped.collect(),
        unread: unread.collect(),
        more: told.more,
        missing_objects: told.missing,
        notes: &told.notes,
        interrupted: found.stopped,
        asked: found.asked.as_deref(),
        reported: filed,
    }
}
