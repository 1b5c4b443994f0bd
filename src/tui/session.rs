//! Which backend the console is on, and what it says in its footer.

use std::time::Duration;

use super::event::Moment;
use crate::client::capabilities::Capabilities;
use crate::client::error::ServiceError;
use crate::domain::rotation::Defaults;
use crate::domain::time::{Time, length};

/// Which backend the console is on, as whom.
#[derive(Clone, Debug)]
pub struct Session {
    pub profile: String,
    /// The backend's address, for people.
    pub address: String,
    /// Whether nothing may be changed, unless it is unlocked.
    pub read_only: bool,
    /// Until when something may be changed all the same.
    pub unlocked: Option<Unlocked>,
    /// Whether the console is on its way to another profile, so that nothing new is begun here.
    pub switching: bool,
    /// Whether every revoke must be confirmed by its number.
    pub production: bool,
    /// The colour that tells this profile from others, by its ANSI name.
    pub color: Option<String>,
    /// What the backend can do.
    pub capabilities: Capabilities,
    /// How many days before they end one's own keys are told of, where the backend names none; empty: never, wherever.
    pub notice_days: Vec<u32>,
    /// What is saved for the rotations to come.
    pub saved: Defaults,
}

impl Session {
    /// The permission to change something; without one, why not.
    pub fn permission(&self) -> Result<Permission, String> {
        if self.switching {
            return Err("On the way to another profile: nothing is changed here any more".to_owned());
        }
        if self.read_only && self.unlocked.is_none() {
            return Err("This profile is read-only".to_owned());
        }
        Ok(Permission(()))
    }

    pub fn is_at(&self, address: &str) -> bool {
        self.address == address
    }
}

/// Until when a read-only profile can be changed through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unlocked {
    /// By the time since the program started.
    pub until: Duration,
    /// By the present, which goes on while the machine sleeps.
    pub until_utc: Time,
}

impl Unlocked {
    /// How long that still is, by whichever clock is ahead; none once it is over.
    pub fn left(self, now: Moment) -> Option<Duration> {
        let by_utc = (self.until_utc - now.utc).to_std().unwrap_or_default();
        Some(self.until.saturating_sub(now.running).min(by_utc)).filter(|left| !left.is_zero())
    }

    /// What is said of the time that is left: whole minutes, which change once a minute.
    pub fn words(left: Duration) -> String {
        match left.as_secs().div_ceil(60) {
            0 | 1 => "under 1 min".to_owned(),
            minutes => length(minutes * 60),
        }
    }

    /// How much will be left when that is said otherwise.
    pub fn next_word(left: Duration) -> Duration {
        Duration::from_secs(left.as_secs().div_ceil(60).saturating_sub(1) * 60)
            .min(left.saturating_sub(Duration::from_millis(1)))
    }
}

/// A profile of the configuration, as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileLine {
    pub name: String,
    pub address: String,
    pub production: bool,
    pub read_only: bool,
    /// Its colour, by its ANSI name.
    pub color: Option<String>,
}

/// The permission to change something at the backend or in a place. Only [`Session::permission`] makes one, so that an
/// effect that writes cannot be asked for without having asked the session:
///
/// ```compile_fail,E0423
/// let permission = keydeck::tui::session::Permission(());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permission(());

/// Whether the backend answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Connection {
    /// No answer yet.
    Connecting,
    /// The last request was answered.
    Online,
    /// The last request was not.
    Offline(ServiceError),
}

/// How far the made-up team of a demo is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seeding {
    /// Keys that are there.
    pub made: usize,
    /// Keys that will be there.
    pub of: usize,
}

impl Seeding {
    pub fn is_done(self) -> bool {
        self.made >= self.of
    }
}

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Something to know.
    Info,
    /// Something went well.
    Good,
    /// Something did not work.
    Bad,
}

/// A message in the footer, until the next key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub tone: Tone,
    /// What happened, why, and what to press.
    pub text: String,
}
