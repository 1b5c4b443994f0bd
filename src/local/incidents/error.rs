//! What can be wrong with the record of incidents, with what to do about it.

use std::path::PathBuf;

use crate::domain::failure::{Ending, Failure};
use crate::domain::incident::IncidentId;
use crate::local::journal::LockError;
use crate::local::record::Damage;

/// Why an incident could not be recorded or read.
#[derive(Debug, thiserror::Error)]
pub enum IncidentsError {
    /// Its file or folder cannot be made, read or written.
    #[error("the record of the incident cannot be kept in {}: {source}", .path.display())]
    File {
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// What is there cannot be understood.
    #[error("{} cannot be read: {damage}", .path.display())]
    Damaged {
        path: PathBuf,
        /// Why; never what stands there.
        damage: Damage,
    },
    /// Another process is at it, or its lock cannot be had.
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error("there is no incident {wanted}")]
    NoSuch {
        /// What was asked for.
        wanted: String,
    },
    /// More than one incident begins so.
    #[error("more than one incident begins with {wanted}")]
    Ambiguous {
        /// What was asked for.
        wanted: String,
        among: Vec<IncidentId>,
    },
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes: {0}")]
    Random(getrandom::Error),
    /// Something of it is no text: a folder's name that is not Unicode.
    #[error("the name of the folder for the evidence is not text")]
    NotText,
    /// The program ends.
    #[error("keydeck is ending")]
    Ending,
}

/// An incident that is kept and cannot be understood. It holds up no other.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the incident {id} cannot be read: {why}")]
pub struct Unreadable {
    pub id: IncidentId,
    pub why: String,
}

impl Failure for IncidentsError {
    fn hint(&self) -> String {
        match self {
            Self::File { .. } => {
                "check that the folder is yours, writable and has room; XDG_STATE_HOME names another".to_owned()
            }
            Self::Damaged { damage: Damage::Newer { .. }, .. } => "use the newer keydeck".to_owned(),
            Self::Damaged { .. } => "keep the file: each of its lines is JSON and tells what was done".to_owned(),
            Self::Lock(error) => error.hint().to_owned(),
            Self::NoSuch { .. } => "keydeck incidents lists them".to_owned(),
            Self::Ambiguous { among, .. } => {
                let ids: Vec<&str> = among.iter().take(5).map(|id| id.0.as_str()).collect();
                format!("write more of the id: {}", ids.join(", "))
            }
            Self::Random(_) => "try again; without random numbers no key can be made up".to_owned(),
            Self::NotText => "name another folder with --out".to_owned(),
            Self::Ending => "run it again".to_owned(),
        }
    }

    fn ending(&self) -> Ending {
        match self {
            Self::NoSuch { .. } | Self::Ambiguous { .. } | Self::NotText => Ending::Usage,
            Self::Lock(LockError::Taken(..)) => Ending::NotNow,
            Self::File { .. }
            | Self::Damaged { .. }
            | Self::Lock(LockError::File { .. })
            | Self::Random(_)
            | Self::Ending => Ending::Partly,
        }
    }
}
