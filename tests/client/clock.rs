//! The present is the server's, whatever this machine's clock says.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use chrono::{TimeDelta, Utc};
use keydeck::client::ServerClock;
use keydeck::client::keydeck::KeydeckService;
use keydeck::client::transport::Limits;
use keydeck::client::{KeyChange, KeyService};
use keydeck::domain::key::Key;
use keydeck::domain::present::Reading;
use keydeck::domain::time::When;
use keydeck::server::{Clock, ServerSettings};

use super::server::TestServer;
use super::{made, permit};

/// A server whose clock is moved, by seconds.
async fn movable() -> (TestServer, Arc<AtomicI64>) {
    let by = Arc::new(AtomicI64::new(0));
    let hands = Arc::clone(&by);
    let clock = Clock::new(move || Utc::now() + TimeDelta::seconds(hands.load(Ordering::SeqCst)));
    (TestServer::start_with(ServerSettings { clock, ..ServerSettings::default() }).await, by)
}

/// A client on a machine whose clock is so far ahead of the true time.
fn on_a_machine_ahead(server: &TestServer, ahead: TimeDelta) -> KeydeckService {
    let start = Instant::now();
    let clock = ServerClock::new(move || Reading { own: Utc::now() + ahead, running: start.elapsed() });
    let key = server.keys.user.duplicate();
    KeydeckService::with_clock(&server.base_url, key, Limits::default(), clock).unwrap()
}

#[tokio::test]
async fn what_is_asked_for_and_shown_is_by_the_servers_clock() {
    let (server, _) = movable().await;
    for ahead in [TimeDelta::days(-3), TimeDelta::zero(), TimeDelta::hours(2), TimeDelta::days(3)] {
        let client = on_a_machine_ahead(&server, ahead);
        assert!((client.clock().now() - Utc::now() - ahead).abs() < TimeDelta::seconds(30), "nothing is known yet");
        client.me().await.unwrap();
        let present = client.clock().present();
        assert!((present.now - Utc::now()).abs() < TimeDelta::seconds(30), "{present:?}");
        assert!(present.sure <= Utc::now().min(Utc::now() + ahead), "{present:?}");
        assert_eq!(present.off.is_some(), !ahead.is_zero(), "{present:?}");
        // a key that was used an hour ago is one in use
        let (key, _) = made(&client, "ci").await;
        let used = Key { last_used: When::At(Utc::now() - TimeDelta::hours(1)), ..key.clone() };
        assert!(used.used_within_a_day(client.clock().now()), "{present:?}");
        // and an hour from now is one that the server takes
        let soon = KeyChange { expires: Some(client.clock().now() + TimeDelta::hours(1)), ..KeyChange::default() };
        let key = client.change_api_key(&permit(), &key.id, &soon).await.unwrap();
        let left = key.expires.time().unwrap() - Utc::now();
        assert!((left - TimeDelta::hours(1)).abs() < TimeDelta::minutes(1), "{left} with a clock {ahead} ahead");
    }
}

#[tokio::test]
async fn a_server_whose_date_jumps_is_not_believed() {
    let (server, hands) = movable().await;
    let client = on_a_machine_ahead(&server, TimeDelta::days(3));
    client.me().await.unwrap();
    hands.store(86_400 * 2, Ordering::SeqCst);
    for _ in 0..5 {
        client.me().await.unwrap();
        let present = client.clock().present();
        assert!((present.now - Utc::now()).abs() < TimeDelta::minutes(1), "{present:?}");
        assert!(present.sure <= Utc::now(), "{present:?}");
    }
}

#[tokio::test]
async fn a_client_with_another_key_knows_the_same_time() {
    let (server, _) = movable().await;
    let client = on_a_machine_ahead(&server, TimeDelta::days(-3));
    let other = client.with_key(server.keys.admin.duplicate()).unwrap();
    other.me().await.unwrap();
    assert!(client.clock().present().off.is_some());
}
