//! Whose the values are that a search found, and whether they are accepted.

use std::collections::HashMap;

use super::pace;
use crate::client::KeyService;
use crate::client::capabilities::Capability;
use crate::client::error::ServiceError;
use crate::client::proof::Verdict;
use crate::domain::key::Key;
use crate::domain::key_value::{Digest32, hex};
use crate::domain::scan::{Alive, Exposure, Standing};
use crate::domain::secret::Secret;
use crate::domain::untrusted::visible;
use crate::domain::values::Format;
use crate::ops::lookup;

/// How many calls [`KeyService::verify`] makes.
const CALLS: usize = 3;

/// Looks the values up by their hashes: an answer for each, in their order. What the backend cannot tell, or does not tell
/// this user, is not known, and the reason is given.
pub async fn look_up(service: &dyn KeyService, values: &[(Digest32, Format)]) -> (Vec<Standing>, Option<ServiceError>) {
    let unknown = |why: &str| values.iter().map(|_| Standing::not_asked(why)).collect();
    if let Some(why) = service.capabilities().why_not(Capability::Lookup) {
        return (unknown(why), None);
    }
    let fingerprints: Vec<String> = values.iter().map(|(digest, _)| hex(digest)).collect();
    let found = match lookup::by_fingerprints(service, &fingerprints).await {
        Ok(found) => found,
        Err(error) => return (unknown("the look-up failed"), Some(error)),
    };
    let now = service.clock().now();
    let mut keys: HashMap<String, Key> =
        found.into_iter().filter_map(|found| Some((found.fingerprint, found.key?))).collect();
    let standings = values.iter().map(|value| Standing::looked_up(*value, keys.remove(&hex(&value.0)), now));
    (standings.collect(), None)
}

/// Asks with each value itself that has the form of this backend's own and that it has a way to be asked about. A value of
/// another maker is sent to nobody.
pub async fn probe(service: &dyn KeyService, values: &[Exposure], standings: Vec<Standing>) -> Vec<Standing> {
    let mut probed = Vec::with_capacity(standings.len());
    for (exposure, standing) in values.iter().zip(standings) {
        let proof = |value: &Secret| {
            let kind = service.kind_of(value.expose())?;
            service.proof_of(kind)
        };
        let asked = exposure.value.as_ref().and_then(|value| Some((value, proof(value)?)));
        let Some((value, proof)) = asked else {
            probed.push(standing);
            continue;
        };
        if proof.prolongs {
            probed.push(Standing::not_asked("it was not used, since each use lets such a key live longer"));
            continue;
        }
        if let Some(seconds) = pace::before_next(service.rate_limit(), CALLS) {
            pace::rest(service, seconds, None).await;
        }
        let verdict = service.verify(value).await;
        let at = service.clock().now();
        probed.push(match verdict {
            Verdict::Accepted(_) => standing.probed(Alive::Yes, "accepted", at),
            Verdict::Refused => standing.probed(Alive::No, "refused, as a made-up one is,", at),
            Verdict::CannotTell(why) => standing.probed(Alive::Unknown, &visible(&why.to_string()), at),
        });
    }
    probed
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::client::capabilities::Capabilities;
    use crate::client::error::ErrorKind;
    use crate::client::fake::FakeService;
    use crate::domain::key::Status;
    use crate::domain::key_value::{KeyKind, digest, mint};
    use crate::domain::scan::{FileName, Haul};
    use crate::domain::values::seek::Seeker;

    fn haul(values: &[&str]) -> Vec<Exposure> {
        let mut haul = Haul::new(true);
        let file = Arc::new(FileName::new("x"));
        Seeker::default().look(values.join("\n").as_bytes(), true, &mut |sighting| haul.add(&sighting, &file, None));
        let (found, more) = haul.settle();
        assert_eq!((found.len(), more), (values.len(), 0));
        found
    }

    fn looked_up(found: &[Exposure]) -> Vec<(Digest32, Format)> {
        found.iter().map(|value| (value.digest, value.format)).collect()
    }

    fn value() -> Secret {
        mint(KeyKind::ApiKey, getrandom::fill).unwrap()
    }

    #[tokio::test]
    async fn a_value_is_as_alive_as_its_key_says() {
        let values: Vec<Secret> = (0..4).map(|_| value()).collect();
        let foreign = format!("PMAK-{}-{}", "a".repeat(24), "0".repeat(34));
        let key = |at: usize, status| Key { digest: Some(digest(values[at].expose())), status, ..Key::sample("k") };
        let keys = vec![key(0, Status::Enabled), key(1, Status::Disabled), key(2, Status::Revoked)];
        let service = FakeService::new(keys);
        let texts: Vec<&str> = values.iter().map(Secret::expose).chain([foreign.as_str()]).collect();
        let found = haul(&texts);
        let (standings, trouble) = look_up(&service, &looked_up(&found)).await;
        assert_eq!(trouble, None);
        let alive: Vec<Alive> = standings.iter().map(|standing| standing.alive).collect();
        assert_eq!(alive, [Alive::Yes, Alive::No, Alive::No, Alive::Unknown, Alive::Unknown]);
        assert!(standings[3].key.is_none() && standings[3].why.as_received().contains("no key that you may see"));
        assert!(standings[4].why.as_received().contains("revoke it at https://"), "{:?}", standings[4].why);
        assert!(service.state().calls.iter().all(|call| !texts.iter().any(|text| call.contains(text))));
        assert_eq!(service.count("probe"), 0, "nobody asked to use a value");
    }

    #[tokio::test]
    async fn what_cannot_be_asked_is_not_known() {
        let (one, why) = (value(), "its API tells no key by its hash: look on the team's page");
        let found = haul(&[one.expose()]);
        let service = FakeService::new(vec![Key { digest: Some(digest(one.expose())), ..Key::sample("k") }]);
        service.fail("lookup", ErrorKind::Denied);
        let (standings, trouble) = look_up(&service, &looked_up(&found)).await;
        assert_eq!((standings[0].alive, trouble.unwrap().kind), (Alive::Unknown, ErrorKind::Denied));
        let service = service.with_capabilities(Capabilities::all().without(Capability::Lookup, why));
        let (standings, trouble) = look_up(&service, &looked_up(&found)).await;
        assert_eq!((standings[0].alive, trouble), (Alive::Unknown, None));
        assert_eq!(standings[0].why.as_received(), why);
    }

    #[tokio::test]
    async fn a_value_that_a_question_would_let_live_longer_is_not_asked_about() {
        let one = value();
        let service = FakeService::new(vec![Key { digest: Some(digest(one.expose())), ..Key::sample("k") }]);
        let service = service.prolonging();
        let standings = probe(&service, &haul(&[one.expose()]), vec![Standing::not_asked("x")]).await;
        assert_eq!((standings[0].alive, service.count("probe")), (Alive::Unknown, 0));
        assert!(standings[0].why.as_received().contains("live longer"), "{:?}", standings[0].why);
    }

    #[tokio::test]
    async fn a_probe_uses_values_of_this_backend_only() {
        let [live, dead, nobodys] = [value(), value(), value()];
        let foreign = format!("PMAK-{}-{}", "a".repeat(24), "0".repeat(34));
        let key = |value: &Secret, status| Key { digest: Some(digest(value.expose())), status, ..Key::sample("k") };
        let service = FakeService::new(vec![key(&live, Status::Enabled), key(&dead, Status::Revoked)]);
        let found = haul(&[live.expose(), dead.expose(), nobodys.expose(), &foreign]);
        let standings = probe(&service, &found, vec![Standing::not_asked("nobody was asked"); 4]).await;
        let alive: Vec<Alive> = standings.iter().map(|standing| standing.alive).collect();
        assert_eq!(alive, [Alive::Yes, Alive::No, Alive::No, Alive::Unknown]);
        assert!(
            standings[0].why.as_received().contains("accepted when keydeck used it at 20"),
            "{:?}",
            standings[0].why
        );
        assert_eq!(service.count("probe"), 3 * CALLS, "the fourth is another maker's");
        service.state().accepts_everything = true;
        let standings = probe(&service, &found[..1], vec![Standing::not_asked("nobody was asked")]).await;
        assert_eq!(standings[0].alive, Alive::Unknown);
        assert!(standings[0].why.as_received().contains("proves nothing"));
    }
}
