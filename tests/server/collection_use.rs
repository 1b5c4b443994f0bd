//! `GET /collections/{uid}?access_key=kdc_…`.

use std::time::Duration;

use chrono::TimeDelta;
use keydeck::domain::key_value::{self, KeyKind};
use keydeck::domain::secret::Secret;
use keydeck::server::ServerSettings;
use serde_json::{Value, json};

use crate::hands::{later, stopped_clock};
use crate::http::{Answer, client};
use crate::support::TestServer;

const UID: &str = "3-5c7d2a10-0f6b-4f0e-9a0e-000000000001";

impl TestServer {
    async fn share(&self, name: Option<&str>) -> (String, Secret) {
        let asked = json!({ "collectionId": UID, "collectionName": name });
        let made = self.post(&self.keys.user, "/collection-access-keys", asked).await.expect(201);
        let value = made["value"].as_str().unwrap().to_owned();
        (made["collectionAccessKey"]["id"].as_str().unwrap().to_owned(), Secret::new(value))
    }

    async fn open(&self, uid: &str, value: &str) -> Answer {
        self.send(client().get(format!("{}/collections/{uid}?access_key={value}", self.base_url))).await
    }

    async fn collection_key(&self, id: &str) -> Value {
        let keys = self.get(&self.keys.user, "/collection-access-keys").await.expect(200);
        keys["data"].as_array().unwrap().iter().find(|key| key["id"] == id).unwrap().clone()
    }
}

#[tokio::test]
async fn a_key_reads_its_collection_and_no_other() {
    let server = TestServer::start().await;
    let (_, value) = server.share(Some("Payments")).await;
    let answer = server.open(UID, value.expose()).await;
    assert_eq!(answer.headers["ratelimit-limit"], "300");
    let collection = &answer.expect(200)["collection"];
    assert_eq!(collection["info"]["_postman_id"], UID.split_once('-').unwrap().1);
    assert_eq!(collection["info"]["uid"], UID);
    assert_eq!(collection["info"]["name"], "Payments");
    assert!(collection["info"]["schema"].as_str().unwrap().starts_with("https://schema.getpostman.com/"));
    assert_eq!(collection["item"], json!([]));
    server.open("3-another", value.expose()).await.refused(403, "forbiddenError", None);
    let (_, unnamed) = server.share(None).await;
    assert_eq!(server.open(UID, unnamed.expose()).await.expect(200)["collection"]["info"]["name"], UID);
}

#[tokio::test]
async fn it_is_only_read() {
    let server = TestServer::start().await;
    let (_, value) = server.share(None).await;
    let path = format!("{}/collections/{UID}?access_key={}", server.base_url, value.expose());
    server.send(client().post(path)).await.refused(405, "requestNotFoundError", None);
}

#[tokio::test]
async fn what_is_no_good_collection_key_is_refused() {
    let server = TestServer::start().await;
    let (id, value) = server.share(None).await;
    let unknown = key_value::mint(KeyKind::CollectionAccessKey, getrandom::fill).unwrap();
    for (reason, sent) in [
        ("missing", ""),
        ("malformed", "kdc_short"),
        ("malformed", server.keys.user.expose()),
        ("refused", unknown.expose()),
    ] {
        let error = server.open(UID, sent).await.refused(401, "AuthenticationError", None);
        assert_eq!(error["details"]["reason"], reason);
    }
    let plain = server.get(&server.keys.user, &format!("/collections/{UID}")).await;
    assert_eq!(plain.refused(401, "AuthenticationError", None)["details"]["reason"], "missing");
    server.get(&value, "/me").await.refused(401, "AuthenticationError", None);
    server.sql("UPDATE users SET active = 0 WHERE id = 3").await;
    server.open(UID, value.expose()).await.refused(401, "AuthenticationError", None);
    server.sql("UPDATE users SET active = 1 WHERE id = 3").await;
    server.open(UID, value.expose()).await.expect(200);
    server.delete(&server.keys.user, &format!("/collection-access-keys/{id}")).await.expect(204);
    server.open(UID, value.expose()).await.refused(401, "AuthenticationError", None);
}

#[tokio::test]
async fn each_use_moves_the_expiry_sixty_days_on() {
    let settings = ServerSettings {
        write_last_uses_every: Duration::from_millis(5),
        rate_limit: 1_000_000,
        ..ServerSettings::default()
    };
    let (server, hands) = stopped_clock(settings).await;
    let (id, value) = server.share(None).await;
    assert_eq!(server.collection_key(&id).await["expiresAfter"], later(&hands, TimeDelta::days(60)));
    hands.forward(TimeDelta::days(59));
    server.open("3-another", value.expose()).await.expect(403);
    server.open(UID, value.expose()).await.expect(200);
    while server.collection_key(&id).await["lastUsedAt"] == "" {}
    let key = server.collection_key(&id).await;
    assert_eq!(key["lastUsedAt"], later(&hands, TimeDelta::zero()));
    assert_eq!(key["expiresAfter"], later(&hands, TimeDelta::days(60)));
    assert_eq!(key["status"], "ACTIVE");
    hands.forward(TimeDelta::days(60));
    server.open(UID, value.expose()).await.refused(401, "AuthenticationError", None);
    assert_eq!(server.collection_key(&id).await["status"], "INACTIVE");
}

#[tokio::test]
async fn a_use_in_the_last_minute_saves_the_key_at_once() {
    // Nothing is written in batches while this test runs.
    let settings = ServerSettings { write_last_uses_every: Duration::from_hours(1), ..ServerSettings::default() };
    let (server, hands) = stopped_clock(settings).await;
    let (id, value) = server.share(None).await;
    hands.forward(TimeDelta::days(60) - TimeDelta::seconds(1));
    server.open(UID, value.expose()).await.expect(200);
    assert_eq!(server.collection_key(&id).await["expiresAfter"], later(&hands, TimeDelta::days(60)));
    hands.forward(TimeDelta::days(1));
    server.open(UID, value.expose()).await.expect(200);
}

#[tokio::test]
async fn each_key_has_its_own_allowance() {
    let server = TestServer::start_with(ServerSettings { rate_limit: 3, ..ServerSettings::default() }).await;
    let (_, value) = server.share(None).await;
    for _ in 0..3 {
        server.open(UID, value.expose()).await.expect(200);
    }
    let over = server.open(UID, value.expose()).await;
    assert!(over.headers.contains_key("retry-after"));
    over.refused(429, "rateLimited", None);
    server.get(&server.keys.user, "/me").await.expect(200);
}
