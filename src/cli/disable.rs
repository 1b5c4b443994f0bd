//! `keydeck disable` and `keydeck enable`: each key's own result.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde::Serialize;

use super::args::How;
use super::connect::{self, Connection};
use super::exit::Exit;
use super::output::Output;
use super::revoke::review;
use super::signals::Signals;
use super::wire::{self, Document};
use super::{confirm, named};
use crate::client::WritePermit;
use crate::client::capabilities::Capability;
use crate::config::Paths;
use crate::domain::bulk::Outcome;
use crate::domain::ids::KeyId;
use crate::domain::key::{Key, Status};
use crate::domain::key_value::KeyKind;
use crate::domain::listing::KeyChange;
use crate::domain::untrusted::Untrusted;
use crate::ops::change::{Changed, News, change_each};

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Not accepted until enabled again; the key in use only if it is meant.
    Disable { include_self: bool },
    /// Accepted again.
    Enable,
}

impl Change {
    fn verb(self) -> &'static str {
        if self == Self::Enable { "enable" } else { "disable" }
    }

    fn status(self) -> Status {
        if self == Self::Enable { Status::Enabled } else { Status::Disabled }
    }
}

/// One key's outcome.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    id: KeyId,
    name: Option<Untrusted>,
    outcome: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Untrusted>,
}

/// Disables or enables keys by their ids.
pub async fn run(
    (change, ids, how): (Change, &[String], &How),
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    named::check(ids)?;
    if !how.yes && !how.dry_run {
        confirm::can_be_asked()?;
    }
    let ids = &named::given(ids)?;
    let session = connect::choose_to_change(paths, profile, config, how.dry_run).await?.1;
    let connection = Connection::open(session, output).await?;
    connection.require([Capability::Disable])?;
    let (keys, missing) = named::find(ids, &connection).await?;
    let mut report = Report { change, json: how.json, keys: HashMap::new(), results: Vec::new() };
    let (mut meant, mut left_out) = (Vec::new(), Vec::new());
    for key in keys {
        let own = connection.me.own_key.as_ref() == Some(&key.id);
        if key.kind == KeyKind::CollectionAccessKey {
            left_out.push((key, format!("a collection access key cannot be {}d", change.verb())));
        } else if key.status == Status::Revoked {
            left_out.push((key, "it is revoked, which is final".to_owned()));
        } else if own && change == (Change::Disable { include_self: false }) {
            left_out.push((key, "the key this command itself uses: --include-self takes it in".to_owned()));
        } else {
            meant.push((own, key));
        }
    }
    // the key in use goes last: nothing can be sent after it
    meant.sort_by_key(|(own, _)| *own);
    let in_use =
        meant.iter().any(|(own, key)| *own || key.used_within_a_day(connection.now())) && change != Change::Enable;
    let meant: Vec<Key> = meant.into_iter().map(|(_, key)| key).collect();
    for key in meant.iter().chain(left_out.iter().map(|(key, _)| key)) {
        report.keys.insert(key.id.clone(), key.clone());
    }
    for (key, why) in left_out {
        report.done(&key.id, Err(Outcome::Failed(why.into())), output);
    }
    for id in missing {
        report.done(&id, Err(Outcome::NotFound), output);
    }
    if !meant.is_empty() {
        let mut asked = vec![format!(
            "{} {} at {} ({}):",
            if change == Change::Enable { "Enable" } else { "Disable" },
            confirm::keys(meant.len()),
            connection.service.address(),
            connection.named()
        )];
        asked.extend(review::table(&meant, connection.now()));
        if how.dry_run {
            return Ok(report.dry_run(&meant, &asked, output));
        }
        if !how.yes {
            for line in &asked {
                output.say(line);
            }
            let all: Vec<&Key> = meant.iter().collect();
            confirm::ask(change.verb(), confirm::wanted(&all, in_use, connection.production), output)?;
        }
        let permit = connection.permit()?;
        let ids: Vec<KeyId> = meant.into_iter().map(|key| key.id).collect();
        send(change, &ids, &connection, permit, &mut report, output).await?;
    } else if how.dry_run {
        return Ok(report.dry_run(&[], &[], output));
    }
    Ok(report.end(output))
}

/// Sends the changes. The first signal stops sending and waits for what is out; the second does not wait.
async fn send(
    change: Change,
    ids: &[KeyId],
    connection: &Connection,
    permit: &WritePermit,
    report: &mut Report,
    output: &mut Output,
) -> anyhow::Result<()> {
    let signals = Signals::catch()?;
    let wish = KeyChange { enabled: Some(change == Change::Enable), ..KeyChange::default() };
    let (mut on_its_way, mut done) = (None, 0);
    let mut told = |news| match news {
        News::Sent(id) => on_its_way = Some(id),
        News::Waiting(seconds) => output.say(&format!("the server asks to wait {seconds} s")),
        News::Done(id, changed) => {
            done += 1;
            on_its_way = None;
            report.done(&id, changed, output);
        }
    };
    let sending = change_each(&*connection.service, permit, ids, &wish, &signals.stop, &mut told);
    let ended = tokio::select! {
        () = sending => true,
        () = signals.now.cancelled() => false,
    };
    if !ended {
        for id in &ids[done..] {
            let lost = on_its_way.as_ref() == Some(id);
            let outcome = if lost {
                Outcome::Unknown(Untrusted::from("stopped before its answer came"))
            } else {
                Outcome::NotSent(Untrusted::default())
            };
            report.done(id, Err(outcome), output);
        }
    }
    Ok(())
}

/// Collects results and prints each as it comes; as JSON all of them at the end.
struct Report {
    change: Change,
    json: bool,
    keys: HashMap<KeyId, Key>,
    results: Vec<(KeyId, Changed)>,
}

impl Report {
    fn done(&mut self, id: &KeyId, changed: Changed, output: &mut Output) {
        if !self.json {
            let name = self.keys.get(id).map(|key| format!("  {}", key.name.marked())).unwrap_or_default();
            let reason = changed.as_ref().err().and_then(Outcome::reason);
            let reason = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
            output.line(&format!("{id}{name}  {}{reason}", self.word(id, &changed)));
            output.flush();
        }
        self.results.push((id.clone(), changed));
    }

    /// What became of a key: `disabled`, `already disabled` when it was so before, or why not.
    fn word(&self, id: &KeyId, changed: &Changed) -> String {
        let key = match changed {
            Ok(key) => key,
            Err(outcome) if self.json => return wire::outcome(outcome).to_owned(),
            Err(outcome) => return outcome.word().to_owned(),
        };
        let same = |before: &Key| (&before.status, &before.disabled_reason) == (&key.status, &key.disabled_reason);
        let word = self.change.status();
        match self.keys.get(id).is_some_and(same) {
            true if self.json => {
                format!("already{}", if self.change == Change::Enable { "Enabled" } else { "Disabled" })
            }
            true => format!("already {word}"),
            false => word.to_string(),
        }
    }

    fn dry_run(&self, meant: &[Key], asked: &[String], output: &mut Output) -> Exit {
        if self.json {
            let outcome = if self.change == Change::Enable { "wouldEnable" } else { "wouldDisable" };
            let would = meant.iter().map(|key| Row {
                id: key.id.clone(),
                name: Some(key.name.clone()),
                outcome: outcome.to_owned(),
                reason: None,
            });
            output.json(&Document { data: would.chain(self.rows()).collect(), meta: wire::DryRun::new() });
        } else {
            for line in asked {
                output.line(line);
            }
            output.say("nothing was sent: this was a dry run");
        }
        if self.results.is_empty() { Exit::Done } else { Exit::Partly }
    }

    fn rows(&self) -> impl Iterator<Item = Row> {
        self.results.iter().map(|(id, changed)| Row {
            id: id.clone(),
            name: self.keys.get(id).map(|key| key.name.clone()),
            outcome: self.word(id, changed),
            reason: changed.as_ref().err().and_then(Outcome::reason).cloned(),
        })
    }

    fn end(self, output: &mut Output) -> Exit {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for (id, changed) in &self.results {
            *counts.entry(self.word(id, changed)).or_default() += 1;
        }
        if self.json {
            output.json(&Document { data: self.rows().collect(), meta: counts });
        } else {
            let parts: Vec<String> = counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
            output.say(&parts.join(", "));
        }
        Exit::of_results(&self.results.iter().map(|(_, changed)| changed.as_ref().err()))
    }
}
