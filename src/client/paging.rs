//! Following cursors without being led in a circle.

use std::collections::HashSet;

use super::Scope;
use super::error::{Asked, ErrorKind, ServiceError};

/// The most pages of one list: ten million keys in pages of a thousand.
const MOST_PAGES: usize = 10_000;
/// The most pages in a row with nothing on them.
const MOST_EMPTY_PAGES: usize = 20;
/// The most rows of one list in all: three times the largest team that keydeck is made for.
const MOST_ROWS: usize = 3_000_000;
/// The most bytes of one list in all, unpacked: a key is about 600 bytes, and 2 kB where every text is as long as it may be.
const MOST_BYTES: usize = 2 << 30;

/// A list that comes in pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    Keys(Scope),
    Findings,
    Audit,
    RefusedUses,
    Notices,
}

impl Listing {
    fn name(self) -> &'static str {
        match self {
            Self::Keys(Scope::Mine) => "the list of your keys",
            Self::Keys(Scope::Team) => "the list of the team's keys",
            Self::Keys(Scope::Collections) => "the list of collection access keys",
            Self::Findings => "the list of exposed keys",
            Self::Audit => "the audit log",
            Self::RefusedUses => "the list of addresses from which a key is still tried",
            Self::Notices => "the list of notices",
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
    rows: usize,
    bytes: usize,
}

impl Trail {
    /// The beginning of `listing` at `address`.
    pub fn new(listing: Listing, address: String) -> Self {
        Self { listing, address, seen: HashSet::new(), pages: 0, empty: 0, rows: 0, bytes: 0 }
    }

    /// Takes note of a page with so many `rows` and `bytes` whose `next` page is said to be there; gives the cursor to ask for next,
    /// none at the end. A cursor that was there before, or one more page after far too many, is an error: the server
    /// would lead the client round for ever.
    pub fn step(
        &mut self,
        (rows, bytes): (usize, usize),
        next: Option<String>,
    ) -> Result<Option<String>, ServiceError> {
        self.pages += 1;
        self.rows += rows;
        self.bytes = self.bytes.saturating_add(bytes);
        self.empty = if rows == 0 { self.empty + 1 } else { 0 };
        let Some(next) = next.filter(|cursor| !cursor.is_empty()) else {
            return Ok(None);
        };
        let name = self.listing.name();
        let circle = if !self.seen.insert(next.clone()) {
            format!("{name} repeats itself after page {}: a cursor came twice", self.pages)
        } else if self.empty >= MOST_EMPTY_PAGES {
            format!("{name} does not end: {} pages in a row were empty", self.empty)
        } else if self.rows > MOST_ROWS || self.bytes > MOST_BYTES {
            let megabytes = self.bytes >> 20;
            format!("{name} does not end after {} rows and {megabytes} MiB: that is more than is taken in", self.rows)
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
        assert_eq!(trail.step((2, 100), Some("a".into())), Ok(Some("a".into())));
        assert_eq!(trail.step((2, 100), Some("b".into())), Ok(Some("b".into())));
        assert_eq!(trail.step((1, 100), None), Ok(None));
        assert_eq!(trail.step((1, 100), Some(String::new())), Ok(None));
    }

    #[test]
    fn a_circle_is_noticed() {
        let mut trail = trail();
        for cursor in ["a", "b"] {
            trail.step((1, 100), Some(cursor.into())).unwrap();
        }
        let error = trail.step((1, 100), Some("a".into())).unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotUnderstood);
        assert!(error.to_string().contains("the list of the team's keys repeats itself"), "{error}");
    }

    #[test]
    fn a_list_is_bounded_in_rows_and_bytes() {
        let pages = |rows: usize, bytes: usize| {
            let mut trail = trail();
            (1..=MOST_PAGES).find(|page| trail.step((rows, bytes), Some(page.to_string())).is_err()).unwrap()
        };
        assert_eq!(pages(1000, 600_000), 3001, "a million keys are an honest list");
        assert_eq!(pages(1000, 16 << 20), 129);
        let mut trail = trail();
        let error = (0..200).find_map(|page| trail.step((1, 16 << 20), Some(page.to_string())).err()).unwrap();
        assert!(error.to_string().contains("does not end after 129 rows and 2064 MiB"), "{error}");
    }

    #[test]
    fn a_list_without_end_ends() {
        let endless = |rows: usize| {
            let mut trail = trail();
            (1..=MOST_PAGES).find(|page| trail.step((rows, 100), Some(page.to_string())).is_err()).unwrap()
        };
        assert_eq!(endless(0), MOST_EMPTY_PAGES);
        assert_eq!(endless(1), MOST_PAGES);
    }
}
