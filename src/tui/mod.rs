//! The console.

pub mod action;
pub mod app;
pub mod clipboard;
pub mod dialogs;
pub mod field;
pub mod hardening;
pub mod input;
pub mod key;
pub mod keymap;
pub mod screen;
pub mod screens;
pub mod signals;
pub mod terminal;
pub mod theme;
pub mod view;

pub use hardening::protect_memory;

use std::path::PathBuf;

use crate::domain::secret::Secret;

/// What the console is opened on.
#[derive(Debug)]
pub struct Launch {
    /// The profile's name.
    pub profile: String,
    /// The server.
    pub base_url: String,
    /// The key.
    pub key: Secret,
    /// Nothing may be changed.
    pub read_only: bool,
    /// Changes ask for the number of keys.
    pub production: bool,
    /// The server is the demo's.
    pub demo: bool,
    /// The theme's name.
    pub theme: Option<String>,
    /// Where the user's own themes are.
    pub themes_dir: Option<PathBuf>,
    /// Something to say at the start.
    pub banner: Option<String>,
}

/// Opens the console until the person leaves it.
pub async fn run(launch: Launch) -> anyhow::Result<()> {
    drop(launch);
    Ok(())
}
