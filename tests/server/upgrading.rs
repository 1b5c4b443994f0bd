//! A database of every earlier schema is brought up to date with what it holds.

use std::path::Path;

use chrono::Utc;
use keydeck::domain::key_value::{fingerprint, mask};
use keydeck::server::store::engine::Sqlite;
use keydeck::server::store::{STEPS, Store, presented};

use crate::http::{minted, open};

/// The step from which an entry is written with the key it tells of.
const SINCE_AUDIT_KEYS: usize = 5;

fn entry(seq: u8, body: &str) -> String {
    format!("INSERT INTO audit_entries (seq, at, action, body, hash) VALUES ({seq}, '', '', '{body}', '')")
}

#[tokio::test]
async fn from_every_earlier_schema() {
    let steps = STEPS.sqlite.len();
    assert!(steps > 1);
    for had in 1..=steps {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keydeck.db").display().to_string();
        let database = open(&format!("sqlite:{path}"));
        let earlier = Sqlite::of(Path::new(&path));
        earlier.migrate(&STEPS.sqlite[..had]).await.unwrap();
        earlier.close().await;
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
            database.execute_batch(&statement).unwrap();
        }
        let store = Store::open(&format!("sqlite:{path}")).await.unwrap();
        let found = presented::credential(store.reads(), &hash, Utc::now()).await.unwrap();
        assert_eq!(found.map(|found| found.key_id).as_deref(), Some("old"), "after {had} steps");
        let number = |query| database.query_row(query, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(usize::try_from(number("SELECT COUNT(*) FROM _sqlx_migrations")).unwrap(), steps);
        assert_eq!(number("SELECT brought_forward FROM api_keys"), 0);
        assert_eq!(number("SELECT COUNT(*) FROM users WHERE kind = 'person' AND contacts = '[]'"), 1);
        assert_eq!(number("SELECT COUNT(*) FROM api_keys WHERE access = 'full' AND minted_with IS NULL"), 1);
        if had < SINCE_AUDIT_KEYS {
            assert_eq!(number("SELECT COUNT(*) FROM audit_entries WHERE key_id = 'old'"), 2, "after {had} steps");
            assert_eq!(number("SELECT MAX(seq) FROM audit_entries WHERE key_id = 'old'"), 2, "after {had} steps");
        }
        store.close().await;
    }
}
