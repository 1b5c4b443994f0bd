//! `keydeck serve` and `keydeck server init`.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::args::{Init, Serve};
use super::exit::{Exit, Stop};
use super::output::Output;
use super::signals::Signals;
use crate::config::Paths;
use crate::server::{self, DEFAULT_RATE_LIMIT, ServerSettings};

/// Serves until a signal, then finishes what was accepted; a second signal ends it at once.
pub async fn run(args: &Serve, paths: &Paths, output: &mut Output) -> anyhow::Result<Exit> {
    server::check_listen(args.listen)?;
    let signals = Signals::catch()?;
    let listener = TcpListener::bind(args.listen).await.map_err(|error| {
        let hint = match error.kind() {
            ErrorKind::AddrInUse => "another program listens there: stop it, or pass another --listen",
            ErrorKind::PermissionDenied => "pass --listen with a port of 1024 or above",
            _ => "pass another --listen",
        };
        Stop::usage(format!("cannot listen on {}: {}", args.listen, error.kind()), hint)
    })?;
    let address = listener.local_addr()?;
    let settings = ServerSettings {
        database: database(args.database.as_deref(), paths),
        rate_limit: args.rate_limit.unwrap_or(DEFAULT_RATE_LIMIT),
        ..ServerSettings::default()
    };
    let mut serving = tokio::spawn(server::serve(settings, listener, signals.stop.clone()));
    // a database that cannot be used is told before an address is
    tokio::select! {
        ended = &mut serving => { ended??; return Ok(Exit::Done) }
        () = server_answers(address) => output.say(&format!("keydeck serves on http://{address}; ^C stops it")),
    }
    tokio::select! {
        ended = &mut serving => ended??,
        () = signals.now.cancelled() => tracing::warn!("stopped at once: requests may have been cut off"),
    }
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

/// Ends when the server at `address` has answered a request, whatever it says; never while nothing answers.
async fn server_answers(address: SocketAddr) {
    let ask = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(b"GET /openapi.json HTTP/1.0\r\n\r\n").await?;
        stream.read_u8().await
    };
    if ask.await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// The database's address: as given, or the one in the data directory.
pub fn database(flag: Option<&str>, paths: &Paths) -> String {
    flag.map_or_else(|| format!("sqlite:{}", paths.database().display()), str::to_owned)
}
