//! Where keydeck keeps its files.

use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use super::error::ConfigError;

/// The directories of this user: on Linux by the XDG variables, elsewhere as the system has it.
#[derive(Clone, Debug)]
pub struct Paths {
    config: PathBuf,
    state: PathBuf,
    data: PathBuf,
}

impl Paths {
    /// The directories; nothing is created.
    ///
    /// # Errors
    /// When the system does not tell a home directory.
    pub fn of_user() -> Result<Self, ConfigError> {
        let dirs = ProjectDirs::from("", "", "keydeck")
            .ok_or_else(|| ConfigError::new("this user has no home directory", "set HOME to an absolute path"))?;
        Ok(Self {
            config: dirs.config_dir().to_owned(),
            // only Linux has a place for state
            state: dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()).to_owned(),
            data: dirs.data_local_dir().to_owned(),
        })
    }

    /// The configuration file, unless a flag names another.
    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// The server's configuration file, unless a flag or a variable names another.
    pub fn server_file(&self) -> PathBuf {
        self.config.join("server.toml")
    }

    pub fn themes(&self) -> PathBuf {
        self.config.join("themes")
    }

    /// Where the log is.
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// The server's database, unless a flag names another.
    pub fn database(&self) -> PathBuf {
        self.data.join("keydeck.db")
    }
}
