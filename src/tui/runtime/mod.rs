//! Carries effects out and reports back as events: the only place of the console that talks to the backend, the
//! clipboard and files. A new read in a slot ends the old one; a write once sent is never aborted.

mod campaigns;
mod changes;
mod clipboard;
mod exposed;
mod guard;
pub mod incidents;
mod login;
mod reads;
pub mod rotations;
mod tracked;
mod unlock;
mod writes;

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::effect::Effect;
use super::event::{Answer, Copied, Event, Slot};
use super::memory::MemoryFile;
use super::remembered::Remembered;
use super::ticket::Ticket;
use crate::client::error::{Asked, ErrorKind, ServiceError};
use crate::client::{KeyService, WritePermit};
use crate::domain::call::CallNews;
use crate::domain::key_value::{self, KeyKind};
use crate::domain::secret::Secret;
use crate::domain::untrusted::visible;
use crate::domain::views::View;
use crate::local::tracked::TrackedFile;
use crate::local::views::{ViewsError, ViewsFile};
use crate::ops::sessions::Following;
pub use clipboard::Route;
use incidents::{Begin, Command as ContainCommand, Containing, IncidentSettings, Listeners};
use login::Waiting;
use rotations::{Rotating, RotationSettings};

/// Where events go.
type Events = UnboundedSender<Event>;

/// Where bytes for the terminal go.
pub trait Output {
    /// Sends them at once.
    ///
    /// # Errors
    /// When the terminal cannot be written.
    fn send(&mut self, bytes: &[u8]) -> io::Result<()>;
}

/// What carries effects out.
pub struct Runtime {
    reporter: Reporter,
    permit: Option<Arc<WritePermit>>,
    reads: HashMap<Slot, AbortHandle>,
    writes: TaskTracker,
    /// What goes on beside, and changes nothing at the backend.
    beside: TaskTracker,
    stop: CancellationToken,
    /// Cancelled once the console is left.
    left: CancellationToken,
    rotating: Rotating,
    containing: Containing,
    route: Route,
    /// Where what is to be remembered goes; none: nowhere.
    memory: Option<watch::Sender<Option<Remembered>>>,
    /// Where views are saved; none: nowhere.
    pub views: Option<ViewsFile>,
    /// Where keys are written down that the backend does not list; none: nowhere.
    pub tracked: Option<TrackedFile>,
    /// Where calls wait while somebody logs in.
    waiting: Waiting,
    /// What is kept of the session follows the one that is used.
    following: Option<Following>,
    /// When to wake the console, since the program started.
    pub wake: Option<Duration>,
    /// Whether to stop for the shell.
    pub suspend: bool,
    /// Whether to leave.
    pub quit: bool,
}

/// A backend and where its answers go.
#[derive(Clone)]
struct Reporter {
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
        incidents: IncidentSettings,
        events: Events,
    ) -> Self {
        let permit = permit.map(Arc::new);
        let rotating = Rotating::new(rotations, Arc::clone(&service), permit.clone(), events.clone());
        let listeners = Listeners::default();
        let containing = Containing::new(
            incidents,
            Arc::clone(&service),
            permit.as_deref().cloned(),
            events.clone(),
            listeners.clone(),
        );
        let calls = events.clone();
        // nobody listens any more when the console is leaving
        service.on_call(Box::new(move |news| {
            listeners.hear(&news);
            drop(calls.send(match news {
                CallNews::Began(call) => Event::Calling(call),
                CallNews::Ended(call) => Event::Called(call),
                CallNews::Paused(pause) => Event::Paused(pause),
            }));
        }));
        let (reporter, writes, beside) = (Reporter { service, events }, TaskTracker::new(), TaskTracker::new());
        let memory = memory.map(|file| {
            let (sender, news) = watch::channel(None);
            beside.spawn(keep_memory(file, news, reporter.clone()));
            sender
        });
        Self {
            reporter,
            permit,
            rotating,
            containing,
            reads: HashMap::new(),
            writes,
            beside,
            memory,
            stop: CancellationToken::new(),
            left: CancellationToken::new(),
            route: Route::of_environment(),
            views: None,
            tracked: None,
            waiting: Waiting::default(),
            following: None,
            wake: None,
            suspend: false,
            quit: false,
        }
    }

    /// Carries one effect out, or begins to.
    pub fn run(&mut self, effect: Effect, terminal: &mut impl Output) {
        match effect {
            Effect::Load(slot, ticket) => self.load(slot, ticket),
            Effect::Lookup(ticket, fingerprints) => self.look_up(ticket, fingerprints),
            Effect::Trail(ticket, key) => self.trail(ticket, key),
            Effect::OwnersTrail(ticket, owner, since) => self.owners_trail(ticket, owner, since),
            Effect::Notices(ticket, query) => self.notices(ticket, query),
            Effect::Campaigns(ticket, me, saved, which) => self.campaigns(ticket, *me, *saved, which),
            Effect::Tried(ticket, key) => self.tried(ticket, key),
            Effect::Ancestor(ticket, key) => self.ancestor(ticket, key),
            Effect::KeysOf(ticket, user) => self.keys_of(ticket, user),
            Effect::Preview(ticket, change) => self.preview(ticket, *change),
            Effect::Locations(ticket, at, from) => self.locations(ticket, at, from),
            Effect::ListUnresolved => self.list_unresolved(),
            Effect::Bell => {
                if let Err(error) = terminal.send(b"\x07") {
                    tracing::warn!(%error, "the bell could not be rung");
                }
            }
            Effect::ReadAgain(ticket, targets, with) => self.read_again(ticket, targets, with),
            Effect::Cancel(slot) => self.cancel(slot),
            Effect::Write(_, write) => self.write(write),
            Effect::StopSending => self.stop.cancel(),
            Effect::Mint(ticket) => {
                let value = key_value::mint(KeyKind::ApiKey, getrandom::fill).map_err(|error| error.to_string());
                self.reporter.say(Event::Minted(ticket, value));
            }
            Effect::Copy(what, text) => self.copy(what, Secret::new(text), terminal),
            Effect::CopySecret(ticket, value) => self.copy(Copied::Secret(ticket), value, terminal),
            Effect::WriteSecret(ticket, name, value) => {
                let written = clipboard::write_secret(&name, &value).map_err(|error| error.to_string());
                self.reporter.say(Event::Written(ticket, written));
            }
            Effect::ListChanges => self.list_changes(),
            Effect::ReadBack(ticket, id, own) => self.read_back(ticket, id, own),
            Effect::ForgetChange(id) => self.forget_change(id),
            Effect::SaveResults(ticket, results) => self.save_results(ticket, *results),
            Effect::ListIncidents => self.containing.list(&self.beside),
            Effect::BeginIncident(ticket, me, text) => {
                self.containing.open(ticket, me, Begin::Text(text), &self.writes);
            }
            Effect::TakeUpIncident(ticket, me, id) => {
                self.containing.open(ticket, me, Begin::TakeUp(id), &self.writes);
            }
            Effect::GiveValues(ticket, text) => self.containing.command(ticket, ContainCommand::Values(text)),
            Effect::SteerIncident(ticket, decision) => {
                self.containing.command(ticket, ContainCommand::Decide(decision));
            }
            Effect::GoOnContaining(ticket) => self.containing.command(ticket, ContainCommand::Continue),
            Effect::ReleaseIncident(ticket) => self.containing.release(ticket),
            Effect::Track(ticket, order) => self.track(ticket, *order),
            Effect::ListRotations => self.rotating.list(&self.beside),
            Effect::LookAtPlaces(ticket, plans) => {
                rotations::look(ticket, plans, &self.reporter.service, self.reporter.events.clone());
            }
            Effect::ListFolder(ticket, folder) => rotations::list_folder(ticket, folder, self.reporter.events.clone()),
            Effect::ReleaseRotations(ticket) => self.rotating.release(ticket),
            Effect::HandOver(ticket, value) => self.hand_over(ticket, value, terminal),
            Effect::Unlock(ticket, length, reason) => self.unlock(ticket, length, &reason),
            Effect::Lock => self.lock(),
            Effect::SendPassword(ticket, email) => self.send_password(ticket, email),
            Effect::LogIn(ticket, email, password) => self.log_in(ticket, email, password),
            Effect::StayLoggedOut => self.waiting.leave(),
            // drawing and going elsewhere are the loop's
            Effect::UseTheme(_) | Effect::SwitchProfile(_) | Effect::Redraw => {}
            Effect::Continue => self.reporter.say(Event::Continue),
            Effect::Remember(remembered) => {
                if let Some(memory) = &self.memory {
                    memory.send_replace(Some(remembered));
                }
            }
            Effect::SaveView(view) => {
                let name = visible(&view.name).into_owned();
                self.keep_views(format!("The view {name} is saved"), move |file| file.save(&view));
            }
            Effect::RemoveView(name) => {
                let words = format!("The view {} is taken away", visible(&name));
                self.keep_views(words, move |file| file.remove(&name));
            }
            Effect::WakeAt(at) => self.wake = Some(self.wake.map_or(at, |wake| wake.min(at))),
            Effect::Suspend => self.suspend = true,
            Effect::Quit => self.quit = true,
        }
    }

    /// Lets go of rotations and incidents: each ends its present step, and stays open on disk.
    pub fn let_go(&mut self) {
        self.rotating.release_all();
        self.containing.release_all();
    }

    /// What is on its way to the backend, which ends by itself.
    pub fn on_their_way(&self) -> TaskTracker {
        self.writes.clone()
    }

    /// Changes what is saved of views.
    fn keep_views(
        &self,
        words: String,
        change: impl FnOnce(&ViewsFile) -> Result<Vec<View>, ViewsError> + Send + 'static,
    ) {
        let Some(file) = self.views.clone() else {
            return self.reporter.say(Event::ViewsKept(Err("Nothing is kept here: no view was saved".to_owned())));
        };
        let reporter = self.reporter.clone();
        self.beside.spawn(async move {
            let kept = tokio::task::spawn_blocking(move || change(&file)).await;
            reporter.say(Event::ViewsKept(match kept {
                Ok(Ok(saved)) => Ok((words, saved)),
                Ok(Err(error)) => Err(format!("Nothing was changed: {error}; {}", error.hint())),
                Err(_) => Err("keydeck made a mistake here: its log says where".to_owned()),
            }));
        });
    }

    /// Sends no more, and waits until what was sent is answered, `patience` at most.
    pub async fn finish(mut self, patience: Duration) {
        // what is not yet kept is kept, then there is no more
        self.memory = None;
        for read in self.reads.values() {
            read.abort();
        }
        self.left.cancel();
        self.stop.cancel();
        self.waiting.leave();
        // those that go on end with their present step
        drop(self.rotating);
        drop(self.containing);
        self.writes.close();
        self.beside.close();
        let (writes, beside) = (&self.writes, &self.beside);
        let all = async {
            writes.wait().await;
            beside.wait().await;
        };
        if tokio::time::timeout(patience, all).await.is_err() {
            tracing::warn!("left before every write was answered");
        }
        if let Some(following) = &self.following {
            following.settle().await;
        }
    }
}

impl Reporter {
    /// Reports; nobody listens any more when the console is leaving.
    fn say(&self, happened: Event) {
        let _ = self.events.send(happened);
    }

    /// What a request came to whose task panicked: it may have been sent.
    fn mistake(&self) -> ServiceError {
        let asked = Asked::nothing(&self.service.address());
        ServiceError::new(ErrorKind::LostAnswer, asked, "keydeck made a mistake here: its log says where")
    }

    fn say_rate(&self) {
        if let Some(rate) = self.service.rate_limit() {
            self.say(Event::Rate(rate));
        }
    }

    fn answer(&self, slot: Slot, ticket: Ticket, answer: Result<Answer, ServiceError>) {
        self.say_rate();
        self.say(Event::Answer(slot, ticket, answer.unwrap_or_else(Answer::Failed)));
    }
}

/// Keeps what is to be remembered, the latest when several came meanwhile, until nothing more can come.
async fn keep_memory(file: MemoryFile, mut news: watch::Receiver<Option<Remembered>>, reporter: Reporter) {
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
            reporter.say(Event::NotRemembered(format!("the state directory cannot be written ({error})")));
        }
    }
}

#[cfg(test)]
mod tests;
