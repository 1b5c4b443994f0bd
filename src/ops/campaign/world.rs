//! What is seen of a campaign's keys: the server's list, and this machine's rotations. Nothing is changed.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use super::{CampaignError, Desk};
use crate::client::Scope;
use crate::client::capabilities::Capability;
use crate::client::error::{ErrorKind, ServiceError};
use crate::domain::campaign::{Campaign, Event, Member, Newcomer, Sight, Turn, stand, turn};
use crate::domain::filter::Query;
use crate::domain::finding::exposed_keys;
use crate::domain::ids::KeyId;
use crate::domain::key::{DisabledReason, Key, Status};
use crate::domain::names::Names;
use crate::domain::present::Present;
use crate::domain::rotation::{Abilities, Cutover, Phase, Rotation, Saved};
use crate::domain::sort::{Column, Sort};
use crate::domain::table::Table;
use crate::domain::time::Time;
use crate::local::journal::{Journal, Listing, Unreadable};
use crate::ops::load;

/// What was seen, all at once.
pub struct World {
    /// In the server's order.
    pub keys: Vec<Key>,
    places: HashMap<KeyId, usize>,
    /// The keys that say that they replaced another one and are not revoked, by that one.
    successors: HashMap<KeyId, usize>,
    rotations: Vec<Rotation>,
    unreadable: Vec<Unreadable>,
}

impl World {
    /// Reads the keys of the team, or of one's own, and the rotations of this machine.
    ///
    /// # Errors
    /// When the server does not list them, or the journal cannot be read.
    pub async fn read(desk: &Desk, team: bool) -> Result<Self, CampaignError> {
        let scope = if team { Scope::Team } else { Scope::Mine };
        desk.service.capabilities().require([scope.needs()], &desk.service.address())?;
        let mut keys: Vec<Key> = Vec::new();
        load::keys(&*desk.service, scope, &mut |page| {
            keys.extend(page.rows);
            ControlFlow::Continue(())
        })
        .await?;
        join(desk, &mut keys).await?;
        // a journal that was never begun is not begun for looking
        let Listing { rotations, unreadable } = if Journal::is_there(&desk.state) {
            let journal = Journal::open(&desk.state).await?;
            let listing = journal.of_server(&desk.service.address()).await;
            journal.close().await;
            listing?
        } else {
            Listing::default()
        };
        let places = keys.iter().enumerate().map(|(at, key)| (key.id.clone(), at)).collect();
        let lives = |key: &&Key| key.status != Status::Revoked;
        let successors = keys
            .iter()
            .enumerate()
            .filter(|(_, key)| lives(key))
            .filter_map(|(at, key)| Some((key.rotated_from.clone()?, at)))
            .collect();
        Ok(Self { keys, places, successors, rotations, unreadable })
    }

    /// A key by its id.
    pub fn key(&self, id: &KeyId) -> Option<&Key> {
        self.places.get(id).map(|at| &self.keys[*at])
    }

    fn successor(&self, id: &KeyId) -> Option<&Key> {
        self.successors.get(id).map(|at| &self.keys[*at])
    }

    /// The keys that a filter chooses and that still work or may work again, in the server's order, and how many of those
    /// that it chooses do not.
    pub fn chosen(&self, query: &Query, desk: &Desk) -> (Vec<&Key>, usize) {
        let now = desk.service.clock().now();
        let mut table = Table::new(Sort::by(Column::Name));
        table.begin_load();
        table.add_page(self.keys.clone(), now);
        table.finish_load(now);
        table.set_query(query.clone().asked_by(Some(desk.me.id)), now);
        let chosen: HashSet<KeyId> = table.rows(0..table.shown()).map(|key| key.id.clone()).collect();
        let (alive, dead): (Vec<&Key>, Vec<&Key>) =
            self.keys.iter().filter(|key| chosen.contains(&key.id)).partition(|key| may_work(key));
        (alive, dead.len())
    }

    /// Whose turn it is to rotate `key`, and with which places.
    pub fn turn(&self, key: &Key, desk: &Desk) -> (Turn, Option<Saved>) {
        if let Some(one) = self.unreadable.iter().find(|one| one.old_key == key.id.as_str()) {
            let run = format!("keydeck rotations show {}", one.id);
            return (Turn::Person { why: one.to_string().into(), run }, None);
        }
        let places = self.places(key, desk);
        (turn(key, &desk.me, places.as_ref(), &Abilities::from(desk.service.capabilities())), places)
    }

    /// Where the new value of a key goes: as `config.toml` says, else as the rotation that made the key did it.
    fn places(&self, key: &Key, desk: &Desk) -> Option<Saved> {
        if let Some(saved) = desk.saved.for_key(key.name.as_received()).filter(|saved| !saved.sinks.is_empty()) {
            return Some(saved.clone());
        }
        let made_it =
            |one: &&Rotation| one.phase == Phase::Closed && one.new.as_ref().is_some_and(|new| new.id == key.id);
        let plan = &self.rotations.iter().rev().find(made_it)?.plan;
        Some(Saved {
            sinks: plan.sinks.clone(),
            cutover: plan.cutover.iter().filter(|line| matches!(line, Cutover::Run(_))).cloned().collect(),
            health: plan.health.clone(),
            overlap: Some(plan.overlap),
        })
    }

    /// What is seen of a key of a campaign that began at `started`, with `key` in place of the one that was listed.
    pub fn sight<'a>(&'a self, member: &Member, key: Option<&'a Key>, started: Time, desk: &Desk) -> Sight<'a> {
        let id = &member.subject.id;
        let is_its = |one: &&Rotation| {
            let own = member.rotation.as_ref() == Some(&one.id);
            one.old.id == *id && (!one.phase.is_over() || (made_something(one) && (own || one.started >= started)))
        };
        Sight {
            key,
            successor: self.successor(id),
            rotation: self.rotations.iter().rev().find(is_its),
            turn: key.map_or(Turn::Owner, |key| self.turn(key, desk).0),
        }
    }

    /// What a look at all keys of a campaign came to, as it goes on the record.
    pub fn look(&self, campaign: &Campaign, query: &Query, desk: &Desk, present: Present) -> Vec<Event> {
        let (mut events, mut changes) = (Vec::new(), Vec::new());
        for (key, member) in campaign.members.iter().enumerate() {
            if member.standing.is_settled() {
                continue;
            }
            let sight = self.sight(member, self.key(&member.subject.id), campaign.started, desk);
            let standing = stand(&member.subject, &sight, present);
            // a rotation of ours that never came to its journal, or that ended before anything was made
            let cut_short = member.rotation.is_some() && sight.rotation.is_none();
            if cut_short {
                events.push(Event::Stands { key, standing, nothing_made: true });
            } else if standing != member.standing {
                changes.push((key, standing));
            }
        }
        let newcomers = self.newcomers(campaign, query, desk);
        events.push(Event::Looked { changes, newcomers });
        events
    }

    /// The keys that the filter chooses now, that are not on the list, and that did not come of it.
    fn newcomers(&self, campaign: &Campaign, query: &Query, desk: &Desk) -> Vec<Newcomer> {
        let listed: HashSet<&KeyId> = campaign.members.iter().map(|member| &member.subject.id).collect();
        let made: HashSet<&KeyId> =
            self.rotations.iter().filter_map(|one| one.new.as_ref()).map(|new| &new.id).collect();
        let new =
            |key: &&&Key| !listed.contains(&key.id) && !made.contains(&key.id) && !self.replaces_a_listed(key, &listed);
        let (chosen, _) = self.chosen(query, desk);
        let told = |key: &&Key| Newcomer {
            id: key.id.clone(),
            name: key.name.clone(),
            owner: if key.owner.is_empty() { key.owner_email.clone() } else { key.owner.clone() },
        };
        chosen.iter().filter(new).map(told).collect()
    }

    /// Whether a key took the place of one on the list, at whatever remove.
    fn replaces_a_listed(&self, key: &Key, listed: &HashSet<&KeyId>) -> bool {
        let mut before = key.rotated_from.as_ref();
        // no chain is longer than the list, whatever a server says
        for _ in 0..self.keys.len() {
            match before {
                None => return false,
                Some(id) if listed.contains(id) => return true,
                Some(id) => before = self.key(id).and_then(|key| key.rotated_from.as_ref()),
            }
        }
        false
    }
}

/// Whether a rotation may have made a key, so that another of the same key would be the second.
pub(super) fn made_something(rotation: &Rotation) -> bool {
    rotation.phase == Phase::Closed
        || rotation.registering
        || rotation.new.is_some()
        || rotation.given
        || rotation.unsettled
}

/// Whether a key works, or may again.
fn may_work(key: &Key) -> bool {
    key.status != Status::Revoked && key.disabled_reason != Some(DisabledReason::Expired)
}

/// Names the keys' owners, and says which keys are exposed, as far as this user may know.
async fn join(desk: &Desk, keys: &mut [Key]) -> Result<(), ServiceError> {
    let has = |capability| desk.service.capabilities().has(capability);
    let mut names = Names::default();
    if has(Capability::Users) && keys.iter().any(|key| key.owner.is_empty()) {
        names = match desk.service.users().await {
            Ok(users) => Names::new(users),
            Err(error) if error.kind == ErrorKind::Denied => Names::default(),
            Err(error) => return Err(error),
        };
    }
    let mut findings = Vec::new();
    if desk.me.is_admin() && has(Capability::Findings) {
        load::findings(&*desk.service, &mut |page| {
            findings.extend(page.rows);
            ControlFlow::Continue(())
        })
        .await?;
    }
    let exposed = exposed_keys(&findings);
    for key in keys {
        key.join(&names, &exposed);
    }
    Ok(())
}
