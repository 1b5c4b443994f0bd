//! What takes notices in tests: a server for mail and a webhook, each of which hands on what came.

#![allow(dead_code, clippy::unwrap_used, reason = "test support: each test binary uses its own part")]

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use keydeck::config::{MailSecurity, SmtpConfig, WebhookForm};
use keydeck::domain::secret::Secret;
use keydeck::outbound::{Destination, Outbound};
use keydeck::server::{Smtp, Webhook};
use mail_parser::{Message, MessageParser};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// How long anything may take before a test gives up on it.
pub const PATIENCE: Duration = Duration::from_mins(1);

pub async fn next<T>(arriving: &mut mpsc::UnboundedReceiver<T>) -> T {
    tokio::time::timeout(PATIENCE, arriving.recv()).await.unwrap().unwrap()
}

/// A server that takes mail, as RFC 5321 has it, without extensions; the first `refusals` are put off.
pub async fn mail_server(refusals: usize) -> (Smtp, mpsc::UnboundedReceiver<String>) {
    mail_server_that_refuses(refusals, "451 later").await
}

/// The same, whose refusals are these words.
pub async fn mail_server_that_refuses(refusals: usize, words: &'static str) -> (Smtp, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (send, arriving) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut refusals = refusals;
        while let Ok((stream, _)) = listener.accept().await {
            let (reading, mut writing) = stream.into_split();
            let mut lines = BufReader::new(reading).lines();
            let _gone = writing.write_all(b"220 mail.test.example ESMTP\r\n").await;
            while let Ok(Some(line)) = lines.next_line().await {
                let verb = line.split([' ', ':']).next().unwrap().to_ascii_uppercase();
                let refusal = format!("{words}\r\n");
                let answer = match verb.as_str() {
                    "EHLO" => "250 mail.test.example\r\n",
                    "RCPT" if refusals > 0 => {
                        refusals -= 1;
                        refusal.as_str()
                    }
                    "DATA" => {
                        let _gone = writing.write_all(b"354 go on\r\n").await;
                        let mut mail = String::new();
                        while let Ok(Some(line)) = lines.next_line().await {
                            if line == "." {
                                break;
                            }
                            // a line that begins with a dot is sent with one more
                            mail += line.strip_prefix('.').unwrap_or(&line);
                            mail += "\r\n";
                        }
                        let _nobody_listens = send.send(mail);
                        "250 taken\r\n"
                    }
                    "QUIT" => "221 bye\r\n",
                    _ => "250 ok\r\n",
                };
                if writing.write_all(answer.as_bytes()).await.is_err() {
                    break;
                }
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

/// A mail, as an independent parser reads it.
pub fn parsed(raw: &str) -> Message<'_> {
    MessageParser::default().parse(raw).unwrap()
}

/// The names of a mail's headers, in order, each in small letters.
pub fn header_names(mail: &Message<'_>) -> Vec<String> {
    mail.headers().iter().map(|header| header.name().to_ascii_lowercase()).collect()
}

/// What a webhook got: its headers and its body.
pub type Posted = (HeaderMap, String);

/// Listens as a webhook that answers `status`.
pub async fn posts(status: StatusCode) -> (String, mpsc::UnboundedReceiver<Posted>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/hook", listener.local_addr().unwrap());
    let (router, arriving) = taking(status);
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, arriving)
}

/// What answers `status` to all, and hands on what came.
pub fn taking(status: StatusCode) -> (axum::Router, mpsc::UnboundedReceiver<Posted>) {
    let (send, arriving) = mpsc::unbounded_channel();
    let take = move |headers: HeaderMap, body: Bytes| {
        let send = send.clone();
        async move {
            let _nobody_listens = send.send((headers, String::from_utf8(body.to_vec()).unwrap()));
            (status, [("location", "http://127.0.0.1:1/elsewhere")])
        }
    };
    (axum::Router::new().fallback(take), arriving)
}

pub fn webhook(to: &str, form: WebhookForm, secret: Option<&str>) -> Webhook {
    let secret = secret.map(|text| Arc::new(Secret::new(text.to_owned())));
    Webhook { to: Arc::new(Outbound::new(Destination::parse(to).unwrap())), form, secret }
}

pub async fn hook(form: WebhookForm, secret: Option<&str>) -> (Webhook, mpsc::UnboundedReceiver<Posted>) {
    let (address, arriving) = posts(StatusCode::NO_CONTENT).await;
    (webhook(&address, form, secret), arriving)
}
