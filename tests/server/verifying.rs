//! `POST /api-key-verifications`.

use std::time::Duration;

use chrono::TimeDelta;
use keydeck::domain::key_value::fingerprint;
use keydeck::domain::secret::Secret;
use keydeck::server::ServerSettings;
use serde_json::{Value, json};

use crate::hands::{later, stopped_clock};
use crate::http::{Answer, minted};
use crate::support::TestServer;

impl TestServer {
    async fn verify(&self, asks: &Secret, value: &Secret) -> Answer {
        self.post(asks, "/api-key-verifications", json!({ "sha256": fingerprint(value.expose()) })).await
    }
}

#[tokio::test]
async fn a_verifier_and_an_admin_learn_whether_a_key_is_good() {
    let server = TestServer::start().await;
    let (id, value) = server.make_key(&server.keys.user, "calls a service").await;
    let good = json!({ "valid": true, "status": "enabled", "apiKeyId": id, "ownerId": 3, "access": "full", "expiresAt": null });
    for asks in [&server.keys.verifier, &server.keys.admin, &server.keys.superadmin] {
        assert_eq!(server.verify(asks, &value).await.expect(200), good);
    }
    for asks in [&server.keys.user, &server.keys.scanner] {
        server.verify(asks, &value).await.refused(403, "forbiddenError", None);
    }
    let unknown = server.verify(&server.keys.verifier, &minted().0).await.expect(200);
    assert_eq!(
        unknown,
        json!({ "valid": false, "status": null, "apiKeyId": null, "ownerId": null, "access": null, "expiresAt": null })
    );
    for (asked, name) in [(json!({}), "paramMissingError"), (json!({ "sha256": "f00" }), "malformedRequestError")] {
        let answer = server.post(&server.keys.verifier, "/api-key-verifications", asked).await;
        answer.refused(400, name, Some("sha256"));
    }
}

#[tokio::test]
async fn a_stopped_key_is_not_valid_and_says_why() {
    let (server, hands) = stopped_clock(ServerSettings::default()).await;
    let (owner, verifier) = (&server.keys.user, &server.keys.verifier);
    let (id, value) = server.make_key(owner, "stops").await;
    let path = format!("/api-keys/{id}");
    let told = async || {
        let told = server.verify(verifier, &value).await.expect(200);
        assert_eq!(told["apiKeyId"], id.as_str());
        (told["valid"].clone(), told["status"].clone())
    };
    server.patch(owner, &path, json!({ "status": "disabled" })).await.expect(200);
    assert_eq!(told().await, (json!(false), json!("disabled")));
    let expires = later(&hands, TimeDelta::hours(1));
    server.patch(owner, &path, json!({ "status": "enabled", "expiresAt": expires })).await.expect(200);
    assert_eq!(told().await, (json!(true), json!("enabled")));
    hands.forward(TimeDelta::hours(1));
    assert_eq!(told().await, (json!(false), json!("disabled")));
    server.delete(owner, &path).await.expect(204);
    assert_eq!(told().await, (json!(false), json!("revoked")));
}

#[tokio::test]
async fn in_an_overlap_both_values_are_good_and_the_old_one_says_until_when() {
    let (server, hands) = stopped_clock(ServerSettings::default()).await;
    let (id, old) = server.make_key(&server.keys.user, "renewed").await;
    let new = server.regenerate(&server.keys.user, &id, 60).await;
    let told = async |value: &Secret| server.verify(&server.keys.verifier, value).await.expect(200);
    assert_eq!(told(&new).await["expiresAt"], Value::Null);
    assert_eq!(told(&old).await["expiresAt"], later(&hands, TimeDelta::minutes(1)));
    assert_eq!(told(&old).await["valid"], true);
    hands.forward(TimeDelta::minutes(1));
    assert_eq!((told(&old).await["valid"].clone(), told(&new).await["valid"].clone()), (json!(false), json!(true)));
    assert_eq!(told(&old).await["apiKeyId"], id.as_str());
}

fn often() -> ServerSettings {
    ServerSettings {
        write_last_uses_every: Duration::from_millis(5),
        rate_limit: 1_000_000,
        ..ServerSettings::default()
    }
}

#[tokio::test]
async fn a_verification_is_a_use_and_a_refusal_is_none() {
    let server = TestServer::start_with(often()).await;
    let owner = &server.keys.user;
    let (used, value) = server.make_key(owner, "used").await;
    let (stopped, refused) = server.make_key(owner, "stopped").await;
    server.patch(owner, &format!("/api-keys/{stopped}"), json!({ "status": "disabled" })).await.expect(200);
    server.verify(&server.keys.verifier, &refused).await.expect(200);
    server.verify(&server.keys.verifier, &value).await.expect(200);
    let read = async |id: &str| server.get(owner, &format!("/api-keys/{id}")).await.expect(200);
    while read(&used).await["lastUsedAt"] == Value::Null {}
    assert_eq!(read(&used).await["lastUsedFrom"], "127.0.0.1");
    assert_eq!(read(&stopped).await["lastUsedAt"], Value::Null);
}

#[tokio::test]
async fn a_verifier_says_from_where_a_key_was_used_and_an_admin_who_looks_uses_none_but_their_own() {
    let mut server = TestServer::start_with(often()).await;
    let (others, value) = server.make_key(&server.keys.user, "somebody's").await;
    let (own, own_value) = server.make_key(&server.keys.admin, "the admin's").await;
    for value in [&value, &own_value] {
        server.verify(&server.keys.admin, value).await.expect(200);
    }
    server.verify(&server.keys.superadmin, &value).await.expect(200);
    server.stop();
    server.resume();
    let read = async |id: &str| server.get(&server.keys.admin, &format!("/api-keys/{id}")).await.expect(200);
    assert_eq!(read(&others).await["lastUsedAt"], Value::Null, "an admin who looks");
    assert_ne!(read(&own).await["lastUsedAt"], Value::Null);
    for (from, kept) in [("2001:db8::7", "2001:db8::7"), ("::ffff:192.0.2.7", "192.0.2.7")] {
        let asked = json!({ "sha256": [fingerprint(value.expose())], "usedFrom": from });
        server.post(&server.keys.verifier, "/api-key-verifications", asked).await.expect(200);
        while read(&others).await["lastUsedFrom"] != kept {}
    }
    let asked = json!({ "sha256": fingerprint(value.expose()), "usedFrom": "the office" });
    let refused = server.post(&server.keys.verifier, "/api-key-verifications", asked).await;
    refused.refused(400, "malformedRequestError", Some("usedFrom"));
}

#[tokio::test]
async fn a_batch_is_answered_in_its_order() {
    let server = TestServer::start().await;
    let (id, value) = server.make_key(&server.keys.user, "good").await;
    let (stopped, stopped_value) = server.make_key(&server.keys.colleague, "stopped").await;
    server.delete(&server.keys.colleague, &format!("/api-keys/{stopped}")).await.expect(204);
    let (good, bad, unknown) = (fingerprint(value.expose()), fingerprint(stopped_value.expose()), minted().1);
    let asked = json!({ "sha256": [unknown, good, bad, good] });
    let told = server.post(&server.keys.verifier, "/api-key-verifications", asked).await.expect(200);
    let told = told["data"].as_array().unwrap();
    let seen: Vec<_> = told.iter().map(|one| (&one["valid"], &one["status"], &one["apiKeyId"])).collect();
    let (yes, no, null) = (json!(true), json!(false), Value::Null);
    let (enabled, revoked, id, stopped) = (json!("enabled"), json!("revoked"), json!(id), json!(stopped));
    let good = (&yes, &enabled, &id);
    assert_eq!(seen, [(&no, &null, &null), good, (&no, &revoked, &stopped), good]);
    let one = server.verify(&server.keys.verifier, &value).await.expect(200);
    assert_eq!(&one, &told[1], "one by one the same");
    for (asked, field) in [
        (json!([]), "sha256"),
        (json!(vec![unknown.as_str(); 1001]), "sha256"),
        (json!([unknown, "f00"]), "sha256[1]"),
        (json!(7), "sha256"),
    ] {
        let refused = server.post(&server.keys.verifier, "/api-key-verifications", json!({ "sha256": asked })).await;
        refused.refused(400, "malformedRequestError", Some(field));
    }
}

fn left(answer: &Answer) -> (String, String) {
    let header = |name| answer.headers[name].to_str().unwrap().to_owned();
    (header("ratelimit-policy"), header("ratelimit-remaining"))
}

#[tokio::test]
async fn verifications_have_a_limit_of_their_own_and_a_batch_counts_as_one_for_every_hundred() {
    let settings = ServerSettings { rate_limit: 20, verification_limit: 12, ..ServerSettings::default() };
    let server = TestServer::start_with(settings).await;
    let verifier = &server.keys.verifier;
    let ask = async |verifications: usize| {
        let asked = json!({ "sha256": vec![minted().1; verifications] });
        server.post(verifier, "/api-key-verifications", asked).await
    };
    let policy = || "12;w=60".to_owned();
    assert_eq!(left(&ask(1).await), (policy(), "11".to_owned()));
    assert_eq!(left(&ask(100).await), (policy(), "10".to_owned()));
    assert_eq!(left(&ask(101).await), (policy(), "8".to_owned()));
    let over = ask(1000).await;
    assert!(over.headers.contains_key("retry-after"));
    over.refused(429, "rateLimited", None);
    assert_eq!(left(&ask(700).await), (policy(), "0".to_owned()), "what was refused took no more than the call");
    ask(1).await.refused(429, "rateLimited", None);
    let other = server.get(verifier, "/me").await;
    assert_eq!(left(&other), ("20;w=60".to_owned(), "19".to_owned()), "other calls have theirs");
    let default = TestServer::start().await;
    let answer = default.verify(&default.keys.verifier, &minted().0).await;
    assert_eq!(left(&answer), ("6000;w=60".to_owned(), "5999".to_owned()));
}

#[tokio::test]
async fn how_long_an_answer_may_be_kept_is_told_and_never_beyond_an_expiry() {
    let kept = |answer: &Answer| answer.headers["cache-control"].to_str().unwrap().to_owned();
    let server = TestServer::start().await;
    assert_eq!(kept(&server.verify(&server.keys.verifier, &minted().0).await), "private, max-age=0");
    assert_eq!(kept(&server.get(&server.keys.verifier, "/me").await), "no-store");
    let (server, hands) = stopped_clock(ServerSettings { verification_max_age: 60, ..ServerSettings::default() }).await;
    let (id, value) = server.make_key(&server.keys.user, "ends").await;
    assert_eq!(kept(&server.verify(&server.keys.verifier, &value).await), "private, max-age=60");
    let expires = later(&hands, TimeDelta::seconds(90));
    server.patch(&server.keys.user, &format!("/api-keys/{id}"), json!({ "expiresAt": expires })).await.expect(200);
    assert_eq!(kept(&server.verify(&server.keys.verifier, &value).await), "private, max-age=60");
    hands.forward(TimeDelta::seconds(80));
    assert_eq!(kept(&server.verify(&server.keys.verifier, &value).await), "private, max-age=10");
    hands.forward(TimeDelta::seconds(10));
    assert_eq!(kept(&server.verify(&server.keys.verifier, &value).await), "private, max-age=60");
    assert_eq!(kept(&server.verify(&server.keys.user, &value).await), "no-store", "a refusal is nobody's to keep");
}
