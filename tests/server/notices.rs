//! Telling people what becomes of their keys: as mail to a server that takes it, to a webhook, into a folder.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use hmac::{Hmac, KeyInit, Mac};
use keydeck::config::{MailSecurity, SmtpConfig, WebhookForm};
use keydeck::domain::secret::Secret;
use keydeck::domain::web_address::WebAddress;
use keydeck::outbound::Outbound;
use keydeck::server::{NoticeSettings, ServerSettings, Smtp, Webhook};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::hands::{later, stopped_clock};
use crate::support::TestServer;

/// How long anything may take before a test gives up on it.
const PATIENCE: Duration = Duration::from_mins(1);

async fn next<T>(arriving: &mut mpsc::UnboundedReceiver<T>) -> T {
    tokio::time::timeout(PATIENCE, arriving.recv()).await.unwrap().unwrap()
}

/// A server that takes mail, as RFC 5321 has it, without extensions; the first `refusals` are put off.
async fn mail_server(refusals: usize) -> (Smtp, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (send, arriving) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut refusals = refusals;
        while let Ok((stream, _)) = listener.accept().await {
            let (reading, mut writing) = stream.into_split();
            let mut lines = BufReader::new(reading).lines();
            writing.write_all(b"220 mail.test.example ESMTP\r\n").await.unwrap();
            while let Ok(Some(line)) = lines.next_line().await {
                let verb = line.split([' ', ':']).next().unwrap().to_ascii_uppercase();
                let answer = match verb.as_str() {
                    "EHLO" => "250 mail.test.example\r\n",
                    "RCPT" if refusals > 0 => {
                        refusals -= 1;
                        "451 later\r\n"
                    }
                    "DATA" => {
                        writing.write_all(b"354 go on\r\n").await.unwrap();
                        let mut mail = String::new();
                        while let Ok(Some(line)) = lines.next_line().await {
                            if line == "." {
                                break;
                            }
                            mail += &line;
                            mail += "\n";
                        }
                        send.send(mail).unwrap();
                        "250 taken\r\n"
                    }
                    "QUIT" => "221 bye\r\n",
                    _ => "250 ok\r\n",
                };
                writing.write_all(answer.as_bytes()).await.unwrap();
            }
        }
    });
    let server = SmtpConfig {
        host: "127.0.0.1".to_owned(),
        port,
        security: MailSecurity::None,
        from: "keydeck@test.example".to_owned(),
        user: None,
        password: None,
    };
    (Smtp { server, password: None }, arriving)
}

/// What a webhook got: its headers and its body.
type Posted = (HeaderMap, String);

async fn hook(form: WebhookForm, secret: Option<&str>) -> (Webhook, mpsc::UnboundedReceiver<Posted>) {
    let (send, arriving) = mpsc::unbounded_channel();
    let take = move |headers: HeaderMap, body: Bytes| {
        let send = send.clone();
        async move {
            send.send((headers, String::from_utf8(body.to_vec()).unwrap())).unwrap();
            StatusCode::NO_CONTENT
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = WebAddress::parse(&format!("http://{}/hook", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(take)).await });
    let secret = secret.map(|text| Arc::new(Secret::new(text.to_owned())));
    (Webhook { to: Arc::new(Outbound::new(address)), form, secret }, arriving)
}

fn settings(notices: NoticeSettings) -> ServerSettings {
    ServerSettings { notices, tell_every: Duration::from_millis(20), ..ServerSettings::default() }
}

async fn telling(notices: NoticeSettings) -> TestServer {
    TestServer::start_with(settings(notices)).await
}

async fn revoke(server: &TestServer, ids: &[&str], note: &str) {
    server.post(&server.keys.admin, "/api-key-revocations", json!({ "ids": ids, "note": note })).await.expect(200);
}

async fn listed(server: &TestServer) -> Vec<Value> {
    let page = server.get(&server.keys.admin, "/notifications").await.expect(200);
    page["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn who_has_a_key_revoked_is_told_by_mail_once_for_all() {
    let (smtp, mut mails) = mail_server(0).await;
    let server = telling(NoticeSettings { smtp: Some(smtp), ..NoticeSettings::default() }).await;
    let (one, _) = server.make_key(&server.keys.user, "ci\r\nBcc: evil@evil.example").await;
    let (two, _) = server.make_key(&server.keys.user, "deploy <b>").await;
    let patch = server.request(Method::PATCH, &server.keys.user, &format!("/api-keys/{two}"));
    server.send(patch.json(&json!({ "contacts": ["ops@test.example"] }))).await.expect(200);
    revoke(&server, &[&one, &two], "leaked").await;
    let mails = [next(&mut mails).await, next(&mut mails).await];
    let to = |address: &str| mails.iter().find(|mail| mail.contains(&format!("\nTo: {address}\n"))).unwrap().clone();
    let (owner, contact) = (to("user@test.example"), to("ops@test.example"));
    assert!(owner.contains("\nSubject: 2 API keys: revoked, for ever\n"), "{owner}");
    assert!(owner.contains("From: keydeck@test.example\n") && owner.contains("\nMessage-ID: <"), "{owner}");
    assert!(!owner.contains("\nBcc:") && owner.contains("They say: leaked") && owner.contains("By: admin"), "{owner}");
    assert!(contact.contains("\nSubject: API key deploy <b>: revoked, for ever\n"), "{contact}");
    assert!(contact.contains("deploy &lt;b&gt;"), "{contact}");
    for notice in listed(&server).await {
        assert_eq!((&notice["cause"], &notice["problem"]), (&json!("revoked"), &Value::Null));
    }
}

#[tokio::test]
async fn a_webhook_gets_a_signed_message_that_standard_webhooks_verifies() {
    let secret = format!("whsec_{}", STANDARD.encode(b"a secret of the test alone"));
    let (webhook, mut posted) = hook(WebhookForm::Standard, Some(&secret)).await;
    let server = telling(NoticeSettings { webhook: Some(webhook), ..NoticeSettings::default() }).await;
    let (id, _) = server.make_key(&server.keys.user, "ci").await;
    let patch = server.request(Method::PATCH, &server.keys.admin, &format!("/api-keys/{id}"));
    server.send(patch.json(&json!({ "status": "disabled" }))).await.expect(200);
    let (headers, body) = next(&mut posted).await;
    let header = |name: &str| headers[name].to_str().unwrap();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"a secret of the test alone").unwrap();
    mac.update(format!("{}.{}.{body}", header("webhook-id"), header("webhook-timestamp")).as_bytes());
    assert_eq!(header("webhook-signature"), format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())));
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&body["type"], &body["data"]["apiKeyIds"]), (&json!("api_key.disabled"), &json!([id])));
    assert_eq!(body["data"]["recipient"], "user@test.example");
}

#[tokio::test]
async fn what_cannot_be_sent_waits_with_its_reason_and_one_way_does_not_hold_up_another() {
    let (smtp, _mails) = mail_server(1).await;
    let (webhook, mut posted) = hook(WebhookForm::Slack, None).await;
    let both = NoticeSettings { smtp: Some(smtp), webhook: Some(webhook), folder: None };
    let server = telling(both).await;
    let (id, _) = server.make_key(&server.keys.user, "<!channel> & co").await;
    revoke(&server, &[&id], "").await;
    let (headers, body) = next(&mut posted).await;
    assert!(!headers.contains_key("webhook-signature"));
    assert!(body.contains("&lt;!channel&gt; &amp; co"), "{body}");
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let waiting = loop {
        let all = listed(&server).await;
        if all[0]["attempts"] == 1 {
            break all[0].clone();
        }
        assert!(tokio::time::Instant::now() < deadline);
        tokio::task::yield_now().await;
    };
    assert_eq!((&waiting["state"], &waiting["sentAt"]), (&json!("waiting"), &Value::Null));
    assert!(waiting["problem"].as_str().unwrap().starts_with("smtp: "), "{waiting}");
    server.get(&server.keys.user, "/notifications").await.refused(403, "forbiddenError", None);
}

#[tokio::test]
async fn who_did_it_is_not_told_and_a_folder_takes_what_others_are() {
    let folder = tempfile::tempdir().unwrap();
    let mail = folder.path().join("mail");
    let server = telling(NoticeSettings { folder: Some(mail.clone()), ..NoticeSettings::default() }).await;
    let (own, _) = server.make_key(&server.keys.user, "own").await;
    server.delete(&server.keys.user, &format!("/api-keys/{own}")).await.expect(204);
    assert_eq!(listed(&server).await[0]["recipient"], "", "there is nobody else to tell");
    let taken = Arc::new(Mutex::new(Vec::<String>::new()));
    let (other, _) = server.make_key(&server.keys.user, "other").await;
    revoke(&server, &[&other], "").await;
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while taken.lock().unwrap().is_empty() {
        let names = std::fs::read_dir(&mail).into_iter().flatten().flatten().map(|entry| entry.path());
        let whole = names.filter(|path| path.extension().is_some_and(|end| end == "eml"));
        taken.lock().unwrap().extend(whole.map(|path| std::fs::read_to_string(path).unwrap()));
        assert!(tokio::time::Instant::now() < deadline);
        tokio::task::yield_now().await;
    }
    let mails = taken.lock().unwrap().clone();
    assert!(mails.len() == 1 && mails[0].contains("To: user@test.example\r\n"), "{mails:?}");
}

#[tokio::test]
async fn before_a_key_expires_its_owner_is_told_once_at_each_of_the_days_and_of_missed_ones_the_most_urgent() {
    let (smtp, mut mails) = mail_server(0).await;
    let (server, hands) =
        stopped_clock(settings(NoticeSettings { smtp: Some(smtp), ..NoticeSettings::default() })).await;
    let make = async |name: &str, days: i64| {
        let body = json!({ "name": name, "expiresAt": later(&hands, TimeDelta::days(days)) });
        let made = server.post(&server.keys.user, "/api-keys", body).await.expect(201);
        made["apiKey"]["id"].as_str().unwrap().to_owned()
    };
    let (_soon, _late, gone) = (make("soon", 10).await, make("late", 20).await, make("gone", 20).await);
    server.delete(&server.keys.user, &format!("/api-keys/{gone}")).await.expect(204);
    // three days before the one, and thirteen before the other, in one message
    hands.forward(TimeDelta::days(7));
    let mail = next(&mut mails).await;
    assert!(mail.contains("\nSubject: 2 API keys: about to expire\n") && !mail.contains("gone"), "{mail}");
    // two days before the other; the first is over
    hands.forward(TimeDelta::days(11));
    let mail = next(&mut mails).await;
    assert!(mail.contains("\nSubject: API key late: about to expire\n"), "{mail}");
    hands.forward(TimeDelta::days(1));
    let mail = next(&mut mails).await;
    assert!(mail.contains("\nSubject: API key late: about to expire\n"), "{mail}");
    let told = listed(&server).await;
    assert_eq!(told.iter().filter(|notice| notice["cause"] == "expiring").count(), 4, "{told:?}");
}
