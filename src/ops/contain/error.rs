//! Why an incident cannot be gone on with.

use crate::domain::failure::{Ending, Failure};
use crate::domain::incident::{Leftover, Opened, Refused};
use crate::local::incidents::IncidentsError;

/// Why it cannot be gone on with.
#[derive(Debug, thiserror::Error)]
pub enum ContainError {
    /// No whole value of a known form was in the text: whether it is somebody's was not asked.
    #[error(
        "no whole key value of a form that keydeck knows was in it: nothing was recognised, which does not mean that it is nobody's; nothing was sent"
    )]
    NothingRecognised(Vec<Leftover>),
    /// It cannot be put on the record, or read from it.
    #[error(transparent)]
    Record(#[from] IncidentsError),
    /// A decision that cannot be taken.
    #[error("{0}")]
    Refused(#[from] Refused),
    /// It is another server's, or another user's.
    #[error("this incident is of {} at {}", .0.user_name, .0.address)]
    Elsewhere(Box<Opened>),
    /// It is over.
    #[error("this incident is over")]
    Over,
}

impl Failure for ContainError {
    fn hint(&self) -> String {
        match self {
            Self::NothingRecognised(rest) => match rest.first() {
                Some(first) => format!("there is {}: {}", first.what, first.hint),
                None => "paste all of the key; keydeck show - --any-form asks whose a value of any form is".to_owned(),
            },
            Self::Record(error) => error.hint(),
            Self::Refused(_) => "look at what is known of it, then decide again".to_owned(),
            Self::Elsewhere(opened) => format!("use its profile: --profile {}", opened.profile),
            Self::Over => "begin another with the value".to_owned(),
        }
    }

    fn ending(&self) -> Ending {
        match self {
            Self::NothingRecognised(_) | Self::Refused(_) | Self::Elsewhere(_) | Self::Over => Ending::Usage,
            Self::Record(error) => error.ending(),
        }
    }
}
