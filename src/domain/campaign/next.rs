//! What comes next of a campaign.

use super::{Campaign, Member, Standing, Stopped};

/// What comes next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Hold it against the server: nothing is begun by what was known before.
    Look,
    /// Go on with the rotation of this key, as far as it goes.
    Carry(usize),
    /// Begin the rotation of this key.
    Begin(usize),
    /// Say that these are begun next.
    Wave(Vec<usize>),
    /// Nothing before a person looked at what failed.
    Stopped(Stopped),
    /// All keys are settled: say that it is over.
    Close,
    /// Nothing now: an overlap, an owner or a person is waited for.
    Rest,
    Over,
}

impl Member {
    /// Whether this campaign may begin a rotation of the key.
    pub(super) fn may_begin(&self) -> bool {
        self.rotation.is_none() && self.standing == Standing::NotBegun { ours: true }
    }
}

impl Campaign {
    /// What comes next.
    pub fn next(&self) -> Next {
        if self.over.is_some() {
            return Next::Over;
        }
        if let Some(stopped) = &self.stopped {
            return Next::Stopped(stopped.clone());
        }
        if !self.looked {
            return Next::Look;
        }
        if let Some(key) = self.to_carry.first() {
            return Next::Carry(*key);
        }
        if let Some(key) = self.wave.first() {
            return Next::Begin(*key);
        }
        let ready = self.ready();
        if !ready.is_empty() {
            return Next::Wave(ready.into_iter().take(self.wave_size()).collect());
        }
        if self.settled() == self.members.len() { Next::Close } else { Next::Rest }
    }

    /// The keys that this campaign will begin by itself, in the order of the list.
    pub fn ready(&self) -> Vec<usize> {
        let numbered = self.members.iter().enumerate();
        numbered.filter(|(_, member)| member.may_begin()).map(|(key, _)| key).collect()
    }

    /// How many keys the next wave begins: one until one came through.
    pub fn wave_size(&self) -> usize {
        if self.members.iter().any(|member| member.through) { self.opened.wave.max(1) } else { 1 }
    }
}
