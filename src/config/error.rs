//! What can be wrong with the configuration: said without quoting a value, since any of them may be a secret.

use std::fmt;
use std::path::Path;

use crate::domain::failure::{Ending, Failure};
use crate::domain::untrusted::visible;
use crate::domain::values::masked;

/// Something in the configuration that keydeck cannot work with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    what: String,
    hint: String,
    ending: Ending,
}

impl ConfigError {
    /// `what` is wrong and where; `hint` is what to do about it. Neither may hold a value from the file or the
    /// environment; names go through what masks and shows them.
    pub(crate) fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: hint.into(), ending: Ending::Usage }
    }

    /// Nobody is logged in where somebody has to be: nothing is wrong with the configuration.
    pub(crate) fn nobody(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { ending: Ending::Denied, ..Self::new(what, hint) }
    }

    /// What to do next.
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

impl Failure for ConfigError {
    fn hint(&self) -> String {
        self.hint().to_owned()
    }

    fn ending(&self) -> Ending {
        self.ending
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for ConfigError {}

/// A name from the configuration (a key, a profile, a variable, a path) as it may be shown: made visible, and masked
/// when somebody put a key's value where a name belongs.
pub(super) fn shown(name: &str) -> String {
    visible(&masked(name)).into_owned()
}

pub(super) fn shown_path(path: &Path) -> String {
    shown(&path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_in_the_place_of_a_name_is_masked() {
        assert_eq!(shown("pro\u{1b}d"), "pro\\x1bd");
        assert_eq!(shown("kdk_0123456789ABCDEFGHIJ"), "kdk_…");
    }
}
