//! The incidents that are open on this machine, from the record on its disk.

use crate::domain::ids::UserId;
use crate::domain::incident::Incident;

/// An incident that is not over.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenIncident {
    pub incident: Incident,
    /// Which process is at it now; none: it was cut short.
    pub at_it: Option<String>,
}

/// The incidents that are open on this machine, as far as is known.
#[derive(Debug, Default)]
pub struct OpenIncidents {
    /// Those that can be read; none before they were listed.
    pub list: Option<Vec<OpenIncident>>,
    /// What is told of those that cannot.
    pub unreadable: Vec<String>,
    /// Whether they were offered once.
    pub offered: bool,
    /// Whether a person asked to see them.
    pub wanted: bool,
}

impl OpenIncidents {
    /// Those that were cut short and are offered to who asks as `user` at `address`.
    pub fn cut_short(&self, address: &str, user: UserId) -> impl Iterator<Item = &Incident> {
        let open = self.list.iter().flatten().filter(|open| open.at_it.is_none());
        open.map(|open| &open.incident).filter(move |incident| incident.is_of(address, user))
    }
}
