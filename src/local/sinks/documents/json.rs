//! JSON, and the JSON with comments and trailing commas that editors and tools keep their settings in.

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use zeroize::Zeroizing;

use super::{Content, Leaf, Refused};

/// Every value.
pub fn leaves(text: &str) -> Result<Vec<Leaf>, Refused> {
    let options = ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let parsed = parse_to_ast(text, &CollectOptions::default(), &options)
        .map_err(|error| Refused::Malformed { form: "JSON", line: Some(super::line(text, error.range().start)) })?;
    let mut leaves = Vec::new();
    match parsed.value {
        Some(value) => walk(&value, &mut Vec::new(), &mut leaves),
        None => return Err(Refused::Malformed { form: "JSON", line: None }),
    }
    Ok(leaves)
}

fn walk(value: &Value<'_>, path: &mut Vec<String>, leaves: &mut Vec<Leaf>) {
    let range = value.range();
    let mut add = |content| leaves.push(Leaf { path: path.clone(), span: range.start..range.end, content });
    match value {
        Value::StringLit(text) => {
            add(Content::Text(Zeroizing::new(text.value.clone().into_owned()), Some(b'"')));
        }
        Value::NumberLit(_) => add(Content::Other("a number")),
        Value::BooleanLit(is) => add(Content::Other(if is.value { "true" } else { "false" })),
        Value::NullKeyword(_) => add(Content::Other("nothing")),
        Value::Object(object) => {
            add(Content::Other("an object"));
            for property in &object.properties {
                path.push(property.name.as_str().to_owned());
                walk(&property.value, path, leaves);
                path.pop();
            }
        }
        Value::Array(array) => {
            add(Content::Other("a list"));
            for (at, item) in array.elements.iter().enumerate() {
                path.push(at.to_string());
                walk(item, path, leaves);
                path.pop();
            }
        }
    }
}
