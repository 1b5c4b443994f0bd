//! What is told of a rotation when it is listed, and when it is over, for programs as JSON. No secret is in it.

use serde::Serialize;

use super::{Before, Delivery, Holds, OldState, Phase, Release, Rotation, WayBack};
use crate::domain::ids::KeyId;
use crate::domain::present::Present;
use crate::domain::time::{When, exact};
use crate::domain::untrusted::{Untrusted, visible};

/// A rotation as JSON.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    pub id: String,
    /// `draft`, `preflight`, … `closed`, `rolling-back`, `rolled-back`, `needs-attention`, `abandoned`.
    pub state: &'static str,
    /// Whether nothing is left to do.
    pub over: bool,
    /// `forward`, `rolling-back`, `closed`, `rolled-back`, `abandoning` or `abandoned`.
    pub course: &'static str,
    pub profile: String,
    pub address: String,
    /// When it began.
    pub started_at: When,
    pub reason: String,
    /// Whether the old key was revoked first.
    pub emergency: bool,
    pub old_key: SummaryKey,
    /// The new key, once the server knows it.
    pub new_key: Option<SummaryKey>,
    /// The places and what they hold.
    pub places: Vec<SummaryPlace>,
    /// When the systems were moved over.
    pub cutover_at: When,
    /// When the new key was last proven.
    pub verified_at: When,
    pub overlap_ends_at: When,
    /// Why the overlap was ended although the old key was used, or before its time.
    pub forced: Option<String>,
    /// What a person vouched for: lines of the checklist, and what was done in place of a step that failed.
    pub done_by_hand: Vec<SummaryTick>,
    /// What somebody still has to see to once it is over.
    pub see_to: Vec<String>,
    /// What needs a person.
    pub trouble: Option<Untrusted>,
}

/// A key of a rotation.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SummaryKey {
    pub id: KeyId,
    pub name: Untrusted,
    pub masked_value: Untrusted,
    /// `enabled`, `disabled` or `revoked`, as far as this rotation knows.
    pub status: &'static str,
}

/// A place of a rotation.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SummaryPlace {
    pub place: String,
    /// `old`, `new`, `neither` or `unknown`.
    pub holds: &'static str,
    /// How that is known.
    pub how: String,
    /// Whether it can get back what it held; none where only reading it tells.
    pub can_be_put_back: Option<bool>,
}

/// Something that a person vouched for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SummaryTick {
    pub what: String,
    pub at: When,
    /// Who said so on this machine.
    pub by: Untrusted,
}

impl Holds {
    pub fn word(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::New => "new",
            Self::Neither => "neither",
            Self::Unknown => "unknown",
        }
    }
}

impl Delivery {
    /// How far it is, in words.
    pub fn words(&self) -> String {
        match self {
            Self::ToDo => "nothing was done here".to_owned(),
            Self::Begun => "begun".to_owned(),
            Self::Verified => "written · read back · same".to_owned(),
            Self::Blind(why) => format!("written; not read back: {why}"),
            Self::ByHand => "done by hand".to_owned(),
            Self::Restored => "as it was".to_owned(),
            Self::NotRestored(why) => format!("not restored: {why}"),
        }
    }
}

impl OldState {
    /// The key's status by this rotation's doing.
    pub fn word(self) -> &'static str {
        match self {
            Self::Live => "enabled",
            Self::Disabled => "disabled",
            Self::Revoked => "revoked",
        }
    }
}

impl Rotation {
    /// The state in a word, as scripts know it.
    pub fn word(&self, now: impl Into<Present>) -> &'static str {
        if self.phase == Phase::RolledBack { "rolled-back" } else { self.state(now).word() }
    }

    /// What is told of it at `now`.
    pub fn summary(&self, now: impl Into<Present>) -> Summary {
        let masked = |minted: &super::Minted| Untrusted::from(minted.masked.as_str());
        Summary {
            id: self.id.0.clone(),
            state: self.word(now),
            over: self.phase.is_over(),
            course: self.phase.word(),
            profile: self.profile.clone(),
            address: self.address.clone(),
            started_at: self.started.into(),
            reason: self.plan.reason.to_string(),
            emergency: self.plan.emergency,
            old_key: SummaryKey {
                id: self.old.id.clone(),
                name: self.old.name.clone(),
                masked_value: self.old.masked.clone(),
                status: self.old_state.word(),
            },
            new_key: self.new.as_ref().map(|new| SummaryKey {
                id: new.id.clone(),
                name: new.name.clone(),
                masked_value: self.minted.as_ref().map(masked).unwrap_or_default(),
                status: if self.new_revoked { "revoked" } else { "enabled" },
            }),
            places: self
                .plan
                .sinks
                .iter()
                .zip(&self.places)
                .map(|(sink, place)| SummaryPlace {
                    place: sink.to_string(),
                    holds: place.holds().word(),
                    how: place.delivery.words(),
                    can_be_put_back: match (sink.way_back(), &place.before) {
                        (WayBack::Yes, _) | (WayBack::If(_), Some(Before::OldValue | Before::OtherValue)) => Some(true),
                        (WayBack::No(_), _) | (WayBack::If(_), Some(_)) => Some(false),
                        (WayBack::If(_), None) => None,
                    },
                })
                .collect(),
            cutover_at: self.cutover_at.into(),
            verified_at: self.proof.map(|proof| proof.at).into(),
            overlap_ends_at: self.overlap_ends().into(),
            forced: match &self.released {
                Some(Release::Forced(reason)) => Some(reason.clone()),
                _ => None,
            },
            done_by_hand: self
                .ticks
                .iter()
                .map(|tick| SummaryTick { what: self.ticked(tick.what), at: tick.at.into(), by: tick.by.clone() })
                .collect(),
            see_to: self.to_see_to(),
            trouble: self.trouble.as_ref().map(|trouble| trouble.reason.clone()),
        }
    }

    /// What lives where, for whoever gives a rotation up: one line a thing that somebody has to look after.
    pub fn left_behind(&self) -> Vec<String> {
        let mut left = vec![format!("old key {} ({}): {}", self.old.masked, self.old.id, self.old_state.word())];
        if let Some(deadline) = self.deadline.filter(|_| self.old_state == OldState::Live) {
            left.push(format!("the old key expires {}", exact(deadline)));
        }
        match (&self.new, &self.minted) {
            (Some(new), Some(minted)) if !self.new_revoked => {
                left.push(format!("new key {} ({}): enabled", minted.masked, new.id));
            }
            (None, None) if self.unsettled => {
                let name = visible(&self.plan.name);
                left.push(format!(
                    "a new key {name}: whether the server made one, whose value nobody has, is not known"
                ));
            }
            (None, None) if self.given && !self.new_revoked => {
                left.push("new key: its value was given, and goes with the escrow; nobody revoked it".to_owned());
            }
            (None, Some(minted)) if self.registering => {
                left.push(format!("new key {}: whether the server knows it is not known", minted.masked));
            }
            _ => {}
        }
        for (sink, place) in self.plan.sinks.iter().zip(&self.places) {
            if place.delivery != Delivery::ToDo {
                let kept = matches!(place.before, Some(Before::OldValue | Before::OtherValue))
                    && place.delivery != Delivery::Restored;
                let gone = if kept { "; what it held before goes with the escrow" } else { "" };
                left.push(format!("{sink}: {} value{gone}", place.holds().word()));
            }
        }
        left
    }

    /// What somebody still has to see to once it is over: a line each.
    pub fn to_see_to(&self) -> Vec<String> {
        let mut notes = Vec::new();
        match self.phase {
            Phase::Closed if self.old.own => {
                let places: Vec<String> = self.plan.sinks.iter().map(ToString::to_string).collect();
                notes.push(format!(
                    "keydeck itself used the old key: give profile {} the new value, which is in {}",
                    self.profile,
                    places.join(", ")
                ));
            }
            Phase::RolledBack => {
                if let Some(deadline) = self.deadline {
                    notes.push(format!(
                        "the old key expires {}, which cannot be taken back: rotate it before",
                        exact(deadline)
                    ));
                }
                for (sink, place) in self.plan.sinks.iter().zip(&self.places) {
                    if let Delivery::NotRestored(why) = &place.delivery {
                        notes.push(format!("{sink} is not as it was: {why}"));
                    }
                }
            }
            _ => {}
        }
        notes
    }
}
