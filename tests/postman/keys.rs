//! Who asks, collection access keys and their owners, proofs.

use std::ops::ControlFlow;

use keydeck::client::error::ErrorKind;
use keydeck::client::proof::{Probe, Verdict};
use keydeck::client::{KeyService, Scope};
use keydeck::domain::bulk::Outcome;
use keydeck::domain::deed::Deed;
use keydeck::domain::ids::KeyId;
use keydeck::domain::key::{Key, Status};
use keydeck::domain::key_value::KeyKind;
use keydeck::domain::secret::Secret;
use keydeck::domain::time::When;
use keydeck::ops::bulk::{Order, carry_out};
use keydeck::ops::load;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::api::{Canned, Postman, api_key, me, token};
use crate::{client, client_of, permit};

async fn listed(server: &Postman) -> Vec<Key> {
    let mut keys = Vec::new();
    let client = client(server);
    load::keys(&client, Scope::Collections, &mut |page| {
        keys.extend(page.rows);
        ControlFlow::Continue(())
    })
    .await
    .unwrap();
    keys
}

#[tokio::test]
async fn who_asks_is_asked_with_the_key_in_one_header_and_nothing_else() {
    let server = Postman::start();
    let me = client(&server).me().await.unwrap();
    assert_eq!((me.name.as_received(), me.team.as_received(), me.guest), ("Ada", "Pets", false));
    let words: Vec<String> = me.allowances.iter().map(|one| format!("{}: {}", one.title(), one.words())).collect();
    assert_eq!(words, ["API calls: 8123 of 10000, 81 %", "mock usage: 3, unlimited"]);
    let asked = server.asked();
    let [asked] = asked.as_slice() else { panic!("one call") };
    assert_eq!((asked.line().as_str(), asked.body.as_str()), ("GET /me", ""));
    assert_eq!(asked.header("x-api-key"), Some(server.key.as_str()));
    for absent in ["authorization", "cookie", "content-type"] {
        assert_eq!(asked.header(absent), None, "{absent}");
    }
}

#[tokio::test]
async fn collection_access_keys_are_listed_to_the_end_with_their_owners() {
    let server = Postman::start();
    let keys = listed(&server).await;
    assert_eq!(
        server.lines(),
        [
            "GET /collection-access-keys",
            "GET /users",
            "GET /collection-access-keys?cursor=c%2F%2B2%3D%3D",
            "GET /collection-access-keys?cursor=c%2F%2B4%3D%3D",
        ]
    );
    let told: Vec<_> = keys.iter().map(|key| (key.id.as_str(), key.owner.as_received(), key.owner_gone)).collect();
    let (ada, ben) = ("Ada Admin", "ben");
    assert_eq!(
        told,
        [("a1==", ada, false), ("b2/+=", ben, false), ("c3", "", true), ("d4", ada, false), ("e5", "", false)]
    );
    assert_eq!(keys[0].masked.as_received(), "PMAT-…7Q2A");
    assert_eq!((&keys[1].last_used, &keys[2].last_used), (&When::Never, &When::Never));
    let states: Vec<&Status> = keys.iter().map(|key| &key.status).collect();
    assert_eq!(
        states,
        [&Status::Enabled, &Status::Enabled, &Status::Enabled, &Status::Revoked, &Status::Other("SUSPENDED".into())]
    );
}

#[tokio::test]
async fn owners_are_fetched_once_and_who_may_not_see_them_sees_the_keys() {
    let server = Postman::start();
    let client = client(&server);
    for _ in 0..3 {
        client.keys(Scope::Collections, None, 1000).await.unwrap();
    }
    client.users().await.unwrap();
    assert_eq!(server.lines().iter().filter(|line| *line == "GET /users").count(), 1);
    let server = Postman::start();
    server.team().users = None;
    let client = crate::client(&server);
    for _ in 0..3 {
        let page = client.keys(Scope::Collections, None, 1000).await.unwrap();
        assert!(page.rows.iter().all(|key| key.owner.is_empty() && !key.owner_gone), "nobody is known to have left");
    }
    assert_eq!(client.users().await.unwrap_err().kind, ErrorKind::Denied);
    assert_eq!(server.lines().iter().filter(|line| *line == "GET /users").count(), 1);
}

#[tokio::test]
async fn a_key_is_deleted_by_its_encoded_id_and_an_empty_answer_is_done() {
    let server = Postman::start();
    let client = client(&server);
    let id = KeyId::from("b2/+=");
    client.delete_collection_access_key(&permit(), &id, Some("a note that Postman keeps nowhere")).await.unwrap();
    let again = client.delete_collection_access_key(&permit(), &id, None).await.unwrap_err();
    assert_eq!((again.kind, again.reason().as_str()), (ErrorKind::NotFound, "404 Not found: no such key"));
    let asked = server.asked();
    assert!(
        asked.iter().all(|asked| asked.line() == "DELETE /collection-access-keys/b2%2F%2B%3D" && asked.body.is_empty())
    );
    // the definition has it answer an object, nominally
    server.next("DELETE", Canned::json(204, &json!({})));
    client.delete_collection_access_key(&permit(), &KeyId::from("x"), None).await.unwrap();
    server.next("DELETE", Canned::json(200, &json!({"ok": true})));
    client.delete_collection_access_key(&permit(), &KeyId::from("x"), None).await.unwrap();
}

#[tokio::test]
async fn many_are_deleted_one_by_one_and_each_has_its_own_outcome() {
    let server = Postman::start();
    let client = client(&server);
    let keys: Vec<Key> = listed(&server).await.into_iter().take(3).collect();
    server.team().keys.retain(|key| key["id"] != "c3");
    // done, but the answer is a gateway's: it is read back, and not sent again
    server.next("DELETE /collection-access-keys/a1", Canned::text(502, "bad gateway"));
    server.team().keys.retain(|key| key["id"] != "a1==");
    server.asked();
    let order = Order::new(Deed::Revoke, &keys, None);
    let done = carry_out(&client, &permit(), order, None, &CancellationToken::new(), &mut |_| ()).await;
    let outcomes: Vec<Outcome> = done.into_iter().map(|(_, outcome)| outcome).collect();
    assert_eq!(outcomes, [Outcome::Revoked, Outcome::Revoked, Outcome::NotFound]);
    let mut deleted: Vec<String> = server.lines().into_iter().filter(|line| line.starts_with("DELETE")).collect();
    deleted.sort();
    let path = "DELETE /collection-access-keys/";
    assert_eq!(deleted, [format!("{path}a1%3D%3D"), format!("{path}b2%2F%2B%3D"), format!("{path}c3")]);
}

#[tokio::test]
async fn one_key_is_found_in_the_list() {
    let server = Postman::start();
    let client = client(&server);
    let key = client.api_key(&KeyId::from("c3")).await.unwrap();
    assert_eq!((key.kind, key.id.as_str()), (KeyKind::CollectionAccessKey, "c3"));
    assert_eq!(server.lines().len(), 3, "two pages and the users");
    assert_eq!(client.api_key(&KeyId::from("gone")).await.unwrap_err().kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn an_api_key_is_proven_with_a_made_up_one_beside_it() {
    let server = Postman::start();
    let client = client(&server);
    let value = Secret::new(api_key(9));
    server.team().accepted.push((api_key(9), me(8, "Ben")));
    match client.verify(&value).await {
        Verdict::Accepted(Some(me)) => assert_eq!(me.name.as_received(), "Ben"),
        other => panic!("{other:?}"),
    }
    let asked = server.asked();
    assert!(asked.iter().all(|asked| asked.line() == "GET /me") && asked.len() == 3);
    let keys: Vec<&str> = asked.iter().map(|asked| asked.header("x-api-key").unwrap()).collect();
    assert!(keys[0] == value.expose() && keys[2] == value.expose() && keys[1] != keys[0]);
    assert_eq!(keys[1].len(), 64);
    server.team().accepted.pop();
    assert_eq!(client.verify(&value).await, Verdict::Refused);
    // a proxy's 401 proves nothing
    server.next("GET /me", Canned::text(401, "who are you?"));
    assert!(matches!(client.verify(&value).await, Verdict::CannotTell(_)));
}

#[tokio::test]
async fn a_collection_access_key_is_asked_without_any_other_beside_it() {
    let server = Postman::start();
    let client = client(&server);
    let proof = client.proof_of(KeyKind::CollectionAccessKey).unwrap();
    assert!(proof.prolongs, "each use lets it live longer");
    let live = client.probe(&Secret::new(token("7Q2A"))).await.unwrap();
    assert!(live.is_like(proof.accepted) && matches!(live, Probe::Refusal(403, _)), "{live:?}");
    let dead = client.probe(&Secret::new(token("0000"))).await.unwrap();
    assert!(dead.is_like(proof.refused), "{dead:?}");
    let asked = server.asked();
    let collection = "/collections/0-00000000-0000-4000-8000-000000000000";
    assert!(asked.iter().all(|asked| asked.path == collection && asked.header("x-api-key").is_none()));
    assert_eq!(asked[0].query, format!("access_key={}", token("7Q2A")));
}

#[tokio::test]
async fn a_list_that_leads_in_a_circle_is_left() {
    let server = Postman::start();
    let again = json!({"data": [{"id": "x"}], "meta": {"nextCursor": "same=="}});
    for _ in 0..3 {
        server.next("GET /collection-access-keys", Canned::json(200, &again));
    }
    let client = client(&server);
    let error = load::keys(&client, Scope::Collections, &mut |_| ControlFlow::Continue(())).await.unwrap_err();
    assert!(error.to_string().contains("repeats itself"), "{error}");
    assert_eq!(server.lines().iter().filter(|line| line.contains("access-keys")).count(), 2);
}

#[tokio::test]
async fn what_is_missing_everywhere_is_survived() {
    let server = Postman::start();
    for body in [json!({"data": [{}, null, []], "meta": null}), json!({"meta": {}}), json!({"data": []})] {
        server.next("GET /collection-access-keys", Canned::json(200, &body));
        let page = client_of(&server, &server.key).keys(Scope::Collections, None, 1).await.unwrap();
        assert_eq!(page.next, None);
    }
    server.next("GET /me", Canned::json(200, &json!({"user": {"id": 7}, "more": 1})));
    assert!(client(&server).me().await.unwrap().guest);
}
