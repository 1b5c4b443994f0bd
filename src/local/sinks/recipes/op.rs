//! 1Password. Source: `op item edit --help`, "Edit an item using a template".

use serde_json::{Value, json};

use super::{Object, Remote, secret, to_json};
use crate::domain::secret::Secret;
use crate::local::program::shown;
use crate::local::sinks::Found;
use crate::local::sinks::error::SinkError;

async fn item(remote: &Remote<'_>) -> Result<Object, SinkError> {
    let (vault, item) = remote.halves();
    let ran = remote.get(&["item", "get", item, "--vault", vault, "--format", "json"]).await?;
    remote.object(&ran)
}

/// The field with this id, or the one with this label.
fn find<'a>(remote: &Remote<'_>, item: &'a mut Object) -> Result<Option<&'a mut Object>, SinkError> {
    let fields = item.entry("fields").or_insert_with(|| json!([])).as_array_mut().ok_or_else(|| remote.unclear())?;
    let is = |field: &Value, key: &str| field.get(key).and_then(Value::as_str) == Some(remote.field);
    let key = if fields.iter().any(|field| is(field, "id")) { "id" } else { "label" };
    let mut found = fields.iter_mut().filter(|field| is(field, key)).filter_map(Value::as_object_mut);
    match (found.next(), found.next()) {
        (_, Some(_)) => Err(SinkError::new(
            format!("the item has several fields {}", shown(remote.field)),
            "name the one you mean by its id, which op item get --format json tells",
        )),
        (field, None) => Ok(field),
    }
}

pub async fn held(remote: &Remote<'_>) -> Result<Found, SinkError> {
    let mut item = item(remote).await?;
    let Some(field) = find(remote, &mut item)? else { return Ok(Found::Nothing) };
    let Some(reference) = field.get("reference").and_then(Value::as_str) else {
        let value = field.get("value").and_then(Value::as_str);
        return Ok(value.filter(|value| !value.is_empty()).map(secret).into());
    };
    let ran = remote.get(&["read", "--no-newline", reference]).await?;
    let text = remote.text(&ran)?;
    Ok(if text.is_empty() { Found::Nothing } else { Found::Value(secret(&text)) })
}

pub async fn write(remote: &Remote<'_>, value: &Secret) -> Result<(), SinkError> {
    let mut whole = item(remote).await?;
    if let Some(field) = find(remote, &mut whole)? {
        field.insert("value".to_owned(), json!(value.expose()));
    } else if let Some(fields) = whole.get_mut("fields").and_then(Value::as_array_mut) {
        fields.push(json!({ "type": "CONCEALED", "label": remote.field, "value": value.expose() }));
    }
    let (vault, item) = remote.halves();
    let template = to_json(&whole);
    remote.put(&["item", "edit", item, "--vault", vault], Some(&template), &[value]).await
}

pub async fn remove(remote: &Remote<'_>) -> Result<(), SinkError> {
    let (vault, item) = remote.halves();
    let mut name = String::new();
    for c in remote.field.chars() {
        if matches!(c, '.' | '=' | '\\') {
            name.push('\\');
        }
        name.push(c);
    }
    remote.put(&["item", "edit", item, "--vault", vault, &format!("{name}[delete]")], None, &[]).await
}
