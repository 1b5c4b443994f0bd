//! Lists of keys say the same however they are found: by what the rows say, or worked out while an act runs or time did
//! something that is not written yet.

use std::time::Duration;

use chrono::TimeDelta;
use keydeck::domain::team::Role;
use keydeck::server::ServerSettings;
use serde_json::{Value, json};

use crate::hands::{shown, stopped_clock};
use crate::support::TestServer;
use crate::support::database::{is_postgres, rows_at};

const FILTERS: [(&str, &[&str]); 6] = [
    ("status=enabled", &["enabled"]),
    ("status=disabled", &["disabled"]),
    ("status=revoked", &["revoked"]),
    ("status=enabled,revoked", &["enabled", "revoked"]),
    ("status=disabled,revoked", &["disabled", "revoked"]),
    ("status=disabled,enabled", &["disabled", "enabled"]),
];

fn ids(keys: &[Value]) -> Vec<&str> {
    keys.iter().map(|key| key["id"].as_str().unwrap()).collect()
}

/// Every list of the server is what the whole list says, in its order, a page after the other, and so many.
async fn lists_agree(server: &TestServer, when: &str) {
    let key = &server.keys.admin;
    let orders = ["newest", "oldest", "recentlyUsed", "expiring"].map(|sort| format!("scope=team&sort={sort}"));
    for order in orders.iter().map(String::as_str).chain(["sort=newest", "sort=recentlyUsed"]) {
        let list = format!("/api-keys?{order}");
        let all = server.every(key, &format!("{list}&limit=1000")).await;
        let names = [("", 0), ("&q=deploy", 0), ("&q=e", 0), ("&q=ci%20", 4), ("&q=nobody%27s", 4)];
        for (at, (filter, statuses)) in FILTERS.into_iter().enumerate() {
            for (q, _) in names.iter().filter(|(q, of)| q.is_empty() || *of == at) {
                let name = q.trim_start_matches("&q=").replace("%20", " ").replace("%27", "'");
                let expected: Vec<Value> = all
                    .iter()
                    .filter(|key| statuses.contains(&key["status"].as_str().unwrap()))
                    .filter(|key| key["name"].as_str().unwrap().to_lowercase().contains(&name))
                    .cloned()
                    .collect();
                // two pages, or three
                let path = format!("{list}&{filter}{q}&limit={}", expected.len() / 2 + 1);
                let first = server.get(key, &path).await.expect(200);
                assert_eq!(first["meta"]["total"], expected.len(), "{when}: {path}");
                let mut found = first["data"].as_array().unwrap().clone();
                let mut next = first["meta"]["nextCursor"].clone();
                while let Some(cursor) = next.as_str() {
                    let page = server.get(key, &format!("{path}&cursor={cursor}")).await.expect(200);
                    found.extend(page["data"].as_array().unwrap().iter().cloned());
                    next = page["meta"]["nextCursor"].clone();
                }
                assert_eq!(ids(&found), ids(&expected), "{when}: {path}");
            }
        }
        let first = server.get(key, &format!("{list}&limit=1")).await.expect(200);
        assert_eq!(first["meta"]["total"], all.len(), "{when}: {list}");
    }
}

/// What is kept counted and what is kept of names is what there is.
fn counts_agree(server: &TestServer) {
    let none = |question: &str| {
        let found = rows_at(&server.database, &format!("SELECT COUNT(*) FROM ({question}) AS found"));
        assert_eq!(found, [["0"]], "{question}");
    };
    let counted = "SELECT owner_id, state, COUNT(*) FROM api_keys GROUP BY owner_id, state \
                   UNION ALL SELECT 0, state, COUNT(*) FROM api_keys GROUP BY state";
    let kept = "SELECT owner_id, state, keys FROM key_counts WHERE keys <> 0";
    none(&format!("SELECT * FROM ({counted}) AS counted EXCEPT {kept}"));
    none(&format!("{kept} EXCEPT SELECT * FROM ({counted}) AS counted"));
    none(
        "SELECT id FROM api_keys k WHERE revoked_at IS NULL AND stopped = (SELECT active FROM users WHERE id = k.owner_id)",
    );
    if is_postgres() {
        return;
    }
    none("SELECT id, name_folded FROM api_keys EXCEPT SELECT key_id, name_folded FROM key_names");
    none("SELECT key_id, name_folded FROM key_names EXCEPT SELECT id, name_folded FROM api_keys");
    server
        .database()
        .execute("INSERT INTO key_name_parts (key_name_parts, rank) VALUES ('integrity-check', 1)", [])
        .unwrap();
}

#[tokio::test]
async fn a_list_is_what_the_whole_list_says() {
    let server = TestServer::seeded(300, Role::Superadmin).await;
    lists_agree(&server, "as it was made").await;
    counts_agree(&server);
    let key = &server.keys.superadmin;
    let users = server.get(key, "/users").await.expect(200);
    let me = server.get(key, "/me").await.expect(200)["user"]["id"].clone();
    let other =
        users["data"].as_array().unwrap().iter().find(|user| user["active"] == true && user["id"] != me).unwrap();
    let path = format!("/users/{}", other["id"]);
    server.patch(key, &path, json!({ "active": false })).await.expect(200);
    lists_agree(&server, "somebody left").await;
    counts_agree(&server);
    server.patch(key, &path, json!({ "active": true })).await.expect(200);
    lists_agree(&server, "and came back").await;
    counts_agree(&server);
}

#[tokio::test]
async fn a_list_is_the_same_while_an_act_is_carried_out() {
    let settings = ServerSettings {
        act_patience: Duration::ZERO,
        rate_limit: 1_000_000,
        follow_life_every: Duration::from_hours(1),
        ..ServerSettings::default()
    };
    let (server, hands) = stopped_clock(settings).await;
    let made = keydeck::domain::time::wire(shown(&hands));
    let mut keys = Vec::new();
    let mut values = Vec::new();
    for at in 0..60 {
        let until = if at % 3 == 0 {
            format!("'{}'", keydeck::domain::time::wire(shown(&hands) + TimeDelta::minutes(at)))
        } else {
            "NULL".to_owned()
        };
        keys.push(format!("('key-{at:03}', 'Deploy {at}', 'deploy {at}', {}, '[]', '{made}', {until})", 3 + at % 2));
        values.push(format!("('{at:064x}', 'api', 'key-{at:03}', 'kdk_…0000', '{made}', 1)"));
    }
    let (keys, values) = (keys.join(", "), values.join(", "));
    server
        .sql(&format!(
            "INSERT INTO api_keys (id, name, name_folded, owner_id, contacts, created_at, expires_at) VALUES {keys}"
        ))
        .await;
    server
        .sql(&format!(
            "INSERT INTO key_values (secret_hash, kind, key_id, masked_value, created_at, present) VALUES {values}"
        ))
        .await;
    lists_agree(&server, "before").await;
    hands.forward(TimeDelta::minutes(31));
    lists_agree(&server, "some expired, which is not written yet").await;
    server
        .sql(
            "INSERT INTO acts (seq, id, kind, running, begun_at, actor_id, superadmins, own_key, cause, total, position) \
             VALUES (1, 'act', 'revoke', 1, '2026-01-01T00:00:00.000Z', 2, 0, '', '{\"origin\":{\"actor\":null,\"actor_id\":2,\"ip\":null,\"user_agent\":null,\"team\":null},\"note\":null}', 60, '')",
        )
        .await;
    server.sql("INSERT INTO act_exceptions (act_seq, key_id) SELECT 1, id FROM api_keys WHERE id NOT LIKE 'key-%' OR id < 'key-020'").await;
    lists_agree(&server, "an act runs that has come to no key yet").await;
    counts_agree(&server);
}
