//! The built program on the command line: standard output, standard error, exit code.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests; clippy knows only the test functions themselves"
)]

#[path = "support/inputs.rs"]
mod inputs;
#[path = "support/program.rs"]
mod program;
#[path = "support/relay.rs"]
mod relay;
#[path = "support/server.rs"]
mod server;

#[path = "cli/access.rs"]
mod access;
#[path = "cli/audit.rs"]
mod audit;
#[path = "cli/campaign.rs"]
mod campaign;
#[path = "cli/certificates.rs"]
mod certificates;
#[path = "cli/changes.rs"]
mod changes;
#[path = "cli/clock.rs"]
mod clock;
#[path = "cli/commands.rs"]
mod commands;
#[path = "cli/compare.rs"]
mod compare;
#[path = "cli/config.rs"]
mod config;
#[path = "cli/contain.rs"]
mod contain;
#[path = "cli/database.rs"]
mod database;
#[path = "cli/demo.rs"]
mod demo;
#[path = "cli/doctor.rs"]
mod doctor;
#[path = "cli/exam.rs"]
mod exam;
#[path = "cli/export.rs"]
mod export;
#[path = "cli/exposed.rs"]
mod exposed;
#[path = "cli/foresee.rs"]
mod foresee;
#[path = "cli/git.rs"]
mod git;
#[path = "cli/import.rs"]
mod import;
#[path = "cli/keys.rs"]
mod keys;
#[path = "cli/list.rs"]
mod list;
#[path = "cli/log.rs"]
mod log;
#[path = "cli/mail.rs"]
mod mail;
#[path = "cli/manual.rs"]
mod manual;
#[path = "cli/minted.rs"]
mod minted;
#[path = "cli/notices.rs"]
mod notices;
#[path = "cli/owners.rs"]
mod owners;
#[path = "cli/profiles.rs"]
mod profiles;
#[path = "cli/programs.rs"]
mod programs;
#[path = "cli/requests.rs"]
mod requests;
#[path = "cli/revoke.rs"]
mod revoke;
#[path = "cli/rotate.rs"]
mod rotate;
#[path = "cli/rotation_stops.rs"]
mod rotation_stops;
#[path = "cli/scan.rs"]
mod scan;
#[path = "cli/scan_history.rs"]
mod scan_history;
#[path = "cli/scan_sarif.rs"]
mod scan_sarif;
#[path = "cli/scripts.rs"]
mod scripts;
#[path = "cli/serve.rs"]
mod serve;
#[path = "cli/server_file.rs"]
mod server_file;
#[path = "cli/server_notices.rs"]
mod server_notices;
#[path = "cli/server_partners.rs"]
mod server_partners;
#[path = "cli/settings.rs"]
mod settings;
#[path = "cli/show.rs"]
mod show;
#[path = "cli/stats.rs"]
mod stats;
#[path = "cli/stop.rs"]
mod stop;
#[path = "cli/team.rs"]
mod team;
#[path = "cli/usage.rs"]
mod usage;
#[path = "cli/users.rs"]
mod users;
#[path = "cli/waiting.rs"]
mod waiting;
#[path = "cli/whereabouts.rs"]
mod whereabouts;
