//! Whole use cases while the line or the server fails.

use std::ops::ControlFlow;

use keydeck::client::Scope;
use keydeck::client::error::ErrorKind;
use keydeck::domain::bulk::{Outcome, Progress};
use keydeck::domain::deed::Deed;
use keydeck::domain::ids::UserId;
use keydeck::domain::key::Key;
use keydeck::domain::key_value::{KeyKind, fingerprint};
use keydeck::ops::bulk::{Order, carry_out};
use keydeck::ops::{create, load};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::faults::{Faulty, Reply};
use super::{client, for_each, lost, new_key, permit};

#[tokio::test]
async fn a_repeated_or_endless_cursor_is_noticed() {
    let circle =
        Faulty::in_order(vec![Reply::json(&json!({"data": [{"id": "k"}], "meta": {"nextCursor": "c"}}))]).await;
    let mut pages = 0;
    let error = load::keys(&client(&circle), Scope::Team, &mut |_| {
        pages += 1;
        ControlFlow::Continue(())
    })
    .await
    .unwrap_err();
    assert_eq!((error.kind, pages, circle.asked().len()), (ErrorKind::NotUnderstood, 2, 2));

    let endless = Faulty::start(|n, _| Reply::json(&json!({"data": [], "meta": {"nextCursor": n.to_string()}}))).await;
    let error = load::findings(&client(&endless), &mut |_| ControlFlow::Continue(())).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotUnderstood);
    assert!(endless.asked().len() < 100);
}

/// Revokes these keys in a task of its own, as the console does.
async fn revoke_all(server: &Faulty, ids: &[&str], kind: KeyKind) -> (Vec<Outcome>, Vec<Progress>) {
    let client = client(server);
    let keys: Vec<Key> = ids.iter().map(|id| Key { kind, ..Key::sample(id) }).collect();
    let run = tokio::spawn(async move {
        let mut told = Vec::new();
        let mut report = |progress| told.push(progress);
        let order = Order::new(Deed::Revoke, &keys, None);
        let outcomes = carry_out(&client, &permit(), order, None, &CancellationToken::new(), &mut report).await;
        (outcomes.into_iter().map(|(_, outcome)| outcome).collect(), told)
    });
    run.await.unwrap()
}

#[tokio::test]
async fn a_revocation_whose_answer_is_lost_is_read_back_not_repeated() {
    for_each(lost(), async |fault, _| {
        let lost = fault.clone();
        let server = Faulty::start(move |_, asked| {
            let id = asked.target.rsplit('/').next().unwrap();
            let seen = Reply::json(&json!({"id": id, "status": "revoked"}));
            if asked.method == "POST" { lost.clone() } else { seen }
        })
        .await;
        let (outcomes, told) = revoke_all(&server, &["a", "b"], KeyKind::ApiKey).await;
        assert_eq!(outcomes, [Outcome::Revoked, Outcome::Revoked], "{fault:?}");
        assert_eq!(server.count("POST"), 1, "{fault:?}");
        assert!(told.contains(&Progress::ReadingBack(vec!["a".into(), "b".into()])));
    })
    .await;
}

#[tokio::test]
async fn a_revocation_that_did_not_arrive_is_told_as_failed() {
    let server = Faulty::start(|_, asked| match asked.method.as_str() {
        "POST" => Reply::Reset,
        _ => Reply::json(&json!({"id": "a", "status": "enabled"})),
    })
    .await;
    let (outcomes, _) = revoke_all(&server, &["a"], KeyKind::ApiKey).await;
    assert!(matches!(&outcomes[0], Outcome::Failed(why) if why.to_string().starts_with("not revoked")), "{outcomes:?}");
    assert_eq!(server.count("POST"), 1);
}

#[tokio::test]
async fn collection_keys_are_deleted_once_each_even_when_refused_or_lost() {
    let server = Faulty::start(|n, asked| match (asked.method.as_str(), asked.target.as_str()) {
        // the first call of all is one too many
        ("DELETE", _) if n == 0 => Reply::error(429, "rateLimited").with("retry-after", "1"),
        ("DELETE", "/collection-access-keys/c3") => Reply::Reset,
        ("DELETE", "/collection-access-keys/c4") => Reply::error(404, "instanceNotFoundError"),
        ("DELETE", "/collection-access-keys/c5") => Reply::error(403, "forbiddenError"),
        ("DELETE", _) => Reply::Whole(204, Vec::new(), String::new()),
        _ => Reply::json(&json!({"data": [
            {"id": "c3", "status": "INACTIVE", "deletedAt": "2026-11-21T08:30:00.000Z"},
            {"id": "c4", "status": "INACTIVE", "deletedAt": "2026-11-20T08:30:00.000Z"},
        ]})),
    })
    .await;
    let ids = ["c1", "c2", "c3", "c4", "c5"];
    let (outcomes, told) = revoke_all(&server, &ids, KeyKind::CollectionAccessKey).await;
    let words: Vec<_> = outcomes.iter().map(Outcome::word).collect();
    assert_eq!(words, ["revoked", "revoked", "revoked", "already revoked", "denied"]);
    assert!(told.contains(&Progress::Waiting(1)), "{told:?}");
    // one each, and one more for the call that was refused as one too many
    assert_eq!(server.count("DELETE"), ids.len() + 1);
}

#[tokio::test]
async fn a_new_key_whose_answer_is_lost_is_found_by_its_hash() {
    let hash = fingerprint("minted at run time");
    let found = hash.clone();
    let server = Faulty::start(move |n, asked| match (asked.line().as_str(), n) {
        ("POST /api-keys", 0) => Reply::Reset,
        ("POST /api-keys", _) => Reply::error(409, "conflictError"),
        ("POST /api-key-lookups", _) => Reply::json(&json!({"data": [
            {"sha256": found, "apiKey": {"id": "k", "name": "ci", "ownerId": 7, "secretHash": found}},
        ]})),
        _ => Reply::error(404, "requestNotFoundError"),
    })
    .await;
    let (key, _) = create::create(&client(&server), &permit(), &new_key(&hash), UserId(7)).await.unwrap();
    assert_eq!(key.id.as_str(), "k");
    assert!(server.asked().iter().all(|asked| !asked.body.contains("minted at run time")));
}
