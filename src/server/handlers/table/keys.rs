//! API keys, the team's settings for them, and collection access keys.

use serde_json::json;
use utoipa::openapi::HttpMethod::{Delete, Get, Patch, Post, Put};

use super::one;
use crate::api::acts::ActAnswer;
use crate::api::key::{
    ApiKey, CreatedApiKey, CreatedCollectionAccessKey, KeyPatch, Lookup, LookupAnswer, NewApiKey,
    NewCollectionAccessKey, Noted, RefusedUse, Regenerate, Revocations, RevocationsDone, Verification,
    VerificationAnswer,
};
use crate::api::page::{DEFAULT_LIMIT, MAX_LIMIT};
use crate::api::paths;
use crate::domain::key::Status;
use crate::domain::settings::{Impact, Settings, SettingsChange};
use crate::server::handlers::{
    acts, api_keys, bounds, changes, collection_keys, lookups, refused_uses, regenerate, revocations, settings,
    verifications,
};
use crate::server::http::body::Deletion;
use crate::server::openapi::{Doc, Parameter, Routes};
use crate::server::policy::Effect::{Changes, DeletesKey, EndsOverlap, Reads};
use crate::server::store::key_lists::Sort;

/// A fingerprint for examples: of no key.
const FINGERPRINT: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

pub fn routes(routes: Routes) -> Routes {
    collection_access_keys(team(many(one_key(routes))))
}

fn one_key(routes: Routes) -> Routes {
    routes
        .about("API keys", "Keys of this server's, one by one.")
        .add(
            Get,
            paths::API_KEYS,
            api_keys::list,
            Doc::new("getApiKeys", Reads, "API keys")
                .reads([
                    Parameter::word("scope", &["mine", "team"], "Whose: `team` is an admin's to ask for.").or("mine"),
                    Parameter::words("status", Status::WORDS, "Only keys that are one of these."),
                    Parameter::integer("createdBy", "Only keys of this user."),
                    Parameter::word("sort", &Sort::WORDS.map(|(word, _)| word), "In which order.").or("newest"),
                    Parameter::words_of_people("q", bounds::LONGEST_NAME, "Only keys whose name contains this."),
                    Parameter::limit(DEFAULT_LIMIT),
                    Parameter::cursor(),
                ])
                .page::<ApiKey>(),
        )
        .add(
            Post,
            paths::API_KEYS,
            api_keys::create,
            Doc::new("createApiKey", Changes, "Make an API key")
                .body::<NewApiKey>()
                .such_as(json!({ "name": "nightly export", "contacts": ["ops@acme.example"], "access": "read" }))
                .answer::<CreatedApiKey>(201)
                .once(),
        )
        .add(
            Get,
            &one(paths::API_KEYS),
            api_keys::get,
            Doc::new("getApiKey", Reads, "One API key").answer::<ApiKey>(200),
        )
        .add(
            Patch,
            &one(paths::API_KEYS),
            changes::patch,
            Doc::new("updateApiKey", Changes, "Change an API key")
                .body::<KeyPatch>()
                .or_lockout()
                .such_as(json!({ "status": "disabled", "note": "until the deploy is over" }))
                .answer::<ApiKey>(200),
        )
        .add(
            Post,
            &format!("{}/regenerate", one(paths::API_KEYS)),
            regenerate::regenerate,
            Doc::new("regenerateApiKey", Changes, "Give one's own API key a new value")
                .body::<Regenerate>()
                .or_none()
                .such_as(json!({ "overlapSeconds": 3600 }))
                .answer::<CreatedApiKey>(200)
                .once(),
        )
        .add(
            Delete,
            &format!("{}/overlap", one(paths::API_KEYS)),
            regenerate::end_overlap,
            Doc::new("endOverlap", EndsOverlap, "End the overlap in which an API key's earlier value works")
                .body::<Noted>()
                .or_none()
                .nothing(),
        )
        .add(
            Get,
            &format!("{}/refused-uses", one(paths::API_KEYS)),
            refused_uses::list,
            Doc::new("getRefusedUses", Reads, "From where an API key that no longer works is still tried")
                .reads([Parameter::limit(DEFAULT_LIMIT), Parameter::cursor()])
                .page::<RefusedUse>(),
        )
        .add(
            Delete,
            &one(paths::API_KEYS),
            api_keys::delete,
            Doc::new("deleteApiKey", DeletesKey, "Delete one's own API key").body::<Deletion>().or_none().nothing(),
        )
}

fn many(routes: Routes) -> Routes {
    routes
        .about("Many keys", "Keys by their hashes, and what is done to many at once.")
        .add(
            Post,
            paths::API_KEY_REVOCATIONS,
            revocations::revoke,
            Doc::new("revokeApiKeys", Changes, "Revoke API keys")
                .body::<Revocations>()
                .or_lockout()
                .such_as(json!({ "ids": ["01JQ8ZK3V5T9W2Y4A6C8E0G1H3"], "revocation": "exposed" }))
                .answer::<RevocationsDone>(200)
                .answer::<ActAnswer>(202)
                .once(),
        )
        .add(
            Post,
            paths::API_KEY_LOOKUPS,
            lookups::look_up,
            Doc::new("lookUpApiKeys", Reads, "Find keys by the hashes of their values, or by their ids")
                .body::<Lookup>()
                .such_as(json!({ "sha256": [FINGERPRINT] }))
                .answer::<LookupAnswer>(200),
        )
        .add(
            Post,
            paths::API_KEY_VERIFICATIONS,
            verifications::verify,
            Doc::new("verifyApiKeys", Reads, "Verify keys by the hashes of their values")
                .body::<Verification>()
                .such_as(json!({ "sha256": FINGERPRINT, "usedFrom": "192.0.2.7" }))
                .answer::<VerificationAnswer>(200),
        )
        .add(Get, &one(paths::ACTS), acts::get, Doc::new("getAct", Reads, "How far an act is").answer::<ActAnswer>(200))
}

fn team(routes: Routes) -> Routes {
    routes
        .about("Settings", "The team's rules for API keys.")
        .add(
            Get,
            paths::API_KEY_SETTINGS,
            settings::get,
            Doc::new("getApiKeySettings", Reads, "The team's settings").answer::<Settings>(200),
        )
        .add(
            Put,
            paths::API_KEY_SETTINGS,
            settings::put,
            Doc::new("updateApiKeySettings", Changes, "Change the team's settings")
                .body::<SettingsChange>()
                .or_lockout()
                .such_as(json!({ "version": 7, "expiryDays": 90, "spreadDays": 14 }))
                .answer::<Settings>(200)
                .answer::<ActAnswer>(202),
        )
        .add(
            Post,
            paths::API_KEY_SETTINGS_PREVIEW,
            settings::preview,
            Doc::new("previewApiKeySettings", Reads, "What a change of the settings would do; nothing is changed")
                .body::<SettingsChange>()
                .such_as(json!({ "expiryDays": 90, "spreadDays": 14 }))
                .answer::<Impact>(200),
        )
}

fn collection_access_keys(routes: Routes) -> Routes {
    routes
        .about("Collection access keys", "Keys that read one collection.")
        .add(
            Get,
            paths::COLLECTION_ACCESS_KEYS,
            collection_keys::list,
            Doc::new("getCollectionAccessKeys", Reads, "Collection access keys")
                .reads([
                    Parameter::text("collectionId", bounds::LONGEST_TEXT, "Only keys of the collection with this UID."),
                    Parameter::limit(MAX_LIMIT),
                    Parameter::cursor(),
                ])
                .answer::<collection_keys::Answer>(200),
        )
        .add(
            Post,
            paths::COLLECTION_ACCESS_KEYS,
            collection_keys::create,
            Doc::new("createCollectionAccessKey", Changes, "Make a collection access key")
                .body::<NewCollectionAccessKey>()
                .such_as(json!({ "collectionId": "1001-shipments", "collectionName": "Shipments" }))
                .answer::<CreatedCollectionAccessKey>(201)
                .once(),
        )
        .add(
            Delete,
            &one(paths::COLLECTION_ACCESS_KEYS),
            collection_keys::delete,
            Doc::new("deleteCollectionAccessKey", Changes, "Revoke a collection access key")
                .body::<Noted>()
                .or_none()
                .nothing(),
        )
}
