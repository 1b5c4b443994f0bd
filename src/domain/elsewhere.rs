//! One secret in several workspaces, where a backend addresses each apart and a person sees one row.

use super::finding::{Finding, Resolution};
use super::untrusted::Untrusted;

/// One more workspace that holds a finding's secret.
#[derive(Clone, Debug, PartialEq)]
pub struct Elsewhere {
    pub workspace: Untrusted,
    /// Who can see it.
    pub visibility: Untrusted,
    /// What became of the secret there.
    pub resolution: Resolution,
}

impl Finding {
    /// How many workspaces hold the secret.
    pub fn workspaces(&self) -> usize {
        1 + self.elsewhere.len()
    }

    /// The workspaces in which nobody has dealt with it yet, the row's own first.
    pub fn open_workspaces(&self) -> impl Iterator<Item = &Untrusted> {
        let own = self.is_open().then_some(&self.workspace_id);
        let open = |other: &&Elsewhere| other.resolution == Resolution::Active;
        own.into_iter().chain(self.elsewhere.iter().filter(open).map(|other| &other.workspace))
    }

    /// Takes in the same secret in another workspace: the row is open while any is, was first seen when the first was, and
    /// shows who can see the most open one.
    pub fn also_in(&mut self, mut other: Self) {
        if !self.is_open() && other.is_open() {
            std::mem::swap(&mut self.workspace_id, &mut other.workspace_id);
            std::mem::swap(&mut self.resolution, &mut other.resolution);
            std::mem::swap(&mut self.visibility, &mut other.visibility);
        }
        self.occurrences = self.occurrences.saturating_add(other.occurrences);
        let earlier = match (self.detected.time(), other.detected.time()) {
            (Some(own), Some(others)) => others < own,
            (None, Some(_)) => true,
            (_, None) => false,
        };
        if earlier {
            self.detected = other.detected;
        }
        self.elsewhere.push(Elsewhere {
            workspace: other.workspace_id,
            visibility: other.visibility,
            resolution: other.resolution,
        });
    }

    /// Where it is, in few words: the address of the place, else the workspace, or how many of them.
    pub fn spot(&self) -> String {
        match (self.url.is_empty(), self.elsewhere.is_empty()) {
            (false, _) => self.url.to_string(),
            (true, true) => self.workspace_id.to_string(),
            (true, false) => format!("{} workspaces", self.workspaces()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(workspace: &str, resolution: Resolution) -> Finding {
        Finding { workspace_id: workspace.into(), resolution, ..Finding::sample("s") }
    }

    #[test]
    fn a_row_of_several_workspaces_is_open_while_any_is_and_begins_with_an_open_one() {
        let mut row = at("a", Resolution::Revoked);
        row.also_in(at("b", Resolution::AcceptedRisk));
        assert!(!row.is_open() && row.open_workspaces().next().is_none());
        row.also_in(at("c", Resolution::Active));
        row.also_in(at("d", Resolution::Active));
        assert!(row.is_open());
        assert_eq!(row.open_workspaces().map(Untrusted::as_received).collect::<Vec<_>>(), ["c", "d"]);
        assert_eq!((row.workspaces(), row.occurrences, row.spot().as_str()), (4, 4, "4 workspaces"));
        assert_eq!(at("a", Resolution::Active).spot(), "a");
    }
}
