//! Keys found where others can read them.

use clap::Subcommand;

use super::import::ExposedImport;

/// `keydeck exposed`.
#[derive(Debug, Subcommand)]
pub enum Exposed {
    /// Report to the server what another scanner found
    Import(ExposedImport),
}
