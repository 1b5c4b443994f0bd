//! `keydeck exposed`: findings listed, resolved, and the keys behind them revoked.

mod choose;
mod import;
mod resolve;
mod revoke;
mod told;

use std::path::Path;

use super::args::Exposed;
use super::exit::Exit;
use super::list;
use super::output::Output;
use crate::config::Paths;
pub use told::Row as FindingRow;

/// Does what was asked for.
pub async fn run(
    exposed: Exposed,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    match exposed {
        Exposed::List(args) => list::run(&args.into(), paths, profile, config, output).await,
        Exposed::Resolve(args) if args.pending => resolve::pending(&args, paths, profile, config, output).await,
        Exposed::Resolve(args) => resolve::run(&args, paths, profile, config, output).await,
        Exposed::Import(args) => import::run(&args, paths, profile, config, output).await,
        Exposed::Revoke(args) => revoke::run(&args, paths, profile, config, output).await,
    }
}
