//! What time does to keys, on a clock whose hands are moved: the server follows at its start and every minute.

use chrono::TimeDelta;
use keydeck::domain::secret::Secret;
use keydeck::domain::time::{Time, When, wire};
use keydeck::server::store::audit::Chain;
use keydeck::server::{Clock, ServerSettings, follow_life, verify_audit};
use serde_json::{Value, json};

use crate::hands::{Hands, later, shown, stopped_clock};
use crate::support::TestServer;

impl TestServer {
    /// One pass, as a second server on the same database does it.
    async fn pass(&self, now: Time) {
        follow_life(&self.database, &Clock::new(move || now)).await.unwrap();
    }

    async fn key(&self, id: &str) -> Value {
        self.get(&self.keys.superadmin, &format!("/api-keys/{id}")).await.expect(200)
    }

    /// The actions that the log tells of a key, the earliest first.
    async fn story(&self, id: &str) -> Vec<String> {
        let log =
            self.get(&self.keys.superadmin, &format!("/audit/logs?keyId={id}&orderBy=asc&limit=100")).await.expect(200);
        let action = |entry: &Value| entry["action"].as_str().unwrap().to_owned();
        let refused = |action: &String| action == "auth.failure" || action == "api_key.refused";
        log["trails"].as_array().unwrap().iter().map(action).filter(|action| !refused(action)).collect()
    }

    /// A key that expires so long from now.
    async fn dated(&self, owner: &Secret, hands: &Hands, ahead: TimeDelta) -> (String, Secret) {
        let asked = json!({ "name": "dated", "expiresAt": later(hands, ahead) });
        let made = self.post(owner, "/api-keys", asked).await.expect(201);
        let value = Secret::new(made["value"].as_str().unwrap().to_owned());
        (made["apiKey"]["id"].as_str().unwrap().to_owned(), value)
    }
}

#[tokio::test]
async fn a_key_expires_waits_and_is_revoked() {
    let (server, hands) = stopped_clock(ServerSettings::default()).await;
    let (id, value) = server.dated(&server.keys.user, &hands, TimeDelta::days(10)).await;
    server.pass(shown(&hands)).await;
    assert_eq!(server.story(&id).await, ["api_key.create"]);
    hands.forward(TimeDelta::days(10));
    server.get(&value, "/me").await.expect(401);
    server.pass(shown(&hands)).await;
    let key = server.key(&id).await;
    assert_eq!((&key["status"], &key["disabledReason"]), (&json!("disabled"), &json!("expired")));
    hands.forward(TimeDelta::days(30) - TimeDelta::milliseconds(1));
    server.pass(shown(&hands)).await;
    assert_eq!(server.key(&id).await["status"], "disabled");
    hands.forward(TimeDelta::milliseconds(1));
    server.pass(shown(&hands)).await;
    let key = server.key(&id).await;
    assert_eq!(
        (&key["status"], &key["revocation"], &key["revokedBy"]),
        (&json!("revoked"), &json!("inactivity"), &Value::Null)
    );
    assert_eq!(server.story(&id).await, ["api_key.create", "api_key.expire", "api_key.revoke"]);
    let before = server.changes().await;
    server.pass(shown(&hands)).await;
    server.pass(shown(&hands)).await;
    assert_eq!(server.changes().await, before, "what is done is done once");
}

#[tokio::test]
async fn what_was_missed_is_done_in_one_pass_at_the_start() {
    let (mut server, hands) = stopped_clock(ServerSettings::default()).await;
    let (over, _) = server.dated(&server.keys.user, &hands, TimeDelta::days(10)).await;
    let (late, _) = server.dated(&server.keys.user, &hands, TimeDelta::days(200)).await;
    let (paused, value) = server.make_key(&server.keys.user, "paused").await;
    let asked = json!({ "status": "disabled", "disabledUntil": later(&hands, TimeDelta::minutes(10)) });
    server.patch(&server.keys.user, &format!("/api-keys/{paused}"), asked).await.expect(200);
    server.stop();
    hands.forward(TimeDelta::days(210));
    server.resume();
    server.get(&value, "/me").await.expect(200);
    assert_eq!(server.story(&over).await, ["api_key.create", "api_key.expire", "api_key.revoke"]);
    assert_eq!(server.story(&late).await, ["api_key.create", "api_key.expire"]);
    assert_eq!(server.story(&paused).await, ["api_key.create", "api_key.disable", "api_key.enable"]);
}

#[tokio::test]
async fn disabled_for_a_while_is_accepted_again_to_the_moment() {
    let (server, hands) = stopped_clock(ServerSettings::default()).await;
    let (user, admin) = (&server.keys.user, &server.keys.admin);
    let (id, value) = server.make_key(user, "tried").await;
    let path = format!("/api-keys/{id}");
    let until = later(&hands, TimeDelta::minutes(10));
    let off = server.patch(user, &path, json!({ "status": "disabled", "disabledUntil": until })).await.expect(200);
    assert_eq!((&off["status"], &off["disabledUntil"]), (&json!("disabled"), &json!(until)));
    assert_eq!(server.last_entry("api_key.disable").await["after"]["disabledUntil"], json!(until));
    server.get(&value, "/me").await.expect(401);
    hands.forward(TimeDelta::minutes(10) - TimeDelta::milliseconds(1));
    server.get(&value, "/me").await.expect(401);
    hands.forward(TimeDelta::milliseconds(1));
    server.get(&value, "/me").await.expect(200);
    let on = server.key(&id).await;
    assert_eq!(
        (&on["status"], &on["disabledUntil"], &on["disabledReason"]),
        (&json!("enabled"), &Value::Null, &Value::Null)
    );
    assert_eq!(server.get(user, "/api-keys?status=disabled").await.expect(200)["meta"]["total"], 0);
    server.pass(shown(&hands)).await;
    assert_eq!(server.last_entry("api_key.enable").await["apiKeyId"], json!(id));
    hands.forward(-TimeDelta::minutes(5));
    server.get(&value, "/me").await.expect(200);
    // what an admin stopped, its owner does not start by a date
    server.patch(admin, &path, json!({ "status": "disabled" })).await.expect(200);
    let asked = json!({ "status": "disabled", "disabledUntil": later(&hands, TimeDelta::minutes(1)) });
    server.patch(user, &path, asked.clone()).await.refused(403, "forbiddenError", Some("status"));
    server.patch(admin, &path, asked).await.expect(200);
    for (asked, field) in [
        (json!({ "disabledUntil": later(&hands, TimeDelta::minutes(1)) }), "disabledUntil"),
        (json!({ "status": "enabled", "disabledUntil": later(&hands, TimeDelta::minutes(1)) }), "disabledUntil"),
        (json!({ "status": "disabled", "disabledUntil": later(&hands, TimeDelta::days(8)) }), "disabledUntil"),
        (json!({ "status": "disabled", "disabledUntil": later(&hands, TimeDelta::zero()) }), "disabledUntil"),
        (json!({ "status": "disabled", "disabledUntil": "soon" }), "disabledUntil"),
    ] {
        server.patch(admin, &path, asked).await.refused(400, "malformedRequestError", Some(field));
    }
}

#[tokio::test]
async fn time_never_ends_the_last_superadmins_last_key() {
    let (mut server, hands) = stopped_clock(ServerSettings::default()).await;
    let root = &server.keys.superadmin;
    let own = server.id_of(root).await;
    let (second, _) = server.dated(root, &hands, TimeDelta::days(5)).await;
    server
        .patch(root, &format!("/api-keys/{own}"), json!({ "expiresAt": later(&hands, TimeDelta::days(6)) }))
        .await
        .expect(200);
    server.stop();
    hands.forward(TimeDelta::days(300));
    server.resume();
    let root = &server.keys.superadmin;
    server.get(root, "/me").await.expect(200);
    let key = server.key(&own).await;
    assert_eq!((&key["status"], &key["disabledReason"]), (&json!("enabled"), &Value::Null));
    assert_eq!(server.key(&second).await["status"], "revoked", "the other went its way");
    let warned = "SELECT COUNT(*) FROM audit_entries WHERE body LIKE '%lastSuperadminKey%'";
    assert_eq!(server.number(warned).await, 1);
    server.pass(shown(&hands)).await;
    assert_eq!(server.number(warned).await, 1, "told once");
    let (_, fresh) = server.make_key(root, "fresh").await;
    server.pass(shown(&hands)).await;
    server.get(root, "/me").await.expect(401);
    server.get(&fresh, "/me").await.expect(200);
}

#[tokio::test]
async fn a_key_that_a_setting_ended_waits_its_days_from_then() {
    let (server, hands) = stopped_clock(ServerSettings::default()).await;
    let (id, value) = server.make_key(&server.keys.user, "old").await;
    server.age(&id, shown(&hands), 300).await;
    server.set(json!({ "expiryDays": 100 })).await;
    server.pass(shown(&hands)).await;
    assert_eq!(server.key(&id).await["status"], "disabled", "not revoked for what nobody knew");
    hands.forward(TimeDelta::days(29));
    server.pass(shown(&hands)).await;
    server.set(json!({ "expiryDays": 365 })).await;
    server.get(&value, "/me").await.expect(200);
    hands.forward(TimeDelta::days(2));
    server.pass(shown(&hands)).await;
    assert_eq!(server.key(&id).await["status"], "enabled", "dated anew in time");
    server.set(json!({ "expiryDays": 100 })).await;
    hands.forward(TimeDelta::days(30));
    server.pass(shown(&hands)).await;
    assert_eq!(server.key(&id).await["revocation"], "inactivity");
}

#[tokio::test]
async fn year_ends_leap_days_and_a_clock_that_is_set_back() {
    let (server, hands) = stopped_clock(ServerSettings::default()).await;
    let at = |text: &str| When::from_wire(text).time().unwrap();
    let (id, value) = server.make_key(&server.keys.user, "leap").await;
    server.sql("UPDATE key_values SET created_at = '2027-12-31T23:59:59.999Z'").await;
    hands.forward(at("2028-01-01T00:00:00Z") - shown(&hands));
    server.set(json!({ "expiryDays": 60 })).await;
    assert_eq!(server.expiry(&id).await, "2028-02-29T23:59:59.999Z");
    hands.forward(at("2028-02-29T23:59:59.998Z") - shown(&hands));
    server.get(&value, "/me").await.expect(200);
    hands.forward(TimeDelta::milliseconds(1));
    server.get(&value, "/me").await.expect(401);
    server.pass(shown(&hands)).await;
    // an hour back: it stays as it is, the log does not run backwards, and nobody waits for a lease that ends in an hour
    hands.forward(-TimeDelta::hours(1));
    let (other, _) = server.make_key(&server.keys.superadmin, "other").await;
    let asked = json!({ "expiresAt": later(&hands, TimeDelta::minutes(1)) });
    server.patch(&server.keys.superadmin, &format!("/api-keys/{other}"), asked).await.expect(200);
    hands.forward(TimeDelta::minutes(1));
    server.pass(shown(&hands)).await;
    assert_eq!(server.story(&other).await, ["api_key.create", "api_key.expire", "api_key.expire"], "dated, and over");
    assert_eq!(server.key(&id).await["disabledReason"], "expired");
    hands.forward(TimeDelta::hours(1));
    server.pass(shown(&hands)).await;
    assert_eq!(
        server.story(&id).await.iter().filter(|action| *action == "api_key.expire").count(),
        2,
        "dated, and over"
    );
    let unordered = "SELECT COUNT(*) FROM audit_entries a JOIN audit_entries b ON b.seq = a.seq + 1 WHERE b.at < a.at";
    assert_eq!(server.number(unordered).await, 0);
    assert!(matches!(verify_audit(&server.database, None).await.unwrap(), Chain::Whole { .. }));
    assert!(wire(shown(&hands)).starts_with("2028-"));
}

#[tokio::test]
async fn of_several_servers_one_does_what_there_is_to_do() {
    let (server, hands) = stopped_clock(ServerSettings::default()).await;
    let mut ids = Vec::new();
    for _ in 0..20 {
        ids.push(server.dated(&server.keys.user, &hands, TimeDelta::days(1)).await.0);
    }
    hands.forward(TimeDelta::days(50));
    let now = shown(&hands);
    tokio::join!(server.pass(now), server.pass(now), server.pass(now), server.pass(now));
    for id in &ids {
        assert_eq!(server.story(id).await, ["api_key.create", "api_key.expire", "api_key.revoke"]);
    }
}
