//! The record of incidents: each event on disk before what it announces is done, and after what it tells of was seen.
//!
//! An incident is a file of its own in the state directory, `incidents/ID.jsonl`: a first line that says what it is and in
//! which form, then one line an event, only ever appended to and brought to the disk each time. A line that a kill or a full
//! disk cut short is none; what it announced was not begun. Once an incident is over its file is called `ID.over.jsonl`.
//! Values are never in it.
//!
//! Who works on an incident holds it [locked](Record): one whose lock can be taken was cut short.

mod error;

use std::io;
use std::path::{Path, PathBuf};

pub use error::{IncidentsError, Unreadable};

use super::journal::lock::{self, Holder, LockError, What};
use super::record::{self, Damage, Kind, NotWritten, RecordFile, line};
use crate::domain::incident::{Entry, Event, Incident, IncidentId, Opened};
use crate::domain::time::Time;
use crate::domain::untrusted::visible;
use crate::fault::point;
use crate::sqlite::on_thread;
use crate::system::file::{make_private_folder, sync_folder};

/// The folder in the state directory.
pub const FOLDER: &str = "incidents";
/// The end of the name of a file whose incident is open, and of one whose is over.
const OPEN: &str = ".jsonl";
const OVER: &str = ".over.jsonl";
/// The record of one. What a form has more than the one before is read with a default from lines that lack it.
const KIND: Kind = Kind { what: "incident", form: 2 };

type Result<T> = std::result::Result<T, IncidentsError>;

/// The incidents of this machine's user.
#[derive(Clone, Debug)]
pub struct Incidents {
    dir: PathBuf,
}

/// Incidents that are kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listing {
    /// Those that can be read, each with who is at it now: none in an inner `None` who has not yet written down who it is.
    pub incidents: Vec<(Incident, Option<Option<Holder>>)>,
    /// Those that cannot.
    pub unreadable: Vec<Unreadable>,
}

/// The record of one incident, held open by this process until it is dropped.
#[derive(Debug)]
pub struct Record(RecordFile);

impl Incidents {
    /// Those in the state directory `state`.
    pub fn of(state: &Path) -> Self {
        Self { dir: state.join(FOLDER) }
    }

    /// An id that no other incident has.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn new_id(now: Time) -> Result<IncidentId> {
        Ok(IncidentId(record::new_id(now).map_err(IncidentsError::Random)?))
    }

    /// Begins the record of a new incident.
    ///
    /// # Errors
    /// When it cannot be written; nothing must be done about the leak then that could not be told of.
    pub async fn begin(&self, opened: Opened, now: Time) -> Result<(Incident, Record)> {
        point!("incident.begin.before");
        let id = Self::new_id(now)?;
        let dir = self.dir.clone();
        let begun = on_thread(move || {
            let failed = |path: &Path| {
                let path = path.to_owned();
                move |source| IncidentsError::File { path, source }
            };
            make_private_folder(&dir).map_err(failed(&dir))?;
            // held before it can be seen, so that nobody takes it for one that was cut short
            let lock = lock::lock(&dir, What::Incident, &id.0, now)?;
            let path = dir.join(format!("{id}{OPEN}"));
            let incident = Incident::new(id.clone(), opened.clone(), now);
            let first = line(&Entry { at: now, event: Event::Opened(opened) }).ok_or(IncidentsError::NotText)?;
            let text = KIND.header(&id.0) + &first;
            let record = Record(RecordFile::create(path.clone(), &text, lock).map_err(failed(&path))?);
            Ok((incident, record))
        });
        let begun = begun.await.unwrap_or_else(|| Err(IncidentsError::Ending))?;
        point!("incident.begin.after");
        Ok(begun)
    }

    /// Takes up an incident that was cut short.
    ///
    /// # Errors
    /// When another process is at it, it is over, or it cannot be read.
    pub async fn take_up(&self, id: &IncidentId, now: Time) -> Result<(Incident, Record)> {
        let (dir, id) = (self.dir.clone(), id.clone());
        let taken = on_thread(move || {
            let lock = lock::lock(&dir, What::Incident, &id.0, now)?;
            let path = dir.join(format!("{id}{OPEN}"));
            let (incident, length) = read(&path, &id)?;
            if incident.over {
                // closed, and cut short before its file was called so
                let _ = call_over(&path);
                return Err(IncidentsError::NoSuch { wanted: id.0 });
            }
            let file = RecordFile::reopen(path.clone(), length, lock)
                .map_err(|source| IncidentsError::File { path, source })?;
            Ok((incident, Record(file)))
        });
        taken.await.unwrap_or_else(|| Err(IncidentsError::Ending))
    }

    /// The incidents that are not over, the oldest first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn open(&self, now: Time) -> Result<Listing> {
        self.listing(true, usize::MAX, now).await
    }

    /// The `most` latest incidents, the latest first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn all(&self, most: usize, now: Time) -> Result<Listing> {
        self.listing(false, most, now).await
    }

    /// The incident with this id, or the only one whose id begins so.
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub async fn find(&self, wanted: &str) -> Result<IncidentId> {
        let (dir, prefix) = (self.dir.clone(), wanted.to_ascii_uppercase());
        let names = on_thread(move || names(&dir)).await.unwrap_or(Err(IncidentsError::Ending))?;
        let mut found: Vec<IncidentId> =
            names.into_iter().map(|(id, _)| id).filter(|id| id.0.starts_with(&prefix)).collect();
        if let Some(exact) = found.iter().position(|id| id.0.eq_ignore_ascii_case(wanted)) {
            return Ok(found.swap_remove(exact));
        }
        let wanted = visible(wanted).into_owned();
        match found.len() {
            1 if !wanted.is_empty() => Ok(found.swap_remove(0)),
            0 | 1 => Err(IncidentsError::NoSuch { wanted }),
            _ => Err(IncidentsError::Ambiguous { wanted, among: found }),
        }
    }

    /// An incident as it stands, open or over.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn read(&self, id: &IncidentId) -> Result<Incident> {
        let (dir, id) = (self.dir.clone(), id.clone());
        let read = on_thread(move || {
            let open = dir.join(format!("{id}{OPEN}"));
            let path = if open.exists() { open } else { dir.join(format!("{id}{OVER}")) };
            read(&path, &id)
        });
        Ok(read.await.unwrap_or_else(|| Err(IncidentsError::Ending))?.0)
    }

    async fn listing(&self, only_open: bool, most: usize, now: Time) -> Result<Listing> {
        let dir = self.dir.clone();
        let listing = on_thread(move || {
            let mut names = names(&dir)?;
            names.retain(|(_, is_open)| *is_open || !only_open);
            names.sort();
            if !only_open {
                names.reverse();
            }
            let mut listing = Listing::default();
            for (id, is_open) in names.into_iter().take(most) {
                let path = dir.join(format!("{id}{}", if is_open { OPEN } else { OVER }));
                match read(&path, &id) {
                    Ok((incident, _)) => {
                        let held = if is_open { held(&dir, &id, now) } else { None };
                        if is_open && incident.over && held.is_none() {
                            // closed, and cut short before its file was called so
                            let _ = call_over(&path);
                            if only_open {
                                continue;
                            }
                        }
                        listing.incidents.push((incident, held));
                    }
                    Err(error) => listing.unreadable.push(Unreadable { id, why: error.to_string() }),
                }
            }
            Ok(listing)
        });
        listing.await.unwrap_or_else(|| Err(IncidentsError::Ending))
    }
}

impl Record {
    /// Puts what happened on disk.
    ///
    /// # Errors
    /// When that could not be written; what it announces must not be done then.
    pub async fn append(&mut self, entries: &[Entry]) -> Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        point!("incident.append.before");
        let mut text = String::new();
        for entry in entries {
            text += &line(entry).ok_or(IncidentsError::NotText)?;
        }
        self.0.append(text).await?;
        point!("incident.append.after");
        Ok(())
    }

    /// Says that the incident is over: it is not offered any more.
    ///
    /// # Errors
    /// When its file cannot be renamed.
    pub async fn close(self) -> Result<()> {
        point!("incident.close.before");
        let path = self.0.path().to_owned();
        let closed = on_thread(move || call_over(&path));
        let closed = closed.await.ok_or(IncidentsError::Ending)?;
        closed.map_err(|source| IncidentsError::File { path: self.0.path().to_owned(), source })?;
        point!("incident.close.after");
        Ok(())
    }
}

/// Gives the file of an incident that is over the name that says so.
fn call_over(path: &Path) -> io::Result<()> {
    let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(OPEN));
    let name = name.ok_or_else(|| io::Error::other("it is called otherwise"))?;
    std::fs::rename(path, path.with_file_name(format!("{name}{OVER}")))?;
    sync_folder(path.parent().unwrap_or(Path::new(".")))
}

/// The incident in a file, and how long the file is up to its last whole line.
fn read(path: &Path, id: &IncidentId) -> Result<(Incident, u64)> {
    let failed = |source| IncidentsError::File { path: path.to_owned(), source };
    let bytes = record::read(path).map_err(failed)?.ok_or_else(|| IncidentsError::NoSuch { wanted: id.0.clone() })?;
    let damaged = |damage| IncidentsError::Damaged { path: path.to_owned(), damage };
    let (entries, whole) = KIND.read(&bytes, &id.0).map_err(damaged)?;
    let incident = Incident::of_entries(id.clone(), entries).ok_or_else(|| damaged(Damage::Line(2)))?;
    Ok((incident, whole))
}

/// The ids of the incidents in a folder, and whether each is open. One that was closed twice over counts as over.
fn names(dir: &Path) -> Result<Vec<(IncidentId, bool)>> {
    let failed = |source| IncidentsError::File { path: dir.to_owned(), source };
    let mut names = Vec::new();
    for name in record::names(dir).map_err(failed)? {
        let (id, is_open) = match (name.strip_suffix(OVER), name.strip_suffix(OPEN)) {
            (Some(id), _) => (id, false),
            (None, Some(id)) => (id, true),
            (None, None) => continue,
        };
        if record::is_id(id) {
            names.push((IncidentId(id.to_owned()), is_open));
        }
    }
    Ok(names)
}

/// Who holds it, where somebody does; whoever it is may not say so.
#[expect(clippy::option_option, reason = "held by nobody, and by somebody unknown")]
fn held(dir: &Path, id: &IncidentId, now: Time) -> Option<Option<Holder>> {
    match lock::lock(dir, What::Incident, &id.0, now) {
        Err(LockError::Taken(_, holder)) => Some(holder),
        Ok(_) | Err(LockError::File { .. }) => None,
    }
}

impl From<NotWritten> for IncidentsError {
    fn from(why: NotWritten) -> Self {
        match why {
            NotWritten::File { path, source } => Self::File { path, source },
            NotWritten::Ending => Self::Ending,
        }
    }
}

#[cfg(test)]
mod tests;
