//! Where the server's settings come from, and what they come to.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::mpsc::Sender;

use crate::cli::args::Place;
use crate::cli::exit::Stop;
use crate::config::{
    ConfigError, Credential, NoticesConfig, Paths, ServerConfig, ServerLayer, ServerSources, WebhookPlace,
    database_of_environment,
};
use crate::domain::database_url::DatabaseUrl;
use crate::domain::secret::Secret;
use crate::outbound::{Destination, Outbound};
use crate::server::{NoticeSettings, PartnerSettings, RequestLine, ServerSettings, Smtp, Webhook};

/// The sources: `flags`, and the file that the command line names.
pub fn sources(flags: ServerLayer, file: Option<&Path>, paths: &Paths) -> ServerSources {
    ServerSources { flags, file: file.map(Path::to_owned), usual: paths.server_file() }
}

/// The database of a command on the server's own machine: the one that is served, unless a flag names another.
pub async fn database(place: &Place, file: Option<&Path>, paths: &Paths) -> Result<DatabaseUrl, ConfigError> {
    database_of(place.url().await?, file, paths)
}

/// The same, with what a flag names.
pub fn database_of(named: Option<DatabaseUrl>, file: Option<&Path>, paths: &Paths) -> Result<DatabaseUrl, ConfigError> {
    if let Some(database) = named {
        // what the environment holds is kept from programs that are started, also where it is not asked
        database_of_environment()?;
        return Ok(database);
    }
    Ok(served(&sources(ServerLayer::default(), file, paths).load()?, paths))
}

/// The database that `config` names, else the usual one.
pub fn served(config: &ServerConfig, paths: &Paths) -> DatabaseUrl {
    config.database.clone().unwrap_or_else(|| usual(paths))
}

/// The database where none is named.
pub fn usual(paths: &Paths) -> DatabaseUrl {
    format!("sqlite:{}", paths.database().display()).into()
}

/// The least that a secret which lets somebody in may have, in characters.
const LEAST: usize = 16;

/// What the server is to do, with its secrets fetched.
///
/// # Errors
/// When a secret cannot be had.
pub async fn settings(
    config: &ServerConfig,
    paths: &Paths,
    request_log: &Sender<RequestLine>,
) -> anyhow::Result<ServerSettings> {
    let gitlab = match &config.gitlab {
        Some(source) => Some(Arc::new(agreed("partners.gitlab.secret", source).await?)),
        None => None,
    };
    Ok(ServerSettings {
        database: served(config, paths),
        rate_limit: config.rate_limit,
        verification_limit: config.verification_limit,
        verification_max_age: config.verification_max_age,
        tls: config.tls.clone(),
        behind_proxy: config.behind_proxy,
        request_log: config.log_requests.then(|| request_log.clone()),
        keep_reserve: true,
        partners: PartnerSettings { github: config.github.clone(), gitlab },
        notices: notices(&config.notices).await?,
        policy: config.policy.clone(),
        ..ServerSettings::default()
    })
}

/// The ways that people are told, with their secrets fetched.
///
/// # Errors
/// When a secret cannot be had.
pub async fn notices(config: &NoticesConfig) -> anyhow::Result<NoticeSettings> {
    let smtp = match &config.smtp {
        Some(server) => {
            let password = fetched("smtp.password", server.password.as_ref()).await?.map(Arc::new);
            Some(Smtp { server: server.clone(), password })
        }
        None => None,
    };
    let webhook = match &config.webhook {
        Some(hook) => {
            let to = match &hook.place {
                WebhookPlace::Address(address) => Destination::Address(address.clone()),
                WebhookPlace::Socket(socket) => Destination::Socket(socket.clone()),
                WebhookPlace::Kept(source) => {
                    let text = fetched("webhook.url_from", Some(source)).await?;
                    Destination::parse(text.as_ref().map(Secret::expose).unwrap_or_default()).map_err(|why| {
                        Stop::usage(format!("webhook.url_from: what is there {why}"), "put the webhook's address there")
                    })?
                }
            };
            let secret = fetched("webhook.secret", hook.secret.as_ref()).await?.map(Arc::new);
            if let Some(secret) = &secret
                && !Webhook::is_secret(secret)
            {
                let hint = "make one: echo whsec_$(head -c 32 /dev/urandom | base64)";
                let why = "webhook.secret: what is there is not whsec_ and 24 to 64 bytes in base 64";
                return Err(Stop::usage(why, hint).into());
            }
            Some(Webhook { to: Arc::new(Outbound::new(to)), form: hook.form, secret })
        }
        None => None,
    };
    Ok(NoticeSettings { smtp, webhook, folder: config.folder.clone() })
}

/// A secret of any form, where there is one.
async fn fetched(name: &str, source: Option<&Credential>) -> anyhow::Result<Option<Secret>> {
    let Some(source) = source else { return Ok(None) };
    let secret = source.passphrase().await;
    Ok(Some(secret.map_err(|error| Stop::usage(format!("{name}: {error}"), error.hint()))?))
}

/// A secret that was agreed with somebody.
async fn agreed(name: &str, source: &Credential) -> anyhow::Result<Secret> {
    let secret = source.fetch().await.map_err(|error| Stop::usage(format!("{name}: {error}"), error.hint()))?;
    if secret.expose().len() < LEAST {
        let what = format!("{name}: what is there has less than {LEAST} characters, which can be guessed");
        return Err(Stop::usage(what, "make a long one, as with: openssl rand -hex 32").into());
    }
    Ok(secret)
}
