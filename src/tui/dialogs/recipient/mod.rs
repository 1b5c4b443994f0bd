//! Whom keys are to be handed over to, before they are reviewed.

use crate::domain::handover::recipients;
use crate::domain::ids::{KeyId, UserId};
use crate::domain::team::User;
use crate::tui::dialogs::person::Person;
use crate::tui::facts::Facts;

mod update;
pub mod view;

#[derive(Debug)]
pub struct Recipient {
    pub person: Person,
    /// The keys, frozen.
    pub ids: Vec<KeyId>,
    /// Whose they are.
    from: Vec<UserId>,
}

impl Recipient {
    /// The question about these keys of these users.
    pub fn new(ids: Vec<KeyId>, mut from: Vec<UserId>) -> Self {
        from.sort_unstable();
        from.dedup();
        Self { person: Person::default(), ids, from }
    }

    /// Who can be given all of them: nobody who may more than one of their owners.
    pub fn offered<'f>(&self, facts: &Facts<'f>) -> Vec<&'f User> {
        let from: Vec<&User> = self.from.iter().filter_map(|id| facts.users.user(*id)).collect();
        recipients(facts.users.users().into_iter(), &from)
    }
}
