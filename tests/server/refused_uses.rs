//! Uses that are refused because the key no longer works: counted, told, and never hidden by other refusals.

use std::time::Duration;

use chrono::TimeDelta;
use keydeck::domain::key_value::fingerprint;
use keydeck::domain::secret::Secret;
use keydeck::server::ServerSettings;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::hands::{Hands, shown, stopped_clock};
use crate::http::{client, minted};
use crate::support::TestServer;

/// As many requests as a test makes, from whatever address it says, and batches that come at once.
fn settings() -> ServerSettings {
    ServerSettings {
        rate_limit: 1_000_000,
        behind_proxy: Some("127.0.0.1".parse().unwrap()),
        write_refused_uses_every: Duration::from_millis(1),
        ..ServerSettings::default()
    }
}

impl TestServer {
    /// Presents a value from an address, and answers the status.
    async fn present(&self, value: &str, from: &str) -> u16 {
        let request = client().get(format!("{}/me", self.base_url)).header("X-Api-Key", value);
        self.send(request.header("X-Forwarded-For", from)).await.status
    }

    async fn refused_uses(&self, id: &str) -> Value {
        let key = self.get(&self.keys.admin, &format!("/api-keys/{id}")).await.expect(200);
        key["refusedUses"].clone()
    }

    /// Waits until so many are counted.
    async fn counted(&self, id: &str, count: u64) -> Value {
        loop {
            let told = self.refused_uses(id).await;
            if told["count"].as_u64() >= Some(count) {
                assert_eq!(told["count"], count);
                return told;
            }
        }
    }

    /// A key that was revoked.
    async fn dead_key(&self) -> (String, Secret) {
        let (id, value) = self.make_key(&self.keys.user, "forgotten").await;
        self.delete(&self.keys.user, &format!("/api-keys/{id}")).await.expect(204);
        (id, value)
    }

    /// What the audit log was told of refused uses, the earliest first.
    async fn summaries(&self) -> Vec<Value> {
        let path = "/audit/logs?action=api_key.refused&orderBy=asc&limit=1000";
        self.get(&self.keys.admin, path).await.expect(200)["trails"].as_array().unwrap().clone()
    }
}

#[rstest]
#[case::expired("UPDATE api_keys SET expires_at = '2020-01-01T00:00:00.000Z' WHERE id = 'ID'")]
#[case::disabled_by_its_owner("UPDATE api_keys SET disabled_reason = 'owner' WHERE id = 'ID'")]
#[case::disabled_by_an_admin("UPDATE api_keys SET disabled_reason = 'admin' WHERE id = 'ID'")]
#[case::revoked("UPDATE api_keys SET revoked_at = '2026-01-01T00:00:00.000Z', revocation = 'owner' WHERE id = 'ID'")]
#[case::its_owner_left("UPDATE users SET active = 0 WHERE id = 3")]
#[case::its_overlap_is_over(
    "UPDATE key_values SET present = 0, overlap_ends_at = '2026-01-01T00:00:00.000Z' WHERE key_id = 'ID'; \
     INSERT INTO key_values (secret_hash, kind, key_id, masked_value, created_at, present) \
     VALUES ('other', 'api', 'ID', 'kdk_…0Nce', '2026-01-01T00:00:00.000Z', 1)"
)]
#[tokio::test]
async fn a_key_that_stopped_counts_who_tries_it(#[case] stop: &str) {
    let server = TestServer::start_with(settings()).await;
    let (id, value) = server.make_key(&server.keys.user, "forgotten").await;
    assert_eq!(server.present(value.expose(), "192.0.2.1").await, 200);
    server.sql(&stop.replace("ID", &id)).await;
    let never = json!({ "count": 0, "lastAt": null, "lastFrom": null });
    assert_eq!(server.refused_uses(&id).await, never, "an accepted use is none");
    assert_eq!(server.present(value.expose(), "192.0.2.1").await, 401);
    server.counted(&id, 1).await;
    let by_service = json!({ "sha256": fingerprint(value.expose()), "usedFrom": "2001:db8::7" });
    let told = server.post(&server.keys.verifier, "/api-key-verifications", by_service).await.expect(200);
    assert_eq!(told["valid"], false);
    let told = server.counted(&id, 2).await;
    assert_eq!(told["lastFrom"], "2001:db8::7");
    let page = server.get(&server.keys.admin, &format!("/api-keys/{id}/refused-uses")).await.expect(200);
    assert_eq!(page["meta"], json!({ "nextCursor": null, "total": 2 }));
    let [last, first] = page["data"].as_array().unwrap().as_slice() else { panic!("{page}") };
    assert_eq!((&last["address"], &first["address"]), (&json!("2001:db8::7"), &json!("192.0.2.1")));
    assert_eq!((&last["count"], &last["lastAt"]), (&json!(1), &told["lastAt"]));
    assert_eq!(first["firstAt"], first["lastAt"]);
}

#[tokio::test]
async fn they_stand_wherever_a_key_does() {
    let server = TestServer::start_with(settings()).await;
    let (id, value) = server.dead_key().await;
    server.present(value.expose(), "192.0.2.1").await;
    let told = server.counted(&id, 1).await;
    let (user, admin) = (&server.keys.user, &server.keys.admin);
    let listed = server.get(user, "/api-keys?status=revoked").await.expect(200);
    assert_eq!(listed["data"][0]["refusedUses"], told);
    let listed = server.get(admin, "/api-keys?scope=team&status=revoked").await.expect(200);
    assert_eq!(listed["data"][0]["refusedUses"], told);
    let found = server.post(admin, "/api-key-lookups", json!({ "ids": [id] })).await.expect(200);
    assert_eq!(found["data"][0]["apiKey"]["refusedUses"], told);
    let found = json!({ "sha256": [fingerprint(value.expose())] });
    let found = server.post(user, "/api-key-lookups", found).await.expect(200);
    assert_eq!(found["data"][0]["apiKey"]["refusedUses"], told);
}

#[tokio::test]
async fn only_the_latest_fifty_addresses_are_kept_and_come_in_pages() {
    let (mut server, hands) = stopped_clock(settings()).await;
    let (id, value) = server.dead_key().await;
    for last in 1..=60 {
        hands.forward(TimeDelta::seconds(1));
        server.present(value.expose(), &format!("192.0.2.{last}")).await;
        if last == 30 {
            // in two batches at least
            server.counted(&id, 30).await;
        }
    }
    server.stop();
    server.resume();
    assert_eq!(server.refused_uses(&id).await["count"], 60);
    let rows = server.every(&server.keys.user, &format!("/api-keys/{id}/refused-uses?limit=7")).await;
    let expected: Vec<String> = (11..=60).rev().map(|last| format!("192.0.2.{last}")).collect();
    let addresses: Vec<&str> = rows.iter().map(|row| row["address"].as_str().unwrap()).collect();
    assert_eq!(addresses, expected);
    let path = format!("/api-keys/{id}/refused-uses?cursor=x");
    server.get(&server.keys.user, &path).await.refused(400, "malformedRequestError", Some("cursor"));
}

#[tokio::test]
async fn what_an_address_may_no_longer_send_is_counted_all_the_same() {
    let mut server = TestServer::start_with(settings()).await;
    let (id, value) = server.dead_key().await;
    let mut told_to_wait = 0;
    for _ in 0..300 {
        told_to_wait += u32::from(server.present(value.expose(), "192.0.2.1").await == 429);
    }
    assert_eq!(told_to_wait, 180);
    server.stop();
    server.resume();
    assert_eq!(server.refused_uses(&id).await["count"], 300);
}

#[tokio::test]
async fn junk_does_not_hide_the_use_of_a_stolen_key() {
    let server = TestServer::start_with(settings()).await;
    let (stolen, value) = server.dead_key().await;
    let (other, other_value) = server.dead_key().await;
    for _ in 0..20 {
        for from in 1..=20 {
            server.present("junk", &format!("192.0.2.{from}")).await;
            server.present(minted().0.expose(), &format!("192.0.2.{from}")).await;
        }
    }
    server.present(other_value.expose(), "192.0.2.1").await;
    server.counted(&other, 1).await;
    server.present(value.expose(), "192.0.2.1").await;
    let told = server.counted(&stolen, 1).await;
    let summaries = server.summaries().await;
    let of = |id: &str| summaries.iter().find(|entry| entry["data"]["variables"]["apiKeyId"] == id).unwrap();
    assert_eq!(of(&other)["data"]["variables"]["after"]["count"], 1);
    let entry = of(&stolen);
    assert_eq!(
        (&entry["ip"], &entry["data"]["actor"], &entry["data"]["user"]["id"]),
        (&json!("192.0.2.1"), &Value::Null, &json!(3))
    );
    assert_eq!(entry["data"]["variables"]["apiKeyName"], "forgotten");
    let expected =
        json!({ "count": 1, "firstAt": told["lastAt"], "lastAt": told["lastAt"], "addresses": ["192.0.2.1"] });
    assert_eq!(entry["data"]["variables"]["after"], expected);
    assert!(!json!(summaries).to_string().contains(value.expose()));
}

async fn tried(server: &TestServer, hands: &Hands, value: &Secret, uses: u8) {
    for from in 1..=uses {
        hands.forward(TimeDelta::seconds(1));
        server.present(value.expose(), &format!("198.51.100.{from}")).await;
    }
}

#[tokio::test]
async fn a_key_that_is_tried_on_and_on_leaves_one_entry_in_ten_minutes() {
    let (server, hands) = stopped_clock(settings()).await;
    let (id, value) = server.dead_key().await;
    tried(&server, &hands, &value, 1).await;
    server.counted(&id, 1).await;
    let begun = shown(&hands);
    tried(&server, &hands, &value, 30).await;
    server.counted(&id, 31).await;
    assert_eq!(server.summaries().await.len(), 1, "the first at once, the others together");
    hands.forward(begun + TimeDelta::minutes(10) - shown(&hands));
    tried(&server, &hands, &value, 2).await;
    server.counted(&id, 33).await;
    let summaries = server.summaries().await;
    let after = |at: usize| &summaries[at]["data"]["variables"]["after"];
    assert_eq!(summaries.len(), 2);
    assert!([31, 32].contains(&after(1)["count"].as_u64().unwrap()), "since the last summary: {}", after(1));
    assert_eq!(after(1)["addresses"].as_array().unwrap().len(), 30);
    assert!(after(0)["lastAt"].as_str() < after(1)["firstAt"].as_str());
}

#[tokio::test]
async fn what_was_not_told_yet_is_told_when_it_is_due_though_nobody_tries_any_more() {
    let often = ServerSettings { write_last_uses_every: Duration::from_millis(5), ..settings() };
    let (mut server, hands) = stopped_clock(often).await;
    let (id, value) = server.dead_key().await;
    tried(&server, &hands, &value, 1).await;
    server.counted(&id, 1).await;
    tried(&server, &hands, &value, 3).await;
    server.counted(&id, 4).await;
    hands.forward(TimeDelta::minutes(10));
    while server.summaries().await.len() < 2 {}
    tried(&server, &hands, &value, 2).await;
    server.stop();
    server.resume();
    let summaries = server.summaries().await;
    let counts: Vec<&Value> = summaries.iter().map(|entry| &entry["data"]["variables"]["after"]["count"]).collect();
    assert_eq!(counts, [1, 3, 2], "and what is left when the server stops");
}

/// So many from so many addresses by both ways at once: exact, and in so few commits as it takes.
#[rstest]
#[case::seldom(Duration::from_hours(1), 2)]
#[case::often(Duration::from_millis(1), u64::MAX)]
#[tokio::test]
async fn many_at_once_are_exact_and_cost_few_commits(#[case] every: Duration, #[case] commits: u64) {
    let mut server = TestServer::start_with(ServerSettings { write_refused_uses_every: every, ..settings() }).await;
    let (id, value) = server.dead_key().await;
    crate::support::database::count_changes_of(&server.database, "refused_count");
    let hash = fingerprint(value.expose());
    let one = async |from: String| {
        for _ in 0..20 {
            let request = server.request(Method::GET, &value, "/me").header("X-Forwarded-For", &from);
            assert_eq!(request.send().await.unwrap().status(), 401);
        }
        let asked = json!({ "sha256": vec![hash.as_str(); 1000], "usedFrom": from });
        let request = server.request(Method::POST, &server.keys.verifier, "/api-key-verifications").json(&asked);
        assert_eq!(request.send().await.unwrap().status(), 200);
    };
    futures_util::future::join_all((1..=50).map(|last| one(format!("192.0.2.{last}")))).await;
    server.stop();
    let counted = u64::try_from(server.number("SELECT COUNT(*) FROM counted").await).unwrap();
    assert!((1..=commits).contains(&counted), "{counted} commits");
    server.resume();
    assert_eq!(server.refused_uses(&id).await["count"], 50 * 1020);
    let rows = server.every(&server.keys.user, &format!("/api-keys/{id}/refused-uses?limit=50")).await;
    assert_eq!(rows.len(), 50);
    assert!(rows.iter().all(|row| row["count"] == 1020), "{rows:?}");
}

/// As many as `KEYDECK_FLOOD` says, else a few, of one dead value from fifty addresses: half of them by authentication, which
/// each address may try only so often, half by a verifier who has long used up what may be asked. None of them is lost, and
/// what they come to is written once a second.
#[tokio::test]
async fn a_flood_is_counted_although_limits_refuse_most_of_it() {
    let uses: u64 = std::env::var("KEYDECK_FLOOD").ok().map_or(20_000, |uses| uses.parse().unwrap());
    let defaults = ServerSettings::default();
    let settings = ServerSettings {
        verification_limit: 20,
        write_refused_uses_every: defaults.write_refused_uses_every,
        ..settings()
    };
    let mut server = TestServer::start_with(settings).await;
    let (id, value) = server.dead_key().await;
    let others = [minted().0, minted().0];
    crate::support::database::count_changes_of(&server.database, "refused_count");
    let mut hashes = vec![fingerprint(value.expose()); 98];
    hashes.extend(others.map(|value| fingerprint(value.expose())));
    let (client, each) = (client(), uses / 100);
    let (begun, refused) = (std::time::Instant::now(), std::sync::atomic::AtomicU64::new(0));
    let send = async |request: reqwest::RequestBuilder| {
        let status = request.send().await.unwrap().status().as_u16();
        assert!([200, 401, 429].contains(&status), "{status}");
        refused.fetch_add(u64::from(status == 429), std::sync::atomic::Ordering::Relaxed);
    };
    let one = async |from: String| {
        for _ in 0..each {
            let request = client.get(format!("{}/me", server.base_url)).header("X-Api-Key", value.expose());
            send(request.header("X-Forwarded-For", &from)).await;
        }
        let mut left = each;
        while left > 0 {
            let some = usize::try_from(left.min(98)).unwrap();
            let asked = json!({ "sha256": &hashes[98 - some..], "usedFrom": from });
            let request = client.post(format!("{}/api-key-verifications", server.base_url)).json(&asked);
            send(request.header("X-Api-Key", server.keys.verifier.expose())).await;
            left -= some as u64;
        }
    };
    let flood = futures_util::future::join_all((1..=50).map(|last| one(format!("192.0.2.{last}"))));
    // somebody else asks meanwhile
    let over = std::sync::atomic::AtomicBool::new(false);
    let beside = async {
        let mut took = Vec::new();
        while !over.load(std::sync::atomic::Ordering::Relaxed) {
            let asked = std::time::Instant::now();
            let request = client.get(format!("{}/me", server.base_url)).header("X-Api-Key", server.keys.user.expose());
            assert_eq!(request.header("X-Forwarded-For", "198.51.100.1").send().await.unwrap().status(), 200);
            took.push(asked.elapsed());
        }
        took.sort_unstable();
        took
    };
    let ((), took) = tokio::join!(
        async {
            flood.await;
            over.store(true, std::sync::atomic::Ordering::Relaxed);
        },
        beside
    );
    let lasted = begun.elapsed();
    println!(
        "{uses} refused uses in {lasted:?}; meanwhile another's request took {:?}, 99 of 100 less than {:?}",
        took[took.len() / 2],
        took[took.len() * 99 / 100],
    );
    assert!(refused.into_inner() > each, "limits refused some of it");
    server.stop();
    let commits = u64::try_from(server.number("SELECT COUNT(*) FROM counted").await).unwrap();
    // the first at once, and what is left at the end
    assert!((1..=lasted.as_secs() + 3).contains(&commits), "{commits} commits in {lasted:?}");
    server.resume();
    assert_eq!(server.refused_uses(&id).await["count"], each * 100);
    let rows = server.every(&server.keys.user, &format!("/api-keys/{id}/refused-uses?limit=50")).await;
    assert_eq!(rows.len(), 50);
    assert!(rows.iter().all(|row| row["count"] == each * 2), "{rows:?}");
}

#[tokio::test]
async fn what_could_not_be_written_is_written_later() {
    let server = TestServer::start_with(settings()).await;
    let (id, value) = server.dead_key().await;
    server.sql("ALTER TABLE refused_uses RENAME TO away").await;
    for _ in 0..5 {
        server.present(value.expose(), "192.0.2.1").await;
    }
    assert_eq!(server.refused_uses(&id).await["count"], 0);
    server.sql("ALTER TABLE away RENAME TO refused_uses").await;
    server.counted(&id, 5).await;
}

#[tokio::test]
async fn an_admin_who_looks_uses_nothing_and_a_verifier_does() {
    let mut server = TestServer::start_with(settings()).await;
    let (id, value) = server.dead_key().await;
    let asked = json!({ "sha256": fingerprint(value.expose()) });
    for asks in [&server.keys.admin, &server.keys.superadmin, &server.keys.verifier] {
        server.post(asks, "/api-key-verifications", asked.clone()).await.expect(200);
    }
    server.stop();
    server.resume();
    assert_eq!(server.refused_uses(&id).await["count"], 1);
}

#[tokio::test]
async fn collection_access_keys_count_theirs() {
    let server = TestServer::start_with(settings()).await;
    let made =
        server.post(&server.keys.user, "/collection-access-keys", json!({ "collectionId": "9-p" })).await.expect(201);
    let key = &made["collectionAccessKey"];
    let path = format!("/collection-access-keys/{}", key["id"].as_str().unwrap());
    let read = async || {
        let url = format!("{}/collections/9-p?access_key={}", server.base_url, made["value"].as_str().unwrap());
        server.send(client().get(url).header("X-Forwarded-For", "192.0.2.9")).await.status
    };
    assert_eq!(read().await, 200);
    server.delete(&server.keys.user, &path).await.expect(204);
    assert_eq!((read().await, read().await), (401, 401));
    loop {
        let listed = server.get(&server.keys.user, "/collection-access-keys").await.expect(200);
        let told = &listed["data"][0]["refusedUses"];
        if told["count"] == 2 {
            assert_eq!(told["lastFrom"], "192.0.2.9");
            break;
        }
    }
    assert_eq!(server.summaries().await, Vec::<Value>::new(), "the log knows them of API keys");
}
