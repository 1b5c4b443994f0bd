//! What became of each key.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;

use super::review;
use super::select::Selection;
use crate::cli::confirm::keys;
use crate::cli::connect::Connection;
use crate::cli::exit::Exit;
use crate::cli::output::Output;
use crate::cli::wire::{self, Document};
use crate::domain::bulk::Outcome;
use crate::domain::ids::KeyId;
use crate::domain::key::Key;
use crate::domain::time::When;
use crate::domain::untrusted::Untrusted;

/// Why the key that this command itself uses was not revoked although it was named.
const OWN: &str = "the key this command itself uses: --include-self takes it in";

/// Why a key that was to be deleted was not.
const OTHERS: &str = "not your own: keydeck revoke is for an admin";

/// One key's outcome, in the wire's words where it has one.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    id: KeyId,
    name: Option<Untrusted>,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Untrusted>,
}

/// One key that would be revoked.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Planned {
    id: KeyId,
    name: Option<Untrusted>,
    owner_name: Untrusted,
    last_used_at: When,
    used_last24h: bool,
    outcome: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlannedMeta<'a> {
    dry_run: bool,
    keys: usize,
    used_last24h: usize,
    not_found: &'a [KeyId],
    forbidden: usize,
    already_revoked: usize,
    own_key_left_out: bool,
}

/// Collects outcomes and prints each as it comes; as JSON all of them at the end.
pub struct Report {
    json: bool,
    names: HashMap<KeyId, Untrusted>,
    outcomes: Vec<(KeyId, Outcome)>,
    told: HashSet<KeyId>,
}

impl Report {
    /// A report on the keys of a selection.
    pub fn new(selection: &Selection, json: bool) -> Self {
        let plan = &selection.plan;
        let known = plan
            .used_today
            .iter()
            .chain(&plan.rest)
            .chain(&plan.own)
            .chain(&selection.already)
            .chain(&selection.others);
        Self {
            json,
            names: known.map(|key| (key.id.clone(), key.name.clone())).collect(),
            outcomes: Vec::new(),
            told: HashSet::new(),
        }
    }

    /// A key's outcome; a second one of the same key is ignored.
    pub fn done(&mut self, id: &KeyId, outcome: Outcome, output: &mut Output) {
        if !self.told.insert(id.clone()) {
            return;
        }
        if !self.json {
            let name = self.names.get(id).map(|name| format!("  {}", name.marked())).unwrap_or_default();
            let reason = outcome.reason().map(|reason| format!(": {reason}")).unwrap_or_default();
            output.line(&format!("{id}{name}  {}{reason}", outcome.word()));
            output.flush();
        }
        self.outcomes.push((id.clone(), outcome));
    }

    /// What was named by id and will not be sent, and why.
    pub fn left_out(&mut self, selection: &Selection, output: &mut Output) {
        for key in &selection.already {
            self.done(&key.id, Outcome::AlreadyRevoked, output);
        }
        for key in &selection.others {
            self.done(&key.id, Outcome::Denied(Untrusted::from(OTHERS)), output);
        }
        for id in &selection.missing {
            self.done(id, Outcome::NotFound, output);
        }
        if let Some(own) = selection.plan.own.as_ref().filter(|_| !selection.plan.include_own) {
            if selection.by_id {
                self.done(&own.id, Outcome::Failed(Untrusted::from(OWN)), output);
            } else {
                output.say(&format!("left out: {}, {OWN}", own.name.marked()));
            }
        }
    }

    /// Says what would be done.
    pub fn dry_run(&mut self, selection: &Selection, connection: &Connection, output: &mut Output) -> Exit {
        let Selection { plan, missing, already, others, by_id } = selection;
        let own_left_out = plan.own.is_some() && !plan.include_own;
        if self.json {
            let used: HashSet<&KeyId> = plan.used_today.iter().map(|key| &key.id).collect();
            let planned = |key: &Key| Planned {
                id: key.id.clone(),
                name: self.names.get(&key.id).cloned(),
                owner_name: key.owner.clone(),
                last_used_at: key.last_used.clone(),
                used_last24h: used.contains(&key.id),
                outcome: "wouldRevoke",
            };
            let meta = PlannedMeta {
                dry_run: true,
                keys: plan.count(),
                used_last24h: plan.used_today.len(),
                not_found: missing,
                forbidden: others.len(),
                already_revoked: plan.already_revoked + already.len(),
                own_key_left_out: own_left_out,
            };
            output.json(&Document { data: plan.keys().map(planned).collect(), meta });
        } else {
            for line in review::review(plan, connection) {
                output.line(&line);
            }
            for key in already {
                output.line(&format!("Revoked before: {} {}", key.id, key.name.marked()));
            }
            for key in others {
                output.line(&format!("Left out: {} {}, {OTHERS}", key.id, key.name.marked()));
            }
            for id in missing {
                output.line(&format!("Not found: {id}"));
            }
            output.say("nothing was sent: this was a dry run");
        }
        if !missing.is_empty() || !others.is_empty() || (*by_id && own_left_out) { Exit::Partly } else { Exit::Done }
    }

    /// Prints the sum, or the JSON document, and says how the command ends.
    pub fn end(self, selection: &Selection, output: &mut Output) -> Exit {
        let exit = Exit::of_outcomes(&self.outcomes.iter().map(|(_, outcome)| outcome));
        let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
        for (_, outcome) in &self.outcomes {
            *counts.entry(if self.json { wire::outcome(outcome) } else { outcome.word() }).or_default() += 1;
        }
        if self.json {
            let row = |(id, outcome): (KeyId, Outcome)| Row {
                name: self.names.get(&id).cloned(),
                outcome: wire::outcome(&outcome),
                reason: outcome.reason().cloned(),
                id,
            };
            output.json(&Document { data: self.outcomes.into_iter().map(row).collect(), meta: counts });
        } else if self.outcomes.is_empty() {
            let before = selection.plan.already_revoked;
            let why = if before > 0 { format!(": {} revoked before", keys(before)) } else { String::new() };
            output.say(&format!("there is nothing to revoke{why}"));
        } else {
            let parts: Vec<String> = counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
            output.say(&parts.join(", "));
        }
        exit
    }
}
