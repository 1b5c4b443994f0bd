//! New values and ids, from the operating system's random source.

use ulid::Ulid;

use super::error::ServerError;
use crate::domain::key_value::{self, KeyKind};
use crate::domain::secret::Secret;

pub fn value(kind: KeyKind) -> Result<Secret, ServerError> {
    key_value::mint(kind, getrandom::fill).map_err(ServerError::Random)
}

/// A new id: unique, and never to be confused with a value.
pub fn id() -> String {
    Ulid::new().to_string()
}
