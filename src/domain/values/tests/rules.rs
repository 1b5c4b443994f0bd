//! The rules for other scanners that the manual prints, held to the recogniser's own examples.

use regex::Regex;
use saphyr_parser::{Event, Parser};

use super::*;
use crate::domain::key_value::{KeyKind, fingerprint, recognise};
use crate::manual::Chapter;

fn block(language: &str, after: &str) -> String {
    let chapter = Chapter::named("partners").unwrap().markdown();
    let (_, section) = chapter.split_once(&format!("# {after}\n")).unwrap();
    let (_, block) = section.split_once(&format!("```{language}\n")).unwrap();
    block.split_once("```").unwrap().0.to_owned()
}

/// The expressions for gitleaks, with their keywords.
fn gitleaks() -> Vec<(String, Regex)> {
    let config: toml::Table = block("toml", "gitleaks").parse().unwrap();
    let rules = config["rules"].as_array().unwrap().iter();
    rules
        .map(|rule| {
            let keyword = rule["keywords"].as_array().unwrap()[0].as_str().unwrap().to_owned();
            (keyword, Regex::new(rule["regex"].as_str().unwrap()).unwrap())
        })
        .collect()
}

/// The expressions for trufflehog, with their keywords.
fn trufflehog() -> Vec<(String, Regex)> {
    let text = block("yaml", "trufflehog");
    let scalars: Vec<String> = Parser::new_from_str(&text)
        .filter_map(|event| match event.unwrap().0 {
            Event::Scalar(text, ..) => Some(text.into_owned()),
            _ => None,
        })
        .collect();
    let after = |name: &str| {
        let at = scalars.iter().enumerate().filter(|(_, text)| *text == name).map(|(at, _)| at + 1);
        at.map(|at| scalars[at].clone()).collect::<Vec<_>>()
    };
    let regexes = after("key").into_iter().map(|text| Regex::new(&text).unwrap());
    after("keywords").into_iter().zip(regexes).collect()
}

#[test]
fn other_scanners_find_what_the_recogniser_finds_wherever_it_stands_as_it_is() {
    let mut tried = 0;
    for rules in [gitleaks(), trufflehog()] {
        assert_eq!(rules.len(), 2);
        for format in [Format::ApiKey, Format::CollectionAccessKey] {
            let value = value(format, 7);
            for (name, embed) in EMBEDDINGS {
                let text = embed(&value);
                // what is encoded is decoded by those scanners themselves, or not at all
                if !text.contains(&value) {
                    continue;
                }
                tried += 1;
                let found = rules.iter().filter(|(keyword, _)| text.contains(keyword.as_str()));
                let found: Vec<&str> =
                    found.flat_map(|(_, regex)| regex.find_iter(&text)).map(|found| found.as_str()).collect();
                assert!(!found.is_empty() && found.iter().all(|found| *found == value), "{format:?} {name}: {found:?}");
            }
            let (glued, start) = (format!("KEY_{value}0Z"), value.len());
            assert!(rules.iter().any(|(_, regex)| regex.find(&glued).is_some_and(|found| found.len() == start)));
        }
    }
    assert!(tried > 80, "{tried}");
}

#[test]
fn other_scanners_find_nothing_in_what_is_no_value() {
    for rules in [gitleaks(), trufflehog()] {
        for format in Format::ALL {
            let value = value(format, 9);
            let mut decoys = vec![mask(&value), fingerprint(&value), format!("{}…", &value[..20])];
            if format.kind().is_some() {
                let (sign, rest) = value.split_at(format.sign().len());
                decoys.extend([
                    value[..value.len() - 1].to_owned(),
                    value.to_uppercase(),
                    format!("{}-{rest}", sign.trim_end_matches('_')),
                    format!("{sign}{}_{}", &rest[..18], &rest[18..]),
                    format!("{sign}{}", "*".repeat(36)),
                    format!("{sign}[0-9A-Za-z]{{36}}"),
                ]);
            } else {
                decoys.push(value);
            }
            for decoy in decoys {
                assert!(rules.iter().all(|(_, regex)| !regex.is_match(&decoy)), "{format:?}: {decoy}");
            }
        }
    }
}

/// A regular expression cannot compute: this is what the checksum adds.
#[test]
fn a_wrong_checksum_is_found_by_other_scanners_and_is_nobodys_here() {
    let value = value(Format::ApiKey, 7);
    let last = if value.ends_with('0') { "1" } else { "0" };
    let wrong = format!("{}{last}", &value[..value.len() - 1]);
    assert!(gitleaks().iter().any(|(_, regex)| regex.is_match(&wrong)));
    assert_eq!(recognise(&wrong), None);
    assert_eq!(recognise(&value), Some(KeyKind::ApiKey));
}
