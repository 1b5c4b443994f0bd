//! `keydeck demo`: the real server on a made-up team, inside this process, and the console on it. The console opens on the
//! team's first keys while the others are still being made.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::Utc;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use super::args::{Demo, DemoRole};
use super::begin_log;
use super::console::{need_terminal, signs};
use super::demo_dir::DemoDir;
use super::exit::{Exit, Stop};
use super::output::Output;
use super::signals::Signals;
use crate::config::{Config, ConfigError, EscrowSettings, EscrowStore, Paths, Session};
use crate::domain::rotation::Defaults;
use crate::domain::secret::Secret;
use crate::domain::team::Role;
use crate::server::seed::{self, Leaked, Rest, SeedPlan, Seeded};
use crate::server::{DEFAULT_RATE_LIMIT, NoticeSettings, Prepared, ServerError, ServerSettings};
use crate::system::file::private;
use crate::tui::{self, Bindings, Keymap, Launch, Seeding, Signs};

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
    /// A log into which a key leaked, to try what is done then; null in a team of very few keys.
    leaked_log: Option<String>,
}

/// Runs the demo until its console is left, or with `--print-url` until a signal.
pub async fn run(args: &Demo, config: Option<&Path>, output: &mut Output) -> anyhow::Result<Exit> {
    let mut habits = Habits::default();
    if !args.print_url {
        need_terminal()?;
        habits = Habits::read(config, args.ascii)?;
    }
    let signals = Signals::catch()?;
    let dir = DemoDir::new_in(&std::env::temp_dir()).map_err(|error| {
        Stop::failed(
            format!("cannot make a directory in {}: {}", std::env::temp_dir().display(), error.kind()),
            "set TMPDIR to a directory with room in it",
        )
    })?;
    let log_trouble = begin_log(dir.path(), false);
    if let Some(trouble) = log_trouble.as_ref().filter(|_| args.print_url) {
        output.say(trouble);
    }
    let database = format!("sqlite:{}", dir.path().join("keydeck.db").display());
    let plan = SeedPlan { keys: args.keys, seed: args.seed, role: role(args.role), now: Utc::now() };
    let (seeded, rest) = tokio::select! {
        begun = seed::begin(&database, &plan) => begun?,
        () = signals.stop.cancelled() => return Ok(Exit::Done),
    };
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let notices = NoticeSettings { folder: Some(dir.path().join("mail")), ..NoticeSettings::default() };
    let settings = ServerSettings { database, rate_limit: rate_limit(args.keys), notices, ..ServerSettings::default() };
    let prepared = crate::server::prepare(settings).await?;
    let mut maker = Maker::start(&prepared, rest, args.keys);
    let server = Server::start(prepared, listener);
    let leak = seeded.leaked.as_ref().and_then(|leaked| write_leak(dir.path(), leaked));
    let to_try = |path: &PathBuf| format!("To try a leak: press ! and paste a line of {}", path.display());
    habits.said.splice(0..0, log_trouble);
    habits.said.extend(leak.as_ref().map(to_try));
    let ended = if args.print_url {
        // the address is printed only once the whole team is there
        tokio::select! {
            made = maker.made() => {
                made?;
                print_and_wait(&url, &seeded, leak.as_deref(), output, &signals).await;
            }
            () = signals.stop.cancelled() => {}
        }
        Ok(Exit::Done)
    } else {
        open_console(url, dir.path().to_owned(), seeded.api_key, habits, maker.news.clone(), &signals).await
    };
    maker.stop().await;
    server.stop(&signals).await?;
    drop(dir);
    ended
}

/// How a person has every console, a demo's too: what `config.toml` says that is about no server.
#[derive(Default)]
struct Habits {
    theme: Option<String>,
    themes_dir: Option<PathBuf>,
    signs: Signs,
    mouse: bool,
    keymap: Keymap,
    /// What is wrong in it, to be said in the console.
    said: Vec<String>,
}

impl Habits {
    /// As the file says: the one that the flag names, which must be right, or else the usual one, without which there is a
    /// demo all the same.
    fn read(flag: Option<&Path>, ascii: bool) -> Result<Self, ConfigError> {
        let paths = Paths::of_user();
        let usual = paths.as_ref().map(Paths::config_file).unwrap_or_default();
        let (config, trouble) = match Config::load(flag, &usual) {
            Err(error) if flag.is_some() => return Err(error),
            Err(error) => {
                (Config::default(), Some(format!("The configuration is left out: {error}; {}", error.hint())))
            }
            Ok(config) => (config, None),
        };
        let bindings = Bindings::read(&config.keys);
        Ok(Self {
            signs: signs(ascii, &config),
            theme: config.theme,
            themes_dir: paths.ok().map(|paths| paths.themes()),
            mouse: config.mouse,
            said: trouble.into_iter().chain(bindings.banner()).collect(),
            keymap: bindings.keymap,
        })
    }
}

/// Writes a log into which a key leaked, readable by nobody else, and gives its path; none where it cannot be written.
fn write_leak(dir: &Path, leaked: &Leaked) -> Option<PathBuf> {
    let path = dir.join("leaked.log");
    let value = leaked.value.expose();
    let text = Zeroizing::new(format!(
        "02:41:07 deploy[311] starting {name}\n\
         02:41:08 deploy[311] > curl -s -H 'X-Api-Key: {value}' https://keys.harbourline.example/me\n\
         02:41:08 deploy[311] 200 OK\n",
        name = leaked.name
    ));
    let mut file = private().write(true).create_new(true).open(&path).ok()?;
    file.write_all(text.as_bytes()).ok()?;
    Some(path)
}

/// Requests a minute: room for what anybody does in a console, and to load the whole team a few times, a thousand keys a
/// request.
fn rate_limit(keys: u64) -> u32 {
    let pages = u32::try_from(keys.div_ceil(1000)).unwrap_or(u32::MAX);
    DEFAULT_RATE_LIMIT.saturating_add(pages.saturating_sub(1).saturating_mul(4))
}

fn role(role: DemoRole) -> Role {
    match role {
        DemoRole::User => Role::User,
        DemoRole::Admin => Role::Admin,
        DemoRole::Superadmin => Role::Superadmin,
    }
}

async fn print_and_wait(url: &str, seeded: &Seeded, leak: Option<&Path>, output: &mut Output, signals: &Signals) {
    let leaked_log = leak.map(|path| path.display().to_string());
    output.json_line(&Access { url, api_key: seeded.api_key.expose(), role: seeded.role.word(), leaked_log });
    // without this line on standard output nobody can use the demo, so it need not go on
    if output.arrived() {
        signals.stop.cancelled().await;
    }
}

async fn open_console(
    base_url: String,
    rotations_dir: PathBuf,
    key: Secret,
    habits: Habits,
    news: watch::Receiver<Seeding>,
    signals: &Signals,
) -> anyhow::Result<Exit> {
    let unfinished = !news.borrow().is_done();
    let launch = Launch {
        session: Session::to_server("demo", base_url, key),
        theme: habits.theme,
        themes_dir: habits.themes_dir,
        signs: habits.signs,
        mouse: habits.mouse,
        views: Vec::new(),
        auto_refresh: None,
        state_dir: None,
        // a demo's values have no place in the person's keyring
        rotations_dir,
        escrow: EscrowSettings { store: EscrowStore::File, ..EscrowSettings::default() },
        saved: Defaults::default(),
        keymap: habits.keymap,
        profiles: None,
        banner: Some(habits.said.join(". ")).filter(|said| !said.is_empty()),
        seeding: unfinished.then_some(news),
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

/// Makes the rest of the team, beside.
struct Maker {
    task: JoinHandle<()>,
    news: watch::Receiver<Seeding>,
}

impl Maker {
    fn start(server: &Prepared, rest: Rest, keys: u64) -> Self {
        let (store, first) = (server.store(), keys - rest.count());
        let at = move |rest: u64| {
            let number = |count| usize::try_from(count).unwrap_or(usize::MAX);
            Seeding { made: number(first + rest), of: number(keys) }
        };
        let (tell, news) = watch::channel(at(0));
        // said a hundred times, not at every step: over SSH each frame counts
        let step = (keys / 100).max(1);
        let task = tokio::spawn(async move {
            let missing = rest.count();
            let mut due = step;
            let added = rest.add(&store, |made| {
                if made >= due && made < missing {
                    due = made + step;
                    tell.send_replace(at(made));
                }
            });
            match added.await {
                Ok(()) => drop(tell.send_replace(at(missing))),
                Err(error) => tracing::error!(%error, "the demo's team could not be made whole"),
            }
        });
        Self { task, news }
    }

    /// Waits until all is there.
    async fn made(&mut self) -> Result<(), Stop> {
        let made = self.news.wait_for(|seeding| seeding.is_done()).await;
        made.map(drop).map_err(|_failed| {
            Stop::failed("the demo's team could not be made whole", "look for room in the temporary directory")
        })
    }

    async fn stop(self) {
        self.task.abort();
        // the only error is that it was aborted, which is what was asked
        let _ = self.task.await;
    }
}

/// The server, running beside.
struct Server {
    task: JoinHandle<Result<(), ServerError>>,
    shutdown: CancellationToken,
}

impl Server {
    fn start(prepared: Prepared, listener: TcpListener) -> Self {
        let shutdown = CancellationToken::new();
        let task = tokio::spawn(prepared.serve(listener, shutdown.clone()));
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
