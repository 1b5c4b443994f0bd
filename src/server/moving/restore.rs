//! Putting a backup back, once it is proven to be the one that was made.

use std::path::Path;

use super::{MoveError, Progress, transfer};
use crate::server::error::ServerError;
use crate::server::store::audit::{self, Chain, Head};
use crate::server::store::engine::{Error, Transaction};
use crate::server::store::team::Team;
use crate::server::store::{Location, Store, outbox};

/// What shows that a backup is the one that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The head that its log has to end with.
    Head(Head),
    /// Nothing, and it is used all the same.
    Nothing,
    /// Nobody said.
    Unsaid,
}

/// What was put back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The head of its audit log.
    pub head: Head,
    /// How many notices waited in it, and are not sent: they may have been since.
    pub unsent: u64,
}

/// What is noted of a notice that a backup says is still to be sent.
const UNSENT: &str = "restored from a backup: it may have been sent already";

/// Copies the backup in `file` to `to`, which has no team yet, once its audit log is followed to the head that proves it. The
/// file itself is left as it is.
pub async fn restore(
    file: &Path,
    to: &str,
    proof: &Proof,
    mut told: impl FnMut(Progress),
) -> Result<Restored, ServerError> {
    let (backup, _copy) = opened(file).await?;
    let restored = async {
        let mut from = backup.snapshot().await?;
        prove(file, &mut from, proof).await?;
        let target = Store::create_to_move(to).await?;
        let restored = put(&mut from, &target, to, &mut told).await;
        target.close().await;
        restored
    }
    .await;
    backup.close().await;
    restored
}

/// Opens the backup. One of an older keydeck is brought up to date in a copy, which goes with what is answered beside it.
async fn opened(file: &Path) -> Result<(Store, Option<tempfile::TempDir>), ServerError> {
    let name = |path: &Path| {
        let name = path.to_str().ok_or_else(|| Error::Value("the backup's path is not UTF-8".to_owned()))?;
        Ok::<_, ServerError>(format!("sqlite:{name}"))
    };
    match Store::open_as_it_is(&name(file)?).await {
        Ok(backup) => Ok((backup, None)),
        Err(ServerError::Older { .. }) => {
            let failed = |source| ServerError::File { path: file.to_owned(), source };
            let folder = tempfile::tempdir().map_err(failed)?;
            let copy = folder.path().join("keydeck.db");
            // a log beside it is part of it
            for suffix in ["", "-wal"] {
                let beside = |path: &Path| {
                    let mut name = path.as_os_str().to_owned();
                    name.push(suffix);
                    std::path::PathBuf::from(name)
                };
                if suffix.is_empty() || beside(file).exists() {
                    let mut from = std::fs::File::open(beside(file)).map_err(failed)?;
                    let mut to = std::fs::File::create(beside(&copy)).map_err(failed)?;
                    std::io::copy(&mut from, &mut to).map_err(failed)?;
                }
            }
            Ok((Store::open_to_move(&name(&copy)?).await?, Some(folder)))
        }
        Err(refused) => Err(refused),
    }
}

/// Follows the log, and holds it to the head that was kept.
async fn prove(file: &Path, from: &mut Transaction, proof: &Proof) -> Result<(), ServerError> {
    let path = file.to_owned();
    let found = match audit::follow(from, None).await? {
        Chain::Whole { seq, hash } => Head { seq, hash },
        Chain::Broken { seq, .. } => return Err(MoveError::Broken { path, seq }.into()),
    };
    match proof {
        Proof::Head(kept) if *kept == found => Ok(()),
        Proof::Head(_) => Err(MoveError::OtherHead { path, found }.into()),
        Proof::Nothing => Ok(()),
        Proof::Unsaid => Err(MoveError::Unproven { path, found }.into()),
    }
}

async fn put(
    from: &mut Transaction,
    target: &Store,
    to: &str,
    told: &mut impl FnMut(Progress),
) -> Result<Restored, ServerError> {
    let mut written = target.hold().await?;
    if Team::load(&mut written).await?.is_some() {
        return Err(ServerError::AlreadyInitialised { database: Location::parse(to)?.to_string() });
    }
    let head = transfer(from, &mut written, told).await?;
    let unsent = outbox::give_up(&mut written, UNSENT).await?;
    written.commit().await?;
    Ok(Restored { head, unsent })
}
