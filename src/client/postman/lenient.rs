//! Reading fields as the public Postman API writes them: none is promised to be there, numbers come as 3 or 3.0, ids as
//! numbers or texts, and a moment that never was as an empty text.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::domain::ids::{KeyId, UserId};
use crate::domain::time::When;
use crate::domain::untrusted::Untrusted;

/// A text; a number or a flag as it is written; anything else is none.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Untrusted, D::Error> {
    Ok(Untrusted::from(written(&Value::deserialize(deserializer)?)))
}

/// The same, as an id.
pub(super) fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<KeyId, D::Error> {
    Ok(KeyId::from(written(&Value::deserialize(deserializer)?)))
}

/// A text that is there and not empty: a cursor.
pub(super) fn filled<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Some(written(&Value::deserialize(deserializer)?)).filter(|text| !text.is_empty()))
}

/// A list of texts; anything else is none.
pub(super) fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(value.as_array().into_iter().flatten().map(written).filter(|text| !text.is_empty()).collect())
}

/// A user's number; 0 where there is none.
pub(super) fn user<'de, D: Deserializer<'de>>(deserializer: D) -> Result<UserId, D::Error> {
    Ok(UserId(whole(&Value::deserialize(deserializer)?).unwrap_or_default()))
}

/// A number of things; none where it is not told. A fraction is cut off.
pub(super) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(whole(&Value::deserialize(deserializer)?).and_then(|number| u64::try_from(number).ok()))
}

/// A moment; what is no text is none.
pub(super) fn when<'de, D: Deserializer<'de>>(deserializer: D) -> Result<When, D::Error> {
    Ok(When::from_wire(&written(&Value::deserialize(deserializer)?)))
}

/// Whether it is so; not, where that is not told.
pub(super) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(Value::deserialize(deserializer)?.as_bool().unwrap_or_default())
}

/// A free object; anything else is an empty one.
pub(super) fn object<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Object(object) => object,
        _ => Map::new(),
    })
}

/// An object, or the type's default where there is none.
pub(super) fn part<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + serde::de::DeserializeOwned,
{
    let value = Value::deserialize(deserializer)?;
    Ok(if value.is_object() { serde_json::from_value(value).unwrap_or_default() } else { T::default() })
}

/// The objects of a list; what is none of these is left out.
pub(super) fn rows<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: serde::de::DeserializeOwned,
{
    let value = Value::deserialize(deserializer)?;
    let Value::Array(rows) = value else { return Ok(Vec::new()) };
    Ok(rows.into_iter().filter(Value::is_object).filter_map(|row| serde_json::from_value(row).ok()).collect())
}

/// What stands there as text, a whole number without the point that a double has.
pub(super) fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => whole(value).map_or_else(|| number.to_string(), |whole| whole.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
    }
}

/// A whole number, which may be written as a double or as text; its fraction is cut off.
fn whole(value: &Value) -> Option<i64> {
    /// Beyond this a double is not exact.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        #[expect(clippy::cast_possible_truncation, reason = "checked to be in range")]
        Value::Number(number) => {
            number.as_i64().or_else(|| number.as_f64().filter(|n| n.abs() <= EXACT).map(|double| double as i64))
        }
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Row {
        #[serde(deserialize_with = "text")]
        name: Untrusted,
        #[serde(deserialize_with = "user")]
        user: UserId,
        #[serde(deserialize_with = "count")]
        count: Option<u64>,
        #[serde(deserialize_with = "when")]
        at: When,
        #[serde(deserialize_with = "filled")]
        cursor: Option<String>,
    }

    #[rstest]
    #[case(json!({}))]
    #[case(json!({"name": null, "user": null, "count": null, "at": null, "cursor": null}))]
    #[case(json!({"name": "", "user": "", "count": "", "at": "", "cursor": ""}))]
    #[case(json!({"name": [], "user": {}, "count": -3, "at": {}, "cursor": [1]}))]
    #[case(json!({"user": 1e300, "count": false}))]
    fn what_is_not_there_is_none_however_that_is_written(#[case] wire: Value) {
        assert_eq!(serde_json::from_value::<Row>(wire).unwrap(), Row::default());
    }

    #[test]
    fn numbers_are_read_in_every_form() {
        for number in [json!(3), json!(3.0), json!("3"), json!(3.9)] {
            let row: Row = serde_json::from_value(json!({"name": number, "user": number, "count": number})).unwrap();
            assert_eq!((row.user, row.count), (UserId(3), Some(3)), "{number}");
        }
        let row: Row = serde_json::from_value(json!({"name": 7.0, "at": "soon"})).unwrap();
        assert_eq!((row.name.as_received(), row.at), ("7", When::Unreadable("soon".into())));
    }
}
