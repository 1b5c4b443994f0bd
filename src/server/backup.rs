//! Copying the database into a file, also while it is served.

use std::fs::File;
use std::io;
use std::path::Path;

use super::error::ServerError;
use super::moving;
use super::store::Store;
use super::store::audit::{self, Head};
use super::store::engine::Sqlite;

/// Writes a copy of the database to `target`, which must not exist, readable by its owner only; answers the head of the
/// copy's audit log. The copy is one moment of the database, whatever is written meanwhile, and a file whatever the database is.
pub async fn backup(database: &str, target: &Path) -> Result<Head, ServerError> {
    let failed = |source| ServerError::Backup { path: target.to_owned(), source };
    let target = std::path::absolute(target).map_err(failed)?;
    if target.symlink_metadata().is_ok() {
        return Err(failed(io::ErrorKind::AlreadyExists.into()));
    }
    let folder = target.parent().unwrap_or(Path::new("/"));
    // beside it and under another name: what stands at `target` is never half a copy
    let copy = tempfile::Builder::new().prefix(".keydeck-backup-").tempfile_in(folder).map_err(failed)?;
    let store = Store::open(database).await?;
    let written = match store.file() {
        Some(file) => file.copy_to(copy.path()).await.map_err(ServerError::from),
        None => moving::into_file(&store, copy.path()).await,
    };
    store.close().await;
    written?;
    let head = head_of(copy.path()).await?;
    copy.as_file().sync_all().map_err(failed)?;
    copy.persist_noclobber(&target).map_err(|error| failed(error.error))?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    Ok(head)
}

async fn head_of(copy: &Path) -> Result<Head, ServerError> {
    let copy = Sqlite::of(copy);
    let head = audit::head(&copy).await;
    copy.close().await;
    Ok(head?)
}
