//! What can be wrong with the record of campaigns, with what to do about it.

use std::path::PathBuf;

use crate::domain::campaign::CampaignId;
use crate::domain::failure::{Ending, Failure};
use crate::local::journal::LockError;
use crate::local::record::Damage;

/// Why a campaign could not be recorded or read.
#[derive(Debug, thiserror::Error)]
pub enum CampaignsError {
    /// Its file or folder cannot be made, read or written.
    #[error("the record of the campaign cannot be kept in {}: {source}", .path.display())]
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
    #[error("there is no campaign {wanted}")]
    NoSuch {
        /// What was asked for.
        wanted: String,
    },
    /// More than one campaign is called so, or has an id that begins so.
    #[error("more than one campaign is meant by {wanted}")]
    Ambiguous {
        /// What was asked for.
        wanted: String,
        among: Vec<CampaignId>,
    },
    /// One that is not over is called so.
    #[error("the campaign {name} is open already")]
    NameTaken { name: String },
    /// It is over.
    #[error("the campaign {name} is over")]
    Over { name: String },
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes: {0}")]
    Random(getrandom::Error),
    /// An event cannot be written as text.
    #[error("what happened cannot be written down")]
    NotText,
    /// The program ends.
    #[error("keydeck is ending")]
    Ending,
}

/// A campaign that is kept and cannot be understood. It holds up no other.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the campaign {id} cannot be read: {why}")]
pub struct Unreadable {
    pub id: CampaignId,
    pub why: String,
}

impl Failure for CampaignsError {
    fn hint(&self) -> String {
        match self {
            Self::File { .. } => {
                "check that the folder is yours, writable and has room; XDG_STATE_HOME names another".to_owned()
            }
            Self::Damaged { damage: Damage::Newer { .. }, .. } => "use the newer keydeck".to_owned(),
            Self::Damaged { .. } => "keep the file: each of its lines is JSON and tells what was done".to_owned(),
            Self::Lock(error) => error.hint().to_owned(),
            Self::NoSuch { .. } => "keydeck campaign list --over lists them".to_owned(),
            Self::Ambiguous { among, .. } => {
                let ids: Vec<&str> = among.iter().take(5).map(|id| id.0.as_str()).collect();
                format!("write its id: {}", ids.join(", "))
            }
            Self::NameTaken { .. } => "give it another name, or end that one: keydeck campaign end NAME".to_owned(),
            Self::Over { .. } => "keydeck campaign show NAME tells of it; another takes what is left".to_owned(),
            Self::Random(_) => "try again; without random numbers no id can be made up".to_owned(),
            Self::NotText | Self::Ending => "run it again".to_owned(),
        }
    }

    fn ending(&self) -> Ending {
        match self {
            Self::NoSuch { .. } | Self::Ambiguous { .. } | Self::NameTaken { .. } | Self::Over { .. } => Ending::Usage,
            Self::Lock(LockError::Taken(..)) => Ending::NotNow,
            Self::File { .. }
            | Self::Damaged { .. }
            | Self::Lock(LockError::File { .. })
            | Self::Random(_)
            | Self::NotText
            | Self::Ending => Ending::Partly,
        }
    }
}
