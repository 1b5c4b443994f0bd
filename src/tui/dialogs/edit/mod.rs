//! Changing the name and the contacts of a key, and giving it less access.

use crate::client::capabilities::{Capabilities, Capability};
use crate::domain::key::{Access, Key, Status};
use crate::domain::key_fields;
use crate::domain::listing::KeyChange;
use crate::domain::untrusted::{Untrusted, is_hostile};
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::form::{Check, Entry, Form};
use crate::tui::dialogs::new_key::{contacts, key_name, split_contacts};
use crate::tui::dialogs::{Dialog, Requests};
use crate::tui::facts::Facts;
use crate::tui::request::{Request, RowChange};
use crate::tui::ticket::Ticket;

mod update;
pub mod view;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    Name,
    /// Who is told of it.
    Contacts,
    /// What it may do, as long as that can be less.
    Access,
}

/// The dialog.
#[derive(Debug)]
pub struct Edit {
    /// The key, as it was when the form opened.
    pub key: Key,
    pub form: Form<Name>,
    pub ticket: Ticket,
    /// Where a key needs contacts: what becomes of the mails about one that has none.
    without_contacts: Option<String>,
}

impl Edit {
    /// A form with what the key has.
    pub fn new(key: Key, can: &Capabilities, ticket: Ticket) -> Self {
        let told: Vec<&str> = key.contacts.iter().map(Untrusted::as_received).collect();
        let name = || Entry::text_field(Name::Name, "Name", key.name.as_received());
        let contacts = || Entry::text_field(Name::Contacts, "Contacts", &told.join(", "));
        let mut fields: Vec<Entry<Name>> = [
            // what cannot be changed has no field
            (can.has(Capability::Rename) || !can.has(Capability::Contacts)).then(name),
            (can.has(Capability::Contacts) || can.has(Capability::Rename)).then(contacts),
        ]
        .into_iter()
        .flatten()
        .collect();
        if can.has(Capability::Access)
            && let Some(words) = narrower(&key.access)
        {
            fields.push(Entry::choice(Name::Access, "Access", words));
        }
        let without_contacts = can.without_contacts().map(str::to_owned);
        Self { key, form: Form::new(fields).stepwise(), ticket, without_contacts }
    }

    /// What is wrong or right about a field, as it stands. One that nobody touched is not sent, so nothing is wrong with
    /// it, whatever the server holds.
    pub fn check(&self, name: Name) -> Check {
        let none_told = name == Name::Contacts && self.form.text(name).is_empty();
        match &self.without_contacts {
            Some(otherwise) if none_told && self.is_untouched(name) => {
                return Check::Right(format!("none: {otherwise}"));
            }
            Some(otherwise) if none_told => return Check::Wrong(format!("one at least: {otherwise}")),
            Some(_) | None => {}
        }
        if self.is_untouched(name) {
            return Check::Right(self.odd(name).unwrap_or_default().to_owned());
        }
        match (name, self.odd(name)) {
            (Name::Name, Some(odd)) => Check::of(key_fields::name(&self.form.text(name)), odd),
            (Name::Name, None) => key_name(&self.form.text(name)),
            (Name::Contacts, _) => contacts(&self.form.text(name)),
            (Name::Access, _) => {
                let access = Access::from_word(&self.form.text(name));
                Check::Right(format!("{}; it is not given more again", access.meaning()))
            }
        }
    }

    fn is_untouched(&self, name: Name) -> bool {
        self.form.entry(name).is_none_or(Entry::is_untouched)
    }

    /// What is said of a field in which something stands as an escape.
    fn odd(&self, name: Name) -> Option<&'static str> {
        let hostile = self.form.text(name).chars().any(is_hostile);
        hostile.then_some("the \\ stands for a character that cannot be seen; Backspace takes it out")
    }

    /// What to change; none when nothing is another.
    fn change(&self) -> Option<KeyChange> {
        let (name, told) = (self.form.text(Name::Name), self.form.text(Name::Contacts));
        let contacts: Vec<&str> = split_contacts(&told).collect();
        let same = self.key.contacts.iter().map(Untrusted::as_received).eq(contacts.iter().copied());
        let same_name = self.form.entry(Name::Name).is_none()
            || self.is_untouched(Name::Name)
            || name == self.key.name.as_received();
        let change = KeyChange {
            name: (!same_name).then_some(name),
            contacts: (!same && !self.is_untouched(Name::Contacts))
                .then(|| contacts.into_iter().map(str::to_owned).collect()),
            access: Some(Access::from_word(&self.form.text(Name::Access))).filter(|_| !self.is_untouched(Name::Access)),
            ..KeyChange::default()
        };
        (change != KeyChange::default()).then_some(change)
    }
}

/// What a key that has this access may be left with, beginning with what it has; none where there is nothing less.
fn narrower(access: &Access) -> Option<&'static [&'static str]> {
    let at = Access::WORDS.iter().position(|word| *word == access.word())?;
    Some(&Access::WORDS[at..]).filter(|words| words.len() > 1)
}

/// What follows from a key's change: what is said, and that its rows changed.
pub fn changed(key: Key, facts: &Facts) -> Requests {
    let hint = match key.status {
        Status::Disabled => format!(": {} enables it again", facts.keymap.press(Action::Disable, Context::List)),
        _ => String::new(),
    };
    let said: Request<Dialog> = Request::good(format!("{} is changed, and {}{hint}", key.name, key.status));
    vec![said, Request::Rows(RowChange::Changed(Box::new(key)))]
}
