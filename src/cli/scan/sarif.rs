//! What a search found, as SARIF 2.1.0 as GitHub's code scanning takes it: relative addresses, columns in UTF-16 code units,
//! fingerprints that stay when lines move, and no text around a value.

use std::collections::HashMap;
use std::path::Path;

use serde_json::{Value, json};

use super::Found;
use crate::domain::key_value::digest;
use crate::domain::scan::{Alive, Exposure, FileName, Place, Standing};
use crate::domain::values::Format;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The document.
pub fn document(found: &Found) -> Value {
    let here = std::env::current_dir().unwrap_or_default();
    let mut results = Vec::new();
    for (value, standing) in found.values.iter().zip(&found.standings) {
        let mut in_file: HashMap<(&FileName, bool), usize> = HashMap::new();
        for place in &value.places {
            let times = in_file.entry((&place.file, place.commit.is_some())).or_default();
            *times += 1;
            results.push(result(value, standing, place, &here, *times));
        }
    }
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "keydeck",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": Format::ALL.map(rule),
            } },
            "columnKind": "utf16CodeUnits",
            "invocations": [{
                "executionSuccessful": found.is_whole(),
                "toolExecutionNotifications": notifications(found),
            }],
            "results": results,
        }],
    })
}

fn rule_id(format: Format) -> String {
    format.name().to_lowercase().replace([' ', '.'], "-")
}

fn rule(format: Format) -> Value {
    json!({
        "id": rule_id(format),
        "name": format.name().split(['.', ' ']).map(capital).collect::<String>(),
        "shortDescription": { "text": format!("{} in the clear", format.name()) },
        "fullDescription": { "text": format!("Whoever can read this file has the {}.", format.name()) },
        "help": { "text": "Revoke the key, then take its value out. A value that was ever pushed stays in the history." },
        "defaultConfiguration": { "level": "error" },
        "properties": { "tags": ["security"], "precision": "very-high", "security-severity": "9.0" },
    })
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn result(value: &Exposure, standing: &Standing, place: &Place, here: &Path, times: usize) -> Value {
    let address = relative(&place.file, here);
    let level = match standing.alive {
        Alive::Yes => "error",
        Alive::Unknown => "warning",
        Alive::No => "note",
    };
    let since = match &place.commit {
        None => String::new(),
        Some(commit) => format!(" In the history: since commit {}.", commit.id),
    };
    let text = format!("{} {}: {}, {}.{since}", value.format.name(), value.masked, standing.alive.word(), standing.why);
    let mut properties = json!({
        "alive": standing.alive.word().to_lowercase(),
        "maskedValue": value.masked,
        "history": place.commit.is_some(),
    });
    if let (Some(commit), Some(properties)) = (&place.commit, properties.as_object_mut()) {
        properties.insert("commit".to_owned(), json!(commit.id));
        properties.insert("author".to_owned(), json!(commit.author));
        properties.insert("date".to_owned(), json!(commit.date));
    }
    let line_hash = crate::domain::key_value::hex(&digest(&format!("{}\n{address}", value.fingerprint())));
    json!({
        "ruleId": rule_id(value.format),
        "ruleIndex": Format::ALL.iter().position(|format| *format == value.format),
        "level": level,
        "message": { "text": text },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": address, "uriBaseId": "%SRCROOT%" },
            "region": {
                "startLine": place.start.line,
                "startColumn": place.start.column,
                "endLine": place.end.line,
                "endColumn": place.end.column,
            },
        } }],
        // of the value and the file: a line may move
        "partialFingerprints": {
            "primaryLocationLineHash": format!("{}:{times}", &line_hash[..16]),
            "keydeckValue/v1": value.fingerprint(),
        },
        "properties": properties,
    })
}

/// A file's address below the folder where keydeck runs; of one elsewhere, its path without the root.
fn relative(file: &FileName, here: &Path) -> String {
    let address = file.address();
    let here = FileName::new(here.as_os_str().as_encoded_bytes()).address();
    let below = address.strip_prefix(&here).and_then(|rest| rest.strip_prefix('/'));
    let address = below.unwrap_or_else(|| address.trim_start_matches('/'));
    if file.as_bytes() == b"-" { "stdin".to_owned() } else { address.to_owned() }
}

fn notifications(found: &Found) -> Vec<Value> {
    let told = &found.told;
    let warning = |text: String| json!({ "level": "warning", "message": { "text": text } });
    let note = |text: String| json!({ "level": "note", "message": { "text": text } });
    let unread = told.unread.iter().map(|(name, why)| warning(format!("cannot be read: {}: {why}", name.shown())));
    let skipped =
        told.skipped.iter().map(|(name, why)| note(format!("not looked through: {}: {}", name.shown(), why.words())));
    let missing =
        (told.missing > 0).then(|| warning(format!("{} objects of the history are not in this clone", told.missing)));
    let stopped = found.stopped.then(|| warning("stopped before all was looked through".to_owned()));
    unread.chain(skipped).chain(told.notes.iter().cloned().map(note)).chain(missing).chain(stopped).collect()
}
