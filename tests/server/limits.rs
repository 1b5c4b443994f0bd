//! The rate limit, its headers, and refused keys by the dozen.

use keydeck::server::ServerSettings;
use reqwest::Method;
use serde_json::json;

use crate::http::client;
use crate::support::TestServer;

fn header(answer: &crate::http::Answer, name: &str) -> u64 {
    answer.headers[name].to_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn each_user_has_their_own_allowance_and_is_told_of_it() {
    let server = TestServer::start_with(ServerSettings { rate_limit: 3, ..ServerSettings::default() }).await;
    let key = &server.keys.user;
    for left in [2, 1, 0] {
        // Whatever came of it.
        let answer = server.get(key, if left == 1 { "/users" } else { "/me" }).await;
        assert_eq!(header(&answer, "ratelimit-limit"), 3);
        assert_eq!(header(&answer, "ratelimit-remaining"), left);
        assert!((1..=60).contains(&header(&answer, "ratelimit-reset")));
        assert_eq!(answer.headers["ratelimit-policy"], "3;w=60");
        assert!(!answer.headers.contains_key("retry-after"));
    }
    let over = server.post(key, "/api-keys", json!({ "name": "too much" })).await;
    assert_eq!(header(&over, "ratelimit-remaining"), 0);
    assert!((1..=60).contains(&header(&over, "retry-after")));
    over.refused(429, "rateLimited", None);
    server.get(&server.keys.colleague, "/me").await.expect(200);
    assert_eq!(server.number("SELECT COUNT(*) FROM api_keys WHERE owner_id = 3").await, 1);
}

#[tokio::test]
async fn the_allowance_is_the_users_not_the_keys() {
    let server = TestServer::start_with(ServerSettings { rate_limit: 2, ..ServerSettings::default() }).await;
    let (_, other) = server.make_key(&server.keys.user, "other").await;
    server.get(&other, "/me").await.expect(200);
    server.get(&other, "/me").await.refused(429, "rateLimited", None);
    server.get(&server.keys.user, "/me").await.refused(429, "rateLimited", None);
}

#[tokio::test]
async fn three_hundred_unless_configured() {
    let server = TestServer::start().await;
    let answer = server.get(&server.keys.user, "/me").await;
    assert_eq!(answer.headers["ratelimit-policy"], "300;w=60");
    assert_eq!(header(&answer, "ratelimit-remaining"), 299);
}

#[tokio::test]
async fn an_address_that_keeps_sending_refused_keys_has_to_wait() {
    let server = TestServer::start().await;
    let (client, me) = (client(), format!("{}/me", server.base_url));
    let mut refused = 0;
    let waiting = loop {
        let answer = server.send(client.get(&me).header("x-api-key", "nonsense")).await;
        if answer.status != 401 {
            break answer;
        }
        refused += 1;
        assert!(refused < 1000, "never told to wait");
    };
    assert!(refused >= 60, "a person who mistypes is not shut out: {refused}");
    assert!(header(&waiting, "retry-after") > 0);
    waiting.refused(429, "rateLimited", None);
    server.get(&server.keys.user, "/me").await.expect(200);
}

#[tokio::test]
async fn places_that_are_not_there_and_bodies_that_are_too_large_take_a_key_and_count_as_well() {
    let server = TestServer::start().await;
    let key = &server.keys.user;
    let large = server.request(Method::POST, key, "/api-keys").body(vec![b' '; 1024 * 1024 + 1]);
    for (request, status, left) in [
        (server.request(Method::GET, key, "/nope"), 404, 299),
        (server.request(Method::PUT, key, "/me"), 405, 298),
        (large, 413, 297),
    ] {
        let answer = server.send(request).await;
        assert_eq!(answer.status, status);
        assert_eq!(header(&answer, "ratelimit-remaining"), left);
    }
    for place in ["/nope", "/"] {
        let answer = server.send(client().get(format!("{}{place}", server.base_url))).await;
        answer.refused(401, "AuthenticationError", None);
    }
}
