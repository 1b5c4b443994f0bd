//! Who is told.

use std::collections::BTreeMap;

use crate::server::store::audit::Cause;
use crate::server::store::engine::{On, Result};
use crate::server::store::team::User;

/// Addresses, each once, in whatever case it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recipients(BTreeMap<String, String>);

impl Recipients {
    /// These addresses.
    pub fn new<'a>(addresses: impl IntoIterator<Item = &'a str>) -> Self {
        let mut all = BTreeMap::new();
        for address in addresses.into_iter().filter(|address| !address.is_empty()) {
            all.entry(person(address)).or_insert_with(|| address.to_owned());
        }
        Self(all)
    }

    /// Who is told what became of a key: its owner and its contacts.
    pub fn of_key(owner: &User, contacts: &[String]) -> Self {
        Self::new(contacts.iter().map(String::as_str).chain(own(owner)))
    }

    /// Who is told before a key expires: its contacts, or else its owner.
    pub fn before_expiry(owner: Option<&User>, contacts: &[String]) -> Self {
        if contacts.is_empty() {
            Self::new(owner.map(own).unwrap_or_default())
        } else {
            Self::new(contacts.iter().map(String::as_str))
        }
    }

    /// Whoever manages the team.
    pub async fn superadmins(on: impl On) -> Result<Self> {
        let all = User::all(on).await?;
        Ok(Self::new(all.iter().filter(|user| user.is_superadmin()).flat_map(own)))
    }

    /// Whoever is told of the present owner, too.
    #[must_use]
    pub fn and(mut self, owner: &User) -> Self {
        self.0.extend(Self::new(own(owner)).0);
        self
    }

    /// All but who did it: they know.
    #[must_use]
    pub fn others_than(mut self, cause: &Cause<'_>) -> Self {
        if let Some(address) = cause.origin.actor["email"].as_str() {
            self.0.remove(&person(address));
        }
        self
    }

    /// All but those who are told otherwise.
    #[must_use]
    pub fn without(mut self, others: &Self) -> Self {
        self.0.retain(|person, _| !others.0.contains_key(person));
        self
    }

    /// Each with the address in the form by which it is told from others, and as it was written.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(person, address)| (person.as_str(), address.as_str()))
    }
}

/// An address as it is told from others. Source: management API, "Addresses are compared without case".
pub fn person(address: &str) -> String {
    address.to_lowercase()
}

/// The addresses of an owner who is there: a person's own, a service's contacts.
fn own(owner: &User) -> Vec<&str> {
    if !owner.active {
        Vec::new()
    } else if owner.is_service() {
        owner.contacts.iter().map(String::as_str).collect()
    } else {
        vec![owner.email.as_str()]
    }
}
