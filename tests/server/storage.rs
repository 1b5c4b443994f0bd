//! The database: who may read it, what survives, what is refused, who waits for whom.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use keydeck::domain::team::Role;
use keydeck::server::store::{STEPS, Store};
use keydeck::server::{self, ServerError, ServerSettings};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::support::TestServer;

fn path(server: &TestServer) -> PathBuf {
    PathBuf::from(server.database.strip_prefix("sqlite:").unwrap())
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn nobody_else_may_read_the_database() {
    let mut server = TestServer::start().await;
    server.make_key(&server.keys.user, "written").await;
    let file = path(&server);
    let beside = |suffix: &str| PathBuf::from(format!("{}{suffix}", file.display()));
    for suffix in ["", "-wal", "-shm"] {
        assert_eq!(mode(&beside(suffix)), 0o600, "{suffix}");
    }
    server.stop();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    server.resume();
    server.make_key(&server.keys.user, "written").await;
    for suffix in ["", "-wal", "-shm"] {
        assert_eq!(mode(&beside(suffix)), 0o600, "put right at the next start: {suffix}");
    }
}

#[tokio::test]
async fn a_restart_keeps_everything() {
    let mut server = TestServer::start().await;
    let (id, value) = server.make_key(&server.keys.user, "kept").await;
    server
        .delete(&server.keys.colleague, &format!("/api-keys/{}", server.id_of(&server.keys.colleague).await))
        .await
        .expect(204);
    let changes = server.changes().await;
    server.stop();
    server.resume();
    assert_eq!(server.id_of(&value).await, id);
    server.get(&server.keys.colleague, "/me").await.refused(401, "AuthenticationError", None);
    assert_eq!(server.changes().await, changes);
}

#[tokio::test]
async fn last_uses_are_written_when_the_server_stops() {
    let mut server = TestServer::start().await;
    let (id, value) = server.make_key(&server.keys.user, "used").await;
    server.get(&value, "/me").await.expect(200);
    let path = format!("/api-keys/{id}");
    server.stop();
    server.resume();
    let key = server.get(&server.keys.user, &path).await.expect(200);
    assert!(key["lastUsedAt"].is_string());
    assert_eq!(key["lastUsedFrom"], "127.0.0.1");
}

#[tokio::test]
async fn last_uses_are_written_in_batches_meanwhile() {
    let settings = ServerSettings {
        write_last_uses_every: Duration::from_millis(5),
        rate_limit: 1_000_000,
        ..ServerSettings::default()
    };
    let server = TestServer::start_with(settings).await;
    let path = format!("/api-keys/{}", server.id_of(&server.keys.user).await);
    let changes = server.changes().await;
    while server.get(&server.keys.user, &path).await.expect(200)["lastUsedAt"] == Value::Null {}
    assert_eq!(server.changes().await, changes, "a use is no change");
}

#[tokio::test]
async fn a_refused_key_was_not_used() {
    let mut server = TestServer::start().await;
    let (id, value) = server.make_key(&server.keys.user, "stopped").await;
    server.sql(&format!("UPDATE api_keys SET disabled_reason = 'owner' WHERE id = '{id}'")).await;
    server.get(&value, "/me").await.refused(401, "AuthenticationError", None);
    server.stop();
    server.resume();
    assert_eq!(server.get(&server.keys.user, &format!("/api-keys/{id}")).await.expect(200)["lastUsedAt"], Value::Null);
}

#[tokio::test]
async fn a_stopping_server_finishes_what_it_has_accepted() {
    let mut server = TestServer::start().await;
    let address = server.base_url.strip_prefix("http://").unwrap().to_owned();
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let (key, body) = (server.keys.user.expose(), "{\"name\":\"accepted\"}");
    let head = format!(
        "POST /api-keys HTTP/1.1\r\nHost: {address}\r\nX-Api-Key: {key}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // Its handler waits for the body now.
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).await.unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    server.begin_to_stop();
    while TcpStream::connect(&address).await.is_ok() {}
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    tokio::task::spawn_blocking(move || server.stop()).await.unwrap();
}

#[tokio::test]
async fn a_database_without_a_team_is_not_served_and_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("new.db");
    let serve = async |database: String| {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let settings = ServerSettings { database: database.into(), ..ServerSettings::default() };
        server::serve(settings, listener, CancellationToken::new()).await.unwrap_err()
    };
    let missing = serve(format!("sqlite:{}", file.display())).await;
    assert!(matches!(missing, ServerError::NoDatabase { .. }), "{missing}");
    assert!(missing.hint().contains("keydeck server init"));
    assert!(!file.exists());
    std::fs::write(&file, "").unwrap();
    assert!(matches!(serve(format!("sqlite:{}", file.display())).await, ServerError::NotInitialised { .. }));
    for address in ["postgres://db.example/x?sslmode=prefer", "sqlite::memory:", "sqlite:", "keydeck.db"] {
        let refused = serve(address.to_owned()).await;
        assert!(matches!(refused, ServerError::DatabaseAddress { .. }), "{refused}");
    }
}

#[tokio::test]
async fn what_is_no_database_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, "not a database at all, but a longer text than a header".repeat(20)).unwrap();
    let before = std::fs::read(&file).unwrap();
    let database = format!("sqlite:{}", file.display());
    assert!(Store::open(&database).await.is_err());
    assert!(server::init(&database, "Team", "a@test.example").await.is_err());
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[tokio::test]
async fn what_is_another_programs_or_cannot_be_written_is_refused_before_it_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("other.db");
    rusqlite::Connection::open(&file).unwrap().execute_batch("CREATE TABLE bookmarks (url TEXT)").unwrap();
    let before = std::fs::read(&file).unwrap();
    let database = format!("sqlite:{}", file.display());
    for refused in [
        Store::open(&database).await.err().unwrap(),
        Store::open_to_read(&database).await.err().unwrap(),
        server::init(&database, "Team", "a@test.example").await.unwrap_err(),
    ] {
        assert!(matches!(refused, ServerError::NotOurs { .. }), "{refused}");
    }
    assert_eq!(std::fs::read(&file).unwrap(), before);
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["other.db"], "nothing is left beside it");

    let mut ours = TestServer::start().await;
    ours.stop();
    std::fs::set_permissions(path(&ours), std::fs::Permissions::from_mode(0o400)).unwrap();
    let settings = ServerSettings { database: ours.database.as_str().into(), ..ServerSettings::default() };
    let refused = server::prepare(settings).await.err().unwrap();
    assert!(matches!(refused, ServerError::NotWritable { .. }), "{refused}");
    assert!(refused.hint().contains("run it as the user"), "{}", refused.hint());
    std::fs::set_permissions(path(&ours), std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[tokio::test]
async fn a_team_is_begun_once() {
    let server = TestServer::start().await;
    let again = server::init(&server.database, "Another", "b@test.example").await.unwrap_err();
    assert!(matches!(again, ServerError::AlreadyInitialised { .. }), "{again}");
    assert_eq!(server.number("SELECT COUNT(*) FROM users").await, 6);
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("deep/er/new.db").display());
    let (one, other) = tokio::join!(
        server::init(&database, "Team", "a@test.example"),
        server::init(&database, "Team", "b@test.example")
    );
    assert!(one.is_ok() != other.is_ok(), "one of two");
    assert_eq!(mode(&folder.path().join("deep/er")), 0o700);
}

#[tokio::test]
async fn a_wrong_team_or_user_is_refused_by_name() {
    let server = TestServer::start().await;
    let field = |error: ServerError| match error {
        ServerError::Invalid { field, .. } => field,
        other => panic!("{other}"),
    };
    let add = async |name: &str, email: &str, roles: &[Role]| {
        field(server::add_user(&server.database, name, email, roles).await.unwrap_err())
    };
    assert_eq!(add(" ", "new@test.example", &[Role::User]).await, "name");
    assert_eq!(add("New", "nobody", &[Role::User]).await, "email");
    assert_eq!(add("New", "USER@test.example", &[Role::User]).await, "email");
    assert_eq!(add("New", "new@test.example", &[]).await, "roles");
    assert_eq!(add("New", "new@test.example", &[Role::from_word("god")]).await, "roles");
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("new.db").display());
    assert_eq!(field(server::init(&database, "", "a@test.example").await.unwrap_err()), "team");
    assert_eq!(field(server::init(&database, "Team", "a").await.unwrap_err()), "email");
    assert!(!folder.path().join("new.db").exists());
}

#[tokio::test]
async fn migrations_run_once_and_a_newer_schema_is_refused() {
    let mut server = TestServer::start().await;
    let steps = i64::try_from(STEPS.sqlite.len()).unwrap();
    assert_eq!(server.number("SELECT COUNT(*) FROM _sqlx_migrations WHERE success").await, steps);
    server.stop();
    server.resume();
    server.get(&server.keys.user, "/me").await.expect(200);
    assert_eq!(server.number("SELECT COUNT(*) FROM _sqlx_migrations").await, steps);
    server
        .sql("INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'later', 1, x'00', 1)")
        .await;
    let error = Store::open(&server.database).await.err().unwrap();
    assert!(matches!(error, ServerError::Schema { .. }), "{error}");
    assert!(error.hint().contains("newer"));
}

#[tokio::test]
async fn a_write_waits_for_another_programs() {
    let server = TestServer::start().await;
    let other = server.database();
    other.execute_batch("BEGIN IMMEDIATE; UPDATE team SET name = 'Held'").unwrap();
    let made = server.make_key(&server.keys.user, "waits");
    tokio::pin!(made);
    let early = tokio::time::timeout(Duration::from_millis(50), &mut made).await;
    assert!(early.is_err(), "the other holds the lock");
    server.get(&server.keys.user, "/me").await.expect(200);
    other.execute_batch("COMMIT").unwrap();
    let (id, _) = made.await;
    server.get(&server.keys.user, &format!("/api-keys/{id}")).await.expect(200);
}

#[tokio::test]
async fn a_request_that_is_broken_off_changes_all_or_nothing() {
    let server = TestServer::start().await;
    let mut ids = Vec::new();
    for at in 0..30 {
        ids.push(server.make_key(&server.keys.user, &format!("key {at}")).await.0);
    }
    let asked = json!({ "ids": ids });
    for milliseconds in 0..12 {
        let call = server.post(&server.keys.admin, "/api-key-revocations", asked.clone());
        let _dropped = tokio::time::timeout(Duration::from_millis(milliseconds), call).await;
        let revoked = "SELECT COUNT(*) FROM api_keys WHERE revoked_at IS NOT NULL";
        let told = "SELECT COUNT(*) FROM audit_entries WHERE action = 'api_key.revoke'";
        let counts = (server.number(revoked).await, server.number(told).await);
        assert!(counts == (0, 0) || counts == (30, 30), "{counts:?}");
    }
    // And the store goes on.
    server.make_key(&server.keys.user, "after").await;
}

#[tokio::test]
async fn only_loopback_is_served() {
    let server = TestServer::start().await;
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let settings = ServerSettings { database: server.database.as_str().into(), ..ServerSettings::default() };
    let error = server::serve(settings, listener, CancellationToken::new()).await.unwrap_err();
    assert!(matches!(error, ServerError::NotLoopback(_)));
}
