//! The server over HTTP: every endpoint, every status it can answer.

#[path = "support/server.rs"]
mod support;

use support::TestServer;

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

#[tokio::test]
async fn smoke() {
    let server = TestServer::start().await;
    let client = client();
    for path in [
        "/me",
        "/users",
        "/api-keys?scope=team",
        "/collection-access-keys",
        "/secret-types",
        "/nope",
        "/api-key-settings",
    ] {
        let answer = client
            .get(format!("{}{path}", server.base_url))
            .header("x-api-key", server.keys.superadmin.expose())
            .send()
            .await
            .unwrap();
        println!("{path} {} {:?}\n{}", answer.status(), answer.headers().clone(), answer.text().await.unwrap());
    }
}
