//! Steps from an empty database to the present schema, whatever the engine.

use sha2::{Digest, Sha384};

use super::error::Error;

/// A step. One that was ever released is never edited.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Its number; each is higher than the one before.
    pub version: i64,
    /// What it does, in a few words.
    pub description: &'static str,
    /// In it `folded(text)` is the text as texts are compared, which an engine does not know by itself.
    pub sql: &'static str,
    /// The newest step that a keydeck has to know to work with this one: while servers are brought up to date one after another, those
    /// that are not yet work on. A database in a file has one server, of which that is not asked.
    pub works_with: i64,
}

impl Step {
    /// One that a keydeck has to know to work with.
    pub const fn new(version: i64, description: &'static str, sql: &'static str) -> Self {
        Self { version, description, sql, works_with: version }
    }

    /// What tells its text from any other.
    pub fn checksum(&self) -> Vec<u8> {
        Sha384::digest(self.sql).to_vec()
    }
}

/// Why a schema cannot be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// A newer keydeck applied it.
    #[error("its step {0} is not known here")]
    Unknown(i64),
    /// A step was applied in another form.
    #[error("its step {0} was applied in another form")]
    Altered(i64),
    /// A step was begun and never finished.
    #[error("its step {0} was begun and not finished")]
    Unfinished(i64),
    /// The database failed; nothing was changed.
    #[error(transparent)]
    Database(#[from] Error),
}

/// How far a database has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// It is empty.
    None,
    /// No step was ever applied, and something else is there: it is another program's.
    Foreign,
    /// An older keydeck applied some of the steps.
    Older,
    Present,
}

/// A step that was applied, as its record says.
pub(super) struct Applied {
    pub version: i64,
    pub finished: bool,
    pub checksum: Vec<u8>,
}

/// Those of `steps` that were not applied yet; what was applied has to be among them, in the same form.
pub(super) fn missing(applied: Vec<Applied>, steps: &[Step]) -> Result<Vec<&Step>, MigrationError> {
    let mut missing: Vec<&Step> = steps.iter().collect();
    for Applied { version, finished, checksum } in applied {
        let at = missing.iter().position(|step| step.version == version);
        let known = missing.remove(at.ok_or(MigrationError::Unknown(version))?);
        if !finished {
            return Err(MigrationError::Unfinished(version));
        }
        if known.checksum() != checksum {
            return Err(MigrationError::Altered(version));
        }
    }
    Ok(missing)
}

/// The steps of each engine.
#[derive(Clone, Copy, Debug)]
pub struct Steps {
    pub sqlite: &'static [Step],
    pub postgres: &'static [Step],
}
