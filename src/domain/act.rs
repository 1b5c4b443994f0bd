//! What concerns very many keys at once: what was asked, and how far the server has come with it.

use super::ids::KeyId;

/// How far an act of the server's is. What it decided holds since it began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActProgress {
    pub id: KeyId,
    pub running: bool,
    /// How many keys are done.
    pub done: u64,
    /// How many it concerns.
    pub total: u64,
}

/// Every key of the team that the caller may revoke, but for those left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RevokeAll {
    /// Left out.
    pub except: Vec<KeyId>,
    /// Why, for the audit log: at most 2000 characters.
    pub note: Option<String>,
    /// Makes the same request sent twice one request.
    pub idempotency_key: Option<String>,
}

/// What came of revoking all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RevokedAll {
    /// So many were revoked, and so many are others' to revoke.
    Done { revoked: u64, forbidden: u64 },
    /// No key of it is accepted any more; the rest follows.
    UnderWay(ActProgress),
}
