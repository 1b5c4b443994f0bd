//! Where the server's settings come from, and what they come to.

use std::path::Path;

use tokio::sync::mpsc::Sender;

use crate::config::{ConfigError, Paths, ServerConfig, ServerLayer, ServerSources};
use crate::server::{RequestLine, ServerSettings};

/// The sources: `flags`, and the file that the command line names.
pub fn sources(flags: ServerLayer, file: Option<&Path>, paths: &Paths) -> ServerSources {
    ServerSources { flags, file: file.map(Path::to_owned), usual: paths.server_file() }
}

/// The database of a command on the server's own machine: the one that is served, unless a flag names another.
pub fn database(flag: Option<&str>, file: Option<&Path>, paths: &Paths) -> Result<String, ConfigError> {
    match flag {
        Some(database) => Ok(database.to_owned()),
        None => Ok(served(&sources(ServerLayer::default(), file, paths).load()?, paths)),
    }
}

/// The database that `config` names, else the usual one.
pub fn served(config: &ServerConfig, paths: &Paths) -> String {
    config.database.clone().unwrap_or_else(|| usual(paths))
}

/// The database where none is named.
pub fn usual(paths: &Paths) -> String {
    format!("sqlite:{}", paths.database().display())
}

/// What the server is to do.
pub fn settings(config: &ServerConfig, paths: &Paths, request_log: &Sender<RequestLine>) -> ServerSettings {
    ServerSettings {
        database: served(config, paths),
        rate_limit: config.rate_limit,
        verification_limit: config.verification_limit,
        verification_max_age: config.verification_max_age,
        tls: config.tls.clone(),
        behind_proxy: config.behind_proxy,
        request_log: config.log_requests.then(|| request_log.clone()),
        ..ServerSettings::default()
    }
}
