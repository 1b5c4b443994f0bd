//! What a program prints: the beginning, up to a bound, and the end; the rest is read and thrown away, so that the program
//! is not held up.

use std::fmt;
use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};
use zeroize::Zeroizing;

/// The most of the beginning that is kept, in bytes.
const HEAD: usize = 64 * 1024;
/// The most of the end that is kept once there is more than that, in bytes.
const TAIL: usize = 8 * 1024;

/// What was printed. It may hold secrets.
#[derive(Default)]
pub struct Capture {
    head: Zeroizing<Vec<u8>>,
    tail: Zeroizing<Vec<u8>>,
    cut: bool,
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Capture({} bytes)", self.head.len())
    }
}

impl Capture {
    /// All of it; none when there was more than is kept.
    pub fn whole(&self) -> Option<&[u8]> {
        (!self.cut).then_some(&self.head)
    }

    /// The beginning of it, as much as is kept.
    pub fn beginning(&self) -> &[u8] {
        &self.head
    }

    /// The end of it, in whole lines: half a value would not be recognised as one.
    pub fn end(&self) -> Zeroizing<Vec<u8>> {
        if !self.cut {
            return self.head.clone();
        }
        let start = self.tail.iter().position(|byte| *byte == b'\n').map_or(self.tail.len(), |at| at + 1);
        Zeroizing::new(self.tail[start..].to_vec())
    }

    fn take(&mut self, bytes: &[u8]) {
        let room = HEAD.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..room]);
        self.cut |= room < bytes.len();
        self.tail.extend_from_slice(bytes);
        let over = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..over);
    }
}

/// Reads to the end. What was read stays when this is dropped before.
pub async fn read(from: Option<impl AsyncRead + Unpin>, into: &mut Capture) -> io::Result<()> {
    let Some(mut from) = from else { return Ok(()) };
    // the room is made first, so that no outgrown copy of a secret stays behind in memory
    into.head.reserve_exact(HEAD);
    into.tail.reserve_exact(2 * TAIL);
    let mut piece = Zeroizing::new(vec![0_u8; TAIL]);
    loop {
        match from.read(&mut piece).await? {
            0 => return Ok(()),
            count => into.take(&piece[..count]),
        }
    }
}
