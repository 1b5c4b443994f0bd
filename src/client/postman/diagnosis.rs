//! What a refusal may mean and what to do about it, in one place: Postman answers most reasons alike, so what can be told
//! apart is told from what this process saw before, from the credential's form, and from where it was asked.

use std::sync::atomic::{AtomicBool, Ordering};

use super::capabilities::{OWN_KEYS_PAGE, TEAM_KEYS_PAGE};
use super::values;
use crate::client::error::{ErrorKind, ServiceError};
use crate::domain::key_value::KeyKind;
use crate::domain::team::Me;
use crate::domain::web_address::host;

/// What is known of whoever asks.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Which kind of key the credential is, by its prefix.
    kind: Option<KeyKind>,
    /// Whether the API accepted it before.
    accepted: AtomicBool,
    /// Whether its user is only a guest or a partner.
    guest: AtomicBool,
}

impl Seen {
    /// Nothing yet, but for the form of the credential.
    pub(super) fn of(credential: &str) -> Self {
        Self { kind: values::kind_of(credential), ..Self::default() }
    }

    /// The API said whose the credential is.
    pub(super) fn hear(&self, me: &Me) {
        self.accepted.store(true, Ordering::Relaxed);
        self.guest.store(me.guest, Ordering::Relaxed);
    }

    /// The error, with what to do about it where that can be said better than by its kind alone.
    pub(super) fn explain(&self, error: ServiceError) -> ServiceError {
        let advice = self.advice(&error);
        ServiceError { advice: advice.or_else(|| error.advice.clone()), ..error }
    }

    fn advice(&self, error: &ServiceError) -> Option<String> {
        let address = &error.asked.address;
        match error.kind {
            ErrorKind::Unauthenticated => Some(self.refused(error, address)),
            ErrorKind::Denied if is_about_region(error) => {
                Some(format!("the region at {address} does not have this; in the app it may be found all the same"))
            }
            ErrorKind::Denied if self.guest.load(Ordering::Relaxed) => Some(
                "you are a guest or a partner of this team, who may see little of it: ask one of its admins".to_owned(),
            ),
            ErrorKind::Denied => Some(
                "your role or the team's plan does not allow it: exposed keys and the audit log are of Enterprise plans and for \
                 their admins; ask an admin of the team"
                    .to_owned(),
            ),
            ErrorKind::QuotaUsedUp => Some(
                "the month's calls of the plan are used up, and nothing more is sent: wait for the next month, or ask an admin \
                 for a larger plan"
                    .to_owned(),
            ),
            ErrorKind::Server if error.status == Some(503) => {
                Some("a spike of traffic at Postman, over within five minutes as a rule: try again then".to_owned())
            }
            ErrorKind::NotUnderstood => Some(format!("is {address} the Postman API, and no proxy in between?")),
            ErrorKind::Unreachable
            | ErrorKind::CertificateTime
            | ErrorKind::UntrustedCertificate
            | ErrorKind::UnfitCertificate
            | ErrorKind::Proxy
            | ErrorKind::Stranger
            | ErrorKind::LostAnswer
            | ErrorKind::NotFound
            | ErrorKind::Conflict
            | ErrorKind::Invalid
            | ErrorKind::RateLimited
            | ErrorKind::Server
            | ErrorKind::Redirected
            | ErrorKind::UnfitValue
            | ErrorKind::ReadOnly
            | ErrorKind::Unsupported
            | ErrorKind::Configuration => None,
        }
    }

    /// A key that is missing, malformed, wrong, expired, revoked, a deactivated user's or one of the other region: all of them
    /// are answered 401 with the same error.
    fn refused(&self, error: &ServiceError, address: &str) -> String {
        if error.name.is_none() {
            return format!("something between here and {address} may have said so: it tells nothing about the key");
        }
        match self.kind {
            Some(KeyKind::CollectionAccessKey) => format!(
                "the credential is a collection access key (PMAT-), which opens one collection and nothing here: use an API key \
                 (PMAK-), made at {OWN_KEYS_PAGE}"
            ),
            None => format!(
                "the credential does not begin with PMAK-, as Postman's API keys do: use one made at {OWN_KEYS_PAGE}"
            ),
            Some(KeyKind::ApiKey) if self.accepted.load(Ordering::Relaxed) => format!(
                "{address} accepted this key before in this run: meanwhile it was revoked, it expired, or its user was \
                 deactivated; look at {OWN_KEYS_PAGE}, an admin at {TEAM_KEYS_PAGE}"
            ),
            Some(KeyKind::ApiKey) => format!(
                "revoked, expired, mistyped and a deactivated user's keys are all answered so: look whether it is still listed \
                 and when it expires at {OWN_KEYS_PAGE}, an admin at {TEAM_KEYS_PAGE}; {}",
                region(address)
            ),
        }
    }
}

/// The last reason for a refusal that a person can do something about: the key is of the other region. It is asked of no other
/// host than the profile's.
fn region(address: &str) -> String {
    let (asked, other) = match host(address).as_deref() {
        Some("api.eu.postman.com") => ("the EU region", "\"global\""),
        Some("api.postman.com" | "api.getpostman.com") => ("the global region", "\"eu\""),
        _ => return format!("or {address} is not where its team is"),
    };
    format!(
        "or its team is in the other region: {asked} was asked, at {address}, and the key goes nowhere else before the profile says region = {other}"
    )
}

/// Whether a refusal says that it is the region which does not have a thing.
fn is_about_region(error: &ServiceError) -> bool {
    error.message.as_received().to_ascii_lowercase().contains("region")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::client::error::Asked;

    const GLOBAL: &str = "https://api.postman.com";
    const EU: &str = "https://api.eu.postman.com";

    fn error(kind: ErrorKind, address: &str, name: Option<&str>, message: &str) -> ServiceError {
        let asked = Asked { method: "GET", path: "/me".into(), address: address.to_owned() };
        ServiceError { name: name.map(Into::into), ..ServiceError::new(kind, asked, message) }
    }

    fn refused(credential: &str, address: &str, own: bool, accepted: bool) -> String {
        let seen = Seen::of(credential);
        seen.accepted.store(accepted, Ordering::Relaxed);
        let name = own.then_some("AuthenticationError");
        seen.explain(error(ErrorKind::Unauthenticated, address, name, "Invalid API Key")).hint()
    }

    #[rstest]
    #[case::never_seen("PMAK-x", GLOBAL, true, false, &["revoked, expired", "https://api.postman.com", "region = \"eu\""])]
    #[case::in_the_eu("PMAK-x", EU, true, false, &["the EU region", "region = \"global\""])]
    #[case::elsewhere("PMAK-x", "https://gateway.example", true, false, &["https://gateway.example is not where"])]
    #[case::seen_before("PMAK-x", GLOBAL, true, true, &["accepted this key before", "deactivated"])]
    #[case::another_kind("PMAT-x", GLOBAL, true, false, &["collection access key"])]
    #[case::no_key_of_postmans("kdk_x", GLOBAL, true, false, &["does not begin with PMAK-"])]
    #[case::a_proxys("PMAK-x", GLOBAL, false, false, &["tells nothing about the key"])]
    fn what_can_be_told_apart_is(
        #[case] credential: &str,
        #[case] address: &str,
        #[case] own: bool,
        #[case] accepted: bool,
        #[case] says: &[&str],
    ) {
        let hint = refused(credential, address, own, accepted);
        assert!(says.iter().all(|words| hint.contains(words)), "{hint}");
        assert!(accepted || !hint.contains("before in this run"), "{hint}");
    }

    #[test]
    fn a_403_is_a_role_a_plan_a_region_or_a_guests() {
        let seen = Seen::of("PMAK-x");
        let said = |message: &str| seen.explain(error(ErrorKind::Denied, EU, Some("forbiddenError"), message)).hint();
        assert!(said("Feature is unavailable in the region").contains("the region at"));
        assert!(said("no").contains("Enterprise"));
        seen.guest.store(true, Ordering::Relaxed);
        assert!(said("no").contains("a guest or a partner"));
    }

    #[test]
    fn what_needs_no_more_words_keeps_its_own() {
        let seen = Seen::of("PMAK-x");
        let gone = error(ErrorKind::NotFound, GLOBAL, None, "");
        assert_eq!(seen.explain(gone.clone()).hint(), gone.hint());
        assert!(seen.explain(error(ErrorKind::QuotaUsedUp, GLOBAL, None, "")).hint().contains("nothing more is sent"));
    }
}
