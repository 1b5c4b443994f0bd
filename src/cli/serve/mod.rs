//! `keydeck serve`, `keydeck server init` and `keydeck server backup`.

mod reload;
mod sources;

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use tokio::net::{TcpListener, UnixListener};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::args::{Backup, Init, Serve, TestMail};
use super::exit::{Exit, Stop};
use super::output::Output;
use super::signals::Signals;
use super::value;
use crate::config::{Listen, Paths, ServerLayer};
use crate::domain::email::is_email;
use crate::server::{self, Clock, Listener};
use crate::system::socket::{SocketError, SocketFile, SocketPath};
use reload::Reload;
use sources::sources;
pub use sources::{database, database_of};

/// How many lines of the request log wait to be printed.
const LINES: usize = 1024;

/// Serves until a signal, then finishes what was accepted; a second signal ends it at once. SIGHUP reads the configuration
/// again. `file` is the configuration that the command line names.
pub async fn run(args: &Serve, paths: &Paths, file: Option<&Path>, output: &mut Output) -> anyhow::Result<Exit> {
    let sources = sources(args.layer().await?, file, paths);
    let config = sources.load()?;
    if args.print_config {
        output.text(&config.to_toml());
        return Ok(Exit::Done);
    }
    config.listen.check(config.tls.is_some(), config.behind_proxy.is_some())?;
    let (signals, hangup) = Signals::catch_for_server()?;
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    // a socket's file goes when this function ends, however it does
    let (listener, url, _file) = on(&config.listen, "--listen", scheme).await?;
    let (metrics, _metrics_file) = match &config.metrics {
        Some(listen) => {
            let (listener, url, file) = on(listen, "--metrics", "http").await?;
            (Some((listener, url)), file)
        }
        None => (None, None),
    };
    let (request_log, mut requests) = mpsc::channel(LINES);
    let (say, mut said) = mpsc::channel(LINES);
    let settings = sources::settings(&config, paths, &request_log).await?;
    #[cfg(feature = "fault-points")]
    let settings = server::ServerSettings { lag: args.lag(), ..settings };
    // a database or a certificate that cannot be used is told before an address is
    let prepared = server::prepare(settings).await?;
    let reload = Reload { sources, paths: paths.clone(), control: prepared.control(), begun: config, request_log, say };
    let prepared = match metrics {
        Some((listener, url)) => {
            output.say(&format!("metrics on {url}{}", server::METRICS_PATH));
            prepared.with_metrics(listener)
        }
        None => prepared,
    };
    output.say(&format!("keydeck serves on {url}; ^C stops it"));
    let _reloading = AbortOnDropHandle::new(tokio::spawn(reload.at_each(hangup)));
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
            Some(line) = said.recv() => output.say(&line),
        }
    };
    while let Ok(line) = requests.try_recv() {
        output.json_line(&line);
    }
    ended?;
    Ok(Exit::Done)
}

/// Listens where `flag` says, and tells where that is.
async fn on(listen: &Listen, flag: &str, scheme: &str) -> anyhow::Result<(Listener, String, Option<SocketFile>)> {
    match listen {
        Listen::Network(address) => {
            let listener = on_network(*address, flag).await?;
            let url = format!("{scheme}://{}", listener.local_addr()?);
            Ok((Listener::from(listener), url, None))
        }
        Listen::Socket(path) => {
            let (listener, file) = on_socket(path, flag).await?;
            Ok((Listener::from(listener), path.to_string(), Some(file)))
        }
    }
}

async fn on_network(address: SocketAddr, flag: &str) -> Result<TcpListener, Stop> {
    TcpListener::bind(address).await.map_err(|error| {
        let hint = match error.kind() {
            ErrorKind::AddrInUse => format!("another program listens there: stop it, or pass another {flag}"),
            ErrorKind::PermissionDenied => format!("pass {flag} with a port of 1024 or above"),
            _ => format!("pass another {flag}"),
        };
        Stop::usage(format!("cannot listen on {address}: {}", error.kind()), hint)
    })
}

async fn on_socket(path: &SocketPath, flag: &str) -> Result<(UnixListener, SocketFile), Stop> {
    path.listen().await.map_err(|error| {
        let hint = match &error {
            SocketError::InUse => format!("stop it, or pass another {flag}"),
            SocketError::NotASocket => format!("nothing was removed: pass another {flag}"),
            SocketError::Untrusted(_) => format!("pass {flag} with a path in a folder that only you can write"),
            SocketError::System(error) if error.kind() == ErrorKind::NotFound => "make its folder first".to_owned(),
            SocketError::System(_) | SocketError::TooLong(_) => format!("pass another {flag}"),
        };
        Stop::usage(format!("cannot listen on {path}: {error}"), hint)
    })
}

/// Sends a message every way that is configured.
pub async fn test_mail(
    args: &TestMail,
    paths: &Paths,
    file: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    if !is_email(&args.address) {
        return Err(Stop::usage("that is no e-mail address", "write it as ana@acme.example").into());
    }
    let config = sources(ServerLayer::default(), file, paths).load()?;
    let notices = sources::notices(&config.notices).await?;
    match notices.test(&args.address, Clock::default().now()).await {
        Ok(ways) if ways.is_empty() => {
            let hint = "add [smtp], [webhook] or [notices] to server.toml: keydeck help server";
            Err(Stop::usage("nothing was sent: no way to send is configured", hint).into())
        }
        Ok(ways) => {
            output.say(&format!("sent to {}: {}", args.address, ways.join(", ")));
            Ok(Exit::Done)
        }
        Err(why) => {
            Err(Stop::failed(format!("it could not be sent: {why}"), "correct server.toml, and try again").into())
        }
    }
}

/// Copies the database. The head of the copy's audit log is the result, so that it can be kept.
pub async fn backup(args: &Backup, paths: &Paths, file: Option<&Path>, output: &mut Output) -> anyhow::Result<Exit> {
    let head = server::backup(database(&args.place, file, paths).await?.expose(), &args.file).await?;
    output.say(&format!("copied to {}; the head of its audit log:", args.file.display()));
    output.line(&head.to_string());
    Ok(Exit::Done)
}

/// Makes the database and its first superadmin. The key is the result, so that it can go into a file.
pub async fn init(args: &Init, paths: &Paths, file: Option<&Path>, output: &mut Output) -> anyhow::Result<Exit> {
    let database = database(&args.place, file, paths).await?;
    if database == sources::usual(paths)
        && let Some(parent) = paths.database().parent()
    {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(parent).map_err(|error| {
            Stop::failed(
                format!("cannot make {}: {}", parent.display(), error.kind()),
                "check that it can be made, or name another place with --database",
            )
        })?;
    }
    value::can_be_printed("nothing was made")?;
    let key = server::init(database.expose(), &args.team, &args.email).await?;
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
