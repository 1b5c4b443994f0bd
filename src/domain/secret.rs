//! A value that must not be seen: wiped when dropped, absent from `Debug`, never serialised.

use std::fmt;

use zeroize::Zeroizing;

/// A secret value, such as a key's.
///
/// It has no `Display`, no `Serialize` and no `Clone`; [`expose`](Self::expose) marks each place that needs the text.
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes `value` over. The caller's own copies, if it made any, are its own to wipe.
    pub fn new(value: String) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The value itself, for a request header, the clipboard or a 0600 file; never for a log, an error or a journal.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// A second copy, where two owners outlive each other (the client's and the screen's).
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self::new(self.0.as_str().to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl PartialEq for Secret {
    /// Compares in time that depends on the lengths only.
    fn eq(&self, other: &Self) -> bool {
        let (a, b) = (self.0.as_bytes(), other.0.as_bytes());
        a.len() == b.len() && a.iter().zip(b).fold(0, |differ, (x, y)| differ | (x ^ y)) == 0
    }
}

impl Eq for Secret {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::new("hunter2".into())), "Secret(…)");
    }
}
