//! `keydeck serve`, `keydeck server init` and `keydeck server backup`.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;

use tokio::net::{TcpListener, UnixListener};
use tokio::sync::mpsc;

use super::args::{Backup, Init, Serve};
use super::exit::{Exit, Stop};
use super::output::Output;
use super::signals::Signals;
use super::value;
use crate::config::Paths;
use crate::server::{self, DEFAULT_RATE_LIMIT, DEFAULT_VERIFICATION_LIMIT, Listen, Listener, ServerSettings, TlsFiles};
use crate::system::socket::{SocketError, SocketFile, SocketPath};

/// How many lines of the request log wait to be printed.
const LINES: usize = 1024;

/// Serves until a signal, then finishes what was accepted; a second signal ends it at once.
pub async fn run(args: &Serve, paths: &Paths, output: &mut Output) -> anyhow::Result<Exit> {
    let tls = args.tls_cert.clone().zip(args.tls_key.clone());
    let tls = tls.map(|(certificate, key)| TlsFiles { certificate, key });
    args.listen.check(tls.is_some(), args.behind_proxy.is_some())?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let signals = Signals::catch()?;
    // the socket's file goes when this function ends, however it does
    let (listener, url, _file) = match &args.listen {
        Listen::Network(address) => {
            let listener = on_network(*address).await?;
            let url = format!("{scheme}://{}", listener.local_addr()?);
            (Listener::from(listener), url, None)
        }
        Listen::Socket(path) => {
            let (listener, file) = on_socket(path).await?;
            (Listener::from(listener), path.to_string(), Some(file))
        }
    };
    let (request_log, mut requests) = mpsc::channel(LINES);
    let settings = ServerSettings {
        database: database(args.database.as_deref(), paths),
        rate_limit: args.rate_limit.unwrap_or(DEFAULT_RATE_LIMIT),
        verification_limit: args.verification_limit.unwrap_or(DEFAULT_VERIFICATION_LIMIT),
        verification_max_age: args.verification_max_age.unwrap_or_default(),
        tls,
        behind_proxy: args.behind_proxy,
        request_log: args.log_requests.then_some(request_log),
        #[cfg(feature = "fault-points")]
        lag: args.lag(),
        ..ServerSettings::default()
    };
    // a database or a certificate that cannot be used is told before an address is
    let prepared = server::prepare(settings).await?;
    output.say(&format!("keydeck serves on {url}; ^C stops it"));
    let mut serving = tokio::spawn(prepared.serve(listener, signals.stop.clone()));
    let ended = loop {
        tokio::select! {
            ended = &mut serving => break ended?,
            () = signals.now.cancelled() => {
                tracing::warn!("stopped at once: requests may have been cut off");
                break Ok(());
            }
            Some(line) = requests.recv() => {
                output.json_line(&line);
                if requests.is_empty() {
                    output.flush();
                }
            }
        }
    };
    while let Ok(line) = requests.try_recv() {
        output.json_line(&line);
    }
    ended?;
    Ok(Exit::Done)
}

async fn on_network(address: SocketAddr) -> Result<TcpListener, Stop> {
    TcpListener::bind(address).await.map_err(|error| {
        let hint = match error.kind() {
            ErrorKind::AddrInUse => "another program listens there: stop it, or pass another --listen",
            ErrorKind::PermissionDenied => "pass --listen with a port of 1024 or above",
            _ => "pass another --listen",
        };
        Stop::usage(format!("cannot listen on {address}: {}", error.kind()), hint)
    })
}

async fn on_socket(path: &SocketPath) -> Result<(UnixListener, SocketFile), Stop> {
    path.listen().await.map_err(|error| {
        let hint = match &error {
            SocketError::InUse => "stop it, or pass another --listen",
            SocketError::NotASocket => "nothing was removed: pass another --listen",
            SocketError::Untrusted(_) => "pass --listen with a path in a folder that only you can write",
            SocketError::System(error) if error.kind() == ErrorKind::NotFound => "make its folder first",
            SocketError::System(_) | SocketError::TooLong(_) => "pass another --listen",
        };
        Stop::usage(format!("cannot listen on {path}: {error}"), hint)
    })
}

/// Copies the database. The head of the copy's audit log is the result, so that it can be kept.
pub async fn backup(args: &Backup, paths: &Paths, output: &mut Output) -> anyhow::Result<Exit> {
    let head = server::backup(&database(args.database.as_deref(), paths), &args.file).await?;
    output.say(&format!("copied to {}; the head of its audit log:", args.file.display()));
    output.line(&head.to_string());
    Ok(Exit::Done)
}

/// Makes the database and its first superadmin. The key is the result, so that it can go into a file.
pub async fn init(args: &Init, paths: &Paths, output: &mut Output) -> anyhow::Result<Exit> {
    if args.database.is_none()
        && let Some(parent) = paths.database().parent()
    {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(parent).map_err(|error| {
            Stop::failed(
                format!("cannot make {}: {}", parent.display(), error.kind()),
                "check that it can be made, or name another place with --database",
            )
        })?;
    }
    let database = database(args.database.as_deref(), paths);
    value::can_be_printed("nothing was made")?;
    let key = server::init(&database, &args.team, &args.email).await?;
    output.say(&format!("the key of {}, a superadmin; it is told this once:", args.email));
    output.line(key.expose());
    if !output.arrived() {
        return Err(Stop::failed(
            "the key could not be written and is lost",
            format!("remove the database ({database}) and run this again"),
        )
        .into());
    }
    output.say("next: keydeck serve, then KEYDECK_URL and KEYDECK_API_KEY, or a profile in config.toml");
    Ok(Exit::Done)
}

pub fn database(flag: Option<&str>, paths: &Paths) -> String {
    flag.map_or_else(|| format!("sqlite:{}", paths.database().display()), str::to_owned)
}
