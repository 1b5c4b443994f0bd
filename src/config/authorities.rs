//! `ca_file`: whose certificates a profile's server may show, beside those that the system trusts.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::credential::resolve;
use super::error::{ConfigError, shown_path};
use super::guarded;
use super::reading::{Place, reason, trusted};
use crate::certificates::{self, Certificate};

/// The most that is read: a system's whole bundle is about 0.2 MB.
const MAX_BYTES: usize = 4 << 20;
/// How long a pipe is waited for.
const LIMIT: Duration = Duration::from_secs(10);

/// A file with certificates of authorities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaFile {
    path: PathBuf,
    /// `profiles.prod.ca_file`
    name: String,
    /// Where the configuration names it.
    at: Place,
}

/// The certificates in the file that a flag of this name names.
///
/// # Errors
/// As [`CaFile::read`].
pub fn named_by(flag: &str, path: &Path) -> Result<Vec<Certificate>, ConfigError> {
    read(path, &|why| {
        let path = shown_path(path);
        ConfigError::new(format!("{flag}: {path}: {why}"), HINT)
    })
}

const HINT: &str = "name a file with the certificate of the authority that signed the server's, in PEM or DER";

fn read(path: &Path, refuse: &dyn Fn(&str) -> ConfigError) -> Result<Vec<Certificate>, ConfigError> {
    let (facts, file) = guarded::open(path).map_err(|error| refuse(&reason(&error)))?;
    if facts.is_dir() {
        return Err(refuse("it is a folder"));
    }
    trusted(path, &facts, "which says what servers are trusted")?;
    let bytes = guarded::read(file, MAX_BYTES + 1, LIMIT).map_err(|error| refuse(&reason(&error)))?;
    if bytes.len() > MAX_BYTES {
        return Err(refuse("it is larger than 4 MiB"));
    }
    certificates::authorities(&bytes).map_err(|unfit| refuse(&unfit.to_string()))
}

impl CaFile {
    /// The file that `config` names at `at`; a relative path is beside it.
    pub(super) fn new(path: &Path, config: &Path, name: String, at: Place) -> Self {
        Self { path: resolve(path, config), name, at }
    }

    /// Reads the certificates.
    ///
    /// # Errors
    /// When they cannot be read, others may change them, or one is none that can be trusted.
    pub fn read(&self) -> Result<Vec<Certificate>, ConfigError> {
        read(&self.path, &|why| {
            let path = shown_path(&self.path);
            ConfigError::new(format!("{}: {}: {path}: {why}", self.at, self.name), HINT)
        })
    }
}
