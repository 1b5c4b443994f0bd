//! Revoking every key of a very large team, and deactivating somebody with very many keys: how long it takes, how long
//! others wait who write meanwhile, how much memory it takes, and that it goes on after a crash.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::Failure;
use crate::process::Served;
use crate::team::Team;
use crate::wire::{Connection, request};

/// The longest that another write may wait.
const WAIT: Duration = Duration::from_millis(100);
/// The most memory, in bytes.
const MEMORY: u64 = 100_000_000;
/// Keys of the one who is deactivated.
const OF_ONE: i64 = 10_000;

/// Measures both in a team of so many keys.
pub fn run(keys: u64) -> Result<(), Failure> {
    let mut team = Team::make(keys, 5_000)?;
    let leaver = give_many(&mut team)?;
    let served = Served::keydeck(&team.database)?;
    team.settled()?;
    println!("\na team of {keys} keys");
    let body = json!({ "active": false }).to_string();
    let asked = request("PATCH", &format!("/users/{leaver}"), &team.key, Some(&body));
    let (took, waits) = beside(&served, &team, |connection| {
        connection.ask(&asked)?.expect(200)?;
        until_no_act(&team)
    })?;
    tell("deactivating a user with 10000 keys", took, &waits);

    let own = own_id(&served, &team)?;
    let body = json!({ "all": true, "except": [own, team.own] }).to_string();
    let asked = request("POST", "/api-key-revocations", &team.key, Some(&body));
    let begun = Instant::now();
    let (_, first) = beside(&served, &team, |connection| {
        let answer = connection.ask(&asked)?;
        if answer.status != 200 && answer.status != 202 {
            return Err(format!("answered {}", answer.status).into());
        }
        Ok(())
    })?;
    let done_before = done(&team)?;
    served.kill()?;
    let served = Served::keydeck(&team.database)?;
    let (_, second) = beside(&served, &team, |_| until_no_act(&team))?;
    let (took, waits) = (begun.elapsed(), Waits { longest: first.longest.max(second.longest), ..second });
    tell(&format!("revoking all of {keys} keys"), took, &waits);
    println!("  the server was killed after {done_before} of them, and went on");
    let (now, most) = served.memory()?;
    let met = if most < MEMORY { "met" } else { "NOT MET" };
    println!("  memory: {} MB now, {} MB at most; bound {} MB: {met}", now >> 20, most >> 20, MEMORY / 1_000_000);
    let left = left(&team)?;
    println!("  keys that are not revoked: {left}");
    Ok(())
}

/// How long others waited.
struct Waits {
    writes: usize,
    longest: Duration,
    /// The wait that 99 of 100 did not exceed.
    usual: Duration,
}

fn tell(what: &str, took: Duration, waits: &Waits) {
    let met = if waits.longest <= WAIT { "met" } else { "NOT MET" };
    println!("  {what}: {:.1} s", took.as_secs_f64());
    println!(
        "  {} other writes meanwhile: 99 of 100 within {} ms, the longest {} ms; bound {} ms: {met}",
        waits.writes,
        waits.usual.as_millis(),
        waits.longest.as_millis(),
        WAIT.as_millis()
    );
}

/// Does something while somebody else gives a key other names, one after the other.
fn beside(
    served: &Served,
    team: &Team,
    work: impl FnOnce(&mut Connection) -> Result<(), Failure>,
) -> Result<(Duration, Waits), Failure> {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| -> Result<Vec<Duration>, Failure> {
            let (mut connection, mut waits) = (Connection::open(&served.address)?, Vec::new());
            while !stop.load(Ordering::Relaxed) || waits.is_empty() {
                let body = json!({ "name": format!("name {}", waits.len()) }).to_string();
                let asked = request("PATCH", &format!("/api-keys/{}", team.own), &team.key, Some(&body));
                let begun = Instant::now();
                connection.ask(&asked)?.expect(200)?;
                waits.push(begun.elapsed());
            }
            Ok(waits)
        });
        let begun = Instant::now();
        let worked = Connection::open(&served.address).and_then(|mut connection| work(&mut connection));
        let took = begun.elapsed();
        stop.store(true, Ordering::Relaxed);
        let mut waits = other.join().map_err(|_panic| "the other writer panicked")??;
        worked?;
        waits.sort_unstable();
        let usual = waits[(waits.len() - 1) * 99 / 100];
        let longest = waits.last().copied().unwrap_or_default();
        Ok((took, Waits { writes: waits.len(), longest, usual }))
    })
}

/// Gives somebody very many keys, and answers who it is.
fn give_many(team: &mut Team) -> Result<i64, Failure> {
    let direct = direct(team)?;
    let leaver: i64 =
        direct.query_row("SELECT owner_id FROM api_keys WHERE owner_id >= 100000 ORDER BY id LIMIT 1", [], |row| {
            row.get(0)
        })?;
    direct.execute(
        "UPDATE api_keys SET owner_id = ?1 WHERE id IN (SELECT id FROM api_keys WHERE owner_id >= 100000 AND \
         revoked_at IS NULL LIMIT ?2)",
        (leaver, OF_ONE),
    )?;
    direct.execute("UPDATE users SET active = 1 WHERE id = ?1", [leaver])?;
    Ok(leaver)
}

fn direct(team: &Team) -> Result<rusqlite::Connection, Failure> {
    let path = team.database.strip_prefix("sqlite:").ok_or("another engine")?;
    let connection = rusqlite::Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    Ok(connection)
}

fn own_id(served: &Served, team: &Team) -> Result<String, Failure> {
    let me = Connection::open(&served.address)?.ask(&request("GET", "/me", &team.key, None))?.expect(200)?.json()?;
    Ok(me["apiKey"]["id"].as_str().ok_or("no id")?.to_owned())
}

/// Waits until every act is over.
fn until_no_act(team: &Team) -> Result<(), Failure> {
    let direct = direct(team)?;
    while direct.query_row("SELECT COUNT(*) FROM acts WHERE running = 1", [], |row| row.get::<_, i64>(0))? > 0 {
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// How far the act is that is running.
fn done(team: &Team) -> Result<i64, Failure> {
    Ok(direct(team)?
        .query_row("SELECT COALESCE(MAX(done), 0) FROM acts WHERE kind = 'revoke'", [], |row| row.get(0))?)
}

fn left(team: &Team) -> Result<i64, Failure> {
    Ok(direct(team)?.query_row("SELECT COUNT(*) FROM api_keys WHERE revoked_at IS NULL", [], |row| row.get(0))?)
}
