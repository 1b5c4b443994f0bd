//! Several servers on one database.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use keydeck::config::WebhookForm;
use keydeck::server::{NoticeSettings, Teller};

use super::{Scene, Told, secret};
use crate::mail::hook;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_message_is_sent_by_one_of_them() {
    let scene = Scene::new().await;
    let user = scene.id_of_user(&scene.server.keys.user).await;
    let (soon, made) = (crate::hands::later(&scene.hands, TimeDelta::days(2)), "2026-01-01T00:00:00.000Z");
    let keys: Vec<String> = (0..120)
        .map(|at| format!("('k-{at:03}', 'n', 'n', {user}, '[\"p{}@test.example\"]', '{made}', '{soon}')", at % 40))
        .collect();
    let columns = "id, name, name_folded, owner_id, contacts, created_at, expires_at";
    scene.server.sql(&format!("INSERT INTO api_keys ({columns}) VALUES {}", keys.join(", "))).await;
    let (webhook, mut posted) = hook(WebhookForm::Standard, Some(&secret())).await;
    let ways = NoticeSettings { webhook: Some(webhook), ..NoticeSettings::default() };
    let mut passes = Vec::new();
    for _ in 0..4 {
        let teller = Teller::open(&scene.server.database, scene.hands.clock(), ways.clone()).await.unwrap();
        passes.push(tokio::spawn(async move { teller.tell().await.unwrap() }));
    }
    for pass in passes {
        pass.await.unwrap();
    }
    let mut by_person: BTreeMap<String, usize> = BTreeMap::new();
    let mut names = std::collections::BTreeSet::new();
    while let Ok((headers, body)) = posted.try_recv() {
        let told = Told::of(&body);
        assert!(names.insert(headers["webhook-id"].clone().to_str().unwrap().to_owned()), "{told:?}");
        *by_person.entry(told.to).or_default() += told.keys.len();
    }
    assert_eq!((by_person.len(), names.len()), (40, 40), "one message each");
    assert!(by_person.values().all(|keys| *keys == 3), "{by_person:?}");
    assert_eq!(scene.server.number("SELECT COUNT(*) FROM notices WHERE state = 'sent' AND attempts = 1").await, 120);
}
