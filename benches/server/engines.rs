//! What a request costs on each engine, with one server and with several: processor time of the servers and of the database, and
//! statements. The same calls of the same team, by turns in the same run.

use std::time::Duration;

use chrono::Utc;
use keydeck::domain::key_value::fingerprint;
use keydeck::domain::team::Role;
use keydeck::server::seed::{SeedPlan, fill};
use serde_json::json;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

use crate::Failure;
use crate::process::{Served, processor_time_of};
use crate::wire::{ask_for, request};

/// How long each call is asked for in one round.
const ROUND: Duration = Duration::from_millis(1500);
/// How many servers work on one PostgreSQL database.
const SERVERS: [usize; 3] = [1, 2, 4];

/// A team in a database, and servers of it.
struct Subject {
    servers: Vec<Served>,
    key: String,
    hash: String,
    /// The database's own count of transactions, where it has a server of its own.
    shared: Option<(tokio::runtime::Runtime, Client)>,
    _folder: tempfile::TempDir,
}

/// What a call took.
struct Took {
    servers: f64,
    database: f64,
    statements: Option<f64>,
}

impl Subject {
    fn make(keys: u64, postgres: Option<&str>) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let url = match postgres {
            Some(cluster) => runtime.block_on(database(cluster, keys))?,
            None => format!("sqlite:{}", folder.path().join("team.db").display()),
        };
        let plan = SeedPlan { keys, seed: 7, role: Role::Superadmin, now: Utc::now() };
        let key = runtime.block_on(fill(&url, &plan))?.api_key.expose().to_owned();
        let shared = match postgres {
            Some(_) => {
                let client = runtime.block_on(connect(&url))?;
                runtime.block_on(client.batch_execute("VACUUM ANALYZE"))?;
                Some((runtime, client))
            }
            None => None,
        };
        let hash = fingerprint(&key);
        let most = if postgres.is_some() { SERVERS.into_iter().max().unwrap_or(1) } else { 1 };
        let servers = (0..most).map(|_| Served::keydeck(&url)).collect::<Result<_, _>>()?;
        // what they find to do at their start is no request's
        std::thread::sleep(Duration::from_secs(10));
        Ok(Self { servers, key, hash, shared, _folder: folder })
    }

    fn transactions(&self) -> Result<Option<f64>, Failure> {
        let Some((runtime, client)) = &self.shared else { return Ok(None) };
        let counted =
            "SELECT pg_stat_force_next_flush(), xact_commit FROM pg_stat_database WHERE datname = current_database()";
        // each connection tells what it did when it is idle for a second
        std::thread::sleep(Duration::from_millis(1500));
        for message in runtime.block_on(client.simple_query(counted))? {
            if let SimpleQueryMessage::Row(row) = message {
                return Ok(Some(row.get(1).unwrap_or_default().parse()?));
            }
        }
        Err("the database counts nothing".into())
    }

    /// What a call takes, sent to so many of its servers at once.
    fn measure(&self, servers: usize, asked: &[u8]) -> Result<Took, Failure> {
        let servers = &self.servers[..servers];
        let spent = || servers.iter().map(Served::processor_time).sum::<Result<Duration, _>>();
        let (before, before_database, transactions) = (spent()?, processor_time_of("postgres")?, self.transactions()?);
        let requests: usize = std::thread::scope(|scope| {
            let asking: Vec<_> = servers
                .iter()
                .map(|server| scope.spawn(|| ask_for(&server.address, ROUND, usize::MAX, 200, &|_| asked.to_vec())))
                .collect();
            asking
                .into_iter()
                .map(|asked| asked.join().map_err(|_panic| "a client failed")?.map(|taken| taken.requests))
                .sum::<Result<usize, Failure>>()
        })?;
        let requests = f64::from(u32::try_from(requests.max(1))?);
        let each = |time: Duration| time.as_secs_f64() * 1000.0 / requests;
        let database = processor_time_of("postgres")?.saturating_sub(before_database);
        let servers = spent()?.saturating_sub(before);
        let statements = self.transactions()?.zip(transactions).map(|(after, before)| (after - before) / requests);
        Ok(Took {
            servers: each(servers),
            database: if self.shared.is_some() { each(database) } else { 0.0 },
            statements,
        })
    }
}

async fn connect(url: &str) -> Result<Client, Failure> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// Makes a database in the cluster, and answers its address.
async fn database(cluster: &str, keys: u64) -> Result<String, Failure> {
    let name = format!("keydeck_bench_{keys}");
    let client = connect(cluster).await?;
    client.batch_execute(&format!("DROP DATABASE IF EXISTS {name}")).await?;
    client.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")).await?;
    let (place, parameters) = cluster.split_once('?').map_or((cluster, ""), |(place, parameters)| (place, parameters));
    let (server, _database) = place.rsplit_once('/').ok_or("the cluster's address names no database")?;
    Ok(format!("{server}/{name}?{parameters}"))
}

/// Measures teams of these sizes.
pub fn run(sizes: &[u64]) -> Result<(), Failure> {
    let Ok(cluster) = std::env::var("KEYDECK_TEST_POSTGRES") else {
        println!("engines: left out, there is no PostgreSQL; .ci/postgres/run cargo bench --bench server -- engines");
        return Ok(());
    };
    println!("\nprocessor time a request on each engine: of the servers, and of the database beside them; statements");
    for &keys in sizes {
        let (file, shared) = (Subject::make(keys, None)?, Subject::make(keys, Some(&cluster))?);
        for call in ["GET /me", "a verification", "a page of a thousand"] {
            let asked = |subject: &Subject| match call {
                "GET /me" => request("GET", "/me", &subject.key, None),
                "a verification" => {
                    let body = json!({ "sha256": subject.hash }).to_string();
                    request("POST", "/api-key-verifications", &subject.key, Some(&body))
                }
                _ => request("GET", "/api-keys?scope=team&limit=1000", &subject.key, None),
            };
            let one = file.measure(1, &asked(&file))?;
            println!("{keys:>9} keys, {call:<22} a file, 1 server      {:>8.3} ms", one.servers);
            for servers in SERVERS {
                let took = shared.measure(servers, &asked(&shared))?;
                println!(
                    "{:>9}       {:<22} PostgreSQL, {servers} server{} {:>8.3} + {:.3} ms, {:.2} × a file, {:.2} statements",
                    "",
                    "",
                    if servers == 1 { " " } else { "s" },
                    took.servers,
                    took.database,
                    (took.servers + took.database) / one.servers,
                    took.statements.unwrap_or_default(),
                );
            }
        }
    }
    Ok(())
}
