//! No statement of the server reads a whole table that grows, or sorts one: how SQLite would find the rows of every
//! statement is read and judged, but for the exceptions that stand here with their reasons.
//!
//! Every statement: a server does whatever a server does, what it runs is noted, and the beginnings of all statements that
//! stand in the store's source have to be among that.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Debug, Write};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, OnceLock};
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use keydeck::domain::key_value::fingerprint;
use keydeck::domain::time::wire;
use keydeck::server::{self, Clock, NoticeSettings, ServerSettings, Teller, follow_life, verify_audit};
use regex::Regex;
use reqwest::Method;
use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};

use crate::carried_on::{answers, carried_on_with_present_values, made_at};
use crate::http::{client, minted};
use crate::support::TestServer;

/// The statements that ran on each database, one after the other, as the engine tells them.
#[derive(Clone, Default)]
struct Statements(Arc<Mutex<BTreeMap<String, Vec<String>>>>);

#[derive(Default)]
struct Fields {
    database: String,
    statement: String,
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let text = format!("{value:?}");
        match field.name() {
            "database" => text.trim_matches('"').clone_into(&mut self.database),
            "statement" => self.statement = text,
            _ => {}
        }
    }
}

impl<S: Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        if !fields.statement.is_empty() {
            self.0.lock().unwrap().entry(fields.database).or_default().push(fields.statement);
        }
    }
}

impl Statements {
    /// Those of this process, whose tests are told apart by their databases.
    fn noted() -> &'static Self {
        static NOTED: OnceLock<Statements> = OnceLock::new();
        NOTED.get_or_init(|| {
            let statements = Self::default();
            tracing::subscriber::set_global_default(tracing_subscriber::registry().with(statements.clone())).unwrap();
            statements
        })
    }

    /// Those that ran on any.
    fn all(&self) -> BTreeSet<String> {
        self.0.lock().unwrap().values().flatten().map(|statement| one_row(statement)).collect()
    }

    /// Takes those that ran on the database of a server.
    fn take(&self, server: &TestServer) -> Vec<String> {
        let file = server.database.strip_prefix("sqlite:").unwrap();
        self.0.lock().unwrap().remove(file).unwrap_or_default()
    }
}

/// An `INSERT` with its first row only: how many there are says nothing of how they are found.
fn one_row(statement: &str) -> String {
    match statement.split_once("), (") {
        Some((first, _)) if statement.starts_with("INSERT") => format!("{first})"),
        _ => statement.to_owned(),
    }
}

/// Tables that do not grow with the team, however long it is there.
const SMALL: [&str; 6] = ["team", "secret_types", "api_key_settings", "audit_head", "leases", "server_keys"];
/// What a statement brings along.
const BROUGHT: [&str; 2] = ["used", "tried"];
/// Indexes of a few rows only of a table that grows.
const FEW: [&str; 6] =
    ["acts_running", "users_superadmins", "users_services", "users_shared", "api_keys_refused", "notices_waiting"];
/// The orders in which a list is walked from its beginning, which ends with the page.
const ORDERS: [&str; 8] = [
    "api_keys_newest",
    "api_keys_used",
    "api_keys_expiring",
    "api_keys_living",
    "collection_access_keys_newest",
    "detected_secrets_newest",
    "sqlite_autoindex_audit_entries_1",
    "sqlite_autoindex_notices_1",
];

/// A statement that may do what no other may.
struct Exception {
    /// A part of its text.
    statement: &'static str,
    /// A part of the step of its plan.
    step: &'static str,
    why: &'static str,
}

const EXCEPTIONS: &[Exception] = &[
    Exception {
        statement: "FROM users u ORDER BY u.id",
        step: "SCAN u",
        why: "the list of all users, which is asked for as a whole and has no pages",
    },
    Exception {
        statement: "CASE WHEN EXISTS (SELECT 1 FROM acts WHERE running = 1) THEN (SELECT a.begun_at",
        step: "SCAN k",
        why: "how keys stand is worked out while an act runs, or for as long as time did something that is not written",
    },
    Exception {
        statement: "k.name_folded LIKE",
        step: "SCAN k",
        why: "names by fewer than three letters, or by what more than two thousand have: few keys are read for a page",
    },
    Exception {
        statement: "p.key_name_parts MATCH",
        step: "USE TEMP B-TREE FOR ORDER BY",
        why: "the keys of a name that at most two thousand have, in an order",
    },
    Exception {
        statement: "FROM detected_secrets d",
        step: "SCAN d",
        why: "findings by what they are: there are as many as were leaked, not as keys",
    },
    Exception {
        statement: "FROM detected_secrets d",
        step: "USE TEMP B-TREE FOR ORDER BY",
        why: "findings by resource: as many as were leaked there",
    },
    Exception {
        statement: "SELECT COUNT(*) AS counted FROM collection_access_keys k",
        step: "SCAN collection_access_keys USING COVERING INDEX",
        why: "how many collection access keys there are: one for each collection that is shared",
    },
    Exception {
        statement: "SELECT COUNT(*) AS counted FROM notices",
        step: "SCAN notices USING COVERING INDEX",
        why: "how many notices there are: those of a month",
    },
    Exception {
        statement: "problem FROM notices",
        step: "SCAN notices USING INDEX sqlite_autoindex_notices_1",
        why: "notices in a state, the latest first: those of a month",
    },
    Exception {
        statement: "SELECT COUNT(*) AS counted FROM notices",
        step: "SCAN notices",
        why: "the same in a state",
    },
    Exception {
        statement: "INSERT INTO api_keys",
        step: "SCAN api_keys",
        why: "whether a key waits for this one, looked for only while one refers to what is not there, which none does",
    },
    Exception {
        statement: "JOIN detected_secret_locations l",
        step: "SCAN l",
        why: "places by what stands there: as many as were leaked to",
    },
    Exception {
        statement: "FROM collection_access_keys k",
        step: "USE TEMP B-TREE FOR LAST TERM OF ORDER BY",
        why: "an owner's keys that were made at the same moment",
    },
    Exception {
        statement: "FROM acts WHERE running = 1 ORDER BY seq",
        step: "USE TEMP B-TREE FOR ORDER BY",
        why: "the acts that run, of which there are one or two",
    },
    Exception {
        statement: "UNION SELECT secret_hash FROM detected_secrets",
        step: "UNION USING TEMP B-TREE",
        why: "two rows at the most",
    },
];

/// Beginnings of statements that this server does not run, and why that is enough.
const ELSEWHERE: &[(&str, &str)] = &[
    (
        "SELECT COUNT(*) AS counted FROM key_name_parts p CROSS JOIN key_names n",
        "a name that more than two thousand keys have: the same as the count of a few, to its end",
    ),
    (
        "SELECT id, expires_at FROM api_keys WHERE revoked_at IS NULL AND disabled_reason IS NULL AND id IN ",
        "whether what a notice says is still true, by the ids of its keys",
    ),
    ("UPDATE notices SET claimed_until = NULL, state = 'dead', problem = ", "and if not, by its id"),
    ("SELECT state, keys FROM key_counts WHERE owner_id = 0", "metrics: by the key of what is counted already"),
    (
        "SELECT COUNT(*) AS counted FROM detected_secrets WHERE resolution = ",
        "metrics: as many as were leaked, once in 10 s at the most",
    ),
    (
        "SELECT COUNT(*) AS counted, MIN(due) AS oldest FROM notices WHERE state = ",
        "metrics: those of a month, once in 10 s at the most",
    ),
    ("SELECT owner_id, state, keys FROM key_counts", "moving a database, which reads all of it"),
    ("ANALYZE", "the same, at its end"),
    ("DELETE FROM server_keys WHERE name = ", "the same: a mark, by its name"),
    (
        "SELECT 1 AS one FROM notices WHERE state = 'waiting' AND claimed_until > ",
        "before a move, whether a message is being sent: what waits has its index",
    ),
    ("UPDATE notices SET claimed_until = NULL, problem = ", "putting a backup back: all that waits is made void"),
    ("SELECT l.id FROM detected_secrets s JOIN ", "a partner's report, by the hash of the secret"),
];

/// What is wrong with a statement that is found so, step by step.
fn wrong<'s>(statement: &str, steps: &'s [String]) -> Vec<&'s str> {
    let is_wrong = |step: &&String| {
        let words: Vec<&str> = step.split(' ').collect();
        let index = step.split("INDEX ").nth(1).map(|rest| rest.split(' ').next().unwrap_or_default());
        let harmless = match words[0] {
            "SCAN" => {
                step.contains("CONSTANT ROW")
                    || step.contains("VALUES CLAUSE")
                    || words[1].starts_with('(')
                    || SMALL.contains(&words[1])
                    || BROUGHT.contains(&words[1])
                    // found by its parts; without any it would say no more than the number
                    || step.contains("VIRTUAL TABLE INDEX 0:M")
                    || index.is_some_and(|index| FEW.contains(&index) || index == "sqlite_autoindex_team_1")
                    || (index.is_some_and(|index| ORDERS.contains(&index)) && is_walk(statement))
            }
            "USE" => false,
            _ => !step.contains("TEMP B-TREE"),
        };
        !harmless && !EXCEPTIONS.iter().any(|may| statement.contains(may.statement) && step.contains(may.step))
    };
    steps.iter().filter(is_wrong).map(String::as_str).collect()
}

/// Whether a statement reads a page in an order and leaves no row out on its way, so that it ends with the page.
fn is_walk(statement: &str) -> bool {
    let conditions = statement.split(" WHERE ").last().unwrap_or_default();
    let joins = ["v.key_id = k.id", "v.present = 1", "u.id = k.owner_id", "k.id = v.key_id", "u.id = k.owner_id"];
    let (conditions, order) = conditions.split_once(" ORDER BY ").unwrap_or((conditions, ""));
    let all_join =
        conditions.split(" AND ").all(|condition| joins.contains(&condition) || condition.contains(", k.id) "));
    let none = statement.matches(" WHERE ").count() == 0;
    (none || all_join) && (order.contains(" LIMIT ") || (none && statement.contains(" LIMIT ")))
}

/// Every change there is, each in a way or two.
async fn changes(server: &TestServer) {
    let (keys, later) = (&server.keys, |hours| wire(made_at() + TimeDelta::hours(hours)));
    let ask = async |method: Method, key, path: &str, body: Value, once: Option<&str>| {
        let request = server.request(method, key, path).json(&body);
        server.send(once.iter().fold(request, |request, once| request.header("Idempotency-Key", *once))).await.body
    };
    let id = |made: &Value| made["apiKey"]["id"].as_str().unwrap().to_owned();
    let asked = json!({ "name": "one", "expiresAt": later(9), "contacts": ["a@test.example"] });
    let one = id(&ask(Method::POST, &keys.user, "/api-keys", asked, None).await);
    let (_, hash, mask) = minted();
    let asked = json!({ "name": "two", "secretHash": hash, "maskedValue": mask, "rotatedFrom": one });
    let two = id(&ask(Method::POST, &keys.user, "/api-keys", asked, Some("plans")).await);
    for asked in [
        json!({ "name": "renamed", "contacts": [], "expiresAt": later(8) }),
        json!({ "status": "disabled" }),
        json!({ "status": "enabled" }),
    ] {
        ask(Method::PATCH, &keys.user, &format!("/api-keys/{one}"), asked, None).await;
    }
    ask(Method::POST, &keys.user, &format!("/api-keys/{one}/regenerate"), json!({ "overlapSeconds": 60 }), None).await;
    for times in 0..2 {
        let url = format!("https://github.example/acme/deploy#{times}");
        let asked = json!({ "secretHash": hash, "secretType": "keydeck api key", "source": "github", "url": url });
        ask(Method::POST, &keys.scanner, "/detected-secrets", asked.clone(), None).await;
        let found = ask(Method::POST, &keys.scanner, "/detected-secrets", asked, None).await;
        let asked = json!({ "workspaceId": found["workspaceId"], "resolution": "ACCEPTED_RISK", "note": "known" });
        ask(
            Method::PUT,
            &keys.admin,
            &format!("/detected-secrets/{}", found["secretId"].as_str().unwrap()),
            asked,
            None,
        )
        .await;
    }
    let asked = json!({ "ids": [two], "reason": "exposed" });
    ask(Method::POST, &keys.admin, "/api-key-revocations", asked, None).await;
    ask(Method::DELETE, &keys.user, &format!("/api-keys/{one}"), json!({}), None).await;
    let shared = ask(Method::POST, &keys.user, "/collection-access-keys", json!({ "collectionId": "9-p" }), None).await;
    let value = shared["value"].as_str().unwrap();
    let url = format!("{}/collections/9-p?access_key={value}", server.base_url);
    assert_eq!(client().get(url).send().await.unwrap().status(), 200);
    let path = format!("/collection-access-keys/{}", shared["collectionAccessKey"]["id"].as_str().unwrap());
    ask(Method::DELETE, &keys.user, &path, json!({}), None).await;
    let asked = json!({ "name": "New", "email": "new@test.example", "roles": ["user"] });
    let new = ask(Method::POST, &keys.superadmin, "/users", asked, None).await;
    ask(Method::PATCH, &keys.superadmin, &format!("/users/{}", new["id"]), json!({ "active": false }), None).await;
    let asked = json!({ "name": "Service", "kind": "service", "contacts": ["a@test.example"] });
    ask(Method::POST, &keys.admin, "/users", asked, None).await;
    let settings = server.get(&keys.admin, "/api-key-settings").await.expect(200);
    for asked in [json!({ "expiryDays": 40, "spreadDays": 3 }), json!({ "autoRevokeExposed": true })] {
        let mut asked = asked;
        ask(Method::POST, &keys.admin, "/api-key-settings/preview", asked.clone(), None).await;
        let version = server.get(&keys.admin, "/api-key-settings").await.expect(200)["version"].clone();
        asked["version"] = version;
        asked["currentlyExposed"] = json!("revoke");
        ask(Method::PUT, &keys.superadmin, "/api-key-settings", asked, None).await;
    }
    assert_ne!(server.get(&keys.admin, "/api-key-settings").await.expect(200), settings);
    let refused = server.get(&minted().0, "/me").await;
    assert_eq!(refused.status, 401);
    ask(Method::POST, &keys.superadmin, "/api-key-revocations", json!({ "all": true, "allowLockout": true }), None)
        .await;
}

/// Every list, in every order, from its beginning and behind its first row.
async fn lists(server: &TestServer) {
    let keys = &server.keys;
    for scope in ["mine", "team"] {
        for sort in ["newest", "oldest", "recentlyUsed", "expiring"] {
            for filter in
                ["", "&status=enabled", "&status=disabled,enabled", "&status=revoked&q=key", "&q=first", "&q=k"]
            {
                let path = format!("/api-keys?scope={scope}&sort={sort}&limit=1{filter}");
                let page = server.get(&keys.admin, &path).await.expect(200);
                if let Some(next) = page["meta"]["nextCursor"].as_str() {
                    server.get(&keys.admin, &format!("{path}&cursor={next}")).await.expect(200);
                }
            }
        }
    }
    for span in ["since=2026-01-01", "until=2026-12-31&orderBy=asc", "since=2026-01-01&userId=2&action=api_key.create"]
    {
        server.get(&keys.admin, &format!("/audit/logs?{span}")).await.expect(200);
    }
    for path in [
        "/notifications?limit=1",
        "/notifications?limit=1&state=waiting",
        "/notifications?scope=mine",
        "/users",
        "/audit/logs?keyId=none",
    ] {
        server.get(&keys.admin, path).await.expect(200);
    }
}

/// What a server does beside requests, and what is done on its machine.
async fn beside_requests() {
    let soon = Duration::from_millis(10);
    let folder = tempfile::tempdir().unwrap();
    let settings = ServerSettings {
        write_last_uses_every: soon,
        write_refused_uses_every: soon,
        tell_every: soon,
        tell_after_quiet: Duration::ZERO,
        notices: NoticeSettings { folder: Some(folder.path().to_owned()), ..NoticeSettings::default() },
        ..ServerSettings::default()
    };
    let mut server = TestServer::start_with(settings).await;
    let later = |hours| wire(Utc::now() + TimeDelta::hours(hours));
    let keys = &server.keys;
    let one = server.make_key(&keys.user, "one").await.0;
    let asked = json!({ "status": "disabled", "disabledUntil": later(1) });
    server.patch(&keys.user, &format!("/api-keys/{one}"), asked).await.expect(200);
    let own = server.id_of(&keys.superadmin).await;
    server.patch(&keys.superadmin, &format!("/api-keys/{own}"), json!({ "expiresAt": later(2) })).await.expect(200);
    let settings = server.get(&keys.admin, "/api-key-settings").await.expect(200);
    let asked = json!({ "version": settings["version"], "maxKeysPerUser": 5, "inactivityDays": 1 });
    server.put_settings(&keys.admin, asked).await.expect(200);
    server.make_key(&keys.user, "two").await;
    server.post(&keys.admin, "/api-keys", json!({ "name": "three", "ownerId": 3 })).await;
    let (leaked, value) = server.make_key(&keys.colleague, "leaked").await;
    server.post(&keys.admin, "/api-key-revocations", json!({ "ids": [leaked] })).await.expect(200);
    server.get(&value, "/me").await.refused(401, "AuthenticationError", None);
    server.get(&keys.admin, &format!("/api-keys/{leaked}/refused-uses")).await.expect(200);
    while server.get(&keys.admin, "/notifications?state=sent").await.expect(200)["meta"]["total"] == 0 {
        tokio::time::sleep(soon).await;
    }
    server.stop();
    let at = |hours| Clock::new(move || Utc::now() + TimeDelta::hours(hours));
    follow_life(&server.database, &at(3)).await.unwrap();
    server::recover(&server.database, "root@test.example").await.unwrap();
    follow_life(&server.database, &at(4)).await.unwrap();
    follow_life(&server.database, &at(60)).await.unwrap();
    // what a server does that has no way to tell anybody
    let teller = Teller::open(&server.database, at(60), NoticeSettings::default()).await.unwrap();
    teller.tell().await.unwrap();
    teller.close().await;
}

/// The plan of a statement, step by step.
fn plan(database: &rusqlite::Connection, statement: &str) -> Vec<String> {
    // as the engine knows it
    let flags = rusqlite::functions::FunctionFlags::SQLITE_UTF8;
    database.create_scalar_function("days_before", 2, flags, |of| of.get::<String>(0)).unwrap();
    let mut steps = database.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).unwrap();
    let mut rows = steps.raw_query();
    let mut plan = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        plan.push(row.get::<_, String>("detail").unwrap());
    }
    plan
}

#[tokio::test]
async fn no_statement_reads_or_sorts_a_whole_table_that_grows() {
    let statements = Statements::noted();
    let mut server = carried_on_with_present_values().await;
    answers(&server).await;
    lists(&server).await;
    changes(&server).await;
    server.stop();
    verify_audit(&server.database, None).await.unwrap();
    beside_requests().await;
    let ran = statements.all();
    assert!(ran.len() > 100, "{ran:#?}");
    let database = server.database();
    let mut report = String::new();
    for statement in &ran {
        let steps = plan(&database, statement);
        for step in wrong(statement, &steps) {
            writeln!(report, "{step}\n    {statement}").unwrap();
        }
    }
    let mut stand = BTreeSet::new();
    beginnings(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/server"), &mut stand);
    let missing: Vec<&String> = stand
        .iter()
        .filter(|begins| !ran.iter().any(|statement| statement.starts_with(begins.as_str())))
        .filter(|begins| !ELSEWHERE.iter().any(|(elsewhere, _)| begins.starts_with(elsewhere)))
        .collect();
    let unused: Vec<&str> = EXCEPTIONS
        .iter()
        .filter(|may| {
            !ran.iter().any(|statement| {
                statement.contains(may.statement)
                    && plan(&database, statement).iter().any(|step| step.contains(may.step))
            })
        })
        .map(|may| may.why)
        .collect();
    assert!(
        report.is_empty() && missing.is_empty() && unused.is_empty(),
        "these read or sort a whole table that grows:\n{report}\nthese were never run here, so that nobody knows how they \
         find their rows: {missing:#?}\nnothing needs these exceptions any more: {unused:#?}"
    );
}

#[test]
fn scans_and_sorts_are_seen() {
    let database = rusqlite::Connection::open_in_memory().unwrap();
    // as the engine has it while it migrates
    let flags = rusqlite::functions::FunctionFlags::SQLITE_UTF8;
    database.create_scalar_function("folded", 1, flags, |of| of.get::<String>(0)).unwrap();
    for step in keydeck::server::store::STEPS.sqlite {
        database.execute_batch(step.sql).unwrap();
    }
    for (statement, is_right) in [
        ("SELECT id FROM api_keys WHERE id = ?1", true),
        ("SELECT id FROM api_keys WHERE name = ?1", false),
        ("SELECT id FROM api_keys WHERE owner_id = ?1 ORDER BY name", false),
        ("SELECT id FROM api_keys k ORDER BY k.created_at, k.id LIMIT ?1", true),
        ("SELECT id FROM api_keys k ORDER BY k.created_at, k.id", false),
        ("SELECT id FROM api_keys k WHERE k.access = 'read' ORDER BY k.created_at, k.id LIMIT ?1", false),
        ("SELECT id FROM users WHERE roles LIKE '% superadmin %'", true),
        ("SELECT id FROM users WHERE roles LIKE ?1", false),
        ("SELECT COUNT(*) FROM api_keys", false),
        ("SELECT id FROM api_keys WHERE owner_id NOT IN (SELECT id FROM users WHERE active = 0)", false),
        ("SELECT DISTINCT name FROM api_keys WHERE owner_id = ?1", false),
        ("SELECT number FROM key_names WHERE name_folded GLOB ?1", false),
        ("SELECT rowid FROM key_name_parts p WHERE p.key_name_parts MATCH ?1", true),
        ("SELECT rowid FROM key_name_parts", false),
    ] {
        let steps = plan(&database, statement);
        assert_eq!(wrong(statement, &steps).is_empty(), is_right, "{statement}: {steps:#?}");
    }
}

/// Source whose statements no file ever runs: what servers of one database tell one another.
const OF_SEVERAL: [&str; 2] = ["tests", "together"];

/// The beginnings of the statements that stand in the source.
fn beginnings(folder: &Path, found: &mut BTreeSet<String>) {
    static LITERAL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"(?s)Sql::new\(\s*"((?:[^"\\]|\\.)*)""#).unwrap());
    static CONTINUED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\\\n\s*").unwrap());
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            beginnings(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && OF_SEVERAL.iter().all(|name| path.file_stem().unwrap() != *name)
        {
            let source = std::fs::read_to_string(&path).unwrap();
            let source = source.split("#[cfg(test)]").next().unwrap();
            found.extend(LITERAL.captures_iter(source).map(|one| CONTINUED.replace_all(&one[1], "").into_owned()));
        }
    }
}

/// Calls of every kind, by what they are.
fn calls(server: &TestServer, own: &str, round: usize) -> Vec<(&'static str, reqwest::RequestBuilder)> {
    let keys = &server.keys;
    let get = |path: &str| server.request(Method::GET, &keys.admin, path);
    let hash = fingerprint(keys.user.expose());
    let verify = |count: usize| {
        let hashes: Vec<String> = (0..count).map(|at| format!("{:064x}", at + round)).chain([hash.clone()]).collect();
        server.request(Method::POST, &keys.verifier, "/api-key-verifications").json(&json!({ "sha256": hashes }))
    };
    vec![
        ("who asks", get("/me")),
        ("a verification", verify(0)),
        ("verifications", verify(10 + round)),
        ("one key", get(&format!("/api-keys/{own}"))),
        ("the team's keys", get("/api-keys?scope=team&status=enabled")),
        ("by name", get("/api-keys?scope=team&q=first")),
        ("the audit log", get("/audit/logs?limit=5")),
        (
            "another name",
            server
                .request(Method::PATCH, &keys.admin, &format!("/api-keys/{own}"))
                .json(&json!({ "name": format!("name {round}") })),
        ),
        ("a key nobody has", server.request(Method::GET, &minted().0, "/me")),
    ]
}

#[tokio::test]
async fn a_call_runs_as_many_statements_however_often_it_was_made() {
    let rounds: usize = std::env::var("KEYDECK_SOAK_ROUNDS").map_or(12, |rounds| rounds.parse().unwrap());
    // what is done beside requests is not counted with them
    let never = Duration::from_hours(10_000);
    let settings = ServerSettings {
        rate_limit: u32::MAX,
        verification_limit: u32::MAX,
        write_last_uses_every: never,
        write_refused_uses_every: never,
        follow_life_every: never,
        tell_every: never,
        ..ServerSettings::default()
    };
    let statements = Statements::noted();
    let server = TestServer::start_with(settings).await;
    let own = server.id_of(&server.keys.admin).await;
    // the first key nobody has is told to the audit log at once, beside its request, and those after it not before the end
    server.get(&minted().0, "/me").await.expect(401);
    while server.number("SELECT COUNT(*) FROM audit_entries WHERE action = 'auth.failure'").await == 0 {}
    let (mut second, mut texts, mut later) = (BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
    for round in 0..rounds {
        for (call, request) in calls(&server, &own, round) {
            statements.take(&server);
            assert!(server.send(request).await.status < 500, "{call}");
            let ran = statements.take(&server);
            match round {
                0 => {}
                1 => drop(second.insert(call, ran.len())),
                _ => drop(later.insert(call, ran.len())),
            }
            texts.extend(ran);
        }
    }
    assert_eq!(second, later);
    assert_eq!((second["who asks"], second["a verification"]), (1, 2), "that it is accepted, and what is asked");
    // statements are prepared once, so that there must not be one for every number of keys that somebody asks for
    let looks_up = texts.iter().filter(|text| text.starts_with("SELECT v.secret_hash")).count();
    assert!(looks_up <= 3, "one value, up to 16, up to 32: {looks_up}");
}

#[tokio::test]
async fn many_keys_are_revoked_with_as_few_statements_as_one() {
    let never = Duration::from_hours(10_000);
    let settings = ServerSettings {
        write_last_uses_every: never,
        write_refused_uses_every: never,
        follow_life_every: never,
        tell_every: never,
        ..ServerSettings::default()
    };
    let statements = Statements::noted();
    let server = TestServer::start_with(settings).await;
    let revoking = async |name: &str, count: usize| {
        let ids: Vec<String> = (0..count).map(|at| format!("{name}-{at}")).collect();
        let made = "'2026-01-01T00:00:00.000Z'";
        let rows: Vec<String> =
            ids.iter().map(|id| format!("('{id}', 'n', 'n', 2, '[\"ops@test.example\"]', {made})")).collect();
        let columns = "id, name, name_folded, owner_id, contacts, created_at";
        server.sql(&format!("INSERT INTO api_keys ({columns}) VALUES {}", rows.join(", "))).await;
        statements.take(&server);
        server.post(&server.keys.admin, "/api-key-revocations", json!({ "ids": ids })).await.expect(200);
        let ran = statements.take(&server);
        // however many rows each of them is about; others look at the database meanwhile
        ran.into_iter()
            .filter(|statement| ["UPDATE", "INSERT"].iter().any(|verb| statement.starts_with(verb)))
            .map(|statement| statement.split(['(', '?']).next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let one = revoking("one", 1).await;
    assert!(one.contains(&"INSERT INTO notices ".to_owned()), "{one:#?}");
    assert_eq!(one, revoking("many", 64).await);
}

#[tokio::test]
async fn a_verification_is_one_statement_with_who_asks_for_it() {
    let statements = Statements::noted();
    let server = TestServer::start().await;
    let (_, value) = server.make_key(&server.keys.user, "verified").await;
    let own = fingerprint(server.keys.verifier.expose());
    for (hash, valid) in [(fingerprint(value.expose()), true), ("0".repeat(64), false), (own, true)] {
        statements.take(&server);
        let asked = json!({ "sha256": hash });
        let told = server.post(&server.keys.verifier, "/api-key-verifications", asked).await.expect(200);
        assert_eq!(told["valid"], valid);
        let ran = statements.take(&server);
        assert_eq!(ran.len(), 1, "{ran:#?}");
    }
    // of many, and of one that is written at length, one more
    for asked in
        [json!({ "sha256": ["0".repeat(64)] }), json!({ "sha256": "0".repeat(64), "usedFrom": " ".repeat(500) })]
    {
        statements.take(&server);
        server.post(&server.keys.verifier, "/api-key-verifications", asked).await;
        assert!(statements.take(&server).len() <= 2);
    }
}
