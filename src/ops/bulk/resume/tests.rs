use super::*;
use crate::client::WritePermit;
use crate::client::error::ErrorKind;
use crate::client::fake::FakeService;
use crate::domain::bulk::Progress;
use crate::domain::changes::About;
use crate::domain::deed::Deed;
use crate::domain::ids::UserId;
use crate::domain::key::Status;
use crate::ops::bulk::{Order, Record, carry_out};
use tokio_util::sync::CancellationToken;

struct Bench {
    service: FakeService,
    journal: Journal,
    _folder: tempfile::TempDir,
}

fn key(id: &str) -> Key {
    let kind = if id.starts_with('c') { KeyKind::CollectionAccessKey } else { KeyKind::ApiKey };
    Key { kind, owner_id: UserId(1), ..Key::sample(id) }
}

fn keys(ids: &str) -> Vec<Key> {
    ids.split(' ').map(key).collect()
}

impl Bench {
    async fn new(ids: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).await.unwrap();
        Self { service: FakeService::new(ids.split(' ').map(key).collect()), journal, _folder: folder }
    }

    async fn begin(&self, deed: Deed, ids: &str) -> Record {
        let about =
            About { deed, profile: "p".to_owned(), address: self.service.address(), user: UserId(1), note: None };
        Record::begin(&self.journal, &about, &keys(ids), Time::default()).await.unwrap()
    }

    /// As a process leaves it that is killed with these outcomes on disk.
    async fn cut_short(&self, deed: Deed, ids: &str, noted: Vec<(usize, Outcome)>) -> ChangeId {
        let record = self.begin(deed, ids).await;
        self.journal.note_change(record.id(), noted).await.unwrap();
        record.id().clone()
    }

    async fn read_back(&self, id: &ChangeId) -> ReadBack {
        read_back(&self.service, &self.journal, id, None, Time::default()).await.unwrap()
    }

    /// Goes on with what is left.
    async fn go_on(&self, id: &ChangeId, left: &[Key]) -> Vec<Outcome> {
        let change = self.journal.change(id).await.unwrap();
        let mut record = Record::resume(&self.journal, id, left, Time::default()).await.unwrap();
        let permit = WritePermit::unless_read_only(false).unwrap();
        let (order, stop) = (Order::new(change.about.deed, left, None), CancellationToken::new());
        let done = carry_out(&self.service, &permit, order, Some(&mut record), &stop, &mut |_| ()).await;
        done.into_iter().map(|(_, outcome)| outcome).collect()
    }

    async fn noted(&self, id: &ChangeId) -> Vec<&'static str> {
        self.journal.change(id).await.unwrap().items.iter().map(|item| item.outcome.word()).collect()
    }

    fn status(&self, id: &str, status: Status) {
        self.service.state().keys.iter_mut().find(|key| key.id.as_str() == id).unwrap().status = status;
    }
}

fn ids(keys: &[Key]) -> Vec<&str> {
    keys.iter().map(|key| key.id.as_str()).collect()
}

#[tokio::test]
async fn what_was_under_way_is_read_back_and_only_the_rest_is_sent() {
    for (deed, done) in
        [(Deed::Revoke, Status::Revoked), (Deed::Delete, Status::Revoked), (Deed::Disable, Status::Disabled)]
    {
        let bench = Bench::new("a b d e").await;
        let noted = vec![(0, Outcome::done(deed, true)), (1, Outcome::Sent), (2, Outcome::Sent)];
        let id = bench.cut_short(deed, "a b d e gone", noted).await;
        bench.status("a", done.clone());
        bench.status("b", done.clone());
        let read = bench.read_back(&id).await;
        assert_eq!(ids(&read.left), ["d", "e"], "{deed:?}");
        assert_eq!(read.unseen, None);
        assert_eq!(bench.noted(&id).await, [deed.result(), deed.result(), "queued", "queued", "not found"]);
        bench.service.state().calls.clear();
        let done = bench.go_on(&id, &read.left).await;
        assert!(done.iter().all(Outcome::is_done), "{deed:?}: {done:?}");
        let calls = bench.service.state().calls.join(" ");
        assert!(!calls.contains(" a") && !calls.contains(" b"), "{deed:?}: sent twice: {calls}");
        assert!(bench.journal.change(&id).await.unwrap().is_over, "{deed:?}");
    }
}

#[tokio::test]
async fn one_of_which_nothing_is_left_is_over_once_it_is_read_back() {
    let bench = Bench::new("a c1").await;
    let id = bench.cut_short(Deed::Revoke, "a c1", vec![(0, Outcome::Sent), (1, Outcome::Sent)]).await;
    for key in ["a", "c1"] {
        bench.status(key, Status::Revoked);
    }
    let read = bench.read_back(&id).await;
    assert!(read.change.is_over && read.left.is_empty(), "{read:?}");
    assert_eq!(bench.noted(&id).await, ["revoked", "revoked"]);
}

#[tokio::test]
async fn what_cannot_be_seen_stays_under_way_and_is_not_sent() {
    let bench = Bench::new("a b").await;
    let id = bench.cut_short(Deed::Revoke, "a b", vec![(0, Outcome::Sent)]).await;
    bench.service.fail("api_key", ErrorKind::Unreachable);
    let read = bench.read_back(&id).await;
    assert!(read.unseen.is_some() && !read.change.is_over, "{read:?}");
    assert_eq!(bench.noted(&id).await[0], "sent");
    assert!(!ids(&read.left).contains(&"a"));
}

#[tokio::test]
async fn a_change_that_a_process_is_at_is_not_read_back() {
    let bench = Bench::new("a").await;
    let record = bench.begin(Deed::Revoke, "a").await;
    let error = read_back(&bench.service, &bench.journal, record.id(), None, Time::default()).await.unwrap_err();
    assert!(matches!(error, RecordError::Locked(_)), "{error}");
    assert!(bench.service.state().calls.is_empty());
}

#[tokio::test]
async fn ids_are_on_disk_before_the_call_and_each_result_after_it() {
    for deed in [Deed::Revoke, Deed::Disable] {
        let bench = Bench::new("a b c1").await;
        let mut record = bench.begin(deed, "a b c1").await;
        let id = record.id().clone();
        assert_eq!(bench.noted(&id).await, ["queued"; 3]);
        let permit = WritePermit::unless_read_only(false).unwrap();
        let (targets, stop) = (keys("a b c1"), CancellationToken::new());
        let mut told = Vec::new();
        let mut report = |progress| told.push(progress);
        let order = Order::new(deed, &targets, None);
        carry_out(&bench.service, &permit, order, Some(&mut record), &stop, &mut report).await;
        assert_eq!(told[0], Progress::Recorded(id.clone()));
        let collection = if deed.is_final() { "revoked" } else { "failed" };
        assert_eq!(bench.noted(&id).await, [deed.result(), deed.result(), collection]);
        assert!(bench.journal.change(&id).await.unwrap().is_over);
    }
}

#[tokio::test]
async fn what_a_lost_line_left_unsent_stays_open_and_what_a_person_stopped_does_not() {
    let bench = Bench::new("a b").await;
    let permit = WritePermit::unless_read_only(false).unwrap();
    let targets = keys("a b");
    let order = Order::new(Deed::Disable, &targets, None);
    let left = CancellationToken::new();
    left.cancel();
    for (stopped, left, over) in [(false, None, false), (true, None, true), (true, Some(&left), false)] {
        let order = Order { left, ..order };
        let mut record = bench.begin(Deed::Disable, "a b").await;
        let (id, stop) = (record.id().clone(), CancellationToken::new());
        if stopped {
            stop.cancel();
        } else {
            bench.service.fail("change_api_key", ErrorKind::Unreachable);
        }
        carry_out(&bench.service, &permit, order, Some(&mut record), &stop, &mut |_| ()).await;
        let change = bench.journal.change(&id).await.unwrap();
        assert_eq!(change.is_over, over, "{change:?}");
    }
}

#[tokio::test]
async fn a_change_goes_on_though_it_cannot_be_noted_and_says_so_once() {
    let bench = Bench::new("a b").await;
    let mut record = bench.begin(Deed::Disable, "a b").await;
    bench.journal.close().await;
    let permit = WritePermit::unless_read_only(false).unwrap();
    let (targets, stop, mut told) = (keys("a b"), CancellationToken::new(), 0);
    let mut report = |progress| told += usize::from(matches!(progress, Progress::NotRecorded(_)));
    let order = Order::new(Deed::Disable, &targets, None);
    let done = carry_out(&bench.service, &permit, order, Some(&mut record), &stop, &mut report).await;
    assert!(done.iter().all(|(_, outcome)| *outcome == Outcome::Disabled), "{done:?}");
    assert_eq!(told, 1);
}
