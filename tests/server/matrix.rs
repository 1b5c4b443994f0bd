//! Every role, every route, whoever's key: what is answered, cell by cell.

use keydeck::domain::secret::Secret;
use reqwest::Method;
use serde_json::{Value, json};

use crate::contract::operations;
use crate::http::minted;
use crate::support::TestServer;

/// Who asks, in the order of the columns.
const ROLES: [&str; 5] = ["superadmin", "admin", "user", "scanner", "verifier"];

/// Whose key, or what else, a route is asked about.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Whose {
    /// The asking user's own; a scanner's and a verifier's is their first.
    Own,
    /// Of a user who is no admin.
    Users,
    /// Of another admin.
    Admins,
    /// Of another superadmin.
    Superadmins,
    /// Of a service.
    Services,
    /// A finding, made for the cell.
    Finding,
    /// Nothing that is anybody's.
    Nothing,
}

/// What a request is, given the id it is about.
type Make = fn(&str) -> (Method, String, Option<Value>);

/// A row: a route, whose key, and the status each role gets.
struct Row(&'static str, Make, Whose, [u16; 5]);

fn get(path: impl Into<String>) -> (Method, String, Option<Value>) {
    (Method::GET, path.into(), None)
}

fn post(path: impl Into<String>, body: Value) -> (Method, String, Option<Value>) {
    (Method::POST, path.into(), Some(body))
}

fn read(id: &str) -> (Method, String, Option<Value>) {
    get(format!("/api-keys/{id}"))
}

fn refused_uses(id: &str) -> (Method, String, Option<Value>) {
    get(format!("/api-keys/{id}/refused-uses"))
}

fn rename(id: &str) -> (Method, String, Option<Value>) {
    (Method::PATCH, format!("/api-keys/{id}"), Some(json!({ "name": "renamed" })))
}

fn disable(id: &str) -> (Method, String, Option<Value>) {
    (Method::PATCH, format!("/api-keys/{id}"), Some(json!({ "status": "disabled" })))
}

/// To the service that the team has.
fn hand_over(id: &str) -> (Method, String, Option<Value>) {
    (Method::PATCH, format!("/api-keys/{id}"), Some(json!({ "ownerId": SERVICE })))
}

/// The id of the service that the team has, whose keys are made.
const SERVICE: i64 = 9;

fn regenerate(id: &str) -> (Method, String, Option<Value>) {
    post(format!("/api-keys/{id}/regenerate"), json!({}))
}

fn end_overlap(id: &str) -> (Method, String, Option<Value>) {
    (Method::DELETE, format!("/api-keys/{id}/overlap"), None)
}

fn delete(id: &str) -> (Method, String, Option<Value>) {
    (Method::DELETE, format!("/api-keys/{id}"), None)
}

fn delete_shared(id: &str) -> (Method, String, Option<Value>) {
    (Method::DELETE, format!("/collection-access-keys/{id}"), None)
}

fn fingerprint() -> Value {
    json!("0".repeat(64))
}

/// A report about a secret that nobody reported before.
fn report() -> Value {
    let url = "https://github.example/acme/deploy/blob/main/.env";
    json!({ "secretHash": minted().1, "secretType": "keydeck API Key", "source": "github", "url": url })
}

const ROWS: &[Row] = &[
    Row("GET /me", |_| get("/me"), Whose::Nothing, [200, 200, 200, 200, 200]),
    Row("GET /users", |_| get("/users"), Whose::Nothing, [200, 200, 403, 403, 403]),
    Row("GET /users/1", |_| get("/users/1"), Whose::Nothing, [200, 200, 403, 403, 403]),
    Row(
        "POST /users",
        |_| post("/users", json!({ "name": "N", "email": "n@test.example", "roles": ["user"] })),
        Whose::Nothing,
        [201, 403, 403, 403, 403],
    ),
    Row(
        "POST /users service",
        |_| {
            post(
                "/users",
                json!({ "name": format!("s{}", &minted().1[..9]), "kind": "service", "contacts": ["o@test.example"] }),
            )
        },
        Whose::Nothing,
        [201, 201, 403, 403, 403],
    ),
    Row(
        "PATCH /users/4",
        |_| (Method::PATCH, "/users/4".to_owned(), Some(json!({ "roles": ["user", "scanner"] }))),
        Whose::Nothing,
        [200, 403, 403, 403, 403],
    ),
    Row("GET /api-keys", |_| get("/api-keys"), Whose::Nothing, [200, 200, 200, 403, 403]),
    Row("GET /api-keys?scope=team", |_| get("/api-keys?scope=team"), Whose::Nothing, [200, 200, 403, 403, 403]),
    Row("POST /api-keys", |_| post("/api-keys", json!({ "name": "n" })), Whose::Nothing, [201, 201, 201, 403, 403]),
    Row("GET /api-keys/{id}", read, Whose::Own, [200, 200, 200, 403, 403]),
    Row("GET /api-keys/{id}", read, Whose::Users, [200, 200, 404, 403, 403]),
    Row("GET /api-keys/{id}", read, Whose::Admins, [200, 200, 404, 403, 403]),
    Row("GET /api-keys/{id}", read, Whose::Superadmins, [200, 200, 404, 403, 403]),
    Row("GET /api-keys/{id}/refused-uses", refused_uses, Whose::Own, [200, 200, 200, 403, 403]),
    Row("GET /api-keys/{id}/refused-uses", refused_uses, Whose::Users, [200, 200, 404, 403, 403]),
    Row("GET /api-keys/{id}/refused-uses", refused_uses, Whose::Admins, [200, 200, 404, 403, 403]),
    Row("GET /api-keys/{id}/refused-uses", refused_uses, Whose::Superadmins, [200, 200, 404, 403, 403]),
    Row("PATCH /api-keys/{id} name", rename, Whose::Own, [200, 200, 200, 403, 403]),
    Row("PATCH /api-keys/{id} name", rename, Whose::Users, [200, 200, 404, 403, 403]),
    Row("PATCH /api-keys/{id} name", rename, Whose::Admins, [200, 200, 404, 403, 403]),
    Row("PATCH /api-keys/{id} name", rename, Whose::Superadmins, [200, 403, 404, 403, 403]),
    Row("PATCH /api-keys/{id} status", disable, Whose::Own, [200, 200, 200, 403, 403]),
    Row("PATCH /api-keys/{id} status", disable, Whose::Users, [200, 200, 404, 403, 403]),
    Row("PATCH /api-keys/{id} status", disable, Whose::Admins, [200, 200, 404, 403, 403]),
    Row("PATCH /api-keys/{id} status", disable, Whose::Superadmins, [200, 403, 404, 403, 403]),
    Row("POST /api-keys/{id}/regenerate", regenerate, Whose::Own, [200, 200, 200, 403, 403]),
    Row("POST /api-keys/{id}/regenerate", regenerate, Whose::Users, [403, 403, 404, 403, 403]),
    Row("POST /api-keys/{id}/regenerate", regenerate, Whose::Admins, [403, 403, 404, 403, 403]),
    Row("POST /api-keys/{id}/regenerate", regenerate, Whose::Superadmins, [403, 403, 404, 403, 403]),
    Row("DELETE /api-keys/{id}/overlap", end_overlap, Whose::Own, [204, 204, 204, 403, 403]),
    Row("DELETE /api-keys/{id}/overlap", end_overlap, Whose::Users, [204, 204, 404, 403, 403]),
    Row("DELETE /api-keys/{id}/overlap", end_overlap, Whose::Admins, [204, 204, 404, 403, 403]),
    Row("DELETE /api-keys/{id}/overlap", end_overlap, Whose::Superadmins, [204, 403, 404, 403, 403]),
    Row("DELETE /api-keys/{id}/overlap", end_overlap, Whose::Services, [204, 204, 404, 403, 403]),
    Row("GET /api-keys/{id}", read, Whose::Services, [200, 200, 404, 403, 403]),
    Row("PATCH /api-keys/{id} name", rename, Whose::Services, [200, 200, 404, 403, 403]),
    Row("PATCH /api-keys/{id} status", disable, Whose::Services, [200, 200, 404, 403, 403]),
    Row("PATCH /api-keys/{id} ownerId", hand_over, Whose::Own, [200, 200, 403, 403, 403]),
    Row("PATCH /api-keys/{id} ownerId", hand_over, Whose::Users, [200, 200, 404, 403, 403]),
    Row("PATCH /api-keys/{id} ownerId", hand_over, Whose::Superadmins, [200, 403, 404, 403, 403]),
    Row("PATCH /api-keys/{id} ownerId", hand_over, Whose::Services, [200, 200, 404, 403, 403]),
    Row("POST /api-keys/{id}/regenerate", regenerate, Whose::Services, [200, 200, 404, 403, 403]),
    Row("DELETE /api-keys/{id}", delete, Whose::Services, [204, 204, 404, 403, 403]),
    Row(
        "POST /api-keys ownerId",
        |_| post("/api-keys", json!({ "name": "n", "ownerId": SERVICE })),
        Whose::Nothing,
        [201, 201, 403, 403, 403],
    ),
    Row("DELETE /api-keys/{id}", delete, Whose::Own, [204, 204, 204, 403, 403]),
    Row("DELETE /api-keys/{id}", delete, Whose::Users, [403, 403, 404, 403, 403]),
    Row("DELETE /api-keys/{id}", delete, Whose::Admins, [403, 403, 404, 403, 403]),
    Row("DELETE /api-keys/{id}", delete, Whose::Superadmins, [403, 403, 404, 403, 403]),
    Row(
        "POST /api-key-lookups",
        |_| post("/api-key-lookups", json!({ "sha256": [fingerprint()] })),
        Whose::Nothing,
        [200, 200, 200, 403, 403],
    ),
    Row(
        "POST /api-key-verifications",
        |_| post("/api-key-verifications", json!({ "sha256": fingerprint() })),
        Whose::Nothing,
        [200, 200, 403, 403, 200],
    ),
    Row("GET /api-key-settings", |_| get("/api-key-settings"), Whose::Nothing, [200, 200, 200, 403, 403]),
    Row(
        "PUT /api-key-settings",
        |_| (Method::PUT, "/api-key-settings".to_owned(), Some(json!({ "version": 1, "inactivityDays": 30 }))),
        Whose::Nothing,
        [200, 200, 403, 403, 403],
    ),
    Row(
        "POST /api-key-settings/preview",
        |_| post("/api-key-settings/preview", json!({ "expiryDays": 30 })),
        Whose::Nothing,
        [200, 200, 403, 403, 403],
    ),
    Row("GET /acts/{id}", |_| get("/acts/none"), Whose::Nothing, [404, 404, 403, 403, 403]),
    Row("GET /collection-access-keys", |_| get("/collection-access-keys"), Whose::Nothing, [200, 200, 200, 403, 403]),
    Row(
        "POST /collection-access-keys",
        |_| post("/collection-access-keys", json!({ "collectionId": "1-a" })),
        Whose::Nothing,
        [201, 201, 201, 403, 403],
    ),
    Row("GET /secret-types", |_| get("/secret-types"), Whose::Nothing, [200, 200, 403, 403, 403]),
    Row("GET /collections/{uid}", |_| get("/collections/1-a"), Whose::Nothing, [401, 401, 401, 401, 401]),
    Row(
        "POST /detected-secrets-queries",
        |_| post("/detected-secrets-queries", json!({})),
        Whose::Nothing,
        [200, 200, 403, 403, 403],
    ),
    Row("POST /detected-secrets", |_| post("/detected-secrets", report()), Whose::Nothing, [201, 201, 403, 201, 403]),
    Row(
        "PUT /detected-secrets/{id}",
        |id| {
            let body = json!({ "resolution": "FALSE_POSITIVE", "workspaceId": "github" });
            (Method::PUT, format!("/detected-secrets/{id}"), Some(body))
        },
        Whose::Finding,
        [200, 200, 403, 403, 403],
    ),
    Row(
        "GET /detected-secrets/{id}/locations",
        |id| get(format!("/detected-secrets/{id}/locations?workspaceId=github")),
        Whose::Finding,
        [200, 200, 403, 403, 403],
    ),
    Row("GET /audit/logs", |_| get("/audit/logs"), Whose::Nothing, [200, 200, 403, 403, 403]),
    Row("GET /notifications", |_| get("/notifications"), Whose::Nothing, [200, 200, 403, 403, 403]),
    Row("GET /notifications", |_| get("/notifications?scope=mine"), Whose::Nothing, [200, 200, 200, 403, 403]),
    Row("GET /audit-actions", |_| get("/audit-actions"), Whose::Nothing, [200, 200, 403, 403, 403]),
];

/// The operations that have a table of their own, or none to tell apart since they take no key.
const ELSEWHERE: &[&str] = &[
    "POST /api-key-revocations",
    "DELETE /collection-access-keys/{}",
    "GET /healthz",
    "GET /readyz",
    "GET /openapi.json",
];

/// The POSTs that only ask, which a key with the access `read` may send.
const ASKING: &[&str] = &[
    "POST /api-key-settings/preview",
    "POST /api-key-lookups",
    "POST /api-key-verifications",
    "POST /detected-secrets-queries",
];

/// What a call is answered whose key has this access, where the role alone would get `by_role`. Nothing here asks the server's
/// own table: this is the contract once more.
fn with_access(access: &str, name: &str, by_role: u16) -> u16 {
    let operation = name.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let reads = operation.starts_with("GET ") || ASKING.contains(&operation.as_str());
    let takes_no_key = operation.starts_with("GET /collections/");
    let allowed = match access {
        "none" => operation == "GET /me" || takes_no_key,
        "read" => reads,
        _ => true,
    };
    if allowed { by_role } else { 403 }
}

/// What becomes of one key in `POST /api-key-revocations`, which answers 200 with an outcome a key.
const REVOCATIONS: &[(Whose, [&str; 5])] = &[
    (Whose::Own, ["revoked", "revoked", "revoked", "403", "403"]),
    (Whose::Users, ["revoked", "revoked", "notFound", "403", "403"]),
    (Whose::Admins, ["revoked", "revoked", "notFound", "403", "403"]),
    (Whose::Superadmins, ["revoked", "forbidden", "notFound", "403", "403"]),
];

/// `DELETE /collection-access-keys/{id}`: what is somebody else's is an admin's, too.
const SHARED: &[(Whose, [u16; 5])] = &[
    (Whose::Own, [204, 204, 204, 403, 403]),
    (Whose::Users, [204, 204, 404, 403, 403]),
    (Whose::Admins, [204, 204, 404, 403, 403]),
    (Whose::Superadmins, [204, 204, 404, 403, 403]),
];

/// A team with a second admin and a second superadmin, whose allowance no matrix uses up.
struct Team {
    server: TestServer,
    admin: Secret,
    superadmin: Secret,
}

impl Team {
    async fn new() -> Self {
        let settings = keydeck::server::ServerSettings { rate_limit: 1_000_000, ..Default::default() };
        let server = TestServer::start_with(settings).await;
        let add = async |role: &str| {
            let asked = json!({ "name": role, "email": format!("second-{role}@test.example"), "roles": [role] });
            let made = server.post(&server.keys.superadmin, "/users", asked).await.expect(201);
            Secret::new(made["value"].as_str().unwrap().to_owned())
        };
        let (admin, superadmin) = (add("admin").await, add("superadmin").await);
        assert_eq!(server.service("gateway").await, SERVICE);
        Self { server, admin, superadmin }
    }

    fn asks(&self, role: &str) -> &Secret {
        let keys = &self.server.keys;
        match role {
            "superadmin" => &keys.superadmin,
            "admin" => &keys.admin,
            "user" => &keys.user,
            "scanner" => &keys.scanner,
            _ => &keys.verifier,
        }
    }

    fn owner(&self, role: &str, whose: Whose) -> &Secret {
        match whose {
            Whose::Own | Whose::Finding | Whose::Nothing => self.asks(role),
            Whose::Users => &self.server.keys.colleague,
            Whose::Admins | Whose::Services => &self.admin,
            Whose::Superadmins => &self.superadmin,
            // an admin makes them
        }
    }

    /// A key that nobody has touched yet.
    async fn fresh(&self, role: &str, whose: Whose) -> String {
        match whose {
            Whose::Nothing => String::new(),
            Whose::Finding => {
                let made = self.server.post(&self.server.keys.scanner, "/detected-secrets", report()).await.expect(201);
                made["secretId"].as_str().unwrap().to_owned()
            }
            Whose::Services => self.server.key_for(&self.admin, SERVICE).await.0,
            Whose::Own if matches!(role, "scanner" | "verifier") => self.server.id_of(self.asks(role)).await,
            _ => self.server.make_key(self.owner(role, whose), "fresh").await.0,
        }
    }

    async fn fresh_shared(&self, role: &str, whose: Whose) -> String {
        let owner = match (role, whose) {
            // They make none, so it is somebody's.
            ("scanner" | "verifier", Whose::Own) => &self.server.keys.user,
            _ => self.owner(role, whose),
        };
        let made = self.server.post(owner, "/collection-access-keys", json!({ "collectionId": "1-a" })).await;
        made.expect(201)["collectionAccessKey"]["id"].as_str().unwrap().to_owned()
    }

    /// Gives the key of whoever asks this access: none is made with less for a scanner or a verifier.
    async fn give_access(&self, asks: &Secret, access: &str) {
        let hash = keydeck::domain::key_value::fingerprint(asks.expose());
        let of_key = format!("(SELECT key_id FROM key_values WHERE secret_hash = '{hash}')");
        self.server.sql(&format!("UPDATE api_keys SET access = '{access}' WHERE id = {of_key}")).await;
    }

    async fn status(&self, asks: &Secret, (method, path, body): (Method, String, Option<Value>)) -> u16 {
        let request = self.server.request(method, asks, &path);
        let request = if let Some(body) = body { request.json(&body) } else { request };
        self.server.send(request).await.status
    }
}

#[test]
fn every_operation_of_the_contract_has_its_row() {
    let plain = |operation: &str| {
        let (method, path) = operation.split_once(' ').unwrap();
        let part = |part: &str| if part.starts_with('{') { "{}".to_owned() } else { part.to_owned() };
        format!("{method} {}", path.split('/').map(part).collect::<Vec<_>>().join("/"))
    };
    let asked = |make: &Make| {
        let (method, path, _) = make("ID");
        let path = path.split('?').next().unwrap().to_owned();
        format!("{method} {}", crate::contract::template(&path).unwrap())
    };
    let rows: Vec<String> = ROWS.iter().map(|Row(_, make, ..)| plain(&asked(make))).collect();
    let missing: Vec<String> = operations()
        .map(|operation| plain(&operation))
        .filter(|operation| !rows.contains(operation) && !ELSEWHERE.contains(&operation.as_str()))
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[tokio::test]
async fn each_cell() {
    let team = Team::new().await;
    let mut wrong = Vec::new();
    for Row(name, make, whose, expected) in ROWS {
        for (role, expected) in ROLES.iter().zip(expected) {
            let id = team.fresh(role, *whose).await;
            let before = team.server.changes().await;
            let status = team.status(team.asks(role), make(&id)).await;
            if status != *expected {
                wrong.push(format!("{name} by {role}, {whose:?}: {status}, not {expected}"));
            }
            if status >= 400 && team.server.changes().await != before {
                wrong.push(format!("{name} by {role}, {whose:?}: refused, yet something changed"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn each_cell_by_access() {
    let team = Team::new().await;
    let mut wrong = Vec::new();
    for access in ["read", "none"] {
        for Row(name, make, whose, expected) in ROWS {
            for (role, expected) in ROLES.iter().zip(expected) {
                let id = team.fresh(role, *whose).await;
                let (asks, expected) = (team.asks(role), with_access(access, name, *expected));
                team.give_access(asks, access).await;
                let before = team.server.changes().await;
                let status = team.status(asks, make(&id)).await;
                if status != expected {
                    wrong.push(format!("{name} by {role} with {access}, {whose:?}: {status}, not {expected}"));
                }
                if team.server.changes().await != before {
                    wrong.push(format!("{name} by {role} with {access}, {whose:?}: something changed"));
                }
                team.give_access(asks, "full").await;
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn revoking_takes_a_key_with_full_access_whoever_asks() {
    let team = Team::new().await;
    for access in ["read", "none"] {
        for role in ROLES {
            let (key, shared) = (team.fresh(role, Whose::Own).await, team.fresh_shared(role, Whose::Own).await);
            let asks = team.asks(role);
            team.give_access(asks, access).await;
            let before = team.server.changes().await;
            let revoke = (Method::POST, "/api-key-revocations".to_owned(), Some(json!({ "ids": [key] })));
            for call in [revoke, delete_shared(&shared)] {
                let told = call.1.clone();
                assert_eq!(team.status(asks, call).await, 403, "{told} by {role} with {access}");
            }
            assert_eq!(team.server.changes().await, before);
            team.give_access(asks, "full").await;
        }
    }
}

#[tokio::test]
async fn each_cell_of_revoking() {
    let team = Team::new().await;
    let mut wrong = Vec::new();
    for (whose, expected) in REVOCATIONS {
        for (role, expected) in ROLES.iter().zip(expected) {
            let id = team.fresh(role, *whose).await;
            let answer = team.server.post(team.asks(role), "/api-key-revocations", json!({ "ids": [id] })).await;
            let outcome = match answer.status {
                200 => answer.body["data"][0]["outcome"].as_str().unwrap().to_owned(),
                refused => refused.to_string(),
            };
            if outcome != *expected {
                wrong.push(format!("by {role}, {whose:?}: {outcome}, not {expected}"));
            }
        }
    }
    for (whose, expected) in SHARED {
        for (role, expected) in ROLES.iter().zip(expected) {
            let id = team.fresh_shared(role, *whose).await;
            let status = team.status(team.asks(role), delete_shared(&id)).await;
            if status != *expected {
                wrong.push(format!("collection access key by {role}, {whose:?}: {status}, not {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn without_a_good_key_every_cell_is_401() {
    let team = Team::new().await;
    let unknown = minted().0;
    for Row(name, make, ..) in ROWS {
        assert_eq!(team.status(&unknown, make("id")).await, 401, "{name}");
    }
}
