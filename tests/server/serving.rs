//! How it is served: health, the request log, TLS, a proxy in front, and backups meanwhile.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use keydeck::server::store::Store;
use keydeck::server::store::audit::{Chain, verify};
use keydeck::server::store::sql::Sql;
use keydeck::server::{self, RequestLine, ServerError, ServerSettings, TlsFiles};
use reqwest::Certificate;
use serde_json::json;
use tokio::sync::mpsc;

use crate::http::{client, ids, minted};
use crate::support::TestServer;

#[tokio::test]
async fn health_is_told_without_a_key_and_tells_nothing_else() {
    let server = TestServer::start().await;
    let path = format!("{}/healthz", server.base_url);
    let answer = server.send(client().get(&path)).await;
    assert!(!answer.headers.contains_key("ratelimit-limit"));
    assert_eq!(answer.expect(200), json!({ "status": "ok" }));
    server.send(client().post(&path)).await.refused(405, "requestNotFoundError", None);
}

#[tokio::test]
async fn a_server_whose_file_is_gone_lives_and_is_not_ready() {
    let server = TestServer::start().await;
    let ask = async |path: &str| server.send(client().get(format!("{}{path}", server.base_url))).await;
    assert_eq!(ask("/readyz").await.expect(200), json!({ "status": "ok" }));
    server.get(&server.keys.user, "/me").await.expect(200);
    let path = PathBuf::from(server.database.strip_prefix("sqlite:").unwrap());
    let aside = path.with_extension("aside");
    std::fs::rename(&path, &aside).unwrap();
    // what was found out holds for less than a second
    while ask("/readyz").await.status == 200 {}
    ask("/readyz").await.refused(503, "serviceUnavailableError", None);
    ask("/healthz").await.expect(200);
    // neither read nor written: what would be written to it is lost, and what is read is not what is there
    server.get(&server.keys.user, "/me").await.refused(503, "serviceUnavailableError", None);
    std::fs::copy(&aside, &path).unwrap();
    server.get(&server.keys.user, "/me").await.refused(503, "serviceUnavailableError", None);
    std::fs::rename(&aside, &path).unwrap();
    server.get(&server.keys.user, "/me").await.expect(200);
    while ask("/readyz").await.status != 200 {}
}

#[tokio::test]
async fn a_server_whose_database_somebody_else_writes_for_long_is_ready() {
    let server = TestServer::start().await;
    let ask = async || server.send(client().get(format!("{}/readyz", server.base_url))).await.status;
    assert_eq!(ask().await, 200);
    let path = server.database.strip_prefix("sqlite:").unwrap().to_owned();
    let other = rusqlite::Connection::open(path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(ask().await, 200);
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(ask().await, 200);
}

async fn logged() -> (TestServer, mpsc::Receiver<RequestLine>) {
    let (send, lines) = mpsc::channel(100);
    let settings = ServerSettings { request_log: Some(send), ..ServerSettings::default() };
    (TestServer::start_with(settings).await, lines)
}

#[tokio::test]
async fn each_request_leaves_a_line_that_holds_no_secret() {
    let (server, mut lines) = logged().await;
    let (id, value) = server.make_key(&server.keys.user, "new").await;
    let made = serde_json::to_value(lines.recv().await.unwrap()).unwrap();
    assert_eq!((&made["method"], &made["path"], &made["status"]), (&json!("POST"), &json!("/api-keys"), &json!(201)));
    assert_eq!((&made["userId"], &made["address"]), (&json!(3), &json!("127.0.0.1")));
    assert_eq!((&made["route"], &made["leftOut"]), (&json!("/api-keys"), &json!(null)));
    assert!(made["milliseconds"].is_u64() && made["time"].is_string());

    let answer = server.get(&value, &format!("/api-keys/{id}?access_key={}", value.expose())).await;
    let line = lines.recv().await.unwrap();
    assert_eq!(line.request_id, answer.headers["x-request-id"].to_str().unwrap());
    assert_eq!((line.path.as_str(), line.user_id), (format!("/api-keys/{id}").as_str(), Some(3)));
    assert_eq!(line.route.as_deref(), Some("/api-keys/{id}"));

    server.get(&value, &format!("/api-keys/{}", value.expose())).await.expect(404);
    let line = lines.recv().await.unwrap();
    assert_eq!((line.path.as_str(), line.status), ("/api-keys/…", 404));
    assert_eq!(line.route.as_deref(), Some("/api-keys/{id}"), "what was asked is told although the path is not");
    server.get(&minted().0, "/me").await.expect(401);
    let line = lines.recv().await.unwrap();
    assert_eq!((line.status, line.user_id), (401, None));
    server.get(&server.keys.user, "/nowhere").await.expect(404);
    let line = lines.recv().await.unwrap();
    assert_eq!((line.path.as_str(), line.route), ("/nowhere", None));
    let request = server.request(reqwest::Method::from_bytes(&[b'X'; 300]).unwrap(), &server.keys.user, "/");
    let answer = request.body("").send().await.unwrap();
    assert_eq!(answer.status(), 404);
    assert_eq!(lines.recv().await.unwrap().method, "X".repeat(20));
    server.get(&server.keys.user, &format!("/{}", "n".repeat(9000))).await.expect(404);
    assert_eq!(lines.recv().await.unwrap().path.chars().count(), 180);
}

#[tokio::test]
async fn a_log_that_nobody_reads_holds_nothing_up() {
    let (send, mut lines) = mpsc::channel(2);
    let settings = ServerSettings { request_log: Some(send), ..ServerSettings::default() };
    let server = TestServer::start_with(settings).await;
    for _ in 0..5 {
        server.get(&server.keys.user, "/me").await.expect(200);
    }
    assert_eq!(lines.recv().await.unwrap().path, "/me");
    drop(lines);
    server.get(&server.keys.user, "/me").await.expect(200);
}

/// A certificate for this machine's loopback address, its key, and the files they are in.
fn certificate(folder: &Path, bits: u32) -> (TlsFiles, Certificate) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let files = TlsFiles { certificate: folder.join("cert.pem"), key: folder.join("key.pem") };
    std::fs::write(&files.certificate, made.cert.pem()).unwrap();
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    std::fs::set_permissions(&files.key, std::fs::Permissions::from_mode(bits)).unwrap();
    (files, Certificate::from_pem(made.cert.pem().as_bytes()).unwrap())
}

#[tokio::test]
async fn tls_is_served_and_silence_holds_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    let (files, root) = certificate(folder.path(), 0o600);
    let mut server = TestServer::start_with(ServerSettings { tls: Some(files), ..ServerSettings::default() }).await;
    let address = server.base_url.strip_prefix("http://").unwrap().to_owned();
    let _silent = tokio::net::TcpStream::connect(&address).await.unwrap();
    let plain = client().get(format!("{}/me", server.base_url)).send().await;
    assert!(plain.is_err(), "nothing is answered in plain text");
    let client = reqwest::Client::builder().tls_certs_only([root]).build().unwrap();
    let me = client.get(format!("https://{address}/me")).header("X-Api-Key", server.keys.user.expose());
    assert_eq!(server.send(me).await.expect(200)["user"]["username"], "user");
    let made = client.post(format!("https://{address}/api-keys")).header("X-Api-Key", server.keys.user.expose());
    server.send(made.json(&json!({ "name": "over TLS" }))).await.expect(201);
    assert_eq!(server.number("SELECT COUNT(*) FROM audit_entries WHERE body LIKE '%\"ip\":\"127.0.0.1\"%'").await, 1);
    server.stop();
}

#[tokio::test]
async fn what_cannot_be_used_for_tls_is_told_at_the_start() {
    let server = TestServer::start().await;
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let refused = async |tls: &TlsFiles, told: &Path| {
        let settings = ServerSettings {
            database: server.database.as_str().into(),
            tls: Some(tls.clone()),
            ..ServerSettings::default()
        };
        match server::prepare(settings).await {
            Err(ServerError::Tls { path, .. }) => assert_eq!(path, told),
            Err(error) => panic!("{error}"),
            Ok(_) => panic!("taken: {told:?}"),
        }
    };
    let (files, _) = certificate(folder.path(), 0o644);
    refused(&files, &files.key).await;
    let (files, _) = certificate(folder.path(), 0o640);
    let missing = TlsFiles { certificate: folder.path().join("none.pem"), ..files.clone() };
    refused(&missing, &missing.certificate).await;
    let (another, _) = certificate(other.path(), 0o600);
    let mixed = TlsFiles { key: another.key.clone(), ..files.clone() };
    refused(&mixed, &mixed.certificate).await;
    let swapped = TlsFiles { certificate: another.key.clone(), key: another.key };
    refused(&swapped, &swapped.certificate).await;
}

#[tokio::test]
async fn certificate_and_key_are_taken_in_pem_with_a_byte_order_mark_and_in_der() {
    let server = TestServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (files, _) = certificate(folder.path(), 0o600);
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let with_bom = |pem: String| [&b"\xef\xbb\xbf"[..], pem.as_bytes()].concat();
    let key_der = made.signing_key.serialize_der();
    let (pem, key_pem) = (with_bom(made.cert.pem()), with_bom(made.signing_key.serialize_pem()));
    let prepare = async |certificate: &[u8], key: &[u8]| {
        std::fs::write(&files.certificate, certificate).unwrap();
        std::fs::write(&files.key, key).unwrap();
        let tls = Some(files.clone());
        let settings = ServerSettings { database: server.database.as_str().into(), tls, ..ServerSettings::default() };
        server::prepare(settings).await.map(drop)
    };
    for (certificate, key) in [(&pem, &key_pem), (&made.cert.der().to_vec(), &key_der), (&pem, &key_der)] {
        prepare(certificate, key).await.unwrap();
    }
    let name = "ENCRYPTED PRIVATE KEY";
    let encrypted = format!("-----BEGIN {name}-----\nMAA=\n-----END {name}-----\n");
    let refused = prepare(&pem, encrypted.as_bytes()).await.unwrap_err();
    assert!(refused.to_string().contains("encrypted with a passphrase"), "{refused}");
    assert!(refused.hint().contains("PEM or DER"), "{}", refused.hint());
    let refused = prepare(&key_pem, &key_pem).await.unwrap_err();
    assert!(refused.to_string().contains("it holds a key, and no certificate"), "{refused}");
}

#[tokio::test]
async fn other_machines_need_tls_or_a_proxy() {
    let server = TestServer::start().await;
    let serve = async |behind_proxy| {
        let settings =
            ServerSettings { database: server.database.as_str().into(), behind_proxy, ..ServerSettings::default() };
        let listener = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
        let stop = tokio_util::sync::CancellationToken::new();
        stop.cancel();
        server::serve(settings, listener, stop).await
    };
    assert!(matches!(serve(None).await, Err(ServerError::NotLoopback(_))));
    serve(Some("192.0.2.1".parse().unwrap())).await.unwrap();
}

/// From `address`, as far as X-Forwarded-For is believed.
async fn status(server: &TestServer, address: &str, key: &str) -> u16 {
    let request = client().get(format!("{}/me", server.base_url)).header("X-Api-Key", key);
    server.send(request.header("X-Forwarded-For", format!("198.51.100.7, {address}"))).await.status
}

#[tokio::test]
async fn behind_a_proxy_its_word_counts_for_limits_and_the_audit_log() {
    let behind_proxy = Some("127.0.0.1".parse().unwrap());
    let server = TestServer::start_with(ServerSettings { behind_proxy, ..ServerSettings::default() }).await;
    for _ in 0..120 {
        assert_eq!(status(&server, "203.0.113.1", "nonsense").await, 401);
    }
    assert_eq!(status(&server, "203.0.113.1", "nonsense").await, 429);
    assert_eq!(status(&server, "203.0.113.2", "nonsense").await, 401, "another address is another one");
    let (own, key) = (server.id_of(&server.keys.user).await, server.keys.user.expose());
    assert_eq!(status(&server, "203.0.113.1", key).await, 200, "a good key is let through");
    // it is told with the next batch
    let last = async || {
        let logs = server.get(&server.keys.admin, "/audit/logs?action=auth.failure").await.expect(200);
        logs["trails"][0]["ip"].clone()
    };
    while last().await != "203.0.113.2" {}
    let request = server.request(reqwest::Method::DELETE, &server.keys.user, &format!("/api-keys/{own}"));
    server.send(request.header("X-Forwarded-For", "2001:db8::7")).await.expect(204);
    let logs = server.get(&server.keys.admin, "/audit/logs?action=api_key.revoke").await.expect(200);
    assert_eq!(logs["trails"][0]["ip"], "2001:db8::7");
}

#[tokio::test]
async fn a_backup_is_one_moment_while_others_write() {
    let server = TestServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("copy.db");
    let (kept, _) = server.make_key(&server.keys.user, "kept").await;
    let writes = futures_util::future::join_all((0..20).map(|_| server.make_key(&server.keys.admin, "meanwhile")));
    let (head, made) = tokio::join!(server::backup(&server.database, &file), writes);
    let head = head.unwrap();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let names: Vec<PathBuf> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(names, [file.as_path()], "nothing is left beside it");

    let copy = Store::open(&format!("sqlite:{}", file.display())).await.unwrap();
    let Chain::Whole { seq, hash } = verify(&copy, Some(&head)).await.unwrap() else { panic!("the copy is broken") };
    assert_eq!((seq, &hash), (head.seq, &head.hash));
    let keys = Sql::new("SELECT COUNT(*) AS counted FROM api_keys").only(copy.reads()).await.unwrap();
    assert_eq!(
        keys.try_get::<i64>("counted").unwrap(),
        head.seq - 6,
        "each key with its entry, beside those of the six users"
    );
    copy.close().await;

    let refused = server::backup(&server.database, &file).await.unwrap_err();
    assert!(refused.hint().contains("never replaces"));
    assert!(verify(&Store::open(&server.database).await.unwrap(), Some(&head)).await.is_ok());
    assert_eq!(made.len(), 20);
    let listed = server.get(&server.keys.user, "/api-keys").await.expect(200);
    assert!(ids(listed["data"].as_array().unwrap()).contains(&kept.as_str()));
}
