//! trufflehog: one finding a line, lines of its log between. Source: its `pkg/output/json.go` and `source_metadata.proto`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Findings, NotRead, Occurrence, Scanner, Seen, link_to, number, objects, some};
use crate::domain::untrusted::Untrusted;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Finding {
    #[serde(default)]
    source_metadata: Option<Metadata>,
    #[serde(default)]
    detector_name: Untrusted,
    #[serde(default)]
    raw: Seen,
    #[serde(default, rename = "RawV2")]
    raw_v2: Seen,
}

#[derive(Deserialize)]
struct Metadata {
    /// By the kind of source: `Git`, `Github`, `Filesystem`, `Docker`, `S3` and others.
    #[serde(default, rename = "Data")]
    data: Option<BTreeMap<String, Place>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Place {
    link: Untrusted,
    repository: Untrusted,
    commit: Untrusted,
    file: Untrusted,
    line: Untrusted,
    email: Untrusted,
    timestamp: Untrusted,
    image: Untrusted,
    bucket: Untrusted,
}

/// Whether a line tells of a finding, and not of what trufflehog was doing.
pub fn is_finding(line: &str) -> bool {
    line.trim_start().starts_with('{') && line.contains("\"SourceMetadata\"")
}

pub fn read(text: &str) -> Result<Findings, NotRead> {
    let (mut occurrences, mut broken) = (Vec::new(), 0);
    if text.trim_start().starts_with('[') {
        occurrences.extend(objects(text, Scanner::Trufflehog)?.into_iter().map(occurrence));
    } else {
        for line in text.lines().filter(|line| is_finding(line)) {
            match serde_json::from_str(line) {
                Ok(finding) => occurrences.push(occurrence(finding)),
                Err(_) => broken += 1,
            }
        }
    }
    Ok(Findings { scanner: Scanner::Trufflehog, occurrences, broken })
}

fn occurrence(finding: Finding) -> Occurrence {
    let Finding { source_metadata, detector_name, raw, raw_v2 } = finding;
    let places = source_metadata.and_then(|metadata| metadata.data).unwrap_or_default();
    let place = places.into_values().next().unwrap_or_default();
    let Place { link, repository, commit, file, line, email, timestamp, image, bucket } = place;
    let line = number(&line);
    let address =
        some(&link).or_else(|| link_to(repository.as_received(), commit.as_received(), file.as_received(), line));
    let file = [file, image, bucket].into_iter().find(|name| !name.is_empty()).unwrap_or_default();
    Occurrence {
        seen: raw.or(raw_v2),
        kind: detector_name,
        link: address,
        file,
        line,
        commit,
        author: email,
        date: timestamp,
    }
}
