//! Telling people what becomes of their keys: as mail to a server that takes it, to a webhook, into a folder.

mod causes;
mod half_a_year;
mod meanwhile;
mod refused;
mod sharing;
mod very_many;
mod webhooks;

use std::time::Duration;

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use keydeck::config::WebhookForm;
use keydeck::domain::secret::Secret;
use keydeck::server::{NoticeSettings, ServerSettings, Teller};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::hands::{Hands, later, stopped_clock};
use crate::mail::{PATIENCE, Posted, header_names, hook, mail_server, next, parsed, posts, webhook};
use crate::support::TestServer;

fn settings(notices: NoticeSettings) -> ServerSettings {
    ServerSettings {
        notices,
        tell_every: Duration::from_millis(20),
        tell_after_quiet: Duration::ZERO,
        ..ServerSettings::default()
    }
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

async fn wait_for(server: &TestServer, is: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let all = listed(server).await;
        if is(&all) {
            return all;
        }
        assert!(tokio::time::Instant::now() < deadline, "{all:#?}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn who_has_a_key_revoked_is_told_by_mail_once_for_all() {
    let (smtp, mut mails) = mail_server(0).await;
    let quiet = Duration::from_millis(1500);
    let settings = settings(NoticeSettings { smtp: Some(smtp), ..NoticeSettings::default() });
    let server = TestServer::start_with(ServerSettings { tell_after_quiet: quiet, ..settings }).await;
    let (one, _) = server.make_key(&server.keys.user, "ci").await;
    let (two, _) = server.make_key(&server.keys.user, "deploy <b>").await;
    let patch = server.request(Method::PATCH, &server.keys.user, &format!("/api-keys/{two}"));
    server.send(patch.json(&json!({ "contacts": ["ops@test.example", "USER@test.example"] }))).await.expect(200);
    // one after the other, as a person does
    revoke(&server, &[&one], "leaked").await;
    revoke(&server, &[&two], "leaked").await;
    let mails = [next(&mut mails).await, next(&mut mails).await];
    let read = mails.each_ref().map(|mail| parsed(mail));
    let to = |address: &str| {
        let is = |mail: &&mail_parser::Message| mail.to().unwrap().first().unwrap().address() == Some(address);
        read.iter().find(is).unwrap_or_else(|| panic!("{address}: {mails:?}"))
    };
    let owner = read.iter().find(|mail| mail.subject() == Some("2 API keys: revoked, for ever")).unwrap();
    assert_eq!(owner.from().unwrap().first().unwrap().address(), Some("keydeck@test.example"));
    let text = owner.body_text(0).unwrap();
    assert!(text.contains("They say: leaked") && text.contains("By: admin"), "{text}");
    let contact = to("ops@test.example");
    assert_eq!(contact.subject(), Some("API key deploy <b>: revoked, for ever"));
    assert!(contact.body_html(0).unwrap().contains("deploy &lt;b&gt;"), "{contact:?}");
    let told = wait_for(&server, |all| all.iter().all(|notice| notice["state"] == "sent")).await;
    assert_eq!(told.len(), 3, "an address in another case is the same person's: {told:#?}");
    for notice in &told {
        assert_eq!((&notice["cause"], &notice["problem"]), (&json!("revoked"), &Value::Null));
    }
    assert_eq!(told[2]["keyName"], "ci");
}

#[tokio::test]
async fn no_name_breaks_what_a_mail_is() {
    let (smtp, mut mails) = mail_server(0).await;
    let server = telling(NoticeSettings { smtp: Some(smtp), ..NoticeSettings::default() }).await;
    let names = [
        "ci\r\nBcc: evil@evil.example",
        "ci\r\n\r\n<script>alert(1)</script>",
        "=?utf-8?q?=0D=0ABcc:_evil@evil.example?=",
        "\u{202e}gpj.exe\u{2066}",
        "\u{1b}[2J",
        "\"; <b>&amp; {{ 7 * 7 }}",
        "\r\n.\r\nQUIT\r\n",
        "--=_boundary\r\nContent-Type: text/html",
        &"ü😀".repeat(120),
    ];
    for name in names {
        let id = server.make_key(&server.keys.user, "ci").await.0;
        // whatever a request may call a key: the database is what is told from
        server.rename_as_once_was(&id, name);
        revoke(&server, &[&id], "leaked").await;
        let raw = next(&mut mails).await;
        let mail = parsed(&raw);
        let known = ["from", "to", "subject", "message-id", "mime-version", "content-type", "date"];
        let headers = header_names(&mail);
        assert!(headers.iter().all(|header| known.contains(&header.as_str())), "{name:?} {headers:?}");
        assert_eq!(headers.iter().filter(|header| *header == "to").count(), 1, "{headers:?}");
        assert_eq!((mail.text_body_count(), mail.html_body_count(), mail.attachment_count()), (1, 1, 0), "{raw}");
        let (text, html) = (mail.body_text(0).unwrap(), mail.body_html(0).unwrap());
        assert!(
            mail.subject().unwrap().starts_with("API key ") && mail.subject().unwrap().ends_with(": revoked, for ever")
        );
        assert!(
            text.contains("1 API key of yours is revoked, for ever.") && text.contains(&format!("({id})")),
            "{text}"
        );
        assert!(text.trim_end().ends_with("keydeck, for Test Team") && html.trim_end().ends_with("</html>"), "{html}");
        assert!(!html.contains("<script") && !html.contains("<b>") && !text.replace(&id, "").contains("49"), "{html}");
        for part in [mail.subject().unwrap(), &text, &html] {
            assert!(!part.contains(['\u{202e}', '\u{2066}', '\u{1b}', '\u{0}']), "{part:?}");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_sent_waits_with_its_reason_and_one_way_does_not_hold_up_another() {
    let (smtp, mut mails) = mail_server(1).await;
    let (webhook, mut posted) = hook(WebhookForm::Slack, None).await;
    let both = NoticeSettings { smtp: Some(smtp), webhook: Some(webhook), folder: None };
    let (server, hands) = stopped_clock(settings(both)).await;
    let (id, _) = server.make_key(&server.keys.user, "<!channel> & co").await;
    revoke(&server, &[&id], "").await;
    let (headers, body) = next(&mut posted).await;
    assert!(!headers.contains_key("webhook-signature"));
    assert!(body.contains("&lt;!channel&gt; &amp; co"), "{body}");
    let waiting = wait_for(&server, |all| all[0]["attempts"] == 1).await.remove(0);
    assert_eq!((&waiting["state"], &waiting["sentAt"]), (&json!("waiting"), &Value::Null));
    assert!(waiting["problem"].as_str().unwrap().starts_with("smtp: "), "{waiting}");
    assert!(waiting["nextTryAt"].as_str() > waiting["due"].as_str(), "{waiting}");
    hands.forward(TimeDelta::minutes(1));
    assert!(next(&mut mails).await.contains("To: user@test.example"));
    let sent = wait_for(&server, |all| all[0]["state"] == "sent").await.remove(0);
    assert_eq!((&sent["attempts"], &sent["problem"], &sent["nextTryAt"]), (&json!(2), &Value::Null, &Value::Null));
    assert!(posted.try_recv().is_err(), "the other way was gone already");
}

#[tokio::test]
async fn what_cannot_be_sent_for_a_day_is_given_up_with_a_mark() {
    let (address, mut posted) = posts(StatusCode::FOUND).await;
    let webhook = webhook(&address, WebhookForm::Slack, None);
    let (server, hands) =
        stopped_clock(settings(NoticeSettings { webhook: Some(webhook), ..NoticeSettings::default() })).await;
    let (id, _) = server.make_key(&server.keys.user, "ci").await;
    revoke(&server, &[&id], "").await;
    let mut waits = Vec::new();
    loop {
        next(&mut posted).await;
        let tried = waits.len() + 1;
        let notice = wait_for(&server, |all| all[0]["attempts"] == tried).await.remove(0);
        assert_eq!(notice["problem"], format!("webhook: {} answered 302", address.trim_end_matches("/hook")));
        if notice["state"] == "dead" {
            break;
        }
        let next: chrono::DateTime<chrono::Utc> = notice["nextTryAt"].as_str().unwrap().parse().unwrap();
        let wait = next - crate::hands::shown(&hands);
        waits.push(wait.num_minutes());
        hands.forward(wait);
    }
    assert_eq!(waits[..8], [1, 2, 4, 8, 16, 32, 60, 60], "less and less often");
    let minutes: i64 = waits.iter().sum();
    assert!((23 * 60..24 * 60).contains(&minutes), "a day: {minutes}");
    assert!(posted.try_recv().is_err());
    let dead = server.get(&server.keys.admin, "/notifications?state=dead").await.expect(200);
    assert_eq!(dead["meta"]["total"], 1);
}

#[tokio::test]
async fn an_admin_sees_all_notices_and_others_what_they_are_told() {
    let server = telling(NoticeSettings::default()).await;
    let (theirs, _) = server.make_key(&server.keys.user, "theirs").await;
    let (others, _) = server.make_key(&server.keys.colleague, "others").await;
    revoke(&server, &[&theirs, &others], "").await;
    assert_eq!(listed(&server).await.len(), 2);
    let (user, scanner) = (&server.keys.user, &server.keys.scanner);
    server.get(user, "/notifications").await.refused(403, "forbiddenError", None);
    let own = server.get(user, "/notifications?scope=mine").await.expect(200);
    assert_eq!((&own["meta"]["total"], &own["data"][0]["recipient"]), (&json!(1), &json!("user@test.example")));
    assert_eq!(own["data"][0]["keyIds"], json!([theirs]));
    server.get(scanner, "/notifications?scope=mine").await.refused(403, "forbiddenError", None);
    server.get(user, "/notifications?scope=all").await.refused(400, "malformedRequestError", Some("scope"));
    server.get(user, "/notifications?scope=mine&state=gone").await.refused(400, "malformedRequestError", Some("state"));
    assert_eq!(server.get(user, "/notifications?scope=mine&state=dead").await.expect(200)["meta"]["total"], 0);
    // a service has no address, and nobody's notices
    let page = server.get(&server.keys.admin, "/notifications?scope=mine").await.expect(200);
    assert_eq!(page["data"], json!([]));
}

#[tokio::test]
async fn who_did_it_is_not_told_and_a_folder_takes_what_others_are() {
    let folder = tempfile::tempdir().unwrap();
    let mail = folder.path().join("mail");
    let server = telling(NoticeSettings { folder: Some(mail.clone()), ..NoticeSettings::default() }).await;
    let (own, _) = server.make_key(&server.keys.user, "own").await;
    server.delete(&server.keys.user, &format!("/api-keys/{own}")).await.expect(204);
    assert!(listed(&server).await.is_empty(), "there is nobody else to tell");
    let (other, _) = server.make_key(&server.keys.user, "other").await;
    revoke(&server, &[&other], "").await;
    wait_for(&server, |all| all[0]["state"] == "sent").await;
    let files = std::fs::read_dir(&mail).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    assert!(files.len() == 1 && files[0].extension().is_some_and(|end| end == "eml"), "{files:?}");
    let mail = std::fs::read_to_string(&files[0]).unwrap();
    assert_eq!(parsed(&mail).to().unwrap().first().unwrap().address(), Some("user@test.example"));
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
    assert!(mail.contains("\nSubject: 2 API keys: about to expire\r\n") && !mail.contains("gone"), "{mail}");
    // two days before the other; the first is over
    hands.forward(TimeDelta::days(11));
    let mail = next(&mut mails).await;
    assert!(mail.contains("\nSubject: API key late: about to expire\r\n"), "{mail}");
    hands.forward(TimeDelta::days(1));
    let mail = next(&mut mails).await;
    assert!(mail.contains("\nSubject: API key late: about to expire\r\n"), "{mail}");
    let told = listed(&server).await;
    assert_eq!(told.iter().filter(|notice| notice["cause"] == "expiring").count(), 4, "{told:?}");
}

/// A message as a webhook got it.
#[derive(Clone, Debug, PartialEq)]
struct Told {
    kind: String,
    to: String,
    keys: Vec<String>,
    text: String,
}

impl Told {
    fn of(body: &str) -> Self {
        let body: Value = serde_json::from_str(body).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let data = &body["data"];
        Self {
            kind: text(&body["type"]).trim_start_matches("api_key.").to_owned(),
            to: text(&data["recipient"]),
            keys: data["apiKeyIds"].as_array().unwrap().iter().map(text).collect(),
            text: text(&data["text"]),
        }
    }
}

/// A server whose clock stands, and which sends nothing: whoever is at hand sends what there is, when asked.
struct Scene {
    server: TestServer,
    hands: Hands,
    teller: Teller,
    posted: UnboundedReceiver<Posted>,
}

impl Scene {
    async fn new() -> Self {
        let settings = ServerSettings { tell_every: Duration::from_hours(24), ..ServerSettings::default() };
        let (server, hands) = stopped_clock(settings).await;
        let (webhook, posted) = hook(WebhookForm::Standard, Some(&secret())).await;
        let ways = NoticeSettings { webhook: Some(webhook), ..NoticeSettings::default() };
        let teller = Teller::open(&server.database, hands.clock(), ways).await.unwrap();
        Self { server, hands, teller, posted }
    }

    /// What is sent now, in the order of the recipients.
    async fn told(&mut self) -> Vec<Told> {
        self.teller.tell().await.unwrap();
        let mut all: Vec<Told> =
            std::iter::from_fn(|| self.posted.try_recv().ok()).map(|post| Told::of(&post.1)).collect();
        all.sort_by(|a, b| (&a.to, &a.kind).cmp(&(&b.to, &b.kind)));
        all
    }

    /// What is sent now: the kind and to whom.
    async fn kinds(&mut self) -> Vec<(String, String)> {
        self.told().await.into_iter().map(|told| (told.kind, told.to)).collect()
    }

    async fn patch(&self, by: &Secret, id: &str, change: Value) -> Value {
        let patch = self.server.request(Method::PATCH, by, &format!("/api-keys/{id}"));
        self.server.send(patch.json(&change)).await.expect(200)
    }

    async fn id_of_user(&self, key: &Secret) -> i64 {
        self.server.get(key, "/me").await.expect(200)["user"]["id"].as_i64().unwrap()
    }
}

/// A secret that the standard's own library takes.
fn secret() -> String {
    format!("whsec_{}", STANDARD.encode(b"a secret of the tests alone, no other"))
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(kind, to)| ((*kind).to_owned(), (*to).to_owned())).collect()
}
