//! Names of files, which are bytes that somebody chose.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::domain::untrusted::visible;
use crate::domain::values::{holds_value, masked};

/// The name of a file, with `/` between its folders.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileName(Vec<u8>);

impl FileName {
    pub fn new(name: impl Into<Vec<u8>>) -> Self {
        Self(name.into())
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The name as text, with a replacement character for what is none; a value that stands in it is masked.
    pub fn text(&self) -> String {
        let text = String::from_utf8_lossy(&self.0);
        masked(&text).into_owned()
    }

    /// The name as it may be shown.
    pub fn shown(&self) -> String {
        visible(&self.text()).into_owned()
    }

    /// Whether [`text`](Self::text) is all of it.
    pub fn is_text(&self) -> bool {
        std::str::from_utf8(&self.0).is_ok_and(|text| matches!(masked(text), Cow::Borrowed(_)))
    }

    /// The name as a relative address (RFC 3986): everything but what is never special is percent-encoded, and `./` at the
    /// beginning left out.
    pub fn address(&self) -> String {
        let text = self.text();
        let is_odd = std::str::from_utf8(&self.0).is_err() && !holds_value(&self.0);
        let mut bytes = if is_odd { &self.0 } else { text.as_bytes() };
        while let Some(rest) = bytes.strip_prefix(b"./") {
            bytes = rest;
        }
        let mut address = String::with_capacity(bytes.len());
        for byte in bytes {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                    address.push(char::from(*byte));
                }
                byte => {
                    let _ = write!(address, "%{byte:02X}");
                }
            }
        }
        address
    }
}

impl std::fmt::Debug for FileName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.shown())
    }
}
