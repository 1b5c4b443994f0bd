//! Changes of many keys: recorded while they are carried out, and found again when they were cut short.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::guard::survives;
use super::{Reporter, Runtime};
use crate::client::WritePermit;
use crate::domain::bulk::{Outcome, Progress};
use crate::domain::changes::{About, ChangeId};
use crate::domain::ids::KeyId;
use crate::domain::key::Key;
use crate::domain::results::Results;
use crate::domain::time::Time;
use crate::domain::untrusted::Untrusted;
use crate::local::journal::changes::{Changes, Held};
use crate::local::journal::{Journal, JournalError};
use crate::local::unresolved::UnresolvedFolder;
use crate::ops::bulk::{self, Record, RecordError};
use crate::ops::exposed::Aftermath;
use crate::ops::results;
use crate::tui::effect::Order;
use crate::tui::event::Event;
use crate::tui::open_changes::OpenChange;
use crate::tui::ticket::Ticket;

impl Runtime {
    /// Begins a change of many keys, which nothing ends from then on but that no more is to be sent.
    pub(super) fn bulk(&mut self, ticket: Ticket, order: Order, permit: Arc<WritePermit>) {
        self.stop = CancellationToken::new();
        let run = Run {
            ticket,
            order,
            profile: self.rotating.settings.profile.clone(),
            state: self.rotating.settings.state.clone(),
            stop: self.stop.clone(),
            left: self.left.clone(),
        };
        self.writes.spawn(run.send(self.reporter.clone(), permit));
    }

    /// Tells which changes are open. A journal that was never begun is not begun for that.
    pub(super) fn list_changes(&self) {
        let (state, reporter) = (self.rotating.settings.state.clone(), self.reporter.clone());
        self.writes.spawn(async move {
            let listed = async {
                if !Journal::is_there(&state) {
                    return Ok((Vec::new(), Vec::new()));
                }
                let journal = Journal::open(&state).await?;
                let open = journal.open_changes(reporter.service.clock().now()).await;
                journal.close().await;
                let Changes { changes, unreadable } = open?;
                let open = |(change, held)| OpenChange {
                    change,
                    at_it: match held {
                        Held::No => None,
                        Held::By(holder) => {
                            Some(holder.map_or_else(|| "another process".to_owned(), |holder| holder.to_string()))
                        }
                    },
                };
                let unreadable = unreadable.iter().map(|one| format!("{one}. {}", one.hint())).collect();
                Ok((changes.into_iter().map(open).collect(), unreadable))
            };
            let listed = listed.await.map_err(|error: JournalError| format!("{error}; {}", error.hint()));
            reporter.say(Event::ChangesListed(listed));
        });
    }

    /// Looks at the keys of a change that was cut short.
    pub(super) fn read_back(&self, ticket: Ticket, id: ChangeId, own: Option<KeyId>) {
        let (state, reporter) = (self.rotating.settings.state.clone(), self.reporter.clone());
        self.writes.spawn(async move {
            let look = async {
                let journal = Journal::open(&state).await?;
                let read = bulk::resume::read_back(
                    &*reporter.service,
                    &journal,
                    &id,
                    own.as_ref(),
                    reporter.service.clock().now(),
                )
                .await;
                journal.close().await;
                read
            };
            let read = survives(look).await;
            reporter.say_rate();
            let mistake = || Err("keydeck made a mistake here: its log says where".to_owned());
            let read = read.map_or_else(mistake, |read| read.map_err(|error| in_words(&error)));
            reporter.say(Event::ChangeReadBack(ticket, id, read.map(Box::new)));
        });
    }

    /// Notes that a change is to be offered no more.
    pub(super) fn forget_change(&self, id: ChangeId) {
        let (state, reporter) = (self.rotating.settings.state.clone(), self.reporter.clone());
        self.writes.spawn(async move {
            let forget = async {
                let journal = Journal::open(&state).await?;
                // one that another process is at meanwhile is not forgotten under its hands
                let forgotten = match journal.lock_change(&id, reporter.service.clock().now()) {
                    Ok(_lock) => journal.forget_change(&id).await.map_err(RecordError::from),
                    Err(error) => Err(error.into()),
                };
                journal.close().await;
                forgotten
            };
            let forgotten = forget.await.map_err(|error| in_words(&error));
            reporter.say(Event::ChangeForgotten(id, forgotten));
        });
    }

    /// Writes results to new files in the current folder.
    pub(super) fn save_results(&self, ticket: Ticket, what: Results) {
        let reporter = self.reporter.clone();
        self.writes.spawn(async move {
            let written = tokio::task::spawn_blocking(move || results::save(&what)).await;
            let saved = match written {
                Ok(Ok(saved)) => Ok(saved.to_string()),
                Ok(Err(error)) => Err(error.to_string()),
                Err(_) => Err("keydeck made a mistake here: its log says where".to_owned()),
            };
            reporter.say(Event::Saved(ticket, saved));
        });
    }
}

fn in_words(error: &RecordError) -> String {
    format!("{error}; {}", error.hint())
}

/// A change to be sent.
struct Run {
    ticket: Ticket,
    order: Order,
    profile: String,
    /// The journal's directory.
    state: PathBuf,
    stop: CancellationToken,
    /// Cancelled once the console is left.
    left: CancellationToken,
}

impl Run {
    async fn send(self, reporter: Reporter, permit: Arc<WritePermit>) {
        let Self { ticket, order, profile, state, stop, left } = self;
        let named = profile.clone();
        let mut report = |progress| reporter.say(Event::Bulk(ticket, progress));
        let service = &*reporter.service;
        let run = async {
            let mut record = match record(&order, (profile, service.address()), &state, service.clock().now()).await {
                Ok(record) => Some(record),
                // another process has taken it up meanwhile: it is not sent a second time
                Err(error @ RecordError::Locked(_)) => {
                    let why = Untrusted::from(in_words(&error));
                    let done = |key: &Key| Progress::Done(key.id.clone(), Outcome::NotSent(why.clone()));
                    return order.keys.iter().map(done).for_each(report);
                }
                // what cannot be written down is done all the same: a leak does not wait for a disk
                Err(error) => {
                    report(Progress::NotRecorded(Untrusted::from(error.to_string())));
                    None
                }
            };
            let folder = UnresolvedFolder::of(&state);
            let aftermath = Aftermath {
                service,
                permit: &permit,
                findings: &order.findings,
                folder: &folder,
                profile: &named,
                now: service.clock().now(),
                note: None,
            };
            if let Some(trouble) = aftermath.begin() {
                report(Progress::NotRecorded(Untrusted::from(trouble)));
            }
            let wished =
                bulk::Order { left: Some(&left), ..bulk::Order::new(order.deed, &order.keys, order.own.as_ref()) };
            let ended = bulk::carry_out(service, &permit, wished, record.as_mut(), &stop, &mut report).await;
            aftermath.end(&ended, &mut |finding, settled| report(Progress::Settled(finding.id.clone(), settled))).await;
        };
        // keys without a last word are then called unknown
        survives(run).await;
        reporter.say_rate();
        reporter.say(Event::BulkEnded(ticket));
    }
}

/// Puts the keys on disk before the first is sent.
async fn record(
    order: &Order,
    (profile, address): (String, String),
    state: &Path,
    now: Time,
) -> Result<Record, RecordError> {
    let journal = Journal::open(state).await?;
    if let Some(id) = &order.resumes {
        return Record::resume(&journal, id, &order.keys, now).await;
    }
    let about = About { deed: order.deed, profile, address, user: order.user, note: None };
    Record::begin(&journal, &about, &order.keys, now).await
}
