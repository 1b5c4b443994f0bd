//! `server.toml`: its form.

use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::notices::{self, NoticesConfig, RawNotices, RawSmtp, RawWebhook, SMTP_KEYS, WEBHOOK_KEYS};
use super::policy::{self, POLICY_KEYS, PolicyConfig, RawPolicy};
use super::{GITHUB_PUBLIC_KEYS, LONGEST_VERIFICATION_AGE, ServerLayer, TlsFiles};
use crate::config::credential::{Credential, RawCredential, resolve};
use crate::config::error::ConfigError;
use crate::config::reading::{self, CREDENTIAL_FORM, CREDENTIAL_KEYS, Form, place};
use crate::domain::database_url::DatabaseUrl;
use crate::domain::web_address::WebAddress;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawServer {
    listen: Option<Spanned<String>>,
    database: Option<String>,
    behind_proxy: Option<Spanned<String>>,
    log_requests: Option<bool>,
    metrics: Option<Spanned<String>>,
    tls: Option<RawTls>,
    #[serde(default)]
    rate_limit: RawRateLimit,
    #[serde(default)]
    verifications: RawVerifications,
    #[serde(default)]
    partners: RawPartners,
    policy: Option<Spanned<RawPolicy>>,
    smtp: Option<Spanned<RawSmtp>>,
    webhook: Option<Spanned<RawWebhook>>,
    #[serde(default)]
    notices: RawNotices,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTls {
    certificate: std::path::PathBuf,
    key: std::path::PathBuf,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRateLimit {
    requests: Option<Spanned<u32>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawVerifications {
    limit: Option<Spanned<u32>>,
    max_age: Option<Spanned<u32>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPartners {
    github: Option<RawGitHub>,
    gitlab: Option<RawGitLab>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawGitHub {
    public_keys: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawGitLab {
    secret: Spanned<RawCredential>,
}

/// Who else is served, and how they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Partners {
    pub github: Option<WebAddress>,
    pub gitlab: Option<Credential>,
    pub notices: NoticesConfig,
    /// Settings of the team that are fixed.
    pub policy: Option<PolicyConfig>,
}

const ROOT_KEYS: &[&str] = &[
    "listen",
    "database",
    "behind_proxy",
    "log_requests",
    "metrics",
    "tls",
    "rate_limit",
    "verifications",
    "partners",
    "policy",
    "smtp",
    "webhook",
    "notices",
];
const TLS_KEYS: &[&str] = &["certificate", "key"];

const FORM: Form = Form { known: known_keys, expected };

fn known_keys(parents: &[&str]) -> &'static [&'static str] {
    match parents {
        [] => ROOT_KEYS,
        ["tls"] => TLS_KEYS,
        ["rate_limit"] => &["requests"],
        ["verifications"] => &["limit", "max_age"],
        ["partners"] => &["github", "gitlab"],
        ["partners", "github"] => &["public_keys"],
        ["partners", "gitlab"] => &["secret"],
        ["partners", "gitlab", "secret"] | ["smtp", "password"] | ["webhook", "url_from" | "secret"] => CREDENTIAL_KEYS,
        ["policy"] => POLICY_KEYS,
        ["smtp"] => SMTP_KEYS,
        ["webhook"] => WEBHOOK_KEYS,
        ["notices"] => &["folder"],
        _ => &[],
    }
}

fn expected(path: &[&str]) -> &'static str {
    match path {
        ["listen"] => "\"127.0.0.1:7878\" or \"unix:/run/user/1000/keydeck.sock\"",
        ["database"] => "\"sqlite:/var/lib/keydeck/keydeck.db\" or \"postgres://keydeck@db.example/keydeck\"",
        ["behind_proxy"] => "the proxy's address, as \"10.0.0.2\"",
        ["metrics"] => "\"127.0.0.1:9464\" or \"unix:/run/keydeck/metrics.sock\"",
        ["log_requests"] => "true or false",
        ["tls"] => "it as a table, [tls]",
        ["tls", _] => "the path of a file as text in quotes",
        ["rate_limit"] => "it as a table, [rate_limit]",
        ["rate_limit", "requests"] | ["verifications", "limit"] => "a whole number from 1",
        ["verifications"] => "it as a table, [verifications]",
        ["verifications", "max_age"] => "seconds, at most 86400",
        ["policy"] => "it as a table, [policy]",
        ["policy", name] => policy::expected(name),
        ["partners"] => "it as tables, [partners.github] and [partners.gitlab]",
        ["partners", "github"] => "it as a table, [partners.github]",
        ["partners", "gitlab"] => "it as a table, [partners.gitlab]",
        ["partners", "gitlab", "secret"] => CREDENTIAL_FORM,
        ["partners", "gitlab", "secret", "command"] => "[\"PROGRAM\", \"ARGUMENT\"]",
        other => notices::expected(other).unwrap_or("it as text in quotes"),
    }
}

/// Reads `flag`, which must exist, or else `usual`, which need not.
pub(super) fn load(flag: Option<&Path>, usual: &Path) -> Result<(ServerLayer, Partners), ConfigError> {
    match reading::read(flag, usual, "which says who is let in")? {
        Some(text) => parse(&text, flag.unwrap_or(usual)),
        None => Ok(Default::default()),
    }
}

pub(super) fn parse(text: &str, path: &Path) -> Result<(ServerLayer, Partners), ConfigError> {
    let raw: RawServer = reading::parse(text, path, &FORM)?;
    let refuse = |at: &std::ops::Range<usize>, name: &str, why: &str, hint: &str| {
        ConfigError::new(format!("{}{name} {why}", place(text, path, at)), hint)
    };
    let form = |at: &std::ops::Range<usize>, name: &'static str| {
        let parts: Vec<&str> = name.split('.').collect();
        refuse(at, name, "has the wrong form", &format!("write {}", expected(&parts)))
    };
    let listen = raw.listen.map(|said| said.get_ref().parse().map_err(|_| form(&said.span(), "listen"))).transpose()?;
    let metrics =
        raw.metrics.map(|said| said.get_ref().parse().map_err(|_| form(&said.span(), "metrics"))).transpose()?;
    let behind_proxy = raw
        .behind_proxy
        .map(|said| said.get_ref().parse().map_err(|_| form(&said.span(), "behind_proxy")))
        .transpose()?;
    let rate_limit = match raw.rate_limit.requests {
        Some(said) if *said.get_ref() == 0 => return Err(form(&said.span(), "rate_limit.requests")),
        said => said.map(Spanned::into_inner),
    };
    let verification_limit = match raw.verifications.limit {
        Some(said) if *said.get_ref() == 0 => return Err(form(&said.span(), "verifications.limit")),
        said => said.map(Spanned::into_inner),
    };
    let verification_max_age = match raw.verifications.max_age {
        Some(said) if *said.get_ref() > LONGEST_VERIFICATION_AGE => {
            return Err(form(&said.span(), "verifications.max_age"));
        }
        said => said.map(Spanned::into_inner),
    };
    let tls =
        raw.tls.map(|tls| TlsFiles { certificate: resolve(&tls.certificate, path), key: resolve(&tls.key, path) });
    let github = raw.partners.github.map(|github| {
        let Some(said) = github.public_keys else {
            return WebAddress::parse(GITHUB_PUBLIC_KEYS).map_err(|why| ConfigError::new(why, "name public_keys"));
        };
        WebAddress::parse(said.get_ref()).map_err(|why| {
            let hint = format!("write public_keys = \"{GITHUB_PUBLIC_KEYS}\", or leave it out");
            refuse(&said.span(), "partners.github.public_keys", why, &hint)
        })
    });
    let gitlab =
        raw.partners.gitlab.map(|gitlab| reading::credential(text, path, "partners.gitlab.secret", gitlab.secret));
    let layer = ServerLayer {
        listen,
        database: raw.database.map(|database| beside(&database, path)),
        rate_limit,
        verification_limit,
        verification_max_age,
        tls,
        behind_proxy,
        log_requests: raw.log_requests,
        metrics,
    };
    let policy = policy::checked(text, path, raw.policy)?;
    let notices = notices::checked(text, path, raw.smtp, raw.webhook, raw.notices)?;
    Ok((layer, Partners { github: github.transpose()?, gitlab: gitlab.transpose()?, notices, policy }))
}

/// `database` with a relative path as one beside the file that names it. What is no database is told when it is opened.
fn beside(database: &str, file: &Path) -> DatabaseUrl {
    let Some(path) = database.strip_prefix("sqlite:").filter(|path| !path.starts_with([':', '/']) && !path.is_empty())
    else {
        return database.into();
    };
    format!("sqlite:{}", resolve(Path::new(path), file).display()).into()
}
