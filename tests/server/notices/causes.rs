//! Who is told of what.

use keydeck::domain::key_value;
use serde_json::json;

use super::{Scene, pairs};

const AUTO_REVOKE: &str =
    "UPDATE api_key_settings SET body = REPLACE(body, '\"autoRevokeExposed\":false', '\"autoRevokeExposed\":true')";

#[tokio::test]
async fn who_gave_a_key_away_who_got_it_and_its_contacts_are_told_of_handing_it_over() {
    let mut scene = Scene::new().await;
    let (id, _) = scene.server.make_key(&scene.server.keys.user, "ci").await;
    let to = scene.id_of_user(&scene.server.keys.colleague).await;
    scene.patch(&scene.server.keys.user, &id, json!({ "contacts": ["ops@test.example"] })).await;
    scene.patch(&scene.server.keys.admin, &id, json!({ "ownerId": to, "note": "moved on" })).await;
    let told = scene.told().await;
    let kinds: Vec<(&str, &str)> = told.iter().map(|told| (told.kind.as_str(), told.to.as_str())).collect();
    let all = ["colleague@test.example", "ops@test.example", "user@test.example"].map(|to| ("transferred", to));
    assert_eq!(kinds, all);
    for told in told {
        assert_eq!(told.keys, [id.as_str()]);
        for said in ["From: user\nTo: colleague\n", "By: admin\n", "They say: moved on\n", "goes on working"] {
            assert!(told.text.contains(said), "{said}: {}", told.text);
        }
    }
}

#[tokio::test]
async fn a_services_contacts_stand_for_it_and_who_acts_is_not_told() {
    let mut scene = Scene::new().await;
    let (admin, root) = (&scene.server.keys.admin, &scene.server.keys.superadmin);
    let contacts = ["on-call@test.example", "admin@test.example"];
    let service = json!({ "name": "deploys", "kind": "service", "contacts": contacts });
    let service = scene.server.post(root, "/users", service).await.expect(201)["id"].clone();
    assert!(service.is_i64());
    let new = json!({ "name": "ci", "ownerId": service, "contacts": ["ops@test.example"] });
    let made = scene.server.post(admin, "/api-keys", new).await.expect(201);
    let id = made["apiKey"]["id"].as_str().unwrap().to_owned();
    let told = scene.told().await;
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!((told[0].kind.as_str(), told[0].to.as_str()), ("created", "on-call@test.example"));
    assert!(told[0].text.contains("By: admin\n") && told[0].text.contains("knows its value"), "{}", told[0].text);
    assert_eq!(told[1].to, "ops@test.example");
    scene.patch(&scene.server.keys.admin, &id, json!({ "status": "disabled" })).await;
    let expected = [("disabled", "on-call@test.example"), ("disabled", "ops@test.example")];
    assert_eq!(scene.kinds().await, pairs(&expected));
    // its own contacts before it expires, the service's where it has none
    let soon = crate::hands::later(&scene.hands, chrono::TimeDelta::days(2));
    for contacts in [json!(["ops@test.example"]), json!([])] {
        let new = json!({ "name": "late", "ownerId": service, "contacts": contacts });
        scene.server.post(&scene.server.keys.superadmin, "/api-keys", new).await.expect(201);
    }
    scene.told().await;
    let sql = format!(
        "UPDATE api_keys SET expires_at = '{soon}', created_at = '2026-01-01T00:00:00.000Z' WHERE name = 'late'"
    );
    scene.server.sql(&sql).await;
    let expected = ["admin@test.example", "on-call@test.example", "ops@test.example"].map(|to| ("expiring", to));
    assert_eq!(scene.kinds().await, pairs(&expected));
}

#[tokio::test]
async fn a_key_that_is_disabled_for_a_while_says_until_when_and_its_owner_tells_nobody() {
    let mut scene = Scene::new().await;
    let (id, _) = scene.server.make_key(&scene.server.keys.user, "ci").await;
    scene.patch(&scene.server.keys.user, &id, json!({ "contacts": ["ops@test.example"] })).await;
    scene.patch(&scene.server.keys.user, &id, json!({ "status": "disabled" })).await;
    assert_eq!(scene.told().await, []);
    scene.patch(&scene.server.keys.user, &id, json!({ "status": "enabled" })).await;
    let until = crate::hands::later(&scene.hands, chrono::TimeDelta::minutes(10));
    scene.patch(&scene.server.keys.admin, &id, json!({ "status": "disabled", "disabledUntil": until })).await;
    let told = scene.told().await;
    assert_eq!(told.len(), 2);
    assert!(told[0].text.contains(&format!("Until: {until}\n")), "{}", told[0].text);
    assert!(told[0].text.contains("refused until then"), "{}", told[0].text);
}

#[tokio::test]
async fn the_contacts_of_somebody_who_leaves_are_told_that_the_keys_stop() {
    let mut scene = Scene::new().await;
    let (with, _) = scene.server.make_key(&scene.server.keys.user, "with").await;
    let (_without, _) = scene.server.make_key(&scene.server.keys.user, "without").await;
    scene.patch(&scene.server.keys.user, &with, json!({ "contacts": ["ops@test.example"] })).await;
    let user = scene.id_of_user(&scene.server.keys.user).await;
    let leave = scene.server.request(reqwest::Method::PATCH, &scene.server.keys.superadmin, &format!("/users/{user}"));
    let answer = scene.server.send(leave.json(&json!({ "active": false }))).await;
    assert!(answer.status < 300, "{answer:?}");
    let told = scene.told().await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].to.as_str(), &told[0].keys), ("ops@test.example", &vec![with]));
    assert!(told[0].text.contains("Why: its owner left\n"), "{}", told[0].text);
}

#[tokio::test]
async fn owners_and_contacts_of_an_exposed_key_are_told_once() {
    let mut scene = Scene::new().await;
    let (id, value) = scene.server.make_key(&scene.server.keys.user, "ci").await;
    scene.patch(&scene.server.keys.user, &id, json!({ "contacts": ["ops@test.example"] })).await;
    let report = |line: u32| {
        json!({ "secretType": "keydeck API Key", "secretHash": key_value::fingerprint(value.expose()), "source": "github",
                "url": format!("https://github.example/acme/deploy/blob/main/.env#L{line}") })
    };
    for line in [3, 3, 4] {
        scene.server.post(&scene.server.keys.scanner, "/detected-secrets", report(line)).await;
    }
    let told = scene.told().await;
    let kinds: Vec<(&str, &str)> = told.iter().map(|told| (told.kind.as_str(), told.to.as_str())).collect();
    assert_eq!(kinds, [("exposed", "ops@test.example"), ("exposed", "user@test.example")]);
    assert!(
        told[0].text.contains("Found in: GitHub\n") && !told[0].text.contains("github.example"),
        "{}",
        told[0].text
    );
    // with the setting it is revoked, and that is what is told
    scene.server.sql(AUTO_REVOKE).await;
    let answer = scene.server.post(&scene.server.keys.scanner, "/detected-secrets", report(5)).await;
    assert!(answer.status < 300);
    let told = scene.told().await;
    let kinds: Vec<(&str, &str)> = told.iter().map(|told| (told.kind.as_str(), told.to.as_str())).collect();
    assert_eq!(kinds, [("autoRevoked", "ops@test.example"), ("autoRevoked", "user@test.example")]);
    assert!(told[0].text.contains("Why: its value was found where others can read it\n"), "{}", told[0].text);
    // what is revoked is not told of again, and what is no key tells nobody
    scene.server.post(&scene.server.keys.scanner, "/detected-secrets", report(6)).await;
    let mut other = report(1);
    other["secretHash"] = json!("0".repeat(64));
    scene.server.post(&scene.server.keys.scanner, "/detected-secrets", other).await;
    assert_eq!(scene.told().await, []);
}

#[tokio::test]
async fn superadmins_are_told_once_that_an_exposed_key_was_not_revoked() {
    let mut scene = Scene::new().await;
    scene.server.sql(AUTO_REVOKE).await;
    let root = &scene.server.keys.superadmin;
    let report = json!({ "secretType": "keydeck API Key", "value": root.expose(), "source": "gitlab",
                         "url": "https://gitlab.example/acme/deploy#L1" });
    for _ in 0..2 {
        scene.server.post(&scene.server.keys.scanner, "/detected-secrets", report.clone()).await;
    }
    let told = scene.told().await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].kind.as_str(), told[0].to.as_str()), ("autoRevokeSkipped", "root@test.example"));
    assert!(told[0].text.contains("Why: no superadmin would have a key that works\n"), "{}", told[0].text);
}

#[tokio::test]
async fn superadmins_are_told_once_that_the_last_key_of_any_of_them_is_past_its_date() {
    let mut scene = Scene::new().await;
    let soon = crate::hands::later(&scene.hands, chrono::TimeDelta::minutes(1));
    let root = scene.id_of_user(&scene.server.keys.superadmin).await;
    scene.server.sql(&format!("UPDATE api_keys SET expires_at = '{soon}' WHERE owner_id = {root}")).await;
    for _ in 0..3 {
        scene.hands.forward(chrono::TimeDelta::minutes(1));
        keydeck::server::follow_life(&scene.server.database, &scene.hands.clock()).await.unwrap();
    }
    scene.server.get(&scene.server.keys.superadmin, "/me").await.expect(200);
    let told = scene.told().await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].kind.as_str(), told[0].to.as_str()), ("expirySkipped", "root@test.example"));
    assert!(
        told[0].text.contains(&format!("expired {soon}")) && told[0].text.contains("make another"),
        "{}",
        told[0].text
    );
}
