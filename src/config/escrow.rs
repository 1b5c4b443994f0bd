//! `[escrow]` of `config.toml`: where the values of a rotation under way are kept.

use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::credential::{Credential, RawCredential};

/// Which store takes the values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EscrowStore {
    /// The keyring where one answers, else files.
    #[default]
    Auto,
    /// The operating system's keyring and nothing else.
    Keyring,
    /// Sealed files.
    File,
}

/// Where the values of a rotation under way are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EscrowSettings {
    /// Which store takes them.
    pub store: EscrowStore,
    /// Where the passphrase comes from that seals the files; none: a key file beside them does.
    pub passphrase: Option<Credential>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEscrow {
    #[serde(default)]
    store: EscrowStore,
    passphrase: Option<Spanned<RawCredential>>,
}

pub(super) const ESCROW_KEYS: &[&str] = &["store", "passphrase"];

impl RawEscrow {
    /// Where the passphrase's source stands in the file.
    pub(super) fn passphrase_at(&self) -> std::ops::Range<usize> {
        self.passphrase.as_ref().map(Spanned::span).unwrap_or_default()
    }

    /// Checks the form; `config` is the configuration file, which relative paths are beside.
    pub(super) fn checked(self, config: &Path) -> Result<EscrowSettings, (&'static str, &'static str)> {
        let source = |raw: Spanned<RawCredential>| Credential::from_raw(raw.into_inner(), config);
        let passphrase = self.passphrase.map(source).transpose()?;
        if self.store == EscrowStore::Keyring && passphrase.is_some() {
            return Err(("is of no use with store = \"keyring\"", "remove it, or write store = \"file\" or \"auto\""));
        }
        Ok(EscrowSettings { store: self.store, passphrase })
    }
}
