//! The front door, by raw bytes: silent clients, clients that leave half a body behind, and a server that stops.

use std::time::Duration;

use keydeck::server::ServerSettings;
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::http::client;
use crate::support::TestServer;

/// How long a test waits for what has to come, before it gives up.
const PATIENCE: Duration = Duration::from_secs(10);

async fn connect(server: &TestServer) -> TcpStream {
    TcpStream::connect(server.base_url.strip_prefix("http://").unwrap()).await.unwrap()
}

/// Sends these bytes and reads what is answered until the server closes.
async fn exchange(server: &TestServer, bytes: &[u8]) -> String {
    let mut stream = connect(server).await;
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await.unwrap().unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_crowd_of_silent_clients_keeps_nobody_out() {
    let server = TestServer::start().await;
    let mut silent = Vec::new();
    for _ in 0..600 {
        let mut stream = connect(&server).await;
        // some say half a request
        if silent.len() % 2 == 0 {
            stream.write_all(b"GET /me HTTP/1.1\r\nHost: ").await.unwrap();
        }
        silent.push(stream);
    }
    server.get(&server.keys.user, "/me").await.expect(200);
    // those that have waited longest were closed, and the latest are still open
    let mut first = silent.remove(0);
    let closed = tokio::time::timeout(PATIENCE, first.read(&mut [0; 1])).await.unwrap();
    assert!(matches!(closed, Ok(0) | Err(_)), "{closed:?}");
    let mut last = silent.pop().unwrap();
    last.write_all(b"GET /healthz HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    tokio::time::timeout(PATIENCE, last.read_to_string(&mut answer)).await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn a_request_names_its_host_once() {
    let server = TestServer::start().await;
    let without = exchange(&server, b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n").await;
    assert!(without.starts_with("HTTP/1.1 400 ") && without.contains("malformedRequestError"), "{without}");
    let twice = exchange(&server, b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n").await;
    assert!(twice.starts_with("HTTP/1.1 400 ") && twice.contains("given twice"), "{twice}");
    let old = exchange(&server, b"GET /healthz HTTP/1.0\r\n\r\n").await;
    assert!(old.starts_with("HTTP/1.0 200 ") || old.starts_with("HTTP/1.1 200 "), "{old}");
}

#[tokio::test]
async fn an_early_refusal_leaves_a_connection_that_goes_on() {
    let server = TestServer::start().await;
    let client = client();
    let refused = format!("{}/api-keys", server.base_url);
    for size in [10, 1_000, 60_000] {
        for _ in 0..100 {
            // refused by its key, before its body is looked at
            let request = client.post(&refused).header("content-type", "application/json").body(vec![b' '; size]);
            let answer = server.send(request).await;
            assert!(matches!(answer.status, 401 | 429), "{}", answer.status);
        }
    }
}

#[tokio::test]
async fn who_is_refused_with_a_large_body_under_way_reads_the_answer() {
    let server = TestServer::start().await;
    for _ in 0..20 {
        let mut stream = connect(&server).await;
        let head = "POST /api-keys HTTP/1.1\r\nHost: here\r\nContent-Length: 900000\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        let (mut read, mut write) = stream.split();
        let sending = async {
            for _ in 0..90 {
                if write.write_all(&[b' '; 10_000]).await.is_err() {
                    return false;
                }
            }
            true
        };
        let mut answer = String::new();
        let (sent, got) = tokio::join!(sending, read.read_to_string(&mut answer));
        got.unwrap();
        assert!(sent && answer.starts_with("HTTP/1.1 401 ") && answer.contains("connection: close"), "{answer}");
    }
}

#[tokio::test]
async fn a_client_that_asks_before_it_sends_a_body_is_told_at_once() {
    let server = TestServer::start().await;
    let head = "POST /api-keys HTTP/1.1\r\nHost: here\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\n";
    let answer = exchange(&server, head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 401 ") && answer.contains("connection: close"), "{answer}");
}

#[tokio::test]
async fn behind_a_proxy_nobody_else_is_answered() {
    let behind_proxy = Some("192.0.2.1".parse().unwrap());
    let server = TestServer::start_with(ServerSettings { behind_proxy, ..ServerSettings::default() }).await;
    server.get(&server.keys.user, "/me").await.refused(403, "forbiddenError", None);
    for health in ["/healthz", "/readyz"] {
        let answer = server.send(client().get(format!("{}{health}", server.base_url))).await;
        assert_eq!(answer.expect(200), json!({ "status": "ok" }));
    }
}

#[tokio::test]
async fn behind_a_proxy_one_client_does_not_take_the_others_places() {
    let behind_proxy = Some("127.0.0.1".parse().unwrap());
    let server = TestServer::start_with(ServerSettings { behind_proxy, ..ServerSettings::default() }).await;
    // half a body each: their requests are under way until it is here
    let head = |from: &str| {
        let key = server.keys.user.expose();
        format!(
            "POST /api-keys HTTP/1.1\r\nHost: here\r\nX-Api-Key: {key}\r\nX-Forwarded-For: {from}\r\n\
             Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"
        )
    };
    let mut slow = Vec::new();
    for _ in 0..256 {
        let mut stream = connect(&server).await;
        stream.write_all(head("203.0.113.1").as_bytes()).await.unwrap();
        slow.push(stream);
    }
    let ask = async |from: &str| {
        let request = server.request(Method::GET, &server.keys.colleague, "/me").header("X-Forwarded-For", from);
        server.send(request).await
    };
    // those that were sent first may still be on their way
    let refused = loop {
        let answer = ask("203.0.113.1").await;
        if answer.status != 200 {
            break answer;
        }
    };
    assert_eq!(refused.headers["retry-after"], "1");
    refused.refused(429, "rateLimited", None);
    ask("203.0.113.2").await.expect(200);
    drop(slow);
    while ask("203.0.113.1").await.status != 200 {}
}

#[tokio::test]
async fn a_server_stops_although_silent_clients_are_connected() {
    let mut server = TestServer::start().await;
    let mut silent = Vec::new();
    for _ in 0..50 {
        silent.push(connect(&server).await);
    }
    // some have sent a head, and half a body
    for half in silent.iter_mut().take(10) {
        let key = server.keys.user.expose();
        let head =
            format!("POST /api-keys HTTP/1.1\r\nHost: here\r\nX-Api-Key: {key}\r\nContent-Type: application/json\r\n");
        half.write_all(format!("{head}Content-Length: 100\r\n\r\n{{").as_bytes()).await.unwrap();
    }
    // one that has asked before, and keeps its connection
    let client = client();
    server.send(client.request(Method::GET, format!("{}/healthz", server.base_url))).await.expect(200);
    let stopped = tokio::task::spawn_blocking(move || server.stop());
    tokio::time::timeout(PATIENCE, stopped).await.unwrap().unwrap();
    let closed = tokio::time::timeout(PATIENCE, silent[0].read(&mut [0; 1])).await.unwrap();
    assert!(matches!(closed, Ok(0) | Err(_)), "{closed:?}");
}
