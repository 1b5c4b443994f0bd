//! What a plan allows, and how much of it is used.

use clap::Args;

/// `keydeck usage`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck usage
  keydeck usage || notify                               ends with 1 from usage_warn on
  keydeck usage --warn 95 --json | jq '.data[] | select(.reached)'

usage_warn = 80 in the profile says from how many percent on it ends with 1, and the console says so.

Exit codes: 0 below the threshold; 1 something has reached it; 5 this backend tells no usage")]
pub struct Usage {
    /// From how many percent on it ends with 1, instead of the profile's `usage_warn`
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=100))]
    pub warn: Option<u8>,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}
