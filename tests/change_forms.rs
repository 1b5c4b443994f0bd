//! Every form in which changes of many keys were ever kept is read, and each change in it read back and carried to its end.
//!
//! A fixture is a journal as SQL, made by the program of its time. A new form gets a fixture of its own:
//! `KEYDECK_WRITE_FORM=tests/journal_forms/changes-N.sql cargo test --test change_forms` writes one with the program as it
//! is now.

#![expect(clippy::unwrap_used, reason = "helpers of tests; clippy knows only the test functions themselves")]

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use keydeck::client::WritePermit;
use keydeck::client::fake::FakeService;
use keydeck::domain::bulk::Outcome;
use keydeck::domain::changes::{About, Change, Item};
use keydeck::domain::deed::Deed;
use keydeck::domain::ids::UserId;
use keydeck::domain::key::{Key, Status};
use keydeck::domain::key_value::KeyKind;
use keydeck::domain::time::{Time, When};
use keydeck::domain::untrusted::Untrusted;
use keydeck::local::journal::{Journal, NewChange};
use keydeck::ops::bulk::resume::read_back;
use keydeck::ops::bulk::{Order, Record, carry_out};
use rusqlite::Connection;
use rusqlite::types::Value;
use tokio_util::sync::CancellationToken;

/// The forms, the oldest first.
const FORMS: &[(&str, &str)] = &[
    ("changes-1", include_str!("journal_forms/changes-1.sql")),
    ("changes-2", include_str!("journal_forms/changes-2.sql")),
];
/// Journals from before there were changes in them.
const WITHOUT: &[&str] = &[include_str!("journal_forms/form-1.sql"), include_str!("journal_forms/form-2.sql")];

fn now() -> Time {
    When::from_wire("2026-11-21T02:51:00.000Z").time().unwrap()
}

fn database(state: &Path) -> Connection {
    Connection::open(state.join("rotations.db")).unwrap()
}

/// A state directory as a program of that time left it.
fn left(sql: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    database(folder.path()).execute_batch(&format!("BEGIN; {sql} COMMIT;")).unwrap();
    folder
}

/// Every outcome that stands on disk.
fn outcomes() -> Vec<Outcome> {
    let why = || Untrusted::from("it's why");
    vec![
        Outcome::Queued,
        Outcome::Sent,
        Outcome::Revoked,
        Outcome::AlreadyRevoked,
        Outcome::Disabled,
        Outcome::AlreadyDisabled,
        Outcome::Enabled,
        Outcome::AlreadyEnabled,
        Outcome::HandedOver,
        Outcome::AlreadyTheirs,
        Outcome::Denied(why()),
        Outcome::NotFound,
        Outcome::Failed(why()),
        Outcome::NotSent(Untrusted::default()),
        Outcome::NotSent(why()),
        Outcome::Unknown(why()),
    ]
}

fn key(item: &Item, deed: Deed) -> Key {
    // what was under way was done, what was not sent was not
    let done = matches!(item.outcome, Outcome::Sent);
    let owner_id = match deed {
        Deed::HandOver(to) if done => to,
        Deed::Revoke | Deed::Delete | Deed::Disable | Deed::Enable | Deed::HandOver(_) => UserId(1),
    };
    let status = match (deed, done) {
        (Deed::Revoke | Deed::Delete, true) => Status::Revoked,
        (Deed::Disable, true) | (Deed::Enable, false) => Status::Disabled,
        _ => Status::Enabled,
    };
    Key { kind: item.kind, status, owner_id, ..Key::sample(item.id.as_str()) }
}

/// What can be done to keys.
fn deeds() -> Vec<Deed> {
    Deed::PLAIN.into_iter().chain([Deed::HandOver(UserId(17))]).collect()
}

/// Writes a journal with a change of each deed, in which each outcome stands.
async fn write(state: &Path) {
    let journal = Journal::open(state).await.unwrap();
    for (at, deed) in deeds().into_iter().enumerate() {
        let item = |(number, outcome): (usize, Outcome)| {
            let kind = if deed.is_final() && number % 2 == 1 { KeyKind::CollectionAccessKey } else { KeyKind::ApiKey };
            let name = Untrusted::from(format!("it's {number}"));
            let key =
                Key { kind, name, masked: "kdk_…9fQ2".into(), ..Key::sample(&format!("{}-{number}", deed.word())) };
            Item { outcome, ..Item::from(&key) }
        };
        let about = About {
            deed,
            profile: "acme".to_owned(),
            address: "https://keys.team.example".to_owned(),
            user: UserId(1),
            note: (at == 0).then(|| "left the team".to_owned()),
        };
        let items = outcomes().into_iter().enumerate().map(item).collect();
        drop(journal.begin_change(NewChange { about: &about, items, now: now() }).await.unwrap());
    }
    journal.close().await;
}

/// The tables of changes as SQL, with ids that do not change from run to run.
fn dump(state: &Path) -> String {
    let file = database(state);
    let mut text = String::new();
    let mut tables = file
        .prepare("SELECT sql FROM sqlite_schema WHERE type IN ('table', 'index') AND sql NOT NULL ORDER BY rowid")
        .unwrap();
    for sql in tables.query_map([], |row| row.get::<_, String>(0)).unwrap() {
        writeln!(text, "{};", sql.unwrap()).unwrap();
    }
    let ids: Vec<String> = {
        let mut ids = file.prepare("SELECT id FROM changes ORDER BY rowid").unwrap();
        ids.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    for table in ["changes", "change_keys"] {
        let order = if table == "changes" { "rowid" } else { "change, number" };
        let mut rows = file.prepare(&format!("SELECT * FROM {table} ORDER BY {order}")).unwrap();
        let names: Vec<String> = rows.column_names().into_iter().map(str::to_owned).collect();
        let mut lines = Vec::new();
        let mut found = rows.query([]).unwrap();
        while let Some(row) = found.next().unwrap() {
            let value = |at: usize| match row.get::<_, Value>(at).unwrap() {
                Value::Null => "NULL".to_owned(),
                Value::Integer(number) => number.to_string(),
                Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
                other => panic!("{other:?}"),
            };
            let values: Vec<String> = (0..names.len()).map(value).collect();
            lines.push(format!("INSERT INTO {table} ({}) VALUES ({});", names.join(", "), values.join(", ")));
        }
        for line in &lines {
            writeln!(text, "{line}").unwrap();
        }
    }
    for (at, id) in ids.iter().enumerate() {
        text = text.replace(id, &format!("01KFRM{at:020}"));
    }
    let version: i64 = file.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    writeln!(text, "PRAGMA user_version = {version};").unwrap();
    text
}

async fn changes(journal: &Journal) -> Vec<Change> {
    let read = journal.all_changes(now()).await.unwrap();
    assert_eq!(read.unreadable, []);
    read.changes.into_iter().map(|(change, _)| change).collect()
}

#[tokio::test]
async fn each_change_of_each_form_is_read_back_and_goes_on_to_its_end() {
    for (form, sql) in FORMS {
        let state = left(sql);
        let journal = Journal::open(state.path()).await.unwrap();
        let found = changes(&journal).await;
        assert_eq!(found.len(), if *form == "changes-1" { Deed::PLAIN.len() } else { deeds().len() }, "{form}");
        for change in found {
            let (id, deed) = (change.id.clone(), change.about.deed);
            assert!(!change.is_over && change.is_of("https://keys.team.example", UserId(1)), "{form}: {change:?}");
            let noted: Vec<Outcome> = change.items.iter().map(|item| item.outcome.clone()).collect();
            let known = |outcome: &Outcome| {
                *form != "changes-1" || !matches!(outcome, Outcome::HandedOver | Outcome::AlreadyTheirs)
            };
            assert_eq!(noted, outcomes().into_iter().filter(known).collect::<Vec<_>>(), "{form}");
            let service = FakeService::new(change.items.iter().map(|item| key(item, deed)).collect());
            let read = read_back(&service, &journal, &id, None, now()).await.unwrap();
            assert_eq!(read.unseen, None);
            let (stop, permit) = (CancellationToken::new(), WritePermit::unless_read_only(false).unwrap());
            let mut record = Record::resume(&journal, &id, &read.left, now()).await.unwrap();
            let order = Order::new(deed, &read.left, None);
            let done = carry_out(&service, &permit, order, Some(&mut record), &stop, &mut |_| ()).await;
            // queued, failed, not sent for want of a line, unknown; nothing of what was sent
            assert_eq!(done.len(), 5, "{form} {deed:?}: {done:?}");
            assert!(done.iter().all(|(_, outcome)| outcome.is_done()), "{form} {deed:?}: {done:?}");
            assert!(journal.change(&id).await.unwrap().is_over, "{form} {deed:?}");
        }
    }
}

#[tokio::test]
async fn a_journal_from_before_there_were_changes_takes_them() {
    for sql in WITHOUT {
        let state = left(sql);
        let journal = Journal::open(state.path()).await.unwrap();
        let rotations = journal.all(1000).await.unwrap().rotations.len();
        assert!(rotations > 10 && changes(&journal).await.is_empty());
        journal.close().await;
        write(state.path()).await;
        let journal = Journal::open(state.path()).await.unwrap();
        assert_eq!(
            (journal.all(1000).await.unwrap().rotations.len(), changes(&journal).await.len()),
            (rotations, deeds().len())
        );
    }
}

#[tokio::test]
async fn the_present_form_is_written() {
    let state = tempfile::tempdir().unwrap();
    write(state.path()).await;
    let text = dump(state.path());
    if let Some(path) = std::env::var_os("KEYDECK_WRITE_FORM") {
        std::fs::write(path, &text).unwrap();
    }
    // what is written now has the columns and the words of the latest fixture: a change of them is a new form
    let lines = |sql: &str| -> BTreeSet<String> { sql.lines().map(str::to_owned).collect() };
    let (form, latest) = FORMS.last().unwrap();
    let (present, latest) = (lines(&text), lines(latest));
    let of_changes = |line: &&String| line.contains("change") && line.starts_with("INSERT");
    let new: Vec<_> = present.difference(&latest).filter(of_changes).collect();
    assert!(new.is_empty(), "{form}: {new:#?}");
}
