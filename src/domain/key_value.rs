//! The form of key values: minting, checksum, mask, fingerprint. Where one stands in a text, [`values`](super::values) says.
//!
//! Source: the management API's "Key values"; the foreign forms are Postman's (`PMAK-`, `PMAT-`) and postman.gov.sg's
//! (`name_v1_…`).

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::secret::Secret;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
pub(super) const PREFIX: usize = 4;
pub(super) const BODY: usize = 30;
pub(super) const CHECKSUM: usize = 6;

/// Length of a keydeck value in characters.
pub const LENGTH: usize = PREFIX + BODY + CHECKSUM;

/// The two kinds of key that keydeck's own server knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// An API key, `kdk_…`: acts as its owner.
    ApiKey,
    /// A collection access key, `kdc_…`: reads one collection.
    CollectionAccessKey,
}

impl KeyKind {
    /// The four characters a value of this kind begins with.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::ApiKey => "kdk_",
            Self::CollectionAccessKey => "kdc_",
        }
    }
}

/// Makes a new value from `random`, which fills a buffer from the operating system's random source.
///
/// Bytes past the largest multiple of 62 are thrown away, so every character is equally likely.
pub fn mint<E>(kind: KeyKind, mut random: impl FnMut(&mut [u8]) -> Result<(), E>) -> Result<Secret, E> {
    let mut value = Zeroizing::new(String::with_capacity(LENGTH));
    value.push_str(kind.prefix());
    let mut pool = Zeroizing::new([0_u8; 64]);
    while value.len() < PREFIX + BODY {
        random(pool.as_mut_slice())?;
        for byte in pool.iter().filter(|byte| **byte < 248) {
            if value.len() < PREFIX + BODY {
                value.push(char::from(ALPHABET[usize::from(byte % 62)]));
            }
        }
    }
    let sum = checksum(&value);
    value.push_str(&sum);
    Ok(Secret::new(std::mem::take(&mut *value)))
}

/// The six characters that end a value whose first part is `start`: CRC-32/ISO-HDLC, base 62, most significant first.
pub fn checksum(start: &str) -> String {
    let mut rest = crc32fast::hash(start.as_bytes());
    let mut sum = [b'0'; CHECKSUM];
    for digit in sum.iter_mut().rev() {
        *digit = ALPHABET[(rest % 62) as usize];
        rest /= 62;
    }
    sum.iter().map(|byte| char::from(*byte)).collect()
}

/// What kind of keydeck value `text` is, if its form and its checksum are right; asks nobody.
pub fn recognise(text: &str) -> Option<KeyKind> {
    let kind =
        [KeyKind::ApiKey, KeyKind::CollectionAccessKey].into_iter().find(|kind| text.starts_with(kind.prefix()))?;
    let well_formed = text.len() == LENGTH && text.bytes().skip(PREFIX).all(|byte| byte.is_ascii_alphanumeric());
    (well_formed && text[PREFIX + BODY..] == checksum(&text[..PREFIX + BODY])).then_some(kind)
}

/// The masked form: prefix, `…`, last four characters. Text that is no keydeck value shows its last four at most; a key of
/// postman.gov.sg its last five, by which that service tells its keys apart.
pub fn mask(value: &str) -> String {
    if is_gov_sg(value) {
        return format!("…{}", &value[value.len() - 5..]);
    }
    let prefix = [KeyKind::ApiKey.prefix(), KeyKind::CollectionAccessKey.prefix(), "PMAK-", "PMAT-"]
        .into_iter()
        .find(|prefix| value.starts_with(prefix))
        .unwrap_or_default();
    let rest: Vec<char> = value[prefix.len()..].chars().collect();
    let last: String = if rest.len() >= 12 { rest[rest.len() - 4..].iter().collect() } else { String::new() };
    format!("{prefix}…{last}")
}

/// Whether `text` is a whole key of postman.gov.sg: its owner's name in letters and digits, `_v1_`, and 33 bytes in base 64.
pub fn is_gov_sg(text: &str) -> bool {
    let Some((name, random)) = text.split_once("_v1_") else { return false };
    let named = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_random = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    named && random.len() == 44 && random.bytes().all(is_random)
}

/// The fewest characters behind the mask by which a value is told from others of its form.
const TELLING: usize = 4;

/// Whether `masked`, a masked form with `…` in it, could be that of `value`: what is shown of it in front and at its end is the
/// same, and at its end there are at least four characters. Other values can have the same masked form.
pub fn is_mask_of(masked: &str, value: &str) -> bool {
    let Some((first, last)) = masked.split_once('…') else { return false };
    let told = last.chars().count() >= TELLING && first.len() + last.len() < value.len();
    told && value.starts_with(first) && value.ends_with(last)
}

/// SHA-256 of a whole value, as bytes.
pub type Digest32 = [u8; 32];

/// The fingerprint of a value: SHA-256, 64 lower-case hexadecimal digits.
pub fn fingerprint(value: &str) -> String {
    hex(&digest(value))
}

/// SHA-256 of a value.
pub fn digest(value: &str) -> Digest32 {
    Sha256::digest(value.as_bytes()).into()
}

/// Bytes as lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    hex::encode(bytes)
}

/// As many bytes as are asked for from hexadecimal of either case; none when `text` is not that.
pub fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).ok().map(|()| bytes)
}

/// The digest that a fingerprint stands for; none when it is not written as the wire writes it.
pub fn digest_of_fingerprint(text: &str) -> Option<Digest32> {
    is_fingerprint(text).then(|| unhex(text)).flatten()
}

/// Whether `text` is a fingerprint as the wire writes it.
pub fn is_fingerprint(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether `text` is a masked API key as a client that mints its own value may send it: `kdk_…` and four base-62
/// characters.
pub fn is_masked_api_key(text: &str) -> bool {
    text.strip_prefix("kdk_…").is_some_and(|last| last.len() == 4 && last.bytes().all(|b| b.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counting() -> impl FnMut(&mut [u8]) -> Result<(), std::convert::Infallible> {
        let mut next = 0_u8;
        move |buffer| {
            for byte in buffer {
                *byte = next;
                next = next.wrapping_add(7);
            }
            Ok(())
        }
    }

    #[test]
    fn the_contracts_example() {
        assert_eq!(checksum("kdk_0123456789ABCDEFGHIJKLMNOPQRST"), "1Ir0du");
    }

    #[test]
    fn minted_values_are_recognised_and_any_changed_character_is_not() {
        for kind in [KeyKind::ApiKey, KeyKind::CollectionAccessKey] {
            let value = mint(kind, counting()).unwrap();
            assert_eq!(value.expose().len(), LENGTH);
            assert_eq!(recognise(value.expose()), Some(kind));
            for at in PREFIX..LENGTH {
                let mut wrong = value.expose().to_owned();
                let other = if &wrong[at..=at] == "a" { "b" } else { "a" };
                wrong.replace_range(at..=at, other);
                assert_eq!(recognise(&wrong), None, "{at}");
            }
        }
    }

    #[test]
    fn a_masked_form_is_a_values_if_both_ends_are() {
        let value = format!("PMAT-{}7Q2A", "0".repeat(22));
        for masked in ["PMAT-…7Q2A", "…7Q2A", "PMAT-0…07Q2A"] {
            assert!(is_mask_of(masked, &value), "{masked}");
        }
        // another end or start, too little of it, all of it, none of it
        for masked in ["PMAT-…7Q2B", "PMAK-…7Q2A", "PMAT-…Q2A", "PMAT-…", "", "7Q2A", &value, "PMAT-…7Q2A…"]
        {
            assert!(!is_mask_of(masked, &value), "{masked}");
        }
        assert!(!is_mask_of("PMAT-…7Q2A", "PMAT-7Q2A"), "nothing is left out");
    }

    #[test]
    fn masks_keep_four_characters_at_most() {
        let value = format!("kdk_{}1Ir0du", "0123456789ABCDEFGHIJKLMNOPQRST");
        assert_eq!(mask(&value), "kdk_…r0du");
        assert!(is_masked_api_key(&mask(&value)));
        assert_eq!(mask("PMAT-short"), "PMAT-…");
        assert_eq!(mask("hunter2"), "…");
    }
}
