//! The variables of environments: the shared value of one is read and changed, and nothing else of the environment.
//!
//! A change names the variable by its place, so the environment is read first, and read back afterwards. `PUT` replaces
//! everything that an environment holds, and is not used.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::lenient;
use crate::domain::secret::Secret;

/// `GET /environments/{uid}`.
#[derive(Default, Deserialize)]
pub(super) struct EnvironmentAnswer {
    #[serde(default)]
    environment: Option<Environment>,
}

#[derive(Default, Deserialize)]
pub(super) struct Environment {
    #[serde(default)]
    values: Vec<Variable>,
}

/// One entry. That it may be masked in the app says nothing of this answer, which may hold it in clear.
#[derive(Deserialize)]
struct Variable {
    #[serde(default, deserialize_with = "lenient::filled")]
    key: Option<String>,
    #[serde(default, deserialize_with = "text")]
    value: Option<Secret>,
    /// Where the value comes from, where it is kept in a vault.
    #[serde(default)]
    source: Option<Value>,
    /// What the vault calls it.
    #[serde(default)]
    secret: Option<Value>,
}

/// A value that is text; the text is moved, not copied.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(Secret::new(text)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    })
}

/// Why a variable is not read or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// Several have the name: which of them is used is the app's to say.
    Several,
    /// Its value comes from a vault.
    Vault,
}

impl Unfit {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Several => "several variables of the environment have this name: rename all but one in the app",
            Self::Vault => "its value comes from a vault: name the place in the vault instead",
        }
    }
}

/// A variable, by its place in the environment.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) at: usize,
    /// Its shared value; none where it has none, or one that is no text.
    pub(super) value: Option<Secret>,
}

impl EnvironmentAnswer {
    pub(super) fn environment(self) -> Result<Environment, &'static str> {
        self.environment.ok_or("an answer without the environment it should hold")
    }
}

impl Environment {
    /// The variable of this name; none where there is none.
    pub(super) fn find(self, name: &str) -> Result<Option<Found>, Unfit> {
        let is_named = |(_, variable): &(usize, Variable)| variable.key.as_deref() == Some(name);
        let mut named = self.values.into_iter().enumerate().filter(is_named);
        let Some((at, variable)) = named.next() else { return Ok(None) };
        if named.next().is_some() {
            return Err(Unfit::Several);
        }
        let is_there = |value: &Option<Value>| value.as_ref().is_some_and(|value| !value.is_null());
        if is_there(&variable.source) || is_there(&variable.secret) {
            return Err(Unfit::Vault);
        }
        Ok(Some(Found { at, value: variable.value }))
    }
}

/// One operation of a change: a call holds operations of one kind only, and this is all of it.
#[derive(Serialize)]
pub(super) struct Replace<'a> {
    op: &'static str,
    path: String,
    value: &'a str,
}

impl<'a> Replace<'a> {
    /// The shared value of the variable at this place.
    pub(super) fn value_at(at: usize, value: &'a Secret) -> [Self; 1] {
        [Self { op: "replace", path: format!("/values/{at}/value"), value: value.expose() }]
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn environment(values: &Value) -> Environment {
        let wire = json!({ "environment": { "name": "prod", "values": values } });
        serde_json::from_value::<EnvironmentAnswer>(wire).unwrap().environment().unwrap()
    }

    #[test]
    fn a_variable_is_found_by_its_name_and_changed_by_its_place() {
        let values = json!([
            { "key": "url", "value": "https://x.example", "type": "default", "enabled": true },
            { "value": "without a name" },
            { "key": "postman-api-key", "value": "the value", "type": "secret", "enabled": true, "description": null },
        ]);
        let found = environment(&values).find("postman-api-key").unwrap().unwrap();
        assert_eq!((found.at, found.value.unwrap().expose()), (2, "the value"));
        assert!(environment(&values).find("Postman-Api-Key").unwrap().is_none(), "another name");
        let value = Secret::new("new".to_owned());
        let body = serde_json::to_value(Replace::value_at(2, &value)).unwrap();
        assert_eq!(body, json!([{ "op": "replace", "path": "/values/2/value", "value": "new" }]));
    }

    #[rstest]
    #[case(json!([{ "key": "k", "value": "a" }, { "key": "k", "value": "b" }]), Unfit::Several)]
    #[case(json!([{ "key": "k", "value": "a", "source": { "provider": "aws" } }]), Unfit::Vault)]
    #[case(json!([{ "key": "k", "secret": { "id": "x" } }]), Unfit::Vault)]
    fn what_cannot_be_changed_safely_is_left(#[case] values: Value, #[case] unfit: Unfit) {
        assert_eq!(environment(&values).find("k").map(|_| ()), Err(unfit));
    }

    #[rstest]
    #[case(json!([{ "key": "k", "value": null }]))]
    #[case(json!([{ "key": "k", "value": 3.0 }]))]
    #[case(json!([{ "key": "k" }]))]
    fn a_variable_without_a_text_holds_nothing(#[case] values: Value) {
        assert!(environment(&values).find("k").unwrap().unwrap().value.is_none());
    }

    #[test]
    fn an_answer_of_another_kind_is_no_environment_without_variables() {
        for wire in [json!({}), json!({ "environment": null })] {
            assert!(serde_json::from_value::<EnvironmentAnswer>(wire).unwrap().environment().is_err());
        }
        // what cannot be counted is not changed by its place
        let odd = json!({ "environment": { "values": [null, { "key": "k" }] } });
        assert!(serde_json::from_value::<EnvironmentAnswer>(odd).is_err());
    }
}
