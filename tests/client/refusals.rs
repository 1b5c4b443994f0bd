//! What the server does not do, and how the client tells it: every status but success.

use std::time::Duration;

use keydeck::client::error::{ErrorKind, ServiceError};
use keydeck::client::{KeyService, MintedValue, NewKey, Scope, WritePermit};
use keydeck::domain::audit::AuditQuery;
use keydeck::domain::bulk::Outcome;
use keydeck::domain::deed::Deed;
use keydeck::domain::ids::KeyId;
use keydeck::domain::key::Status;
use keydeck::domain::key_value::{KeyKind, fingerprint, mask};
use keydeck::domain::secret::Secret;
use keydeck::domain::time::When;
use keydeck::ops::bulk::{Order, carry_out};
use keydeck::ops::lookup;
use keydeck::server::ServerSettings;
use rstest::rstest;
use tokio_util::sync::CancellationToken;

use super::server::TestServer;
use super::{client, hasty, made, new_key, permit, refused, resolving, value};

#[rstest]
#[case::unknown(value(KeyKind::ApiKey))]
#[case::of_another_kind(value(KeyKind::CollectionAccessKey))]
#[case::malformed(Secret::new("not-a-key".into()))]
#[tokio::test]
async fn a_wrong_key_is_refused_everywhere(#[case] key: Secret) {
    let server = TestServer::start().await;
    let client = client(&server, &key);
    let id = KeyId::from("k");
    let unauthenticated = ErrorKind::Unauthenticated;
    refused(client.me().await, unauthenticated, 401);
    refused(client.users().await, unauthenticated, 401);
    for scope in [Scope::Mine, Scope::Team, Scope::Collections] {
        refused(client.keys(scope, None, 10).await, unauthenticated, 401);
    }
    refused(client.api_key(&id).await, unauthenticated, 401);
    refused(client.lookup(&[fingerprint("x")]).await, unauthenticated, 401);
    refused(client.findings(None, 10).await, unauthenticated, 401);
    refused(client.audit(&AuditQuery::default(), None, 10).await, unauthenticated, 401);
    refused(client.settings().await, unauthenticated, 401);
    refused(client.create_api_key(&permit(), &new_key("ci", &key)).await, unauthenticated, 401);
    refused(client.delete_api_key(&permit(), &id, None).await, unauthenticated, 401);
    refused(client.revoke_api_keys(&permit(), std::slice::from_ref(&id), None, None).await, unauthenticated, 401);
    refused(client.create_collection_access_key(&permit(), "1-a", None, None).await, unauthenticated, 401);
    refused(client.resolve_finding(&permit(), &resolving("s", "w")).await, unauthenticated, 401);
    let error = refused(client.delete_collection_access_key(&permit(), &id, None).await, unauthenticated, 401);
    assert!(!format!("{error} {error:?}").contains(key.expose()));
}

#[tokio::test]
async fn a_permit_that_is_over_sends_nothing() {
    let server = TestServer::start().await;
    let client = client(&server, &server.keys.superadmin);
    let (over, id) = (WritePermit::for_a_time(Duration::ZERO), KeyId::from("k"));
    let again = |error: ServiceError| assert_eq!(error.kind, ErrorKind::ReadOnly, "{error}");
    again(client.create_api_key(&over, &new_key("ci", &server.keys.user)).await.unwrap_err());
    again(client.delete_api_key(&over, &id, None).await.unwrap_err());
    again(client.revoke_api_keys(&over, std::slice::from_ref(&id), None, None).await.unwrap_err());
    again(client.create_collection_access_key(&over, "1-a", None, None).await.unwrap_err());
    again(client.resolve_finding(&over, &resolving("s", "w")).await.unwrap_err());
    again(client.delete_collection_access_key(&over, &id, None).await.unwrap_err());
    assert_eq!(client.in_flight().borrow().ended, 0, "something was sent");
}

#[tokio::test]
async fn a_role_that_may_not_is_denied() {
    let server = TestServer::start().await;
    let denied = ErrorKind::Denied;
    let user = client(&server, &server.keys.user);
    refused(user.keys(Scope::Team, None, 10).await, denied, 403);
    refused(user.findings(None, 10).await, denied, 403);
    refused(user.resolve_finding(&permit(), &resolving("s", "w")).await, denied, 403);
    let own = AuditQuery { key: user.me().await.unwrap().own_key, ..AuditQuery::default() };
    refused(user.audit(&own, None, 10).await, denied, 403);
    let others = client(&server, &server.keys.colleague).me().await.unwrap().own_key.unwrap();
    let admin = client(&server, &server.keys.admin);
    refused(admin.delete_api_key(&permit(), &others, None).await, denied, 403);
    for key in [&server.keys.scanner, &server.keys.verifier] {
        let client = client(&server, key);
        refused(client.users().await, denied, 403);
        refused(client.keys(Scope::Mine, None, 10).await, denied, 403);
        refused(client.keys(Scope::Collections, None, 10).await, denied, 403);
        refused(client.api_key(&others).await, denied, 403);
        refused(client.lookup(&[fingerprint("x")]).await, denied, 403);
        refused(client.settings().await, denied, 403);
        refused(client.create_api_key(&permit(), &new_key("ci", &value(KeyKind::ApiKey))).await, denied, 403);
        refused(client.delete_api_key(&permit(), &others, None).await, denied, 403);
        refused(client.revoke_api_keys(&permit(), std::slice::from_ref(&others), None, None).await, denied, 403);
        refused(client.create_collection_access_key(&permit(), "1-a", None, None).await, denied, 403);
        refused(client.delete_collection_access_key(&permit(), &others, None).await, denied, 403);
    }
}

#[tokio::test]
async fn what_is_not_there_or_not_ones_own_is_not_found() {
    let server = TestServer::start().await;
    let (user, colleague) = (client(&server, &server.keys.user), client(&server, &server.keys.colleague));
    let (others, secret) = made(&colleague, "private").await;
    let (collection, _) = colleague.create_collection_access_key(&permit(), "1-a", None, None).await.unwrap();
    for id in [others.id.clone(), "nobody's".into(), "a/../b?c=%2e#d".into(), "…".into()] {
        refused(user.api_key(&id).await, ErrorKind::NotFound, 404);
        refused(user.delete_api_key(&permit(), &id, None).await, ErrorKind::NotFound, 404);
        refused(user.delete_collection_access_key(&permit(), &id, None).await, ErrorKind::NotFound, 404);
    }
    refused(user.delete_collection_access_key(&permit(), &collection.id, None).await, ErrorKind::NotFound, 404);
    assert!(lookup::by_fingerprint(&user, &fingerprint(secret.expose())).await.unwrap().is_none());
    assert_eq!(colleague.api_key(&others.id).await.unwrap().status, Status::Enabled);
}

#[tokio::test]
async fn a_wrong_request_names_the_field() {
    let server = TestServer::start().await;
    let client = client(&server, &server.keys.admin);
    let field = |error: ServiceError| error.field.map(|field| field.to_string()).unwrap_or_default();
    let invalid = ErrorKind::Invalid;
    for scope in [Scope::Mine, Scope::Team, Scope::Collections] {
        let error = refused(client.keys(scope, Some("damaged="), 10).await, invalid, 400);
        assert_eq!(field(error), "cursor");
    }
    assert_eq!(field(refused(client.findings(Some("damaged="), 10).await, invalid, 400)), "cursor");
    assert_eq!(field(refused(client.lookup(&["no hash".into()]).await, invalid, 400)), "sha256[0]");
    assert_eq!(field(refused(client.lookup(&[]).await, invalid, 400)), "sha256");
    let secret = value(KeyKind::ApiKey);
    let told = |fingerprint: &str, masked: &str| {
        let value = MintedValue { fingerprint: fingerprint.to_owned(), masked: masked.to_owned() };
        NewKey { value: Some(value), ..new_key("ci", &secret) }
    };
    for (new, wrong) in [
        (NewKey { name: String::new(), ..new_key("ci", &secret) }, "name"),
        (NewKey { name: "n".repeat(256), ..new_key("ci", &secret) }, "name"),
        (NewKey { contacts: vec!["nobody".into()], ..new_key("ci", &secret) }, "contacts[0]"),
        (told("x", &mask(secret.expose())), "secretHash"),
        (told(&fingerprint(secret.expose()), "x"), "maskedValue"),
        (NewKey { expires: When::from_wire("2001-01-01T00:00:00Z").time(), ..new_key("ci", &secret) }, "expiresAt"),
    ] {
        let error = refused(client.create_api_key(&permit(), &new).await, invalid, 400);
        assert_eq!(field(error), wrong);
    }
    let error = refused(client.create_collection_access_key(&permit(), "", None, None).await, invalid, 400);
    assert_eq!(field(error), "collectionId");
    assert_eq!(field(refused(client.revoke_api_keys(&permit(), &[], None, None).await, invalid, 400)), "ids");
}

#[tokio::test]
async fn a_body_that_is_too_large_makes_no_key() {
    let server = TestServer::start().await;
    let client = client(&server, &server.keys.user);
    let huge = NewKey { name: "n".repeat(2 << 20), ..new_key("ci", &value(KeyKind::ApiKey)) };
    let error = client.create_api_key(&permit(), &huge).await.unwrap_err();
    // the server answers and closes before it has read all, so the answer may be lost on the way
    assert!(
        matches!((error.kind, error.status), (ErrorKind::Invalid, Some(413)) | (ErrorKind::LostAnswer, None)),
        "{error}"
    );
    assert_eq!(client.keys(Scope::Mine, None, 10).await.unwrap().rows.len(), 1);
}

#[tokio::test]
async fn the_last_superadmins_key_is_kept() {
    let server = TestServer::start().await;
    let client = client(&server, &server.keys.superadmin);
    let own = client.me().await.unwrap().own_key.unwrap();
    refused(client.revoke_api_keys(&permit(), std::slice::from_ref(&own), None, None).await, ErrorKind::Conflict, 409);
    refused(client.delete_api_key(&permit(), &own, None).await, ErrorKind::Conflict, 409);
    let keys = [client.api_key(&own).await.unwrap()];
    for deed in [Deed::Revoke, Deed::Delete, Deed::Disable] {
        let order = Order::new(deed, &keys, Some(&own));
        let outcomes = carry_out(&client, &permit(), order, None, &CancellationToken::new(), &mut |_| ()).await;
        let refused = matches!(&outcomes[0].1, Outcome::Failed(why) if why.to_string().starts_with("409 "));
        assert!(refused || deed == Deed::Delete && outcomes[0].1.word() == "failed", "{outcomes:?}");
    }
    client.me().await.unwrap();
}

#[tokio::test]
async fn over_the_rate_limit_a_call_is_refused_and_says_how_long() {
    let server = TestServer::start_with(ServerSettings { rate_limit: 2, ..ServerSettings::default() }).await;
    let client = hasty(&server, &server.keys.user);
    client.me().await.unwrap();
    client.me().await.unwrap();
    assert_eq!(client.rate_limit().unwrap().remaining, 0);
    let error = refused(client.me().await, ErrorKind::RateLimited, 429);
    assert!(error.retry_after.is_some_and(|seconds| (1..=60).contains(&seconds)), "{error:?}");
    refused(client.delete_api_key(&permit(), &"k".into(), None).await, ErrorKind::RateLimited, 429);
}
