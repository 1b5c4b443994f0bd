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
    use keydeck::domain::team::Role;
    let begun = std::time::Instant::now();
    let n = std::env::var("N").map_or(400, |n| n.parse().unwrap());
    let server = TestServer::seeded(n, Role::Admin).await;
    println!("seeded in {:?}", begun.elapsed());
    let client = client();
    for path in ["/api-keys", "/users", "/api-keys?scope=team&limit=1000&sort=recentlyUsed", "/collection-access-keys"]
    {
        let begun = std::time::Instant::now();
        let answer = client
            .get(format!("{}{path}", server.base_url))
            .header("x-api-key", server.keys.superadmin.expose())
            .send()
            .await
            .unwrap();
        let text = answer.text().await.unwrap();
        println!("{path} {:?}", begun.elapsed());
        if n < 1000 {
            println!("{text}")
        }
    }
    let begun = std::time::Instant::now();
    let answer = client
        .post(format!("{}/detected-secrets-queries?limit=50", server.base_url))
        .header("x-api-key", server.keys.superadmin.expose())
        .send()
        .await
        .unwrap();
    println!("{:?} {}", begun.elapsed(), answer.text().await.unwrap());
    let store = keydeck::server::store::Store::open(&server.database).await.unwrap();
    let begun = std::time::Instant::now();
    println!("{:?}", keydeck::server::store::audit::verify(&store).await.unwrap());
    println!("verified {:?}", begun.elapsed());
}
