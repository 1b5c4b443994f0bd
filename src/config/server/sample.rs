//! A `server.toml` with what each setting means.

use std::fmt::{Display, Write as _};
use std::path::Path;

use super::policy::{POLICY, PolicyConfig};
use super::{GITHUB_PUBLIC_KEYS, NoticesConfig, ServerConfig, SmtpConfig, WebhookPlace};
use crate::config::credential::Credential;

/// The settings as a file. What is not set stands in it as a comment, with an example.
pub(super) fn of(config: &ServerConfig) -> String {
    let ServerConfig { listen, database, rate_limit, tls, behind_proxy, log_requests, github, gitlab, notices, .. } =
        config;
    let ServerConfig { verification_limit, verification_max_age, metrics, .. } = config;
    let mut out = String::new();
    let text = |value: &dyn Display| quoted(&value.to_string());
    let path = |path: &Path| quoted(&path.to_string_lossy());

    about(&mut out, "Where to listen: a loopback address, or unix:PATH; others need [tls] or behind_proxy.");
    set(&mut out, "listen", &text(listen));
    about(
        &mut out,
        "Where the keys are kept: sqlite:PATH, or postgres://USER@HOST/NAME; left out: keydeck.db in the data directory.",
    );
    maybe(&mut out, "database", database.as_ref().map(|at| text(at)), "\"sqlite:/var/lib/keydeck/keydeck.db\"");
    about(&mut out, "The proxy that speaks TLS in front: the only address from which X-Forwarded-For is believed.");
    maybe(&mut out, "behind_proxy", behind_proxy.as_ref().map(|at| text(at)), "\"10.0.0.2\"");
    about(&mut out, "Print a line of JSON for each request.");
    set(&mut out, "log_requests", log_requests);
    about(&mut out, "Tell Prometheus how the server does, at /metrics here; it holds no secret and asks for none.");
    maybe(&mut out, "metrics", metrics.as_ref().map(|at| text(at)), "\"127.0.0.1:9464\"");

    about(&mut out, "Serve TLS with this certificate and its chain, and the key, each in PEM or DER.");
    table(&mut out, "tls", tls.is_some());
    maybe(&mut out, "certificate", tls.as_ref().map(|tls| path(&tls.certificate)), "\"cert.pem\"");
    maybe(&mut out, "key", tls.as_ref().map(|tls| path(&tls.key)), "\"key.pem\"");

    about(&mut out, "How many requests a user may make in 60 s.");
    table(&mut out, "rate_limit", true);
    set(&mut out, "requests", rate_limit);

    about(
        &mut out,
        "Verifications a user may ask for in 60 s, a batch as one for every 100, and how many seconds an answer may be kept.",
    );
    table(&mut out, "verifications", true);
    set(&mut out, "limit", verification_limit);
    set(&mut out, "max_age", verification_max_age);

    about(
        &mut out,
        "Take GitHub's secret scanning alerts at POST /partners/github; the keys that sign them are fetched here.",
    );
    table(&mut out, "partners.github", github.is_some());
    maybe(&mut out, "public_keys", github.as_ref().map(|at| text(at.url())), &quoted(GITHUB_PUBLIC_KEYS));

    about(
        &mut out,
        "Serve GitLab's token revocation client, which sends this secret; { env = \"NAME\" } and { command = [...] } too.",
    );
    table(&mut out, "partners.gitlab", gitlab.is_some());
    maybe(&mut out, "secret", gitlab.as_ref().map(source), "{ file = \"gitlab-secret\" }");
    of_policy(&mut out, config.policy.as_ref());
    of_notices(&mut out, notices);
    out
}

fn of_policy(out: &mut String, policy: Option<&PolicyConfig>) {
    about(
        out,
        "Settings of the team that are fixed here: nobody changes them over the API. They hold from the next start.",
    );
    table(out, "policy", policy.is_some());
    let fixed = policy.and_then(|policy| toml::Value::try_from(&policy.fixed).ok());
    for ((name, example), wire) in POLICY.iter().zip(WIRE) {
        let value = fixed.as_ref().and_then(|fixed| fixed.get(wire)).map(ToString::to_string);
        maybe(out, name, value, example);
    }
}

/// The names of [`POLICY`] on the wire.
const WIRE: [&str; 8] = [
    "membersMayGenerate",
    "expiryDays",
    "maxAgeDays",
    "inactivityDays",
    "autoRevokeExposed",
    "notifyBeforeDays",
    "maxKeysPerUser",
    "membersAccess",
];

fn of_notices(out: &mut String, notices: &NoticesConfig) {
    let NoticesConfig { smtp, webhook, folder } = notices;
    about(out, "Tell people by mail what becomes of their keys; security is starttls, tls or, on this machine, none.");
    table(out, "smtp", smtp.is_some());
    let of = |take: &dyn Fn(&SmtpConfig) -> Option<String>| smtp.as_ref().and_then(take);
    maybe(out, "host", of(&|smtp| Some(quoted(&smtp.host))), "\"mail.acme.example\"");
    maybe(out, "port", of(&|smtp| Some(smtp.port.to_string())), "587");
    maybe(out, "security", of(&|smtp| Some(quoted(smtp.security.word()))), "\"starttls\"");
    maybe(out, "from", of(&|smtp| Some(quoted(&smtp.from))), "\"keydeck@acme.example\"");
    maybe(out, "user", of(&|smtp| smtp.user.as_deref().map(quoted)), "\"keydeck\"");
    maybe(out, "password", of(&|smtp| smtp.password.as_ref().map(source)), "{ file = \"smtp-password\" }");

    about(out, "The same to a webhook; form is standard (Standard Webhooks), slack or teams.");
    table(out, "webhook", webhook.is_some());
    match webhook.as_ref().map(|hook| &hook.place) {
        Some(WebhookPlace::Kept(kept)) => set(out, "url_from", &source(kept)),
        Some(WebhookPlace::Address(address)) => set(out, "url", &quoted(address.url().as_str())),
        Some(WebhookPlace::Socket(socket)) => set(out, "url", &quoted(&socket.to_string())),
        None => maybe(out, "url_from", None, "{ file = \"webhook-url\" }"),
    }
    maybe(out, "form", webhook.as_ref().map(|hook| quoted(hook.form.word())), "\"standard\"");
    let secret = webhook.as_ref().and_then(|hook| hook.secret.as_ref());
    maybe(out, "secret", secret.map(source), "{ file = \"webhook-secret\" }");

    about(out, "The same as .eml files in a folder.");
    table(out, "notices", folder.is_some());
    maybe(out, "folder", folder.as_ref().map(|folder| quoted(&folder.to_string_lossy())), "\"mail\"");
}

fn about(out: &mut String, meaning: &str) {
    let gap = if out.is_empty() { "" } else { "\n" };
    let _ = writeln!(out, "{gap}# {meaning}");
}

fn set(out: &mut String, name: &str, value: &dyn Display) {
    let _ = writeln!(out, "{name} = {value}");
}

/// `name`, or else an example of it as a comment.
fn maybe(out: &mut String, name: &str, value: Option<String>, example: &str) {
    match value {
        Some(value) => set(out, name, &value),
        None => drop(writeln!(out, "#{name} = {example}")),
    }
}

fn table(out: &mut String, name: &str, is_there: bool) {
    let _ = writeln!(out, "{}[{name}]", if is_there { "" } else { "#" });
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn source(credential: &Credential) -> String {
    match credential {
        Credential::Env(name) => format!("{{ env = {} }}", quoted(name)),
        Credential::File(path) => format!("{{ file = {} }}", quoted(&path.to_string_lossy())),
        Credential::Command(words) => {
            let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
            format!("{{ command = [{}] }}", words.join(", "))
        }
    }
}
