//! `keydeck exposed`: keys found where others can read them.

mod import;

use std::path::Path;

use super::args::Exposed;
use super::exit::Exit;
use super::output::Output;
use crate::config::Paths;

/// Does what was asked with findings.
pub async fn run(
    args: &Exposed,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    match args {
        Exposed::Import(import) => import::run(import, paths, profile, config, output).await,
    }
}
