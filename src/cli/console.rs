//! `keydeck` without a command: the console.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::Arc;

use super::connect::choose;
use super::exit::{Exit, Stop};
use super::keeper::Keeper;
use crate::config::{Background, Config, Paths};
use crate::tui::{self, Bindings, Ground, Launch, Profiles, Signs};

/// Opens the console on the server that flag, environment and file choose; `banner` is said in it.
pub async fn run(
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    banner: Option<String>,
    ascii: bool,
) -> anyhow::Result<Exit> {
    need_terminal()?;
    let (config, session) = choose(paths, profile, config).await?;
    let bindings = Bindings::read(&config.keys);
    for problem in &bindings.problems {
        tracing::warn!("{problem}; {}", problem.hint);
    }
    let said: Vec<String> = banner.into_iter().chain(bindings.banner()).collect();
    let profiles = Profiles { config: Arc::new(config.clone()), keeper: Arc::new(Keeper::of(paths)) };
    super::signals::leave_to_others();
    let ended = tui::run(Launch {
        session,
        signs: signs(ascii, &config),
        ground: ground(&config),
        theme: config.theme,
        themes_dir: Some(paths.themes()),
        mouse: config.mouse,
        views: config.views,
        auto_refresh: config.auto_refresh,
        state_dir: Some(paths.state().to_owned()),
        rotations_dir: paths.state().to_owned(),
        escrow: config.escrow,
        saved: config.rotation,
        keymap: bindings.keymap,
        profiles: Some(profiles),
        banner: Some(said.join(". ")).filter(|said| !said.is_empty()),
        seeding: None,
        drawn: None,
        tour: None,
    })
    .await?;
    Ok(ended.into())
}

/// What everything is drawn with: as the flag for ASCII or the configuration says, else as the locale does.
pub fn signs(ascii: bool, config: &Config) -> Signs {
    let by_locale = || !tui::is_utf8(|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()));
    if ascii || config.ascii.unwrap_or_else(by_locale) { Signs::Ascii } else { Signs::Unicode }
}

/// The ground that the configuration says outright.
pub fn ground(config: &Config) -> Option<Ground> {
    match config.background {
        Background::Auto => None,
        Background::Dark => Some(Ground::Dark),
        Background::Light => Some(Ground::Light),
    }
}

/// Refuses to draw where nobody would see it.
pub fn need_terminal() -> Result<(), Stop> {
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        return tui::check_term(std::env::var_os("TERM").as_deref())
            .map_err(|error| Stop::usage(error.to_string(), error.hint()));
    }
    Err(Stop::usage("the console needs a terminal", "use keydeck list or keydeck revoke where there is none"))
}
