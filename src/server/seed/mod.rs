//! The demo's team.

use super::error::ServerError;
use crate::domain::secret::Secret;
use crate::domain::team::Role;
use crate::domain::time::Time;

/// What the demo's team shall be.
#[derive(Clone, Debug)]
pub struct SeedPlan {
    /// How many API keys there are; at least as many as there are people.
    pub keys: u64,
    /// The same seed makes the same team.
    pub seed: u64,
    /// The role of the user that the console acts as.
    pub role: Role,
    /// The present, which every moment of the team is relative to.
    pub now: Time,
}

/// The user that the console acts as.
#[derive(Debug)]
pub struct Seeded {
    /// Their key.
    pub api_key: Secret,
    /// Their role.
    pub role: Role,
    /// Their address.
    pub email: String,
}

/// Fills an empty database.
pub async fn fill(_database: &str, _plan: &SeedPlan) -> Result<Seeded, ServerError> {
    Err(ServerError::Invalid { field: "seed", reason: String::new() })
}
