//! What a webhook gets, and where it may be.

use axum::http::StatusCode;
use keydeck::config::WebhookForm;
use keydeck::outbound::Destination;
use keydeck::server::NoticeSettings;
use serde_json::{Value, json};
use standardwebhooks::Webhook as Verifier;

use super::{listed, revoke, secret, settings, telling, wait_for};
use crate::mail::{hook, next, taking, webhook};

#[tokio::test]
async fn the_standards_own_library_verifies_what_was_sent_and_nothing_that_was_altered() {
    let (webhook, mut posted) = hook(WebhookForm::Standard, Some(&secret())).await;
    let server = telling(NoticeSettings { webhook: Some(webhook), ..NoticeSettings::default() }).await;
    let (id, _) = server.make_key(&server.keys.user, "ci \"ü\" <b>").await;
    revoke(&server, &[&id], "").await;
    let (headers, body) = next(&mut posted).await;
    let verifier = Verifier::new(&secret()).unwrap();
    verifier.verify(body.as_bytes(), &headers).unwrap();
    verifier.verify(body.replace("revoked", "enabled").as_bytes(), &headers).unwrap_err();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        let mut altered = headers.clone();
        altered.insert(name, "msg_1".parse().unwrap());
        verifier.verify(body.as_bytes(), &altered).unwrap_err();
    }
    let other = Verifier::from_bytes(b"another secret of the tests".to_vec()).unwrap();
    other.verify(body.as_bytes(), &headers).unwrap_err();
    assert_eq!(headers["content-type"], "application/json");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&body["type"], &body["data"]["apiKeyIds"]), (&json!("api_key.revoked"), &json!([id])));
    assert_eq!((&body["data"]["recipient"], &body["data"]["apiKeyCount"]), (&json!("user@test.example"), &json!(1)));
    assert_eq!(body["timestamp"], listed(&server).await[0]["due"], "when it came to pass");
}

#[tokio::test]
async fn a_chat_is_told_whose_keys_they_are_and_takes_nothing_for_markup() {
    for form in [WebhookForm::Slack, WebhookForm::Teams] {
        let (webhook, mut posted) = hook(form, None).await;
        let server = telling(NoticeSettings { webhook: Some(webhook), ..NoticeSettings::default() }).await;
        let (id, _) = server.make_key(&server.keys.user, "<!channel> *b* & [a](https://evil.example)").await;
        revoke(&server, &[&id], "").await;
        let (headers, body) = next(&mut posted).await;
        assert!(!headers.contains_key("webhook-signature"));
        let body: Value = serde_json::from_str(&body).unwrap();
        if form == WebhookForm::Slack {
            let text = body["text"].as_str().unwrap();
            assert!(text.starts_with("For user@test.example: 1 API key of yours is revoked, for ever.\n"), "{text}");
            assert!(text.contains("&lt;!channel&gt; *b* &amp; [a]"), "{text}");
            assert_eq!(body["mrkdwn"], false);
        } else {
            let card = &body["attachments"][0]["content"];
            assert_eq!((&card["type"], &body["type"]), (&json!("AdaptiveCard"), &json!("message")));
            let runs: Vec<&str> = card["body"]
                .as_array()
                .unwrap()
                .iter()
                .map(|block| block["inlines"][0]["text"].as_str().unwrap())
                .collect();
            assert!(runs[0].starts_with("For user@test.example: "), "{runs:?}");
            // a run of text knows no markup
            assert!(runs.iter().any(|run| run.contains("<!channel> *b* & [a](https://evil.example)")), "{runs:?}");
            assert!(card["body"].as_array().unwrap().iter().all(|block| block["type"] == "RichTextBlock"));
        }
    }
}

#[tokio::test]
async fn a_webhook_may_be_a_unix_socket_of_ones_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hooks.sock");
    let to = format!("unix:{}", path.display());
    let notices = NoticeSettings { webhook: Some(webhook(&to, WebhookForm::Slack, None)), ..NoticeSettings::default() };
    let (server, hands) = crate::hands::stopped_clock(settings(notices)).await;
    let (id, _) = server.make_key(&server.keys.user, "ci").await;
    revoke(&server, &[&id], "").await;
    let waiting = wait_for(&server, |all| all[0]["attempts"] == 1).await;
    assert!(
        waiting[0]["problem"].as_str().unwrap().starts_with(&format!("webhook: {to} gave no answer")),
        "{waiting:?}"
    );
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    let (router, mut posted) = taking(StatusCode::OK);
    tokio::spawn(async move { axum::serve(listener, router).await });
    hands.forward(chrono::TimeDelta::minutes(1));
    assert!(next(&mut posted).await.1.contains("1 API key of yours is revoked"));
}

#[tokio::test]
async fn a_webhook_is_https_or_of_this_machine() {
    for text in
        ["http://hooks.example/", "ftp://127.0.0.1/", "unix:hooks.sock", "hooks.example", "https://a:b@hooks.example/"]
    {
        let why = Destination::parse(text).unwrap_err();
        assert!(!why.contains("hooks"), "{why}");
    }
    for text in ["https://hooks.example/x", "http://127.0.0.1:1/", "http://[::1]/", "unix:/run/hooks.sock"] {
        Destination::parse(text).unwrap();
    }
}
