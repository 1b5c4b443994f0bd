//! Carries rotations out for the wizard, one task a wizard: it owns what they stand on, holds them open, and takes the
//! person's decisions between two steps. A step that is under way always ends.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio_util::task::TaskTracker;

use super::guard::survives;
use crate::client::error::ServiceError;
use crate::client::{KeyService, WritePermit};
use crate::config::EscrowSettings;
use crate::domain::rotation::{Decision, Effect, OldKey, Plan, Rotation, RotationId, Sink};
use crate::domain::secret::Secret;
use crate::local::escrow::Escrow;
use crate::local::journal::{Journal, Listing};
use crate::local::program::Tools;
use crate::local::sinks::{self, Sinks};
use crate::ops::rotate::batch::{Batch, Member};
use crate::ops::rotate::check::places;
use crate::ops::rotate::{Executor, HandOver, RotateError};
use crate::tui::event::Event;
use crate::tui::ticket::Ticket;

/// Where rotations are kept.
#[derive(Clone, Debug)]
pub struct RotationSettings {
    /// The profile's name, as rotations remember it.
    pub profile: String,
    /// The directory of the journal and of the summaries.
    pub state: PathBuf,
    /// Where the values under way are.
    pub escrow: EscrowSettings,
}

/// The tasks of the wizards.
pub struct Rotating {
    pub(super) settings: RotationSettings,
    service: Arc<dyn KeyService>,
    permit: Option<Arc<WritePermit>>,
    events: UnboundedSender<Event>,
    workers: HashMap<Ticket, Handle>,
}

/// What the console holds of a task.
struct Handle {
    /// None once the wizard was closed.
    commands: Option<UnboundedSender<Command>>,
    hand: ToTerminal,
}

/// What a task begins with.
enum Begin {
    Plans(Vec<(Plan, OldKey)>),
    Resume(RotationId),
}

/// What a person says meanwhile.
pub enum Command {
    /// Carry on.
    Continue,
    /// Take this decision.
    Decide(RotationId, Decision),
    /// Take this plan.
    Replan(RotationId, Plan),
}

impl Rotating {
    /// No wizard yet.
    pub fn new(
        settings: RotationSettings,
        service: Arc<dyn KeyService>,
        permit: Option<Arc<WritePermit>>,
        events: UnboundedSender<Event>,
    ) -> Self {
        Self { settings, service, permit, events, workers: HashMap::new() }
    }

    /// What may be changed from now on, by the rotations that are begun after this.
    pub fn permit(&mut self, permit: Option<Arc<WritePermit>>) {
        self.permit = permit;
    }

    /// Tells which rotations are open. A journal that was never begun is not begun for that.
    pub fn list(&self, tasks: &TaskTracker) {
        let (state, events) = (self.settings.state.clone(), self.events.clone());
        tasks.spawn(async move {
            let listed = async {
                if !Journal::is_there(&state) {
                    return Ok((Vec::new(), Vec::new()));
                }
                let journal = Journal::open(&state).await?;
                let listing = journal.open_rotations().await;
                journal.close().await;
                let Listing { rotations, unreadable } = listing?;
                Ok((rotations, unreadable.iter().map(|one| format!("{one}. {}", one.hint())).collect()))
            };
            let listed = listed.await.map_err(|error: RotateError| in_words(&error));
            let _ = events.send(Event::RotationsListed(listed));
        });
    }

    /// Begins rotations.
    pub fn start(&mut self, ticket: Ticket, plans: Vec<(Plan, OldKey)>, tasks: &TaskTracker) {
        self.open(ticket, Begin::Plans(plans), tasks);
    }

    pub fn resume(&mut self, ticket: Ticket, id: RotationId, tasks: &TaskTracker) {
        self.open(ticket, Begin::Resume(id), tasks);
    }

    fn open(&mut self, ticket: Ticket, begin: Begin, tasks: &TaskTracker) {
        let (commands, given) = unbounded_channel();
        let hand = ToTerminal { ticket, events: self.events.clone(), waiting: Arc::default() };
        let worker = Worker {
            ticket,
            settings: self.settings.clone(),
            service: Arc::clone(&self.service),
            permit: self.permit.clone(),
            hand: hand.clone(),
            commands: given,
            summarised: HashSet::new(),
        };
        self.workers.insert(ticket, Handle { commands: Some(commands), hand });
        tasks.spawn(worker.run(begin));
    }

    /// Passes on what a person says.
    pub fn command(&self, ticket: Ticket, command: Command) {
        if let Some(commands) = self.workers.get(&ticket).and_then(|handle| handle.commands.as_ref()) {
            let _ = commands.send(command);
        }
    }

    /// Lets every wizard's rotations go, once the step under way has ended.
    pub fn release_all(&mut self) {
        let wizards: Vec<Ticket> = self.workers.keys().copied().collect();
        for ticket in wizards {
            self.release(ticket);
        }
    }

    /// Lets a wizard's rotations go, once the step under way has ended.
    pub fn release(&mut self, ticket: Ticket) {
        match self.workers.get_mut(&ticket).and_then(|handle| handle.commands.take()) {
            // the task ends when it finds that nobody gives commands any more, and says so
            Some(commands) if !commands.is_closed() => drop(commands),
            _ => {
                let _ = self.events.send(Event::RotationsReleased(ticket));
            }
        }
    }

    /// Whom to tell how handing a value over went.
    pub fn hand(&self, ticket: Ticket) -> Option<ToTerminal> {
        self.workers.get(&ticket).map(|handle| handle.hand.clone())
    }
}

/// Tells what the places of the plans show. Nothing waits for it: what it shows is looked at again before anything is made.
pub fn look(ticket: Ticket, plans: Vec<(Plan, OldKey)>, events: UnboundedSender<Event>) {
    tokio::spawn(async move {
        let looking = async {
            let tools = Tools::default();
            let mut looks = Vec::new();
            for (plan, old) in &plans {
                looks.push(places(&tools, plan, old).await);
            }
            looks
        };
        if let Some(looks) = survives(looking).await {
            let _ = events.send(Event::PlacesLookedAt(ticket, looks));
        }
    });
}

/// Tells the names in a folder.
pub fn list_folder(ticket: Ticket, folder: String, events: UnboundedSender<Event>) {
    tokio::task::spawn_blocking(move || {
        let names = sinks::names_in(&folder);
        let _ = events.send(Event::FolderListed(ticket, folder, names));
    });
}

/// Who waits to hear how handing a value over went.
type Waiting = oneshot::Sender<Result<(), String>>;

/// Hands values to the terminal's clipboard, by way of the loop that owns the terminal.
#[derive(Clone)]
pub struct ToTerminal {
    ticket: Ticket,
    events: UnboundedSender<Event>,
    waiting: Arc<Mutex<Option<Waiting>>>,
}

impl ToTerminal {
    /// Tells how it went.
    pub fn went(&self, how: Result<(), String>) {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(waiting) = waiting {
            let _ = waiting.send(how);
        }
    }
}

#[async_trait]
impl HandOver for ToTerminal {
    async fn hand_over(&self, sink: &Sink, value: &Secret) -> Result<(), String> {
        if *sink != Sink::Clipboard {
            return Err("the console prints no value: roll back, and choose another place".to_owned());
        }
        let closing = || "the console is closing".to_owned();
        let (waiting, went) = oneshot::channel();
        *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = Some(waiting);
        self.events.send(Event::HandOver(self.ticket, value.duplicate())).map_err(|_| closing())?;
        went.await.unwrap_or_else(|_| Err(closing()))
    }
}

/// One wizard's task.
struct Worker {
    ticket: Ticket,
    settings: RotationSettings,
    service: Arc<dyn KeyService>,
    permit: Option<Arc<WritePermit>>,
    hand: ToTerminal,
    commands: UnboundedReceiver<Command>,
    /// The rotations whose end was told.
    summarised: HashSet<RotationId>,
}

fn in_words(error: &RotateError) -> String {
    format!("{error}; {}", error.hint())
}

impl Worker {
    async fn run(mut self, begin: Begin) {
        let done = survives(self.work(begin)).await;
        let mistake = || Err("keydeck made a mistake here: its log says where; O lists what is on disk".to_owned());
        if let Err(why) = done.unwrap_or_else(mistake) {
            self.say(Event::RotationRefused(self.ticket, None, why));
        }
        self.say(Event::RotationsReleased(self.ticket));
    }

    fn say(&self, happened: Event) {
        let _ = self.hand.events.send(happened);
    }

    async fn work(&mut self, begin: Begin) -> Result<(), String> {
        let permit = self.permit.clone().ok_or_else(|| ServiceError::read_only().reason())?;
        let state = &self.settings.state;
        let open = async {
            let journal = Journal::open(state).await?;
            Ok((journal, Escrow::open(state, &self.settings.escrow)?))
        };
        let (journal, escrow) = open.await.map_err(|error: RotateError| in_words(&error))?;
        let hand = self.hand.clone();
        let executor = Executor {
            service: Arc::clone(&self.service),
            permit,
            journal,
            escrow,
            sinks: Sinks::of(&Tools::default()),
            tools: Tools::default(),
            hand_over: &hand,
        };
        let done = self.carry(&executor, begin).await;
        executor.journal.close().await;
        done
    }

    async fn carry(&mut self, executor: &Executor<'_>, begin: Begin) -> Result<(), String> {
        let mut waits = matches!(begin, Begin::Resume(_));
        let mut batch = match begin {
            Begin::Plans(plans) => self.planned(plans, executor).map_err(|error| in_words(&error))?,
            Begin::Resume(id) => {
                let (rotation, lock) = executor.resume(&id.0).await.map_err(|error| in_words(&error))?;
                self.say(Event::Rotating(self.ticket, Box::new(rotation.clone()), None));
                Batch::resumed(rotation, lock)
            }
        };
        loop {
            if !waits && self.go(executor, &mut batch).await.is_break() {
                return Ok(());
            }
            let Some(command) = self.commands.recv().await else { return Ok(()) };
            self.take(executor, &mut batch, command).await;
            waits = false;
        }
    }

    /// The rotations of these plans, each with its id; nothing of them is on disk.
    fn planned(&self, plans: Vec<(Plan, OldKey)>, executor: &Executor<'_>) -> Result<Batch, RotateError> {
        let now = executor.present().now;
        let mut batch = Batch::of(plans, &self.settings.profile, &*self.service, now)?;
        for member in &mut batch.members {
            member.rotation.decide(Decision::Agree, now)?;
        }
        self.say(Event::RotationsPlanned(self.ticket, batch.rotations().cloned().collect()));
        Ok(batch)
    }

    /// Carries on with everything that can be carried on; commands are taken between two steps.
    async fn go(&mut self, executor: &Executor<'_>, batch: &mut Batch) -> ControlFlow<()> {
        let mut again = true;
        while std::mem::take(&mut again) {
            for at in 0..batch.members.len() {
                match batch.begin(at, executor).await {
                    Ok(true) => {}
                    Ok(false) => continue,
                    Err(error) => {
                        self.refuse(&mut batch.members[at], &error);
                        continue;
                    }
                }
                loop {
                    match self.commands.try_recv() {
                        Ok(command) => {
                            self.take(executor, batch, command).await;
                            again = true;
                        }
                        Err(TryRecvError::Disconnected) => return ControlFlow::Break(()),
                        Err(TryRecvError::Empty) if self.step(executor, &mut batch.members[at]).await => {}
                        Err(TryRecvError::Empty) => break,
                    }
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// Does the next thing, if there is one to do; false when there is not.
    async fn step(&mut self, executor: &Executor<'_>, member: &mut Member) -> bool {
        if member.is_stopped {
            return false;
        }
        let tell = |rotation: &Rotation, effect: Option<Effect>| {
            self.say(Event::Rotating(self.ticket, Box::new(rotation.clone()), effect));
        };
        match executor.step(&mut member.rotation, &mut |begun, effect| tell(begun, Some(effect))).await {
            Ok(Some(_)) => true,
            Ok(None) => {
                tell(&member.rotation, None);
                self.summarise(executor, &member.rotation).await;
                false
            }
            Err(error) => {
                self.refuse(member, &error);
                false
            }
        }
    }

    /// Writes the summary of a rotation that is over, once.
    async fn summarise(&mut self, executor: &Executor<'_>, rotation: &Rotation) {
        if !rotation.phase.is_over() || !self.summarised.insert(rotation.id.clone()) {
            return;
        }
        let summary = executor.summarise(rotation, &self.settings.state).await;
        let summary = summary.map(|path| path.display().to_string()).map_err(|error| in_words(&error));
        self.say(Event::RotationSummarised(self.ticket, rotation.id.clone(), summary));
    }

    fn refuse(&self, member: &mut Member, error: &RotateError) {
        member.is_stopped = true;
        self.say(Event::RotationRefused(self.ticket, Some(member.rotation.id.clone()), in_words(error)));
    }

    async fn take(&self, executor: &Executor<'_>, batch: &mut Batch, command: Command) {
        let (Command::Decide(id, _) | Command::Replan(id, _)) = &command else { return batch.retry() };
        let Some(member) = batch.begun(id) else { return };
        member.is_stopped = false;
        let taken = match command {
            Command::Continue => return,
            Command::Decide(_, decision) => executor.decide(&mut member.rotation, decision).await,
            Command::Replan(_, plan) => executor.replan(&mut member.rotation, plan).await,
        };
        if let Err(error) = taken {
            self.refuse(member, &error);
        }
    }
}

#[cfg(test)]
mod tests;
