//! Keys that no API lists, as a person writes them down: adding one, changing it, forgetting it, and asking the backend about
//! its value. Of a value only its fingerprint is kept; what is typed or pasted of it is never shown.

use crate::domain::key::Key;
use crate::domain::key_fields::{self, expiry};
use crate::domain::secret::Secret;
use crate::domain::time::{Time, day, exact};
use crate::domain::tracked::{TrackedChange, TrackedFacts, TrackedKind, TrackedRequest, kept_of, owner};
use crate::domain::untrusted::Untrusted;
use crate::domain::values::single;
use crate::tui::dialogs::form::{Check, Entry, Form};
use crate::tui::dialogs::new_key::{contacts, key_name, split_contacts};
use crate::tui::effect::TrackOrder;
use crate::tui::ticket::Ticket;

mod update;
pub mod view;

/// What is done.
#[derive(Debug)]
pub enum Purpose {
    Add,
    Edit(Box<Key>),
    /// Forget it.
    Remove(Box<Key>),
    /// Ask the backend whether its value is accepted.
    Probe(Box<Key>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    Name,
    Kind,
    /// Whose it is.
    Owner,
    Expires,
    /// Whom to tell.
    Contacts,
    /// Its value, of which the fingerprint is kept.
    Value,
    /// Whether it is to be forgotten.
    Sure,
}

/// The dialog.
#[derive(Debug)]
pub struct Track {
    pub purpose: Purpose,
    pub form: Form<Name>,
    pub ticket: Ticket,
}

impl Track {
    /// An empty form.
    pub fn add(ticket: Ticket) -> Self {
        let fields = vec![
            Entry::text_field(Name::Name, "Name", ""),
            Entry::choice(Name::Kind, "Kind", TrackedKind::WORDS),
            Entry::text_field(Name::Owner, "Whose", ""),
            Entry::text_field(Name::Expires, "Expires", ""),
            Entry::text_field(Name::Contacts, "Contacts", ""),
            Entry::masked(Name::Value, "Value"),
        ];
        Self { purpose: Purpose::Add, form: Form::new(fields).stepwise(), ticket }
    }

    /// A form with what is written down of `key`.
    pub fn edit(key: Key, ticket: Ticket) -> Self {
        let told: Vec<&str> = key.contacts.iter().map(Untrusted::as_received).collect();
        let whose = key.tracked.as_ref().map(|facts| facts.owner.as_received()).unwrap_or_default();
        let expires = key.expires.time().map_or_else(|| "never".to_owned(), day);
        let fields = vec![
            Entry::text_field(Name::Name, "Name", key.name.as_received()),
            Entry::text_field(Name::Owner, "Whose", whose),
            Entry::text_field(Name::Expires, "Expires", &expires),
            Entry::text_field(Name::Contacts, "Contacts", &told.join(", ")),
            Entry::masked(Name::Value, "New value"),
        ];
        Self { purpose: Purpose::Edit(Box::new(key)), form: Form::new(fields).stepwise(), ticket }
    }

    /// Whether `key` is to be forgotten.
    pub fn remove(key: Key, ticket: Ticket) -> Self {
        let form = Form::new(vec![Entry::check_box(Name::Sure, "Forget it", false)]);
        Self { purpose: Purpose::Remove(Box::new(key)), form, ticket }
    }

    /// A form for the value of `key`.
    pub fn probe(key: Key, ticket: Ticket) -> Self {
        let form = Form::new(vec![Entry::masked(Name::Value, "Value")]);
        Self { purpose: Purpose::Probe(Box::new(key)), form, ticket }
    }

    /// What is wrong or right about a field, as it stands at `now`.
    pub fn check(&self, name: Name, now: Time) -> Check {
        let text = self.form.text(name);
        match name {
            Name::Name => key_name(&text),
            Name::Kind => Check::Right(self.kind_in_words(now)),
            Name::Owner if text.is_empty() => Check::Right("yours".to_owned()),
            Name::Owner => Check::of(owner(&text), ""),
            Name::Expires => self.check_expiry(&text, now),
            Name::Contacts => match contacts(&text) {
                Check::Right(_) if text.is_empty() => Check::Right("nobody".to_owned()),
                checked => checked,
            },
            Name::Value => self.check_value(),
            Name::Sure if text == "yes" => Check::Right("nobody reminds you of it any more".to_owned()),
            Name::Sure => Check::Wrong("Space checks it: it is not revoked by that, and may go on working".to_owned()),
        }
    }

    fn kind(&self) -> TrackedKind {
        TrackedKind::from_word(&self.form.text(Name::Kind))
    }

    fn kind_in_words(&self, now: Time) -> String {
        let kind = self.kind();
        match kind.ends(now) {
            Some(ends) => format!("{}: made today, it ends {}", kind.title(), day(ends)),
            None => kind.title().to_owned(),
        }
    }

    fn check_expiry(&self, text: &str, now: Time) -> Check {
        if self.form.entry(Name::Expires).is_none_or(Entry::is_untouched) && !matches!(self.purpose, Purpose::Add) {
            return Check::Right("as it is".to_owned());
        }
        if text.is_empty() && matches!(self.purpose, Purpose::Add) {
            return Check::Right(match self.kind().ends(now) {
                Some(ends) => format!("as its kind does: {}", exact(ends)),
                None => "not known".to_owned(),
            });
        }
        match expiry(text, now) {
            Err(why) => Check::Wrong(why),
            Ok(at) => Check::Right(at.map_or_else(|| "never".to_owned(), exact)),
        }
    }

    fn check_value(&self) -> Check {
        let typed = self.form.masked(Name::Value).trim();
        match (&self.purpose, typed.is_empty()) {
            (Purpose::Probe(_), true) => Check::Needed,
            (_, true) => Check::Right("none: it is not known then when it is found somewhere".to_owned()),
            (purpose, false) => match single(typed) {
                Err(why) => Check::Wrong(why.to_owned()),
                Ok(value) => {
                    let (print, masked) = kept_of(&value);
                    let known = match purpose {
                        Purpose::Probe(key) => key.digest.map(|digest| crate::domain::key_value::hex(&digest)),
                        Purpose::Add | Purpose::Edit(_) | Purpose::Remove(_) => None,
                    };
                    if known.is_some_and(|known| known != print) {
                        return Check::Wrong("that is another value than this key's: it is not sent".to_owned());
                    }
                    Check::Right(match purpose {
                        Purpose::Probe(_) => format!("{masked}, this key's"),
                        _ => format!("{masked}: only its fingerprint is kept"),
                    })
                }
            },
        }
    }

    /// The value that is typed, where it is one.
    fn value(&self) -> Option<Secret> {
        single(self.form.masked(Name::Value)).ok()
    }

    /// What to ask for, once every field is right; none where nothing is to be changed.
    fn order(&self, now: Time) -> Option<TrackOrder> {
        let touched = |name| self.form.entry(name).is_some_and(|entry| !entry.is_untouched());
        let text = |name| self.form.text(name);
        let told = || split_contacts(&text(Name::Contacts)).map(str::to_owned).collect::<Vec<_>>();
        let value = || self.value().as_ref().map(kept_of);
        match &self.purpose {
            Purpose::Add => Some(TrackOrder::Add(TrackedRequest {
                name: text(Name::Name),
                kind: Some(self.kind()),
                owner: text(Name::Owner),
                contacts: told(),
                made: None,
                expires: key_fields::expiry(&text(Name::Expires), now).ok().flatten(),
                value: value(),
                rotated_from: None,
            })),
            Purpose::Edit(key) => {
                let change = TrackedChange {
                    name: touched(Name::Name).then(|| text(Name::Name)),
                    kind: None,
                    owner: touched(Name::Owner).then(|| text(Name::Owner)),
                    contacts: touched(Name::Contacts).then(told),
                    expires: touched(Name::Expires)
                        .then(|| key_fields::expiry(&text(Name::Expires), now).ok().flatten()),
                    value: value(),
                };
                (change != TrackedChange::default()).then(|| TrackOrder::Change(key.id.clone(), change))
            }
            Purpose::Remove(key) => Some(TrackOrder::Remove(key.id.clone())),
            Purpose::Probe(key) => self.value().map(|value| TrackOrder::Probe(key.id.clone(), value)),
        }
    }
}

/// Why the backend cannot be asked about the value of a key; none when it can.
pub fn why_no_probe(facts: Option<&TrackedFacts>) -> Option<String> {
    match facts {
        None => Some("This key is not written down here: the list itself says how it is".to_owned()),
        Some(facts) if facts.kind.can_be_probed() => None,
        Some(facts) => Some(format!("The API cannot be asked with a {}", facts.kind.title())),
    }
}
