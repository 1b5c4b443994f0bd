//! What is remembered of a profile, in a small private file of the state directory. A file that is broken, hostile or not
//! there costs what it held and nothing else; one of a newer keydeck is left alone.

use std::collections::BTreeMap;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::remembered::{ListHabits, Remembered};
use super::tab::Tab;
use crate::domain::row::RowState;
use crate::domain::sort::{Column, Directed, Sort};
use crate::domain::table::States;
use crate::local::profile_name::in_file_name;
use crate::system::file::{Replacement, read_small};

/// The form of the file that this version writes, and the only one it reads.
const VERSION: u32 = 1;
/// The most bytes that are read: a hundred times what is ever written.
const MAX_BYTES: u64 = 64 * 1024;
/// The states that can be hidden.
const STATES: [(&str, RowState); 3] =
    [("enabled", RowState::Enabled), ("disabled", RowState::Disabled), ("revoked", RowState::Revoked)];

/// Where a profile's habits are kept.
#[derive(Clone, Debug)]
pub struct MemoryFile(PathBuf);

#[derive(Debug, Serialize, Deserialize)]
struct Form {
    version: u32,
    #[serde(default)]
    tab: String,
    #[serde(default)]
    theme: Option<String>,
    #[serde(default)]
    lists: BTreeMap<String, ListForm>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct ListForm {
    sort: String,
    descending: bool,
    /// The second column; empty for none.
    then: String,
    then_descending: bool,
    hidden: Vec<String>,
    columns: Vec<String>,
}

/// The one thing that is known of every version's file.
#[derive(Deserialize)]
struct AnyVersion {
    version: u32,
}

impl MemoryFile {
    /// The file of a profile in the state directory.
    pub fn of(state: &Path, profile: &str) -> Self {
        let name = in_file_name(profile);
        Self(state.join(format!("profile-{name}.json")))
    }

    /// What is remembered; none when nothing is, or nothing that can be understood. Gives the file back where it may be
    /// written.
    pub fn open(self) -> (Option<Self>, Option<Remembered>) {
        let text = match read_small(&self.0, MAX_BYTES) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return (Some(self), None),
            Err(error) => {
                tracing::warn!("what is remembered of this profile cannot be read: {error}");
                return (Some(self), None);
            }
        };
        match serde_json::from_slice::<AnyVersion>(&text) {
            Ok(AnyVersion { version }) if version > VERSION => {
                tracing::warn!(version, "what is remembered of this profile is from a newer keydeck: it is left alone");
                return (None, None);
            }
            _ => {}
        }
        match serde_json::from_slice::<Form>(&text) {
            Ok(form) => (Some(self), Some(form.understood())),
            Err(error) => {
                // without its words, which may quote what stands there
                let (line, column) = (error.line(), error.column());
                tracing::warn!(line, column, "what is remembered of this profile is not understood");
                (Some(self), None)
            }
        }
    }

    /// Replaces the file as a whole: whoever reads it meanwhile, or is left by a crash, finds one or the other.
    ///
    /// # Errors
    /// When the directory cannot be made or written.
    pub fn keep(&self, remembered: &Remembered) -> io::Result<()> {
        let folder = self.0.parent().unwrap_or(Path::new("."));
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let mut text = serde_json::to_vec_pretty(&Form::of(remembered))?;
        text.push(b'\n');
        Replacement::write(&self.0, ".profile-", &text)?.put()
    }
}

impl Form {
    fn of(remembered: &Remembered) -> Self {
        let list = |habits: &ListHabits| ListForm {
            sort: habits.sort.column.title().to_owned(),
            descending: habits.sort.descending,
            then: habits.sort.then.map(|then| then.column.title().to_owned()).unwrap_or_default(),
            then_descending: habits.sort.then.is_some_and(|then| then.descending),
            hidden: STATES
                .iter()
                .filter(|(_, state)| !habits.states.shows(*state))
                .map(|(name, _)| (*name).to_owned())
                .collect(),
            columns: habits.columns.iter().map(|column| column.title().to_owned()).collect(),
        };
        Self {
            version: VERSION,
            tab: tab_name(remembered.tab).to_owned(),
            theme: remembered.theme.clone(),
            lists: remembered.lists.iter().map(|(tab, habits)| (tab_name(*tab).to_owned(), list(habits))).collect(),
        }
    }

    /// What this version knows of it; a name that it does not know is passed over.
    fn understood(self) -> Remembered {
        let tab = |name: &str| Tab::ALL.into_iter().find(|tab| tab_name(*tab) == name);
        let lists = self.lists.iter().filter_map(|(name, form)| Some((tab(name)?, form.understood()?)));
        Remembered { tab: tab(&self.tab).unwrap_or(Tab::Mine), theme: self.theme, lists: lists.collect() }
    }
}

impl ListForm {
    fn understood(&self) -> Option<ListHabits> {
        let shows = |state: &str| !self.hidden.iter().any(|hidden| hidden == state);
        let states = States { enabled: shows("enabled"), disabled: shows("disabled"), revoked: shows("revoked") };
        let columns = self.columns.iter().filter_map(|name| column(name)).collect();
        let then = column(&self.then).map(|column| Directed { column, descending: self.then_descending });
        Some(ListHabits { sort: Sort::of(column(&self.sort)?, self.descending).then(then), states, columns })
    }
}

fn column(title: &str) -> Option<Column> {
    Column::for_keys().iter().chain(Column::for_findings()).copied().find(|column| column.title() == title)
}

fn tab_name(tab: Tab) -> &'static str {
    tab.action().entry().name
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn remembered() -> Remembered {
        let habits = ListHabits {
            sort: Sort::of(Column::LastUsed, false).then(Some(Directed::by(Column::Expires))),
            states: States { revoked: false, ..States::ALL },
            columns: vec![Column::Status, Column::Name],
        };
        Remembered { tab: Tab::Team, theme: Some("light".to_owned()), lists: vec![(Tab::Team, habits)] }
    }

    fn folder() -> (tempfile::TempDir, MemoryFile) {
        let folder = tempfile::tempdir().unwrap();
        let file = MemoryFile::of(&folder.path().join("state"), "prod");
        (folder, file)
    }

    #[test]
    fn what_was_kept_is_remembered_in_a_private_file_alone() {
        let (folder, file) = folder();
        assert_eq!(file.clone().open().1, None);
        file.keep(&Remembered { tab: Tab::Settings, ..remembered() }).unwrap();
        file.keep(&remembered()).unwrap();
        assert_eq!(file.clone().open().1, Some(remembered()));
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&file.0), mode(&folder.path().join("state"))), (0o600, 0o700));
        assert_eq!(std::fs::read_dir(folder.path().join("state")).unwrap().count(), 1);
    }

    #[test]
    fn any_profile_name_is_one_file_name_of_its_own() {
        let state = Path::new("/state");
        let names =
            ["prod", "Prod", "", "..", "../../etc/passwd", "a/b", "a b", "é\u{0}", "con", "kdk_0123456789abcdef"];
        let long = ["x".repeat(300), format!("{}y", "x".repeat(299))];
        let mut files: Vec<PathBuf> = names
            .iter()
            .copied()
            .chain(long.iter().map(String::as_str))
            .map(|name| MemoryFile::of(state, name).0)
            .collect();
        for file in &files {
            assert_eq!(file.parent(), Some(state));
            let name = file.file_name().unwrap().to_str().unwrap();
            assert!(name.len() < 255 && name.starts_with("profile-") && !name.contains("0123456789"), "{name}");
            assert_eq!(name, name.replace(|c: char| c.is_ascii_uppercase() && !c.is_ascii_hexdigit(), ""));
        }
        files.sort();
        files.dedup();
        assert_eq!(files.len(), names.len() + long.len());
        assert_eq!(MemoryFile::of(state, "prod-eu_1").0, Path::new("/state/profile-prod-eu_1.json"));
    }

    #[test]
    fn what_is_broken_or_strange_costs_what_it_held() {
        let (folder, file) = folder();
        std::fs::create_dir(folder.path().join("state")).unwrap();
        for text in
            ["", "{", "[]", "{}", "\u{0}", "{\"version\":1,\"lists\":3}", "{\"version\":-1}", &"[".repeat(10_000)]
        {
            std::fs::write(&file.0, text).unwrap();
            let (kept, remembered) = file.clone().open();
            assert!(kept.is_some() && remembered.is_none(), "{text:.20}");
        }
        std::fs::write(&file.0, vec![b' '; 100_000]).unwrap();
        assert_eq!(file.clone().open().1, None, "too large");
        let strange = r#"{"version":1,"tab":"nowhere","theme":"../x","more":{},"lists":{"team-keys":{"sort":"name","columns":["zzz","name","name"],"hidden":["all"]},"mine":{},"my-keys":{"sort":"zzz"}}}"#;
        std::fs::write(&file.0, strange).unwrap();
        let remembered = file.clone().open().1.unwrap();
        assert_eq!((remembered.tab, remembered.lists.len()), (Tab::Mine, 1));
        assert_eq!(remembered.lists[0].1.columns, [Column::Name, Column::Name]);
        std::fs::remove_file(&file.0).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", &file.0).unwrap();
        assert_eq!(file.clone().open().1, None);
        file.keep(&super::tests::remembered()).unwrap();
        assert!(!std::fs::symlink_metadata(&file.0).unwrap().is_symlink(), "the link is replaced, not followed");
    }

    #[test]
    fn a_newer_file_is_left_alone() {
        let (folder, file) = folder();
        std::fs::create_dir(folder.path().join("state")).unwrap();
        std::fs::write(&file.0, "{\"version\":2,\"tab\":[]}").unwrap();
        let (kept, remembered) = file.open();
        assert!(kept.is_none() && remembered.is_none());
    }

    #[test]
    fn many_at_once_never_leave_a_torn_file() {
        let (_folder, file) = folder();
        let tabs = [Tab::Mine, Tab::Team, Tab::Settings];
        file.keep(&remembered()).unwrap();
        std::thread::scope(|scope| {
            for tab in tabs {
                let file = &file;
                scope.spawn(move || {
                    for _ in 0..30 {
                        file.keep(&Remembered { tab, ..remembered() }).unwrap();
                        assert!(file.clone().open().1.is_some());
                    }
                });
            }
        });
    }
}
