//! What a rotation asks of a server: another key's acceptance, one key however often it is asked for, an earlier expiry.

use chrono::{TimeDelta, Utc};
use keydeck::client::KeyChange;

use super::*;

#[tokio::test]
async fn another_key_is_tried_without_a_new_profile() {
    let server = TestServer::start().await;
    let client = client(&server, &server.keys.admin);
    let (key, secret) = made(&client, "new").await;
    let me = client.with_key(secret.duplicate()).unwrap().me().await.unwrap();
    assert_eq!(me.own_key, Some(key.id.clone()));
    assert_eq!(me.id, client.me().await.unwrap().id);
    let bogus = client.with_key(value(KeyKind::ApiKey)).unwrap();
    refused(bogus.me().await, ErrorKind::Unauthenticated, 401);
    client
        .change_api_key(&permit(), &key.id, &KeyChange { enabled: Some(false), ..KeyChange::default() })
        .await
        .unwrap();
    refused(client.with_key(secret).unwrap().me().await, ErrorKind::Unauthenticated, 401);
}

#[tokio::test]
async fn a_request_with_an_idempotency_key_makes_one_key_and_says_what_it_replaces() {
    let server = TestServer::start().await;
    let client = client(&server, &server.keys.user);
    let (old, _) = made(&client, "old").await;
    let secret = value(KeyKind::ApiKey);
    let new = NewKey {
        rotated_from: Some(old.id.clone()),
        idempotency_key: Some("01JQ8ZK3-register".to_owned()),
        ..new_key("new", &secret)
    };
    let first = client.create_api_key(&permit(), &new).await.unwrap();
    assert_eq!(first.rotated_from, Some(old.id));
    let again = client.create_api_key(&permit(), &new).await.unwrap();
    assert_eq!(again.id, first.id);
    assert_eq!(all(&client, Scope::Mine).await.iter().filter(|key| key.name.as_received() == "new").count(), 1);
}

#[tokio::test]
async fn an_expiry_comes_forward_and_never_moves_back() {
    let server = TestServer::start().await;
    let client = client(&server, &server.keys.user);
    let (key, _) = made(&client, "old").await;
    let soon = Utc::now() + TimeDelta::hours(1);
    let date = |expires| KeyChange { expires: Some(expires), ..KeyChange::default() };
    let changed = client.change_api_key(&permit(), &key.id, &date(soon)).await.unwrap();
    let got = changed.expires.time().unwrap();
    assert!((got - soon).abs() < TimeDelta::milliseconds(1), "{got}");
    let later = client.change_api_key(&permit(), &key.id, &date(soon + TimeDelta::hours(1))).await;
    assert!(later.is_err());
    assert_eq!(client.api_key(&key.id).await.unwrap().expires, changed.expires);
}
