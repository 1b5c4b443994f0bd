//! Refusals as they come there: JSON, plain text, pages; each said in words that help.

use keydeck::client::error::{ErrorKind, ServiceError};
use keydeck::client::{KeyService, Scope};
use keydeck::domain::ids::KeyId;
use rstest::rstest;
use serde_json::json;

use crate::gov_sg::{Canned, GovSg};
use crate::permit;

async fn refused(canned: Canned) -> ServiceError {
    let server = GovSg::start();
    let client = server.client();
    server.next("DELETE", canned);
    client.delete_api_key(&permit(), &KeyId::from("1"), None).await.unwrap_err()
}

#[rstest]
#[case(Canned::json(401, &json!({"code": "unauthenticated", "message": "m"})), ErrorKind::Unauthenticated, "keydeck login")]
#[case(Canned::text(401, "who are you?"), ErrorKind::Unauthenticated, "something between here and")]
#[case(Canned::text(403, "Forbidden"), ErrorKind::Denied, "a firewall in front of")]
#[case(Canned::html(403), ErrorKind::Denied, "a firewall in front of")]
#[case(Canned::html(404), ErrorKind::NotUnderstood, "with its version (…/v1)")]
#[case(Canned::json(404, &json!({"code": "not_found", "message": "m"})), ErrorKind::NotFound, "was deleted before")]
#[case(Canned::json(500, &json!({"code": "internal_server", "message": "Try again, 01JX"})), ErrorKind::Server, "tracking id")]
#[case(Canned::text(502, "bad gateway"), ErrorKind::Server, "try again")]
#[case(Canned::json(400, &json!({"code": "malformed", "message": "m"})), ErrorKind::Invalid, "correct the request")]
#[tokio::test]
async fn a_refusal_says_what_to_do(#[case] canned: Canned, #[case] kind: ErrorKind, #[case] says: &str) {
    let error = refused(canned).await;
    assert_eq!(error.kind, kind, "{error:?}");
    assert!(error.hint().contains(says), "{}", error.hint());
}

#[tokio::test]
async fn hostile_words_reach_nobody_raw() {
    let error = refused(Canned::text(400, "a\u{1b}]0;b\u{202e}")).await;
    assert!(!error.to_string().contains(['\u{1b}', '\u{202e}']), "{error}");
    let server = GovSg::start();
    let wire = json!([{"id": "x", "label": "\u{1b}[2J\u{202e}", "last_five": "\u{7}"}, null, 7]);
    server.next("GET /v1/api-key", Canned::json(200, &wire));
    let keys = server.client().keys(Scope::Mine, None, 1).await.unwrap().rows;
    assert_eq!(keys.len(), 1);
    assert!(!format!("{} {}", keys[0].name, keys[0].masked).contains(['\u{1b}', '\u{202e}', '\u{7}']));
}

#[rstest]
#[case(301)]
#[case(302)]
#[case(308)]
#[tokio::test]
async fn a_redirect_is_never_followed(#[case] status: u16) {
    let (server, other) = (GovSg::start(), GovSg::start());
    server.next("GET /v1/api-key", Canned::text(status, "").with("location", format!("{}/api-key", other.url)));
    let error = server.client().keys(Scope::Mine, None, 1).await.unwrap_err();
    assert_eq!((error.kind, other.lines().len()), (ErrorKind::Redirected, 0));
}

#[tokio::test]
async fn what_is_no_list_is_no_empty_one() {
    for body in [json!({}), json!({"data": []}), json!("OK")] {
        let server = GovSg::start();
        server.next("GET /v1/api-key", Canned::json(200, &body));
        let error = server.client().keys(Scope::Mine, None, 1).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotUnderstood, "{body}");
    }
}
