//! Carries effects out and reports back as events: the only place of the console that talks to the backend, the
//! clipboard and files. A new read in a slot ends the old one; a write once sent is never aborted.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::ops::ControlFlow;
use std::os::unix::fs::OpenOptionsExt;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::app::effect::Effect;
use super::app::event::{Answer, Happened, Slot, Ticket, What};
use super::clipboard::{self, Route};
use super::terminal::Terminal;
use crate::client::error::{Asked, ErrorKind, ServiceError};
use crate::client::{KeyService, WritePermit};
use crate::domain::bulk::Target;
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key_value::{self, KeyKind};
use crate::domain::listing::{KeyChange, NewKey, Regeneration};
use crate::domain::secret::Secret;
use crate::domain::untrusted::visible;
use crate::ops;

/// Where events go.
type Events = UnboundedSender<Happened>;

/// What carries effects out.
pub struct Runtime {
    line: Line,
    permit: Option<Arc<WritePermit>>,
    reads: HashMap<Slot, AbortHandle>,
    writes: TaskTracker,
    stop: CancellationToken,
    route: Route,
    /// When to wake the console, since the program started.
    pub wake: Option<Duration>,
    /// Whether to leave.
    pub quit: bool,
}

/// A backend and where its answers go.
#[derive(Clone)]
struct Line {
    service: Arc<dyn KeyService>,
    events: Events,
}

impl Runtime {
    /// A runtime for a backend; without a permit nothing can be changed.
    pub fn new(service: Arc<dyn KeyService>, permit: Option<WritePermit>, events: Events) -> Self {
        Self {
            line: Line { service, events },
            permit: permit.map(Arc::new),
            reads: HashMap::new(),
            writes: TaskTracker::new(),
            stop: CancellationToken::new(),
            route: Route::of_environment(),
            wake: None,
            quit: false,
        }
    }

    /// Carries one effect out, or begins to.
    pub fn run(&mut self, effect: Effect, terminal: &mut Terminal) {
        match effect {
            Effect::Load(slot, ticket) => self.read(slot, ticket, load(self.line.clone(), slot, ticket)),
            Effect::Lookup(ticket, fingerprints) => {
                self.read(Slot::Lookup, ticket, look_up(self.line.clone(), ticket, fingerprints));
            }
            Effect::Cancel(slot) => {
                if let Some(read) = self.reads.remove(&slot) {
                    read.abort();
                }
            }
            Effect::Revoke { ticket, targets, own, delete } => self.revoke(ticket, targets, own, delete),
            Effect::StopRevoking => self.stop.cancel(),
            Effect::Mint(ticket) => {
                let value = key_value::mint(KeyKind::ApiKey, getrandom::fill).map_err(|error| error.to_string());
                self.line.say(Happened::Minted(ticket, value));
            }
            Effect::Create(ticket, new, owner) => self.create(ticket, new, owner),
            Effect::Change(ticket, id, change) => self.change(ticket, id, change),
            Effect::Regenerate(ticket, id, new) => self.regenerate(ticket, id, new),
            Effect::CreateCollectionKey(ticket, uid, name) => self.create_collection_key(ticket, uid, name),
            Effect::Copy(what, text) => self.copy(what, Secret::new(text), terminal),
            Effect::CopySecret(ticket, value) => self.copy(What::Secret(ticket), value, terminal),
            Effect::WriteSecret(ticket, name, value) => {
                let written = write_secret(&name, &value).map_err(|error| error.to_string());
                self.line.say(Happened::Written(ticket, written));
            }
            Effect::ListRotations
            | Effect::StartRotations(..)
            | Effect::ResumeRotation(..)
            | Effect::GoOnRotating(_)
            | Effect::DecideRotation(..)
            | Effect::ReplanRotation(..)
            | Effect::LeaveRotations(_)
            | Effect::HandOver(..) => {}
            // drawing is the loop's
            Effect::UseTheme(_) => {}
            Effect::WakeAt(at) => self.wake = Some(self.wake.map_or(at, |wake| wake.min(at))),
            Effect::Quit => self.quit = true,
        }
    }

    /// Sends no more, and waits until what was sent is answered, `patience` at most.
    pub async fn finish(self, patience: Duration) {
        for read in self.reads.values() {
            read.abort();
        }
        self.stop.cancel();
        self.writes.close();
        if tokio::time::timeout(patience, self.writes.wait()).await.is_err() {
            tracing::warn!("left before every write was answered");
        }
    }

    fn read(&mut self, slot: Slot, ticket: Ticket, reading: impl Future<Output = ()> + Send + 'static) {
        let line = self.line.clone();
        let guarded = async move {
            if survives(reading).await.is_none() {
                line.say(Happened::Answer(slot, ticket, Answer::Failed(line.mistake())));
            }
        };
        let read = tokio::spawn(guarded).abort_handle();
        if let Some(before) = self.reads.insert(slot, read) {
            before.abort();
        }
    }

    fn revoke(&mut self, ticket: Ticket, targets: Vec<Target>, own: Option<KeyId>, delete: bool) {
        self.stop = CancellationToken::new();
        let (line, permit, stop) = (self.line.clone(), self.permit.clone(), self.stop.clone());
        self.writes.spawn(async move {
            let Some(permit) = permit else { return line.say(Happened::RevokeEnded(ticket)) };
            let mut report = |progress| line.say(Happened::Revoking(ticket, progress));
            let run = async {
                match (&targets[..], delete) {
                    ([target], true) => {
                        ops::revoke::delete(&*line.service, &permit, &target.id, own.as_ref(), &stop, &mut report)
                            .await;
                    }
                    _ => {
                        ops::revoke::revoke(&*line.service, &permit, &targets, own.as_ref(), &stop, &mut report).await;
                    }
                }
            };
            // keys without a last word are then called unknown
            survives(run).await;
            line.say_rate();
            line.say(Happened::RevokeEnded(ticket));
        });
    }

    fn create(&mut self, ticket: Ticket, new: NewKey, owner: UserId) {
        let (line, permit) = (self.line.clone(), self.permit.clone());
        self.writes.spawn(async move {
            let Some(permit) = permit else { return };
            let created = survives(ops::create::create(&*line.service, &permit, &new, owner)).await;
            line.say_rate();
            let created = created.unwrap_or_else(|| Err(line.mistake())).map(|key| (key, None));
            line.say(Happened::Created(ticket, Box::new(created)));
        });
    }

    fn change(&mut self, ticket: Ticket, id: KeyId, change: KeyChange) {
        let (line, permit) = (self.line.clone(), self.permit.clone());
        self.writes.spawn(async move {
            let Some(permit) = permit else { return };
            let changed = survives(line.service.change_api_key(&permit, &id, &change)).await;
            line.say_rate();
            let changed = changed.unwrap_or_else(|| Err(line.mistake()));
            line.say(Happened::Changed(ticket, Box::new(changed)));
        });
    }

    fn regenerate(&mut self, ticket: Ticket, id: KeyId, new: Regeneration) {
        let (line, permit) = (self.line.clone(), self.permit.clone());
        self.writes.spawn(async move {
            let Some(permit) = permit else { return };
            let made = survives(ops::regenerate::regenerate(&*line.service, &permit, &id, &new)).await;
            line.say_rate();
            let made = made.unwrap_or_else(|| Err(line.mistake())).map(|key| (key, None));
            line.say(Happened::Created(ticket, Box::new(made)));
        });
    }

    fn create_collection_key(&mut self, ticket: Ticket, uid: String, name: Option<String>) {
        let (line, permit) = (self.line.clone(), self.permit.clone());
        self.writes.spawn(async move {
            let Some(permit) = permit else { return };
            let created = survives(line.service.create_collection_access_key(&permit, &uid, name.as_deref())).await;
            line.say_rate();
            let created = created.unwrap_or_else(|| Err(line.mistake())).map(|(key, value)| (key, Some(value)));
            line.say(Happened::Created(ticket, Box::new(created)));
        });
    }

    fn copy(&mut self, what: What, text: Secret, terminal: &mut Terminal) {
        let route = self.route;
        let bytes = match clipboard::sequence(route, text.expose()) {
            Ok(bytes) => bytes,
            Err(error) => return self.line.say(Happened::Copied(what, Err(format!("{error}; {}", error.hint())))),
        };
        if let Some(bytes) = bytes {
            let sent = terminal.send(&bytes).map(|()| route.done().to_owned()).map_err(|error| error.to_string());
            return self.line.say(Happened::Copied(what, sent));
        }
        let line = self.line.clone();
        self.writes.spawn(async move {
            let sent = clipboard::through_tmux(text.expose()).await;
            let sent = sent.map(|()| route.done().to_owned()).map_err(|error| format!("{error}; {}", error.hint()));
            line.say(Happened::Copied(what, sent));
        });
    }
}

impl Line {
    /// Reports; nobody listens any more when the console is leaving.
    fn say(&self, happened: Happened) {
        let _ = self.events.send(happened);
    }

    /// What a request came to whose task panicked: it may have been sent.
    fn mistake(&self) -> ServiceError {
        let asked = Asked::nothing(&self.service.address());
        ServiceError::new(ErrorKind::LostAnswer, asked, "keydeck made a mistake here: its log says where")
    }

    fn say_rate(&self) {
        if let Some(rate) = self.service.rate_limit() {
            self.say(Happened::Rate(rate));
        }
    }

    fn answer(&self, slot: Slot, ticket: Ticket, answer: Result<Answer, ServiceError>) {
        self.say_rate();
        self.say(Happened::Answer(slot, ticket, answer.unwrap_or_else(Answer::Failed)));
    }
}

/// What `task` comes to; none if it panics, so that nobody waits for its news for ever.
async fn survives<T>(task: impl Future<Output = T>) -> Option<T> {
    AssertUnwindSafe(task).catch_unwind().await.ok()
}

async fn load(line: Line, slot: Slot, ticket: Ticket) {
    let service = &line.service;
    let end = match slot {
        Slot::Me => service.me().await.map(|me| Answer::Me(Box::new(me))),
        Slot::Users => service.users().await.map(Answer::Users),
        Slot::Settings => service.settings().await.map(|settings| Answer::Settings(Box::new(settings))),
        Slot::Keys(scope) => {
            let mut each = |page: crate::client::Rows<_>| {
                line.answer(slot, ticket, Ok(Answer::Keys(page.rows, page.total)));
                ControlFlow::Continue(())
            };
            ops::load::keys(&**service, scope, &mut each).await.map(|()| Answer::End)
        }
        Slot::Findings => {
            let mut each = |page: crate::client::Rows<_>| {
                line.answer(slot, ticket, Ok(Answer::Findings(page.rows, page.total)));
                ControlFlow::Continue(())
            };
            ops::load::findings(&**service, &mut each).await.map(|()| Answer::End)
        }
        // look-ups carry fingerprints and come as an effect of their own
        Slot::Lookup => return,
    };
    line.answer(slot, ticket, end);
}

async fn look_up(line: Line, ticket: Ticket, fingerprints: Vec<String>) {
    let found = line.service.lookup(&fingerprints).await;
    let found = found.map(|found| {
        Answer::Lookup(found.into_iter().map(|found| (found.fingerprint, found.key.map(Box::new))).collect())
    });
    line.answer(Slot::Lookup, ticket, found);
}

/// Writes a value and a line end to a new file in the current folder, which only the user can read. A file that is
/// there already is never touched: the name gets a number.
fn write_secret(name: &str, value: &Secret) -> std::io::Result<PathBuf> {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' })
        .take(64)
        .collect();
    let stem = plain.trim_matches('-');
    let stem = if stem.is_empty() { "key" } else { stem };
    let folder = std::env::current_dir()?;
    for number in 1..1000 {
        let file = if number == 1 { format!("{stem}.key") } else { format!("{stem}-{number}.key") };
        let path = folder.join(file);
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(file) => return keep(file, &path, value).map(|()| path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(std::io::Error::new(
                    error.kind(),
                    format!("{}: {error}", visible(&path.to_string_lossy())),
                ));
            }
        }
    }
    Err(std::io::Error::other("there are a thousand such files already"))
}

fn keep(mut file: File, path: &Path, value: &Secret) -> std::io::Result<()> {
    let written =
        file.write_all(value.expose().as_bytes()).and_then(|()| file.write_all(b"\n")).and_then(|()| file.sync_all());
    if written.is_err() {
        // a part of a value would look like all of it; where it cannot be removed, the error is told all the same
        let _ = std::fs::remove_file(path);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_was_not_wholly_written_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ci.key");
        std::fs::write(&path, "").unwrap();
        let value = Secret::new("a value".to_owned());
        assert!(keep(File::open(&path).unwrap(), &path, &value).is_err(), "not open for writing");
        assert!(!path.exists());
        keep(File::create(&path).unwrap(), &path, &value).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a value\n");
    }
}
