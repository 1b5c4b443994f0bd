//! keydeck's own files: who else may read or write them, and whether keydeck can.

use std::fs::{self, Metadata};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::Check;
use crate::config::{Config, Paths};
use crate::local::kept_keys::KeptKeys;
use crate::system::file::is_trusted_owner;

/// Files that nobody else may read, below the state directory.
const PRIVATE: [&str; 4] = ["escrow", "rotations.db", "incidents", "unlocks.jsonl"];

/// The configuration, the state directory, and the keys that are kept.
pub(super) fn look(paths: &Paths, config: Option<&Path>) -> Vec<Check> {
    vec![configuration(paths, config), state(paths.state()), credentials(paths)]
}

fn configuration(paths: &Paths, flag: Option<&Path>) -> Check {
    const NAME: &str = "config.toml";
    let usual = paths.config_file();
    match Config::load(flag, &usual) {
        Err(error) => Check::wrong(NAME, error.to_string(), error.hint()),
        Ok(config) if !config.path.exists() => {
            Check::fine(NAME, format!("{} is not there: nothing is configured", config.path.display()))
        }
        Ok(config) => {
            let many = config.profiles.len();
            let profiles = if many == 1 { "1 profile".to_owned() } else { format!("{many} profiles") };
            Check::fine(NAME, format!("{}, {profiles}", config.path.display()))
        }
    }
}

fn state(folder: &Path) -> Check {
    const NAME: &str = "state";
    let facts = match fs::metadata(folder) {
        Ok(facts) => facts,
        Err(error) => {
            let says = format!("{}: {}", folder.display(), error.kind());
            return Check::wrong(NAME, says, "make it yours: nothing is logged, remembered or taken up without it");
        }
    };
    if tempfile::tempfile_in(folder).is_err() {
        return Check::wrong(NAME, format!("{} cannot be written", folder.display()), chown(folder));
    }
    let exposed: Vec<PathBuf> = PRIVATE.iter().map(|name| folder.join(name)).filter(|path| is_exposed(path)).collect();
    match exposed.first() {
        Some(path) => Check::wrong(NAME, format!("others can read {}", path.display()), chmod(path)),
        None if !is_trusted_owner(&facts) => {
            Check::wrong(NAME, format!("{} belongs to another user", folder.display()), chown(folder))
        }
        None => Check::fine(NAME, folder.display().to_string()),
    }
}

fn credentials(paths: &Paths) -> Check {
    const NAME: &str = "kept keys";
    let keys = KeptKeys::of(paths.state());
    let folder = keys.folder();
    let entries = fs::read_dir(folder).map(|entries| entries.flatten().map(|entry| entry.path()).collect());
    let files: Vec<PathBuf> = entries.unwrap_or_default();
    if let Some(path) = files.iter().chain([&folder.to_owned()]).find(|path| is_exposed(path)) {
        return Check::wrong(NAME, format!("others can read {}", path.display()), chmod(path));
    }
    match keys.all() {
        Ok(kept) if kept.is_empty() => Check::fine(NAME, "none"),
        Ok(kept) => {
            let words = kept.iter().map(|kept| format!("{} {}", kept.profile, crate::cli::profile::place(kept.place)));
            Check::fine(NAME, words.collect::<Vec<_>>().join(", "))
        }
        Err(error) => Check::wrong(NAME, error.to_string(), "see that the state directory can be read"),
    }
}

fn is_exposed(path: &Path) -> bool {
    let others = |facts: &Metadata| facts.permissions().mode() & 0o077 != 0 || facts.uid() != own();
    fs::symlink_metadata(path).is_ok_and(|facts| others(&facts))
}

fn own() -> u32 {
    rustix::process::geteuid().as_raw()
}

fn chmod(path: &Path) -> String {
    let mode = if path.is_dir() { "700" } else { "600" };
    format!("run: chmod {mode} '{}'; what stood in it may have been read", path.display())
}

fn chown(path: &Path) -> String {
    format!("run: chown \"$USER\" '{0}' && chmod 700 '{0}'", path.display())
}
