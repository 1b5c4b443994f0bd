//! Running the server, and what is done on its own machine.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};

use super::moving::{Move, Restore};
use super::offboard::Fates;
use super::place::Place;
use crate::config::{ConfigError, Listen, ServerLayer, TlsFiles};
use crate::domain::team::Role;

/// `keydeck serve`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck server init --team Acme --email ana@acme.example      once
  keydeck serve                                                 on this machine only
  keydeck serve --listen 127.0.0.1:9000 --database sqlite:/srv/keys.db --rate-limit 1000
  keydeck serve --listen unix:/run/user/1000/keydeck.sock       on a machine that others use too
  keydeck serve --listen 0.0.0.0:8443 --tls-cert cert.pem --tls-key key.pem
  keydeck serve --listen 10.0.0.5:7878 --behind-proxy 10.0.0.2 --log-requests
  keydeck serve --metrics 127.0.0.1:9464                        and Prometheus asks there
  keydeck serve --print-config > ~/.config/keydeck/server.toml  a file to begin with
  keydeck serve --config /etc/keydeck/server.toml

An address that other machines can reach needs TLS, here or at a proxy. On a machine that others use too, anybody can take \
a port of 127.0.0.1 and be sent your key: listen on unix:PATH there, and give the same as base_url or KEYDECK_URL. The path \
begins with / or ~/, and its folder is one that only you can write. GET /healthz tells, without a key, whether the \
server works. SIGHUP reads the configuration and the certificate again and ends nothing. SIGINT and SIGTERM stop the server after it \
has finished what it accepted; a second one stops it at once.

What no flag says is read from KEYDECK_LISTEN, KEYDECK_DATABASE, KEYDECK_RATE_LIMIT, \
KEYDECK_VERIFICATION_LIMIT, KEYDECK_VERIFICATION_MAX_AGE, KEYDECK_TLS_CERT and KEYDECK_TLS_KEY, \
KEYDECK_BEHIND_PROXY, KEYDECK_LOG_REQUESTS and KEYDECK_METRICS, then from server.toml: that of --config, of KEYDECK_SERVER_CONFIG, or in the \
configuration directory.")]
pub struct Serve {
    /// Where to listen: without TLS or a proxy, a loopback address; or unix:PATH, a socket for your own user alone
    /// [default: 127.0.0.1:7878]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<Listen>,
    #[command(flatten)]
    pub place: Place,
    /// Requests a user may make in 60 s
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate_limit: Option<u32>,
    /// Verifications a user may ask for in 60 s; a batch counts as one for every 100 [default: 6000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub verification_limit: Option<u32>,
    /// How long a service may keep the answer to a verification, in seconds: so long a revoked key may go on working there
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(..=86_400))]
    pub verification_max_age: Option<u32>,
    /// Serve TLS with this certificate and its chain, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// The certificate's private key, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// The proxy that speaks TLS in front: the only address from which X-Forwarded-For is believed
    #[arg(long, value_name = "ADDRESS")]
    pub behind_proxy: Option<IpAddr>,
    /// Print a line of JSON for each request: method, path without query, status, user, address, id, duration
    #[arg(long)]
    pub log_requests: bool,
    /// Tell Prometheus how the server does, at /metrics there: ADDRESS:PORT or unix:PATH; without a key, so let only those
    /// reach it who watch the server
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub metrics: Option<Listen>,
    /// Print the configuration that this would serve with, as a server.toml, and serve nothing
    #[arg(long)]
    pub print_config: bool,
    /// Go on accepting a key for so long after answering that it is revoked or disabled
    #[cfg(feature = "fault-points")]
    #[arg(long, value_name = "SECONDS", hide = true, conflicts_with = "revocation_never")]
    pub revocation_delay: Option<u32>,
    /// Go on accepting it for ever
    #[cfg(feature = "fault-points")]
    #[arg(long, hide = true)]
    pub revocation_never: bool,
}

impl Serve {
    /// What the flags say.
    ///
    /// # Errors
    /// When the database cannot be named like this.
    pub async fn layer(&self) -> Result<ServerLayer, ConfigError> {
        let tls = self.tls_cert.clone().zip(self.tls_key.clone());
        Ok(ServerLayer {
            listen: self.listen.clone(),
            database: self.place.url().await?,
            rate_limit: self.rate_limit,
            verification_limit: self.verification_limit,
            verification_max_age: self.verification_max_age,
            tls: tls.map(|(certificate, key)| TlsFiles { certificate, key }),
            behind_proxy: self.behind_proxy,
            log_requests: self.log_requests.then_some(true),
            metrics: self.metrics.clone(),
        })
    }
}

#[cfg(feature = "fault-points")]
impl Serve {
    /// How late revocations take effect.
    pub fn lag(&self) -> Option<crate::server::Lag> {
        use crate::server::Lag;
        if self.revocation_never { Some(Lag::Never) } else { self.revocation_delay.map(Lag::Seconds) }
    }
}

/// `keydeck server`.
#[derive(Debug, Subcommand)]
pub enum Server {
    /// Make the database and its first superadmin, and print their key, once
    Init(Init),
    /// Add and change the team's users, with a server running or not
    #[command(subcommand)]
    User(User),
    /// Make a superadmin's key for somebody of the team: the way back in, on this machine
    Recover(Recover),
    /// Copy the database into a new file, also while it is served
    Backup(Backup),
    /// Move everything to another database, as from a file to PostgreSQL, also while it is served
    Move(Move),
    /// Put a backup into an empty database, once it is proven to be the one that was made
    Restore(Restore),
    /// Send a message every way that server.toml names, to see that notices arrive
    TestMail(TestMail),
}

/// `keydeck server test-mail`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck server test-mail ana@acme.example
  keydeck server test-mail ana@acme.example --config /etc/keydeck/server.toml

It goes by mail where there is [smtp], to the webhook of [webhook], and into the folder of [notices]; the server need not run.")]
pub struct TestMail {
    /// To whom
    #[arg(value_name = "ADDRESS")]
    pub address: String,
}

/// `keydeck server backup`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck server backup /backup/keydeck-2026-11-21.db
  keydeck server backup --database sqlite:/srv/keys.db /backup/keys.db
  keydeck serve --database sqlite:/backup/keydeck-2026-11-21.db   a copy is served like any

The copy is one moment of the database, readable by its owner only, and a file whatever the database is. It never replaces a file. The head of its audit log goes \
to standard output, for keydeck audit verify --expect.")]
pub struct Backup {
    /// The new file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    pub place: Place,
}

/// `keydeck server init`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck server init --team Acme --email ana@acme.example
  (umask 077; keydeck server init --team Acme --email ana@acme.example > first-key)

The key goes to standard output and is told this once; everything else goes to standard error.")]
pub struct Init {
    /// The team's name
    #[arg(long, value_name = "NAME")]
    pub team: String,
    /// The first superadmin's e-mail address
    #[arg(long, value_name = "ADDRESS")]
    pub email: String,
    #[command(flatten)]
    pub place: Place,
}

/// `keydeck server user`.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Add a user, and print their first key, once
    Add(UserAdd),
    /// Replace a user's roles
    Role(UserRole),
    /// Stop all keys of a user at once
    Deactivate(UserDeactivate),
    /// Make a key for somebody whose keys have all ended, and print it, once
    Key(UserKey),
    /// Print the team's users
    List(UserList),
}

/// `keydeck server user add`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck server user add --name 'Ben Ito' --email ben@acme.example --role user
  (umask 077; keydeck server user add --name CI --email ci@acme.example --role scanner > ci-key)

The key goes to standard output and is told this once; everything else goes to standard error.")]
pub struct UserAdd {
    /// The user's name
    #[arg(long, value_name = "NAME")]
    pub name: String,
    /// The user's e-mail address, which nobody else of the team has
    #[arg(long, value_name = "ADDRESS")]
    pub email: String,
    /// What the user may do; may be given several times
    #[arg(long = "role", value_name = "ROLE", required = true, value_parser = role())]
    pub roles: Vec<Role>,
    #[command(flatten)]
    pub place: Place,
}

/// `keydeck server user role`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck server user role ben@acme.example admin
  keydeck server user role ci@acme.example scanner verifier

The last active superadmin stays one.")]
pub struct UserRole {
    /// The user's e-mail address, or their id
    #[arg(value_name = "ADDRESS")]
    pub email: String,
    /// What the user may do from now on, and nothing else
    #[arg(value_name = "ROLE", required = true, value_parser = role())]
    pub roles: Vec<Role>,
    #[command(flatten)]
    pub place: Place,
}

/// `keydeck server user deactivate`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck server user deactivate ben@acme.example --dry-run     what would stop
  keydeck server user deactivate ben@acme.example               asks what becomes of the keys, where there is a terminal
  keydeck server user deactivate ben@acme.example --keys hand-over:shop-gateway --key 01JQ8ZK3=revoke

Says first what stops, those used in the last 24 h apart. Keys that are handed over go on working. The others stay listed; \
those that only leaving stopped work again when a superadmin activates the user. All of it happens at once, or nothing. The \
last active superadmin stays one.")]
pub struct UserDeactivate {
    /// The user's e-mail address, or their id
    #[arg(value_name = "ADDRESS")]
    pub email: String,
    /// What becomes of the keys.
    #[command(flatten)]
    pub fates: Fates,
    /// Only say what would become of the keys
    #[arg(long)]
    pub dry_run: bool,
    /// Without asking
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    pub place: Place,
}

/// `keydeck server user key`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck server user key ben@acme.example
  (umask 077; keydeck server user key shop-gateway > gateway-key)

For an active user none of whose keys works any more. The key goes to standard output and is told this once; everything else \
goes to standard error.")]
pub struct UserKey {
    /// The user's e-mail address, or a service's name
    #[arg(value_name = "NAME")]
    pub who: String,
    #[command(flatten)]
    pub place: Place,
}

/// `keydeck server user list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck server user list
  keydeck server user list --json | jq -r '.data[] | select(.active) | .email'")]
pub struct UserList {
    /// One JSON document
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub place: Place,
}

/// `keydeck server recover`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck server recover --email ana@acme.example
  (umask 077; keydeck server recover --email ana@acme.example --yes > new-key)

Says first whom it makes what, which earlier keys of theirs work again, and asks. The user becomes an active superadmin, if they are none. Everything is written to the audit log. The key goes to standard \
output and is told this once.")]
pub struct Recover {
    /// The e-mail address of somebody of the team, or their id
    #[arg(long, value_name = "ADDRESS")]
    pub email: String,
    /// Do it without asking
    #[arg(long)]
    pub yes: bool,
    /// Only say what would be done
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
    #[command(flatten)]
    pub place: Place,
}

/// Reads a role.
pub(super) fn role() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::WORDS).map(|word| Role::from_word(&word))
}
