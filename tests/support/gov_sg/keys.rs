//! Keys: the list with its tag, and what is refused how.

use serde_json::{Value, json};

use super::{Asked, Canned, Service, Stored};

/// What the service shows of a key.
fn shown(service: &Service, key: &Stored) -> Value {
    let id = if service.numbers { json!(key.id) } else { json!(key.id.to_string()) };
    json!({
        "id": id, "label": key.label, "last_five": key.value[key.value.len() - 5..], "notification_contacts": key.contacts,
        "valid_until": key.valid_until.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
    })
}

pub fn list(service: &Service, asked: &Asked, email: &str) -> Canned {
    let rows: Vec<Value> =
        service.keys.iter().filter(|key| key.owner == email).map(|key| shown(service, key)).collect();
    let answer = Canned::json(200, &json!(rows));
    let tag = format!("W/\"{:x}\"", crc32(answer.body.as_bytes()));
    if asked.header("if-none-match") == Some(tag.as_str()) {
        return Canned { status: 304, headers: Vec::new(), body: String::new() }.with("etag", tag);
    }
    answer.with("etag", tag)
}

fn crc32(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

fn wrong(message: &str) -> Canned {
    Canned::refusal(400, "api_validation", message)
}

/// The contacts that a body names, as the service checks them.
fn contacts(body: &Value) -> Result<Vec<String>, Canned> {
    let Value::Array(all) = &body["notification_contacts"] else {
        return Err(wrong("\"notification_contacts\" is required"));
    };
    if all.is_empty() {
        return Err(wrong("\"notification_contacts\" must contain at least 1 items"));
    }
    let known = |domain: &str| [".sg", ".com", ".example", ".org"].iter().any(|end| domain.ends_with(end));
    for (at, contact) in all.iter().enumerate() {
        let fits = contact.as_str().is_some_and(|text| {
            !text.starts_with(' ')
                && text.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && known(domain))
        });
        if !fits {
            return Err(wrong(&format!("\"notification_contacts[{at}]\" must be a valid email")));
        }
    }
    Ok(all.iter().map(|contact| contact.as_str().unwrap().to_owned()).collect())
}

pub fn create(service: &mut Service, body: &Value, email: &str) -> Canned {
    if let Some(other) =
        body.as_object().unwrap().keys().find(|key| !["label", "notification_contacts"].contains(&key.as_str()))
    {
        return wrong(&format!("\"{other}\" is not allowed"));
    }
    let label = match &body["label"] {
        Value::String(label) if (1..=255).contains(&label.chars().count()) => label.clone(),
        Value::String(_) => return wrong("\"label\" is not allowed to be empty"),
        _ => return wrong("\"label\" is required"),
    };
    let contacts = match contacts(body) {
        Ok(contacts) => contacts,
        Err(refusal) => return refusal,
    };
    let now = service.now();
    let contacts: Vec<&str> = contacts.iter().map(String::as_str).collect();
    let key = service.make(email, &label, Some(&contacts), now);
    let mut answer = shown(service, &key);
    answer["plain_text_key"] = json!(key.value);
    Canned::json(201, &answer)
}

pub fn change(service: &mut Service, body: &Value, email: &str, id: &str) -> Canned {
    if let Some(other) = body.as_object().unwrap().keys().find(|key| *key != "notification_contacts") {
        return wrong(&format!("\"{other}\" is not allowed"));
    }
    let Ok(number) = id.parse::<u64>() else { return Canned::refusal(500, "internal_server", "oops, id 01JX") };
    let Some(at) = service.keys.iter().position(|key| key.id == number && key.owner == email) else {
        return Canned::refusal(404, "not_found", &format!("API key with ID {id} doesn't exist."));
    };
    if body.get("notification_contacts").is_none() {
        let mut answer = shown(service, &service.keys[at]);
        answer.as_object_mut().unwrap().remove("notification_contacts");
        return Canned::json(200, &answer);
    }
    match contacts(body) {
        Ok(contacts) => service.keys[at].contacts = Some(contacts),
        Err(refusal) => return refusal,
    }
    Canned::json(200, &shown(service, &service.keys[at]))
}

pub fn delete(service: &mut Service, email: &str, id: &str) -> Canned {
    let Ok(number) = id.parse::<u64>() else {
        // longer than 64 bits, or no number
        let digits = id.bytes().all(|byte| byte.is_ascii_digit());
        return if digits {
            Canned::refusal(404, "not_found", "Could not find API key to delete")
        } else {
            Canned::refusal(500, "internal_server", "oops, id 01JX")
        };
    };
    let before = service.keys.len();
    service.keys.retain(|key| !(key.id == number && key.owner == email));
    if service.keys.len() == before {
        return Canned::refusal(404, "not_found", "Could not find API key to delete");
    }
    Canned::json(200, &json!({ "id": id }))
}
