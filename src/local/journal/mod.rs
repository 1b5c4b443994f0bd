//! The journal of rotations: what was begun and what came of it, on disk before and after.
//!
//! Of each rotation the whole state, of each effect one row an attempt: written before the effect is carried out, completed
//! after. A power cut between the two leaves an attempt without an end, which the next start finds
//! ([`unfinished`](Journal::unfinished)). Values are in escrow and never here.
//!
//! Who wants to change a rotation [holds](Journal::hold) it first and loads it then.

mod error;
mod hold;
mod open;
mod stored;

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::sqlite::{Sqlite, SqliteRow};
use sqlx::{Executor, Row, SqliteConnection, SqlitePool};
use ulid::Ulid;

pub use error::{Damage, JournalError, Unreadable};
pub use hold::{Hold, HoldError, Holder};
pub(in crate::local) use open::make_private_folder;

use super::escrow;
use crate::domain::rotation::{Effect, Rotation, RotationId};
use crate::domain::time::{Time, When, wire};
use crate::fault::point;
use stored::Stored;

/// How long a write waits for another process that is writing.
const PATIENCE: Duration = Duration::from_secs(5);

type Result<T> = std::result::Result<T, JournalError>;

/// The journal.
#[derive(Clone, Debug)]
pub struct Journal {
    dir: PathBuf,
    path: PathBuf,
    pool: SqlitePool,
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
        let (path, pool) = open::open(dir, patience).await?;
        Ok(Self { dir: dir.to_owned(), path, pool })
    }

    /// Takes up a new rotation.
    ///
    /// # Errors
    /// When its key is being rotated already, with the other rotation's id.
    pub async fn insert(&self, rotation: &Rotation) -> Result<()> {
        point!("journal.insert.before");
        let mut write = self.write().await?;
        let open = "SELECT id FROM rotations WHERE address = ? AND old_key = ? AND is_over = 0";
        let other: Option<String> = sqlx::query_scalar(open)
            .bind(&rotation.address)
            .bind(rotation.old.id.as_str())
            .fetch_optional(write.on())
            .await
            .map_err(|error| self.failed(error))?;
        if let Some(id) = other {
            return Err(JournalError::UnderWay { id: RotationId(id) });
        }
        let insert = "INSERT INTO rotations (id, address, old_key, is_over, form, state) VALUES (?, ?, ?, ?, ?, ?)";
        sqlx::query(insert)
            .bind(&rotation.id.0)
            .bind(&rotation.address)
            .bind(rotation.old.id.as_str())
            .bind(rotation.course.is_over())
            .bind(stored::FORM)
            .bind(self.json(&Stored::of(rotation))?)
            .execute(write.on())
            .await
            .map_err(|error| self.failed(error))?;
        self.commit(write).await?;
        point!("journal.insert.after");
        Ok(())
    }

    /// Keeps the state of a rotation that is in the journal.
    ///
    /// # Errors
    /// When it is not there, or cannot be written.
    pub async fn save(&self, rotation: &Rotation) -> Result<()> {
        point!("journal.save.before");
        let mut write = self.write().await?;
        self.update(write.on(), rotation).await?;
        self.commit(write).await?;
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
        let mut write = self.write().await?;
        self.update(write.on(), rotation).await?;
        let effect_json = stored::effect_json(effect).map_err(|error| self.encoded(error))?;
        let number = "SELECT coalesce(max(number), 0) + 1 FROM attempts WHERE rotation = ?";
        let number: i64 = sqlx::query_scalar(number)
            .bind(&rotation.id.0)
            .fetch_one(write.on())
            .await
            .map_err(|error| self.failed(error))?;
        let last = "SELECT idempotency_key, ended FROM attempts WHERE rotation = ? AND effect = ? \
                    ORDER BY number DESC LIMIT 1";
        let last: Option<(String, Option<String>)> = sqlx::query_as(last)
            .bind(&rotation.id.0)
            .bind(&effect_json)
            .fetch_optional(write.on())
            .await
            .map_err(|error| self.failed(error))?;
        let idempotency_key = match last {
            Some((key, ended)) if ended.as_deref().is_none_or(|ended| ended == Ended::MaybeDone.word()) => key,
            _ => new_key()?,
        };
        let insert =
            "INSERT INTO attempts (rotation, number, effect, idempotency_key, begun_at) VALUES (?, ?, ?, ?, ?)";
        sqlx::query(insert)
            .bind(&rotation.id.0)
            .bind(number)
            .bind(effect_json)
            .bind(&idempotency_key)
            .bind(wire(now))
            .execute(write.on())
            .await
            .map_err(|error| self.failed(error))?;
        self.commit(write).await?;
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
        let mut write = self.write().await?;
        self.update(write.on(), rotation).await?;
        let update = "UPDATE attempts SET ended_at = ?, ended = ?, summary = ? WHERE rotation = ? AND number = ?";
        sqlx::query(update)
            .bind(wire(now))
            .bind(ended.word())
            .bind(summary)
            .bind(&attempt.rotation.0)
            .bind(attempt.number)
            .execute(write.on())
            .await
            .map_err(|error| self.failed(error))?;
        self.commit(write).await?;
        point!("journal.end.after");
        Ok(())
    }

    /// The attempt that was begun last and never ended: keydeck was killed meanwhile. Ending it as maybe done, with the state
    /// in which the rotation [takes it up](Rotation::interrupted), settles it.
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
                      WHERE rotation = ? ORDER BY number";
        let rows = sqlx::query(select).bind(&rotation.id.0).fetch_all(&self.pool).await;
        let rows = rows.map_err(|error| self.failed(error))?;
        let read = |row| attempt_row(&rotation.id, row).ok_or_else(|| self.damaged_attempt(rotation).into());
        rows.iter().map(read).collect()
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
        let select = "SELECT id, address, old_key, form, state FROM rotations WHERE substr(id, 1, length(?1)) = ?1 ORDER BY id LIMIT 6";
        let rows = sqlx::query(select).bind(&prefix).fetch_all(&self.pool).await.map_err(|error| self.failed(error))?;
        match rows.as_slice() {
            _ if prefix.is_empty() => Err(JournalError::NoSuch { wanted: "without an id".to_owned() }),
            [] => Err(JournalError::NoSuch { wanted: crate::domain::untrusted::visible(wanted).into_owned() }),
            [row] => Ok(self.read(row)?),
            [row, ..] if id_of(row).0 == prefix => Ok(self.read(row)?),
            rows => Err(JournalError::Ambiguous { wanted: prefix, among: rows.iter().map(id_of).collect() }),
        }
    }

    /// The rotations that are not over, the oldest first.
    pub async fn open_rotations(&self) -> Result<Listing> {
        let select = "SELECT id, address, old_key, form, state FROM rotations WHERE is_over = 0 ORDER BY id";
        let rows = sqlx::query(select).fetch_all(&self.pool).await.map_err(|error| self.failed(error))?;
        Ok(self.listing(&rows))
    }

    /// The `limit` latest rotations, the latest first.
    pub async fn all(&self, limit: u32) -> Result<Listing> {
        let select = "SELECT id, address, old_key, form, state FROM rotations ORDER BY id DESC LIMIT ?";
        let rows = sqlx::query(select).bind(limit).fetch_all(&self.pool).await;
        Ok(self.listing(&rows.map_err(|error| self.failed(error))?))
    }

    /// Holds a rotation open, so that no other process goes on with it meanwhile.
    ///
    /// # Errors
    /// When another holds it, with which one.
    pub fn hold(&self, id: &RotationId, now: Time) -> std::result::Result<Hold, HoldError> {
        hold::hold(&self.dir, id, now)
    }

    /// Closes the file.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    fn failed(&self, error: sqlx::Error) -> JournalError {
        JournalError::of(&self.path, error)
    }

    async fn write(&self) -> Result<Write> {
        let failed = |error| self.failed(error);
        let connection = self.pool.acquire().await.map_err(failed)?;
        let mut write = Write { connection, committed: false };
        // with the lock that a write needs: one that is only asked for later is refused without a wait
        write.on().execute("BEGIN IMMEDIATE").await.map_err(failed)?;
        Ok(write)
    }

    async fn commit(&self, mut write: Write) -> Result<()> {
        write.on().execute("COMMIT").await.map_err(|error| self.failed(error))?;
        write.committed = true;
        Ok(())
    }

    async fn update(&self, on: &mut SqliteConnection, rotation: &Rotation) -> Result<()> {
        let update = "UPDATE rotations SET is_over = ?, form = ?, state = ? WHERE id = ?";
        let done = sqlx::query(update)
            .bind(rotation.course.is_over())
            .bind(stored::FORM)
            .bind(self.json(&Stored::of(rotation))?)
            .bind(&rotation.id.0)
            .execute(on)
            .await
            .map_err(|error| self.failed(error))?;
        if done.rows_affected() == 0 {
            return Err(JournalError::NoSuch { wanted: rotation.id.0.clone() });
        }
        Ok(())
    }

    fn listing(&self, rows: &[SqliteRow]) -> Listing {
        let mut listing = Listing::default();
        for row in rows {
            match self.read(row) {
                Ok(rotation) => listing.rotations.push(rotation),
                Err(unreadable) => listing.unreadable.push(unreadable),
            }
        }
        listing
    }

    fn read(&self, row: &SqliteRow) -> std::result::Result<Rotation, Unreadable> {
        let id = id_of(row);
        let text = |column: &str| row.try_get::<String, _>(column);
        let because = |why: Damage| Unreadable {
            id: id.clone(),
            old_key: text("old_key").unwrap_or_default(),
            address: text("address").unwrap_or_default(),
            escrow: self.dir.join(escrow::FOLDER),
            why,
        };
        let damaged = |_| because(Damage::Damaged("its row is damaged".to_owned()));
        let form: i64 = row.try_get("form").map_err(damaged)?;
        if form > stored::FORM {
            return Err(because(Damage::Newer { found: form, known: stored::FORM }));
        }
        stored::read(&id, form, &text("state").map_err(damaged)?).map_err(|why| because(Damage::Damaged(why)))
    }

    fn json(&self, stored: &Stored) -> Result<String> {
        serde_json::to_string(stored).map_err(|error| self.encoded(error))
    }

    fn encoded(&self, error: serde_json::Error) -> JournalError {
        self.failed(sqlx::Error::Encode(error.into()))
    }
}

/// A transaction. Dropped without a commit, it takes its connection with it: of some failures SQLite has taken everything
/// back already, and the pool would go on with a connection of which it believes otherwise.
struct Write {
    connection: PoolConnection<Sqlite>,
    committed: bool,
}

impl Write {
    fn on(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

impl Drop for Write {
    fn drop(&mut self) {
        if !self.committed {
            self.connection.close_on_drop();
        }
    }
}

/// A key that no other request has.
fn new_key() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(JournalError::Random)?;
    Ok(Ulid(u128::from_be_bytes(bytes)).to_string())
}

fn id_of(row: &SqliteRow) -> RotationId {
    RotationId(row.try_get("id").unwrap_or_default())
}

fn attempt_row(id: &RotationId, row: &SqliteRow) -> Option<AttemptRow> {
    let text = |column: &str| row.try_get::<Option<String>, _>(column).ok();
    let time = |column: &str| text(column)?.and_then(|text| When::from_wire(&text).time());
    let effect = stored::effect(&text("effect")??)?;
    let idempotency_key = text("idempotency_key")??;
    let attempt = Attempt { rotation: id.clone(), number: row.try_get("number").ok()?, effect, idempotency_key };
    let ended = match text("ended")? {
        Some(word) => {
            let ended = Ended::ALL.into_iter().find(|ended| ended.word() == word)?;
            Some((ended, time("ended_at")?, text("summary")?.unwrap_or_default()))
        }
        None => None,
    };
    Some(AttemptRow { attempt, begun: time("begun_at")?, ended })
}

/// What is left of `rotation` after it stood on disk.
#[cfg(test)]
pub(crate) fn through_disk(rotation: &Rotation) -> Rotation {
    let state = serde_json::to_string(&Stored::of(rotation)).unwrap_or_default();
    stored::read(&rotation.id, stored::FORM, &state).unwrap_or_else(|why| panic!("{why}: {rotation:?}"))
}

#[cfg(test)]
mod tests;
