//! TOML, by the parser that keeps where everything stands.

use toml_edit::{Document, Item, Value};
use zeroize::Zeroizing;

use super::{Content, Leaf, Refused};

/// Every value.
pub fn leaves(text: &str) -> Result<Vec<Leaf>, Refused> {
    let document = Document::parse(text).map_err(|error| Refused::Malformed {
        form: "TOML",
        line: error.span().map(|span| super::line(text, span.start)),
    })?;
    let mut leaves = Vec::new();
    for (key, item) in document.as_table() {
        of_item(text, item, &mut vec![key.to_owned()], &mut leaves);
    }
    Ok(leaves)
}

fn of_item(text: &str, item: &Item, path: &mut Vec<String>, leaves: &mut Vec<Leaf>) {
    let mut add = |path: &[String], what| {
        let span = item.span().unwrap_or_default();
        leaves.push(Leaf { path: path.to_vec(), span, content: Content::Other(what) });
    };
    match item {
        Item::None => {}
        Item::Value(value) => of_value(text, value, path, leaves),
        Item::Table(table) => {
            add(path, "a table");
            for (key, item) in table {
                within(path, key.to_owned(), |path| of_item(text, item, path, leaves));
            }
        }
        Item::ArrayOfTables(tables) => {
            add(path, "a list of tables");
            for (at, table) in tables.iter().enumerate() {
                for (key, item) in table {
                    within(path, at.to_string(), |path| {
                        within(path, key.to_owned(), |path| of_item(text, item, path, leaves));
                    });
                }
            }
        }
    }
}

fn of_value(text: &str, value: &Value, path: &mut Vec<String>, leaves: &mut Vec<Leaf>) {
    let span = value.span().unwrap_or_default();
    let source = text.get(span.clone()).unwrap_or_default();
    let content = match value {
        Value::String(held) => match source.as_bytes() {
            [b'"', b'"', b'"', ..] | [b'\'', b'\'', b'\'', ..] => Content::Other("a text of several lines"),
            [quote @ (b'"' | b'\''), ..] => Content::Text(Zeroizing::new(held.value().clone()), Some(*quote)),
            _ => Content::Other("a text"),
        },
        Value::Integer(_) | Value::Float(_) => Content::Other("a number"),
        Value::Boolean(_) => Content::Other("a yes or no"),
        Value::Datetime(_) => Content::Other("a time"),
        Value::Array(_) => Content::Other("a list"),
        Value::InlineTable(_) => Content::Other("a table"),
    };
    leaves.push(Leaf { path: path.clone(), span, content });
    match value {
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                within(path, at.to_string(), |path| of_value(text, item, path, leaves));
            }
        }
        Value::InlineTable(table) => {
            for (key, item) in table {
                within(path, key.to_owned(), |path| of_value(text, item, path, leaves));
            }
        }
        _ => {}
    }
}

fn within(path: &mut Vec<String>, key: String, go: impl FnOnce(&mut Vec<String>)) {
    path.push(key);
    go(path);
    path.pop();
}
