//! The HTTP client underneath: its limits, its TLS, and what it must never do with a key.

use std::error::Error;
use std::io;
use std::net::Ipv6Addr;
use std::path::Path;
use std::sync::Once;
use std::time::Duration;

use reqwest::Client;
use rustls::pki_types::UnixTime;
use rustls::{CertificateError, InvalidMessage};

use super::address::BaseUrl;
use super::pace::Quota;
use super::proxy::Route;
use super::retry::Patience;
use crate::certificates::Certificate;
use crate::client::error::ErrorKind;
use crate::domain::time::{Time, exact};

const USER_AGENT: &str = concat!("keydeck/", env!("CARGO_PKG_VERSION"));

/// Bounds on what one request may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Until there is a connection, TLS included.
    pub connect: Duration,
    /// Between two pieces of an answer, and until its first.
    pub idle: Duration,
    /// From the first byte sent to the last received.
    pub total: Duration,
    /// The largest answer in bytes.
    pub body: usize,
    /// The largest refusal in bytes.
    pub error_body: usize,
    /// How patiently a read is repeated.
    pub patience: Patience,
    /// How many calls may go out in a window, where the server counts them and need not say so; none: as many as are asked for.
    pub quota: Option<Quota>,
}

impl Default for Limits {
    /// A page of 1000 keys is about 0.6 MB, and 2 MB when every name is 255 characters outside ASCII: 16 MiB is far over
    /// any honest page and still bearable. A revocation of 1000 keys is one transaction, which a busy server may take
    /// some seconds for.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            idle: Duration::from_secs(20),
            total: Duration::from_mins(1),
            body: 16 << 20,
            error_body: 64 << 10,
            patience: Patience::default(),
            quota: None,
        }
    }
}

/// An HTTP client within `limits`, which trusts `authorities` beside the system's: for plain http, and for this machine itself,
/// it takes less and is bound tighter. With a socket, it asks there whatever the address. Takes milliseconds, since it
/// reads the system's certificates.
pub(super) fn client(
    limits: &Limits,
    base: &BaseUrl,
    authorities: &[Certificate],
    route: &Route,
    socket: Option<&Path>,
) -> reqwest::Result<Client> {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // it fails only when another was chosen for the process already, which then serves as well
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let mut builder = Client::builder()
        .user_agent(USER_AGENT)
        // a redirect would take the key to another host
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        // each request is sent once; repeating it is `Transport::read`'s to decide
        .retry(reqwest::retry::never())
        .connect_timeout(limits.connect)
        .read_timeout(limits.idle)
        .timeout(limits.total);
    if base.is_plain() {
        // no certificate will be looked at: spare reading the system's
        builder = builder.tls_certs_only([]);
    } else if !authorities.is_empty() {
        let authorities = authorities.iter().map(|authority| reqwest::Certificate::from_der(authority));
        builder = builder.tls_certs_merge(authorities.collect::<reqwest::Result<Vec<_>>>()?);
    }
    builder = match route {
        Route::Unsaid => builder,
        Route::Direct => builder.no_proxy(),
        Route::Through(proxy) => builder.proxy(reqwest::Proxy::all(proxy.url.expose())?),
    };
    if base.is_loopback() {
        // the key must not leave the machine by a name server's idea of localhost
        builder = builder.resolve_to_addrs("localhost", &[([127, 0, 0, 1], 0).into(), (Ipv6Addr::LOCALHOST, 0).into()]);
    }
    if let Some(socket) = socket {
        builder = builder.unix_socket(socket);
    }
    builder.build()
}

/// What is wrong with the certificate that was shown, or with the way it was, and whose fault that may be.
pub(super) fn certificate(error: &reqwest::Error) -> Option<(ErrorKind, String)> {
    let error = tls(error)?;
    if let Some(why) = not_valid_now(error) {
        return Some((ErrorKind::CertificateTime, why));
    }
    let fault = match error {
        rustls::Error::InvalidCertificate(fault) => fault,
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            return Some((ErrorKind::Unreachable, "what answers there does not speak TLS".to_owned()));
        }
        _ => return None,
    };
    let why = match fault {
        CertificateError::UnknownIssuer => {
            let why = "the server's certificate is signed by nobody that this machine trusts (UnknownIssuer)";
            return Some((ErrorKind::UntrustedCertificate, why.to_owned()));
        }
        // rustls hands on what its verifier says, without its type
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            "the server shows as its own a certificate that is an authority's, made to sign others (CaUsedAsEndEntity): it \
             needs one with CA:FALSE"
                .to_owned()
        }
        CertificateError::NotValidForNameContext { expected, presented } => {
            // as `DnsName("keys.team.example")`
            let bare = |name: &String| {
                name.split_once('(').map_or(name.as_str(), |(_, name)| name).trim_matches(['(', ')', '"']).to_owned()
            };
            let names: Vec<String> = presented.iter().take(NAMES).map(bare).collect();
            let more = if presented.len() > NAMES { ", …" } else { "" };
            let names = if names.is_empty() { "no name".to_owned() } else { names.join(", ") };
            format!("the server's certificate is for {names}{more}, and not for {}", expected.to_str())
        }
        CertificateError::NotValidForName => "the server's certificate is for another name".to_owned(),
        other => format!("the server's certificate cannot be used: {other}"),
    };
    Some((ErrorKind::UnfitCertificate, why))
}

/// How many of a certificate's names are told.
const NAMES: usize = 5;

/// Why a certificate is not valid now, where it may be this machine's clock that is wrong.
fn not_valid_now(error: &rustls::Error) -> Option<String> {
    let (bound, clock) = match error {
        rustls::Error::InvalidCertificate(CertificateError::NotValidYetContext { time, not_before }) => {
            (format!("from {} on", at(*not_before)), Some(*time))
        }
        rustls::Error::InvalidCertificate(CertificateError::ExpiredContext { time, not_after }) => {
            (format!("until {}", at(*not_after)), Some(*time))
        }
        rustls::Error::InvalidCertificate(CertificateError::NotValidYet) => ("from later on".to_owned(), None),
        rustls::Error::InvalidCertificate(CertificateError::Expired) => ("until an earlier date".to_owned(), None),
        _ => return None,
    };
    let clock = clock.map(|time| format!(" is at {}", at(time))).unwrap_or_default();
    Some(format!(
        "the server's certificate is valid only {bound}, and this machine's clock{clock}: one of them is wrong"
    ))
}

fn at(time: UnixTime) -> String {
    let seconds = time.as_secs().try_into().unwrap_or(i64::MAX);
    Time::from_timestamp(seconds, 0).map_or_else(|| "a time beyond all calendars".to_owned(), exact)
}

/// What TLS said, wherever in the chain of causes it stands.
fn tls(error: &reqwest::Error) -> Option<&rustls::Error> {
    let mut next = error.source();
    while let Some(cause) = next {
        // an error of input and output tells the causes of what it holds, not that itself
        let mut held = Some(cause);
        while let Some(error) = held {
            if let Some(found) = error.downcast_ref() {
                return Some(found);
            }
            held = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref).map(|error| error as &dyn Error);
        }
        next = cause.source();
    }
    None
}

/// The innermost cause: what the system, the resolver or TLS said.
pub(super) fn cause(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
