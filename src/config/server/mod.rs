//! How `keydeck serve` runs: flag before environment before `server.toml` before default.

mod file;
mod notices;
mod policy;
mod sample;

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use super::credential::Credential;
use super::error::ConfigError;
use super::listen::Listen;
use super::session::variable;
use crate::domain::database_url::DatabaseUrl;
use crate::domain::web_address::WebAddress;
use crate::system::program::withhold;

pub use notices::{MailSecurity, NoticesConfig, SmtpConfig, WebhookConfig, WebhookForm, WebhookPlace};
pub use policy::PolicyConfig;

/// Requests a user may make in 60 s unless configured otherwise. Source: management API, "Conventions".
pub const DEFAULT_RATE_LIMIT: u32 = 300;
/// Verifications a user may ask for in 60 s unless configured otherwise. Source: management API, "Conventions".
pub const DEFAULT_VERIFICATION_LIMIT: u32 = 6000;
/// The longest that an answer to a verification may be kept, in seconds: a day.
pub const LONGEST_VERIFICATION_AGE: u32 = 86_400;
/// Where GitHub publishes the keys that its alerts are signed with. Source: GitHub's secret scanning partner program.
pub const GITHUB_PUBLIC_KEYS: &str = "https://api.github.com/meta/public_keys/secret_scanning";

/// The variable that names the file, where no flag does.
const FILE_VARIABLE: &str = "KEYDECK_SERVER_CONFIG";
const LISTEN_VARIABLE: &str = "KEYDECK_LISTEN";
const DATABASE_VARIABLE: &str = "KEYDECK_DATABASE";
/// libpq's own.
const PASSWORD_VARIABLE: &str = "PGPASSWORD";
const RATE_LIMIT_VARIABLE: &str = "KEYDECK_RATE_LIMIT";
const VERIFICATION_LIMIT_VARIABLE: &str = "KEYDECK_VERIFICATION_LIMIT";
const VERIFICATION_AGE_VARIABLE: &str = "KEYDECK_VERIFICATION_MAX_AGE";
const TLS_CERT_VARIABLE: &str = "KEYDECK_TLS_CERT";
const TLS_KEY_VARIABLE: &str = "KEYDECK_TLS_KEY";
const PROXY_VARIABLE: &str = "KEYDECK_BEHIND_PROXY";
const LOG_VARIABLE: &str = "KEYDECK_LOG_REQUESTS";
const METRICS_VARIABLE: &str = "KEYDECK_METRICS";

/// How the server runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerConfig {
    /// Where it listens.
    pub listen: Listen,
    /// Where the keys are kept; none: `keydeck.db` in the data directory.
    pub database: Option<DatabaseUrl>,
    /// Requests a user may make in 60 s, at least 1.
    pub rate_limit: u32,
    /// Verifications a user may ask for in 60 s, at least 1; a batch counts as one for every 100.
    pub verification_limit: u32,
    /// How long the answer to a verification may be kept, in seconds, at most [`LONGEST_VERIFICATION_AGE`].
    pub verification_max_age: u32,
    /// What TLS is served with; none: plain HTTP.
    pub tls: Option<TlsFiles>,
    /// The proxy in front, the only address from which X-Forwarded-For is believed.
    pub behind_proxy: Option<IpAddr>,
    /// Whether each request leaves a line on standard output.
    pub log_requests: bool,
    /// Where metrics are told; none: nowhere.
    pub metrics: Option<Listen>,
    /// Where GitHub's keys are fetched from; none: its alerts are not taken.
    pub github: Option<WebAddress>,
    /// What GitLab's token revocation client says of itself; none: it is not served.
    pub gitlab: Option<Credential>,
    /// The ways that people are told what becomes of their keys.
    pub notices: NoticesConfig,
    /// Settings of the team that are fixed; none: its admins decide all of them.
    pub policy: Option<PolicyConfig>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self::of(ServerLayer::default(), file::Partners::default())
    }
}

/// A certificate with its chain, and its private key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// What one of flags, environment and file says; what it is silent about is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerLayer {
    pub listen: Option<Listen>,
    pub database: Option<DatabaseUrl>,
    pub rate_limit: Option<u32>,
    pub verification_limit: Option<u32>,
    pub verification_max_age: Option<u32>,
    pub tls: Option<TlsFiles>,
    pub behind_proxy: Option<IpAddr>,
    pub log_requests: Option<bool>,
    pub metrics: Option<Listen>,
}

impl ServerLayer {
    /// What this process's environment says; an empty variable counts as unset.
    fn of_environment() -> Result<Self, ConfigError> {
        let tls = match (variable(TLS_CERT_VARIABLE)?, variable(TLS_KEY_VARIABLE)?) {
            (Some(certificate), Some(key)) => Some(TlsFiles { certificate: certificate.into(), key: key.into() }),
            (None, None) => None,
            (Some(_), None) => return Err(alone(TLS_CERT_VARIABLE, TLS_KEY_VARIABLE)),
            (None, Some(_)) => return Err(alone(TLS_KEY_VARIABLE, TLS_CERT_VARIABLE)),
        };
        Ok(Self {
            listen: read(LISTEN_VARIABLE, "ADDRESS:PORT or unix:PATH", |text| text.parse().ok())?,
            database: database_of_environment()?,
            rate_limit: read(RATE_LIMIT_VARIABLE, "a whole number from 1", limit)?,
            verification_limit: read(VERIFICATION_LIMIT_VARIABLE, "a whole number from 1", limit)?,
            verification_max_age: read(VERIFICATION_AGE_VARIABLE, "seconds, at most 86400", |text| {
                text.parse().ok().filter(|age| *age <= LONGEST_VERIFICATION_AGE)
            })?,
            tls,
            behind_proxy: read(PROXY_VARIABLE, "the proxy's address, as 10.0.0.2", |text| text.parse().ok())?,
            log_requests: read(LOG_VARIABLE, "true or false", |text| text.parse().ok())?,
            metrics: read(METRICS_VARIABLE, "ADDRESS:PORT or unix:PATH", |text| text.parse().ok())?,
        })
    }

    /// What this says, and where it is silent what `other` says.
    fn before(self, other: Self) -> Self {
        Self {
            listen: self.listen.or(other.listen),
            database: self.database.or(other.database),
            rate_limit: self.rate_limit.or(other.rate_limit),
            verification_limit: self.verification_limit.or(other.verification_limit),
            verification_max_age: self.verification_max_age.or(other.verification_max_age),
            tls: self.tls.or(other.tls),
            behind_proxy: self.behind_proxy.or(other.behind_proxy),
            log_requests: self.log_requests.or(other.log_requests),
            metrics: self.metrics.or(other.metrics),
        }
    }
}

/// The database that the environment names. No program that keydeck runs is told a password of the database's.
///
/// # Errors
/// When the variable is no text.
pub fn database_of_environment() -> Result<Option<DatabaseUrl>, ConfigError> {
    withhold(PASSWORD_VARIABLE);
    let database = variable(DATABASE_VARIABLE)?.map(DatabaseUrl::from);
    if database.as_ref().is_some_and(DatabaseUrl::holds_password) {
        withhold(DATABASE_VARIABLE);
    }
    Ok(database)
}

fn read<T>(name: &str, form: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, ConfigError> {
    let Some(text) = variable(name)? else { return Ok(None) };
    let parsed = parse(&text).map(Some);
    parsed.ok_or_else(|| ConfigError::new(format!("{name} has the wrong form"), format!("write {form}, or unset it")))
}

fn limit(text: &str) -> Option<u32> {
    text.parse().ok().filter(|limit| *limit > 0)
}

fn alone(set: &str, missing: &str) -> ConfigError {
    ConfigError::new(format!("{set} is set and {missing} is not"), "set both, or neither")
}

/// Where the settings of a server come from, to be read at the start and again whenever it is asked to.
#[derive(Clone, Debug)]
pub struct ServerSources {
    /// What the command line says.
    pub flags: ServerLayer,
    /// The file that the command line names.
    pub file: Option<PathBuf>,
    /// The file that is read when none is named; it need not exist.
    pub usual: PathBuf,
}

impl ServerSources {
    /// Reads environment and file, and puts everything together.
    ///
    /// # Errors
    /// When the file cannot be read, others may have written it, or something in it or in a variable is not understood.
    pub fn load(&self) -> Result<ServerConfig, ConfigError> {
        let named = match &self.file {
            Some(path) => Some(path.clone()),
            None => variable(FILE_VARIABLE)?.map(PathBuf::from),
        };
        let (layer, partners) = file::load(named.as_deref(), &self.usual)?;
        let config =
            ServerConfig::of(self.flags.clone().before(ServerLayer::of_environment()?).before(layer), partners);
        // no program that keydeck runs is told a secret of it
        let secrets = config.gitlab.iter().chain(config.notices.credentials());
        secrets.filter_map(Credential::variable).for_each(withhold);
        Ok(config)
    }
}

impl ServerConfig {
    fn of(layer: ServerLayer, partners: file::Partners) -> Self {
        Self {
            listen: layer.listen.unwrap_or_default(),
            database: layer.database,
            rate_limit: layer.rate_limit.unwrap_or(DEFAULT_RATE_LIMIT),
            verification_limit: layer.verification_limit.unwrap_or(DEFAULT_VERIFICATION_LIMIT),
            verification_max_age: layer.verification_max_age.unwrap_or_default(),
            tls: layer.tls,
            behind_proxy: layer.behind_proxy,
            log_requests: layer.log_requests.unwrap_or_default(),
            metrics: layer.metrics,
            github: partners.github,
            gitlab: partners.gitlab,
            notices: partners.notices,
            policy: partners.policy,
        }
    }

    /// Reads the text of a `server.toml`; `path` says where it is from, and relative paths in it are beside it.
    ///
    /// # Errors
    /// When the text is not what this version understands.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let (layer, partners) = file::parse(text, path)?;
        Ok(Self::of(layer, partners))
    }

    /// These settings as a `server.toml`, each with what it means; what is not set stands there as a comment.
    pub fn to_toml(&self) -> String {
        sample::of(self)
    }
}

#[cfg(test)]
mod tests;
