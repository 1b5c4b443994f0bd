//! Revoking every key of the team: the totals of every owner, the team's name to be typed, and how far the server is.

use std::collections::HashMap;

use crate::domain::act::{ActProgress, RevokeAll};
use crate::domain::ids::KeyId;
use crate::domain::key::{Key, Status};
use crate::domain::key_value::KeyKind;
use crate::domain::time::Time;
use crate::tui::field::Field;
use crate::tui::ticket::Ticket;

mod update;
pub mod view;

/// How far it is.
#[derive(Debug, PartialEq)]
pub enum Stage {
    Asking,
    /// It is on its way.
    Sending,
    /// No key of it is accepted any more; the records follow.
    UnderWay(ActProgress),
    /// What came of it.
    Over(String),
}

/// What an owner has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Total {
    pub owner: String,
    /// Keys that are not revoked.
    pub keys: usize,
    /// Of these, used in the last 24 hours.
    pub used: usize,
}

/// The review.
#[derive(Debug)]
pub struct RevokeAllDialog {
    /// The team's name, which is typed.
    pub team: String,
    /// The owners, those with most keys first.
    pub totals: Vec<Total>,
    /// The key that this console uses.
    pub own: Option<KeyId>,
    /// Whether that goes, too.
    pub include_own: bool,
    pub typed: Field,
    pub problem: Option<String>,
    pub stage: Stage,
    pub ticket: Ticket,
    pub scroll: usize,
}

impl RevokeAllDialog {
    /// The review of the keys that are loaded; one that stands in two lists counts once.
    pub fn new<'k>(
        team: String,
        keys: impl Iterator<Item = &'k Key>,
        own: Option<KeyId>,
        now: Time,
        ticket: Ticket,
    ) -> Self {
        let mut seen: HashMap<&KeyId, &Key> = HashMap::new();
        for key in keys.filter(|key| key.kind == KeyKind::ApiKey && key.status != Status::Revoked) {
            seen.insert(&key.id, key);
        }
        let mut totals: HashMap<String, Total> = HashMap::new();
        for key in seen.values() {
            let owner = key.owner.to_string();
            let total = totals.entry(owner.clone()).or_insert(Total { owner, keys: 0, used: 0 });
            total.keys += 1;
            total.used += usize::from(key.used_within_a_day(now));
        }
        let mut totals: Vec<Total> = totals.into_values().collect();
        totals.sort_by(|one, other| other.keys.cmp(&one.keys).then_with(|| one.owner.cmp(&other.owner)));
        Self {
            team,
            totals,
            own,
            include_own: false,
            typed: Field::default(),
            problem: None,
            stage: Stage::Asking,
            ticket,
            scroll: 0,
        }
    }

    /// How many keys would go, as far as the lists know.
    pub fn count(&self) -> usize {
        let all: usize = self.totals.iter().map(|total| total.keys).sum();
        all.saturating_sub(usize::from(self.own.is_some() && !self.include_own))
    }

    /// What is sent.
    pub fn order(&self) -> RevokeAll {
        let except = self.own.iter().filter(|_| !self.include_own).cloned().collect();
        RevokeAll { except, note: None, idempotency_key: None }
    }
}
