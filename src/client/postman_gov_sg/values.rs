//! The form of postman.gov.sg's keys, and what its answers to them look like.

use zeroize::Zeroizing;

use crate::client::proof::{Cost, Look, Proof, TakesEffect};
use crate::domain::key_value::{KeyKind, is_gov_sg};
use crate::domain::secret::Secret;
use crate::domain::values::Format;

/// A key that is unknown, deleted, expired or malformed is answered in this one way.
const NOT_ACCEPTED: &[Look] = &[Look::Refusal(401, "unauthenticated")];

/// A list of mails that is cut to one, which sends nothing and counts nowhere.
pub(super) const PROOF: Proof = Proof {
    question: "GET /transactional/email?limit=1&exclude_params=true",
    accepted: &[Look::Anonymous],
    refused: NOT_ACCEPTED,
    made_up: NOT_ACCEPTED,
    make_up: made_up,
    // no use is told of any key
    counts_as_use: false,
    prolongs: false,
    cost: Cost::Nothing,
    revocation: TakesEffect::AtOnce,
};

/// Characters behind the sign: 33 bytes in base 64, which need no padding.
const RANDOM: usize = Format::GovSgApiKey.behind_sign();

/// Whether `text` is a key of this form: the letters and digits of its owner's address, `_v1_`, 44 characters of base 64.
pub(super) fn kind_of(text: &str) -> Option<KeyKind> {
    is_gov_sg(text).then_some(KeyKind::ApiKey)
}

/// A value of this form that nobody has; none without a random source.
fn made_up() -> Option<Secret> {
    made_up_for("nobody")
}

/// The same, as if its owner had this name.
pub(super) fn made_up_for(name: &str) -> Option<Secret> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut random = Zeroizing::new([0_u8; RANDOM]);
    getrandom::fill(random.as_mut_slice()).ok()?;
    let mut value = Zeroizing::new(String::with_capacity(name.len() + 4 + RANDOM));
    value.push_str(name);
    value.push_str(Format::GovSgApiKey.sign());
    value.extend(random.iter().map(|byte| char::from(LETTERS[usize::from(byte % 64)])));
    Some(Secret::new(std::mem::take(&mut *value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::values;

    #[test]
    fn a_made_up_value_has_the_form_and_is_another_each_time() {
        let (one, other) = (made_up().unwrap(), made_up().unwrap());
        assert_ne!(one, other);
        assert_eq!(kind_of(one.expose()), Some(KeyKind::ApiKey));
        assert!(!values::masked(one.expose()).contains(one.expose()), "the recogniser knows the form");
    }

    #[test]
    fn only_the_whole_form_is_one() {
        let value = made_up_for("alicetan1").unwrap();
        let value = value.expose();
        assert_eq!(kind_of(value), Some(KeyKind::ApiKey));
        for wrong in [
            format!("{value}A"),
            format!("a.{value}"),
            value[1 + "alicetan".len()..].to_owned(),
            value.replace("_v1_", "_v2_"),
            format!("{}=", &value[..value.len() - 1]),
            String::new(),
        ] {
            assert_eq!(kind_of(&wrong), None, "{wrong}");
        }
    }
}
