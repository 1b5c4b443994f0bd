//! The evidence: a folder of this user alone with a report for people, the timeline and the requests for programs, and their
//! sums. It is searched for every value before it is closed, and what holds one is not written.

use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{ContainError, Containment};
use crate::domain::incident::{Effect, Event, Incident, Searched, Trouble, Written};
use crate::domain::key_value::hex;
use crate::domain::time::Time;
use crate::domain::untrusted::escaped_json;
use crate::domain::values::{Runs, masked};
use crate::fault::point;
use crate::system::file::{Replacement, make_private_folder, sync_folder};

/// The version of the JSON files. Fields may be added to them; what they mean changes with the number.
const VERSION: u32 = 1;
/// The list of sums, as `sha256sum -c` reads it.
pub const SUMS: &str = "SHA256SUMS";
pub const REPORT: &str = "report.md";
pub const TIMELINE: &str = "timeline.json";
pub const REQUESTS: &str = "requests.jsonl";

/// The timeline as it stands in its file.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Timeline<'a> {
    version: u32,
    #[serde(flatten)]
    summary: crate::domain::incident::Summary,
    timeline: Vec<Line>,
    /// The events as they were recorded.
    events: &'a [crate::domain::incident::Entry],
}

#[derive(serde::Serialize)]
struct Line {
    at: crate::domain::time::When,
    what: String,
}

/// Why the evidence was not written.
#[derive(Debug, thiserror::Error)]
enum BundleError {
    #[error("{} cannot be written: {source}", .path.display())]
    File { path: PathBuf, source: io::Error },
    /// A file would hold a value, or a piece of one: it was not written.
    #[error("{0} would hold a value of this session, which must not be: it was not written")]
    HoldsValue(&'static str),
}

impl Containment {
    /// Writes the evidence as the incident stands.
    pub(super) async fn write(&mut self) -> Result<(), ContainError> {
        // what was sent since is told of too
        self.note(Vec::new()).await?;
        let now = self.now();
        let folder = self.incident.opened.bundle.clone();
        let (incident, runs) = (self.incident.clone(), self.values.runs());
        let had = runs.len();
        let gone = incident.subjects.iter().filter(|subject| subject.given.times > 0 && !subject.in_hand).count();
        let into = folder.clone();
        let searched = Searched { values: had, gone };
        let written =
            crate::ops::contain::bundle::on_thread(move || write(&incident, &into, &runs, searched, now)).await;
        match written {
            Ok(sums) => {
                let written = Written { at: now, folder, searched_for: had, sums };
                self.note(vec![Event::Written(written)]).await
            }
            Err(error) => {
                let why = format!("{error}; name another folder with --out").into();
                self.note(vec![Event::Troubled(Trouble { effect: Effect::Write, why })]).await
            }
        }
    }
}

async fn on_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BundleError> + Send + 'static,
) -> Result<T, BundleError> {
    let ended = |_| BundleError::File { path: PathBuf::new(), source: io::Error::other("keydeck is ending") };
    tokio::task::spawn_blocking(work).await.map_err(ended)?
}

/// Writes the files and answers the sum of their sums.
fn write(
    incident: &Incident,
    folder: &Path,
    runs: &[Runs],
    searched: Searched,
    now: Time,
) -> Result<String, BundleError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| BundleError::File { path, source }
    };
    let files =
        [(REPORT, incident.report(now, searched)), (TIMELINE, timeline(incident, now)), (REQUESTS, requests(incident))];
    // a name may hold a value that somebody gave a key
    let files = files.map(|(name, text)| (name, without_values(&text, runs)));
    for (name, text) in &files {
        if runs.iter().any(|runs| !runs.find(text).is_empty()) {
            return Err(BundleError::HoldsValue(name));
        }
    }
    make_private_folder(folder).map_err(failed(folder))?;
    let mut sums = String::new();
    for (name, text) in &files {
        let path = folder.join(name);
        Replacement::write(&path, ".incident-", text.as_bytes()).and_then(Replacement::put).map_err(failed(&path))?;
        point!("contain.bundle.{name}");
        sums += &format!("{}  {name}\n", hex(&Sha256::digest(text.as_bytes())));
    }
    // what stands on the disk is searched, not what was meant to stand there
    for (name, _) in &files {
        let path = folder.join(name);
        let text = std::fs::read(&path).map_err(failed(&path))?;
        let text = String::from_utf8_lossy(&text);
        if runs.iter().any(|runs| !runs.find(&text).is_empty()) {
            let _ = std::fs::remove_file(&path);
            return Err(BundleError::HoldsValue(name));
        }
    }
    let path = folder.join(SUMS);
    Replacement::write(&path, ".incident-", sums.as_bytes()).and_then(Replacement::put).map_err(failed(&path))?;
    sync_folder(folder).map_err(failed(folder))?;
    Ok(hex(&Sha256::digest(sums.as_bytes())))
}

/// The text with every value, and every run of one of this session, taken out.
fn without_values(text: &str, runs: &[Runs]) -> String {
    let mut text = masked(text).into_owned();
    for runs in runs {
        let found = runs.find(&text);
        for span in found.into_iter().rev() {
            text.replace_range(span, "…");
        }
    }
    text
}

fn timeline(incident: &Incident, now: Time) -> String {
    let line = |(at, what): (Time, String)| Line { at: at.into(), what };
    let timeline = Timeline {
        version: VERSION,
        summary: incident.summary(now),
        timeline: incident.timeline().into_iter().map(line).collect(),
        events: &incident.entries,
    };
    // only what cannot be text is not encoded, which the record would not have taken either
    escaped_json(&serde_json::to_string_pretty(&timeline).unwrap_or_default()) + "\n"
}

fn requests(incident: &Incident) -> String {
    let lines = incident.requests.iter().filter_map(|request| serde_json::to_string(request).ok());
    lines.map(|line| escaped_json(&line) + "\n").collect()
}
