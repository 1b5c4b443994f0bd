//! What is told of a certificate that cannot be used, and of what is no TLS at all.

use std::sync::Arc;

use keydeck::client::KeyService;
use keydeck::client::error::ErrorKind;
use keydeck::client::keydeck::KeydeckService;
use keydeck::client::transport::{Limits, Patience};
use keydeck::domain::failure::{Ending, Failure};
use keydeck::domain::key_value::KeyKind;
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, date_time_ymd};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// What a client is told by a server whose certificate is valid between these years.
async fn told(from: i32, until: i32) -> keydeck::client::error::ServiceError {
    let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    (params.not_before, params.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(until, 1, 1));
    told_of(&params, false).await
}

/// The same of a certificate that signed itself, and that the client may trust.
async fn told_of(params: &CertificateParams, trusted: bool) -> keydeck::client::error::ServiceError {
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
    let authorities = if trusted { vec![certificate.der().clone()] } else { Vec::new() };
    let service = KeydeckService::trusting(&address, super::value(KeyKind::ApiKey), limits(), authorities).unwrap();
    service.me().await.unwrap_err()
}

fn limits() -> Limits {
    Limits { patience: Patience { repeats: 0, ..Patience::default() }, ..Limits::default() }
}

#[tokio::test]
async fn a_certificate_is_told_as_what_it_is_with_what_to_do() {
    let own = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let mut authority = own.clone();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let other = CertificateParams::new(["keys.team.example".to_owned(), "192.0.2.7".to_owned()]).unwrap();
    for (params, trusted, kind, says, hint) in [
        (&own, false, ErrorKind::UntrustedCertificate, "signed by nobody that this machine trusts", "ca_file"),
        (&authority, false, ErrorKind::UnfitCertificate, "it needs one with CA:FALSE", "ask the operator"),
        (&authority, true, ErrorKind::UnfitCertificate, "CaUsedAsEndEntity", "ask the operator"),
        (
            &other,
            true,
            ErrorKind::UnfitCertificate,
            "is for keys.team.example, 192.0.2.7, and not for 127.0.0.1",
            "use a name that the certificate has",
        ),
    ] {
        let error = told_of(params, trusted).await;
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.to_string().contains(says), "{says}\n{error}");
        assert!(error.hint().contains(hint), "{}", error.hint());
        assert!(!error.outcome_unknown() && error.ends_a_run(), "nothing was sent");
        assert_eq!(error.ending(), Ending::Unreachable);
    }
}

#[tokio::test]
async fn what_speaks_no_tls_is_told_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;
            let _ = stream.read(&mut [0; 1024]).await;
        }
    });
    let service = KeydeckService::with_limits(&address, super::value(KeyKind::ApiKey), limits()).unwrap();
    let error = service.me().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unreachable);
    assert!(error.to_string().contains("what answers there does not speak TLS"), "{error}");
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
    assert_eq!(error.kind, ErrorKind::UntrustedCertificate, "that is another fault: {error}");
}
