//! Which backend the console is on, and what it says in its footer.

use crate::client::capabilities::Capabilities;
use crate::client::error::ServiceError;
use crate::domain::rotation::Defaults;

/// Which backend the console is on, as whom.
#[derive(Clone, Debug)]
pub struct Session {
    pub profile: String,
    /// The backend's address, for people.
    pub address: String,
    /// Whether nothing may be changed.
    pub read_only: bool,
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
        if self.read_only { Err("This profile is read-only".to_owned()) } else { Ok(Permission(())) }
    }

    pub fn is_at(&self, address: &str) -> bool {
        self.address == address
    }
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
