//! Whether a backend accepts a value, by a proof that each backend declares: how it is asked, and what its answers look
//! like. Backends differ: one answers 403 to a made-up key and 401 to a revoked one, one answers 200 to everything, one
//! goes on accepting a value whose deletion it confirmed.

use std::time::Duration;

use super::KeyService;
use super::error::{ErrorKind, ServiceError};
use crate::domain::doubt::Doubt;
use crate::domain::key_value::KeyKind;
use crate::domain::secret::Secret;
use crate::domain::team::Me;
use crate::domain::untrusted::Untrusted;

/// What a backend declares about asking it whether it accepts a value. The conformance suite holds it to this.
#[derive(Clone, Copy, Debug)]
pub struct Proof {
    /// The request that asks, as people write it: `GET /me`.
    pub question: &'static str,
    /// What the answer to an accepted value looks like.
    pub accepted: &'static [Look],
    /// What the answer to a value looks like that was accepted once and is not any more.
    pub refused: &'static [Look],
    /// What the answer to a value looks like that nobody ever had.
    pub made_up: &'static [Look],
    /// Makes a value that has the form of this backend's values and that nobody has; none without a random source.
    pub make_up: fn() -> Option<Secret>,
    /// Whether asking moves the time of the key's last use.
    pub counts_as_use: bool,
    /// Whether asking lets a key live longer that would lapse unused, so that it is asked only about what was revoked.
    pub prolongs: bool,
    /// What one question costs. [`KeyService::verify`] asks three.
    pub cost: Cost,
    /// When a confirmed revocation takes effect.
    pub revocation: TakesEffect,
}

/// What one question costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// Nothing that is counted.
    Nothing,
    /// One call of the rate limit.
    Call,
    /// One call of the rate limit and of the month's allowance.
    MonthlyCall,
}

/// When a value that was revoked is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakesEffect {
    /// As soon as the revocation is confirmed.
    AtOnce,
    /// So long after it at the latest.
    Within(Duration),
    /// Nobody says, or not at all.
    Unknown,
}

/// What an answer may look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// A success that says whose the value is.
    Identified,
    /// A success that does not say whose the value is.
    Anonymous,
    /// A refusal of the API's own, with this status and this error name.
    Refusal(u16, &'static str),
}

/// One answer to the question.
#[derive(Clone, Debug, PartialEq)]
pub enum Probe {
    /// A success, and whose the value is, where the answer says so.
    Success(Option<Box<Me>>),
    /// A refusal of the API's own: its status and the error's name. A proxy's refusal is not one.
    Refusal(u16, Untrusted),
}

/// Whether a value is accepted.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It is; by whose key, where the backend says so.
    Accepted(Option<Box<Me>>),
    /// It is not, and a made-up value is not either.
    Refused,
    /// That could not be found out, for this reason.
    CannotTell(Doubt),
}

impl Probe {
    /// What an answer to the question says about the value, if it says anything: an error that is no refusal of the
    /// API's own does not.
    pub fn of(answer: Result<Option<Box<Me>>, ServiceError>) -> Result<Self, ServiceError> {
        match answer {
            Ok(me) => Ok(Self::Success(me)),
            Err(ServiceError {
                kind: ErrorKind::Unauthenticated | ErrorKind::Denied,
                status: Some(status),
                name: Some(name),
                ..
            }) => Ok(Self::Refusal(status, name)),
            Err(error) => Err(error),
        }
    }

    /// Whether the answer is one of these.
    pub fn is_like(&self, looks: &[Look]) -> bool {
        looks.iter().any(|look| match (look, self) {
            (Look::Identified, Self::Success(me)) => me.is_some(),
            (Look::Anonymous, Self::Success(me)) => me.is_none(),
            (Look::Refusal(status, name), Self::Refusal(got, named)) => status == got && *name == named.as_received(),
            _ => false,
        })
    }

    fn words(&self) -> String {
        match self {
            Self::Success(_) => "accepted".to_owned(),
            Self::Refusal(status, name) => format!("answered {status} {name}"),
        }
    }
}

impl Proof {
    /// What two answers to one value come to, with the answer to a made-up value between them.
    fn decide(&self, before: Probe, control: &Probe, after: &Probe) -> Verdict {
        if control.is_like(self.accepted) {
            return Verdict::CannotTell(Doubt::AnythingAccepted);
        }
        if !control.is_like(self.made_up) {
            return Verdict::CannotTell(Doubt::MadeUpOtherwise(control.words().into()));
        }
        // an answer that looks like the one to a made-up value is a refusal as well
        let refused = |probe: &Probe| probe.is_like(self.refused) || probe.is_like(self.made_up);
        match (before.is_like(self.accepted), after.is_like(self.accepted)) {
            (true, true) if owner(&before) != owner(after) => Verdict::CannotTell(Doubt::TwoUsers),
            (true, true) => match before {
                Probe::Success(me) => Verdict::Accepted(me),
                Probe::Refusal(..) => Verdict::Accepted(None),
            },
            (false, false) if refused(&before) && refused(after) => Verdict::Refused,
            (false, false) => {
                let unknown = if refused(&before) { after } else { &before };
                Verdict::CannotTell(Doubt::AnswerUnknown(unknown.words().into()))
            }
            (true, false) | (false, true) => {
                Verdict::CannotTell(Doubt::Mixed(format!("{} and then {}", before.words(), after.words()).into()))
            }
        }
    }
}

fn owner(probe: &Probe) -> Option<crate::domain::ids::UserId> {
    match probe {
        Probe::Success(Some(me)) => Some(me.id),
        _ => None,
    }
}

/// Asks twice about `value` and in between about a made-up one of the same form.
pub(super) async fn verify<S: KeyService + ?Sized>(service: &S, value: &Secret) -> Verdict {
    let kind = service.kind_of(value.expose()).unwrap_or(KeyKind::ApiKey);
    let Some(proof) = service.proof_of(kind) else { return Verdict::CannotTell(Doubt::NotAsked) };
    let Some(made_up) = (proof.make_up)() else { return Verdict::CannotTell(Doubt::NoRandom) };
    let probes = async {
        let before = service.probe(value).await?;
        let control = service.probe(&made_up).await?;
        Ok::<_, ServiceError>((before, control, service.probe(value).await?))
    };
    match probes.await {
        Ok((before, control, after)) => proof.decide(before, &control, &after),
        Err(error) => Verdict::CannotTell(Doubt::Unanswered(format!("{}; {}", error.reason(), error.hint()).into())),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::client::error::Asked;
    use crate::client::fake::FakeService;
    use crate::domain::key::{Key, Status};
    use crate::domain::key_value::digest;

    const REVOKED: Look = Look::Refusal(401, "AuthenticationError");
    const UNKNOWN: Look = Look::Refusal(403, "forbiddenError");

    fn proof(accepted: &'static [Look], refused: &'static [Look], made_up: &'static [Look]) -> Proof {
        Proof { accepted, refused, made_up, ..*FakeService::new(Vec::new()).proof() }
    }

    fn ok() -> Probe {
        let me = FakeService::new(Vec::new()).state().me.clone();
        Probe::Success(Some(Box::new(me)))
    }

    fn no(status: u16, name: &str) -> Probe {
        Probe::Refusal(status, name.into())
    }

    fn word(verdict: &Verdict) -> &'static str {
        match verdict {
            Verdict::Accepted(_) => "accepted",
            Verdict::Refused => "refused",
            Verdict::CannotTell(_) => "cannot tell",
        }
    }

    #[rstest]
    #[case::alive(ok(), no(401, "AuthenticationError"), ok(), "accepted")]
    #[case::dead(
        no(401, "AuthenticationError"),
        no(401, "AuthenticationError"),
        no(401, "AuthenticationError"),
        "refused"
    )]
    #[case::everything_is_accepted(ok(), ok(), ok(), "cannot tell")]
    #[case::only_the_made_up_key_is_accepted(
        no(401, "AuthenticationError"),
        ok(),
        no(401, "AuthenticationError"),
        "cannot tell"
    )]
    #[case::it_changes(ok(), no(401, "AuthenticationError"), no(401, "AuthenticationError"), "cannot tell")]
    #[case::another_refusal(
        no(403, "forbiddenError"),
        no(401, "AuthenticationError"),
        no(403, "forbiddenError"),
        "cannot tell"
    )]
    #[case::the_control_is_refused_in_another_way(ok(), no(403, "forbiddenError"), ok(), "cannot tell")]
    fn keydecks_own_answers(#[case] before: Probe, #[case] control: Probe, #[case] after: Probe, #[case] said: &str) {
        let proof = proof(&[Look::Identified], &[REVOKED], &[REVOKED]);
        assert_eq!(word(&proof.decide(before, &control, &after)), said);
    }

    #[test]
    fn a_backend_that_tells_made_up_from_revoked() {
        let proof = proof(&[Look::Identified], &[REVOKED], &[UNKNOWN]);
        let (revoked, unknown) = (no(401, "AuthenticationError"), no(403, "forbiddenError"));
        assert_eq!(proof.decide(revoked.clone(), &unknown, &revoked), Verdict::Refused);
        assert_eq!(proof.decide(unknown.clone(), &unknown, &unknown), Verdict::Refused);
        assert_eq!(word(&proof.decide(revoked.clone(), &revoked, &revoked)), "cannot tell");
    }

    #[test]
    fn a_backend_whose_success_only_counts_with_a_name() {
        let proof = proof(&[Look::Identified], &[Look::Anonymous], &[Look::Anonymous]);
        let nobody = Probe::Success(None);
        assert_eq!(word(&proof.decide(ok(), &nobody, &ok())), "accepted");
        assert_eq!(proof.decide(nobody.clone(), &nobody, &nobody), Verdict::Refused);
    }

    #[test]
    fn a_backend_that_accepts_everything_proves_nothing() {
        let proof = proof(&[Look::Identified], &[Look::Identified], &[Look::Identified]);
        assert_eq!(word(&proof.decide(ok(), &ok(), &ok())), "cannot tell");
    }

    #[test]
    fn only_the_apis_own_refusal_is_one() {
        let error = |kind, status, name: Option<&str>| ServiceError {
            status,
            name: name.map(Untrusted::from),
            ..ServiceError::new(kind, Asked::nothing("https://keys.team.example"), "")
        };
        let own = error(ErrorKind::Unauthenticated, Some(401), Some("AuthenticationError"));
        assert_eq!(Probe::of(Err(own)), Ok(no(401, "AuthenticationError")));
        let a_proxys = error(ErrorKind::Unauthenticated, Some(401), None);
        assert!(Probe::of(Err(a_proxys)).is_err());
        assert!(Probe::of(Err(error(ErrorKind::Server, Some(500), Some("serverError")))).is_err());
    }

    #[tokio::test]
    async fn a_value_is_asked_about_beside_a_made_up_one() {
        let key = |status| Key { digest: Some(digest("the value")), status, ..Key::sample("k") };
        let value = Secret::new("the value".to_owned());
        for (status, said) in
            [(Status::Enabled, "accepted"), (Status::Disabled, "refused"), (Status::Revoked, "refused")]
        {
            let service = FakeService::new(vec![key(status)]);
            assert_eq!(word(&service.verify(&value).await), said);
            assert_eq!(service.count("probe"), 3);
            service.state().accepts_everything = true;
            assert_eq!(word(&service.verify(&value).await), "cannot tell");
        }
    }

    #[tokio::test]
    async fn a_question_that_is_not_answered_tells_nothing() {
        let service = FakeService::new(vec![Key { digest: Some(digest("v")), ..Key::sample("k") }]);
        service.fail("probe", ErrorKind::Unreachable);
        assert_eq!(word(&service.verify(&Secret::new("v".to_owned())).await), "cannot tell");
    }
}
