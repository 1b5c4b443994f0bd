//! What holds of every move, whatever the two ends are.

use std::sync::mpsc;

use keydeck::domain::secret::Secret;
use keydeck::server::{MoveError, Progress, ServerError};
use serde_json::json;

use crate::answers;
use crate::database::{TestDatabase, rows_at};
use crate::scene::{Served, head, moved, moved_telling, one, refused, reopened, runtime, seeded, sql};

/// Fails unless both hold the same team, as the API answers it.
pub fn everything_arrives(from: &TestDatabase, to: &TestDatabase) {
    let key = seeded(from);
    let (before, kept) = (answers::of(from, &key), head(from, None));
    let mut copied = Vec::new();
    let told = moved_telling(from, to, |step| copied.push(step)).unwrap();
    assert_eq!((&told, &head(to, Some(&kept))), (&kept, &kept));
    assert!(copied.contains(&Progress::Copied { table: "api_keys", rows: 300 }), "{copied:?}");
    let after = answers::of(to, &key);
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    for (path, answer) in &before {
        assert_eq!(answer, &after[path], "{path}");
    }
    let counts = "SELECT owner_id, state, keys FROM key_counts WHERE keys <> 0 ORDER BY owner_id, state";
    assert_eq!(rows_at(&from.url, counts), rows_at(&to.url, counts));
}

/// Fails unless reads go on and changes are refused while it is moved, and nothing is answered that is not true any more
/// after it was.
pub fn reads_go_on(from: &TestDatabase, to: &TestDatabase) {
    let key = seeded(from);
    let server = Served::of(from);
    let (held, is_held) = mpsc::channel();
    let (go, may_go) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let moving = scope.spawn(move || {
            moved_telling(from, to, |step| {
                if step == Progress::Held {
                    held.send(()).unwrap();
                    may_go.recv().unwrap();
                }
            })
        });
        is_held.recv().unwrap();
        assert_eq!(server.get("/api-keys?limit=3", &key).0, 200);
        let (status, body) = server.make(&key, "meanwhile");
        assert_eq!(status, 503, "{body}");
        assert!(body["error"]["message"].as_str().unwrap().contains("nothing was changed"), "{body}");
        assert_eq!(server.get("/me", &key).0, 200);
        go.send(()).unwrap();
        moving.join().unwrap().unwrap();
    });
    let (status, body) = server.make(&key, "afterwards");
    assert_eq!(status, 503, "{body}");
    assert!(body["error"]["message"].as_str().unwrap().contains("moved"), "{body}");
    // a key that is revoked at the new place is not to be accepted at the old one
    while server.get("/me", &key).0 == 200 {}
    let (status, body) = server.get("/me", &key);
    assert_eq!(status, 503);
    assert!(body["error"]["message"].as_str().unwrap().contains("moved"), "{body}");
    assert_eq!((server.get("/healthz", &key).0, server.get("/readyz", &key).0), (200, 503));
    let refused = refused(from);
    assert!(matches!(&refused, ServerError::Move(MoveError::Moved { .. })), "{refused}");
    let there = Served::of(to);
    assert_eq!(there.make(&key, "there").0, 201);
    let names = "SELECT name FROM api_keys WHERE name IN ('meanwhile', 'afterwards', 'there')";
    assert_eq!((rows_at(&from.url, names).len(), rows_at(&to.url, names)), (0, vec![vec!["there".to_owned()]]));
}

/// Fails unless all can be moved back, with what was changed meanwhile.
pub fn and_back(from: &TestDatabase, to: &TestDatabase) {
    let key = seeded(from);
    moved(from, to).unwrap();
    assert!(matches!(moved(from, to).unwrap_err(), ServerError::Move(MoveError::Moved { .. })));
    assert_eq!(Served::of(to).make(&key, "there").0, 201);
    let kept = head(to, None);
    assert_eq!(moved(to, from).unwrap(), kept);
    assert_eq!(head(from, Some(&kept)), kept);
    assert!(matches!(refused(to), ServerError::Move(MoveError::Moved { .. })));
    assert_eq!(one(from, "SELECT COUNT(*) FROM api_keys WHERE name = 'there'"), "1");
    assert_eq!(Served::of(from).make(&key, "here").0, 201);
    // and once more the first way
    let kept = moved(from, to).unwrap();
    assert_eq!(head(to, Some(&kept)), kept);
    assert_eq!(one(to, "SELECT COUNT(*) FROM api_keys WHERE name IN ('here', 'there')"), "2");
}

/// Fails unless a move is taken back while nothing was changed at the other end, and only then.
pub fn taken_back(from: &TestDatabase, to: &TestDatabase) {
    let key = seeded(from);
    let kept = moved(from, to).unwrap();
    assert_eq!(reopened(from, to).unwrap(), kept);
    assert!(matches!(refused(to), ServerError::Move(MoveError::Moved { .. })));
    assert_eq!(Served::of(from).make(&key, "here").0, 201);
    assert!(matches!(reopened(from, to).unwrap_err(), ServerError::Move(MoveError::NotMoved { .. })));
    // the other end is marked, and takes all of it again
    let kept = moved(from, to).unwrap();
    assert_eq!(Served::of(to).make(&key, "there").0, 201);
    let written = reopened(from, to).unwrap_err();
    assert!(matches!(written, ServerError::Move(MoveError::Written { .. })), "{written}");
    assert!(written.hint().contains("keydeck server move --from"), "{}", written.hint());
    assert!(matches!(refused(from), ServerError::Move(MoveError::Moved { .. })));
    assert!(head(to, Some(&kept)).seq > kept.seq);
}

/// Fails unless what is in the way is refused, and left as it is.
pub fn refusals(from: &TestDatabase, to: &TestDatabase, third: &TestDatabase) {
    let key = seeded(from);
    let same = moved(from, from).unwrap_err();
    assert!(matches!(same, ServerError::Move(MoveError::Same { .. })), "{same}");
    seeded(to);
    let kept = head(to, None);
    let used = moved(from, to).unwrap_err();
    assert!(matches!(used, ServerError::AlreadyInitialised { .. }), "{used}");
    assert_eq!((head(to, None), Served::of(from).make(&key, "still here").0), (kept, 201));
    moved(from, third).unwrap();
    // what comes from elsewhere takes nobody's place
    let unrelated = moved(to, from).unwrap_err();
    assert!(matches!(unrelated, ServerError::Move(MoveError::Unrelated { .. })), "{unrelated}");
    let unrelated = reopened(from, to).unwrap_err();
    assert!(matches!(unrelated, ServerError::Move(MoveError::Unrelated { .. })), "{unrelated}");
    let moved_on = moved(from, to).unwrap_err();
    assert!(matches!(moved_on, ServerError::Move(MoveError::Moved { .. })), "{moved_on}");
    head(to, None);
}

/// Fails unless what becomes of a message is waited for.
pub fn messages_are_waited_for(from: &TestDatabase, to: &TestDatabase) {
    seeded(from);
    let until = (chrono::Utc::now() + chrono::TimeDelta::minutes(2)).format("%Y-%m-%dT%H:%M:%S.000Z");
    sql(
        from,
        &format!(
            "INSERT INTO notices (id, cause, recipient, key_id, key_name, details, due, next_try, claimed_until) VALUES \
             ('zz', 'revoked', 'a@b.example', 'k', 'n', '{{}}', '{until}', '{until}', '{until}')"
        ),
    );
    let mut steps = Vec::new();
    moved_telling(from, to, |step| {
        if step == Progress::AwaitingMessage {
            sql(from, "UPDATE notices SET claimed_until = NULL, state = 'sent' WHERE id = 'zz'");
        }
        steps.push(step);
    })
    .unwrap();
    assert_eq!(steps[..2], [Progress::AwaitingMessage, Progress::Held]);
    assert_eq!(one(to, "SELECT state FROM notices WHERE id = 'zz'"), "sent");
}

fn two() -> (TestDatabase, TestDatabase) {
    (TestDatabase::file(), TestDatabase::file())
}

#[test]
fn every_answer_is_the_same_at_the_other_end() {
    let (from, to) = two();
    everything_arrives(&from, &to);
}

#[test]
fn reads_go_on_while_it_is_moved_and_nothing_untrue_is_answered_afterwards() {
    let (from, to) = two();
    reads_go_on(&from, &to);
}

#[test]
fn all_can_be_moved_back() {
    let (from, to) = two();
    and_back(&from, &to);
}

#[test]
fn a_move_is_taken_back_while_nothing_was_changed_since() {
    let (from, to) = two();
    taken_back(&from, &to);
}

#[test]
fn what_is_in_the_way_is_refused() {
    let (from, to) = two();
    refusals(&from, &to, &TestDatabase::file());
}

#[test]
fn a_message_that_is_being_sent_is_waited_for() {
    let (from, to) = two();
    messages_are_waited_for(&from, &to);
}

#[test]
fn a_log_that_was_tampered_with_is_moved_as_it_is_and_said_to_be() {
    let (from, to) = two();
    seeded(&from);
    sql(&from, "UPDATE audit_entries SET body = body || ' ' WHERE seq = 3");
    let mut steps = Vec::new();
    moved_telling(&from, &to, |step| steps.push(step)).unwrap();
    assert!(steps.contains(&Progress::LogBroken(3)), "{steps:?}");
}

#[test]
fn a_server_that_works_on_it_answers_again_once_all_was_moved_back() {
    let (from, to) = two();
    let key: Secret = seeded(&from);
    let server = Served::of(&from);
    moved(&from, &to).unwrap();
    while server.get("/me", &key).0 == 200 {}
    moved(&to, &from).unwrap();
    while server.get("/me", &key).0 == 503 {}
    assert_eq!(server.ask("POST", "/api-keys", &key, Some(&json!({ "name": "again" }))).0, 201);
    drop(server);
    runtime().block_on(keydeck::server::users(&from.url)).unwrap();
}
