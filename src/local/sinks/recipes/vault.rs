//! `HashiCorp` Vault's key-value stores, both versions. Source: `vault kv get|patch|put --help` and `command/kv_patch.go`.

use serde_json::{Value, json};

use super::{Object, Remote, secret, to_json};
use crate::domain::secret::Secret;
use crate::local::sinks::Found;
use crate::local::sinks::error::SinkError;

/// What is at the path.
enum There {
    NoSecret,
    NoField,
    Value(Secret),
}

async fn look(remote: &Remote<'_>) -> Result<There, SinkError> {
    let field = format!("-field={}", remote.field);
    let ran = remote.ask(&["kv", "get", &field, remote.target], None, &[]).await?;
    if ran.is_ok() {
        return Ok(There::Value(secret(&remote.text(&ran)?)));
    }
    if ran.says("No value found") || ran.says("No data found") {
        return Ok(There::NoSecret);
    }
    if ran.says("not present in secret") { Ok(There::NoField) } else { Err(remote.failed(&ran)) }
}

pub async fn held(remote: &Remote<'_>) -> Result<Found, SinkError> {
    Ok(match look(remote).await? {
        There::NoSecret | There::NoField => Found::Nothing,
        There::Value(value) => Found::Value(value),
    })
}

/// All of the secret, and its version where the store keeps versions.
async fn whole(remote: &Remote<'_>) -> Result<(Object, Option<u64>), SinkError> {
    let ran = remote.get(&["kv", "get", "-format=json", remote.target]).await?;
    let mut answer = remote.object(&ran)?;
    let Some(Value::Object(mut data)) = answer.remove("data") else { return Err(remote.unclear()) };
    // in a store with versions, the fields are one level deeper
    let version = data.get("metadata").and_then(|about| about.get("version")).and_then(Value::as_u64);
    match (version, data.remove("data")) {
        (Some(version), Some(Value::Object(fields))) => Ok((fields, Some(version))),
        (Some(version), Some(Value::Null) | None) => Ok((Object::new(), Some(version))),
        (None, None) => Ok((data, None)),
        (None, Some(field)) => {
            data.insert("data".to_owned(), field);
            Ok((data, None))
        }
        _ => Err(remote.unclear()),
    }
}

/// Puts all of the secret, as long as it is at this version.
async fn put(remote: &Remote<'_>, fields: &Object, version: Option<u64>, secrets: &[&Secret]) -> Result<(), SinkError> {
    let cas = version.map(|version| format!("-cas={version}"));
    let arguments: Vec<&str> = ["kv", "put"].into_iter().chain(cas.as_deref()).chain([remote.target, "-"]).collect();
    remote.put(&arguments, Some(&to_json(fields)), secrets).await
}

pub async fn write(remote: &Remote<'_>, value: &Secret) -> Result<(), SinkError> {
    let field = format!("{}=-", remote.field);
    if let There::NoSecret = look(remote).await? {
        // a secret whose latest version was deleted has a version still
        let version = whole(remote).await.ok().and_then(|(_, version)| version).unwrap_or_default();
        let cas = format!("-cas={version}");
        return remote.put(&["kv", "put", &cas, remote.target, &field], Some(value.expose()), &[value]).await;
    }
    let ran = remote.ask(&["kv", "patch", remote.target, &field], Some(value.expose()), &[value]).await?;
    if ran.is_ok() {
        return Ok(());
    }
    if !ran.says("must be version 2") {
        return Err(remote.failed(&ran).maybe(true));
    }
    let (mut fields, version) = whole(remote).await?;
    fields.insert(remote.field.to_owned(), json!(value.expose()));
    put(remote, &fields, version, &[value]).await
}

pub async fn remove(remote: &Remote<'_>, new: &Secret) -> Result<(), SinkError> {
    let (mut fields, version) = whole(remote).await?;
    fields.remove(remote.field);
    if fields.is_empty() {
        return remote.put(&["kv", "delete", remote.target], None, &[]).await;
    }
    put(remote, &fields, version, &[new]).await
}
