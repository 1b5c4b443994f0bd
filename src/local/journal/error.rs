//! What can be wrong with the journal, with what to do about it. Nothing is ever thrown away because of it.

use std::path::{Path, PathBuf};

use crate::domain::changes::ChangeId;
use crate::domain::failure::{Ending, Failure};
use crate::domain::rotation::RotationId;
use crate::domain::untrusted::visible;
use crate::sqlite::{self, Kind};

/// Why the journal could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Its file or folder cannot be made or protected.
    #[error("the journal needs {}, which cannot be prepared: {source}", .path.display())]
    File {
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another process holds it.
    #[error("the journal {} is locked by another process", .path.display())]
    Locked { path: PathBuf },
    /// It can be read, but not written.
    #[error("the journal {} cannot be written: the file or its folder is read-only", .path.display())]
    ReadOnly { path: PathBuf },
    /// There is no room.
    #[error("the journal {} cannot be written: the disk is full", .path.display())]
    Full { path: PathBuf },
    /// A newer keydeck wrote it.
    #[error("the journal {} has the form {found}, and this keydeck knows up to {known}", .path.display())]
    Newer {
        path: PathBuf,
        found: i64,
        /// The newest form that is understood.
        known: i64,
    },
    /// It is something else, or damaged.
    #[error("{} is not a journal of keydeck, or is damaged: {reason}", .path.display())]
    NotAJournal {
        path: PathBuf,
        /// What the database said.
        reason: String,
    },
    /// The key is being rotated already.
    #[error("the rotation {id} of this key is under way already")]
    UnderWay { id: RotationId },
    /// There is no such rotation.
    #[error("there is no rotation {wanted}")]
    NoSuch {
        /// What was asked for.
        wanted: String,
    },
    /// More than one rotation begins so.
    #[error("more than one rotation begins with {wanted}")]
    Ambiguous {
        /// What was asked for.
        wanted: String,
        among: Vec<RotationId>,
    },
    /// There is no such change of keys.
    #[error("there is no change {wanted}")]
    NoSuchChange {
        /// What was asked for.
        wanted: String,
    },
    /// More than one change begins so.
    #[error("more than one change begins with {wanted}")]
    AmbiguousChange {
        /// What was asked for.
        wanted: String,
        among: Vec<ChangeId>,
    },
    /// A change of keys cannot be understood.
    #[error(transparent)]
    UnreadableChange(#[from] UnreadableChange),
    /// This rotation cannot be understood.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes: {0}")]
    Random(getrandom::Error),
    /// The database failed otherwise.
    #[error("the journal {} failed: {reason}", .path.display())]
    Database {
        path: PathBuf,
        /// What it said.
        reason: String,
    },
}

/// A rotation that is in the journal and cannot be understood. It holds up no other.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the rotation {id} of the key {} at {} cannot be read: {why}; what it has in escrow stays in {}, under its id",
    visible(.old_key),
    visible(.address),
    .escrow.display()
)]
pub struct Unreadable {
    /// Which.
    pub id: RotationId,
    /// The id of the key that it replaces, as it stands beside the rotation's state.
    pub old_key: String,
    /// The backend's address, from there too.
    pub address: String,
    pub escrow: PathBuf,
    /// Why; never what stands there.
    pub why: Damage,
}

/// A change of keys that is in the journal and cannot be understood. It holds up no other.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the change {id} of keys at {} cannot be read: {why}", visible(.address))]
pub struct UnreadableChange {
    pub id: ChangeId,
    /// The backend's address, where that can be read.
    pub address: String,
    /// Why; never what stands there.
    pub why: Damage,
}

impl UnreadableChange {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self.why {
            Damage::Newer { .. } => format!("go on with it in the keydeck that wrote it, or a newer one: {}", self.id),
            Damage::Damaged(_) => {
                format!("see with keydeck list how its keys are now, then: keydeck changes forget {}", self.id)
            }
        }
    }
}

/// Why a rotation or a change cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// A newer keydeck wrote it.
    #[error("it has the form {found}, and this keydeck knows up to {known}")]
    Newer {
        found: i64,
        /// The newest form that is understood.
        known: i64,
    },
    /// Its state, or what was noted of its steps, is damaged or contradicts itself.
    #[error("{0}")]
    Damaged(String),
}

impl Unreadable {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self.why {
            Damage::Newer { .. } => format!("go on with it in the keydeck that wrote it, or a newer one: {}", self.id),
            Damage::Damaged(_) => format!(
                "bring the state directory back from a copy; or see by hand, with keydeck show {}, which of the old and \
                 the new key works and where it stands",
                visible(&self.old_key)
            ),
        }
    }
}

impl JournalError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::File { .. } => "check that the folder exists, is yours and has room".to_owned(),
            Self::Locked { .. } => {
                "nothing was changed: wait until it has finished, or end it, and try again".to_owned()
            }
            Self::ReadOnly { path } => {
                format!("nothing was begun: make it writable, for example: chmod u+w {}", path.display())
            }
            Self::Full { .. } => "what stands there is safe: make room and try again".to_owned(),
            Self::Newer { .. } => "use that newer keydeck to finish what is under way in it".to_owned(),
            Self::NotAJournal { path, .. } => format!(
                "nothing was changed: bring the file back from a copy; or move it and the files {}-wal and -shm away, \
                 after which keydeck knows nothing of what is under way in it",
                path.display()
            ),
            Self::UnderWay { id } => format!("go on with it: keydeck rotations resume {id}"),
            Self::NoSuch { .. } => "see: keydeck rotations list".to_owned(),
            Self::Ambiguous { among, .. } => {
                let among: Vec<&str> = among.iter().map(|id| id.0.as_str()).collect();
                format!("write more of it: {}", among.join(", "))
            }
            Self::NoSuchChange { .. } => "see: keydeck changes list".to_owned(),
            Self::AmbiguousChange { among, .. } => {
                let among: Vec<&str> = among.iter().map(|id| id.0.as_str()).collect();
                format!("write more of it: {}", among.join(", "))
            }
            Self::UnreadableChange(unreadable) => unreadable.hint(),
            Self::Unreadable(unreadable) => unreadable.hint(),
            Self::Random(_) => "check the operating system's random source".to_owned(),
            Self::Database { .. } => "nothing is half written: check the disk and try again".to_owned(),
        }
    }

    /// What the database said, in terms of the file at `path`.
    pub(super) fn of(path: &Path, error: &rusqlite::Error) -> Self {
        let (path, reason) = (path.to_owned(), error.to_string());
        match sqlite::kind(error) {
            Kind::Busy => Self::Locked { path },
            Kind::ReadOnly => Self::ReadOnly { path },
            Kind::NotADatabase => Self::NotAJournal { path, reason },
            Kind::Full => Self::Full { path },
            Kind::Broken | Kind::Other => Self::Database { path, reason },
        }
    }
}

impl Failure for JournalError {
    fn hint(&self) -> String {
        self.hint()
    }

    fn ending(&self) -> Ending {
        match self {
            Self::NoSuch { .. } | Self::Ambiguous { .. } | Self::NoSuchChange { .. } | Self::AmbiguousChange { .. } => {
                Ending::Usage
            }
            Self::Locked { .. } | Self::UnderWay { .. } => Ending::NotNow,
            _ => Ending::Partly,
        }
    }
}
