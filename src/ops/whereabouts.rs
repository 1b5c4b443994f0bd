//! Where a key lives: what stands in the places that are known and in files, held by its hash against the key's present and
//! earlier values. Places are read only; no value leaves them, and of what has not the form of a key's value not even a hash.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use futures_util::stream::{self, StreamExt as _};

use super::lookup;
use crate::client::KeyService;
use crate::client::capabilities::Capability;
use crate::client::error::ServiceError;
use crate::domain::key::Key;
use crate::domain::rotation::Sink;
use crate::domain::time::Time;
use crate::domain::whereabouts::{Accepted, Kin, Relation};
use crate::local::sinks::{Contents, FileKind, Held, SinkError, Sinks, Spot, spots};

/// How many places are asked at a time: most wait for a program or the network.
const AT_ONCE: usize = 8;

/// Who named a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The command line.
    Given,
    /// `config.toml`.
    Config,
    /// A rotation in this machine's journal.
    Rotation,
    /// A folder that was searched, or a file in which one of the places is.
    File,
}

impl Source {
    /// Its word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Config => "config",
            Self::Rotation => "rotation",
            Self::File => "file",
        }
    }
}

/// What is looked into.
#[derive(Debug, Default)]
pub struct Where {
    /// Places, each once.
    pub places: Vec<(Sink, Source)>,
    /// Files of which every value is looked at, beside those in which the places are.
    pub files: Vec<(String, FileKind)>,
}

impl Where {
    /// Adds a place, unless it is there already.
    pub fn add(&mut self, place: Sink, source: Source) {
        if !self.places.iter().any(|(known, _)| *known == place) {
            self.places.push((place, source));
        }
    }
}

/// What was found in a place, or in a line of a file.
#[derive(Clone, Debug)]
pub struct Row {
    pub place: Sink,
    /// The line of the file, where it was read as one.
    pub line: Option<usize>,
    pub source: Source,
    pub holds: Holds,
}

/// What a place holds.
#[derive(Clone, Debug)]
pub enum Holds {
    Nothing,
    Value(Box<Value>),
    /// Nobody knows, or the value stands elsewhere; with the reason.
    Untold(String),
    /// It could not be looked into.
    Failed(SinkError),
}

/// A value that a place holds.
#[derive(Clone, Debug)]
pub struct Value {
    pub relation: Relation,
    /// None where its form is not known.
    pub masked: Option<String>,
    /// Whether more text stands around it.
    pub is_part: bool,
    /// The key that it belongs to, as far as this user may see it.
    pub key: Option<Key>,
    pub accepted: Accepted,
}

/// What was looked at, by who named it, before anybody is asked about it.
struct Seen {
    place: Sink,
    line: Option<usize>,
    source: Source,
    contents: Result<Contents, SinkError>,
}

/// Looks into all of `what`, and tells of each place what it holds, and of each file the lines in which a value of the key
/// stands beside.
///
/// # Errors
/// When the server does not answer whose the values are; what goes wrong with a place is told in its row.
pub async fn look(
    service: &dyn KeyService,
    sinks: &Sinks,
    kin: &Kin,
    what: Where,
    now: Time,
) -> Result<Vec<Row>, ServiceError> {
    let files = files_of(&what);
    let asked = what.places.into_iter().map(|(place, source)| async move {
        let contents = sinks.contents(&place).await;
        Seen { place, line: None, source, contents }
    });
    let seen: Vec<Seen> = stream::iter(asked).buffered(AT_ONCE).collect().await;
    let read = files.into_iter().map(|(path, kind)| async move { (path.clone(), spots(path, kind).await) });
    let read: Vec<(String, Result<Vec<Spot>, SinkError>)> = stream::iter(read).buffered(AT_ONCE).collect().await;

    let owners = owners(service, kin, &seen, &read).await?;
    let of = |held: &Held| {
        let key = kin.key_of(&held.fingerprint).or_else(|| owners.get(&held.fingerprint).map(|key| &**key));
        Value {
            relation: kin.relation(&held.fingerprint, key.map(|key| &key.id)),
            masked: held.masked.clone(),
            is_part: held.is_part,
            accepted: Accepted::of(&held.fingerprint, key, now),
            key: key.cloned(),
        }
    };
    let mut rows = Vec::new();
    for Seen { place, line, source, contents } in seen {
        let row = |holds| Row { place: place.clone(), line, source, holds };
        match contents {
            Ok(Contents::Values(held)) => rows.extend(told(held.iter().map(of)).map(|value| row(Holds::Value(value)))),
            Ok(Contents::Nothing) => rows.push(row(Holds::Nothing)),
            Ok(Contents::Elsewhere(why) | Contents::Untold(why)) => rows.push(row(Holds::Untold(why))),
            Err(error) => rows.push(row(Holds::Failed(error))),
        }
    }
    for (path, read) in read {
        let source = Source::File;
        match read {
            Ok(spots) => {
                for Spot { place, line, held } in spots {
                    let value = of(&held);
                    if value.relation != Relation::Other {
                        note(&mut rows, Row { place, line: Some(line), source, holds: Holds::Value(Box::new(value)) });
                    }
                }
            }
            // a file that a place is in was told of already
            Err(_) if rows.iter().any(|row| row.place.path() == Some(&path)) => {}
            Err(error) => {
                let holds = Holds::Failed(error);
                rows.push(Row { place: Sink::File { path }, line: None, source, holds });
            }
        }
    }
    Ok(rows)
}

/// The values of one place that are told: those of the key, or else the first one.
fn told(values: impl Iterator<Item = Value>) -> impl Iterator<Item = Box<Value>> {
    let (others, mut ours): (Vec<_>, Vec<_>) = values.partition(|value| value.relation == Relation::Other);
    if ours.is_empty() {
        // one whose key is known says more than the text around it
        ours.extend(others.into_iter().next());
    }
    ours.into_iter().map(Box::new)
}

/// Adds a line of a file, or says of a place that was named in which line it stands.
fn note(rows: &mut Vec<Row>, found: Row) {
    let same = |row: &&mut Row| match (&row.holds, &found.holds) {
        (Holds::Value(known), Holds::Value(new)) => {
            row.place == found.place
                && row.line.is_none_or(|line| Some(line) == found.line)
                && (known.relation, &known.masked) == (new.relation, &new.masked)
        }
        _ => false,
    };
    match rows.iter_mut().find(same) {
        Some(row) => row.line = found.line,
        None => rows.push(found),
    }
}

/// The files of which every line is looked at: those that were named, and those in which the places are.
fn files_of(what: &Where) -> Vec<(String, FileKind)> {
    let of_places = what.places.iter().filter_map(|(place, _)| Some((place.path()?.to_owned(), FileKind::of(place)?)));
    let mut kinds: BTreeMap<String, FileKind> = BTreeMap::new();
    for (path, kind) in of_places.chain(what.files.iter().cloned()) {
        let known = kinds.entry(path).or_insert(kind);
        // who named a value in it knows more than its name tells
        if *known == FileKind::Text {
            *known = kind;
        }
    }
    kinds.into_iter().collect()
}

/// Whose the found values are that are none of the present ones of the keys that are looked for.
async fn owners(
    service: &dyn KeyService,
    kin: &Kin,
    seen: &[Seen],
    read: &[(String, Result<Vec<Spot>, SinkError>)],
) -> Result<HashMap<String, Arc<Key>>, ServiceError> {
    if !service.capabilities().has(Capability::Lookup) {
        return Ok(HashMap::new());
    }
    let in_places = seen.iter().filter_map(|seen| match &seen.contents {
        Ok(Contents::Values(held)) => Some(held),
        _ => None,
    });
    let in_files = read.iter().filter_map(|(_, spots)| spots.as_ref().ok()).flatten().map(|spot| &spot.held);
    let asked: HashSet<&str> = in_places
        .flatten()
        .chain(in_files)
        .filter(|held| held.is_key && kin.key_of(&held.fingerprint).is_none())
        .map(|held| held.fingerprint.as_str())
        .collect();
    if asked.is_empty() {
        return Ok(HashMap::new());
    }
    let asked: Vec<String> = asked.into_iter().map(str::to_owned).collect();
    let found = lookup::by_fingerprints(service, &asked).await?;
    Ok(found.into_iter().filter_map(|found| Some((found.fingerprint, Arc::new(found.key?)))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::fake::FakeService;
    use crate::domain::key_value::{checksum, digest};
    use crate::domain::rotation::EnvRules;
    use crate::local::program::Tools;

    fn value(c: char) -> String {
        let start = format!("kdk_{}", c.to_string().repeat(30));
        format!("{start}{}", checksum(&start))
    }

    fn sink(text: &str) -> Sink {
        text.parse().unwrap()
    }

    fn relations(rows: &[Row]) -> Vec<(Option<usize>, &'static str)> {
        let word = |row: &Row| match &row.holds {
            Holds::Nothing => "nothing",
            Holds::Value(value) => value.relation.word(),
            Holds::Untold(_) => "untold",
            Holds::Failed(_) => "failed",
        };
        rows.iter().map(|row| (row.line, word(row))).collect()
    }

    #[tokio::test]
    async fn every_place_is_told_and_one_that_fails_ends_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let (old, new, password) = (value('o'), value('n'), "correct horse battery");
        let env = format!("# {old}\nA={new}\nB='{password}'\nC={old}\n");
        std::fs::write(path(".env"), env).unwrap();
        std::fs::write(path("bad.json"), "{").unwrap();
        let of = |id: &str, value: &str| Key { digest: Some(digest(value)), ..Key::sample(id) };
        let first = of("first", &old);
        let second = Key { rotated_from: Some(first.id.clone()), ..of("second", &new) };
        let service = FakeService::new(vec![first.clone(), second.clone()]);
        let kin = Kin::of(first, &[second]);
        let mut what = Where::default();
        for place in ["A", "B", "NONE"] {
            what.add(sink(&format!("env-file:{}:{place}", path(".env"))), Source::Given);
        }
        what.add(sink(&format!("json:{}:x", path("bad.json"))), Source::Config);
        what.add(sink(&format!("json:{}:x", path("none/none.json"))), Source::Config);
        what.add(sink(&format!("env-file:{}:A", path(".env"))), Source::Rotation);
        what.add(sink("vault:secret/x:y"), Source::Rotation);
        what.files.push((path(".env"), FileKind::Lines(EnvRules::Common)));
        let sinks = Sinks::of(&Tools::on_path(folder.path()));
        let now = chrono::DateTime::UNIX_EPOCH;
        let rows = look(&service, &sinks, &kin, what, now).await.unwrap();
        assert_eq!(
            relations(&rows),
            [
                (Some(2), "new"),
                (None, "other"),
                (None, "nothing"),
                (None, "failed"),
                (None, "nothing"),
                (None, "failed"),
                (Some(1), "old"),
                (Some(4), "old"),
            ]
        );
        assert_eq!(rows[7].place.to_string(), format!("env-file:{}:C", path(".env")));
        // the hash of a password is nobody's business
        let hash = crate::domain::key_value::fingerprint(password);
        assert!(service.state().calls.iter().all(|call| !call.contains(&hash)));
    }
}
