//! The reveal of a new value, which does not go away before the value is somewhere safe.

use std::path::PathBuf;
use std::time::Duration;

use crate::domain::key::Key;
use crate::domain::secret::Secret;
use crate::tui::ticket::Ticket;

mod update;
pub mod view;

/// How long the value is shown when nobody presses a key.
pub const SHOWN_FOR: Duration = Duration::from_secs(10);

/// The dialog.
#[derive(Debug)]
pub struct Reveal {
    pub key: Key,
    /// Its value; none where nobody sent one.
    pub value: Option<Secret>,
    /// The run that made it.
    pub ticket: Ticket,
    /// Until when the value stands there in clear.
    pub shown_until: Option<Duration>,
    /// What happened to the value, in words.
    pub news: Vec<Result<String, String>>,
    /// Whether the value is somewhere else now: sent to the terminal, or in a file.
    pub safe: bool,
    /// The file it was written to.
    pub written: Option<PathBuf>,
    /// What was typed of the word that closes it all the same.
    pub typed: String,
}

impl Reveal {
    /// A value that nobody has seen yet.
    pub fn new(key: Key, value: Option<Secret>, ticket: Ticket) -> Self {
        Self {
            key,
            value,
            ticket,
            shown_until: None,
            news: Vec::new(),
            safe: false,
            written: None,
            typed: String::new(),
        }
    }
}
