//! Where the server may listen.

use std::net::SocketAddr;

use tokio::net::{TcpListener, UnixListener};

use super::error::ServerError;
use crate::config::Listen;

impl Listen {
    /// Refuses what does not protect the keys that requests carry, and for a socket what it cannot have.
    pub fn check(&self, tls: bool, proxy: bool) -> Result<(), ServerError> {
        match self {
            Self::Network(address) => check_listen(*address, tls || proxy),
            Self::Socket(_) => check_socket(tls, proxy),
        }
    }
}

/// Where connections come in.
#[derive(Debug)]
pub enum Listener {
    Network(TcpListener),
    Socket(UnixListener),
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Self {
        Self::Network(listener)
    }
}

impl From<UnixListener> for Listener {
    fn from(listener: UnixListener) -> Self {
        Self::Socket(listener)
    }
}

impl Listener {
    /// Refuses as [`Listen::check`] does.
    pub fn check(&self, tls: bool, proxy: bool) -> Result<(), ServerError> {
        match self {
            Self::Network(listener) => check_listen(listener.local_addr().map_err(ServerError::Serve)?, tls || proxy),
            Self::Socket(_) => check_socket(tls, proxy),
        }
    }
}

/// What goes over a socket leaves neither the machine nor the user, and comes from no address that could be a proxy's.
fn check_socket(tls: bool, proxy: bool) -> Result<(), ServerError> {
    match (tls, proxy) {
        (true, _) => Err(ServerError::NotOnASocket("TLS")),
        (_, true) => Err(ServerError::NotOnASocket("proxy")),
        (false, false) => Ok(()),
    }
}

/// Refuses every address that other machines can reach unless TLS, here or at a proxy, protects the keys that requests
/// carry.
fn check_listen(addr: SocketAddr, protected: bool) -> Result<(), ServerError> {
    if protected || addr.ip().to_canonical().is_loopback() { Ok(()) } else { Err(ServerError::NotLoopback(addr)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_has_neither_tls_nor_a_proxy() {
        let socket: Listen = "unix:/run/keydeck/socket".parse().unwrap();
        assert!(socket.check(false, false).is_ok());
        for (tls, proxy, told) in [(true, false, "TLS"), (false, true, "proxy"), (true, true, "TLS")] {
            let error = socket.check(tls, proxy).unwrap_err();
            assert!(error.to_string().contains(told), "{error}");
        }
    }

    #[test]
    fn only_loopback_is_taken_without_protection() {
        for (address, taken) in [
            ("127.0.0.1:7878", true),
            ("127.8.9.1:1", true),
            ("[::1]:7878", true),
            ("[::ffff:127.0.0.1]:7878", true),
            ("0.0.0.0:7878", false),
            ("[::]:7878", false),
            ("192.168.1.4:7878", false),
            ("[::ffff:10.0.0.1]:7878", false),
        ] {
            assert!(check_listen(address.parse().unwrap(), true).is_ok());
            let checked = check_listen(address.parse().unwrap(), false);
            assert_eq!(checked.is_ok(), taken, "{address}");
            if let Err(error) = checked {
                assert!(error.to_string().contains("not a loopback address"));
                assert!(error.hint().contains("127.0.0.1:"));
            }
        }
    }
}
