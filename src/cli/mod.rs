//! The command line: one file a subcommand, one place that prints.

mod args;
mod exit;
mod log;
mod output;
mod signals;

pub use args::Cli;
pub use exit::{Exit, Stop};
pub use output::Output;
