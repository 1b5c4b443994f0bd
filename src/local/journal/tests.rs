use std::collections::HashSet;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use super::*;
use crate::domain::key::Key;
use crate::domain::rotation::{Abilities, Hook, OldKey, Outcome, Overlap, Phase, Plan, Reason, Sink, Trouble};
use crate::domain::untrusted::Untrusted;

const SOON: Duration = Duration::from_millis(1);
const CHILD_DIR: &str = "KEYDECK_TEST_HOLD_IN";

fn now() -> Time {
    When::from_wire("2026-11-21T02:51:00.123Z").time().unwrap()
}

fn rotation(id: &str, key: &str) -> Rotation {
    let plan = Plan {
        reason: Reason::Scheduled,
        name: "ci-2026-11-21".to_owned(),
        expires: None,
        contacts: Vec::new(),
        overlap: Overlap::Seconds(3600),
        sinks: vec![Sink::File { path: "/srv/key".to_owned() }],
        cutover: Vec::new(),
        health: Some(Hook::parse("systemctl is-active app").unwrap()),
        emergency: false,
        abilities: Abilities::ALL,
    };
    let old = OldKey::of(&Key::sample(key), None);
    Rotation::new(RotationId(id.to_owned()), "acme", "https://keys.acme.example", plan, old, now())
}

async fn journal() -> (tempfile::TempDir, Journal) {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).await.unwrap();
    (dir, journal)
}

async fn change(journal: &Journal, sql: &'static str) {
    journal.read(move |file| file.execute_batch(sql)).await.unwrap();
}

fn ids(rotations: &[Rotation]) -> Vec<&str> {
    rotations.iter().map(|rotation| rotation.id.0.as_str()).collect()
}

#[tokio::test]
async fn what_was_kept_is_there_after_a_restart() {
    let (dir, journal) = journal().await;
    let mut first = rotation("01JQAA", "a");
    journal.insert(&first).await.unwrap();
    journal.insert(&rotation("01JQAB", "b")).await.unwrap();
    first.agreed = true;
    let reason = Untrusted::from("no\u{1b}");
    first.trouble = Some(Trouble { effect: Effect::Deliver(0), reason, maybe_done: true });
    journal.save(&first).await.unwrap();
    journal.close().await;
    let journal = Journal::open(dir.path()).await.unwrap();
    assert_eq!(journal.load("01jqaa").await.unwrap(), first);
    let open = journal.open_rotations().await.unwrap();
    assert_eq!((ids(&open.rotations), open.unreadable), (vec!["01JQAA", "01JQAB"], Vec::new()));
    first.phase = Phase::Closed;
    journal.save(&first).await.unwrap();
    assert_eq!(ids(&journal.open_rotations().await.unwrap().rotations), ["01JQAB"]);
    assert_eq!(ids(&journal.all(9).await.unwrap().rotations), ["01JQAB", "01JQAA"]);
    assert_eq!(ids(&journal.all(1).await.unwrap().rotations), ["01JQAB"]);
}

#[tokio::test]
async fn a_rotation_is_found_by_the_beginning_of_its_id_when_that_names_one() {
    let (_dir, journal) = journal().await;
    for (id, key) in [("01JQA", "a"), ("01JQAB", "b"), ("01JQB", "c")] {
        journal.insert(&rotation(id, key)).await.unwrap();
    }
    assert_eq!(journal.load("01JQB").await.unwrap().id.0, "01JQB");
    assert_eq!(journal.load("01JQA").await.unwrap().id.0, "01JQA", "a whole id");
    let error = journal.load("01JQ").await.unwrap_err();
    assert_eq!(error.to_string(), "more than one rotation begins with 01JQ");
    assert_eq!(error.hint(), "write more of it: 01JQA, 01JQAB, 01JQB");
    for none in ["", "2", "01JQ%", "01JQB\u{1b}"] {
        let error = journal.load(none).await.unwrap_err();
        assert!(matches!(error, JournalError::NoSuch { .. }), "{none}: {error}");
        assert!(!error.to_string().contains('\u{1b}'));
    }
    let unknown = rotation("01JQC", "d");
    assert!(matches!(journal.save(&unknown).await, Err(JournalError::NoSuch { .. })));
    assert!(matches!(journal.begin(&unknown, Effect::Mint, now()).await, Err(JournalError::NoSuch { .. })));
}

#[tokio::test]
async fn a_key_has_one_open_rotation_whoever_begins_another() {
    let (dir, one) = journal().await;
    let two = Journal::open(dir.path()).await.unwrap();
    let (first, second) = (rotation("01JQAA", "a"), rotation("01JQAB", "a"));
    let (a, b) = tokio::join!(one.insert(&first), two.insert(&second));
    let refused = a.and(b).unwrap_err();
    let open = two.open_rotations().await.unwrap().rotations;
    assert_eq!(open.len(), 1);
    assert_eq!(refused.to_string(), format!("the rotation {} of this key is under way already", open[0].id));
    let mut over = open[0].clone();
    over.phase = Phase::RolledBack;
    one.save(&over).await.unwrap();
    two.insert(&rotation("01JQAC", "a")).await.unwrap();
    let mut elsewhere = rotation("01JQAD", "a");
    elsewhere.address = "https://other.acme.example".to_owned();
    one.insert(&elsewhere).await.unwrap();
}

#[tokio::test]
async fn a_retry_has_the_same_idempotency_key_as_long_as_the_first_may_have_been_done() {
    let (_dir, journal) = journal().await;
    let state = rotation("01JQAA", "a");
    journal.insert(&state).await.unwrap();
    let mut seen = Vec::new();
    for (effect, ended) in [
        (Effect::Register, None),
        (Effect::Register, Some(Ended::MaybeDone)),
        (Effect::Deliver(0), Some(Ended::Done)),
        (Effect::Register, Some(Ended::Failed)),
        (Effect::Register, Some(Ended::Done)),
        (Effect::Register, Some(Ended::Done)),
    ] {
        let attempt = journal.begin(&state, effect, now()).await.unwrap();
        if let Some(ended) = ended {
            journal.end(&attempt, ended, "said something", &state, now()).await.unwrap();
        }
        seen.push(attempt);
    }
    let numbers: Vec<i64> = seen.iter().map(|attempt| attempt.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
    let keys: Vec<&str> = seen.iter().map(|attempt| attempt.idempotency_key.as_str()).collect();
    assert!(keys[0] == keys[1] && keys[1] == keys[3], "no end and maybe done: {keys:?}");
    let distinct: HashSet<&str> = keys.iter().copied().collect();
    assert_eq!(distinct.len(), 4, "another effect, after a failure, after a success: {keys:?}");
    assert!(keys.iter().all(|key| key.len() == 26));
    let rows = journal.attempts(&state).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.attempt.clone()).collect::<Vec<_>>(), seen);
    assert_eq!(rows[0].ended, None);
    assert_eq!(rows[1].ended, Some((Ended::MaybeDone, now(), "said something".to_owned())));
    assert_eq!(rows[1].begun, now());
}

#[tokio::test]
async fn what_was_begun_and_never_ended_is_found_after_a_crash_and_settled_once() {
    let (dir, journal) = journal().await;
    let mut state = rotation("01JQAA", "a");
    journal.insert(&state).await.unwrap();
    assert_eq!(journal.unfinished(&state).await.unwrap(), None);
    let attempt = journal.begin(&state, Effect::Mint, now()).await.unwrap();
    state.take(Effect::Mint, Outcome::Failed { reason: "no".into(), maybe_done: false }, now());
    journal.end(&attempt, Ended::Failed, "no", &state, now()).await.unwrap();
    assert_eq!(journal.unfinished(&state).await.unwrap(), None);
    state.begin(Effect::Deliver(0));
    let attempt = journal.begin(&state, Effect::Deliver(0), now()).await.unwrap();
    // as a killed process leaves it: nothing is closed, the log stays unfolded
    let after = Journal::open(dir.path()).await.unwrap();
    assert_eq!(after.load("01JQAA").await.unwrap(), state, "the state stands there with the intent");
    assert_eq!(after.unfinished(&state).await.unwrap(), Some(attempt.clone()));
    state.interrupted(attempt.effect);
    after.end(&attempt, Ended::MaybeDone, "keydeck ended meanwhile", &state, now()).await.unwrap();
    assert_eq!(after.unfinished(&state).await.unwrap(), None);
}

#[tokio::test]
async fn a_journal_that_another_process_holds_is_told_so_and_unharmed() {
    let (dir, other) = journal().await;
    let state = rotation("01JQAA", "a");
    other.insert(&state).await.unwrap();
    let journal = Journal::open_within(dir.path(), SOON).await.unwrap();
    change(&other, "BEGIN EXCLUSIVE").await;
    for error in [
        journal.save(&state).await.unwrap_err(),
        journal.begin(&state, Effect::Mint, now()).await.unwrap_err(),
        Journal::open_within(dir.path(), SOON).await.unwrap_err(),
    ] {
        assert!(matches!(error, JournalError::Locked { .. }), "{error:?}");
        assert!(error.to_string().ends_with("is locked by another process"), "{error}");
    }
    change(&other, "ROLLBACK").await;
    journal.save(&state).await.unwrap();
    assert!(journal.attempts(&state).await.unwrap().is_empty());
}

#[tokio::test]
async fn many_may_make_it_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let opened = futures_util::future::join_all((0..8).map(|_| Journal::open(dir.path()))).await;
    for journal in opened {
        journal.unwrap();
    }
}

#[tokio::test]
async fn a_full_disk_is_told_and_loses_nothing() {
    let (_dir, journal) = journal().await;
    let mut state = rotation("01JQAA", "a");
    journal.insert(&state).await.unwrap();
    change(&journal, "PRAGMA max_page_count = 1").await;
    state.profile = "x".repeat(100_000);
    let error = journal.begin(&state, Effect::Mint, now()).await.unwrap_err();
    assert!(matches!(error, JournalError::Full { .. }), "{error:?}");
    assert_eq!(journal.load("01JQAA").await.unwrap().profile, "acme");
    assert!(journal.attempts(&state).await.unwrap().is_empty());
    change(&journal, "PRAGMA max_page_count = 100000").await;
    journal.begin(&state, Effect::Mint, now()).await.unwrap();
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_named() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("file"), "").unwrap();
    let error = Journal::open(&dir.path().join("file/state")).await.unwrap_err();
    assert!(matches!(&error, JournalError::File { path, .. } if path.ends_with("file/state")), "{error:?}");
    let (dir, journal) = journal().await;
    // whoever may do everything may write into any folder: the connection is made to refuse instead
    change(&journal, "PRAGMA query_only = ON").await;
    let error = journal.insert(&rotation("01JQAA", "a")).await.unwrap_err();
    assert!(matches!(error, JournalError::ReadOnly { .. }), "{error:?}");
    assert!(error.hint().contains("chmod u+w"));
    journal.close().await;
    if !rustix::process::geteuid().is_root() {
        for (path, mode) in [(dir.path().join("rotations.db"), 0o400), (dir.path().to_owned(), 0o500)] {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        assert!(Journal::open(dir.path()).await.is_err());
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    }
}

#[tokio::test]
async fn what_a_newer_keydeck_wrote_or_is_no_journal_is_refused_and_left_as_it_is() {
    let (dir, journal) = journal().await;
    change(&journal, "PRAGMA user_version = 99").await;
    journal.close().await;
    let error = Journal::open(dir.path()).await.unwrap_err();
    assert!(error.to_string().contains("has the form 99, and this keydeck knows up to 3"), "{error}");
    let path = dir.path().join("rotations.db");
    let garbage = b"not a database at all, not a database at all".repeat(200);
    std::fs::write(&path, &garbage).unwrap();
    let error = Journal::open(dir.path()).await.unwrap_err();
    assert!(matches!(error, JournalError::NotAJournal { .. }), "{error:?}");
    assert_eq!(std::fs::read(&path).unwrap(), garbage);
}

#[tokio::test]
async fn a_rotation_that_cannot_be_read_is_told_by_its_id_and_hides_no_other() {
    let (dir, journal) = journal().await;
    for (id, key) in [("01JQA", "a"), ("01JQB", "b"), ("01JQC", "c"), ("01JQD", "d"), ("01JQE", "e"), ("01JQF", "f")] {
        journal.insert(&rotation(id, key)).await.unwrap();
    }
    change(&journal, "UPDATE rotations SET state = substr(state, 1, 80) WHERE id = '01JQA'").await;
    change(&journal, "UPDATE rotations SET form = 99 WHERE id = '01JQB'").await;
    let places = "UPDATE rotations SET state = json_remove(state, '$.places') WHERE id = '01JQC'";
    change(&journal, places).await;
    change(&journal, "UPDATE rotations SET state = json_set(state, '$.id', '01JQE') WHERE id = '01JQD'").await;
    let trouble = r#"UPDATE rotations SET state = json_set(state, '$.trouble',
        json('{"effect":{"hook-back":0},"reason":"no","maybe_done":true}')) WHERE id = '01JQF'"#;
    change(&journal, trouble).await;
    for listing in [journal.open_rotations().await.unwrap(), journal.all(9).await.unwrap()] {
        assert_eq!(ids(&listing.rotations), ["01JQE"]);
        let mut told: Vec<(&str, String)> =
            listing.unreadable.iter().map(|one| (one.id.0.as_str(), one.why.to_string())).collect();
        told.sort();
        let why = told.iter().map(|(id, why)| (*id, why.as_str())).collect::<Vec<_>>();
        assert_eq!(
            why,
            [
                ("01JQA", "its state is damaged at character 80"),
                ("01JQB", &format!("it has the form 99, and this keydeck knows up to {}", stored::FORM)),
                ("01JQC", why[2].1),
                ("01JQD", "its state contradicts itself"),
                ("01JQF", "its state contradicts itself"),
            ]
        );
        assert!(why[2].1.starts_with("its state is damaged at character"), "{why:?}");
        let one = listing.unreadable.iter().find(|one| one.id.0 == "01JQA").unwrap();
        let escrow = dir.path().join("escrow");
        assert_eq!(
            one.to_string(),
            format!(
                "the rotation 01JQA of the key a at https://keys.acme.example cannot be read: its state is damaged at \
                 character 80; what it has in escrow stays in {}, under its id",
                escrow.display()
            )
        );
        assert!(one.hint().contains("keydeck show a"), "{}", one.hint());
    }
    assert!(matches!(journal.load("01JQA").await, Err(JournalError::Unreadable(_))));
    let state = journal.load("01JQE").await.unwrap();
    let attempt = journal.begin(&state, Effect::Mint, now()).await.unwrap();
    for effect in [r#"'"no-such"'"#, r#"'{"hook":7}'"#] {
        let sql = format!("UPDATE attempts SET effect = {effect}");
        journal.read(move |file| file.execute_batch(&sql)).await.unwrap();
        let error = journal.unfinished(&state).await.unwrap_err();
        assert!(error.to_string().contains("an attempt of it is damaged"), "{effect}: {error}");
    }
    journal.end(&attempt, Ended::Done, "done", &state, now()).await.unwrap();
}

#[tokio::test]
async fn lists_of_the_first_form_that_do_not_fit_together_are_refused() {
    let (_dir, journal) = journal().await;
    journal.insert(&rotation("01JQA", "a")).await.unwrap();
    let fixture = include_str!("../../../tests/journal_forms/form-1.sql");
    let line = fixture.lines().find(|line| line.contains(r#""cut_over":[true,true"#)).unwrap();
    let state = &line[line.find('{').unwrap()..=line.rfind('}').unwrap()];
    let id = state.split('"').nth(3).unwrap();
    let keep = |state: serde_json::Value| {
        let (id, state) = (id.to_owned(), state.to_string());
        let update = "UPDATE rotations SET id = ?1, form = 1, state = ?2";
        journal.read(move |file| file.execute(update, [id, state]))
    };
    let state: serde_json::Value = serde_json::from_str(&state.replace("''", "'")).unwrap();
    keep(state.clone()).await.unwrap();
    assert_eq!(journal.load(id).await.unwrap().lines.len(), 3);
    for list in ["cut_over", "begun", "hooks_back", "places"] {
        for change in [0, 1, 2] {
            let mut state = state.clone();
            let items = state[list].as_array_mut().unwrap();
            match change {
                0 => items.push(items[0].clone()),
                1 => drop(items.pop()),
                _ => drop(state.as_object_mut().unwrap().remove(list)),
            }
            keep(state).await.unwrap();
            let error = journal.load(id).await.unwrap_err().to_string();
            assert!(error.contains("its state contradicts itself"), "{list} {change}: {error}");
        }
    }
}

#[tokio::test]
async fn everything_is_its_owners_alone() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("state/keydeck");
    let mode = |name: &str| std::fs::metadata(dir.join(name)).unwrap().permissions().mode() & 0o777;
    for _ in 0..2 {
        let journal = Journal::open(&dir).await.unwrap();
        let id = RotationId("01JQAA".to_owned());
        let _lock = journal.lock(&id, now()).unwrap();
        let _ = journal.insert(&rotation("01JQAA", "a")).await;
        assert_eq!(mode(""), 0o700);
        for name in ["rotations.db", "rotations.db-wal", "rotations.db-shm", "rotation-01JQAA.lock"] {
            assert_eq!(mode(name), 0o600, "{name}");
        }
        journal.close().await;
        for (name, wide) in [("rotations.db", 0o644), ("", 0o755)] {
            std::fs::set_permissions(dir.join(name), std::fs::Permissions::from_mode(wide)).unwrap();
        }
    }
}

#[tokio::test]
async fn who_holds_a_rotation_is_told_and_letting_go_leaves_nothing() {
    let (dir, journal) = journal().await;
    let other = Journal::open(dir.path()).await.unwrap();
    let id = RotationId("01JQAA".to_owned());
    let lock = journal.lock(&id, now()).unwrap();
    let LockError::Taken(_, Some(holder)) = other.lock(&id, now()).unwrap_err() else { panic!("held by nobody") };
    assert_eq!((holder.pid, holder.since), (std::process::id(), now()));
    let told = LockError::Taken(lock::What::Rotation, Some(holder)).to_string();
    let start = format!("another keydeck holds this rotation open: process {} on ", std::process::id());
    assert!(told.starts_with(&start) && told.ends_with("since 2026-11-21 02:51:00 UTC"), "{told}");
    other.lock(&RotationId("01JQAB".to_owned()), now()).unwrap();
    drop(lock);
    assert!(!dir.path().join("rotation-01JQAA.lock").exists());
    other.lock(&id, now()).unwrap();
    for wrong in ["", "../x", "a/b"] {
        assert!(matches!(journal.lock(&RotationId(wrong.to_owned()), now()), Err(LockError::File { .. })));
    }
}

/// What the next test runs as a process of its own; alone it does nothing.
#[test]
fn child_that_holds() {
    let Some(dir) = std::env::var_os(CHILD_DIR) else { return };
    let _lock = lock::lock(Path::new(&dir), lock::What::Rotation, "01JQAA", now()).unwrap();
    std::fs::write(Path::new(&dir).join("held"), "").unwrap();
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
}

#[tokio::test]
async fn a_killed_process_holds_nothing() {
    let (dir, journal) = journal().await;
    let id = RotationId("01JQAA".to_owned());
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "local::journal::tests::child_that_holds"])
        .env(CHILD_DIR, dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    while !dir.path().join("held").exists() {
        std::thread::yield_now();
        assert!(child.try_wait().unwrap().is_none(), "the child ended");
    }
    let LockError::Taken(_, Some(holder)) = journal.lock(&id, now()).unwrap_err() else { panic!("held by nobody") };
    assert_eq!(holder.pid, child.id());
    child.kill().unwrap();
    child.wait().unwrap();
    journal.lock(&id, now()).unwrap();
}
