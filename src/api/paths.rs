//! The paths of the API, once.

/// Who asks.
pub const ME: &str = "/me";
/// The team's users.
pub const USERS: &str = "/users";
/// API keys.
pub const API_KEYS: &str = "/api-keys";
/// Revoking many keys in one call.
pub const API_KEY_REVOCATIONS: &str = "/api-key-revocations";
/// Finding keys by the hash of their value.
pub const API_KEY_LOOKUPS: &str = "/api-key-lookups";
/// The team's settings.
pub const API_KEY_SETTINGS: &str = "/api-key-settings";
/// Collection access keys.
pub const COLLECTION_ACCESS_KEYS: &str = "/collection-access-keys";
/// Searching the findings.
pub const DETECTED_SECRETS_QUERIES: &str = "/detected-secrets-queries";
/// The kinds of secret that are looked for.
pub const SECRET_TYPES: &str = "/secret-types";
