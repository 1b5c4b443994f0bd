//! `keydeck demo`: the real server on a made-up team, inside this process, and the console on it. The console draws its first
//! frame before anything is made, then shows the team's first keys while the others are still being made.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::Utc;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::args::{Demo, DemoRole};
use super::begin_log;
use super::console::need_terminal;
use super::demo_dir::DemoDir;
use super::demo_habits::Habits;
use super::demo_left::{self, Left};
use super::demo_scratch::Scratch;
use super::exit::{Exit, Stop};
use super::output::Output;
use super::signals::Signals;
use crate::config::{EscrowSettings, EscrowStore, Session};
use crate::domain::database_url::DatabaseUrl;
use crate::domain::rotation::Defaults;
use crate::domain::secret::Secret;
use crate::domain::team::Role;
use crate::server::seed::{self, Rest, SeedPlan, Seeded};
use crate::server::{DEFAULT_RATE_LIMIT, NoticeSettings, Prepared, ServerError, ServerSettings};
use crate::tui::{self, Launch, Seeding};

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

/// Runs the demo until its console is left, or with `--print-url` until a signal. One that was left with a rotation under way
/// is gone on with, if the person says so.
pub async fn run(args: &Demo, config: Option<&Path>, output: &mut Output) -> anyhow::Result<Exit> {
    let mut habits = Habits::default();
    if !args.print_url {
        need_terminal()?;
        habits = Habits::read(config, args.ascii)?;
    }
    let signals = Signals::catch()?;
    let left = demo_left::look(&std::env::temp_dir()).await;
    if !args.print_url
        && let Some(mut left) = left
    {
        if left.is_wanted(output)? {
            return Box::pin(go_on(left, habits, output, &signals)).await;
        }
        left.dir.discard();
    }
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
    let plan = SeedPlan { keys: args.keys, seed: args.seed, role: role(args.role), now: Utc::now() };
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let address = listener.local_addr()?;
    let url = format!("http://{address}");
    let own = seed::own_value()?;
    let (tell, news) = watch::channel(seeding(0, args.keys));
    let scratch = Scratch::of(dir.path(), &plan);
    habits.said.splice(0..0, log_trouble);
    let tour = args.tour.then(|| scratch.tour()).flatten();
    habits.said.extend(scratch.words().filter(|_| tour.is_none()));
    let launch = Launch {
        seeding: (!plan.is_small()).then_some(news.clone()),
        saved: scratch.saved(),
        tour,
        ..launch(Session::to_server("demo", url.clone(), own.duplicate()), dir.path().to_owned(), habits)
    };
    let leak = scratch.log.clone();
    let beginning = begin(dir.path().to_owned(), plan, own, listener, tell);
    let (ended, team) = if args.print_url {
        tokio::select! {
            begun = beginning => {
                let mut team = begun?;
                // the address is printed only once the whole team is there
                let made = tokio::select! {
                    made = made(news) => made,
                    () = signals.stop.cancelled() => Ok(false),
                };
                if matches!(made, Ok(true)) {
                    let leak = leak.as_deref().filter(|leak| leak.exists());
                    print_and_wait(&url, &team.seeded, leak, output, &signals).await;
                }
                team.stop_making().await;
                (made.map(|_| Exit::Done).map_err(anyhow::Error::from), Some(team))
            }
            () = signals.stop.cancelled() => return Ok(Exit::Done),
        }
    } else {
        Box::pin(with_console(launch, beginning, &signals)).await
    };
    if let Some(mut team) = team {
        team.stop_making().await;
        team.server.stop(&signals).await?;
        demo_left::keep_or_remove(dir, output).await;
    }
    ended
}

/// Goes on with a demo that was left: its database is served again, where its rotation expects it.
async fn go_on(left: Left, mut habits: Habits, output: &mut Output, signals: &Signals) -> anyhow::Result<Exit> {
    let listener = left.listen().await?;
    let log_trouble = begin_log(left.dir.path(), false);
    let settings = server_settings(left.dir.path(), left.keys());
    let own = crate::server::another_key_for(settings.database.expose(), left.email()).await?;
    let server = Server::start(crate::server::prepare(settings).await?, listener);
    habits.said.splice(0..0, log_trouble);
    habits.said.push(left.words());
    let session = Session::to_server("demo", left.url(), own);
    let launch = launch(session, left.dir.path().to_owned(), habits);
    let ended = open_console(launch, signals).await;
    server.stop(signals).await?;
    demo_left::keep_or_remove(left.dir, output).await;
    ended
}

fn server_settings(dir: &Path, keys: u64) -> ServerSettings {
    let database = DatabaseUrl::from(format!("sqlite:{}", dir.join("keydeck.db").display()));
    let notices = NoticeSettings { folder: Some(dir.join("mail")), ..NoticeSettings::default() };
    ServerSettings { database, rate_limit: rate_limit(keys), notices, ..ServerSettings::default() }
}

/// Opens the console, and lets the team be made once its first frame is drawn. What was begun is waited for, so that nothing is
/// written into the directory after the end.
async fn with_console(
    mut launch: Launch,
    beginning: impl Future<Output = anyhow::Result<Team>> + Send + 'static,
    signals: &Signals,
) -> (anyhow::Result<Exit>, Option<Team>) {
    let (drawn, first_frame) = oneshot::channel();
    launch.drawn = Some(drawn);
    let mut beginning = tokio::spawn(once_drawn(first_frame, beginning));
    let mut team = None;
    let ended = {
        let mut console = std::pin::pin!(open_console(launch, signals));
        tokio::select! {
            ended = &mut console => ended,
            begun = &mut beginning => match begun {
                Ok(Some(Ok(begun))) => {
                    team = Some(begun);
                    console.await
                }
                Ok(Some(Err(error))) => Err(error),
                // nothing was drawn, and the console says why
                Ok(None) => console.await,
                Err(_) => Err(Stop::failed("the demo's team could not be made", "try again").into()),
            },
        }
    };
    if team.is_none() && !beginning.is_finished() {
        team = beginning.await.ok().flatten().and_then(Result::ok);
    }
    (ended, team)
}

/// What comes of `work`, which begins only when the first frame is drawn; none where none ever is.
async fn once_drawn<T>(first_frame: oneshot::Receiver<()>, work: impl Future<Output = T>) -> Option<T> {
    first_frame.await.ok()?;
    Some(work.await)
}

/// The team's first keys, and what serves them.
struct Team {
    seeded: Seeded,
    server: Server,
    /// Makes the rest of the team, beside.
    maker: Option<JoinHandle<()>>,
}

impl Team {
    async fn stop_making(&mut self) {
        if let Some(maker) = self.maker.take() {
            maker.abort();
            // the only error is that it was aborted, which is what was asked
            let _ = maker.await;
        }
    }
}

/// Makes the team's first keys, serves them on `listener`, and begins to make the others.
async fn begin(
    dir: PathBuf,
    plan: SeedPlan,
    own: Secret,
    listener: TcpListener,
    tell: watch::Sender<Seeding>,
) -> anyhow::Result<Team> {
    let settings = server_settings(&dir, plan.keys);
    let (seeded, rest) = seed::begin(settings.database.expose(), &plan, own).await?;
    Scratch::of(&dir, &plan).write(&seeded);
    demo_left::note(&dir, listener.local_addr()?, &seeded, plan.keys);
    let prepared = crate::server::prepare(settings).await?;
    let maker = Some(make_rest(&prepared, rest, plan.keys, tell));
    Ok(Team { seeded, server: Server::start(prepared, listener), maker })
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

/// The console on the demo's server.
fn launch(session: Session, rotations_dir: PathBuf, habits: Habits) -> Launch {
    Launch {
        session,
        theme: habits.theme,
        themes_dir: habits.themes_dir,
        ground: habits.ground,
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
        seeding: None,
        drawn: None,
        tour: None,
    }
}

async fn open_console(launch: Launch, signals: &Signals) -> anyhow::Result<Exit> {
    let asked_to_leave = async {
        signals.stop.cancelled().await;
        tokio::time::sleep(LEAVE).await;
    };
    tokio::select! {
        left = tui::run(launch) => Ok(left?.into()),
        () = asked_to_leave => Ok(Exit::Done),
    }
}

fn seeding(made: u64, of: u64) -> Seeding {
    let number = |count| usize::try_from(count).unwrap_or(usize::MAX);
    Seeding { made: number(made), of: number(of) }
}

/// Makes the rest of the team, beside.
fn make_rest(server: &Prepared, rest: Rest, keys: u64, tell: watch::Sender<Seeding>) -> JoinHandle<()> {
    let (store, missing) = (server.store(), rest.count());
    let first = keys - missing;
    // said a hundred times, not at every step: over SSH each frame counts
    let step = (keys / 100).max(1);
    tokio::spawn(async move {
        let mut due = step;
        tell.send_replace(seeding(first, keys));
        let added = rest.add(&store, |made| {
            if made >= due && made < missing {
                due = made + step;
                tell.send_replace(seeding(first + made, keys));
            }
        });
        match added.await {
            Ok(()) => drop(tell.send_replace(seeding(keys, keys))),
            Err(error) => tracing::error!(%error, "the demo's team could not be made whole"),
        }
    })
}

/// Waits until all of the team is there.
async fn made(mut news: watch::Receiver<Seeding>) -> Result<bool, Stop> {
    let made = news.wait_for(|seeding| seeding.is_done()).await;
    made.map(|_| true).map_err(|_failed| {
        Stop::failed("the demo's team could not be made whole", "look for room in the temporary directory")
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_is_made_before_the_first_frame_is_drawn_nor_where_none_is() {
        let (drawn, first_frame) = oneshot::channel();
        let (begun, mut hears) = oneshot::channel();
        let making = once_drawn(first_frame, async move { begun.send(()) });
        let mut making = std::pin::pin!(making);
        tokio::select! {
            biased;
            _ = &mut making => panic!("begun"),
            () = std::future::ready(()) => {}
        }
        assert!(hears.try_recv().is_err());
        drawn.send(()).unwrap();
        assert_eq!(making.await, Some(Ok(())));
        assert_eq!(hears.try_recv(), Ok(()));

        let (drawn, first_frame) = oneshot::channel::<()>();
        drop(drawn);
        assert_eq!(once_drawn(first_frame, async {}).await, None);
    }
}
