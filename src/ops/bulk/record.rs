//! The record of a change on this machine's disk: its keys before the first is sent, which were sent, and what became of
//! each.

use std::collections::HashMap;

use crate::domain::bulk::{Outcome, Progress};
use crate::domain::changes::{About, ChangeId, Item};
use crate::domain::failure::{Ending, Failure};
use crate::domain::ids::KeyId;
use crate::domain::key::Key;
use crate::domain::key_value::KeyKind;
use crate::domain::time::Time;
use crate::domain::untrusted::Untrusted;
use crate::local::journal::{Journal, JournalError, Lock, LockError, NewChange};

/// A change as it is noted while it is carried out. Until it is dropped or the process ends no other goes on with it.
#[derive(Debug)]
pub struct Record {
    journal: Journal,
    id: ChangeId,
    _lock: Lock,
    /// Under which number each target stands on disk.
    numbers: Vec<usize>,
    /// Whether something could not be noted, which is told once.
    broken: bool,
}

/// Why a change cannot be taken up.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Another process is at it.
    #[error(transparent)]
    Locked(#[from] LockError),
}

impl RecordError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Journal(error) => error.hint(),
            Self::Locked(error) => error.hint().to_owned(),
        }
    }
}

impl Failure for RecordError {
    fn hint(&self) -> String {
        self.hint()
    }

    fn ending(&self) -> Ending {
        match self {
            Self::Journal(error) => error.ending(),
            Self::Locked(_) => Ending::Partly,
        }
    }
}

impl Record {
    /// Notes a change that is about to begin.
    ///
    /// # Errors
    /// When that could not be written.
    pub async fn begin(journal: &Journal, about: &About, keys: &[Key], now: Time) -> Result<Self, RecordError> {
        let items = keys.iter().map(Item::from).collect();
        let (id, lock) = journal.begin_change(NewChange { about, items, now }).await?;
        Ok(Self { journal: journal.clone(), id, _lock: lock, numbers: (0..keys.len()).collect(), broken: false })
    }

    /// Takes a change up again, for these of its keys.
    ///
    /// # Errors
    /// When another process is at it, or it cannot be read.
    pub async fn resume(journal: &Journal, id: &ChangeId, keys: &[Key], now: Time) -> Result<Self, RecordError> {
        let lock = journal.lock_change(id, now)?;
        let change = journal.change(id).await?;
        let numbers: HashMap<(bool, &KeyId), usize> =
            change.items.iter().enumerate().map(|(at, item)| ((item.kind == KeyKind::ApiKey, &item.id), at)).collect();
        let number = |key: &Key| numbers.get(&(key.kind == KeyKind::ApiKey, &key.id)).copied();
        // one that is not of it has no number there
        let numbers = keys.iter().map(|key| number(key).unwrap_or(usize::MAX)).collect();
        Ok(Self { journal: journal.clone(), id: id.clone(), _lock: lock, numbers, broken: false })
    }

    pub fn id(&self) -> &ChangeId {
        &self.id
    }

    /// Notes how far these keys are; what to tell when it could not be, the first time. What could not be noted is
    /// looked at when the change is taken up, since its keys stand on disk all the same.
    pub(super) async fn note(&mut self, noted: Vec<(usize, Outcome)>) -> Option<Progress> {
        let noted = noted.into_iter().map(|(at, outcome)| (self.numbers[at], outcome)).collect();
        let written = self.journal.note_change(&self.id, noted).await;
        self.told(written.err())
    }

    /// Notes that nobody is at it any more.
    pub(super) async fn end(&mut self) -> Option<Progress> {
        let written = self.journal.end_change(&self.id).await;
        self.told(written.err())
    }

    fn told(&mut self, error: Option<JournalError>) -> Option<Progress> {
        let error = error.filter(|_| !self.broken)?;
        self.broken = true;
        Some(not_recorded(&error))
    }
}

/// What is told of a change that cannot be noted.
pub fn not_recorded(error: &JournalError) -> Progress {
    Progress::NotRecorded(Untrusted::from(error.to_string()))
}
