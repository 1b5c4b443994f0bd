//! Listening on a socket: its file is this user's alone, that of a dead server is replaced, and it is removed at the end.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use rustix::fs::{FlockOperation, Mode, flock};
use rustix::process::{geteuid, umask};
use tokio::net::{UnixListener, UnixStream};

use super::{Place, SocketError, SocketPath};

/// The file of a socket that is listened on. Dropped, it is removed, unless another server has put its own there meanwhile.
#[derive(Debug)]
pub struct SocketFile {
    path: PathBuf,
    mark: Mark,
    /// Holds the file, so that its number is not given to another as long as it is compared.
    #[cfg(target_os = "linux")]
    _held: Option<std::os::fd::OwnedFd>,
}

/// What tells a file from another of the same name, whatever becomes of its mode: a number alone may be given again.
type Mark = (u64, u64, i64, i64);

fn mark(facts: &Metadata) -> Mark {
    (facts.dev(), facts.ino(), facts.mtime(), facts.mtime_nsec())
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if std::fs::symlink_metadata(&self.path).is_ok_and(|facts| mark(&facts) == self.mark) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

impl SocketPath {
    /// Listens, with a file of mode 0600 from the first moment. Called before anything else writes files, since the mode
    /// of all new files is restricted for a moment.
    ///
    /// # Errors
    /// When another server listens there, something else is there, or others can put a socket into the folder.
    pub async fn listen(&self) -> Result<(UnixListener, SocketFile), SocketError> {
        let place = self.place()?;
        // Between two that start at once: one must not take the other for dead before it listens.
        let folder = File::open(&place.folder).map_err(SocketError::System)?;
        let turn = flock(&folder, FlockOperation::NonBlockingLockExclusive).is_ok();
        let bound = match bind(&place) {
            Err(error) if error.kind() == ErrorKind::AddrInUse => {
                remove_dead(&place, turn).await?;
                bind(&place)
            }
            bound => bound,
        };
        let listener = bound.map_err(|error| match error.kind() {
            ErrorKind::AddrInUse => SocketError::InUse,
            _ => SocketError::System(error),
        })?;
        let file = SocketFile {
            mark: mark(&place.facts()?),
            #[cfg(target_os = "linux")]
            _held: held(&place),
            path: place.path,
        };
        Ok((listener, file))
    }
}

#[cfg(target_os = "linux")]
fn held(place: &Place) -> Option<std::os::fd::OwnedFd> {
    use rustix::fs::OFlags;
    rustix::fs::open(&place.path, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty()).ok()
}

fn bind(place: &Place) -> io::Result<UnixListener> {
    let before = umask(Mode::from_raw_mode(0o177));
    let bound = UnixListener::bind(&place.path);
    umask(before);
    bound
}

/// Removes the socket of a server that is gone.
async fn remove_dead(place: &Place, turn: bool) -> Result<(), SocketError> {
    let facts = match place.facts() {
        Err(SocketError::System(error)) if error.kind() == ErrorKind::NotFound => return Ok(()),
        facts => facts?,
    };
    if facts.uid() != geteuid().as_raw() {
        return Err(SocketError::Untrusted(format!("the socket there belongs to another user (uid {})", facts.uid())));
    }
    match UnixStream::connect(&place.path).await {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused && turn => {
            std::fs::remove_file(&place.path).map_err(SocketError::System)
        }
        // with a full queue it lives too, and without a turn another may just begin
        Ok(_) => Err(SocketError::InUse),
        Err(error) => match error.kind() {
            ErrorKind::ConnectionRefused | ErrorKind::WouldBlock => Err(SocketError::InUse),
            ErrorKind::NotFound => Ok(()),
            _ => Err(SocketError::System(error)),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn path(dir: &tempfile::TempDir) -> SocketPath {
        SocketPath::parse(&format!("unix:{}", dir.path().join("s").display())).unwrap().unwrap()
    }

    #[tokio::test]
    async fn it_is_private_replaces_a_dead_one_and_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let (file, before) = (dir.path().join("s"), umask(Mode::empty()));
        // one that was killed leaves its file
        drop(std::os::unix::net::UnixListener::bind(&file).unwrap());
        let (listener, held) = path(&dir).listen().await.unwrap();
        assert_eq!(umask(before), Mode::empty(), "what others make has the mode it would have had");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(UnixStream::connect(&file).await.is_ok());
        assert!(matches!(path(&dir).listen().await, Err(SocketError::InUse)), "a live one stays");
        assert!(UnixStream::connect(&file).await.is_ok());
        drop((listener, held));
        assert!(!file.exists());
    }

    #[tokio::test]
    async fn anothers_file_is_never_removed() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("s");
        std::fs::write(&file, "precious").unwrap();
        assert!(matches!(path(&dir).listen().await, Err(SocketError::NotASocket)));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "precious");
        std::fs::remove_file(&file).unwrap();
        let (listener, held) = path(&dir).listen().await.unwrap();
        // it has ended, and another begins before it could remove its file
        drop(listener);
        let (_listener, _held) = path(&dir).listen().await.unwrap();
        drop(held);
        assert!(UnixStream::connect(&file).await.is_ok());
    }

    #[tokio::test]
    async fn a_dead_socket_stays_while_another_may_begin() {
        let dir = tempfile::tempdir().unwrap();
        drop(std::os::unix::net::UnixListener::bind(dir.path().join("s")).unwrap());
        let folder = File::open(dir.path()).unwrap();
        flock(&folder, FlockOperation::LockExclusive).unwrap();
        assert!(matches!(path(&dir).listen().await, Err(SocketError::InUse)));
        drop(folder);
        assert!(path(&dir).listen().await.is_ok());
    }
}
