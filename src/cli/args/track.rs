//! Keys that no API lists, as a person writes them down.

use clap::builder::TypedValueParser;
use clap::{Args, Subcommand};

use crate::domain::tracked::TrackedKind;

/// The kinds of key by their words.
fn kind() -> impl TypedValueParser<Value = TrackedKind> {
    clap::builder::PossibleValuesParser::new(TrackedKind::WORDS).map(|word| TrackedKind::from_word(&word))
}

/// `keydeck track`.
#[derive(Debug, Subcommand)]
pub enum Track {
    /// Print the keys that are written down for the profile
    List(TrackList),
    /// Write a key down: whose, of what kind, until when; of its value only the fingerprint is kept
    Add(TrackAdd),
    /// Change what is written down of a key
    Edit(TrackEdit),
    /// Forget a key; it is not revoked by that
    Remove(TrackRemove),
    /// Ask the backend whether a key's value is accepted, and write that down
    Probe(TrackProbe),
}

/// `keydeck track list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck track list
  keydeck track list --expiring 30 --exit-code && echo nothing ends soon
  keydeck track list --json | jq -r '.data[] | select(.kind == \"scim-key\") | .expiresAt'

No server is asked. keydeck list shows the same keys as My Keys does, with its filter.")]
pub struct TrackList {
    /// Only those that end within so many days
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(i64).range(0..=36_500))]
    pub expiring: Option<i64>,
    /// End with 10 when something is listed, with 0 when nothing is
    #[arg(long)]
    pub exit_code: bool,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// `keydeck track add`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck track add ci-deploy --expires 2027-01-31 --contact ops@acme.example      asks for the value, masked
  keydeck track add okta --kind scim-key --made 2026-08-01 --no-value               ends six months later
  pass show acme/ci | keydeck track add ci-deploy --value
  keydeck track add nightly --kind service-account-key --owner nightly-runner

It is kept in the state directory, for this profile; no server is asked. Of the value its SHA-256 is kept and what may be shown \
of it, so that it is known when it is found somewhere; never the value.")]
pub struct TrackAdd {
    /// What you call it
    #[arg(value_name = "NAME")]
    pub name: String,
    /// What kind of key it is; a SCIM key ends six months after it was made
    #[arg(long, value_name = "KIND", value_parser = kind(), default_value = "api-key")]
    pub kind: TrackedKind,
    /// Whose it is: a name or an address [default: yours]
    #[arg(long, value_name = "WHO")]
    pub owner: Option<String>,
    /// Whom to tell before it expires; may be given several times
    #[arg(long = "contact", value_name = "ADDRESS")]
    pub contacts: Vec<String>,
    /// The day on which its value was made
    #[arg(long, value_name = "DATE")]
    pub made: Option<String>,
    /// When it expires: 90d, 12h, a date or never [default: as its kind does]
    #[arg(long, value_name = "WHEN")]
    pub expires: Option<String>,
    /// Where its value comes from.
    #[command(flatten)]
    pub value: TrackValue,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// Where a value comes from of which the fingerprint is kept.
#[derive(Debug, Args)]
pub struct TrackValue {
    /// Read the value from standard input, instead of asking for it on the terminal
    #[arg(long)]
    pub value: bool,
    /// Do not ask for the value
    #[arg(long, conflicts_with = "value")]
    pub no_value: bool,
}

/// `keydeck track edit`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck track edit ci-deploy --expires 2027-06-30
  keydeck track edit 01JQ8ZK3 --owner 'Ana Souza' --contact ana@acme.example
  pass show acme/ci | keydeck track edit ci-deploy --value          it has another value now

What is not named stays as it is.")]
pub struct TrackEdit {
    /// Its name, its id or the beginning of that, as keydeck track list prints them
    #[arg(value_name = "KEY")]
    pub key: String,
    /// What you call it from now on
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// What kind of key it is
    #[arg(long, value_name = "KIND", value_parser = kind())]
    pub kind: Option<TrackedKind>,
    /// Whose it is; an empty text: yours
    #[arg(long, value_name = "WHO")]
    pub owner: Option<String>,
    /// Whom to tell, instead of those before; may be given several times, an empty text: nobody
    #[arg(long = "contact", value_name = "ADDRESS")]
    pub contacts: Vec<String>,
    /// When it expires: 90d, 12h, a date or never
    #[arg(long, value_name = "WHEN")]
    pub expires: Option<String>,
    /// Read its value from standard input
    #[arg(long)]
    pub value: bool,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// `keydeck track remove`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck track remove old-jenkins
  keydeck track remove 01JQ8ZK3 --yes --json")]
pub struct TrackRemove {
    /// Its name, its id or the beginning of that, as keydeck track list prints them
    #[arg(value_name = "KEY")]
    pub key: String,
    /// Without asking; needed where there is no terminal
    #[arg(long)]
    pub yes: bool,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// `keydeck track probe`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck track probe ci-deploy                         asks for the value, masked
  pass show acme/ci | keydeck track probe ci-deploy --value --json
  keydeck track probe ci-deploy --prove                 beside a made-up value, which must be refused

The value is not kept; it has to be at hand. It is compared by its hash before anything is sent.

Exit codes: 0 it is accepted; 1 it is refused, or nobody can tell")]
pub struct TrackProbe {
    /// Its name, its id or the beginning of that, as keydeck track list prints them
    #[arg(value_name = "KEY")]
    pub key: String,
    /// Read the value from standard input, instead of asking for it on the terminal
    #[arg(long)]
    pub value: bool,
    /// Ask three times: twice about the value, and in between about a made-up one, so that a refusal is proven
    #[arg(long)]
    pub prove: bool,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}
