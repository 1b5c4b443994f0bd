//! Which database a command on the server's own machine is about.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::config::{ConfigError, Credential};
use crate::domain::database_url::DatabaseUrl;

/// The database.
#[derive(Clone, Debug, Default, Args)]
pub struct Place {
    /// Where the keys are kept: sqlite:PATH, or `postgres://USER@HOST/NAME` for several servers
    /// [default: keydeck.db in the data directory]
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// The same, from a file that only you can read: it may hold a password
    #[arg(long, value_name = "FILE", conflicts_with = "database")]
    database_url_file: Option<PathBuf>,
}

impl Place {
    /// The database that the command line names.
    ///
    /// # Errors
    /// When a password stands in an argument, where everybody on this machine can read it, or the file cannot be read.
    pub async fn url(&self) -> Result<Option<DatabaseUrl>, ConfigError> {
        named("--database", self.database.as_deref(), self.database_url_file.as_deref()).await
    }
}

/// The database that `flag` names, or the flag beside it a file with its address.
///
/// # Errors
/// As [`Place::url`] says.
pub(super) async fn named(
    flag: &str,
    url: Option<&str>,
    file: Option<&Path>,
) -> Result<Option<DatabaseUrl>, ConfigError> {
    if let Some(file) = file {
        let url = Credential::File(file.to_owned()).passphrase().await?;
        return Ok(Some(DatabaseUrl::from(url.expose())));
    }
    let Some(url) = url.map(DatabaseUrl::from) else { return Ok(None) };
    if url.holds_password() {
        return Err(ConfigError::new(
            format!(
                "{flag} holds a password, which everybody on this machine can read: take it for known, and change it"
            ),
            format!(
                "leave it out, and set PGPASSWORD or PGPASSFILE, or write the whole into a file for {flag}-url-file"
            ),
        ));
    }
    Ok(Some(url))
}
