use super::*;
use crate::domain::key::Key;

fn now() -> Time {
    When::from_wire("2026-11-21T02:51:00.123Z").time().unwrap()
}

fn about() -> About {
    About {
        deed: Deed::Disable,
        profile: "acme".to_owned(),
        address: "https://keys.acme.example".to_owned(),
        user: UserId(7),
        note: Some("left the team".to_owned()),
    }
}

fn items(ids: &str) -> Vec<Item> {
    let item = |id: &str| {
        let kind = if id.starts_with('c') { KeyKind::CollectionAccessKey } else { KeyKind::ApiKey };
        Item::from(&Key { kind, name: format!("key {id}").into(), ..Key::sample(id) })
    };
    ids.split(' ').map(item).collect()
}

async fn journal() -> (tempfile::TempDir, Journal) {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).await.unwrap();
    (dir, journal)
}

async fn begin(journal: &Journal, ids: &str) -> (ChangeId, Lock) {
    journal.begin_change(NewChange { about: &about(), items: items(ids), now: now() }).await.unwrap()
}

#[tokio::test]
async fn every_outcome_comes_back_as_it_was_noted() {
    let (dir, journal) = journal().await;
    let why = || Untrusted::from("why \u{202e}not");
    let outcomes = vec![
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
    ];
    let ids = (0..outcomes.len()).map(|n| format!("k{n}")).collect::<Vec<_>>().join(" ");
    let (id, _lock) = begin(&journal, &ids).await;
    journal.note_change(&id, outcomes.iter().cloned().enumerate().collect()).await.unwrap();
    journal.close().await;
    let change = Journal::open(dir.path()).await.unwrap().change(&id).await.unwrap();
    assert_eq!((&change.about, change.started, change.is_over), (&about(), now(), false));
    assert_eq!(change.items.iter().map(|item| item.outcome.clone()).collect::<Vec<_>>(), outcomes);
    assert_eq!(change.items[3].name, "key k3".into());
}

#[tokio::test]
async fn a_change_is_over_once_nothing_of_it_is_open_or_it_is_forgotten() {
    let (_dir, journal) = journal().await;
    let (id, lock) = begin(&journal, "a b c1").await;
    journal.note_change(&id, vec![(0, Outcome::Disabled), (1, Outcome::Sent)]).await.unwrap();
    assert!(!journal.end_change(&id).await.unwrap());
    let open = journal.open_changes(now()).await.unwrap();
    assert!(matches!(&open.changes[..], [(_, Held::By(Some(holder)))] if holder.pid == std::process::id()));
    drop(lock);
    assert!(matches!(&journal.open_changes(now()).await.unwrap().changes[..], [(_, Held::No)]));
    let rest = vec![(1, Outcome::NotFound), (2, Outcome::NotSent(Untrusted::default()))];
    journal.note_change(&id, rest).await.unwrap();
    assert!(journal.end_change(&id).await.unwrap());
    assert_eq!(journal.open_changes(now()).await.unwrap(), Changes::default());

    let (other, _lock) = begin(&journal, "a").await;
    journal.forget_change(&other).await.unwrap();
    assert_eq!(journal.open_changes(now()).await.unwrap(), Changes::default());
    assert_eq!(journal.all_changes(now()).await.unwrap().changes.len(), 2);
    let none = journal.forget_change(&ChangeId("NONE".to_owned())).await.unwrap_err();
    assert_eq!(
        (none.to_string().as_str(), none.hint().as_str()),
        ("there is no change NONE", "see: keydeck changes list")
    );
}

#[tokio::test]
async fn a_change_is_found_by_the_beginning_of_its_id() {
    let (_dir, journal) = journal().await;
    let (id, _lock) = begin(&journal, "a").await;
    let (other, _other) = begin(&journal, "b").await;
    assert_eq!(journal.find_change(&id.0.to_lowercase()).await.unwrap(), id);
    let both = journal.find_change(&id.0[..4]).await.unwrap_err();
    assert!(both.hint().contains(&id.0) && both.hint().contains(&other.0), "{}", both.hint());
    for none in ["", "zzz", "%"] {
        assert!(matches!(journal.find_change(none).await, Err(JournalError::NoSuchChange { .. })), "{none}");
    }
}

#[tokio::test]
async fn one_that_cannot_be_read_is_told_of_and_holds_up_no_other() {
    let (_dir, journal) = journal().await;
    let (bad, _) = begin(&journal, "a").await;
    let (good, _) = begin(&journal, "b").await;
    for (sql, why) in [
        ("UPDATE changes SET form = 9", "it has the form 9, and this keydeck knows up to 2"),
        ("UPDATE changes SET form = 1, deed = 'melt'", "its row is damaged"),
        ("UPDATE changes SET deed = 'revoke', started_at = 'soon'", "its row is damaged"),
        ("UPDATE changes SET started_at = '2026-11-21T02:51:00.123Z'", ""),
    ] {
        let update = format!("{sql} WHERE id = '{bad}'");
        journal.read(move |file| file.execute_batch(&update)).await.unwrap();
        let read = journal.open_changes(now()).await.unwrap();
        assert!(read.changes.iter().any(|(change, _)| change.id == good), "{sql}");
        let told: Vec<String> = read.unreadable.iter().map(|one| format!("{one} {}", one.hint())).collect();
        assert!(
            if why.is_empty() { told.is_empty() } else { told[0].contains(why) && told[0].contains(&bad.0) },
            "{told:?}"
        );
    }
    let update = format!("UPDATE change_keys SET outcome = 'melted' WHERE change = '{bad}'");
    journal.read(move |file| file.execute_batch(&update)).await.unwrap();
    assert!(matches!(journal.change(&bad).await, Err(JournalError::UnreadableChange(_))));
    assert!(!journal.end_change(&bad).await.unwrap(), "what cannot be read may be open");
    journal.forget_change(&bad).await.unwrap();
    assert_eq!(journal.open_changes(now()).await.unwrap().unreadable, []);
}

#[tokio::test]
async fn of_those_that_are_over_the_latest_are_kept_and_none_that_is_open_goes() {
    let (_dir, journal) = journal().await;
    let (open, _) = begin(&journal, "a").await;
    for _ in 0..KEPT + 5 {
        let (id, _lock) = begin(&journal, "b").await;
        journal.forget_change(&id).await.unwrap();
    }
    let (last, _) = begin(&journal, "c1").await;
    let all = journal.all_changes(now()).await.unwrap().changes;
    assert_eq!(i64::try_from(all.len()).unwrap(), KEPT + 2);
    assert!([open, last].iter().all(|id| all.iter().any(|(change, _)| change.id == *id)));
}

#[tokio::test]
async fn one_that_another_process_is_at_is_not_taken_up() {
    let (dir, journal) = journal().await;
    let (id, lock) = begin(&journal, "a").await;
    let other = Journal::open(dir.path()).await.unwrap();
    let error = other.lock_change(&id, now()).unwrap_err();
    assert!(error.to_string().starts_with("another keydeck holds this change open: process "), "{error}");
    drop(lock);
    other.lock_change(&id, now()).unwrap();
}
