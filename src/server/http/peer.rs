//! Where a request comes from: the other end of the connection, or what the one proxy that is believed says.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName};

use crate::server::source::Source;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The other end of a connection.
#[derive(Clone, Copy, Debug)]
pub enum Peer {
    Address(SocketAddr),
    /// Over the Unix socket.
    Socket,
}

/// Where a request comes from, as a request's extension.
#[derive(Clone, Copy, Debug)]
pub struct From(pub Source);

/// Where a request from `peer` comes from. Of X-Forwarded-For only the last address counts, which the proxy itself has
/// added; those before it are what the sender claims. Over a socket it is never believed.
pub fn source(proxy: Option<IpAddr>, peer: Peer, headers: &HeaderMap) -> Source {
    let Peer::Address(peer) = peer else { return Source::Socket };
    let peer = peer.ip().to_canonical();
    if proxy.is_none_or(|proxy| proxy.to_canonical() != peer) {
        return Source::Address(peer);
    }
    let told = headers.get_all(FORWARDED_FOR).iter().next_back().and_then(|value| value.to_str().ok());
    let last = told.and_then(|told| told.rsplit(',').next()).and_then(|last| address(last.trim()));
    Source::Address(last.unwrap_or(peer).to_canonical())
}

/// Reads an address with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(proxy: Option<&str>, peer: &str, headers: &[&str]) -> String {
        let headers: HeaderMap = headers.iter().map(|value| (FORWARDED_FOR, value.parse().unwrap())).collect();
        let peer = peer.parse().map_or(Peer::Socket, |ip| Peer::Address(SocketAddr::new(ip, 1)));
        source(proxy.map(|proxy| proxy.parse().unwrap()), peer, &headers).to_string()
    }

    #[test]
    fn only_the_proxy_is_believed_and_only_its_own_word() {
        assert_eq!(from(None, "127.0.0.1", &["203.0.113.9"]), "127.0.0.1");
        assert_eq!(from(Some("192.0.2.1"), "127.0.0.1", &["203.0.113.9"]), "127.0.0.1");
        assert_eq!(from(Some("127.0.0.1"), "127.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(from(Some("127.0.0.1"), "::ffff:127.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(from(Some("127.0.0.1"), "127.0.0.1", &["198.51.100.1, 203.0.113.9"]), "203.0.113.9");
        assert_eq!(from(Some("127.0.0.1"), "127.0.0.1", &["203.0.113.9", "198.51.100.1"]), "198.51.100.1");
        assert_eq!(from(Some("::1"), "::1", &["203.0.113.9:4711"]), "203.0.113.9");
        assert_eq!(from(Some("::1"), "::1", &["[2001:db8::7]:4711"]), "2001:db8::7");
        assert_eq!(from(Some("::1"), "::1", &["[2001:db8::7]"]), "2001:db8::7");
        for nonsense in ["", "unknown", "1.2.3", "203.0.113.9, _hidden"] {
            assert_eq!(from(Some("127.0.0.1"), "127.0.0.1", &[nonsense]), "127.0.0.1", "{nonsense}");
        }
        assert_eq!(from(Some("127.0.0.1"), "127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(from(Some("127.0.0.1"), "the socket", &["203.0.113.9"]), "unix");
    }
}
