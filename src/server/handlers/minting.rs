//! New values of API keys: made here, or by the client, which then sends only a hash and a mask.

use crate::domain::key_value::{self, KeyKind};
use crate::domain::secret::Secret;
use crate::server::http::problem::Problem;
use crate::server::mint;
use crate::server::store::{Write, api_keys};

/// A new value, as far as the server knows it.
pub struct Minted {
    /// The value itself; none when the client made it.
    pub value: Option<Secret>,
    pub secret_hash: String,
    pub masked_value: String,
}

impl Minted {
    /// Takes the client's hash and mask, which come together, or makes a value.
    pub fn new(hash: Option<String>, masked: Option<String>) -> Result<Self, Problem> {
        match (hash, masked) {
            (None, None) => {
                let value = mint::value(KeyKind::ApiKey)?;
                let (secret_hash, masked_value) =
                    (key_value::fingerprint(value.expose()), key_value::mask(value.expose()));
                Ok(Self { value: Some(value), secret_hash, masked_value })
            }
            (Some(_), None) => Err(Problem::missing("maskedValue")),
            (None, Some(_)) => Err(Problem::missing("secretHash")),
            (Some(hash), Some(_)) if !key_value::is_fingerprint(&hash) => {
                Err(Problem::malformed("secretHash", "not 64 lower-case hexadecimal digits"))
            }
            (Some(_), Some(masked)) if !key_value::is_masked_api_key(&masked) => {
                Err(Problem::malformed("maskedValue", "not kdk_… and four base-62 characters"))
            }
            (Some(secret_hash), Some(masked_value)) => Ok(Self { value: None, secret_hash, masked_value }),
        }
    }

    /// Refuses a value that any key ever had, or that was found somewhere; whose it is, is not told.
    pub async fn must_be_new(&self, write: &mut Write) -> Result<(), Problem> {
        if api_keys::is_known(write.on(), &self.secret_hash).await? {
            return Err(Problem::conflict("known", "this value is known already: mint another"));
        }
        Ok(())
    }
}

/// Who made a value of which the server knows this much, for the audit log.
pub fn minted_by(value: Option<&Secret>) -> &'static str {
    if value.is_some() { "server" } else { "client" }
}
