//! The list of tables against the schema that the steps of a file come to. That of PostgreSQL is held to it where there is one.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::*;
use crate::domain::fold::fold;
use crate::server::store::STEPS;
use crate::server::store::engine::{On, Sqlite, Statement};

/// A database with every step of the schema.
fn database() -> Connection {
    let database = Connection::open_in_memory().unwrap();
    let flags = rusqlite::functions::FunctionFlags::SQLITE_UTF8;
    database.create_scalar_function("folded", 1, flags, |of| Ok(fold(of.get_raw(0).as_str()?))).unwrap();
    for step in STEPS.sqlite {
        database.execute_batch(step.sql).unwrap();
    }
    database
}

fn names(database: &Connection, query: &str) -> Vec<String> {
    let mut query = database.prepare(query).unwrap();
    query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn every_table_is_copied_or_made_by_the_database() {
    let there: BTreeSet<_> =
        names(&database(), "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").into_iter().collect();
    let copied: BTreeSet<_> = TABLES.iter().map(|table| table.name.to_owned()).collect();
    let known: BTreeSet<_> = copied.iter().cloned().chain(PASSING.map(str::to_owned)).collect();
    let derived: BTreeSet<_> = DERIVED.map(str::to_owned).into();
    assert_eq!(copied.len(), TABLES.len());
    assert!(known.is_disjoint(&derived));
    assert_eq!(there.difference(&derived).cloned().collect::<BTreeSet<_>>(), known);
}

#[test]
fn every_column_is_copied_but_those_that_follow_from_others() {
    let database = database();
    for table in &TABLES {
        let of = |condition: &str| {
            names(&database, &format!("SELECT name FROM pragma_table_xinfo('{}') WHERE {condition}", table.name))
        };
        let there: BTreeSet<_> = of("hidden = 0").into_iter().collect();
        assert_eq!(there, table.columns().map(str::to_owned).collect(), "{}", table.name);
        let key: Vec<_> = of("pk > 0 ORDER BY pk");
        assert_eq!(key, table.key, "{}", table.name);
        assert!(table.later.iter().all(|(column, _)| table.rest.contains(column)), "{}", table.name);
        assert!(table.later.is_empty() || table.key.len() == 1 && table.later.len() <= 2, "{}", table.name);
    }
}

#[test]
fn what_a_table_refers_to_is_copied_before_it() {
    let database = database();
    for (at, table) in TABLES.iter().enumerate() {
        let (to, from) = ("SELECT \"table\"", "SELECT \"from\"");
        let list = format!("FROM pragma_foreign_key_list('{}') ORDER BY id, seq", table.name);
        let referred = names(&database, &format!("{to} {list}"));
        for (to, column) in referred.iter().zip(names(&database, &format!("{from} {list}"))) {
            let place = TABLES.iter().position(|table| table.name == to).unwrap();
            let later = table.later.iter().any(|(later, _)| *later == column);
            assert!(place < at || place == at && later, "{} refers to {to} by {column}", table.name);
        }
    }
}

#[test]
fn sums_tell_rows_apart() {
    let text = |text: &str| Value::Text(text.to_owned());
    let of = |rows: &[Vec<Value>]| {
        let mut sum = Summing::new();
        sum.add_all(rows);
        sum.of(&TABLES[0])
    };
    let all = [
        of(&[]),
        of(&[vec![Value::Null, Value::Null]]),
        of(&[vec![Value::Null], vec![Value::Null]]),
        of(&[vec![text("ab"), text("c")]]),
        of(&[vec![text("a"), text("bc")]]),
        of(&[vec![text("1")]]),
        of(&[vec![Value::Integer(1)]]),
        of(&[vec![text("")]]),
    ];
    for (at, one) in all.iter().enumerate() {
        for (other_at, other) in all.iter().enumerate() {
            assert_eq!(one == other, at == other_at, "{at} {other_at}");
        }
    }
    let other = Sum { table: "users", ..all[0].clone() };
    assert_eq!(difference(&[all[0].clone(), other.clone()], &[all[0].clone(), other.clone()]), None);
    assert_eq!(difference(&[all[0].clone(), other], &[all[0].clone(), all[3].clone()]), Some("users"));
}

/// Two files with the schema.
async fn two(folder: &std::path::Path) -> [Sqlite; 2] {
    let mut both = Vec::new();
    for name in ["one", "other"] {
        let path = folder.join(name);
        std::fs::File::create(&path).unwrap();
        let file = Sqlite::of(&path);
        file.migrate(STEPS.sqlite).await.unwrap();
        both.push(file);
    }
    both.try_into().ok().unwrap()
}

async fn run(on: &mut Transaction, text: &str) {
    on.run(Statement { text: text.to_owned(), values: Vec::new() }).await.unwrap();
}

/// What triggers and references would come between: a key of somebody who left that is not stopped yet, one that replaced a key
/// of a later id, and one that was made with a later one.
const AWKWARD: [&str; 3] = [
    "INSERT INTO users (id, name, username, email, roles, active, joined_at) VALUES \
     (1, 'a', 'a', 'a', ' user ', 1, ''), (2, 'b', 'b', 'b', ' user ', 1, '')",
    "INSERT INTO api_keys (id, name, name_folded, owner_id, contacts, created_at, rotated_from, minted_with, revoked_at) VALUES \
     ('a', 'n', 'n', 2, '[]', '', 'c', NULL, NULL), ('b', 'n', 'n', 1, '[]', '', NULL, 'c', NULL), \
     ('c', 'n', 'n', 2, '[]', '', NULL, NULL, 'then')",
    "UPDATE users SET active = 0 WHERE id = 2",
];

#[tokio::test]
async fn what_refers_forward_and_what_no_trigger_has_come_to_is_copied_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = two(folder.path()).await;
    let mut from = Transaction::Sqlite(one.write().await.unwrap());
    for text in AWKWARD {
        run(&mut from, text).await;
    }
    let mut to = Transaction::Sqlite(other.write().await.unwrap());
    // twice: what is there goes, and nothing is counted twice
    for _ in 0..2 {
        let read = copy(&mut from, &mut to, |_, _| ()).await.unwrap();
        let written = sums(&mut to).await.unwrap();
        assert_eq!((difference(&read, &written), &read), (None, &sums(&mut from).await.unwrap()));
        assert_eq!(counts(&mut to).await.unwrap(), counts(&mut from).await.unwrap());
        assert_eq!(counts(&mut to).await.unwrap().len(), 5);
    }
    run(&mut to, "UPDATE users SET name = 'B' WHERE id = 2").await;
    assert_eq!(difference(&sums(&mut from).await.unwrap(), &sums(&mut to).await.unwrap()), Some("users"));
}

#[tokio::test]
async fn many_pages_are_copied() {
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = two(folder.path()).await;
    let mut from = Transaction::Sqlite(one.write().await.unwrap());
    run(
        &mut from,
        "INSERT INTO refused_uses (key_id, address, count, first_at, last_at) \
         WITH RECURSIVE n(at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM n WHERE at < 1300) \
         SELECT 'key-' || (at / 7), 'address-' || at, at, '', '' FROM n",
    )
    .await;
    let mut to = Transaction::Sqlite(other.write().await.unwrap());
    let mut told = Vec::new();
    copy(&mut from, &mut to, |table, rows| told.push((table, rows))).await.unwrap();
    assert!(told.contains(&("refused_uses", 1300)), "{told:?}");
    assert_eq!(sums(&mut from).await.unwrap(), sums(&mut to).await.unwrap());
}

#[tokio::test]
async fn a_marked_database_refuses_every_change_and_another_move_takes_the_mark_away() {
    let folder = tempfile::tempdir().unwrap();
    let [one, _other] = two(folder.path()).await;
    let mut on = Transaction::Sqlite(one.write().await.unwrap());
    for text in AWKWARD {
        run(&mut on, text).await;
    }
    let mark = Mark { id: "m".to_owned(), to: "there".to_owned(), head: "0:0".to_owned(), at: "then".to_owned() };
    set(&mut on, &mark).await.unwrap();
    assert_eq!(of(&mut on).await.unwrap(), Some(mark));
    for (text, refused) in [
        ("UPDATE audit_head SET seq = seq + 1 WHERE id = 1", true),
        ("INSERT INTO leases (name, holder, until) VALUES ('life', 'me', '')", true),
        (
            "INSERT INTO leases (name, holder, until) VALUES ('life', 'me', '') ON CONFLICT (name) DO UPDATE SET until = ''",
            true,
        ),
        ("DELETE FROM api_keys WHERE id = 'a'", true),
        ("UPDATE api_keys SET last_used_at = 'now' WHERE id = 'a'", true),
        ("UPDATE server_keys SET value = '' WHERE name = 'moved'", true),
        ("SELECT id FROM api_keys", false),
    ] {
        let done = (&mut on).run(Statement { text: text.to_owned(), values: Vec::new() }).await;
        assert_eq!(matches!(done, Err(crate::server::store::engine::Error::Moved)), refused, "{text}");
    }
    clear(&mut on).await.unwrap();
    assert_eq!(of(&mut on).await.unwrap(), None);
    run(&mut on, "UPDATE audit_head SET seq = seq + 1 WHERE id = 1").await;
    add_to_history(&mut on, &[], "first").await.unwrap();
    let before = history(&mut on).await.unwrap();
    add_to_history(&mut on, &before, "second").await.unwrap();
    assert_eq!(history(&mut on).await.unwrap(), ["first", "second"]);
}
