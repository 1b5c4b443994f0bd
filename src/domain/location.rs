//! Where a finding's secret stands, place by place, and how the finding was resolved so far.

use super::finding::Resolution;
use super::ids::UserId;
use super::time::When;
use super::untrusted::Untrusted;

/// One place. Source: Postman's `GET /detected-secrets/{secretId}/locations`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Location {
    /// A link to the place.
    pub url: Untrusted,
    /// Where in the resource.
    pub within: Untrusted,
    /// The kind of resource.
    pub resource: Untrusted,
    /// Who put it there, where that is known.
    pub leaked_by: Option<UserId>,
    /// How often the secret stands there, where that is told.
    pub occurrences: Option<u64>,
    /// When it was first seen there.
    pub detected: When,
    /// Whether the resource is deleted. The text being gone does not make the key dead: whoever read it has it.
    pub gone: bool,
}

/// A resolution that a finding was given.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    pub at: When,
    /// Who; none: the server itself.
    pub by: Option<UserId>,
    pub resolution: Resolution,
}

/// A page of a finding's places, and what was said of it so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Locations {
    /// The latest first, where the server keeps an order.
    pub places: Vec<Location>,
    /// How many places there are in all, where the server says so.
    pub total: Option<u64>,
    /// Where the next page is; none at the end.
    pub next: Option<String>,
    /// The first time first.
    pub history: Vec<Resolved>,
}
