//! Rotating keys.

use clap::{Args, Subcommand};

use super::changes::How;
use crate::domain::rotation::Overlap;

/// `keydeck rotate`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("which").required(true).args(["ids", "filter"]))]
#[command(after_help = "Examples:
  keydeck rotate 01JQ8ZK3 --sink env-file:/srv/app/.env:API_KEY --hook 'systemctl reload app' --overlap none --yes
  keydeck rotate 01JQ8ZK3 --sink vault:secret/ci:key --sink gh:acme/deploy:API_KEY --dry-run
  keydeck rotate 01JQ8ZK3 --emergency --reason leaked --print-secret
  keydeck rotate 01JQ8ZK3 01JQ8ZK9 --yes                  as [rotation.\"NAME\"] in config.toml says
  keydeck rotate --filter 'expires:<14d' --placed-only --expires 90d --yes      from a nightly timer

Places: file:PATH, env-file:PATH:NAME, env-file+systemd:PATH:NAME, yaml:PATH:KEY.KEY, json:PATH:KEY.KEY, toml:PATH:KEY.KEY,
newmanrc[:PATH], postman-env:PATH:VARIABLE, command:PROGRAM ARGUMENTS (the value on its standard input),
keyring:SERVICE:ACCOUNT, op:VAULT/ITEM:FIELD, vault:PATH:FIELD, gh:OWNER/REPOSITORY:NAME, glab:GROUP/PROJECT:NAME,
kubectl:NAMESPACE/SECRET:KEY, aws:SECRET-ID[:KEY], systemd-creds:PATH:NAME,
postman-variable:ENVIRONMENT-UID:VARIABLE (over the profile's own backend)

A place that holds something else than the old key, or a reference to another place, stops the rotation before anything is
made; --waive other-value writes over it all the same.

Where no call makes or revokes keys, you do both on the page that is named: the new value is pasted, masked, and checked before \
it goes anywhere; the old one is proven dead once you say that it is revoked.

The new key is made, delivered, put to use and proven before the old one is touched; --emergency revokes the old one first.
Every step is on disk before it is taken: however it ends, keydeck rotations resume goes on from there.")]
pub struct Rotate {
    /// Ids of your own keys, as keydeck list prints them, or the beginning of one; - reads them from standard input
    #[arg(value_name = "KEY")]
    pub ids: Vec<String>,
    /// Every enabled key of your own that matches, in the console's filter language, and that no open rotation is about; -
    /// reads it from standard input
    #[arg(long, value_name = "QUERY", conflicts_with_all = ["ids", "sinks", "print_secret", "name"], allow_hyphen_values = true)]
    pub filter: Option<String>,
    /// Leave out keys for which no places are saved in config.toml, instead of refusing all
    #[arg(long, requires = "filter")]
    pub placed_only: bool,
    /// Refuse when there are more than this many keys [default with --filter: 100]
    #[arg(long, value_name = "N")]
    pub max: Option<usize>,
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
    /// Whom to tell before the new key expires [default: as of the old one]; may be given several times
    #[arg(long = "contact", value_name = "ADDRESS")]
    pub contacts: Vec<String>,
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
    /// Print a value that it keeps until it is over: what a place held, or the new one
    Value(RotationsValue),
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
  keydeck rotations resume 01JQ8ZK3 --done 1 --done 2 --yes     these lines of its checklist were
  keydeck rotations resume 01JQ8ZK3 --end-overlap 'all moved' --yes
  pass show acme/new | keydeck rotations resume 01JQ8ZK3 --value      the new key's value, which you made on its page
  keydeck rotations resume --all --yes --json")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct RotationsResume {
    /// The rotations' ids, or the beginning of them
    #[arg(value_name = "ROTATION")]
    pub ids: Vec<String>,
    /// Every open one of this profile's server
    #[arg(long)]
    pub all: bool,
    /// These lines of the checklist, by their numbers, were done by hand; without a number: what failed or is in question now
    #[arg(long, value_name = "LINE", num_args = 0..=1, default_missing_value = "now", value_delimiter = ',', conflicts_with = "all")]
    pub done: Vec<Done>,
    /// Read the value that is asked for from standard input: the new key's, which you made on its page, or the old one's
    #[arg(long, conflicts_with = "all")]
    pub value: bool,
    /// Agree to the plan as it stands now, where it is not known to be the one that was agreed
    #[arg(long, conflicts_with = "all")]
    pub agree: bool,
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
  keydeck rotations rollback 01JQ8ZK3 --yes --json
  keydeck rotations rollback 01JQ8ZK3 --yes --leave-place 2     although place 2 still holds the new key's value

It stops where a place still holds the new key's value, or may: that place is named, and the new key goes on working.")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct RotationsBack {
    /// The rotation's id, or the beginning of it
    #[arg(value_name = "ROTATION")]
    pub id: String,
    /// Places that cannot be restored were restored by hand
    #[arg(long)]
    pub done: bool,
    /// Revoke the new key although this place, by its number, still holds its value; may be given several times
    #[arg(long = "leave-place", value_name = "NUMBER", value_delimiter = ',')]
    pub leave_places: Vec<usize>,
    /// Agree to the plan as it stands now, where it is not known to be the one that was agreed
    #[arg(long)]
    pub agree: bool,
    /// Run a hook again of which it is not known whether it worked
    #[arg(long, conflicts_with = "done")]
    pub again: bool,
    /// Without asking; where a place still holds the new value it stops all the same
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

/// `keydeck rotations value`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("which").required(true).args(["place", "new"]))]
#[command(after_help = "Examples:
  keydeck rotations value 01JQ8ZK3 --place 2 | vault kv put secret/app key=-
  keydeck rotations value 01JQ8ZK3 --place 2 --write-secret before.key
  keydeck rotations value 01JQ8ZK3 --new --write-secret new.key

Until a rotation is over, escrow keeps its new value and what its places held before. Nothing is changed there; no server is
asked.")]
pub struct RotationsValue {
    /// The rotation's id, or the beginning of it
    #[arg(value_name = "ROTATION")]
    pub id: String,
    /// What the place with this number, as the plan counts them, held before
    #[arg(long, value_name = "NUMBER")]
    pub place: Option<usize>,
    /// The new key's value
    #[arg(long)]
    pub new: bool,
    /// Write the value to a new file that only you can read, instead of standard output
    #[arg(long, value_name = "FILE")]
    pub write_secret: Option<std::path::PathBuf>,
}

/// What was done by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// What failed or is in question.
    Now,
    /// The line of the checklist with this number.
    Line(usize),
}

impl std::str::FromStr for Done {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        match text.parse() {
            Ok(number) if number > 0 => Ok(Self::Line(number)),
            _ if text == "now" => Ok(Self::Now),
            _ => {
                Err("write the number of a line of the checklist, as rotations show has it, and the rotation before it")
            }
        }
    }
}
