//! A new value for a key that is there, minted here; the old one works beside it for a while.

use chrono::TimeDelta;

use crate::domain::key::Key;
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
}

/// The dialog.
#[derive(Debug)]
pub struct Regenerate {
    /// The key, as it was when the form opened.
    pub key: Key,
    /// Whether it is the key that this console uses.
    own: bool,
    pub form: Form<About>,
    pub ticket: Ticket,
    /// The value, from minting on, so that a lost answer is a plain retry with the same value.
    value: Option<Secret>,
    /// Whether an answer was lost, so that the value may be the key's.
    maybe_made: bool,
}

impl Regenerate {
    /// A form with a day of overlap, as of `now`.
    pub fn new(key: Key, own: bool, ticket: Ticket, now: Time) -> Self {
        let mut entries = vec![Entry::text_field(About::Overlap, "Old value works for", "24h")];
        if key.old_value_works_until(now).is_some() {
            entries.push(Entry::text_field(About::EndOverlap, "End the one before", "no"));
        }
        let form = Form::new(entries);
        Self { key, own, form, ticket, value: None, maybe_made: false }
    }

    /// What is wrong or right about a field, as it stands.
    pub fn check(&self, about: About, now: Time) -> Check {
        match about {
            About::Overlap => match overlap(&self.form.text(About::Overlap)) {
                Err(why) => Check::Wrong(why),
                Ok(overlap) => Check::Right(self.in_words(overlap, now)),
            },
            About::EndOverlap => self.check_end(now),
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
        format!("{dies}; it was last used: {}{own}", past(&self.key.last_used, now))
    }

    /// What to send, once the value is minted.
    fn request(&self) -> Option<Regeneration> {
        let value = self.value.as_ref()?;
        let overlap = overlap(&self.form.text(About::Overlap)).ok()?;
        Some(Regeneration {
            overlap_seconds: overlap.num_seconds().unsigned_abs(),
            value: Some(MintedValue::of(value)),
        })
    }
}
