//! What can go wrong with a key that is kept.

use std::io;
use std::path::PathBuf;

use super::Kind;
use crate::domain::failure::{Ending, Failure};
use crate::domain::time::{Time, exact};
use crate::domain::untrusted::visible;
use crate::local::keyring::KeyringError;

/// Why a key cannot be kept, had or removed.
#[derive(Debug, thiserror::Error)]
pub enum KeptKeyError {
    /// Its file.
    #[error("{} cannot be used: {}", .path.display(), .source.kind())]
    File { path: PathBuf, source: io::Error },
    /// Others can read it.
    #[error("{} can be read or changed by others", .0.display())]
    Exposed(PathBuf),
    /// It is not what keydeck wrote.
    #[error("{} is not what keydeck login wrote there", .path.display())]
    Damaged { path: PathBuf },
    #[error("{} is from a newer keydeck", .0.display())]
    Newer(PathBuf),
    /// It was given for another server.
    #[error("the key that is kept is for {}, and the profile is at {}", visible(.kept_for), visible(.asked))]
    OtherAddress { kept_for: String, asked: String },
    /// Its time is over.
    #[error("the {} that is kept ended at {}", .kind.word(), exact(*.until))]
    Over { kind: Kind, until: Time },
    /// The keyring does not have it.
    #[error("the key that was kept is in the keyring no more")]
    Missing,
    /// The keyring did not do as asked.
    #[error(transparent)]
    Keyring(KeyringError),
}

impl Failure for KeptKeyError {
    fn hint(&self) -> String {
        match self {
            Self::File { .. } => "see that the state directory can be read and written".to_owned(),
            Self::Exposed(path) => format!("run: chmod 600 '{}'; who may have read it has the key", path.display()),
            Self::Damaged { .. } | Self::Missing | Self::Over { .. } => "run keydeck login again".to_owned(),
            Self::Newer(_) => "use that keydeck, or run keydeck logout with it".to_owned(),
            Self::OtherAddress { .. } => {
                "a key goes to no other server than the one it was given for: run keydeck login again".to_owned()
            }
            Self::Keyring(KeyringError::Locked) => "unlock it, or run keydeck login --store file".to_owned(),
            Self::Keyring(_) => "run keydeck login --store file where there is no desktop, as over SSH".to_owned(),
        }
    }

    fn ending(&self) -> Ending {
        match self {
            Self::File { .. } | Self::Missing | Self::Keyring(_) => Ending::Partly,
            Self::Exposed(_)
            | Self::Damaged { .. }
            | Self::Newer(_)
            | Self::OtherAddress { .. }
            | Self::Over { .. } => Ending::Usage,
        }
    }
}
