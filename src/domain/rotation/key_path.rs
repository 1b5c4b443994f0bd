//! Which value of a structured file is meant.

use std::fmt;
use std::str::FromStr;

/// Keys from the outside to the inside, `.` between them; in a list, the number of an item, from 0. A key with a dot in it
/// stands in double quotes: `metadata."example.com/key"`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyPath(pub Vec<String>);

impl FromStr for KeyPath {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let mut keys = vec![String::new()];
        let (mut quoted, mut was_quoted) = (false, false);
        for c in text.chars() {
            match c {
                '"' if quoted => quoted = false,
                '"' if keys.last().is_some_and(String::is_empty) && !was_quoted => (quoted, was_quoted) = (true, true),
                '"' => return Err("has a quote within a key"),
                '.' if !quoted => {
                    if keys.last().is_some_and(String::is_empty) {
                        return Err("has a key without a name");
                    }
                    keys.push(String::new());
                    was_quoted = false;
                }
                _ if was_quoted && !quoted => return Err("goes on behind a quote"),
                c => keys.last_mut().unwrap_or(&mut String::new()).push(c),
            }
        }
        match keys.last() {
            _ if quoted => Err("has a quote that is not closed"),
            Some(last) if !last.is_empty() => Ok(Self(keys)),
            _ => Err("has a key without a name"),
        }
    }
}

impl fmt::Display for KeyPath {
    /// As [`FromStr`] reads it; a key that holds a quote cannot be written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, key) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(".")?;
            }
            if key.contains('.') { write!(f, "\"{key}\"")? } else { f.write_str(key)? }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_part_keys_but_for_those_in_quotes() {
        for (text, keys) in [
            ("key", &["key"][..]),
            ("a.b.0.c", &["a", "b", "0", "c"]),
            ("metadata.\"example.com/key\".x", &["metadata", "example.com/key", "x"]),
            ("a b.ü", &["a b", "ü"]),
        ] {
            let path: KeyPath = text.parse().unwrap();
            assert_eq!(path.0, keys, "{text}");
            assert_eq!(path.to_string(), text);
        }
        for text in ["", ".", "a.", ".a", "a..b", "a.\"b", "a\"b\"", "\"\"", "\"a\"b", "\"a\"\"b\""] {
            assert!(text.parse::<KeyPath>().is_err(), "{text}");
        }
    }
}
