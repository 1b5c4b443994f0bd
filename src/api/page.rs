//! Lists that come in pages.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The largest page of an extension endpoint.
pub const MAX_LIMIT: u32 = 1000;
/// The page an extension endpoint answers when none is asked for.
pub const DEFAULT_LIMIT: u32 = 100;
/// The most ids that one revocation takes, and the most hashes one look-up takes.
pub const MAX_IDS: usize = 1000;

/// One page: `{"data":[…],"meta":{…}}`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub struct Page<T> {
    /// The rows.
    #[serde(default = "Vec::new", deserialize_with = "null_as_default")]
    pub data: Vec<T>,
    /// Where the next page is.
    #[serde(default, deserialize_with = "null_as_default")]
    pub meta: Meta,
}

/// What stands beside the rows.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Meta {
    /// Passed as `cursor` to get the next page; null, empty or absent at the end.
    pub next_cursor: Option<String>,
    /// How many rows there are in all; on the first page only, of extension endpoints.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "lenient_count")]
    pub total: Option<u64>,
}

impl Meta {
    /// The next page's cursor, if there is one. The end is null, empty or absent.
    pub fn next(&self) -> Option<&str> {
        self.next_cursor.as_deref().filter(|cursor| !cursor.is_empty())
    }
}

/// Reads null as the type's default.
pub fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Reads a count that may be written `3`, `3.0` or null.
pub fn lenient_count<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count written as a double; saturates"
    )]
    Ok(Option::<f64>::deserialize(deserializer)?.map(|count| count as u64))
}
