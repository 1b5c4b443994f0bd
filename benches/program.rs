//! The whole program: a team loaded over HTTP from the built server, the memory it takes, and the time from the start to
//! the first frame. `cargo bench --bench program`, or with a number of keys: `cargo bench --bench program -- 1000000`.
//!
//! Each time stands beside a plain way of doing the same, in the same run: the same pages read into JSON values by one
//! loop, a ratatui program that draws one frame of one word, and the calls that a leaked key cannot do without.

#![expect(clippy::print_stdout, reason = "a benchmark's figures are for whoever runs it")]

#[path = "support/demo.rs"]
mod demo;

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::ops::ControlFlow;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use chrono::Utc;
use demo::Server;
use keydeck::client::keydeck::KeydeckService;
use keydeck::client::{KeyService, WritePermit};
use keydeck::domain::key::Key;
use keydeck::domain::key_value::{KeyKind, fingerprint, mint};
use keydeck::domain::listing::{MintedValue, NewKey, Scope};
use keydeck::domain::secret::Secret;
use keydeck::domain::sort::{Column, Sort};
use keydeck::domain::table::Table;
use keydeck::ops;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};

type Failure = Box<dyn Error + Send + Sync>;

const KEYS: u64 = 100_000;
const RUNS: usize = 5;
/// Tells this program to be the plain one.
const PLAIN: &str = "KEYDECK_BENCH_PLAIN";
/// What both programs write in their first frame.
const WORD: &str = "keydeck";

fn main() -> Result<(), Failure> {
    if std::env::var_os(PLAIN).is_some() {
        return plain_program();
    }
    let keys = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(KEYS);
    let server = Server::start(keys)?;
    println!("{keys} keys from the built server, pages of 1000");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;

    let before = resident()?;
    let (took, table) = runtime.block_on(load(&server))?;
    let taken = resident()?.saturating_sub(before);
    println!("  loaded into a table      {:>8.0} ms", milliseconds(took));
    println!("  resident memory          {:>8} bytes a key", taken / table.len().max(1) as u64);
    println!("  a row itself             {:>8} bytes", size_of::<Key>());
    drop(table);
    let (took, bytes) = runtime.block_on(plain_load(&server))?;
    println!("  the same as JSON values  {:>8.0} ms, {} bytes a key", milliseconds(took), bytes / keys.max(1));

    println!("from the start to the first frame, median of {RUNS}");
    let environment = [("KEYDECK_URL", server.url.as_str()), ("KEYDECK_API_KEY", server.key.as_str())];
    let console = first_frame(env!("CARGO_BIN_EXE_keydeck"), &environment)?;
    let plain = first_frame(&std::env::current_exe()?.to_string_lossy(), &[(PLAIN, "1")])?;
    println!("  keydeck                  {:>8.1} ms", milliseconds(console));
    println!("  a plain ratatui program  {:>8.1} ms", milliseconds(plain));

    println!("a leaked key, median of {RUNS}, from the start of keydeck contain");
    let mut times = (0..RUNS).map(|_| runtime.block_on(contained(&server))).collect::<Result<Vec<_>, _>>()?;
    let mut median = |of: fn(&Contained) -> Duration| {
        times.sort_unstable_by_key(of);
        of(&times[RUNS / 2])
    };
    println!("  to contained             {:>8.0} ms", milliseconds(median(|times| times.asserted)));
    println!("  to proven dead           {:>8.0} ms", milliseconds(median(|times| times.proven)));
    println!("  to written down          {:>8.0} ms", milliseconds(median(|times| times.written)));
    println!("  the bare calls to proven {:>8.0} ms", milliseconds(median(|times| times.bare)));
    Ok(())
}

/// How long after its start the program had contained a leaked key, and how long the bare calls take.
struct Contained {
    asserted: Duration,
    proven: Duration,
    written: Duration,
    bare: Duration,
}

async fn contained(server: &Server) -> Result<Contained, Failure> {
    let home = tempfile::tempdir()?;
    let value = leaked(server).await?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_keydeck"));
    for name in ["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"] {
        command.env(name, home.path());
    }
    command.env("KEYDECK_URL", &server.url).env("KEYDECK_API_KEY", &server.key).current_dir(home.path());
    command.args(["contain", "-", "--yes"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let start = Instant::now();
    let mut child = command.spawn()?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(value.expose().as_bytes())?;
    }
    let (mut contained, mut proven) = (None, None);
    for line in BufReader::new(child.stderr.take().ok_or("no standard error")?).lines() {
        let line = line?;
        if line.contains("the server says") {
            contained = contained.or(Some(start.elapsed()));
        }
        if line.contains("tried again: refused twice") {
            proven = proven.or(Some(start.elapsed()));
        }
    }
    if !child.wait()?.success() {
        return Err("keydeck contain did not contain it".into());
    }
    let written = start.elapsed();
    let (contained, proven) = (contained.ok_or("not contained")?, proven.ok_or("not proven")?);
    Ok(Contained { asserted: contained, proven, written, bare: bare_calls(server).await? })
}

/// A key of the demo's own, by its value.
async fn leaked(server: &Server) -> Result<Secret, Failure> {
    let service = KeydeckService::new(&server.url, Secret::new(server.key.clone()))?;
    let permit = WritePermit::unless_read_only(false)?;
    let value = mint(KeyKind::ApiKey, getrandom::fill).map_err(|_| "no random numbers")?;
    let new = NewKey { name: "leaked".to_owned(), value: Some(MintedValue::of(&value)), ..NewKey::default() };
    service.create_api_key(&permit, &new).await?;
    Ok(value)
}

/// Whose it is, its revocation, and twice whether it is refused, on one connection.
async fn bare_calls(server: &Server) -> Result<Duration, Failure> {
    let value = leaked(server).await?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    let ask =
        |method, path: &str| client.request(method, format!("{}{path}", server.url)).header("X-Api-Key", &server.key);
    let start = Instant::now();
    let hashes = serde_json::json!({ "sha256": [fingerprint(value.expose())] });
    let found = ask(reqwest::Method::POST, "/api-key-lookups").json(&hashes).send().await?.bytes().await?;
    let found: serde_json::Value = serde_json::from_slice(&found)?;
    let ids = serde_json::json!({ "ids": [found["data"][0]["apiKey"]["id"]] });
    ask(reqwest::Method::POST, "/api-key-revocations").json(&ids).send().await?.error_for_status()?;
    for _ in 0..2 {
        let refused = client.get(format!("{}/me", server.url)).header("X-Api-Key", value.expose()).send().await?;
        if refused.status() != 401 {
            return Err("it is still accepted".into());
        }
    }
    Ok(start.elapsed())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

async fn load(server: &Server) -> Result<(Duration, Table<Key>), Failure> {
    let service = KeydeckService::new(&server.url, Secret::new(server.key.clone()))?;
    let mut table = Table::new(Sort::by(Column::Created));
    let start = Instant::now();
    table.begin_load();
    let mut each = |page: keydeck::client::Rows<Key>| {
        table.add_page(page.rows, Utc::now());
        ControlFlow::Continue(())
    };
    ops::load::keys(&service, Scope::Team, &mut each).await?;
    table.finish_load(Utc::now());
    Ok((start.elapsed(), table))
}

/// The same pages as values of JSON, and how many bytes they are.
async fn plain_load(server: &Server) -> Result<(Duration, u64), Failure> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let start = Instant::now();
    let (mut cursor, mut bytes, mut pages) = (String::new(), 0, Vec::new());
    loop {
        let url = format!("{}/api-keys?scope=team&limit=1000{cursor}", server.url);
        let body = client.get(url).header("X-Api-Key", &server.key).send().await?.error_for_status()?.bytes().await?;
        bytes += body.len() as u64;
        let page: serde_json::Value = serde_json::from_slice(&body)?;
        let next = page["meta"]["nextCursor"].as_str().map(|next| format!("&cursor={next}"));
        pages.push(page);
        match next {
            Some(next) => cursor = next,
            None => return Ok((start.elapsed(), bytes)),
        }
    }
}

/// Bytes of this process that are in memory.
fn resident() -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}

/// How long a program takes from its start until its first frame has come through a pseudo-terminal.
fn first_frame(program: &str, environment: &[(&str, &str)]) -> Result<Duration, Failure> {
    let mut times = (0..RUNS).map(|_| one_first_frame(program, environment)).collect::<Result<Vec<_>, _>>()?;
    times.sort_unstable();
    Ok(times[times.len() / 2])
}

fn one_first_frame(program: &str, environment: &[(&str, &str)]) -> Result<Duration, Failure> {
    let home = tempfile::tempdir()?;
    let size = PtySize { rows: 36, cols: 120, ..PtySize::default() };
    let terminal = native_pty_system().openpty(size)?;
    let mut command = CommandBuilder::new(program);
    for name in ["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"] {
        command.env(name, home.path());
    }
    for (name, value) in environment {
        command.env(name, value);
    }
    let mut reader = terminal.master.try_clone_reader()?;
    let mut writer = terminal.master.take_writer()?;
    let start = Instant::now();
    let mut child = terminal.slave.spawn_command(command)?;
    drop(terminal.slave);
    let (mut seen, mut bytes) = (String::new(), [0; 4096]);
    let took = loop {
        let read = reader.read(&mut bytes)?;
        seen.push_str(&String::from_utf8_lossy(&bytes[..read]));
        if seen.contains(WORD) {
            break start.elapsed();
        }
        if read == 0 {
            return Err(format!("{program} ended before its first frame").into());
        }
    };
    writer.write_all(b"q")?;
    // read on, so that it can write what it still has to
    std::thread::spawn(move || while reader.read(&mut bytes).is_ok_and(|read| read > 0) {});
    child.wait()?;
    Ok(took)
}

/// What to read the first frame against.
fn plain_program() -> Result<(), Failure> {
    let mut terminal = ratatui::try_init()?;
    terminal.draw(|frame| frame.render_widget(WORD, frame.area()))?;
    std::io::stdin().read_exact(&mut [0])?;
    ratatui::try_restore()?;
    Ok(())
}
