//! How fast is asked: from headers where they come, by a count of one's own where they do not; a month that is used up.

use std::time::Duration;

use keydeck::client::error::ErrorKind;
use keydeck::client::postman::PostmanService;
use keydeck::client::transport::{Limits, Quota};
use keydeck::client::{KeyService, RateLimit, Scope};
use keydeck::domain::secret::Secret;
use rstest::rstest;
use serde_json::json;

use crate::api::{Canned, Postman};
use crate::{client, limits};

/// A client that may send so many calls in so long.
fn with_quota(server: &Postman, calls: usize, window: Duration) -> PostmanService {
    let limits = Limits { quota: Some(Quota { calls, window }), ..limits() };
    PostmanService::trusting(&server.url, Secret::new(server.key.clone()), limits, Vec::new()).unwrap()
}

fn left(client: &PostmanService) -> (u32, u32, u32) {
    let RateLimit { limit, remaining, window_seconds, .. } = client.rate_limit().unwrap();
    (limit, remaining, window_seconds)
}

#[tokio::test]
async fn without_headers_calls_are_counted_and_all_of_this_process_count_together() {
    let server = Postman::start();
    let (one, other) = (client(&server), client(&server));
    one.me().await.unwrap();
    other.keys(Scope::Collections, None, 1).await.unwrap();
    let third = other.with_key(Secret::new(server.key.clone())).unwrap();
    third.me().await.unwrap();
    assert_eq!(left(&one), (300, 296, 60), "two lists, two questions");
}

#[tokio::test]
async fn a_window_that_is_full_is_waited_for_and_that_is_told() {
    let server = Postman::start();
    let client = with_quota(&server, 2, Duration::from_millis(300));
    let told = std::sync::Arc::new(std::sync::Mutex::new(0));
    let sink = std::sync::Arc::clone(&told);
    client.on_call(Box::new(move |news| {
        if let keydeck::domain::call::CallNews::Paused(pause) = news {
            assert!(pause.limited);
            *sink.lock().unwrap() += 1;
        }
    }));
    for _ in 0..2 {
        client.me().await.unwrap();
    }
    assert_eq!(*told.lock().unwrap(), 0);
    client.me().await.unwrap();
    assert!(*told.lock().unwrap() >= 1, "the third waited");
}

#[rstest]
#[case(&[("RateLimit", "limit=300, remaining=7, reset=3")], 7)]
#[case(&[("RateLimit-Limit", "300"), ("RateLimit-Remaining", "8"), ("RateLimit-Reset", "41"), ("RateLimit-Policy", "300;w=60")], 8)]
#[case(&[("X-RateLimit-Limit", "300"), ("X-RateLimit-Remaining", "9"), ("X-RateLimit-Reset", "4102444800")], 9)]
#[tokio::test]
async fn headers_are_heeded_where_they_come(#[case] headers: &[(&'static str, &'static str)], #[case] remaining: u32) {
    let server = Postman::start();
    server.team().headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let client = client(&server);
    client.me().await.unwrap();
    assert_eq!(left(&client), (300, remaining, 60));
}

#[tokio::test]
async fn one_endpoints_own_limit_is_not_taken_for_the_whole() {
    let server = Postman::start();
    server.team().headers =
        vec![("RateLimit", "limit=10, remaining=0, reset=9".into()), ("RateLimit-Policy", "10;w=10".into())];
    let client = client(&server);
    client.me().await.unwrap();
    assert_eq!(left(&client), (300, 299, 60));
    client.me().await.unwrap();
}

#[rstest]
#[case("Retry-After")]
#[case("RetryAfter")]
#[case("X-RateLimit-RetryAfter")]
#[tokio::test]
async fn a_wait_is_read_in_every_spelling(#[case] name: &'static str) {
    let server = Postman::start();
    for _ in 0..3 {
        let body = json!({"error": {"name": "rateLimited", "message": "slow down"}});
        server.next("GET /me", Canned::json(429, &body).with(name, "3600"));
    }
    let error = client(&server).me().await.unwrap_err();
    assert_eq!((error.kind, error.retry_after), (ErrorKind::RateLimited, Some(3600)));
    assert_eq!(server.lines().len(), 1, "nobody waits an hour");
}

#[rstest]
#[case::by_its_name(Canned::json(429, &json!({"error": {"name": "serviceLimitExhausted", "message": "used up"}})))]
#[case::by_a_header(Canned::json(429, &json!({"error": {"name": "x", "message": "used up"}})).with("RateLimit-Remaining-Month", "0"))]
#[tokio::test]
async fn a_month_that_is_used_up_is_not_asked_again(#[case] canned: Canned) {
    let server = Postman::start();
    server.next("GET /me", canned);
    let client = client(&server);
    let error = client.me().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::QuotaUsedUp);
    assert!(error.hint().contains("month"), "{}", error.hint());
    let error = client.keys(Scope::Collections, None, 1).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::QuotaUsedUp);
    assert_eq!(server.lines(), ["GET /me"], "nothing more is sent");
}

#[tokio::test]
async fn the_months_last_call_is_the_last_that_is_sent() {
    let server = Postman::start();
    server.team().headers = vec![("X-RateLimit-Remaining-Month", "0".into())];
    let client = client(&server);
    client.me().await.unwrap();
    assert_eq!(client.me().await.unwrap_err().kind, ErrorKind::QuotaUsedUp);
    assert_eq!(server.lines(), ["GET /me"]);
}
