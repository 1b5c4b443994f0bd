//! Addresses that keydeck itself asks something of: https, or plain http where that does not leave this machine.

use std::fmt;
use std::net::IpAddr;

use url::Url;

/// Why an address is not asked, in words that go on from its name.
pub const NO_ADDRESS: &str = "is no address: write it as https://keys.team.example";
/// See [`NO_ADDRESS`].
pub const NO_SCHEME: &str = "has to begin https:// (or, for this machine itself, http:// or unix:/)";
/// See [`NO_ADDRESS`].
pub const PLAIN: &str = "is plain http, which would show what is sent to everyone on the way: use https";

/// An address whose errors and `Debug` tell no more than scheme, host and port: the rest may be a secret, as that of a
/// webhook is.
#[derive(Clone, PartialEq, Eq)]
pub struct WebAddress(Url);

impl WebAddress {
    /// Reads an address that is https, or http to this machine itself, without a user, a password and a fragment.
    ///
    /// # Errors
    /// Why it is none that is asked; nothing of it is repeated.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let url = Url::parse(text.trim()).map_err(|_| NO_ADDRESS)?;
        if origin(&url).is_none() {
            return Err(NO_SCHEME);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("holds a user or a password, which have no place in an address");
        }
        if url.fragment().is_some() {
            return Err("holds a fragment: leave out all from # on");
        }
        if is_plain(&url) && !is_this_machine(&url) {
            return Err(PLAIN);
        }
        Ok(Self(url))
    }

    /// The whole address.
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// Scheme, host and, where it is not the scheme's own, port.
    pub fn origin(&self) -> String {
        origin(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for WebAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebAddress({})", self.origin())
    }
}

/// Scheme, host and, where it is not the scheme's own, port of a web address; none for any other.
pub fn origin(url: &Url) -> Option<String> {
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}://{}{port}", url.scheme(), url.host_str()?))
}

/// The host that `text`, an address as a person wrote it, names, in lower case.
pub fn host(text: &str) -> Option<String> {
    Url::parse(text.trim()).ok()?.host_str().map(str::to_ascii_lowercase)
}

/// Whether what is sent there travels unencrypted.
pub fn is_plain(url: &Url) -> bool {
    url.scheme() == "http"
}

/// Whether the host is this machine: a loopback address, or `localhost`.
pub fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_and_this_machine_itself_are_asked() {
        for (text, told) in [
            ("https://api.github.example/meta/public_keys/secret_scanning", "https://api.github.example"),
            (" https://hooks.example:8443/a?b=hunter2 ", "https://hooks.example:8443"),
            ("http://127.0.0.1:7878/x", "http://127.0.0.1:7878"),
            ("http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]"),
            ("http://localhost:1", "http://localhost:1"),
        ] {
            let address = WebAddress::parse(text).unwrap();
            assert_eq!(address.origin(), told);
            assert!(!format!("{address:?}").contains("hunter2"));
        }
        for text in [
            "",
            "hooks.example",
            "ftp://hooks.example",
            "unix:/run/socket",
            "http://hooks.example/",
            "http://10.0.0.1/",
            "http://127.0.0.1.hooks.example/",
            "https://ana@hooks.example/",
            "https://ana:hunter2@hooks.example/",
            "https://hooks.example/#hunter2",
        ] {
            let why = WebAddress::parse(text).unwrap_err();
            assert!(!why.contains("hunter2"), "{why}");
        }
    }
}
