//! `config.toml` on disk: read, changed and replaced whole.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::config::error::{ConfigError, shown_path};
use crate::config::reading;
use crate::system::file::Replacement;

/// What a temporary file's name begins with.
const TEMPORARY: &str = ".config-";
/// A new file is its owner's alone.
const MODE: u32 = 0o600;

/// The configuration file, to be changed.
#[derive(Debug)]
pub struct ConfigFile {
    path: PathBuf,
}

impl ConfigFile {
    /// The file that a flag names, or else the usual one. Neither need exist.
    pub fn of(flag: Option<&Path>, usual: &Path) -> Self {
        Self { path: flag.unwrap_or(usual).to_owned() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is one.
    pub fn exists(&self) -> bool {
        self.path.exists()
    }

    /// Changes the file's text, and gives the new one. Whoever reads meanwhile finds the one or the other; a link stays
    /// one, and a file keeps its mode.
    ///
    /// # Errors
    /// When it cannot be read, others may have written it, the change is refused, it was changed meanwhile, or it cannot be
    /// written; it is as it was then.
    pub fn change(
        &self,
        change: impl FnOnce(&str, &Path) -> Result<String, ConfigError>,
    ) -> Result<String, ConfigError> {
        let before = self.read()?;
        let after = change(before.as_deref().unwrap_or_default(), &self.path)?;
        let failed = |error: &io::Error| {
            ConfigError::new(
                format!("cannot write {}: {}", shown_path(&self.path), reading::reason(error)),
                "see that its folder can be written; the file is as it was",
            )
        };
        // the file that a link leads to is replaced, and not the link
        let target = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let mode = fs::metadata(&target).map_or(MODE, |facts| facts.permissions().mode() & 0o777);
        let prepare = || {
            if let Some(folder) = target.parent() {
                DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            }
            Replacement::write_with(&target, TEMPORARY, after.as_bytes(), Permissions::from_mode(mode))
        };
        let replacement = prepare().map_err(|error| failed(&error))?;
        if self.read()? != before {
            return Err(ConfigError::new(
                format!("{} was changed meanwhile: nothing was written", shown_path(&self.path)),
                "run it again",
            ));
        }
        replacement.put().map_err(|error| failed(&error))?;
        Ok(after)
    }

    fn read(&self) -> Result<Option<String>, ConfigError> {
        reading::read(None, &self.path, "which says what is run and where keys are sent")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_new_file_is_private_and_an_old_one_keeps_its_mode_and_its_link() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keydeck/config.toml");
        let file = ConfigFile::of(None, &path);
        assert!(!file.exists());
        file.change(|text, _| Ok(format!("{text}theme = 'mono'\n"))).unwrap();
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        let link = dir.path().join("link.toml");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        ConfigFile::of(Some(&link), &path).change(|text, _| Ok(format!("{text}mouse = true\n"))).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(mode(&path), 0o640);
        assert_eq!(fs::read_to_string(&path).unwrap(), "theme = 'mono'\nmouse = true\n");
    }

    #[test]
    fn what_is_refused_or_was_changed_meanwhile_leaves_the_file_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        fs::write(&path, "theme = 'mono'\n").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let file = ConfigFile::of(None, &path);
        assert!(file.change(|_, _| Err(ConfigError::new("no", "no"))).is_err());
        let error = file.change(|text, _| {
            fs::write(&path, "mouse = true\n").unwrap();
            Ok(text.to_owned())
        });
        assert!(error.unwrap_err().to_string().contains("changed meanwhile"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "mouse = true\n");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
    }
}
