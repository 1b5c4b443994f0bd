//! Seeing: whose the values are, and what is known of their keys. The value itself is not sent.

use std::collections::HashMap;

use super::{ContainError, Containment};
use crate::client::capabilities::Capability;
use crate::client::error::ServiceError;
use crate::client::{KeyService, MAX_LIMIT, Scope};
use crate::domain::finding::Finding;
use crate::domain::ids::KeyId;
use crate::domain::incident::{Answer, Effect, Event, Facts, Known, Relative, Spot};
use crate::domain::key::{Key, Status};
use crate::domain::key_value::{KeyKind, hex};
use crate::ops::{fresh, load, lookup};

impl Containment {
    /// Asks whose the values are: one batch of hashes, and beside it the findings; then the keys they have to do with.
    pub(super) async fn see(&mut self) -> Result<(), ContainError> {
        let asked: Vec<(usize, String)> = self
            .incident
            .subjects
            .iter()
            .enumerate()
            .filter(|(_, subject)| subject.given.own_form && subject.asserted().is_none())
            .filter_map(|(number, subject)| Some((number, subject.given.fingerprint.clone()?)))
            .collect();
        let mut known: Vec<(usize, Known)> = self
            .incident
            .subjects
            .iter()
            .enumerate()
            .filter(|(_, subject)| !subject.given.own_form)
            .map(|(number, _)| (number, Known::Foreign))
            .collect();
        let service = &*self.desk.service;
        let fingerprints: Vec<String> = asked.iter().map(|(_, fingerprint)| fingerprint.clone()).collect();
        let look_up = async {
            if service.capabilities().has(Capability::Lookup) {
                lookup::by_fingerprints(service, &fingerprints).await
            } else {
                Ok(Vec::new())
            }
        };
        // what the findings tell is worth having and no reason to know nothing
        let (found, findings) = tokio::join!(look_up, self.findings());
        let found = match found {
            Ok(found) => found,
            Err(error) => return self.trouble(Effect::See, &error).await,
        };
        let keys: HashMap<String, Option<Key>> =
            found.into_iter().map(|found| (found.fingerprint, found.key)).collect();
        let mut dead = Vec::new();
        for (number, fingerprint) in asked {
            let by_hash = keys.get(&fingerprint).and_then(Option::as_ref);
            let by_mask = match (by_hash, service.capabilities().no_lookup()) {
                (Some(_), _) => None,
                (None, None) => {
                    known.push((number, Known::NoKey));
                    continue;
                }
                (None, Some(why)) => match self.by_mask(&fingerprint).await {
                    Ok(key) => Some(key),
                    Err(more) => {
                        known.push((number, Known::NotKnown(format!("{why}{more}").into())));
                        continue;
                    }
                },
            };
            let Some(key) = by_hash.or(by_mask.as_ref()) else { continue };
            let mut facts = Facts::of(key, Some(&fingerprint), self.desk.me.own_key.as_ref(), self.desk.me.id);
            facts.by_mask = by_mask.is_some();
            facts.only_revocable |= !service.capabilities().has(Capability::Disable);
            facts.spots = spots(&findings, &key.id, Some(&fingerprint));
            if key.status == Status::Revoked && !facts.by_mask {
                dead.push(Event::Answered { subject: number, answer: Answer::AlreadyRevoked });
            }
            known.push((number, Known::Ours(Box::new(facts))));
        }
        self.relatives(&mut known).await;
        let mut events = vec![Event::Seen { known }];
        events.extend(dead);
        self.note(events).await
    }

    /// The one key that could have this value, by what the lists show of its ends; what more there is to say, where there is none
    /// or more than one.
    async fn by_mask(&self, fingerprint: &str) -> Result<Key, String> {
        let service = &*self.desk.service;
        let value = self.values.get(fingerprint).ok_or_else(String::new)?;
        let kind = service.kind_of(value.expose()).ok_or_else(String::new)?;
        let found = lookup::by_mask(service, kind, value, self.desk.me.is_admin()).await;
        let mut found = found.map_err(|error| format!("; and the keys that are listed cannot be read: {error}"))?;
        // those that are over already are no reason to leave one that lives
        if found.iter().any(|key| key.status != Status::Revoked) {
            found.retain(|key| key.status != Status::Revoked);
        }
        match (found.pop(), found.len()) {
            (Some(key), 0) => Ok(key),
            (None, _) => Err(String::new()),
            (Some(last), _) => {
                let words = |key: &Key| format!("{} ({}, {})", key.id, key.name.marked(), key.status);
                let all: Vec<String> = found.iter().chain([&last]).map(words).collect();
                Err(format!("; {} keys end like it, of which any may be the one: {}", all.len(), all.join(", ")))
            }
        }
    }

    /// The findings, where this user may see them; none where they cannot be read.
    pub(super) async fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.desk.me.is_admin() && self.desk.service.capabilities().has(Capability::Findings) {
            let _ = load::findings(&*self.desk.service, &mut |page| {
                findings.extend(page.rows);
                std::ops::ControlFlow::Continue(())
            })
            .await;
        }
        findings
    }

    /// Names the keys that others were rotated from and to and made with, and those made with them. What cannot be read is
    /// told by its id.
    async fn relatives(&self, known: &mut [(usize, Known)]) {
        let service = &*self.desk.service;
        let facts = |known: &Known| match known {
            Known::Ours(facts) => {
                let others = [&facts.rotated_from, &facts.rotated_to, &facts.minted_with];
                others.into_iter().flatten().map(|other| other.id.clone()).collect::<Vec<KeyId>>()
            }
            Known::NotAsked | Known::NotKnown(_) | Known::NoKey | Known::Foreign => Vec::new(),
        };
        let mut ids: Vec<KeyId> = known.iter().flat_map(|(_, known)| facts(known)).collect();
        ids.sort();
        ids.dedup();
        let named = async {
            if ids.is_empty() || !service.capabilities().has(Capability::ReadByIds) {
                return Vec::new();
            }
            fresh::any_kind(service, &ids).await.unwrap_or_default()
        };
        let (named, page) = tokio::join!(named, self.one_page());
        let named: HashMap<KeyId, Relative> = named
            .iter()
            .filter(|key| key.kind == KeyKind::ApiKey)
            .map(|key| (key.id.clone(), Relative::of(key)))
            .collect();
        for (_, known) in known {
            let Known::Ours(facts) = known else { continue };
            for other in [&mut facts.rotated_from, &mut facts.rotated_to, &mut facts.minted_with].into_iter().flatten()
            {
                if let Some(named) = named.get(&other.id) {
                    *other = named.clone();
                }
            }
            facts.minted = page.as_ref().map(|keys| {
                keys.iter().filter(|key| key.minted_with.as_ref() == Some(&facts.id)).map(Relative::of).collect()
            });
        }
    }

    /// All keys that may be seen, where one page holds them: a larger team's are looked through by the hunt.
    async fn one_page(&self) -> Option<Vec<Key>> {
        let service = &*self.desk.service;
        let scope = if self.desk.me.is_admin() { Scope::Team } else { Scope::Mine };
        if !service.capabilities().has(scope.needs()) {
            return None;
        }
        let page = service.keys(scope, None, MAX_LIMIT).await.ok()?;
        page.next.is_none().then_some(page.rows)
    }
}

/// The findings of a key, or of its value where its fingerprint is known, the open ones first.
pub(super) fn spots(findings: &[Finding], key: &KeyId, fingerprint: Option<&str>) -> Vec<Spot> {
    let is_of = |finding: &&Finding| {
        let of_value = finding.digest.is_some_and(|digest| Some(hex(&digest).as_str()) == fingerprint);
        of_value || finding.key_id.as_ref() == Some(key)
    };
    let mut spots: Vec<Spot> = findings.iter().filter(is_of).map(Spot::from).collect();
    spots.sort_by_key(|spot| spot.resolution != crate::domain::finding::Resolution::Active);
    spots
}

/// What the server says of a key now; none where it cannot be read.
pub(super) async fn look(service: &dyn KeyService, keys: &[(KeyId, KeyKind)]) -> Result<Vec<Key>, ServiceError> {
    let targets: Vec<crate::domain::bulk::Target> =
        keys.iter().map(|(id, kind)| crate::domain::bulk::Target { id: id.clone(), kind: *kind }).collect();
    fresh::keys(service, &targets, &mut |_| ()).await
}
