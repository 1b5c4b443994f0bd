//! Rotating keys.

use clap::{Args, Subcommand};

use super::changes::How;
use crate::domain::rotation::Overlap;

/// `keydeck rotate`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck rotate 01JQ8ZK3 --sink env-file:/srv/app/.env:API_KEY --hook 'systemctl reload app' --overlap none --yes
  keydeck rotate 01JQ8ZK3 --sink vault:secret/ci:key --sink gh:acme/deploy:API_KEY --dry-run
  keydeck rotate 01JQ8ZK3 --emergency --reason leaked --print-secret
  keydeck rotate 01JQ8ZK3 01JQ8ZK9 --yes                  as [rotation.\"NAME\"] in config.toml says

Places: file:PATH, env-file:PATH:NAME, env-file+systemd:PATH:NAME, yaml:PATH:KEY.KEY, json:PATH:KEY.KEY, toml:PATH:KEY.KEY,
newmanrc[:PATH], postman-env:PATH:VARIABLE, command:PROGRAM ARGUMENTS (the value on its standard input),
keyring:SERVICE:ACCOUNT, op:VAULT/ITEM:FIELD, vault:PATH:FIELD, gh:OWNER/REPOSITORY:NAME, glab:GROUP/PROJECT:NAME,
kubectl:NAMESPACE/SECRET:KEY, aws:SECRET-ID[:KEY], systemd-creds:PATH:NAME

A place that holds something else than the old key, or a reference to another place, stops the rotation before anything is
made; --waive other-value writes over it all the same.

The new key is made, delivered, put to use and proven before the old one is touched; --emergency revokes the old one first.
Every step is on disk before it is taken: however it ends, keydeck rotations resume goes on from there.")]
pub struct Rotate {
    /// Ids of your own keys, as keydeck list prints them
    #[arg(value_name = "KEY", required = true)]
    pub ids: Vec<String>,
    /// Where the new value goes; may be given several times
    #[arg(long = "sink", value_name = "PLACE")]
    pub sinks: Vec<String>,
    /// Print the new value on standard output
    #[arg(long, conflicts_with = "json")]
    pub print_secret: bool,
    /// What is run to put the new value to use, without a shell; may be given several times
    #[arg(long = "hook", value_name = "COMMAND")]
    pub hooks: Vec<String>,
    /// What says, by its exit status, that the systems work with the new key
    #[arg(long, value_name = "COMMAND")]
    pub health: Option<String>,
    /// For how long both keys work: none, 1h, 24h, 7d or a date; never past the old key's own expiry [default: 24h]
    #[arg(long, value_name = "TIME")]
    pub overlap: Option<Overlap>,
    /// scheduled, expiring, leaked, leaver, or your own words
    #[arg(long, value_name = "REASON")]
    pub reason: Option<String>,
    /// The new key's name [default: the old one's with the date]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// When the new key expires: 90d, 12h, a date or never [default: as long as the old one lived]
    #[arg(long, value_name = "WHEN")]
    pub expires: Option<String>,
    /// Revoke the old key first: it is leaked
    #[arg(long)]
    pub emergency: bool,
    /// Go on although this check fails, by its name; may be given several times
    #[arg(long = "waive", value_name = "CHECK")]
    pub waived: Vec<String>,
    /// How.
    #[command(flatten)]
    pub how: How,
}

/// `keydeck rotations`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck rotations                                    those that are open
  keydeck rotations resume 01JQ8ZK3                    go on where it stands
  keydeck rotations resume --all --yes                 from a timer: those whose overlap is over
  keydeck rotations rollback 01JQ8ZK3
  keydeck rotations abandon 01JQ8ZK3                   and say what lives where")]
pub struct Rotations {
    /// What to do with them.
    #[command(subcommand)]
    pub command: Option<RotationsCommand>,
    /// What to list.
    #[command(flatten)]
    pub list: RotationsList,
}

/// What to do with rotations.
#[derive(Debug, Subcommand)]
pub enum RotationsCommand {
    /// List those that are open
    List(RotationsList),
    /// Tell one in full, as Markdown
    Show(RotationsShow),
    /// Go on where it stands
    Resume(RotationsResume),
    /// Take everything back: places as they were, the new key revoked, the old one working
    Rollback(RotationsBack),
    /// Give it up: nothing more is changed, and what lives where is told
    Abandon(RotationsAbandon),
}

/// `keydeck rotations list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck rotations list --json | jq -r '.data[] | select(.state == \"needs-attention\") | .id'
  keydeck rotations list --over                        also those that are over")]
pub struct RotationsList {
    /// Also those that are over
    #[arg(long)]
    pub over: bool,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// `keydeck rotations show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck rotations show 01JQ8ZK3 > rotation.md")]
pub struct RotationsShow {
    /// The rotation's id, or the beginning of it
    #[arg(value_name = "ROTATION")]
    pub id: String,
}

/// `keydeck rotations resume`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("which").required(true).args(["ids", "all"]))]
#[command(after_help = "Examples:
  keydeck rotations resume 01JQ8ZK3
  keydeck rotations resume 01JQ8ZK3 --done                      what is in question now was done by hand
  keydeck rotations resume 01JQ8ZK3 --end-overlap 'all moved' --yes
  keydeck rotations resume --all --yes --json")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct RotationsResume {
    /// The rotations' ids, or the beginning of them
    #[arg(value_name = "ROTATION")]
    pub ids: Vec<String>,
    /// Every open one of this profile's server
    #[arg(long)]
    pub all: bool,
    /// What failed or is in question now was done by hand
    #[arg(long)]
    pub done: bool,
    /// Run a hook again of which it is not known whether it worked
    #[arg(long, conflicts_with = "done")]
    pub again: bool,
    /// Go on to the new key after all, when the way back cannot be gone
    #[arg(long)]
    pub forward: bool,
    /// End the overlap now, or although the old key is still used, for this reason
    #[arg(long, value_name = "REASON")]
    pub end_overlap: Option<String>,
    /// Go on although this check fails, by its name; may be given several times
    #[arg(long = "waive", value_name = "CHECK")]
    pub waived: Vec<String>,
    /// Without asking: the old key is revoked when its time has come
    #[arg(long)]
    pub yes: bool,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// `keydeck rotations rollback`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck rotations rollback 01JQ8ZK3
  keydeck rotations rollback 01JQ8ZK3 --yes --json")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct RotationsBack {
    /// The rotation's id, or the beginning of it
    #[arg(value_name = "ROTATION")]
    pub id: String,
    /// Places that cannot be restored were restored by hand
    #[arg(long)]
    pub done: bool,
    /// Run a hook again of which it is not known whether it worked
    #[arg(long, conflicts_with = "done")]
    pub again: bool,
    /// Without asking, also where a place still holds the new value
    #[arg(long)]
    pub yes: bool,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// `keydeck rotations abandon`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck rotations abandon 01JQ8ZK3
  keydeck rotations abandon 01JQ8ZK3 --lose-value --yes")]
pub struct RotationsAbandon {
    /// The rotation's id, or the beginning of it
    #[arg(value_name = "ROTATION")]
    pub id: String,
    /// Also when the new value stands nowhere but in escrow, and is lost then
    #[arg(long)]
    pub lose_value: bool,
    /// Without asking
    #[arg(long)]
    pub yes: bool,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}
