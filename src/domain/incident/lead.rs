//! What else may be in the wrong hands: keys that have to do with a leaked one.

use serde::{Deserialize, Serialize};

use super::facts::Facts;
use super::{Incident, Subject};
use crate::domain::ids::KeyId;
use crate::domain::key::{Key, Status};
use crate::domain::key_value::{KeyKind, hex};
use crate::domain::untrusted::Untrusted;
use crate::domain::values::Format;

/// A key that the hunt found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lead {
    pub facts: Box<Facts>,
    pub why: Why,
    pub masked: Untrusted,
    /// SHA-256 of its present value in hexadecimal, where the server tells it.
    pub fingerprint: Option<String>,
    /// The name of its kind, as findings call it.
    pub form: String,
}

/// Why a key is suspected; the strongest reason counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "why", content = "of")]
pub enum Why {
    /// It was made with the leaked key: whoever had that may have made it.
    MintedWith(KeyId),
    /// The leaked key was rotated to it, or from it.
    Rotated(KeyId),
    /// A key of the same owner, that others can read too.
    SameOwnerExposed,
    /// A key of the same owner.
    SameOwner,
    /// A collection access key of the same owner.
    OwnersCollection,
}

impl Why {
    /// The reason in words.
    pub fn words(&self) -> &'static str {
        match self {
            Self::MintedWith(_) => "made with the leaked key",
            Self::Rotated(_) => "one was rotated to the other",
            Self::SameOwnerExposed => "of the same owner, and exposed too",
            Self::SameOwner => "of the same owner",
            Self::OwnersCollection => "opens a collection of the same owner",
        }
    }

    /// The strongest reason first.
    fn rank(&self) -> u8 {
        match self {
            Self::MintedWith(_) => 0,
            Self::SameOwnerExposed => 1,
            Self::Rotated(_) => 2,
            Self::SameOwner => 3,
            Self::OwnersCollection => 4,
        }
    }
}

impl Lead {
    /// `key`, suspected for `why`.
    pub fn of(key: &Key, facts: Facts, why: Why) -> Self {
        let format = match key.kind {
            KeyKind::ApiKey => Format::ApiKey,
            KeyKind::CollectionAccessKey => Format::CollectionAccessKey,
        };
        Self {
            facts: Box::new(facts),
            why,
            masked: key.masked.clone(),
            fingerprint: key.digest.as_ref().map(|digest| hex(digest)),
            form: format.name().to_owned(),
        }
    }

    /// Whether anything is left to be done about it.
    pub fn is_alive(&self) -> bool {
        self.facts.status != Status::Revoked
    }
}

/// Why `key` is suspected beside the leaked ones, if it is.
pub fn suspicion<'s>(key: &Key, leaked: impl IntoIterator<Item = &'s Subject>) -> Option<Why> {
    let reasons = leaked.into_iter().filter_map(Subject::facts).filter_map(|leaked| {
        if leaked.id == key.id && leaked.kind() == key.kind {
            return None;
        }
        let is_api = key.kind == KeyKind::ApiKey;
        let rotated = |other: &Option<super::Relative>| other.as_ref().is_some_and(|other| other.id == key.id);
        if is_api && key.minted_with.as_ref() == Some(&leaked.id) {
            Some(Why::MintedWith(leaked.id.clone()))
        } else if is_api && (rotated(&leaked.rotated_from) || rotated(&leaked.rotated_to)) {
            Some(Why::Rotated(leaked.id.clone()))
        } else if key.owner_id != leaked.owner_id {
            None
        } else if !is_api {
            Some(Why::OwnersCollection)
        } else if key.exposed {
            Some(Why::SameOwnerExposed)
        } else {
            Some(Why::SameOwner)
        }
    });
    reasons.min_by_key(Why::rank)
}

impl Incident {
    /// Leads in the order in which they are shown: the live ones first, by how strong the suspicion is.
    pub fn in_order(mut leads: Vec<Lead>) -> Vec<Lead> {
        leads.sort_by_key(|lead| (!lead.is_alive(), lead.why.rank()));
        leads
    }
}
