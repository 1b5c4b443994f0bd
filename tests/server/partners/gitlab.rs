//! GitLab's token revocation client.

use super::*;

/// A server for GitLab.
async fn gitlab() -> TestServer {
    let partners = PartnerSettings { github: None, gitlab: Some(Arc::new(Secret::new(AGREED.to_owned()))) };
    TestServer::start_with(ServerSettings { partners, rate_limit: 100, ..ServerSettings::default() }).await
}

async fn asks(server: &TestServer, method: Method, path: &str, secret: Option<&str>, body: Option<Value>) -> Answer {
    let mut request = client().request(method, format!("{}{path}", server.base_url));
    if let Some(secret) = secret {
        request = request.header("Authorization", secret);
    }
    if let Some(body) = body {
        request = request.json(&body);
    }
    send(server, request).await
}

fn token(value: &Secret, location: &str) -> Value {
    json!({
        "type": "gitleaks_rule_id_keydeck-api-key",
        "token": value.expose(),
        "location": location,
        "vulnerability": null,
    })
}

#[tokio::test]
async fn gitlab_is_told_the_types_and_what_it_sends_is_taken_once() {
    let server = gitlab().await;
    let types = asks(&server, Method::GET, TYPES, Some(AGREED), None).await.expect(200);
    let types = types["types"].as_array().unwrap().clone();
    let chapter = Chapter::named("partners").unwrap().markdown();
    let ids = chapter.lines().filter_map(|line| line.strip_prefix("id = \"")?.strip_suffix('"'));
    let of_rules: Vec<Value> = ids.map(|id| json!(format!("gitleaks_rule_id_{id}"))).collect();
    assert_eq!(types, of_rules, "the rules in the manual and the types that GitLab makes of them");
    let (id, value) = server.make_key(&server.keys.user, "ci").await;
    revoke_exposed(&server).await;
    let location = format!("https://ana:hunter2@gitlab.example/acme/infra?token={}", value.expose());
    let body = json!([token(&value, &location), token(&nobodys(), LINK)]);
    asks(&server, Method::POST, REVOCATIONS, Some(AGREED), Some(body.clone())).await.expect(204);
    assert_eq!(key(&server, &id).await["revocation"], "exposed");
    let (found, before) = (findings(&server).await, entries(&server).await);
    assert_eq!((found.len(), &found[0]["source"]), (1, &json!("gitlab")));
    let url = found[0]["url"].as_str().unwrap();
    assert!(url.starts_with("https://gitlab.example/acme/infra?token=kdk_"), "{url}");
    assert!(!holds(&server, &value));
    asks(&server, Method::POST, REVOCATIONS, Some(&format!("bearer {AGREED}")), Some(body)).await.expect(204);
    assert_eq!((findings(&server).await, entries(&server).await), (found, before));
    let logs = server.get(&server.keys.admin, "/audit/logs?action=detected_secret.report").await.expect(200);
    assert_eq!(logs["trails"][0]["data"]["actor"]["name"], "GitLab secret detection");
}

#[tokio::test]
async fn a_kind_that_is_not_served_is_refused_with_all_that_was_sent() {
    let server = gitlab().await;
    let (_, value) = server.make_key(&server.keys.user, "ci").await;
    let other = json!({ "type": "gitleaks_rule_id_aws", "token": "x", "location": "" });
    let body = json!([token(&value, LINK), other]);
    let refused = asks(&server, Method::POST, REVOCATIONS, Some(AGREED), Some(body)).await;
    refused.refused(400, "malformedRequestError", Some("[1].type"));
    assert_eq!(findings(&server).await.len(), 0);
}

#[tokio::test]
async fn who_has_not_the_secret_is_not_let_in() {
    let server = gitlab().await;
    let (_, value) = server.make_key(&server.keys.user, "ci").await;
    let body = json!([token(&value, LINK)]);
    let before = entries(&server).await;
    for secret in [
        None,
        Some(""),
        Some("Bearer"),
        Some("Bearer "),
        Some(&AGREED[1..]),
        Some("agreed-with-gitlab-and-nobody-elsX"),
        Some(server.keys.admin.expose()),
    ] {
        for (method, path, body) in [(Method::GET, TYPES, None), (Method::POST, REVOCATIONS, Some(body.clone()))] {
            asks(&server, method, path, secret, body).await.refused(401, "AuthenticationError", None);
        }
    }
    // a key of the team's own, however it is sent, is no such secret either
    let request = server.request(Method::GET, &server.keys.admin, TYPES);
    send(&server, request).await.refused(401, "AuthenticationError", None);
    assert_eq!((entries(&server).await, findings(&server).await.len()), (before, 0));
    asks(&server, Method::PUT, TYPES, Some(AGREED), None).await.refused(405, "requestNotFoundError", None);
}

#[tokio::test]
async fn gitlab_may_not_ask_without_end() {
    let server = gitlab().await;
    for _ in 0..100 {
        asks(&server, Method::GET, TYPES, Some(AGREED), None).await.expect(200);
    }
    let limited = asks(&server, Method::GET, TYPES, Some(AGREED), None).await;
    assert!(limited.headers.contains_key("retry-after"));
    limited.refused(429, "rateLimited", None);
}
