//! Looking for keys in files and histories.

use std::path::PathBuf;

use clap::Args;

/// `keydeck scan`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that is typed")]
#[command(after_help = "Examples:
  keydeck scan .                              in the files here, hidden ones too, without what git ignores
  keydeck scan --git .                        in all that this repository's refs lead to, also what was deleted
  journalctl -u app | keydeck scan -          in a text
  keydeck scan --sarif . > keydeck.sarif      for GitHub's code scanning
  keydeck scan --report --yes /srv            and tell the server what stands where

Where the default profile or --profile leads to a server, it is asked whose the keys are: only hashes are sent. Without \
one, what is found is told all the same.

Exit codes: 0 none, 10 found but none alive, 11 found alive, 12 found and not known whether alive; 1 none, but some of it \
could not be read, or a report was not filed; 2 usage or configuration")]
pub struct Scan {
    /// Files and folders, or - for standard input
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Look through the history of the git repository at PATH instead of its files: each content once
    #[arg(long)]
    pub git: bool,
    /// Also look through what git ignores
    #[arg(long, conflicts_with = "git")]
    pub no_ignore: bool,
    /// Ask no server whose the keys are
    #[arg(long, conflicts_with_all = ["probe", "report"])]
    pub offline: bool,
    /// Ask the server with each value of its own form itself: that is a use of the key
    #[arg(long)]
    pub probe: bool,
    /// Report each place to the server, by hash
    #[arg(long)]
    pub report: bool,
    /// Do not ask before a report that revokes keys
    #[arg(long, requires = "report")]
    pub yes: bool,
    /// One JSON document
    #[arg(long, conflicts_with = "sarif")]
    pub json: bool,
    /// One SARIF 2.1.0 document
    #[arg(long)]
    pub sarif: bool,
}
