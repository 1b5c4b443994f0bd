//! A server whose disk is full, on a small disk of its own: a file system in memory, where this user may mount one.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use keydeck::server::ServerSettings;
use serde_json::json;

use crate::http::client;
use crate::support::TestServer;

/// Runs `$2` where `$1` is a disk of 24 MB.
const MOUNT: &str = "mount -t tmpfs -o size=24m none \"$1\" && \
    TMPDIR=\"$1\" exec \"$2\" --exact full_disk::on_a_small_disk --ignored --nocapture";

#[test]
fn a_full_disk_refuses_everything_but_revoking_and_is_forgotten_once_there_is_room() {
    let may_mount = Command::new("unshare").args(["-rm", "true"]).output().is_ok_and(|ran| ran.status.success());
    if !may_mount {
        assert!(std::env::var_os("KEYDECK_TEST_ALL").is_none(), "no file system can be mounted here");
        eprintln!("left out: no file system can be mounted here");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let ran = Command::new("unshare")
        .args(["-rm", "sh", "-c", MOUNT, "sh"])
        .args([folder.path(), &std::env::current_exe().unwrap()])
        .env("KEYDECK_TEST_SMALL_DISK", folder.path())
        .output()
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success() && said.contains("1 passed"), "{said}");
}

/// What [`a_full_disk_refuses_everything_but_revoking_and_is_forgotten_once_there_is_room`] runs on the small disk.
#[tokio::test]
#[ignore = "needs a small disk"]
async fn on_a_small_disk() {
    let disk = PathBuf::from(std::env::var_os("KEYDECK_TEST_SMALL_DISK").unwrap());
    let write_last_uses_every = Duration::from_millis(50);
    let settings = ServerSettings { keep_reserve: true, write_last_uses_every, ..ServerSettings::default() };
    let server = TestServer::start_with(settings).await;
    let reserve = PathBuf::from(format!("{}-reserve", server.database.strip_prefix("sqlite:").unwrap()));
    let (leaked, value) = server.make_key(&server.keys.user, "leaked").await;
    assert_eq!(std::fs::metadata(&reserve).unwrap().len(), 8 * 1024 * 1024);

    let filler = disk.join("filler");
    let mut size = 16 * 1024 * 1024;
    let mut full = std::fs::File::create(&filler).unwrap();
    while size > 0 {
        if std::io::Write::write_all(&mut full, &vec![1; size]).is_err() {
            size /= 2;
        }
    }
    let make = async || server.post(&server.keys.user, "/api-keys", json!({ "name": "new" })).await;
    let refused = make().await;
    assert!(refused.headers.contains_key("retry-after"));
    let refused = refused.refused(503, "serviceUnavailableError", None);
    assert_eq!(refused["message"], "the server's disk is full: nothing was changed");
    let health = async |path: &str| server.send(client().get(format!("{}{path}", server.base_url))).await.status;
    assert_eq!(health("/healthz").await, 200);
    server.get(&value, "/me").await.expect(200);

    let revoked = server.post(&server.keys.admin, "/api-key-revocations", json!({ "ids": [leaked] })).await.expect(200);
    assert_eq!(revoked["data"][0]["outcome"], "revoked");
    server.get(&value, "/me").await.expect(401);
    assert!(!reserve.exists(), "it was needed");
    make().await.refused(503, "serviceUnavailableError", None);

    drop(full);
    std::fs::remove_file(&filler).unwrap();
    while !reserve.exists() {
        tokio::task::yield_now().await;
    }
    make().await.expect(201);
    assert_eq!(health("/readyz").await, 200);
}
