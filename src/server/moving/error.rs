//! Why keys were not moved, or a backup not put back.

use std::path::PathBuf;

use crate::domain::failure::Ending;
use crate::server::store::audit::Head;

/// Why keys were not moved, or a backup not put back. Databases are named as people know them.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// The keys that were in a database are elsewhere.
    #[error("the keys of {database} were moved to {to}")]
    Moved { database: String, to: String },
    /// From a database to itself.
    #[error("{database} is both where the keys are and where they are to go")]
    Same { database: String },
    /// What was not moved cannot be taken back.
    #[error("the keys of {database} were not moved: it is open")]
    NotMoved { database: String },
    /// The two databases have nothing to do with each other.
    #[error("the keys of {database} were moved to {to}, and what is at {other} does not come from there")]
    Unrelated { database: String, to: String, other: String },
    /// What was moved was changed where it is now.
    #[error("what is at {to} is not what was moved there any more: {table} is another")]
    Written { database: String, to: String, table: &'static str },
    /// The copy is not what was copied.
    #[error("what was written of {table} is not what was read")]
    Differs { table: &'static str },
    /// A backup whose log was tampered with.
    #[error("the audit log of {} does not hold together at entry {seq}: what it tells cannot be trusted", .path.display())]
    Broken { path: PathBuf, seq: i64 },
    /// A backup of another log than the one whose head was kept.
    #[error("the backup {} is not the one whose head was kept: its log ends with {found}", .path.display())]
    OtherHead { path: PathBuf, found: Head },
    /// Nobody said which head a backup has to have.
    #[error("nothing says that the backup {} is the one that was made: its log is whole and ends with {found}", .path.display())]
    Unproven { path: PathBuf, found: Head },
}

impl MoveError {
    /// What to do about it, in a few words.
    pub fn hint(&self) -> String {
        match self {
            Self::Moved { database, to } => format!(
                "serve that one; keydeck server move --from it --to this one brings all of it back. Where a move of {database} to {to} was cut \
                 short, run it again, or take it back with --reopen"
            ),
            Self::Same { .. } => "name another with --to".to_owned(),
            Self::NotMoved { .. } => "serve it as it is".to_owned(),
            Self::Unrelated { .. } => "name the two ends of one move; nothing was changed".to_owned(),
            Self::Written { database, to, .. } => format!(
                "bring all of it back: keydeck server move --from {to} --to {database}; nothing was changed"
            ),
            Self::Differs { .. } => "nothing was moved: keep both as they are, and tell whoever made this build".to_owned(),
            Self::Broken { path, .. } => {
                format!("keydeck audit verify --database sqlite:{} says more; use an earlier backup", path.display())
            }
            Self::OtherHead { .. } => {
                "pass to --expect what keydeck server backup printed when it made this file; nothing was restored".to_owned()
            }
            Self::Unproven { .. } => {
                "compare that with the head that was kept, and pass it as --expect SEQ:HASH; where none was kept, pass --unproven".to_owned()
            }
        }
    }

    /// How a command ended that it ended.
    pub fn ending(&self) -> Ending {
        match self {
            Self::Moved { .. }
            | Self::Same { .. }
            | Self::NotMoved { .. }
            | Self::Unrelated { .. }
            | Self::Unproven { .. } => Ending::Usage,
            Self::Written { .. } | Self::Differs { .. } | Self::Broken { .. } | Self::OtherHead { .. } => {
                Ending::Partly
            }
        }
    }
}
