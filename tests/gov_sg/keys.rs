//! Listing, making, changing and deleting keys.

use chrono::{TimeDelta, Utc};
use keydeck::client::error::ErrorKind;
use keydeck::client::{KeyChange, KeyService, NewKey, Scope};
use keydeck::domain::ids::{KeyId, UserId};
use keydeck::domain::key::{DisabledReason, Key, Status};
use keydeck::ops;
use serde_json::json;

use crate::gov_sg::{ALICE, Canned, GovSg};
use crate::permit;

async fn listed(client: &dyn KeyService) -> Vec<Key> {
    client.keys(Scope::Mine, None, 1).await.unwrap().rows
}

fn new(name: &str, contacts: &[&str]) -> NewKey {
    let contacts = contacts.iter().map(|contact| (*contact).to_owned()).collect();
    NewKey { name: name.to_owned(), contacts, ..NewKey::default() }
}

fn contacts(contacts: &[&str]) -> KeyChange {
    let contacts = contacts.iter().map(|contact| (*contact).to_owned()).collect();
    KeyChange { contacts: Some(contacts), ..KeyChange::default() }
}

#[tokio::test]
async fn the_list_comes_whole_and_only_once_while_it_is_the_same() {
    let server = GovSg::start();
    for n in 0..3 {
        server.service().make(ALICE, &format!("k{n}"), (n > 0).then_some(&["a@b.example"]), Utc::now());
    }
    server.service().make("ben@agency.gov.sg", "another's", None, Utc::now());
    let client = server.client();
    let keys = listed(&client).await;
    let names: Vec<_> = keys.iter().map(|key| (key.name.as_received(), key.contacts.len())).collect();
    assert_eq!(names, [("k2", 1), ("k1", 1), ("k0", 0)], "newest first, and one without contacts");
    assert!(keys.iter().all(|key| key.owner_id == UserId(4711) && key.id.as_str().starts_with("90071992547")));
    let asked = server.asked();
    assert_eq!(
        asked.iter().map(crate::gov_sg::Asked::line).collect::<Vec<_>>(),
        ["GET /v1/auth/userinfo", "GET /v1/api-key"]
    );
    assert_eq!(asked[1].header("if-none-match"), None);
    assert_eq!(listed(&client).await, keys);
    let again = server.asked();
    assert!(again.len() == 1 && again[0].header("if-none-match").unwrap().starts_with("W/"), "{again:?}");
    server.service().make(ALICE, "k3", None, Utc::now());
    assert_eq!(listed(&client).await.len(), 4);
    // another session knows nothing of it
    let other = client.with_key(server.session("ben@agency.gov.sg")).unwrap();
    server.asked();
    assert_eq!(listed(&*other).await[0].name.as_received(), "another's");
    assert_eq!(server.asked()[1].header("if-none-match"), None);
}

#[tokio::test]
async fn a_key_is_over_by_the_services_clock_and_stays_listed() {
    let server = GovSg::start();
    server.service().ahead = TimeDelta::days(3);
    server.service().make(ALICE, "over", None, Utc::now() - TimeDelta::days(184) + TimeDelta::days(2));
    server.service().make(ALICE, "new", None, Utc::now());
    let keys = listed(&server.client()).await;
    assert_eq!((&keys[0].status, &keys[1].status), (&Status::Enabled, &Status::Disabled));
    assert_eq!(keys[1].disabled_reason, Some(DisabledReason::Expired));
    // contacts of one that is over can be changed all the same
    let changed = server.client().change_api_key(&permit(), &keys[1].id, &contacts(&["c@d.example"])).await.unwrap();
    assert_eq!(changed.contacts, ["c@d.example".into()]);
}

#[tokio::test]
async fn making_a_key_sends_what_is_taken_and_nothing_else() {
    let server = GovSg::start();
    let client = server.client();
    let (key, value) =
        client.create_api_key(&permit(), &new("grants/mail", &["a@b.example", "A@b.example"])).await.unwrap();
    let value = value.unwrap();
    assert!(
        value.expose().starts_with("alice1_v1_")
            && key.masked.as_received() == format!("…{}", &value.expose()[value.expose().len() - 5..])
    );
    let asked = server.asked();
    let sent = asked.iter().find(|asked| asked.method == "POST").unwrap();
    assert_eq!(sent.json(), json!({"label": "grants/mail", "notification_contacts": ["a@b.example", "A@b.example"]}));
    assert_eq!((sent.path.as_str(), sent.header("content-type")), ("/v1/api-key", Some("application/json")));
    for wrong in [new(" \t", &["a@b.example"]), new("x", &[])] {
        let error = client.create_api_key(&permit(), &wrong).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid, "{error}");
    }
    let dated = NewKey { expires: Some(Utc::now()), ..new("x", &["a@b.example"]) };
    assert_eq!(client.create_api_key(&permit(), &dated).await.unwrap_err().kind, ErrorKind::Unsupported);
    assert!(server.lines().is_empty(), "what the service would refuse or should is not sent");
    let error = client.create_api_key(&permit(), &new("x", &["x@localhost"])).await.unwrap_err();
    assert_eq!(error.field.map(|field| field.to_string()).as_deref(), Some("the contacts"));
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_key() {
    let server = GovSg::start();
    let client = server.client();
    server.lose("POST /v1/api-key", Canned::text(502, "bad gateway"));
    let lost = ops::create::create(&client, &permit(), &new("x", &["a@b.example"]), UserId(4711)).await;
    assert!(lost.unwrap_err().outcome_unknown());
    assert_eq!(server.lines().iter().filter(|line| line.starts_with("POST")).count(), 1);
    assert_eq!(server.service().labels(), ["x"]);
}

#[tokio::test]
async fn contacts_are_replaced_and_never_cleared_and_the_property_is_always_sent() {
    let server = GovSg::start();
    let stored = server.service().make(ALICE, "k", None, Utc::now());
    let (client, id) = (server.client(), KeyId::from(stored.id.to_string()));
    let changed = client.change_api_key(&permit(), &id, &contacts(&["a@b.example"])).await.unwrap();
    assert_eq!((changed.contacts.len(), changed.name.as_received()), (1, "k"));
    let asked = server.asked();
    let sent = asked.iter().find(|asked| asked.method == "PUT").unwrap();
    assert_eq!(sent.json(), json!({"notification_contacts": ["a@b.example"]}));
    assert_eq!(sent.path, format!("/v1/api-key/{}", stored.id));
    assert_eq!(client.change_api_key(&permit(), &id, &contacts(&[])).await.unwrap_err().kind, ErrorKind::Invalid);
    assert!(client.change_api_key(&permit(), &id, &KeyChange::default()).await.is_err());
    let name = KeyChange { name: Some("y".to_owned()), ..contacts(&["a@b.example"]) };
    assert_eq!(client.change_api_key(&permit(), &id, &name).await.unwrap_err().kind, ErrorKind::Unsupported);
    assert!(server.lines().is_empty());
    // an answer without contacts is survived
    server.next("PUT", Canned::json(200, &json!({"id": 7, "label": "k"})));
    assert!(client.change_api_key(&permit(), &id, &contacts(&["a@b.example"])).await.unwrap().contacts.is_empty());
}

#[tokio::test]
async fn a_key_is_deleted_once_and_an_id_that_is_no_number_is_not_sent() {
    let server = GovSg::start();
    let stored = server.service().make(ALICE, "k", None, Utc::now());
    let others = server.service().make("ben@agency.gov.sg", "another's", None, Utc::now());
    let client = server.client();
    let delete = async |id: &str| client.delete_api_key(&permit(), &KeyId::from(id), Some("a note")).await;
    delete(&stored.id.to_string()).await.unwrap();
    let asked = server.asked();
    assert_eq!((asked[0].line(), asked[0].body.as_str()), (format!("DELETE /v1/api-key/{}", stored.id), ""));
    for id in [stored.id, others.id] {
        let error = delete(&id.to_string()).await.unwrap_err();
        assert_eq!((error.kind, error.status), (ErrorKind::NotFound, Some(404)), "{error}");
    }
    server.asked();
    for id in ["abc", "", "1/2", "１"] {
        assert_eq!(delete(id).await.unwrap_err().kind, ErrorKind::NotFound, "{id}");
    }
    assert!(server.lines().is_empty());
}
