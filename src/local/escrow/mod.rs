//! The values that are under way: kept until they are where they belong, then wiped.
//!
//! A value has a slot, `ROTATION/new` or `ROTATION/before/0`. It lies in the operating system's keyring or in a sealed file;
//! which of them is written down for each slot, so that a rotation finds it again whatever is configured meanwhile. The old or
//! the new value is there at any moment, however the process ends.

mod error;
mod folder;
mod passphrase;
mod seal;

use std::path::Path;
use std::sync::Arc;

use tokio::sync::OnceCell;
use zeroize::Zeroizing;

pub use error::EscrowError;

use self::folder::{Folder, Writing};
use self::seal::{CannotOpen, SealKey};
use super::keyring::{Keyring, SessionKeyring};
use crate::config::{Credential, EscrowSettings, EscrowStore};
use crate::domain::key_value::{hex, unhex};
use crate::domain::secret::Secret;
use crate::fault::point;

/// The folder below the state directory.
pub(in crate::local) const FOLDER: &str = "escrow";
/// The entries' service in the keyring; the account is the slot.
const SERVICE: &str = "keydeck escrow";
/// The file of the random key.
const KEY_FILE: &str = "escrow.key";
/// What the key file begins with.
const KEY_HEAD: &str = "keydeck escrow key 1 ";
/// How the file of a sealed value is called after its slot.
const SEALED: &str = ".sealed";
/// How the file is called that says that a value is in the keyring.
const IN_KEYRING: &str = ".keyring";
/// In that file: the value may be there.
const BEGUN: &[u8] = b"keydeck escrow 1 begun\n";
/// In that file: the value is there, and was read back.
const KEPT: &[u8] = b"keydeck escrow 1 kept\n";

type Result<T> = std::result::Result<T, EscrowError>;

/// What a file is sealed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lock {
    KeyFile,
    Passphrase,
}

impl Lock {
    /// The first line of a file that is sealed with it.
    fn head(self) -> &'static str {
        match self {
            Self::KeyFile => "keydeck escrow 1 key\n",
            Self::Passphrase => "keydeck escrow 1 passphrase\n",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::KeyFile => "key file",
            Self::Passphrase => "passphrase",
        }
    }
}

/// Where values under way are kept.
pub struct Escrow {
    folder: Folder,
    store: EscrowStore,
    passphrase: Option<Credential>,
    keyring: Arc<dyn Keyring>,
    /// Whether a keyring answered, asked once.
    answers: OnceCell<bool>,
    key: OnceCell<Arc<SealKey>>,
    stretched: OnceCell<Arc<SealKey>>,
}

impl Escrow {
    /// Opens the escrow in the state directory `dir`, or makes it. No keyring and no passphrase is asked for yet.
    ///
    /// # Errors
    /// When its folder cannot be made.
    pub fn open(dir: &Path, settings: &EscrowSettings) -> Result<Self> {
        Self::with(dir, settings, Arc::new(SessionKeyring))
    }

    fn with(dir: &Path, settings: &EscrowSettings, keyring: Arc<dyn Keyring>) -> Result<Self> {
        Ok(Self {
            folder: Folder::open(dir.join(FOLDER))?,
            store: settings.store,
            passphrase: settings.passphrase.clone(),
            keyring,
            answers: OnceCell::new(),
            key: OnceCell::new(),
            stretched: OnceCell::new(),
        })
    }

    /// Keeps `value` in `slot`, in place of what was there. When this returns, it outlasts a power cut.
    ///
    /// # Errors
    /// When it could not be kept; then what was there before still is, or, in a keyring, one of the two.
    pub async fn put(&self, slot: &str, value: &Secret) -> Result<()> {
        point!("escrow.put.before");
        let stem = stem(slot)?;
        let sealed = self.folder.read(&format!("{stem}{SEALED}"))?.is_some();
        let kept = self.keyring_mark(&stem)?.is_some_and(|mark| mark == KEPT);
        let in_keyring = !sealed
            && (kept || self.takes_keyring().await)
            && match self.put_in_keyring(slot, &stem, value).await {
                Err(EscrowError::NotKept { .. } | EscrowError::NotTheSame { .. })
                    if !kept && self.store == EscrowStore::Auto =>
                {
                    false
                }
                done => done.map(|()| true)?,
            };
        if !in_keyring {
            self.put_in_file(slot, &stem, value).await?;
        }
        point!("escrow.put.after");
        Ok(())
    }

    /// The value in `slot`; none where none was ever kept there, or it was wiped.
    ///
    /// # Errors
    /// When one was kept there and cannot be had. Never another value.
    pub async fn get(&self, slot: &str) -> Result<Option<Secret>> {
        let stem = stem(slot)?;
        let name = format!("{stem}{SEALED}");
        if let Some(bytes) = self.folder.read(&name)? {
            let path = self.folder.file(&name);
            let Some(lock) =
                [Lock::KeyFile, Lock::Passphrase].into_iter().find(|lock| bytes.starts_with(lock.head().as_bytes()))
            else {
                return Err(EscrowError::Damaged { path });
            };
            let key = match lock {
                Lock::Passphrase if self.passphrase.is_none() => return Err(EscrowError::NoPassphrase { path }),
                lock => self.key(lock).await?,
            };
            // having the key may have sealed it anew
            let Some(bytes) = self.folder.read(&name)? else { return Ok(None) };
            return match key.open(&bytes[lock.head().len()..], &bound(lock, slot)) {
                Ok(value) => Ok(Some(value)),
                Err(CannotOpen::OtherKey) => Err(EscrowError::OtherKey { path, key: lock.words() }),
                Err(CannotOpen::Damaged) => Err(EscrowError::Damaged { path }),
            };
        }
        match self.keyring_mark(&stem)? {
            Some(mark) if mark == KEPT => match self.keyring.get(SERVICE, slot).await {
                Ok(Some(value)) => Ok(Some(value)),
                Ok(None) => Err(EscrowError::Missing { slot: slot.to_owned() }),
                Err(source) => Err(EscrowError::KeyringGone { slot: slot.to_owned(), source }),
            },
            // nobody was told that it is kept
            Some(mark) if mark == BEGUN => Ok(None),
            Some(_) => Err(EscrowError::Damaged { path: self.folder.file(&format!("{stem}{IN_KEYRING}")) }),
            None => Ok(None),
        }
    }

    /// Removes the value in `slot` and in every slot below it. Copies in memory are wiped by their own.
    ///
    /// # Errors
    /// When something could not be removed; the rest is, and it can be tried again.
    pub async fn wipe(&self, slot: &str) -> Result<()> {
        point!("escrow.wipe.before");
        let (mut sealed, mut marked) = (Vec::new(), Vec::new());
        for (name, slot) in self.slots_below(slot)? {
            if name.ends_with(SEALED) { sealed.push(name) } else { marked.push((name, slot)) }
        }
        self.writing(move |writing| writing.remove(sealed.iter().map(String::as_str))).await?;
        for (name, slot) in marked {
            // its mark last, so that it is known to be there as long as it may be
            if let Err(source) = self.keyring.delete(SERVICE, &slot).await {
                return Err(EscrowError::KeyringGone { slot, source });
            }
            point!("escrow.keyring.deleted");
            self.writing(move |writing| writing.remove([name.as_str()])).await?;
        }
        point!("escrow.wipe.after");
        Ok(())
    }

    /// Where a new value would be kept, for people.
    pub async fn place(&self) -> String {
        if self.takes_keyring().await {
            return "the keyring of this desktop session".to_owned();
        }
        self.files(if self.passphrase.is_some() { Lock::Passphrase } else { Lock::KeyFile })
    }

    /// The slots that hold a value at or below `slot`, with where each lies, for people. Nothing is opened for it.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn contents(&self, slot: &str) -> Result<Vec<(String, String)>> {
        let mut contents = Vec::new();
        for (name, slot) in self.slots_below(slot)? {
            let Some(bytes) = self.folder.read(&name)? else { continue };
            let place = if name.ends_with(IN_KEYRING) {
                if *bytes == BEGUN {
                    continue;
                }
                "the keyring of this desktop session".to_owned()
            } else if bytes.starts_with(Lock::Passphrase.head().as_bytes()) {
                self.files(Lock::Passphrase)
            } else {
                self.files(Lock::KeyFile)
            };
            contents.push((slot, place));
        }
        Ok(contents)
    }

    fn files(&self, lock: Lock) -> String {
        let folder = self.folder.path().display();
        match lock {
            Lock::KeyFile => format!("sealed files in {folder}, with their key beside them"),
            Lock::Passphrase => format!("sealed files in {folder}, opened by the passphrase"),
        }
    }

    /// Whether a new slot goes into the keyring.
    async fn takes_keyring(&self) -> bool {
        match self.store {
            EscrowStore::Keyring => true,
            EscrowStore::File => false,
            EscrowStore::Auto => *self.answers.get_or_init(|| async { self.keyring.answers().await.is_ok() }).await,
        }
    }

    fn keyring_mark(&self, stem: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.folder.read(&format!("{stem}{IN_KEYRING}"))?.map(|bytes| bytes.to_vec()))
    }

    async fn put_in_keyring(&self, slot: &str, stem: &str, value: &Secret) -> Result<()> {
        let mark = format!("{stem}{IN_KEYRING}");
        if self.keyring_mark(stem)?.is_none() {
            let mark = mark.clone();
            self.writing(move |writing| writing.replace(&mark, BEGUN)).await?;
        }
        let not_kept = |source| EscrowError::NotKept { slot: slot.to_owned(), source };
        self.keyring.put(SERVICE, slot, value).await.map_err(not_kept)?;
        point!("escrow.keyring.put");
        if self.keyring.get(SERVICE, slot).await.map_err(not_kept)?.as_ref() != Some(value) {
            return Err(EscrowError::NotTheSame { slot: slot.to_owned() });
        }
        self.writing(move |writing| writing.replace(&mark, KEPT)).await
    }

    async fn put_in_file(&self, slot: &str, stem: &str, value: &Secret) -> Result<()> {
        let lock = if self.passphrase.is_some() { Lock::Passphrase } else { Lock::KeyFile };
        let key = self.key(lock).await?;
        let sealed = key.seal(value, random()?, &bound(lock, slot)).ok_or(EscrowError::Seal)?;
        let bytes = [lock.head().as_bytes(), &sealed].concat();
        let name = format!("{stem}{SEALED}");
        self.writing(move |writing| writing.replace(&name, &bytes)).await
    }

    async fn key(&self, lock: Lock) -> Result<Arc<SealKey>> {
        let key = match lock {
            Lock::KeyFile => self.key.get_or_try_init(|| self.writing(key_file)).await?,
            Lock::Passphrase => self.stretched.get_or_try_init(|| self.stretch()).await?,
        };
        Ok(Arc::clone(key))
    }

    async fn stretch(&self) -> Result<Arc<SealKey>> {
        let Some(source) = &self.passphrase else { return Err(EscrowError::Seal) };
        let passphrase = source.passphrase().await.map_err(EscrowError::Passphrase)?;
        self.writing(move |writing| passphrase::stretched(writing, &passphrase)).await
    }

    /// Does `work` on the files, where it may wait for the disk.
    async fn writing<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Writing<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let folder = self.folder.clone();
        let done = tokio::task::spawn_blocking(move || work(&folder.writing()?)).await;
        done.unwrap_or_else(|error| {
            let path = self.folder.path().to_owned();
            Err(EscrowError::File { path, source: std::io::Error::other(error) })
        })
    }

    /// The files of every slot at or below `slot`.
    fn slots_below(&self, slot: &str) -> Result<Vec<(String, String)>> {
        let start = format!("{}.", stem(slot)?);
        let mut names = self.folder.names()?;
        names.retain(|name| name.starts_with(&start));
        let with_slot = |name: String| {
            let slot = slot_of(&name)?;
            Some((name, slot))
        };
        Ok(names.into_iter().filter_map(with_slot).collect())
    }
}

/// The key in its file, which is made where there is none.
fn key_file(writing: &Writing<'_>) -> Result<Arc<SealKey>> {
    if let Some(bytes) = writing.folder().read_private(KEY_FILE)? {
        let text = std::str::from_utf8(&bytes).ok().and_then(|text| text.strip_prefix(KEY_HEAD));
        let key = text.and_then(|text| unhex(text.trim_end())).ok_or_else(|| EscrowError::KeyFile {
            path: writing.folder().file(KEY_FILE),
            reason: "holds no key".to_owned(),
        })?;
        return Ok(Arc::new(SealKey::new(Zeroizing::new(key))));
    }
    let key = Zeroizing::new(random::<32>()?);
    let text = Zeroizing::new(hex(key.as_slice()));
    writing.replace(KEY_FILE, Zeroizing::new(format!("{KEY_HEAD}{}\n", text.as_str())).as_bytes())?;
    Ok(Arc::new(SealKey::new(key)))
}

/// The slot that a file is of; none where it is of no slot.
fn slot_of(name: &str) -> Option<String> {
    let stem = name.strip_suffix(SEALED).or_else(|| name.strip_suffix(IN_KEYRING))?;
    Some(stem.replace('.', "/"))
}

/// What the seal binds a value to.
fn bound(lock: Lock, slot: &str) -> String {
    format!("{}{slot}", lock.head())
}

/// The slot's name as files have it. Slots have parts of letters, digits, `-` and `_` with `/` between them.
fn stem(slot: &str) -> Result<String> {
    let plain = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    if slot.split('/').all(plain) { Ok(slot.replace('/', ".")) } else { Err(EscrowError::Slot(slot.to_owned())) }
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(EscrowError::Random)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
