//! The profile's server: whether it is reached, believes the key, and what time it has.

use std::path::Path;

use super::Check;
use crate::cli::keeper::Keeper;
use crate::client::error::{ErrorKind, ServiceError};
use crate::client::{self, ServerClock};
use crate::config::{Chosen, Config, Environment, Paths, Session};
use crate::domain::untrusted::visible;

/// Which variables name a proxy.
const PROXIES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
/// What the lines are called.
const PROFILE: &str = "profile";
const CREDENTIAL: &str = "credential";
const PROXY: &str = "proxy";
const TLS: &str = "TLS";
const SERVER: &str = "server";
const CLOCK: &str = "clock";

/// All that can be told without changing anything. Nobody is asked for a key.
pub(super) async fn look(paths: &Paths, profile: Option<&str>, config: Option<&Path>) -> Vec<Check> {
    // what is wrong with the file is told by another line
    let Ok(config) = Config::load(config, &paths.config_file()) else {
        return vec![Check::skipped(PROFILE, "config.toml is not understood")];
    };
    let chosen = Environment::of_process().and_then(|variables| Chosen::of(&config, profile, &variables));
    let named = match chosen {
        Err(error) => return vec![Check::wrong(PROFILE, error.to_string(), error.hint())],
        Ok(Chosen::Profile(name)) => name,
        Ok(Chosen::Variables(..)) => "that of KEYDECK_URL and KEYDECK_API_KEY".to_owned(),
    };
    let mut checks = vec![Check::fine(PROFILE, visible(&named))];
    let environment = match Environment::of_process() {
        Ok(environment) => environment,
        Err(error) => return vec![Check::wrong(PROFILE, error.to_string(), error.hint())],
    };
    let session = match Session::choose(&config, profile, environment, &Keeper::silent(paths)).await {
        Ok(session) => session,
        Err(error) => {
            checks.push(Check::wrong(CREDENTIAL, error.to_string(), error.hint()));
            checks.push(Check::skipped(SERVER, "not asked: there is no key to ask with"));
            return checks;
        }
    };
    checks.push(Check::fine(CREDENTIAL, "there, and of the form of a key"));
    let service = match client::open(&session) {
        Ok(service) => service,
        Err(error) => {
            checks.push(Check::wrong(SERVER, error.to_string(), error.hint()));
            return checks;
        }
    };
    let answer = service.me().await;
    let error = answer.as_ref().err();
    checks.push(proxy(&session, error));
    checks.push(tls(&session, error));
    checks.push(match &answer {
        Ok(me) => Check::fine(
            SERVER,
            format!("{} answers: {} · {} · {}", service.address(), me.name.marked(), me.role(), me.team.marked()),
        ),
        Err(error) => Check::wrong(SERVER, error.to_string(), error.hint()),
    });
    checks.push(clock(service.clock(), error));
    checks
}

fn proxy(session: &Session, error: Option<&ServiceError>) -> Check {
    let set = PROXIES.into_iter().find(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    if let Some(error) = error.filter(|error| error.kind == ErrorKind::Proxy) {
        return Check::wrong(PROXY, error.to_string(), error.hint());
    }
    match set {
        // it may hold a user and a password
        Some(name) if is_secured(session) => Check::fine(PROXY, format!("as {name} and NO_PROXY say")),
        Some(name) => Check::fine(PROXY, format!("{name} is set, and not used on this machine")),
        None => Check::fine(PROXY, "none"),
    }
}

fn tls(session: &Session, error: Option<&ServiceError>) -> Check {
    if !is_secured(session) {
        return Check::fine(TLS, "not used: the server is on this machine");
    }
    let own = match session.authorities.len() {
        0 => String::new(),
        1 => ", and one of ca_file".to_owned(),
        more => format!(", and {more} of ca_file"),
    };
    let certificate = [ErrorKind::CertificateTime, ErrorKind::UntrustedCertificate, ErrorKind::UnfitCertificate];
    let not_reached = [ErrorKind::Unreachable, ErrorKind::Proxy, ErrorKind::Stranger];
    match error {
        Some(error) if certificate.contains(&error.kind) => Check::wrong(TLS, error.to_string(), error.hint()),
        Some(error) if not_reached.contains(&error.kind) => {
            Check::skipped(TLS, format!("the system's authorities are trusted{own}; the server was not reached"))
        }
        _ => Check::fine(TLS, format!("the certificate is good: the system's authorities are trusted{own}")),
    }
}

fn clock(clock: &ServerClock, error: Option<&ServiceError>) -> Check {
    match (clock.present().off_words(), error) {
        (Some(words), _) => Check::warning(
            CLOCK,
            format!("this machine's clock is {words}: times are by the server's"),
            "set this machine's clock: timedatectl set-ntp true",
        ),
        (None, Some(error)) if error.status.is_none() => Check::skipped(CLOCK, "the server told no time"),
        (None, _) => Check::fine(CLOCK, "as the server's"),
    }
}

fn is_secured(session: &Session) -> bool {
    session.base_url.trim_start().to_lowercase().starts_with("https://")
}
