//! TLS: the certificate and its key, and connections that have shaken hands.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

pub use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use zeroize::Zeroizing;

use super::error::ServerError;
use crate::certificates;
use crate::config::TlsFiles;

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
        if facts.permissions().mode() & 0o070 != 0 {
            let path = self.key.display();
            tracing::warn!(%path, "the key of the certificate may be read by its group: who is in it can speak for this server");
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
