//! The test of a key is only ever a test of that key.

use chrono::{TimeDelta, Utc};
use keydeck::client::error::ErrorKind;
use keydeck::client::proof::{Look, Probe, Verdict};
use keydeck::client::{KeyService, Scope};
use keydeck::domain::secret::Secret;

use crate::gov_sg::{ALICE, GovSg};

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

#[tokio::test]
async fn a_key_is_asked_about_alone_and_what_the_answer_sets_is_not_kept() {
    let server = GovSg::start();
    let live = server.service().make(ALICE, "live", None, Utc::now());
    let over = server.service().make(ALICE, "over", None, Utc::now() - TimeDelta::days(200));
    let client = server.client();
    client.keys(Scope::Mine, None, 10).await.unwrap();
    server.asked();
    assert_eq!(client.probe(&secret(&live.value)).await.unwrap(), Probe::Success(None));
    assert!(matches!(client.verify(&secret(&live.value)).await, Verdict::Accepted(None)));
    for dead in [&over.value, &live.value.replace("_v1_", "x_v1_")] {
        assert_eq!(client.verify(&secret(dead)).await, Verdict::Refused);
        assert!(client.probe(&secret(dead)).await.unwrap().is_like(&[Look::Refusal(401, "unauthenticated")]));
    }
    let asked = server.asked();
    assert_eq!(asked.len(), 1 + 3 + 2 * 4);
    for request in &asked {
        assert_eq!(request.line(), "GET /v1/transactional/email?limit=1&exclude_params=true");
        let header = request.header("authorization").unwrap();
        assert!(header.starts_with("Bearer ") && header.matches(' ').count() == 1, "{header}");
        assert_eq!(
            (request.header("cookie"), request.body.as_str()),
            (None, ""),
            "a key is sent with nothing beside it"
        );
    }
    // the session is the one it was: the server would fail the test at a cookie that came with an answer to a key
    client.keys(Scope::Mine, None, 10).await.unwrap();
    assert_eq!(server.asked()[0].header("authorization"), None);
}

#[tokio::test]
async fn what_is_no_key_of_this_service_is_sent_nowhere() {
    let server = GovSg::start();
    let client = server.client();
    for text in ["hunter2", "a_v1_b", "PMAK-0", "two words_v1_x", ""] {
        assert_eq!(client.probe(&secret(text)).await.unwrap_err().kind, ErrorKind::Invalid, "{text}");
    }
    assert!(server.lines().is_empty());
}

#[tokio::test]
async fn a_key_works_without_any_session_and_the_session_is_no_answer() {
    let server = GovSg::start();
    let key = server.service().make(ALICE, "live", None, Utc::now());
    let client = server.client_in(secret(""));
    assert!(matches!(client.verify(&secret(&key.value)).await, Verdict::Accepted(None)));
    server.service().keys.clear();
    assert_eq!(client.verify(&secret(&key.value)).await, Verdict::Refused);
    assert!(client.me().await.is_err(), "no answer to a key opened a session");
}
