//! Containing a leak over a backend: what comes next of an [`Incident`] is carried out, each step on disk before it is
//! sent, and what it came to after.
//!
//! Values are in this process's memory only, kept out of swap where the system allows it. A value is sent to nobody but the
//! backend that mints values of its form, as the credential of a request; anybody else is told its hash or nothing.
//!
//! A face holds a [`Containment`], asks its [`incident`](Containment::incident) what comes [next](Incident::next), lets it
//! take that [`step`](Containment::step) or takes a [decision](Containment::decide) to it, and [rests](Containment::rest)
//! until a value is tried again.

mod act;
mod bundle;
mod error;
mod hunt;
mod prove;
mod resolve;
mod see;
mod values;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub use error::ContainError;
use values::Values;

use super::pace;
use crate::client::error::ServiceError;
use crate::client::{KeyService, WritePermit};
use crate::domain::call::CallNews;
use crate::domain::incident::{
    Act, Decision, Effect, Entry, Event, Incident, IncidentId, Next, Opened, Request, Taken, Trouble,
};
use crate::domain::key_value::KeyKind;
use crate::domain::present::Present;
use crate::domain::team::Me;
use crate::domain::time::Time;
use crate::fault::point;
use crate::local::incidents::{Incidents, Record};
use crate::system::user;

/// Told of the incident whenever something was put on its record, before the next thing is done.
pub type Told<'a> = dyn FnMut(&Incident) + Send + 'a;

/// Where an incident is worked on.
pub struct Desk {
    pub service: Arc<dyn KeyService>,
    /// Permission to change something, or why there is none.
    pub permit: Result<WritePermit, ServiceError>,
    pub me: Me,
    pub profile: String,
    /// Whether it is a production profile.
    pub production: bool,
    /// The state directory, in which the record is kept.
    pub state: PathBuf,
    /// The requests that are sent meanwhile.
    pub calls: CallLog,
}

/// The id of an incident that has no record.
fn not_kept(now: Time) -> IncidentId {
    Incidents::new_id(now).unwrap_or_else(|_| IncidentId("NOTKEPT".to_owned()))
}

/// Takes the requests that are sent down for the evidence. Whoever hears of calls hands them on here.
#[derive(Clone, Debug, Default)]
pub struct CallLog(Arc<Mutex<Vec<Request>>>);

impl CallLog {
    /// Takes a call down once it is over.
    pub fn hear(&self, news: &CallNews) {
        match news {
            CallNews::Ended(call) => self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Request::from(call)),
            CallNews::Began(_) | CallNews::Paused(_) => {}
        }
    }

    /// What was taken down since it was last asked.
    fn take(&self) -> Vec<Request> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// An incident that is being worked on, with the values that are at hand.
pub struct Containment {
    desk: Desk,
    incident: Incident,
    record: Option<Record>,
    /// What happened and could not be put on the record yet.
    backlog: Vec<Entry>,
    /// Why not all of it is on the record.
    unrecorded: Option<String>,
    values: Values,
    /// What the server, or the way to it, last failed with.
    failed: Option<ServiceError>,
}

/// Where the evidence of an incident that begins at `now` goes: a folder in `parent` that is not there yet.
pub fn bundle_folder(parent: &Path, now: Time) -> PathBuf {
    let name = format!("incident-{}", now.format("%Y%m%dT%H%M%SZ"));
    let first = parent.join(&name);
    let others = (2..).map(|number| parent.join(format!("{name}-{number}")));
    std::iter::once(first.clone()).chain(others).find(|folder| !folder.exists()).unwrap_or(first)
}

impl Containment {
    /// Begins an incident about what was taken from a text. Nothing is sent yet. Where it cannot be put on the record it goes
    /// on all the same and [says so](Self::unrecorded): a leak does not wait for a disk.
    ///
    /// # Errors
    /// When no whole value was in it.
    pub async fn begin(desk: Desk, taken: Taken, parent: &Path) -> Result<Self, ContainError> {
        if taken.values.is_empty() {
            return Err(ContainError::NothingRecognised(taken.rest));
        }
        let (opened, now) = Self::opened(&desk, parent);
        let (incident, record, unrecorded) = match Incidents::of(&desk.state).begin(opened.clone(), now).await {
            Ok((incident, record)) => (incident, Some(record), None),
            Err(error) => (Incident::new(not_kept(now), opened, now), None, Some(error.to_string())),
        };
        let mut containment = Self::new(desk, incident, record);
        containment.unrecorded = unrecorded;
        containment.paste(taken).await?;
        Ok(containment)
    }

    /// The same without a record, to look only: nothing is changed and no evidence is written.
    ///
    /// # Errors
    /// When no whole value was in it.
    pub async fn look_only(desk: Desk, taken: Taken) -> Result<Self, ContainError> {
        if taken.values.is_empty() {
            return Err(ContainError::NothingRecognised(taken.rest));
        }
        let (opened, now) = Self::opened(&desk, Path::new(""));
        let incident = Incident::new(not_kept(now), opened, now);
        let mut containment = Self::new(desk, incident, None);
        containment.paste(taken).await?;
        Ok(containment)
    }

    fn new(desk: Desk, incident: Incident, record: Option<Record>) -> Self {
        let (backlog, unrecorded, values, failed) = (Vec::new(), None, Values::default(), None);
        Self { desk, incident, record, backlog, unrecorded, values, failed }
    }

    fn opened(desk: &Desk, parent: &Path) -> (Opened, Time) {
        let present = desk.service.clock().present();
        let opened = Opened {
            profile: desk.profile.clone(),
            production: desk.production,
            address: desk.service.address(),
            user: desk.me.id,
            user_name: desk.me.name.clone(),
            admin: desk.me.is_admin(),
            own_key: desk.me.own_key.clone(),
            by: user().into(),
            bundle: bundle_folder(parent, present.now),
            asking_is_use: desk.service.proof().counts_as_use,
            page: desk.service.capabilities().page().map(str::to_owned),
        };
        (opened, present.now)
    }

    /// Takes up an incident that was cut short. The values went with the process that had them: what is still to be proven
    /// is until they are [pasted](Self::paste) again. `parent` is where the evidence goes from now on, if elsewhere.
    ///
    /// # Errors
    /// When another process is at it, it cannot be read, or it is of another server or user.
    pub async fn take_up(desk: Desk, id: &IncidentId, parent: Option<&Path>) -> Result<Self, ContainError> {
        let now = desk.service.clock().now();
        let (incident, record) = Incidents::of(&desk.state).take_up(id, now).await?;
        if !incident.is_of(&desk.service.address(), desk.me.id) {
            return Err(ContainError::Elsewhere(Box::new(incident.opened)));
        }
        let mut containment = Self::new(desk, incident, Some(record));
        let bundle = parent.map(|parent| bundle_folder(parent, now));
        containment.note(vec![Event::TakenUp { by: user().into(), bundle }]).await?;
        Ok(containment)
    }

    /// Takes values in, of which some may be known already. The text they were taken from is the caller's to wipe.
    ///
    /// # Errors
    /// When it is over.
    pub async fn paste(&mut self, taken: Taken) -> Result<(), ContainError> {
        let (mut given, mut again) = (Vec::new(), Vec::new());
        for (told, value) in taken.values {
            let Some(fingerprint) = told.fingerprint.clone() else { continue };
            match self.incident.position(&fingerprint) {
                Some(known) => again.push(known),
                None => given.push(told),
            }
            self.values.keep(fingerprint, value);
        }
        let mut events = Vec::new();
        if !again.is_empty() {
            events.push(Event::Given { subjects: again });
        }
        if !given.is_empty() || !taken.rest.is_empty() {
            events.push(Event::Pasted { values: given, rest: taken.rest });
        }
        self.note(events).await
    }

    /// The incident as it stands.
    pub fn incident(&self) -> &Incident {
        &self.incident
    }

    /// The backend.
    pub fn service(&self) -> Arc<dyn KeyService> {
        Arc::clone(&self.desk.service)
    }

    /// What time it is, as the server has it.
    pub fn present(&self) -> Present {
        self.desk.service.clock().present()
    }

    /// The present as the record has it: it never runs backwards, although what is known of the server's time gets more exact.
    pub fn now(&self) -> Time {
        let latest = self.incident.entries.iter().next_back().map(|entry| entry.at);
        self.present().now.max(latest.unwrap_or_default())
    }

    /// What comes next.
    pub fn next(&self) -> Next {
        self.incident.next(self.now())
    }

    /// Whether the values at hand are kept out of swap; none where there are none.
    pub fn is_locked(&self) -> Option<bool> {
        self.values.is_locked()
    }

    /// Why not all of it is on the record on this machine: cut short now, it could not be taken up from where it is.
    pub fn unrecorded(&self) -> Option<&str> {
        self.unrecorded.as_deref()
    }

    /// What the server, or the way to it, last failed with, so that a [trouble](Incident::trouble) came of it.
    pub fn failed(&self) -> Option<&ServiceError> {
        self.failed.as_ref()
    }

    /// Carries out what comes next, if that is an effect, and says which it was. What the server refuses, or does not
    /// answer, is no error but on the record.
    ///
    /// # Errors
    /// When it is over.
    pub async fn step(&mut self, told: &mut Told<'_>) -> Result<Option<Effect>, ContainError> {
        let Next::Do(effect) = self.next() else { return Ok(None) };
        point!("contain.{}.before", effect.name());
        match effect {
            Effect::See => self.see().await?,
            Effect::Probe(subject) => self.probe(subject).await?,
            Effect::Act => self.act(told).await?,
            Effect::ReadBack => self.read_back().await?,
            Effect::Prove(subject) => self.prove(subject).await?,
            Effect::Resolve => self.resolve().await?,
            Effect::Hunt => self.hunt().await?,
            Effect::Write => self.write().await?,
        }
        point!("contain.{}.after", effect.name());
        told(&self.incident);
        self.end_if_over().await?;
        Ok(Some(effect))
    }

    /// Takes a person's decision.
    ///
    /// # Errors
    /// When it cannot be taken, which changes nothing.
    pub async fn decide(&mut self, decision: &Decision) -> Result<(), ContainError> {
        let events = self.incident.decide(decision, self.present())?;
        self.note(events).await?;
        self.end_if_over().await
    }

    /// Waits until a value is tried again, or for a second where that is sooner, so that a countdown can be shown.
    pub async fn rest(&self) {
        let Next::Wait(until) = self.next() else { return };
        let left = (until - self.now()).to_std().unwrap_or_default();
        pace::sleep(left.min(Duration::from_secs(1))).await;
    }

    /// Puts events on the record, with the requests that were sent meanwhile, and takes them in.
    async fn note(&mut self, events: Vec<Event>) -> Result<(), ContainError> {
        let now = self.now();
        let called =
            self.desk.calls.take().into_iter().map(|request| Entry { at: request.at, event: Event::Called(request) });
        let entries: Vec<Entry> = called.chain(events.into_iter().map(|event| Entry { at: now, event })).collect();
        if self.incident.over {
            return Err(ContainError::Over);
        }
        if let Some(record) = &mut self.record {
            self.backlog.extend(entries.iter().cloned());
            match record.append(&self.backlog).await {
                Ok(()) => {
                    self.backlog.clear();
                    self.unrecorded = None;
                }
                // it is tried again with the next event: what is to be done about a leak does not wait for a disk
                Err(error) => self.unrecorded = Some(error.to_string()),
            }
        }
        for entry in entries {
            self.incident.apply(entry);
        }
        Ok(())
    }

    /// Notes that something did not work and needs a person.
    async fn trouble(&mut self, effect: Effect, error: &ServiceError) -> Result<(), ContainError> {
        let why = format!("{}; {}", error.reason(), error.hint()).into();
        self.failed = Some(error.clone());
        self.note(vec![Event::Troubled(Trouble { effect, why })]).await
    }

    /// Closes the record once nothing is left to do. One that was written down as it stands stays open, so that it can be
    /// taken up again.
    async fn end_if_over(&mut self) -> Result<(), ContainError> {
        let now = self.now();
        let is_sent = self.incident.subjects.iter().any(|subject| matches!(subject.act, Act::Sent { .. }));
        let settled = !self.incident.as_it_stands || self.incident.is_contained(now);
        if self.incident.over || self.incident.next(now) != Next::Over || !settled || is_sent {
            return Ok(());
        }
        self.note(vec![Event::Closed]).await?;
        self.values.wipe();
        if let Some(record) = self.record.take()
            && let Err(error) = record.close().await
        {
            self.unrecorded = Some(error.to_string());
        }
        Ok(())
    }

    fn kind_of(&self, subject: usize) -> KeyKind {
        let facts = self.incident.subjects.get(subject).and_then(crate::domain::incident::Subject::facts);
        facts.map_or(KeyKind::ApiKey, crate::domain::incident::Facts::kind)
    }
}

#[cfg(test)]
mod tests;
