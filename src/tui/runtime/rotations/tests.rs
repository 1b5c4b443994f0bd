use std::time::Duration;

use chrono::Utc;

use super::*;
use crate::client::error::ErrorKind;
use crate::client::fake::FakeService;
use crate::config::EscrowStore;
use crate::domain::ids::UserId;
use crate::domain::key::Key;
use crate::domain::rotation::{Next, Overlap, Phase, Question};

const TICKET: Ticket = Ticket(7);

/// A backend with some keys, and the worker of one wizard.
struct Scene {
    service: Arc<FakeService>,
    folder: tempfile::TempDir,
    rotating: Rotating,
    events: UnboundedReceiver<Event>,
    tasks: TaskTracker,
}

fn key(name: &str) -> Key {
    Key { name: name.into(), owner_id: UserId(1), ..Key::sample(name) }
}

impl Scene {
    fn new(names: &[&str]) -> Self {
        let service = Arc::new(FakeService::new(names.iter().map(|name| key(name)).collect()));
        let folder = tempfile::tempdir().unwrap();
        let (events, told) = unbounded_channel();
        let settings = RotationSettings {
            profile: "acme".to_owned(),
            state: folder.path().join("state"),
            escrow: EscrowSettings { store: EscrowStore::File, ..EscrowSettings::default() },
        };
        let permit = WritePermit::unless_read_only(false).ok().map(Arc::new);
        let rotating = Rotating::new(settings, Arc::clone(&service) as Arc<dyn KeyService>, permit, events);
        Self { service, folder, rotating, events: told, tasks: TaskTracker::new() }
    }

    /// Begins a rotation of each key, into these places; `clipboard` is one, every other word a file.
    fn start(&mut self, names: &[&str], places: &[&str]) {
        let plan = |name: &&str| {
            let mut plan = Plan::draft(&key(name), None, Utc::now());
            plan.overlap = Overlap::None;
            let sink = |place: &&str| match *place {
                "clipboard" => Sink::Clipboard,
                place => {
                    let path = self.folder.path().join(format!("{name}-{place}"));
                    Sink::File { path: path.to_str().unwrap().to_owned() }
                }
            };
            plan.sinks = places.iter().map(sink).collect();
            (plan, OldKey::of(&key(name), None))
        };
        let plans = names.iter().map(plan).collect();
        self.rotating.start(TICKET, plans, &self.tasks);
    }

    async fn event(&mut self) -> Event {
        // the limit ends a test that waits for what never comes; nothing is measured by it
        tokio::time::timeout(Duration::from_mins(1), self.events.recv()).await.expect("no event").unwrap()
    }

    /// What is begun, and what it waits for at last, until it asks, waits or is over.
    async fn until_idle(&mut self) -> (Vec<Effect>, Rotation) {
        let mut begun = Vec::new();
        loop {
            match self.event().await {
                Event::Rotating(TICKET, _, Some(effect)) => begun.push(effect),
                Event::Rotating(TICKET, rotation, None) => return (begun, *rotation),
                Event::RotationRefused(_, _, why) => panic!("{why}"),
                _ => {}
            }
        }
    }

    /// Leaves the wizard and waits for its task's end; gives the effects that were still begun.
    async fn close(&mut self) -> Vec<Effect> {
        self.rotating.release(TICKET);
        self.released().await
    }

    /// Waits for the task's end after the wizard was left; gives the effects that were still begun.
    async fn released(&mut self) -> Vec<Effect> {
        let mut begun = Vec::new();
        loop {
            match self.event().await {
                Event::Rotating(TICKET, _, Some(effect)) => begun.push(effect),
                Event::RotationsReleased(TICKET) => return begun,
                _ => {}
            }
        }
    }

    fn decide(&self, rotation: &Rotation, decision: Decision) {
        self.rotating.command(TICKET, Command::Decide(rotation.id.clone(), decision));
    }

    async fn open(&self) -> Vec<Rotation> {
        let journal = Journal::open(&self.folder.path().join("state")).await.unwrap();
        journal.open_rotations().await.unwrap().rotations
    }
}

#[tokio::test]
async fn a_decision_made_between_two_steps_is_taken_before_the_next_one() {
    let mut scene = Scene::new(&["ci"]);
    scene.start(&["ci"], &["clipboard", "file"]);
    let mut planned = None;
    // the first delivery lasts until the terminal says how it went
    loop {
        match scene.event().await {
            Event::RotationsPlanned(TICKET, rotations) => planned = rotations.into_iter().next(),
            Event::HandOver(TICKET, _) => break,
            _ => {}
        }
    }
    scene.decide(&planned.unwrap(), Decision::RollBack);
    scene.rotating.hand(TICKET).unwrap().went(Ok(()));
    let (begun, rotation) = scene.until_idle().await;
    assert_eq!(begun, [Effect::LookAtOld, Effect::Restore(0)], "the second place is never written");
    assert_eq!(rotation.phase, Phase::RollingBack);
    assert!(!scene.folder.path().join("ci-file").exists());
}

#[tokio::test]
async fn of_several_rotations_one_that_fails_keeps_the_rest_from_starting() {
    let mut scene = Scene::new(&["first", "second"]);
    scene.service.fail("create_api_key", ErrorKind::Unreachable);
    scene.start(&["first", "second"], &["file"]);
    let (_, first) = scene.until_idle().await;
    assert!(first.trouble.is_some() && first.batch.is_some());
    assert_eq!(scene.close().await, []);
    let open = scene.open().await;
    assert_eq!(open.iter().map(|one| &one.id).collect::<Vec<_>>(), [&first.id], "the second is begun");
}

#[tokio::test]
async fn once_the_one_that_failed_came_through_the_next_is_begun() {
    let mut scene = Scene::new(&["first", "second"]);
    scene.service.fail("create_api_key", ErrorKind::Unreachable);
    scene.start(&["first", "second"], &["file"]);
    let (_, first) = scene.until_idle().await;
    scene.decide(&first, Decision::Retry);
    let (_, first) = scene.until_idle().await;
    assert_eq!(first.next(Utc::now()), Next::Ask(Question::Revoke));
    scene.decide(&first, Decision::ConfirmRevoke);
    let (_, first) = scene.until_idle().await;
    assert_eq!(first.phase, Phase::Closed);
    let (begun, second) = scene.until_idle().await;
    assert_eq!((begun[0], second.old.id.as_str()), (Effect::Check, "second"));
}

#[tokio::test]
async fn a_step_under_way_ends_when_the_wizard_is_left_and_no_other_is_begun() {
    let mut scene = Scene::new(&["ci"]);
    scene.start(&["ci"], &["clipboard", "file"]);
    while !matches!(scene.event().await, Event::HandOver(..)) {}
    let terminal = scene.rotating.hand(TICKET).unwrap();
    scene.rotating.release(TICKET);
    terminal.went(Ok(()));
    // once: a second release is answered at once, whatever the task still does
    assert_eq!(scene.released().await, []);
    let open = scene.open().await;
    assert!(open[0].places[0].delivery.arrived() && !open[0].places[1].delivery.arrived(), "{open:?}");
    // it is nobody's any more: another console resumes it, and waits for the word
    scene.rotating.resume(Ticket(8), open[0].id.clone(), &scene.tasks);
    loop {
        match scene.event().await {
            Event::Rotating(Ticket(8), rotation, None) => break assert_eq!(rotation.id, open[0].id),
            Event::RotationRefused(_, _, why) => panic!("{why}"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_read_only_profile_begins_nothing() {
    let mut scene = Scene::new(&["ci"]);
    scene.rotating.permit = None;
    scene.start(&["ci"], &["file"]);
    let Event::RotationRefused(TICKET, None, why) = scene.event().await else { panic!("not refused") };
    assert!(why.contains("read-only"), "{why}");
    assert!(matches!(scene.event().await, Event::RotationsReleased(TICKET)));
    assert!(!scene.folder.path().join("state").exists());
}
