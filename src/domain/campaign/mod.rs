//! A campaign: all of these keys rotated by a date. It holds a fixed list of keys, rotates those of one's own and of services in
//! waves, one first, and watches what the owners of the others do.
//!
//! [`Campaign`] is what its [entries](Entry) come to, without a secret in it: it stands on disk between any two steps, and is
//! the same again once its entries are read. It says what comes [`next`](Campaign::next). Whether a key is rotated is read from
//! the server and from this machine's rotations, never assumed: see [`stand`].
//!
//! The law: a key is begun only where nothing is known that took its place, and what begins is on the record before the
//! rotation is. A rotation that may have made a key is never followed by another of the same key.

mod board;
mod by;
mod event;
mod next;
mod report;
mod standing;
mod turn;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use board::{Board, Cell, OwnerRow};
pub use by::by;
pub use event::{Entry, Event};
pub use next::Next;
pub use report::{KeySummary, OwnerSummary, Summary};
pub use standing::{Sight, Standing, State, of_rotation, stand};
pub use turn::{Turn, turn};

use super::ids::{KeyId, UserId};
use super::key::Key;
use super::rotation::RotationId;
use super::team::UserKind;
use super::time::{Time, When};
use super::untrusted::Untrusted;

/// How many keys a wave after the first one begins where nobody says.
pub const WAVE: usize = 10;
/// The most that a wave may begin.
pub const LARGEST_WAVE: usize = 1000;

/// A campaign's own id: a ULID, so that they sort by when they began.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CampaignId(pub String);

impl fmt::Display for CampaignId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What was agreed when it was started.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Opened {
    pub name: Untrusted,
    /// The filter that chose the keys, as it was typed; it holds no key's value.
    pub filter: String,
    /// Until when all are to be rotated.
    pub by: Time,
    /// How many keys a wave begins once the first one came through.
    #[serde(default = "usual_wave")]
    pub wave: usize,
    pub profile: String,
    #[serde(default)]
    pub production: bool,
    pub address: String,
    /// Who started it, at the backend.
    pub user: UserId,
    #[serde(default)]
    pub user_name: Untrusted,
    /// Who started it, on this machine.
    #[serde(default)]
    pub started_by: Untrusted,
    /// Whether the whole team's keys are looked at, or those of one's own only.
    #[serde(default)]
    pub team: bool,
    /// The keys it is about, for good.
    pub keys: Vec<Subject>,
}

fn usual_wave() -> usize {
    WAVE
}

/// A key as it was when the campaign started.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subject {
    pub id: KeyId,
    pub name: Untrusted,
    #[serde(default)]
    pub masked: Untrusted,
    #[serde(default)]
    pub owner_id: UserId,
    #[serde(default = "person")]
    pub owner_kind: UserKind,
    /// The owner as people are told, by name or else by address.
    #[serde(default)]
    pub owner: Untrusted,
    /// When its value was made, where the backend tells.
    #[serde(default)]
    pub value_created: When,
}

fn person() -> UserKind {
    UserKind::Person
}

impl Subject {
    /// What a campaign remembers of `key`.
    pub fn of(key: &Key) -> Self {
        let owner = if key.owner.is_empty() { key.owner_email.clone() } else { key.owner.clone() };
        Self {
            id: key.id.clone(),
            name: key.name.clone(),
            masked: key.masked.clone(),
            owner_id: key.owner_id,
            owner_kind: key.owner_kind.clone(),
            owner: key.nameless_owner().map_or(owner, Untrusted::from),
            value_created: key.value_created.clone(),
        }
    }
}

/// A key that the filter chooses too and that was not there, or not chosen, when the list was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Newcomer {
    pub id: KeyId,
    pub name: Untrusted,
    #[serde(default)]
    pub owner: Untrusted,
}

/// Why it goes no further before a person looked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stopped {
    /// The key that failed, by its number in the list.
    pub key: usize,
    pub why: Untrusted,
}

/// A key of a campaign, and how it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    pub subject: Subject,
    pub standing: Standing,
    /// When it came to stand so.
    pub since: Time,
    /// The rotation that this campaign began; none where none was, or where one was cut short before anything was made.
    pub rotation: Option<RotationId>,
    /// Whether the rotation that this campaign began went as far as it could by itself.
    pub through: bool,
}

/// How a campaign came to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Over {
    pub at: Time,
    /// Who ended it, on this machine.
    pub by: Untrusted,
    /// Whether a person ended it although keys were left.
    pub early: bool,
}

/// A campaign. Holds no secret.
#[derive(Clone, Debug, PartialEq)]
pub struct Campaign {
    pub id: CampaignId,
    pub opened: Opened,
    pub started: Time,
    pub members: Vec<Member>,
    /// Keys that the filter chooses now and that are not on the list.
    pub newcomers: Vec<Newcomer>,
    /// How many waves were begun.
    pub waves: usize,
    /// When it was last held against the server.
    pub looked_at: Option<Time>,
    pub stopped: Option<Stopped>,
    pub over: Option<Over>,
    /// Keys of the present wave that were not begun yet.
    wave: Vec<usize>,
    /// Whether it was held against the server since it was taken up.
    looked: bool,
    /// Whether whoever took it up looked at what failed.
    resumed: bool,
    /// Keys whose rotations are to be gone on with before anything else begins.
    to_carry: Vec<usize>,
}

impl Campaign {
    /// A campaign of which nothing has happened but that it was agreed.
    pub fn new(id: CampaignId, opened: Opened, now: Time) -> Self {
        let member = |subject: &Subject| Member {
            subject: subject.clone(),
            standing: Standing::NotBegun { ours: false },
            since: now,
            rotation: None,
            through: false,
        };
        Self {
            id,
            members: opened.keys.iter().map(member).collect(),
            opened,
            started: now,
            newcomers: Vec::new(),
            waves: 0,
            looked_at: None,
            stopped: None,
            over: None,
            wave: Vec::new(),
            looked: false,
            resumed: false,
            to_carry: Vec::new(),
        }
    }

    /// What these entries come to; none where they do not begin as a campaign does, or tell of a key that it has not.
    pub fn of_entries(id: CampaignId, entries: impl IntoIterator<Item = Entry>) -> Option<Self> {
        let mut entries = entries.into_iter();
        let first = entries.next()?;
        let Event::Opened(opened) = first.event else { return None };
        let mut campaign = Self::new(id, opened, first.at);
        for entry in entries {
            if !campaign.fits(&entry.event) {
                return None;
            }
            campaign.apply(entry);
        }
        Some(campaign)
    }

    /// Whether it is of this backend and user, so that it may be gone on with as them.
    pub fn is_of(&self, address: &str, user: UserId) -> bool {
        self.opened.address == address && self.opened.user == user
    }

    /// The key with this id, by its number in the list.
    pub fn position(&self, id: &KeyId) -> Option<usize> {
        self.members.iter().position(|member| member.subject.id == *id)
    }

    /// How many keys stand so.
    pub fn count(&self, state: State) -> usize {
        self.members.iter().filter(|member| member.standing.state() == state).count()
    }

    /// How many keys have nothing left to be rotated.
    pub fn settled(&self) -> usize {
        self.members.iter().filter(|member| member.standing.is_settled()).count()
    }
}

#[cfg(test)]
mod tests;
