//! How a person has every console, a demo's too.

use std::path::{Path, PathBuf};

use super::console::{ground, signs};
use crate::config::{Config, ConfigError, Paths};
use crate::tui::{Bindings, Ground, Keymap, Signs};

/// What `config.toml` says that is about no server.
#[derive(Default)]
pub struct Habits {
    pub theme: Option<String>,
    pub themes_dir: Option<PathBuf>,
    pub ground: Option<Ground>,
    pub signs: Signs,
    pub mouse: bool,
    pub keymap: Keymap,
    /// What is wrong in it, to be said in the console.
    pub said: Vec<String>,
}

impl Habits {
    /// As the file says: the one that the flag names, which must be right, or else the usual one, without which there is a
    /// demo all the same.
    pub fn read(flag: Option<&Path>, ascii: bool) -> Result<Self, ConfigError> {
        let paths = Paths::of_user();
        let usual = paths.as_ref().map(Paths::config_file).unwrap_or_default();
        let (config, trouble) = match Config::load(flag, &usual) {
            Err(error) if flag.is_some() => return Err(error),
            Err(error) => {
                (Config::default(), Some(format!("The configuration is left out: {error}; {}", error.hint())))
            }
            Ok(config) => (config, None),
        };
        let bindings = Bindings::read(&config.keys);
        Ok(Self {
            ground: ground(&config),
            signs: signs(ascii, &config),
            theme: config.theme,
            themes_dir: paths.ok().map(|paths| paths.themes()),
            mouse: config.mouse,
            said: trouble.into_iter().chain(bindings.banner()).collect(),
            keymap: bindings.keymap,
        })
    }
}
