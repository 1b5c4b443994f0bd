//! Containing a leak, and what was contained.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `keydeck contain`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck contain                                paste a key, a log line, a URL, a diff; nothing is shown
  pbpaste | keydeck contain -                    the same from standard input, and ask at the terminal
  keydeck contain --from-file ci.log             every value in it; of 100 MB of log too
  pbpaste | keydeck contain - --dry-run          only see whose they are, and whether they are alive
  keydeck contain - --yes --json < leak.txt      without a screen: revoke, prove, write it down
  keydeck contain - --yes --freeze < leak.txt    disable them instead, which can be taken back
  keydeck contain --resume 01JQ                  go on with one that was cut short

A value never stands in an argument: it would be in the shell's history and in the list of processes. Only its hash is sent, \
and the value itself to the server that made it, to see whether it is accepted.

Exit codes: 0 every key is proven dead, 1 some are not, or it is not known, 2 nothing was recognised, 3 denied or unconfirmed, \
4 unreachable, 6 somebody else is at it.")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Contain {
    /// - reads standard input
    #[arg(value_name = "-", allow_hyphen_values = true, conflicts_with = "from_file")]
    pub input: Option<String>,
    /// Read a file
    #[arg(long, value_name = "FILE")]
    pub from_file: Option<PathBuf>,
    /// Go on with an incident that was cut short: its id, or how that begins
    #[arg(long, value_name = "ID")]
    pub resume: Option<String>,
    /// The folder in which incident-TIME/ is made, instead of the current one
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Disable the keys instead of revoking them
    #[arg(long)]
    pub freeze: bool,
    /// Agree that a pasted key deletes itself where your own right does not reach it
    #[arg(long, conflicts_with = "freeze")]
    pub delete_itself: bool,
    /// Only see whose the values are, and whether they are alive
    #[arg(long, conflicts_with_all = ["freeze", "delete_itself", "resume", "out"])]
    pub dry_run: bool,
    /// Without asking; needed without a terminal
    #[arg(long)]
    pub yes: bool,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// `keydeck incidents`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck incidents                     those that are open: keydeck contain --resume goes on with one
  keydeck incidents --over              all that are kept, the latest first
  keydeck incidents --json | jq '.data[] | select(.contained | not)'
  keydeck incidents show 01JQ           what happened, and when")]
#[command(args_conflicts_with_subcommands = true)]
pub struct Incidents {
    #[command(subcommand)]
    pub command: Option<IncidentsCommand>,
    #[command(flatten)]
    pub list: IncidentsList,
}

/// What to do with incidents.
#[derive(Debug, Subcommand)]
pub enum IncidentsCommand {
    /// List them
    List(IncidentsList),
    /// Tell of one what happened, and when
    Show(IncidentsShow),
}

/// `keydeck incidents list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck incidents list
  keydeck incidents list --over --json")]
pub struct IncidentsList {
    /// Those that are over too, the latest first
    #[arg(long)]
    pub over: bool,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// `keydeck incidents show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck incidents show 01JQ
  keydeck incidents show 01JQ --json | jq '.data[0].keys'")]
pub struct IncidentsShow {
    /// Its id, or how that begins
    #[arg(value_name = "ID")]
    pub id: String,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// `keydeck drill`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck drill                          make a key that may do nothing, and contain it here and now
  keydeck drill --plant leak.env         put it into a file for somebody to find: the clock runs
  keydeck contain --from-file leak.env   … and contain it
  keydeck drill --yes --json             without anybody: how fast the server and this machine are
  keydeck drill list                     all drills: the best, the median, the last

The key opens nothing on the management API but who it is, and expires within a day.")]
#[command(args_conflicts_with_subcommands = true)]
pub struct Drill {
    #[command(subcommand)]
    pub command: Option<DrillCommand>,
    #[command(flatten)]
    pub run: DrillRun,
}

/// What to do with drills.
#[derive(Debug, Subcommand)]
pub enum DrillCommand {
    /// List the drills of this machine
    List(DrillList),
}

/// `keydeck drill` without more.
#[derive(Debug, Args)]
pub struct DrillRun {
    /// Put the key into this new file, for somebody to find
    #[arg(long, value_name = "FILE")]
    pub plant: Option<PathBuf>,
    /// The folder in which incident-TIME/ is made, instead of the current one
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Contain it at once, without asking
    #[arg(long)]
    pub yes: bool,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// `keydeck drill list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck drill list
  keydeck drill list --json | jq '.meta.medianSeconds'")]
pub struct DrillList {
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}
