//! The keys that a person wrote down since no API lists them: one private file for each profile, in a folder of the state
//! directory. It is changed under a lock and replaced whole. One that is broken is told and left alone, as is one of a newer
//! keydeck. No value ever stands there.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use crate::domain::failure::{Ending, Failure};
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key_value::fingerprint;
use crate::domain::time::Time;
use crate::domain::tracked::{Heard, Probed, Tracked, TrackedKind};
use crate::domain::untrusted::Untrusted;
use crate::system::file::{Replacement, make_private_folder, private, read_small};

/// The form of the file that this version writes, and the latest that it reads.
const VERSION: u32 = 1;
/// The most bytes that are read.
const MAX_BYTES: u64 = 16 * 1024 * 1024;
/// The longest profile's name that is a file's name as it stands.
const PLAIN: usize = 64;

/// Where the tracked keys of one profile are kept.
#[derive(Clone, Debug)]
pub struct TrackedFile {
    path: PathBuf,
    profile: String,
}

/// Why tracked keys cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum TrackedError {
    #[error("{} cannot be used: {}", .0.display(), .1)]
    Io(PathBuf, io::Error),
    #[error("{} is not what keydeck wrote there (line {})", .0.display(), .1)]
    Broken(PathBuf, usize),
    #[error("{} is from a newer keydeck", .0.display())]
    Newer(PathBuf),
    /// No random source.
    #[error("no id could be made")]
    NoId,
}

impl Failure for TrackedError {
    fn hint(&self) -> String {
        match self {
            Self::Io(..) => "see that the state directory can be read and written",
            Self::Broken(..) => "move it away, or put an earlier copy of it back: it holds the tracked keys, as text",
            Self::Newer(_) => "use that keydeck: this one would lose what it does not know",
            Self::NoId => "try again: the system's random source did not answer",
        }
        .to_owned()
    }

    fn ending(&self) -> Ending {
        Ending::Partly
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Form {
    version: u32,
    profile: String,
    #[serde(default)]
    keys: Vec<KeyForm>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyForm {
    id: KeyId,
    name: Untrusted,
    kind: TrackedKind,
    #[serde(default)]
    owner: Untrusted,
    #[serde(default)]
    user_id: Option<i64>,
    #[serde(default)]
    contacts: Vec<Untrusted>,
    noted_at: Time,
    #[serde(default)]
    made_at: Option<Time>,
    #[serde(default)]
    expires_at: Option<Time>,
    #[serde(default)]
    fingerprint: Option<String>,
    #[serde(default)]
    masked_value: String,
    #[serde(default)]
    probed: Option<ProbedForm>,
    #[serde(default)]
    removed_at: Option<Time>,
    #[serde(default)]
    rotated_from: Option<KeyId>,
    #[serde(default)]
    rotated_to: Option<KeyId>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ProbedForm {
    at: Time,
    heard: Heard,
}

/// The one thing that is known of every version's file.
#[derive(Deserialize)]
struct AnyVersion {
    version: u32,
}

impl TrackedFile {
    /// The file of `profile` in the state directory. Nothing is made there before something is written down.
    pub fn of(state: &Path, profile: &str) -> Self {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let name = if !profile.is_empty() && profile.len() <= PLAIN && profile.bytes().all(plain) {
            profile.to_owned()
        } else {
            // no two profiles share a file, whatever their names hold
            format!("~{}", fingerprint(profile))
        };
        Self { path: state.join("tracked").join(format!("{name}.json")), profile: profile.to_owned() }
    }

    /// An id that no other key has.
    ///
    /// # Errors
    /// Without a random source.
    pub fn new_id(now: Time) -> Result<KeyId, TrackedError> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(|_| TrackedError::NoId)?;
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or_default();
        Ok(KeyId::from(ulid::Ulid::from_parts(millis, u128::from_be_bytes(random)).to_string()))
    }

    /// The keys that are written down, in the order in which they were; none where there is no file.
    ///
    /// # Errors
    /// When there is one that cannot be read or understood.
    pub fn read(&self) -> Result<Vec<Tracked>, TrackedError> {
        let text = match read_small(&self.path, MAX_BYTES) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.io(error)),
        };
        // without its words, which may quote what stands there
        let broken = |error: serde_json::Error| TrackedError::Broken(self.path.clone(), error.line());
        let AnyVersion { version } = serde_json::from_slice(&text).map_err(broken)?;
        if version > VERSION {
            return Err(TrackedError::Newer(self.path.clone()));
        }
        let form: Form = serde_json::from_slice(&text).map_err(broken)?;
        Ok(form.keys.into_iter().map(Tracked::from).collect())
    }

    /// Changes what is written down, and gives what `change` gives. What another process writes meanwhile waits for this.
    ///
    /// # Errors
    /// When what is there cannot be read, or the file not be written; it is as it was then.
    pub fn change<T>(&self, change: impl FnOnce(&mut Vec<Tracked>) -> T) -> Result<T, TrackedError> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        make_private_folder(folder).map_err(|error| self.io(error))?;
        let _locked = self.lock().map_err(|error| self.io(error))?;
        let before = self.read()?;
        let mut keys = before.clone();
        let changed = change(&mut keys);
        if keys != before {
            let keys = keys.iter().map(KeyForm::from).collect();
            let form = Form { version: VERSION, profile: self.profile.clone(), keys };
            let write = || {
                let mut text = serde_json::to_vec_pretty(&form)?;
                text.push(b'\n');
                Replacement::write(&self.path, ".tracked-", &text)?.put()
            };
            write().map_err(|error| self.io(error))?;
        }
        Ok(changed)
    }

    /// Waits for the lock, which the kernel lets go when the process ends, however it ends. The file that is locked is not the
    /// one that is replaced.
    fn lock(&self) -> io::Result<File> {
        let path = self.path.with_extension("lock");
        let file = private().read(true).write(true).create(true).truncate(false).open(path)?;
        flock(&file, FlockOperation::LockExclusive)?;
        Ok(file)
    }

    fn io(&self, error: io::Error) -> TrackedError {
        TrackedError::Io(self.path.clone(), error)
    }
}

impl From<KeyForm> for Tracked {
    fn from(form: KeyForm) -> Self {
        Self {
            id: form.id,
            name: form.name,
            kind: form.kind,
            owner: form.owner,
            user: form.user_id.map(UserId),
            contacts: form.contacts,
            noted: form.noted_at,
            made: form.made_at,
            expires: form.expires_at,
            fingerprint: form.fingerprint,
            masked: form.masked_value,
            probed: form.probed.map(|ProbedForm { at, heard }| Probed { at, heard }),
            removed: form.removed_at,
            rotated_from: form.rotated_from,
            rotated_to: form.rotated_to,
        }
    }
}

impl From<&Tracked> for KeyForm {
    fn from(tracked: &Tracked) -> Self {
        let tracked = tracked.clone();
        Self {
            id: tracked.id,
            name: tracked.name,
            kind: tracked.kind,
            owner: tracked.owner,
            user_id: tracked.user.map(|user| user.0),
            contacts: tracked.contacts,
            noted_at: tracked.noted,
            made_at: tracked.made,
            expires_at: tracked.expires,
            fingerprint: tracked.fingerprint,
            masked_value: tracked.masked,
            probed: tracked.probed.map(|Probed { at, heard }| ProbedForm { at, heard }),
            removed_at: tracked.removed,
            rotated_from: tracked.rotated_from,
            rotated_to: tracked.rotated_to,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::domain::time::When;

    /// As version 1 writes it.
    const FORM_1: &str = include_str!("../../tests/journal_forms/tracked-1.json");

    fn at(text: &str) -> Time {
        When::from_wire(text).time().unwrap()
    }

    fn scim() -> Tracked {
        Tracked {
            name: "okta-provisioning".into(),
            kind: TrackedKind::ScimKey,
            owner: "Ana Souza".into(),
            user: Some(UserId(12)),
            contacts: vec!["it@acme.example".into()],
            made: Some(at("2026-08-01T00:00:00Z")),
            expires: Some(at("2027-02-01T00:00:00Z")),
            fingerprint: Some("0123456789abcdef".repeat(4)),
            masked: "…9fQ2".to_owned(),
            probed: Some(Probed { at: at("2026-11-21T08:30:00Z"), heard: Heard::Accepted }),
            removed: Some(at("2026-11-22T08:30:00Z")),
            rotated_from: Some("01JQ8ZK3M5N7P9R1T3V5X7Z9B0".into()),
            rotated_to: Some("01JQ8ZK3M5N7P9R1T3V5X7Z9B2".into()),
            ..Tracked::sample("01JQ8ZK3M5N7P9R1T3V5X7Z9B1", at("2026-11-21T08:30:00Z"))
        }
    }

    #[test]
    fn every_form_that_was_ever_written_is_read() {
        let state = tempfile::tempdir().unwrap();
        let file = TrackedFile::of(state.path(), "acme");
        file.change(|keys| keys.push(scim())).unwrap();
        let written = std::fs::read_to_string(&file.path).unwrap();
        assert_eq!(written, FORM_1, "the latest form is the one that is written");
        std::fs::write(&file.path, FORM_1).unwrap();
        assert_eq!(file.read().unwrap(), [scim()]);
    }

    #[test]
    fn what_a_file_lacks_has_a_default() {
        let state = tempfile::tempdir().unwrap();
        let file = TrackedFile::of(state.path(), "acme");
        std::fs::create_dir_all(file.path.parent().unwrap()).unwrap();
        let least = "{\"version\":1,\"profile\":\"acme\",\"keys\":[{\"id\":\"a\",\"name\":\"a\",\"kind\":\"newer-key\",\
                     \"notedAt\":\"2026-11-21T08:30:00Z\"}]}";
        std::fs::write(&file.path, least).unwrap();
        let kind = TrackedKind::from_word("newer-key");
        assert_eq!(file.read().unwrap(), [Tracked { kind, ..Tracked::sample("a", at("2026-11-21T08:30:00Z")) }]);
    }

    #[test]
    fn each_profile_has_a_private_file_of_its_own_and_nothing_is_made_to_look() {
        let state = tempfile::tempdir().unwrap();
        let root = state.path().join("state");
        let (acme, other) = (TrackedFile::of(&root, "acme"), TrackedFile::of(&root, "../acme"));
        assert!(acme.read().unwrap().is_empty() && !root.exists());
        acme.change(|keys| keys.push(scim())).unwrap();
        assert!(other.read().unwrap().is_empty());
        assert_eq!(other.path.parent(), acme.path.parent(), "a name leads nowhere else");
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&acme.path), mode(acme.path.parent().unwrap())), (0o600, 0o700));
    }

    #[test]
    fn changes_of_several_at_once_are_all_kept() {
        let state = tempfile::tempdir().unwrap();
        let file = TrackedFile::of(state.path(), "acme");
        std::thread::scope(|scope| {
            for number in 0..8 {
                let file = file.clone();
                scope.spawn(move || {
                    let id = format!("k{number}");
                    file.change(|keys| keys.push(Tracked::sample(&id, at("2026-11-21T08:30:00Z")))).unwrap();
                });
            }
        });
        assert_eq!(file.read().unwrap().len(), 8);
    }

    #[test]
    fn what_is_not_understood_is_not_written_over() {
        let state = tempfile::tempdir().unwrap();
        let file = TrackedFile::of(state.path(), "acme");
        file.change(|keys| keys.push(scim())).unwrap();
        for (text, newer) in [("{", false), ("{\"version\":2,\"keys\":3}", true), ("{\"version\":1,\"keys\":3}", false)]
        {
            std::fs::write(&file.path, text).unwrap();
            let error = file.change(Vec::clear).unwrap_err();
            assert_eq!(matches!(error, TrackedError::Newer(_)), newer, "{error}");
            assert!(!error.hint().is_empty());
            assert_eq!(std::fs::read_to_string(&file.path).unwrap(), text);
        }
    }
}
