//! The real server, on a free loopback port, with a database of its own and a key for every role.
//!
//! It runs in a thread with a runtime of its own, so tests with and without one can use it; dropping it stops it, waits
//! until it has stopped, and removes the database.

#![allow(dead_code, clippy::unwrap_used, reason = "test support: each test binary uses its own part")]

#[path = "database.rs"]
pub mod database;

use std::sync::mpsc;
use std::thread::JoinHandle;

use keydeck::domain::secret::Secret;
use keydeck::domain::team::Role;
use keydeck::server::seed::{self, SeedPlan};
use keydeck::server::{self, ServerError, ServerSettings};
use keydeck::system::socket::SocketPath;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use self::database::TestDatabase;

/// A key for every role; each belongs to a user of its own, but `colleague`, who is a second `user`.
pub struct Keys {
    pub superadmin: Secret,
    pub admin: Secret,
    pub user: Secret,
    pub colleague: Secret,
    pub scanner: Secret,
    pub verifier: Secret,
}

/// A running server.
pub struct TestServer {
    /// `http://127.0.0.1:PORT`, without a slash at the end; or `unix:PATH`.
    pub base_url: String,
    /// Where it tells metrics: `http://127.0.0.1:PORT`.
    pub metrics: String,
    /// `sqlite:PATH`, or `postgres://…` where the tests run on PostgreSQL.
    pub database: String,
    /// The keys of the plain team; the seeded team's one key is every role's.
    pub keys: Keys,
    settings: ServerSettings,
    running: Option<Running>,
    /// Where it listens, if not on a port.
    socket: Option<SocketPath>,
    /// Removed when the server is dropped.
    place: TestDatabase,
}

struct Running {
    shutdown: CancellationToken,
    thread: JoinHandle<Result<(), ServerError>>,
}

async fn team(database: &str) -> Keys {
    let superadmin = server::init(database, "Test Team", "root@test.example").await.unwrap();
    let add = async |name: &str, role| {
        server::add_user(database, name, &format!("{name}@test.example"), &[role]).await.unwrap()
    };
    Keys {
        superadmin,
        admin: add("admin", Role::Admin).await,
        user: add("user", Role::User).await,
        colleague: add("colleague", Role::User).await,
        scanner: add("scanner", Role::Scanner).await,
        verifier: add("verifier", Role::Verifier).await,
    }
}

impl TestServer {
    /// A team of six, one of each role and a second user, with a first key each.
    pub async fn start() -> Self {
        Self::start_with(ServerSettings::default()).await
    }

    /// The same with other settings; the database is chosen here.
    pub async fn start_with(settings: ServerSettings) -> Self {
        tokio::task::spawn_blocking(move || Self::start_blocking(settings)).await.unwrap()
    }

    /// The same from a test without a runtime.
    pub fn start_blocking(settings: ServerSettings) -> Self {
        Self::begin(settings, team)
    }

    /// The same on a Unix socket.
    pub async fn start_on_socket() -> Self {
        let start = || Self::begin_on(true, ServerSettings::default(), team);
        tokio::task::spawn_blocking(start).await.unwrap()
    }

    /// The demo's team with `keys` keys, acting as `role`.
    pub async fn seeded(keys: u64, role: Role) -> Self {
        tokio::task::spawn_blocking(move || Self::seeded_blocking(keys, role)).await.unwrap()
    }

    /// The same from a test without a runtime.
    pub fn seeded_blocking(keys: u64, role: Role) -> Self {
        let settings = ServerSettings { rate_limit: 100_000, ..ServerSettings::default() };
        Self::begin(settings, async |database| {
            let plan = SeedPlan { keys, seed: 7, role, now: chrono::Utc::now() };
            let key = seed::fill(database, &plan).await.unwrap().api_key;
            Keys {
                superadmin: key.duplicate(),
                admin: key.duplicate(),
                user: key.duplicate(),
                colleague: key.duplicate(),
                scanner: key.duplicate(),
                verifier: key,
            }
        })
    }

    /// A team of six on PostgreSQL, whatever the tests run on.
    pub async fn start_shared(settings: ServerSettings) -> Self {
        let start = || Self::begin_in(TestDatabase::shared(), false, settings, team);
        tokio::task::spawn_blocking(start).await.unwrap()
    }

    /// Another server on the same database, with settings of its own; the team's keys are the first one's.
    pub async fn another(&self, settings: ServerSettings) -> Beside {
        let settings = ServerSettings { database: self.database.as_str().into(), ..settings };
        tokio::task::spawn_blocking(|| Beside::start(settings)).await.unwrap()
    }

    /// A server over the database that `prepare` makes.
    pub fn begin(settings: ServerSettings, prepare: impl AsyncFnOnce(&str) -> Keys) -> Self {
        Self::begin_on(false, settings, prepare)
    }

    fn begin_on(on_socket: bool, settings: ServerSettings, prepare: impl AsyncFnOnce(&str) -> Keys) -> Self {
        Self::begin_in(TestDatabase::new(), on_socket, settings, prepare)
    }

    fn begin_in(
        place: TestDatabase,
        on_socket: bool,
        mut settings: ServerSettings,
        prepare: impl AsyncFnOnce(&str) -> Keys,
    ) -> Self {
        let database = place.url.clone();
        settings.database = database.as_str().into();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let keys = runtime.block_on(prepare(&database));
        let socket = on_socket.then(|| {
            let path = format!("unix:{}", place.folder.path().join("socket").display());
            SocketPath::parse(&path).unwrap().unwrap()
        });
        let (base_url, metrics) = (String::new(), String::new());
        let mut server = Self { base_url, metrics, database, keys, settings, running: None, socket, place };
        server.resume();
        server
    }

    /// Starts again, on another port, after [`stop`](Self::stop).
    pub fn resume(&mut self) {
        self.resume_at("127.0.0.1:0");
    }

    /// The same at this address, as that of the server that was stopped.
    pub fn resume_at(&mut self, address: &str) {
        let address = address.to_owned();
        let (settings, shutdown) = (self.settings.clone(), CancellationToken::new());
        let (ready, listening) = mpsc::channel();
        let (stopped, socket) = (shutdown.clone(), self.socket.clone());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let watched = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let metrics = format!("http://{}", watched.local_addr().unwrap());
                if let Some(socket) = socket {
                    let (listener, _file) = socket.listen().await.unwrap();
                    ready.send((socket.to_string(), metrics)).unwrap();
                    return server::prepare(settings).await?.with_metrics(watched).serve(listener, stopped).await;
                }
                let listener = TcpListener::bind(&address).await.unwrap();
                ready.send((format!("http://{}", listener.local_addr().unwrap()), metrics)).unwrap();
                server::prepare(settings).await?.with_metrics(watched).serve(listener, stopped).await
            })
        });
        (self.base_url, self.metrics) = listening.recv().unwrap();
        self.running = Some(Running { shutdown, thread });
    }

    /// Gives a key a name that a server took which knew no rules for it.
    pub fn rename_as_once_was(&self, id: &str, name: &str) {
        let folded = keydeck::domain::fold::fold(name);
        if database::is_postgres() {
            let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
            let (name, folded, id) = (quoted(name), quoted(&folded), quoted(id));
            let changed = format!("UPDATE api_keys SET name = {name}, name_folded = {folded} WHERE id = {id}");
            return database::at(&self.database, &changed);
        }
        let database = rusqlite::Connection::open(self.database.strip_prefix("sqlite:").unwrap()).unwrap();
        let changed = "UPDATE api_keys SET name = ?1, name_folded = ?2 WHERE id = ?3";
        assert_eq!(database.execute(changed, [name, &folded, id]).unwrap(), 1);
    }

    /// Tells the server to stop, without waiting.
    pub fn begin_to_stop(&self) {
        self.running.as_ref().unwrap().shutdown.cancel();
    }

    /// Starts again with other settings, on another port.
    pub fn start_again(&mut self, change: impl FnOnce(&mut ServerSettings)) {
        self.stop();
        change(&mut self.settings);
        self.resume();
    }

    /// Stops the server and waits until it has; the database stays.
    pub fn stop(&mut self) {
        if let Some(Running { shutdown, thread }) = self.running.take() {
            shutdown.cancel();
            let served = thread.join();
            if !std::thread::panicking() {
                served.unwrap().unwrap();
            }
        }
    }
}

/// One more server on a database that another one serves too.
pub struct Beside {
    pub base_url: String,
    running: Option<Running>,
}

impl Beside {
    fn start(settings: ServerSettings) -> Self {
        let shutdown = CancellationToken::new();
        let (ready, listening) = mpsc::channel();
        let stopped = shutdown.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                ready.send(format!("http://{}", listener.local_addr().unwrap())).unwrap();
                server::serve(settings, listener, stopped).await
            })
        });
        Self { base_url: listening.recv().unwrap(), running: Some(Running { shutdown, thread }) }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if let Some(Running { shutdown, thread }) = self.running.take() {
            shutdown.cancel();
            let served = thread.join();
            if !std::thread::panicking() {
                served.unwrap().unwrap();
            }
        }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.stop();
    }
}
