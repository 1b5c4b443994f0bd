//! Finding where a key lives.

use std::path::PathBuf;

use clap::Args;

/// `keydeck where`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("which").required(true).args(["key", "filter"]))]
#[command(after_help = "Examples:
  keydeck where 01JQ8ZK3                                   in all places that rotations and config.toml know
  keydeck where ci-deploy --search ~/src --search /srv     and in env files, newmanrc and Postman exports below
  keydeck where 01JQ8ZK3 --place vault:secret/ci:key --place env-file:/srv/app/.env:API_KEY --only
  keydeck where --filter 'name:ci-deploy used:<7d' --json
  pbpaste | keydeck where -                                the key of a value, which is never sent

Places are read, never written, and compared by hash. new: the present value of a key that nothing replaced. old: an earlier \
value of it, or that of a key that is revoked or that it was rotated from. other: none of its values.

Exit codes: 0 no old value anywhere; 10 old values, and none is accepted; 11 old values that are still accepted; 12 whether \
they are is not known; 1 no old value was found, and not every place could be looked into")]
pub struct Where {
    /// The key's id, the beginning of it, or its name; - reads one of its values, or a text with one, from standard input
    #[arg(value_name = "KEY")]
    pub key: Option<String>,
    /// The one key that matches, in the console's filter language; - reads it from standard input
    #[arg(long, value_name = "QUERY", conflicts_with = "key", allow_hyphen_values = true)]
    pub filter: Option<String>,
    /// A place to look into, as keydeck rotate --sink takes it; may be given several times
    #[arg(long = "place", value_name = "PLACE")]
    pub places: Vec<String>,
    /// A folder whose env files, newmanrc and Postman environments are looked into; may be given several times
    #[arg(long = "search", value_name = "DIR")]
    pub folders: Vec<PathBuf>,
    /// Only what --place and --search name
    #[arg(long)]
    pub only: bool,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}
