//! A new key: the form, each field checked as it is typed; the sending; and the reveal of the value, which does not go
//! away before the value is somewhere safe.

use std::path::PathBuf;
use std::time::Duration;

use chrono::TimeDelta;

use crate::client::error::ServiceError;
use crate::domain::key::Key;
use crate::domain::listing::{KeyChange, MintedValue, NewKey, Regeneration};
use crate::domain::secret::Secret;
use crate::domain::settings::Settings;
use crate::domain::time::{Time, exact, past};
use crate::domain::untrusted::Untrusted;
use crate::domain::wish::{self, expiry, overlap};
use crate::tui::action::Context;
use crate::tui::app::event::Ticket;
use crate::tui::field::Field;

pub mod view;

/// How long the value is shown when nobody presses a key.
pub const SHOWN_FOR: Duration = Duration::from_secs(10);

/// What must be typed to close the reveal without having taken the value.
pub const DISCARD: &str = "discard";

/// What is being made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Making {
    /// An API key of one's own: name, expiry, contacts.
    ApiKey,
    /// A collection access key: the collection's UID and name.
    CollectionKey,
    /// A change of a key that is there: name, contacts.
    Edit,
    /// A new value for a key that is there: how long the old one works beside it.
    NewValue,
}

/// The dialog.
#[derive(Debug)]
pub struct NewKeyDialog {
    /// What is being made.
    pub making: Making,
    /// The fields, as [`labels`](Self::labels) names them.
    pub fields: Vec<Field>,
    /// The field being typed in.
    pub focus: usize,
    /// Whether Enter was pressed on a form that is not right yet, so that empty fields say so too.
    pub pressed: bool,
    /// The team's settings, which may override the expiry.
    pub settings: Option<Settings>,
    /// How far it is.
    pub stage: Stage,
    /// The run.
    pub ticket: Ticket,
    /// The value, from minting until the dialog closes, so that a lost answer is a plain retry with the same value.
    pub value: Option<Secret>,
    /// Whether an answer was lost, so that the key may exist.
    pub maybe_made: bool,
    /// The key that is changed, as it was when the form opened.
    pub of: Option<Box<Key>>,
    /// Whether that is the key this console uses.
    pub own: bool,
}

/// How far the dialog is.
#[derive(Debug)]
pub enum Stage {
    /// Being filled in; with what the server said of the last try.
    Form(Option<ServiceError>),
    /// The value is being minted, or the answer awaited.
    Sending,
    /// The key exists; its value is here.
    Reveal(Reveal),
}

/// The reveal of a new value.
#[derive(Debug)]
pub struct Reveal {
    /// The key.
    pub key: Box<Key>,
    /// When it opened.
    pub opened: Duration,
    /// Until when the value stands there in clear.
    pub shown_until: Option<Duration>,
    /// What happened to the value, in words.
    pub news: Vec<Result<String, String>>,
    /// Whether the value is somewhere else now: sent to the terminal, or in a file.
    pub safe: bool,
    /// The file it was written to.
    pub written: Option<PathBuf>,
    /// What was typed of `discard`.
    pub typed: String,
}

/// What is wrong or right about a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Check {
    /// Right; with what it comes to, where that is worth saying.
    Right(String),
    /// Empty, which will not do, but nothing was typed yet.
    Needed,
    /// Wrong, and why.
    Wrong(String),
}

impl NewKeyDialog {
    /// An empty form.
    pub fn new(making: Making, settings: Option<Settings>, ticket: Ticket) -> Self {
        let fields = match making {
            Making::ApiKey => vec![Field::default(), Field::new("90d"), Field::default()],
            Making::CollectionKey | Making::Edit => vec![Field::default(), Field::default()],
            Making::NewValue => vec![Field::default()],
        };
        Self {
            making,
            fields,
            focus: 0,
            pressed: false,
            settings,
            stage: Stage::Form(None),
            ticket,
            value: None,
            maybe_made: false,
            of: None,
            own: false,
        }
    }

    /// A form about a key that is there.
    pub fn of(making: Making, key: Key, own: bool, ticket: Ticket) -> Self {
        let contacts: Vec<&str> = key.contacts.iter().map(Untrusted::as_received).collect();
        let fields = match making {
            Making::NewValue => vec![Field::new("24h")],
            _ => vec![Field::new(key.name.as_received()), Field::new(&contacts.join(", "))],
        };
        Self { fields, of: Some(Box::new(key)), own, ..Self::new(making, None, ticket) }
    }

    /// Where key presses are heard now.
    pub fn context(&self) -> Context {
        match self.stage {
            Stage::Reveal(_) => Context::Reveal,
            Stage::Form(_) | Stage::Sending => Context::Form,
        }
    }

    /// What the fields are called.
    pub fn labels(&self) -> &'static [&'static str] {
        match self.making {
            Making::ApiKey => &["Name", "Expires", "Contacts"],
            Making::CollectionKey => &["Collection UID", "Collection name"],
            Making::Edit => &["Name", "Contacts"],
            Making::NewValue => &["Old value works for"],
        }
    }

    /// What is wrong or right about a field, as it stands.
    pub fn check(&self, field: usize, now: Time) -> Check {
        let text = self.fields[field].text().trim();
        match (self.making, field) {
            (Making::ApiKey | Making::Edit, 0) => name(text),
            (Making::NewValue, _) => match overlap(text) {
                Err(why) => Check::Wrong(why),
                Ok(overlap) => Check::Right(self.overlap_in_words(overlap, now)),
            },
            (Making::ApiKey, 1) => match expiry(text, now) {
                Err(why) => Check::Wrong(why),
                Ok(wished) => Check::Right(self.expiry_in_words(wished, now)),
            },
            (Making::ApiKey | Making::Edit, _) => contacts(text),
            (Making::CollectionKey, 0) => collection_uid(text),
            (Making::CollectionKey, _) if text.is_empty() => Check::Right(String::new()),
            (Making::CollectionKey, _) => name(text),
        }
    }

    /// The first field that will not do, if any.
    pub fn first_wrong(&self, now: Time) -> Option<usize> {
        (0..self.fields.len()).find(|field| !matches!(self.check(*field, now), Check::Right(_)))
    }

    /// What to send for an API key, once the value is minted and every field is right.
    pub fn request(&self, now: Time) -> Option<NewKey> {
        let value = self.value.as_ref()?;
        Some(NewKey {
            name: self.fields[0].text().trim().to_owned(),
            expires: expiry(self.fields[1].text().trim(), now).ok()?,
            contacts: split_contacts(self.fields[2].text()).map(str::to_owned).collect(),
            value: Some(MintedValue::of(value)),
            ..NewKey::default()
        })
    }

    /// What to change of a key; none when nothing is another.
    pub fn change(&self) -> Option<KeyChange> {
        let key = self.of.as_ref()?;
        let name = self.fields[0].text().trim();
        let contacts: Vec<&str> = split_contacts(self.fields[1].text()).collect();
        let same = key.contacts.iter().map(Untrusted::as_received).eq(contacts.iter().copied());
        let change = KeyChange {
            name: (name != key.name.as_received()).then(|| name.to_owned()),
            contacts: (!same).then(|| contacts.into_iter().map(str::to_owned).collect()),
            ..KeyChange::default()
        };
        (change != KeyChange::default()).then_some(change)
    }

    /// What to send for a new value, once it is minted.
    pub fn regeneration(&self) -> Option<Regeneration> {
        let value = self.value.as_ref()?;
        let overlap = overlap(self.fields[0].text().trim()).ok()?;
        Some(Regeneration {
            overlap_seconds: overlap.num_seconds().unsigned_abs(),
            value: Some(MintedValue::of(value)),
        })
    }

    fn overlap_in_words(&self, overlap: TimeDelta, now: Time) -> String {
        let Some(key) = &self.of else { return String::new() };
        let ends = key.expires.time().map_or(now + overlap, |expires| expires.min(now + overlap));
        let dies = if overlap.is_zero() {
            "the old value dies at once".to_owned()
        } else {
            format!("the old value dies {}", exact(ends))
        };
        let own = if self.own { "; this console uses it, and knows only the old value" } else { "" };
        format!("{dies}; it was last used: {}{own}", past(&key.last_used, now))
    }

    /// Moves the focus.
    pub fn focus_by(&mut self, delta: isize) {
        let fields = self.fields.len().cast_signed();
        self.focus = (self.focus.cast_signed() + delta).rem_euclid(fields).cast_unsigned();
    }

    fn expiry_in_words(&self, wished: Option<Time>, now: Time) -> String {
        let words = |expiry: Option<Time>| {
            expiry.map_or_else(|| "never expires".to_owned(), |at| format!("expires {}", exact(at)))
        };
        let Some(settings) = &self.settings else { return words(wished) };
        let real = settings.expiry_of(now, wished);
        match (settings.expiry_days, settings.max_age_days) {
            _ if real == wished => words(real),
            (Some(days), _) => format!("{}: your team sets {days} days for every key", words(real)),
            (None, Some(days)) => format!("{}: your team allows {days} days at most", words(real)),
            (None, None) => words(real),
        }
    }
}

fn name(text: &str) -> Check {
    if text.is_empty() { Check::Needed } else { check(wish::name(text), "") }
}

fn contacts(text: &str) -> Check {
    let words = if text.is_empty() { "none: you are told before it expires" } else { "told before it expires" };
    check(split_contacts(text).try_for_each(wish::contact), words)
}

fn collection_uid(text: &str) -> Check {
    if text.is_empty() { Check::Needed } else { check(wish::collection_uid(text), "") }
}

fn check(wish: Result<(), String>, right: &str) -> Check {
    wish.map_or_else(Check::Wrong, |()| Check::Right(right.to_owned()))
}

fn split_contacts(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ';', ' ']).map(str::trim).filter(|contact| !contact.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::When;

    fn now() -> Time {
        When::from_wire("2026-11-21T08:30:00Z").time().unwrap()
    }

    #[test]
    fn expiries() {
        for (text, expected) in [
            ("", "never"),
            ("never", "never"),
            ("90d", "2027-02-19 08:30:00 UTC"),
            ("12h", "2026-11-21 20:30:00 UTC"),
            ("2027-01-31", "2027-01-31 00:00:00 UTC"),
            ("2020-01-01", "that is already over"),
            ("0d", "that is already over"),
            ("9999999999999d", "too far ahead"),
            ("99999w", "at most 100 years; or write never"),
            ("5x", "the unit is h, d or w"),
            ("soon", "write never, 90d, 12h, or a date as 2027-01-31"),
            ("é", "write never, 90d, 12h, or a date as 2027-01-31"),
        ] {
            let got = match expiry(text, now()) {
                Ok(time) => When::from(time).exact(),
                Err(why) => why,
            };
            assert_eq!(got, expected, "{text}");
        }
    }

    #[test]
    fn contacts_are_addresses() {
        assert!(matches!(contacts("ops@acme.example, a.b+c@x.y.example"), Check::Right(_)));
        for wrong in ["ops", "ops@", "@acme.example", "a@b", "a@b..example", "a@@b.example", "a@b.example, x"] {
            assert!(matches!(contacts(wrong), Check::Wrong(_)), "{wrong}");
        }
    }

    #[test]
    fn the_teams_setting_is_said() {
        let settings = Settings { expiry_days: Some(30), ..Settings::default() };
        let dialog = NewKeyDialog::new(Making::ApiKey, Some(settings), Ticket(1));
        assert_eq!(
            dialog.check(1, now()),
            Check::Right("expires 2026-12-21 08:30:00 UTC: your team sets 30 days for every key".to_owned())
        );
    }

    #[test]
    fn a_value_is_no_name_of_a_collection() {
        let mut dialog = NewKeyDialog::new(Making::CollectionKey, None, Ticket(1));
        for (text, right) in [("Pets", true), ("Pets kdc_0123456789", false)] {
            dialog.fields[1] = Field::new(text);
            assert_eq!(matches!(dialog.check(1, now()), Check::Right(_)), right, "{text}");
        }
    }

    #[test]
    fn collection_uids() {
        let uid = format!("12345-{}", "0a1b2c3d-0000-4000-8000-0123456789ab");
        assert!(matches!(collection_uid(&uid), Check::Right(_)));
        for wrong in ["0a1b2c3d-0000-4000-8000-0123456789ab", "12345", "x-0a1b2c3d-0000-4000-8000-0123456789ab"] {
            assert!(matches!(collection_uid(wrong), Check::Wrong(_)), "{wrong}");
        }
    }
}
