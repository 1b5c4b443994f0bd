//! postman.gov.sg: the real client against a server that answers as its notes have it, with every trap in them; the command
//! line and the console on the same.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests; clippy knows only the test functions themselves"
)]

#[path = "gov_sg/cli.rs"]
mod cli;
#[path = "gov_sg/conformance.rs"]
mod conformance;
#[path = "gov_sg/console.rs"]
mod console;
#[path = "gov_sg/errors.rs"]
mod errors;
#[path = "support/gov_sg/mod.rs"]
mod gov_sg;
#[path = "gov_sg/keys.rs"]
mod keys;
#[path = "support/program.rs"]
mod program;
#[path = "gov_sg/proof.rs"]
mod proof;
#[path = "support/pty.rs"]
mod pty;
#[path = "gov_sg/rotation.rs"]
mod rotation;
#[path = "gov_sg/session.rs"]
mod session;
#[path = "support/conformance.rs"]
mod suite;

use std::time::Duration;

use keydeck::client::WritePermit;
use keydeck::client::transport::{Limits, Patience};

/// Limits that a test can wait for.
fn limits() -> Limits {
    let patience = Patience {
        repeats: 2,
        first_wait: Duration::from_millis(1),
        longest_wait: Duration::from_millis(5),
        in_all: Duration::from_secs(20),
    };
    Limits { total: Duration::from_secs(20), patience, ..Limits::default() }
}

fn permit() -> WritePermit {
    WritePermit::unless_read_only(false).unwrap()
}
