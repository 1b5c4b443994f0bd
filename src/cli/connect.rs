//! The way from the command line to a server.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::keeper::{self, Keeper};
use super::output::Output;
use super::{sign_in, signals};
use crate::client::capabilities::Capability;
use crate::client::error::{ErrorKind, ServiceError};
use crate::client::{self, InFlight, KeyService, ServerClock, WritePermit};
use crate::config::{Config, Credential, Environment, KeySource, Paths, Session};
use crate::domain::call::Pause;
use crate::domain::secret::Secret;
use crate::domain::team::Me;
use crate::domain::time::{Time, length};
use crate::domain::untrusted::visible;
use crate::ops::tracking;

/// How long nobody is told anything while a server is silent.
const SILENCE: Duration = Duration::from_secs(3);
/// How long the next word about it waits.
const AGAIN: Duration = Duration::from_secs(15);

/// The configuration, and the server and key that flag, environment and file choose.
pub async fn choose(paths: &Paths, profile: Option<&str>, config: Option<&Path>) -> anyhow::Result<(Config, Session)> {
    let config = Config::load(config, &paths.config_file())?;
    let keeper = Keeper::of(paths);
    let choosing = Session::choose(&config, profile, Environment::of_process()?, &keeper);
    let is_program = |source: &KeySource| matches!(source, KeySource::From(Credential::Command(_)));
    let runs_programs = config.profiles.values().any(|profile| is_program(&profile.credential));
    let mut session = if runs_programs { signals::ending_programs(choosing).await?? } else { choosing.await? };
    session.state = Some(paths.state().to_owned());
    tracing::info!(profile = %visible(&session.profile), "profile chosen");
    Ok((config, session))
}

/// The same for a command that changes something: a read-only profile is for looking and for a `dry_run` only.
pub async fn choose_to_change(
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    dry_run: bool,
) -> anyhow::Result<(Config, Session)> {
    let (config, session) = choose(paths, profile, config).await?;
    if !dry_run {
        WritePermit::unless_read_only(session.read_only)?;
    }
    Ok((config, session))
}

/// Says that the server or its rate limit is waited for, and until when, as soon as nothing has happened for [`SILENCE`];
/// not again before [`AGAIN`].
async fn say_waiting(mut calls: watch::Receiver<InFlight>, clock: ServerClock, address: String, say: impl Fn(&str)) {
    let mut said: Option<Instant> = None;
    loop {
        let seen = *calls.borrow_and_update();
        let words = waiting(&seen, &address, clock.now());
        let changed = calls.changed();
        let Some(words) = words else {
            if changed.await.is_err() {
                return;
            }
            continue;
        };
        let patience = said.map_or(SILENCE, |at| SILENCE.max(AGAIN.saturating_sub(at.elapsed())));
        match tokio::time::timeout(patience, changed).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return,
            Err(_) => {
                said = Some(Instant::now());
                say(&words);
                if calls.changed().await.is_err() {
                    return;
                }
            }
        }
    }
}

/// What is waited for, for whom and until when; none where nothing is.
fn waiting(seen: &InFlight, address: &str, now: Time) -> Option<String> {
    let clock = |at: Time| at.format("%H:%M:%S UTC").to_string();
    match seen.pause.filter(|pause| pause.until > now) {
        Some(Pause { until, limited: true, asked }) => {
            let asked = asked.map(|seconds| format!(", as it asks to wait {}", length(seconds))).unwrap_or_default();
            Some(format!("waiting for the rate limit of {address} until {}{asked}", clock(until)))
        }
        Some(Pause { until, .. }) => Some(format!("waiting to ask {address} again at {}", clock(until))),
        None if seen.waiting == 0 => None,
        None => {
            let until = seen.until.filter(|until| *until > now);
            let until = until.map(|until| format!(", until {} at the latest", clock(until))).unwrap_or_default();
            Some(format!("waiting for {address} to answer{until}"))
        }
    }
}

/// Says on standard error for what `service` waits, from now on.
fn tell_waiting(service: &dyn KeyService) {
    tokio::spawn(say_waiting(service.in_flight(), service.clock().clone(), service.address(), Output::say_beside));
}

/// The session's server, of which nobody asks yet who we are.
pub fn unasked(session: &Session) -> Result<Arc<dyn KeyService>, ServiceError> {
    let service = client::open(session)?;
    tell_waiting(&*service);
    Ok(service)
}

/// A server, who asks it, and how careful to be.
pub struct Connection {
    pub service: Arc<dyn KeyService>,
    /// Who asks.
    pub me: Me,
    /// Permission to change something, or why there is none.
    pub permit: Result<WritePermit, ServiceError>,
    pub profile: String,
    /// Whether the profile is a production one.
    pub production: bool,
}

impl Connection {
    /// Asks the session's server who we are. Says so when this machine's clock is off.
    pub async fn open(session: Session, output: &mut Output) -> Result<Self, ServiceError> {
        Self::open_with(session, None, output).await
    }

    /// The same with `key` in place of the session's own, where there is one.
    pub async fn open_with(session: Session, key: Option<Secret>, output: &mut Output) -> Result<Self, ServiceError> {
        Ok(Self::open_beside(session, key, output, async |_| ()).await?.0)
    }

    /// The same, and beside the question who we are what does not depend on its answer, so that both take one round trip. What
    /// was asked beside comes to nothing where we are nobody.
    pub async fn open_beside<T>(
        session: Session,
        key: Option<Secret>,
        output: &mut Output,
        beside: impl AsyncFnOnce(&dyn KeyService) -> T,
    ) -> Result<(Self, T), ServiceError> {
        let opened = client::open(&session)?;
        let mut service = tracking::over(opened, session.state.as_deref(), &session.profile, &session.key);
        if let Some(key) = key {
            service = service.with_key(key)?;
        }
        tell_waiting(&*service);
        let (me, beside) = if service.sign_in().is_some() {
            // one after the other: somebody may have to log in first
            let me = match service.me().await {
                Err(error) if error.kind == ErrorKind::Unauthenticated => {
                    sign_in::again(&session, &*service, error, output).await?
                }
                me => me?,
            };
            if let Some(state) = &session.state {
                keeper::follow(state, &session.profile, &session.base_url, &service);
            }
            (me, beside(&*service).await)
        } else {
            let (me, beside) = tokio::join!(service.me(), beside(&*service));
            (me?, beside)
        };
        output.keep_time_by(service.clock().clone());
        let permit = WritePermit::unless_read_only(session.read_only);
        Ok((Self { service, me, permit, profile: session.profile, production: session.production }, beside))
    }

    /// Permission to change something.
    pub fn permit(&self) -> Result<&WritePermit, ServiceError> {
        self.permit.as_ref().map_err(Clone::clone)
    }

    /// The present, as the server has it.
    pub fn now(&self) -> Time {
        self.service.clock().now()
    }

    /// The profile as reviews name it.
    pub fn named(&self) -> String {
        format!("profile {}{}", self.profile, if self.production { ", PRODUCTION" } else { "" })
    }

    /// Whether the backend can do it.
    pub fn has(&self, capability: Capability) -> bool {
        self.service.capabilities().has(capability)
    }

    /// Refuses what the backend cannot do.
    pub fn require(&self, needed: impl IntoIterator<Item = Capability>) -> Result<(), ServiceError> {
        self.service.capabilities().require(needed, &self.service.address())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::exit::{Exit, hint};
    use crate::cli::{named, rows};
    use crate::client::Scope;
    use crate::client::capabilities::Capabilities;
    use crate::client::fake::FakeService;
    use crate::domain::filter::Query;
    use crate::domain::key::Key;

    #[test]
    fn it_is_said_for_whom_and_until_when_it_waits() {
        let now = crate::domain::time::When::from_wire("2026-11-21T08:30:00Z").time().unwrap();
        let said = |seen: InFlight| waiting(&seen, "https://keys.team.example", now).unwrap_or_default();
        let until = now + chrono::TimeDelta::seconds(20);
        let asking = InFlight { waiting: 1, until: Some(until), ..InFlight::default() };
        assert_eq!(said(asking), "waiting for https://keys.team.example to answer, until 08:30:20 UTC at the latest");
        let limited = Pause { until, limited: true, asked: Some(20) };
        assert_eq!(
            said(InFlight { pause: Some(limited), ..asking }),
            "waiting for the rate limit of https://keys.team.example until 08:30:20 UTC, as it asks to wait 20 s"
        );
        let unasked = Pause { asked: None, ..limited };
        assert!(said(InFlight { waiting: 0, pause: Some(unasked), ..asking }).ends_with("until 08:30:20 UTC"));
        let broken = Pause { limited: false, ..limited };
        assert!(said(InFlight { pause: Some(broken), ..asking }).contains("again at 08:30:20 UTC"));
        let over = Pause { until: now, ..limited };
        assert_eq!(said(InFlight { pause: Some(over), ..InFlight::default() }), "");
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_said_after_three_seconds_and_not_at_each_try() {
        let (sender, calls) = watch::channel(InFlight::default());
        let said = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let sink = std::sync::Arc::clone(&said);
        let task = tokio::spawn(say_waiting(calls, ServerClock::default(), "a".to_owned(), move |words: &str| {
            sink.lock().unwrap().push(words.to_owned());
        }));
        let count = || said.lock().unwrap().len();
        tokio::time::sleep(Duration::from_mins(1)).await;
        assert_eq!(count(), 0, "nothing is waited for");
        sender.send_modify(|calls| calls.waiting = 1);
        tokio::time::sleep(Duration::from_millis(2900)).await;
        assert_eq!(count(), 0);
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(count(), 1);
        for (seconds, lines) in [(4, 1), (4, 1), (8, 2)] {
            sender.send_modify(|calls| calls.ended += 1);
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            assert_eq!(count(), lines);
        }
        drop(sender);
        task.await.unwrap();
    }

    async fn without(missing: Capability) -> Connection {
        let capabilities = Capabilities::all().without(missing, "the API has no such call: use the team's page");
        let service = Arc::new(FakeService::new(vec![Key::sample("k")]).with_capabilities(capabilities));
        let (me, permit) = (service.me().await.unwrap(), WritePermit::unless_read_only(false));
        Connection { service, me, permit, profile: "acme".to_owned(), production: false }
    }

    #[tokio::test]
    async fn what_a_backend_cannot_do_ends_with_5_and_says_where_it_can_be_done() {
        let connection = without(Capability::TeamKeys).await;
        let error = rows::keys(&connection, &[Scope::Team], &Query::default(), None).await.unwrap_err();
        assert!(error.to_string().contains("use the team's page"), "{error}");
        let error = anyhow::Error::from(error);
        assert_eq!(Exit::of_error(&error).code(), 5);
        assert!(hint(&error).contains("where a person can"), "{}", hint(&error));
        let connection = without(Capability::Disable).await;
        assert!(connection.require([Capability::Rename]).is_ok());
        assert!(connection.require([Capability::Rename, Capability::Disable]).is_err());
    }

    #[tokio::test]
    async fn what_only_some_backends_can_do_is_not_asked_of_the_others() {
        for missing in [Capability::Users, Capability::Findings, Capability::CollectionKeys] {
            let connection = without(missing).await;
            let listed = rows::keys(&connection, &[Scope::Team], &Query::default(), None).await.unwrap();
            assert_eq!(listed.1, 1, "{missing:?}");
            let (found, missing) = named::find(&["k".to_owned(), "gone".to_owned()], &connection).await.unwrap();
            assert_eq!((found.len(), missing.len()), (1, 1));
        }
    }
}
