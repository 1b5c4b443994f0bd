//! How every configuration file is read: by whom it may have been written, and errors that name line, column and key but
//! never a value.

use std::fmt;
use std::fs::{File, Metadata};
use std::ops::Range;
use std::path::Path;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::credential::{Credential, KeySource, RawCredential};
use super::error::{ConfigError, shown, shown_path};
use super::guarded;
use crate::domain::nearest::nearest;
use crate::domain::values::{Found, find as find_values};

/// What may stand in a file, for errors to say.
pub(super) struct Form {
    /// The keys of the table at this path.
    pub known: fn(&[&str]) -> &'static [&'static str],
    /// What belongs at this path, in the file's own notation.
    pub expected: fn(&[&str]) -> &'static str,
}

/// The keys of a source of a secret.
pub(super) const CREDENTIAL_KEYS: &[&str] = &["env", "file", "command"];
/// The keys of a source of a profile's key.
pub(super) const KEY_SOURCE_KEYS: &[&str] = &["command", "keyring", "file", "env"];
/// How a source of a profile's key is written.
pub(super) const KEY_SOURCE_FORM: &str = "{ keyring = true } and run keydeck login; or { env = \"NAME\" }, { file = \"PATH\" } \
                                          or { command = [\"PROGRAM\", \"ARGUMENT\"] }";
/// How a source of a secret is written.
pub(super) const CREDENTIAL_FORM: &str =
    "{ env = \"NAME\" }, { file = \"PATH\" } or { command = [\"PROGRAM\", \"ARGUMENT\"] }";

/// The text of `flag`, which must exist, or else of `usual`, which need not: then none. `says` is what the file says, for
/// whoever let others write it.
///
/// # Errors
/// When the file cannot be read, or others may have written it.
pub(super) fn read(flag: Option<&Path>, usual: &Path, says: &str) -> Result<Option<String>, ConfigError> {
    let path = flag.unwrap_or(usual);
    match guarded::open(path).and_then(|(facts, file)| Ok((facts, std::io::read_to_string(blocking(file)?)?))) {
        Ok((facts, text)) => {
            trusted(path, &facts, says)?;
            Ok(Some(text))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && flag.is_none() => Ok(None),
        Err(error) => Err(ConfigError::new(
            format!("cannot read {}: {}", shown_path(path), reason(&error)),
            "name a readable UTF-8 file with --config, or leave it out",
        )),
    }
}

/// Reads `text`, which is that of `path`.
///
/// # Errors
/// When it has not this form.
pub(super) fn parse<T: DeserializeOwned>(text: &str, path: &Path, form: &Form) -> Result<T, ConfigError> {
    toml::from_str(text).map_err(|error| explain(text, path, form, &error))
}

/// Where the secret called `name` comes from, in `text`, which is that of `path`.
///
/// # Errors
/// When that names no source, or more than one.
pub(super) fn credential(
    text: &str,
    path: &Path,
    name: &str,
    raw: Spanned<RawCredential>,
) -> Result<Credential, ConfigError> {
    let at = raw.span();
    Credential::from_raw(raw.into_inner(), path)
        .map_err(|(what, hint)| ConfigError::new(format!("{}{name} {what}", place(text, path, &at)), hint))
}

/// Where the key of the profile `name` comes from, as [`credential`].
///
/// # Errors
/// When that names no source, or more than one.
pub(super) fn key_source(
    text: &str,
    path: &Path,
    name: &str,
    raw: Option<Spanned<RawCredential>>,
) -> Result<KeySource, ConfigError> {
    let at = raw.as_ref().map(Spanned::span).unwrap_or_default();
    KeySource::from_raw(raw.map(Spanned::into_inner), path)
        .map_err(|(what, hint)| ConfigError::new(format!("{}{name} {what}", place(text, path, &at)), hint))
}

/// Refuses a text in which so much of a key's value stands that it is none by chance, wherever that is: whoever reads the
/// file, or a copy of it, has it. The error tells the place and never the value.
///
/// # Errors
/// When there is one.
pub(super) fn no_values(text: &str, path: &Path) -> Result<(), ConfigError> {
    let Some(found) = find_values(text).into_iter().find(Found::is_telling) else { return Ok(()) };
    let what =
        if found.value().is_some() { "a key's value stands here" } else { "a part of a key's value stands here" };
    Err(ConfigError::new(
        format!("{}{what} ({})", place(text, path, &found.span), found.shown()),
        "take it out, and replace the key: whoever has read the file has it. A profile's key goes to keydeck login, or \
         comes from credential = { command = [...] }, { file = \"PATH\" } or { env = \"NAME\" }",
    ))
}

/// The file, of which what was opened without waiting is now waited for: it may be a pipe that the shell fills.
fn blocking(file: File) -> std::io::Result<File> {
    let flags = rustix::fs::fcntl_getfl(&file)?;
    rustix::fs::fcntl_setfl(&file, flags - rustix::fs::OFlags::NONBLOCK)?;
    Ok(file)
}

/// Refuses a file that others may write; `what` it says is in the error.
pub(super) fn trusted(path: &Path, facts: &Metadata, what: &str) -> Result<(), ConfigError> {
    let name = shown_path(path);
    if !facts.is_file() {
        return Ok(());
    }
    if !guarded::is_trusted_owner(facts) {
        return Err(ConfigError::new(
            format!("{name} belongs to another user"),
            format!("run: chown \"$USER\" '{name}'"),
        ));
    }
    if let Some(who) = guarded::writers(facts) {
        return Err(ConfigError::new(
            format!("{who} may change {name}, {what}"),
            format!("look whether it is as you wrote it, then run: chmod go-w '{name}'"),
        ));
    }
    if guarded::is_replaceable(path) {
        return Err(ConfigError::new(
            format!("others may put another file in the place of {name}: its folder is theirs to change"),
            "run: chmod go-w on the folder, or keep the file in a folder of your own",
        ));
    }
    Ok(())
}

/// An I/O error without the operating system's number.
pub(super) fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::InvalidData => "it is not UTF-8 text".to_owned(),
        // the library's word for it is "entity not found"
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        kind => kind.to_string(),
    }
}

/// `did you mean NAME?` when one is near, else what is known, else `otherwise`.
pub(super) fn did_you_mean<'a>(word: &str, known: impl Iterator<Item = &'a str> + Clone, otherwise: &str) -> String {
    if let Some(near) = nearest(word, known.clone()) {
        return format!("did you mean {}?", shown(near));
    }
    let known: Vec<String> = known.map(shown).collect();
    if known.is_empty() { otherwise.to_owned() } else { format!("known: {}", known.join(", ")) }
}

/// Where something stands in a file; shown as `PATH:LINE:COLUMN`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, as it may be shown.
    pub file: String,
    pub line: usize,
    /// Its character in that line, from one.
    pub column: usize,
}

impl Place {
    /// Where `span` of `text` begins.
    pub(super) fn of(text: &str, path: &Path, span: &Range<usize>) -> Self {
        let before = text.get(..span.start).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self { file: shown_path(path), line, column }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// `PATH:LINE:COLUMN: ` of a span.
pub(super) fn place(text: &str, path: &Path, span: &Range<usize>) -> String {
    format!("{}: ", Place::of(text, path, span))
}

/// Says what is wrong from the error's span and the key there. Its own words are not used: they quote the line and the
/// value.
fn explain(text: &str, path: &Path, form: &Form, error: &toml::de::Error) -> ConfigError {
    let span = error.span().unwrap_or(0..0);
    let at = place(text, path, &span);
    let Ok(table) = DeTable::parse(text) else {
        let hint = if error.message() == "duplicate key" {
            "this key stands twice: remove one"
        } else {
            "check quotes, brackets and the = between key and value"
        };
        return ConfigError::new(format!("{at}this is not valid TOML"), hint);
    };
    let (trail, on_key) = find(table.get_ref(), &span).unwrap_or_default();
    let names: Vec<&str> = trail.iter().map(String::as_str).collect();
    let whole: Vec<String> = names.iter().map(|name| shown(name)).collect();
    let whole = whole.join(".");
    // the words after this come from the names in the program
    let missing = error.message().strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
    if let Some(missing) = missing.filter(|name| (form.known)(&names).contains(name)) {
        let path: Vec<&str> = names.iter().copied().chain([missing]).collect();
        return ConfigError::new(
            format!("{at}{whole} has no {missing}"),
            format!("add {missing} = {}", (form.expected)(&path)),
        );
    }
    match (on_key, names.split_last()) {
        (true, Some((last, parents))) => {
            let known = (form.known)(parents).iter().copied();
            ConfigError::new(format!("{at}unknown key {whole}"), did_you_mean(last, known, "remove it"))
        }
        (false, Some(_)) => {
            ConfigError::new(format!("{at}{whole} has the wrong form"), format!("write {}", (form.expected)(&names)))
        }
        (_, None) => ConfigError::new(format!("{at}this is not a configuration"), "see keydeck --help"),
    }
}

/// The path of the entry that the span is about, and whether the span is that of its key.
fn find(table: &DeTable<'_>, span: &Range<usize>) -> Option<(Vec<String>, bool)> {
    table.iter().find_map(|(key, value)| {
        let inside = match value.get_ref() {
            _ if value.span() == *span => Some((Vec::new(), false)),
            _ if key.span() == *span => Some((Vec::new(), true)),
            DeValue::Table(inner) => find(inner, span),
            DeValue::Array(items) if value.span().contains(&span.start) => items
                .iter()
                .filter_map(|item| item.get_ref().as_table())
                .find_map(|table| find(table, span))
                .or_else(|| Some((Vec::new(), false))),
            _ => value.span().contains(&span.start).then(|| (Vec::new(), false)),
        };
        inside.map(|(mut trail, on_key)| {
            trail.insert(0, key.get_ref().clone().into_owned());
            (trail, on_key)
        })
    })
}
