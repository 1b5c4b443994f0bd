//! A list in an answer, of which no more is kept than was asked for.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// The rows of an answer, `MOST` at the most: what comes after them is read over, and counts.
#[derive(Debug)]
pub(super) struct Bounded<T, const MOST: usize> {
    rows: Vec<T>,
    over: bool,
}

impl<T, const MOST: usize> Bounded<T, MOST> {
    /// The rows, unless there are more than were asked for.
    pub(super) fn at_most(self, asked: usize) -> Result<Vec<T>, &'static str> {
        if self.over || self.rows.len() > asked { Err("more rows than were asked for") } else { Ok(self.rows) }
    }
}

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for Bounded<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Rows<T, const MOST: usize>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for Rows<T, MOST> {
            type Value = Bounded<T, MOST>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut rows = Vec::new();
                while rows.len() < MOST {
                    match list.next_element()? {
                        Some(row) => rows.push(row),
                        None => return Ok(Bounded { rows, over: false }),
                    }
                }
                let mut over = false;
                while list.next_element::<IgnoredAny>()?.is_some() {
                    over = true;
                }
                Ok(Bounded { rows, over })
            }
        }

        deserializer.deserialize_seq(Rows(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_kept_than_was_asked_for() {
        let read = |text: &str| serde_json::from_str::<Bounded<u8, 3>>(text).unwrap();
        assert_eq!(read("[1,2,3]").at_most(3), Ok(vec![1, 2, 3]));
        assert!(read("[1,2,3]").at_most(2).is_err());
        let long = read("[1,2,3,4,\"anything\"]");
        assert!(long.rows.len() == 3 && long.at_most(1000).is_err());
        assert!(serde_json::from_str::<Bounded<u8, 3>>("[1,2,3,").is_err(), "the rest is read all the same");
    }
}
