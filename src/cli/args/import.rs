//! Taking over what other scanners found.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::ops::scanners::Scanner;

/// `keydeck exposed import`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck exposed import leaks.json --dry-run          whose they are, and what would be reported
  keydeck exposed import leaks.json
  trufflehog git file://. --json | keydeck exposed import -
  gh api --paginate /orgs/acme/secret-scanning/alerts | keydeck exposed import - --json

Values are hashed as they are read: only hashes are sent. What is masked in the report cannot be looked up and is told as \
masked; what is in no format that keydeck knows is counted and left out.

Exit codes: 0 all reported, 1 some not, 2 no report that can be read, 3 denied, read-only or unconfirmed, 4 unreachable")]
pub struct ExposedImport {
    /// The report of gitleaks, trufflehog, ggshield or GitHub's secret scanning, as JSON; - for standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Whose report it is, where it is not to be told from its form
    #[arg(long, value_name = "SCANNER")]
    pub format: Option<Scanner>,
    /// Only say whose they are and what would be reported
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask before a report that revokes keys
    #[arg(long)]
    pub yes: bool,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

impl ValueEnum for Scanner {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.name()))
    }
}
