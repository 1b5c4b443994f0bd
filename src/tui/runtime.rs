//! Carries effects out and reports back as events: the only place of the console that talks to the backend, the
//! clipboard and files. A new read in a slot ends the old one; a write once sent is never aborted.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::app::effect::Effect;
use super::app::event::{Answer, Happened, Slot, Ticket, What};
use super::app::memory::Remembered;
use super::clipboard::{self, Route};
use super::memory::MemoryFile;
use super::rotating::{Command, Rotating, RotationSettings};
use super::terminal::Terminal;
use crate::client::error::{Asked, ErrorKind, ServiceError};
use crate::client::{KeyService, WritePermit};
use crate::domain::audit::AuditQuery;
use crate::domain::bulk::Target;
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key_value::{self, KeyKind};
use crate::domain::listing::{KeyChange, NewKey, Regeneration};
use crate::domain::secret::Secret;
use crate::domain::untrusted::visible;
use crate::ops;
use crate::ops::secret_file::SecretFile;

/// The most entries of a key's audit trail that are read, give or take a page.
const LONGEST_TRAIL: usize = 1000;

/// Where events go.
type Events = UnboundedSender<Happened>;

/// What carries effects out.
pub struct Runtime {
    line: Line,
    permit: Option<Arc<WritePermit>>,
    reads: HashMap<Slot, AbortHandle>,
    writes: TaskTracker,
    stop: CancellationToken,
    rotating: Rotating,
    route: Route,
    /// Where what is to be remembered goes; none: nowhere.
    memory: Option<watch::Sender<Option<Remembered>>>,
    /// When to wake the console, since the program started.
    pub wake: Option<Duration>,
    /// Whether to stop for the shell.
    pub suspend: bool,
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
    /// A runtime for a backend; without a permit nothing can be changed, without a file nothing is remembered.
    pub fn new(
        service: Arc<dyn KeyService>,
        permit: Option<WritePermit>,
        memory: Option<MemoryFile>,
        rotations: RotationSettings,
        events: Events,
    ) -> Self {
        let permit = permit.map(Arc::new);
        let rotating = Rotating::new(rotations, Arc::clone(&service), permit.clone(), events.clone());
        let calls = events.clone();
        // nobody listens any more when the console is leaving
        service.on_call(Box::new(move |call| drop(calls.send(Happened::Called(call)))));
        let (line, writes) = (Line { service, events }, TaskTracker::new());
        let memory = memory.map(|file| {
            let (sender, news) = watch::channel(None);
            writes.spawn(keep_memory(file, news, line.clone()));
            sender
        });
        Self {
            line,
            permit,
            rotating,
            reads: HashMap::new(),
            writes,
            memory,
            stop: CancellationToken::new(),
            route: Route::of_environment(),
            wake: None,
            suspend: false,
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
            Effect::Trail(ticket, key) => self.read(Slot::Trail, ticket, trail(self.line.clone(), ticket, key)),
            Effect::Ancestor(ticket, key) => {
                self.read(Slot::Ancestor, ticket, ancestor(self.line.clone(), ticket, key));
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
            Effect::ListRotations => self.rotating.list(&self.writes),
            Effect::StartRotations(ticket, plans) => self.rotating.start(ticket, plans, &self.writes),
            Effect::ResumeRotation(ticket, id) => self.rotating.resume(ticket, id, &self.writes),
            Effect::GoOnRotating(ticket) => self.rotating.command(ticket, Command::Continue),
            Effect::DecideRotation(ticket, id, decision) => {
                self.rotating.command(ticket, Command::Decide(id, decision));
            }
            Effect::ReplanRotation(ticket, id, plan) => self.rotating.command(ticket, Command::Replan(id, plan)),
            Effect::LeaveRotations(ticket) => self.rotating.leave(ticket),
            Effect::HandOver(ticket, value) => self.hand_over(ticket, value, terminal),
            // drawing is the loop's
            Effect::UseTheme(_) => {}
            Effect::Continue => self.line.say(Happened::Continue),
            Effect::Remember(remembered) => {
                if let Some(memory) = &self.memory {
                    memory.send_replace(Some(remembered));
                }
            }
            Effect::WakeAt(at) => self.wake = Some(self.wake.map_or(at, |wake| wake.min(at))),
            Effect::Suspend => self.suspend = true,
            Effect::Quit => self.quit = true,
        }
    }

    /// Sends no more, and waits until what was sent is answered, `patience` at most.
    pub async fn finish(mut self, patience: Duration) {
        // what is not yet kept is kept, then there is no more
        self.memory = None;
        for read in self.reads.values() {
            read.abort();
        }
        self.stop.cancel();
        // those that go on end with their present step
        drop(self.rotating);
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
            let created = created.unwrap_or_else(|| Err(line.mistake()));
            line.say(Happened::Created(ticket, Box::new(created)));
        });
    }

    fn change(&mut self, ticket: Ticket, id: KeyId, change: KeyChange) {
        let (line, permit) = (self.line.clone(), self.permit.clone());
        self.writes.spawn(async move {
            let Some(permit) = permit else { return };
            let changed = survives(ops::change::change(&*line.service, &permit, &id, &change)).await;
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
            let made = made.unwrap_or_else(|| Err(line.mistake()));
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
        let line = self.line.clone();
        self.send(text, terminal, move |sent| line.say(Happened::Copied(what, sent)));
    }

    /// A rotation's value; its executor waits to hear how that went.
    fn hand_over(&mut self, ticket: Ticket, value: Secret, terminal: &mut Terminal) {
        let Some(hand) = self.rotating.hand(ticket) else { return };
        self.send(value, terminal, move |sent| hand.went(sent.map(|_| ())));
    }

    /// Sends `text` to the clipboard and tells how that went.
    fn send(&self, text: Secret, terminal: &mut Terminal, tell: impl FnOnce(Result<String, String>) + Send + 'static) {
        let route = self.route;
        let bytes = match clipboard::sequence(route, text.expose()) {
            Ok(bytes) => bytes,
            Err(error) => return tell(Err(format!("{error}; {}", error.hint()))),
        };
        if let Some(bytes) = bytes {
            return tell(terminal.send(&bytes).map(|()| route.done().to_owned()).map_err(|error| error.to_string()));
        }
        self.writes.spawn(async move {
            let sent = clipboard::through_tmux(text.expose()).await;
            tell(sent.map(|()| route.done().to_owned()).map_err(|error| format!("{error}; {}", error.hint())));
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
pub(super) async fn survives<T>(task: impl Future<Output = T>) -> Option<T> {
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
        // these carry what they are about and come as effects of their own
        Slot::Lookup | Slot::Trail | Slot::Ancestor => return,
    };
    line.answer(slot, ticket, end);
}

async fn trail(line: Line, ticket: Ticket, key: KeyId) {
    let query = AuditQuery { key: Some(key), ..AuditQuery::default() };
    let (mut entries, mut more) = (Vec::new(), false);
    let mut each = |page: crate::client::Rows<_>| {
        entries.extend(page.rows);
        more = page.next.is_some();
        if entries.len() < LONGEST_TRAIL { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    let read = ops::load::audit(&*line.service, &query, &mut each).await;
    line.answer(Slot::Trail, ticket, read.map(|()| Answer::Trail(entries, more)));
}

async fn ancestor(line: Line, ticket: Ticket, key: KeyId) {
    let read = line.service.api_key(&key).await;
    line.answer(Slot::Ancestor, ticket, read.map(|key| Answer::Key(Box::new(key))));
}

/// Keeps what is to be remembered, the latest when several came meanwhile, until nothing more can come.
async fn keep_memory(file: MemoryFile, mut news: watch::Receiver<Option<Remembered>>, line: Line) {
    let mut told = false;
    while news.changed().await.is_ok() {
        let Some(remembered) = news.borrow_and_update().clone() else { continue };
        let file = file.clone();
        let kept = tokio::task::spawn_blocking(move || file.keep(&remembered)).await;
        let error = match kept {
            Ok(Ok(())) => continue,
            Ok(Err(error)) => error.kind().to_string(),
            Err(_) => "a mistake in keydeck".to_owned(),
        };
        tracing::warn!("what is to be remembered of this profile cannot be written: {error}");
        if !std::mem::replace(&mut told, true) {
            line.say(Happened::NotRemembered(format!("the state directory cannot be written ({error})")));
        }
    }
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
        match SecretFile::create(&path) {
            Ok(mut file) => {
                file.write(value)?;
                file.keep();
                return Ok(path);
            }
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
