//! The journal of what is under way, rotations and changes of many keys: what was begun and what came of it, on disk
//! before and after.
//!
//! Of each rotation the whole state, of each effect one row an attempt: written before the effect is carried out, completed
//! after. A power cut between the two leaves an attempt without an end, which the next start finds
//! ([`unfinished`](Journal::unfinished)). Values are in escrow and never here.
//!
//! Of each change of many keys which they are, before the first is sent, then which were sent and what became of each
//! ([`changes`]).
//!
//! Who wants to change a rotation [locks](Journal::lock) it first and loads it then.

pub mod changes;
mod error;
pub(in crate::local) mod lock;
mod open;
mod stored;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::types::ToSql;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};
use ulid::Ulid;

pub use changes::{Changes, NewChange};
pub use error::{Damage, JournalError, Unreadable};
pub use lock::{Holder, Lock, LockError};

use super::escrow;
use crate::domain::key_value::fingerprint;
use crate::domain::rotation::{Effect, Rotation, RotationId};
use crate::domain::time::{Time, When, wire};
use crate::fault::point;
use crate::sqlite::on_thread;
use stored::Stored;

/// How long a write waits for another process that is writing.
const PATIENCE: Duration = Duration::from_secs(5);

type Result<T> = std::result::Result<T, JournalError>;

/// The journal.
#[derive(Clone, Debug)]
pub struct Journal {
    dir: PathBuf,
    path: PathBuf,
    /// None once it is closed.
    file: Arc<Mutex<Option<Connection>>>,
}

/// An effect that is being carried out.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// Of which rotation.
    pub rotation: RotationId,
    /// Counted from one in each rotation.
    pub number: i64,
    /// What is carried out.
    pub effect: Effect,
    /// What a request of it is sent with. The same as that of the attempt before, where the server may have done that one.
    pub idempotency_key: String,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was done.
    Done,
    /// It was not done.
    Failed,
    /// Nobody knows.
    MaybeDone,
}

impl Ended {
    const ALL: [Self; 3] = [Self::Done, Self::Failed, Self::MaybeDone];

    /// Its word in the journal and in summaries.
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::MaybeDone => "maybe-done",
        }
    }
}

/// An attempt as it is kept, for a summary.
#[derive(Clone, Debug, PartialEq)]
pub struct AttemptRow {
    /// What was attempted.
    pub attempt: Attempt,
    /// When it was begun.
    pub begun: Time,
    /// How and when it ended, and what it came to in a few words; none while it lasts, or when keydeck was killed.
    pub ended: Option<(Ended, Time, String)>,
}

/// Rotations from the journal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listing {
    /// Those that can be read.
    pub rotations: Vec<Rotation>,
    /// Those that cannot.
    pub unreadable: Vec<Unreadable>,
}

impl Journal {
    /// Whether there is a journal in the state directory `dir`.
    pub fn is_there(dir: &Path) -> bool {
        open::is_there(dir)
    }

    /// Opens the journal in the state directory `dir`, or makes it.
    ///
    /// # Errors
    /// When it cannot be opened, or is not what this version understands; nothing is changed then.
    pub async fn open(dir: &Path) -> Result<Self> {
        Self::open_within(dir, PATIENCE).await
    }

    async fn open_within(dir: &Path, patience: Duration) -> Result<Self> {
        let opening = dir.to_owned();
        let opened = on_thread(move || open::open(&opening, patience)).await;
        let (path, file) = opened.unwrap_or_else(|| Err(ending(dir)))?;
        Ok(Self { dir: dir.to_owned(), path, file: Arc::new(Mutex::new(Some(file))) })
    }

    /// Keeps a new rotation.
    ///
    /// # Errors
    /// When its key is being rotated already, with the other rotation's id.
    pub async fn insert(&self, rotation: &Rotation) -> Result<()> {
        point!("journal.insert.before");
        let (id, address, over) = (rotation.id.0.clone(), rotation.address.clone(), rotation.phase.is_over());
        let (old_key, state) = (rotation.old.id.as_str().to_owned(), self.json(&Stored::of(rotation))?);
        self.write(move |write| {
            let open = "SELECT id FROM rotations WHERE address = ?1 AND old_key = ?2 AND is_over = 0";
            let other = write.query_row(open, params![address, old_key], |row| row.get(0)).optional()?;
            if let Some(id) = other {
                return Err(JournalError::UnderWay { id: RotationId(id) }.into());
            }
            let insert =
                "INSERT INTO rotations (id, address, old_key, is_over, form, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            write.execute(insert, params![id, address, old_key, over, stored::FORM, state])?;
            Ok(())
        })
        .await?;
        point!("journal.insert.after");
        Ok(())
    }

    /// Keeps the state of a rotation that is in the journal.
    ///
    /// # Errors
    /// When it is not there, or cannot be written.
    pub async fn save(&self, rotation: &Rotation) -> Result<()> {
        point!("journal.save.before");
        let update = self.update(rotation)?;
        self.write(move |write| update.run(write)).await?;
        point!("journal.save.after");
        Ok(())
    }

    /// Notes that `effect` is about to be carried out, together with the rotation's state, in which it is
    /// [begun](Rotation::begin) already.
    ///
    /// # Errors
    /// When that could not be written; the effect must not be carried out then.
    pub async fn begin(&self, rotation: &Rotation, effect: Effect, now: Time) -> Result<Attempt> {
        point!("journal.begin.before");
        let (update, id) = (self.update(rotation)?, rotation.id.0.clone());
        let effect_json = stored::effect_json(effect).map_err(|error| self.encoded(&error))?;
        let begun = self.write(move |write| {
            update.run(write)?;
            let number = "SELECT coalesce(max(number), 0) + 1 FROM attempts WHERE rotation = ?1";
            let number: i64 = write.query_row(number, [&id], |row| row.get(0))?;
            let last = "SELECT idempotency_key, ended FROM attempts WHERE rotation = ?1 AND effect = ?2 \
                        ORDER BY number DESC LIMIT 1";
            let of_last = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?));
            let idempotency_key = match write.query_row(last, [&id, &effect_json], of_last).optional()? {
                Some((key, ended)) if ended.as_deref().is_none_or(|ended| ended == Ended::MaybeDone.word()) => key,
                _ => new_key()?,
            };
            let insert =
                "INSERT INTO attempts (rotation, number, effect, idempotency_key, begun_at) VALUES (?1, ?2, ?3, ?4, ?5)";
            write.execute(insert, params![id, number, effect_json, idempotency_key, wire(now)])?;
            Ok((number, idempotency_key))
        });
        let (number, idempotency_key) = begun.await?;
        point!("journal.begin.after");
        Ok(Attempt { rotation: rotation.id.clone(), number, effect, idempotency_key })
    }

    /// Notes how `attempt` ended, in a few words without a secret, together with the rotation's state after it.
    ///
    /// # Errors
    /// When that could not be written; the attempt stays [unfinished](Self::unfinished) then.
    pub async fn end(
        &self,
        attempt: &Attempt,
        ended: Ended,
        summary: &str,
        rotation: &Rotation,
        now: Time,
    ) -> Result<()> {
        point!("journal.end.before");
        let (update, id, number) = (self.update(rotation)?, attempt.rotation.0.clone(), attempt.number);
        let summary = summary.to_owned();
        self.write(move |write| {
            update.run(write)?;
            let ended_so =
                "UPDATE attempts SET ended_at = ?1, ended = ?2, summary = ?3 WHERE rotation = ?4 AND number = ?5";
            write.execute(ended_so, params![wire(now), ended.word(), summary, id, number])?;
            Ok(())
        })
        .await?;
        point!("journal.end.after");
        Ok(())
    }

    /// The attempt that was begun last and never ended: keydeck was killed meanwhile. Ending it as maybe done, with the state
    /// in which the rotation [resumes it](Rotation::interrupted), settles it.
    ///
    /// # Errors
    /// When an attempt cannot be understood, or is of a place or line that the rotation does not have.
    pub async fn unfinished(&self, rotation: &Rotation) -> Result<Option<Attempt>> {
        let last = self.attempts(rotation).await?.pop();
        let unfinished = last.filter(|row| row.ended.is_none()).map(|row| row.attempt);
        match unfinished {
            Some(attempt) if !rotation.has(attempt.effect) => Err(self.damaged_attempt(rotation).into()),
            unfinished => Ok(unfinished),
        }
    }

    /// Every attempt of a rotation, in order.
    ///
    /// # Errors
    /// When one cannot be understood.
    pub async fn attempts(&self, rotation: &Rotation) -> Result<Vec<AttemptRow>> {
        let select = "SELECT number, effect, idempotency_key, begun_at, ended_at, ended, summary FROM attempts \
                      WHERE rotation = ?1 ORDER BY number";
        let id = rotation.id.0.clone();
        // one that cannot be read is none
        let rows = self.read(move |file| {
            file.prepare(select)?
                .query_map([id], |row| Ok(KeptAttempt::of(row).ok()))?
                .collect::<rusqlite::Result<Vec<_>>>()
        });
        let read = |row: Option<KeptAttempt>| {
            row.and_then(|row| row.read(&rotation.id)).ok_or_else(|| self.damaged_attempt(rotation).into())
        };
        rows.await?.into_iter().map(read).collect()
    }

    fn damaged_attempt(&self, rotation: &Rotation) -> Unreadable {
        Unreadable {
            id: rotation.id.clone(),
            old_key: rotation.old.id.as_str().to_owned(),
            address: rotation.address.clone(),
            escrow: self.dir.join(escrow::FOLDER),
            why: Damage::Damaged("an attempt of it is damaged".to_owned()),
        }
    }

    /// The rotation with this id, or the only one whose id begins so.
    ///
    /// # Errors
    /// When there is none, or more than one, or it cannot be understood.
    pub async fn load(&self, wanted: &str) -> Result<Rotation> {
        let prefix = wanted.to_ascii_uppercase();
        let asked = prefix.clone();
        let rows = self.rows("WHERE substr(id, 1, length(?1)) = ?1 ORDER BY id LIMIT 6", asked).await?;
        match rows.as_slice() {
            _ if prefix.is_empty() => Err(JournalError::NoSuch { wanted: "without an id".to_owned() }),
            [] => Err(JournalError::NoSuch { wanted: crate::domain::untrusted::visible(wanted).into_owned() }),
            [row] => Ok(self.rotation(row)?),
            [row, ..] if row.id.0 == prefix => Ok(self.rotation(row)?),
            rows => {
                Err(JournalError::Ambiguous { wanted: prefix, among: rows.iter().map(|row| row.id.clone()).collect() })
            }
        }
    }

    /// The rotations that are not over, the oldest first.
    pub async fn open_rotations(&self) -> Result<Listing> {
        Ok(self.listing(&self.rows("WHERE is_over = ?1 ORDER BY id", 0).await?))
    }

    /// The rotations at this address, open and over, the oldest first.
    pub async fn of_server(&self, address: &str) -> Result<Listing> {
        Ok(self.listing(&self.rows("WHERE address = ?1 ORDER BY id", address.to_owned()).await?))
    }

    /// The `limit` latest rotations, the latest first.
    pub async fn all(&self, limit: u32) -> Result<Listing> {
        Ok(self.listing(&self.rows("ORDER BY id DESC LIMIT ?1", limit).await?))
    }

    /// Holds a rotation open, so that no other process goes on with it meanwhile.
    ///
    /// # Errors
    /// When another holds it, with which one.
    pub fn lock(&self, id: &RotationId, now: Time) -> std::result::Result<Lock, LockError> {
        lock::lock(&self.dir, lock::What::Rotation, &id.0, now)
    }

    /// Closes the file.
    pub async fn close(&self) {
        let file = Arc::clone(&self.file);
        on_thread(move || drop(file.lock().unwrap_or_else(PoisonError::into_inner).take())).await;
    }

    /// Does something in a transaction of its own, all or nothing, once it is begun to its end.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> std::result::Result<T, Stop> + Send + 'static,
    ) -> Result<T> {
        self.with(move |file| {
            // with the lock that a write needs: one that is only asked for later is refused without a wait
            let write = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&write)?;
            write.commit()?;
            Ok(done)
        })
        .await
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        self.with(move |file| Ok(work(file)?)).await
    }

    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> std::result::Result<T, Stop> + Send + 'static,
    ) -> Result<T> {
        let (file, path) = (Arc::clone(&self.file), self.path.clone());
        let done = on_thread(move || {
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(open) = file.as_mut() else { return Err(ending(&path)) };
            work(open).map_err(|stop| match stop {
                Stop::Database(error) => JournalError::of(&path, &error),
                Stop::Journal(error) => error,
            })
        });
        done.await.unwrap_or_else(|| Err(ending(&self.path)))
    }

    /// The rotations that `which` chooses by its one value.
    async fn rows(&self, which: &str, value: impl ToSql + Send + 'static) -> Result<Vec<Kept>> {
        let select = format!("SELECT id, address, old_key, form, state FROM rotations {which}");
        self.read(move |file| file.prepare(&select)?.query_map([value], |row| Ok(Kept::of(row)))?.collect()).await
    }

    /// What keeps the state of `rotation`.
    fn update(&self, rotation: &Rotation) -> Result<Update> {
        let (id, over) = (rotation.id.0.clone(), rotation.phase.is_over());
        Ok(Update { id, over, state: self.json(&Stored::of(rotation))? })
    }

    fn listing(&self, rows: &[Kept]) -> Listing {
        let mut listing = Listing::default();
        for row in rows {
            match self.rotation(row) {
                Ok(rotation) => listing.rotations.push(rotation),
                Err(unreadable) => listing.unreadable.push(unreadable),
            }
        }
        listing
    }

    fn rotation(&self, row: &Kept) -> std::result::Result<Rotation, Unreadable> {
        let because = |why: Damage| Unreadable {
            id: row.id.clone(),
            old_key: row.old_key.clone(),
            address: row.address.clone(),
            escrow: self.dir.join(escrow::FOLDER),
            why,
        };
        let damaged = || because(Damage::Damaged("its row is damaged".to_owned()));
        let form = row.form.ok_or_else(damaged)?;
        if form > stored::FORM {
            return Err(because(Damage::Newer { found: form, known: stored::FORM }));
        }
        let state = row.state.as_deref().ok_or_else(damaged)?;
        stored::read(&row.id, form, state).map_err(|why| because(Damage::Damaged(why)))
    }

    fn json(&self, stored: &Stored) -> Result<String> {
        serde_json::to_string(stored).map_err(|error| self.encoded(&error))
    }

    fn encoded(&self, error: &serde_json::Error) -> JournalError {
        JournalError::Database { path: self.path.clone(), reason: error.to_string() }
    }
}

/// The journal in `path` was closed, or the program ends.
fn ending(path: &Path) -> JournalError {
    JournalError::Database { path: path.to_owned(), reason: "it is closed".to_owned() }
}

/// Why something in the journal was not done.
enum Stop {
    Database(rusqlite::Error),
    Journal(JournalError),
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<JournalError> for Stop {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

/// The state of a rotation that is in the journal.
struct Update {
    id: String,
    over: bool,
    state: String,
}

impl Update {
    fn run(self, write: &Transaction<'_>) -> std::result::Result<(), Stop> {
        let update = "UPDATE rotations SET is_over = ?1, form = ?2, state = ?3 WHERE id = ?4";
        if write.execute(update, params![self.over, stored::FORM, self.state, self.id])? == 0 {
            return Err(JournalError::NoSuch { wanted: self.id }.into());
        }
        Ok(())
    }
}

/// A rotation's row, as far as it can be read.
struct Kept {
    id: RotationId,
    address: String,
    old_key: String,
    form: Option<i64>,
    state: Option<String>,
}

impl Kept {
    fn of(row: &Row<'_>) -> Self {
        Self {
            id: RotationId(row.get("id").unwrap_or_default()),
            address: row.get("address").unwrap_or_default(),
            old_key: row.get("old_key").unwrap_or_default(),
            form: row.get("form").ok(),
            state: row.get("state").ok(),
        }
    }
}

/// A key that no other request has.
fn new_key() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(JournalError::Random)?;
    Ok(Ulid(u128::from_be_bytes(bytes)).to_string())
}

/// An attempt's row.
struct KeptAttempt {
    number: i64,
    effect: String,
    idempotency_key: String,
    begun_at: String,
    ended_at: Option<String>,
    ended: Option<String>,
    summary: Option<String>,
}

impl KeptAttempt {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            number: row.get("number")?,
            effect: row.get("effect")?,
            idempotency_key: row.get("idempotency_key")?,
            begun_at: row.get("begun_at")?,
            ended_at: row.get("ended_at")?,
            ended: row.get("ended")?,
            summary: row.get("summary")?,
        })
    }

    fn read(self, id: &RotationId) -> Option<AttemptRow> {
        let time = |text: &str| When::from_wire(text).time();
        let (number, idempotency_key) = (self.number, self.idempotency_key);
        let attempt = Attempt { rotation: id.clone(), number, effect: stored::effect(&self.effect)?, idempotency_key };
        let ended = match self.ended {
            Some(word) => {
                let ended = Ended::ALL.into_iter().find(|ended| ended.word() == word)?;
                Some((ended, time(&self.ended_at?)?, self.summary.unwrap_or_default()))
            }
            None => None,
        };
        Some(AttemptRow { attempt, begun: time(&self.begun_at)?, ended })
    }
}

/// The fingerprint of what was agreed for `rotation`: the key, the plan, the places and what is run, and nothing of how far
/// it is. It is the same as long as none of that changes.
pub fn fingerprint_of_plan(rotation: &Rotation) -> String {
    // only what cannot be text is not encoded, and a plan holds nothing like it
    fingerprint(&stored::agreed(rotation).unwrap_or_default())
}

/// What is left of `rotation` after it stood on disk.
#[cfg(test)]
pub(crate) fn through_disk(rotation: &Rotation) -> Rotation {
    let state = serde_json::to_string(&Stored::of(rotation)).unwrap_or_default();
    stored::read(&rotation.id, stored::FORM, &state).unwrap_or_else(|why| panic!("{why}: {rotation:?}"))
}

#[cfg(test)]
mod tests;
