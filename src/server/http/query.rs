//! What stands in an address: query parameters, each at most once, the wrong one named, and the id in a path.

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;

use super::problem::Problem;
use crate::domain::time::{Time, When};

/// The longest id in a path, in characters.
pub const LONGEST_ID: usize = 255;
/// The longest parameter that is read, in characters; a cursor is the longest there is.
pub const LONGEST: usize = 2048;

/// The parameters of a request. Those an endpoint does not know are ignored, as Postman's API does.
#[derive(Debug)]
pub struct Params(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map_err(|_unreadable| Problem::malformed("query", "not readable"))?;
        Ok(Self(pairs))
    }
}

impl Params {
    /// A parameter that is there and not empty.
    pub fn text(&self, name: &str) -> Result<Option<&str>, Problem> {
        let mut found = self.0.iter().filter(|(other, _)| other == name);
        let value = found.next().map(|(_, value)| value.as_str());
        if found.next().is_some() {
            return Err(Problem::malformed(name, "given more than once"));
        }
        if value.is_some_and(|value| value.chars().count() > LONGEST || value.contains('\0')) {
            return Err(Problem::malformed(name, format!("longer than {LONGEST} characters, or holds a NUL")));
        }
        Ok(value.filter(|value| !value.is_empty()))
    }

    /// How many rows a page may have: 1 to `most`.
    pub fn limit(&self, default: u32, most: u32) -> Result<u32, Problem> {
        match self.text("limit")? {
            None => Ok(default),
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| (1..=most).contains(limit))
                .ok_or_else(|| Problem::malformed("limit", format!("not a whole number from 1 to {most}"))),
        }
    }

    /// A whole number, such as a user's id.
    pub fn integer(&self, name: &str) -> Result<Option<i64>, Problem> {
        self.text(name)?
            .map(|text| text.parse().map_err(|_not_one| Problem::malformed(name, "not a whole number")))
            .transpose()
    }

    /// A moment with its zone.
    pub fn moment(&self, name: &str) -> Result<Option<Time>, Problem> {
        self.text(name)?.map(|text| moment(name, text)).transpose()
    }

    pub fn word<T: Copy>(&self, name: &str, words: &[(&'static str, T)]) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        match words.iter().find(|(word, _)| *word == text) {
            Some((_, value)) => Ok(Some(*value)),
            None => Err(Problem::malformed(name, one_of(words.iter().map(|(word, _)| *word)))),
        }
    }
}

/// The id in a path.
#[derive(Debug)]
pub struct Id(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path::<String>(id) = Path::from_request_parts(parts, state)
            .await
            .map_err(|_unreadable| Problem::malformed("id", "not UTF-8"))?;
        if id.chars().count() > LONGEST_ID || id.contains('\0') {
            return Err(Problem::malformed("id", format!("longer than {LONGEST_ID} characters, or holds a NUL")));
        }
        Ok(Self(id))
    }
}

/// Reads an RFC 3339 moment whose text form has four digits for the year, so that text order stays time order.
pub fn moment(field: &str, text: &str) -> Result<Time, Problem> {
    use chrono::Datelike;
    When::from_wire(text)
        .time()
        .filter(|time| (1970..=9999).contains(&time.year()))
        .ok_or_else(|| Problem::malformed(field, "not an RFC 3339 date and time with its zone, from 1970 to 9999"))
}

/// `not one of a, b, c`.
pub fn one_of<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    format!("not one of {}", words.into_iter().collect::<Vec<_>>().join(", "))
}
