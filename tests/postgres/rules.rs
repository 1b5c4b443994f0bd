//! What must never come to pass, with two servers that are told things at the same time.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use keydeck::domain::secret::Secret;
use keydeck::server::store::Store;
use keydeck::server::store::audit::{Chain, verify};
use keydeck::server::{ServerSettings, key_for, recover};
use reqwest::Method;
use serde_json::{Value, json};

use crate::calls::{call, get, patch, post};
use crate::support::TestServer;
use crate::support::database::{one_at, rows_at};

fn settings() -> ServerSettings {
    ServerSettings { rate_limit: 1_000_000, ..ServerSettings::default() }
}

/// How many rounds: `KEYDECK_TEST_ROUNDS`, else enough to be met with what goes wrong.
fn rounds() -> usize {
    std::env::var("KEYDECK_TEST_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(250)
}

/// The log fits from its first entry to its head, and tells of the revocation of each key once.
async fn log_is_whole(url: &str) {
    let store = Store::open(url).await.unwrap();
    let chain = verify(&store, None).await.unwrap();
    store.close().await;
    assert!(matches!(chain, Chain::Whole { .. }), "{chain:?}");
    let twice = "SELECT key_id FROM audit_entries WHERE action = 'api_key.revoke' GROUP BY key_id HAVING COUNT(*) > 1";
    assert!(rows_at(url, twice).is_empty());
    let untold = "SELECT id FROM api_keys WHERE revoked_at IS NOT NULL EXCEPT \
                  SELECT key_id FROM audit_entries WHERE action = 'api_key.revoke'";
    assert!(rows_at(url, untold).is_empty());
}

#[tokio::test]
#[ignore = "needs PostgreSQL: .ci/postgres/run"]
async fn somebody_can_always_manage_the_team() {
    let first = TestServer::start_shared(settings()).await;
    let second = first.another(settings()).await;
    let urls = [first.base_url.as_str(), second.base_url.as_str()];
    let guards = "SELECT COUNT(*) FROM api_keys k JOIN users u ON u.id = k.owner_id WHERE u.active = 1 \
                  AND u.roles LIKE '% superadmin %' AND k.revoked_at IS NULL AND k.disabled_reason IS NULL AND k.access = 'full'";
    // two superadmins, and a key of each
    let mut root = first.keys.superadmin.duplicate();
    let (mut refused, mut done) = (BTreeMap::<String, usize>::new(), 0);
    for round in 0..rounds() {
        let asked = json!({ "name": "Second", "email": format!("s{round}@test.example"), "roles": ["superadmin"] });
        let made = post(urls[round % 2], &root, "/users", asked).await.expect(201);
        let other = made["id"].clone();
        let value = server_key(&first.database, &format!("s{round}@test.example")).await;
        let me = get(urls[0], &root, "/me").await.expect(200);
        let (own, own_key) = (me["user"]["id"].clone(), me["apiKey"]["id"].as_str().unwrap().to_owned());
        let others_key = get(urls[1], &value, "/me").await.expect(200)["apiKey"]["id"].as_str().unwrap().to_owned();
        // each takes the other, or itself, away
        let against = async |url: &str, key: &Secret, user: &Value, key_id: &str, how: usize| {
            let path = format!("/users/{user}");
            match how % 4 {
                0 => patch(url, key, &path, json!({ "roles": ["user"] })).await,
                1 => patch(url, key, &path, json!({ "active": false })).await,
                2 => post(url, key, "/api-key-revocations", json!({ "ids": [key_id] })).await,
                _ => patch(url, key, &format!("/api-keys/{key_id}"), json!({ "status": "disabled" })).await,
            }
        };
        let (one, two) = tokio::join!(
            against(urls[0], &root, &other, &others_key, round),
            against(urls[1], &value, &own, &own_key, round / 4)
        );
        for answer in [one, two] {
            assert!(answer.status < 500, "{answer:?}");
            let worked = answer.status < 300 && answer.body["results"][0]["outcome"] != "skipped";
            if worked {
                done += 1;
            } else {
                let why = answer.body["error"]["name"].as_str().unwrap_or("skipped").to_owned();
                *refused.entry(why).or_default() += 1;
            }
        }
        let left = one_at(&first.database, guards).unwrap();
        assert_ne!(left, "0", "round {round}: nobody can manage the team any more");
        // whoever is left goes on
        let works = async |key: &Secret| {
            let answer = get(urls[0], key, "/me").await;
            answer.status == 200 && answer.body["user"]["roles"].to_string().contains("superadmin")
        };
        if !works(&root).await {
            assert!(works(&value).await, "round {round}");
            root = value;
        }
    }
    assert!(done * 4 > rounds() * 3 && refused.len() > 1, "they met: {done} {refused:?}");
    log_is_whole(&first.database).await;
}

/// The first key of a user who has none yet.
async fn server_key(database: &str, email: &str) -> Secret {
    match key_for(database, email).await {
        Ok(key) => key,
        Err(_) => recover(database, email).await.unwrap(),
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: .ci/postgres/run"]
async fn of_all_that_ask_at_once_each_gets_an_id_of_their_own_and_one_gets_the_address() {
    let first = TestServer::start_shared(settings()).await;
    let second = first.another(settings()).await;
    let urls = [first.base_url.as_str(), second.base_url.as_str()];
    let key = &first.keys.superadmin;
    let add = async |at: usize| {
        // each address twice, once at each server, in another case
        let email = if at.is_multiple_of(2) {
            format!("p{}@test.example", at / 2)
        } else {
            format!("P{}@Test.example", at / 2)
        };
        post(urls[at % 2], key, "/users", json!({ "name": "P", "email": email, "roles": ["user"] })).await
    };
    let answers = join_all((0..60).map(add)).await;
    let made: Vec<&Value> =
        answers.iter().filter(|answer| answer.status == 201).map(|answer| &answer.body["id"]).collect();
    assert_eq!((made.len(), answers.iter().filter(|answer| answer.status == 409).count()), (30, 30));
    let distinct: std::collections::BTreeSet<String> = made.iter().map(ToString::to_string).collect();
    assert_eq!(distinct.len(), 30);

    let report = json!({
        "secretHash": "a".repeat(64), "obfuscatedSecret": "x…y", "secretType": "keydeck API Key", "source": "github",
        "url": "https://git.example/1"
    });
    let told = join_all((0..40).map(|at| post(urls[at % 2], key, "/detected-secrets", report.clone()))).await;
    let new = told.iter().filter(|answer| answer.status == 201).count();
    assert!(told.iter().all(|answer| matches!(answer.status, 200 | 201)), "{:?}", told[0]);
    assert_eq!(new, 1, "one of them found it first");
    let counted = "SELECT COUNT(*) || ' ' || SUM(occurrences) FROM detected_secrets";
    assert_eq!(one_at(&first.database, counted).as_deref(), Some("1 40"));
    log_is_whole(&first.database).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: .ci/postgres/run"]
async fn a_key_is_revoked_once_and_no_server_takes_it_afterwards() {
    let first = TestServer::start_shared(settings()).await;
    let (second, third) = (first.another(settings()).await, first.another(settings()).await);
    let urls = [first.base_url.as_str(), second.base_url.as_str(), third.base_url.as_str()];
    for round in 0..20 {
        let asked = json!({ "name": format!("k{round}") });
        let made = post(urls[round % 3], &first.keys.user, "/api-keys", asked).await.expect(201);
        let (id, value) = (
            made["apiKey"]["id"].as_str().unwrap().to_owned(),
            Secret::new(made["value"].as_str().unwrap().to_owned()),
        );
        for url in urls {
            get(url, &value, "/me").await.expect(200);
        }
        let revoke = async |url: &str| {
            post(url, &first.keys.admin, "/api-key-revocations", json!({ "ids": [id.as_str()] })).await.expect(200)
        };
        join_all(urls.map(revoke)).await;
        for url in urls {
            assert_eq!(get(url, &value, "/me").await.status, 401);
            let told = call(
                url,
                &first.keys.verifier,
                Method::POST,
                "/api-key-verifications",
                Some(&json!({ "sha256": keydeck::domain::key_value::fingerprint(value.expose()) })),
                None,
            )
            .await;
            assert_eq!(told.expect(200)["valid"], false);
        }
    }
    // two values of a key at most, whoever makes them
    let made = post(urls[0], &first.keys.user, "/api-keys", json!({ "name": "anew" })).await.expect(201);
    let path = format!("/api-keys/{}/regenerate", made["apiKey"]["id"].as_str().unwrap());
    join_all((0..12).map(|at| post(urls[at % 3], &first.keys.user, &path, json!({ "overlapSeconds": 3600 })))).await;
    let present = "SELECT COUNT(*) FROM key_values WHERE present = 1 GROUP BY key_id HAVING COUNT(*) <> 1";
    assert!(rows_at(&first.database, present).is_empty());
    let working = format!(
        "SELECT COUNT(*) FROM key_values WHERE key_id = '{}' AND (present = 1 OR overlap_ends_at > to_char(now() AT TIME ZONE 'UTC', \
         'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'))",
        made["apiKey"]["id"].as_str().unwrap()
    );
    let working: u32 = one_at(&first.database, &working).unwrap().parse().unwrap();
    assert!((1..=2).contains(&working), "{working}");
    log_is_whole(&first.database).await;
}
