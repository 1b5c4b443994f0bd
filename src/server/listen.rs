//! Which addresses the server may listen on.

use std::net::SocketAddr;

use super::error::ServerError;

/// Refuses every address that other machines can reach unless TLS, here or at a proxy, protects the keys that requests
/// carry.
pub fn check_listen(addr: SocketAddr, protected: bool) -> Result<(), ServerError> {
    if protected || addr.ip().to_canonical().is_loopback() { Ok(()) } else { Err(ServerError::NotLoopback(addr)) }
}

#[cfg(test)]
mod tests {
    use super::*;

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
