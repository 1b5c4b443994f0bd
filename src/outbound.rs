//! The way out: the few addresses that the server itself asks, named by its own configuration and by nothing that a request
//! brings. Within limits of time and size, and never following a redirect.

use std::sync::Once;
use std::time::Duration;

use reqwest::header::{HeaderValue, USER_AGENT};
use reqwest::{Client, Response};
use tokio::sync::OnceCell;

use crate::domain::web_address::{WebAddress, is_plain, is_this_machine};

/// Until there is a connection, TLS included.
const CONNECT: Duration = Duration::from_secs(5);
/// From the first byte sent to the last received.
const TOTAL: Duration = Duration::from_secs(15);
/// The most that is read of an answer, in bytes.
const MOST_BYTES: usize = 256 * 1024;
const AGENT: &str = concat!("keydeck/", env!("CARGO_PKG_VERSION"));

/// Why nothing usable came back. Nothing of the address but its origin is told.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    /// The client cannot be made: the system's certificates cannot be read.
    #[error("no connection can be made: {0}")]
    Client(String),
    /// Nothing came back, or not all.
    #[error("{origin} gave no answer: {why}")]
    Unreachable { origin: String, why: String },
    /// Another status than one of success; a redirect is one.
    #[error("{origin} answered {status}")]
    Refused {
        origin: String,
        /// The HTTP status.
        status: u16,
    },
    /// More came back than is read.
    #[error("{origin} answered more than {MOST_BYTES} bytes")]
    TooLarge { origin: String },
}

/// One address that is asked.
#[derive(Debug)]
pub struct Outbound {
    address: WebAddress,
    client: OnceCell<Client>,
}

impl Outbound {
    /// The way to `address`. Asks nobody yet.
    pub fn new(address: WebAddress) -> Self {
        Self { address, client: OnceCell::new() }
    }

    /// Where it leads.
    pub fn address(&self) -> &WebAddress {
        &self.address
    }

    /// What stands there.
    ///
    /// # Errors
    /// When nothing usable came back in time.
    pub async fn get(&self) -> Result<Vec<u8>, OutboundError> {
        let asked = self.client().await?.get(self.address.url().clone());
        let response = asked.send().await.map_err(|error| self.unreachable(&error))?;
        self.body(response).await
    }

    /// Posts `body` there, and answers what came back.
    ///
    /// # Errors
    /// When it was not taken, or nothing came back in time.
    pub async fn post(&self, body: Vec<u8>, headers: &[(&'static str, String)]) -> Result<Vec<u8>, OutboundError> {
        let mut asked = self.client().await?.post(self.address.url().clone()).body(body);
        for (name, value) in headers {
            asked = asked.header(*name, value.as_str());
        }
        let response = asked.send().await.map_err(|error| self.unreachable(&error))?;
        self.body(response).await
    }

    async fn client(&self) -> Result<&Client, OutboundError> {
        let url = self.address.url();
        let (plain, here) = (is_plain(url), is_this_machine(url));
        self.client
            .get_or_try_init(|| async move {
                // reads the system's certificates, which takes milliseconds
                let made = tokio::task::spawn_blocking(move || client(plain, here)).await;
                made.map_err(|error| OutboundError::Client(error.to_string()))?
                    .map_err(|error| OutboundError::Client(cause(&error)))
            })
            .await
    }

    /// The body of an answer of success, within the bound.
    async fn body(&self, mut response: Response) -> Result<Vec<u8>, OutboundError> {
        let origin = || self.address.origin();
        if !response.status().is_success() {
            return Err(OutboundError::Refused { origin: origin(), status: response.status().as_u16() });
        }
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|error| self.unreachable(&error))? {
            if body.len() + piece.len() > MOST_BYTES {
                return Err(OutboundError::TooLarge { origin: origin() });
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }

    fn unreachable(&self, error: &reqwest::Error) -> OutboundError {
        OutboundError::Unreachable { origin: self.address.origin(), why: cause(error) }
    }
}

fn client(plain: bool, here: bool) -> reqwest::Result<Client> {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // it fails only when another was chosen for the process already, which then serves as well
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let mut builder = Client::builder()
        .default_headers([(USER_AGENT, HeaderValue::from_static(AGENT))].into_iter().collect())
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .connect_timeout(CONNECT)
        .timeout(TOTAL);
    if plain {
        // no certificate will be looked at: spare reading the system's
        builder = builder.tls_certs_only([]);
    }
    if here {
        builder = builder.no_proxy();
    }
    builder.build()
}

/// The innermost cause: what the system, the resolver or TLS said.
fn cause(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
