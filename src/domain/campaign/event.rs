//! What happens in a campaign, as it stands on its record, and what each of that changes.

use serde::{Deserialize, Serialize};

use super::{Campaign, Newcomer, Opened, Over, Standing, State, Stopped};
use crate::domain::rotation::RotationId;
use crate::domain::time::Time;
use crate::domain::untrusted::Untrusted;

/// Something that happened, and when, by the server's time. Keys are told by their number in the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub at: Time,
    #[serde(flatten)]
    pub event: Event,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Event {
    /// It was agreed; the first entry of each.
    Opened(Opened),
    /// A process went on with it.
    TakenUp {
        /// Who started that process, on this machine.
        #[serde(default)]
        by: Untrusted,
        /// Whether they looked at what had failed, and mean it to go on.
        #[serde(default)]
        resumed: bool,
    },
    /// It was held against the server: the keys that stand otherwise than before, and the keys that are chosen and are not on
    /// the list.
    Looked { changes: Vec<(usize, Standing)>, newcomers: Vec<Newcomer> },
    /// These are begun next.
    WaveBegun { keys: Vec<usize> },
    /// A key's rotation, of which nothing is in the journal yet, is about to begin.
    Begins { key: usize, rotation: RotationId },
    /// What came of a key's rotation as far as it went.
    Stands {
        key: usize,
        standing: Standing,
        /// Whether nothing was made, so that the key may be begun again.
        #[serde(default)]
        nothing_made: bool,
    },
    /// A key failed: nothing more is begun before a person looked.
    Stopped(Stopped),
    /// It is over.
    Closed {
        #[serde(default)]
        by: Untrusted,
        /// Whether a person ended it although keys were left.
        #[serde(default)]
        early: bool,
    },
}

impl Campaign {
    /// Whether an event tells only of keys that are on the list.
    pub(super) fn fits(&self, event: &Event) -> bool {
        let has = |key: &usize| *key < self.members.len();
        match event {
            Event::Opened(_) => false,
            Event::TakenUp { .. } | Event::Closed { .. } => true,
            Event::Looked { changes, .. } => changes.iter().all(|(key, _)| has(key)),
            Event::WaveBegun { keys } => keys.iter().all(has),
            Event::Begins { key, .. } | Event::Stands { key, .. } => has(key),
            Event::Stopped(stopped) => has(&stopped.key),
        }
    }

    /// Takes in what happened. What tells of a key that is not on the list changes nothing.
    pub fn apply(&mut self, entry: Entry) {
        if !self.fits(&entry.event) {
            return;
        }
        let at = entry.at;
        match entry.event {
            Event::Opened(_) => {}
            Event::TakenUp { resumed, .. } => {
                (self.looked, self.resumed) = (false, resumed);
                self.to_carry.clear();
                if resumed {
                    self.stopped = None;
                }
            }
            Event::Looked { changes, newcomers } => {
                for (key, standing) in changes {
                    self.stands(key, standing, at);
                }
                self.newcomers = newcomers;
                (self.looked, self.looked_at) = (true, Some(at));
                self.to_carry = self.begun_and_able(at);
                let members = &self.members;
                self.wave.retain(|key| members[*key].may_begin());
            }
            Event::WaveBegun { keys } => {
                self.waves += 1;
                self.wave = keys;
            }
            Event::Begins { key, rotation } => {
                let says = format!("its rotation {rotation} is under way").into();
                self.stands(key, Standing::UnderWay { says, until: None.into() }, at);
                self.members[key].rotation = Some(rotation);
                self.wave.retain(|other| *other != key);
            }
            Event::Stands { key, standing, nothing_made } => {
                let state = standing.state();
                self.stands(key, standing, at);
                let member = &mut self.members[key];
                member.through = member.rotation.is_some() && matches!(state, State::Rotated | State::UnderWay);
                if nothing_made {
                    (member.rotation, member.through) = (None, false);
                }
                self.to_carry.retain(|other| *other != key);
                self.wave.retain(|other| *other != key);
            }
            Event::Stopped(stopped) => self.stopped = Some(stopped),
            Event::Closed { by, early } => self.over = Some(Over { at, by, early }),
        }
    }

    /// What is settled stays so, whatever is told later: a backend forgets keys that are gone.
    fn stands(&mut self, key: usize, standing: Standing, at: Time) {
        let member = &mut self.members[key];
        if member.standing.is_settled() || member.standing == standing {
            return;
        }
        if member.standing.state() != standing.state() {
            member.since = at;
        }
        member.standing = standing;
    }

    /// The keys whose rotations this campaign began and that can go on by themselves now, or may where a person has looked.
    fn begun_and_able(&self, now: Time) -> Vec<usize> {
        let able = |standing: &Standing| match standing {
            Standing::UnderWay { until, .. } => until.time().is_none_or(|until| until <= now),
            Standing::Needs { .. } => self.resumed,
            Standing::NotBegun { .. } | Standing::Rotated { .. } | Standing::Ended { .. } => false,
        };
        let numbered = self.members.iter().enumerate();
        numbered.filter(|(_, member)| member.rotation.is_some() && able(&member.standing)).map(|(key, _)| key).collect()
    }
}
