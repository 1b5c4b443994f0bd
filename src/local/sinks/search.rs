//! Every value that stands in a file, and the files of a folder in which keys are kept.

use std::path::{Path, PathBuf};

use ignore::{DirEntry, WalkBuilder};
use zeroize::Zeroizing;

use super::contents::{Held, held_in};
use super::error::SinkError;
use super::on_disk::Target;
use super::{blocking, documents, env_lines, line_number};
use crate::domain::key_value::{fingerprint, mask};
use crate::domain::plain;
use crate::domain::rotation::{EnvRules, Format, Sink};
use crate::domain::values::find;
use crate::local::program::{path_shown, shown};

/// What a file is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// `NAME=value` lines.
    Lines(EnvRules),
    /// A document of this form.
    Document(Format),
    /// Any text.
    Text,
}

impl FileKind {
    /// The kind of file in which a place is; none where the place is in no file that can be read as text.
    pub fn of(sink: &Sink) -> Option<Self> {
        match sink {
            Sink::File { .. } => Some(Self::Text),
            Sink::EnvFile { rules, .. } => Some(Self::Lines(*rules)),
            Sink::Document { format, .. } => Some(Self::Document(*format)),
            Sink::Command { .. }
            | Sink::Keyring { .. }
            | Sink::Clipboard
            | Sink::Print
            | Sink::Variable { .. }
            | Sink::Recipe { .. } => None,
        }
    }

    /// The kind of file that a name gives away: an environment file, Newman's settings, what Postman exports.
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let ends = |end: &[&str]| end.iter().any(|end| name.ends_with(end));
        let is_env = name == ".envrc" || name.starts_with(".env.") || ends(&[".env"]);
        if name == "newmanrc" || name == ".newmanrc" {
            Some(Self::Document(Format::Newmanrc))
        } else if ends(&[".postman_environment.json", ".postman_globals.json"]) {
            Some(Self::Document(Format::PostmanEnvironment))
        } else {
            is_env.then_some(Self::Lines(EnvRules::Common))
        }
    }
}

/// A value in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The place that it is, for what writes it; the whole file where it stands in a comment or within a longer text.
    pub place: Sink,
    /// From 1.
    pub line: usize,
    pub held: Held,
}

/// The files below a folder in which keys are kept.
#[derive(Debug, Default)]
pub struct Files {
    pub files: Vec<(String, FileKind)>,
    /// What could not be looked into.
    pub failed: Vec<SinkError>,
}

/// Every value that stands in the file at `path`, in the order of its lines: what is assigned there, whatever its form,
/// and what has the form of a key's value, wherever it stands.
///
/// # Errors
/// When the file cannot be read as what it is; one that is not there has none.
pub async fn spots(path: String, kind: FileKind) -> Result<Vec<Spot>, SinkError> {
    blocking(move || spots_now(&path, kind)).await
}

fn spots_now(path: &str, kind: FileKind) -> Result<Vec<Spot>, SinkError> {
    let Some(target) = Target::if_there(path)? else { return Ok(Vec::new()) };
    let Some(content) = target.read()? else { return Ok(Vec::new()) };
    let text = plain::text(&content.bytes)
        .map_err(|error| SinkError::unreadable(format!("{}: {error}", shown(path)), error.hint()))?;
    let mut spots: Vec<Spot> = assigned(path, kind, &text)?;
    for found in find(text.as_bytes()).iter().filter(|found| !found.is_example()) {
        let Some(value) = found.value() else { continue };
        let (line, fingerprint) = (line_number(text.as_bytes(), found.span.start), fingerprint(value.expose()));
        if spots.iter().all(|spot| (spot.line, &spot.held.fingerprint) != (line, &fingerprint)) {
            let held = Held { fingerprint, masked: Some(mask(value.expose())), is_key: true, is_part: true };
            spots.push(Spot { place: Sink::File { path: path.to_owned() }, line, held });
        }
    }
    spots.sort_by_key(|spot| spot.line);
    Ok(spots)
}

/// The values of everything that has a name in the file.
fn assigned(path: &str, kind: FileKind, text: &str) -> Result<Vec<Spot>, SinkError> {
    let of = |place: &Sink, line: usize, value: &str| {
        held_in(value).into_iter().map(|held| Spot { place: place.clone(), line, held }).collect::<Vec<_>>()
    };
    let path = path.to_owned();
    Ok(match kind {
        FileKind::Text => Vec::new(),
        FileKind::Lines(rules) => env_lines::all(text.as_bytes(), rules)
            .into_iter()
            .flat_map(|line| {
                let name = String::from_utf8_lossy(line.name).into_owned();
                let value = Zeroizing::new(String::from_utf8_lossy(line.value).into_owned());
                of(&Sink::EnvFile { path: path.clone(), name, rules }, line.number, &value)
            })
            .collect(),
        FileKind::Document(format) => {
            let all = documents::all(format, text.as_bytes()).map_err(|refused| {
                SinkError::unreadable(format!("{} {refused}", shown(&path)), refused.hint(format))
            })?;
            all.iter()
                .flat_map(|held| {
                    // the notation of one value of a form that has more of them
                    let key = held.key.clone();
                    let format = match format {
                        Format::Newmanrc if key != "postmanApiKey" => Format::Json,
                        format => format,
                    };
                    of(&Sink::Document { format, path: path.clone(), key }, held.line, &held.value)
                })
                .collect()
        }
    })
}

/// The files below `folder` in which keys are kept, hidden and ignored ones too, since these hold secrets first of all.
/// Links are not followed, and a repository's own `.git` is left out.
pub async fn files_below(folder: PathBuf) -> Result<Files, SinkError> {
    blocking(move || files_now(&folder)).await
}

fn files_now(folder: &Path) -> Result<Files, SinkError> {
    let facts = std::fs::metadata(folder)
        .map_err(|error| SinkError::io(&format!("cannot look into {}", path_shown(folder)), &error))?;
    if !facts.is_dir() {
        return Err(SinkError::new(
            format!("{} is no folder", path_shown(folder)),
            "name a folder, or a file as a place",
        ));
    }
    let is_git = |entry: &DirEntry| entry.file_name() == ".git" && entry.file_type().is_some_and(|kind| kind.is_dir());
    let mut walk = WalkBuilder::new(folder);
    walk.standard_filters(false).follow_links(false).filter_entry(move |entry| !is_git(entry));
    walk.sort_by_file_name(Ord::cmp);
    let mut found = Files::default();
    for entry in walk.build() {
        match entry {
            Ok(entry) => take(&entry, &mut found),
            Err(error) => found.failed.push(unseen(&error)),
        }
    }
    Ok(found)
}

fn take(entry: &DirEntry, found: &mut Files) {
    if !entry.file_type().is_some_and(|kind| kind.is_file()) {
        return;
    }
    let name = entry.file_name().to_string_lossy();
    let Some(kind) = FileKind::of_name(&name) else { return };
    match entry.path().to_str() {
        Some(path) => found.files.push((path.to_owned(), kind)),
        None => found.failed.push(SinkError::new(
            format!("{} has a name that is not text", path_shown(entry.path())),
            "rename it, or look into it yourself",
        )),
    }
}

/// What the walk could not see, and why.
fn unseen(error: &ignore::Error) -> SinkError {
    let mut inner = error;
    let mut path = None;
    while let ignore::Error::WithDepth { err, .. } | ignore::Error::WithPath { err, .. } = inner {
        if let ignore::Error::WithPath { path: at, .. } = inner {
            path = Some(path_shown(at));
        }
        inner = err;
    }
    let what = format!("cannot look into {}", path.unwrap_or_else(|| "a folder".to_owned()));
    match inner.io_error() {
        Some(error) => SinkError::io(&what, error),
        None => SinkError::new(what, "see that the folder is all right"),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::domain::key_value::checksum;

    fn value(c: char) -> String {
        let start = format!("kdk_{}", c.to_string().repeat(30));
        format!("{start}{}", checksum(&start))
    }

    fn places(folder: &Path, name: &str, kind: FileKind, text: &[u8]) -> Vec<(String, usize, String)> {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        let path = path.to_str().unwrap().to_owned();
        let begin = format!("{}/", folder.display());
        let spots = spots_now(&path, kind).unwrap();
        let keys = spots.into_iter().filter(|spot| spot.held.is_key);
        keys.map(|spot| (spot.place.to_string().replace(&begin, ""), spot.line, spot.held.fingerprint)).collect()
    }

    #[test]
    fn every_value_of_a_file_is_found_with_its_place_and_line() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (value('a'), value('b'));
        let (of_a, of_b) = (fingerprint(&a), fingerprint(&b));
        let env = format!("# was {b}\nexport KEY='{a}'\nURL=https://x.example/?k={a}\n");
        let lines = FileKind::Lines(EnvRules::Common);
        assert_eq!(
            places(folder.path(), ".env", lines, env.as_bytes()),
            [
                ("file:.env".to_owned(), 1, of_b.clone()),
                ("env-file:.env:KEY".to_owned(), 2, of_a.clone()),
                ("env-file:.env:URL".to_owned(), 3, of_a.clone()),
            ]
        );
        let document = |format, text: &str| places(folder.path(), "d", FileKind::Document(format), text.as_bytes());
        assert_eq!(
            document(Format::Newmanrc, &format!("{{\n \"postmanApiKey\": \"{a}\",\n \"x\": \"{b}\" }}")),
            [("newmanrc:d".to_owned(), 2, of_a.clone()), ("json:d:x".to_owned(), 3, of_b.clone())]
        );
        let exported = format!("{{\"values\":[{{\"key\":\"k\",\"value\":\"{a}\",\"enabled\":false}}]}}");
        assert_eq!(document(Format::PostmanEnvironment, &exported), [("postman-env:d:k".to_owned(), 1, of_a.clone())]);
        let windows: Vec<u8> = format!("\u{feff}KEY={a}\r\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(places(folder.path(), "w.env", lines, &windows), [("env-file:w.env:KEY".to_owned(), 1, of_a)]);
    }

    #[test]
    fn what_is_no_such_file_is_told_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("newmanrc");
        fs::write(&path, "{ not json").unwrap();
        let path = path.to_str().unwrap();
        let error = spots_now(path, FileKind::Document(Format::Newmanrc)).unwrap_err();
        assert!(error.to_string().contains("cannot be read as JSON"), "{error}");
        assert_eq!(spots_now(&format!("{path}-none"), FileKind::Text).unwrap(), []);
    }

    #[test]
    fn the_files_that_hold_keys_are_found_ignored_and_hidden_ones_too() {
        let folder = tempfile::tempdir().unwrap();
        let make = |path: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        };
        let wanted =
            ["a/.env", "a/.env.production", "a/b/deploy.env", "a/b/x.postman_environment.json", "c/.postman/newmanrc"];
        for path in wanted {
            make(path);
        }
        for other in ["a/.git/x.env", "a/readme.md", "a/environment", "a/b/x.json"] {
            make(other);
        }
        fs::write(folder.path().join("a/.gitignore"), ".env*\n").unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("c/loop")).unwrap();
        let found = files_now(folder.path()).unwrap();
        let begin = format!("{}/", folder.path().display());
        let names: Vec<String> = found.files.iter().map(|(path, _)| path.replace(&begin, "")).collect();
        assert_eq!(names, wanted);
        assert_eq!(found.failed, []);
        assert!(files_now(&folder.path().join("a/.env")).unwrap_err().to_string().contains("is no folder"));
        assert!(files_now(&folder.path().join("none")).is_err());
    }
}
