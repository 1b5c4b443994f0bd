//! Off-boarding: what becomes of the keys of somebody who leaves.

use clap::Args;

use super::changes::How;
use crate::domain::offboard::Written;

/// What becomes of the keys.
#[derive(Debug, Default, Args)]
pub struct Fates {
    /// What becomes of every key: stop (with its owner; works again should they come back), disable, revoke, or
    /// hand-over:WHOM
    #[arg(long = "keys", value_name = "WHAT", value_parser = Written::parse)]
    pub all: Option<Written>,
    /// What becomes of one key, instead: ID=WHAT, with its id or the beginning of it; may be given several times
    #[arg(long = "key", value_name = "ID=WHAT", value_parser = one)]
    pub each: Vec<(String, Written)>,
}

impl Fates {
    /// Whether nothing is said of any key.
    pub fn is_empty(&self) -> bool {
        self.all.is_none() && self.each.is_empty()
    }
}

fn one(text: &str) -> Result<(String, Written), String> {
    let (id, what) = text.split_once('=').filter(|(id, _)| !id.is_empty()).ok_or("ID=WHAT")?;
    Ok((id.to_owned(), Written::parse(what)?))
}

/// `keydeck offboard`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck offboard ben@acme.example                      shows their keys, asks what becomes of them
  keydeck offboard ben@acme.example --dry-run            only what would stop
  keydeck offboard ben@acme.example --keys hand-over:shop-gateway --key 01JQ8ZK3=revoke --dry-run
  keydeck offboard ben@acme.example --keys stop --yes --json

Takes a superadmin. Keys that are handed over go on working; all others of the person stop. Should the person come back, \
keydeck users activate brings back what only leaving stopped, and nothing else. When a key is not as chosen, nobody is \
deactivated: run it again. What is cut short is found again: keydeck changes.")]
pub struct Offboard {
    /// Who leaves: an address, or a number, as keydeck users list prints them
    #[arg(value_name = "USER")]
    pub user: String,
    /// What becomes of the keys.
    #[command(flatten)]
    pub fates: Fates,
    /// A note for the server's audit log
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// How.
    #[command(flatten)]
    pub how: How,
}
