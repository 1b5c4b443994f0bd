//! The filters that a person saved under a name: one small file of the state directory, for all profiles. A file that is
//! broken costs what it held and is never written over unasked; one of a newer keydeck is left alone.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::domain::views::{Origin, View, same};
use crate::system::file::{Replacement, read_small};

/// The form of the file that this version writes, and the latest that it reads.
const VERSION: u32 = 1;
/// The most bytes that are read.
const MAX_BYTES: u64 = 256 * 1024;

/// Where saved views are kept.
#[derive(Clone, Debug)]
pub struct ViewsFile(PathBuf);

/// Why saved views cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ViewsError {
    #[error("{} cannot be used: {}", .0.display(), .1)]
    Io(PathBuf, io::Error),
    #[error("{} is not what keydeck wrote there (line {})", .0.display(), .1)]
    Broken(PathBuf, usize),
    #[error("{} is from a newer keydeck", .0.display())]
    Newer(PathBuf),
}

impl ViewsError {
    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Io(..) => "see that the state directory can be read and written",
            Self::Broken(..) => "move it away; it holds the filters that were saved, as text",
            Self::Newer(_) => "use that keydeck, or write the filter into [views] of config.toml",
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Form {
    version: u32,
    #[serde(default)]
    views: Vec<ViewForm>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ViewForm {
    name: String,
    filter: String,
}

/// The one thing that is known of every version's file.
#[derive(Deserialize)]
struct AnyVersion {
    version: u32,
}

impl ViewsFile {
    /// The file in the state directory.
    pub fn of(state: &Path) -> Self {
        Self(state.join("views.json"))
    }

    /// The saved views, in the order in which they were saved; none where there is no file.
    ///
    /// # Errors
    /// When there is one that cannot be read or understood.
    pub fn read(&self) -> Result<Vec<View>, ViewsError> {
        let text = match read_small(&self.0, MAX_BYTES) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(ViewsError::Io(self.0.clone(), error)),
        };
        // without its words, which may quote what stands there
        let broken = |error: serde_json::Error| ViewsError::Broken(self.0.clone(), error.line());
        let AnyVersion { version } = serde_json::from_slice(&text).map_err(broken)?;
        if version > VERSION {
            return Err(ViewsError::Newer(self.0.clone()));
        }
        let form: Form = serde_json::from_slice(&text).map_err(broken)?;
        Ok(form.views.into_iter().map(|view| View::new(view.name, view.filter, Origin::Saved)).collect())
    }

    /// Saves a view, in place of one of its name, and gives all that are saved then.
    ///
    /// # Errors
    /// When what is there cannot be read, or the file not be written; it is as it was then.
    pub fn save(&self, view: &View) -> Result<Vec<View>, ViewsError> {
        self.change(|views| match views.iter_mut().find(|other| same(&other.name, &view.name)) {
            Some(other) => *other = view.clone(),
            None => views.push(view.clone()),
        })
    }

    /// Takes a view away, and gives all that are saved then.
    ///
    /// # Errors
    /// As [`save`](Self::save).
    pub fn remove(&self, name: &str) -> Result<Vec<View>, ViewsError> {
        self.change(|views| views.retain(|view| !same(&view.name, name)))
    }

    /// What another console saved meanwhile stays.
    fn change(&self, change: impl FnOnce(&mut Vec<View>)) -> Result<Vec<View>, ViewsError> {
        let mut views = self.read()?;
        change(&mut views);
        let form = |view: &View| ViewForm { name: view.name.clone(), filter: view.filter.clone() };
        let form = Form { version: VERSION, views: views.iter().map(form).collect() };
        let write = || {
            let folder = self.0.parent().unwrap_or(Path::new("."));
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            let mut text = serde_json::to_vec_pretty(&form)?;
            text.push(b'\n');
            Replacement::write(&self.0, ".views-", &text)?.put()
        };
        write().map_err(|error| ViewsError::Io(self.0.clone(), error))?;
        Ok(views)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn view(name: &str, filter: &str) -> View {
        View::new(name, filter, Origin::Saved)
    }

    #[test]
    fn what_was_saved_is_there_in_a_private_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = ViewsFile::of(&folder.path().join("state"));
        assert_eq!(file.read().unwrap(), []);
        file.save(&view("mine", "owner:me")).unwrap();
        file.save(&view("old", "age:>1y")).unwrap();
        assert_eq!(file.save(&view("Mine", "owner:me revoked")).unwrap()[0], view("Mine", "owner:me revoked"));
        assert_eq!(file.read().unwrap(), [view("Mine", "owner:me revoked"), view("old", "age:>1y")]);
        assert_eq!(std::fs::metadata(&file.0).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(file.remove("MINE").unwrap(), [view("old", "age:>1y")]);
    }

    /// Every form in which the file was ever written.
    const FORMS: &[&str] = &["{\"version\":1,\"views\":[{\"name\":\"leavers\",\"filter\":\"owner:gone -revoked\"}]}"];

    #[test]
    fn every_form_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = ViewsFile::of(folder.path());
        for form in FORMS {
            std::fs::write(&file.0, form).unwrap();
            assert_eq!(file.read().unwrap(), [view("leavers", "owner:gone -revoked")]);
        }
    }

    #[test]
    fn what_is_not_understood_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let file = ViewsFile::of(folder.path());
        for (text, newer) in
            [("{", false), ("[]", false), ("{\"version\":2,\"views\":3}", true), ("{\"version\":1,\"views\":3}", false)]
        {
            std::fs::write(&file.0, text).unwrap();
            let error = file.save(&view("x", "a")).unwrap_err();
            assert_eq!(matches!(error, ViewsError::Newer(_)), newer, "{error}");
            assert!(!error.hint().is_empty());
            assert_eq!(std::fs::read_to_string(&file.0).unwrap(), text);
        }
    }
}
