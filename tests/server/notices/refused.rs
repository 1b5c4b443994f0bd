//! Mail that its server refuses for good, and mail that it only puts off.

use axum::http::StatusCode;
use keydeck::config::WebhookForm;
use keydeck::server::NoticeSettings;

use super::{revoke, telling, wait_for};
use crate::mail::{mail_server_that_refuses, next, parsed, posts, webhook};

#[tokio::test]
async fn what_is_refused_for_good_is_given_up_at_once() {
    for words in ["550 5.1.1 no such user", "553 5.1.3 not an address", "554 5.7.1 not wanted"] {
        let (smtp, mut mails) = mail_server_that_refuses(1, words).await;
        let server = telling(NoticeSettings { smtp: Some(smtp), ..NoticeSettings::default() }).await;
        let (gone, _) = server.make_key(&server.keys.user, "gone").await;
        revoke(&server, &[&gone], "").await;
        let all = wait_for(&server, |all| all[0]["state"] == "dead").await;
        let problem = all[0]["problem"].as_str().unwrap();
        assert!(problem.starts_with("smtp: 127.0.0.1: ") && problem.contains(&words[4..]), "{problem}");
        assert_eq!((&all[0]["attempts"], &all[0]["nextTryAt"]), (&1.into(), &serde_json::Value::Null));
        // of others it is not the end
        let (other, _) = server.make_key(&server.keys.colleague, "other").await;
        revoke(&server, &[&other], "").await;
        let mail = next(&mut mails).await;
        assert_eq!(parsed(&mail).to().unwrap().first().unwrap().address(), Some("colleague@test.example"));
    }
}

#[tokio::test]
async fn what_is_refused_because_of_how_it_is_asked_waits() {
    for words in ["451 later", "535 5.7.8 not this password", "530 5.7.0 who are you", "503 5.5.1 not now"] {
        let (smtp, _mails) = mail_server_that_refuses(1, words).await;
        let server = telling(NoticeSettings { smtp: Some(smtp), ..NoticeSettings::default() }).await;
        let (gone, _) = server.make_key(&server.keys.user, "gone").await;
        revoke(&server, &[&gone], "").await;
        let all = wait_for(&server, |all| all[0]["attempts"] == 1).await;
        assert_eq!(all[0]["state"], "waiting", "{words}: {all:?}");
    }
}

#[tokio::test]
async fn where_another_way_may_take_it_later_it_waits() {
    let (smtp, _mails) = mail_server_that_refuses(1, "550 5.1.1 no such user").await;
    let (address, _posted) = posts(StatusCode::SERVICE_UNAVAILABLE).await;
    let webhook = Some(webhook(&address, WebhookForm::Standard, None));
    let server = telling(NoticeSettings { smtp: Some(smtp), webhook, ..NoticeSettings::default() }).await;
    let (gone, _) = server.make_key(&server.keys.user, "gone").await;
    revoke(&server, &[&gone], "").await;
    let all = wait_for(&server, |all| all[0]["attempts"] == 1).await;
    assert_eq!(all[0]["state"], "waiting", "{all:?}");
}
