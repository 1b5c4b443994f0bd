//! What servers count together.

use keydeck::server::ServerSettings;
use reqwest::Method;
use serde_json::json;

use crate::calls::{call, client, get, post};
use crate::support::TestServer;
use crate::support::database::Held;

#[tokio::test]
#[ignore = "needs PostgreSQL: .ci/postgres/run"]
async fn a_users_limit_holds_however_requests_are_spread_over_servers() {
    let settings = || ServerSettings { rate_limit: 200, ..ServerSettings::default() };
    let first = TestServer::start_shared(settings()).await;
    let (second, third) = (first.another(settings()).await, first.another(settings()).await);
    let urls = [&first.base_url, &second.base_url, &third.base_url];
    let mut let_through = 0_usize;
    for at in 0..300 {
        let url = match at % 20 {
            0 => urls[2],
            1 | 2 => urls[1],
            _ => urls[0],
        };
        let answer = get(url, &first.keys.user, "/me").await;
        let_through += usize::from(answer.status == 200);
        assert!(matches!(answer.status, 200 | 429), "{answer:?}");
    }
    assert!((180..=200).contains(&let_through), "{let_through}");
    assert_eq!(get(urls[1], &first.keys.colleague, "/me").await.remaining, Some(199), "another user's is their own");
}

#[tokio::test]
#[ignore = "needs PostgreSQL: .ci/postgres/run"]
async fn an_address_may_send_so_many_refused_keys_to_all_servers_together() {
    let first = TestServer::start_shared(ServerSettings::default()).await;
    let second = first.another(ServerSettings::default()).await;
    let mut told = [0, 0];
    for at in 0..150 {
        let url = if at % 2 == 0 { &first.base_url } else { &second.base_url };
        let answer = client().get(format!("{url}/me")).header("X-Api-Key", "nonsense").send().await.unwrap();
        told[usize::from(answer.status() == 429)] += 1;
    }
    assert!((108..=120).contains(&told[0]) && told[0] + told[1] == 150, "{told:?}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL: .ci/postgres/run"]
async fn a_call_that_is_sent_to_two_servers_at_once_is_done_once() {
    let first = TestServer::start_shared(ServerSettings::default()).await;
    let second = first.another(ServerSettings::default()).await;
    let asked = json!({ "name": "twin" });
    let once =
        async |url: &str| call(url, &first.keys.user, Method::POST, "/api-keys", Some(&asked), Some("twin")).await;
    let held = Held::at(&first.database);
    let here = Box::pin(once(&first.base_url));
    let there = Box::pin(once(&second.base_url));
    let (refused, waiting) = futures_util::future::select(here, there).await.factor_first();
    assert_eq!(refused.expect(409)["error"]["details"]["reason"], "running");
    drop(held);
    let made = waiting.await.expect(201);
    for url in [&first.base_url, &second.base_url] {
        let told = once(url).await.expect(409);
        assert_eq!(
            told["error"]["details"]["keyId"], made["apiKey"]["id"],
            "a value is told once, wherever it is asked for"
        );
    }
    let held = post(&second.base_url, &first.keys.user, "/api-keys", json!({ "name": "another" })).await;
    held.expect(201);
}
