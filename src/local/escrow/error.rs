//! What can be wrong with the escrow, with what to do about it. Never with a value in it.

use std::io;
use std::path::PathBuf;

use crate::config::ConfigError;
use crate::domain::failure::{Ending, Failure};
use crate::local::keyring::KeyringError;

/// Why a value could not be kept, read or wiped.
#[derive(Debug, thiserror::Error)]
pub enum EscrowError {
    /// A file of the escrow cannot be made, read, written or removed.
    #[error("the escrow's {} cannot be used: {source}", .path.display())]
    File {
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The keyring that is to hold the values does not.
    #[error("the value {slot} cannot be kept in the keyring: {source}")]
    NotKept {
        slot: String,
        /// What the keyring said.
        source: KeyringError,
    },
    /// The keyring gave back another value than it was given.
    #[error("the keyring took the value {slot} and gave back another")]
    NotTheSame { slot: String },
    /// The keyring that holds the value does not answer.
    #[error("the value {slot} lies in the keyring: {source}")]
    KeyringGone {
        slot: String,
        /// What the keyring said.
        source: KeyringError,
    },
    /// The keyring that was given the value does not have it any more.
    #[error("the value {slot} was put into the keyring and is not there any more")]
    Missing { slot: String },
    /// The file was changed, cut or exchanged for another.
    #[error("the sealed value {} is damaged or was tampered with", .path.display())]
    Damaged { path: PathBuf },
    /// It was sealed by another key than the one that is here.
    #[error("the sealed value {} was sealed with another {key} than this one", .path.display())]
    OtherKey {
        path: PathBuf,
        /// `key file` or `passphrase`.
        key: &'static str,
    },
    /// It is sealed with a passphrase, and none is configured.
    #[error("the sealed value {} is sealed with a passphrase, and none is configured", .path.display())]
    NoPassphrase { path: PathBuf },
    /// The passphrase cannot be had.
    #[error("the escrow's passphrase cannot be had: {0}")]
    Passphrase(ConfigError),
    /// The key file, or what the passphrase is stretched with, is not what it should be.
    #[error("the escrow's {} {reason}", .path.display())]
    KeyFile {
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// What the passphrase is stretched with costs less than anything that was ever written here.
    #[error("the escrow's {} asks for a weaker stretching of the passphrase than keydeck ever wrote: somebody changed it", .path.display())]
    Weak { path: PathBuf },
    /// Others can read the key file.
    #[error("the escrow's {} can be read or changed by others", .path.display())]
    Exposed { path: PathBuf },
    /// A slot's name is none.
    #[error("a value of the escrow cannot be called that: {0}")]
    Slot(String),
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes: {0}")]
    Random(getrandom::Error),
    /// Something that is not expected to go wrong did.
    #[error("the value could not be sealed")]
    Seal,
}

impl EscrowError {
    pub fn hint(&self) -> String {
        match self {
            Self::File { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                "make room on the disk and try again".to_owned()
            }
            Self::File { .. } => "check that the folder is yours, writable and has room".to_owned(),
            Self::NotKept { .. } | Self::NotTheSame { .. } => {
                "unlock the keyring, or write store = \"file\" under [escrow] in config.toml".to_owned()
            }
            Self::KeyringGone { .. } => {
                "log in to the desktop session of this user, unlock its keyring and try again".to_owned()
            }
            Self::Missing { .. } | Self::Damaged { .. } => {
                "it cannot be had any more: look at what holds the new key, and roll back or abandon".to_owned()
            }
            Self::OtherKey { key, .. } => format!("bring that {key} back and try again"),
            Self::NoPassphrase { .. } => "write passphrase = { env = \"NAME\" } or { command = [\"PROGRAM\"] } under \
                                          [escrow] in config.toml"
                .to_owned(),
            Self::Passphrase(error) => error.hint().to_owned(),
            Self::KeyFile { path, .. } => format!("bring it back from a copy, mode 0600: {}", path.display()),
            Self::Weak { path } => format!(
                "bring it back from a copy; or, where no rotation is open, remove it, after which another is made: {}",
                path.display()
            ),
            Self::Exposed { path } => format!("run: chmod 600 {}", path.display()),
            Self::Slot(_) | Self::Seal => "this is a mistake in keydeck: please report it".to_owned(),
            Self::Random(_) => "check the operating system's random source".to_owned(),
        }
    }
}

impl Failure for EscrowError {
    fn hint(&self) -> String {
        self.hint()
    }

    fn ending(&self) -> Ending {
        Ending::Partly
    }
}
