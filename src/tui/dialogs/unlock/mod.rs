//! Changing something through a read-only profile, for a time and with a reason.

use std::time::Duration;

use crate::domain::key_fields::unlock_for;
use crate::domain::values::secret_spans;
use crate::tui::dialogs::form::{Check, Entry, Form};
use crate::tui::session::Session;
use crate::tui::ticket::Ticket;

mod update;
pub mod view;

/// The most characters of a reason.
const LONGEST: usize = 200;
/// For how long, where nothing else is said.
pub const USUAL: &str = "10m";

/// The fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// For how long.
    Length,
    /// Why; it stands in the log.
    Reason,
    /// The profile's name, typed, where it is a production one.
    Profile,
}

/// The dialog.
#[derive(Debug)]
pub struct Unlock {
    /// The profile's name.
    pub profile: String,
    pub form: Form<About>,
    pub ticket: Ticket,
}

impl Unlock {
    /// The form, with what was said already of the length and the reason.
    pub fn new(session: &Session, length: &str, reason: &str, ticket: Ticket) -> Self {
        let mut fields =
            vec![Entry::text_field(About::Length, "For", length), Entry::text_field(About::Reason, "Reason", reason)];
        if session.production {
            fields.push(Entry::text_field(About::Profile, "Type its name", ""));
        }
        Self { profile: session.profile.clone(), form: Form::new(fields).stepwise(), ticket }
    }

    /// What is wrong or right about a field, as it stands.
    pub fn check(&self, about: About) -> Check {
        let text = self.form.text(about);
        match about {
            About::Length => match unlock_for(&text) {
                Ok(_) => Check::Right("then nothing can be changed again, by itself".to_owned()),
                Err(why) => Check::Wrong(why),
            },
            About::Reason if text.is_empty() => Check::Needed,
            About::Reason if !secret_spans(&text).is_empty() => {
                Check::Wrong("that holds a key's value, which would stand in the log: take it out".to_owned())
            }
            About::Reason if text.chars().count() > LONGEST => Check::Wrong(format!("at most {LONGEST} characters")),
            About::Reason => Check::Right("it stands in unlocks.jsonl and in the log of this machine".to_owned()),
            About::Profile if text == self.profile => Check::Right(String::new()),
            About::Profile if text.is_empty() => Check::Needed,
            About::Profile => Check::Wrong(format!("type {}: it is a production profile", self.profile)),
        }
    }

    /// For how long, once that is right.
    fn length(&self) -> Option<Duration> {
        unlock_for(&self.form.text(About::Length)).ok()
    }
}
