//! The paths of the public Postman API that are asked.

pub(super) const ME: &str = "/me";
pub(super) const USERS: &str = "/users";
pub(super) const COLLECTION_ACCESS_KEYS: &str = "/collection-access-keys";
pub(super) const COLLECTIONS: &str = "/collections";
pub(super) const SECRET_TYPES: &str = "/secret-types";
pub(super) const DETECTED_SECRETS_QUERIES: &str = "/detected-secrets-queries";
pub(super) const DETECTED_SECRETS: &str = "/detected-secrets";
pub(super) const AUDIT_LOGS: &str = "/audit/logs";
