//! What became of each key.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use serde::Serialize;

use super::review;
use super::select::{Selection, told};
use crate::cli::confirm::keys;
use crate::cli::connect::Connection;
use crate::cli::exit::Exit;
use crate::cli::exposed::FindingRow;
use crate::cli::output::Output;
use crate::cli::wire::{self, Document};
use crate::domain::bulk::{Outcome, Reading};
use crate::domain::deed::{Barred, Deed};
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key::{Key, TriedFrom};
use crate::domain::time::When;
use crate::domain::untrusted::Untrusted;

/// Why the key that this command itself uses is left out although it was named.
const OWN: &str = "the key this command itself uses: --include-self takes it in";

/// One key's outcome, in the wire's words where it has one.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    id: KeyId,
    name: Option<Untrusted>,
    masked_value: Option<Untrusted>,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Untrusted>,
}

/// One key that would be changed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Planned {
    id: KeyId,
    name: Option<Untrusted>,
    masked_value: Option<Untrusted>,
    owner_name: Untrusted,
    last_used_at: When,
    /// Null where it could not be read.
    used_last24h: Option<bool>,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Untrusted>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlannedMeta<'a> {
    dry_run: bool,
    keys: usize,
    /// Null where it could not be read.
    used_last24h: Option<usize>,
    not_found: &'a [KeyId],
    forbidden: usize,
    failed: usize,
    already_revoked: usize,
    own_key_left_out: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<FindingRow>,
}

/// How many keys came to what, by the wire's word, and what became of their findings where those were meant.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EndMeta {
    #[serde(flatten)]
    counts: BTreeMap<&'static str, usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<FindingRow>,
    /// From where keys were tried that were disabled for a while.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refused_from: Vec<Hits>,
}

/// From where a key was tried meanwhile.
#[derive(Serialize)]
struct Hits {
    id: KeyId,
    addresses: Vec<Hit>,
}

/// The tries from one address, in the API's words.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Hit {
    address: Untrusted,
    count: u64,
    first_at: When,
    last_at: When,
}

/// What a key is called, so that namesakes are told apart.
#[derive(Clone, Debug)]
pub struct Named {
    pub name: Untrusted,
    pub masked: Untrusted,
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name.marked())?;
        if self.masked.is_empty() { Ok(()) } else { write!(f, "  {}", self.masked) }
    }
}

/// Collects outcomes and prints each as it comes; as JSON all of them at the end.
pub struct Report {
    /// None where several things are done.
    deed: Option<Deed>,
    json: bool,
    names: HashMap<KeyId, Named>,
    outcomes: Vec<(KeyId, Outcome)>,
    would: Vec<(KeyId, &'static str)>,
    told: HashSet<KeyId>,
    hits: Vec<Hits>,
}

impl Report {
    /// A report on the keys of a selection.
    pub fn new(deed: Deed, selection: &Selection, json: bool) -> Self {
        let plan = &selection.plan;
        let planned = plan.used_today.iter().chain(&plan.rest).chain(&plan.own);
        let left_out = plan.left_out.iter().map(|(key, _)| key).chain(plan.meanwhile.iter().map(|(key, _)| key));
        let known = planned.chain(left_out).chain(&selection.already);
        let names = known.map(|key| (key.id.clone(), Named { name: key.name.clone(), masked: key.masked.clone() }));
        Self { deed: Some(deed), ..Self::named(names, json) }
    }

    /// Says which mails may still come about keys that are gone, where the backend sends some.
    pub fn late_mail(&self, connection: &Connection, output: &mut Output) {
        let can = connection.service.capabilities();
        let gone = self.outcomes.iter().filter(|(_, outcome)| *outcome == Outcome::Revoked);
        for words in gone.filter_map(|(id, _)| can.late_mail(&self.names.get(id)?.masked)) {
            output.say(&words);
        }
    }

    /// A report on keys with these names, whatever is done to them.
    pub fn named(names: impl Iterator<Item = (KeyId, Named)>, json: bool) -> Self {
        Self {
            deed: None,
            json,
            names: names.collect(),
            outcomes: Vec::new(),
            would: Vec::new(),
            told: HashSet::new(),
            hits: Vec::new(),
        }
    }

    /// The key that this command itself uses is left out.
    pub fn own_left_out(&mut self, id: &KeyId, output: &mut Output) {
        self.done(id, Outcome::Failed(Untrusted::from(OWN)), output);
    }

    /// A key that would be sent.
    pub fn would(&mut self, key: &Key, deed: Deed) {
        self.would.push((key.id.clone(), would(deed)));
    }

    /// Prints what would be done and what is known already, and says how the command ends.
    pub fn end_of_dry_run(self, output: &mut Output) -> Exit {
        if self.json {
            let would = self.would.iter().map(|(id, outcome)| self.row(id, outcome, None));
            let known = self.outcomes.iter();
            let known = known.map(|(id, outcome)| self.row(id, wire::outcome(outcome), outcome.reason()));
            output.json(&Document { data: would.chain(known).collect(), meta: wire::DryRun::new() });
        }
        output.say("nothing was sent: this was a dry run");
        Exit::of_outcomes(&self.outcomes.iter().map(|(_, outcome)| outcome))
    }

    fn row(&self, id: &KeyId, outcome: &'static str, reason: Option<&Untrusted>) -> Row {
        let known = self.names.get(id).cloned();
        let (name, masked_value) = known.map(|known| (known.name, known.masked)).unzip();
        Row { id: id.clone(), name, masked_value, outcome, reason: reason.cloned() }
    }

    /// A key's outcome; a second one of the same key is ignored.
    pub fn done(&mut self, id: &KeyId, outcome: Outcome, output: &mut Output) {
        if !self.told.insert(id.clone()) {
            return;
        }
        if !self.json {
            let name = self.names.get(id).map(|known| format!("  {known}")).unwrap_or_default();
            let reason = outcome.reason().map(|reason| format!(": {reason}")).unwrap_or_default();
            output.line(&format!("{id}{name}  {}{reason}", outcome.word()));
            output.flush();
        }
        self.outcomes.push((id.clone(), outcome));
    }

    /// What was named by id and will not be sent, and why.
    pub fn left_out(&mut self, selection: &Selection, output: &mut Output) {
        for (key, outcome) in selection.left_out() {
            self.done(&key.id, outcome, output);
        }
        for line in selection.not_meant() {
            output.say(&line);
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

    /// A key that it cannot be done to.
    pub fn barred(&mut self, key: &Key, deed: Deed, barred: Barred, output: &mut Output) {
        self.done(&key.id, told(deed, barred), output);
    }

    /// From where a key was tried while it was disabled.
    pub fn hits(&mut self, id: KeyId, hits: Vec<TriedFrom>) {
        let hit = |TriedFrom { address, count, first, last }| Hit { address, count, first_at: first, last_at: last };
        self.hits.push(Hits { id, addresses: hits.into_iter().map(hit).collect() });
    }

    /// What became of each key so far.
    pub fn outcomes(&self) -> &[(KeyId, Outcome)] {
        &self.outcomes
    }

    /// Says what would be done.
    pub fn dry_run(&mut self, selection: &Selection, connection: &Connection, output: &mut Output) -> Exit {
        self.dry_run_with(selection, Vec::new(), connection, output)
    }

    /// The same of keys that findings led to.
    pub fn dry_run_with(
        &mut self,
        selection: &Selection,
        findings: Vec<FindingRow>,
        connection: &Connection,
        output: &mut Output,
    ) -> Exit {
        let Selection { plan, missing, by_id, .. } = selection;
        let left_out = selection.left_out();
        let deed = self.deed.unwrap_or_default();
        let own_left_out = plan.own.is_some() && !plan.include_own;
        let count = |wanted: fn(&Outcome) -> bool| left_out.iter().filter(|(_, outcome)| wanted(outcome)).count();
        if self.json {
            let known = plan.reading == Reading::Done;
            let used: HashSet<&KeyId> = plan.used_today.iter().map(|key| &key.id).collect();
            let planned = |key: &Key, outcome, reason: Option<&Untrusted>| Planned {
                id: key.id.clone(),
                name: Some(key.name.clone()),
                masked_value: Some(key.masked.clone()),
                owner_name: key.owner.clone(),
                last_used_at: if known { key.last_used.clone() } else { When::Never },
                used_last24h: known.then(|| used.contains(&key.id)),
                outcome,
                reason: reason.cloned(),
            };
            let meta = PlannedMeta {
                dry_run: true,
                keys: plan.count(),
                used_last24h: known.then_some(plan.used_today.len()),
                not_found: missing,
                forbidden: count(|outcome| matches!(outcome, Outcome::Denied(_))),
                failed: count(|outcome| matches!(outcome, Outcome::Failed(_))),
                already_revoked: plan.already_revoked + count(|outcome| *outcome == Outcome::AlreadyRevoked),
                own_key_left_out: own_left_out,
                findings,
            };
            let sent = plan.keys().map(|key| planned(key, would(deed), None));
            let others = left_out.iter().map(|(key, told)| planned(key, wire::outcome(told), told.reason()));
            output.json(&Document { data: sent.chain(others).collect(), meta });
        } else {
            for line in review::review(deed, plan, connection) {
                output.line(&line);
            }
            for (key, outcome) in &left_out {
                let why = match outcome {
                    Outcome::AlreadyRevoked => "revoked before".to_owned(),
                    outcome => outcome.reason().map_or_else(|| outcome.word().to_owned(), ToString::to_string),
                };
                output.line(&format!("Left out: {} {} {}, {why}", key.id, key.name.marked(), key.masked));
            }
            for id in missing {
                output.line(&format!("Not found: {id}"));
            }
            for line in selection.not_meant() {
                output.line(&line);
            }
            output.say("nothing was sent: this was a dry run");
        }
        let own = (*by_id && own_left_out).then(|| Outcome::Failed(Untrusted::from(OWN)));
        let told = left_out.iter().map(|(_, outcome)| outcome.clone()).filter(|outcome| !outcome.is_done());
        let undone: Vec<Outcome> = told.chain(missing.iter().map(|_| Outcome::NotFound)).chain(own).collect();
        // as it would end without --dry-run, were everything else to go well
        let done = Outcome::done(deed, true);
        Exit::of_outcomes(&std::iter::repeat_n(&done, plan.count()).chain(&undone))
    }

    /// Prints, as JSON, what became of the keys of a user who left, and of the user; a line a key stands there already.
    pub fn end_of_offboarding(self, user: UserId, active: bool, output: &mut Output) {
        if self.json {
            let rows = self.outcomes.iter();
            let rows = rows.map(|(id, outcome)| self.row(id, wire::outcome(outcome), outcome.reason())).collect();
            let meta = serde_json::json!({ "userId": user, "active": active });
            output.json(&Document::<Row, _> { data: rows, meta });
        }
    }

    /// Prints the sum, or the JSON document, and says how the command ends.
    pub fn end(self, already_revoked: usize, output: &mut Output) -> Exit {
        self.end_with(already_revoked, Vec::new(), output)
    }

    /// The same of keys that findings led to.
    pub fn end_with(self, already_revoked: usize, findings: Vec<FindingRow>, output: &mut Output) -> Exit {
        let exit = Exit::of_outcomes(&self.outcomes.iter().map(|(_, outcome)| outcome));
        let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
        for (_, outcome) in &self.outcomes {
            *counts.entry(if self.json { wire::outcome(outcome) } else { outcome.word() }).or_default() += 1;
        }
        if self.json {
            let rows = self.outcomes.iter();
            let rows =
                rows.map(|(id, outcome)| self.row(id, wire::outcome(outcome), outcome.reason())).collect::<Vec<_>>();
            output.json(&Document { data: rows, meta: EndMeta { counts, findings, refused_from: self.hits } });
        } else if self.outcomes.is_empty() {
            let before = already_revoked;
            let why = if before > 0 { format!(": {} revoked before", keys(before)) } else { String::new() };
            let what = self.deed.map_or("do", Deed::verb);
            output.say(&format!("there is nothing to {what}{why}"));
        } else {
            let parts: Vec<String> = counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
            output.say(&parts.join(", "));
        }
        exit
    }
}

/// What would become of a key.
fn would(deed: Deed) -> &'static str {
    match deed {
        Deed::Revoke | Deed::Delete => "wouldRevoke",
        Deed::Disable => "wouldDisable",
        Deed::Enable => "wouldEnable",
        Deed::HandOver(_) => "wouldHandOver",
    }
}
