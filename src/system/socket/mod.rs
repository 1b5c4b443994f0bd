//! Unix sockets: how a path of one is written, whose socket may be trusted with a key, and listening on one.
//!
//! On a machine that others use too, anybody may take a port of the loopback address and be sent what was meant for
//! another. A socket lies in a folder, and who can put something into that folder is known.

mod listen;

use std::fmt;
use std::fs::Metadata;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::file::{is_trusted_owner, writers};

pub use listen::SocketFile;

/// What stands before the path.
const SCHEME: &str = "unix:";
/// The most bytes that the system takes as a socket's path; the last of its 108, elsewhere 104, ends it.
const MOST_BYTES: usize = if cfg!(any(target_os = "linux", target_os = "android")) { 107 } else { 103 };

/// A socket's absolute path, which people write and read as `unix:PATH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketPath(PathBuf);

/// Why a socket cannot be used.
#[derive(Debug)]
pub enum SocketError {
    /// The system says so; often that nothing is there.
    System(io::Error),
    /// The path is longer than the system takes, once links are followed.
    TooLong(usize),
    /// Something else than a socket is there.
    NotASocket,
    /// Another user can be at its other end.
    Untrusted(String),
    /// Another server listens there.
    InUse,
}

impl SocketPath {
    /// Reads `unix:PATH`, in which `~/` is the home directory and `unix://PATH` is understood; none for any other text.
    ///
    /// # Errors
    /// What is wrong with the path, in words that go on from "it".
    pub fn parse(text: &str) -> Option<Result<Self, String>> {
        let path = text.strip_prefix(SCHEME)?;
        // other programs write it as a URL, with the two slashes of one
        let path = path.strip_prefix("//").filter(|path| path.starts_with('/')).unwrap_or(path);
        Some(Self::of(path))
    }

    fn of(path: &str) -> Result<Self, String> {
        let whole = match (path.strip_prefix("~/"), std::env::home_dir()) {
            (Some(rest), Some(home)) => home.join(rest),
            (Some(_), None) => return Err("begins with ~/, and this user has no home directory".to_owned()),
            (None, _) => PathBuf::from(path),
        };
        if !whole.is_absolute() {
            return Err(
                "has a path that depends on where keydeck is started: begin it with unix:/ or unix:~/".to_owned()
            );
        }
        if path.ends_with('/') || whole.file_name().is_none() {
            return Err("names a folder: end it with the socket's own name".to_owned());
        }
        if whole.to_string_lossy().chars().any(char::is_control) {
            return Err("holds a control character".to_owned());
        }
        match check_length(&whole) {
            Ok(()) => Ok(Self(whole)),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Follows the links that lead to the folder. What is there now need not exist yet or still later.
    ///
    /// # Errors
    /// When there is no such folder, or others can put a socket of theirs into it.
    pub fn place(&self) -> Result<Place, SocketError> {
        let (Some(folder), Some(name)) = (self.0.parent(), self.0.file_name()) else {
            return Err(SocketError::NotASocket);
        };
        let folder = folder.canonicalize().map_err(SocketError::System)?;
        let path = folder.join(name);
        check_length(&path)?;
        let place = Place { folder, path };
        place.check_folders()?;
        Ok(place)
    }
}

impl fmt::Display for SocketPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}", self.0.display())
    }
}

/// Where a socket is, without links on the way to it.
#[derive(Clone, Debug)]
pub struct Place {
    folder: PathBuf,
    path: PathBuf,
}

impl Place {
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Checks that what is there is a socket of this user or of root, and that nobody else can put another in its place
    /// before it is used.
    ///
    /// # Errors
    /// When there is none, or it may be a stranger's.
    pub fn check(&self) -> Result<(), SocketError> {
        self.check_folders()?;
        let facts = self.facts()?;
        if !is_trusted_owner(&facts) {
            return Err(SocketError::Untrusted(format!("it belongs to another user (uid {})", facts.uid())));
        }
        Ok(())
    }

    /// The facts of the socket itself.
    fn facts(&self) -> Result<Metadata, SocketError> {
        let facts = std::fs::symlink_metadata(&self.path).map_err(SocketError::System)?;
        if facts.file_type().is_socket() { Ok(facts) } else { Err(SocketError::NotASocket) }
    }

    /// Whoever may write the socket's folder can take its name as soon as its server is gone, and whoever may write one
    /// above can exchange that folder, unless the sticky bit keeps them from it.
    fn check_folders(&self) -> Result<(), SocketError> {
        for folder in self.folder.ancestors() {
            let facts = std::fs::symlink_metadata(folder).map_err(SocketError::System)?;
            let shown = folder.display();
            if !is_trusted_owner(&facts) {
                let uid = facts.uid();
                return Err(SocketError::Untrusted(format!("the folder {shown} belongs to another user (uid {uid})")));
            }
            let kept = folder != self.folder && facts.mode() & 0o1000 != 0;
            if let Some(who) = writers(&facts).filter(|_| !kept) {
                return Err(SocketError::Untrusted(format!("the folder {shown} can be written by {who}")));
            }
        }
        Ok(())
    }
}

fn check_length(path: &Path) -> Result<(), SocketError> {
    let bytes = path.as_os_str().as_bytes().len();
    if bytes > MOST_BYTES { Err(SocketError::TooLong(bytes)) } else { Ok(()) }
}

impl fmt::Display for SocketError {
    /// In words that go on from "it" where they do not name the thing themselves.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System(error) => write!(f, "{}", error.kind()),
            Self::TooLong(bytes) => {
                write!(f, "has a path of {bytes} bytes, and a socket's may have {MOST_BYTES}: choose a shorter one")
            }
            Self::NotASocket => f.write_str("something else than a socket is there"),
            Self::Untrusted(why) => f.write_str(why),
            Self::InUse => f.write_str("another server listens there"),
        }
    }
}

impl std::error::Error for SocketError {}

#[cfg(test)]
mod tests {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::{PermissionsExt, chown, symlink};
    use std::os::unix::net::UnixListener;

    use super::*;

    fn parse(text: &str) -> Result<String, String> {
        SocketPath::parse(text).unwrap().map(|path| path.to_string())
    }

    #[test]
    fn a_path_is_absolute_or_begins_at_home() {
        assert_eq!(parse("unix:/run/keydeck/socket").unwrap(), "unix:/run/keydeck/socket");
        assert_eq!(parse("unix:///run/keydeck/socket").unwrap(), "unix:/run/keydeck/socket");
        let home = std::env::home_dir().unwrap();
        assert_eq!(parse("unix:~/socket").unwrap(), format!("unix:{}", home.join("socket").display()));
        for (text, told) in [
            ("unix:", "begin it with unix:/"),
            ("unix:socket", "begin it with unix:/"),
            ("unix:./socket", "begin it with unix:/"),
            ("unix:~ana/socket", "begin it with unix:/"),
            ("unix:@abstract", "begin it with unix:/"),
            ("unix:/", "folder"),
            ("unix:/run/", "folder"),
            ("unix:/run/..", "folder"),
            ("unix:/run/so\u{1b}cket", "control character"),
        ] {
            assert!(parse(text).unwrap_err().contains(told), "{text}: {:?}", parse(text));
        }
        for other in ["", "http://127.0.0.1", "unix", "UNIX:/x", "/run/socket"] {
            assert!(SocketPath::parse(other).is_none(), "{other}");
        }
    }

    #[test]
    fn the_longest_path_is_the_systems() {
        for (bytes, taken) in [(MOST_BYTES, true), (MOST_BYTES + 1, false), (400, false)] {
            let path = format!("/{}", "a".repeat(bytes - 1));
            assert_eq!(std::os::unix::net::SocketAddr::from_pathname(&path).is_ok(), taken, "{bytes}");
            let parsed = parse(&format!("unix:{path}"));
            assert_eq!(parsed.is_ok(), taken);
            if let Err(error) = parsed {
                assert!(error.contains(&format!("{bytes} bytes")), "{error}");
            }
        }
    }

    /// A socket in a folder of its own, with how it is trusted.
    fn trusted(folder_mode: u32, above_mode: u32) -> Result<(), String> {
        let dir = tempfile::tempdir().unwrap();
        let (above, folder) = (dir.path().join("a"), dir.path().join("a/b"));
        std::fs::create_dir_all(&folder).unwrap();
        let _listener = UnixListener::bind(folder.join("s")).unwrap();
        set_permissions(&folder, Permissions::from_mode(folder_mode)).unwrap();
        set_permissions(&above, Permissions::from_mode(above_mode)).unwrap();
        let path = SocketPath::parse(&format!("unix:{}", folder.join("s").display())).unwrap().unwrap();
        path.place().and_then(|place| place.check()).map_err(|error| error.to_string())
    }

    #[test]
    fn nobody_else_may_be_able_to_put_another_in_its_place() {
        assert_eq!(trusted(0o700, 0o755), Ok(()));
        assert_eq!(trusted(0o755, 0o1777), Ok(()), "the sticky bit keeps a folder where it is");
        assert!(trusted(0o777, 0o755).unwrap_err().contains("a/b can be written by anybody"));
        assert!(trusted(0o1777, 0o755).unwrap_err().contains("a/b can be written by anybody"), "its name can be taken");
        assert!(trusted(0o700, 0o777).unwrap_err().contains("a can be written by anybody"));
    }

    #[test]
    fn what_is_there_has_to_be_a_socket_of_ours() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| {
            let path = SocketPath::parse(&format!("unix:{}", dir.path().join(name).display())).unwrap().unwrap();
            path.place().and_then(|place| place.check())
        };
        let _listener = UnixListener::bind(dir.path().join("socket")).unwrap();
        std::fs::write(dir.path().join("file"), "").unwrap();
        symlink("socket", dir.path().join("link")).unwrap();
        assert!(at("socket").is_ok());
        assert!(matches!(at("none"), Err(SocketError::System(error)) if error.kind() == io::ErrorKind::NotFound));
        for other in ["file", "link"] {
            assert!(matches!(at(other), Err(SocketError::NotASocket)), "{other}");
        }
        // only root can give a socket away
        if chown(dir.path().join("socket"), Some(4711), None).is_ok() {
            assert!(at("socket").unwrap_err().to_string().contains("another user (uid 4711)"));
            chown(dir.path(), Some(4711), None).unwrap();
            assert!(at("socket").unwrap_err().to_string().contains("belongs to another user (uid 4711)"));
        }
    }

    #[test]
    fn a_folder_is_found_through_links() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("open")).unwrap();
        set_permissions(dir.path().join("open"), Permissions::from_mode(0o777)).unwrap();
        symlink("open", dir.path().join("link")).unwrap();
        let path = SocketPath::parse(&format!("unix:{}/link/s", dir.path().display())).unwrap().unwrap();
        assert!(path.place().unwrap_err().to_string().contains("open can be written by anybody"));
    }
}
