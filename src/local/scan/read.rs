//! Looking through one file, of any length, within a bounded memory.

use std::io::{self, ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use zeroize::Zeroizing;

use super::Scan;
use crate::domain::scan::{Commit, Decoder, FileName, Unreadable, sniff};
use crate::domain::values::seek::{Seeker, Sighting};

/// So much is read and looked through at once, in bytes: it stays in the processor's own memory.
const PIECE: usize = 256 * 1024;

/// Looks through files one after the other.
pub struct Reader {
    raw: Zeroizing<Vec<u8>>,
    /// What was decoded, where a file is not looked through as it is.
    decoded: Zeroizing<Vec<u8>>,
}

impl Default for Reader {
    fn default() -> Self {
        Self { raw: Zeroizing::new(vec![0; PIECE]), decoded: Zeroizing::default() }
    }
}

/// How looking through a text ended that could be read.
enum Looked {
    Through,
    Stopped,
    Skipped(Unreadable),
}

impl Reader {
    /// Looks through `from`, which is called `name` and stands in `commit`, and notes what is in it.
    pub fn file(&mut self, scan: &Scan, name: &Arc<FileName>, from: &mut impl Read, commit: Option<&Arc<Commit>>) {
        if self.text(scan, name, from, commit) {
            scan.files.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Does the same with what is no file; false where it cannot be looked through.
    pub fn text(
        &mut self,
        scan: &Scan,
        name: &Arc<FileName>,
        from: &mut impl Read,
        commit: Option<&Arc<Commit>>,
    ) -> bool {
        let mut read = 0;
        let looked = self.look(scan, from, &mut read, &mut |sighting| scan.haul().add(&sighting, name, commit));
        scan.bytes.fetch_add(read, Ordering::Relaxed);
        match looked {
            Ok(Looked::Through | Looked::Stopped) => return true,
            Ok(Looked::Skipped(why)) => scan.skipped(name, why),
            Err(error) => scan.unread(FileName::clone(name), reason(&error)),
        }
        false
    }

    fn look(
        &mut self,
        scan: &Scan,
        from: &mut impl Read,
        read: &mut u64,
        see: &mut dyn FnMut(Sighting),
    ) -> io::Result<Looked> {
        let (mut filled, mut ended) = fill(from, &mut self.raw, 0)?;
        *read += filled as u64;
        let (encoding, mark) = match sniff(&self.raw[..filled]) {
            Ok(text) => text,
            Err(why) => return Ok(Looked::Skipped(why)),
        };
        let mut seeker = Seeker::default();
        if let Some(mut decoder) = Decoder::of(encoding) {
            self.decoded.clear();
            let mut begin = mark;
            loop {
                decoder.decode(&self.raw[begin..filled], &mut self.decoded);
                let done = seeker.look(&self.decoded, ended, see);
                if ended {
                    return Ok(Looked::Through);
                }
                self.decoded.drain(..done);
                if scan.is_stopped() {
                    return Ok(Looked::Stopped);
                }
                (filled, ended) = fill(from, &mut self.raw, 0)?;
                (begin, *read) = (0, *read + filled as u64);
            }
        }
        let (mut begin, mut kept) = (mark, 0);
        loop {
            // what is binary further on is not looked through from there
            if memchr::memchr(0, &self.raw[kept..filled]).is_some() {
                return Ok(Looked::Skipped(Unreadable::Binary));
            }
            let done = begin + seeker.look(&self.raw[begin..filled], ended, see);
            if ended {
                return Ok(Looked::Through);
            }
            if scan.is_stopped() {
                return Ok(Looked::Stopped);
            }
            self.raw.copy_within(done..filled, 0);
            (begin, kept) = (0, filled - done);
            (filled, ended) = fill(from, &mut self.raw, kept)?;
            *read += (filled - kept) as u64;
        }
    }
}

/// Fills `buffer` from `kept` on; answers up to where, and whether that was all.
fn fill(from: &mut impl Read, buffer: &mut [u8], kept: usize) -> io::Result<(usize, bool)> {
    let mut filled = kept;
    while filled < buffer.len() {
        match from.read(&mut buffer[filled..]) {
            Ok(0) => return Ok((filled, true)),
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok((filled, false))
}

/// Why something cannot be read, in words.
pub fn reason(error: &io::Error) -> String {
    match error.raw_os_error() {
        // the words of the system end with its number
        Some(_) => error.to_string().split(" (os error").next().unwrap_or_default().to_lowercase(),
        None => error.to_string(),
    }
}
