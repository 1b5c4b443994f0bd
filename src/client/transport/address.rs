//! A profile's address: checked once, then only ever extended by encoded path segments and query pairs.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;

use crate::client::error::ServiceError;
pub(super) use crate::domain::web_address::origin as address_of;
use crate::domain::web_address::{NO_ADDRESS, NO_SCHEME, is_plain, is_this_machine};
use crate::system::socket::SocketPath;

/// All but RFC 3986's unreserved characters: an id is opaque and may hold `/`, `=` or `%`.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What requests over a socket call the host; no name is looked up for it.
const SOCKET_HOST: &str = "http://localhost";

/// Where requests go: scheme, host, port, and perhaps a path that stands before every endpoint's; or a Unix socket.
#[derive(Clone, Debug)]
pub(super) struct BaseUrl {
    url: Url,
    address: String,
    socket: Option<SocketPath>,
}

impl BaseUrl {
    /// Checks `text`. It is https, or http to this machine itself, with no user, no password, no query and no
    /// fragment; or `unix:PATH`. The errors never repeat a part that may hold a secret.
    pub(super) fn parse(text: &str) -> Result<Self, ServiceError> {
        let refuse = |address: &str, why: &str| Err(ServiceError::unusable_address(address, why));
        let socket = match SocketPath::parse(text.trim()).transpose() {
            Ok(socket) => socket,
            Err(why) => return refuse("", &why),
        };
        let text = if socket.is_some() { SOCKET_HOST } else { text };
        let Ok(url) = Url::parse(text.trim()) else {
            return refuse("", NO_ADDRESS);
        };
        let Some(address) = address_of(&url) else {
            return refuse("", NO_SCHEME);
        };
        if !url.username().is_empty() || url.password().is_some() {
            return refuse(&address, "holds a user or a password: a credential belongs into the profile's credential");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refuse(&address, "holds a query or a fragment: leave out all from ? or # on");
        }
        let address = socket.as_ref().map_or(address, ToString::to_string);
        let base = Self { url, address, socket };
        if base.is_plain() && !base.is_loopback() {
            let why = "is plain http, which would show the key to everyone on the way: use https";
            let https = base.address.replacen("http://", "https://", 1);
            let advice = Some(format!("write it as {https}"));
            return Err(ServiceError { advice, ..ServiceError::unusable_address(&base.address, why) });
        }
        Ok(base)
    }

    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    /// Scheme, host and, where it is not the scheme's own, port; or `unix:` and the socket's path.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// The Unix socket that requests go over.
    pub(super) fn socket(&self) -> Option<&SocketPath> {
        self.socket.as_ref()
    }

    /// Whether requests travel unencrypted.
    pub(super) fn is_plain(&self) -> bool {
        is_plain(&self.url)
    }

    /// Whether the host is this machine: a loopback address, or `localhost`.
    pub(super) fn is_loopback(&self) -> bool {
        is_this_machine(&self.url)
    }

    /// The URL of `path` (which begins with a slash), of the thing named `id` under it where there is one, with `query`.
    /// None when `id` cannot be a path segment: empty, or one that means a step up or nothing.
    pub(super) fn endpoint(&self, path: &str, id: Option<&str>, query: &[(&str, &str)]) -> Option<Url> {
        if id.is_some_and(|id| matches!(id, "" | "." | "..")) {
            return None;
        }
        let mut whole = format!("{}{path}", self.url.path().trim_end_matches('/'));
        if let Some(id) = id {
            whole.push('/');
            whole.extend(utf8_percent_encode(id, SEGMENT));
        }
        let mut url = self.url.clone();
        url.set_path(&whole);
        if !query.is_empty() {
            // not as forms do, where a space is a plus: who does not read forms takes that for a plus
            let encoded = |text| utf8_percent_encode(text, SEGMENT);
            let pairs: Vec<String> = query.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
            url.set_query(Some(&pairs.join("&")));
        }
        Some(url)
    }

    /// Where a redirect points, as scheme, host and port; nothing else of it is worth repeating. `asked` is the URL
    /// that answered it.
    pub(super) fn redirect_target(asked: &Url, location: &str) -> Option<String> {
        address_of(&asked.join(location).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::error::ErrorKind;

    #[test]
    fn safe_addresses_are_taken() {
        for (text, address) in [
            ("https://keys.team.example", "https://keys.team.example"),
            (" https://keys.team.example:8443/base/ ", "https://keys.team.example:8443"),
            ("http://127.0.0.1:7878", "http://127.0.0.1:7878"),
            ("http://127.1.2.3", "http://127.1.2.3"),
            ("http://[::1]:7878/", "http://[::1]:7878"),
            ("http://LOCALHOST:1", "http://localhost:1"),
            (" unix:/run/keydeck/socket ", "unix:/run/keydeck/socket"),
            ("unix:///run/keydeck/socket", "unix:/run/keydeck/socket"),
        ] {
            assert_eq!(BaseUrl::parse(text).unwrap().address(), address);
        }
    }

    #[test]
    fn unsafe_addresses_are_refused_without_repeating_a_secret() {
        for text in [
            "",
            "keys.team.example",
            "127.0.0.1:7878",
            "ftp://keys.team.example",
            "file:///etc/hunter2",
            "https://hunter2@keys.team.example",
            "https://alice:hunter2@keys.team.example",
            "https://keys.team.example?key=hunter2",
            "https://keys.team.example#hunter2",
            "http://keys.team.example",
            "http://10.0.0.1",
            "http://localhost.keys.team.example",
            "http://127.0.0.1.keys.team.example",
            "http://[::2]",
            "unix:socket",
            "unix:/run/hunter2/",
        ] {
            let error = BaseUrl::parse(text).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Configuration, "{text}");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn over_a_socket_paths_are_the_same() {
        let base = BaseUrl::parse("unix:/run/keydeck/socket").unwrap();
        assert_eq!(base.endpoint("/me", None, &[]).unwrap().as_str(), "http://localhost/me");
        assert!(base.socket().is_some() && BaseUrl::parse("http://127.0.0.1").unwrap().socket().is_none());
    }

    #[test]
    fn an_id_stays_one_segment() {
        let base = BaseUrl::parse("https://keys.team.example/base/").unwrap();
        for (id, path) in [
            ("abc-1_2.~", "/base/api-keys/abc-1_2.~"),
            ("YWJj/+==", "/base/api-keys/YWJj%2F%2B%3D%3D"),
            ("../users", "/base/api-keys/..%2Fusers"),
            ("%2e%2e", "/base/api-keys/%252e%252e"),
            ("a?b#c\\d\ne", "/base/api-keys/a%3Fb%23c%5Cd%0Ae"),
        ] {
            assert_eq!(base.endpoint("/api-keys", Some(id), &[]).unwrap().path(), path);
        }
        for id in ["", ".", ".."] {
            assert!(base.endpoint("/api-keys", Some(id), &[]).is_none());
        }
    }

    #[test]
    fn a_query_is_encoded() {
        let base = BaseUrl::parse("https://keys.team.example").unwrap();
        let url = base.endpoint("/api-keys", None, &[("cursor", "a+b=&c")]).unwrap();
        assert_eq!(url.as_str(), "https://keys.team.example/api-keys?cursor=a%2Bb%3D%26c");
    }

    #[test]
    fn of_a_redirect_only_the_host_is_told() {
        let asked = Url::parse("https://keys.team.example/me").unwrap();
        for (location, told) in [
            ("https://alice:hunter2@evil.example:444/x?y", Some("https://evil.example:444")),
            ("/login", Some("https://keys.team.example")),
            ("//evil.example/", Some("https://evil.example")),
            ("javascript:alert(1)", None),
        ] {
            assert_eq!(BaseUrl::redirect_target(&asked, location).as_deref(), told);
        }
    }
}
