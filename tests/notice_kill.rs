//! The kill test of notices: a server is killed by SIGKILL while it notes what is to be told, before and after a message was
//! taken, and after that was noted, and another goes on. Each message comes at least once, twice only when the server was
//! killed between its being taken and the note of it, and then by the same names.
//!
//! Needs a program built with the feature `fault-points`: `cargo test --features fault-points --test notice_kill`.

#![expect(clippy::unwrap_used, reason = "helpers of tests; clippy knows only the test functions themselves")]

#[path = "support/mail.rs"]
mod mail;
#[path = "support/program.rs"]
mod program;

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Stdio};

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keydeck::server::init;
use program::Home;
use rusqlite::Connection;
use serde_json::Value;

/// How many people there are to tell, each of two keys.
const PEOPLE: usize = 4;

struct Scene {
    home: Home,
    database: String,
}

impl Scene {
    async fn new(hook: &str, mail_port: u16) -> Self {
        let home = Home::new();
        let database = format!("sqlite:{}", home.path("keydeck.db").display());
        init(&database, "Test Team", "root@test.example").await.unwrap();
        let secret = format!("whsec_{}", STANDARD.encode(b"a secret of the tests alone, no other"));
        home.write_private("config/keydeck/secret", &secret);
        let server = format!(
            "[smtp]\nhost = \"127.0.0.1\"\nport = {mail_port}\nsecurity = \"none\"\nfrom = \"keydeck@test.example\"\n\
             [webhook]\nurl = \"{hook}\"\nsecret = {{ file = \"secret\" }}\n"
        );
        std::fs::write(home.path("config/keydeck/server.toml"), server).unwrap();
        let scene = Self { home, database };
        let soon = keydeck::domain::time::wire(chrono::Utc::now() + chrono::TimeDelta::days(2));
        let made = "2026-01-01T00:00:00.000Z";
        let key =
            |at: usize| format!("('key-{at}', 'n', 'n', 1, '[\"p{}@test.example\"]', '{made}', '{soon}')", at % PEOPLE);
        let keys: Vec<String> = (0..2 * PEOPLE).map(key).collect();
        let columns = "id, name, name_folded, owner_id, contacts, created_at, expires_at";
        scene.rows().execute_batch(&format!("INSERT INTO api_keys ({columns}) VALUES {}", keys.join(", "))).unwrap();
        scene
    }

    fn rows(&self) -> Connection {
        Connection::open(self.home.path("keydeck.db")).unwrap()
    }

    fn number(&self, query: &str) -> i64 {
        self.rows().query_row(query, [], |row| row.get(0)).unwrap()
    }

    fn serve(&self, fault: Option<&str>) -> Child {
        let mut command = self.home.command(&["serve", "--listen", "127.0.0.1:0", "--database", &self.database]);
        command.envs(fault.map(|point| ("KEYDECK_FAULT", point)));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_message_comes_at_least_once_and_twice_only_when_its_being_taken_could_not_be_noted() {
    for (point, twice) in [
        ("notice.noted#1", 0),
        ("notice.claimed#1", 0),
        ("notice.accepted#2", 1),
        ("notice.recorded#2", 0),
        ("notice.accepted#4", 1),
    ] {
        let (hook, mut posted) = mail::posts(StatusCode::NO_CONTENT).await;
        let (smtp, mut mails) = mail::mail_server(0).await;
        let scene = Scene::new(&hook, smtp.server.port).await;
        let mut killed = scene.serve(Some(point));
        let ended = tokio::task::spawn_blocking(move || killed.wait().unwrap()).await.unwrap();
        assert_eq!(ended.signal(), Some(9), "{point}");
        // others are kept from what was being sent for some minutes: the clock is what ends that
        scene.rows().execute_batch("UPDATE notices SET claimed_until = '2026-01-01T00:00:00.000Z'").unwrap();
        let mut goes_on = scene.serve(None);
        while scene.number("SELECT COUNT(*) FROM notices WHERE state = 'sent'") < i64::try_from(2 * PEOPLE).unwrap() {
            tokio::task::yield_now().await;
        }
        goes_on.kill().unwrap();
        goes_on.wait().unwrap();
        let mut by_id: BTreeMap<String, Vec<String>> = BTreeMap::new();
        while let Ok((headers, body)) = posted.try_recv() {
            by_id.entry(headers["webhook-id"].to_str().unwrap().to_owned()).or_default().push(body);
        }
        let mut by_name: BTreeMap<String, Vec<String>> = BTreeMap::new();
        while let Ok(raw) = mails.try_recv() {
            let read = mail::parsed(&raw);
            by_name
                .entry(read.message_id().unwrap().to_owned())
                .or_default()
                .push(read.body_text(0).unwrap().into_owned());
        }
        for (way, messages) in [("webhook", &by_id), ("smtp", &by_name)] {
            assert_eq!(messages.len(), PEOPLE, "{point} {way}: one message to each");
            assert_eq!(messages.values().filter(|sent| sent.len() == 2).count(), twice, "{point} {way}");
            assert!(
                messages.values().all(|sent| sent.len() <= 2 && sent.iter().all(|body| *body == sent[0])),
                "{point}"
            );
        }
        let mut told: Vec<String> = by_id
            .values()
            .map(|sent| {
                let body: Value = serde_json::from_str(&sent[0]).unwrap();
                assert_eq!(body["data"]["apiKeyIds"].as_array().unwrap().len(), 2);
                body["data"]["recipient"].as_str().unwrap().to_owned()
            })
            .collect();
        told.sort();
        assert_eq!(told, (0..PEOPLE).map(|at| format!("p{at}@test.example")).collect::<Vec<_>>(), "{point}");
    }
}
