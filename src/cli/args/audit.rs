//! The audit log.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Subcommand, ValueEnum};

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
  keydeck audit export --follow --format ocsf               hands it on to another program, see its --help

Admins only. Moments are in UTC.";

/// What is done with the audit log.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Print entries, the latest first
    List(AuditList),
    /// Hand the log on to another program, from where it was left, and go on with it
    Export(AuditExport),
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

/// In which form entries are handed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// A line of JSON for each entry, as keydeck audit --json tells it, with its `seq`
    #[default]
    Json,
    /// A line of JSON for each entry, an event of OCSF 1.5.0
    Ocsf,
    /// A message of RFC 5424 for each entry, with the entry in JSON
    Syslog,
}

/// `keydeck audit export`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck audit export > log.jsonl                                     the whole log
  keydeck audit export --follow --position siem.position --format ocsf | shipper
  keydeck audit export --follow --position logs.position --format syslog --to logs.acme.example:6514
  keydeck audit export --follow --position p --format syslog --to 10.0.0.7:6514 --ca logs-ca.pem

Admins only. Entries go in the order of their numbers, none is left out, and after an end of whatever kind the export goes on behind the last one that --position says was taken. What had not been noted yet is sent again: a receiver drops what it has by its number (seq; metadata.sequence in OCSF; sequenceId in syslog).

--to speaks TLS: messages of syslog with their length before them (RFC 5425), lines of JSON otherwise. A batch was taken when the receiver, told that nothing more comes, closes TLS in order. With --follow, a server or a receiver that is not there is waited for, longer and longer up to a minute, and what is waited for is said on standard error.

Exit codes: 0 all there was, or told to stop; 1 the log is not the one that was exported, or not all was taken; 2 usage; 3 denied; 4 the server cannot be reached")]
pub struct AuditExport {
    /// Go on with what comes, until told to stop
    #[arg(long)]
    pub follow: bool,
    /// The form of what is handed on
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub format: ExportFormat,
    /// Where to send it, over TLS [default: standard output]
    #[arg(long, value_name = "HOST:PORT")]
    pub to: Option<String>,
    /// An authority that may have signed the receiver's certificate, beside those that the system trusts, in PEM or DER
    #[arg(long, value_name = "FILE", requires = "to")]
    pub ca: Option<PathBuf>,
    /// Take the end of a connection for the receipt of what went over it, for a receiver that ends it without closing TLS in
    /// order; what a receiver had not kept yet when it was killed is lost then
    #[arg(long, requires = "to")]
    pub trust_close: bool,
    /// A file that keeps how far the receiver has taken the log; made if it is not there
    #[arg(long, value_name = "FILE")]
    pub position: Option<PathBuf>,
    /// Begin after the entry with this number
    #[arg(long, value_name = "SEQ", conflicts_with = "position", value_parser = clap::value_parser!(i64).range(0..))]
    pub after: Option<i64>,
    /// How long to wait before asking for more once there is none, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub every: u32,
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
