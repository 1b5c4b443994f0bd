//! `keydeck audit export`: hands the audit log on to another program, entry by entry in the order of their numbers, and goes
//! on behind the last one that was taken.

mod ocsf;
mod order;
mod position;
mod receiver;
mod syslog;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use serde::Serialize;

use self::order::{Broken, next};
use self::position::{Position, Taken};
use self::receiver::Receiver;
use super::args::{AuditExport, ExportFormat};
use super::connect;
use super::exit::{Exit, Stop};
use super::output::{Output, safe_json};
use super::signals::Signals;
use super::trail::Row;
use crate::client::KeyService;
use crate::client::capabilities::Capability;
use crate::client::error::{ErrorKind, ServiceError};
use crate::config::{Paths, authorities_named_by};
use crate::domain::audit::{AuditEntry, AuditQuery};
use crate::domain::time::length;

/// The most entries of a batch: the most that the API gives at a time.
const BATCH: u32 = 1000;
/// The first wait for who is not there, and the longest.
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// An entry as a line of JSON.
#[derive(Serialize)]
struct Record<'a> {
    seq: i64,
    #[serde(flatten)]
    entry: Row<'a>,
}

/// Exports what there is, and with `--follow` what comes.
pub async fn run(
    args: &AuditExport,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let receiver = args.to.as_deref().map(|to| receiver(to, args)).transpose()?;
    let session = connect::choose(paths, profile, config).await?.1;
    let signals = Signals::catch()?;
    let service = connect::unasked(&session)?;
    service.capabilities().require([Capability::AuditLog], &service.address())?;
    let (position, taken) = match &args.position {
        Some(path) => {
            let (position, taken) = Position::open(path, &service.address())?;
            (Some(position), taken)
        }
        None => (None, Taken { seq: args.after.unwrap_or_default(), hash: None }),
    };
    if receiver.is_none() && Output::ends_within_a_line() {
        output.verbatim(b"\n");
    }
    let host = url::Url::parse(&session.base_url).ok();
    let host = host.as_ref().and_then(url::Url::host_str).unwrap_or_default().to_owned();
    let mut export = Export { args, service, receiver, position, taken, host, output };
    tokio::select! {
        ended = export.go_on(&signals) => ended,
        () = signals.now.cancelled() => Ok(Exit::Partly),
    }
}

fn receiver(to: &str, args: &AuditExport) -> anyhow::Result<Receiver> {
    let authorities = args.ca.as_deref().map(|path| authorities_named_by("--ca", path)).transpose()?;
    let receiver = Receiver::new(to, authorities.unwrap_or_default(), args.trust_close);
    receiver.map_err(|why| Stop::usage(format!("--to: {to} {why}"), "see keydeck audit export --help").into())
}

/// An export under way.
struct Export<'a> {
    args: &'a AuditExport,
    service: Arc<dyn KeyService>,
    /// Who takes it; none: whoever reads standard output.
    receiver: Option<Receiver>,
    position: Option<Position>,
    taken: Taken,
    /// The server's name, for syslog.
    host: String,
    output: &'a mut Output,
}

/// What became of a step.
enum Went<T> {
    /// It went on.
    On(T),
    /// It did not work, and may later.
    Waits(String),
}

impl Export<'_> {
    /// Exports until there is no more, or it is told to stop.
    async fn go_on(&mut self, signals: &Signals) -> anyhow::Result<Exit> {
        let mut waits = waits();
        loop {
            let Some(read) = signals.stop.run_until_cancelled(self.read()).await else { return Ok(self.stopped()) };
            let went = match read? {
                // a batch that is being taken is taken to its end: what was not noted would be sent again
                Went::On(rows) => self.hand_over(&rows).await?,
                Went::Waits(why) => Went::Waits(why),
            };
            let pause = match went {
                Went::On(0) if !self.args.follow => return Ok(Exit::Done),
                Went::On(handed) => {
                    waits = self::waits();
                    if handed == 0 { Duration::from_secs(self.args.every.into()) } else { Duration::ZERO }
                }
                Went::Waits(why) => {
                    let pause = waits.next().unwrap_or(LONGEST_WAIT);
                    self.output.say(&format!("waiting for {why}; again in {}", length(pause.as_secs().max(1))));
                    pause
                }
            };
            if signals.stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
                return Ok(self.stopped());
            }
        }
    }

    fn stopped(&mut self) -> Exit {
        self.output.say(&format!("stopped: entry {} is the last that was taken", self.taken.seq));
        Exit::Done
    }

    /// Reads a batch, which begins with the last entry that was taken: it tells whether this is still the same log.
    async fn read(&self) -> anyhow::Result<Went<Vec<AuditEntry>>> {
        let after = Some((self.taken.seq - 1).max(0));
        let query = AuditQuery { after, oldest_first: true, ..AuditQuery::default() };
        match self.service.audit(&query, None, BATCH).await {
            Ok(page) => Ok(Went::On(page.rows)),
            Err(error) if self.args.follow && passes(&error) => {
                Ok(Went::Waits(format!("{}: {error}", self.service.address())))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Hands over what of `rows` was not taken yet, notes that it was, and says how many entries these were.
    async fn hand_over(&mut self, rows: &[AuditEntry]) -> anyhow::Result<Went<usize>> {
        let entries = next(&self.taken, rows).map_err(|broken| self.stop(broken))?;
        let Some(last) = entries.last() else { return Ok(Went::On(0)) };
        let batch: Vec<u8> = entries.iter().flat_map(|entry| self.written(entry)).collect();
        match &self.receiver {
            Some(receiver) => match receiver.take(&batch).await {
                Ok(()) => {}
                Err(error) if self.args.follow => return Ok(Went::Waits(format!("{}: {error}", receiver.address()))),
                Err(error) => {
                    let what = format!("{} did not take the log: {error}", receiver.address());
                    return Err(Stop::failed(what, "check that it is there; --follow waits for it").into());
                }
            },
            None if self.output.delivered(&batch) => {}
            None => {
                let what =
                    format!("standard output takes no more; entry {} is the last that was taken", self.taken.seq);
                return Err(Stop::failed(what, "run this again: it goes on behind what --position says").into());
            }
        }
        let hash = last.hash.as_ref().map(|hash| hash.as_received().to_owned());
        self.taken = Taken { seq: last.number, hash };
        if let Some(position) = &self.position {
            position.keep(&self.taken)?;
        }
        Ok(Went::On(entries.len()))
    }

    /// An entry as its receiver takes it.
    fn written(&self, entry: &AuditEntry) -> Vec<u8> {
        let record = || safe_json(&Record { seq: entry.number, entry: Row::from(entry) });
        let text = match self.args.format {
            ExportFormat::Json => record(),
            ExportFormat::Ocsf => safe_json(&ocsf::event(entry)),
            ExportFormat::Syslog => {
                let message = syslog::message(entry, &self.host, &record());
                if self.receiver.is_some() {
                    return syslog::framed(&message);
                }
                message
            }
        };
        let mut line = text.into_bytes();
        line.push(b'\n');
        line
    }

    fn stop(&self, broken: Broken) -> Stop {
        let log = format!("the audit log of {}", self.service.address());
        let what = match broken {
            Broken::Cut { seq } => format!("{log} ends before entry {seq}, which was exported"),
            Broken::Rewritten { seq } => format!("in {log} entry {seq} is not the one that was exported"),
            Broken::Missing { seq } => format!("in {log} entry {seq} is missing"),
        };
        let hint =
            "see what became of it (keydeck audit verify on the server); to export it anew, name another --position";
        Stop::failed(what, hint)
    }
}

fn waits() -> impl Iterator<Item = Duration> {
    let waits = ExponentialBuilder::new().with_min_delay(FIRST_WAIT).with_max_delay(LONGEST_WAIT);
    waits.without_max_times().build()
}

/// Whether it may be otherwise later, without anybody changing anything here.
fn passes(error: &ServiceError) -> bool {
    match error.kind {
        ErrorKind::Unreachable
        | ErrorKind::CertificateTime
        | ErrorKind::Proxy
        | ErrorKind::LostAnswer
        | ErrorKind::RateLimited
        | ErrorKind::QuotaUsedUp
        | ErrorKind::Server
        | ErrorKind::NotUnderstood => true,
        ErrorKind::UntrustedCertificate
        | ErrorKind::UnfitCertificate
        | ErrorKind::Stranger
        | ErrorKind::Unauthenticated
        | ErrorKind::Denied
        | ErrorKind::NotFound
        | ErrorKind::Conflict
        | ErrorKind::Invalid
        | ErrorKind::Redirected
        | ErrorKind::UnfitValue
        | ErrorKind::ReadOnly
        | ErrorKind::Unsupported
        | ErrorKind::Configuration => false,
    }
}

#[cfg(test)]
mod tests;
