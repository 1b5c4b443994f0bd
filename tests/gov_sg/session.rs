//! Logging in and out, and what becomes of the session.

use keydeck::client::error::ErrorKind;
use keydeck::client::sign_in::SignIn;
use keydeck::client::{KeyService, Scope};
use keydeck::domain::secret::Secret;
use serde_json::json;

use crate::gov_sg::{ALICE, Canned, GovSg};

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn nobody(server: &GovSg) -> keydeck::client::postman_gov_sg::GovSgService {
    server.client_in(secret(""))
}

#[tokio::test]
async fn a_session_begins_with_a_password_and_its_cookie_goes_back_as_it_came() {
    let server = GovSg::start();
    let client = nobody(&server);
    client.send_password(ALICE).await.unwrap();
    let otp = server.service().mailed(ALICE);
    client.enter(ALICE, &secret(&otp)).await.unwrap();
    let asked = server.asked();
    let lines: Vec<String> = asked.iter().map(crate::gov_sg::Asked::line).collect();
    assert_eq!(lines, ["POST /v1/auth/otp", "POST /v1/auth/login", "GET /v1/auth/userinfo", "GET /v1/api-key"]);
    assert_eq!((asked[0].json(), asked[1].json()), (json!({"email": ALICE}), json!({"email": ALICE, "otp": otp})));
    for request in &asked[..2] {
        assert_eq!((request.header("cookie"), request.header("content-type")), (None, Some("application/json")));
    }
    let cookie = |at: usize| asked[at].header("cookie").unwrap().to_owned();
    assert!(cookie(2).starts_with("postmangovsg=s%3A") && cookie(2) == cookie(3), "{}", cookie(2));
    assert!(asked[2..].iter().all(|asked| asked.header("authorization").is_none() && asked.body.is_empty()));
    // the first call that needed the session made it another, which is what is kept
    let told = client.session().borrow().clone();
    client.keys(Scope::Mine, None, 10).await.unwrap();
    let sent = server.asked()[0].header("cookie").unwrap().to_owned();
    assert_ne!(sent, cookie(2));
    assert_eq!(sent, format!("postmangovsg={}", told.value.unwrap().expose()));
    let left = told.until.unwrap() - client.clock().now();
    assert!(left.num_hours() == 24 || left.num_minutes() == 24 * 60 - 1, "{left}");
    assert_eq!(client.me().await.unwrap().email.as_received(), ALICE);
}

#[tokio::test]
async fn a_kept_session_goes_on_and_one_that_is_over_is_told_as_such() {
    let server = GovSg::start();
    let client = server.client();
    assert_eq!(client.me().await.unwrap().name.as_received(), ALICE);
    server.service().end_sessions();
    for error in [client.me().await.unwrap_err(), client.keys(Scope::Mine, None, 10).await.unwrap_err()] {
        assert_eq!(error.kind, ErrorKind::Unauthenticated, "{error}");
        assert!(error.hint().contains("keydeck login"), "{}", error.hint());
    }
    // and after the next login the same client goes on
    client.send_password(ALICE).await.unwrap();
    let otp = server.service().mailed(ALICE);
    client.enter(ALICE, &secret(&otp)).await.unwrap();
    client.keys(Scope::Mine, None, 10).await.unwrap();
}

#[tokio::test]
async fn a_success_without_a_cookie_is_an_error_that_says_why() {
    let server = GovSg::start();
    server.service().tls = false;
    let client = nobody(&server);
    client.send_password(ALICE).await.unwrap();
    let otp = server.service().mailed(ALICE);
    let error = client.enter(ALICE, &secret(&otp)).await.unwrap_err();
    assert_eq!((error.kind, error.status), (ErrorKind::NotUnderstood, Some(200)));
    assert!(error.to_string().contains("200 without Set-Cookie"), "{error}");
    assert!(error.hint().contains("https://") && error.hint().contains("http://localhost:PORT"), "{}", error.hint());
    assert!(client.session().borrow().value.is_none());
}

#[tokio::test]
async fn four_wrong_passwords_void_it_and_a_wait_is_told_in_seconds() {
    let server = GovSg::start();
    let client = nobody(&server);
    client.send_password(ALICE).await.unwrap();
    let otp = server.service().mailed(ALICE);
    for _ in 0..4 {
        let error = client.enter(ALICE, &secret("AAAAAA")).await.unwrap_err();
        assert_eq!((error.kind, error.name.as_ref()), (ErrorKind::Unauthenticated, None));
        assert!(error.hint().contains("after four wrong ones it is void"), "{}", error.hint());
    }
    let error = client.enter(ALICE, &secret(&otp)).await.unwrap_err();
    assert!(!format!("{error:?} {error} {}", error.hint()).contains(&otp));
    let error = client.send_password(ALICE).await.unwrap_err();
    let wait = error.retry_after.unwrap();
    assert!(error.kind == ErrorKind::RateLimited && (1..=30).contains(&wait), "{error:?}");
    assert_eq!(server.lines().len(), 7, "nothing is sent again by itself");
}

#[tokio::test]
async fn an_address_that_is_not_allowed_is_told_from_a_wait() {
    let server = GovSg::start();
    let error = nobody(&server).send_password("a@b.example").await.unwrap_err();
    assert_eq!((error.kind, error.reason().as_str()), (ErrorKind::Unauthenticated, "401 User is not authorized"));
    assert!(error.hint().contains(".gov.sg"), "{}", error.hint());
    let error = nobody(&server).send_password("no address").await.unwrap_err();
    assert_eq!(
        (error.kind, error.field.map(|field| field.to_string()).as_deref()),
        (ErrorKind::Invalid, Some("email"))
    );
}

#[tokio::test]
async fn logging_out_ends_it_at_the_server_and_here() {
    let server = GovSg::start();
    let client = server.client();
    client.leave().await.unwrap();
    assert_eq!(server.lines(), ["GET /v1/auth/logout"]);
    assert!(server.service().sessions.is_empty() && client.session().borrow().value.is_none());
    assert_eq!(client.me().await.unwrap_err().kind, ErrorKind::Unauthenticated);
    assert_eq!(server.asked()[0].header("cookie"), None);
    // here it is over even where the server does not answer
    let client = server.client();
    server.next("GET /v1/auth/logout", Canned::text(502, "bad gateway"));
    assert!(client.leave().await.is_err() && client.session().borrow().value.is_none());
}

#[tokio::test]
async fn an_api_key_is_no_session() {
    let server = GovSg::start();
    let key = server.service().make(ALICE, "k", None, chrono::Utc::now());
    let error = server.client().with_key(secret(&key.value)).err().unwrap();
    assert_eq!(error.kind, ErrorKind::Configuration);
    assert!(error.hint().contains("keydeck login") && !format!("{error:?}{error}").contains(&key.value), "{error:?}");
}
