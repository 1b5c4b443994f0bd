//! Requests that are no requests: wrong bodies, unknown places, too much of everything.

use keydeck::domain::secret::Secret;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use rstest::rstest;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::http::client;
use crate::support::TestServer;

const POSTS: [&str; 5] =
    ["/api-keys", "/api-key-revocations", "/api-key-lookups", "/collection-access-keys", "/detected-secrets-queries"];

fn raw(
    server: &TestServer,
    key: &Secret,
    path: &str,
    kind: &str,
    body: impl Into<reqwest::Body>,
) -> reqwest::RequestBuilder {
    server.request(Method::POST, key, path).header(CONTENT_TYPE, kind).body(body)
}

#[rstest]
#[case::cut(b"{\"name\":")]
#[case::not_json(b"name=a")]
#[case::two(b"{} {}")]
#[case::not_utf8(b"{\"name\":\"\xff\"}")]
#[case::an_array(b"[1]")]
#[case::a_number(b"7")]
#[case::null(b"null")]
#[tokio::test]
async fn what_is_no_json_object_is_refused_everywhere(#[case] body: &'static [u8]) {
    let server = TestServer::start().await;
    let before = server.changes().await;
    for path in POSTS {
        let request = raw(&server, &server.keys.admin, path, "application/json", body);
        server.send(request).await.refused(400, "malformedRequestError", Some("body"));
    }
    assert_eq!(server.changes().await, before);
}

#[tokio::test]
async fn a_body_nested_without_end_is_refused() {
    let server = TestServer::start().await;
    let body = "[".repeat(500_000);
    let request = raw(&server, &server.keys.admin, "/api-keys", "application/json", body);
    server.send(request).await.refused(400, "malformedRequestError", Some("body"));
}

#[tokio::test]
async fn only_json_is_read() {
    let server = TestServer::start().await;
    for kind in ["text/plain", "application/x-www-form-urlencoded", ""] {
        for path in POSTS {
            let request = raw(&server, &server.keys.admin, path, kind, "{}");
            server.send(request).await.refused(415, "unsupportedMediaTypeError", None);
        }
    }
    for kind in ["application/json; charset=utf-8", "Application/JSON", "application/vnd.api+json"] {
        let request = raw(&server, &server.keys.admin, "/api-keys", kind, "{\"name\":\"a\"}");
        server.send(request).await.expect(201);
    }
}

#[tokio::test]
async fn a_body_may_have_a_mebibyte() {
    let server = TestServer::start().await;
    let padded = |size: usize| {
        let mut body = "{\"name\":\"a\"".to_owned();
        body.push_str(&" ".repeat(size - body.len() - 1));
        body + "}"
    };
    let key = &server.keys.user;
    let whole = raw(&server, key, "/api-keys", "application/json", padded(1024 * 1024));
    server.send(whole).await.expect(201);
    let over = raw(&server, key, "/api-keys", "application/json", padded(1024 * 1024 + 1));
    server.send(over).await.refused(413, "requestTooLargeError", Some("body"));
}

#[tokio::test]
async fn a_body_without_a_length_is_cut_off_at_a_mebibyte() {
    let server = TestServer::start().await;
    let address = server.base_url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let key = server.keys.user.expose();
    let head = format!(
        "POST /api-keys HTTP/1.1\r\nHost: {address}\r\nX-Api-Key: {key}\r\nContent-Type: application/json\r\n\
         Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    for _ in 0..17 {
        if stream.write_all(chunk.as_bytes()).await.is_err() {
            break;
        }
    }
    let mut answer = vec![0; 4096];
    let length = stream.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]);
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("requestTooLargeError"), "{answer}");
}

#[tokio::test]
async fn unknown_places_and_methods_answer_in_the_contracts_form() {
    let server = TestServer::start().await;
    let key = &server.keys.admin;
    for path in ["/", "/nope", "/api-keys/", "/api-keys/a/b", "/ME", "//me"] {
        server.get(key, path).await.refused(404, "requestNotFoundError", None);
    }
    for (method, path) in [
        (Method::PUT, "/me"),
        (Method::POST, "/me"),
        (Method::DELETE, "/users"),
        (Method::PATCH, "/api-key-settings"),
        (Method::GET, "/api-key-lookups"),
        (Method::OPTIONS, "/api-keys"),
        (Method::POST, "/secret-types"),
    ] {
        let answer = server.send(server.request(method, key, path)).await;
        assert!(answer.headers.contains_key("allow"), "{path}");
        answer.refused(405, "requestNotFoundError", None);
    }
}

#[tokio::test]
async fn ids_are_text_and_nothing_more() {
    let server = TestServer::start().await;
    for id in ["%2e%2e%2fusers", "'%20OR%20'1'='1", "a%2Fb", &"x".repeat(255)] {
        for path in ["/api-keys", "/collection-access-keys"] {
            let answer = server.delete(&server.keys.admin, &format!("{path}/{id}")).await;
            answer.refused(404, "instanceNotFoundError", None);
        }
    }
    let answer = server.get(&server.keys.admin, "/api-keys/%FF").await;
    answer.refused(400, "malformedRequestError", Some("id"));
}

#[tokio::test]
async fn every_answer_has_an_id_and_is_nobodys_to_keep() {
    let server = TestServer::start().await;
    let mut seen = std::collections::HashSet::new();
    for path in ["/me", "/nope", "/users", "/api-keys?limit=0"] {
        let answer = server.get(&server.keys.user, path).await;
        assert!(seen.insert(answer.headers["x-request-id"].clone()));
        assert_eq!(answer.headers["cache-control"], "no-store");
        for cors in ["access-control-allow-origin", "set-cookie", "server", "x-powered-by"] {
            assert!(!answer.headers.contains_key(cors));
        }
    }
}

#[tokio::test]
async fn no_error_repeats_a_secret() {
    let server = TestServer::start().await;
    let key = &server.keys.user;
    let secret = key.expose();
    for (path, body) in [
        ("/api-keys", json!({ "name": { "value": secret } })),
        ("/api-keys", json!({ "name": "a", "secretHash": secret, "maskedValue": secret })),
        ("/api-keys", json!({ "name": "a", "expiresAt": secret, "contacts": [secret] })),
        ("/api-key-lookups", json!({ "sha256": [secret] })),
        ("/api-key-revocations", json!({ "ids": ["a"], "revocation": secret })),
    ] {
        let answer = server.post(key, path, body).await;
        assert!((400..500).contains(&answer.status));
        assert!(!answer.body.to_string().contains(secret), "{}", answer.body);
    }
    let wrong = format!("{secret}0");
    let answer = server.send(client().get(format!("{}/me", server.base_url)).header("x-api-key", &wrong)).await;
    assert!(!answer.body.to_string().contains(secret));
}

#[tokio::test]
async fn a_field_that_a_call_does_not_know_or_gets_twice_is_refused_by_every_call() {
    let server = TestServer::start().await;
    let (id, _) = server.make_key(&server.keys.superadmin, "own").await;
    let before = server.changes().await;
    let key = format!("/api-keys/{id}");
    let (regenerate, finding) = (format!("{key}/regenerate"), "/detected-secrets/nothing".to_owned());
    for (method, path, body, field, near) in [
        (Method::POST, "/api-keys", r#"{"name":"a","expires_at":"2099-01-01"}"#, "expires_at", Some("expiresAt")),
        (Method::PATCH, &key, r#"{"staus":"disabled"}"#, "staus", Some("status")),
        (Method::POST, &regenerate, r#"{"overlapSecond":60}"#, "overlapSecond", Some("overlapSeconds")),
        (Method::DELETE, &key, r#"{"allowLockuot":true}"#, "allowLockuot", Some("allowLockout")),
        (Method::POST, "/api-key-revocations", r#"{"all":true,"exept":[]}"#, "exept", Some("except")),
        (Method::POST, "/api-key-lookups", r#"{"sha-256":[]}"#, "sha-256", Some("sha256")),
        (Method::POST, "/api-key-verifications", r#"{"sha256":"a","from":"b"}"#, "from", None),
        (Method::PUT, "/api-key-settings", r#"{"version":1,"expiryDay":30}"#, "expiryDay", Some("expiryDays")),
        (Method::POST, "/api-key-settings/preview", r#"{"expiryDay":30}"#, "expiryDay", Some("expiryDays")),
        (Method::POST, "/users", r#"{"name":"a","mail":"b"}"#, "mail", Some("email")),
        (Method::PATCH, "/users/2", r#"{"activ":false}"#, "activ", Some("active")),
        (
            Method::POST,
            "/collection-access-keys",
            r#"{"collectionId":"c","colectionName":"n"}"#,
            "colectionName",
            Some("collectionName"),
        ),
        (Method::DELETE, "/collection-access-keys/x", r#"{"notes":"n"}"#, "notes", Some("note")),
        (Method::POST, "/detected-secrets-queries", r#"{"status":["ACTIVE"]}"#, "status", Some("statuses")),
        (
            Method::POST,
            "/detected-secrets",
            r#"{"secretType":"t","source":"local","url":"u","hash":"h"}"#,
            "hash",
            None,
        ),
        (
            Method::PUT,
            &finding,
            r#"{"resolution":"ACCEPTED_RISK","workspaceID":"w"}"#,
            "workspaceID",
            Some("workspaceId"),
        ),
        (Method::POST, "/api-key-revocations", r#"{"ids":["a"],"ids":["b"]}"#, "ids", None),
        (Method::PATCH, &key, r#"{"status":"enabled","name":"b","status":"disabled"}"#, "status", None),
    ] {
        let request = server.request(method, &server.keys.superadmin, path);
        let answer = server.send(request.header(CONTENT_TYPE, "application/json").body(body)).await;
        let refused = answer.refused(400, "malformedRequestError", Some(field));
        let reason = refused["details"]["reason"].as_str().unwrap();
        match near {
            Some(near) => assert_eq!(reason, format!("no such field: did you mean {near}?"), "{path}"),
            None => {
                assert!(reason.starts_with("no such field: one of ") || reason == "given twice", "{path}: {reason}");
            }
        }
    }
    assert_eq!(server.changes().await, before);
}

#[tokio::test]
async fn a_value_in_the_place_of_a_name_is_not_told_back() {
    let server = TestServer::start().await;
    let value = crate::http::minted().0;
    let body = format!("{{\"{}\":1}}", value.expose());
    let request = raw(&server, &server.keys.admin, "/api-keys", "application/json", body);
    let refused = server.send(request).await.refused(400, "malformedRequestError", Some("body"));
    assert!(!refused.to_string().contains(&value.expose()[4..20]), "{refused}");
}

#[tokio::test]
async fn what_the_contract_bounds_is_bounded_wherever_it_stands() {
    let server = TestServer::start().await;
    let key = &server.keys.superadmin;
    for path in ["/api-key-settings/preview", "/api-key-settings"] {
        let method = if path.ends_with("preview") { Method::POST } else { Method::PUT };
        let request = server.request(method, key, path).json(&json!({ "version": -1, "expiryDays": 90 }));
        server.send(request).await.refused(400, "malformedRequestError", Some("version"));
    }
    let path = |length: usize| format!("/collection-access-keys?collectionId={}", "x".repeat(length));
    server.get(key, &path(255)).await.expect(200);
    server.get(key, &path(256)).await.refused(400, "malformedRequestError", Some("collectionId"));
    let url = "https://example.test/a";
    let report = json!({ "value": "a secret\0of some length", "secretType": "t", "source": "local", "url": url });
    let refused = server.post(&server.keys.scanner, "/detected-secrets", report).await;
    refused.refused(400, "malformedRequestError", Some("value"));
}
