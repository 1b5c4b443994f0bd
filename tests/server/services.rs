//! Users who are no persons, and keys that go from one owner to another.

use keydeck::domain::secret::Secret;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::TestServer;

const CONTACT: &str = "ops@test.example";

impl TestServer {
    /// A service, made by the admin; its id.
    pub async fn service(&self, name: &str) -> i64 {
        let asked = json!({ "name": name, "kind": "service", "contacts": [CONTACT] });
        self.post(&self.keys.admin, "/users", asked).await.expect(201)["id"].as_i64().unwrap()
    }

    /// A key of a user, made by somebody else; its id and its value.
    pub async fn key_for(&self, by: &Secret, owner: i64) -> (String, Secret) {
        let made = self.post(by, "/api-keys", json!({ "name": "for another", "ownerId": owner })).await.expect(201);
        assert_eq!(made["apiKey"]["ownerId"], owner);
        let value = Secret::new(made["value"].as_str().unwrap().to_owned());
        (made["apiKey"]["id"].as_str().unwrap().to_owned(), value)
    }

    async fn hand_over(&self, by: &Secret, key: &str, to: i64) -> u16 {
        self.patch(by, &format!("/api-keys/{key}"), json!({ "ownerId": to })).await.status
    }
}

#[tokio::test]
async fn a_service_has_contacts_and_no_address() {
    let server = TestServer::start().await;
    let admin = &server.keys.admin;
    let asked = json!({ "name": "gateway", "kind": "service", "contacts": [CONTACT] });
    let made = server.post(admin, "/users", asked.clone()).await.expect(201);
    let told = json!({
        "kind": "service", "email": "", "roles": ["user"], "contacts": [CONTACT], "active": true, "name": "gateway",
    });
    for (field, value) in told.as_object().unwrap() {
        assert_eq!(&made[field], value, "{field}");
    }
    assert_eq!((&made["apiKey"], &made["value"]), (&Value::Null, &Value::Null), "it begins without a key");
    let path = format!("/users/{}", made["id"]);
    assert_eq!(server.get(admin, &path).await.expect(200)["email"], "");
    // a second one has no address either
    server.service("other").await;
    server.post(admin, "/users", asked).await.refused(409, "conflictError", None);
    for (body, field) in [
        (json!({ "name": "x", "kind": "service" }), "contacts"),
        (json!({ "name": "x", "kind": "service", "contacts": [] }), "contacts"),
        (json!({ "name": "x", "kind": "service", "contacts": ["nobody"] }), "contacts[0]"),
        (json!({ "name": "x", "kind": "service", "contacts": [CONTACT], "email": "a@b.example" }), "email"),
        (json!({ "name": "x", "kind": "service", "contacts": [CONTACT], "roles": ["admin"] }), "roles"),
        (json!({ "name": "x", "kind": "robot" }), "kind"),
    ] {
        let answer = server.post(admin, "/users", body.clone()).await;
        assert_eq!((answer.status, &answer.body["error"]["details"]["field"]), (400, &json!(field)), "{body}");
    }
    let person = json!({ "name": "x", "email": "x@test.example", "roles": ["user"], "contacts": [CONTACT] });
    server.post(&server.keys.superadmin, "/users", person).await.refused(
        400,
        "malformedRequestError",
        Some("contacts"),
    );
}

#[tokio::test]
async fn a_services_name_and_contacts_can_be_changed_and_its_role_cannot() {
    let server = TestServer::start().await;
    let (root, id) = (&server.keys.superadmin, server.service("gateway").await);
    let path = format!("/users/{id}");
    let change = json!({ "name": "edge", "contacts": ["team@test.example"] });
    let changed = server.patch(root, &path, change).await.expect(200);
    assert_eq!((&changed["name"], &changed["contacts"]), (&json!("edge"), &json!(["team@test.example"])));
    let admin = server.patch(root, &path, json!({ "roles": ["admin"] })).await;
    admin.refused(400, "malformedRequestError", Some("roles"));
    let ana = server.patch(root, "/users/3", json!({ "contacts": [CONTACT] })).await;
    ana.refused(400, "malformedRequestError", Some("contacts"));
    server.service("gateway").await;
    server.patch(root, &path, json!({ "name": "GATEWAY" })).await.refused(409, "conflictError", None);
}

#[tokio::test]
async fn any_admin_does_with_a_services_key_what_an_owner_does() {
    let server = TestServer::start().await;
    let service = server.service("gateway").await;
    let (admin, root) = (&server.keys.admin, &server.keys.superadmin);
    let (id, value) = server.key_for(admin, service).await;
    let path = format!("/api-keys/{id}");
    let told = server.get(admin, &path).await.expect(200);
    assert_eq!((&told["ownerKind"], &told["ownerEmail"]), (&json!("service"), &json!("")));
    // it works as a user of its own
    let me = server.get(&value, "/me").await.expect(200);
    assert_eq!((&me["user"]["id"], &me["user"]["roles"]), (&json!(service), &json!(["user"])));
    server.get(&value, &path).await.expect(200);
    let renewed = server.post(root, &format!("{path}/regenerate"), json!({})).await.expect(200);
    let renewed = Secret::new(renewed["value"].as_str().unwrap().to_owned());
    server.get(&value, "/me").await.refused(401, "AuthenticationError", None);
    // a successor is the service's too
    let successor = server.post(admin, "/api-keys", json!({ "name": "next", "rotatedFrom": id })).await.expect(201);
    assert_eq!(successor["apiKey"]["ownerId"], service);
    let of_another = json!({ "name": "next", "rotatedFrom": id, "ownerId": 2 });
    server.post(admin, "/api-keys", of_another).await.refused(403, "forbiddenError", Some("rotatedFrom"));
    // what one admin disabled another enables, and neither is told that an admin's word is needed
    let disabled = server.patch(admin, &path, json!({ "status": "disabled" })).await.expect(200);
    assert_eq!(disabled["disabledReason"], "owner");
    server.patch(&renewed, &path, json!({ "status": "enabled" })).await.refused(401, "AuthenticationError", None);
    server.patch(root, &path, json!({ "status": "enabled" })).await.expect(200);
    server.delete(admin, &path).await.expect(204);
    assert_eq!(server.get(admin, &path).await.expect(200)["revocation"], "owner");
}

#[tokio::test]
async fn nobodys_leaving_ends_a_services_keys() {
    let server = TestServer::start().await;
    let service = server.service("gateway").await;
    let (_, value) = server.key_for(&server.keys.admin, service).await;
    server.patch(&server.keys.superadmin, "/users/2", json!({ "active": false })).await.expect(200);
    server.get(&value, "/me").await.expect(200);
}

#[tokio::test]
async fn an_admin_makes_a_key_for_somebody_who_has_none_that_works() {
    let server = TestServer::start().await;
    let (admin, path) = (&server.keys.admin, "/api-keys");
    let asked = |owner: i64| json!({ "name": "back in", "ownerId": owner });
    server.post(admin, path, asked(3)).await.refused(403, "forbiddenError", Some("ownerId"));
    let first = server.id_of(&server.keys.user).await;
    server.delete(&server.keys.user, &format!("/api-keys/{first}")).await.expect(204);
    for nobody in [&server.keys.colleague, &server.keys.scanner] {
        assert_eq!(server.post(nobody, path, asked(3)).await.status, 403);
    }
    let (id, value) = server.key_for(admin, 3).await;
    assert_eq!(server.get(&value, "/me").await.expect(200)["user"]["id"], 3);
    let log = server.get(admin, &format!("/audit/logs?keyId={id}&action=api_key.create")).await.expect(200);
    let told = &log["trails"][0]["data"];
    assert_eq!((&told["variables"]["after"]["valueSeenBy"], &told["user"]["id"]), (&json!(2), &json!(3)));
    // neither for whoever may more, nor for who is not there or not active
    for (owner, status) in [(1, 403), (5, 403), (999, 404)] {
        assert_eq!(server.post(admin, path, asked(owner)).await.status, status, "{owner}");
    }
    let service = server.service("gone").await;
    let gone = format!("/users/{service}");
    server.patch(&server.keys.superadmin, &gone, json!({ "active": false })).await.expect(200);
    let refused = server.post(admin, path, asked(service)).await.refused(409, "conflictError", None);
    assert_eq!(refused["details"]["reason"], "inactiveOwner");
}

/// Every pair of roles, by an admin and by a superadmin: whether a key goes from the one to the other.
#[tokio::test]
async fn each_pair_of_roles() {
    let server = TestServer::start().await;
    let (root, admin) = (&server.keys.superadmin, &server.keys.admin);
    let mut people = vec![("service", server.service("gateway").await, server.service("other").await)];
    for role in ["user", "admin", "superadmin", "scanner", "verifier"] {
        let mut add = Vec::new();
        for which in ["from", "to"] {
            let asked = json!({ "name": role, "email": format!("{role}-{which}@test.example"), "roles": [role] });
            add.push(server.post(root, "/users", asked).await.expect(201)["id"].as_i64().unwrap());
        }
        people.push((role, add[0], add[1]));
    }
    // from whom it goes: to a service, a user, an admin, a superadmin, a scanner, a verifier
    let expected = [
        ("service", "++----", "++----"),
        ("user", "++----", "++----"),
        ("admin", "+++-++", "+++-++"),
        ("superadmin", "------", "++++++"),
        ("scanner", "----+-", "----+-"),
        ("verifier", "-----+", "-----+"),
    ];
    let mut made = 0;
    for (from, by_admin, by_superadmin) in expected {
        let owner = people.iter().find(|(role, ..)| *role == from).unwrap().1;
        for (by, row) in [(admin, by_admin), (root, by_superadmin)] {
            let mut got = String::new();
            for (_, _, to) in &people {
                made += 1;
                let key = format!("handed-{made}");
                server
                    .sql(&format!(
                        "INSERT INTO api_keys (id, name, name_folded, owner_id, contacts, created_at) \
                         VALUES ('{key}', 'k', 'k', {owner}, '[]', '2026-01-01T00:00:00.000Z'); \
                         INSERT INTO key_values (secret_hash, kind, key_id, masked_value, created_at, present) \
                         VALUES ('{key}', 'api', '{key}', 'kdk_…', '2026-01-01T00:00:00.000Z', 1)"
                    ))
                    .await;
                let before = server.changes().await;
                match server.hand_over(by, &key, *to).await {
                    200 => got.push('+'),
                    403 => got.push('-'),
                    other => panic!("from {from} to {to}: {other}"),
                }
                let (owner_now, entries) = if got.ends_with('+') { (*to, 1) } else { (owner, 0) };
                let told = server.number(&format!("SELECT owner_id FROM api_keys WHERE id = '{key}'")).await;
                assert_eq!((told, server.changes().await), (owner_now, before + entries), "from {from} to {to}");
            }
            assert_eq!(got, row, "from {from}");
        }
    }
}

#[tokio::test]
async fn a_value_goes_on_working_for_its_new_owner() {
    let server = TestServer::start().await;
    let (admin, user) = (&server.keys.admin, &server.keys.user);
    let (id, value) = server.make_key(user, "handed over").await;
    let service = server.service("gateway").await;
    let path = format!("/api-keys/{id}");
    for nobody in [user, &server.keys.colleague] {
        let refused = server.patch(nobody, &path, json!({ "ownerId": service })).await;
        assert!(matches!(refused.status, 403 | 404), "{}", refused.body);
    }
    assert_eq!(server.get(&value, "/me").await.expect(200)["user"]["id"], 3);
    server.patch(admin, &path, json!({ "ownerId": 999 })).await.refused(404, "instanceNotFoundError", Some("ownerId"));
    let changed = server.patch(admin, &path, json!({ "ownerId": service })).await.expect(200);
    assert_eq!((&changed["ownerId"], &changed["status"]), (&json!(service), &json!("enabled")));
    assert_eq!(server.get(&value, "/me").await.expect(200)["user"]["id"], service);
    server.get(user, &path).await.refused(404, "instanceNotFoundError", None);
    let log = server.get(admin, &format!("/audit/logs?keyId={id}&action=api_key.transfer")).await.expect(200);
    let told = &log["trails"][0]["data"]["variables"];
    assert_eq!((&told["before"]["ownerId"], &told["after"]["ownerId"]), (&json!(3), &json!(service)));
    // the same again changes nothing
    let before = server.changes().await;
    server.patch(admin, &path, json!({ "ownerId": service })).await.expect(200);
    assert_eq!(server.changes().await, before);
    server.delete(admin, &path).await.expect(204);
    assert_eq!(server.hand_over(admin, &id, 3).await, 409);
}

#[tokio::test]
async fn handing_the_last_key_of_a_superadmin_over_is_a_lockout() {
    let server = TestServer::start().await;
    let root = &server.keys.superadmin;
    let id = server.id_of(root).await;
    let answer = server.patch(root, &format!("/api-keys/{id}"), json!({ "ownerId": 2 })).await;
    assert_eq!(answer.refused(409, "conflictError", None)["details"]["reason"], "lockout");
}

#[tokio::test]
async fn what_leaving_stopped_says_so_and_comes_back_and_nothing_else() {
    let server = TestServer::start().await;
    let (root, admin, user) = (&server.keys.superadmin, &server.keys.admin, &server.keys.user);
    let (paused, _) = server.make_key(user, "paused").await;
    let (worked, value) = server.make_key(user, "worked").await;
    server.patch(user, &format!("/api-keys/{paused}"), json!({ "status": "disabled" })).await.expect(200);
    server.patch(root, "/users/3", json!({ "active": false })).await.expect(200);
    server.get(&value, "/me").await.refused(401, "AuthenticationError", None);
    let reason =
        async |id: &str| server.get(admin, &format!("/api-keys/{id}")).await.expect(200)["disabledReason"].clone();
    assert_eq!((reason(&worked).await, reason(&paused).await), (json!("ownerLeft"), json!("owner")));
    let listed = server.every(admin, "/api-keys?scope=team&createdBy=3&status=disabled").await;
    assert!(listed.iter().any(|key| key["id"] == worked.as_str() && key["disabledReason"] == "ownerLeft"));
    for id in [&worked, &paused] {
        let enable = server.patch(admin, &format!("/api-keys/{id}"), json!({ "status": "enabled" })).await;
        let error = enable.refused(409, "conflictError", None);
        assert_eq!(error["details"]["reason"], "ownerLeft");
        assert!(error["message"].as_str().unwrap().starts_with("owner left"), "{error}");
    }
    server.patch(root, "/users/3", json!({ "active": true })).await.expect(200);
    assert_eq!((reason(&worked).await, reason(&paused).await), (Value::Null, json!("owner")));
    server.get(&value, "/me").await.expect(200);
    // one that was handed over meanwhile works for its new owner
    server.patch(root, "/users/3", json!({ "active": false })).await.expect(200);
    let service = server.service("gateway").await;
    assert_eq!(server.hand_over(admin, &worked, service).await, 200);
    assert_eq!(server.get(&value, "/me").await.expect(200)["user"]["id"], service);
    assert_eq!(server.hand_over(admin, &paused, 3).await, 200, "it is theirs already");
    let (id, _) = server.make_key(admin, "to nobody").await;
    let refused = server.patch(admin, &format!("/api-keys/{id}"), json!({ "ownerId": 3 })).await;
    refused.refused(409, "conflictError", None);
}

#[tokio::test]
async fn addresses_are_compared_without_case_whatever_the_script() {
    let server = TestServer::start().await;
    let add = async |email: &str| {
        let asked = json!({ "name": "x", "email": email, "roles": ["user"] });
        let request = server.request(Method::POST, &server.keys.superadmin, "/users").json(&asked);
        server.send(request).await.status
    };
    assert_eq!((add("ÖDÖN@test.example").await, add("ödön@TEST.example").await), (201, 409));
}
