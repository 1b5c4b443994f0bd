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
/// What a change of the settings would do.
pub const API_KEY_SETTINGS_PREVIEW: &str = "/api-key-settings/preview";
/// What is carried out in batches.
pub const ACTS: &str = "/acts";
/// Collection access keys.
pub const COLLECTION_ACCESS_KEYS: &str = "/collection-access-keys";
/// Searching the findings.
pub const DETECTED_SECRETS_QUERIES: &str = "/detected-secrets-queries";
/// The kinds of secret that are looked for.
pub const SECRET_TYPES: &str = "/secret-types";
/// Verifying a key by the hash of its value, for a team's own services.
pub const API_KEY_VERIFICATIONS: &str = "/api-key-verifications";
/// Reporting detected secrets, and one of them: its locations, its resolution.
pub const DETECTED_SECRETS: &str = "/detected-secrets";
/// The audit log.
pub const AUDIT_LOGS: &str = "/audit/logs";
/// The actions that the audit log knows.
pub const AUDIT_ACTIONS: &str = "/audit-actions";
/// A collection, read with a collection access key.
pub const COLLECTIONS: &str = "/collections";
/// GitHub's secret scanning alerts, where they are taken.
pub const PARTNERS_GITHUB: &str = "/partners/github";
/// The kinds of secret that GitLab may send, where it is served.
pub const PARTNERS_GITLAB_TYPES: &str = "/partners/gitlab/token-types";
/// The secrets that GitLab found, where it is served.
pub const PARTNERS_GITLAB_REVOCATIONS: &str = "/partners/gitlab/revocations";
/// The contract; takes no key.
pub const OPENAPI: &str = "/openapi.json";
/// Whether the server lives; takes no key.
pub const HEALTHZ: &str = "/healthz";
/// Whether keys can be managed: whether its database takes writes; takes no key.
pub const READYZ: &str = "/readyz";
