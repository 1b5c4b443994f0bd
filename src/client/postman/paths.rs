//! The paths of the public Postman API that are asked.

pub(super) const ME: &str = "/me";
pub(super) const USERS: &str = "/users";
pub(super) const COLLECTION_ACCESS_KEYS: &str = "/collection-access-keys";
pub(super) const COLLECTIONS: &str = "/collections";
