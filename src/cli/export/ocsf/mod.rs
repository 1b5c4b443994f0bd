//! Entries of the audit log as events of OCSF, the Open Cybersecurity Schema Framework.

mod table;

use std::net::IpAddr;

use serde_json::{Map, Value, json};

use self::table::{Activity, Class};
use crate::domain::audit::{AuditEntry, AuditPerson, AuditTargetKind, Fact};
use crate::domain::time::wire;
use crate::domain::untrusted::Untrusted;
use crate::server::store::audit::Action;

/// The version of the schema that events keep to.
const VERSION: &str = "1.5.0";
/// Who does what nobody asked for.
const ITSELF: &str = "keydeck";

/// The event that tells of `entry`. Receivers know it again by `metadata.sequence`, its number in the log.
pub fn event(entry: &AuditEntry) -> Value {
    let activity = activity(entry);
    let (category, category_name) = activity.class.category();
    let (severity, severity_name) = activity.severity();
    let (status, status_name) = activity.status();
    let mut event = json!({
        "activity_id": activity.id,
        "activity_name": activity.name,
        "category_uid": category,
        "category_name": category_name,
        "class_uid": activity.class.uid(),
        "class_name": activity.class.name(),
        "type_uid": activity.type_uid(),
        "type_name": format!("{}: {}", activity.class.name(), activity.name),
        "time": entry.at.time().map_or(0, |at| at.timestamp_millis()),
        "severity_id": severity,
        "severity": severity_name,
        "status_id": status,
        "status": status_name,
        "message": entry.message,
        "metadata": {
            "version": VERSION,
            "product": { "name": ITSELF, "vendor_name": ITSELF, "version": env!("CARGO_PKG_VERSION") },
            "log_name": "audit",
            "event_code": entry.action,
            "sequence": entry.number,
            "uid": entry.hash.as_ref().map_or_else(|| entry.number.to_string(), |hash| hash.as_received().to_owned()),
            "original_time": entry.at.time().map_or_else(|| entry.at.exact(), wire),
        },
        "unmapped": {
            "action": entry.action,
            "hash": entry.hash,
            "note": entry.note,
            "before": facts(&entry.before),
            "after": facts(&entry.after),
        },
    });
    let fields = match activity.class {
        Class::DetectionFinding => finding(entry, activity),
        Class::AccountChange => with_actor(entry, json!({ "user": user(entry) })),
        Class::Authentication => attempt(entry),
        Class::EntityManagement => with_actor(entry, json!({ "entity": entity(entry), "comment": entry.note })),
        Class::ApiActivity => with_actor(entry, api(entry)),
    };
    if let (Some(event), Value::Object(fields)) = (event.as_object_mut(), fields) {
        event.extend(fields.into_iter().filter(|(_, value)| !value.is_null()));
    }
    event
}

/// Whether the entry is more than information.
pub fn is_warning(entry: &AuditEntry) -> bool {
    activity(entry).severity().0 > 1
}

/// What the entry tells of, in OCSF's words.
fn activity(entry: &AuditEntry) -> Activity {
    let action = Action::ALL.into_iter().find(|action| action.word() == entry.action.as_received());
    match action {
        Some(Action::UserUpdate) => {
            let changed = entry.changed().find(|changed| changed.field.as_received() == "active");
            Activity::of_user(changed.and_then(|changed| match changed.after {
                Some(Fact::Flag(active)) => Some(*active),
                Some(Fact::Nothing | Fact::Whole(_) | Fact::Text(_) | Fact::List(_)) | None => None,
            }))
        }
        Some(action) => Activity::of_action(action),
        None => Activity::UNKNOWN,
    }
}

fn facts(facts: &[(Untrusted, Fact)]) -> Value {
    let told = |(name, fact): &(Untrusted, Fact)| (name.as_received().to_owned(), json!(fact));
    Value::Object(facts.iter().map(told).collect())
}

fn person(person: &AuditPerson) -> Map<String, Value> {
    let mut user = Map::new();
    user.insert("uid".to_owned(), json!(person.id.0.to_string()));
    user.insert("name".to_owned(), json!(person.name));
    if !person.email.is_empty() {
        user.insert("email_addr".to_owned(), json!(person.email));
    }
    user
}

/// Whom it was done to.
fn user(entry: &AuditEntry) -> Value {
    match (&entry.user, &entry.target) {
        (Some(user), _) => Value::Object(person(user)),
        (None, Some(target)) => json!({ "uid": target.id, "name": target.name }),
        (None, None) => json!({ "name": "unknown" }),
    }
}

/// Who did it, from where and with what program.
fn with_actor(entry: &AuditEntry, mut fields: Value) -> Value {
    fields["actor"] = actor(entry);
    if fields["src_endpoint"].is_null() {
        fields["src_endpoint"] = endpoint(entry);
    }
    fields["http_request"] = request(entry);
    fields
}

fn actor(entry: &AuditEntry) -> Value {
    let Some(actor) = &entry.actor else { return json!({ "app_name": ITSELF }) };
    let mut user = person(actor);
    if let Some(key) = &entry.with_key {
        user.insert("credential_uid".to_owned(), json!(key));
    }
    json!({ "user": user })
}

/// Where it came from; null where the log does not tell.
fn endpoint(entry: &AuditEntry) -> Value {
    match &entry.from {
        Some(from) if from.as_received().parse::<IpAddr>().is_ok() => json!({ "ip": from }),
        Some(from) => json!({ "name": from }),
        None => Value::Null,
    }
}

fn request(entry: &AuditEntry) -> Value {
    entry.user_agent.as_ref().map_or(Value::Null, |agent| json!({ "user_agent": agent }))
}

/// What kind of thing it was done to, in words.
fn kind(kind: AuditTargetKind) -> &'static str {
    match kind {
        AuditTargetKind::ApiKey => "API key",
        AuditTargetKind::CollectionAccessKey => "Collection access key",
        AuditTargetKind::Finding => "Detected secret",
        AuditTargetKind::User => "User",
    }
}

fn entity(entry: &AuditEntry) -> Value {
    match &entry.target {
        Some(target) => json!({ "type": kind(target.kind), "uid": target.id, "name": target.name }),
        None => json!({ "name": "unknown" }),
    }
}

/// A use that was refused.
fn attempt(entry: &AuditEntry) -> Value {
    let mut user = user(entry);
    if let Some(key) = &entry.key {
        user["credential_uid"] = json!(key);
    }
    let count = entry.after.iter().find_map(|(name, fact)| match fact {
        Fact::Whole(count) if name.as_received() == "count" => Some(*count),
        Fact::Nothing | Fact::Flag(_) | Fact::Whole(_) | Fact::Text(_) | Fact::List(_) => None,
    });
    json!({
        "user": user,
        "service": { "name": ITSELF },
        "auth_protocol_id": 99,
        "auth_protocol": "API key",
        "src_endpoint": endpoint(entry),
        "http_request": request(entry),
        "count": count,
    })
}

/// A call, of what is no thing that has an id. The class wants to know from where, also of what the server did itself.
fn api(entry: &AuditEntry) -> Value {
    let here = match endpoint(entry) {
        Value::Null => json!({ "name": ITSELF }),
        endpoint => endpoint,
    };
    json!({ "api": { "operation": entry.action, "service": { "name": ITSELF } }, "src_endpoint": here })
}

/// A secret that was found, or what became of it.
fn finding(entry: &AuditEntry, activity: Activity) -> Value {
    let uid = entry.target.as_ref().map_or("unknown", |target| target.id.as_received());
    let mut evidence = json!({ "actor": actor(entry) });
    if let Value::Object(from) = endpoint(entry) {
        evidence["src_endpoint"] = Value::Object(from);
    }
    let resources = entry.key.as_ref().map(|key| json!([{ "type": kind(AuditTargetKind::ApiKey), "uid": key }]));
    json!({
        "finding_info": {
            "uid": uid,
            "title": "Exposed secret",
            "desc": entry.message,
            "types": ["Exposed secret"],
        },
        "evidences": [evidence],
        "resources": resources,
        "comment": entry.note,
        "is_alert": activity.id == 1,
    })
}

#[cfg(test)]
mod tests;
