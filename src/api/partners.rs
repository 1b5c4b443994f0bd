//! What the two partners send and are answered. Their protocols are theirs: what they add is passed over.

use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

use super::page::null_as_default;
use crate::domain::key_value::{KeyKind, fingerprint, mask, recognise};

/// A value that somebody found, hashed while it was read: of the value itself nothing is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundValue {
    /// SHA-256 of it, 64 lower-case hexadecimal digits.
    pub hash: String,
    /// Which kind of key it is of by form and checksum, if of one.
    pub kind: Option<KeyKind>,
    /// What may be shown of it.
    pub masked: String,
}

impl FoundValue {
    fn of(value: &str) -> Self {
        let kind = recognise(value);
        let masked = if kind.is_some() { mask(value) } else { String::new() };
        Self { hash: fingerprint(value), kind, masked }
    }
}

impl<'de> Deserialize<'de> for FoundValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Hashing;

        impl Visitor<'_> for Hashing {
            type Value = FoundValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<FoundValue, E> {
                Ok(FoundValue::of(value))
            }

            fn visit_unit<E: Error>(self) -> Result<FoundValue, E> {
                Ok(FoundValue::of(""))
            }
        }

        deserializer.deserialize_any(Hashing)
    }
}

/// One secret that GitHub found. Source: GitHub's secret scanning partner program.
#[derive(Debug, Deserialize, ToSchema)]
pub struct GitHubAlert {
    /// The secret itself.
    #[schema(value_type = String)]
    pub token: FoundValue,
    /// What GitHub calls its kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it stands.
    #[serde(default, deserialize_with = "null_as_default")]
    pub url: String,
    /// What it stands in, as `content`, `commit` or `issue_body`.
    #[serde(default, deserialize_with = "null_as_default")]
    pub source: String,
}

/// What one of them is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// It is, or was, a key of this team.
    TruePositive,
    FalsePositive,
}

/// What GitHub is told of one of them. It takes the secret itself as `token_raw` too, which keydeck never sends.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct GitHubVerdict {
    /// SHA-256 of the secret, 64 lower-case hexadecimal digits.
    pub token_hash: String,
    /// The kind, as GitHub called it.
    pub token_type: String,
    /// What it is.
    pub label: Label,
}

/// The keys that GitHub's alerts are signed with, as it publishes them.
#[derive(Debug, Deserialize)]
pub struct GitHubKeys {
    pub public_keys: Vec<GitHubKey>,
}

/// One of them.
#[derive(Debug, Deserialize)]
pub struct GitHubKey {
    /// What an alert calls it.
    pub key_identifier: String,
    /// In PEM.
    pub key: String,
}

/// One secret that GitLab found. Source: GitLab's token revocation API.
#[derive(Debug, Deserialize, ToSchema)]
pub struct GitLabToken {
    /// One of the kinds that are served.
    #[serde(rename = "type")]
    pub kind: String,
    /// The secret itself.
    #[schema(value_type = String)]
    pub token: FoundValue,
    /// Where it stands.
    #[serde(default, deserialize_with = "null_as_default")]
    pub location: String,
}

/// The kinds of secret that GitLab may send for revocation.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct GitLabTypes {
    /// As GitLab makes them: `gitleaks_rule_id_` and the id of a rule.
    pub types: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_hashed_while_it_is_read() {
        let value = ["kdk_", "0123456789ABCDEFGHIJKLMNOPQRST", "1Ir0du"].concat();
        let text = format!(r#"[{{"token":"{value}","type":"t","url":null,"source":"content","new":[1]}}]"#);
        let alerts: Vec<GitHubAlert> = serde_json::from_str(&text).unwrap();
        let found = &alerts[0].token;
        assert_eq!((found.kind, found.hash.as_str()), (Some(KeyKind::ApiKey), fingerprint(&value).as_str()));
        assert!(!format!("{alerts:?}").contains("0123456789"), "{alerts:?}");
        assert_eq!(alerts[0].url, "");
        // escaped, it is the same value
        let text = text.replace("kdk_", r"\u006bdk_");
        let alerts: Vec<GitHubAlert> = serde_json::from_str(&text).unwrap();
        assert_eq!(alerts[0].token.hash, fingerprint(&value));
        for text in [r#"[{"token":"x","type":"t"}]"#, r#"[{"token":null,"type":"t"}]"#] {
            let alerts: Vec<GitHubAlert> = serde_json::from_str(text).unwrap();
            assert_eq!((alerts[0].token.kind, alerts[0].token.masked.as_str()), (None, ""));
        }
    }
}
