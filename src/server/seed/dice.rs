//! Chance that falls the same way for the same seed, on every machine and in every version.

use chrono::TimeDelta;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use ulid::Ulid;

use crate::domain::key_value::hex;
use crate::domain::time::Time;

/// A source of chance. It never makes a key's value: those who know the seed know all that comes out of it.
pub struct Dice(ChaCha8Rng);

impl Dice {
    /// The dice of one part of the team, so that a change to one part leaves the others as they are.
    pub fn new(seed: u64, part: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(part);
        Self(rng)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: u64) -> u64 {
        let product = u128::from(self.0.next_u64()) * u128::from(end);
        u64::try_from(product >> 64).unwrap_or_default()
    }

    /// True `percent` times in a hundred.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of `choices`, of which there is at least one.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let at = usize::try_from(self.below(choices.len() as u64)).unwrap_or_default();
        &choices[at]
    }

    /// A moment from `start` on and before `end`; `start` when `end` is not later.
    pub fn between(&mut self, start: Time, end: Time) -> Time {
        let span = u64::try_from((end - start).num_milliseconds()).unwrap_or_default();
        start + milliseconds(if span == 0 { 0 } else { self.below(span) })
    }

    /// A moment from `start` on and before `end`, the later the likelier.
    pub fn recent(&mut self, start: Time, end: Time) -> Time {
        let (a, b) = (self.between(start, end), self.between(start, end));
        a.max(b)
    }

    /// An id made at `time`.
    pub fn id(&mut self, time: Time) -> String {
        let random = (u128::from(self.0.next_u64()) << 64) | u128::from(self.0.next_u64());
        Ulid::from_parts(u64::try_from(time.timestamp_millis()).unwrap_or_default(), random).to_string()
    }

    pub fn hash(&mut self) -> String {
        let mut bytes = [0; 32];
        self.0.fill_bytes(&mut bytes);
        hex(&bytes)
    }

    /// A random UUID.
    pub fn uuid(&mut self) -> String {
        let mut text = self.hash();
        text.truncate(32);
        text.replace_range(12..13, "4");
        let variant = *self.pick(&["8", "9", "a", "b"]);
        text.replace_range(16..17, variant);
        for at in [20, 16, 12, 8] {
            text.insert(at, '-');
        }
        text
    }

    /// The mask of a value that never was.
    pub fn mask(&mut self, prefix: &str) -> String {
        const LETTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let last: String = (0..4).map(|_| char::from(*self.pick(LETTERS))).collect();
        format!("{prefix}…{last}")
    }

    /// An address that reaches nobody. Source: RFC 5737.
    pub fn address(&mut self) -> String {
        let network = self.pick(&["192.0.2", "198.51.100", "203.0.113"]);
        let host = self.below(253) + 1;
        format!("{network}.{host}")
    }
}

/// Milliseconds as a span; very many saturate.
fn milliseconds(count: u64) -> TimeDelta {
    TimeDelta::milliseconds(i64::try_from(count).unwrap_or(i64::MAX / 2))
}
