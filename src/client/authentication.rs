//! How a request says who asks: a header with the key, a bearer token, or a session's cookie.

use reqwest::header::{AUTHORIZATION, COOKIE, HeaderName, HeaderValue};
use zeroize::Zeroizing;

use super::error::{Asked, ErrorKind, ServiceError};
use crate::domain::secret::Secret;

/// Where a credential stands in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// In the header of this name, in lower case, as it is.
    Header(&'static str),
    /// In `Authorization`, after the word `Bearer` and one space.
    Bearer,
    /// In `Cookie`, as the cookie of this name, exactly as the server set it.
    Cookie(&'static str),
}

/// A credential, and where it stands in a request.
#[derive(Clone)]
pub struct Authentication {
    header: HeaderName,
    value: HeaderValue,
    /// The bytes of the header's value before the credential.
    before: usize,
}

impl Authentication {
    /// `secret` as `scheme` has it. `address` is told when it cannot be sent; the secret never is.
    pub fn new(scheme: Scheme, secret: &Secret, address: &str) -> Result<Self, ServiceError> {
        let refuse = |why: &str| {
            ServiceError::new(ErrorKind::Configuration, Asked::nothing(address), format!("the profile's key {why}"))
        };
        let secret = secret.expose();
        if secret.is_empty() {
            return Err(refuse("is empty"));
        }
        if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(refuse("holds a space, a line end or another character that no key has"));
        }
        let (header, before) = match scheme {
            Scheme::Header(name) => (HeaderName::from_static(name), String::new()),
            Scheme::Bearer => (AUTHORIZATION, "Bearer ".to_owned()),
            Scheme::Cookie(name) => (COOKIE, format!("{name}=")),
        };
        let whole = Zeroizing::new(format!("{before}{secret}"));
        let mut value = HeaderValue::from_str(&whole).map_err(|_| refuse("cannot be sent in a header"))?;
        value.set_sensitive(true);
        Ok(Self { header, value, before: before.len() })
    }

    /// The one header that a request carries the credential in.
    pub(super) fn header(&self) -> (HeaderName, HeaderValue) {
        (self.header.clone(), self.value.clone())
    }

    /// The credential itself, which no message may repeat.
    pub(super) fn secret(&self) -> &str {
        self.value.to_str().ok().and_then(|value| value.get(self.before..)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const ADDRESS: &str = "https://keys.team.example";

    fn of(scheme: Scheme, secret: &str) -> Result<Authentication, ServiceError> {
        Authentication::new(scheme, &Secret::new(secret.to_owned()), ADDRESS)
    }

    #[rstest]
    #[case(Scheme::Header("x-api-key"), "x-api-key", "not/a+real=key")]
    #[case(Scheme::Bearer, "authorization", "Bearer not/a+real=key")]
    #[case(Scheme::Cookie("session"), "cookie", "session=not/a+real=key")]
    fn a_credential_stands_where_its_scheme_says(#[case] scheme: Scheme, #[case] header: &str, #[case] value: &str) {
        let authentication = of(scheme, "not/a+real=key").unwrap();
        let (name, sent) = authentication.header();
        assert_eq!((name.as_str(), sent.to_str().unwrap(), sent.is_sensitive()), (header, value, true));
        assert_eq!(authentication.secret(), "not/a+real=key");
    }

    #[rstest]
    #[case("")]
    #[case("hunter2 hunter2")]
    #[case("hunter2\n")]
    #[case("hunter2é")]
    fn what_cannot_be_a_credential_is_refused_without_repeating_it(#[case] secret: &str) {
        let error = of(Scheme::Bearer, secret).map(drop).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Configuration);
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
}
