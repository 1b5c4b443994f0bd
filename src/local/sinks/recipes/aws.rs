//! AWS Secrets Manager: a whole secret, or one key of one that is JSON. Source: `aws secretsmanager help`.

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{Object, Remote, secret, to_json};
use crate::domain::secret::Secret;
use crate::local::program::shown;
use crate::local::sinks::Found;
use crate::local::sinks::error::SinkError;

/// The secret's text; none when it has no value yet.
async fn whole(remote: &Remote<'_>) -> Result<Option<Zeroizing<String>>, SinkError> {
    let arguments = ["secretsmanager", "get-secret-value", "--secret-id", remote.target, "--output", "json"];
    let ran = remote.ask(&arguments, None, &[]).await?;
    if !ran.is_ok() {
        let is_empty = ran.says("ResourceNotFoundException") && ran.says("staging label");
        return if is_empty { Ok(None) } else { Err(remote.failed(&ran)) };
    }
    match remote.object(&ran)?.remove("SecretString") {
        Some(Value::String(text)) => Ok(Some(Zeroizing::new(text))),
        _ => Err(SinkError::unreadable(
            format!("{} is not text", shown(remote.target)),
            "keydeck writes secrets that are text or JSON",
        )),
    }
}

async fn keys(remote: &Remote<'_>) -> Result<Object, SinkError> {
    let Some(text) = whole(remote).await? else { return Ok(Object::new()) };
    serde_json::from_str(&text).map_err(|_| {
        SinkError::new(
            format!("{} is not JSON, so it has no key {}", shown(remote.target), shown(remote.field)),
            "leave the key away to write the whole secret",
        )
    })
}

pub async fn held(remote: &Remote<'_>) -> Result<Found, SinkError> {
    if remote.field.is_empty() {
        return Ok(whole(remote).await?.map(|text| secret(&text)).into());
    }
    match keys(remote).await?.get(remote.field) {
        None => Ok(Found::Nothing),
        Some(Value::String(text)) => Ok(Found::Value(secret(text))),
        Some(_) => Err(SinkError::unreadable(format!("{} is not text", shown(remote.field)), "name another key")),
    }
}

pub async fn write(remote: &Remote<'_>, value: &Secret) -> Result<(), SinkError> {
    if remote.field.is_empty() {
        return put(remote, value.expose(), &[value]).await;
    }
    let mut keys = keys(remote).await?;
    keys.insert(remote.field.to_owned(), json!(value.expose()));
    put(remote, &to_json(&keys), &[value]).await
}

pub async fn remove(remote: &Remote<'_>, new: &Secret) -> Result<(), SinkError> {
    if remote.field.is_empty() {
        return Err(SinkError::cannot_undo(
            "the secret had no value before, and AWS cannot take one away",
            "delete the secret, if nothing needs it",
        ));
    }
    let mut keys = keys(remote).await?;
    keys.remove(remote.field);
    put(remote, &to_json(&keys), &[new]).await
}

async fn put(remote: &Remote<'_>, text: &str, secrets: &[&Secret]) -> Result<(), SinkError> {
    let from = "file:///dev/stdin";
    let arguments = [
        "secretsmanager",
        "put-secret-value",
        "--secret-id",
        remote.target,
        "--secret-string",
        from,
        "--output",
        "json",
    ];
    remote.put(&arguments, Some(text), secrets).await
}
