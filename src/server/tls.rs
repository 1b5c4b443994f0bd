//! TLS: the certificate and its key, and connections that have shaken hands.

use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio_rustls::TlsAcceptor;
pub use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::server::TlsStream;
use tokio_util::task::AbortOnDropHandle;
use zeroize::Zeroizing;

use super::error::ServerError;
use crate::certificates;
use crate::config::TlsFiles;

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How many handshakes go on at once; more wait in the system's queue.
const HANDSHAKES: usize = 256;
/// How long nothing is accepted after the system could not, as when there are no more files to be had.
const PAUSE: Duration = Duration::from_secs(1);

impl TlsFiles {
    /// Reads both and checks that they belong together.
    pub fn load(&self) -> Result<Arc<ServerConfig>, ServerError> {
        let failed = |path: &Path, reason: String| ServerError::Tls { path: path.to_owned(), reason };
        let read = |path: &Path| {
            std::fs::read(path).map(Zeroizing::new).map_err(|error| failed(path, error.kind().to_string()))
        };
        let chain = certificates::certificates(&read(&self.certificate)?)
            .map_err(|unfit| failed(&self.certificate, unfit.to_string()))?;
        let facts = std::fs::metadata(&self.key).map_err(|error| failed(&self.key, error.to_string()))?;
        if facts.permissions().mode() & 0o007 != 0 {
            return Err(failed(&self.key, "everybody on this machine may read it: take that away".to_owned()));
        }
        let key = certificates::private_key(&read(&self.key)?).map_err(|unfit| failed(&self.key, unfit.to_string()))?;
        let provider = Arc::new(ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .map_err(|error| failed(&self.certificate, error.to_string()))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

/// Accepts connections and answers them once they have shaken hands. A slow or silent one keeps nobody waiting.
pub struct TlsListener {
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    local: SocketAddr,
    _accepting: AbortOnDropHandle<()>,
}

impl TlsListener {
    /// Begins to accept, each connection with what `config` is then.
    pub fn new(listener: TcpListener, config: watch::Receiver<Arc<ServerConfig>>) -> io::Result<Self> {
        let local = listener.local_addr()?;
        let (send, ready) = mpsc::channel(1);
        let accepting = tokio::spawn(accept(listener, config, send));
        Ok(Self { ready, local, _accepting: AbortOnDropHandle::new(accepting) })
    }
}

async fn accept(
    listener: TcpListener,
    config: watch::Receiver<Arc<ServerConfig>>,
    send: mpsc::Sender<(TlsStream<TcpStream>, SocketAddr)>,
) {
    let turns = Arc::new(Semaphore::new(HANDSHAKES));
    while let Ok(turn) = Arc::clone(&turns).acquire_owned().await {
        let (stream, from) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let (acceptor, send) = (TlsAcceptor::from(Arc::clone(&config.borrow())), send.clone());
        tokio::spawn(async move {
            let _turn = turn;
            match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                // nobody takes it any more when the server stops
                Ok(Ok(stream)) => drop(send.send((stream, from)).await),
                Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
                Err(_too_slow) => tracing::debug!("a TLS handshake took too long"),
            }
        });
    }
}

impl axum::serve::Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(accepted) => accepted,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(self.local)
    }
}
