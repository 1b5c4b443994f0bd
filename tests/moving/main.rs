//! Keys are moved from one database to another, and a backup is put back: everything is at the other end as it was, nothing can
//! be changed at both, and whatever is cut short goes on or never was. Between files; between a file and PostgreSQL where
//! `.ci/postgres/run` names one; and with the feature `fault-points` cut short by SIGKILL at every point.

#![expect(clippy::unwrap_used, reason = "tests, whose helpers stand outside of test functions")]

#[path = "../support/database.rs"]
mod database;
#[path = "../support/program.rs"]
mod program;

mod answers;
mod command;
#[cfg(feature = "fault-points")]
mod kill;
mod moves;
mod postgres;
mod restores;
mod scene;
