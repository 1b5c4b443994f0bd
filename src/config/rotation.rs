//! `[rotation."NAME"]`: where a key's new value goes and what is run then, kept by the key's name or a pattern of names.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use toml::Spanned;

use super::error::shown;
use crate::domain::rotation::{Cutover, Defaults, Hook, Overlap, Saved, Sink};
use crate::domain::values::holds_value;

/// The longest that a command may be given, in seconds: an hour.
const MAX_SECONDS: u64 = 3600;

pub(super) const ROTATION_KEYS: &[&str] = &["sinks", "hooks", "checklist", "health", "overlap", "seconds"];
pub(super) const SINK_KEYS: &[&str] = &["write", "verify", "undo", "seconds"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRotation {
    #[serde(default)]
    sinks: Vec<Spanned<RawSink>>,
    #[serde(default)]
    hooks: Vec<Spanned<RawHook>>,
    #[serde(default)]
    checklist: Vec<Spanned<String>>,
    health: Option<Spanned<RawHook>>,
    overlap: Option<Spanned<String>>,
    seconds: Option<Spanned<u64>>,
}

pub(super) const WHERE_KEYS: &[&str] = &["places"];

/// `[where]`: where keys may live beside the places that rotations know.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWhere {
    #[serde(default)]
    places: Vec<Spanned<RawSink>>,
}

impl RawWhere {
    /// Checks what was read; what is wrong is told from the name of its key on.
    pub fn checked(self) -> Result<Vec<Sink>, Wrong> {
        let place = |raw| sink("places", raw).map_err(|found| Wrong { what: format!("where.{}", found.what), ..found });
        self.places.into_iter().map(place).collect()
    }
}

/// A place: in the notation of the command line, or as programs.
enum RawSink {
    Text(String),
    Programs(RawPrograms),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPrograms {
    write: Option<Spanned<RawHook>>,
    verify: Option<Spanned<RawHook>>,
    undo: Option<Spanned<RawHook>>,
    seconds: Option<Spanned<u64>>,
}

/// A program: a line, or the program and its arguments.
enum RawHook {
    Line(String),
    Argv(Vec<String>),
}

/// Whether a key's value stands in a text.
fn is_told(text: &str) -> bool {
    holds_value(text)
}

/// What is wrong, where, and what to write instead.
pub(super) struct Wrong {
    pub at: Range<usize>,
    pub what: String,
    pub hint: String,
}

fn wrong(at: Range<usize>, what: impl Into<String>, hint: impl Into<String>) -> Wrong {
    Wrong { at, what: what.into(), hint: hint.into() }
}

/// Checks what was read; what is wrong is told from the name of its key on.
pub(super) fn checked(raw: BTreeMap<Spanned<String>, RawRotation>) -> Result<Defaults, Wrong> {
    let mut all = BTreeMap::new();
    for (name, raw) in raw {
        let trail = format!("rotation.{}", shown(name.get_ref()));
        let saved = one(raw).map_err(|found| Wrong { what: format!("{trail}.{}", found.what), ..found })?;
        all.insert(name.into_inner(), saved);
    }
    Ok(Defaults(all))
}

fn one(raw: RawRotation) -> Result<Saved, Wrong> {
    let seconds = seconds(raw.seconds)?;
    let sinks = raw.sinks.into_iter().map(|raw| sink("sinks", raw)).collect::<Result<_, _>>()?;
    let hooks = raw.hooks.into_iter().map(|raw| hook("hooks", raw, seconds).map(Cutover::Run));
    let by_hand = raw.checklist.into_iter().map(|line| {
        if line.get_ref().trim().is_empty() || is_told(line.get_ref()) {
            return Err(wrong(
                line.span(),
                "checklist has a line that cannot be shown",
                "write what a person has to do",
            ));
        }
        Ok(Cutover::ByHand(line.into_inner()))
    });
    let cutover = hooks.chain(by_hand).collect::<Result<_, _>>()?;
    let health = raw.health.map(|raw| hook("health", raw, seconds)).transpose()?;
    let overlap = raw.overlap.map(|text| {
        let parsed: Result<Overlap, _> = text.get_ref().parse();
        parsed.map_err(|hint| wrong(text.span(), "overlap is not understood", hint))
    });
    Ok(Saved { sinks, cutover, health, overlap: overlap.transpose()? })
}

fn sink(key: &str, raw: Spanned<RawSink>) -> Result<Sink, Wrong> {
    let at = raw.span();
    let sink = match raw.into_inner() {
        RawSink::Text(text) if is_told(&text) => {
            return Err(wrong(at, format!("{key} holds a key's value"), "revoke that key: it stands in a file"));
        }
        RawSink::Text(text) => text.parse().map_err(|why| {
            wrong(at.clone(), format!("{key} has a place that {why}"), "keydeck rotate --help lists the places")
        })?,
        RawSink::Programs(raw) => {
            let seconds = seconds(raw.seconds)?;
            let Some(write) = raw.write else {
                return Err(wrong(
                    at,
                    format!("{key} has a place without write"),
                    "add write = [\"PROGRAM\", \"ARGUMENT\"]",
                ));
            };
            let other = |raw: Option<_>| raw.map(|raw| hook(key, raw, seconds)).transpose();
            Sink::Command { write: hook(key, write, seconds)?, verify: other(raw.verify)?, undo: other(raw.undo)? }
        }
    };
    if sink.path().is_some_and(|path| !path.starts_with('/') && !path.starts_with("~/")) {
        return Err(wrong(
            at,
            format!("{key} has a path that depends on where keydeck is started"),
            "begin it with / or ~/",
        ));
    }
    Ok(sink)
}

fn hook(key: &str, raw: Spanned<RawHook>, seconds: Option<u64>) -> Result<Hook, Wrong> {
    let at = raw.span();
    let hook = match raw.into_inner() {
        RawHook::Line(line) => {
            Hook::parse(&line).map_err(|why| wrong(at.clone(), format!("{key} has a command that {why}"), COMMAND))?
        }
        RawHook::Argv(argv) if argv.first().is_none_or(String::is_empty) => {
            return Err(wrong(at, format!("{key} has a command that names no program"), COMMAND));
        }
        // as long as a line would have it
        RawHook::Argv(argv) => Hook { seconds: Hook::parse("x").map_or(60, |hook| hook.seconds), argv },
    };
    if hook.argv.iter().any(|word| is_told(word)) {
        return Err(wrong(at, format!("{key} holds a key's value"), "revoke that key: it stands in a file"));
    }
    Ok(Hook { seconds: seconds.unwrap_or(hook.seconds), ..hook })
}

const COMMAND: &str = "write \"PROGRAM ARGUMENT\" or [\"PROGRAM\", \"ARGUMENT\"]";

fn seconds(raw: Option<Spanned<u64>>) -> Result<Option<u64>, Wrong> {
    match raw {
        Some(raw) if !(1..=MAX_SECONDS).contains(raw.get_ref()) => {
            Err(wrong(raw.span(), "seconds is out of bounds", format!("write 1 to {MAX_SECONDS}")))
        }
        raw => Ok(raw.map(Spanned::into_inner)),
    }
}

impl<'de> Deserialize<'de> for RawSink {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = RawSink;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a place")
            }

            fn visit_str<E>(self, text: &str) -> Result<RawSink, E> {
                Ok(RawSink::Text(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawSink, A::Error> {
                RawPrograms::deserialize(MapAccessDeserializer::new(map)).map(RawSink::Programs)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl<'de> Deserialize<'de> for RawHook {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = RawHook;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a command")
            }

            fn visit_str<E>(self, line: &str) -> Result<RawHook, E> {
                Ok(RawHook::Line(line.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, words: A) -> Result<RawHook, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(words)).map(RawHook::Argv)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Config;

    fn parse(text: &str) -> Result<Defaults, (String, String)> {
        let config = Config::parse(text, Path::new("c.toml"));
        config.map(|config| config.rotation).map_err(|error| (error.to_string(), error.hint().to_owned()))
    }

    #[test]
    fn a_whole_table_is_read() {
        let defaults = parse(
            r#"
[rotation."deploy-*"]
sinks = ["env-file:/srv/app/.env:API_KEY", { write = ["tee", "x"], verify = "cat x", seconds = 5 }]
hooks = ["systemctl reload 'my app'"]
checklist = ["tell the team"]
health = ["curl", "-fsS", "https://app.example/health"]
overlap = "24h"
seconds = 120
"#,
        )
        .unwrap();
        let saved = defaults.for_key("deploy-app").unwrap();
        let hook = |argv: &[&str], seconds| Hook { argv: argv.iter().map(|&word| word.into()).collect(), seconds };
        assert_eq!(
            saved.sinks,
            [
                "env-file:/srv/app/.env:API_KEY".parse().unwrap(),
                Sink::Command { write: hook(&["tee", "x"], 5), verify: Some(hook(&["cat", "x"], 5)), undo: None },
            ]
        );
        let reload = hook(&["systemctl", "reload", "my app"], 120);
        assert_eq!(saved.cutover, [Cutover::Run(reload), Cutover::ByHand("tell the team".into())]);
        assert_eq!(saved.health.as_ref().unwrap().seconds, 120);
        assert_eq!(saved.overlap, Some(Overlap::Seconds(24 * 3600)));
        assert!(defaults.for_key("other").is_none());
    }

    #[test]
    fn the_very_name_comes_first_then_the_longest_pattern() {
        let text = ["*", "deploy-*", "deploy-eu-*", "*-eu-1", "deploy-eu-2"]
            .map(|name| format!("[rotation.'{name}']\nchecklist = ['{name}']\n"))
            .concat();
        let defaults = parse(&text).unwrap();
        for (name, found) in [
            ("deploy-eu-2", "deploy-eu-2"),
            ("deploy-eu-1", "deploy-eu-*"),
            ("deploy-us-1", "deploy-*"),
            ("test-eu-1", "*-eu-1"),
            ("anything", "*"),
        ] {
            assert_eq!(defaults.for_key(name).unwrap().cutover, [Cutover::ByHand(found.into())], "{name}");
        }
    }

    #[test]
    fn errors_name_line_column_and_key_and_say_what_to_write() {
        let start = "[rotation.a]\n";
        for (text, what, hint) in [
            ("rotation = 3", "c.toml:1:12: rotation has the wrong form", "[rotation.\"NAME\"]"),
            ("[rotation]\na = 3", "c.toml:2:5: rotation.a has the wrong form", "[rotation.\"NAME\"]"),
            ("sink = []", "c.toml:2:1: unknown key rotation.a.sink", "did you mean sinks?"),
            ("sinks = 3", "c.toml:2:9: rotation.a.sinks has the wrong form", "[\"env-file:"),
            ("sinks = [3]", "c.toml:2:10: rotation.a.sinks has the wrong form", "[\"env-file:"),
            ("sinks = ['x']", "c.toml:2:10: rotation.a.sinks has a place that begins with no known kind", "--help"),
            ("sinks = ['file:a']", "c.toml:2:10: rotation.a.sinks has a path that depends on", "begin it with /"),
            ("sinks = [{ wirte = 'x' }]", "c.toml:2:12: unknown key rotation.a.sinks.wirte", "did you mean write?"),
            ("sinks = [{ verify = 'x' }]", "c.toml:2:10: rotation.a.sinks has a place without write", "add write"),
            (
                "sinks = [{ write = [] }]",
                "c.toml:2:20: rotation.a.sinks has a command that names no program",
                "PROGRAM",
            ),
            ("hooks = [\"a 'b\"]", "c.toml:2:10: rotation.a.hooks has a command that has a quote", "PROGRAM"),
            ("hooks = 'a'", "c.toml:2:9: rotation.a.hooks has the wrong form", "[\"PROGRAM ARGUMENT\"]"),
            ("health = []", "c.toml:2:10: rotation.a.health has a command that names no program", "PROGRAM"),
            ("overlap = 'soon'", "c.toml:2:11: rotation.a.overlap is not understood", "24h"),
            ("seconds = 0", "c.toml:2:11: rotation.a.seconds is out of bounds", "1 to 3600"),
            ("checklist = ['']", "c.toml:2:14: rotation.a.checklist has a line", "a person"),
        ] {
            let text = if text.contains("rotation") { text.to_owned() } else { format!("{start}{text}") };
            let (was, hinted) = parse(&text).unwrap_err();
            assert!(was.starts_with(what), "{text}\n{was}");
            assert!(hinted.contains(hint), "{text}\n{hinted}");
        }
    }

    #[test]
    fn a_value_is_never_quoted_wherever_it_stands() {
        let value = "kdk_0123456789ABCDEFGHIJKLMNOPQRST1Ir0du";
        for text in [
            format!("[rotation.{value}]\nsinks = 3"),
            format!("[rotation.a]\nsinks = ['{value}']"),
            format!("[rotation.a]\nsinks = ['file:/x/{value}']"),
            format!("[rotation.a]\nsinks = [{{ {value} = 'x' }}]"),
            format!("[rotation.a]\nsinks = [{{ write = ['x', '{value}'] }}]"),
            format!("[rotation.a]\nhooks = ['x {value}']"),
            format!("[rotation.a]\nhealth = ['x', '{value}']"),
            format!("[rotation.a]\nchecklist = ['{value}']"),
            format!("[rotation.a]\noverlap = '{value}'"),
        ] {
            let (what, hint) = parse(&text).unwrap_err();
            assert!(!what.contains("0123456789") && !hint.contains("0123456789"), "{what} {hint}");
        }
    }
}
