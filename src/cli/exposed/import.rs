//! `keydeck exposed import`: what another scanner found, told to the server.

use std::collections::HashMap;
use std::io::Read as _;
use std::path::Path;

use serde::Serialize;
use zeroize::Zeroizing;

use crate::cli::args::ExposedImport;
use crate::cli::connect::{self, Connection};
use crate::cli::exit::{Exit, Stop};
use crate::cli::input;
use crate::cli::output::Output;
use crate::cli::reporting::{self, Filed};
use crate::cli::signals::Signals;
use crate::cli::wire::{Document, KeyRow};
use crate::config::Paths;
use crate::domain::key_value::{Digest32, hex};
use crate::domain::plain::text;
use crate::domain::report::{LONGEST_URL, Report};
use crate::domain::scan::{Alive, Standing, Verdicts};
use crate::domain::untrusted::Untrusted;
use crate::domain::values::{Format, masked};
use crate::ops;
use crate::ops::scanners::{self, Occurrence, Seen};
use crate::system::file::open_regular;

/// The largest report that is read, in bytes.
const MOST: u64 = 512 << 20;
/// The most lines about what is masked or unknown.
const NAMED: usize = 10;

/// A value of a report, by its hash.
struct Reported {
    digest: Digest32,
    format: Format,
    masked: String,
    /// Each address once.
    places: Vec<Occurrence>,
}

/// What a report comes to.
#[derive(Default)]
struct Sorted {
    values: Vec<Reported>,
    masked: Vec<(String, Occurrence)>,
    unknown: Vec<Occurrence>,
}

/// Reads the report, asks whose the keys are, and tells the server where they stand.
pub async fn run(
    args: &ExposedImport,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let content = if args.file.as_os_str() == "-" { input::read()? } else { read(&args.file)? };
    let findings =
        scanners::read(&content, args.format).map_err(|error| Stop::usage(error.to_string(), error.hint()))?;
    drop(content);
    let (scanner, broken) = (findings.scanner, findings.broken);
    let sorted = sort(findings.occurrences);
    let (mut standings, mut filed) = (Vec::new(), None);
    if !sorted.values.is_empty() {
        let (_, session) = connect::choose_to_change(paths, profile, config, args.dry_run).await?;
        let connection = Connection::open(session, output).await?;
        let values: Vec<_> = sorted.values.iter().map(|value| (value.digest, value.format)).collect();
        let trouble;
        (standings, trouble) = ops::scan::look_up(&*connection.service, &values).await;
        if let Some(error) = trouble {
            output.say(&format!("whose they are is not known: {error}"));
        }
        if !args.dry_run {
            let alive = Verdicts::of(&standings).alive;
            let (agreed, signals) = ((alive, args.yes), Signals::catch()?);
            filed = Some(reporting::file(&connection, reports(&sorted), agreed, &signals.stop, output).await?);
        }
    }
    if args.json {
        let meta = Meta {
            scanner: scanner.name(),
            values: sorted.values.len(),
            masked_only: sorted.masked.len(),
            unknown: sorted.unknown.len(),
            broken_lines: broken,
            dry_run: args.dry_run,
            reported: filed.as_ref(),
        };
        output.json(&Document { data: rows(&sorted, &standings), meta });
    } else {
        tell(&sorted, &standings, output);
    }
    say(scanner, &sorted, broken, output);
    match filed {
        None if args.dry_run && !sorted.values.is_empty() => output.say("nothing was reported: --dry-run"),
        None => {}
        Some(ref filed) => filed.say(output),
    }
    let all = filed.is_none_or(|filed| filed.is_all());
    Ok(if all && broken == 0 { Exit::Done } else { Exit::Partly })
}

fn read(file: &Path) -> Result<Zeroizing<String>, Stop> {
    let shown = crate::local::program::path_shown(file);
    let failed =
        |why: String| Stop::usage(format!("{shown} cannot be read: {why}"), "name a report, or - for standard input");
    let mut bytes = Zeroizing::new(Vec::new());
    let read = open_regular(file, true).and_then(|file| file.take(MOST + 1).read_to_end(&mut bytes));
    read.map_err(|error| failed(error.to_string()))?;
    if bytes.len() as u64 > MOST {
        return Err(failed(format!("it is longer than {} MiB", MOST >> 20)));
    }
    text(&bytes).map_err(|error| Stop::usage(format!("{shown} cannot be read: {error}"), error.hint()))
}

fn sort(occurrences: Vec<Occurrence>) -> Sorted {
    let mut sorted = Sorted::default();
    let mut at: HashMap<Digest32, usize> = HashMap::new();
    for occurrence in occurrences {
        match occurrence.seen.clone() {
            Seen::Values(values) => {
                for (digest, format, masked) in values {
                    let at = *at.entry(digest).or_insert_with(|| {
                        sorted.values.push(Reported { digest, format, masked, places: Vec::new() });
                        sorted.values.len() - 1
                    });
                    let places = &mut sorted.values[at].places;
                    if places.iter().all(|known| known.address() != occurrence.address()) {
                        places.push(occurrence.clone());
                    }
                }
            }
            Seen::Masked(shown) => sorted.masked.push((shown, occurrence)),
            Seen::Unknown => sorted.unknown.push(occurrence),
        }
    }
    sorted
}

fn reports(sorted: &Sorted) -> Vec<Report> {
    let of = |value: &Reported, place: &Occurrence| {
        let address = url(place);
        Report {
            fingerprint: hex(&value.digest),
            secret_type: value.format.name().to_owned(),
            masked: value.masked.clone(),
            source: Report::source_of(&address),
            url: address,
            resource: if place.commit.is_empty() { "file" } else { "commit" }.to_owned(),
        }
    };
    sorted.values.iter().flat_map(|value| value.places.iter().map(move |place| of(value, place))).collect()
}

/// The address of a place as it is sent: without a value that stands in it, and not longer than the server takes.
fn url(place: &Occurrence) -> String {
    let address = place.address();
    let address = masked(&address);
    let address = if address.trim().is_empty() { "a place that the report does not name" } else { &address };
    address.chars().filter(|c| !c.is_control()).take(LONGEST_URL).collect()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    /// `whole`, `masked` or `unknown`.
    form: &'static str,
    fingerprint: Option<String>,
    secret_type: &'a str,
    masked_value: &'a str,
    /// Null: not known.
    alive: Option<bool>,
    why: Option<&'a Untrusted>,
    key: Option<KeyRow>,
    places: Vec<PlaceRow<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlaceRow<'a> {
    url: String,
    file: &'a Untrusted,
    line: Option<u64>,
    commit: &'a Untrusted,
    author: &'a Untrusted,
    date: &'a Untrusted,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Meta<'a> {
    scanner: &'a str,
    values: usize,
    /// Occurrences whose value the report masks.
    masked_only: usize,
    /// Occurrences in no format that is known.
    unknown: usize,
    broken_lines: usize,
    dry_run: bool,
    reported: Option<&'a Filed>,
}

fn rows<'a>(sorted: &'a Sorted, standings: &'a [Standing]) -> Vec<Row<'a>> {
    let whole = sorted.values.iter().zip(standings).map(|(value, standing)| Row {
        form: "whole",
        fingerprint: Some(hex(&value.digest)),
        secret_type: value.format.name(),
        masked_value: &value.masked,
        alive: match standing.alive {
            Alive::Yes => Some(true),
            Alive::No => Some(false),
            Alive::Unknown => None,
        },
        why: Some(&standing.why),
        key: standing.key.as_deref().map(KeyRow::from),
        places: value.places.iter().map(place_row).collect(),
    });
    let rest = |form, shown: &'a str, place: &'a Occurrence| Row {
        form,
        fingerprint: None,
        secret_type: place.kind.as_received(),
        masked_value: shown,
        alive: None,
        why: None,
        key: None,
        places: vec![place_row(place)],
    };
    let masked = sorted.masked.iter().map(|(shown, place)| rest("masked", shown, place));
    let unknown = sorted.unknown.iter().map(|place| rest("unknown", "", place));
    whole.chain(masked).chain(unknown).collect()
}

fn place_row(place: &Occurrence) -> PlaceRow<'_> {
    let Occurrence { file, line, commit, author, date, .. } = place;
    PlaceRow { url: url(place), file, line: *line, commit, author, date }
}

fn tell(sorted: &Sorted, standings: &[Standing], output: &mut Output) {
    for (value, standing) in sorted.values.iter().zip(standings) {
        let (masked, name, alive) = (&value.masked, value.format.name(), standing.alive.word());
        output.line(&format!("{masked}  {name}  {alive}: {}", standing.why));
        if let Some(key) = &standing.key {
            let owner = if key.owner.is_empty() { key.owner_email.marked() } else { key.owner.marked() };
            output.line(&format!("    key {} ({}) of {owner}", key.name.marked(), key.id));
        }
        for place in &value.places {
            output.line(&format!("    {}", url(place)));
        }
    }
}

/// What is said of the report as a whole, and of what cannot be reported.
fn say(scanner: scanners::Scanner, sorted: &Sorted, broken: usize, output: &mut Output) {
    for (shown, place) in sorted.masked.iter().take(NAMED) {
        output.say(&format!("masked only: {} {shown}, {}: it cannot be looked up", place.kind, url(place)));
    }
    if sorted.masked.len() > NAMED {
        output.say(&format!("and {} more that are masked only", sorted.masked.len() - NAMED));
    }
    if !sorted.unknown.is_empty() {
        let mut kinds: Vec<String> = sorted.unknown.iter().map(|place| place.kind.to_string()).collect();
        kinds.sort();
        kinds.dedup();
        kinds.truncate(NAMED);
        let count = sorted.unknown.len();
        output.say(&format!(
            "{count} left out, in no format that keydeck knows or with a wrong checksum: {}",
            kinds.join(", ")
        ));
    }
    if broken > 0 {
        output.say(&format!("{broken} lines are damaged and cannot be read"));
    }
    let counted = |count: usize, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
    let values = counted(sorted.values.len(), "key");
    let places = counted(sorted.values.iter().map(|value| value.places.len()).sum(), "place");
    output.say(&format!("a report of {}: {values} in {places}, {} masked only", scanner.name(), sorted.masked.len()));
}
