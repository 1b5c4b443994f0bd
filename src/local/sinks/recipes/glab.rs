//! GitLab's variables of a project, in all environments. Source: `glab variable get|set|update|delete --help`.

use serde_json::Value;

use super::{Object, Remote, secret};
use crate::domain::secret::Secret;
use crate::local::sinks::Found;
use crate::local::sinks::error::SinkError;

async fn variable(remote: &Remote<'_>) -> Result<Option<Object>, SinkError> {
    let arguments = ["variable", "get", remote.field, "--repo", remote.target, "--output", "json"];
    let ran = remote.ask(&arguments, None, &[]).await?;
    if ran.is_ok() {
        return remote.object(&ran).map(Some);
    }
    if ran.says("404 Variable Not Found") { Ok(None) } else { Err(remote.failed(&ran)) }
}

pub async fn held(remote: &Remote<'_>) -> Result<Found, SinkError> {
    let Some(variable) = variable(remote).await? else { return Ok(Found::Nothing) };
    if variable.get("hidden").and_then(Value::as_bool) == Some(true) {
        return Ok(Found::Untold("GitLab never shows a hidden variable".to_owned()));
    }
    match variable.get("value").and_then(Value::as_str) {
        Some(value) => Ok(Found::Value(secret(value))),
        None => Err(remote.unclear()),
    }
}

pub async fn write(remote: &Remote<'_>, value: &Secret) -> Result<(), SinkError> {
    let Some(variable) = variable(remote).await? else {
        let arguments = ["variable", "set", remote.field, "--repo", remote.target, "--masked", "--raw"];
        return remote.put(&arguments, Some(value.expose()), &[value]).await;
    };
    // some versions of glab turn off what is not said again
    let mut arguments: Vec<String> =
        ["variable", "update", remote.field, "--repo", remote.target].map(str::to_owned).to_vec();
    for flag in ["masked", "protected", "raw"] {
        if let Some(on) = variable.get(flag).and_then(Value::as_bool) {
            arguments.push(format!("--{flag}={on}"));
        }
    }
    for (flag, key) in [("type", "variable_type"), ("description", "description")] {
        if let Some(text) = variable.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()) {
            arguments.push(format!("--{flag}={text}"));
        }
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    remote.put(&arguments, Some(value.expose()), &[value]).await
}

pub async fn remove(remote: &Remote<'_>) -> Result<(), SinkError> {
    remote.put(&["variable", "delete", remote.field, "--repo", remote.target], None, &[]).await
}
