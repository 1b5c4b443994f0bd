//! New values and ids, from the operating system's random source.

use ulid::Ulid;
use zeroize::Zeroizing;

use super::error::ServerError;
use crate::domain::key_value::{self, KeyKind};
use crate::domain::secret::Secret;

/// A new value of a key.
pub fn value(kind: KeyKind) -> Result<Secret, ServerError> {
    key_value::mint(kind, getrandom::fill).map_err(ServerError::Random)
}

/// A new key for the server's own hashes, in hexadecimal.
pub fn server_key() -> Result<Zeroizing<String>, ServerError> {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    getrandom::fill(bytes.as_mut_slice()).map_err(ServerError::Random)?;
    Ok(Zeroizing::new(key_value::hex(bytes.as_slice())))
}

/// A new id: unique, and never to be confused with a value.
pub fn id() -> String {
    Ulid::new().to_string()
}
