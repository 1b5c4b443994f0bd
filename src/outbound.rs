//! The way out: the few addresses that the server itself asks, named by its own configuration and by nothing that a request
//! brings. Within limits of time and size, and never following a redirect.

use std::sync::Once;
use std::time::Duration;

use reqwest::header::{HeaderValue, USER_AGENT};
use reqwest::{Client, Response, Url};
use tokio::sync::OnceCell;

use crate::domain::web_address::{WebAddress, is_plain, is_this_machine};
use crate::system::socket::{Place, SocketError, SocketPath};

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

/// Where something is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    Address(WebAddress),
    /// Whoever listens on a Unix socket of this machine, at the path `/`.
    Socket(SocketPath),
}

impl Destination {
    /// Reads an address that is https, http to this machine itself, or `unix:PATH`.
    ///
    /// # Errors
    /// Why it is none that is asked, in words that go on from its name; nothing of it is repeated.
    pub fn parse(text: &str) -> Result<Self, String> {
        match SocketPath::parse(text.trim()) {
            Some(socket) => socket.map(Self::Socket),
            None => WebAddress::parse(text).map(Self::Address).map_err(str::to_owned),
        }
    }
}

impl From<WebAddress> for Destination {
    fn from(address: WebAddress) -> Self {
        Self::Address(address)
    }
}

/// One destination that is asked.
#[derive(Debug)]
pub struct Outbound {
    destination: Destination,
    way: OnceCell<Way>,
}

/// What requests go over, once it was needed.
#[derive(Debug)]
struct Way {
    client: Client,
    url: Url,
    socket: Option<Place>,
}

impl Outbound {
    /// The way to `destination`. Asks nobody yet.
    pub fn new(destination: impl Into<Destination>) -> Self {
        Self { destination: destination.into(), way: OnceCell::new() }
    }

    /// Where it leads.
    pub fn destination(&self) -> &Destination {
        &self.destination
    }

    /// Its scheme, host and port, or its socket.
    fn origin(&self) -> String {
        match &self.destination {
            Destination::Address(address) => address.origin(),
            Destination::Socket(socket) => socket.to_string(),
        }
    }

    /// What stands there.
    ///
    /// # Errors
    /// When nothing usable came back in time.
    pub async fn get(&self) -> Result<Vec<u8>, OutboundError> {
        let Way { client, url, .. } = self.way().await?;
        let asked = client.get(url.clone());
        let response = asked.send().await.map_err(|error| self.unreachable(&error))?;
        self.body(response).await
    }

    /// Posts `body` there, and answers what came back.
    ///
    /// # Errors
    /// When it was not taken, or nothing came back in time.
    pub async fn post(&self, body: Vec<u8>, headers: &[(&'static str, String)]) -> Result<Vec<u8>, OutboundError> {
        let Way { client, url, .. } = self.way().await?;
        let mut asked = client.post(url.clone()).body(body);
        for (name, value) in headers {
            asked = asked.header(*name, value.as_str());
        }
        let response = asked.send().await.map_err(|error| self.unreachable(&error))?;
        self.body(response).await
    }

    /// The way, whose socket is looked at each time: anybody might have put another there meanwhile.
    async fn way(&self) -> Result<&Way, OutboundError> {
        let made = || async {
            let destination = self.destination.clone();
            // reads the system's certificates, which takes milliseconds
            let made = tokio::task::spawn_blocking(move || way(&destination)).await;
            made.map_err(|error| OutboundError::Client(error.to_string()))?
        };
        let way = self.way.get_or_try_init(made).await?;
        if let Some(socket) = way.socket.clone() {
            let checked = tokio::task::spawn_blocking(move || socket.check()).await;
            checked.map_err(|error| OutboundError::Client(error.to_string()))?.map_err(|error| self.unfit(&error))?;
        }
        Ok(way)
    }

    fn unfit(&self, error: &SocketError) -> OutboundError {
        OutboundError::Unreachable { origin: self.origin(), why: error.to_string() }
    }

    /// The body of an answer of success, within the bound.
    async fn body(&self, mut response: Response) -> Result<Vec<u8>, OutboundError> {
        let origin = || self.origin();
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
        OutboundError::Unreachable { origin: self.origin(), why: cause(error) }
    }
}

fn way(destination: &Destination) -> Result<Way, OutboundError> {
    let failed = |error: reqwest::Error| OutboundError::Client(cause(&error));
    match destination {
        Destination::Address(address) => {
            let url = address.url().clone();
            let client = client(is_plain(&url), is_this_machine(&url), None).map_err(failed)?;
            Ok(Way { client, url, socket: None })
        }
        Destination::Socket(path) => {
            let unreachable = |why: String| OutboundError::Unreachable { origin: path.to_string(), why };
            let place = path.place().map_err(|error| unreachable(error.to_string()))?;
            // the host is asked for nowhere: the socket is the way
            let url = Url::parse("http://localhost/").map_err(|error| unreachable(error.to_string()))?;
            let client = client(true, true, Some(&place)).map_err(failed)?;
            Ok(Way { client, url, socket: Some(place) })
        }
    }
}

fn client(plain: bool, here: bool, socket: Option<&Place>) -> reqwest::Result<Client> {
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
    if let Some(socket) = socket {
        builder = builder.unix_socket(socket.path());
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
