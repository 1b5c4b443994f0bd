//! Results in files: what became of many keys, as JSON and as text, which only the user can read.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::domain::results::Results;
use crate::domain::untrusted::visible;
use crate::system::file::private;

/// Where results were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    pub json: PathBuf,
    pub text: PathBuf,
}

impl fmt::Display for Saved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = self.json.to_string_lossy();
        write!(f, "{} and .txt", visible(&json))
    }
}

/// Writes results to two new files in the current folder. A file that is there already is never touched: the name gets
/// a number.
///
/// # Errors
/// When the files cannot be made or written; none is left then.
pub fn save(results: &Results) -> io::Result<Saved> {
    save_in(&std::env::current_dir()?, results)
}

fn save_in(folder: &Path, results: &Results) -> io::Result<Saved> {
    let mut json = serde_json::to_vec_pretty(&results.document())?;
    json.push(b'\n');
    let text = results.text();
    let named = |error: io::Error, path: &Path| {
        io::Error::new(error.kind(), format!("{}: {error}", visible(&path.to_string_lossy())))
    };
    for number in 1..1000 {
        let stem = results.stem();
        let stem = if number == 1 { stem } else { format!("{stem}-{number}") };
        let saved = Saved { json: folder.join(format!("{stem}.json")), text: folder.join(format!("{stem}.txt")) };
        match write_new(&saved.json, &json) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            written => written.map_err(|error| named(error, &saved.json))?,
        }
        match write_new(&saved.text, text.as_bytes()) {
            Ok(()) => return Ok(saved),
            Err(error) => {
                // the one without the other would pass for all of it
                let _ = std::fs::remove_file(&saved.json);
                if error.kind() != io::ErrorKind::AlreadyExists {
                    return Err(named(error, &saved.text));
                }
            }
        }
    }
    Err(io::Error::other("there are a thousand such files already"))
}

/// Writes a new file, all of it or none.
fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = private().write(true).create_new(true).open(path)?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    if written.is_err() {
        let _ = std::fs::remove_file(path);
    }
    written
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::domain::bulk::Outcome;
    use crate::domain::changes::Item;
    use crate::domain::deed::Deed;
    use crate::domain::key::Key;
    use crate::domain::time::When;

    fn results() -> Results {
        let item = |id: &str, outcome| Item { outcome, ..Item::from(&Key::sample(id)) };
        Results {
            deed: Deed::Revoke,
            profile: "../../etc".to_owned(),
            address: "https://keys.acme.example".to_owned(),
            by: "Olivia".into(),
            at: When::from_wire("2026-11-21T02:51:00Z").time().unwrap(),
            items: vec![item("a", Outcome::Revoked), item("b", Outcome::Denied("no".into()))],
        }
    }

    #[test]
    fn both_files_are_new_the_users_alone_and_say_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let first = save_in(folder.path(), &results()).unwrap();
        std::fs::write(folder.path().join("revoke-2026-11-21-0251-2.txt"), "mine").unwrap();
        let second = save_in(folder.path(), &results()).unwrap();
        assert_eq!(first.json.file_name().unwrap(), "revoke-2026-11-21-0251.json");
        assert_eq!(
            second.text.file_name().unwrap(),
            "revoke-2026-11-21-0251-3.txt",
            "a file that is there is not touched"
        );
        for path in [&first.json, &first.text] {
            assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let json: serde_json::Value = serde_json::from_slice(&std::fs::read(&first.json).unwrap()).unwrap();
        assert_eq!(json["data"][1]["outcome"], "forbidden");
        assert_eq!(json["data"][1]["reason"], "no");
        assert_eq!(json["meta"]["outcomes"]["revoked"], 1);
        assert_eq!(json["meta"]["action"], "revoke");
        let text = std::fs::read_to_string(&first.text).unwrap();
        assert!(text.contains("1 revoked, 1 denied"), "{text}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 5, "nothing is left half");
    }

    #[test]
    fn what_cannot_be_written_says_where_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let gone = folder.path().join("gone");
        let error = save_in(&gone, &results()).unwrap_err();
        assert!(error.to_string().contains("gone/revoke-2026"), "{error}");
    }
}
