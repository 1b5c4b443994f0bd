//! The audit log.

use clap::{Args, Subcommand};

use crate::server::store::audit::Head;

/// `keydeck audit`.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Follow the log's chain of hashes, on the server's own machine, and name the first entry that does not fit
    Verify(AuditVerify),
}

/// `keydeck audit verify`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck audit verify > head                          and keep the head on another machine
  keydeck audit verify --expect \"$(cat head)\"          later: also shows whether the end was cut off
  keydeck audit verify --database sqlite:/srv/copy.db

The head goes to standard output as SEQ:HASH; GET /audit/logs tells the same one in its meta. Without one that was kept
elsewhere, a log whose end was cut off, or whose hashes were all made anew, looks whole.

Exit codes: 0 whole, 1 altered, cut or unreadable, 2 usage or no such database")]
pub struct AuditVerify {
    /// Where the keys are kept, sqlite:PATH [default: keydeck.db in the data directory]
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    /// A head that was kept: the log has to reach it
    #[arg(long, value_name = "SEQ:HASH")]
    pub expect: Option<Head>,
}
