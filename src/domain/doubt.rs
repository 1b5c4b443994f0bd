//! Why it could not be found out whether a backend accepts a value. A refusal proves something only where a made-up value
//! is refused beside it, and a good one is not.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::untrusted::Untrusted;

/// Why nothing is proven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "why", content = "said")]
pub enum Doubt {
    /// A made-up key is accepted as well.
    AnythingAccepted,
    /// A made-up key is answered in a way that this backend is not known to answer one; how, in words.
    MadeUpOtherwise(Untrusted),
    /// The key is answered in a way that this backend is not known to answer one; how, in words.
    AnswerUnknown(Untrusted),
    /// Two questions about one key were answered in two ways; how, in words.
    Mixed(Untrusted),
    /// Two questions about one key named two users.
    TwoUsers,
    /// A question was not answered; what went wrong.
    Unanswered(Untrusted),
    /// There is nothing to make up a key from.
    NoRandom,
    /// This backend has no way to be asked about such a value.
    NotAsked,
    /// One's own key, asked beside, is refused too.
    OwnKeyRefused,
    /// One's own key, asked beside, was not answered; what went wrong.
    OwnKeyUnanswered(Untrusted),
    /// The value is one's own key, so that no other is at hand which should be accepted.
    OwnKeyIsIt,
}

impl Doubt {
    /// Whether asking again in the same way would bring the same: the backend cannot tell a dead key from a live one.
    pub fn is_lasting(&self) -> bool {
        match self {
            Self::AnythingAccepted
            | Self::MadeUpOtherwise(_)
            | Self::AnswerUnknown(_)
            | Self::TwoUsers
            | Self::NoRandom
            | Self::NotAsked
            | Self::OwnKeyIsIt => true,
            Self::Mixed(_) | Self::Unanswered(_) | Self::OwnKeyRefused | Self::OwnKeyUnanswered(_) => false,
        }
    }

    /// The same in few words, as a conclusion.
    pub fn short(&self) -> &'static str {
        match self {
            Self::AnythingAccepted => "answers 200 to anything",
            Self::MadeUpOtherwise(_) => "made-up keys answered otherwise",
            Self::AnswerUnknown(_) => "answered as neither live nor dead keys are",
            Self::Mixed(_) => "accepted and refused by turns",
            Self::TwoUsers => "one key answered as two users'",
            Self::Unanswered(_) => "not answered",
            Self::NoRandom => "no made-up key to ask beside it",
            Self::NotAsked => "this backend cannot be asked about it",
            Self::OwnKeyRefused => "your own key is refused too",
            Self::OwnKeyUnanswered(_) => "your own key was not answered",
            Self::OwnKeyIsIt => "it is the key that keydeck itself uses",
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnythingAccepted => f.write_str("a made-up key is accepted too, so the answer proves nothing"),
            Self::MadeUpOtherwise(how) => {
                write!(f, "a made-up key is {how}, which this backend is not known to do")
            }
            Self::AnswerUnknown(how) => write!(f, "the key is {how}, which this backend is not known to do"),
            Self::Mixed(how) => write!(f, "the key is {how}"),
            Self::TwoUsers => f.write_str("two questions about one key named two users"),
            Self::Unanswered(what) => write!(f, "{what}"),
            Self::NoRandom => f.write_str("this system gives no random numbers to make up a key from"),
            Self::NotAsked => f.write_str("this backend has no way to be asked about such a value"),
            Self::OwnKeyRefused => f.write_str("your own key is refused as well, so that a refusal proves nothing"),
            Self::OwnKeyUnanswered(what) => write!(f, "your own key, asked beside it, was not answered: {what}"),
            Self::OwnKeyIsIt => f.write_str(
                "it is the key that keydeck itself uses: no other of yours is at hand that the server should accept; use \
                 a profile with another key",
            ),
        }
    }
}
