//! Identifiers: opaque to the client, cheap to copy, shown only through the sanitiser.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::untrusted::Untrusted;

/// The id of an API key, a collection access key or a finding, opaque and as received (it may hold `=` or `/`, so a
/// path needs it percent-encoded).
#[derive(Clone, Default, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(Untrusted);

impl KeyId {
    /// The id as received, for comparing and for requests.
    pub fn as_str(&self) -> &str {
        self.0.as_received()
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<&str> for KeyId {
    fn from(id: &str) -> Self {
        Self(Untrusted::from(id))
    }
}

impl From<Untrusted> for KeyId {
    fn from(id: Untrusted) -> Self {
        Self(id)
    }
}

impl From<String> for KeyId {
    fn from(id: String) -> Self {
        Self(Untrusted::from(id))
    }
}

/// The id of a user: an integer, although some servers write it as a double or as a string; 0 when absent.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(pub i64);

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for UserId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

impl<'de> Deserialize<'de> for UserId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Untrusted::deserialize(deserializer)?;
        let text = text.as_received();
        #[expect(clippy::cast_possible_truncation, reason = "an id written as a double; saturates")]
        let id = text.parse().ok().or_else(|| text.parse::<f64>().ok().map(|id| id as i64));
        Ok(Self(id.unwrap_or_default()))
    }
}
