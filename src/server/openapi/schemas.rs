//! What is done to the schemas that were derived from types: an answer has all of its fields, a body no others than those,
//! and what the contract says of a body's fields is in its bounds.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use utoipa::openapi::{RefOr, Schema};

use super::bodies;

type Schemas = BTreeMap<String, Value>;

const PLACE: &str = "#/components/schemas/";

/// The fields of answers that are left out where there is nothing to say. All others are always there.
const SOMETIMES: &[(&str, &[&str])] = &[
    // an entry is told as it was written; who finds secrets elsewhere is no user
    ("AuditActor", &["id", "email", "active", "apiKeyId"]),
    ("AuditEntry", &["seq", "hash"]),
    ("AuditMeta", &["head", "nextCursor"]),
    ("CollectionAccessKey", &["userName", "userEmail", "collectionName", "secretHash", "refusedUses"]),
    ("CollectionAccessKeysMeta", &["total"]),
    ("CreatedApiKey", &["value"]),
    ("CreatedUser", &["apiKey", "value"]),
    ("DetectedSecret", &["resourceType", "resourceId", "autoRevoke", "autoRevokeReason"]),
    ("ErrorDetail", &["details"]),
    ("FindingsMeta", &["total"]),
    ("LookupResult", &["sha256", "id"]),
    ("MeAnswer", &["apiKey"]),
    ("Meta", &["total"]),
    ("ResolutionEntry", &["note"]),
    ("UserAnswer", &["emailShared"]),
];

/// A derived schema as JSON. It says nothing of defaults, which are a reader's: what is written is always there.
pub fn written(schema: &RefOr<Schema>) -> Value {
    // a schema holds nothing that JSON cannot say
    plain(serde_json::to_value(schema).unwrap_or_default())
}

/// A schema without defaults, and without choices of one.
fn plain(schema: Value) -> Value {
    match schema {
        Value::Object(mut object) => {
            object.remove("default");
            if let Some(Value::Array(choices)) = object.get_mut("oneOf")
                && choices.len() == 1
                && let Some(Value::Object(only)) = choices.pop()
            {
                object.remove("oneOf");
                object.extend(only);
            }
            Value::Object(object.into_iter().map(|(key, value)| (key, plain(value))).collect())
        }
        Value::Array(list) => Value::Array(list.into_iter().map(plain).collect()),
        other => other,
    }
}

/// A reference to a schema.
pub fn reference(name: &str) -> Value {
    json!({ "$ref": format!("{PLACE}{name}") })
}

/// The name that a reference leads to.
pub fn name(reference: &str) -> &str {
    reference.strip_prefix(PLACE).unwrap_or(reference)
}

/// These schemas and all that they lead to.
fn reached(schemas: &Schemas, from: &BTreeSet<String>) -> BTreeSet<String> {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(object) => {
                found.extend(object.get("$ref").and_then(Value::as_str).map(|to| name(to).to_owned()));
                object.values().for_each(|value| references(value, found));
            }
            Value::Array(list) => list.iter().for_each(|value| references(value, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let (mut all, mut next) = (BTreeSet::new(), from.iter().cloned().collect::<Vec<_>>());
    while let Some(name) = next.pop() {
        if let Some(schema) = schemas.get(&name)
            && all.insert(name)
        {
            references(schema, &mut next);
        }
    }
    all
}

/// The objects of a schema: itself, and the alternatives or parts that it is put together from.
fn objects<'a>(schema: &'a mut Value, found: &mut Vec<&'a mut Value>) {
    if schema["properties"].is_object() {
        found.push(schema);
        return;
    }
    let Some(schema) = schema.as_object_mut() else { return };
    for (_, parts) in schema.iter_mut().filter(|(key, _)| matches!(key.as_str(), "allOf" | "oneOf")) {
        parts.as_array_mut().into_iter().flatten().for_each(|part| objects(part, found));
    }
}

/// Says of answers that their fields are always there, but for those that are not.
pub fn complete(schemas: &mut Schemas, answers: &BTreeSet<String>) {
    for name in reached(schemas, answers) {
        let sometimes = SOMETIMES.iter().find(|(of, _)| *of == name).map_or(&[][..], |(_, fields)| fields);
        let mut found = Vec::new();
        schemas.get_mut(&name).into_iter().for_each(|schema| objects(schema, &mut found));
        for object in found {
            let fields: Vec<String> =
                object["properties"].as_object().into_iter().flatten().map(|(field, _)| field.clone()).collect();
            let always: Vec<String> = fields.into_iter().filter(|field| !sometimes.contains(&field.as_str())).collect();
            object["required"] = json!(always);
        }
    }
}

/// Says of bodies what their fields take, and that they take no others.
pub fn close(schemas: &mut Schemas, closed: &BTreeSet<String>, lockouts: &BTreeSet<String>) {
    for name in reached(schemas, closed) {
        let Some(schema) = schemas.get_mut(&name).filter(|schema| schema["properties"].is_object()) else { continue };
        if lockouts.contains(&name) {
            schema["properties"]["allowLockout"] = json!({});
        }
        bodies::narrow(&name, schema);
    }
}

/// Leaves out what nothing refers to any more.
pub fn prune(schemas: &mut Schemas, used: &BTreeSet<String>) {
    let used = reached(schemas, used);
    schemas.retain(|name, _| used.contains(name));
}
