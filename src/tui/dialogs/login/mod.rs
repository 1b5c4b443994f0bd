//! Logging in with a one-time password. What waits for it goes on once somebody is logged in, and nothing that was typed,
//! filtered or marked is touched.

use std::time::Duration;

use crate::domain::key_fields;
use crate::domain::one_time::Terms;
use crate::tui::dialogs::form::{Check, Entry, Form};
use crate::tui::ticket::Ticket;

mod update;
pub mod view;

/// The fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// Where the password goes to.
    Email,
    /// There once one was sent.
    Password,
}

/// A password that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// To whom.
    pub email: String,
    /// When another can be asked for, by the time since the program started.
    pub next: Duration,
    /// How many were not accepted.
    pub wrong: u32,
    /// Whether it was sent before this dialog asked for one.
    pub before: bool,
}

/// The dialog.
#[derive(Debug)]
pub struct Login {
    /// The backend's address, for people.
    pub address: String,
    pub terms: Terms,
    pub form: Form<About>,
    pub ticket: Ticket,
    /// The password that is to be typed; none before one was sent.
    pub sent: Option<Sent>,
}

impl Login {
    /// The form, with the address of whoever was logged in the last time.
    pub fn new(address: &str, terms: Terms, account: &str, ticket: Ticket) -> Self {
        let form = Form::new(vec![Entry::text_field(About::Email, "E-mail", account)]).stepwise();
        Self { address: address.to_owned(), terms, form, ticket, sent: None }
    }

    /// What is wrong or right about a field, as it stands, at so much time since the program started.
    pub fn check(&self, about: About, now: Duration) -> Check {
        let text = self.form.text(about);
        match (about, &self.sent) {
            (About::Email, _) if text.is_empty() => Check::Needed,
            (About::Email, Some(sent)) if sent.email == text => Check::Right(self.told(sent, now)),
            (About::Email, _) => Check::of(key_fields::contact(&text), "a one-time password goes there by mail"),
            (About::Password, Some(sent)) if text.is_empty() => Check::Right(match sent.left(now) {
                Some(seconds) => format!("another can be asked for in {seconds} s"),
                None => "Enter alone has another sent".to_owned(),
            }),
            (About::Password, _) => Check::of(self.terms.check(&text), ""),
        }
    }

    /// What was sent, and what became of it so far.
    fn told(&self, sent: &Sent, now: Duration) -> String {
        let minutes = self.terms.lives_seconds / 60;
        match sent.wrong {
            0 if sent.before => "one was sent there just now, which is the one to type".to_owned(),
            0 => format!("a one-time password goes there by mail, good for {minutes} min"),
            wrong => match sent.left(now) {
                Some(_) => self.terms.left(wrong, "wait for another"),
                None => self.terms.left(wrong, "Enter alone has another sent"),
            },
        }
    }

    /// When what is said of the wait is something else, since the program started; none where nothing is waited for.
    pub fn next_word(&self, now: Duration) -> Option<Duration> {
        let sent = self.sent.as_ref()?;
        let left = sent.next.checked_sub(now).filter(|left| !left.is_zero())?;
        let whole = Duration::from_secs(left.as_secs());
        Some(now + if whole == left { Duration::from_secs(1).min(left) } else { left.saturating_sub(whole) })
    }
}

impl Sent {
    /// How many seconds another cannot be asked for yet; none when it can.
    pub fn left(&self, now: Duration) -> Option<u64> {
        let left = self.next.saturating_sub(now);
        (!left.is_zero()).then(|| u64::try_from(left.as_millis().div_ceil(1000)).unwrap_or(u64::MAX))
    }
}
