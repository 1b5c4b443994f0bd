//! The profiles that the console can go to, and the way to one's session.

use std::fmt;
use std::sync::Arc;

use super::session::ProfileLine;
use crate::config::{self, Config, ConfigError, KeyKeeper, KeySource, ProfileColor};

/// The profiles of the configuration, and where their keys are found.
#[derive(Clone)]
pub struct Profiles {
    pub config: Arc<Config>,
    /// What is kept on this machine, and whoever sits at it, who is asked on the plain terminal.
    pub keeper: Arc<dyn KeyKeeper>,
}

impl fmt::Debug for Profiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profiles").field("config", &self.config).finish_non_exhaustive()
    }
}

/// What stands in the way of going to a profile.
#[derive(Debug, thiserror::Error)]
pub enum NotThere {
    /// Its key has to be typed.
    #[error("its key has to be typed")]
    Asks,
    #[error("{}; {}", .0, .0.hint())]
    Config(ConfigError),
    #[error("keydeck made a mistake here: its log says where")]
    Mistake,
}

impl Profiles {
    /// A line for each, by name.
    pub fn lines(&self) -> Vec<ProfileLine> {
        let line = |(name, profile): (&String, &config::Profile)| ProfileLine {
            name: name.clone(),
            address: profile.base_url.clone(),
            production: profile.production,
            read_only: profile.read_only,
            color: profile.color.map(ProfileColor::name).map(str::to_owned),
        };
        self.config.profiles.iter().map(line).collect()
    }

    /// The session of a profile. A person is asked for its key only where that is allowed, since the terminal is to be theirs
    /// for that.
    ///
    /// # Errors
    /// What stands in the way.
    pub async fn session(self, name: String, may_ask: bool) -> Result<Box<config::Session>, NotThere> {
        let profile = self.config.profile(&name).map_err(NotThere::Config)?;
        // whoever has to log in is asked in the console
        if !may_ask && profile.credential == KeySource::Asked && !profile.backend.signs_in() {
            let kept = self.keeper.kept(&name, &profile.base_url).await.map_err(NotThere::Config)?;
            if kept.is_none() {
                return Err(NotThere::Asks);
            }
        }
        let session = config::Session::of_profile(&self.config, &name, &*self.keeper).await;
        session.map(Box::new).map_err(NotThere::Config)
    }
}
