//! The hunt: what else may be in the wrong hands, and what is still tried with what is dead.

use std::collections::HashSet;
use std::ops::ControlFlow;

use super::{ContainError, Containment, see};
use crate::client::Scope;
use crate::client::error::{ErrorKind, ServiceError};
use crate::domain::finding::exposed_keys;
use crate::domain::ids::KeyId;
use crate::domain::incident::{Effect, Event, Facts, Incident, Later, Lead, suspicion};
use crate::domain::key::Key;
use crate::domain::key_value::KeyKind;
use crate::ops::load;

/// So many leads are kept: more are an owner to look at in the list.
const MOST: usize = 1000;

impl Containment {
    /// Looks through all keys that this user may see, and at the dead ones again.
    pub(super) async fn hunt(&mut self) -> Result<(), ContainError> {
        let findings = self.findings().await;
        let exposed = exposed_keys(&findings);
        let mut leads = Vec::new();
        let team = if self.desk.me.is_admin() { Scope::Team } else { Scope::Mine };
        for scope in [team, Scope::Collections] {
            if !self.desk.service.capabilities().has(scope.needs()) {
                continue;
            }
            match self.leads(scope, &exposed, &mut leads).await {
                Ok(()) => {}
                // what this user may not see is no lead to follow
                Err(error) if matches!(error.kind, ErrorKind::Denied | ErrorKind::NotFound) => {}
                Err(error) => return self.trouble(Effect::Hunt, &error).await,
            }
        }
        for lead in &mut leads {
            lead.facts.spots = see::spots(&findings, &lead.facts.id, lead.fingerprint.as_deref());
        }
        let mut events = self.watch().await;
        events.push(Event::Hunted { leads: Incident::in_order(leads) });
        self.note(events).await
    }

    async fn leads(&self, scope: Scope, exposed: &HashSet<KeyId>, leads: &mut Vec<Lead>) -> Result<(), ServiceError> {
        load::keys(&*self.desk.service, scope, &mut |page| {
            for mut key in page.rows {
                key.exposed = exposed.contains(&key.id);
                if leads.len() < MOST
                    && let Some(why) = suspicion(&key, &self.incident.subjects)
                {
                    let facts = Facts::of(&key, None, self.desk.me.own_key.as_ref(), self.desk.me.id);
                    leads.push(Lead::of(&key, facts, why));
                }
            }
            ControlFlow::Continue(())
        })
        .await
    }

    /// What the server tells now of the keys that are dead: their last use, and what was refused since.
    async fn watch(&self) -> Vec<Event> {
        let dead: Vec<(usize, KeyId, KeyKind)> = self
            .incident
            .subjects
            .iter()
            .enumerate()
            .filter(|(_, subject)| subject.asserted().is_some())
            .filter_map(|(number, subject)| {
                let facts = subject.facts()?;
                Some((number, facts.id.clone(), facts.kind()))
            })
            .collect();
        let ids: Vec<(KeyId, KeyKind)> = dead.iter().map(|(_, id, kind)| (id.clone(), *kind)).collect();
        // not to be told of it takes nothing away from what was done
        let seen = see::look(&*self.desk.service, &ids).await.unwrap_or_default();
        let later = |(number, id, kind): (usize, KeyId, KeyKind)| {
            let key = seen.iter().find(|key| key.id == id && key.kind == kind)?;
            Some(Event::Watched { subject: number, later: later(key) })
        };
        dead.into_iter().filter_map(later).collect()
    }
}

fn later(key: &Key) -> Later {
    Later {
        last_used: key.last_used.clone(),
        last_used_from: key.last_used_from.clone(),
        refused_uses: key.refused_uses.clone(),
    }
}
