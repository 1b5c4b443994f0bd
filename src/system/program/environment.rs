//! What of this process's environment a program is not told: keydeck's own secrets, whatever they are called.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// The variables that a configuration names as the place of a secret. The environment is the process's, and so is this.
static NAMED: Mutex<BTreeSet<OsString>> = Mutex::new(BTreeSet::new());

/// The least that a secret is, in bytes: a variable that holds less of one by chance is none.
const LEAST: usize = 8;

/// From now on no program is told the variable `name`.
pub fn withhold(name: impl Into<OsString>) {
    NAMED.lock().unwrap_or_else(PoisonError::into_inner).insert(name.into());
}

/// Takes from `command` what it is not to be told.
pub(super) fn clean(command: &mut Command) {
    let named = NAMED.lock().unwrap_or_else(PoisonError::into_inner).clone();
    for name in withheld(&std::env::vars_os().collect::<Vec<_>>(), &named) {
        command.env_remove(name);
    }
}

/// The variables that hold a secret: by their name, or because they hold what one of those holds under another.
fn withheld<'v>(variables: &'v [(OsString, OsString)], named: &BTreeSet<OsString>) -> Vec<&'v OsStr> {
    let is_named = |name: &OsStr| {
        let text = name.to_string_lossy();
        named.contains(name) || text == "KEYDECK_API_KEY" || text.starts_with("KEYDECK_ESCROW_")
    };
    let secrets: Vec<&[u8]> = variables
        .iter()
        .filter(|(name, value)| is_named(name) && value.len() >= LEAST)
        .map(|(_, value)| value.as_encoded_bytes())
        .collect();
    let holds_one = |value: &OsStr| {
        let value = value.as_encoded_bytes();
        secrets.iter().any(|secret| value.windows(secret.len()).any(|part| part == *secret))
    };
    let told = |(name, value): &&(OsString, OsString)| is_named(name) || holds_one(value);
    variables.iter().filter(told).map(|(name, _)| name.as_os_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_withheld_under_every_name() {
        let variables = [
            ("PATH", "/bin"),
            ("KEYDECK_API_KEY", "one secret"),
            ("KEYDECK_ESCROW_PASSPHRASE", "another"),
            ("KEYDECK_URL", "https://keys.team.example"),
            ("TEAM_KEY", "the third secret"),
            ("COPY", "the third secret"),
            ("HEADER", "Bearer one secret"),
            ("SHORT", "abc"),
            ("LETTERS", "abcdef"),
        ]
        .map(|(name, value)| (OsString::from(name), OsString::from(value)));
        let named = ["TEAM_KEY", "SHORT", "NOT_SET"].map(OsString::from).into();
        let told = withheld(&variables, &named);
        assert_eq!(told, ["KEYDECK_API_KEY", "KEYDECK_ESCROW_PASSPHRASE", "TEAM_KEY", "COPY", "HEADER", "SHORT"]);
    }
}
