//! ggshield: scans, in which files have incidents, which have occurrences. Source: its JSON schemas of secret scans.

use serde::Deserialize;

use super::{NotRead, Occurrence, Scanner, Seen, number, objects};
use crate::domain::untrusted::Untrusted;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Scan {
    /// A commit's name where `type` is `commit`.
    id: Untrusted,
    #[serde(rename = "type")]
    kind: Untrusted,
    #[serde(alias = "files_with_incidents")]
    entities_with_incidents: Option<Vec<Entity>>,
    scans: Option<Vec<Scan>>,
    extra_info: Option<Commit>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Commit {
    author: Untrusted,
    date: Untrusted,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entity {
    filename: Untrusted,
    incidents: Vec<Incident>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Incident {
    #[serde(rename = "type", alias = "detector")]
    kind: Untrusted,
    occurrences: Vec<Match>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Match {
    #[serde(rename = "match")]
    value: Seen,
    line_start: Untrusted,
}

pub fn read(text: &str) -> Result<Vec<Occurrence>, NotRead> {
    let scans: Vec<Scan> = objects(text, Scanner::Ggshield)?;
    let mut occurrences = Vec::new();
    for scan in scans {
        add(scan, &mut occurrences);
    }
    Ok(occurrences)
}

fn add(scan: Scan, occurrences: &mut Vec<Occurrence>) {
    let Scan { id, kind, entities_with_incidents, scans, extra_info } = scan;
    let commit = if kind.as_received() == "commit" { id } else { Untrusted::default() };
    let Commit { author, date } = extra_info.unwrap_or_default();
    for Entity { filename, incidents } in entities_with_incidents.unwrap_or_default() {
        for Incident { kind, occurrences: matches } in incidents {
            occurrences.extend(matches.into_iter().map(|found| Occurrence {
                seen: found.value,
                kind: kind.clone(),
                // the page of an incident is no place where the value stands
                link: None,
                file: filename.clone(),
                line: number(&found.line_start),
                commit: commit.clone(),
                author: author.clone(),
                date: date.clone(),
            }));
        }
    }
    scans.unwrap_or_default().into_iter().for_each(|scan| add(scan, occurrences));
}
