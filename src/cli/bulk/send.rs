//! Sending a plan, with its record on disk.

use std::collections::HashMap;
use std::path::Path;

use chrono::TimeDelta;

use super::report::Report;
use crate::cli::connect::Connection;
use crate::cli::output::Output;
use crate::cli::signals::Signals;
use crate::client::WritePermit;
use crate::domain::bulk::{Outcome, Plan, Progress};
use crate::domain::changes::{About, ChangeId, is_open};
use crate::domain::deed::Deed;
use crate::domain::ids::KeyId;
use crate::domain::key::Key;
use crate::domain::untrusted::Untrusted;
use crate::local::journal::Journal;
use crate::ops::bulk::{self, Order, Record, RecordError};

/// What is sent, and with what.
pub struct Sending<'a> {
    pub deed: Deed,
    pub plan: &'a Plan,
    /// For the server's audit log.
    pub note: Option<&'a str>,
    /// How long keys are disabled for; none: until somebody enables them.
    pub span: Option<TimeDelta>,
    /// The change on disk that this goes on with; none: a new one.
    pub resumes: Option<&'a ChangeId>,
    /// The journal's directory.
    pub state: &'a Path,
    pub connection: &'a Connection,
    pub permit: &'a WritePermit,
}

/// Sends the plan. The first signal stops sending and waits for what is out; the second does not wait.
pub async fn send(sending: &Sending<'_>, report: &mut Report, output: &mut Output) -> anyhow::Result<()> {
    let signals = Signals::catch()?;
    let Sending { deed, plan, note, connection, permit, .. } = *sending;
    let keys: Vec<Key> = plan.keys().cloned().collect();
    let own = plan.own.as_ref().map(|key| &key.id);
    let recorded = match sending.span {
        // what ends by itself leaves nothing to go on with
        Some(_) => None,
        None => Some(record(sending, &keys).await),
    };
    let mut record = match recorded.transpose() {
        Ok(record) => record,
        // one that another process has taken up meanwhile is not sent a second time
        Err(error @ RecordError::Locked(_)) => return Err(error.into()),
        Err(error) if sending.resumes.is_some() => return Err(error.into()),
        // what cannot be written down is done all the same: a leak does not wait for a disk
        Err(error) => {
            output.say(&unrecorded(&error.to_string()));
            None
        }
    };
    let change = record.as_ref().map(|record| record.id().clone());
    let mut latest: HashMap<KeyId, Outcome> = HashMap::new();
    let mut told = |progress: Progress| match progress {
        Progress::Sent(ids) | Progress::ReadingBack(ids) => {
            latest.extend(ids.into_iter().map(|id| (id, Outcome::Sent)));
        }
        Progress::Waiting(seconds) => output.say(&format!("the server asks to wait {seconds} s")),
        Progress::Done(id, outcome) => {
            latest.insert(id.clone(), outcome.clone());
            report.done(&id, outcome, output);
        }
        Progress::NotRecorded(why) => output.say(&unrecorded(&why.to_string())),
        Progress::Changed(_) | Progress::Recorded(_) | Progress::Settled(..) => {}
    };
    let until = sending.span.map(|span| connection.now() + span);
    let order = Order { note, until, left: Some(&signals.left), ..Order::new(deed, &keys, own) };
    let (service, stop) = (&*connection.service, &signals.stop);
    let ended = tokio::select! {
        ended = bulk::carry_out(service, permit, order, record.as_mut(), stop, &mut told) => Some(ended),
        () = signals.now.cancelled() => None,
    };
    let ended = ended.unwrap_or_else(|| {
        let lost = || Outcome::Unknown(Untrusted::from("stopped before its answer came"));
        keys.iter()
            .map(|key| match latest.get(&key.id) {
                None | Some(Outcome::Queued) => (key.id.clone(), Outcome::NotSent(Untrusted::default())),
                Some(Outcome::Sent) => (key.id.clone(), lost()),
                Some(outcome) => (key.id.clone(), outcome.clone()),
            })
            .collect()
    });
    let open = ended.iter().any(|(_, outcome)| is_open(outcome));
    for (id, outcome) in ended {
        report.done(&id, outcome, output);
    }
    if let Some(id) = change.filter(|_| open) {
        output.say(&format!("it stands on disk: keydeck changes resume {id} looks at its keys and goes on"));
    }
    Ok(())
}

/// Puts the keys on disk before the first is sent.
async fn record(sending: &Sending<'_>, keys: &[Key]) -> Result<Record, RecordError> {
    let (now, connection) = (sending.connection.now(), sending.connection);
    let journal = Journal::open(sending.state).await?;
    if let Some(id) = sending.resumes {
        return Record::resume(&journal, id, keys, now).await;
    }
    let about = About {
        deed: sending.deed,
        profile: connection.profile.clone(),
        address: connection.service.address(),
        user: connection.me.id,
        note: sending.note.map(str::to_owned),
    };
    Record::begin(&journal, &about, keys, now).await
}

fn unrecorded(why: &str) -> String {
    format!("it does not stand on disk, so it is not taken up if this is cut short: {why}")
}
