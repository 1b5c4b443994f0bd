//! Whether a value that was found is somebody's key, and still accepted.

use crate::domain::key::{Key, Status};
use crate::domain::key_value::Digest32;
use crate::domain::time::{Time, exact};
use crate::domain::untrusted::Untrusted;
use crate::domain::values::Format;
use crate::domain::vendors::{self, Vendor};

/// Whether a value is accepted by whoever it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alive {
    Yes,
    No,
    Unknown,
}

impl Alive {
    /// One word for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Yes => "ALIVE",
            Self::No => "dead",
            Self::Unknown => "unknown",
        }
    }
}

/// What is known of a value.
#[derive(Clone, Debug)]
pub struct Standing {
    pub alive: Alive,
    /// The key that it belongs or belonged to, as far as this user may see one.
    pub key: Option<Box<Key>>,
    /// How that is known, or why not.
    pub why: Untrusted,
}

impl Standing {
    /// Nobody was asked, for this reason.
    pub fn not_asked(why: impl Into<String>) -> Self {
        Self { alive: Alive::Unknown, key: None, why: Untrusted::from(why.into()) }
    }

    /// What a look-up at `now` says of a value.
    pub fn looked_up((digest, format): (Digest32, Format), key: Option<Key>, now: Time) -> Self {
        let Some(key) = key else {
            return Self::not_asked(match vendors::of_kind(format.name()) {
                None => "belongs to no key that you may see here".to_owned(),
                Some(Vendor { name, revoke_at, how, .. }) => format!("{name}'s: revoke it at {revoke_at}, {how}"),
            });
        };
        let present = key.digest.is_none_or(|present| present == digest);
        let (alive, why) = match &key.status {
            Status::Revoked => (Alive::No, "its key is revoked".to_owned()),
            Status::Disabled => (Alive::No, "its key is disabled".to_owned()),
            Status::Enabled if present => (Alive::Yes, "its key is enabled".to_owned()),
            Status::Enabled => match key.old_value_works_until(now) {
                // of which of the earlier values the overlap is, the server knows
                Some(ends) => {
                    (Alive::Yes, format!("an earlier value of its key; one such works until {}", exact(ends)))
                }
                None => (Alive::No, "an earlier value of its key, which is refused".to_owned()),
            },
            Status::Other(word) => (Alive::Unknown, format!("its key is {word}")),
        };
        Self { alive, key: Some(Box::new(key)), why: Untrusted::from(why) }
    }

    /// The same once the value itself was asked with, at `at`.
    #[must_use]
    pub fn probed(self, alive: Alive, answer: &str, at: Time) -> Self {
        let at = exact(at);
        let (alive, why) = match alive {
            Alive::Yes => (Alive::Yes, format!("{answer} when keydeck used it at {at}")),
            Alive::No => (Alive::No, format!("{answer} when keydeck tried it at {at}")),
            Alive::Unknown => (self.alive, format!("{}; keydeck tried it at {at}: {answer}", self.why.as_received())),
        };
        Self { alive, why: Untrusted::from(why), ..self }
    }
}

/// How many values are alive, dead, and neither for certain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdicts {
    pub alive: usize,
    pub dead: usize,
    pub unknown: usize,
}

impl Verdicts {
    pub fn of<'a>(standings: impl IntoIterator<Item = &'a Standing>) -> Self {
        let mut verdicts = Self::default();
        for standing in standings {
            *match standing.alive {
                Alive::Yes => &mut verdicts.alive,
                Alive::No => &mut verdicts.dead,
                Alive::Unknown => &mut verdicts.unknown,
            } += 1;
        }
        verdicts
    }
}
