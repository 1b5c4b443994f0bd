//! What can be typed after `keydeck`.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::domain::team::Role;
use crate::server::seed::DEFAULT_KEYS;
use crate::server::store::audit::Head;

/// See every key of a team, find one in a keystroke, revoke a hundred without fear.
///
/// Without a command: opens the console on the profile's server.
#[derive(Debug, Parser)]
#[command(name = "keydeck", version, after_help = EXAMPLES, after_long_help = EXAMPLES_AND_MORE)]
#[command(subcommand_required = false, disable_help_subcommand = true)]
pub struct Cli {
    /// The profile to use, instead of the environment and the default one
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// The configuration file, instead of config.toml in the configuration directory
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

macro_rules! help {
    ($($more:literal)?) => {
        concat!(
            "Examples:
  keydeck demo                         try it on a made-up team, leaving nothing behind
  keydeck                              open the console on the default profile
  keydeck --profile prod               open it on another
  keydeck list --tab team --json       the same keys, for a script

",
            $($more, "\n\n",)?
            "Exit codes: 0 done, 1 some not done or unknown, 2 usage or configuration, 3 denied,
read-only or unconfirmed, 4 unreachable, 5 not supported by this backend"
        )
    };
}

const EXAMPLES: &str = help!();

const EXAMPLES_AND_MORE: &str = help!(
    "Environment:
  KEYDECK_URL, KEYDECK_API_KEY         a server and a key, only both together
  KEYDECK_LOG                          off, error, warn, info (default), debug or trace:
                                       what keydeck.log in the state directory tells

Configuration (config.toml):
  default_profile = \"prod\"
  [profiles.prod]
  backend = \"keydeck\"
  base_url = \"https://keys.acme.example\"
  credential = { command = [\"pass\", \"show\", \"keydeck\"] }   # or { env = … }, { file = … }
  production = true
  read_only = false
  [keys]                               # your own keys: see keydeck keys --help
  \"X\" = \"revoke\""
);

/// A subcommand.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Try the console on a made-up team: a real server inside this process, gone when you leave
    Demo(Demo),
    /// Run the management server
    Serve(Serve),
    /// Look after the server's database on its own machine
    #[command(subcommand)]
    Server(Server),
    /// The audit log
    #[command(subcommand)]
    Audit(Audit),
    /// Print keys as the console would show them
    List(List),
    /// Revoke keys, for ever
    Revoke(Revoke),
    /// Print what each key of the keyboard does in the console, and check [keys] of config.toml
    Keys(Keys),
}

/// `keydeck keys`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck keys                      the keys in effect
  keydeck keys --json | jq -r '.data[] | select(.action == \"revoke\") | .keys[]'

In config.toml:
  [keys]
  \"X\" = \"revoke\"                  one more key for an action
  revoke = [\"X\", \"Delete\"]        these keys and no others
  \"d\" = \"\"                        nothing on this key; disable = [] is no key for this action
  [keys.review]                     the same for one context only
  \"Space\" = \"page-down\"

What is wrong there goes to standard error, all of it; the console uses its default keys until it is right.

Exit codes: 0 right, 2 something is wrong")]
pub struct Keys {
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// `keydeck demo`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck demo                            as an admin of a team of 30 with 400 keys
  keydeck demo --keys 100000              a large team
  keydeck demo --role user                what a member sees
  keydeck demo --print-url                no console: one line of JSON, then serves until a signal")]
pub struct Demo {
    /// How many API keys the team has
    #[arg(long, value_name = "N", default_value_t = DEFAULT_KEYS, value_parser = clap::value_parser!(u64).range(1..=5_000_000))]
    pub keys: u64,
    /// Which made-up team; the same number always makes the same one
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// As whom
    #[arg(long, value_enum, default_value_t = DemoRole::Admin)]
    pub role: DemoRole,
    /// Without the console: print url, apiKey and role as one line of JSON and serve until a signal
    #[arg(long)]
    pub print_url: bool,
}

/// As whom the demo is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DemoRole {
    /// Own keys only
    User,
    /// The team's keys, exposed keys, settings
    Admin,
    /// All that, and other superadmins' keys
    Superadmin,
}

/// `keydeck serve`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck server init --team Acme --email ana@acme.example      once
  keydeck serve                                                 on this machine only
  keydeck serve --listen 127.0.0.1:9000 --database sqlite:/srv/keys.db --rate-limit 1000
  keydeck serve --listen 0.0.0.0:8443 --tls-cert cert.pem --tls-key key.pem
  keydeck serve --listen 10.0.0.5:7878 --behind-proxy 10.0.0.2 --log-requests

An address that other machines can reach needs TLS, here or at a proxy. GET /healthz tells, without a key, whether the
server works. The certificate is read at the start: restart after renewing it. SIGINT and SIGTERM stop the server after it
has finished what it accepted; a second one stops it at once.")]
pub struct Serve {
    /// Where to listen; without TLS or a proxy, a loopback address
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:7878")]
    pub listen: SocketAddr,
    /// Where the keys are kept, sqlite:PATH [default: keydeck.db in the data directory]
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    /// Requests a user may make in 60 s
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate_limit: Option<u32>,
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
}

/// `keydeck server backup`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck server backup /backup/keydeck-2026-11-21.db
  keydeck server backup --database sqlite:/srv/keys.db /backup/keys.db
  keydeck serve --database sqlite:/backup/keydeck-2026-11-21.db      a copy is a database like any other

The copy is one moment of the database, readable by its owner only. It never replaces a file. The head of its audit log goes
to standard output, for keydeck audit verify --expect.")]
pub struct Backup {
    /// The new file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Where the keys are kept, sqlite:PATH [default: keydeck.db in the data directory]
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
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
    /// Where the keys are kept, sqlite:PATH [default: keydeck.db in the data directory]
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
}

/// `keydeck audit`.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Follow the log's chain of hashes, on the server's own machine, and name the first entry that does not fit
    Verify(AuditVerify),
}

/// `keydeck audit verify`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck audit verify > head                          and keep the head on another machine
  keydeck audit verify --expect \"$(cat head)\"          later: also shows whether the end was cut off
  keydeck audit verify --database sqlite:/srv/copy.db

The head goes to standard output as SEQ:HASH; GET /audit/logs tells the same one in its meta. Without one that was kept
elsewhere, a log whose end was cut off, or whose hashes were all made anew, looks whole.

Exit codes: 0 whole, 1 altered, cut or unreadable, 2 usage or no such database")]
pub struct AuditVerify {
    /// Where the keys are kept, sqlite:PATH [default: keydeck.db in the data directory]
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    /// A head that was kept: the log has to reach it
    #[arg(long, value_name = "SEQ:HASH")]
    pub expect: Option<Head>,
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
    /// Where the keys are kept, sqlite:PATH [default: keydeck.db in the data directory]
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
}

/// `keydeck server user role`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck server user role ben@acme.example admin
  keydeck server user role ci@acme.example scanner verifier

The last active superadmin stays one.")]
pub struct UserRole {
    /// The user's e-mail address
    #[arg(value_name = "ADDRESS")]
    pub email: String,
    /// What the user may do from now on, and nothing else
    #[arg(value_name = "ROLE", required = true, value_parser = role())]
    pub roles: Vec<Role>,
    /// Where the keys are kept, sqlite:PATH [default: keydeck.db in the data directory]
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
}

/// `keydeck server user deactivate`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck server user deactivate ben@acme.example

The keys stay listed and work again when a superadmin activates the user. The last active superadmin stays one.")]
pub struct UserDeactivate {
    /// The user's e-mail address
    #[arg(value_name = "ADDRESS")]
    pub email: String,
    /// Where the keys are kept, sqlite:PATH [default: keydeck.db in the data directory]
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
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
    /// Where the keys are kept, sqlite:PATH [default: keydeck.db in the data directory]
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
}

/// `keydeck server recover`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck server recover --email ana@acme.example
  (umask 077; keydeck server recover --email ana@acme.example > new-key)

The user becomes an active superadmin, if they are none. Everything is written to the audit log. The key goes to standard
output and is told this once.")]
pub struct Recover {
    /// The e-mail address of somebody of the team
    #[arg(long, value_name = "ADDRESS")]
    pub email: String,
    /// Where the keys are kept, sqlite:PATH [default: keydeck.db in the data directory]
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
}

/// Reads a role.
fn role() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::WORDS).map(|word| Role::from_word(&word))
}

/// `keydeck list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck list                                              one's own keys
  keydeck list --tab team --filter 'owner:ana idle:>90d'    as typed after / in the console
  keydeck list --tab team --filter 'expires:<14d' --sort expires
  keydeck list --tab exposed --json | jq '.data[].url'
  pbpaste | keydeck list --tab team --filter -              whose key is this? kept off the command line")]
pub struct List {
    /// Which keys
    #[arg(long, value_enum, default_value_t = Tab::Mine)]
    pub tab: Tab,
    /// Only what matches, in the console's filter language; - reads it from standard input
    #[arg(long, value_name = "QUERY", allow_hyphen_values = true)]
    pub filter: Option<String>,
    /// The column to sort by; a - before its name turns the order round
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
    pub sort: Option<String>,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// A tab of the console that has rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Tab {
    /// One's own API keys
    Mine,
    /// The team's API keys (admin)
    Team,
    /// Collection access keys
    Collections,
    /// Keys found where others can read them (admin)
    Exposed,
}

/// `keydeck revoke`.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("which").required(true).args(["ids", "filter"]))]
#[command(after_help = "Examples:
  keydeck revoke 01JQ8ZK3 01JQ8ZK9                                    after a review, on a terminal
  keydeck revoke --tab team --filter 'owner:ben' --dry-run            what would go
  keydeck revoke --tab team --filter 'used:never created:<2026-01-01' --max 500 --yes --json

Revoking is final. The key this command itself uses is left out unless --include-self asks for it; then it goes last.
^C stops sending: what was sent is reported, the rest is not sent.")]
pub struct Revoke {
    /// Ids, as keydeck list prints them
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    /// Every key that matches, in the console's filter language; - reads it from standard input
    #[arg(long, value_name = "QUERY", requires = "tab", conflicts_with = "ids", allow_hyphen_values = true)]
    pub filter: Option<String>,
    /// Which keys the filter looks at
    #[arg(long, value_enum, requires = "filter", conflicts_with = "ids")]
    pub tab: Option<RevokeTab>,
    /// Only say what would be revoked
    #[arg(long)]
    pub dry_run: bool,
    /// Without asking; needed where there is no terminal
    #[arg(long)]
    pub yes: bool,
    /// Refuse when there are more than this many keys [default with --filter: 100]
    #[arg(long, value_name = "N")]
    pub max: Option<usize>,
    /// Also the key this command itself uses, last
    #[arg(long)]
    pub include_self: bool,
    /// A note for the server's audit log
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// A tab whose keys can be revoked by filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RevokeTab {
    /// One's own API keys
    Mine,
    /// The team's API keys (admin)
    Team,
    /// Collection access keys
    Collections,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn each_has_examples(command: &clap::Command) {
        if command.has_subcommands() {
            command.get_subcommands().for_each(each_has_examples);
        } else {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Examples:"), "{}", command.get_name());
        }
    }

    #[test]
    fn the_command_line_is_consistent_and_each_command_has_examples() {
        let mut cli = Cli::command();
        cli.build();
        cli.clone().debug_assert();
        each_has_examples(&cli);
    }
}
