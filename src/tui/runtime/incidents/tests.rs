use super::*;
use crate::client::fake::FakeService;
use crate::domain::incident::{Measure, Question, Standing};
use crate::domain::key::Key;
use crate::domain::key_value::{checksum, digest};

/// The tasks of a console on a backend in memory that has two keys of one person.
struct Bench {
    service: Arc<FakeService>,
    containing: Containing,
    events: UnboundedReceiver<Event>,
    tasks: TaskTracker,
    folder: tempfile::TempDir,
}

const TICKET: Ticket = Ticket(1);

fn value() -> String {
    let start = format!("kdk_{}", "a".repeat(30));
    format!("{start}{}", checksum(&start))
}

impl Bench {
    fn new(may_write: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let leaked = Key { digest: Some(digest(&value())), masked: "kdk_…aaaa".into(), ..Key::sample("a") };
        let service = Arc::new(FakeService::new(vec![leaked, Key::sample("b")]));
        let settings = IncidentSettings {
            profile: "p".to_owned(),
            production: false,
            state: folder.path().join("state"),
            out: folder.path().to_owned(),
        };
        let (sender, events) = unbounded_channel();
        let permit = WritePermit::unless_read_only(!may_write).ok();
        let containing = Containing::new(settings, Arc::clone(&service) as _, permit, sender, Listeners::default());
        Self { service, containing, events, tasks: TaskTracker::new(), folder }
    }

    fn open(&mut self, begin: Begin) {
        self.containing.open(TICKET, None, begin, &self.tasks);
    }

    /// The next incident that is told of for which this holds.
    async fn until(&mut self, holds: impl Fn(&Incident, &Next) -> bool) -> Incident {
        while let Some(event) = self.events.recv().await {
            if let Event::IncidentRefused(_, why) = &event {
                panic!("{why}");
            }
            if let Event::Incident(_, incident, _) = event {
                let next = incident.next(self.service.clock().now());
                if holds(&incident, &next) {
                    return *incident;
                }
            }
        }
        panic!("the task ended");
    }

    async fn released(&mut self) {
        self.containing.release(TICKET);
        while !matches!(self.events.recv().await, Some(Event::IncidentReleased(_))) {}
    }

    /// Those that are open and nobody is at.
    async fn cut_short(&mut self) -> Vec<IncidentId> {
        self.containing.list(&self.tasks);
        loop {
            match self.events.recv().await {
                Some(Event::IncidentsListed(listed)) => {
                    let open = listed.unwrap().0.into_iter().filter(|open| open.at_it.is_none());
                    return open.map(|open| open.incident.id).collect();
                }
                Some(_) => {}
                None => panic!("nobody tells"),
            }
        }
    }
}

fn decides(_: &Incident, next: &Next) -> bool {
    matches!(next, Next::Ask(Question::Decide(_)))
}

fn asks_for_leads(_: &Incident, next: &Next) -> bool {
    matches!(next, Next::Ask(Question::Leads))
}

#[tokio::test]
async fn an_incident_goes_on_by_itself_and_waits_where_a_person_decides() {
    let mut bench = Bench::new(true);
    bench.open(Begin::Text(Secret::new(format!("GET /?k={}", value()))));
    let seen = bench.until(decides).await;
    assert_eq!(seen.subjects[0].was_alive(), Some(true));
    assert_eq!(bench.service.count("revoke_api_keys"), 0);
    bench.containing.command(TICKET, Command::Decide(Decision::Measures(vec![(0, Measure::Revoke)])));
    let hunted = bench.until(asks_for_leads).await;
    let standing = hunted.subjects[0].standing(bench.service.clock().now());
    assert!(matches!(standing, Standing::Proven { .. }), "{standing:?}");
    assert_eq!(bench.service.count("revoke_api_keys"), 1);
    bench.containing.command(TICKET, Command::Decide(Decision::Follow(Vec::new(), Measure::Revoke)));
    let over = bench.until(|_, next| *next == Next::Over).await;
    assert!(over.written.as_ref().unwrap().folder.starts_with(bench.folder.path()));
    bench.released().await;
    assert!(bench.cut_short().await.is_empty());
}

#[tokio::test]
async fn one_that_is_let_go_before_its_end_is_open_and_is_taken_up_by_its_id() {
    let mut bench = Bench::new(true);
    bench.open(Begin::Text(Secret::new(value())));
    bench.until(decides).await;
    assert!(bench.cut_short().await.is_empty(), "while a task holds it");
    bench.released().await;
    let open = bench.cut_short().await;
    let [id] = &open[..] else { panic!("{open:?}") };
    bench.open(Begin::TakeUp(id.clone()));
    bench.until(decides).await;
    bench.containing.command(TICKET, Command::Decide(Decision::Measures(vec![(0, Measure::Revoke)])));
    let asked = bench.until(|_, next| matches!(next, Next::Ask(Question::Values(_)))).await;
    assert!(!asked.subjects[0].standing(bench.service.clock().now()).is_proven(), "the value is gone");
    bench.containing.command(TICKET, Command::Values(Secret::new(value())));
    let proven = bench.until(asks_for_leads).await;
    assert!(proven.subjects[0].standing(bench.service.clock().now()).is_proven());
    assert_eq!(bench.service.count("revoke_api_keys"), 1);
}

#[tokio::test]
async fn nothing_is_sent_without_permission_and_what_holds_no_value_is_refused() {
    let mut bench = Bench::new(false);
    bench.open(Begin::Text(Secret::new(value())));
    bench.until(decides).await;
    bench.containing.command(TICKET, Command::Decide(Decision::Measures(vec![(0, Measure::Revoke)])));
    bench.until(|incident, _| incident.why_open(0).is_some()).await;
    assert_eq!(bench.service.count("revoke_api_keys"), 0);
    bench.released().await;
    bench.open(Begin::Text(Secret::new("nothing in here".to_owned())));
    let refused = loop {
        match bench.events.recv().await {
            Some(Event::IncidentRefused(_, why)) => break why,
            Some(_) => {}
            None => panic!("nobody tells"),
        }
    };
    assert!(refused.contains("does not mean that it is nobody's"), "{refused}");
}
