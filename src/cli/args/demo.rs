//! The demo.

use clap::{Args, ValueEnum};

use crate::server::seed::DEFAULT_KEYS;

/// `keydeck demo`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck demo                            as an admin of a team of 30 with 400 keys
  keydeck demo --tour                     five steps through it
  keydeck demo --keys 1000000             a very large team; the console opens while it is made
  keydeck demo --role user                what a member sees
  keydeck demo --print-url                no console: one line of JSON, then serves until a signal

A team has its first 1,000 keys at once, with the audit trail of each; further ones are made beside, and with --print-url \
before the line is printed. The rate limit is raised with their number, so that the console can load them all: it reads a \
thousand a request. Everything is in a temporary directory, about 720 bytes a key, which is removed at the end; \
while a rotation is under way in it it stays, and the next demo offers to go on with it. Theme, ascii, keys \
and mouse are as config.toml has them.")]
pub struct Demo {
    /// How many API keys the team has
    #[arg(long, value_name = "N", default_value_t = DEFAULT_KEYS, value_parser = clap::value_parser!(u64).range(1..=5_000_000))]
    pub keys: u64,
    /// Which made-up team; the same number always makes the same one
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// As whom
    #[arg(long, value_enum, default_value_t = DemoRole::Admin)]
    pub role: DemoRole,
    /// Without the console: print url, apiKey and role as one line of JSON and serve until a signal
    #[arg(long)]
    pub print_url: bool,
    /// Draw the console in ASCII, as where the locale is not UTF-8
    #[arg(long, conflicts_with = "print_url")]
    pub ascii: bool,
    /// Walk through it in five steps: each says what to press, and goes on once that is done
    #[arg(long, conflicts_with = "print_url")]
    pub tour: bool,
}

impl Demo {
    /// The same, in ASCII too where `ascii` says so.
    #[must_use]
    pub fn in_ascii(self, ascii: bool) -> Self {
        Self { ascii: self.ascii || ascii, ..self }
    }

    /// As without any flag.
    pub fn usual() -> Self {
        Self { keys: DEFAULT_KEYS, seed: 1, role: DemoRole::Admin, print_url: false, ascii: false, tour: false }
    }
}

/// As whom the demo is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DemoRole {
    /// Own keys only
    User,
    /// The team's keys, exposed keys, settings
    Admin,
    /// All that, and other superadmins' keys
    Superadmin,
}
