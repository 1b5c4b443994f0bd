//! What a rotation asks of a server: another key's acceptance, one key however often it is asked for, an earlier expiry.

use chrono::{TimeDelta, Utc};
use keydeck::client::proof::Verdict;
use keydeck::client::{KeyChange, Regeneration};

use super::*;

#[tokio::test]
async fn another_key_acts_without_a_new_profile() {
    let server = TestServer::start().await;
    let client = client(&server, &server.keys.admin);
    let (key, secret) = made(&client, "new").await;
    let me = client.with_key(secret).unwrap().me().await.unwrap();
    assert_eq!(me.own_key, Some(key.id));
    assert_eq!(me.id, client.me().await.unwrap().id);
}

#[tokio::test]
async fn a_value_is_accepted_until_its_key_is_disabled_and_never_when_it_is_made_up() {
    let server = TestServer::start().await;
    let client = client(&server, &server.keys.admin);
    let (key, secret) = made(&client, "new").await;
    let Verdict::Accepted(Some(me)) = client.verify(&secret).await else { panic!("not accepted") };
    assert_eq!(me.own_key, Some(key.id.clone()));
    assert_eq!(client.verify(&value(KeyKind::ApiKey)).await, Verdict::Refused);
    client
        .change_api_key(&permit(), &key.id, &KeyChange { enabled: Some(false), ..KeyChange::default() })
        .await
        .unwrap();
    assert_eq!(client.verify(&secret).await, Verdict::Refused);
}

#[tokio::test]
async fn where_the_server_mints_the_value_comes_with_the_key() {
    let server = TestServer::start().await;
    let client = client(&server, &server.keys.user);
    let new = NewKey { name: "ci".to_owned(), ..NewKey::default() };
    let (key, first) = client.create_api_key(&permit(), &new).await.unwrap();
    let first = first.unwrap();
    assert_eq!(key.digest, Some(digest(first.expose())));
    let again = Regeneration { overlap_seconds: 0, value: None, note: None };
    let (_, second) = client.regenerate_api_key(&permit(), &key.id, &again).await.unwrap();
    assert!(matches!(client.verify(&second.unwrap()).await, Verdict::Accepted(_)));
    assert_eq!(client.verify(&first).await, Verdict::Refused);
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
    let (first, _) = client.create_api_key(&permit(), &new).await.unwrap();
    assert_eq!(first.rotated_from, Some(old.id));
    let (again, _) = client.create_api_key(&permit(), &new).await.unwrap();
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
