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

/// The only field: for how long the old value works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap;

/// The dialog.
#[derive(Debug)]
pub struct Regenerate {
    /// The key, as it was when the form opened.
    pub key: Key,
    /// Whether it is the key that this console uses.
    own: bool,
    pub form: Form<Overlap>,
    /// The run.
    pub ticket: Ticket,
    /// The value, from minting on, so that a lost answer is a plain retry with the same value.
    value: Option<Secret>,
    /// Whether an answer was lost, so that the value may be the key's.
    maybe_made: bool,
}

impl Regenerate {
    /// A form with a day of overlap.
    pub fn new(key: Key, own: bool, ticket: Ticket) -> Self {
        let form = Form::new(vec![Entry::text_field(Overlap, "Old value works for", "24h")]);
        Self { key, own, form, ticket, value: None, maybe_made: false }
    }

    /// What is wrong or right about the overlap, as it stands.
    pub fn check(&self, now: Time) -> Check {
        match overlap(&self.form.text(Overlap)) {
            Err(why) => Check::Wrong(why),
            Ok(overlap) => Check::Right(self.in_words(overlap, now)),
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
        let overlap = overlap(&self.form.text(Overlap)).ok()?;
        Some(Regeneration {
            overlap_seconds: overlap.num_seconds().unsigned_abs(),
            value: Some(MintedValue::of(value)),
        })
    }
}
