//! A database of every earlier schema is brought up to date with what it holds.

use chrono::Utc;
use keydeck::domain::key_value::{fingerprint, mask};
use keydeck::server::store::{Store, api_keys, migrations};
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection, Row};

use crate::http::minted;

/// The step from which an entry is written with the key it tells of.
const SINCE_AUDIT_KEYS: usize = 5;

fn entry(seq: u8, body: &str) -> String {
    format!("INSERT INTO audit_entries (seq, at, action, body, hash) VALUES ({seq}, '', '', '{body}', '')")
}

#[tokio::test]
async fn from_every_earlier_schema() {
    sqlx::any::install_default_drivers();
    let steps = migrations().iter().count();
    assert!(steps > 1);
    for had in 1..=steps {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keydeck.db").display().to_string();
        let mut database = sqlx::AnyConnection::connect(&format!("sqlite://{path}?mode=rwc")).await.unwrap();
        let earlier = Migrator::with_migrations(migrations().iter().take(had).cloned().collect());
        earlier.run(&mut database).await.unwrap();
        let (value, ..) = minted();
        let (hash, masked) = (fingerprint(value.expose()), mask(value.expose()));
        let made = "'2026-01-01T00:00:00.000Z'";
        for statement in [
            format!("INSERT INTO team (id, name, domain, created_at) VALUES (1, 'Old', 'old', {made})"),
            "INSERT INTO api_key_settings (id, body) VALUES (1, '{}')".to_owned(),
            format!(
                "INSERT INTO users (id, name, username, email, roles, active, joined_at) \
                 VALUES (1, 'Ana', 'ana', 'ana@old.example', ' superadmin ', 1, {made})"
            ),
            format!(
                "INSERT INTO api_keys (id, name, name_folded, owner_id, contacts, created_at) \
                 VALUES ('old', 'kept', 'kept', 1, '[]', {made})"
            ),
            format!(
                "INSERT INTO key_values (secret_hash, kind, key_id, masked_value, created_at, present) \
                 VALUES ('{hash}', 'api', 'old', '{masked}', {made}, 1)"
            ),
            entry(1, r#"{"data":{"actor":{"apiKeyId":"other"},"variables":{"apiKeyId":"old"}}}"#),
            entry(2, r#"{"data":{"variables":{"collectionAccessKeyId":"old"}}}"#),
            entry(3, r#"{"data":{"variables":{"userId":1}}}"#),
            entry(4, "damaged"),
        ] {
            sqlx::query(AssertSqlSafe(statement)).execute(&mut database).await.unwrap();
        }
        database.close().await.unwrap();
        let store = Store::open(&format!("sqlite:{path}")).await.unwrap();
        let found = api_keys::credential(store.pool(), &hash, Utc::now()).await.unwrap();
        assert_eq!(found.map(|found| found.key_id).as_deref(), Some("old"), "after {had} steps");
        let applied = sqlx::query("SELECT COUNT(*) FROM _sqlx_migrations").fetch_one(store.pool()).await.unwrap();
        assert_eq!(usize::try_from(applied.get::<i64, _>(0)).unwrap(), steps);
        let dated = sqlx::query("SELECT brought_forward FROM api_keys").fetch_one(store.pool()).await.unwrap();
        assert_eq!(dated.get::<i64, _>(0), 0);
        if had < SINCE_AUDIT_KEYS {
            let told = sqlx::query("SELECT seq FROM audit_entries WHERE key_id = 'old' ORDER BY seq");
            let told: Vec<i64> = told.fetch_all(store.pool()).await.unwrap().iter().map(|row| row.get(0)).collect();
            assert_eq!(told, [1, 2], "after {had} steps");
        }
        store.close().await;
    }
}
