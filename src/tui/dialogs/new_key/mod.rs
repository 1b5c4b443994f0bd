//! A new key: an API key of one's own, or a collection access key. The value of an API key is minted here and stays the
//! same through every try, so that sending again after a lost answer is a plain retry.

use crate::client::capabilities::{Capabilities, Capability, Minting};
use crate::domain::key::Access;
use crate::domain::key_fields::{self, expiry};
use crate::domain::listing::{self, MintedValue};
use crate::domain::secret::Secret;
use crate::domain::settings::Settings;
use crate::domain::team::{Me, Role, User};
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
    /// Whose it is to be.
    Owner,
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
    /// Whose it can be beside one's own.
    owners: Vec<User>,
    /// Whether who asks is no admin.
    member: bool,
    /// The access that is offered, as long as nobody chooses another.
    offered: Access,
    /// Whether the backend makes the value, so that none is made here and nothing is sent a second time.
    minted_there: bool,
    /// Where a key needs contacts: what becomes of the mails about one that has none.
    without_contacts: Option<String>,
    /// When a key that is made now ends, where the backend lets all of them live alike.
    life_ends: Option<Time>,
}

impl NewKey {
    /// An empty form.
    pub fn new(kind: Kind, settings: Option<Settings>, can: &Capabilities, ticket: Ticket) -> Self {
        let mut fields = match kind {
            Kind::ApiKey => {
                let expires = can.has(Capability::Expiry).then(|| Entry::text_field(Name::Expires, "Expires", "90d"));
                let fields = [Some(Entry::text_field(Name::Name, "Name", "")), expires];
                let contacts = can.has(Capability::Contacts).then(|| Entry::text_field(Name::Contacts, "Contacts", ""));
                fields.into_iter().flatten().chain(contacts).collect()
            }
            Kind::CollectionKey => vec![
                Entry::text_field(Name::Collection, "Collection UID", ""),
                Entry::text_field(Name::CollectionName, "Collection name", ""),
            ],
        };
        if kind == Kind::ApiKey && can.has(Capability::Access) {
            fields.push(Entry::choice(Name::Access, "Access", Access::WORDS));
        }
        Self {
            kind,
            form: Form::new(fields).stepwise(),
            ticket,
            settings,
            value: None,
            maybe_made: false,
            owners: Vec::new(),
            member: false,
            offered: Access::Full,
            minted_there: can.minting() == Minting::Server,
            without_contacts: can.without_contacts().map(str::to_owned),
            life_ends: None,
        }
    }

    /// The same, filled in by `me`: an admin says whose it is to be, oneself, a service, or somebody of `users` who has no
    /// key that works.
    #[must_use]
    pub fn asked_by<'u>(mut self, me: &Me, users: impl IntoIterator<Item = &'u User>, can: &Capabilities) -> Self {
        self.member = !me.is_admin();
        if self.kind == Kind::ApiKey && me.is_admin() && can.has(Capability::HandOver) {
            let fits =
                |user: &&User| user.active && user.id != me.id && (user.is_service() || user.roles == [Role::User]);
            self.owners = users.into_iter().filter(fits).cloned().collect();
            if !self.owners.is_empty() {
                self.form.add_before(Name::Access, Entry::text_field(Name::Owner, "Owner", ""));
            }
        }
        self.offer_access();
        self
    }

    /// The same, opened at `now`.
    #[must_use]
    pub fn at(mut self, now: Time, can: &Capabilities) -> Self {
        self.life_ends = can.life_ends(now);
        self
    }

    /// Who goes by what is typed as the owner; none: who asks.
    ///
    /// # Errors
    /// That nobody does, or more than one.
    pub fn owner(&self) -> Result<Option<&User>, String> {
        let typed = self.form.text(Name::Owner).to_lowercase();
        if typed.is_empty() {
            return Ok(None);
        }
        let name = |user: &User| user.name.as_received().to_lowercase();
        let email = |user: &User| user.email.as_received().to_lowercase();
        let exact = |user: &&User| name(user) == typed || email(user) == typed || user.id.to_string() == typed;
        if let Some(user) = self.owners.iter().find(exact) {
            return Ok(Some(user));
        }
        let like = |user: &&User| name(user).contains(&typed) || email(user).contains(&typed);
        let found: Vec<&User> = self.owners.iter().filter(like).collect();
        match found.as_slice() {
            [one] => Ok(Some(one)),
            [] => Err("no service, and nobody else, goes by that; empty: it is yours".to_owned()),
            several => {
                let names: Vec<String> = several.iter().take(3).map(|user| user.name.marked().into_owned()).collect();
                let more = if several.len() > names.len() { " …" } else { "" };
                Err(format!("which one? {}{more}", names.join(", ")))
            }
        }
    }

    /// Offers the access that fits whose key it is to be, unless another one was chosen.
    fn offer_access(&mut self) {
        let service = matches!(self.owner(), Ok(Some(owner)) if owner.is_service());
        let most = self.most_access();
        let wish = match most {
            _ if service => Access::None,
            Some(most) => most.clone(),
            None => Access::Full,
        };
        let before = std::mem::replace(&mut self.offered, wish);
        if let Some(entry) = self.form.entry_mut(Name::Access)
            && entry.text() == before.word()
        {
            entry.choose(self.offered.word());
        }
    }

    /// The most that the key may be given by the team's setting; none: everything.
    fn most_access(&self) -> Option<&Access> {
        let others = matches!(self.owner(), Ok(Some(_)));
        self.settings.as_ref().filter(|_| self.member || others).map(|settings| &settings.members_access)
    }

    /// What is wrong or right about a field, as it stands.
    pub fn check(&self, name: Name, now: Time) -> Check {
        let text = self.form.text(name);
        match name {
            Name::Expires => match expiry(&text, now) {
                Err(why) => Check::Wrong(why),
                Ok(wished) => Check::Right(self.expiry_in_words(wished, now)),
            },
            Name::Contacts => match &self.without_contacts {
                Some(_) if text.is_empty() && !self.form.was_pressed() => Check::Needed,
                Some(otherwise) if text.is_empty() => Check::Wrong(format!("one at least: {otherwise}")),
                Some(_) | None => contacts(&text),
            },
            Name::Owner => match self.owner() {
                Err(why) => Check::Wrong(why),
                Ok(None) => Check::Right("yours; or a service's, by its name".to_owned()),
                Ok(Some(service)) if service.is_service() => {
                    let name = service.name.marked();
                    Check::Right(format!(
                        "of the service {name}: any admin looks after it, and nobody's leaving ends it"
                    ))
                }
                Ok(Some(person)) => {
                    let name = person.name.marked();
                    Check::Right(format!("of {name}, if no key of theirs works; the log says that you saw its value"))
                }
            },
            Name::Access => match self.most_access() {
                Some(most) if !Access::from_word(&text).is_within(most) => {
                    Check::Wrong(format!("your team's setting allows {most} at most: an admin changes that"))
                }
                _ => Check::Right(Access::from_word(&text).meaning().to_owned()),
            },
            Name::Collection if text.is_empty() => Check::Needed,
            Name::Collection => Check::of(key_fields::collection_uid(&text), ""),
            Name::CollectionName if text.is_empty() => Check::Right(String::new()),
            Name::Name if !text.is_empty() && self.life_ends.is_some() => {
                let ends = self.life_ends.map(exact).unwrap_or_default();
                Check::of(
                    key_fields::name(&text),
                    &format!("the key ends {ends}, as every one does; TEAM/PURPOSE says whose it is"),
                )
            }
            Name::Name | Name::CollectionName => key_name(&text),
        }
    }

    /// What to send for an API key, once the value is minted and every field is right.
    fn request(&self, now: Time) -> Option<listing::NewKey> {
        let value = self.value.as_ref();
        if value.is_none() && !self.minted_there {
            return None;
        }
        let expires = match self.form.entry(Name::Expires) {
            Some(entry) => expiry(&entry.text(), now).ok()?,
            None => None,
        };
        Some(listing::NewKey {
            name: self.form.text(Name::Name),
            expires,
            contacts: split_contacts(&self.form.text(Name::Contacts)).map(str::to_owned).collect(),
            access: self.form.entry(Name::Access).map(|entry| Access::from_word(&entry.text())),
            value: value.map(MintedValue::of),
            owner: self.owner().ok()?.map(|owner| owner.id),
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
