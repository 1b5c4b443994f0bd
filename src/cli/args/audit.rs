//! The audit log.

use chrono::NaiveDate;
use clap::{Args, Subcommand};

use super::place::Place;
use crate::server::store::audit::Head;

/// `keydeck audit`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
#[command(after_help = AUDIT_EXAMPLES)]
pub struct Audit {
    /// What to do with the log; without one it is printed.
    #[command(subcommand)]
    pub command: Option<AuditCommand>,
    /// Which entries.
    #[command(flatten)]
    pub list: AuditList,
}

const AUDIT_EXAMPLES: &str = "Examples:
  keydeck audit                                             the latest hundred entries
  keydeck audit --key 01JQ8ZK3 --since 30d                  what became of one key
  keydeck audit list --action api_key.revoke --since 2026-11-01 --until 2026-11-21 --json
  keydeck audit --by ana@acme.example --limit 20
  keydeck audit --since 02:30                               what happened since half past two
  keydeck audit --since seq:1234 --oldest-first --json      what came after what was read before

Admins only. Moments are in UTC.";

/// What is done with the audit log.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Print entries, the latest first
    List(AuditList),
    /// Follow the log's chain of hashes, on the server's own machine, and name the first entry that does not fit
    Verify(AuditVerify),
}

/// `keydeck audit list`.
#[derive(Debug, Args)]
#[command(after_help = AUDIT_EXAMPLES)]
pub struct AuditList {
    /// Only entries that tell of the key with this id, or the beginning of it
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// Only what this user did: an e-mail address or a number
    #[arg(long, value_name = "USER")]
    pub by: Option<String>,
    /// Only this action, such as `api_key.revoke`
    #[arg(long, value_name = "ACTION")]
    pub action: Option<String>,
    /// Only from then on: 7d, 12h, 2w, a day as 2026-11-01, a time of day as 02:30 (today's, or the last one), or an entry
    /// as #1234 or seq:1234
    #[arg(long, value_name = "WHEN")]
    pub since: Option<String>,
    /// Only up to the end of this day, as 2026-11-21
    #[arg(long, value_name = "DAY")]
    pub until: Option<NaiveDate>,
    /// The oldest first
    #[arg(long)]
    pub oldest_first: bool,
    /// At most so many entries
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: u32,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// `keydeck audit verify`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck audit verify > head                          and keep the head on another machine
  keydeck audit verify --expect \"$(cat head)\"          later: also shows whether the end was cut off
  keydeck audit verify --database sqlite:/srv/copy.db

The head goes to standard output as SEQ:HASH; GET /audit/logs tells the same one in its meta. Without one that was kept \
elsewhere, a log whose end was cut off, or whose hashes were all made anew, looks whole.

It only reads, also a copy that is write-protected or in a folder where nothing can be written.

Exit codes: 0 whole, 1 altered, cut, unreadable or of a newer version, 2 usage or no such database")]
pub struct AuditVerify {
    #[command(flatten)]
    pub place: Place,
    /// A head that was kept: the log has to reach it
    #[arg(long, value_name = "SEQ:HASH")]
    pub expect: Option<Head>,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}
