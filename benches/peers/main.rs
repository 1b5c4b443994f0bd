//! What the console and the command line cost beside others doing the same on the same machine in the same run, each with its
//! bound: `cargo bench --bench peers`.
//!
//! The others are fzf (`FZF` names it; else the one on the `PATH`, else the one of Python's package `iterfzf`), less, and a bare
//! ratatui list, which is this program started once more. Where one is not installed its lines say so.

#![expect(clippy::print_stdout, reason = "a benchmark's figures are for whoever runs it")]

#[path = "../support/demo.rs"]
mod demo;
mod engine;
mod list;
mod plain;
mod terminal;

use std::error::Error;
use std::time::Duration;

type Failure = Box<dyn Error + Send + Sync>;

const KEYDECK: &str = env!("CARGO_BIN_EXE_keydeck");

fn main() -> Result<(), Failure> {
    if std::env::var_os(plain::ASKED).is_some() {
        return plain::run();
    }
    println!("{:<46}{:>12}{:>14}  bound", "", "keydeck", "peer");
    terminal::measure()?;
    engine::measure();
    list::measure()
}

/// Prints one line; `peer` is what the other took, where it is there.
fn line(what: &str, ours: f64, peer: Option<(&str, f64)>, bound: Bound, unit: &str) {
    let most = match (bound, peer) {
        (Bound::Times(times), Some((_, peer))) => Some(peer * times),
        (Bound::TimesAnd(times, more), Some((_, peer))) => Some(peer * times + more),
        (Bound::Times(_) | Bound::TimesAnd(..), None) => None,
        (Bound::Most(most), _) => Some(most),
    };
    let theirs = peer.map_or_else(|| "not there".to_owned(), |(_, peer)| number(peer, unit));
    let said = match most {
        Some(most) if ours <= most => format!("{} met", number(most, unit)),
        Some(most) => format!("{} NOT met", number(most, unit)),
        None => "–".to_owned(),
    };
    let name = peer.map_or("", |(name, _)| name);
    println!("{what:<46}{:>12}{theirs:>14}  {said}   {name}", number(ours, unit));
}

#[derive(Clone, Copy)]
enum Bound {
    /// So many times what the other takes.
    Times(f64),
    /// And so much more.
    TimesAnd(f64, f64),
    /// So much, whatever others take.
    Most(f64),
}

fn number(value: f64, unit: &str) -> String {
    if unit == "B" { format!("{value:.0} B") } else { format!("{value:.2} {unit}") }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn median<T: PartialOrd + Copy>(mut all: Vec<T>) -> Option<T> {
    all.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    all.get(all.len() / 2).copied()
}
