//! `[smtp]`, `[webhook]` and `[notices]` of `server.toml`: the ways that people are told what becomes of their keys.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use crate::config::credential::{Credential, RawCredential, resolve};
use crate::config::error::ConfigError;
use crate::config::reading::{self, place};
use crate::domain::email::is_email;
use crate::domain::web_address::{WebAddress, is_this_machine};
use crate::system::socket::SocketPath;

/// What keeps mail from being read on its way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailSecurity {
    /// Begins in the clear, and goes on with TLS or not at all.
    #[default]
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// Nothing: for a server on this machine itself.
    None,
}

impl MailSecurity {
    /// The word in the file.
    pub fn word(self) -> &'static str {
        match self {
            Self::StartTls => "starttls",
            Self::Tls => "tls",
            Self::None => "none",
        }
    }

    /// The usual port.
    fn port(self) -> u16 {
        match self {
            Self::StartTls => 587,
            Self::Tls => 465,
            Self::None => 25,
        }
    }
}

/// The server that takes mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpConfig {
    pub host: String,
    pub port: u16,
    pub security: MailSecurity,
    /// Whom mail comes from.
    pub from: String,
    pub user: Option<String>,
    /// Where the user's password is.
    pub password: Option<Credential>,
}

/// What a webhook takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WebhookForm {
    /// Standard Webhooks.
    #[default]
    Standard,
    Slack,
    Teams,
}

impl WebhookForm {
    /// The word in the file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Slack => "slack",
            Self::Teams => "teams",
        }
    }
}

/// Where a webhook is: its address may be a secret itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookPlace {
    Address(WebAddress),
    /// Whoever listens on this Unix socket.
    Socket(SocketPath),
    /// Where the address is.
    Kept(Credential),
}

/// A webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookConfig {
    pub place: WebhookPlace,
    pub form: WebhookForm,
    /// Where the secret is that messages are signed with.
    pub secret: Option<Credential>,
}

/// The ways there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoticesConfig {
    pub smtp: Option<SmtpConfig>,
    pub webhook: Option<WebhookConfig>,
    /// A folder for `.eml` files.
    pub folder: Option<PathBuf>,
}

impl NoticesConfig {
    /// Where its secrets are.
    pub fn credentials(&self) -> impl Iterator<Item = &Credential> {
        let hook = self.webhook.iter().flat_map(|hook| {
            let kept = match &hook.place {
                WebhookPlace::Kept(source) => Some(source),
                WebhookPlace::Address(_) | WebhookPlace::Socket(_) => None,
            };
            kept.into_iter().chain(&hook.secret)
        });
        self.smtp.iter().filter_map(|smtp| smtp.password.as_ref()).chain(hook)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSmtp {
    host: String,
    port: Option<u16>,
    security: Option<Spanned<MailSecurity>>,
    from: Spanned<String>,
    user: Option<String>,
    password: Option<Spanned<RawCredential>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWebhook {
    url: Option<Spanned<String>>,
    url_from: Option<Spanned<RawCredential>>,
    form: Option<WebhookForm>,
    secret: Option<Spanned<RawCredential>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawNotices {
    folder: Option<PathBuf>,
}

pub(super) const SMTP_KEYS: &[&str] = &["host", "port", "security", "from", "user", "password"];
pub(super) const WEBHOOK_KEYS: &[&str] = &["url", "url_from", "form", "secret"];

/// What belongs at a path of these tables.
pub(super) fn expected(path: &[&str]) -> Option<&'static str> {
    Some(match path {
        ["smtp"] => "it as a table, [smtp]",
        ["smtp", "port"] => "a port, as 587",
        ["smtp", "host"] => "\"mail.acme.example\"",
        ["smtp", "security"] => "\"starttls\", \"tls\" or, for a server on this machine, \"none\"",
        ["smtp", "from"] => "an address, as \"keydeck@acme.example\"",
        ["webhook"] => "it as a table, [webhook]",
        ["webhook", "form"] => "\"standard\", \"slack\" or \"teams\"",
        ["webhook", "url"] => "\"https://hooks.acme.example/keydeck\" or \"unix:/run/hooks.sock\"",
        ["smtp", "password"] | ["webhook", "url_from" | "secret"] => reading::CREDENTIAL_FORM,
        ["smtp", "password", "command"] | ["webhook", "url_from" | "secret", "command"] => {
            "[\"PROGRAM\", \"ARGUMENT\"]"
        }
        ["notices"] => "it as a table, [notices]",
        ["notices", "folder"] => "the path of a folder as text in quotes",
        _ => return None,
    })
}

pub(super) fn checked(
    text: &str,
    path: &Path,
    smtp: Option<Spanned<RawSmtp>>,
    webhook: Option<Spanned<RawWebhook>>,
    notices: RawNotices,
) -> Result<NoticesConfig, ConfigError> {
    Ok(NoticesConfig {
        smtp: smtp.map(|raw| checked_smtp(text, path, raw)).transpose()?,
        webhook: webhook.map(|raw| checked_webhook(text, path, raw)).transpose()?,
        folder: notices.folder.map(|folder| resolve(&folder, path)),
    })
}

fn checked_smtp(text: &str, path: &Path, raw: Spanned<RawSmtp>) -> Result<SmtpConfig, ConfigError> {
    let at = raw.span();
    let RawSmtp { host, port, security, from, user, password } = raw.into_inner();
    let refuse = |at: &std::ops::Range<usize>, what: &str, hint: &str| {
        Err(ConfigError::new(format!("{}smtp{what}", place(text, path, at)), hint))
    };
    if !is_email(from.get_ref()) {
        return refuse(&from.span(), ".from is no address", "write from = \"keydeck@acme.example\"");
    }
    if user.is_some() != password.is_some() {
        return refuse(&at, " has one of user and password", "name both, or neither");
    }
    let here = url::Url::parse(&format!("http://{host}/")).is_ok_and(|url| is_this_machine(&url));
    let kept = security.as_ref().map(Spanned::span).unwrap_or_default();
    let security = security.map(Spanned::into_inner).unwrap_or_default();
    if security == MailSecurity::None && !here {
        return refuse(&kept, ".security: mail would cross the network in plain text", "write \"starttls\" or \"tls\"");
    }
    let password = password.map(|raw| reading::credential(text, path, "smtp.password", raw)).transpose()?;
    let port = port.unwrap_or_else(|| security.port());
    Ok(SmtpConfig { host, port, security, from: from.into_inner(), user, password })
}

fn checked_webhook(text: &str, path: &Path, raw: Spanned<RawWebhook>) -> Result<WebhookConfig, ConfigError> {
    let at = raw.span();
    let RawWebhook { url, url_from, form, secret } = raw.into_inner();
    let told = match (url, url_from) {
        (Some(url), None) => {
            let read = match SocketPath::parse(url.get_ref().trim()) {
                Some(socket) => socket.map(WebhookPlace::Socket),
                None => WebAddress::parse(url.get_ref()).map(WebhookPlace::Address).map_err(str::to_owned),
            };
            read.map_err(|why| {
                let hint = "write url = \"https://hooks.acme.example/keydeck\"";
                ConfigError::new(format!("{}webhook.url {why}", place(text, path, &url.span())), hint)
            })?
        }
        (None, Some(kept)) => WebhookPlace::Kept(reading::credential(text, path, "webhook.url_from", kept)?),
        _ => {
            let hint = "name its address with url, or where that is kept with url_from";
            return Err(ConfigError::new(format!("{}webhook names no address, or two", place(text, path, &at)), hint));
        }
    };
    let secret = secret.map(|raw| reading::credential(text, path, "webhook.secret", raw)).transpose()?;
    let form = form.unwrap_or_default();
    if form == WebhookForm::Standard && secret.is_none() {
        let hint = "write secret = { file = \"webhook-secret\" }, or form = \"slack\" or \"teams\", which take none";
        let why = format!("{}webhook has no secret, so nobody could tell who sends", place(text, path, &at));
        return Err(ConfigError::new(why, hint));
    }
    Ok(WebhookConfig { place: told, form, secret })
}
