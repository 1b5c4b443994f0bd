//! What the fields of bodies take: the bounds that handlers hold them to, which their types do not tell. A field that may be
//! left out may be null as well.

use serde_json::{Map, Value, json};

use super::fields::{bounds, contacts, not_null, or_null, word};
use crate::domain::key::Revocation;

/// The alternatives that a body is one of: its title, what it needs, and what it does not have.
type Alternative = (&'static str, &'static [&'static str], &'static [&'static str]);

/// Puts the bounds of its fields into a body's schema, and closes it to others.
pub fn narrow(name: &str, schema: &mut Value) {
    let Some(properties) = schema["properties"].as_object_mut() else { return };
    for (field, derived) in properties.iter_mut() {
        let Some(mut bounds) = bounds(name, field) else { continue };
        if let Some(description) = derived.get("description").filter(|_| bounds.get("description").is_none()) {
            bounds["description"] = description.clone();
        }
        *derived = bounds;
    }
    schema["additionalProperties"] = json!(false);
    if name == "ResourceFilter" {
        schema["anyOf"] = json!([{ "required": ["type"] }, { "required": ["ids"] }]);
    }
    let alternatives = alternatives(name);
    if !alternatives.is_empty() {
        *schema = one_of(schema, alternatives);
    }
}

fn alternatives(name: &str) -> &'static [Alternative] {
    match name {
        "NewApiKey" => &[
            ("ServerMintedApiKey", &["name"], &["secretHash", "maskedValue"]),
            ("ClientMintedApiKey", &["name", "secretHash", "maskedValue"], &[]),
        ],
        "Regenerate" => &[
            ("ServerMintedValue", &[], &["secretHash", "maskedValue"]),
            ("ClientMintedValue", &["secretHash", "maskedValue"], &[]),
        ],
        "Revocations" => {
            &[("RevocationsByIds", &["ids"], &["all", "except"]), ("RevocationsOfAll", &["all"], &["ids"])]
        }
        "Lookup" => &[("LookupByHashes", &["sha256"], &["ids"]), ("LookupByIds", &["ids"], &["sha256"])],
        "NewUser" => &[
            ("NewPerson", &["name", "email", "roles"], &["contacts"]),
            ("NewService", &["name", "kind", "contacts"], &["email", "roles"]),
        ],
        "SecretReport" => &[
            ("SecretReportByHash", &["secretType", "source", "url", "secretHash"], &["value"]),
            ("SecretReportByValue", &["secretType", "source", "url", "value"], &["secretHash"]),
        ],
        _ => &[],
    }
}

fn one_of(schema: &Value, alternatives: &[Alternative]) -> Value {
    let alternative = |(title, needed, without): &Alternative| {
        let mut one = schema.clone();
        one["title"] = json!(title);
        one["required"] = json!(needed);
        let properties = one["properties"].as_object_mut().map(std::mem::take).unwrap_or_default();
        let has = |field: &String| !without.contains(&field.as_str());
        let properties = properties.into_iter().filter(|(field, _)| has(field));
        let settled = |(field, bounds): (String, Value)| {
            let bounds = settled(title, &field).unwrap_or(bounds);
            let bounds = if needed.contains(&field.as_str()) { not_null(bounds) } else { bounds };
            (field, bounds)
        };
        one["properties"] = Value::Object(properties.map(settled).collect());
        if let Some(one) = one.as_object_mut() {
            one.remove("description");
        }
        one
    };
    let mut either = Map::new();
    if let Some(description) = schema.get("description") {
        either.insert("description".to_owned(), description.clone());
    }
    either.insert("oneOf".to_owned(), alternatives.iter().map(alternative).collect());
    Value::Object(either)
}

/// What a field is in one alternative, where that is less than in the whole.
fn settled(title: &str, field: &str) -> Option<Value> {
    match (title, field) {
        ("RevocationsOfAll", "all") => Some(json!({ "type": "boolean", "const": true })),
        ("RevocationsOfAll", "revocation") => {
            Some(or_null(word(Revocation::WORDS.iter().filter(|word| !["inactivity", "owner"].contains(word)))))
        }
        ("NewPerson", "kind") => Some(or_null(word(["person"]))),
        ("NewService", "kind") => Some(word(["service"])),
        ("NewService", "contacts") => {
            let mut contacts = contacts();
            contacts["minItems"] = json!(1);
            Some(contacts)
        }
        _ => None,
    }
}
