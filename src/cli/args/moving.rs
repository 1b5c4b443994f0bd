//! Moving keys from one database to another, and putting a backup back.

use std::path::PathBuf;

use clap::Args;

use super::place::named;
use crate::config::ConfigError;
use crate::domain::database_url::DatabaseUrl;
use crate::server::store::audit::Head;

/// `keydeck server move`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck server move --to postgres://keydeck@db.example/keydeck      what is served now, to PostgreSQL
  keydeck server move --from sqlite:/srv/keys.db --to sqlite:/data/keys.db
  keydeck server move --from postgres://keydeck@db.example/keydeck --to sqlite:/srv/keys.db       and back
  keydeck server move --to postgres://keydeck@db.example/keydeck --reopen

What is read is answered meanwhile, what would change something gets 503. Ids, values and the audit log stay as they are; \
everything is read again at the other end and compared. From then on the old database takes no change, and nothing serves it: \
serve the new one. --reopen takes that back, if nothing was changed at the new one since. A move that is cut short has \
changed nothing, or goes on when it is run again. The head of the audit log goes to standard output.")]
pub struct Move {
    /// Where the keys are: sqlite:PATH, or `postgres://USER@HOST/NAME` [default: the database that is served]
    #[arg(long, value_name = "URL")]
    from: Option<String>,
    /// The same, from a file that only you can read: it may hold a password
    #[arg(long, value_name = "FILE", conflicts_with = "from")]
    from_url_file: Option<PathBuf>,
    #[command(flatten)]
    target: Target,
    /// Take a move from there to here back: the keys are where they were, if nothing was changed since
    #[arg(long)]
    pub reopen: bool,
}

/// Where keys go.
#[derive(Debug, Args)]
#[group(id = "target", required = true, multiple = false)]
struct Target {
    /// Where they go, a database with no team in it: sqlite:PATH, or `postgres://USER@HOST/NAME`
    #[arg(long, value_name = "URL")]
    to: Option<String>,
    /// The same, from a file that only you can read: it may hold a password
    #[arg(long, value_name = "FILE")]
    to_url_file: Option<PathBuf>,
}

impl Target {
    async fn url(&self) -> Result<DatabaseUrl, ConfigError> {
        let url = named("--to", self.to.as_deref(), self.to_url_file.as_deref()).await?;
        Ok(url.unwrap_or_default())
    }
}

impl Move {
    /// Where the keys are, if the command line says so.
    ///
    /// # Errors
    /// When a password stands in an argument, or the file cannot be read.
    pub async fn from(&self) -> Result<Option<DatabaseUrl>, ConfigError> {
        named("--from", self.from.as_deref(), self.from_url_file.as_deref()).await
    }

    /// Where they go.
    ///
    /// # Errors
    /// The same.
    pub async fn to(&self) -> Result<DatabaseUrl, ConfigError> {
        self.target.url().await
    }
}

/// `keydeck server restore`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck server restore /backup/keydeck.db --to sqlite:/srv/keys.db --expect 412:9f2c…
  keydeck server restore /backup/keydeck.db --to postgres://keydeck@db.example/keydeck --expect \"$(cat head)\"
  keydeck server restore /backup/keydeck.db --to sqlite:/srv/keys.db --unproven

The audit log of the backup is followed entry by entry to the head that keydeck server backup printed when it was made; \
only then is anything written. The backup is left as it is, and the database it goes to has no team yet. Notices that waited \
in it are not sent, since they may have been. The head goes to standard output.")]
pub struct Restore {
    /// The backup
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    target: Target,
    /// The head that its audit log has to end with, as keydeck server backup printed it
    #[arg(long, value_name = "SEQ:HASH")]
    pub expect: Option<Head>,
    /// Use it although no head was kept that proves it
    #[arg(long, conflicts_with = "expect")]
    pub unproven: bool,
}

impl Restore {
    /// Where it goes.
    ///
    /// # Errors
    /// When a password stands in an argument, or the file cannot be read.
    pub async fn to(&self) -> Result<DatabaseUrl, ConfigError> {
        self.target.url().await
    }
}
