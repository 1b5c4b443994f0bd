//! The public Postman API: the real client against a server that answers as its notes have it, with every trap in them; the
//! command line and the console on the same.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests; clippy knows only the test functions themselves"
)]

#[path = "support/postman/mod.rs"]
mod api;
#[path = "postman/cli.rs"]
mod cli;
#[path = "postman/conformance.rs"]
mod conformance;
#[path = "postman/console.rs"]
mod console;
#[path = "postman/contain.rs"]
mod contain;
#[path = "postman/errors.rs"]
mod errors;
#[path = "postman/findings.rs"]
mod findings;
#[path = "postman/keys.rs"]
mod keys;
#[path = "postman/pace.rs"]
mod pace;
#[path = "postman/plan.rs"]
mod plan;
#[path = "support/program.rs"]
mod program;
#[path = "support/pty.rs"]
mod pty;
#[path = "postman/rotation.rs"]
mod rotation;
#[path = "support/conformance.rs"]
mod suite;
#[path = "postman/tracked.rs"]
mod tracked;
#[path = "postman/variables.rs"]
mod variables;

use std::time::Duration;

use api::Postman;
use keydeck::client::WritePermit;
use keydeck::client::postman::PostmanService;
use keydeck::client::transport::{Limits, Patience};
use keydeck::domain::secret::Secret;

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

fn client_of(server: &Postman, key: &str) -> PostmanService {
    PostmanService::trusting(&server.url, Secret::new(key.to_owned()), limits(), Vec::new()).unwrap()
}

fn client(server: &Postman) -> PostmanService {
    client_of(server, &server.key)
}

fn permit() -> WritePermit {
    WritePermit::unless_read_only(false).unwrap()
}
