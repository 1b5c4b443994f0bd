//! The form of Postman's own values, and what its answers to them look like.

use std::fmt::Write as _;

use zeroize::Zeroizing;

use crate::client::proof::{Cost, Look, Proof, TakesEffect};
use crate::domain::key_value::{KeyKind, hex};
use crate::domain::secret::Secret;
use crate::domain::values::Format;

/// A value that is not accepted, whatever the reason, is answered in one way: 401 with this error.
const NOT_ACCEPTED: &[Look] = &[Look::Refusal(401, "AuthenticationError")];

/// `GET /me` says whose an API key is. Like every call it counts towards the month's allowance.
pub(super) const API_KEY: Proof = Proof {
    question: "GET /me",
    accepted: &[Look::Identified],
    refused: NOT_ACCEPTED,
    made_up: NOT_ACCEPTED,
    make_up: || made_up(KeyKind::ApiKey),
    counts_as_use: true,
    prolongs: false,
    cost: Cost::MonthlyCall,
    // nobody says how long a revocation takes
    revocation: TakesEffect::Unknown,
};

/// A collection access key opens one collection. Asked for another, one that is accepted is answered 403. Each use lets it
/// live for 60 days from then on.
pub(super) const COLLECTION_ACCESS_KEY: Proof = Proof {
    question: "GET /collections/{uid}?access_key",
    accepted: &[Look::Refusal(403, "forbiddenError"), Look::Anonymous],
    make_up: || made_up(KeyKind::CollectionAccessKey),
    prolongs: true,
    ..API_KEY
};

/// A collection that nobody has, in the form of a UID: it is asked for to see whether a collection access key is accepted at
/// all.
pub(super) const NO_COLLECTION: &str = "0-00000000-0000-4000-8000-000000000000";

/// Which kind of key has a value like `text`: by its prefix alone, since the rest of the form is documented nowhere.
pub(super) fn kind_of(text: &str) -> Option<KeyKind> {
    let begins = |sign: &str| text.get(..sign.len()).is_some_and(|start| start.eq_ignore_ascii_case(sign));
    let format =
        [Format::PostmanApiKey, Format::PostmanCollectionAccessKey].into_iter().find(|format| begins(format.sign()))?;
    Some(kind(format))
}

/// Which kind of key Postman calls a kind of secret so: `Postman API Key`, in any case.
pub(super) fn kind_of_secret(name: &str) -> Option<KeyKind> {
    let formats = [Format::PostmanApiKey, Format::PostmanCollectionAccessKey];
    formats.into_iter().find(|format| name.trim().eq_ignore_ascii_case(format.name())).map(kind)
}

fn kind(format: Format) -> KeyKind {
    match format {
        Format::PostmanCollectionAccessKey | Format::CollectionAccessKey => KeyKind::CollectionAccessKey,
        Format::PostmanApiKey | Format::ApiKey | Format::GovSgApiKey => KeyKind::ApiKey,
    }
}

/// A value of this kind's form that nobody has; none without a random source.
fn made_up(kind: KeyKind) -> Option<Secret> {
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut random = Zeroizing::new([0_u8; 29]);
    getrandom::fill(random.as_mut_slice()).ok()?;
    let mut value = String::with_capacity(64);
    match kind {
        KeyKind::ApiKey => {
            let (id, secret) = random.split_at(12);
            write!(value, "{}{}-{}", Format::PostmanApiKey.sign(), hex(id), hex(secret)).ok()?;
        }
        KeyKind::CollectionAccessKey => {
            value.push_str(Format::PostmanCollectionAccessKey.sign());
            value.extend(random.iter().take(26).map(|byte| char::from(LETTERS[usize::from(byte % 32)])));
        }
    }
    Some(Secret::new(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::values;

    #[test]
    fn a_made_up_value_has_the_form_of_its_kind_and_is_another_each_time() {
        for (proof, kind, length) in
            [(API_KEY, KeyKind::ApiKey, 64), (COLLECTION_ACCESS_KEY, KeyKind::CollectionAccessKey, 31)]
        {
            let (one, other) = ((proof.make_up)().unwrap(), (proof.make_up)().unwrap());
            assert_eq!((one.expose().len(), kind_of(one.expose())), (length, Some(kind)));
            assert_ne!(one, other);
            assert!(!values::masked(one.expose()).contains(one.expose()), "the recogniser knows the form");
        }
    }

    #[test]
    fn a_value_is_known_by_its_prefix_alone() {
        assert_eq!(kind_of("PMAK-x"), Some(KeyKind::ApiKey));
        assert_eq!(kind_of("pmat-x"), Some(KeyKind::CollectionAccessKey));
        for other in ["PMA", "kdk_x", "", "PMÄK-"] {
            assert_eq!(kind_of(other), None, "{other}");
        }
        assert_eq!(kind_of_secret("postman api key"), Some(KeyKind::ApiKey));
        assert_eq!(kind_of_secret("POSTMAN Collection Access Key "), Some(KeyKind::CollectionAccessKey));
        assert_eq!(kind_of_secret("keydeck API Key"), None);
    }
}
