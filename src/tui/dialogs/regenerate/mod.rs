//! A new value for a key that is there, minted here; the old one works beside it for a while.

use chrono::TimeDelta;

use crate::domain::bulk::{Characters, Reading};
use crate::domain::fresh::Fresh;
use crate::domain::key::{Key, Status};
use crate::domain::key_fields::overlap;
use crate::domain::listing::{MintedValue, Regeneration};
use crate::domain::secret::Secret;
use crate::domain::time::{Time, exact, past};
use crate::tui::dialogs::form::{Check, Entry, Form};
use crate::tui::ticket::Ticket;

mod update;
pub mod view;

/// The fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// For how long the old value works.
    Overlap,
    /// Whether the value before the old one, whose own overlap lasts, may die at once. Only where there is one.
    EndOverlap,
    /// The end of the old value, where nobody knows whether it is in use, or on a production profile.
    LastFour,
}

/// The dialog.
#[derive(Debug)]
pub struct Regenerate {
    /// The key, as it was read last: it is read again when the form opens.
    pub key: Key,
    pub reading: Reading,
    /// Why there is no new value to be made, since the key is another by now.
    over: Option<String>,
    /// Why the key could not be read again.
    not_read: Option<String>,
    /// Whether it is the key that this console uses.
    own: bool,
    /// Whether the profile is a production one, so that more is asked for.
    production: bool,
    pub form: Form<About>,
    pub ticket: Ticket,
    /// The value, from minting on, so that a lost answer is a plain retry with the same value.
    value: Option<Secret>,
    /// Whether an answer was lost, so that the value may be the key's.
    maybe_made: bool,
}

impl Regenerate {
    /// A form with a day of overlap, as of `now`.
    pub fn new(key: Key, own: bool, production: bool, ticket: Ticket, now: Time) -> Self {
        let mut form = Form::new(vec![Entry::text_field(About::Overlap, "Old value works for", "24h")]);
        if production {
            form.add(Entry::text_field(About::LastFour, "Its last four", ""));
        }
        let reading = Reading::Looking;
        let mut dialog = Self {
            key,
            reading,
            over: None,
            not_read: None,
            own,
            production,
            form,
            ticket,
            value: None,
            maybe_made: false,
        };
        dialog.ask_for_end(now);
        dialog
    }

    /// Asks whether the overlap of the value before may end, where there is one and that is not asked yet.
    fn ask_for_end(&mut self, now: Time) {
        if self.key.old_value_works_until(now).is_some() && self.form.entry(About::EndOverlap).is_none() {
            self.form.add(Entry::text_field(About::EndOverlap, "End the one before", "no"));
        }
    }

    /// The key as it is now.
    pub fn read_again(&mut self, fresh: Fresh, now: Time) {
        self.reading = Reading::Done;
        let key = fresh.keys.into_iter().find(|key| key.id == self.key.id);
        self.over = match key {
            None => Some("the key is no longer there".to_owned()),
            Some(key) => {
                self.key = key;
                (self.key.status == Status::Revoked).then(|| "the key is revoked by now, which is final".to_owned())
            }
        };
        self.ask_for_end(now);
    }

    /// The key could not be read again: nobody knows whether it is in use, so that more is asked for.
    pub fn not_read(&mut self, why: String) {
        self.reading = Reading::Failed;
        self.not_read = Some(why);
        if self.form.entry(About::LastFour).is_none() {
            self.form.add(Entry::text_field(About::LastFour, "Its last four", ""));
        }
    }

    /// What is wrong or right about a field, as it stands.
    pub fn check(&self, about: About, now: Time) -> Check {
        if let Some(over) = &self.over {
            return Check::Wrong(over.clone());
        }
        match about {
            About::Overlap => match overlap(&self.form.text(About::Overlap)) {
                Err(why) => Check::Wrong(why),
                Ok(overlap) => Check::Right(self.in_words(overlap, now)),
            },
            About::EndOverlap => self.check_end(now),
            About::LastFour => {
                let (typed, wanted) = (self.form.text(About::LastFour), Characters::of(&self.key.masked).to_string());
                if typed == wanted {
                    Check::Right(String::new())
                } else if typed.is_empty() {
                    Check::Needed
                } else {
                    let why =
                        if self.production { "this is production" } else { "nobody knows whether the key is in use" };
                    Check::Wrong(format!("type {wanted}: {why}"))
                }
            }
        }
    }

    /// A key has two values at most, so a new one ends the overlap that was promised to who uses the value before.
    fn check_end(&self, now: Time) -> Check {
        let Some(ends) = self.key.old_value_works_until(now) else {
            return Check::Right("its overlap is over".to_owned());
        };
        match self.form.text(About::EndOverlap).to_ascii_lowercase().as_str() {
            "y" | "yes" => Check::Right(format!("the value promised until {} dies at once", exact(ends))),
            _ => Check::Wrong(format!(
                "another value was promised until {} and would die now: yes, or wait",
                exact(ends)
            )),
        }
    }

    fn in_words(&self, overlap: TimeDelta, now: Time) -> String {
        let ends = self.key.expires.time().map_or(now + overlap, |expires| expires.min(now + overlap));
        let dies = if overlap.is_zero() {
            "the old value dies at once".to_owned()
        } else {
            format!("the old value dies {}", exact(ends))
        };
        let own = if self.own { "; this console uses it, and knows only the old value" } else { "" };
        let used = match (self.reading, &self.not_read) {
            (Reading::Looking, _) => "looking whether it is in use …".to_owned(),
            (Reading::Done, _) => format!("it was last used: {}", past(&self.key.last_used, now)),
            (Reading::Failed, why) => {
                let why = why.as_deref().unwrap_or_default();
                format!("nobody knows when it was last used, since it could not be read again: {why}")
            }
        };
        format!("{dies}; {used}{own}")
    }

    /// What to send, once the value is minted.
    fn request(&self) -> Option<Regeneration> {
        let value = self.value.as_ref()?;
        let overlap = overlap(&self.form.text(About::Overlap)).ok()?;
        Some(Regeneration {
            note: None,
            overlap_seconds: overlap.num_seconds().unsigned_abs(),
            value: Some(MintedValue::of(value)),
        })
    }
}
