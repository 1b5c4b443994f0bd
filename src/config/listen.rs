//! How the place where a server listens is written.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::str::FromStr;

use crate::system::socket::SocketPath;

/// Where to listen: `ADDRESS:PORT` or `unix:PATH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    Network(SocketAddr),
    Socket(SocketPath),
}

impl Default for Listen {
    /// 127.0.0.1:7878.
    fn default() -> Self {
        Self::Network((Ipv4Addr::LOCALHOST, 7878).into())
    }
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match SocketPath::parse(text) {
            Some(Ok(path)) => Ok(Self::Socket(path)),
            Some(Err(why)) => Err(format!("it {why}")),
            None => text.parse().map(Self::Network).map_err(|_| "write ADDRESS:PORT or unix:PATH".to_owned()),
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(address) => address.fmt(f),
            Self::Socket(path) => path.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_or_a_socket_is_understood() {
        for text in ["127.0.0.1:7878", "[::1]:1", "unix:/run/keydeck/socket"] {
            assert_eq!(text.parse::<Listen>().unwrap().to_string(), text);
        }
        for (text, told) in [("7878", "unix:PATH"), ("localhost:1", "ADDRESS:PORT"), ("unix:socket", "begin it with")] {
            assert!(text.parse::<Listen>().unwrap_err().contains(told), "{text}");
        }
    }
}
