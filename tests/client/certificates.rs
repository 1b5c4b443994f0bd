//! What is told of a certificate that is not valid now.

use std::sync::Arc;

use keydeck::client::KeyService;
use keydeck::client::error::ErrorKind;
use keydeck::client::keydeck::KeydeckService;
use keydeck::client::transport::{Limits, Patience};
use keydeck::domain::failure::{Ending, Failure};
use keydeck::domain::key_value::KeyKind;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// What a client is told by a server whose certificate is valid between these years.
async fn told(from: i32, until: i32) -> keydeck::client::error::ServiceError {
    let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    (params.not_before, params.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(until, 1, 1));
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://{}", listener.local_addr().unwrap());
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // the client ends the handshake
            let _ = acceptor.accept(stream).await;
        }
    });
    let limits = Limits { patience: Patience { repeats: 0, ..Patience::default() }, ..Limits::default() };
    let service = KeydeckService::with_limits(&address, super::value(KeyKind::ApiKey), limits).unwrap();
    service.me().await.unwrap_err()
}

#[tokio::test]
async fn a_certificate_that_is_not_valid_now_is_said_to_be_perhaps_the_clocks_fault() {
    for (from, until, bound) in [(2150, 2160, "from 2150-01-01"), (2001, 2010, "until 2010-01-01")] {
        let error = told(from, until).await;
        assert_eq!(error.kind, ErrorKind::CertificateTime, "{error}");
        assert!(
            error.to_string().contains(bound) && error.to_string().contains("this machine's clock is at"),
            "{error}"
        );
        assert!(error.hint().starts_with("set this machine's clock if it is wrong"), "{}", error.hint());
        assert!(!error.outcome_unknown(), "nothing was sent");
        assert_eq!(error.ending(), Ending::Unreachable);
    }
    let error = told(2001, 2150).await;
    assert_eq!(error.kind, ErrorKind::Unreachable, "that is another fault: {error}");
}
