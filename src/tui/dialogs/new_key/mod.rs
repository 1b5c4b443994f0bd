//! A new key: an API key of one's own, or a collection access key. The value of an API key is minted here and stays the
//! same through every try, so that sending again after a lost answer is a plain retry.

use crate::client::capabilities::{Capabilities, Capability};
use crate::domain::key::Access;
use crate::domain::key_fields::{self, expiry};
use crate::domain::listing::{self, MintedValue};
use crate::domain::secret::Secret;
use crate::domain::settings::Settings;
use crate::domain::time::{Time, exact};
use crate::tui::dialogs::form::{Check, Entry, Form};
use crate::tui::ticket::Ticket;

pub mod update;
pub mod view;

/// What is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    ApiKey,
    CollectionKey,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    Name,
    Expires,
    /// Who is told of it.
    Contacts,
    /// What it may do.
    Access,
    Collection,
    CollectionName,
}

/// The dialog.
#[derive(Debug)]
pub struct NewKey {
    /// What is made.
    pub kind: Kind,
    pub form: Form<Name>,
    pub ticket: Ticket,
    /// The team's settings, which may override the expiry.
    settings: Option<Settings>,
    /// The value, once it is minted.
    pub value: Option<Secret>,
    /// Whether an answer was lost, so that the key may exist.
    pub maybe_made: bool,
}

impl NewKey {
    /// An empty form.
    pub fn new(kind: Kind, settings: Option<Settings>, can: &Capabilities, ticket: Ticket) -> Self {
        let mut fields = match kind {
            Kind::ApiKey => vec![
                Entry::text_field(Name::Name, "Name", ""),
                Entry::text_field(Name::Expires, "Expires", "90d"),
                Entry::text_field(Name::Contacts, "Contacts", ""),
            ],
            Kind::CollectionKey => vec![
                Entry::text_field(Name::Collection, "Collection UID", ""),
                Entry::text_field(Name::CollectionName, "Collection name", ""),
            ],
        };
        if kind == Kind::ApiKey && can.has(Capability::Access) {
            fields.push(Entry::choice(Name::Access, "Access", Access::WORDS));
        }
        Self { kind, form: Form::new(fields).stepwise(), ticket, settings, value: None, maybe_made: false }
    }

    /// What is wrong or right about a field, as it stands.
    pub fn check(&self, name: Name, now: Time) -> Check {
        let text = self.form.text(name);
        match name {
            Name::Expires => match expiry(&text, now) {
                Err(why) => Check::Wrong(why),
                Ok(wished) => Check::Right(self.expiry_in_words(wished, now)),
            },
            Name::Contacts => contacts(&text),
            Name::Access => Check::Right(Access::from_word(&text).meaning().to_owned()),
            Name::Collection if text.is_empty() => Check::Needed,
            Name::Collection => Check::of(key_fields::collection_uid(&text), ""),
            Name::CollectionName if text.is_empty() => Check::Right(String::new()),
            Name::Name | Name::CollectionName => key_name(&text),
        }
    }

    /// What to send for an API key, once the value is minted and every field is right.
    fn request(&self, now: Time) -> Option<listing::NewKey> {
        let value = self.value.as_ref()?;
        Some(listing::NewKey {
            name: self.form.text(Name::Name),
            expires: expiry(&self.form.text(Name::Expires), now).ok()?,
            contacts: split_contacts(&self.form.text(Name::Contacts)).map(str::to_owned).collect(),
            access: self.form.entry(Name::Access).map(|entry| Access::from_word(&entry.text())),
            value: Some(MintedValue::of(value)),
            ..listing::NewKey::default()
        })
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

/// What is wrong or right about the name of a key or of a collection.
pub fn key_name(text: &str) -> Check {
    if text.is_empty() { Check::Needed } else { Check::of(key_fields::name(text), "") }
}

/// What is wrong or right about a list of contacts.
pub fn contacts(text: &str) -> Check {
    let words = if text.is_empty() { "none: you are told before it expires" } else { "told before it expires" };
    Check::of(split_contacts(text).try_for_each(key_fields::contact), words)
}

/// The contacts in a text that tells them apart by blanks, commas or semicolons.
pub fn split_contacts(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ';', ' ']).map(str::trim).filter(|contact| !contact.is_empty())
}

#[cfg(test)]
mod tests;
