//! A message about more keys than one transaction takes.

use axum::http::StatusCode;
use chrono::TimeDelta;
use keydeck::config::WebhookForm;
use keydeck::domain::time::wire;
use keydeck::server::{NoticeSettings, Teller};

use super::{Scene, Told, pairs};
use crate::mail::{posts, webhook};

/// More than two parts.
const MANY: i64 = 1234;

#[tokio::test]
async fn it_is_one_message_that_is_tried_again_whole_and_noted_whole() {
    let mut scene = Scene::new().await;
    // which would note that it has no way to send anything
    scene.server.stop();
    let now = wire(scene.hands.clock().now());
    let rows: Vec<String> = (0..MANY)
        .map(|at| {
            format!(
                "('n-{at:05}', 'revoked', 'a@test.example', 'A@test.example', 'k-{at}', 'k', '{{}}', '{now}', '{now}')"
            )
        })
        .collect();
    let columns = "id, cause, person, recipient, key_id, key_name, details, due, next_try";
    scene.server.sql(&format!("INSERT INTO notices ({columns}) VALUES {}", rows.join(", "))).await;

    let (address, mut refused) = posts(StatusCode::SERVICE_UNAVAILABLE).await;
    let ways =
        NoticeSettings { webhook: Some(webhook(&address, WebhookForm::Standard, None)), ..NoticeSettings::default() };
    let failing = Teller::open(&scene.server.database, scene.hands.clock(), ways).await.unwrap();
    failing.tell().await.unwrap();
    let (headers, body) = refused.try_recv().unwrap();
    assert!(refused.try_recv().is_err(), "one message");
    let waiting = "SELECT COUNT(*) FROM notices WHERE state = 'waiting' AND message = 'n-00000' AND attempts = 1 AND \
                   claimed_until IS NULL AND next_try > due";
    assert_eq!(scene.server.number(waiting).await, MANY);

    // a later notice is another message; of a key that is told of again meanwhile the later one tells
    let later =
        format!("('n-99999', 'revoked', 'a@test.example', 'A@test.example', 'k-7', 'k', '{{}}', '{now}', '{now}')");
    scene.server.sql(&format!("INSERT INTO notices ({columns}) VALUES {later}")).await;
    scene.hands.forward(TimeDelta::minutes(2));
    scene.teller.tell().await.unwrap();
    let mut sent: Vec<crate::mail::Posted> = Vec::new();
    while let Ok(post) = scene.posted.try_recv() {
        sent.push(post);
    }
    assert_eq!(sent.len(), 2, "{sent:?}");
    sent.sort_by_key(|(_, body)| Told::of(body).keys.len());
    assert_eq!(Told::of(&sent[0].1).keys, ["k-7"]);
    let (first, again) = (Told::of(&body), Told::of(&sent[1].1));
    assert_eq!(sent[1].0["webhook-id"], headers["webhook-id"]);
    assert!(first.text.starts_with(&format!("{MANY} API keys")), "{}", first.text);
    assert!(again.text.starts_with(&format!("{} API keys", MANY - 1)), "{}", again.text);
    let state =
        async |state: &str| scene.server.number(&format!("SELECT COUNT(*) FROM notices WHERE state = '{state}'")).await;
    assert_eq!((state("sent").await, state("void").await), (MANY, 1));

    // what is over for a month is removed to its end
    scene.hands.forward(TimeDelta::days(31));
    let now = wire(scene.hands.clock().now());
    let last = format!("('o-0', 'revoked', 'b@test.example', 'b@test.example', 'k-0', 'k', '{{}}', '{now}', '{now}')");
    scene.server.sql(&format!("INSERT INTO notices ({columns}) VALUES {last}")).await;
    assert_eq!(scene.kinds().await, pairs(&[("revoked", "b@test.example")]));
    assert_eq!(scene.server.number("SELECT COUNT(*) FROM notices").await, 1);
}
