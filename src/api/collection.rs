//! A collection as a collection access key reads it. Source: Postman's `GET /collections/{uid}`, of which keydeck keeps
//! what a key names: the collection's UID and name, never its requests.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::page::null_as_default;
use crate::domain::untrusted::Untrusted;

/// The form a collection is written in. Source: Postman's collection format 2.1.0.
pub const SCHEMA: &str = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";

/// The answer of `GET /collections/{uid}`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CollectionAnswer {
    /// The collection.
    pub collection: Collection,
}

/// A collection.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Collection {
    /// What it is.
    pub info: CollectionInfo,
    /// Its requests and folders: none are kept here.
    #[serde(default, deserialize_with = "null_as_default")]
    pub item: Vec<serde_json::Value>,
}

/// What a collection is.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CollectionInfo {
    /// Its id: the UID without the user's number before it.
    #[serde(rename = "_postman_id", default)]
    pub id: Untrusted,
    /// Its name; the UID, where nobody named it.
    #[serde(default)]
    pub name: Untrusted,
    /// [`SCHEMA`].
    #[serde(default)]
    pub schema: Untrusted,
    /// Its UID.
    #[serde(default)]
    pub uid: Untrusted,
}
