//! When read-only profiles could be changed through, and why: a line of JSON each in the state directory, written before
//! anything can be changed.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::domain::time::Time;
use crate::system::file::{make_private_folder, private, read_small};

/// The file in the state directory.
pub const FILE: &str = "unlocks.jsonl";
/// The form that is written.
const FORM: i64 = 1;
/// The most that is read of it, in bytes.
const MOST: u64 = 16 << 20;

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum What {
    /// From now on something can be changed, for so many seconds.
    Unlocked { seconds: u64, reason: String },
    /// Nothing can be changed any more.
    Locked,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    pub at: Time,
    pub profile: String,
    pub address: String,
    #[serde(flatten)]
    pub what: What,
}

#[derive(Deserialize)]
struct Line {
    form: i64,
    #[serde(flatten)]
    noted: Noted,
}

#[derive(Serialize)]
struct NewLine<'a> {
    form: i64,
    #[serde(flatten)]
    noted: &'a Noted,
}

/// Adds a line, down to the disk.
///
/// # Errors
/// When it cannot be written.
pub fn add(state: &Path, noted: &Noted) -> io::Result<()> {
    make_private_folder(state)?;
    let line = serde_json::to_string(&NewLine { form: FORM, noted })? + "\n";
    let mut file = private().append(true).create(true).open(path(state))?;
    file.write_all(line.as_bytes())?;
    file.sync_data()
}

/// All lines that can be read, the oldest first.
///
/// # Errors
/// When the file is there and cannot be read.
pub fn all(state: &Path) -> io::Result<Vec<Noted>> {
    let bytes = match read_small(&path(state), MOST) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read?,
    };
    let lines = bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Line>(line).ok());
    Ok(lines.filter(|line| line.form <= FORM).map(|line| line.noted).collect())
}

fn path(state: &Path) -> PathBuf {
    state.join(FILE)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::domain::time::When;

    /// A line as the first form has it.
    const FIRST: &str = r#"{"form":1,"at":"2026-11-27T03:02:10Z","profile":"prod","address":"https://keys.acme.example","event":"unlocked","seconds":600,"reason":"ticket 7"}"#;

    #[test]
    fn each_is_kept_in_a_private_file_and_what_cannot_be_read_holds_up_no_other() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(all(folder.path()).unwrap(), []);
        let newer = FIRST.replace("\"form\":1", "\"form\":9");
        let noted = Noted {
            at: When::from_wire("2026-11-27T03:02:10Z").time().unwrap(),
            profile: "prod".to_owned(),
            address: "https://keys.acme.example".to_owned(),
            what: What::Unlocked { seconds: 600, reason: "ticket 7".to_owned() },
        };
        add(folder.path(), &noted).unwrap();
        let path = path(folder.path());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{FIRST}\n"));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&path, format!("{newer}\n{{\"form\n{FIRST}\n")).unwrap();
        add(folder.path(), &Noted { what: What::Locked, ..noted.clone() }).unwrap();
        assert_eq!(all(folder.path()).unwrap(), [noted.clone(), Noted { what: What::Locked, ..noted }]);
    }
}
