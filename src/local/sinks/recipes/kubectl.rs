//! One key of a Kubernetes secret. Source: `kubectl patch --help`, "`JSONPath` Support".

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{Remote, secret, to_json};
use crate::domain::secret::Secret;
use crate::local::sinks::Found;
use crate::local::sinks::error::SinkError;

pub async fn held(remote: &Remote<'_>) -> Result<Found, SinkError> {
    if !remote.field.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) {
        return Err(SinkError::new("no secret can have such a key", "use letters, digits, -, _ and ."));
    }
    let (namespace, name) = remote.halves();
    let path = format!("jsonpath={{.data.{}}}", remote.field.replace('.', "\\."));
    let ran = remote.get(&["get", "secret", name, "--namespace", namespace, "--output", &path]).await?;
    let encoded = remote.text(&ran)?;
    if encoded.is_empty() {
        return Ok(Found::Nothing);
    }
    let bytes = BASE64_STANDARD.decode(encoded.trim()).map(Zeroizing::new).map_err(|_| remote.unclear())?;
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Found::Value(secret(text))),
        Err(_) => Err(SinkError::unreadable("what it holds is not text", "keep it yourself if you may want it back")),
    }
}

pub async fn write(remote: &Remote<'_>, value: &Secret) -> Result<(), SinkError> {
    patch(remote, json!(BASE64_STANDARD.encode(value.expose())), &[value]).await
}

pub async fn remove(remote: &Remote<'_>) -> Result<(), SinkError> {
    patch(remote, Value::Null, &[]).await
}

async fn patch(remote: &Remote<'_>, value: Value, secrets: &[&Secret]) -> Result<(), SinkError> {
    let (namespace, name) = remote.halves();
    let mut patch = json!({ "data": {} });
    patch["data"][remote.field] = value;
    let arguments =
        ["patch", "secret", name, "--namespace", namespace, "--type", "merge", "--patch-file", "/dev/stdin"];
    remote.put(&arguments, Some(&to_json(&patch)), secrets).await
}
