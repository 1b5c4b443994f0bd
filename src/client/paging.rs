//! Following cursors without being led in a circle.

use std::collections::HashSet;

use super::Scope;
use super::error::{Asked, ErrorKind, ServiceError};

/// The most pages of one list: ten million keys in pages of a thousand.
const MOST_PAGES: usize = 10_000;
/// The most pages in a row with nothing on them.
const MOST_EMPTY_PAGES: usize = 20;

/// A list that comes in pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    Keys(Scope),
    Findings,
    Audit,
}

impl Listing {
    fn name(self) -> &'static str {
        match self {
            Self::Keys(Scope::Mine) => "the list of your keys",
            Self::Keys(Scope::Team) => "the list of the team's keys",
            Self::Keys(Scope::Collections) => "the list of collection access keys",
            Self::Findings => "the list of exposed keys",
            Self::Audit => "the audit log",
        }
    }
}

/// The cursors a list has led through so far.
#[derive(Debug)]
pub struct Trail {
    listing: Listing,
    address: String,
    seen: HashSet<String>,
    pages: usize,
    empty: usize,
}

impl Trail {
    /// The beginning of `listing` at `address`.
    pub fn new(listing: Listing, address: String) -> Self {
        Self { listing, address, seen: HashSet::new(), pages: 0, empty: 0 }
    }

    /// Takes note of a page with so many `rows` whose `next` page is said to be there; gives the cursor to ask for next,
    /// none at the end. A cursor that was there before, or one more page after far too many, is an error: the server
    /// would lead the client round for ever.
    pub fn step(&mut self, rows: usize, next: Option<String>) -> Result<Option<String>, ServiceError> {
        self.pages += 1;
        self.empty = if rows == 0 { self.empty + 1 } else { 0 };
        let Some(next) = next.filter(|cursor| !cursor.is_empty()) else {
            return Ok(None);
        };
        let name = self.listing.name();
        let circle = if !self.seen.insert(next.clone()) {
            format!("{name} repeats itself after page {}: a cursor came twice", self.pages)
        } else if self.empty >= MOST_EMPTY_PAGES {
            format!("{name} does not end: {} pages in a row were empty", self.empty)
        } else if self.pages >= MOST_PAGES {
            format!("{name} does not end after {} pages", self.pages)
        } else {
            return Ok(Some(next));
        };
        Err(ServiceError::new(ErrorKind::NotUnderstood, Asked::nothing(&self.address), circle))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trail() -> Trail {
        Trail::new(Listing::Keys(Scope::Team), "https://keys.team.example".into())
    }

    #[test]
    fn an_honest_list_ends() {
        let mut trail = trail();
        assert_eq!(trail.step(2, Some("a".into())), Ok(Some("a".into())));
        assert_eq!(trail.step(2, Some("b".into())), Ok(Some("b".into())));
        assert_eq!(trail.step(1, None), Ok(None));
        assert_eq!(trail.step(1, Some(String::new())), Ok(None));
    }

    #[test]
    fn a_circle_is_noticed() {
        let mut trail = trail();
        for cursor in ["a", "b"] {
            trail.step(1, Some(cursor.into())).unwrap();
        }
        let error = trail.step(1, Some("a".into())).unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotUnderstood);
        assert!(error.to_string().contains("the list of the team's keys repeats itself"), "{error}");
    }

    #[test]
    fn a_list_without_end_ends() {
        let endless = |rows: usize| {
            let mut trail = trail();
            (1..=MOST_PAGES).find(|page| trail.step(rows, Some(page.to_string())).is_err()).unwrap()
        };
        assert_eq!(endless(0), MOST_EMPTY_PAGES);
        assert_eq!(endless(1), MOST_PAGES);
    }
}
