//! Plain requests and what came back.

use std::path::Path;

use keydeck::domain::key_value;
use keydeck::domain::secret::Secret;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Method};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::contract;
use crate::support::{TestServer, database};

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    /// Null when there was no body.
    pub body: Value,
}

impl Answer {
    /// The answer, which has to have this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{:.500}", self.body.to_string());
        self.body
    }

    /// Has to be the contract's error body with this status, this name and this wrong field.
    #[track_caller]
    pub fn refused(self, status: u16, name: &str, field: Option<&str>) -> Value {
        assert_eq!(self.status, status, "{:.500}", self.body.to_string());
        assert_eq!(self.headers[CONTENT_TYPE], "application/json");
        let error = &self.body["error"];
        assert_eq!(error["name"], name, "{}", self.body);
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()));
        if let Some(field) = field {
            assert_eq!(error["details"]["field"], field, "{}", self.body);
        }
        self.body["error"].clone()
    }
}

pub fn client() -> Client {
    // Several tests of one process install it; all install the same.
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
    Client::new()
}

impl TestServer {
    /// Sends a request, whose answer has to be one that the contract knows.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let (client, request) = request.build_split();
        let request = request.unwrap();
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let answer = client.execute(request).await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.unwrap();
        let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect("JSON, always") };
        contract::check(&method, &path, status, &body);
        contract::check_headers(&method, &path, status, &headers);
        Answer { status, headers, body }
    }

    pub fn request(&self, method: Method, key: &Secret, path: &str) -> reqwest::RequestBuilder {
        client().request(method, format!("{}{path}", self.base_url)).header("X-Api-Key", key.expose())
    }

    pub async fn get(&self, key: &Secret, path: &str) -> Answer {
        self.send(self.request(Method::GET, key, path)).await
    }

    pub async fn post(&self, key: &Secret, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, key, path).json(&body)).await
    }

    pub async fn delete(&self, key: &Secret, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, key, path)).await
    }

    /// Makes a key and answers its id and its value.
    pub async fn make_key(&self, owner: &Secret, name: &str) -> (String, Secret) {
        let made = self.post(owner, "/api-keys", json!({ "name": name })).await.expect(201);
        let value = Secret::new(made["value"].as_str().unwrap().to_owned());
        (made["apiKey"]["id"].as_str().unwrap().to_owned(), value)
    }

    /// The id of the key with this value.
    pub async fn id_of(&self, key: &Secret) -> String {
        self.get(key, "/me").await.expect(200)["apiKey"]["id"].as_str().unwrap().to_owned()
    }

    /// Every row of a list, page by page.
    pub async fn every(&self, key: &Secret, path: &str) -> Vec<Value> {
        let (mut rows, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.get(key, &format!("{path}&cursor={cursor}")).await.expect(200);
            rows.extend(page["data"].as_array().unwrap().iter().cloned());
            match page["meta"]["nextCursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => return rows,
            }
        }
    }

    /// Changes the database behind the server's back, for states that no request can make.
    pub async fn sql(&self, statement: &str) {
        let statement = statement.to_owned();
        self.beside(move |url| match url.strip_prefix("postgres:") {
            Some(_) => database::at(&url, &statement),
            None => open(&url).execute_batch(&statement).unwrap(),
        })
        .await;
    }

    /// Begins every limit anew, which a server that keeps its own does with a start.
    pub async fn forget_limits(&self) {
        if database::is_postgres() {
            self.sql("DELETE FROM limits_used").await;
        }
    }

    /// Why the database does not take a statement.
    pub async fn sql_fails(&self, statement: &str) -> String {
        let statement = statement.to_owned();
        self.beside(move |url| match url.strip_prefix("postgres:") {
            Some(_) => database::try_at(&url, &statement).unwrap_err(),
            None => open(&url).execute_batch(&statement).unwrap_err().to_string(),
        })
        .await
    }

    /// One number of the database.
    pub async fn number(&self, query: &str) -> i64 {
        let query = query.to_owned();
        self.beside(move |url| match url.strip_prefix("postgres:") {
            Some(_) => database::one_at(&url, &query).unwrap().parse().unwrap(),
            None => open(&url).query_row(&query, [], |row| row.get(0)).unwrap(),
        })
        .await
    }

    /// One text of the database.
    pub async fn text(&self, query: &str) -> String {
        let query = query.to_owned();
        self.beside(move |url| match url.strip_prefix("postgres:") {
            Some(_) => database::one_at(&url, &query).unwrap(),
            None => open(&url).query_row(&query, [], |row| row.get(0)).unwrap(),
        })
        .await
    }

    /// Does something with the database, for which the test itself does not stand still.
    async fn beside<T: Send + 'static>(&self, work: impl FnOnce(String) -> T + Send + 'static) -> T {
        let database = self.database.clone();
        tokio::task::spawn_blocking(move || work(database)).await.unwrap()
    }

    /// The database, as another program opens it.
    pub fn database(&self) -> Connection {
        open(&self.database)
    }

    /// How many entries the audit log has but those of refused keys: every change adds to them.
    pub async fn changes(&self) -> i64 {
        self.number("SELECT COUNT(*) FROM audit_entries WHERE action NOT IN ('auth.failure', 'api_key.refused')").await
    }
}

/// The database at `sqlite:PATH`, as another program opens it.
pub fn open(database: &str) -> Connection {
    Connection::open(Path::new(database.strip_prefix("sqlite:").unwrap())).unwrap()
}

pub fn ids(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["id"].as_str().unwrap()).collect()
}

/// A value as a client mints it, with its hash and its mask.
pub fn minted() -> (Secret, String, String) {
    let value = key_value::mint(key_value::KeyKind::ApiKey, getrandom::fill).unwrap();
    let (hash, mask) = (key_value::fingerprint(value.expose()), key_value::mask(value.expose()));
    (value, hash, mask)
}
