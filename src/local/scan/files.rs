//! The files below a folder, by all processors at once.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::{DirEntry, WalkBuilder, WalkState};

use super::Scan;
use super::read::{Reader, reason};
use crate::domain::scan::FileName;
use crate::system::file::{is_made_up, open_regular};

/// Names of folders that may hold what is no file.
const MADE_UP: [&str; 3] = ["proc", "sys", "dev"];

/// Looks through `paths` and what is below them.
pub fn look(scan: &Scan, paths: &[impl AsRef<Path>], ignored_too: bool) {
    let mut folders: Vec<&Path> = Vec::new();
    let mut reader = Reader::default();
    for path in paths.iter().map(AsRef::as_ref) {
        match std::fs::metadata(path) {
            Ok(facts) if facts.is_dir() => folders.push(path),
            // links that are named themselves are followed
            Ok(_) => file(scan, &mut reader, path, true),
            Err(error) => scan.unread(name_of(path), reason(&error)),
        }
        if scan.is_stopped() {
            return;
        }
    }
    let Some((first, others)) = folders.split_first() else { return };
    let mut walk = WalkBuilder::new(first);
    for other in others {
        walk.add(other);
    }
    // a hidden file is where a key stands
    walk.hidden(false).follow_links(false).filter_entry(belongs);
    if ignored_too {
        walk.ignore(false).git_ignore(false).git_global(false).git_exclude(false).parents(false);
    }
    walk.threads(std::thread::available_parallelism().map_or(1, usize::from)).build_parallel().run(|| {
        let mut reader = Reader::default();
        Box::new(move |entry| {
            match entry {
                Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_file()) => {
                    file(scan, &mut reader, entry.path(), false);
                }
                Ok(_) => {}
                Err(error) => unread(scan, &error),
            }
            if scan.is_stopped() { WalkState::Quit } else { WalkState::Continue }
        })
    });
}

fn file(scan: &Scan, reader: &mut Reader, path: &Path, follow: bool) {
    match open_regular(path, follow) {
        Ok(mut file) => reader.file(scan, &Arc::new(name_of(path)), &mut file, None),
        Err(error) => scan.unread(name_of(path), reason(&error)),
    }
}

/// Whether what is met below a folder belongs to its files: not git's own, which hold no text, and not what the system
/// makes up.
fn belongs(entry: &DirEntry) -> bool {
    if entry.depth() == 0 || !entry.file_type().is_some_and(|kind| kind.is_dir()) {
        return true;
    }
    let name = entry.file_name();
    name != ".git" && !(MADE_UP.iter().any(|made_up| name == *made_up) && is_made_up(entry.path()))
}

/// Notes what the walk could not read.
fn unread(scan: &Scan, error: &ignore::Error) {
    let (mut path, mut inner) = (None, error);
    loop {
        inner = match inner {
            ignore::Error::WithPath { path: at, err } => {
                path = Some(at.clone());
                err
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => err,
            _ => break,
        };
    }
    let why = inner.io_error().map_or_else(|| inner.to_string(), reason);
    scan.unread(name_of(&path.unwrap_or_else(|| PathBuf::from("?"))), why);
}

fn name_of(path: &Path) -> FileName {
    let bytes = path.as_os_str().as_bytes();
    FileName::new(bytes.strip_prefix(b"./").filter(|rest| !rest.is_empty()).unwrap_or(bytes))
}
