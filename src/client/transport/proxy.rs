//! The proxy that the environment names. Only https is ever sent through one: plain http stays on this machine.

use std::ffi::OsString;

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Url;

use super::address::address_of;
use crate::domain::secret::Secret;

/// Which variables name a proxy; the first that is set and not empty counts.
const PROXY: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
/// Which variables name hosts that are reached without one; the first that is set counts.
const WITHOUT: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// How a server is reached.
#[derive(Debug)]
pub(super) enum Route {
    /// The environment says nothing; the system may.
    Unsaid,
    Direct,
    Through(Proxy),
}

/// A proxy, and who named it.
#[derive(Debug)]
pub(super) struct Proxy {
    pub(super) variable: &'static str,
    /// Its address with user and password.
    pub(super) url: Secret,
    /// Scheme, host and port.
    address: String,
}

impl Proxy {
    /// What is told when no connection came about through it, for the `cause` that was given.
    pub(super) fn refused(&self, cause: &str) -> String {
        let why = match cause {
            "tunnel error: proxy authorization required" => "it asks for a user and a password, or refuses them",
            "tunnel error: unsuccessful" => "it refuses to connect to the server",
            "tunnel error: unexpected end of file" => "it hung up",
            other => other,
        };
        format!("no connection through the proxy {} of {}: {why}", self.address, self.variable)
    }
}

/// A variable that names no proxy that could be used.
#[derive(Debug)]
pub(super) struct Unusable {
    pub(super) variable: &'static str,
    /// Why; nothing of what it holds.
    pub(super) why: &'static str,
}

/// How `server` is reached, as the variables say that `read` reads.
pub(super) fn route(server: &Url, read: impl Fn(&str) -> Option<OsString>) -> Result<Route, Unusable> {
    let said = PROXY.into_iter().find_map(|name| Some((name, read(name).filter(|value| !value.is_empty())?)));
    let Some((variable, value)) = said else { return Ok(Route::Unsaid) };
    let without = WITHOUT.into_iter().find_map(read).unwrap_or_default();
    if is_without(server, &without.to_string_lossy()) {
        return Ok(Route::Direct);
    }
    let refuse = |why| Err(Unusable { variable, why });
    let Ok(value) = value.into_string() else { return refuse(NO_ADDRESS) };
    let value = Secret::new(value);
    let whole = match value.expose().trim() {
        whole if whole.contains("://") => Secret::new(whole.to_owned()),
        // as everybody else reads it
        bare => Secret::new(format!("http://{bare}")),
    };
    let Ok(url) = Url::parse(whole.expose()) else { return refuse(NO_ADDRESS) };
    if url.scheme().starts_with("socks") {
        return refuse("a SOCKS proxy cannot be used: name one that is asked over http:// or https://, or unset it");
    }
    match address_of(&url) {
        Some(address) => Ok(Route::Through(Proxy { variable, url: whole, address })),
        None => refuse(NO_ADDRESS),
    }
}

const NO_ADDRESS: &str = "it is no address of a proxy: write it as http://proxy.example:3128, or unset it";

/// Whether `list` names the server's host.
fn is_without(server: &Url, list: &str) -> bool {
    if list.split(',').any(|entry| entry.trim() == "*") {
        return true;
    }
    let Ok(server) = server.as_str().parse() else { return false };
    let all = Matcher::builder().all("http://proxy.invalid").no(list).build();
    all.intercept(&server).is_none()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn told(server: &str, variables: &[(&str, &str)]) -> Result<Route, Unusable> {
        let read = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
        route(&Url::parse(server).unwrap(), read)
    }

    const SERVER: &str = "https://keys.team.example/base";

    #[rstest]
    #[case(&[("HTTPS_PROXY", "http://proxy.example:3128")], "http://proxy.example:3128", "HTTPS_PROXY")]
    #[case(&[("https_proxy", "proxy.example:3128")], "http://proxy.example:3128", "https_proxy")]
    #[case(&[("HTTPS_PROXY", ""), ("ALL_PROXY", " https://proxy.example/ ")], "https://proxy.example", "ALL_PROXY")]
    #[case(&[("all_proxy", "http://ana:hunter2@proxy.example:8")], "http://proxy.example:8", "all_proxy")]
    #[case(&[("HTTPS_PROXY", "http://[::1]:8"), ("NO_PROXY", "other.example")], "http://[::1]:8", "HTTPS_PROXY")]
    fn a_proxy_is_found(#[case] variables: &[(&str, &str)], #[case] address: &str, #[case] variable: &str) {
        let Ok(Route::Through(proxy)) = told(SERVER, variables) else { panic!("{variables:?}") };
        assert_eq!((proxy.address.as_str(), proxy.variable), (address, variable));
        assert!(!format!("{proxy:?} {}", proxy.refused("x")).contains("hunter2"));
    }

    #[test]
    fn a_host_without_a_proxy_is_reached_directly_even_if_the_proxy_is_none() {
        for (server, without) in [
            (SERVER, "*"),
            (SERVER, "a.example, *"),
            (SERVER, "keys.team.example"),
            (SERVER, "a.example, .team.example"),
            (SERVER, "team.example"),
            ("https://192.0.2.7", "*"),
            ("https://[2001:db8::1]", "*"),
            ("https://192.0.2.7", "192.0.2.0/24"),
        ] {
            for proxy in ["http://proxy.example", "no address at all"] {
                let route = told(server, &[("HTTPS_PROXY", proxy), ("NO_PROXY", without)]);
                assert!(matches!(route, Ok(Route::Direct)), "{server} {without} {route:?}");
            }
        }
        for (server, without) in [(SERVER, ""), (SERVER, "myteam.example"), ("https://192.0.2.7", "192.0.3.0/24")] {
            let route = told(server, &[("HTTPS_PROXY", "http://proxy.example"), ("no_proxy", without)]);
            assert!(matches!(route, Ok(Route::Through(_))), "{server} {without} {route:?}");
        }
    }

    #[test]
    fn what_is_no_proxy_is_refused_by_its_variable_and_not_repeated() {
        for value in [
            "hunter2 hunter2",
            "http://",
            "http://p:hunter2",
            "http://p:99999",
            "ftp://hunter2",
            "socks5://u:hunter2@p:1",
        ] {
            let unusable = told(SERVER, &[("ALL_PROXY", value)]).unwrap_err();
            assert_eq!(unusable.variable, "ALL_PROXY", "{value}");
            assert!(!unusable.why.contains("hunter2"));
        }
        assert!(matches!(told(SERVER, &[("HTTP_PROXY", "no address")]), Ok(Route::Unsaid)));
    }
}
