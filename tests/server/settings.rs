//! `PUT /api-key-settings` and `POST /api-key-settings/preview`.

use chrono::TimeDelta;
use keydeck::domain::secret::Secret;
use keydeck::domain::time::{Time, wire};
use keydeck::server::ServerSettings;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::hands::{later, shown, stopped_clock};
use crate::http::{Answer, minted};
use crate::support::TestServer;

impl TestServer {
    pub async fn put_settings(&self, key: &Secret, body: Value) -> Answer {
        self.send(self.request(Method::PUT, key, "/api-key-settings").json(&body)).await
    }

    /// Changes the settings from whatever version they have.
    pub async fn set(&self, mut body: Value) -> Value {
        let before = self.get(&self.keys.admin, "/api-key-settings").await.expect(200);
        body["version"] = before["version"].clone();
        self.put_settings(&self.keys.admin, body).await.expect(200)
    }

    async fn preview(&self, body: Value) -> Value {
        let before = self.changes().await;
        let told = self.post(&self.keys.admin, "/api-key-settings/preview", body).await.expect(200);
        assert_eq!(self.changes().await, before, "looking saves nothing");
        told
    }

    /// When the key with this id expires.
    pub async fn expiry(&self, id: &str) -> Value {
        self.get(&self.keys.admin, &format!("/api-keys/{id}")).await.expect(200)["expiresAt"].clone()
    }

    /// Makes a key look as if its value had been made so long ago.
    pub async fn age(&self, id: &str, now: Time, days: i64) {
        let made = wire(now - TimeDelta::days(days));
        self.sql(&format!("UPDATE key_values SET created_at = '{made}' WHERE key_id = '{id}'")).await;
    }
}

/// The first ten characters of a moment.
fn day(now: Time, days: i64) -> String {
    wire(now + TimeDelta::days(days))[..10].to_owned()
}

#[tokio::test]
async fn a_change_is_kept_told_and_counted() {
    let server = TestServer::start().await;
    let asked = json!({
        "version": 1, "membersMayGenerate": false, "expiryDays": 3650, "maxAgeDays": 3650, "inactivityDays": 7,
        "autoRevokeExposed": true, "notifyBeforeDays": [1, 7], "maxKeysPerUser": 10, "membersAccess": "read",
    });
    let saved = server.put_settings(&server.keys.admin, asked.clone()).await.expect(200);
    let mut expected = asked;
    (expected["version"], expected["notifyBeforeDays"]) = (json!(2), json!([7, 1]));
    assert_eq!(saved, expected);
    assert_eq!(server.get(&server.keys.user, "/api-key-settings").await.expect(200), saved);
    let updates = "SELECT body FROM audit_entries WHERE action = 'api_key_settings.update'";
    let told: Value = serde_json::from_str(&server.text(updates).await).unwrap();
    assert_eq!(told["data"]["variables"]["before"]["expiryDays"], Value::Null);
    assert_eq!(told["data"]["variables"]["after"], saved);
    let before = server.changes().await;
    assert_eq!(server.set(json!({ "inactivityDays": 7 })).await, saved, "nothing to change is no version");
    assert_eq!(server.changes().await, before);
}

#[tokio::test]
async fn of_two_admins_the_second_is_told_what_the_first_did() {
    let server = TestServer::start().await;
    let first =
        server.put_settings(&server.keys.superadmin, json!({ "version": 1, "inactivityDays": 9 })).await.expect(200);
    let second = server.put_settings(&server.keys.admin, json!({ "version": 1, "expiryDays": 90 })).await;
    let error = second.refused(409, "conflictError", None);
    assert_eq!((&error["details"]["reason"], &error["details"]["current"]), (&json!("version"), &first));
    assert_eq!(server.get(&server.keys.admin, "/api-key-settings").await.expect(200), first);
}

#[rstest]
#[case::no_version(json!({ "expiryDays": 30 }), 400, "version")]
#[case::unknown(json!({ "version": 1, "expirydays": 30 }), 400, "expirydays")]
#[case::too_many(json!({ "version": 1, "expiryDays": 3651 }), 400, "expiryDays")]
#[case::none(json!({ "version": 1, "inactivityDays": 0 }), 400, "inactivityDays")]
#[case::text(json!({ "version": 1, "maxAgeDays": "30" }), 400, "maxAgeDays")]
#[case::twice(json!({ "version": 1, "notifyBeforeDays": [3, 3] }), 400, "notifyBeforeDays")]
#[case::word(json!({ "version": 1, "membersAccess": "some" }), 400, "membersAccess")]
#[case::spread(json!({ "version": 1, "expiryDays": 30, "spreadDays": 0 }), 400, "spreadDays")]
#[tokio::test]
async fn a_wrong_change_changes_nothing(#[case] asked: Value, #[case] status: u16, #[case] field: &str) {
    let server = TestServer::start().await;
    let before = server.changes().await;
    let answer = server.put_settings(&server.keys.admin, asked.clone()).await;
    assert_eq!((answer.status, &answer.body["error"]["details"]["field"]), (status, &json!(field)));
    if field != "version" {
        let looked = server.post(&server.keys.admin, "/api-key-settings/preview", asked).await;
        assert_eq!(looked.status, status);
    }
    assert_eq!(server.changes().await, before);
}

#[tokio::test]
async fn a_mistyped_field_is_named_with_the_nearest() {
    let server = TestServer::start().await;
    let answer = server.put_settings(&server.keys.admin, json!({ "version": 1, "expiryDay": 3 })).await;
    let error = answer.refused(400, "malformedRequestError", Some("expiryDay"));
    assert!(error["message"].as_str().unwrap().contains("did you mean expiryDays?"), "{error}");
    let asked = json!({ "all": true, "exept": [] });
    let answer = server.post(&server.keys.superadmin, "/api-key-revocations", asked).await;
    answer.refused(400, "malformedRequestError", Some("exept"));
}

#[tokio::test]
async fn an_expiry_dates_the_keys_there_are_and_those_to_come() {
    let (server, hands) = stopped_clock(ServerSettings::default()).await;
    let (user, now) = (&server.keys.user, shown(&hands));
    let asked = json!({ "name": "dated", "expiresAt": later(&hands, TimeDelta::days(400)) });
    let dated = server.post(user, "/api-keys", asked).await.expect(201)["apiKey"]["id"].as_str().unwrap().to_owned();
    let (endless, _) = server.make_key(user, "endless").await;
    let (forward, _) = server.make_key(user, "brought forward").await;
    let near = later(&hands, TimeDelta::days(200));
    server.patch(user, &format!("/api-keys/{forward}"), json!({ "expiresAt": near })).await.expect(200);
    let (revoked, _) = server.make_key(user, "revoked").await;
    server.delete(user, &format!("/api-keys/{revoked}")).await;
    let told = server.preview(json!({ "expiryDays": 90 })).await;
    let counts = json!([told["changesExpiry"], told["expiresNow"], told["usedLast24h"], told["revokes"]]);
    assert_eq!(counts, json!([8, 0, 0, 0]), "all but the two, of six first keys");
    server.set(json!({ "expiryDays": 90 })).await;
    for id in [&dated, &endless] {
        assert_eq!(server.expiry(id).await, wire(now + TimeDelta::days(90)), "earlier or later");
    }
    assert_eq!(server.expiry(&forward).await, json!(near));
    assert_eq!(server.expiry(&revoked).await, Value::Null);
    assert_eq!(server.number("SELECT COUNT(*) FROM audit_entries WHERE action = 'api_key.expire'").await, 9);
    let (next, _) = server.make_key(user, "next").await;
    assert_eq!(server.expiry(&next).await, wire(now + TimeDelta::days(90)));
    server.set(json!({ "expiryDays": 180 })).await;
    assert_eq!(server.expiry(&dated).await, wire(now + TimeDelta::days(180)), "later, too");
    server.set(json!({ "maxAgeDays": 100 })).await;
    assert_eq!(server.expiry(&forward).await, wire(now + TimeDelta::days(100)), "the age caps everything");
    server.set(json!({ "expiryDays": null, "maxAgeDays": null })).await;
    assert_eq!(server.expiry(&dated).await, wire(now + TimeDelta::days(100)), "back to none leaves dates");
}

#[tokio::test]
async fn who_will_be_hit_is_told_before() {
    let (server, hands) = stopped_clock(ServerSettings::default()).await;
    let now = shown(&hands);
    let mut ids = Vec::new();
    for at in 0..10 {
        let (id, value) = server.make_key(&server.keys.user, &format!("old-{at}")).await;
        server.age(&id, now, 100 + at).await;
        if at < 3 {
            let used = wire(now - TimeDelta::hours(if at == 0 { 30 } else { 2 }));
            server.sql(&format!("UPDATE api_keys SET last_used_at = '{used}' WHERE id = '{id}'")).await;
        }
        ids.push((id, value));
    }
    let told = server.preview(json!({ "version": 1, "expiryDays": 50 })).await;
    let counts = json!([told["changesExpiry"], told["expiresNow"], told["usedLast24h"], told["revokes"]]);
    assert_eq!(counts, json!([16, 10, 2, 0]));
    assert_eq!(told["byDay"].as_array().unwrap().len(), 60);
    assert_eq!(told["byDay"][0], json!({ "day": day(now, 0), "before": 0, "after": 10 }));
    // the six first keys were made by this machine's own clock, an hour before
    let firsts: u64 = told["byDay"].as_array().unwrap()[49..=50].iter().map(|day| day["after"].as_u64().unwrap()).sum();
    assert_eq!(firsts, 6);
    assert_eq!(told["data"].as_array().unwrap().len(), 16);
    let (first, last) = (&told["data"][0], &told["data"][15]);
    assert_eq!(
        (&first["name"], &first["ownerName"], &first["expiresAtBefore"]),
        (&json!("old-9"), &json!("user"), &Value::Null)
    );
    assert_eq!(first["expiresAtAfter"], wire(now - TimeDelta::days(59)));
    assert_eq!(last["name"], "first key");
    server.get(&ids[0].1, "/me").await.expect(200);
    server.set(json!({ "expiryDays": 50 })).await;
    server.get(&ids[0].1, "/me").await.expect(401);
    let key = server.get(&server.keys.admin, &format!("/api-keys/{}", ids[0].0)).await.expect(200);
    assert_eq!((&key["status"], &key["disabledReason"]), (&json!("disabled"), &json!("expired")));
    let told = server.preview(json!({ "expiryDays": 365 })).await;
    assert_eq!(told["expiresNow"], 0);
    server.set(json!({ "expiryDays": 365 })).await;
    server.get(&ids[0].1, "/me").await.expect(200);
}

#[tokio::test]
async fn what_would_end_on_one_day_is_spread_evenly() {
    let (server, hands) = stopped_clock(ServerSettings::default()).await;
    let now = shown(&hands);
    for at in 0..20 {
        let (id, _) = server.make_key(&server.keys.user, &format!("old-{at}")).await;
        server.age(&id, now, 200).await;
    }
    let asked = json!({ "expiryDays": 90, "spreadDays": 5 });
    let told = server.preview(asked.clone()).await;
    assert_eq!((&told["expiresNow"], &told["grace"]["keys"]), (&json!(0), &json!(20)));
    assert_eq!(told["grace"]["until"], wire(now + TimeDelta::days(5)));
    let days: Vec<u64> =
        told["byDay"].as_array().unwrap()[..7].iter().map(|day| day["after"].as_u64().unwrap()).collect();
    assert_eq!(days, [0, 4, 4, 4, 4, 4, 0]);
    server.set(asked).await;
    let dates = "SELECT COUNT(DISTINCT expires_at) FROM api_keys WHERE name LIKE 'old-%'";
    assert_eq!(server.number(dates).await, 5);
    let kept = server.get(&server.keys.admin, "/api-key-settings").await.expect(200);
    assert!(kept.get("spreadDays").is_none(), "{kept}");
    for row in told["data"].as_array().unwrap().iter().filter(|row| row["name"] != "first key") {
        assert_eq!(server.expiry(row["id"].as_str().unwrap()).await, row["expiresAtAfter"], "as it was foretold");
    }
}

#[tokio::test]
async fn fewer_days_of_waiting_revoke_and_say_so() {
    let (server, hands) = stopped_clock(ServerSettings::default()).await;
    let soon = later(&hands, TimeDelta::days(1));
    let asked = json!({ "name": "over", "expiresAt": soon });
    let id = server.post(&server.keys.user, "/api-keys", asked).await.expect(201)["apiKey"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    hands.forward(TimeDelta::days(11));
    assert_eq!(server.preview(json!({ "inactivityDays": 11 })).await["revokes"], 0);
    let told = server.preview(json!({ "inactivityDays": 10 })).await;
    assert_eq!(
        (&told["revokes"], &told["data"][0]["id"], &told["data"][0]["revoked"]),
        (&json!(1), &json!(id), &json!(true))
    );
}

#[tokio::test]
async fn nobody_locks_the_team_out_by_a_date() {
    let (server, hands) = stopped_clock(ServerSettings::default()).await;
    let own = server.id_of(&server.keys.superadmin).await;
    server.age(&own, shown(&hands), 29).await;
    let refused =
        |answer: Answer| assert_eq!(answer.refused(409, "conflictError", None)["details"]["reason"], "lockout");
    let before = server.changes().await;
    for days in [1, 29] {
        refused(server.put_settings(&server.keys.admin, json!({ "version": 1, "expiryDays": days })).await);
        refused(server.put_settings(&server.keys.superadmin, json!({ "version": 1, "maxAgeDays": days })).await);
    }
    assert_eq!(server.changes().await, before);
    server.set(json!({ "expiryDays": 31 })).await;
}

#[tokio::test]
async fn what_becomes_of_exposed_keys_has_to_be_said() {
    for (said, status) in [("revoke", "revoked"), ("ignore", "enabled")] {
        let server = TestServer::start().await;
        let (value, hash, mask) = minted();
        let asked = json!({ "name": "leaked", "secretHash": hash, "maskedValue": mask });
        let id = server.post(&server.keys.user, "/api-keys", asked).await.expect(201)["apiKey"]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let url = "https://github.example/acme/deploy/blob/main/.env";
        let report = json!({ "secretHash": hash, "secretType": "keydeck API Key", "source": "github", "url": url });
        server.post(&server.keys.scanner, "/detected-secrets", report).await.expect(201);
        let asked = json!({ "version": 1, "autoRevokeExposed": true });
        let error = server.put_settings(&server.keys.admin, asked).await.refused(409, "conflictError", None);
        assert_eq!((&error["details"]["reason"], &error["details"]["count"]), (&json!("exposedKeys"), &json!(1)));
        server.get(&value, "/me").await.expect(200);
        let asked = json!({ "autoRevokeExposed": true, "currentlyExposed": said });
        let revokes = server.preview(asked.clone()).await["revokes"].clone();
        assert_eq!(revokes, i32::from(said == "revoke"));
        server.set(asked).await;
        let key = server.get(&server.keys.admin, &format!("/api-keys/{id}")).await.expect(200);
        assert_eq!(key["status"], status);
        if said == "revoke" {
            assert_eq!((&key["revocation"], &key["revokedBy"]), (&json!("exposed"), &json!(2)));
            assert_eq!(server.text("SELECT resolution FROM detected_secrets").await, "REVOKED");
        }
    }
}

#[tokio::test]
async fn a_refusal_says_which_setting_and_who_can_change_it() {
    let server = TestServer::start().await;
    let named = json!({ "name": "n" });
    server.set(json!({ "maxKeysPerUser": 2 })).await;
    let second = server.post(&server.keys.user, "/api-keys", named.clone()).await.expect(201)["apiKey"]["id"].clone();
    let error = server.post(&server.keys.user, "/api-keys", named.clone()).await.refused(403, "forbiddenError", None);
    assert_eq!(
        (&error["details"]["setting"], &error["details"]["changedBy"]),
        (&json!("maxKeysPerUser"), &json!("admin"))
    );
    assert!(error["message"].as_str().unwrap().contains("an admin of the team can change it"), "{error}");
    let rotated = json!({ "name": "n", "rotatedFrom": second });
    server.post(&server.keys.user, "/api-keys", rotated).await.expect(201);
    server.post(&server.keys.user, "/api-keys", named.clone()).await.expect(403);
    server.set(json!({ "maxKeysPerUser": null, "membersMayGenerate": false })).await;
    let error = server.post(&server.keys.user, "/api-keys", named.clone()).await.refused(403, "forbiddenError", None);
    assert_eq!(error["details"]["setting"], "membersMayGenerate");
    server.post(&server.keys.admin, "/api-keys", named).await.expect(201);
}

#[tokio::test]
async fn what_an_earlier_version_kept_is_read_with_defaults() {
    let server = TestServer::start().await;
    server.sql("UPDATE api_key_settings SET body = '{\"version\":4,\"expiryDays\":30}'").await;
    let read = server.get(&server.keys.user, "/api-key-settings").await.expect(200);
    assert_eq!(
        (&read["version"], &read["membersAccess"], &read["maxKeysPerUser"]),
        (&json!(4), &json!("full"), &Value::Null)
    );
}

#[tokio::test]
async fn what_the_servers_file_fixes_is_so_from_the_start_and_nobody_changes_it() {
    let fixed = keydeck::domain::settings::SettingsChange {
        max_age_days: Some(Some(180)),
        members_may_generate: Some(false),
        ..Default::default()
    };
    let policy = Some(keydeck::server::PolicyConfig { fixed, file: "server.toml".to_owned() });
    let server = TestServer::start_with(keydeck::server::ServerSettings { policy, ..Default::default() }).await;
    let admin = &server.keys.admin;
    let settings = server.get(admin, "/api-key-settings").await.expect(200);
    assert_eq!(
        (&settings["maxAgeDays"], &settings["membersMayGenerate"], &settings["version"]),
        (&json!(180), &json!(false), &json!(2))
    );
    for path in ["/api-key-settings/preview", "/api-key-settings"] {
        let body = json!({ "version": 2, "maxAgeDays": 365, "inactivityDays": 7 });
        let refused = if path.ends_with("preview") {
            server.post(admin, path, body).await.expect(409)
        } else {
            server.put_settings(admin, body).await.expect(409)
        };
        let details = &refused["error"]["details"];
        assert_eq!(
            (&details["reason"], &details["fields"], &details["file"]),
            (&json!("fixed"), &json!(["maxAgeDays"]), &json!("server.toml"))
        );
    }
    let free = json!({ "version": 2, "maxAgeDays": 180, "inactivityDays": 7 });
    server.put_settings(admin, free).await.expect(200);
    let log = server.get(admin, "/audit/logs?limit=50").await.expect(200);
    assert!(log.to_string().contains("api_key_settings.update"), "{log}");
}
