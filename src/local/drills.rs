//! The drills that were run on this machine: a line of JSON each in the state directory. How fast each was is told by its
//! incident.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::domain::incident::drill::Drill;
use crate::sqlite::on_thread;
use crate::system::file::{make_private_folder, private, read_small};

/// The file in the state directory.
pub const FILE: &str = "drills.jsonl";
/// The form that is written.
const FORM: i64 = 1;
/// The most that is read of it, in bytes.
const MOST: u64 = 16 << 20;

#[derive(Serialize, Deserialize)]
struct Line {
    form: i64,
    #[serde(flatten)]
    drill: Drill,
}

/// Adds a drill, down to the disk.
///
/// # Errors
/// When it cannot be written.
pub async fn add(state: &Path, drill: Drill) -> io::Result<()> {
    let state = state.to_owned();
    let added = on_thread(move || {
        make_private_folder(&state)?;
        let line = serde_json::to_string(&Line { form: FORM, drill })? + "\n";
        let mut file = private().append(true).create(true).open(path(&state))?;
        file.write_all(line.as_bytes())?;
        file.sync_data()
    });
    added.await.unwrap_or_else(|| Err(io::Error::other("keydeck is ending")))
}

/// All drills, the oldest first, and how many lines could not be read: a newer keydeck wrote them, or they are damaged.
///
/// # Errors
/// When the file is there and cannot be read.
pub async fn all(state: &Path) -> io::Result<(Vec<Drill>, usize)> {
    let path = path(state);
    let read = on_thread(move || match read_small(&path, MOST) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        read => read,
    });
    let bytes = read.await.unwrap_or_else(|| Err(io::Error::other("keydeck is ending")))?;
    let (mut drills, mut unread) = (Vec::new(), 0);
    for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        match serde_json::from_slice::<Line>(line) {
            Ok(line) if line.form <= FORM => drills.push(line.drill),
            Ok(_) | Err(_) => unread += 1,
        }
    }
    Ok((drills, unread))
}

fn path(state: &Path) -> PathBuf {
    state.join(FILE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::When;

    /// A line as the first form has it.
    const FIRST: &str = r#"{"form":1,"id":"01JQ8ZK3","fingerprint":"ab","masked":"kdk_…9fQ2","key":"k","profile":"acme","address":"https://keys.acme.example","planted":"2026-11-27T03:02:10Z","place":"leak.env"}"#;

    #[tokio::test]
    async fn each_is_kept_and_what_cannot_be_read_holds_up_no_other() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(all(folder.path()).await.unwrap(), (Vec::new(), 0));
        let newer = FIRST.replace("\"form\":1", "\"form\":9");
        std::fs::write(path(folder.path()), format!("{FIRST}\n{newer}\n{{\"form\n")).unwrap();
        let (drills, unread) = all(folder.path()).await.unwrap();
        assert_eq!((drills.len(), unread), (1, 2));
        assert_eq!(drills[0].planted, When::from_wire("2026-11-27T03:02:10Z").time().unwrap());
        add(folder.path(), Drill { id: "02".to_owned(), ..drills[0].clone() }).await.unwrap();
        assert_eq!(all(folder.path()).await.unwrap().0.len(), 2);
    }
}
