//! The note of a key that is kept, as it stands on disk: JSON with a version, and with the value where that is not in the
//! keyring.

use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::KeptKeyError;
use crate::domain::secret::Secret;
use crate::domain::time::Time;
use crate::system::file::private;

/// The form that this version writes, and the latest that it reads.
const VERSION: u32 = 1;
/// The most bytes that are read.
const MAX_BYTES: u64 = 64 * 1024;

/// What is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A key, as its owner has it.
    Key,
    /// What a backend gave for an e-mail address and a one-time password.
    Session,
}

impl Kind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Session => "session",
        }
    }
}

/// Where it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    Keyring,
    File,
}

/// Whether it is kept, or was only about to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Stage {
    Begun,
    Kept,
}

/// What is known of a key that is kept, without the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub profile: String,
    pub kind: Kind,
    pub place: Place,
    /// The backend's address, to which it is sent and to no other.
    pub address: String,
    /// Of a session: the e-mail address of whoever signed in, so that it need not be typed again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The hash of the value.
    pub fingerprint: String,
    pub since: Time,
    /// Until when it is good, where that is known.
    #[serde(default)]
    pub until: Option<Time>,
}

/// A note that was read.
#[derive(Debug)]
pub(super) struct Note {
    pub kept: Kept,
    pub stage: Stage,
    pub value: Option<Secret>,
}

#[derive(Serialize)]
struct Written<'a> {
    version: u32,
    stage: Stage,
    about: &'a Kept,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
}

#[derive(Deserialize)]
struct Read1 {
    stage: Stage,
    about: Kept,
    #[serde(default)]
    value: Option<String>,
}

/// The one thing that is known of every version's file.
#[derive(Deserialize)]
struct AnyVersion {
    version: u32,
}

/// The note as it is written; with the value where that is not in the keyring.
pub(super) fn text(kept: &Kept, stage: Stage, value: Option<&Secret>) -> Zeroizing<Vec<u8>> {
    let written = Written { version: VERSION, stage, about: kept, value: value.map(Secret::expose) };
    // room for all of it, so that no outgrown copy stays behind in memory; nothing in it cannot be written as JSON
    let mut text = Zeroizing::new(Vec::with_capacity(usize::try_from(MAX_BYTES).unwrap_or(65_536)));
    if serde_json::to_writer(&mut *text, &written).is_ok() {
        text.push(b'\n');
    }
    text
}

/// The note at `path`; none where there is none.
pub(super) fn read(path: &Path) -> Result<Option<Note>, KeptKeyError> {
    let failed = |source| KeptKeyError::File { path: path.to_owned(), source };
    let file = match private().read(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let facts = file.metadata().map_err(failed)?;
    if !facts.is_file() || facts.mode() & 0o077 != 0 || facts.uid() != rustix::process::geteuid().as_raw() {
        return Err(KeptKeyError::Exposed(path.to_owned()));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(facts.len().min(MAX_BYTES)).unwrap_or(0) + 1));
    file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(failed)?;
    // without the reader's words, which may quote what stands there
    let damaged = |_| KeptKeyError::Damaged { path: path.to_owned() };
    let AnyVersion { version } = serde_json::from_slice(&bytes).map_err(damaged)?;
    if version > VERSION {
        return Err(KeptKeyError::Newer(path.to_owned()));
    }
    let mut read: Read1 = serde_json::from_slice(&bytes).map_err(damaged)?;
    let value = read.value.take().map(Secret::new);
    read.value.zeroize();
    Ok(Some(Note { kept: read.about, stage: read.stage, value }))
}
