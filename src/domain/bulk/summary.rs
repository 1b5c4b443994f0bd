//! What the keys of a plan are as a whole, counted once, so that nobody goes through a hundred thousand to draw a line.

use std::collections::HashSet;

use super::Plan;
use crate::domain::key_value::KeyKind;

/// The keys that will be sent, as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many people own them.
    pub owners: usize,
    /// Whether an open finding names one.
    pub exposed: bool,
    /// How many are API keys.
    pub api_keys: usize,
    /// How many are collection access keys.
    pub collection_keys: usize,
}

impl Plan {
    /// Goes through the keys that will be sent.
    pub fn summary(&self) -> Summary {
        let mut owners = HashSet::new();
        let mut summary = Summary::default();
        for key in self.keys() {
            owners.insert(key.owner_id);
            summary.exposed |= key.exposed;
            match key.kind {
                KeyKind::ApiKey => summary.api_keys += 1,
                KeyKind::CollectionAccessKey => summary.collection_keys += 1,
            }
        }
        summary.owners = owners.len();
        summary
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::bulk::{Plan, Summary};
    use crate::domain::ids::UserId;
    use crate::domain::key::Key;
    use crate::domain::key_value::KeyKind;
    use crate::domain::time::Time;

    #[test]
    fn it_counts_what_will_be_sent_and_nothing_else() {
        let key = |id: &str, owner, exposed, kind| Key { owner_id: UserId(owner), exposed, kind, ..Key::sample(id) };
        let keys = [
            key("a", 1, false, KeyKind::ApiKey),
            key("b", 1, false, KeyKind::CollectionAccessKey),
            key("own", 2, true, KeyKind::ApiKey),
        ];
        let mut plan = Plan::new(keys, Some(&"own".into()), Time::default());
        let without = Summary { owners: 1, exposed: false, api_keys: 1, collection_keys: 1 };
        assert_eq!(plan.summary(), without);
        plan.include_own = true;
        assert_eq!(plan.summary(), Summary { owners: 2, exposed: true, api_keys: 2, ..without });
    }
}
