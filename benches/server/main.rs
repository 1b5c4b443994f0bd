//! What a request costs the built server, in processor time, in a small team and in a large one, and what very many keys
//! cost those who ask for something else meanwhile. Each figure stands beside what it is to be read against, from the same
//! run: the same call in the small team, or a file that nginx serves on the same machine.
//!
//! `cargo bench --bench server`; with `-- calls`, `-- many` or `-- soak` only that. `KEYDECK_BENCH_KEYS` is how many keys
//! are revoked at once (1,000,000), `KEYDECK_BENCH_MINUTES` how long the soak is (20), `KEYDECK_BENCH_PROGRAM` another build
//! of the program; the soak runs only when named, and so does `engines`, which needs PostgreSQL:
//! `.ci/postgres/run cargo bench --bench server -- engines`.

#![expect(clippy::print_stdout, reason = "a benchmark's figures are for whoever runs it")]

mod calls;
mod engines;
mod many;
mod process;
mod soak;
mod team;
mod wire;

use std::error::Error;

use self::calls::{Bound, Subject};
use self::process::Served;
use self::wire::{Connection, request};

type Failure = Box<dyn Error + Send + Sync>;

/// Keys and users of the small team and of the large one.
const SMALL: (u64, u64) = (400, 30);
const LARGE: (u64, u64) = (200_000, 5_000);

fn main() -> Result<(), Failure> {
    let named: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let is_named = |part: &str| named.iter().any(|word| word == part);
    if named.is_empty() || is_named("calls") {
        calls()?;
    }
    if named.is_empty() || is_named("many") {
        many::run(number("KEYDECK_BENCH_KEYS", 1_000_000)?)?;
    }
    if is_named("engines") {
        engines::run(&[SMALL.0, number("KEYDECK_BENCH_KEYS", 1_000_000)?])?;
    }
    if is_named("soak") {
        soak::run(number("KEYDECK_BENCH_MINUTES", 20)?)?;
    }
    Ok(())
}

/// A number that the environment may say.
fn number(variable: &str, unless: u64) -> Result<u64, Failure> {
    Ok(match std::env::var(variable) {
        Ok(text) => text.parse()?,
        Err(_unset) => unless,
    })
}

fn calls() -> Result<(), Failure> {
    let small = Subject::prepare(SMALL.0, SMALL.1)?;
    let large = Subject::prepare(LARGE.0, LARGE.1)?;
    let me = Connection::open(&small.served.address)?.ask(&request("GET", "/me", &small.team.key, None))?;
    let folder = tempfile::tempdir()?;
    let nginx = Served::nginx(folder.path(), &me.expect(200)?.body)?;
    let file = nginx.as_ref().map(calls::file).transpose()?;
    match file {
        Some(file) => println!("processor time a request; a file of nginx takes {:.1} µs", file * 1000.0),
        None => println!("processor time a request; nginx is not installed, so nothing stands beside its file"),
    }
    println!(
        "{:<42} {:>12} {:>14} {:>7}   bound",
        "",
        format!("{} keys", small.team.keys),
        format!("{} keys", large.team.keys),
        "ratio"
    );
    for (call, before, after) in calls::measure(&small, &large)? {
        let (ratio, bound, met) = match call.bound {
            Bound::Growth(most) => (Some(after / before), format!("{most} ×"), after / before <= most),
            Bound::File(most) => {
                let ratio = file.map(|file| after / file);
                (ratio, format!("{most} × a file"), ratio.is_some_and(|ratio| ratio <= most))
            }
            Bound::Page(most) => (Some(after / before), format!("{most} ms"), after <= most),
        };
        let met = match (ratio, met) {
            (None, _) => "not measured",
            (Some(_), true) => "met",
            (Some(_), false) => "NOT MET",
        };
        let ratio = ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"));
        println!("{:<42} {before:>9.3} ms {after:>11.3} ms {ratio:>7}   {bound}: {met}", call.name);
    }
    println!("team sizes: {} and {} users", small.team.users, large.team.users);
    Ok(())
}
