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

#[tokio::test]
async fn a_verification_is_a_use_and_a_refusal_is_none() {
    let settings = ServerSettings {
        write_last_uses_every: Duration::from_millis(5),
        rate_limit: 1_000_000,
        ..ServerSettings::default()
    };
    let server = TestServer::start_with(settings).await;
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
