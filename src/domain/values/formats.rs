//! What values of each format look like, and what stands where one begins.

use std::ops::Range;

use crate::domain::key_value::{BODY, CHECKSUM, KeyKind, PREFIX, checksum};

/// A format of values that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// An API key of keydeck's own server: `kdk_`, 30 characters of base 62, 6 of checksum.
    ApiKey,
    /// A collection access key of keydeck's own server: the same behind `kdc_`.
    CollectionAccessKey,
    /// An API key of Postman: `PMAK-`, 24 hexadecimal digits, `-`, 34 more.
    PostmanApiKey,
    /// A collection access key of Postman: `PMAT-` and 26 letters and digits.
    PostmanCollectionAccessKey,
    /// An API key of postman.gov.sg: its owner's name, `_v1_`, 44 characters of base 64.
    GovSgApiKey,
}

impl Format {
    pub const ALL: [Self; 5] = [
        Self::ApiKey,
        Self::CollectionAccessKey,
        Self::PostmanApiKey,
        Self::PostmanCollectionAccessKey,
        Self::GovSgApiKey,
    ];

    /// What gives a value of this format away: what it begins with, or what stands in its middle.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::ApiKey => "kdk_",
            Self::CollectionAccessKey => "kdc_",
            Self::PostmanApiKey => "PMAK-",
            Self::PostmanCollectionAccessKey => "PMAT-",
            Self::GovSgApiKey => "_v1_",
        }
    }

    /// The name by which findings call this kind of secret.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ApiKey => "keydeck API Key",
            Self::CollectionAccessKey => "keydeck Collection Access Key",
            Self::PostmanApiKey => "Postman API Key",
            Self::PostmanCollectionAccessKey => "Postman Collection Access Key",
            Self::GovSgApiKey => "postman.gov.sg API Key",
        }
    }

    /// Which of keydeck's own kinds of key has values of this format, if one does.
    pub const fn kind(self) -> Option<KeyKind> {
        match self {
            Self::ApiKey => Some(KeyKind::ApiKey),
            Self::CollectionAccessKey => Some(KeyKind::CollectionAccessKey),
            _ => None,
        }
    }

    /// How many characters stand behind the sign.
    pub const fn behind_sign(self) -> usize {
        match self {
            Self::ApiKey | Self::CollectionAccessKey => BODY + CHECKSUM,
            Self::PostmanApiKey => 24 + 1 + 34,
            Self::PostmanCollectionAccessKey => 26,
            Self::GovSgApiKey => 44,
        }
    }

    /// Whether a wrong character can be told from a right one.
    pub const fn has_checksum(self) -> bool {
        self.kind().is_some()
    }
}

/// How much of a value stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    Whole,
    ChecksumWrong,
    /// How many characters beside the sign.
    Part(usize),
    /// How many characters stand between the sign and the mask, and behind the mask.
    Masked(usize, usize),
}

/// What stands at a sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    pub format: Format,
    pub extent: Extent,
    pub span: Range<usize>,
}

impl Hit {
    /// A whole value as it was minted: people and programs change the case of a prefix.
    pub fn canonical(&self, bytes: &[u8]) -> Option<String> {
        let text = std::str::from_utf8(bytes.get(self.span.clone())?).ok()?;
        let sign = self.format.sign();
        if self.format == Format::GovSgApiKey {
            return Some(text.to_owned());
        }
        Some(format!("{sign}{}", text.get(sign.len()..)?))
    }
}

/// An owner's name is the first part of an e-mail address.
const LONGEST_NAME: usize = 64;

/// Tells `hit` of every sign in `bytes`, from the left. Takes time in proportion to their length.
pub(super) fn scan(bytes: &[u8], mut hit: impl FnMut(Hit)) {
    for at in memchr::memchr2_iter(b'_', b'-', bytes) {
        let begins = |sign: &str| {
            let start = (at + 1).checked_sub(sign.len())?;
            bytes[start..=at].eq_ignore_ascii_case(sign.as_bytes()).then_some(start)
        };
        let prefixed = Format::ALL
            .into_iter()
            .filter(|format| *format != Format::GovSgApiKey && format.sign().as_bytes().ends_with(&bytes[at..=at]))
            .find_map(|format| Some((format, begins(format.sign())?)));
        if let Some((format, start)) = prefixed {
            let (extent, length) = extent(format, &bytes[at + 1..]);
            hit(Hit { format, extent, span: start..at + 1 + length });
        } else if bytes[at..].get(..4).is_some_and(|sign| sign.eq_ignore_ascii_case(b"_v1_")) {
            hit(gov_sg(bytes, at));
        }
    }
}

/// What stands behind a prefix, and how many bytes of it.
fn extent(format: Format, rest: &[u8]) -> (Extent, usize) {
    let first = run(rest, u8::is_ascii_alphanumeric);
    let whole = match format {
        Format::ApiKey | Format::CollectionAccessKey => {
            if first >= BODY + CHECKSUM {
                let fits = has_checksum(format.sign(), &rest[..BODY + CHECKSUM]);
                return if fits { (Extent::Whole, BODY + CHECKSUM) } else { (Extent::ChecksumWrong, first) };
            }
            None
        }
        Format::PostmanApiKey => {
            let hex = |part: &[u8]| part.iter().all(u8::is_ascii_hexdigit);
            let second = rest.get(first + 1..).map_or(0, |rest| run(rest, u8::is_ascii_alphanumeric));
            let dash = rest.get(first) == Some(&b'-') && second > 0;
            let length = if dash { first + 1 + second } else { first };
            if !dash || first != 24 || second != 34 || !hex(&rest[..24]) || !hex(&rest[25..length]) {
                return part(rest, length);
            }
            Some(length)
        }
        _ => (first == format.behind_sign()).then_some(first),
    };
    whole.map_or_else(|| part(rest, first), |length| (Extent::Whole, length))
}

/// A value that ends too early or goes on too long, or is masked from there on.
fn part(rest: &[u8], shown: usize) -> (Extent, usize) {
    let masked = mask(&rest[shown..]);
    if masked == 0 {
        return (Extent::Part(shown), shown);
    }
    let last = run(&rest[shown + masked..], u8::is_ascii_alphanumeric);
    (Extent::Masked(shown, last), shown + masked + last)
}

fn gov_sg(bytes: &[u8], at: usize) -> Hit {
    let name = bytes[..at].iter().rev().take(LONGEST_NAME).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let rest = &bytes[at + 4..];
    let key = run(rest, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
    let length = Format::GovSgApiKey.behind_sign();
    // what follows in an address begins with a slash
    let whole = name > 0 && (key == length || key > length && matches!(rest[length], b'/' | b'+'));
    let (extent, key) = if whole { (Extent::Whole, length) } else { (Extent::Part(key), key) };
    Hit { format: Format::GovSgApiKey, extent, span: at - name..at + 4 + key }
}

fn has_checksum(sign: &str, rest: &[u8]) -> bool {
    let start = zeroize::Zeroizing::new([sign.as_bytes(), &rest[..BODY]].concat());
    debug_assert_eq!(sign.len(), PREFIX);
    std::str::from_utf8(&start).is_ok_and(|start| checksum(start).as_bytes() == &rest[BODY..])
}

fn run(bytes: &[u8], of: impl Fn(&u8) -> bool) -> usize {
    bytes.iter().position(|byte| !of(byte)).unwrap_or(bytes.len())
}

/// How many bytes at the start of `rest` stand for characters that are not told: ellipses, bullets and blocks, two stars
/// or three dots and more; a tilde, which is the ellipsis of the console in ASCII.
fn mask(rest: &[u8]) -> usize {
    const WIDE: [&str; 6] = ["…", "•", "●", "█", "∗", "~"];
    let (mut length, mut stars, mut dots) = (0, 0, 0);
    loop {
        let rest = &rest[length..];
        match rest.first() {
            Some(b'*') => stars += 1,
            Some(b'.') => dots += 1,
            _ => match WIDE.into_iter().find(|wide| rest.starts_with(wide.as_bytes())) {
                Some(wide) => {
                    stars += 2;
                    length += wide.len();
                    continue;
                }
                None => break,
            },
        }
        length += 1;
    }
    if stars > 1 || dots > 2 { length } else { 0 }
}
