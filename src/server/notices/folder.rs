//! Messages as files: one `.eml` for each in a folder, for trying it out without a mail server.

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::letter::Letter;
use super::mail::mail;

/// Whom such mails come from.
const FROM: &str = "keydeck@keydeck.invalid";

/// Writes a message into `folder`, where one of the same name is the same message.
///
/// # Errors
/// What the system says.
pub fn write(folder: &Path, letter: &Letter) -> Result<(), String> {
    let mail = mail(letter, FROM)?;
    let failed = |error: std::io::Error| format!("{}: {}", folder.display(), error.kind());
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    let path: PathBuf = folder.join(format!("{}.eml", letter.name));
    // under another name first: who watches the folder never sees half of one
    let beside = path.with_extension("part");
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)
        .map_err(failed)?;
    file.write_all(&mail.formatted()).and_then(|()| file.sync_all()).map_err(failed)?;
    std::fs::rename(&beside, &path).map_err(failed)
}
