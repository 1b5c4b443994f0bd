//! `keydeck scan`: keys in files, in a text, in a history.

mod rows;
mod sarif;
mod tell;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::args::Scan as Args;
use super::connect::{self, Connection};
use super::exit::{Exit, Stop, hint};
use super::output::Output;
use super::reporting::{self, Filed};
use super::signals::Signals;
use super::wire::Document;
use crate::config::{Paths, Session};
use crate::domain::report::{LONGEST_URL, Report};
use crate::domain::scan::{Exposure, Place, Standing, Verdicts};
use crate::local::program::redacted;
use crate::local::scan::{Progress, Scan, Told};
use crate::ops;

/// How often it is said how far the search is.
const TICK: Duration = Duration::from_millis(500);
/// How long a search that is to stop may take to do so before what it found is told.
const GRACE: Duration = Duration::from_secs(1);

/// What a search came to.
struct Found {
    values: Vec<Exposure>,
    /// What is known of each of them.
    standings: Vec<Standing>,
    /// Places of more values than are kept.
    left_out: u64,
    told: Told,
    progress: Progress,
    /// Whether it was stopped before it was through.
    stopped: bool,
    /// The server that was asked whose they are.
    asked: Option<String>,
    /// Whose history it is of.
    repository: Option<PathBuf>,
}

impl Found {
    fn verdicts(&self) -> Verdicts {
        Verdicts::of(&self.standings)
    }

    /// Whether everything was looked through that can hold a key.
    fn is_whole(&self) -> bool {
        self.told.unread.is_empty() && self.told.missing == 0 && !self.stopped
    }

    fn exit(&self) -> Exit {
        match self.verdicts() {
            Verdicts { alive: 1.., .. } => Exit::FoundAlive,
            Verdicts { unknown: 1.., .. } => Exit::FoundUnknown,
            Verdicts { dead: 1.., .. } => Exit::Matched,
            // 128 and the number of SIGINT
            _ if self.stopped => Exit::Signal(130),
            _ if self.is_whole() => Exit::Done,
            _ => Exit::Partly,
        }
    }
}

/// Looks for keys, asks whose they are, and tells.
pub async fn run(
    args: &Args,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    check(args)?;
    // what cannot work is said before the search
    let session = if args.report {
        Some(connect::choose_to_change(paths, profile, config, false).await?.1)
    } else if !args.offline && (args.probe || profile.is_some() || config.is_some()) {
        Some(connect::choose(paths, profile, config).await?.1)
    } else {
        None
    };
    let signals = Signals::catch()?;
    let Some(mut found) = search(args, &signals).await? else { return Ok(Exit::Signal(130)) };
    let connection = if found.values.is_empty() || found.stopped || args.offline {
        None
    } else {
        let session = match session {
            Some(session) => Ok(session),
            None => connect::choose(paths, profile, config).await.map(|(_, session)| session),
        };
        tokio::select! {
            connection = ask(args, session, &mut found, output) => connection,
            () = signals.stop.cancelled() => None,
        }
    };
    if !found.stopped && signals.stop.is_cancelled() {
        output.say("stopped: whose they are was not asked to the end");
    }
    // one JSON document also says what became of the reports
    if !args.json {
        tell(args, &found, None, output);
    }
    let filed = match &connection {
        Some(connection) if args.report => tokio::select! {
            filed = report(args, &found, connection, &signals, output) => Some(filed),
            () = signals.now.cancelled() => None,
        },
        _ => None,
    };
    if args.json {
        tell(args, &found, filed.as_ref().and_then(|filed| filed.as_ref().ok()), output);
    }
    match filed {
        Some(Err(error)) => Err(error),
        Some(Ok(filed)) => {
            filed.say(output);
            Ok(if filed.is_all() { found.exit() } else { Exit::Partly })
        }
        None if args.report && !found.values.is_empty() => {
            output.say("it is not known to be reported");
            Ok(Exit::Partly)
        }
        None => Ok(found.exit()),
    }
}

fn check(args: &Args) -> Result<(), Stop> {
    let input = args.paths.iter().any(|path| path.as_os_str() == "-");
    match (input, args.git, args.paths.len()) {
        (true, true, _) => Err(Stop::usage("standard input has no history", "name a folder, or leave out --git")),
        (true, false, 2..) => Err(Stop::usage("- stands for standard input and for it alone", "scan the files apart")),
        (false, true, 2..) => Err(Stop::usage("--git looks through one repository at a time", "scan the others apart")),
        _ => Ok(()),
    }
}

/// Searches until the end or the first signal; none after the second.
async fn search(args: &Args, signals: &Signals) -> anyhow::Result<Option<Found>> {
    let scan = Arc::new(Scan::new(args.probe));
    let repository = args.paths.first().filter(|_| args.git).cloned();
    let (searching, paths, ignored_too) = (Arc::clone(&scan), args.paths.clone(), args.no_ignore);
    let from = repository.clone();
    let work = tokio::task::spawn_blocking(move || match &from {
        Some(folder) => searching.history(folder),
        None if paths.iter().any(|path| path.as_os_str() == "-") => searching.input(),
        None => searching.files(&paths, ignored_too),
    });
    tokio::pin!(work);
    let mut tick = tokio::time::interval(TICK);
    tick.tick().await;
    let watched = Output::is_watched();
    let stopped = loop {
        tokio::select! {
            done = &mut work => {
                done?;
                break false;
            }
            () = signals.stop.cancelled() => break true,
            _ = tick.tick(), if watched => Output::progress(&tell::progress(&scan.progress())),
        }
    };
    if watched {
        Output::progress("");
    }
    if stopped {
        scan.stop();
        tokio::select! {
            // one that hangs in a read is left behind
            _ = tokio::time::timeout(GRACE, &mut work) => {}
            () = signals.now.cancelled() => return Ok(None),
        }
    }
    let progress = scan.progress();
    let (haul, told) = scan.take();
    let (values, left_out) = haul.settle();
    let standings = values.iter().map(|_| Standing::not_asked("nobody was asked whose it is")).collect();
    Ok(Some(Found { values, standings, left_out, told, progress, stopped, asked: None, repository }))
}

/// Asks whose the values are. What was found is told also where nobody can be asked.
async fn ask(
    args: &Args,
    session: anyhow::Result<Session>,
    found: &mut Found,
    output: &mut Output,
) -> Option<Connection> {
    let opened = match session {
        Ok(session) => Connection::open(session, output).await.map_err(anyhow::Error::from),
        Err(error) => Err(error),
    };
    let connection = match opened {
        Ok(connection) => connection,
        Err(error) => {
            output.say(&redacted(&format!("nobody was asked whose they are: {error}"), &[]));
            output.say(&redacted(&format!("hint: {}", hint(&error)), &[]));
            return None;
        }
    };
    let values: Vec<_> = found.values.iter().map(|value| (value.digest, value.format)).collect();
    let (mut standings, trouble) = ops::scan::look_up(&*connection.service, &values).await;
    if let Some(error) = trouble {
        output.say(&format!("the look-up failed: {error}"));
        output.say(&format!("hint: {}", error.hint()));
    }
    if args.probe {
        standings = ops::scan::probe(&*connection.service, &found.values, standings).await;
    }
    found.standings = standings;
    found.asked = Some(connection.service.address());
    Some(connection)
}

async fn report(
    args: &Args,
    found: &Found,
    connection: &Connection,
    signals: &Signals,
    output: &mut Output,
) -> anyhow::Result<Filed> {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let of = |value: &Exposure, place: &Place| Report {
        fingerprint: value.fingerprint(),
        secret_type: value.format.name().to_owned(),
        masked: value.masked.clone(),
        source: crate::domain::finding::Source::Local,
        url: address(place, found.repository.as_deref(), &host),
        resource: if place.commit.is_some() { "commit" } else { "file" }.to_owned(),
    };
    let reports = found.values.iter().flat_map(|value| value.places.iter().map(move |place| of(value, place)));
    let alive = found.verdicts().alive;
    reporting::file(connection, reports.collect(), (alive, args.yes), &signals.stop, output).await
}

/// The address of a place on this machine (RFC 8089), with the commit and the line.
fn address(place: &Place, repository: Option<&Path>, host: &str) -> String {
    let line = place.start.line;
    let name = place.file.address();
    if place.file.as_bytes() == b"-" && repository.is_none() {
        return format!("standard input on {host}, line {line}");
    }
    let base = repository.map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    let base = std::fs::canonicalize(&base).unwrap_or(base);
    let base = crate::domain::scan::FileName::new(base.as_os_str().as_encoded_bytes()).address();
    let path = if name.starts_with('/') { name } else { format!("{}/{name}", base.trim_end_matches('/')) };
    let commit = place.commit.as_ref().map(|commit| format!("?commit={}", commit.id)).unwrap_or_default();
    let (start, end) = (format!("file://{host}"), format!("{commit}#L{line}"));
    // the end of a long name says more than its beginning
    let room = LONGEST_URL - start.len() - end.len();
    let skip = path.len().saturating_sub(room);
    format!("{start}{}{end}", &path[skip..])
}

fn tell(args: &Args, found: &Found, filed: Option<&Filed>, output: &mut Output) {
    if args.sarif {
        output.json_line(&sarif::document(found));
    } else if args.json {
        output.json(&Document { data: rows::rows(found), meta: rows::meta(found, filed) });
    } else {
        tell::values(found, output);
    }
    tell::rest(found, output);
}
