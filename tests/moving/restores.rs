//! Backups, and putting them back.

use std::path::Path;

use keydeck::server::store::audit::Head;
use keydeck::server::{self, MoveError, Proof, Restored, ServerError};

use crate::answers;
use crate::database::TestDatabase;
use crate::scene::{Served, head, one, runtime, seeded, sql};

fn backed_up(database: &TestDatabase, file: &Path) -> Head {
    runtime().block_on(server::backup(&database.url, file)).unwrap()
}

fn restored(file: &Path, to: &TestDatabase, proof: &Proof) -> Result<Restored, ServerError> {
    runtime().block_on(server::restore(file, &to.url, proof, |_| ()))
}

/// Fails unless a backup is one file that holds everything, and is put back as it was.
pub fn there_and_back(from: &TestDatabase, to: &TestDatabase) {
    let key = seeded(from);
    let before = answers::of(from, &key);
    sql(
        from,
        "INSERT INTO notices (id, cause, recipient, key_id, key_name, details, due, next_try) VALUES \
         ('zz', 'revoked', 'a@b.example', 'k', 'n', '{}', '2026-11-01T00:00:00.000Z', '2026-11-01T00:00:00.000Z')",
    );
    let file = from.folder.path().join("backup.db");
    let kept = backed_up(from, &file);
    assert_eq!(kept, head(from, None));
    let beside: Vec<_> = std::fs::read_dir(from.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("backup"))
        .collect();
    assert_eq!(beside, ["backup.db"]);
    assert_eq!(Served::of(from).make(&key, "after the backup").0, 201);
    let bytes = std::fs::read(&file).unwrap();

    let unsaid = restored(&file, to, &Proof::Unsaid).unwrap_err();
    assert!(matches!(&unsaid, ServerError::Move(MoveError::Unproven { found, .. }) if *found == kept), "{unsaid}");
    let later = Proof::Head(head(from, None));
    let other = restored(&file, to, &later).unwrap_err();
    assert!(matches!(&other, ServerError::Move(MoveError::OtherHead { .. })), "{other}");
    let waited: u64 = one(from, "SELECT COUNT(*) FROM notices WHERE state = 'waiting'").parse().unwrap();
    assert!(waited > 0);
    let done = restored(&file, to, &Proof::Head(kept.clone())).unwrap();
    assert_eq!((done.head, head(to, Some(&kept))), (kept.clone(), kept.clone()));
    assert!(done.unsent > 0);
    assert_eq!(one(to, "SELECT COUNT(*) FROM notices WHERE state = 'waiting'"), "0");
    let after = answers::of(to, &key);
    for (path, answer) in before.iter().filter(|(path, _)| !path.starts_with("/notifications")) {
        assert_eq!(answer, &after[path], "{path}");
    }
    let again = restored(&file, to, &Proof::Head(kept)).unwrap_err();
    assert!(matches!(again, ServerError::AlreadyInitialised { .. }), "{again}");
    assert!(bytes == std::fs::read(&file).unwrap(), "the backup is left as it is");
}

#[test]
fn a_backup_is_put_back_once_it_is_proven() {
    there_and_back(&TestDatabase::file(), &TestDatabase::file());
}

#[test]
fn a_backup_that_was_tampered_with_is_not_used() {
    let (from, to) = (TestDatabase::file(), TestDatabase::file());
    seeded(&from);
    let file = from.folder.path().join("backup.db");
    let kept = backed_up(&from, &file);
    let tamper = rusqlite::Connection::open(&file).unwrap();
    tamper.execute_batch("UPDATE audit_entries SET body = body || ' ' WHERE seq = 5").unwrap();
    drop(tamper);
    for proof in [Proof::Head(kept), Proof::Nothing, Proof::Unsaid] {
        let broken = restored(&file, &to, &proof).unwrap_err();
        assert!(matches!(broken, ServerError::Move(MoveError::Broken { seq: 5, .. })), "{broken}");
    }
    let path = to.url.strip_prefix("sqlite:").unwrap();
    assert!(!Path::new(path).exists(), "nothing was made before the proof");
}

#[test]
fn a_backup_without_a_kept_head_is_used_when_that_is_said() {
    let (from, to) = (TestDatabase::file(), TestDatabase::file());
    seeded(&from);
    let file = from.folder.path().join("backup.db");
    let kept = backed_up(&from, &file);
    assert_eq!(restored(&file, &to, &Proof::Nothing).unwrap().head, kept);
}

#[test]
fn a_backup_of_an_older_keydeck_is_brought_up_to_date_in_a_copy() {
    let to = TestDatabase::file();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("old.db");
    let old = rusqlite::Connection::open(&file).unwrap();
    old.execute_batch(include_str!("../server/fixtures/five_steps.sql")).unwrap();
    drop(old);
    let bytes = std::fs::read(&file).unwrap();
    let done = restored(&file, &to, &Proof::Nothing).unwrap();
    assert_eq!(head(&to, None), done.head);
    assert!(bytes == std::fs::read(&file).unwrap(), "the backup is left as it is");
}
