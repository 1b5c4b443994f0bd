//! What came to pass between a notice's being written and its being sent.

use chrono::TimeDelta;
use serde_json::json;

use super::{Scene, pairs, revoke};

#[tokio::test]
async fn nothing_is_told_of_a_key_that_is_gone_meanwhile_but_that_it_is() {
    let mut scene = Scene::new().await;
    let (id, _) = scene.server.make_key(&scene.server.keys.user, "ci").await;
    let colleague = scene.id_of_user(&scene.server.keys.colleague).await;
    let admin = &scene.server.keys.admin;
    scene.patch(admin, &id, json!({ "status": "disabled" })).await;
    scene.patch(admin, &id, json!({ "ownerId": colleague })).await;
    revoke(&scene.server, &[&id], "").await;
    assert_eq!(scene.kinds().await, pairs(&[("revoked", "colleague@test.example")]));
    let spared = scene.server.get(&scene.server.keys.admin, "/notifications?state=void").await.expect(200);
    assert_eq!(spared["meta"]["total"], 3, "{spared}");
    assert_eq!(spared["data"][0]["problem"], "it was not true any more");
}

#[tokio::test]
async fn a_key_that_is_enabled_again_is_not_told_to_be_disabled() {
    let mut scene = Scene::new().await;
    let (id, _) = scene.server.make_key(&scene.server.keys.user, "ci").await;
    let admin = &scene.server.keys.admin;
    scene.patch(admin, &id, json!({ "status": "disabled" })).await;
    scene.patch(admin, &id, json!({ "status": "enabled" })).await;
    assert_eq!(scene.told().await, []);
    // of several notices of one key the last is sent
    for note in ["first", "again"] {
        scene.patch(&scene.server.keys.admin, &id, json!({ "status": "disabled", "note": note })).await;
        if note == "first" {
            scene.patch(&scene.server.keys.admin, &id, json!({ "status": "enabled" })).await;
        }
    }
    let told = scene.told().await;
    assert_eq!((told.len(), told[0].keys.len()), (1, 1), "{told:?}");
    assert!(told[0].text.contains("They say: again\n"), "{}", told[0].text);
}

#[tokio::test]
async fn a_key_that_is_revoked_dated_anew_or_stopped_is_not_told_to_expire() {
    let mut scene = Scene::new().await;
    let root = &scene.server.keys.superadmin;
    let expires = crate::hands::later(&scene.hands, TimeDelta::days(20));
    for name in ["revoked", "dated", "disabled", "for a while", "left", "stays"] {
        let owner = if name == "left" { &scene.server.keys.colleague } else { &scene.server.keys.user };
        let new = json!({ "name": name, "expiresAt": expires, "contacts": ["ops@test.example"] });
        scene.server.post(owner, "/api-keys", new).await.expect(201);
    }
    // fourteen days before; nothing can be sent, and what was written waits
    scene.hands.forward(TimeDelta::days(7));
    let nowhere = keydeck::server::NoticeSettings::default();
    let teller = keydeck::server::Teller::open(&scene.server.database, scene.hands.clock(), nowhere).await.unwrap();
    teller.tell().await.unwrap();
    assert_eq!(scene.server.number("SELECT COUNT(*) FROM notices WHERE state = 'waiting'").await, 6);
    let id = async |name: &str| scene.server.text(&format!("SELECT id FROM api_keys WHERE name = '{name}'")).await;
    revoke(&scene.server, &[&id("revoked").await], "").await;
    let sooner = crate::hands::later(&scene.hands, TimeDelta::days(5));
    scene.patch(root, &id("dated").await, json!({ "expiresAt": sooner })).await;
    scene.patch(root, &id("disabled").await, json!({ "status": "disabled" })).await;
    let until = crate::hands::later(&scene.hands, TimeDelta::minutes(10));
    scene.patch(root, &id("for a while").await, json!({ "status": "disabled", "disabledUntil": until })).await;
    let colleague = scene.id_of_user(&scene.server.keys.colleague).await;
    let leave = scene.server.request(reqwest::Method::PATCH, root, &format!("/users/{colleague}"));
    scene.server.send(leave.json(&json!({ "active": false }))).await;
    let expected = [id("for a while").await, id("stays").await];
    scene.hands.forward(TimeDelta::minutes(2));
    let told = scene.told().await;
    let expiring: Vec<_> = told.iter().filter(|told| told.kind == "expiring").collect();
    assert_eq!(expiring.len(), 1, "{told:#?}");
    let (mut keys, mut expected) = (expiring[0].keys.clone(), expected.to_vec());
    keys.sort();
    expected.sort();
    assert_eq!(keys, expected);
}

#[tokio::test]
async fn a_revoke_of_all_that_goes_on_is_one_message_to_each_person() {
    let mut scene = Scene::new().await;
    let (user, colleague) =
        (scene.id_of_user(&scene.server.keys.user).await, scene.id_of_user(&scene.server.keys.colleague).await);
    // an act of several batches, of which one is done
    let mut keys = Vec::new();
    for at in 0..1300 {
        let owner = if at % 2 == 0 { user } else { colleague };
        keys.push(format!("('many-{at:05}', 'n', 'n', {owner}, '[]', '2026-01-01T00:00:00.000Z')"));
    }
    let columns = "id, name, name_folded, owner_id, contacts, created_at";
    scene.server.sql(&format!("INSERT INTO api_keys ({columns}) VALUES {}", keys.join(", "))).await;
    let values: Vec<String> = (0..1300)
        .map(|at| format!("('{at:064x}', 'api', 'many-{at:05}', 'kdk_…0000', '2026-01-01T00:00:00.000Z', 1)"))
        .collect();
    let columns = "secret_hash, kind, key_id, masked_value, created_at, present";
    scene.server.sql(&format!("INSERT INTO key_values ({columns}) VALUES {}", values.join(", "))).await;
    let all = json!({ "all": true });
    let answer = scene.server.post(&scene.server.keys.admin, "/api-key-revocations", all).await;
    assert!(answer.status < 300, "{answer:?}");
    while scene.server.number("SELECT COUNT(*) FROM acts WHERE running = 1").await > 0 {
        tokio::task::yield_now().await;
    }
    // while another act goes on, nothing of the kind is sent
    let running = "INSERT INTO acts (seq, id, kind, running, begun_at, cause, total) \
                   VALUES (99, 'other', 'revoke', 1, '2099-01-01T00:00:00.000Z', '{}', 1)";
    scene.server.stop();
    scene.server.sql(running).await;
    assert_eq!(scene.told().await, []);
    scene.server.sql("UPDATE acts SET running = 0 WHERE id = 'other'").await;
    let told = scene.told().await;
    let to = |address: &str| told.iter().filter(|told| told.to == address).collect::<Vec<_>>();
    for address in ["user@test.example", "colleague@test.example"] {
        let [one] = to(address)[..] else { panic!("{address}: {} messages", to(address).len()) };
        assert_eq!(one.keys.len(), 651, "with their first key");
        assert!(one.text.starts_with("651 API keys of yours are revoked"), "{}", one.text);
        assert!(one.text.contains("- and 551 more\n"), "{}", one.text);
    }
}
