//! Columns by the names of the JSON fields: what `--columns` chooses and `--csv` writes.

use serde::Serialize;
use serde_json::{Map, Value};

use super::exit::Stop;
use super::output::Output;
use crate::domain::nearest::nearest;
use crate::domain::untrusted::visible;

/// A field of a row, in the order in which the columns stand.
pub type Field = &'static str;

/// The fields of a key, as [`KeyRow`](super::wire::KeyRow) has them.
pub const OF_KEYS: &[Field] = &[
    "kind",
    "id",
    "name",
    "maskedValue",
    "secretHash",
    "status",
    "disabledReason",
    "disabledUntil",
    "access",
    "exposed",
    "owner",
    "ownerId",
    "ownerEmail",
    "ownerKind",
    "contacts",
    "createdAt",
    "valueCreatedAt",
    "expiresAt",
    "lastUsedAt",
    "lastUsedFrom",
    "revokedAt",
    "revokedBy",
    "revocation",
    "rotatedFrom",
    "rotatedTo",
    "mintedWith",
    "refusedUses",
    "overlapEndsAt",
    "collectionId",
];

/// The fields of a finding, as [`FindingRow`](super::wire::FindingRow) has them.
pub const OF_FINDINGS: &[Field] = &[
    "secretId",
    "secretType",
    "obfuscatedSecret",
    "workspaceId",
    "alsoIn",
    "workspaceVisibility",
    "resolution",
    "occurrences",
    "detectedAt",
    "apiKeyId",
    "collectionAccessKeyId",
    "apiKeyName",
    "apiKeyStatus",
    "ownerId",
    "ownerName",
    "lastUsedAt",
    "source",
    "url",
];

/// Reads `--columns`: names with commas between, in any case, with or without hyphens; the short names that the table and
/// `--sort` have are taken too.
///
/// # Errors
/// For a name that is none of `known`.
pub fn read(names: &[String], known: &'static [Field]) -> Result<Vec<Field>, Stop> {
    names
        .iter()
        .map(|name| {
            let wanted = plain(name);
            let found = known.iter().find(|field| {
                let field = plain(field);
                field == wanted
                    || field == format!("{wanted}at")
                    || (wanted == "key" && field == "maskedvalue")
                    || (wanted == "tried" && field == "refuseduses")
            });
            found.copied().ok_or_else(|| {
                let hint = match nearest(name, known.iter().copied()) {
                    Some(near) => format!("did you mean {near}?"),
                    None => format!("columns: {}", known.join(", ")),
                };
                Stop::usage(format!("there is no column {}", visible(name)), hint)
            })
        })
        .collect()
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| *c != '-').flat_map(char::to_lowercase).collect()
}

/// A row as JSON, with only the `chosen` fields.
pub fn picked(row: &impl Serialize, chosen: &[Field]) -> serde_json::Result<Value> {
    let mut row = serde_json::to_value(row)?;
    if let Value::Object(fields) = &mut row {
        fields.retain(|name, _| chosen.contains(&name.as_str()));
    }
    Ok(row)
}

/// Prints rows as CSV: a line of names, then one line a row. A spreadsheet shows what stands there and runs nothing of it:
/// what would begin a formula is preceded by `'`, and characters that are not safe to show are escapes.
pub fn csv<R: Serialize>(rows: impl Iterator<Item = R>, fields: &[Field], output: &mut Output) {
    let names = fields.iter().map(ToString::to_string).collect();
    let none = Map::new();
    let lines = rows.map(|row| {
        let row = serde_json::to_value(&row).unwrap_or_default();
        let row = row.as_object().unwrap_or(&none);
        fields.iter().map(|field| row.get(*field).map(cell).unwrap_or_default()).collect()
    });
    output.csv(std::iter::once(names).chain(lines));
}

/// A value as a line of text.
pub fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => visible(text).into_owned(),
        Value::Array(values) => values.iter().map(text).collect::<Vec<_>>().join(" "),
        Value::Object(fields) => match (fields.get("count"), fields.get("lastAt"), fields.get("lastFrom")) {
            // refused uses
            (Some(Value::Number(count)), Some(last), from) => {
                let words = [Some(count.to_string()), Some(text(last)), from.map(text)];
                words.into_iter().flatten().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
            }
            _ => visible(&value.to_string()).into_owned(),
        },
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// A value as the cell of a spreadsheet.
fn cell(value: &Value) -> String {
    let text = text(value);
    if matches!(value, Value::Number(_)) {
        return text;
    }
    // Source: OWASP, "CSV Injection"; control characters are escapes by now
    if text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::wire::KeyRow;
    use crate::domain::key::Key;

    #[test]
    fn the_columns_of_keys_are_the_fields_of_their_rows() {
        let row = serde_json::to_value(KeyRow::from(&Key::sample("k1"))).unwrap();
        let mut names: Vec<&str> = row.as_object().unwrap().keys().map(String::as_str).collect();
        let mut fields = OF_KEYS.to_vec();
        names.sort_unstable();
        fields.sort_unstable();
        assert_eq!(fields, names);
    }

    #[test]
    fn columns_are_named_as_json_names_them_or_as_the_table_does() {
        let read = |names: &[&str]| read(&names.iter().map(ToString::to_string).collect::<Vec<_>>(), OF_KEYS);
        assert_eq!(
            read(&["name", "key", "expires", "last-used", "OWNEREMAIL", "owner-email"]).unwrap(),
            ["name", "maskedValue", "expiresAt", "lastUsedAt", "ownerEmail", "ownerEmail"]
        );
        let error = read(&["expirse"]).unwrap_err();
        assert_eq!(error, Stop::usage("there is no column expirse", "did you mean expiresAt?"));
    }

    #[test]
    fn no_cell_is_a_formula_or_moves_a_cursor() {
        for (value, shown) in [
            (serde_json::json!("=HYPERLINK(\"x\")"), "'=HYPERLINK(\"x\")"),
            (serde_json::json!("+1"), "'+1"),
            (serde_json::json!("-ci"), "'-ci"),
            (serde_json::json!("@sum"), "'@sum"),
            (serde_json::json!("\t=1"), "\\t=1"),
            (serde_json::json!("a\r\nb"), "a\\r\\nb"),
            (serde_json::json!(["a@b.example", "c@d.example"]), "a@b.example c@d.example"),
            (serde_json::json!(-3), "-3"),
            (serde_json::json!(null), ""),
        ] {
            assert_eq!(cell(&value), shown);
        }
    }
}
