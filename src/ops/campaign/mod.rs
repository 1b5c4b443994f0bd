//! Carrying a campaign out: what comes next of a [`Campaign`] is done, each step on disk before it is, by the rotations that
//! [`ops::rotate`](crate::ops::rotate) knows and no other way.
//!
//! Looking at a campaign needs no permit and no lock; going on with it needs both ([`Running`]).

mod drive;
mod error;
mod world;

use std::path::PathBuf;
use std::sync::Arc;

pub use drive::{Way, drive};
pub use error::CampaignError;
pub use world::World;

use crate::client::KeyService;
use crate::client::error::ErrorKind;
use crate::domain::campaign::{Campaign, CampaignId, Entry, Event, Next, Opened, Standing, State, Stopped, stand};
use crate::domain::filter::Query;
use crate::domain::key::Key;
use crate::domain::rotation::{Defaults, OldKey, Plan, Reason, RotationId, Saved};
use crate::domain::settings::Settings;
use crate::domain::team::Me;
use crate::domain::time::Time;
use crate::fault::point;
use crate::local::campaigns::{Campaigns, Record};
use crate::local::journal::LockError;
use crate::ops::rotate::batch::Batch;
use crate::ops::rotate::{Executor, RotateError};
use crate::system::user;

/// Where a campaign is worked on.
pub struct Desk {
    pub service: Arc<dyn KeyService>,
    pub me: Me,
    pub profile: String,
    /// The state directory, in which the record and the journal are kept.
    pub state: PathBuf,
    /// Where new values go, by the keys' names.
    pub saved: Defaults,
}

/// Told whenever something was put on the record: the campaign, and which key it was about, by its number.
pub type Told<'a> = dyn FnMut(&Campaign, Option<usize>) + Send + 'a;

/// How far a run may go.
pub struct Limits<'a> {
    /// How many waves are begun at most; none for all.
    pub waves: Option<usize>,
    /// Asked before each step; what it says ends the run between two steps.
    pub stop: &'a (dyn Fn() -> bool + Sync),
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ran {
    /// As far as it goes now.
    Through,
    /// A person, or the number of waves, ended it before.
    Halted,
}

/// The filter of a campaign.
///
/// # Errors
/// When it is none that this version understands.
pub fn query(campaign: &Campaign) -> Result<Query, CampaignError> {
    Query::parse(&campaign.opened.filter).map_err(|error| CampaignError::Filter(error.to_string()))
}

/// A campaign as it stands now by the server and this machine's rotations; nothing goes on the record.
///
/// # Errors
/// When it cannot be seen, or the campaign is another server's or user's.
pub async fn seen(desk: &Desk, mut campaign: Campaign) -> Result<Campaign, CampaignError> {
    is_here(desk, &campaign)?;
    if campaign.over.is_some() {
        return Ok(campaign);
    }
    let (query, present) = (query(&campaign)?, desk.service.clock().present());
    let world = World::read(desk, campaign.opened.team).await?;
    for event in world.look(&campaign, &query, desk, present) {
        campaign.apply(Entry { at: present.now, event });
    }
    Ok(campaign)
}

fn is_here(desk: &Desk, campaign: &Campaign) -> Result<(), CampaignError> {
    if campaign.is_of(&desk.service.address(), desk.me.id) {
        return Ok(());
    }
    Err(CampaignError::Elsewhere(Box::new(campaign.opened.clone())))
}

/// A campaign that this process goes on with, held so that no other does.
pub struct Running {
    desk: Desk,
    campaign: Campaign,
    record: Record,
    /// What was seen last.
    world: Option<World>,
    resumed: bool,
}

impl Running {
    /// Begins a campaign: from now on its list is on disk.
    ///
    /// # Errors
    /// When it cannot be recorded.
    pub async fn begin(desk: Desk, opened: Opened) -> Result<Self, CampaignError> {
        let now = desk.service.clock().now();
        let (campaign, record) = Campaigns::of(&desk.state).begin(opened, now).await?;
        Ok(Self { desk, campaign, record, world: None, resumed: false })
    }

    /// Takes up a campaign that was begun before; `resumed`: a person looked at what had failed.
    ///
    /// # Errors
    /// When another process is at it, it cannot be read, or it is another server's or user's.
    pub async fn take_up(desk: Desk, id: &CampaignId, resumed: bool) -> Result<Self, CampaignError> {
        let now = desk.service.clock().now();
        let (campaign, record) = Campaigns::of(&desk.state).take_up(id, now).await?;
        is_here(&desk, &campaign)?;
        let mut running = Self { desk, campaign, record, world: None, resumed };
        if running.campaign.over.is_none() {
            running.note(vec![Event::TakenUp { by: user().into(), resumed }]).await?;
        }
        Ok(running)
    }

    /// The campaign as it stands.
    pub fn campaign(&self) -> &Campaign {
        &self.campaign
    }

    /// The present, as the server has it.
    pub fn now(&self) -> Time {
        self.desk.service.clock().now()
    }

    /// Holds it against the server, once since it was taken up. Nothing is changed there.
    ///
    /// # Errors
    /// When that cannot be done or recorded.
    pub async fn look(&mut self) -> Result<(), CampaignError> {
        if self.campaign.over.is_some() {
            return Ok(());
        }
        point!("campaign.look.before");
        let query = query(&self.campaign)?;
        let world = World::read(&self.desk, self.campaign.opened.team).await?;
        let events = world.look(&self.campaign, &query, &self.desk, self.desk.service.clock().present());
        self.world = Some(world);
        self.note(events).await?;
        self.close().await
    }

    /// Says that it is over, once all keys are settled.
    async fn close(&mut self) -> Result<(), CampaignError> {
        if self.campaign.next() == Next::Close {
            self.note(vec![Event::Closed { by: user().into(), early: false }]).await?;
        }
        Ok(())
    }

    /// Ends it although keys are left: nothing more is begun. What is under way is left as it is.
    ///
    /// # Errors
    /// When that cannot be recorded.
    pub async fn end(&mut self) -> Result<(), CampaignError> {
        self.note(vec![Event::Closed { by: user().into(), early: true }]).await
    }

    /// Goes on as far as it goes now: rotations that were begun, then waves, one key first, until all are begun, a key fails,
    /// or it is to stop.
    ///
    /// # Errors
    /// When the server cannot be asked, or what happens cannot be recorded; nothing was begun then that is not on the record.
    pub async fn go(
        &mut self,
        executor: &Executor<'_>,
        limits: &Limits<'_>,
        told: &mut Told<'_>,
    ) -> Result<Ran, CampaignError> {
        let settings = self.desk.service.settings().await.ok();
        let mut waves = 0;
        loop {
            if (limits.stop)() {
                return Ok(Ran::Halted);
            }
            match self.campaign.next() {
                Next::Look => self.look().await?,
                Next::Carry(key) => {
                    if !self.carry(key, executor, limits.stop).await? {
                        return Ok(Ran::Halted);
                    }
                    told(&self.campaign, Some(key));
                }
                Next::Begin(key) => {
                    // what this process did not see itself it begins nothing by
                    if self.world.is_none() {
                        self.look().await?;
                        continue;
                    }
                    if !self.begin_key(key, executor, settings.as_ref(), limits.stop).await? {
                        return Ok(Ran::Halted);
                    }
                    told(&self.campaign, Some(key));
                }
                Next::Wave(_) if limits.waves.is_some_and(|most| waves >= most) => return Ok(Ran::Halted),
                Next::Wave(keys) => {
                    waves += 1;
                    self.note(vec![Event::WaveBegun { keys }]).await?;
                    told(&self.campaign, None);
                }
                Next::Close => {
                    self.close().await?;
                    told(&self.campaign, None);
                }
                Next::Stopped(_) | Next::Rest | Next::Over => return Ok(Ran::Through),
            }
        }
    }

    /// Goes on with a key's rotation; false where it was to stop midway.
    async fn carry(
        &mut self,
        key: usize,
        executor: &Executor<'_>,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<bool, CampaignError> {
        let Some(id) = self.campaign.members[key].rotation.clone() else { return Ok(true) };
        let (mut rotation, _lock) = match executor.resume(&id.0).await {
            Ok(resumed) => resumed,
            Err(error) => {
                self.failed(key, &id, &error).await?;
                return Ok(true);
            }
        };
        if self.resumed
            && let Err(error) = drive::try_again(executor, &mut rotation).await
        {
            self.failed(key, &id, &error).await?;
            return Ok(true);
        }
        let way = drive(executor, &mut rotation, stop).await;
        if rotation.phase.is_over() {
            self.tell_of(executor, &rotation).await;
        }
        self.came(key, &id, way).await
    }

    /// Begins a key's rotation, unless something has taken its place since it was seen; false where it was to stop midway.
    async fn begin_key(
        &mut self,
        key: usize,
        executor: &Executor<'_>,
        settings: Option<&Settings>,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<bool, CampaignError> {
        let Some((standing, found)) = self.once_more(key).await? else { return Ok(true) };
        let Some((now_key, saved)) = found else {
            self.note(vec![Event::Stands { key, standing, nothing_made: false }]).await?;
            return Ok(true);
        };
        let now = self.now();
        let mut plan = Plan::draft(&now_key, settings, now);
        saved.apply(&mut plan);
        plan.reason = Reason::Other(format!("campaign {}", self.campaign.opened.name.visible()));
        let old = OldKey::of(&now_key, self.desk.me.own_key.as_ref());
        let mut batch = match Batch::of(vec![(plan, old)], &self.desk.profile, &*self.desk.service, now) {
            Ok(batch) => batch,
            Err(error) => {
                self.refused(key, &error).await?;
                return Ok(true);
            }
        };
        let Some(id) = batch.rotations().next().map(|rotation| rotation.id.clone()) else { return Ok(true) };
        self.note(vec![Event::Begins { key, rotation: id.clone() }]).await?;
        point!("campaign.begins.after");
        if let Err(error) = batch.begin(0, executor).await {
            self.failed(key, &id, &error).await?;
            return Ok(true);
        }
        let member = &mut batch.members[0];
        let way = drive(executor, &mut member.rotation, stop).await;
        member.unlock();
        if member.rotation.phase.is_over() {
            self.tell_of(executor, &member.rotation).await;
        }
        self.came(key, &id, way).await
    }

    /// How a key stands now, asked of the server once more, with the key and its places where it may begin. None where it is
    /// not known to the world.
    async fn once_more(&self, key: usize) -> Result<Option<(Standing, Option<(Key, Saved)>)>, CampaignError> {
        let (member, Some(world)) = (&self.campaign.members[key], &self.world) else { return Ok(None) };
        let asked = match self.desk.service.api_key(&member.subject.id).await {
            Ok(mut asked) => {
                // what only the list tells
                if let Some(listed) = world.key(&asked.id) {
                    asked.exposed = listed.exposed;
                }
                Some(asked)
            }
            Err(error) if error.kind == ErrorKind::NotFound => None,
            Err(error) => return Err(error.into()),
        };
        let mut sight = world.sight(member, asked.as_ref(), self.campaign.started, &self.desk);
        let replaced_by = asked.as_ref().and_then(|key| key.rotated_to.clone());
        let new = match &replaced_by {
            // made after the list was read: whether it lives is asked
            Some(id) if sight.successor.is_none() => self.desk.service.api_key(id).await.ok(),
            _ => None,
        };
        sight.successor =
            sight.successor.or(new.as_ref().filter(|new| new.status != crate::domain::key::Status::Revoked));
        let standing = stand(&member.subject, &sight, self.desk.service.clock().present());
        let begins = standing == Standing::NotBegun { ours: true };
        let found = asked.filter(|_| begins).and_then(|asked| {
            let (_, saved) = world.turn(&asked, &self.desk);
            Some((asked, saved?))
        });
        Ok(Some((standing, found)))
    }

    /// Takes in how far a rotation went.
    async fn came(
        &mut self,
        key: usize,
        id: &RotationId,
        way: Result<Way, RotateError>,
    ) -> Result<bool, CampaignError> {
        match way {
            Ok(Way::Stopped) => Ok(false),
            Ok(Way::Went { standing, nothing_made }) => {
                let failed = (standing.state() == State::Needs).then(|| standing.says());
                let mut events = vec![Event::Stands { key, standing, nothing_made }];
                events.extend(failed.map(|why| Event::Stopped(Stopped { key, why: why.into() })));
                self.note(events).await?;
                Ok(true)
            }
            Err(error) => {
                self.failed(key, id, &error).await?;
                Ok(true)
            }
        }
    }

    /// A key's rotation cannot go on for a reason that is not of its own steps.
    async fn failed(&mut self, key: usize, id: &RotationId, error: &RotateError) -> Result<(), CampaignError> {
        let run = Some(format!("keydeck rotations resume {id}"));
        if let RotateError::Locked(LockError::Taken(..)) = error {
            // somebody is at it: that is no failure, and it is seen the next time
            let standing = Standing::UnderWay { says: error.to_string().into(), until: None.into() };
            return self.note(vec![Event::Stands { key, standing, nothing_made: false }]).await;
        }
        let says = format!("{error}; {}", error.hint());
        let stopped = Stopped { key, why: says.as_str().into() };
        let standing = Standing::Needs { says: says.into(), run };
        self.note(vec![Event::Stands { key, standing, nothing_made: false }, Event::Stopped(stopped)]).await
    }

    /// A key cannot be planned for.
    async fn refused(&mut self, key: usize, error: &RotateError) -> Result<(), CampaignError> {
        let says = format!("{error}; {}", error.hint());
        let run = Some(format!("keydeck rotate {} --dry-run", self.campaign.members[key].subject.id));
        let stopped = Stopped { key, why: says.as_str().into() };
        let standing = Standing::Needs { says: says.into(), run };
        self.note(vec![Event::Stands { key, standing, nothing_made: true }, Event::Stopped(stopped)]).await
    }

    /// Writes the summary of a rotation that is over; the rotation is not touched where that fails.
    async fn tell_of(&self, executor: &Executor<'_>, rotation: &crate::domain::rotation::Rotation) {
        if let Err(error) = executor.summarise(rotation, &self.desk.state).await {
            tracing::warn!(%error, "the summary of a rotation is not written");
        }
    }

    /// Puts events on the record and takes them in.
    async fn note(&mut self, events: Vec<Event>) -> Result<(), CampaignError> {
        let at = self.now();
        let entries: Vec<Entry> = events.into_iter().map(|event| Entry { at, event }).collect();
        self.record.append(&entries).await?;
        for entry in entries {
            self.campaign.apply(entry);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
