//! The real client and the real server over a Unix socket, and what the client does with a socket that may be a stranger's.

use std::fs::{Permissions, set_permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use keydeck::domain::failure::{Ending, Failure};

use super::*;

fn at(path: &Path) -> KeydeckService {
    let limits = Limits { patience: Patience { repeats: 0, ..Patience::default() }, ..Limits::default() };
    KeydeckService::with_limits(&format!("unix:{}", path.display()), value(KeyKind::ApiKey), limits).unwrap()
}

fn path_of(server: &TestServer) -> PathBuf {
    PathBuf::from(server.base_url.strip_prefix("unix:").unwrap())
}

#[tokio::test]
async fn the_address_that_people_are_shown_is_the_sockets() {
    let mut server = TestServer::start_on_socket().await;
    let service = client(&server, &server.keys.admin);
    assert_eq!(service.me().await.unwrap().email.to_string(), "admin@test.example");
    assert_eq!(service.address(), server.base_url);
    let path = path_of(&server);
    server.stop();
    assert!(!path.exists(), "it is gone with its server");
    let error = at(&path).me().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unreachable);
    assert!(error.to_string().contains(&format!("GET /me at {}: no connection: nothing", server.base_url)), "{error}");
    assert_eq!(error.hint(), format!("start the server there: keydeck serve --listen {}", server.base_url));
    // one that was killed leaves its file
    drop(UnixListener::bind(&path).unwrap());
    let error = at(&path).me().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unreachable, "{error}");
    assert!(!error.outcome_unknown());
    let folder = path.parent().unwrap().join("none/socket");
    assert_eq!(at(&folder).me().await.unwrap_err().kind, ErrorKind::Unreachable);
}

#[tokio::test]
async fn a_stranger_is_not_sent_the_key() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    listener.set_nonblocking(true).unwrap();
    let refused = async |why: &str| {
        let error = at(&path).me().await.unwrap_err();
        assert_eq!((error.kind, error.ending()), (ErrorKind::Stranger, Ending::Unreachable), "{error}");
        assert!(error.to_string().contains(why) && error.to_string().ends_with("the key was not sent"), "{error}");
        assert!(error.ends_a_run() && !error.outcome_unknown());
        assert_eq!(listener.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock, "there is not even a connection");
    };
    set_permissions(dir.path(), Permissions::from_mode(0o777)).unwrap();
    refused("can be written by anybody").await;
    set_permissions(dir.path(), Permissions::from_mode(0o1777)).unwrap();
    refused("can be written by anybody").await;
    set_permissions(dir.path(), Permissions::from_mode(0o700)).unwrap();
    // only root can give a socket away
    if chown(&path, Some(4711), None).is_ok() {
        refused("it belongs to another user (uid 4711)").await;
    } else {
        println!("SKIPPED: not root, so that a socket of another user cannot be made");
    }
    drop(listener);
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, "").unwrap();
    let error = at(&path).me().await.unwrap_err();
    assert!(error.to_string().contains("something else than a socket is there"), "{error}");
}

#[tokio::test]
async fn a_socket_is_looked_at_before_each_request() {
    let server = TestServer::start_on_socket().await;
    let service = client(&server, &server.keys.admin);
    service.me().await.unwrap();
    set_permissions(path_of(&server).parent().unwrap(), Permissions::from_mode(0o777)).unwrap();
    assert_eq!(service.me().await.unwrap_err().kind, ErrorKind::Stranger);
}

#[tokio::test]
async fn refused_keys_over_the_socket_are_counted_together() {
    let server = TestServer::start_on_socket().await;
    let guess = at(&path_of(&server));
    let mut refused = 0;
    let error = loop {
        let error = guess.me().await.unwrap_err();
        if error.kind != ErrorKind::Unauthenticated {
            break error;
        }
        refused += 1;
        assert!(refused < 1000, "never told to wait");
    };
    assert_eq!(error.kind, ErrorKind::RateLimited);
    assert!(refused >= 60);
    client(&server, &server.keys.admin).me().await.unwrap();
}
