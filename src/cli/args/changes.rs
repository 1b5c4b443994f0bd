//! Making and changing keys.

use std::path::PathBuf;

use super::keys::{Suggested, VIEWS};
use crate::domain::key::Access;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgGroup, Args, Subcommand, ValueEnum};

/// How a change is made.
#[derive(Debug, Args)]
pub struct How {
    /// Only say what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// Without asking; needed where something is to be confirmed and there is no terminal
    #[arg(long)]
    pub yes: bool,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// Where a new value goes.
#[derive(Debug, Args)]
pub struct Sink {
    /// Print the value on standard output, and nothing else there
    #[arg(long)]
    pub print_secret: bool,
    /// Write the value to a new file that only you can read
    #[arg(long, value_name = "FILE")]
    pub write_secret: Option<PathBuf>,
}

/// Reads one of the words of `access`.
fn access() -> impl TypedValueParser<Value = Access> {
    PossibleValuesParser::new(Access::WORDS).map(|word| Access::from_word(&word))
}

/// `keydeck create`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck create --name ci --write-secret ci.key
  keydeck create --name ci --expires 30d --print-secret | vault kv put secret/ci value=-
  keydeck create --name ci --expires 2027-01-31 --dry-run     when it would expire, by the settings
  keydeck create --name shop-gateway --access none --write-secret gateway.key      opens services, and nothing here
  keydeck create --name shop --owner shop-gateway --access none --write-secret shop.key      a service's key
  keydeck create --collection 12345-0a1b2c3d-0000-4000-8000-0123456789ab --write-secret pets.key

An API key's value is made here and only its hash is sent. It has to go somewhere: without --print-secret or --write-secret \
nothing is made. Without --print-secret, standard output has the key's id.")]
pub struct Create {
    /// The key's name; of a collection access key, the collection's
    #[arg(long, value_name = "NAME", required_unless_present = "collection")]
    pub name: Option<String>,
    /// When it expires: 90d, 12h, 2w, a date as 2027-01-31, or never [default: 90d]; the team's setting overrides it
    #[arg(long, value_name = "WHEN", conflicts_with = "collection")]
    pub expires: Option<String>,
    /// Whom to tell before it expires, instead of its owner; may be given several times
    #[arg(long = "contact", value_name = "ADDRESS", conflicts_with = "collection")]
    pub contacts: Vec<String>,
    /// What it may do on the server's API: full, all that its owner may; read; none, for a key that only opens other services
    #[arg(long, value_name = "ACCESS", value_parser = access(), conflicts_with = "collection")]
    pub access: Option<Access>,
    /// Whose it is to be: a service, by its name or number, or a user without a key that works; takes an admin
    #[arg(long, value_name = "WHOM", conflicts_with = "collection")]
    pub owner: Option<String>,
    /// Make a collection access key, for the collection with this UID
    #[arg(long, value_name = "UID")]
    pub collection: Option<String>,
    /// Where the value goes.
    #[command(flatten)]
    pub sink: Sink,
    /// A note for the server's audit log
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// How.
    #[command(flatten)]
    pub how: How,
}

/// `keydeck edit`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("wishes").required(true).multiple(true).args(["name", "contacts", "no_contacts", "expires", "access"]))]
#[command(after_help = "Examples:
  keydeck edit 01JQ8ZK3 --name deploy-bot
  keydeck edit 01JQ8ZK3 --contact ops@acme.example --contact ana@acme.example
  keydeck edit 01JQ8ZK3 --expires 7d --yes
  keydeck edit 01JQ8ZK3 --access none

An expiry can only be brought forward and access only be narrowed, neither is taken back: it is asked for.")]
pub struct Edit {
    /// Its id, as keydeck list prints it, or the beginning of it
    #[arg(value_name = "KEY")]
    pub id: String,
    /// Its new name
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Whom to tell before it expires, instead of those told now; may be given several times
    #[arg(long = "contact", id = "contacts", value_name = "ADDRESS")]
    pub contacts: Vec<String>,
    /// Tell its owner only
    #[arg(long, conflicts_with = "contacts")]
    pub no_contacts: bool,
    /// When it expires, earlier than now: 7d, 12h, a date as 2027-01-31
    #[arg(long, value_name = "WHEN")]
    pub expires: Option<String>,
    /// What it may still do on the server's API, less than now: read, none
    #[arg(long, value_name = "ACCESS", value_parser = access())]
    pub access: Option<Access>,
    /// A note for the server's audit log
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// How.
    #[command(flatten)]
    pub how: How,
}

/// `keydeck handover`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck handover 01JQ8ZK3 --to ana@acme.example
  keydeck handover --tab team --filter owner:=ben@acme.example --to shop-gateway --dry-run      a service, by its name
  keydeck handover --tab team --view owners-gone --to 17 --max 50 --yes --json

Takes an admin. The values go on working, so a key never goes to somebody who may more than its present owner.")]
pub struct HandOver {
    /// Which keys, and how.
    #[command(flatten)]
    pub which: Which,
    /// Whose they are to be: an address, a user's number, or a service's name
    #[arg(long, value_name = "WHOM")]
    pub to: String,
    /// Also the key this command itself uses, last
    #[arg(long)]
    pub include_self: bool,
}

/// Which keys a change of many is about, and how it is made.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true).multiple(true).args(["ids", "filter", "view"]))]
pub struct Which {
    /// Ids, as keydeck list prints them, or the beginning of one; - reads them from standard input, one a line
    #[arg(value_name = "KEY")]
    pub ids: Vec<String>,
    /// Every key that matches, in the console's filter language; - reads it from standard input
    #[arg(long, value_name = "QUERY", requires = "tab", conflicts_with = "ids", allow_hyphen_values = true)]
    pub filter: Option<String>,
    /// Every key that a view shows, as keydeck list --view; with --filter: of those that match
    #[arg(long, value_name = "NAME", requires = "tab", conflicts_with = "ids", value_parser = Suggested(VIEWS),
        hide_possible_values = true)]
    pub view: Option<String>,
    /// Which keys the filter or the view looks at
    #[arg(long, value_enum, conflicts_with = "ids")]
    pub tab: Option<ChangeTab>,
    /// Agree that an empty filter means every key of the tab
    #[arg(long, requires = "tab", conflicts_with = "ids")]
    pub all: bool,
    /// Refuse when there are more than this many keys [default with --filter or --view: 100]
    #[arg(long, value_name = "N")]
    pub max: Option<usize>,
    /// A note for the server's audit log
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// How.
    #[command(flatten)]
    pub how: How,
}

/// A tab whose keys can be disabled and enabled by filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ChangeTab {
    /// One's own API keys
    Mine,
    /// The team's API keys (admin)
    Team,
}

/// `keydeck disable`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck disable 01JQ8ZK3 01JQ8ZK9
  keydeck disable 01JQ8ZK3 --for 10m --wait              does anything break? tells who hit it
  keydeck disable 01JQ8ZK3 --yes --json
  keydeck disable --tab team --filter 'idle:>90d status:enabled' --dry-run
  keydeck list --json | jq -r '.data[].id' | keydeck disable - --yes

A disabled key opens nothing until it is enabled again; what an admin disabled only an admin enables. ^C stops sending. \
What is cut short is found again: keydeck changes.")]
pub struct Disable {
    /// Which.
    #[command(flatten)]
    pub which: Which,
    /// Enable them again by itself after 10m, 2h, up to 7d: a test whether anything breaks
    #[arg(long = "for", value_name = "SPAN", value_parser = crate::domain::key_fields::pause)]
    pub span: Option<chrono::TimeDelta>,
    /// With --for: stay until it is over, and tell who tried the keys meanwhile; ^C tells who did so far
    #[arg(long, requires = "span")]
    pub wait: bool,
    /// Also the key this command itself uses, last
    #[arg(long)]
    pub include_self: bool,
}

/// `keydeck enable`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck enable 01JQ8ZK3 --yes
  keydeck enable --tab team --filter 'owner:ben status:disabled' --dry-run

A key that expired or was revoked does not come back. Enabling one that is exposed names where its value was found, and takes \
more than a y.")]
pub struct Enable {
    /// Which.
    #[command(flatten)]
    pub which: Which,
}

/// `keydeck changes`.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  keydeck changes                                      what was cut short
  keydeck changes resume 01JQ8ZK3                      looks at its keys, and goes on with the rest
  keydeck changes forget 01JQ8ZK3                      leaves its keys as they are

Before the first key of a revoke, disable, enable, delete or hand-over is sent, the keys' ids stand on this machine's disk. A change \
that was cut short, by a crash or a lost line, is read back before it goes on: nothing is sent twice."
)]
pub struct Changes {
    /// What about them; without one: lists them.
    #[command(subcommand)]
    pub command: Option<ChangesCommand>,
    /// How they are listed.
    #[command(flatten)]
    pub list: ChangesList,
}

/// What about changes.
#[derive(Debug, Subcommand)]
pub enum ChangesCommand {
    /// List the changes that were cut short or are under way
    List(ChangesList),
    /// Look at the keys of changes that were cut short, and go on with the rest
    Resume(ChangesResume),
    /// Offer changes no more; their keys stay as they are
    Forget(ChangesForget),
}

/// `keydeck changes list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck changes list --json | jq -r '.data[].id'
  keydeck changes list --over                          also those that are over")]
pub struct ChangesList {
    /// Also those that are over
    #[arg(long)]
    pub over: bool,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// `keydeck changes resume`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("changes").required(true).args(["ids", "all"]))]
#[command(after_help = "Examples:
  keydeck changes resume 01JQ8ZK3
  keydeck changes resume 01JQ8ZK3 --dry-run            what is left of it
  keydeck changes resume --all --yes --json")]
pub struct ChangesResume {
    /// The changes' ids, or the beginning of them
    #[arg(value_name = "CHANGE")]
    pub ids: Vec<String>,
    /// Every one that was cut short and is of this profile's server and user
    #[arg(long)]
    pub all: bool,
    /// Also the key this command itself uses, last
    #[arg(long)]
    pub include_self: bool,
    /// How.
    #[command(flatten)]
    pub how: How,
}

/// `keydeck changes forget`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck changes forget 01JQ8ZK3")]
pub struct ChangesForget {
    /// The changes' ids, or the beginning of them
    #[arg(value_name = "CHANGE", required = true)]
    pub ids: Vec<String>,
}

/// `keydeck regenerate`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck regenerate 01JQ8ZK3 --overlap 7d --write-secret new.key
  keydeck regenerate 01JQ8ZK3 --overlap none --print-secret --yes

Only a key's owner can. The new value is made here and only its hash is sent; the old one works until the overlap ends. A key \
has two values at most: while an earlier overlap lasts, another new value ends it at once, which --end-overlap agrees to.")]
pub struct Regenerate {
    /// Its id, as keydeck list prints it, or the beginning of it
    #[arg(value_name = "KEY")]
    pub id: String,
    /// How long the old value works beside the new one: none, 1h, 24h, up to 7d
    #[arg(long, value_name = "TIME", default_value = "24h")]
    pub overlap: String,
    /// Also when a value before the present one was promised to work for longer: it dies at once
    #[arg(long)]
    pub end_overlap: bool,
    /// Where the value goes.
    #[command(flatten)]
    pub sink: Sink,
    /// A note for the server's audit log
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// How.
    #[command(flatten)]
    pub how: How,
}
