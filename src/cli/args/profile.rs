//! Profiles, and the keys that are kept for them.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};

use crate::config::{BACKENDS, ProfileColor};
use crate::local::kept_keys::Store;

/// `keydeck profile`.
#[derive(Debug, Subcommand)]
pub enum Profile {
    /// List the profiles of config.toml: where each is, where its key comes from
    List(ProfileList),
    /// Add a profile to config.toml
    Add(ProfileAdd),
    /// Use a profile where none is named
    Use(ProfileUse),
    /// Ask a profile's server who its key is, and say what is wrong where it does not answer
    Test(ProfileTest),
    /// Remove a profile from config.toml, and the key that is kept for it
    Remove(ProfileRemove),
}

/// `keydeck profile list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck profile list
  keydeck profile list --json

No key is opened for it.")]
pub struct ProfileList {
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// `keydeck profile add`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck profile add dev --base-url http://127.0.0.1:7878          then: keydeck login --profile dev
  keydeck profile add prod --base-url https://keys.acme.example --production --read-only --color red \\
      --command 'pass show keydeck/prod'
  keydeck profile add ci --base-url https://keys.acme.example --env CI_KEY
  keydeck profile add acme --backend postman --region eu

Comments and the order of config.toml stay as they are. The key itself never stands there: keydeck login keeps it, or a \
program, a file or a variable has it.")]
pub struct ProfileAdd {
    /// What it is called
    pub name: String,
    /// What it speaks to
    #[arg(long, value_name = "BACKEND", default_value = "keydeck", value_parser = BACKENDS)]
    pub backend: String,
    /// Where it is
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// Where Postman keeps the team's data, in place of an address
    #[arg(long, value_name = "REGION", value_parser = ["global", "eu"], conflicts_with = "base_url")]
    pub region: Option<String>,
    /// Trust these authorities beside the system's: their certificates in PEM or DER
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// Where its key comes from.
    #[command(flatten)]
    pub source: ProfileSource,
    /// Never change anything through it
    #[arg(long)]
    pub read_only: bool,
    /// Mark it, and ask for more before something is changed
    #[arg(long)]
    pub production: bool,
    /// The colour of its name
    #[arg(long, value_name = "COLOR", value_parser = color())]
    pub color: Option<ProfileColor>,
    /// Use it where none is named; the first one is anyway
    #[arg(long)]
    pub default: bool,
}

/// Where a new profile's key comes from: at most one of them.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub struct ProfileSource {
    /// From keydeck login, which keeps it in the keyring or in a file of yours (this is so where nothing is said)
    #[arg(long)]
    pub keyring: bool,
    /// From the first line that this program prints; no shell is in between
    #[arg(long, value_name = "PROGRAM ARGUMENTS")]
    pub command: Option<String>,
    /// From this file, which only you can read
    #[arg(long, value_name = "PATH")]
    pub file: Option<PathBuf>,
    /// From this variable
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
    /// From you, each time, unless keydeck login keeps one
    #[arg(long)]
    pub ask: bool,
}

/// `keydeck profile use`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck profile use staging")]
pub struct ProfileUse {
    /// The profile
    pub name: String,
}

/// `keydeck profile test`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck profile test
  keydeck profile test prod --json

Exit codes: 0 it works, 2 the configuration or the key cannot be had, 3 the server refuses the key, 4 it does not answer. \
keydeck doctor looks further.")]
pub struct ProfileTest {
    /// The profile, where it is not the one that would be used
    pub name: Option<String>,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// `keydeck profile remove`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck profile remove old

The key itself goes on working at its server: revoke it there.")]
pub struct ProfileRemove {
    /// The profile
    pub name: String,
}

/// `keydeck login`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck login                                    asks for the key of the profile that is used
  keydeck login --profile prod
  pass show keydeck/prod | keydeck login --profile prod --store file
  keydeck login --profile gov --email ana@agency.gov.sg         a one-time password comes by mail

The key is typed or pasted, of which nothing is shown, or comes on standard input; never as an argument. The server is asked \
who it is before it is kept: in the keyring of the desktop session, or, where that does not answer within 3 s, in a file of \
the state directory that only you can read. It is sent to the profile's address and to no other.

A profile of postman.gov.sg has no key: a one-time password comes by mail, and is typed, or comes as a line of standard input, \
behind that of the e-mail address where --email is not passed; never as an argument. An empty line has another one sent, once \
half a minute is over. What is kept is the session, which lasts 24 hours, and from each use on again.")]
pub struct Login {
    /// Where to keep it
    #[arg(long, value_name = "WHERE", default_value = "auto", value_parser = store())]
    pub store: Store,
    /// Where a one-time password is sent to, of a profile that is logged in to with one; it is asked for otherwise
    #[arg(long, value_name = "ADDRESS")]
    pub email: Option<String>,
}

/// `keydeck logout`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck logout
  keydeck logout --profile prod

It says what else on this machine still holds the key. The key itself goes on working at its server: revoke it there. A session \
is ended at its server too.")]
pub struct Logout {}

/// `keydeck doctor`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck doctor
  keydeck doctor --profile prod --json

Looks at the terminal, its colours and its clipboard, tmux, the permissions of keydeck's files, and at the profile's server: \
address, proxy, TLS, the key, whether it answers, and this clock against the server's. Each line that is not in order says what \
to do. Nothing is changed.

Exit codes: 0 nothing is wrong, 1 something is.")]
pub struct Doctor {
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

fn store() -> impl TypedValueParser<Value = Store> {
    PossibleValuesParser::new(["auto", "keyring", "file"]).map(|word| match word.as_str() {
        "keyring" => Store::Keyring,
        "file" => Store::File,
        _ => Store::Auto,
    })
}

fn color() -> impl TypedValueParser<Value = ProfileColor> {
    let all = ProfileColor::ALL;
    PossibleValuesParser::new(all.map(ProfileColor::name))
        .map(move |word| all.into_iter().find(|color| color.name() == word).unwrap_or(ProfileColor::White))
}
