//! A receiver that takes the log over TLS, a batch a connection: neither syslog nor lines of JSON have a receipt of their
//! own, but who reads to the end and then closes TLS in order has read all of it.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls_platform_verifier::Verifier;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// Until there is a connection, and until TLS is agreed on.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a batch may take to be taken.
const TAKING: Duration = Duration::from_mins(1);
/// How much a receiver may say that has nothing to say, in bytes.
const MOST_SAID: usize = 64 * 1024;

/// Where the log goes.
pub struct Receiver {
    /// `HOST:PORT`, as it was named.
    address: String,
    name: ServerName<'static>,
    connector: TlsConnector,
    /// Whether the end of a connection is a receipt even where TLS was not closed in order.
    trust_close: bool,
}

/// Why a batch was not taken, or not known to be.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    #[error("TLS cannot be agreed on with it: {0}")]
    Tls(String),
    #[error("it did not take all in time")]
    Slow,
    #[error("the connection broke: {0}")]
    Broken(String),
    #[error(
        "it ended the connection without closing TLS in order, so that nobody knows what it took; where it always does, \
         pass --trust-close"
    )]
    NoReceipt,
}

impl Receiver {
    /// The receiver at `address`, `HOST:PORT`, whose certificate one of `authorities` may have signed, beside those that the
    /// system trusts. Asks nobody yet.
    ///
    /// # Errors
    /// Why there can be none, in words that go on from its name.
    pub fn new(
        address: &str,
        authorities: impl IntoIterator<Item = CertificateDer<'static>>,
        trust_close: bool,
    ) -> Result<Self, String> {
        let form = || "is no address: write HOST:PORT, as logs.acme.example:6514".to_owned();
        let (host, port) = address.rsplit_once(':').ok_or_else(form)?;
        port.parse::<u16>().ok().filter(|port| *port > 0).ok_or_else(form)?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let name = ServerName::try_from(host.to_owned()).map_err(|_| form())?;
        let provider = Arc::new(ring::default_provider());
        let verifier = Verifier::new_with_extra_roots(authorities, Arc::clone(&provider));
        let verifier = verifier.map_err(|error| format!("cannot be checked: {error}"))?;
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.map_err(|error| format!("cannot be spoken to: {error}"))?;
        // the verifier is the system's own, with those authorities beside
        let config = config.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth();
        Ok(Self { address: address.to_owned(), name, connector: TlsConnector::from(Arc::new(config)), trust_close })
    }

    /// Its address, as it was named.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Hands over a batch, and waits until the receiver has read all of it.
    ///
    /// # Errors
    /// When it is not known to have done so: it may have read some of it, or all.
    pub async fn take(&self, batch: &[u8]) -> Result<(), NotTaken> {
        let stream = timeout(CONNECT, TcpStream::connect(&self.address)).await;
        let stream = stream.map_err(|_| NotTaken::Unreachable("it does not answer".to_owned()))?;
        let stream = stream.map_err(|error| NotTaken::Unreachable(error.to_string()))?;
        let agreed = timeout(CONNECT, self.connector.connect(self.name.clone(), stream)).await;
        let agreed = agreed.map_err(|_| NotTaken::Tls("it does not answer".to_owned()))?;
        let mut stream = agreed.map_err(|error| NotTaken::Tls(error.to_string()))?;
        let taking = async {
            stream.write_all(batch).await?;
            // from here on nothing more comes: it reads what there is, and says so in turn
            stream.shutdown().await?;
            let (mut said, mut bytes) = (0, [0; 1024]);
            while said < MOST_SAID {
                match stream.read(&mut bytes).await? {
                    0 => return Ok(()),
                    more => said += more,
                }
            }
            Err(std::io::Error::other("it says what nobody asked for"))
        };
        match timeout(TAKING, taking).await {
            Err(_) => Err(NotTaken::Slow),
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) if error.kind() == ErrorKind::UnexpectedEof => {
                if self.trust_close {
                    Ok(())
                } else {
                    Err(NotTaken::NoReceipt)
                }
            }
            Ok(Err(error)) => Err(NotTaken::Broken(error.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port() {
        for address in ["logs.acme.example:6514", "10.0.0.7:6514", "[::1]:6514", "localhost:1"] {
            assert!(Receiver::new(address, [], false).is_ok(), "{address}");
        }
        for address in ["logs.acme.example", "logs:0", "logs:syslog", ":6514", "a b:1", "https://logs:1"] {
            let why = Receiver::new(address, [], false).err().expect(address);
            assert!(why.contains("HOST:PORT"), "{address}");
        }
    }
}
