//! Each HTTP call is told of, once it is over.

use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use keydeck::client::keydeck::KeydeckService;
use keydeck::client::transport::{Limits, Patience};
use keydeck::client::{KeyService, Scope};
use keydeck::domain::call::{Call, CallNews};
use keydeck::domain::ids::KeyId;

use super::server::TestServer;
use super::{client, hasty, permit};

fn watched(client: &KeydeckService) -> Arc<Mutex<Vec<Call>>> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&told);
    client.on_call(Box::new(move |news| {
        if let CallNews::Ended(call) = news {
            sink.lock().unwrap().push(call);
        }
    }));
    told
}

#[tokio::test]
async fn with_its_path_its_status_and_the_servers_name_for_it() {
    let server = TestServer::start().await;
    let client = client(&server, &server.keys.user);
    let told = watched(&client);
    client.me().await.unwrap();
    client.keys(Scope::Team, Some("secret-cursor"), 10).await.unwrap_err();
    client.delete_api_key(&permit(), &KeyId::from("a b"), None).await.unwrap_err();
    let told = told.lock().unwrap();
    let said: Vec<_> =
        told.iter().map(|call| format!("{} {} {}", call.method, call.target(), call.outcome())).collect();
    assert_eq!(said, ["GET /me 200", "GET /api-keys?scope&limit&cursor 403", "DELETE /api-keys/a%20b 404"]);
    let ids: Vec<_> = told.iter().map(|call| call.request_id.as_ref().unwrap().as_received()).collect();
    assert!(ids.iter().all(|id| !id.is_empty()) && ids[0] != ids[1]);
    assert_eq!(told.iter().map(|call| call.problem.is_some()).collect::<Vec<_>>(), [false, true, true]);
    assert!(!format!("{told:?}").contains(server.keys.user.expose()));
    assert!(!format!("{told:?}").contains("secret-cursor"));
}

#[tokio::test]
async fn as_it_begins_and_when_it_is_over() {
    let server = TestServer::start().await;
    let client = client(&server, &server.keys.user);
    let told = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&told);
    client.on_call(Box::new(move |news| sink.lock().unwrap().push(news)));
    client.me().await.unwrap();
    client.me().await.unwrap();
    let told = told.lock().unwrap();
    let [CallNews::Began(first), CallNews::Ended(same), CallNews::Began(second), CallNews::Ended(_)] = &told[..] else {
        panic!("{told:?}")
    };
    assert_eq!((first.status, first.problem.as_ref(), first.path.as_received()), (None, None, "/me"));
    assert_eq!((same.number, same.status), (first.number, Some(200)));
    assert_ne!(first.number, second.number);
}

#[tokio::test]
async fn each_attempt_is_a_call_of_its_own() {
    let mut server = TestServer::start().await;
    let patience = Patience { repeats: 2, ..Patience::default() };
    let limits = Limits { patience, ..Limits::default() };
    let client = KeydeckService::with_limits(&server.base_url, server.keys.user.duplicate(), limits).unwrap();
    let told = watched(&client);
    server = tokio::task::spawn_blocking(move || {
        server.stop();
        server
    })
    .await
    .unwrap();
    client.me().await.unwrap_err();
    let told = told.lock().unwrap();
    assert_eq!(told.len(), 3);
    assert!(told.iter().all(|call| call.status.is_none() && call.problem.is_some() && call.request_id.is_none()));
    drop(server);
}

#[tokio::test]
async fn one_that_is_given_up_is_told_of_too() {
    let server = TestServer::start().await;
    let client = hasty(&server, &server.keys.user);
    client.me().await.unwrap();
    let told = watched(&client);
    // dropped after it was asked to go on once
    assert!(client.me().now_or_never().is_none());
    let told = told.lock().unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].problem.as_ref().unwrap().as_received(), "given up before an answer came");
}
