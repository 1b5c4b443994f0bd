//! Carries incidents out for the console, one task an incident: it owns the values, takes a person's decisions between two
//! steps, and tells of each. A step that is under way always ends.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_util::task::TaskTracker;

use super::guard::survives;
use crate::client::error::ServiceError;
use crate::client::{KeyService, WritePermit};
use crate::domain::call::CallNews;
use crate::domain::failure::Failure as _;
use crate::domain::incident::{Decision, Effect, Incident, IncidentId, Intake, Next, Taken};
use crate::domain::secret::Secret;
use crate::domain::team::Me;
use crate::local::incidents::{Incidents, IncidentsError, Listing};
use crate::ops::contain::{CallLog, ContainError, Containment, Desk};
use crate::tui::event::Event;
use crate::tui::open_incidents::OpenIncident;
use crate::tui::ticket::Ticket;

/// Where incidents are kept, and what is on their record.
#[derive(Clone, Debug)]
pub struct IncidentSettings {
    pub profile: String,
    /// Whether it is a production profile.
    pub production: bool,
    /// The state directory.
    pub state: PathBuf,
    /// The folder in which each incident's evidence gets one of its own.
    pub out: PathBuf,
}

/// Who is told of each HTTP call: the incidents that are open.
#[derive(Clone, Debug, Default)]
pub struct Listeners(Arc<Mutex<HashMap<Ticket, CallLog>>>);

impl Listeners {
    /// Takes a call down for every open incident.
    pub fn hear(&self, news: &CallNews) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().for_each(|log| log.hear(news));
    }

    fn add(&self, ticket: Ticket) -> CallLog {
        let log = CallLog::default();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(ticket, log.clone());
        log
    }

    fn remove(&self, ticket: Ticket) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&ticket);
    }
}

/// The tasks of the incidents.
pub struct Containing {
    settings: IncidentSettings,
    service: Arc<dyn KeyService>,
    permit: Option<WritePermit>,
    events: UnboundedSender<Event>,
    listeners: Listeners,
    workers: HashMap<Ticket, UnboundedSender<Command>>,
}

/// What a task begins with.
pub enum Begin {
    /// What leaked, as it was pasted.
    Text(Secret),
    TakeUp(IncidentId),
}

/// What a person says meanwhile.
pub enum Command {
    /// Carry on.
    Continue,
    /// More that leaked, or values that are given again.
    Values(Secret),
    Decide(Decision),
}

impl Containing {
    /// No incident yet.
    pub fn new(
        settings: IncidentSettings,
        service: Arc<dyn KeyService>,
        permit: Option<WritePermit>,
        events: UnboundedSender<Event>,
        listeners: Listeners,
    ) -> Self {
        Self { settings, service, permit, events, listeners, workers: HashMap::new() }
    }

    /// What may be changed from now on, by the incidents that are begun after this.
    pub fn permit(&mut self, permit: Option<WritePermit>) {
        self.permit = permit;
    }

    /// Tells which incidents are open.
    pub fn list(&self, tasks: &TaskTracker) {
        let (state, events) = (self.settings.state.clone(), self.events.clone());
        let now = self.service.clock().now();
        tasks.spawn(async move {
            let listed = Incidents::of(&state).open(now).await;
            let _ = events.send(Event::IncidentsListed(listed.map(told).map_err(|error| unreadable(&error))));
        });
    }

    /// Begins an incident, or takes one up.
    pub fn open(&mut self, ticket: Ticket, me: Option<Box<Me>>, begin: Begin, tasks: &TaskTracker) {
        let (commands, given) = unbounded_channel();
        let worker = Worker {
            ticket,
            settings: self.settings.clone(),
            service: Arc::clone(&self.service),
            permit: self.permit.clone(),
            events: self.events.clone(),
            listeners: self.listeners.clone(),
            commands: given,
        };
        self.workers.insert(ticket, commands);
        tasks.spawn(worker.run(me, begin));
    }

    /// Passes on what a person says.
    pub fn command(&self, ticket: Ticket, command: Command) {
        if let Some(commands) = self.workers.get(&ticket) {
            let _ = commands.send(command);
        }
    }

    /// Lets every incident go, once the step under way has ended.
    pub fn release_all(&mut self) {
        self.workers.clear();
    }

    /// Lets an incident go, once the step under way has ended.
    pub fn release(&mut self, ticket: Ticket) {
        self.workers.remove(&ticket);
    }
}

fn told(listing: Listing) -> (Vec<OpenIncident>, Vec<String>) {
    let open = listing.incidents.into_iter().map(|(incident, held)| OpenIncident {
        incident,
        at_it: held.map(|holder| holder.map_or_else(|| "another process".to_owned(), |holder| holder.to_string())),
    });
    let unreadable = listing.unreadable.iter().map(ToString::to_string).collect();
    (open.collect(), unreadable)
}

fn unreadable(error: &IncidentsError) -> String {
    format!("{error}; {}", error.hint())
}

fn in_words(error: &ContainError) -> String {
    format!("{error}; {}", error.hint())
}

/// One incident and those who wait on it.
struct Worker {
    ticket: Ticket,
    settings: IncidentSettings,
    service: Arc<dyn KeyService>,
    permit: Option<WritePermit>,
    events: UnboundedSender<Event>,
    listeners: Listeners,
    commands: UnboundedReceiver<Command>,
}

impl Worker {
    async fn run(mut self, me: Option<Box<Me>>, begin: Begin) {
        let done = survives(self.work(me, begin)).await;
        let mistake = || Err("keydeck made a mistake here: its log says where; what was done is on disk".to_owned());
        if let Err(why) = done.unwrap_or_else(mistake) {
            self.say(Event::IncidentRefused(self.ticket, why));
        }
        self.listeners.remove(self.ticket);
        self.say(Event::IncidentReleased(self.ticket));
    }

    fn say(&self, happened: Event) {
        let _ = self.events.send(happened);
    }

    fn tell(&self, incident: &Incident, doing: Option<Effect>) {
        self.say(Event::Incident(self.ticket, Box::new(incident.clone()), doing));
    }

    async fn work(&mut self, me: Option<Box<Me>>, begin: Begin) -> Result<(), String> {
        let me = match me {
            Some(me) => *me,
            None => self.service.me().await.map_err(|error| format!("{}; {}", error.reason(), error.hint()))?,
        };
        let desk = Desk {
            service: Arc::clone(&self.service),
            permit: self.permit.clone().ok_or_else(ServiceError::read_only),
            me,
            profile: self.settings.profile.clone(),
            production: self.settings.production,
            state: self.settings.state.clone(),
            calls: self.listeners.add(self.ticket),
        };
        let open = match begin {
            Begin::Text(text) => Containment::begin(desk, self.taken(text), &self.settings.out).await,
            Begin::TakeUp(id) => Containment::take_up(desk, &id, None).await,
        };
        let mut containment = open.map_err(|error| in_words(&error))?;
        self.carry(&mut containment).await;
        Ok(())
    }

    /// The values in a text, which is wiped then.
    fn taken(&self, text: Secret) -> Taken {
        let service = &*self.service;
        let own_form = |value: &str| service.kind_of(value).is_some();
        let mut intake = Intake::new(&own_form);
        intake.feed(text.expose().as_bytes());
        drop(text);
        intake.finish()
    }

    /// Carries on until the console lets it go; commands are taken between two steps.
    async fn carry(&mut self, containment: &mut Containment) {
        let mut is_stopped = false;
        loop {
            let next = containment.next();
            let doing = match (&next, is_stopped) {
                (Next::Do(effect), false) => Some(*effect),
                _ => None,
            };
            if !is_stopped {
                self.tell(containment.incident(), doing);
            }
            let command = match self.commands.try_recv() {
                Ok(command) => Some(command),
                Err(TryRecvError::Disconnected) => return,
                Err(TryRecvError::Empty) => None,
            };
            let went = match (command, next, is_stopped) {
                (Some(command), ..) => self.take(containment, command).await,
                (None, Next::Do(effect), false) => self.step(effect, containment).await,
                (None, Next::Wait(_), false) => tokio::select! {
                    () = containment.rest() => Ok(ControlFlow::Continue(())),
                    command = self.commands.recv() => self.take_or_leave(containment, command).await,
                },
                (None, Next::Do(_) | Next::Wait(_) | Next::Ask(_) | Next::Over, _) => {
                    let command = self.commands.recv().await;
                    self.take_or_leave(containment, command).await
                }
            };
            match went {
                Ok(ControlFlow::Continue(())) => is_stopped = false,
                Ok(ControlFlow::Break(())) => return,
                Err(error) => {
                    is_stopped = true;
                    self.say(Event::IncidentRefused(self.ticket, in_words(&error)));
                }
            }
        }
    }

    async fn step(&self, effect: Effect, containment: &mut Containment) -> Result<ControlFlow<()>, ContainError> {
        let mut tell = |incident: &Incident| self.tell(incident, Some(effect));
        containment.step(&mut tell).await?;
        Ok(ControlFlow::Continue(()))
    }

    /// What a person says; nothing more comes once the console has let it go.
    async fn take_or_leave(
        &self,
        containment: &mut Containment,
        command: Option<Command>,
    ) -> Result<ControlFlow<()>, ContainError> {
        match command {
            Some(command) => self.take(containment, command).await,
            None => Ok(ControlFlow::Break(())),
        }
    }

    async fn take(&self, containment: &mut Containment, command: Command) -> Result<ControlFlow<()>, ContainError> {
        match command {
            Command::Continue => {}
            Command::Values(text) => {
                let taken = self.taken(text);
                if taken.values.is_empty() {
                    return Err(ContainError::NothingRecognised(taken.rest));
                }
                containment.paste(taken).await?;
            }
            Command::Decide(decision) => containment.decide(&decision).await?,
        }
        Ok(ControlFlow::Continue(()))
    }
}

#[cfg(test)]
mod tests;
