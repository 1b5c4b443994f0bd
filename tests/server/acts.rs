//! Acts: what concerns very many keys holds from the first commit, is carried out in batches, and goes on after a crash.

use std::time::Duration;

use chrono::TimeDelta;
use keydeck::domain::key_value::{fingerprint, mask};
use keydeck::domain::secret::Secret;
use keydeck::domain::time::wire;
use keydeck::server::ServerSettings;
use serde_json::{Value, json};

use crate::hands::{Hands, shown, stopped_clock};
use crate::http::minted;
use crate::support::TestServer;

/// More than two batches hold.
const MANY: usize = 1203;

/// A server on which acts go on only when it begins anew, with many keys of user 3. The last has a value that is known.
async fn crowded() -> (TestServer, Hands, Secret) {
    // a request is answered without waiting, and nothing is carried on beside
    let settings = ServerSettings { act_patience: Duration::ZERO, ..ServerSettings::default() };
    let (server, hands) = stopped_clock(settings).await;
    let value = minted().0;
    let made = wire(shown(&hands));
    let (mut keys, mut values) = (Vec::new(), Vec::new());
    for at in 0..MANY {
        let id = format!("key-{at:05}");
        let (hash, masked) = match at {
            at if at + 1 == MANY => (fingerprint(value.expose()), mask(value.expose())),
            at => (format!("{at:064x}"), "kdk_…0000".to_owned()),
        };
        keys.push(format!("('{id}', 'n', 'n', 3, '[]', '{made}')"));
        values.push(format!("('{hash}', 'api', '{id}', '{masked}', '{made}', 1)"));
    }
    let keys = keys.join(", ");
    let values = values.join(", ");
    server
        .sql(&format!("INSERT INTO api_keys (id, name, name_folded, owner_id, contacts, created_at) VALUES {keys}"))
        .await;
    server
        .sql(&format!(
            "INSERT INTO key_values (secret_hash, kind, key_id, masked_value, created_at, present) VALUES {values}"
        ))
        .await;
    (server, hands, value)
}

impl TestServer {
    /// The act once it is over.
    async fn finished(&self, act: &Value) -> Value {
        let path = format!("/acts/{}", act["act"]["id"].as_str().unwrap());
        loop {
            let now = self.get(&self.keys.superadmin, &path).await.expect(200);
            if now["act"]["state"] == "done" {
                return now["act"].clone();
            }
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn from_the_first_commit_no_key_of_a_revoke_all_is_accepted() {
    let (server, _, value) = crowded().await;
    let own = server.id_of(&server.keys.admin).await;
    let (spared, spared_value) = server.make_key(&server.keys.colleague, "spared").await;
    server.get(&value, "/me").await.expect(200);
    let asked = json!({ "all": true, "except": [own, spared], "note": "drill" });
    let told = server.post(&server.keys.admin, "/api-key-revocations", asked).await.expect(202);
    // the keys of user, colleague, scanner and verifier, and the many
    assert_eq!(told["act"]["total"], MANY + 4);
    server.get(&value, "/me").await.refused(401, "AuthenticationError", None);
    let asked = json!({ "sha256": fingerprint(value.expose()) });
    let verified = server.post(&server.keys.superadmin, "/api-key-verifications", asked).await.expect(200);
    assert_eq!((&verified["valid"], &verified["status"]), (&json!(false), &json!("revoked")));
    let last = server.get(&server.keys.admin, &format!("/api-keys/key-{:05}", MANY - 1)).await.expect(200);
    assert_eq!(
        (&last["status"], &last["revocation"], &last["revokedBy"]),
        (&json!("revoked"), &json!("admin"), &json!(2))
    );
    let enabled = server.get(&server.keys.admin, "/api-keys?scope=team&status=enabled").await.expect(200);
    assert_eq!(enabled["meta"]["total"], 3, "the superadmin's and the two spared");
    let (after, after_value) = server.make_key(&server.keys.admin, "made afterwards, at the same moment").await;
    let act = server.finished(&told).await;
    assert_eq!((&act["done"], &act["total"]), (&json!(MANY + 4), &json!(MANY + 4)));
    for key in [&spared_value, &after_value, &server.keys.superadmin] {
        server.get(key, "/me").await.expect(200);
    }
    let now = server.get(&server.keys.admin, &format!("/api-keys/key-{:05}", MANY - 1)).await.expect(200);
    // the use of it that was refused meanwhile is written when its batch is
    let but_for_refused_uses = |mut key: serde_json::Value| {
        key["refusedUses"].take();
        key
    };
    assert_eq!(but_for_refused_uses(now), but_for_refused_uses(last), "its own row says the same");
    assert_eq!(
        server.number("SELECT COUNT(*) FROM audit_entries WHERE action = 'api_key.revoke'").await,
        i64::try_from(MANY).unwrap() + 4
    );
    let told = format!("SELECT COUNT(*) FROM audit_entries WHERE key_id = '{after}' AND action = 'api_key.revoke'");
    assert_eq!(server.number(&told).await, 0);
    let noted =
        "SELECT COUNT(*) FROM audit_entries WHERE action = 'api_key.revoke' AND body LIKE '%\"note\":\"drill\"%'";
    assert_eq!(server.number(noted).await, i64::try_from(MANY).unwrap() + 4);
}

#[tokio::test]
async fn every_key_has_its_new_date_from_the_first_commit_on() {
    let (server, hands, value) = crowded().await;
    let now = shown(&hands);
    server
        .sql(&format!(
            "UPDATE key_values SET created_at = '{}' WHERE key_id >= 'key-01000'",
            wire(now - TimeDelta::days(50))
        ))
        .await;
    let asked = json!({ "version": 1, "expiryDays": 40 });
    let told = server.put_settings(&server.keys.admin, asked).await.expect(202);
    assert_eq!(told["act"]["total"], MANY + 6);
    server.get(&value, "/me").await.refused(401, "AuthenticationError", None);
    let last = server.get(&server.keys.admin, &format!("/api-keys/key-{:05}", MANY - 1)).await.expect(200);
    assert_eq!(
        (&last["expiresAt"], &last["disabledReason"]),
        (&json!(wire(now - TimeDelta::days(10))), &json!("expired"))
    );
    let first = server.expiry("key-00999").await;
    assert_eq!(first, wire(now + TimeDelta::days(40)));
    let asked = json!({ "version": 2, "expiryDays": 90 });
    let again = server.put_settings(&server.keys.admin, asked.clone()).await;
    if again.status != 200 && again.status != 202 {
        assert_eq!(again.refused(409, "conflictError", None)["details"]["reason"], "act");
        server.finished(&told).await;
        server.get(&value, "/me").await.refused(401, "AuthenticationError", None);
        let again = server.put_settings(&server.keys.admin, asked).await;
        assert!(matches!(again.status, 200 | 202));
    }
    server.get(&value, "/me").await.expect(200);
}

#[tokio::test]
async fn an_act_that_was_cut_short_is_carried_on_by_the_next_server() {
    let (mut server, _, value) = crowded().await;
    let own = server.id_of(&server.keys.superadmin).await;
    let asked = json!({ "all": true, "except": [own] });
    let told = server.post(&server.keys.superadmin, "/api-key-revocations", asked).await.expect(202);
    server.stop();
    // as if it had been killed after its first batch
    let back = "UPDATE api_keys SET revoked_at = NULL, revoked_by = NULL, revocation = NULL WHERE id >= 'key-00500'";
    server.sql(back).await;
    server.sql("UPDATE acts SET running = 1, ended_at = NULL, position = 'key-00499', done = 500, total = 1208").await;
    server.resume();
    server.get(&value, "/me").await.refused(401, "AuthenticationError", None);
    let act = server.finished(&told).await;
    assert_eq!(act["state"], "done");
    assert_eq!(server.number("SELECT COUNT(*) FROM api_keys WHERE revoked_at IS NULL").await, 1);
}

#[tokio::test]
async fn a_call_that_is_sent_twice_begins_one_act() {
    let (server, ..) = crowded().await;
    let own = server.id_of(&server.keys.superadmin).await;
    let asked = json!({ "all": true, "except": [own] });
    let once = async || {
        let request = server.request(reqwest::Method::POST, &server.keys.superadmin, "/api-key-revocations");
        server.send(request.header("Idempotency-Key", "once").json(&asked)).await.expect(202)
    };
    let (first, second) = (once().await, once().await);
    assert_eq!(first["act"]["id"], second["act"]["id"]);
    assert_eq!(server.number("SELECT COUNT(*) FROM acts").await, 1);
    server.get(&server.keys.superadmin, "/acts/none").await.refused(404, "instanceNotFoundError", None);
}

#[tokio::test]
async fn others_write_while_an_act_goes_on() {
    let (server, ..) = crowded().await;
    let own = server.id_of(&server.keys.superadmin).await;
    let asked = json!({ "all": true, "except": [own] });
    let told = server.post(&server.keys.superadmin, "/api-key-revocations", asked).await.expect(202);
    let mut made = 0;
    for at in 0..5 {
        server.make_key(&server.keys.superadmin, &format!("made meanwhile {at}")).await;
        made += 1;
    }
    server.finished(&told).await;
    assert_eq!(server.number("SELECT COUNT(*) FROM api_keys WHERE revoked_at IS NULL").await, 1 + made);
}
