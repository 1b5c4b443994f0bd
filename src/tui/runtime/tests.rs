use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::Instant;

use super::*;
use crate::client::fake::FakeService;
use crate::domain::bulk::{Outcome, Progress};
use crate::domain::deed::Deed;
use crate::domain::ids::UserId;
use crate::domain::key::{Key, Status};
use crate::domain::listing::{KeyChange, Scope};
use crate::domain::sort::{Column, Sort};
use crate::domain::table::States;
use crate::tui::effect::{Order, Write};
use crate::tui::remembered::ListHabits;
use crate::tui::session::Session;
use crate::tui::tab::Tab;

/// What a terminal was sent.
#[derive(Default)]
struct Sent(Vec<u8>);

impl Output for Sent {
    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

/// A runtime on a backend in memory.
struct Bench {
    service: Arc<FakeService>,
    runtime: Runtime,
    events: UnboundedReceiver<Event>,
    terminal: Sent,
    folder: tempfile::TempDir,
}

impl Bench {
    fn new(permit: Option<WritePermit>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let service = Arc::new(FakeService::new(vec![Key::sample("a"), Key::sample("b")]));
        let (sender, events) = unbounded_channel();
        let rotations = RotationSettings {
            profile: "p".to_owned(),
            state: folder.path().join("rotations"),
            escrow: crate::config::EscrowSettings::default(),
        };
        let incidents = IncidentSettings {
            profile: "p".to_owned(),
            production: false,
            state: folder.path().join("state"),
            out: folder.path().to_owned(),
        };
        let memory = MemoryFile::of(folder.path(), "p");
        let runtime = Runtime::new(Arc::clone(&service) as _, permit, Some(memory), rotations, incidents, sender);
        Self { service, runtime, events, terminal: Sent::default(), folder }
    }

    fn writing() -> Self {
        Self::new(WritePermit::unless_read_only(false).ok())
    }

    fn run(&mut self, effect: Effect) -> &mut Self {
        self.runtime.run(effect, &mut self.terminal);
        self
    }

    fn write(&mut self, write: Write) -> &mut Self {
        let permission = session().permission().unwrap();
        self.run(Effect::Write(permission, write))
    }

    /// The same once every change of many keys has ended.
    async fn finish_after_all(mut self) -> (Arc<FakeService>, Vec<Event>, tempfile::TempDir) {
        while !matches!(self.events.recv().await, Some(Event::BulkEnded(_))) {}
        self.finish().await
    }

    /// Lets everything come to its end, and gives what was reported but for the rate limit.
    async fn finish(mut self) -> (Arc<FakeService>, Vec<Event>, tempfile::TempDir) {
        self.runtime.finish(Duration::from_secs(5)).await;
        let mut events = Vec::new();
        while let Ok(event) = self.events.try_recv() {
            events.push(event);
        }
        events
            .retain(|event| !matches!(event, Event::Rate(_) | Event::Calling(_) | Event::Called(_) | Event::Paused(_)));
        (self.service, events, self.folder)
    }
}

fn session() -> Session {
    Session {
        profile: "p".to_owned(),
        address: "https://keys.team.example".to_owned(),
        read_only: false,
        unlocked: None,
        switching: false,
        production: false,
        color: None,
        capabilities: crate::client::capabilities::Capabilities::all(),
        notice_days: vec![30, 14, 3, 1],
        saved: crate::domain::rotation::Defaults::default(),
    }
}

fn disable(ticket: u64) -> Write {
    let change = KeyChange { enabled: Some(false), ..KeyChange::default() };
    Write::Change(Ticket(ticket), "a".into(), change)
}

fn revoke(ids: &[&str]) -> Write {
    let keys = ids.iter().map(|id| Key::sample(id)).collect();
    let order = Order { deed: Deed::Revoke, keys, own: None, user: UserId(1), resumes: None, findings: Vec::new() };
    Write::Bulk(Ticket(1), Box::new(order))
}

/// Counts when it is dropped, which an aborted task's future is.
struct Ends(Arc<AtomicUsize>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test(start_paused = true)]
async fn a_superseded_read_is_aborted() {
    let mut bench = Bench::writing();
    let ended = Arc::new(AtomicUsize::new(0));
    let (guard, reporter) = (Ends(Arc::clone(&ended)), bench.runtime.reporter.clone());
    bench.runtime.read(Slot::Me, Ticket(1), async move {
        let _guard = guard;
        tokio::time::sleep(Duration::from_secs(10)).await;
        reporter.answer(Slot::Me, Ticket(1), Ok(Answer::End));
    });
    // another slot's read ends nothing
    bench.run(Effect::Load(Slot::Users, Ticket(2)));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(ended.load(Ordering::SeqCst), 0);
    bench.run(Effect::Load(Slot::Me, Ticket(3)));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(ended.load(Ordering::SeqCst), 1, "it went on although nobody waits for it");
    tokio::time::sleep(Duration::from_secs(20)).await;
    let (service, events, _) = bench.finish().await;
    let answered: Vec<Ticket> = events
        .iter()
        .filter_map(|event| match event {
            Event::Answer(_, ticket, _) => Some(*ticket),
            _ => None,
        })
        .collect();
    assert_eq!(answered, [Ticket(2), Ticket(3)]);
    assert_eq!(service.count("me"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_read_is_aborted_and_says_nothing() {
    let mut bench = Bench::writing();
    bench.run(Effect::Load(Slot::Keys(Scope::Team), Ticket(1))).run(Effect::Cancel(Slot::Keys(Scope::Team)));
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (service, events, _) = bench.finish().await;
    assert!(events.is_empty(), "{events:?}");
    assert_eq!(service.count("keys"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_write_is_carried_to_its_end_though_the_console_leaves_at_once() {
    let mut bench = Bench::writing();
    bench.write(disable(1)).write(disable(2)).run(Effect::Quit);
    let (service, events, _) = bench.finish().await;
    assert_eq!(service.count("change_api_key"), 2, "a later write supersedes no earlier one");
    let changed: Vec<&Status> = events
        .iter()
        .filter_map(|event| match event {
            Event::Changed(_, result) => result.as_ref().as_ref().ok().map(|key| &key.status),
            _ => None,
        })
        .collect();
    assert_eq!(changed, [&Status::Disabled, &Status::Disabled]);
}

#[tokio::test(start_paused = true)]
async fn leaving_waits_for_a_write_no_longer_than_it_must() {
    let bench = Bench::writing();
    bench.runtime.writes.spawn(std::future::pending::<()>());
    let began = Instant::now();
    let _ = bench.finish().await;
    assert_eq!(began.elapsed(), Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn stopping_sends_no_more_and_the_next_revoke_is_not_stopped_by_it() {
    let mut bench = Bench::writing();
    bench.write(revoke(&["a"])).run(Effect::StopSending);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(bench.service.count("revoke_api_keys"), 0);
    bench.write(revoke(&["b"]));
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (service, events, _) = bench.finish().await;
    assert_eq!(service.count("revoke_api_keys"), 1);
    assert!(
        events.iter().any(|event| {
            matches!(event, Event::Bulk(_, Progress::Done(id, Outcome::Revoked)) if id.as_str() == "b")
        })
    );
}

#[tokio::test(start_paused = true)]
async fn each_write_without_a_permit_is_answered_and_none_is_sent() {
    let mut bench = Bench::new(None);
    let new = crate::domain::listing::NewKey::default();
    bench.write(disable(1)).write(Write::Create(Ticket(2), new, UserId(1)));
    bench.write(Write::CreateCollectionKey(Ticket(3), String::new(), None)).write(revoke(&["a"]));
    bench.write(Write::StartRotations(Ticket(5), Vec::new())).write(Write::GoOnRotating(Ticket(6)));
    let (service, events, _) = bench.finish().await;
    assert_eq!(events.len(), 6, "{events:?}");
    assert!(matches!(&events[0], Event::Changed(Ticket(1), result) if result.is_err()));
    assert!(matches!(&events[1], Event::Created(Ticket(2), result) if result.is_err()));
    assert!(matches!(&events[2], Event::Created(Ticket(3), result) if result.is_err()));
    assert!(matches!(&events[3], Event::BulkEnded(Ticket(1))));
    assert!(matches!(&events[4], Event::RotationRefused(Ticket(5), None, _)));
    assert!(matches!(&events[5], Event::RotationRefused(Ticket(6), None, _)));
    assert_eq!(service.state().calls, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_an_answer_too() {
    let mut bench = Bench::writing();
    bench.runtime.read(Slot::Me, Ticket(1), async { panic!("a mistake") });
    bench.runtime.create(Ticket(2), async { panic!("a mistake") });
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (_, events, _) = bench.finish().await;
    let lost = |error: &ServiceError| error.outcome_unknown();
    assert!(
        events
            .iter()
            .any(|event| { matches!(event, Event::Answer(Slot::Me, Ticket(1), Answer::Failed(error)) if lost(error)) })
    );
    assert!(
        events.iter().any(|event| {
            matches!(event, Event::Created(Ticket(2), made) if made.as_ref().as_ref().is_err_and(lost))
        })
    );
}

#[tokio::test]
async fn the_last_of_what_is_to_be_remembered_is_kept() {
    let mut bench = Bench::writing();
    let habits = |column| ListHabits { sort: Sort::by(column), states: States::ALL, columns: vec![Column::Name] };
    for column in [Column::Created, Column::Owner] {
        let lists = vec![(Tab::Team, habits(column))];
        bench.run(Effect::Remember(Remembered { tab: Tab::Team, theme: None, lists }));
    }
    let (_, _, folder) = bench.finish().await;
    let (_, remembered) = MemoryFile::of(folder.path(), "p").open();
    assert_eq!(remembered.unwrap().lists[0].1.sort, Sort::by(Column::Owner));
}

#[tokio::test(start_paused = true)]
async fn a_value_goes_to_the_terminal_and_to_no_event() {
    let mut bench = Bench::writing();
    bench.runtime.route = Route::Terminal;
    bench.run(Effect::CopySecret(Ticket(1), Secret::new("a value".to_owned())));
    assert!(bench.terminal.0.starts_with(b"\x1b]52;c;"));
    let (_, events, _) = bench.finish().await;
    assert!(matches!(&events[..], [Event::Copied(Copied::Secret(Ticket(1)), Ok(_))]), "{events:?}");
}

#[test]
fn the_earliest_moment_asked_for_wakes() {
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _entered = tokio.enter();
    let mut bench = Bench::writing();
    for seconds in [9, 3, 6] {
        bench.run(Effect::WakeAt(Duration::from_secs(seconds)));
    }
    assert_eq!(bench.runtime.wake, Some(Duration::from_secs(3)));
}

#[tokio::test]
async fn keys_are_read_again_with_their_findings_where_they_are_asked_for() {
    use crate::client::error::ErrorKind;
    use crate::domain::bulk::Target;
    use crate::tui::effect::WithFindings;

    let targets = || vec![Target { id: "a".into(), kind: KeyKind::ApiKey }];
    for (with, asked) in [(WithFindings::Yes, 1), (WithFindings::No, 0)] {
        let mut bench = Bench::writing();
        bench.run(Effect::ReadAgain(Ticket(7), targets(), with));
        let answer = tokio::time::timeout(Duration::from_mins(1), async {
            loop {
                if let Some(Event::Answer(Slot::Again, ticket, answer)) = bench.events.recv().await {
                    break (ticket, answer);
                }
            }
        });
        let (ticket, Answer::Fresh(fresh)) = answer.await.unwrap() else { panic!("not read") };
        assert_eq!((ticket, fresh.keys.len(), fresh.keys[0].id.as_str()), (Ticket(7), 1, "a"));
        assert_eq!((bench.service.count("keys_by_ids"), bench.service.count("findings")), (1, asked));
        bench.service.fail("keys_by_ids", ErrorKind::Unreachable);
        bench.run(Effect::ReadAgain(Ticket(8), targets(), with));
        let failed = loop {
            if let Some(Event::Answer(Slot::Again, Ticket(8), answer)) = bench.events.recv().await {
                break answer;
            }
        };
        assert!(matches!(failed, Answer::Failed(_)), "{failed:?}");
    }
}

/// What the journal of this bench holds open.
async fn open_changes(folder: &tempfile::TempDir) -> Vec<crate::domain::changes::Change> {
    let journal = crate::local::journal::Journal::open(&folder.path().join("rotations")).await.unwrap();
    let open = journal.open_changes(chrono::Utc::now()).await.unwrap();
    open.changes.into_iter().map(|(change, _)| change).collect()
}

#[tokio::test]
async fn what_leaving_cuts_short_is_found_again_and_what_a_person_stopped_is_not() {
    for stopped in [false, true] {
        let mut bench = Bench::writing();
        // it begins when this waits, and finds that nothing more is to be sent
        bench.write(revoke(&["a", "b"]));
        if stopped {
            bench.run(Effect::StopSending);
            while !matches!(bench.events.recv().await, Some(Event::BulkEnded(_))) {}
        }
        let (service, _, folder) = bench.finish().await;
        assert_eq!(service.count("revoke_api_keys"), 0);
        assert_eq!(open_changes(&folder).await.len(), usize::from(!stopped));
    }
}

#[tokio::test]
async fn a_change_that_another_console_has_taken_up_is_not_sent() {
    let mut bench = Bench::writing();
    let journal = crate::local::journal::Journal::open(&bench.folder.path().join("rotations")).await.unwrap();
    let Write::Bulk(ticket, order) = revoke(&["a", "b"]) else { panic!() };
    let about = crate::domain::changes::About {
        deed: Deed::Revoke,
        profile: "p".to_owned(),
        address: bench.service.address(),
        user: UserId(1),
        note: None,
    };
    let items = order.keys.iter().map(crate::domain::changes::Item::from).collect();
    let new = crate::local::journal::NewChange { about: &about, items, now: chrono::Utc::now() };
    let (id, lock) = journal.begin_change(new).await.unwrap();
    let resumed = || Write::Bulk(ticket, Box::new(Order { resumes: Some(id.clone()), ..(*order).clone() }));
    bench.write(resumed());
    while !matches!(bench.events.recv().await, Some(Event::BulkEnded(_))) {}
    assert_eq!(bench.service.count("revoke_api_keys"), 0, "another process is at it");
    drop(lock);
    bench.write(resumed());
    let (service, _, folder) = bench.finish_after_all().await;
    assert_eq!(service.count("revoke_api_keys"), 1);
    assert!(open_changes(&folder).await.is_empty());
}
