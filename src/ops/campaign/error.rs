//! Why a campaign cannot be started or gone on with.

use crate::client::error::ServiceError;
use crate::domain::campaign::Opened;
use crate::domain::failure::{Ending, Failure};
use crate::local::campaigns::CampaignsError;
use crate::local::journal::JournalError;

/// Why it cannot be started or gone on with.
#[derive(Debug, thiserror::Error)]
pub enum CampaignError {
    /// It cannot be put on the record, or read from it.
    #[error(transparent)]
    Record(#[from] CampaignsError),
    /// The server cannot be asked how the keys stand.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// Which rotations there are on this machine cannot be told, so nothing is begun.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// It is another server's, or another user's.
    #[error("the campaign {} is of {}, at {}", .0.name, .0.user_name, .0.address)]
    Elsewhere(Box<Opened>),
    /// Its filter is none that this version understands.
    #[error("the filter of the campaign is not understood: {0}")]
    Filter(String),
}

impl Failure for CampaignError {
    fn hint(&self) -> String {
        match self {
            Self::Record(error) => error.hint(),
            Self::Service(error) => error.hint(),
            Self::Journal(error) => error.hint(),
            Self::Elsewhere(opened) => format!("pass --profile {}", opened.profile),
            Self::Filter(_) => "use the newer keydeck".to_owned(),
        }
    }

    fn ending(&self) -> Ending {
        match self {
            Self::Record(error) => error.ending(),
            Self::Service(error) => error.ending(),
            Self::Journal(error) => error.ending(),
            Self::Elsewhere(_) | Self::Filter(_) => Ending::Usage,
        }
    }
}
