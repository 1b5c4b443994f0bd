//! `keydeck demo`: the real server on a made-up team, inside this process, and the console on it.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use chrono::Utc;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::args::{Demo, DemoRole};
use super::begin_log;
use super::console::need_terminal;
use super::demo_dir::DemoDir;
use super::exit::{Exit, Stop};
use super::output::Output;
use super::signals::Signals;
use crate::config::{EscrowSettings, EscrowStore};
use crate::domain::rotation::Defaults;
use crate::domain::secret::Secret;
use crate::domain::team::Role;
use crate::server::seed::{SeedPlan, Seeded, fill};
use crate::server::{ServerError, ServerSettings, serve};
use crate::tui::{self, Keymap, Launch};

/// How long the console may take to leave after a signal, before the demo goes without it.
const LEAVE: Duration = Duration::from_secs(2);
/// How long the server may take to finish what it has accepted.
const DRAIN: Duration = Duration::from_millis(300);

/// What a program needs to use the demo; the one place where a key is printed on purpose.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Access<'a> {
    url: &'a str,
    api_key: &'a str,
    role: &'a str,
}

/// Runs the demo until its console is left, or with `--print-url` until a signal.
pub async fn run(args: &Demo, output: &mut Output) -> anyhow::Result<Exit> {
    if !args.print_url {
        need_terminal()?;
    }
    let signals = Signals::catch()?;
    let dir = DemoDir::new_in(&std::env::temp_dir()).map_err(|error| {
        Stop::failed(
            format!("cannot make a directory in {}: {}", std::env::temp_dir().display(), error.kind()),
            "set TMPDIR to a directory with room in it",
        )
    })?;
    let log_trouble = begin_log(dir.path());
    if let Some(trouble) = log_trouble.as_ref().filter(|_| args.print_url) {
        output.say(trouble);
    }
    let database = format!("sqlite:{}", dir.path().join("keydeck.db").display());
    let plan = SeedPlan { keys: args.keys, seed: args.seed, role: role(args.role), now: Utc::now() };
    let seeded = tokio::select! {
        seeded = fill(&database, &plan) => seeded?,
        () = signals.stop.cancelled() => return Ok(Exit::Done),
    };
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let server = Server::start(ServerSettings { database, ..ServerSettings::default() }, listener);
    let ended = if args.print_url {
        print_and_wait(&url, &seeded, output, &signals).await;
        Ok(Exit::Done)
    } else {
        open_console(url, dir.path().to_owned(), seeded.api_key, log_trouble, &signals).await
    };
    server.stop(&signals).await?;
    drop(dir);
    ended
}

fn role(role: DemoRole) -> Role {
    match role {
        DemoRole::User => Role::User,
        DemoRole::Admin => Role::Admin,
        DemoRole::Superadmin => Role::Superadmin,
    }
}

async fn print_and_wait(url: &str, seeded: &Seeded, output: &mut Output, signals: &Signals) {
    output.json(&Access { url, api_key: seeded.api_key.expose(), role: seeded.role.word() });
    // nobody could use what nobody was told of
    if output.arrived() {
        signals.stop.cancelled().await;
    }
}

async fn open_console(
    base_url: String,
    rotations_dir: PathBuf,
    key: Secret,
    banner: Option<String>,
    signals: &Signals,
) -> anyhow::Result<Exit> {
    let launch = Launch {
        profile: "demo".to_owned(),
        base_url,
        key,
        read_only: false,
        production: false,
        color: None,
        theme: None,
        themes_dir: None,
        mouse: false,
        state_dir: None,
        // a demo's values have no place in the person's keyring
        rotations_dir,
        escrow: EscrowSettings { store: EscrowStore::File, ..EscrowSettings::default() },
        saved: Defaults::default(),
        keymap: Keymap::default(),
        banner,
    };
    let asked_to_leave = async {
        signals.stop.cancelled().await;
        tokio::time::sleep(LEAVE).await;
    };
    tokio::select! {
        left = tui::run(launch) => Ok(left?.into()),
        () = asked_to_leave => Ok(Exit::Done),
    }
}

/// The server, running beside.
struct Server {
    task: JoinHandle<Result<(), ServerError>>,
    shutdown: CancellationToken,
}

impl Server {
    fn start(settings: ServerSettings, listener: TcpListener) -> Self {
        let shutdown = CancellationToken::new();
        let task = tokio::spawn(serve(settings, listener, shutdown.clone()));
        Self { task, shutdown }
    }

    /// Lets it finish what it has accepted, within bounds: nothing of a demo is worth waiting for longer.
    async fn stop(mut self, signals: &Signals) -> Result<(), ServerError> {
        self.shutdown.cancel();
        tokio::select! {
            ended = &mut self.task => return ended.unwrap_or(Ok(())),
            () = tokio::time::sleep(DRAIN) => {}
            () = signals.now.cancelled() => {}
        }
        Ok(())
    }
}
