//! The passes: noting what time has to tell, and sending all that is due.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{Failure, NoticeSettings, letter};
use crate::domain::notice::Occasion;
use crate::domain::time::{Time, When};
use crate::domain::untrusted::visible;
use crate::domain::values::masked;
use crate::fault;
use crate::server::app::App;
use crate::server::clock::Clock;
use crate::server::error::ServerError;
use crate::server::store::Store;
use crate::server::store::engine::Result;
use crate::server::store::outbox::{self, Attempt, Message, Notice, Recipients};
use crate::server::store::team::{self, Team, User};

/// The longest wait between two attempts.
const LONGEST: TimeDelta = TimeDelta::hours(1);
/// How long it is tried to send something, from the first attempt on.
const PATIENCE: TimeDelta = TimeDelta::hours(24);
/// How long one way may take: less than others are kept from the message.
const LONGEST_WAY: Duration = Duration::from_secs(80);
/// The most of a problem that is kept, in characters.
const LONGEST_PROBLEM: usize = 500;

/// How long it is waited after so many attempts: a minute, then twice as long each time, an hour at the most.
fn wait(attempts: i64) -> TimeDelta {
    let minutes = 1_i64 << attempts.clamp(0, 6);
    TimeDelta::minutes(minutes).min(LONGEST)
}

/// When it is tried again after so many attempts and one more, of which the first was at `since`; none: never.
fn next(attempts: i64, since: Time, now: Time) -> Option<Time> {
    Some(now + wait(attempts)).filter(|next| *next < since + PATIENCE)
}

/// Notes what is to be told and sends it, looking `every` so often, until the server stops.
pub async fn run(app: Arc<App>, every: Duration, quiet: Duration, shutdown: CancellationToken) {
    let quiet = TimeDelta::from_std(quiet).unwrap_or_default();
    loop {
        let teller = Teller {
            store: app.store.clone(),
            team: app.team.clone(),
            clock: app.clock.clone(),
            ways: app.configured().notices.clone(),
            quiet,
        };
        if let Err(error) = teller.pass(&shutdown).await {
            tracing::error!(%error, "notices could not be sent; trying again");
        }
        if shutdown.run_until_cancelled(tokio::time::sleep(every)).await.is_none() {
            return;
        }
    }
}

/// Whoever sends what a database has to tell.
pub struct Teller {
    store: Store,
    team: Team,
    clock: Clock,
    ways: NoticeSettings,
    /// How long nothing more of a kind has to come for somebody before what waits is sent.
    quiet: TimeDelta,
}

impl Teller {
    /// One that goes at it when asked, as one more server on the database would; it waits for no more of a kind.
    ///
    /// # Errors
    /// When the database cannot be opened, or holds no team.
    pub async fn open(database: &str, clock: Clock, ways: NoticeSettings) -> std::result::Result<Self, ServerError> {
        let store = Store::open(database).await?;
        let Some(team) = Team::load(store.reads()).await? else {
            let database = crate::server::store::Location::parse(database)?.to_string();
            return Err(ServerError::NotInitialised { database });
        };
        Ok(Self { store, team, clock, ways, quiet: TimeDelta::zero() })
    }

    /// Does once what a server does every few seconds: notes what is to be told, and sends all that is due.
    ///
    /// # Errors
    /// When the database fails; a way that fails is noted with what was to be sent.
    pub async fn tell(&self) -> std::result::Result<(), ServerError> {
        Ok(self.pass(&CancellationToken::new()).await?)
    }

    /// Lets the database go.
    pub async fn close(self) {
        self.store.close().await;
    }

    /// One pass: all that is due.
    async fn pass(&self, shutdown: &CancellationToken) -> Result<()> {
        self.expiring().await?;
        if self.ways.ways().is_empty() {
            return self.put_off(shutdown).await;
        }
        let mut over = false;
        while !shutdown.is_cancelled()
            && let Some(id) = outbox::due(&self.store, self.quiet, self.clock.now()).await?
        {
            let Some(message) = self.take(&id).await? else { continue };
            fault::point!("notice.claimed");
            let attempt = self.send(&message).await;
            fault::point!("notice.accepted");
            let mut from = Some(String::new());
            while let Some(after) = from {
                let mut write = self.store.write().await?;
                from = outbox::record(&mut write, &message, &attempt, &after, self.clock.now()).await?;
                write.commit().await?;
            }
            fault::point!("notice.recorded");
            over = true;
        }
        if over { self.clean().await } else { Ok(()) }
    }

    /// Notes that there is no way to send what is due: most servers that were never told of one want none.
    async fn put_off(&self, shutdown: &CancellationToken) -> Result<()> {
        let mut over = false;
        while !shutdown.is_cancelled() && outbox::waits(self.store.reads(), self.clock.now()).await? {
            let (mut write, now) = (self.store.write().await?, self.clock.now());
            let problem = "no way to send is configured";
            outbox::put_off(&mut write, problem, |attempts, since| next(attempts, since, now), now).await?;
            write.commit().await?;
            over = true;
        }
        if over { self.clean().await } else { Ok(()) }
    }

    /// Removes what is over for long.
    async fn clean(&self) -> Result<()> {
        loop {
            let mut write = self.store.write().await?;
            let more = outbox::clean(&mut write, self.clock.now()).await?;
            write.commit().await?;
            if !more {
                return Ok(());
            }
        }
    }

    /// Takes the message of a notice that is due, unless another server has it by now or nothing is left of it.
    async fn take(&self, id: &str) -> Result<Option<Message>> {
        let mut write = self.store.write().await?;
        let Some(mut taking) = outbox::take(&mut write, id, self.quiet, self.clock.now()).await? else {
            write.commit().await?;
            return Ok(None);
        };
        while !taking.go_on(&mut write, self.clock.now()).await? {
            write.commit().await?;
            write = self.store.write().await?;
        }
        let message = taking.message(&mut write).await?;
        write.commit().await?;
        Ok(message)
    }

    /// Sends a message each way that it did not go yet.
    async fn send(&self, message: &Message) -> Attempt {
        let ways = self.ways.ways();
        let (mut gone, mut problem) = (message.ways.clone(), None);
        // a way that may take it later keeps the message waiting
        let mut for_good = true;
        match letter::write(message, &self.team.name) {
            Ok(letter) => {
                for way in ways.iter().filter(|way| !message.ways.iter().any(|gone| gone == *way)) {
                    let sent = tokio::time::timeout(LONGEST_WAY, self.ways.send(way, &letter, self.clock.now())).await;
                    match sent.unwrap_or_else(|_| Err(Failure::from("it took too long".to_owned()))) {
                        Ok(()) => gone.push((*way).to_owned()),
                        Err(failure) => {
                            for_good &= failure.for_good;
                            problem = Some(shown(&format!("{way}: {}", failure.why)));
                        }
                    }
                }
            }
            Err(error) => {
                for_good = false;
                problem = Some(format!("it cannot be written: {error}"));
            }
        }
        let now = self.clock.now();
        let refused = for_good && problem.is_some();
        let since = message.first_try.time().unwrap_or(now);
        let next = next(message.attempts, since, now).filter(|_| !refused);
        let (message, attempts) = (&message.name, message.attempts + 1);
        if let Some(problem) = &problem {
            if next.is_some() {
                tracing::warn!(message, attempts, "a notice was not sent, and is tried again: {problem}");
            } else if refused {
                tracing::error!(message, attempts, "a notice was refused for good, and is given up: {problem}");
            } else {
                tracing::error!(message, attempts, "a notice was not sent in a day, and is given up: {problem}");
            }
        }
        Attempt { ways: gone, problem, next }
    }

    /// Notes which keys are about to expire, at each of the days that the team's settings name: of those that were missed the
    /// most urgent one.
    async fn expiring(&self) -> Result<()> {
        let now = self.clock.now();
        let settings = team::settings(self.store.reads()).await?;
        let mut days: Vec<i64> = settings.notify_before_days.iter().copied().filter(|days| *days > 0).collect();
        days.sort_unstable();
        days.dedup();
        let mut sooner = 0;
        for days in days {
            let mut last = None;
            loop {
                // found before others wait, each key once
                let found = outbox::expiring(self.store.reads(), days, sooner, last.as_ref(), now).await?;
                if found.is_empty() {
                    break;
                }
                let mut write = self.store.write().await?;
                let keys = outbox::still_expiring(write.on(), &found, days, now).await?;
                last = found.into_iter().last();
                let owners = User::by_ids(write.on(), keys.iter().map(|key| key.owner_id)).await?;
                let told = keys.iter().map(|key| {
                    let notice = Notice {
                        occasion: Occasion::Expiring,
                        key_id: &key.id,
                        key_name: &key.name,
                        at: When::from_wire(&key.expires_at).time().unwrap_or(now),
                        by: None,
                        why: None,
                        note: None,
                        more: Value::Null,
                        about: Some(key.about(days)),
                    };
                    (notice, Recipients::before_expiry(owners.get(&key.owner_id), &key.contacts))
                });
                let told: Vec<(Notice<'_>, Recipients)> = told.collect();
                outbox::put_all(&mut write, &told, now).await?;
                fault::point!("notice.noted");
                write.commit().await?;
            }
            sooner = days;
        }
        Ok(())
    }
}

/// What a server said, within bounds and with nothing hostile or secret in it.
fn shown(problem: &str) -> String {
    let safe = visible(&masked(problem)).into_owned();
    safe.chars().take(LONGEST_PROBLEM).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_waited_longer_and_longer() {
        let minutes: Vec<i64> = (0..9).map(|attempts| wait(attempts).num_minutes()).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }
}
