//! The changes of many keys that are open on this machine, from the journal on its disk.

use crate::domain::changes::Change;
use crate::domain::ids::UserId;

/// A change that is not over.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenChange {
    pub change: Change,
    /// Which process is at it now; none: it was cut short.
    pub at_it: Option<String>,
}

/// The changes that are open on this machine, as far as is known.
#[derive(Debug, Default)]
pub struct OpenChanges {
    /// Those that can be read; none before they were listed.
    pub list: Option<Vec<OpenChange>>,
    /// What is told of those that cannot.
    pub unreadable: Vec<String>,
    /// Whether they were offered once.
    pub offered: bool,
    /// Whether a person asked to see them.
    pub wanted: bool,
}

impl OpenChanges {
    /// Those that were cut short and are offered to who asks as `user` at `address`.
    pub fn cut_short(&self, address: &str, user: UserId) -> impl Iterator<Item = &Change> {
        let open = self.list.iter().flatten().filter(|open| open.at_it.is_none());
        open.map(|open| &open.change).filter(move |change| change.is_of(address, user))
    }
}
