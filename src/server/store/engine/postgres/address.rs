//! Where a database is, who asks, and how it is known to be that one: an address, completed by libpq's own variables and password
//! file, so that what works with `psql` works here.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use super::passfile;

/// Where servers put their socket unless told otherwise: Debian's and PostgreSQL's own place.
const SOCKETS: [&str; 2] = ["/var/run/postgresql", "/tmp"];
/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);
/// After how long without an answer a connection counts as lost.
const LOST: Duration = Duration::from_secs(15);

/// An address. Its password is in no output of it.
#[derive(Clone)]
pub struct Address {
    config: Config,
    encryption: Encryption,
    name: String,
}

/// How what is said to the database is kept from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Encryption {
    /// Not at all: on a socket, on this machine, or where somebody said so.
    None,
    /// By TLS with a server whose certificate vouches for its name: by those of this file, else by those of the system.
    Verified(Option<PathBuf>),
}

/// Why an address cannot be used, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct AddressError {
    /// Why.
    pub reason: String,
    /// What to do.
    pub hint: String,
}

impl AddressError {
    pub(super) fn new(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { reason: reason.into(), hint: hint.into() }
    }
}

/// What completes an address.
pub trait Surroundings {
    /// The environment's variable of this name; none where it is empty.
    fn variable(&self, name: &str) -> Option<String>;
    /// The text of the password file, unless others may read it.
    fn passfile(&self, path: &Path) -> Option<String>;
}

/// Those of this process.
pub struct Process;

impl Surroundings for Process {
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    fn passfile(&self, path: &Path) -> Option<String> {
        passfile::read(path)
    }
}

/// The parameters of an address that are libpq's and not the driver's.
#[derive(Default)]
struct Parameters {
    sslmode: Option<String>,
    sslrootcert: Option<PathBuf>,
    passfile: Option<PathBuf>,
}

impl Address {
    /// Reads `postgres://USER@HOST:PORT/DATABASE?PARAMETER=VALUE`, or `postgresql://…`.
    pub fn parse(url: &str, around: &dyn Surroundings) -> Result<Self, AddressError> {
        let (url, mut said) = take_parameters(url)?;
        let mut config: Config = url.parse().map_err(|error: tokio_postgres::Error| {
            // what the driver says of a broken address names its parts, never a value
            let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            AddressError::new(
                format!("the database address cannot be read: {cause}"),
                "write postgres://USER@HOST:PORT/DATABASE, with what is no letter or digit as %XX",
            )
        })?;
        said.sslmode = said.sslmode.or_else(|| around.variable("PGSSLMODE"));
        said.sslrootcert = said.sslrootcert.or_else(|| around.variable("PGSSLROOTCERT").map(PathBuf::from));
        said.passfile = said.passfile.or_else(|| around.variable("PGPASSFILE").map(PathBuf::from));
        complete(&mut config, around)?;
        let encryption = encryption(&config, &said)?;
        config.ssl_mode(if encryption == Encryption::None { SslMode::Disable } else { SslMode::Require });
        if config.get_password().is_none()
            && let Some(password) = password(&config, &said, around)
        {
            config.password(password);
        }
        let name = name(&config);
        Ok(Self { config, encryption, name })
    }

    /// How it is named to people: without the password.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    pub(super) fn encryption(&self) -> &Encryption {
        &self.encryption
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Address").field(&self.name).finish()
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        (&self.config, &self.encryption) == (&other.config, &other.encryption)
    }
}

impl Eq for Address {}

fn take_parameters(url: &str) -> Result<(String, Parameters), AddressError> {
    let mut taken = Parameters::default();
    let Some((before, parameters)) = url.split_once('?') else { return Ok((url.to_owned(), taken)) };
    let mut left = Vec::new();
    for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let value = || {
            let decoded = percent_encoding::percent_decode_str(value).decode_utf8();
            decoded.map(String::from).map_err(|_not_utf8| {
                AddressError::new(format!("the parameter {name} of the database address is no UTF-8"), "correct it")
            })
        };
        match name {
            "sslmode" => taken.sslmode = Some(value()?),
            "sslrootcert" => taken.sslrootcert = Some(value()?.into()),
            "passfile" => taken.passfile = Some(value()?.into()),
            "sslcert" | "sslkey" | "sslcrl" | "gssencmode" | "service" => {
                return Err(AddressError::new(
                    format!("the parameter {name} of the database address is not known here"),
                    "leave it out",
                ));
            }
            _ => left.push(parameter),
        }
    }
    let url = if left.is_empty() { before.to_owned() } else { format!("{before}?{}", left.join("&")) };
    Ok((url, taken))
}

/// What the address is silent about is what libpq's variables say, and else what libpq takes.
/// Source: PostgreSQL's manual, "Environment Variables" and "Parameter Key Words" of libpq.
fn complete(config: &mut Config, around: &dyn Surroundings) -> Result<(), AddressError> {
    let number = |name: &str| -> Result<Option<u16>, AddressError> {
        let Some(text) = around.variable(name) else { return Ok(None) };
        let wrong = |_| AddressError::new(format!("{name} is no number"), "correct it, or unset it");
        text.parse().map(Some).map_err(wrong)
    };
    if config.get_user().is_none() {
        let user = around.variable("PGUSER").or_else(|| around.variable("USER"));
        let user = user.or_else(|| around.variable("LOGNAME"));
        let nobody = || AddressError::new("the database address names no user", "write postgres://USER@HOST/DATABASE");
        config.user(user.ok_or_else(nobody)?);
    }
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        match around.variable("PGHOST") {
            Some(host) => drop(config.host(host)),
            None => match SOCKETS.iter().find(|folder| has_socket(folder, config.get_ports().first().copied())) {
                Some(folder) => drop(config.host_path(folder)),
                None => drop(config.host("localhost")),
            },
        }
    }
    if config.get_ports().is_empty()
        && let Some(port) = number("PGPORT")?
    {
        config.port(port);
    }
    if config.get_dbname().is_none()
        && let Some(name) = around.variable("PGDATABASE").or_else(|| config.get_user().map(str::to_owned))
    {
        config.dbname(name);
    }
    if config.get_application_name().is_none() {
        config.application_name("keydeck");
    }
    if config.get_connect_timeout().is_none() {
        let seconds = number("PGCONNECT_TIMEOUT")?.filter(|seconds| *seconds > 0);
        config.connect_timeout(seconds.map_or(CONNECT, |seconds| Duration::from_secs(seconds.into())));
    }
    if config.get_hosts().len() > 1 {
        // of several the one that takes writes
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
    }
    config.tcp_user_timeout(LOST).keepalives(true).keepalives_idle(LOST);
    Ok(())
}

fn has_socket(folder: &str, port: Option<u16>) -> bool {
    Path::new(folder).join(format!(".s.PGSQL.{}", port.unwrap_or(5432))).exists()
}

fn is_on_this_machine(config: &Config) -> bool {
    let tcp = |name: &str| {
        name == "localhost"
            || name.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    };
    let local = |host: &Host| match host {
        Host::Tcp(name) => tcp(name),
        Host::Unix(_) => true,
    };
    config.get_hosts().iter().all(local) && config.get_hostaddrs().iter().all(std::net::IpAddr::is_loopback)
}

/// Keys' hashes and the audit log cross no network in plain text unless somebody says so. What libpq calls `require` and
/// `verify-ca` asks for less than the name's own certificate, which nothing here does; `prefer` and `allow` leave it to whoever
/// listens.
fn encryption(config: &Config, said: &Parameters) -> Result<Encryption, AddressError> {
    match said.sslmode.as_deref() {
        None if is_on_this_machine(config) && said.sslrootcert.is_none() => Ok(Encryption::None),
        Some("disable") => Ok(Encryption::None),
        None | Some("require" | "verify-ca" | "verify-full") => {
            Ok(Encryption::Verified(said.sslrootcert.clone().filter(|file| file.as_os_str() != "system")))
        }
        Some("allow" | "prefer") if is_on_this_machine(config) => Ok(Encryption::None),
        Some(other) => Err(AddressError::new(
            format!("sslmode={other} leaves open whether the database is the right one"),
            "say sslmode=verify-full (with sslrootcert=FILE where the certificate is your own), or disable",
        )),
    }
}

fn password(config: &Config, said: &Parameters, around: &dyn Surroundings) -> Option<String> {
    if let Some(password) = around.variable("PGPASSWORD") {
        return Some(password);
    }
    let usual = || around.variable("HOME").map(|home| Path::new(&home).join(".pgpass"));
    let text = around.passfile(&said.passfile.clone().or_else(usual)?)?;
    let host = match config.get_hosts().first() {
        // a socket in the usual place counts as this machine's name. Source: PostgreSQL's manual, "The Password File"
        Some(Host::Unix(folder)) if SOCKETS.iter().any(|usual| folder == Path::new(usual)) => "localhost".to_owned(),
        Some(Host::Unix(folder)) => folder.display().to_string(),
        Some(Host::Tcp(name)) => name.clone(),
        None => config.get_hostaddrs().first()?.to_string(),
    };
    let port = config.get_ports().first().copied().unwrap_or(5432).to_string();
    let (database, user) = (config.get_dbname().unwrap_or_default(), config.get_user().unwrap_or_default());
    passfile::find(&text, [&host, &port, database, user])
}

fn name(config: &Config) -> String {
    let ports = config.get_ports();
    let host = |(at, host): (usize, &Host)| {
        let port = ports.get(at).or(ports.first()).copied().filter(|port| *port != 5432);
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        match host {
            Host::Tcp(name) => format!("{name}{port}"),
            Host::Unix(folder) => format!("{}{port}", folder.display()),
        }
    };
    let mut hosts: Vec<String> = config.get_hosts().iter().enumerate().map(host).collect();
    if hosts.is_empty() {
        hosts.extend(config.get_hostaddrs().iter().map(ToString::to_string));
    }
    format!("postgres://{}/{}", hosts.join(","), config.get_dbname().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[derive(Default)]
    struct Said {
        variables: HashMap<&'static str, &'static str>,
        passfile: Option<&'static str>,
    }

    impl Surroundings for Said {
        fn variable(&self, name: &str) -> Option<String> {
            self.variables.get(name).map(|value| (*value).to_owned())
        }

        fn passfile(&self, path: &Path) -> Option<String> {
            self.passfile.filter(|_| path == Path::new("/home/ana/.pgpass")).map(str::to_owned)
        }
    }

    fn said(variables: &[(&'static str, &'static str)]) -> Said {
        let usual = [("HOME", "/home/ana"), ("USER", "ana")];
        Said { variables: usual.into_iter().chain(variables.iter().copied()).collect(), passfile: None }
    }

    fn parsed(url: &str, around: &Said) -> Address {
        Address::parse(url, around).unwrap_or_else(|error| panic!("{url}: {error}"))
    }

    #[test]
    fn what_an_address_is_silent_about_libpqs_variables_say() {
        let around = said(&[("PGHOST", "db.example"), ("PGPORT", "5433"), ("PGUSER", "kd"), ("PGDATABASE", "keys")]);
        let address = parsed("postgres://", &around);
        assert_eq!(address.name(), "postgres://db.example:5433/keys");
        assert_eq!(address.config.get_user(), Some("kd"));
        let address = parsed("postgresql://ben@other.example:6000/mine", &around);
        assert_eq!((address.name(), address.config.get_user()), ("postgres://other.example:6000/mine", Some("ben")));
        let address = parsed("postgres://db.example", &said(&[]));
        assert_eq!(address.name(), "postgres://db.example/ana", "as libpq: the user's own");
    }

    #[test]
    fn who_listens_has_to_prove_itself_unless_it_is_this_machine_or_somebody_said_no() {
        let verified = |file: Option<&str>| Encryption::Verified(file.map(PathBuf::from));
        for (url, expected) in [
            ("postgres://db.example/k", Ok(verified(None))),
            ("postgres://db.example/k?sslmode=require", Ok(verified(None))),
            ("postgres://db.example/k?sslmode=verify-full&sslrootcert=/etc/ca.pem", Ok(verified(Some("/etc/ca.pem")))),
            ("postgres://db.example/k?sslrootcert=system", Ok(verified(None))),
            ("postgres://db.example/k?sslmode=disable", Ok(Encryption::None)),
            ("postgres://db.example/k?sslmode=prefer", Err(())),
            ("postgres://db.example/k?sslmode=sometimes", Err(())),
            ("postgres://db.example/k?sslcert=/a.pem", Err(())),
            ("postgres://localhost/k", Ok(Encryption::None)),
            ("postgres://127.0.0.1/k?sslmode=prefer", Ok(Encryption::None)),
            ("postgres://[::1]/k", Ok(Encryption::None)),
            ("postgres://%2Fvar%2Frun%2Fpostgresql/k", Ok(Encryption::None)),
            ("postgres:///k?host=/run/other", Ok(Encryption::None)),
            ("postgres://localhost,db.example/k", Ok(verified(None))),
            ("postgres://localhost/k?sslmode=verify-full", Ok(verified(None))),
        ] {
            let found = Address::parse(url, &said(&[])).map(|address| address.encryption).map_err(drop);
            assert_eq!(found, expected, "{url}");
        }
        let address = parsed("postgres://db.example/k", &said(&[("PGSSLMODE", "disable")]));
        assert_eq!(address.encryption, Encryption::None);
    }

    #[test]
    fn a_password_comes_from_where_libpq_takes_it_and_is_in_no_output() {
        let password = |url: &str, around: &Said| {
            let address = parsed(url, around);
            let shown = format!("{address:?} {}", address.name());
            let password = address.config.get_password().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            assert!(password.as_deref().is_none_or(|password| !shown.contains(password)), "{shown}");
            password
        };
        let mut around = said(&[]);
        assert_eq!(password("postgres://ana@db.example/k", &around), None);
        around.passfile = Some("db.example:5432:k:ana:from the file\n");
        assert_eq!(password("postgres://ana@db.example/k", &around).as_deref(), Some("from the file"));
        assert_eq!(password("postgres://ben@db.example/k", &around), None);
        around.passfile = Some("localhost:*:*:*:of a socket\n");
        assert_eq!(password("postgres:///k?host=/var/run/postgresql", &around).as_deref(), Some("of a socket"));
        around.variables.insert("PGPASSWORD", "of a variable");
        assert_eq!(password("postgres://ana@db.example/k", &around).as_deref(), Some("of a variable"));
        assert_eq!(password("postgres://ana:in%20it@db.example/k", &around).as_deref(), Some("in it"));
    }

    #[test]
    fn a_broken_address_is_said_without_what_it_holds() {
        for url in ["postgres://ana:hunter2@db.example:port/k", "postgres://ana:hunter2@db.example/k?sslmode=%FF"] {
            let error = Address::parse(url, &said(&[])).unwrap_err();
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
    }
}
