//! Refusals in every shape, redirects, wrong regions: what is told, and where the key goes.

use keydeck::client::error::{ErrorKind, ServiceError};
use keydeck::client::postman::PostmanService;
use keydeck::client::{KeyService, Scope};
use keydeck::domain::secret::Secret;
use rstest::rstest;
use serde_json::{Value, json};

use crate::api::{Canned, Postman, api_key};
use crate::{client, client_of};

async fn refused(server: &Postman, canned: Canned) -> ServiceError {
    server.next("GET /collection-access-keys", canned);
    client(server).keys(Scope::Collections, None, 10).await.unwrap_err()
}

#[rstest]
#[case::a(json!({"error": {"name": "n", "message": "m"}}), "n: m")]
#[case::a_with_an_object(json!({"error": {"name": "n", "message": "m", "details": {"param": "cursor", "reason": "too long"}}}), "n: m: too long")]
#[case::a_with_a_list(json!({"error": {"name": "n", "message": "m", "details": ["x", "y"]}}), "n: m: x: y")]
#[case::a_with_an_object_for_a_name(json!({"error": {"name": {"name": "n", "message": "m"}}}), "n: m")]
#[case::b(json!({"type": "https://x.example", "title": "n", "detail": "m", "status": 400.0}), "n: m")]
#[case::b_in_short(json!({"type": "plain text", "title": "n", "detail": {"message": "m"}}), "n: m")]
#[case::c(json!({"type": "x", "title": "m", "status": 400, "instance": "/x"}), "m")]
#[case::d(json!({"error": "n", "error_description": "m"}), "n: m")]
#[case::none_of_these(json!({"oops": 1}), "an answer that is not the API's: {\"oops\":1}")]
#[tokio::test]
async fn every_shape_of_error_is_read_by_the_keys_in_it(#[case] body: Value, #[case] says: &str) {
    let server = Postman::start();
    let error = refused(&server, Canned::json(400, &body)).await;
    assert_eq!(error.reason(), format!("400 {says}"));
}

#[rstest]
#[case(400, ErrorKind::Invalid)]
#[case(401, ErrorKind::Unauthenticated)]
#[case(403, ErrorKind::Denied)]
#[case(404, ErrorKind::NotFound)]
#[tokio::test]
async fn what_does_not_change_is_asked_once(#[case] status: u16, #[case] kind: ErrorKind) {
    let server = Postman::start();
    let error = refused(&server, Canned::json(status, &json!({"error": {"name": "n", "message": "m"}}))).await;
    assert_eq!((error.kind, server.lines().len()), (kind, 1));
}

#[rstest]
#[case(Canned::text(503, "upstream connect error"))]
#[case(Canned::text(500, ""))]
#[case(Canned::text(408, ""))]
#[case(Canned::text(429, "slow down").with("RetryAfter", "0"))]
#[tokio::test]
async fn what_may_pass_is_asked_again(#[case] canned: Canned) {
    let server = Postman::start();
    server.next("GET /me", canned);
    client(&server).me().await.unwrap();
    assert_eq!(server.lines(), ["GET /me", "GET /me"]);
}

#[tokio::test]
async fn a_refused_key_is_told_with_the_address_and_what_else_it_may_be() {
    let server = Postman::start();
    let error = client_of(&server, &api_key(90)).me().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unauthenticated);
    let told = format!("{error}\n{}\n{error:?}", error.hint());
    assert!(told.contains(&server.url) && told.contains("revoked, expired"), "{told}");
    assert!(!told.contains(&api_key(90)), "{told}");
    let client = client(&server);
    client.me().await.unwrap();
    server.team().accepted.clear();
    assert!(client.me().await.unwrap_err().hint().contains("accepted this key before"));
    server.next("GET /me", Canned::text(401, "<html>log in</html>"));
    assert!(client.me().await.unwrap_err().hint().contains("tells nothing about the key"));
}

#[rstest]
#[case(301)]
#[case(302)]
#[case(307)]
#[case(308)]
#[tokio::test]
async fn a_redirect_is_never_followed(#[case] status: u16) {
    let (server, other) = (Postman::start(), Postman::start());
    server.next("GET /me", Canned::text(status, "").with("Location", format!("{}/me", other.url)));
    let error = client(&server).me().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Redirected);
    assert!(error.message.to_string().contains(&other.url), "{error}");
    assert_eq!((server.lines().len(), other.lines().len()), (1, 0));
}

#[test]
fn an_address_as_postman_itself_prints_it_is_refused_with_the_https_form() {
    let error = PostmanService::new("http://api.eu.postman.com", Secret::new(api_key(0))).map(drop).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Configuration);
    assert!(error.hint().contains("write it as https://api.eu.postman.com"), "{}", error.hint());
}

#[tokio::test]
async fn hostile_words_reach_nobody_raw() {
    let server = Postman::start();
    let wire =
        json!({"data": [{"id": "x", "collectionId": "\u{1b}[2J\u{202e}evil", "token": "\u{7}", "status": "\u{9b}"}]});
    server.next("GET /collection-access-keys", Canned::json(200, &wire));
    let key = client(&server).keys(Scope::Collections, None, 1).await.unwrap().rows.remove(0);
    let shown = format!("{} {} {}", key.name, key.masked, key.status);
    assert!(!shown.contains(['\u{1b}', '\u{202e}', '\u{7}', '\u{9b}']), "{shown}");
    let error = refused(&server, Canned::text(400, "a\u{1b}]0;b")).await;
    assert!(!error.to_string().contains('\u{1b}'), "{error}");
}
