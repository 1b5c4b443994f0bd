//! The team's settings.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::changes::How;
use crate::domain::settings::CurrentlyExposed;

/// `keydeck settings`.
#[derive(Debug, Subcommand)]
pub enum Settings {
    /// Print the team's settings
    Get(SettingsGet),
    /// Change settings, after a review of what that does to the keys there are
    Set(SettingsSet),
    /// Tell what a change would do to the keys there are; nothing is changed
    Preview(SettingsPreview),
    /// Change the settings to what a policy file says, after a review
    Apply(SettingsApply),
}

/// `keydeck settings get`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck settings get
  keydeck settings get expiry-days
  keydeck settings get --json | jq .meta.settings")]
pub struct SettingsGet {
    /// One of them: its value alone
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// What beside the settings is to be said of a change.
#[derive(Debug, Args)]
pub struct Ways {
    /// Spread keys that the change would end on one day over this many days (1–90)
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(i64).range(1..=90))]
    pub spread: Option<i64>,
    /// What becomes of the keys that are exposed now, where the change turns auto-revoke-exposed on
    #[arg(long, value_enum, value_name = "WHAT")]
    pub exposed: Option<Exposed>,
}

/// What becomes of the keys that are exposed now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Exposed {
    /// They are revoked with the change
    Revoke,
    /// They stay as they are
    Ignore,
}

impl From<Exposed> for CurrentlyExposed {
    fn from(exposed: Exposed) -> Self {
        match exposed {
            Exposed::Revoke => Self::Revoke,
            Exposed::Ignore => Self::Ignore,
        }
    }
}

/// `keydeck settings set`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck settings set expiry-days=90 --dry-run           whom it will hit
  keydeck settings set expiry-days=90 --spread 14         no crowd on one day
  keydeck settings set auto-revoke-exposed=on --exposed ignore
  keydeck settings set expiry-days=none max-age-days=365 --yes --json

Takes an admin. A change that ends keys is confirmed like a revoke of that many. If somebody changed the settings meanwhile, \
nothing is changed and both are told.")]
pub struct SettingsSet {
    /// What shall be, as NAME=VALUE; keydeck settings get prints the names
    #[arg(value_name = "NAME=VALUE", required = true)]
    pub wishes: Vec<String>,
    /// Beside the settings.
    #[command(flatten)]
    pub ways: Ways,
    /// A note for the server's audit log
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// How.
    #[command(flatten)]
    pub how: How,
}

/// `keydeck settings preview`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck settings preview expiry-days=90
  keydeck settings preview expiry-days=90 --spread 7 --json | jq '.meta.impact.byDay'
  keydeck settings preview max-age-days=180 --json | jq -r '.data[].ownerName' | sort | uniq -c")]
pub struct SettingsPreview {
    /// What would be, as NAME=VALUE
    #[arg(value_name = "NAME=VALUE", required = true)]
    pub wishes: Vec<String>,
    /// Beside the settings.
    #[command(flatten)]
    pub ways: Ways,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// `keydeck settings apply`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck settings apply policy.toml --dry-run
  keydeck settings apply policy.toml --spread 14 --yes

The file holds what is to be, by the names that keydeck settings get prints; what it does not name stays:
  members-may-generate = true
  expiry-days = 90                     # or \"none\"
  notify-before-days = [30, 14, 3, 1]
  members-access = \"read\"")]
pub struct SettingsApply {
    /// The policy, as TOML
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Beside the settings.
    #[command(flatten)]
    pub ways: Ways,
    /// A note for the server's audit log
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// How.
    #[command(flatten)]
    pub how: How,
}
