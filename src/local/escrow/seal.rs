//! Sealing a value: XChaCha20-Poly1305 under a random key or one that a passphrase is stretched to. The seal binds the value to
//! its slot and to how it was sealed, so that no file can stand in for another.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::domain::key_value::{hex, unhex};
use crate::domain::secret::Secret;

/// How many bytes name the key that sealed.
const ID_BYTES: usize = 8;
/// How many bytes a nonce has.
const NONCE_BYTES: usize = 24;
/// How many bytes a salt has.
pub(super) const SALT_BYTES: usize = 16;
/// The most memory in KiB that a stretching may ask for: what stands in a file must not exhaust the machine.
const MAX_MEMORY: u32 = 1024 * 1024;
/// The memory in KiB of the first choice that was ever written, `m=47104 t=1 p=1`.
const LEAST_MEMORY: u32 = 46 * 1024;
/// The most passes that a stretching may ask for.
const MAX_PASSES: u32 = 64;

/// A key that seals and opens.
pub(super) struct SealKey {
    key: Zeroizing<[u8; 32]>,
    id: [u8; ID_BYTES],
}

/// Why something could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CannotOpen {
    /// Another key sealed it.
    OtherKey,
    /// It is not as it was sealed.
    Damaged,
}

impl SealKey {
    pub(super) fn new(key: Zeroizing<[u8; 32]>) -> Self {
        let digest = Sha256::new().chain_update(b"keydeck escrow key id").chain_update(*key).finalize();
        let mut id = [0; ID_BYTES];
        id.copy_from_slice(&digest[..ID_BYTES]);
        Self { key, id }
    }

    /// `value` sealed for what `bound` says; none when that is impossible.
    pub(super) fn seal(&self, value: &Secret, nonce: [u8; NONCE_BYTES], bound: &str) -> Option<Vec<u8>> {
        let payload = Payload { msg: value.expose().as_bytes(), aad: bound.as_bytes() };
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload).ok()?;
        Some([self.id.as_slice(), &nonce, &sealed].concat())
    }

    /// The value that was sealed for what `bound` says.
    pub(super) fn open(&self, sealed: &[u8], bound: &str) -> Result<Secret, CannotOpen> {
        let (id, rest) = sealed.split_first_chunk::<ID_BYTES>().ok_or(CannotOpen::Damaged)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(CannotOpen::Damaged)?;
        if *id != self.id {
            return Err(CannotOpen::OtherKey);
        }
        let payload = Payload { msg: sealed, aad: bound.as_bytes() };
        let bytes = self.cipher().decrypt(&XNonce::from(*nonce), payload).map_err(|_| CannotOpen::Damaged)?;
        String::from_utf8(bytes).map(Secret::new).map_err(|error| {
            drop(Zeroizing::new(error.into_bytes()));
            CannotOpen::Damaged
        })
    }

    /// Whether this key sealed it, as far as it says itself.
    pub(super) fn sealed(&self, sealed: &[u8]) -> bool {
        sealed.starts_with(&self.id)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&Key::from(*self.key))
    }
}

/// How a passphrase is stretched to a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    memory: u32,
    passes: u32,
    lanes: u32,
    salt: [u8; SALT_BYTES],
}

impl Stretch {
    /// The present choice. Source: RFC 9106, section 4, "Parameter Choice", the second recommended option.
    pub(super) fn new(salt: [u8; SALT_BYTES]) -> Self {
        Self { memory: 64 * 1024, passes: 3, lanes: 4, salt }
    }

    /// Whether it costs whoever guesses no less than the cheapest that was ever written here: what asks for less was not
    /// written by this program.
    pub(super) fn is_ours(&self) -> bool {
        self.memory >= LEAST_MEMORY && self.passes >= 1
    }

    /// Whether it costs whoever guesses no less than the present choice.
    pub(super) fn is_strong(&self) -> bool {
        let present = Self::new([0; SALT_BYTES]);
        self.memory >= present.memory && self.passes >= present.passes
    }

    /// As it stands beside the sealed values: `argon2id m=65536 t=3 p=4 SALT`.
    pub(super) fn line(&self) -> String {
        let Self { memory, passes, lanes, salt } = self;
        format!("argon2id m={memory} t={passes} p={lanes} {}", hex(salt))
    }

    /// Reads [`line`](Self::line); none for anything else, or what would exhaust the machine.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let mut next = |start| words.next()?.strip_prefix(start);
        if !next("argon2id")?.is_empty() {
            return None;
        }
        let (memory, passes, lanes) = (next("m=")?.parse().ok()?, next("t=")?.parse().ok()?, next("p=")?.parse().ok()?);
        let salt = unhex(next("")?)?;
        let sane = memory <= MAX_MEMORY && passes <= MAX_PASSES && lanes <= MAX_PASSES;
        (sane && words.next().is_none()).then_some(Self { memory, passes, lanes, salt })
    }

    /// The key that `passphrase` is stretched to; none when the numbers are impossible.
    pub(super) fn key(&self, passphrase: &Secret) -> Option<SealKey> {
        let params = Params::new(self.memory, self.passes, self.lanes, Some(32)).ok()?;
        let mut key = Zeroizing::new([0; 32]);
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon.hash_password_into(passphrase.expose().as_bytes(), &self.salt, key.as_mut_slice()).ok()?;
        Some(SealKey::new(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> SealKey {
        SealKey::new(Zeroizing::new([byte; 32]))
    }

    #[test]
    fn what_was_sealed_opens_with_the_same_key_for_the_same_purpose_only() {
        let value = Secret::new("a value".to_owned());
        let sealed = key(1).seal(&value, [7; NONCE_BYTES], "slot").unwrap();
        assert_eq!(key(1).open(&sealed, "slot").unwrap(), value);
        assert_eq!(key(1).open(&sealed, "other").unwrap_err(), CannotOpen::Damaged);
        assert_eq!(key(2).open(&sealed, "slot").unwrap_err(), CannotOpen::OtherKey);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(key(1).open(&changed, "slot").is_err(), "byte {at}");
            assert!(key(1).open(&sealed[..at], "slot").is_err(), "cut at {at}");
        }
    }

    #[test]
    fn what_costs_less_than_anything_ever_written_is_not_ours() {
        let with = |memory, passes, lanes| Stretch { memory, passes, lanes, salt: [0; SALT_BYTES] };
        for (stretch, ours, strong) in [
            (Stretch::new([1; SALT_BYTES]), true, true),
            (with(46 * 1024, 1, 1), true, false),
            (with(256 * 1024, 3, 1), true, true),
            (with(64 * 1024, 2, 4), true, false),
            (with(19 * 1024, 2, 1), false, false),
            (with(46 * 1024 - 1, 64, 1), false, false),
            (with(8, 1, 1), false, false),
        ] {
            assert_eq!((stretch.is_ours(), stretch.is_strong()), (ours, strong), "{}", stretch.line());
        }
    }

    #[test]
    fn a_stretching_is_read_as_it_was_written_and_never_exhausts_the_machine() {
        let stretch = Stretch::new([9; SALT_BYTES]);
        let line = stretch.line();
        assert_eq!(Stretch::parse(&line).unwrap(), stretch);
        for wrong in [
            "",
            "argon2i m=65536 t=3 p=4 09",
            &line.replace("m=65536", "m=4294967295"),
            &line.replace("t=3", "t=4000000"),
            &line.replace("argon2id", "argon2idx"),
            &format!("{line} more"),
            &line[..line.len() - 1],
        ] {
            assert!(Stretch::parse(wrong).is_none(), "{wrong}");
        }
        assert!(Stretch { memory: 1, ..stretch }.key(&Secret::new("x".to_owned())).is_none());
    }
}
