//! How SQLite finds the rows of every statement of the server, kept as a snapshot: one that begins to search a whole table
//! is seen where it is changed.

use std::collections::BTreeSet;
use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use keydeck::domain::time::wire;
use keydeck::server::verify_audit;
use reqwest::Method;
use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};

use crate::carried_on::{answers, carried_on, made_at};
use crate::http::{client, minted};
use crate::support::TestServer;

/// The statements that ran on a database, as the engine tells them.
#[derive(Clone, Default)]
struct Statements(Arc<Mutex<BTreeSet<(String, String)>>>);

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
            self.0.lock().unwrap().insert((fields.database, fields.statement));
        }
    }
}

/// An `INSERT` with its first row only: how many there are says nothing of how they are found.
fn one_row(statement: &str) -> String {
    match statement.split_once("), (") {
        Some((first, _)) if statement.starts_with("INSERT") => format!("{first})"),
        _ => statement.to_owned(),
    }
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
    let refused = server.get(&minted().0, "/me").await;
    assert_eq!(refused.status, 401);
    ask(Method::POST, &keys.superadmin, "/api-key-revocations", json!({ "all": true, "allowLockout": true }), None)
        .await;
}

#[tokio::test]
async fn every_statement_finds_its_rows_as_it_did() {
    let statements = Statements::default();
    // what other tests of this process run is told apart by its database
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(statements.clone())).unwrap();
    let mut server = carried_on().await;
    answers(&server).await;
    changes(&server).await;
    server.stop();
    verify_audit(&server.database, None).await.unwrap();
    let file = server.database.strip_prefix("sqlite:").unwrap();
    let ran: BTreeSet<String> = {
        let all = statements.0.lock().unwrap();
        all.iter().filter(|(database, _)| database == file).map(|(_, statement)| one_row(statement)).collect()
    };
    assert!(ran.len() > 50, "{ran:#?}");
    let (database, mut plans) = (server.database(), String::new());
    for statement in ran {
        writeln!(plans, "{statement}").unwrap();
        let mut steps = database.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).unwrap();
        let mut rows = steps.raw_query();
        while let Some(row) = rows.next().unwrap() {
            writeln!(plans, "    {}", row.get::<_, String>("detail").unwrap()).unwrap();
        }
    }
    insta::assert_snapshot!("plans", plans);
}
