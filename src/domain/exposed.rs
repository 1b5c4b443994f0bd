//! What stands behind findings: the keys to revoke, each once, and the findings that are dealt with by that.

use std::collections::{HashMap, HashSet};

use super::bulk::Target;
use super::finding::{Address, Finding, Resolution, Resolving};
use super::ids::KeyId;
use super::key::{Key, Status};
use super::time::Time;
use super::untrusted::Untrusted;

/// Findings sorted by what can be done to them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Behind {
    /// The keys that can still be revoked, each once, in the order of the findings.
    pub keys: Vec<Key>,
    /// Every open finding of those keys, also those that were not chosen: the key's end is the end of all of them.
    pub findings: Vec<Finding>,
    /// Chosen open findings whose key is revoked already: all that is left is to say so.
    pub dead: Vec<Finding>,
    /// Chosen open findings of other makers' keys, or of no key that anybody knows.
    pub foreign: Vec<Finding>,
    /// How many of the chosen somebody dealt with before.
    pub over: usize,
}

impl Behind {
    /// Sorts the findings that were chosen by their ids, of `all` that are known. What `key` knows of a key is preferred to
    /// what the finding tells of it.
    pub fn of<'f>(
        chosen: &[KeyId],
        all: impl IntoIterator<Item = &'f Finding>,
        key: impl Fn(&KeyId) -> Option<Key>,
    ) -> Self {
        let all: Vec<&Finding> = all.into_iter().collect();
        let mut behind = Self::default();
        let mut seen: HashSet<KeyId> = HashSet::new();
        let wanted: HashSet<&KeyId> = chosen.iter().collect();
        let found: HashMap<&KeyId, &Finding> =
            all.iter().filter(|finding| wanted.contains(&finding.id)).map(|finding| (&finding.id, *finding)).collect();
        let in_order = chosen.iter().filter_map(|id| found.get(id));
        for finding in in_order {
            let known = finding.key_id.as_ref().and_then(&key).filter(|known| known.kind == finding.key_kind);
            match known.or_else(|| finding.key()) {
                _ if !finding.is_open() => behind.over += 1,
                None => behind.foreign.push((*finding).clone()),
                Some(key) if key.status == Status::Revoked => behind.dead.push((*finding).clone()),
                Some(key) => {
                    if seen.insert(key.id.clone()) {
                        behind.keys.push(key);
                    }
                }
            }
        }
        let named = |finding: &&Finding| finding.key_id.as_ref().is_some_and(|id| seen.contains(id));
        behind.findings = all.iter().copied().filter(|finding| finding.is_open()).filter(named).cloned().collect();
        behind
    }

    /// The findings that are called revoked once the keys are.
    pub fn to_resolve(&self) -> Vec<Finding> {
        self.findings.iter().chain(&self.dead).cloned().collect()
    }
}

/// A finding that is to be called revoked, since its key was: what stands on disk until it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Unresolved {
    /// The profile that revoked the key.
    pub profile: String,
    /// The server's address, which alone says where it is to be resolved.
    pub server: String,
    pub at: Address,
    /// Its key.
    pub key: Target,
    /// What it is called.
    pub name: Untrusted,
    /// The address of the place where it was found.
    pub url: Untrusted,
    /// When its key was revoked, or was about to be.
    pub since: Time,
    /// Why the last try came to nothing; none before the first.
    pub trouble: Option<Untrusted>,
}

/// What became of a finding after its key was revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It is resolved as revoked.
    Resolved,
    /// Its key is revoked, and the finding could not be resolved: it is kept on disk and tried again; why.
    StillOpen(Untrusted),
    /// The same, but it could not be kept on disk either; why.
    Forgotten(Untrusted),
    /// Its key is not revoked, so nothing is said of the finding.
    KeyLives,
}

impl Settled {
    /// In words, behind the finding's name.
    pub fn words(&self) -> String {
        match self {
            Self::Resolved => "resolved".to_owned(),
            Self::StillOpen(why) => format!("its key is revoked, the finding still open: {why}; it is tried again"),
            Self::Forgotten(why) => format!("its key is revoked, the finding still open: {why}"),
            Self::KeyLives => "open: its key is not revoked".to_owned(),
        }
    }

    /// Whether nothing is left to do.
    pub fn is_done(&self) -> bool {
        *self == Self::Resolved
    }
}

/// What a new try to resolve one came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Retried {
    /// Resolved by this try.
    Resolved,
    /// Somebody dealt with it meanwhile, or it is no longer there.
    Over,
    /// Its key lives: the revocation never came to pass, or is still under way.
    KeyLives,
    /// It is tried again later; why it did not work.
    StillOpen(Untrusted),
}

impl Resolving {
    /// Says of a finding what it is called from now on, in every workspace where it is open, and why.
    pub fn of(finding: &Finding, resolution: Resolution, note: Option<String>) -> Self {
        let others = finding.open_workspaces().filter(|workspace| **workspace != finding.workspace_id);
        Self {
            secret: finding.secret_id.clone(),
            workspace: finding.workspace_id.as_received().to_owned(),
            also: others.map(|workspace| workspace.as_received().to_owned()).collect(),
            resolution,
            note,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::key_value::KeyKind;

    fn of_key(id: &str, key: &str, status: Status) -> Finding {
        Finding { key_id: Some(key.into()), key_name: key.into(), key_status: Some(status), ..Finding::sample(id) }
    }

    fn ids<'a>(ids: impl IntoIterator<Item = &'a KeyId>) -> Vec<&'a str> {
        ids.into_iter().map(KeyId::as_str).collect()
    }

    fn of_findings(findings: &[Finding]) -> Vec<&str> {
        ids(findings.iter().map(|finding| &finding.id))
    }

    #[test]
    fn several_findings_of_one_key_are_one_key_and_all_of_them_are_dealt_with() {
        let all = [
            of_key("f1", "a", Status::Enabled),
            of_key("f2", "b", Status::Revoked),
            of_key("f3", "a", Status::Enabled),
            of_key("f4", "a", Status::Enabled),
            Finding { resolution: Resolution::FalsePositive, ..of_key("f5", "a", Status::Enabled) },
            Finding::sample("f6"),
            of_key("f7", "c", Status::Disabled),
        ];
        let chosen = ["f3", "f7", "f1", "f2", "f5", "f6", "gone"].map(KeyId::from);
        let behind = Behind::of(&chosen, all.iter(), |_| None);
        assert_eq!(ids(behind.keys.iter().map(|key| &key.id)), ["a", "c"]);
        assert_eq!(of_findings(&behind.findings), ["f1", "f3", "f4", "f7"], "f4 too, which nobody chose");
        assert_eq!((of_findings(&behind.dead), of_findings(&behind.foreign), behind.over), (vec!["f2"], vec!["f6"], 1));
        assert_eq!(of_findings(&behind.to_resolve()), ["f1", "f3", "f4", "f7", "f2"]);
    }

    #[test]
    fn what_is_known_of_the_key_is_preferred_unless_it_is_another_kind_of_key() {
        let all = [of_key("f1", "a", Status::Enabled)];
        let known = |kind| move |id: &KeyId| Some(Key { kind, status: Status::Revoked, ..Key::sample(id.as_str()) });
        let behind = Behind::of(&["f1".into()], all.iter(), known(KeyKind::ApiKey));
        assert_eq!((behind.keys.len(), of_findings(&behind.dead)), (0, vec!["f1"]));
        let behind = Behind::of(&["f1".into()], all.iter(), known(KeyKind::CollectionAccessKey));
        assert_eq!((ids(behind.keys.iter().map(|key| &key.id)), behind.dead.len()), (vec!["a"], 0));
    }
}
