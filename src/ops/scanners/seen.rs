//! What a report tells of a value: its hash, taken as it is read, or that it is masked.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::domain::key_value::{Digest32, digest, mask};
use crate::domain::values::{Form, Format, find};

/// What was recognised of a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Seen {
    /// Values of known formats: each one's hash, its format and its masked form.
    Values(Vec<(Digest32, Format, String)>),
    /// A value that the scanner masked, as far as it may be shown.
    Masked(String),
    /// Something that is no value of a known format.
    #[default]
    Unknown,
}

impl Seen {
    /// What is recognised in `text`, of which nothing is kept.
    pub fn in_text(text: &str) -> Self {
        let found = find(text);
        let mut values: Vec<(Digest32, Format, String)> = Vec::new();
        for found in found.iter().filter(|found| !found.is_example()) {
            if let Some(value) = found.value() {
                let value = (digest(value.expose()), found.format, mask(value.expose()));
                if !values.contains(&value) {
                    values.push(value);
                }
            }
        }
        if !values.is_empty() {
            return Self::Values(values);
        }
        let masked = found.iter().find(|found| matches!(found.form, Form::Masked { .. }));
        match masked {
            Some(masked) => Self::Masked(masked.shown()),
            None if is_masked(text) => Self::Masked("…".to_owned()),
            None => Self::Unknown,
        }
    }

    /// This, or else what `other` tells.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (&self, &other) {
            (Self::Values(_), _) | (_, Self::Unknown) | (Self::Masked(_), Self::Masked(_)) => self,
            (Self::Masked(_) | Self::Unknown, Self::Values(_)) | (Self::Unknown, Self::Masked(_)) => other,
        }
    }
}

/// Whether a scanner put something in place of a value.
fn is_masked(text: &str) -> bool {
    text.contains("***") || text.contains("REDACTED") || text.contains("•••")
}

impl<'de> Deserialize<'de> for Seen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Hashing)
    }
}

/// Hashes what it reads.
struct Hashing;

impl<'de> Visitor<'de> for Hashing {
    type Value = Seen;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a secret")
    }

    fn visit_str<E>(self, text: &str) -> Result<Seen, E> {
        Ok(Seen::in_text(text))
    }

    fn visit_unit<E>(self) -> Result<Seen, E> {
        Ok(Seen::Unknown)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Seen, E> {
        Ok(Seen::Unknown)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Seen, E> {
        Ok(Seen::Unknown)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Seen, E> {
        Ok(Seen::Unknown)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Seen, E> {
        Ok(Seen::Unknown)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Seen, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Seen::Unknown)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Seen, A::Error> {
        while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Seen::Unknown)
    }
}
