//! What one field of a body takes.

use serde_json::{Value, json};

use crate::api::page::MAX_IDS;
use crate::domain::finding::Source;
use crate::domain::key::{Access, Revocation};
use crate::domain::settings::CurrentlyExposed;
use crate::domain::team::{Role, UserKind};
use crate::server::handlers::bounds::{
    LONGEST_NAME, LONGEST_NOTE, LONGEST_OVERLAP, LONGEST_TEXT, LONGEST_URL, MOST_CHOICES, MOST_CONTACTS, RESOLUTIONS,
    RESOURCE_TYPES, SECRET, STATUSES, VISIBILITIES, VISIBILITIES_ASKED,
};
use crate::server::http::body::LONGEST_ID;
use crate::server::http::query::LONGEST;

/// What `field` of the body that is called `body` takes; none: what its type says is all.
pub fn bounds(body: &str, field: &str) -> Option<Value> {
    let bounds = match (body, field) {
        ("NewApiKey" | "NewUser", "name") => text(LONGEST_NAME),
        ("KeyPatch" | "UserPatch", "name") => or_null(text(LONGEST_NAME)),
        ("KeyPatch", "status") => or_null(word(["enabled", "disabled"])),
        ("NewUser", "email") => or_null(email()),
        ("NewUser" | "UserPatch", "roles") => {
            or_null(json!({ "type": "array", "items": word(Role::WORDS), "minItems": 1, "maxItems": 20 }))
        }
        ("NewUser", "kind") => or_null(word(UserKind::WORDS)),
        ("Verification", "sha256") => {
            json!({ "oneOf": [fingerprint(), list(&fingerprint(), 1, MAX_IDS)] })
        }
        ("Verification", "usedFrom") => json!({
            "anyOf": [
                { "type": "string", "format": "ipv4" },
                { "type": "string", "format": "ipv6" },
                { "type": "null" },
            ],
        }),
        ("Revocations" | "Lookup", "ids") => or_null(list(&id(), 1, MAX_IDS)),
        ("Lookup", "sha256") => or_null(list(&fingerprint(), 1, MAX_IDS)),
        ("UserPatch", "active") | ("Revocations", "all") => or_null(json!({ "type": "boolean" })),
        ("Revocations", "except") => or_null(list(&id(), 0, MOST_EXCEPT)),
        ("Revocations", "revocation") => or_null(word(Revocation::WORDS.iter().filter(|word| **word != "inactivity"))),
        ("NewCollectionAccessKey", "collectionId") => text(LONGEST_TEXT),
        ("NewCollectionAccessKey", "collectionName") => or_null(text(LONGEST_TEXT)),
        ("Resolve", "resolution") => word(RESOLUTIONS),
        ("Resolve", "workspaceId") => json!({ "type": "string", "maxLength": LONGEST, "pattern": NO_NUL }),
        ("Regenerate", "overlapSeconds") => or_null(whole(0, LONGEST_OVERLAP)),
        ("DetectedSecretsQuery" | "ResourceFilter", _) => of_search(field)?,
        ("SecretReport", _) => of_report(field)?,
        ("SettingsChange", _) => of_settings(field)?,
        _ => common(field)?,
    };
    Some(bounds)
}

/// The most keys that `all` may leave out: as many as a body of 1 MiB has room for.
const MOST_EXCEPT: usize = 1 << 20;

/// Fields that are the same wherever they stand.
fn common(field: &str) -> Option<Value> {
    Some(match field {
        "note" => or_null(json!({ "type": "string", "maxLength": LONGEST_NOTE, "pattern": format!("^[^{UNSEEN}]*$") })),
        "contacts" => or_null(contacts()),
        "expiresAt" | "disabledUntil" => or_null(moment()),
        "rotatedFrom" => or_null(id()),
        "access" => or_null(word(Access::WORDS)),
        "ownerId" => or_null(json!({ "type": "integer", "format": "int64" })),
        "secretHash" => or_null(fingerprint()),
        "maskedValue" => or_null(json!({ "type": "string", "pattern": "^kdk_…[0-9A-Za-z]{4}$" })),
        "allowLockout" => or_null(json!({ "type": "boolean" })),
        _ => return None,
    })
}

fn of_search(field: &str) -> Option<Value> {
    Some(match field {
        "resolved" => or_null(json!({ "type": "boolean" })),
        "secretTypes" | "workspaceIds" => or_null(list(&id(), 0, MOST_CHOICES)),
        "ids" => list(&id(), 1, MOST_CHOICES),
        "statuses" => or_null(list(&word(STATUSES), 0, MOST_CHOICES)),
        "workspaceVisibilities" => or_null(list(&word(VISIBILITIES_ASKED), 0, MOST_CHOICES)),
        "resources" => or_null(list(&super::schemas::reference("ResourceFilter"), 0, MOST_CHOICES)),
        "type" => word(RESOURCE_TYPES),
        _ => return None,
    })
}

fn of_report(field: &str) -> Option<Value> {
    Some(match field {
        "value" => or_null(json!({
            "type": "string", "format": "password", "writeOnly": true,
            "minLength": SECRET.start(), "maxLength": SECRET.end(), "pattern": NO_NUL,
        })),
        "secretType" => text(LONGEST_TEXT),
        "url" => text(LONGEST_URL),
        "source" => word(Source::WORDS),
        "obfuscatedSecret" | "resourceType" | "workspaceId" => or_null(text(LONGEST_TEXT)),
        "resourceId" => or_null(text(LONGEST_URL)),
        "workspaceVisibility" => or_null(word(VISIBILITIES)),
        "detectedAt" => or_null(moment()),
        _ => return common(field),
    })
}

fn of_settings(field: &str) -> Option<Value> {
    Some(match field {
        "version" => or_null(whole(0, i64::MAX.unsigned_abs())),
        "membersMayGenerate" | "autoRevokeExposed" => or_null(json!({ "type": "boolean" })),
        "expiryDays" | "maxAgeDays" | "inactivityDays" => or_null(whole(1, 3650)),
        "spreadDays" => or_null(whole(1, 90)),
        "maxKeysPerUser" => or_null(whole(1, 100_000)),
        "notifyBeforeDays" => {
            let mut days = list(&whole(1, 365), 0, 10);
            days["uniqueItems"] = json!(true);
            or_null(days)
        }
        "membersAccess" => or_null(word(Access::WORDS)),
        "currentlyExposed" => or_null(word(CurrentlyExposed::WORDS)),
        _ => return common(field),
    })
}

/// Text for people: not empty, nor blank.
pub(super) fn text(longest: usize) -> Value {
    let pattern = format!("^[^{UNSEEN}]*[^\\s{UNSEEN}][^{UNSEEN}]*$");
    json!({ "type": "string", "minLength": 1, "maxLength": longest, "pattern": pattern })
}

/// The characters that people would not see as what they are, as a part of a class of a regular expression: those that
/// `is_hostile` names on the first plane. Those beyond it are refused too; readers of regular expressions do not agree on how
/// they are written in a class, and some refuse the whole contract for them.
const UNSEEN: &str = "\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\
    \\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ue000-\\uf8ff\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb";

/// What no text of a body holds, whatever it is for.
const NO_NUL: &str = "^[^\\u0000]*$";

fn id() -> Value {
    json!({ "type": "string", "maxLength": LONGEST_ID, "pattern": format!("^[^{UNSEEN}]*$") })
}

fn fingerprint() -> Value {
    json!({ "type": "string", "pattern": "^[0-9a-f]{64}$", "minLength": 64, "maxLength": 64 })
}

fn email() -> Value {
    json!({ "type": "string", "format": "email", "maxLength": 254 })
}

fn moment() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

fn whole(least: u64, most: u64) -> Value {
    json!({ "type": "integer", "format": "int64", "minimum": least, "maximum": most })
}

fn list(items: &Value, least: usize, most: usize) -> Value {
    json!({ "type": "array", "items": items, "minItems": least, "maxItems": most })
}

/// E-mail addresses to tell.
pub fn contacts() -> Value {
    list(&email(), 0, MOST_CONTACTS)
}

/// One of these words.
pub fn word<W: AsRef<str>>(words: impl IntoIterator<Item = W>) -> Value {
    let words: Vec<String> = words.into_iter().map(|word| word.as_ref().to_owned()).collect();
    json!({ "type": "string", "enum": words })
}

/// The same, or null.
pub fn or_null(mut schema: Value) -> Value {
    let kind = schema["type"].take();
    schema["type"] = json!([kind, "null"]);
    if let Some(Value::Array(words)) = schema.get_mut("enum") {
        words.push(Value::Null);
    }
    schema
}

/// The same, but for null.
pub fn not_null(mut schema: Value) -> Value {
    if let Some(kind) = schema["type"].get(0).cloned() {
        schema["type"] = kind;
    }
    if let Some(Value::Array(words)) = schema.get_mut("enum") {
        words.retain(|word| !word.is_null());
    }
    schema
}
