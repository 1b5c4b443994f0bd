//! The demo's team.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use keydeck::domain::key::Status;
use keydeck::domain::team::Role;
use keydeck::server::seed::{Rest, SeedPlan, begin, fill, own_value};
use keydeck::server::store::Store;
use keydeck::server::store::audit::{Chain, verify};
use keydeck::server::store::key_lists::{Filter, Position, Sort, page_sql};
use keydeck::server::store::sql::Sql;
use keydeck::server::{ServerSettings, prepare};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::TestServer;

fn time(value: &Value) -> Option<DateTime<Utc>> {
    value.as_str().filter(|text| !text.is_empty()).map(|text| text.parse().unwrap())
}

#[tokio::test]
async fn a_believable_team() {
    let server = TestServer::seeded(400, Role::Admin).await;
    let key = &server.keys.admin;
    let users = server.get(key, "/users").await.expect(200);
    let users = users["data"].as_array().unwrap();
    let count = |field: &str, value: serde_json::Value| users.iter().filter(|user| user[field] == value).count();
    assert_eq!((users.len(), count("kind", "service".into()), count("active", false.into())), (32, 2, 3));
    let keys = server.every(key, "/api-keys?scope=team&limit=1000").await;
    assert_eq!(keys.len(), 400);
    let now = Utc::now();
    let mut states: HashMap<String, u32> = HashMap::new();
    for key in &keys {
        let reason =
            [&key["disabledReason"], &key["revocation"]].into_iter().find_map(Value::as_str).unwrap_or_default();
        *states.entry(format!("{} {reason}", key["status"].as_str().unwrap())).or_default() += 1;
        let created = time(&key["createdAt"]).unwrap();
        assert!(created <= now);
        let end = time(&key["revokedAt"]).unwrap_or(now);
        assert!(created <= end && end <= now, "{key}");
        assert!(time(&key["lastUsedAt"]).is_none_or(|used| created <= used && used <= end), "{key}");
        assert_eq!(key["lastUsedAt"].is_null(), key["lastUsedFrom"].is_null());
    }
    for state in [
        "enabled ",
        "disabled owner",
        "disabled admin",
        "disabled expired",
        "revoked owner",
        "revoked admin",
        "revoked inactivity",
        "revoked exposed",
        "revoked rotated",
    ] {
        assert!(states.contains_key(state), "{state}: {states:?}");
    }
    let enabled =
        |keep: &dyn Fn(&Value) -> bool| keys.iter().filter(|key| key["status"] == "enabled" && keep(key)).count();
    assert!(enabled(&|key| key["lastUsedAt"].is_null()) >= 5, "never used");
    assert!(enabled(&|key| time(&key["lastUsedAt"]).is_some_and(|used| (now - used).num_minutes() < 15)) >= 2);
    assert!(enabled(&|key| time(&key["lastUsedAt"]).is_some_and(|used| (now - used).num_days() > 90)) >= 10, "stale");
    assert!(enabled(&|key| time(&key["expiresAt"]).is_some_and(|expires| (expires - now).num_days() < 14)) >= 5);
    assert!(keys.iter().map(|key| key["ownerId"].as_i64()).collect::<HashSet<_>>().len() >= 20);
    let (services, peoples): (Vec<&Value>, Vec<&Value>) = keys.iter().partition(|key| key["ownerKind"] == "service");
    assert!(services.len() >= 5, "keys that nobody's leaving ends: {}", services.len());
    assert!(services.iter().all(|key| key["ownerEmail"] == "" && key["access"] == "none"));
    assert!(peoples.iter().all(|key| key["ownerEmail"].as_str().unwrap().ends_with(".example")));
    let collections = server.get(key, "/collection-access-keys").await.expect(200);
    assert_eq!(collections["meta"]["total"], 60);
    let statuses: HashSet<&str> =
        collections["data"].as_array().unwrap().iter().map(|key| key["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, HashSet::from(["ACTIVE", "INACTIVE"]));
}

#[tokio::test]
async fn revoked_keys_that_something_still_tries() {
    let server = TestServer::seeded(400, Role::Admin).await;
    let key = &server.keys.admin;
    let keys = server.every(key, "/api-keys?scope=team&limit=1000").await;
    let tried: Vec<&Value> = keys.iter().filter(|key| key["refusedUses"]["count"] != 0).collect();
    assert_eq!(tried.len(), 2);
    let now = Utc::now();
    for forgotten in tried {
        assert_eq!(forgotten["status"], "revoked");
        let id = forgotten["id"].as_str().unwrap();
        let page = server.get(key, &format!("/api-keys/{id}/refused-uses")).await.expect(200);
        let counted: i64 = page["data"].as_array().unwrap().iter().map(|row| row["count"].as_i64().unwrap()).sum();
        assert_eq!(forgotten["refusedUses"]["count"], counted);
        for row in page["data"].as_array().unwrap() {
            let (first, last) = (time(&row["firstAt"]).unwrap(), time(&row["lastAt"]).unwrap());
            assert!(time(&forgotten["revokedAt"]).unwrap() <= first && first <= last && last <= now, "{row}");
        }
        let told = server.get(key, &format!("/audit/logs?keyId={id}&action=api_key.refused")).await.expect(200);
        assert_eq!(told["trails"][0]["data"]["variables"]["after"]["count"], counted);
    }
}

#[tokio::test]
async fn findings_worth_a_look() {
    let server = TestServer::seeded(400, Role::Admin).await;
    let found = server.post(&server.keys.admin, "/detected-secrets-queries?limit=100", json!({})).await.expect(200);
    let found = found["data"].as_array().unwrap();
    assert_eq!(found.len(), 12);
    let open: Vec<&Value> = found.iter().filter(|row| row["resolution"] == "ACTIVE").collect();
    assert!(open.len() >= 7);
    let alive: HashSet<&str> = open
        .iter()
        .filter(|row| row["apiKeyStatus"] == "enabled")
        .map(|row| row["apiKeyId"].as_str().unwrap())
        .collect();
    assert!(alive.len() >= 3);
    assert!(open.iter().all(|row| row["apiKeyStatus"] != "revoked"), "revoking resolves");
    let sources: HashSet<&str> = found.iter().map(|row| row["source"].as_str().unwrap()).collect();
    assert_eq!(sources, HashSet::from(["workspace", "documentation", "github", "gitlab"]));
    let own = server.id_of(&server.keys.admin).await;
    assert!(found.iter().all(|row| row["apiKeyId"] != own), "the console's own key is safe");
}

#[rstest]
#[case(Role::User)]
#[case(Role::Admin)]
#[case(Role::Superadmin)]
#[tokio::test]
async fn the_console_has_the_role_asked_for_and_keys_of_its_own(#[case] role: Role) {
    let server = TestServer::seeded(400, role.clone()).await;
    let me = server.get(&server.keys.user, "/me").await.expect(200);
    assert_eq!(me["user"]["roles"], json!([role.word()]));
    let own = server.every(&server.keys.user, "/api-keys?limit=100").await;
    assert!(own.len() >= 5);
    let used = own.iter().find(|key| key["id"] == me["apiKey"]["id"]).unwrap();
    assert_eq!(used["name"], "console-olivia");
    assert_eq!(used["status"], "enabled");
    let rotated = own.iter().find(|key| key["rotatedFrom"].is_string()).unwrap();
    let before = own.iter().find(|key| key["id"] == rotated["rotatedFrom"]).unwrap();
    assert_eq!(before["revocation"], "rotated");
}

#[tokio::test]
async fn the_trail_is_whole_and_in_order() {
    let server = TestServer::seeded(400, Role::Admin).await;
    let store = Store::open(&server.database).await.unwrap();
    assert!(matches!(verify(&store, None).await.unwrap(), Chain::Whole { seq, .. } if seq > 500));
    let rows = Sql::new("SELECT at, action FROM audit_entries ORDER BY seq").rows(store.reads()).await.unwrap();
    let times: Vec<String> = rows.iter().map(|row| row.try_get("at").unwrap()).collect();
    assert!(times.is_sorted());
    let actions: HashSet<String> = rows.iter().map(|row| row.try_get("action").unwrap()).collect();
    for action in [
        "user.create",
        "api_key.create",
        "api_key.disable",
        "api_key.expire",
        "api_key.revoke",
        "collection_access_key.create",
        "collection_access_key.revoke",
        "detected_secret.report",
        "detected_secret.resolve",
    ] {
        assert!(actions.contains(action), "{action}");
    }
    store.close().await;
    server.make_key(&server.keys.admin, "goes on").await;
}

#[tokio::test]
async fn the_same_seed_makes_the_same_team_but_for_the_values_that_chance_gives() {
    let now = Utc::now();
    let dump = async |seed, keys| {
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}", folder.path().join("demo.db").display());
        let plan = SeedPlan { keys, seed, role: Role::Admin, now };
        let value = fill(&database, &plan).await.unwrap().api_key;
        let store = Store::open(&database).await.unwrap();
        let mut text = Vec::new();
        for query in [
            "SELECT id || name || owner_id || created_at || COALESCE(last_used_at, '') AS line FROM api_keys ORDER BY id",
            "SELECT key_id || secret_hash || masked_value AS line FROM key_values ORDER BY key_id",
            "SELECT email || roles || joined_at AS line FROM users ORDER BY id",
            "SELECT secret_id || url || resolution || detected_at AS line FROM detected_secrets ORDER BY secret_id, url",
            "SELECT hash AS line FROM audit_entries ORDER BY seq",
        ] {
            text.push(texts(&store, query).await);
        }
        store.close().await;
        (text, value)
    };
    let ((one, value), (same, other_value), (different, _)) = (dump(1, 90).await, dump(1, 90).await, dump(2, 90).await);
    assert!(value != other_value);
    let differ = |a: &Vec<String>, b: &Vec<String>| a.iter().zip(b).filter(|(a, b)| a != b).count();
    for (at, (a, b)) in one.iter().zip(&same).enumerate() {
        let by_chance = if at == 1 { 3 } else { 0 };
        assert_eq!(
            differ(a, b),
            by_chance,
            "all but the hashes of the console's own value, of the leaked one and of the one to rotate"
        );
    }
    assert!(differ(&one[0], &different[0]) > 80);
}

#[rstest]
#[case(1)]
#[case(7)]
#[case(30)]
#[tokio::test]
async fn small_teams_are_teams(#[case] keys: u64) {
    let server = TestServer::seeded(keys, Role::Superadmin).await;
    let listed = server.get(&server.keys.admin, "/api-keys?scope=team").await.expect(200);
    assert_eq!(listed["meta"]["total"], keys);
    server.post(&server.keys.admin, "/detected-secrets-queries", json!({})).await.expect(200);
}

#[tokio::test]
async fn only_an_empty_database_is_filled() {
    let server = TestServer::start().await;
    let plan = |keys, role| SeedPlan { keys, seed: 1, role, now: Utc::now() };
    assert!(fill(&server.database, &plan(400, Role::Admin)).await.is_err());
    assert_eq!(server.number("SELECT COUNT(*) FROM users").await, 6);
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("demo.db").display());
    assert!(fill(&database, &plan(0, Role::Admin)).await.is_err());
    assert!(fill(&database, &plan(400, Role::Scanner)).await.is_err());
}

/// A large team, begun, and what is to be added to it.
async fn begun(folder: &tempfile::TempDir, keys: u64, now: DateTime<Utc>) -> (Store, Rest) {
    let database = format!("sqlite:{}", folder.path().join("demo.db").display());
    let (_, rest) =
        begin(&database, &SeedPlan { keys, seed: 1, role: Role::Admin, now }, own_value().unwrap()).await.unwrap();
    (Store::open(&database).await.unwrap(), rest)
}

async fn texts(store: &Store, query: &'static str) -> Vec<String> {
    let rows = Sql::new(query).rows(store.reads()).await.unwrap();
    rows.iter().map(|row| row.try_get("line").unwrap()).collect()
}

#[tokio::test]
async fn a_large_team_is_the_same_each_time_and_has_every_index() {
    let (now, folders) = (Utc::now(), [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()]);
    let mut teams = Vec::new();
    for folder in &folders {
        let (store, rest) = begun(folder, 5300, now).await;
        let indexes =
            texts(&store, "SELECT sql AS line FROM sqlite_master WHERE type = 'index' AND sql <> '' ORDER BY name")
                .await;
        assert_eq!(rest.count(), 4300);
        let first = texts(&store, "SELECT id AS line FROM api_keys").await;
        let mut told = Vec::new();
        rest.add(&store, |made| told.push(made)).await.unwrap();
        assert_eq!(told, [2000, 4000, 4300]);
        let after =
            texts(&store, "SELECT sql AS line FROM sqlite_master WHERE type = 'index' AND sql <> '' ORDER BY name")
                .await;
        assert_eq!(after, indexes);
        // all but the value of the console's own key, which chance gives
        let line = "SELECT k.id || k.name || k.owner_id || COALESCE(k.last_used_at, '') || COALESCE(k.expires_at, '') || \
                    v.secret_hash || v.masked_value AS line FROM api_keys k JOIN key_values v ON v.key_id = k.id \
                    WHERE k.name <> 'console-olivia' ORDER BY k.id";
        teams.push(texts(&store, line).await);
        let odd = "SELECT k.id AS line FROM api_keys k JOIN users u ON u.id = k.owner_id \
                   WHERE k.created_at < u.joined_at OR k.last_used_at < k.created_at OR k.revoked_at < k.created_at";
        let odd = texts(&store, odd).await;
        assert_eq!(odd.iter().find(|id| !first.contains(id)), None);
        assert!(
            matches!(verify(&store, None).await.unwrap(), Chain::Whole { seq, .. } if seq < 2500),
            "first keys only"
        );
        store.close().await;
    }
    assert_eq!(teams[0].len(), 5299);
    let differ = teams[0].iter().zip(&teams[1]).filter(|(a, b)| a != b).count();
    assert_eq!(differ, 2, "all but the value that leaked and the one to rotate, which chance gives as well");
}

#[tokio::test]
async fn while_a_large_team_is_made_it_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("demo.db").display());
    let plan = SeedPlan { keys: 20_000, seed: 1, role: Role::Admin, now: Utc::now() };
    let (seeded, rest) = begin(&database, &plan, own_value().unwrap()).await.unwrap();
    let settings = ServerSettings { database: database.into(), rate_limit: 100_000, ..ServerSettings::default() };
    let prepared = prepare(settings).await.unwrap();
    let store = prepared.store();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/api-keys", listener.local_addr().unwrap());
    let shutdown = tokio_util::sync::CancellationToken::new();
    let serving = tokio::spawn(prepared.serve(listener, shutdown.clone()));
    let (tell, mut news) = tokio::sync::watch::channel(0);
    let added = tokio::spawn(async move {
        rest.add(&store, |made| {
            tell.send_replace(made);
        })
        .await
    });

    let client = crate::http::client();
    let value = seeded.api_key.expose();
    let list = async |limit: u32| -> Value {
        let list =
            client.get(format!("{url}?scope=team&limit={limit}")).header("X-Api-Key", value).send().await.unwrap();
        assert_eq!(list.status(), 200);
        serde_json::from_str(&list.text().await.unwrap()).unwrap()
    };
    let mut totals = Vec::new();
    let mut made = 0;
    // after each piece of news somebody reads, and writes
    while news.changed().await.is_ok() {
        totals.push(list(1000).await["meta"]["total"].as_u64().unwrap());
        let new = client.post(&url).header("X-Api-Key", value).json(&json!({"name": format!("meanwhile {made}")}));
        assert_eq!(new.send().await.unwrap().status(), 201);
        made += 1;
    }
    added.await.unwrap().unwrap();
    assert!(totals.is_sorted() && totals.first().is_some_and(|first| *first < 20_000), "{totals:?}");
    assert_eq!(list(1).await["meta"]["total"], 20_000 + made);
    shutdown.cancel();
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn dropped_half_way_it_leaves_a_team_that_works() {
    let folder = tempfile::tempdir().unwrap();
    let (store, rest) = begun(&folder, 50_000, Utc::now()).await;
    let (tell, mut news) = tokio::sync::watch::channel(0);
    let adding = store.clone();
    let task = tokio::spawn(async move {
        rest.add(&adding, |made| {
            tell.send_replace(made);
        })
        .await
    });
    news.changed().await.unwrap();
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    let whole = "SELECT CAST((SELECT COUNT(*) FROM api_keys) - (SELECT COUNT(*) FROM key_values WHERE kind = 'api') AS TEXT) AS line";
    assert_eq!(texts(&store, whole).await, ["0"], "each key with its value");
    store.close().await;
}

#[tokio::test]
async fn a_page_begins_in_the_middle_of_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let (store, rest) = begun(&folder, 5000, Utc::now()).await;
    rest.add(&store, |_| ()).await.unwrap();
    // a connection learns of new indexes by running something, and a plan does not run
    store.close().await;
    let store = Store::open(&format!("sqlite:{}", folder.path().join("demo.db").display())).await.unwrap();
    let place: Position = ("2026-01-01T00:00:00.000Z".to_owned(), "01JQ".to_owned());
    let status = |status| Filter { statuses: vec![status], ..Filter::default() };
    for (_, sort) in Sort::WORDS {
        for filter in [Filter::default(), status(Status::Enabled), status(Status::Revoked)] {
            for after in [None, Some(&place)] {
                let plan = page_sql(&filter, sort, after, 1000, Utc::now()).plan(store.reads()).await.unwrap();
                // the rows of the page come in their order, and what joins them is looked up
                assert!(
                    plan.iter().any(|step| step.contains("k USING INDEX api_keys_")),
                    "{sort:?} {filter:?} {plan:#?}"
                );
                let slow = |step: &&String| {
                    // of acts only those that are running, mostly none
                    let few = ["SCAN k", "SCAN users", "SCAN acts USING COVERING INDEX acts_running"]
                        .contains(&step.as_str());
                    step.starts_with("SCAN") && !step.contains("USING INDEX") && !few
                };
                assert_eq!(plan.iter().find(slow), None, "{sort:?} {filter:?} {plan:#?}");
            }
        }
    }
    let mine = Filter { owner: Some(1001), ..Filter::default() };
    let plan = page_sql(&mine, Sort::Newest, Some(&place), 1000, Utc::now()).plan(store.reads()).await.unwrap();
    assert!(plan.iter().any(|step| step.contains("USING INDEX api_keys_owner (owner_id=?")), "{plan:#?}");
    store.close().await;
}
