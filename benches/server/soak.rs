//! A server under all kinds of requests for as long as one likes: what it holds in memory and how long it takes, minute by
//! minute. Both have to stay as they are.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::Failure;
use crate::process::Served;
use crate::team::Team;
use crate::wire::{Connection, request};

/// Keys and users of the team.
const TEAM: (u64, u64) = (20_000, 500);
/// Parts of the run that are told of.
const PARTS: u32 = 20;
/// Memory and time of the last half may be so many times those of the first.
const FLAT: f64 = 1.3;

/// Asks for so many minutes.
pub fn run(minutes: u64) -> Result<(), Failure> {
    let team = Team::make(TEAM.0, TEAM.1)?;
    let served = Served::keydeck(&team.database)?;
    println!("\na soak of {minutes} minutes, {} keys", team.keys);
    println!("{:>8} {:>10} {:>10} {:>12} {:>12}", "minute", "requests", "memory", "half within", "99 % within");
    let part = Duration::from_secs(minutes * 60) / PARTS;
    let begun = Instant::now();
    let (mut halves, mut memory) = (Vec::new(), Vec::new());
    let mut asked = 0;
    for at in 1..=PARTS {
        let mut times = one_part(&served, &team, begun + part * at, &mut asked)?;
        times.sort_unstable();
        let within = |share: usize| times[(times.len() - 1) * share / 100];
        let (now, _) = served.memory()?;
        println!(
            "{:>8.1} {:>10} {:>7} kB {:>9.2} ms {:>9.2} ms",
            begun.elapsed().as_secs_f64() / 60.0,
            times.len(),
            now >> 10,
            within(50).as_secs_f64() * 1000.0,
            within(99).as_secs_f64() * 1000.0
        );
        halves.push(within(50).as_secs_f64());
        memory.push(f64::from(u32::try_from(now >> 10)?));
    }
    verdict("memory", &memory);
    verdict("half of the answers", &halves);
    Ok(())
}

/// Says whether the second half is like the first, by their middle values; the first part warms up.
fn verdict(what: &str, parts: &[f64]) {
    let middle = |parts: &[f64]| {
        let mut sorted = parts.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted[sorted.len() / 2]
    };
    let (first, second) = parts[1..].split_at(parts.len() / 2);
    let ratio = middle(second) / middle(first);
    let met = if ratio <= FLAT { "flat" } else { "NOT FLAT" };
    println!("{what}: the second half is {ratio:.2} times the first: {met}");
}

/// All kinds of calls, one after the other, until then. Answers how long each took.
fn one_part(served: &Served, team: &Team, until: Instant, asked: &mut u64) -> Result<Vec<Duration>, Failure> {
    let (mut connection, mut times) = (Connection::open(&served.address)?, Vec::new());
    let key = &team.key;
    let verify = json!({ "sha256": team.hashes }).to_string();
    while Instant::now() < until || times.is_empty() {
        *asked += 1;
        let name = json!({ "name": format!("soak {asked}") }).to_string();
        let strange = format!("kdk_{asked:030}");
        let requests = [
            (request("GET", "/me", key, None), 200),
            (request("POST", "/api-key-verifications", key, Some(&verify)), 200),
            (request("PATCH", &format!("/api-keys/{}", team.own), key, Some(&name)), 200),
            (request("GET", "/api-keys?scope=team&status=revoked", key, None), 200),
            (request("GET", "/api-keys?sort=recentlyUsed", key, None), 200),
            (request("GET", "/me", &strange, None), 401),
            (request("GET", &format!("/api-keys?scope=team&q={asked}"), key, None), 200),
        ];
        for (request, status) in requests {
            let begun = Instant::now();
            let answer = connection.ask(&request)?;
            times.push(begun.elapsed());
            // who sends too many bad keys is told to wait
            if answer.status != status && !(status == 401 && answer.status == 429) {
                answer.expect(status)?;
            }
        }
        // a new connection now and then, as clients do
        if asked.is_multiple_of(50) {
            connection = Connection::open(&served.address)?;
        }
    }
    Ok(times)
}
