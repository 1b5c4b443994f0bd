//! Finding out what a backend really does.

use clap::{Args, Subcommand};

/// `keydeck backend`.
#[derive(Debug, Subcommand)]
pub enum Backend {
    /// Measure it: how long a revocation takes to bite, what made-up, disabled and deleted values are answered
    Exam(BackendExam),
}

/// `keydeck backend exam`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck backend exam staging                          asks before it makes a throw-away key
  keydeck backend exam staging --yes --json
  keydeck backend exam prod --read-only                 makes nothing
  keydeck backend exam staging --yes --for 300          waits longer for a revocation to bite

Where the backend makes keys, one is made that ends within the hour by itself and may do nothing where that can be said; it is \
deleted at the end, however that comes. Some dozens of calls are made.

Exit codes: 0 all is as keydeck takes it to be; 1 something is not, as where revoked keys keep working, or could not be cleaned up")]
pub struct BackendExam {
    /// The profile whose backend is measured
    #[arg(value_name = "PROFILE")]
    pub profile: Option<String>,
    /// Make no key: measure only what changes nothing
    #[arg(long, conflicts_with = "yes")]
    pub read_only: bool,
    /// For how many seconds something is waited for at most
    #[arg(long = "for", value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub patience: u64,
    /// Make the throw-away key without asking
    #[arg(long)]
    pub yes: bool,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}
