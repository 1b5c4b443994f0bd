//! TLS to the database.

use std::path::Path;
use std::sync::Arc;

use rustls_platform_verifier::BuilderVerifierExt;
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::crypto::ring;

use super::address::AddressError;
use crate::certificates;

/// What makes connections encrypted, and knows the database by a certificate that those in `file` vouch for, else by one that the
/// system's do.
pub(super) fn connector(file: Option<&Path>) -> Result<MakeRustlsConnect, AddressError> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| AddressError::new(error.to_string(), "see the server's log"))?;
    let config = if let Some(file) = file {
        let failed = |reason: String| {
            let said = format!("{} cannot be used to know the database by: {reason}", file.display());
            AddressError::new(said, "sslrootcert takes certificates in PEM or DER that vouch for the database's own")
        };
        let text = std::fs::read(file).map_err(|error| failed(error.kind().to_string()))?;
        let roots = certificates::roots(&text).map_err(|unfit| failed(unfit.to_string()))?;
        builder.with_root_certificates(roots).with_no_client_auth()
    } else {
        let failed = |error: tokio_rustls::rustls::Error| {
            AddressError::new(
                format!("the system's certificates cannot be read: {error}"),
                "name yours with sslrootcert=FILE",
            )
        };
        builder.with_platform_verifier().map_err(failed)?.with_no_client_auth()
    };
    Ok(MakeRustlsConnect::new(config))
}
