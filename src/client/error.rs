//! What can go wrong between keydeck and a backend: what was asked, of whom, what came back, and what to do next.

use std::fmt;

use crate::domain::failure::{Ending, Failure};
use crate::domain::ids::KeyId;
use crate::domain::time::length;
use crate::domain::untrusted::Untrusted;

/// The request that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// The path, without its query (which may hold a key).
    pub path: String,
    /// Scheme, host and port; or `unix:` and a socket's path.
    pub address: String,
}

/// The kinds of failure, apart by what a person or the program does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// No connection: refused, no route, no such host, TLS. Nothing was sent.
    Unreachable,
    /// No connection, since by this machine's clock the server's certificate is not valid now. Nothing was sent.
    CertificateTime,
    /// No connection, since nobody whom this machine trusts signed the server's certificate. Nothing was sent.
    UntrustedCertificate,
    /// No connection, since the server's certificate is not one for it. Nothing was sent.
    UnfitCertificate,
    /// No connection through the proxy that the environment names. Nothing was sent.
    Proxy,
    /// No connection, since another user can be at the other end of the Unix socket. Nothing was sent.
    Stranger,
    /// The request may have arrived, but no whole answer came: timed out, reset, truncated.
    LostAnswer,
    /// 401: the key is wrong, expired, disabled or revoked.
    Unauthenticated,
    /// 403: the role may not.
    Denied,
    /// 404: no such thing, or not visible to this user.
    NotFound,
    /// 409: the present state does not allow it.
    Conflict,
    /// 400, 413, 415 or 422: the request is wrong.
    Invalid,
    /// 429: over the rate limit.
    RateLimited,
    /// 429 with the monthly allowance used up: waiting a minute does not help.
    QuotaUsedUp,
    /// 5xx.
    Server,
    /// A redirect, which is never followed: the key would travel along.
    Redirected,
    /// An answer that is not the API's: HTML, a body over the cap, a wrong shape, a repeated cursor.
    NotUnderstood,
    /// A key was made or given a value, but the value that was answered cannot be its own, and is not used.
    UnfitValue,
    /// The profile is read-only: nothing was sent.
    ReadOnly,
    /// This backend cannot do it: nothing was sent.
    Unsupported,
    /// The profile or its credential is unusable: nothing was sent.
    Configuration,
}

/// The setting that is wrong when an address is.
const ADDRESS: &str = "base_url";

/// A failed request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceError {
    pub kind: ErrorKind,
    pub asked: Asked,
    /// The answer's status, if one came.
    pub status: Option<u16>,
    /// The error's stable name, if the answer had one.
    pub name: Option<Untrusted>,
    /// What the server said, or what went wrong on the way.
    pub message: Untrusted,
    /// The field that is wrong, if the answer names one; of a configuration the setting.
    pub field: Option<Untrusted>,
    /// The word by which the server tells conflicts apart, if the answer has one.
    pub reason: Option<Untrusted>,
    /// Seconds the server asked to wait.
    pub retry_after: Option<u64>,
    /// The key that was made and stands without a value that anybody could use.
    pub orphan: Option<KeyId>,
    /// What to do next, where the backend can say that better than the kind alone.
    pub advice: Option<String>,
}

impl Asked {
    /// Nothing was asked yet: the connection to `address` could not even be described.
    pub fn nothing(address: &str) -> Self {
        Self { method: "", path: String::new(), address: address.to_owned() }
    }
}

impl ServiceError {
    /// An error with no answer behind it.
    pub fn new(kind: ErrorKind, asked: Asked, message: impl Into<Untrusted>) -> Self {
        let (status, name, field, reason, retry_after, orphan) = (None, None, None, None, None, None);
        let (message, advice) = (message.into(), None);
        Self { kind, asked, status, name, message, field, reason, retry_after, orphan, advice }
    }

    /// An address that cannot be used. What of it may be told is `address`, which may be empty.
    pub(super) fn unusable_address(address: &str, why: &str) -> Self {
        let field = Some(Untrusted::from(ADDRESS));
        Self { field, ..Self::new(ErrorKind::Configuration, Asked::nothing(address), format!("it {why}")) }
    }

    /// The same error, which names what somebody wrote when the address is what is wrong: the setting `name`, and its
    /// `place` in a file, where it is in one.
    pub(super) fn of_address_said(self, name: &str, place: Option<&str>) -> Self {
        if self.field.as_ref().is_none_or(|field| field.as_received() != ADDRESS) {
            return self;
        }
        let place = place.map(|place| format!("{place}: ")).unwrap_or_default();
        let asked = match self.asked.address.as_str() {
            "" => Asked::nothing(&format!("{place}{name}")),
            address => Asked::nothing(&format!("{place}{name}: {address}")),
        };
        Self { asked, field: Some(Untrusted::from(name)), ..self }
    }

    /// The profile is read-only: nothing was sent.
    pub fn read_only() -> Self {
        Self::new(ErrorKind::ReadOnly, Asked::nothing(""), "this profile is read-only: nothing was sent")
    }

    /// The profile is read-only again, since the time is over for which it was unlocked: nothing was sent.
    pub fn read_only_again() -> Self {
        Self::new(ErrorKind::ReadOnly, Asked::nothing(""), "this profile is read-only again: nothing was sent")
    }

    /// Whether the server refused since its state is another than the caller thought, by this word.
    pub fn is_conflict(&self, reason: &str) -> bool {
        self.kind == ErrorKind::Conflict && self.reason.as_ref().is_some_and(|said| said.as_received() == reason)
    }

    /// Whether a write that failed so may have taken effect all the same, and has to be read back.
    pub fn outcome_unknown(&self) -> bool {
        let unclear = matches!(self.kind, ErrorKind::LostAnswer | ErrorKind::Server | ErrorKind::NotUnderstood);
        unclear || self.orphan.is_some()
    }

    /// Whether a request like this one would fail in the same way, so that of many no more are to be sent.
    pub fn ends_a_run(&self) -> bool {
        match self.kind {
            ErrorKind::Unreachable
            | ErrorKind::CertificateTime
            | ErrorKind::UntrustedCertificate
            | ErrorKind::UnfitCertificate
            | ErrorKind::Proxy
            | ErrorKind::Stranger
            | ErrorKind::LostAnswer
            | ErrorKind::Unauthenticated
            | ErrorKind::RateLimited
            | ErrorKind::QuotaUsedUp
            | ErrorKind::Redirected
            | ErrorKind::UnfitValue
            | ErrorKind::ReadOnly
            | ErrorKind::Unsupported
            | ErrorKind::Configuration => true,
            ErrorKind::Denied
            | ErrorKind::NotFound
            | ErrorKind::Conflict
            | ErrorKind::Invalid
            | ErrorKind::Server
            | ErrorKind::NotUnderstood => false,
        }
    }

    /// What came back, in one line, where what was asked is plain already.
    pub fn reason(&self) -> String {
        let status = self.status.map(|status| format!("{status} ")).unwrap_or_default();
        let name = self.name.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
        format!("{status}{name}{}", self.message)
    }

    /// What to do next, in a few words.
    pub fn hint(&self) -> String {
        match self.kind {
            ErrorKind::Configuration => match (&self.field, &self.advice) {
                (Some(field), Some(advice)) => format!("correct {field}: {advice}"),
                (Some(field), None) => format!("correct {field}"),
                (None, Some(advice)) => advice.clone(),
                (None, None) => "correct the profile in config.toml, or KEYDECK_URL and KEYDECK_API_KEY".to_owned(),
            },
            kind => self.advice.clone().unwrap_or_else(|| self.usual_hint(kind)),
        }
    }

    /// What to do next as far as the kind tells.
    fn usual_hint(&self, kind: ErrorKind) -> String {
        match kind {
            ErrorKind::Unreachable if self.asked.address.starts_with("unix:") => {
                format!("start the server there: keydeck serve --listen {}", self.asked.address)
            }
            ErrorKind::Stranger => "serve on a socket of your own, in a folder that only you can write".to_owned(),
            ErrorKind::Unreachable => {
                format!("check that {} is right and running, and the network", self.asked.address)
            }
            ErrorKind::CertificateTime => {
                "set this machine's clock if it is wrong; if it is right, the server's certificate has to be renewed"
                    .to_owned()
            }
            ErrorKind::UntrustedCertificate => {
                "name the certificate of the authority that signed it as ca_file in the profile, if it is your team's own; a proxy \
                 on the way may also show one of its own"
                    .to_owned()
            }
            ErrorKind::UnfitCertificate => format!(
                "ask the operator of {} for a certificate that is made for it, or use a name that the certificate has",
                self.asked.address
            ),
            ErrorKind::Proxy => {
                let variable = self.field.as_ref().map_or("HTTPS_PROXY", Untrusted::as_received);
                format!(
                    "check {variable} (http://USER:PASSWORD@HOST:PORT); NO_PROXY names hosts that are reached without a proxy"
                )
            }
            ErrorKind::LostAnswer => "the line dropped or the server is slow: try again".to_owned(),
            ErrorKind::Unauthenticated => format!(
                "the key is unknown to {}, expired, disabled or revoked: check the profile's credential and address",
                self.asked.address
            ),
            ErrorKind::Denied => "your role may not do this: ask an admin of the team".to_owned(),
            ErrorKind::NotFound => "it may be gone, or not yours to see: refresh".to_owned(),
            ErrorKind::Conflict => "things changed meanwhile: refresh, then decide again".to_owned(),
            ErrorKind::Invalid => match &self.field {
                Some(field) => format!("correct {field}"),
                None => "correct the request".to_owned(),
            },
            ErrorKind::RateLimited => match self.retry_after {
                Some(seconds) => format!("it asks to wait {}, then try again", length(seconds)),
                None => "wait a minute, then try again".to_owned(),
            },
            ErrorKind::QuotaUsedUp => "the month's allowance is used up: see your plan".to_owned(),
            ErrorKind::Server => "the server failed: try again, then ask its operator".to_owned(),
            ErrorKind::Redirected => "use the address it redirects to as base_url, if you trust it".to_owned(),
            ErrorKind::NotUnderstood => {
                format!("is {} a keydeck server, and no proxy in between?", self.asked.address)
            }
            ErrorKind::UnfitValue => match &self.orphan {
                Some(id) => format!("look at it with keydeck show {id}, then keydeck delete {id}"),
                None => format!("ask the operator of {} why", self.asked.address),
            },
            ErrorKind::ReadOnly => "use another profile; in the console :unlock 10m".to_owned(),
            ErrorKind::Unsupported => "do it where a person can, or use a profile of another backend".to_owned(),
            ErrorKind::Configuration => "correct the profile in config.toml".to_owned(),
        }
    }
}

impl Failure for ServiceError {
    fn hint(&self) -> String {
        self.hint()
    }

    fn ending(&self) -> Ending {
        match self.kind {
            ErrorKind::Denied | ErrorKind::ReadOnly | ErrorKind::Unauthenticated => Ending::Denied,
            ErrorKind::Invalid | ErrorKind::Configuration => Ending::Usage,
            ErrorKind::Unsupported => Ending::Unsupported,
            ErrorKind::NotFound | ErrorKind::Conflict | ErrorKind::UnfitValue => Ending::Partly,
            ErrorKind::RateLimited | ErrorKind::QuotaUsedUp => Ending::NotNow,
            ErrorKind::Unreachable
            | ErrorKind::CertificateTime
            | ErrorKind::UntrustedCertificate
            | ErrorKind::UnfitCertificate
            | ErrorKind::Proxy
            | ErrorKind::Stranger
            | ErrorKind::LostAnswer
            | ErrorKind::Server
            | ErrorKind::Redirected
            | ErrorKind::NotUnderstood => Ending::Unreachable,
        }
    }
}

impl fmt::Display for ServiceError {
    /// One line: what was asked, of whom, what came back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Asked { method, path, address } = &self.asked;
        match (method.is_empty(), address.is_empty()) {
            (true, true) => {}
            (true, false) => write!(f, "{address}: ")?,
            (false, _) => write!(f, "{method} {path} at {address}: ")?,
        }
        f.write_str(&self.reason())
    }
}

impl std::error::Error for ServiceError {}
