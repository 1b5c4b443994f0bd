//! What `keydeck login` keeps for a profile: a key, or a session that a backend gave for one. It lies in the keyring of the
//! desktop session where that answers in time, else in a file that only this user can read; a note beside says which, for
//! which address, and until when it is good, so that nothing has to be opened to tell.

mod error;
mod note;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

pub use error::KeptKeyError;
pub use note::{Kept, Kind, Place};

use self::note::{Note, Stage};
use super::keyring::{Keyring, KeyringError, SessionKeyring};
use super::profile_name::in_file_name;
use crate::domain::key_value::fingerprint;
use crate::domain::secret::Secret;
use crate::domain::time::Time;
use crate::system::file::{Replacement, make_private_folder, sync_folder};

/// The folder below the state directory.
const FOLDER: &str = "credentials";
/// The entries' service in the keyring; the account is the profile.
const SERVICE: &str = "keydeck";
/// What a temporary file's name begins with.
const TEMPORARY: &str = ".new-";

type Result<T> = std::result::Result<T, KeptKeyError>;

/// Where a key is to be kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Store {
    /// In the keyring where that answers, else in a file.
    #[default]
    Auto,
    Keyring,
    File,
}

/// Something to be kept.
#[derive(Debug)]
pub struct Keeping {
    pub kind: Kind,
    pub value: Secret,
    /// The backend's address, to which it is sent and to no other.
    pub address: String,
    /// Of a session: the e-mail address of whoever signed in.
    pub account: Option<String>,
    /// When it is kept.
    pub now: Time,
    /// Until when it is good, where that is known.
    pub until: Option<Time>,
}

/// Where it went, and why it is not in the keyring where that was tried.
#[derive(Debug, PartialEq, Eq)]
pub struct Went {
    pub place: Place,
    pub instead: Option<KeyringError>,
}

/// The keys that are kept on this machine.
pub struct KeptKeys {
    folder: PathBuf,
    keyring: Arc<dyn Keyring>,
}

impl KeptKeys {
    /// Those of the state directory; nothing is made yet.
    pub fn of(state: &Path) -> Self {
        Self::with(state, Arc::new(SessionKeyring))
    }

    fn with(state: &Path, keyring: Arc<dyn Keyring>) -> Self {
        Self { folder: state.join(FOLDER), keyring }
    }

    /// The folder of the notes, and of the keys that are in files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What is kept for a profile, without opening it.
    ///
    /// # Errors
    /// When the note cannot be read or understood.
    pub fn about(&self, profile: &str) -> Result<Option<Kept>> {
        Ok(self.note(profile)?.map(|note| note.kept))
    }

    /// What is kept for every profile, by the profile's name.
    ///
    /// # Errors
    /// When the folder cannot be read. A note that is not understood is left out.
    pub fn all(&self) -> Result<Vec<Kept>> {
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(KeptKeyError::File { path: self.folder.clone(), source }),
        };
        let paths = entries.flatten().map(|entry| entry.path());
        let notes = paths.filter(|path| path.extension().is_some_and(|ending| ending == "json"));
        let mut kept: Vec<Kept> =
            notes.filter_map(|path| note::read(&path).ok().flatten()).map(|note| note.kept).collect();
        kept.sort_by(|one, other| one.profile.cmp(&other.profile));
        Ok(kept)
    }

    /// What is kept for the profile, which is sent to `address`; none where nothing is.
    ///
    /// # Errors
    /// When it is for another address, is over, or cannot be had.
    pub async fn get(&self, profile: &str, address: &str, now: Time) -> Result<Option<Secret>> {
        let Some(note) = self.note(profile)? else { return Ok(None) };
        if note.stage == Stage::Begun {
            // nobody was told that it is kept
            return Ok(None);
        }
        let Kept { address: kept_for, until, kind, place, .. } = note.kept;
        if kept_for != address {
            return Err(KeptKeyError::OtherAddress { kept_for, asked: address.to_owned() });
        }
        if let Some(until) = until.filter(|until| *until <= now) {
            return Err(KeptKeyError::Over { kind, until });
        }
        match (place, note.value) {
            (Place::File, Some(value)) => Ok(Some(value)),
            (Place::File, None) => Err(KeptKeyError::Damaged { path: self.path(profile) }),
            (Place::Keyring, _) => {
                let value = match self.keyring.answers().await {
                    // a person may be asked to unlock it
                    Ok(()) | Err(KeyringError::Locked) => self.keyring.get(SERVICE, profile).await,
                    Err(error) => Err(error),
                };
                match value.map_err(KeptKeyError::Keyring)? {
                    Some(value) => Ok(Some(value)),
                    None => Err(KeptKeyError::Missing),
                }
            }
        }
    }

    /// Keeps something for the profile, in place of what was kept before. When this returns it outlasts a power cut.
    ///
    /// # Errors
    /// When it could not be kept. What was there before may be gone then, and what is there is never a half.
    pub async fn keep(&self, profile: &str, keeping: &Keeping, store: Store) -> Result<Went> {
        let before = self.note(profile).ok().flatten().map(|note| note.kept.place);
        let answers = match store {
            Store::File => None,
            Store::Auto | Store::Keyring => Some(self.keyring.answers().await),
        };
        let instead = match answers {
            Some(Ok(())) => match self.keep_in_keyring(profile, keeping).await {
                Ok(()) => return Ok(Went { place: Place::Keyring, instead: None }),
                Err(KeptKeyError::Keyring(error)) if store == Store::Auto => Some(error),
                Err(error) => return Err(error),
            },
            Some(Err(error)) if store == Store::Keyring => return Err(KeptKeyError::Keyring(error)),
            Some(Err(error)) => Some(error),
            None => None,
        };
        self.write(profile, &note_of(profile, keeping, Place::File, Stage::Kept, true))?;
        if before == Some(Place::Keyring) && self.keyring.delete(SERVICE, profile).await.is_err() {
            tracing::warn!("the keyring still holds the key that was kept before");
        }
        Ok(Went { place: Place::File, instead })
    }

    async fn keep_in_keyring(&self, profile: &str, keeping: &Keeping) -> Result<()> {
        // first the note that something may be there, so that it is never forgotten
        self.write(profile, &note_of(profile, keeping, Place::Keyring, Stage::Begun, false))?;
        self.keyring.put(SERVICE, profile, &keeping.value).await.map_err(KeptKeyError::Keyring)?;
        let back = self.keyring.get(SERVICE, profile).await.map_err(KeptKeyError::Keyring)?;
        if back.as_ref() != Some(&keeping.value) {
            return Err(KeptKeyError::Missing);
        }
        self.write(profile, &note_of(profile, keeping, Place::Keyring, Stage::Kept, false))
    }

    /// Removes what is kept for the profile, and tells what that was; none where nothing was.
    ///
    /// # Errors
    /// When it could not be removed; it can be tried again.
    pub async fn forget(&self, profile: &str) -> Result<Option<Kept>> {
        let path = self.path(profile);
        let note = match self.note(profile) {
            Err(KeptKeyError::Damaged { .. }) => None,
            read => match read? {
                Some(note) => Some(note.kept),
                None => return Ok(None),
            },
        };
        if note.as_ref().is_some_and(|kept| kept.place == Place::Keyring) {
            // its note last, so that it is known to be there as long as it may be
            self.keyring.delete(SERVICE, profile).await.map_err(KeptKeyError::Keyring)?;
        }
        let gone = std::fs::remove_file(&path).and_then(|()| sync_folder(&self.folder));
        gone.map_err(|source| KeptKeyError::File { path, source })?;
        Ok(note)
    }

    fn note(&self, profile: &str) -> Result<Option<Note>> {
        note::read(&self.path(profile))
    }

    fn path(&self, profile: &str) -> PathBuf {
        self.folder.join(format!("{}.json", in_file_name(profile)))
    }

    fn write(&self, profile: &str, text: &Zeroizing<Vec<u8>>) -> Result<()> {
        let path = self.path(profile);
        let write = || {
            make_private_folder(&self.folder)?;
            Replacement::write(&path, TEMPORARY, text)?.put()
        };
        write().map_err(|source| KeptKeyError::File { path: path.clone(), source })
    }
}

fn note_of(profile: &str, keeping: &Keeping, place: Place, stage: Stage, with_value: bool) -> Zeroizing<Vec<u8>> {
    let kept = Kept {
        profile: profile.to_owned(),
        kind: keeping.kind,
        place,
        address: keeping.address.clone(),
        account: keeping.account.clone(),
        fingerprint: fingerprint(keeping.value.expose()),
        since: keeping.now,
        until: keeping.until,
    };
    note::text(&kept, stage, with_value.then_some(&keeping.value))
}

#[cfg(test)]
mod tests;
