//! What each kind of message says in words.

use crate::domain::finding::{Source, Spared};
use crate::domain::notice::Occasion;

/// What there is to say of an occasion, beside which keys it is about.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// Whose the keys are, after their number.
    pub whose: &'static str,
    /// What is to be done about it.
    pub advice: &'static str,
}

/// The words for `occasion`; `ends` says that what happened ends by itself.
pub fn words(occasion: &Occasion, ends: bool) -> Words {
    let (whose, advice) = match occasion {
        Occasion::Revoked => ("of yours", "What still uses it is refused: give it another key."),
        Occasion::AutoRevoked => (
            "of yours",
            "What still uses it is refused: give it another key, and take the value away where it was found.",
        ),
        Occasion::Disabled if ends => ("of yours", "What uses it is refused until then."),
        Occasion::Disabled => ("of yours", "What uses it is refused until it is enabled again."),
        Occasion::Transferred => ("that you are told of", "Its value goes on working."),
        Occasion::Created => {
            ("of yours", "Who made it knows its value: keydeck regenerate gives it one that only you know.")
        }
        Occasion::Expiring => ("of yours", "Make a new one in good time: keydeck rotate moves what uses it over."),
        Occasion::Exposed => {
            ("of yours", "Whoever reads it there can use it: replace it now, keydeck rotate moves what uses it over.")
        }
        Occasion::AutoRevokeSkipped => {
            ("of the team", "The team's setting would have revoked it. Look at it, and revoke it by hand.")
        }
        Occasion::ExpirySkipped => (
            "of the team",
            "It is the last key of any superadmin, without which nobody could manage the team: make another, and this one \
             ends.",
        ),
        Occasion::Other(_) => ("of yours", ""),
    };
    Words { whose, advice }
}

/// The word of a reason, in words.
pub fn reason(word: &str) -> String {
    match word {
        "exposed" => "its value was found where others can read it".to_owned(),
        "inactivity" => "it had expired, and was not renewed".to_owned(),
        "rotated" => "it was replaced by another".to_owned(),
        "admin" => "an admin decided so".to_owned(),
        "owner" => "its owner decided so".to_owned(),
        "ownerLeft" => "its owner left".to_owned(),
        other => match Spared::from_word(other) {
            Spared::Other(word) => word.to_string(),
            known => known.in_words(),
        },
    }
}

/// Where a value was found, in words.
pub fn found(word: &str) -> String {
    match Source::from_word(word) {
        Source::Workspace => "a workspace".to_owned(),
        Source::Documentation => "published documentation".to_owned(),
        Source::GitHub => "GitHub".to_owned(),
        Source::GitLab => "GitLab".to_owned(),
        Source::Local => "a file on somebody's machine".to_owned(),
        Source::Other(word) => word.to_string(),
    }
}
