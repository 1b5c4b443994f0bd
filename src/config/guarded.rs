//! Whether a file is one that only its user, or root, can have written.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use zeroize::Zeroizing;

pub(super) use crate::system::file::{is_trusted_owner, writers};

/// Opens without waiting, so that a pipe somebody put there cannot hold us; what was opened is what is checked and read.
pub(super) fn open(path: &Path) -> io::Result<(Metadata, File)> {
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)?;
    Ok((file.metadata()?, file))
}

/// Whether the file at `path` can be replaced by others, since they may write its folder.
pub(super) fn is_replaceable(path: &Path) -> bool {
    let folder = path.canonicalize().ok().and_then(|path| path.parent().map(Path::to_owned));
    let facts = folder.and_then(|folder| std::fs::metadata(folder).ok());
    // where the sticky bit is set, only the owner of a file may put another in its place
    facts.is_some_and(|facts| !is_trusted_owner(&facts) || (writers(&facts).is_some() && facts.mode() & 0o1000 == 0))
}

/// Whether `path` names a descriptor that this process was started with.
pub(super) fn is_descriptor(path: &Path) -> bool {
    let digits = |rest: &Path| rest.to_str().is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    path == Path::new("/dev/stdin")
        || ["/dev/fd", "/proc/self/fd"].iter().any(|folder| path.strip_prefix(folder).is_ok_and(digits))
}

/// Reads `file` to its end, `most` bytes of it, which may be a pipe in which somebody still writes, for `limit` at most.
pub(super) fn read(mut file: File, most: usize, limit: Duration) -> io::Result<Zeroizing<Vec<u8>>> {
    use std::io::Read;
    let start = Instant::now();
    // the room is made first, so that no outgrown copy of a secret stays behind in memory
    let mut text = Zeroizing::new(Vec::with_capacity(most));
    let mut piece = Zeroizing::new([0_u8; 4096]);
    while text.len() < most {
        match file.read(&mut piece[..]) {
            Ok(0) => break,
            Ok(count) => {
                let room = most - text.len();
                text.extend_from_slice(&piece[..count.min(room)]);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let left = limit.checked_sub(start.elapsed()).ok_or(io::ErrorKind::TimedOut)?;
                let left = Timespec::try_from(left).map_err(|_| io::ErrorKind::TimedOut)?;
                poll(&mut [PollFd::new(&file, PollFlags::IN)], Some(&left))?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(text)
}
