//! What a refusal of postman.gov.sg means and what to do about it. Each advice follows from what was asked: the service
//! answers a missing session, a one-time password that is wrong and an address that is not allowed alike.

use super::paths;
use crate::client::error::{ErrorKind, ServiceError};

/// How to sign in again.
const LOG_IN: &str = "log in: keydeck login, with --profile NAME where it is not the usual one; a session lasts 24 hours, \
                      and each use lets it last again";

/// The error, with what to do about it where that can be said better than by its kind alone.
pub(super) fn explain(error: ServiceError) -> ServiceError {
    let advice = advice(&error);
    ServiceError { advice: advice.or_else(|| error.advice.clone()), ..error }
}

fn advice(error: &ServiceError) -> Option<String> {
    let address = &error.asked.address;
    let is = |path: &str| error.asked.path.ends_with(path);
    match error.kind {
        ErrorKind::Unauthenticated if is(paths::OTP) => Some(
            "the address may not log in here: use one in .gov.sg, or one that the service has approved; look for a typing error"
                .to_owned(),
        ),
        ErrorKind::Unauthenticated if is(paths::LOGIN) => Some(
            "the one-time password is wrong, older than ten minutes, used before, or replaced by a later one: the service does \
             not tell which; after four wrong ones it is void, and another has to be asked for"
                .to_owned(),
        ),
        ErrorKind::Unauthenticated if error.status == Some(401) && error.name.is_none() => {
            Some(format!("something between here and {address} may have said so; if it goes on, {LOG_IN}"))
        }
        ErrorKind::Unauthenticated => Some(LOG_IN.to_owned()),
        ErrorKind::RateLimited if is(paths::OTP) => {
            Some("the password that was sent just now is the one to enter; another can be asked for after that".to_owned())
        }
        // no call for keys is refused so by the service itself
        ErrorKind::Denied => Some(format!(
            "a firewall in front of {address} may refuse this network: try it from the agency's own, or ask the service's team"
        )),
        ErrorKind::Server if error.status == Some(500) => Some(
            "the service failed, or was asked for a key by something that is no number; if it goes on, tell its team what it \
             said, a tracking id above all"
                .to_owned(),
        ),
        ErrorKind::NotUnderstood => Some(format!(
            "is {address} the API of postman.gov.sg, base_url with its version (…/v1), and no proxy in between? A page in place \
             of an answer is what it sends for a call that it does not know"
        )),
        ErrorKind::NotFound => Some("it was deleted before, or is another login address's: refresh".to_owned()),
        ErrorKind::Unreachable
        | ErrorKind::CertificateTime
        | ErrorKind::UntrustedCertificate
        | ErrorKind::UnfitCertificate
        | ErrorKind::Proxy
        | ErrorKind::Stranger
        | ErrorKind::LostAnswer
        | ErrorKind::Conflict
        | ErrorKind::Invalid
        | ErrorKind::RateLimited
        | ErrorKind::QuotaUsedUp
        | ErrorKind::Server
        | ErrorKind::Redirected
        | ErrorKind::UnfitValue
        | ErrorKind::ReadOnly
        | ErrorKind::Unsupported
        | ErrorKind::Configuration => None,
    }
}
