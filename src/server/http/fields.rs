//! The fields of a body: each is known to the call and given once, so that a mistyped `except` does not revoke what it was to
//! spare. Source: management API, "Conventions".

use std::fmt;

use serde::de::value::Error;
use serde::de::{DeserializeOwned, Deserializer, Error as _, MapAccess, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::{Map, Value};

use super::body::check_no_value;
use super::problem::Problem;
use crate::domain::nearest::nearest;

/// The longest name that is told back, in characters: a longer one is no mistyped name.
const LONGEST: usize = 40;

/// Reads a body that has to be a JSON object.
pub fn read(bytes: &[u8]) -> Result<Map<String, Value>, Problem> {
    let Object(fields) = serde_json::from_slice(bytes).map_err(|error| {
        let reason = match error.classify() {
            serde_json::error::Category::Data => "expected an object".to_owned(),
            _ => format!("not JSON at line {}, column {}", error.line(), error.column()),
        };
        Problem::malformed("body", reason)
    })?;
    let mut body = Map::new();
    for (name, value) in fields {
        if body.contains_key(&name) {
            return Err(refused(&name, "given twice".to_owned()));
        }
        body.insert(name, value);
    }
    Ok(body)
}

/// Refuses a NUL anywhere in a body, which no engine keeps in a text, and names the field that holds it.
pub fn check_no_nul(body: &Map<String, Value>) -> Result<(), Problem> {
    for (field, value) in body {
        if holds_nul(value) {
            return Err(Problem::malformed(field.as_str(), "holds a NUL character"));
        }
    }
    Ok(())
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(all) => all.iter().any(holds_nul),
        Value::Object(fields) => fields.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Refuses a field that is none of the `known` ones, and names the nearest of them.
pub fn check_known<'a>(body: &Map<String, Value>, known: impl Iterator<Item = &'a str> + Clone) -> Result<(), Problem> {
    let Some(field) = body.keys().find(|field| !known.clone().any(|known| known == *field)) else { return Ok(()) };
    let reason = match nearest(field, known.clone()) {
        Some(near) => format!("no such field: did you mean {near}?"),
        None => format!("no such field: one of {}", known.collect::<Vec<_>>().join(", ")),
    };
    Err(refused(field, reason))
}

fn refused(field: &str, reason: String) -> Problem {
    let field: String = field.chars().take(LONGEST).collect();
    // a value may stand where a name belongs
    check_no_value("body", &field).err().unwrap_or_else(|| Problem::malformed(field, reason))
}

/// The fields of a struct, by their names on the wire, as its own reading of JSON has them.
pub fn of<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut names: &[&str] = &[];
    // only asked what it would read: nothing is there to be read
    drop(T::deserialize(Names(&mut names)));
    names
}

struct Names<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Names<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("nothing is read"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        *self.0 = fields;
        self.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// The fields of an object, each as often as it stands there.
struct Object(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Object(fields))
            }
        }

        deserializer.deserialize_map(Fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::key::{KeyPatch, NewApiKey, Revocations, Verification};
    use crate::api::secrets::SecretReport;
    use crate::domain::settings::SettingsChange;

    #[test]
    fn a_bodys_fields_are_those_that_it_reads() {
        assert_eq!(of::<Revocations>(), ["ids", "all", "except", "revocation", "note"]);
        for fields in
            [of::<NewApiKey>(), of::<KeyPatch>(), of::<Verification>(), of::<SecretReport>(), of::<SettingsChange>()]
        {
            assert!(!fields.is_empty());
        }
        assert!(of::<SettingsChange>().contains(&"expiryDays"));
    }
}
