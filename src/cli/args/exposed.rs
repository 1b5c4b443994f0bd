//! Keys found where others can read them.

use clap::{ArgGroup, Args, Subcommand, ValueEnum};

use super::changes::How;
use super::import::ExposedImport;
use super::keys::{List, Suggested, Tab, VIEWS};
use crate::cli::fields::OF_FINDINGS;

/// `keydeck exposed`.
#[derive(Debug, Subcommand)]
pub enum Exposed {
    /// Print findings, the most urgent first
    List(ExposedList),
    /// Say what a finding is: a false positive, an accepted risk, or a key that was revoked elsewhere
    Resolve(ExposedResolve),
    /// Revoke the keys behind findings, which resolves them
    Revoke(ExposedRevoke),
    /// Report to the server what another scanner found
    Import(ExposedImport),
}

/// `keydeck exposed list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck exposed list
  keydeck exposed list --filter 'status:enabled detected:<7d'
  keydeck exposed list --filter 'exposed:yes status:enabled' --exit-code || notify
  keydeck exposed list --json | jq '.data[] | select(.resolution == \"ACTIVE\") | .url'

First stand open findings whose key is still accepted and was used since it was found, then the other accepted ones, then the \
rest. The same rows as keydeck list --tab exposed.")]
pub struct ExposedList {
    /// Only what matches, in the console's filter language; - reads it from standard input
    #[arg(long, value_name = "QUERY", allow_hyphen_values = true)]
    pub filter: Option<String>,
    /// Only what a view shows
    #[arg(long, value_name = "NAME", value_parser = Suggested(VIEWS), hide_possible_values = true)]
    pub view: Option<String>,
    /// The column to sort by, and perhaps a second one: source,-detected; a - before a name turns its order round
    #[arg(long, value_name = "COLUMN[,COLUMN]", allow_hyphen_values = true)]
    pub sort: Option<String>,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
    /// Comma-separated values, for a spreadsheet
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
    /// Only these fields, by their names in JSON, with commas between
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', value_parser = Suggested(OF_FINDINGS),
        hide_possible_values = true)]
    pub columns: Option<Vec<String>>,
    /// End with 10 when something matches, with 0 when nothing does
    #[arg(long)]
    pub exit_code: bool,
}

impl From<ExposedList> for List {
    fn from(args: ExposedList) -> Self {
        let ExposedList { filter, view, sort, json, csv, columns, exit_code } = args;
        Self { tab: Tab::Exposed, filter, view, sort, json, wire: false, csv, columns, exit_code }
    }
}

/// Which findings.
#[derive(Debug, Args)]
pub struct WhichFindings {
    /// Ids of findings or of their keys, as keydeck exposed list prints them, or the beginning of one; - reads them from
    /// standard input, one a line
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    /// Every open finding that matches, in the console's filter language; - reads it from standard input
    #[arg(long, value_name = "QUERY", conflicts_with = "ids", allow_hyphen_values = true)]
    pub filter: Option<String>,
    /// Every open finding that a view shows
    #[arg(long, value_name = "NAME", conflicts_with = "ids", value_parser = Suggested(VIEWS), hide_possible_values = true)]
    pub view: Option<String>,
    /// Agree that an empty filter means every open finding
    #[arg(long, conflicts_with = "ids")]
    pub all: bool,
    /// Refuse when there are more than this many findings [default with --filter or --view: 100]
    #[arg(long, value_name = "N")]
    pub max: Option<usize>,
}

/// What a finding is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum As {
    /// Not a secret after all
    FalsePositive,
    /// Known, and left as it is
    AcceptedRisk,
    /// Its key was revoked; this revokes nothing
    Revoked,
}

/// `keydeck exposed resolve`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).multiple(true).args(["ids", "filter", "view", "pending"]))]
#[command(after_help = "Examples:
  keydeck exposed resolve 01JQ8ZK3 --as false-positive --reason 'the example of the handbook'
  keydeck exposed resolve --filter 'source:documentation secret:postman' --as accepted-risk --reason 'read-only' --dry-run
  keydeck exposed resolve 01JQ8ZK9 --as revoked --reason 'revoked at github.com' --yes
  keydeck exposed resolve --pending --yes          what stayed open although its key was revoked

A finding cannot be opened again. The reason stands in the audit log; a false positive and an accepted risk need one. Findings \
of other makers' keys can be resolved here, and are revoked where the list says.")]
pub struct ExposedResolve {
    /// Which findings.
    #[command(flatten)]
    pub which: WhichFindings,
    /// What they are
    #[arg(
        long = "as",
        value_name = "WHAT",
        value_enum,
        required_unless_present = "pending",
        conflicts_with = "pending"
    )]
    pub resolution: Option<As>,
    /// Why, for the server's audit log
    #[arg(long, value_name = "TEXT", conflicts_with = "pending")]
    pub reason: Option<String>,
    /// Try again to resolve the findings that stayed open although their key was revoked, which stand on this machine's disk
    #[arg(long, conflicts_with_all = ["ids", "filter", "view", "all", "max"])]
    pub pending: bool,
    /// How.
    #[command(flatten)]
    pub how: How,
}

/// `keydeck exposed revoke`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true).multiple(true).args(["ids", "filter", "view"]))]
#[command(after_help = "Examples:
  keydeck exposed revoke 01JQ8ZK3
  keydeck exposed revoke --filter 'status:enabled source:github' --dry-run
  keydeck exposed revoke --filter status:enabled --note 'found in public' --yes --json
  keydeck exposed revoke --filter status:enabled --disable     what can be taken back

Several findings of one key are one key; all its open findings are resolved with it. A finding that stays open although its \
key is revoked is kept on disk and tried again: at the next start of the console, and by keydeck exposed resolve --pending. \
Other makers' keys are left out, with where to revoke them.")]
pub struct ExposedRevoke {
    /// Which findings.
    #[command(flatten)]
    pub which: WhichFindings,
    /// Disable the keys instead, until they are enabled again; their findings stay open
    #[arg(long)]
    pub disable: bool,
    /// Also the key this command itself uses, last
    #[arg(long)]
    pub include_self: bool,
    /// A note for the server's audit log
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// How.
    #[command(flatten)]
    pub how: How,
}
