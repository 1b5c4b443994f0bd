use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use rstest::rstest;

use super::*;
use crate::client::ServerClock;
use crate::client::capabilities::{Capabilities, Capability};
use crate::client::error::ErrorKind;
use crate::client::fake::FakeService;
use crate::domain::failure::Failure;
use crate::domain::finding::{Finding, Resolution};
use crate::domain::ids::UserId;
use crate::domain::incident::{
    Answer, Conclusion, Intake, Known, Measure, Origin, Question, Standing, Subject, Tried, Why,
};
use crate::domain::key::{Key, Status};
use crate::domain::key_value::{digest, mask, mint, recognise};
use crate::domain::present::Reading;
use crate::domain::secret::Secret;
use crate::domain::time::When;

/// A machine whose clocks go on by a fifth of a second each time that they are read.
fn clock() -> ServerClock {
    let (reads, begun) = (AtomicI64::new(0), When::from_wire("2026-11-27T03:02:10Z").time().unwrap());
    ServerClock::new(move || {
        let passed = reads.fetch_add(1, Ordering::SeqCst) * 200;
        let running = Duration::from_millis(passed.unsigned_abs());
        Reading { own: begun + TimeDelta::milliseconds(passed), running }
    })
}

struct Scene {
    service: Arc<FakeService>,
    folder: tempfile::TempDir,
    value: Secret,
}

fn value() -> Secret {
    mint(KeyKind::ApiKey, getrandom::fill).unwrap()
}

/// A key with this value.
fn key(id: &str, value: &Secret) -> Key {
    let masked = mask(value.expose()).into();
    Key { digest: Some(digest(value.expose())), masked, owner_id: UserId(7), ..Key::sample(id) }
}

impl Scene {
    /// A team with one key whose value leaked, and those that `more` makes.
    fn new(more: impl FnOnce(&Secret) -> Vec<Key>) -> Self {
        Self::of_backend(Capabilities::all(), more)
    }

    fn of_backend(capabilities: Capabilities, more: impl FnOnce(&Secret) -> Vec<Key>) -> Self {
        let value = value();
        let mut keys = vec![key("leaked", &value)];
        keys.extend(more(&value));
        let service = Arc::new(FakeService::new(keys).with_capabilities(capabilities).with_clock(clock()));
        service.state().me.own_key = Some("own".into());
        Self { service, folder: tempfile::tempdir().unwrap(), value }
    }

    fn desk(&self, read_only: bool) -> Desk {
        let me = self.service.state().me.clone();
        let service: Arc<dyn KeyService> = Arc::<FakeService>::clone(&self.service);
        Desk {
            service,
            permit: WritePermit::unless_read_only(read_only),
            me,
            profile: "acme".to_owned(),
            production: false,
            state: self.folder.path().join("state"),
            calls: CallLog::default(),
        }
    }

    async fn begin(&self, text: &str) -> Containment {
        Containment::begin(self.desk(false), taken(text), self.folder.path()).await.unwrap()
    }

    /// The incident about the one leaked value, up to the first question.
    async fn seen(&self) -> Containment {
        let mut containment = self.begin(&format!("curl -H 'x-api-key: {}'", self.value.expose())).await;
        run(&mut containment).await;
        containment
    }

    fn status(&self, id: &str) -> Status {
        self.service.state().keys.iter().find(|key| key.id.as_str() == id).unwrap().status.clone()
    }

    /// Everything on this disk, by file.
    fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        fn below(folder: &Path) -> Vec<PathBuf> {
            let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
            paths.flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] }).collect()
        }
        below(self.folder.path()).into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
    }

    #[track_caller]
    fn nothing_secret_is_kept(&self) {
        for (path, bytes) in self.files() {
            let runs = crate::domain::values::Runs::of(self.value.expose());
            assert!(runs.find(&String::from_utf8_lossy(&bytes)).is_empty(), "{}", path.display());
        }
    }
}

fn taken(text: &str) -> Taken {
    let own = |value: &str| recognise(value).is_some();
    let mut intake = Intake::new(&own);
    intake.feed(text.as_bytes());
    intake.finish()
}

/// Carries on until a person is asked or nothing is left.
async fn run(containment: &mut Containment) -> Next {
    loop {
        match containment.next() {
            Next::Do(_) => drop(containment.step(&mut |_| ()).await.unwrap()),
            Next::Wait(_) => containment.rest().await,
            next => return next,
        }
    }
}

async fn decide(containment: &mut Containment, measure: Measure) -> Next {
    containment.decide(&Decision::Measures(vec![(0, measure)])).await.unwrap();
    run(containment).await
}

fn standing(containment: &Containment) -> Standing {
    containment.incident().subjects[0].standing(containment.present().now)
}

fn words(containment: &Containment) -> String {
    containment.incident().subjects[0].standing_in_words(containment.present().now)
}

#[tokio::test]
async fn from_paste_to_proof_and_evidence_with_one_decision() {
    let scene = Scene::new(|_| Vec::new());
    let mut containment = scene.seen().await;
    let asked = containment.next();
    assert_eq!(asked, Next::Ask(Question::Decide(vec![0])));
    assert_eq!(scene.service.count("lookup"), 1);
    assert_eq!(containment.incident().subjects[0].was_alive(), Some(true));
    assert_eq!(scene.status("leaked"), Status::Enabled, "nothing is done that was not decided");
    assert_eq!(decide(&mut containment, Measure::Revoke).await, Next::Over);
    assert!(matches!(standing(&containment), Standing::Proven { asserted: Some(_), .. }), "{}", words(&containment));
    assert_eq!(scene.status("leaked"), Status::Revoked);
    assert_eq!(scene.service.count("revoke_api_keys"), 1);
    let incident = containment.incident();
    assert!(incident.over && incident.is_contained(containment.present().now));
    let folder = incident.written.clone().unwrap().folder;
    assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    let report = std::fs::read_to_string(folder.join(bundle::REPORT)).unwrap();
    for said in [
        "Contained: 1 key, 1 proven dead",
        "refused twice",
        "in pieces of 12 characters: none was found",
        "| When | What |",
    ] {
        assert!(report.contains(said), "{said}:\n{report}");
    }
    let sums = std::fs::read_to_string(folder.join(bundle::SUMS)).unwrap();
    for line in sums.lines() {
        let (sum, name) = line.split_once("  ").unwrap();
        let bytes = std::fs::read(folder.join(name)).unwrap();
        assert_eq!(crate::domain::key_value::hex(&<sha2::Sha256 as sha2::Digest>::digest(&bytes)), sum, "{name}");
    }
    assert_eq!(sums.lines().count(), 3);
    let timeline: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.join(bundle::TIMELINE)).unwrap()).unwrap();
    assert_eq!(timeline["keys"][0]["standing"], "proven");
    scene.nothing_secret_is_kept();
    assert_eq!(containment.is_locked(), None, "the values are gone once it is closed");
}

#[rstest]
#[case::a_few(2)]
#[case::in_the_middle_of_an_attempt(3)]
#[case::more(9)]
#[tokio::test]
async fn a_server_that_is_slow_is_not_called_proven_early(#[case] late: usize) {
    let scene = Scene::new(|_| Vec::new());
    let mut containment = scene.seen().await;
    scene.service.state().late = late;
    decide(&mut containment, Measure::Revoke).await;
    let subject = &containment.incident().subjects[0];
    let (last, before) = subject.attempts.split_last().unwrap();
    assert_eq!(last.tried, Tried::Refused);
    assert!(!before.is_empty() && before.iter().all(|attempt| attempt.tried != Tried::Refused), "{before:?}");
    assert_eq!(scene.service.state().late, 0, "every acceptance was seen");
    let Standing::Proven { at, asserted: Some(asserted) } = standing(&containment) else { panic!("not proven") };
    assert!(at == last.at && at > asserted);
}

#[tokio::test]
async fn a_server_that_goes_on_accepting_is_told_of_in_these_words() {
    let scene = Scene::new(|_| Vec::new());
    let mut containment = scene.seen().await;
    scene.service.state().accepts_revoked = true;
    assert_eq!(decide(&mut containment, Measure::Revoke).await, Next::Over);
    assert!(words(&containment).ends_with("deleted, and still accepted"), "{}", words(&containment));
    let incident = containment.incident();
    assert!(!incident.is_contained(containment.present().now));
    let attempts = &incident.subjects[0].attempts;
    assert!(attempts.len() > 5, "{attempts:?}");
    let (first, last) = (attempts[0].at, attempts[attempts.len() - 1].at);
    assert!(last - first > TimeDelta::seconds(60), "it is tried for as long as there is patience");
    let report = std::fs::read_to_string(incident.written.clone().unwrap().folder.join(bundle::REPORT)).unwrap();
    assert!(report.contains("Not contained") && report.contains("deleted, and still accepted"), "{report}");
}

#[tokio::test]
async fn what_proves_nothing_says_so() {
    let scene = Scene::new(|_| Vec::new());
    let mut containment = scene.seen().await;
    scene.service.state().accepts_everything = true;
    scene.service.state().accepts_revoked = true;
    decide(&mut containment, Measure::Revoke).await;
    assert!(words(&containment).ends_with("cannot be proven: answers 200 to anything"), "{}", words(&containment));
    assert_eq!(containment.incident().subjects[0].attempts.len(), 3, "a lasting doubt is believed after three times");

    let scene = Scene::new(|_| Vec::new());
    let mut containment = scene.seen().await;
    scene.service.state().unknown_refused_with = Some((403, "forbiddenError"));
    decide(&mut containment, Measure::Revoke).await;
    assert!(words(&containment).ends_with("made-up keys answered otherwise"), "{}", words(&containment));

    let scene = Scene::new(|_| Vec::new());
    let mut containment = scene.seen().await;
    for _ in 0..100 {
        scene.service.fail("me", ErrorKind::Unauthenticated);
    }
    decide(&mut containment, Measure::Revoke).await;
    assert!(words(&containment).ends_with("your own key is refused too"), "{}", words(&containment));
}

#[tokio::test]
async fn ones_own_key_goes_and_cannot_prove_itself_dead() {
    let scene = Scene::new(|_| Vec::new());
    scene.service.state().me.own_key = Some("leaked".into());
    let mut containment = scene.seen().await;
    decide(&mut containment, Measure::Revoke).await;
    assert!(words(&containment).contains("it is the key that keydeck itself uses"), "{}", words(&containment));
    assert_eq!(scene.status("leaked"), Status::Revoked);
}

#[tokio::test]
async fn a_key_that_is_revoked_already_is_told_and_still_proven() {
    let scene = Scene::new(|_| Vec::new());
    scene.service.state().keys[0].status = Status::Revoked;
    let mut containment = scene.begin(scene.value.expose()).await;
    assert_eq!(run(&mut containment).await, Next::Over, "there is nothing to decide");
    assert!(matches!(standing(&containment), Standing::Proven { .. }), "{}", words(&containment));
    assert_eq!(scene.service.count("revoke_api_keys"), 0);
    let (_, answer) = containment.incident().subjects[0].asserted().unwrap();
    assert_eq!(*answer, Answer::AlreadyRevoked);
}

#[tokio::test]
async fn another_responder_who_was_faster_is_no_trouble() {
    let scene = Scene::new(|_| Vec::new());
    let mut containment = scene.seen().await;
    scene.service.state().keys[0].status = Status::Revoked;
    decide(&mut containment, Measure::Revoke).await;
    assert!(matches!(standing(&containment), Standing::Proven { .. }));
    assert_eq!(scene.service.count("revoke_api_keys"), 0, "nothing is revoked twice");
    let (_, answer) = containment.incident().subjects[0].asserted().unwrap();
    assert_eq!(*answer, Answer::AlreadyRevoked);
}

#[tokio::test]
async fn a_frozen_key_is_proven_and_can_be_revoked_after() {
    let scene = Scene::new(|_| Vec::new());
    let mut containment = scene.seen().await;
    decide(&mut containment, Measure::Freeze).await;
    assert_eq!(scene.status("leaked"), Status::Disabled);
    assert!(matches!(standing(&containment), Standing::Proven { .. }), "{}", words(&containment));
}

#[tokio::test]
async fn a_value_that_nobody_has_is_dead_and_not_called_nobodys_when_it_is_alive() {
    let scene = Scene::new(|_| Vec::new());
    let mut containment = scene.begin(value().expose()).await;
    assert_eq!(run(&mut containment).await, Next::Over);
    assert_eq!(containment.incident().subjects[0].known, Known::NoKey);
    assert!(words(&containment).contains("before anything was done"), "{}", words(&containment));
    assert!(containment.incident().over);
}

#[tokio::test]
async fn another_makers_value_is_sent_nowhere() {
    let scene = Scene::new(|_| Vec::new());
    let foreign = ["PMAK-", "0123456789abcdef01234567", "-", "0123456789abcdef0123456789abcdef01"].concat();
    let mut containment = scene.begin(&foreign).await;
    assert_eq!(run(&mut containment).await, Next::Over);
    let subject: &Subject = &containment.incident().subjects[0];
    assert_eq!(subject.known, Known::Foreign);
    assert!(words(&containment).contains("Postman, https://go.postman.co"), "{}", words(&containment));
    let calls = scene.service.state().calls.join("\n");
    assert!(!calls.contains("probe") && !calls.contains("lookup P"), "{calls}");
    assert!(!containment.incident().is_contained(containment.present().now));
}

#[tokio::test]
async fn nothing_recognised_is_another_word_than_nobodys() {
    let scene = Scene::new(|_| Vec::new());
    let text = format!("key={}", &scene.value.expose()[..30]);
    let error = Containment::begin(scene.desk(false), taken(&text), scene.folder.path()).await.err().unwrap();
    assert!(error.to_string().contains("does not mean that it is nobody's"), "{error}");
    assert!(error.hint().contains("a part of a keydeck API Key"), "{}", error.hint());
    assert!(scene.service.state().calls.is_empty() && !scene.folder.path().join("state").exists());
}

#[tokio::test]
async fn a_server_that_is_gone_is_asked_again_and_nothing_is_lost() {
    let scene = Scene::new(|_| Vec::new());
    scene.service.fail("lookup", ErrorKind::Unreachable);
    let mut containment = scene.begin(scene.value.expose()).await;
    let Next::Ask(Question::Trouble(trouble)) = run(&mut containment).await else { panic!("no trouble") };
    assert_eq!(trouble.effect, Effect::See);
    assert_eq!(containment.failed().unwrap().kind, ErrorKind::Unreachable);
    containment.decide(&Decision::Again).await.unwrap();
    assert_eq!(run(&mut containment).await, Next::Ask(Question::Decide(vec![0])));
    // half-way: revoked, and then nothing is answered any more
    for _ in 0..200 {
        scene.service.fail("probe", ErrorKind::Unreachable);
    }
    decide(&mut containment, Measure::Revoke).await;
    assert!(words(&containment).ends_with("cannot be proven: not answered"), "{}", words(&containment));
}

#[tokio::test]
async fn a_lost_answer_is_read_back_and_not_sent_again() {
    let scene = Scene::new(|_| Vec::new());
    let mut containment = scene.seen().await;
    scene.service.lose_answer("revoke_api_keys");
    decide(&mut containment, Measure::Revoke).await;
    assert!(matches!(standing(&containment), Standing::Proven { .. }), "{}", words(&containment));
    assert_eq!(scene.service.count("revoke_api_keys"), 1);
}

#[tokio::test]
async fn what_is_denied_is_decided_anew_and_a_read_only_profile_sends_nothing() {
    let scene = Scene::new(|_| Vec::new());
    scene.service.state().forbidden = vec!["leaked".into()];
    let mut containment = scene.seen().await;
    assert_eq!(decide(&mut containment, Measure::Revoke).await, Next::Ask(Question::Decide(vec![0])));
    let advice = containment.incident().advice(0, containment.present().now).unwrap();
    assert_eq!(advice.measure, Measure::SelfDelete);
    assert!(matches!(decide(&mut containment, Measure::Leave).await, Next::Over));
    assert_eq!(standing(&containment), Standing::Left);

    let scene = Scene::new(|_| Vec::new());
    let taken = taken(scene.value.expose());
    let mut containment = Containment::begin(scene.desk(true), taken, scene.folder.path()).await.unwrap();
    run(&mut containment).await;
    assert_eq!(decide(&mut containment, Measure::Revoke).await, Next::Ask(Question::Decide(vec![0])));
    assert_eq!(scene.service.count("revoke_api_keys"), 0);
    assert!(containment.incident().why_open(0).unwrap().as_received().contains("read-only"));
}

#[tokio::test]
async fn the_hunt_finds_what_was_made_with_it_and_revokes_what_is_marked() {
    let scene = Scene::new(|_| {
        let minted = Key { minted_with: Some("leaked".into()), owner_id: UserId(9), ..Key::sample("child") };
        let same = Key { owner_id: UserId(7), ..Key::sample("sibling") };
        let collection = Key { kind: KeyKind::CollectionAccessKey, owner_id: UserId(7), ..Key::sample("books") };
        vec![minted, same, collection, Key { owner_id: UserId(8), ..Key::sample("other") }]
    });
    let mut containment = scene.seen().await;
    let minted = containment.incident().subjects[0].facts().unwrap().minted.clone().unwrap();
    assert_eq!(minted.iter().map(|key| key.id.as_str()).collect::<Vec<_>>(), ["child"]);
    assert_eq!(decide(&mut containment, Measure::Revoke).await, Next::Ask(Question::Leads));
    let leads: Vec<(String, Why)> = containment
        .incident()
        .leads
        .iter()
        .flatten()
        .map(|lead| (lead.facts.id.to_string(), lead.why.clone()))
        .collect();
    let wanted =
        [("child", Why::MintedWith("leaked".into())), ("sibling", Why::SameOwner), ("books", Why::OwnersCollection)];
    assert_eq!(leads, wanted.map(|(id, why)| (id.to_owned(), why)));
    containment.decide(&Decision::Follow(vec![0, 2], Measure::Revoke)).await.unwrap();
    assert_eq!(run(&mut containment).await, Next::Over);
    assert_eq!(
        ["child", "books", "sibling"].map(|id| scene.status(id)),
        [Status::Revoked, Status::Revoked, Status::Enabled]
    );
    let hunted = &containment.incident().subjects[1];
    assert_eq!(hunted.origin, Origin::Hunted(Why::MintedWith("leaked".into())));
    let Standing::Asserted { so_far, .. } = hunted.standing(containment.present().now) else { panic!("not asserted") };
    assert_eq!(so_far, Conclusion::NoValue, "nobody has its value to prove it with");
    assert!(containment.incident().is_contained(containment.present().now));
}

#[tokio::test]
async fn findings_of_a_dead_key_are_resolved_and_one_that_cannot_be_is_told() {
    let finding = |id: &str| Finding {
        workspace_id: "github".into(),
        key_id: Some("leaked".into()),
        url: "https://github.com/acme/site".into(),
        detected: When::from_wire("2026-11-26T00:00:00Z"),
        ..Finding::sample(id)
    };
    let scene = Scene::of_backend(
        Capabilities::all().without(Capability::RevokeResolves, "this backend knows no such thing"),
        |_| Vec::new(),
    );
    scene.service.state().findings = vec![finding("f1"), finding("f2")];
    let mut containment = scene.seen().await;
    assert_eq!(containment.incident().subjects[0].facts().unwrap().open_spots().count(), 2);
    let advice = containment.incident().advice(0, containment.present().now).unwrap();
    assert!(advice.measure == Measure::Revoke && advice.reason.contains("https://github.com/acme/site"));
    scene.service.fail("resolve_finding", ErrorKind::Server);
    decide(&mut containment, Measure::Revoke).await;
    let resolved: Vec<bool> =
        containment.incident().resolved.iter().flatten().map(|finding| finding.not.is_none()).collect();
    assert_eq!(resolved, [false, true]);
    assert_eq!(scene.service.state().findings[1].resolution, Resolution::Revoked);
    let report = containment.incident().written.clone().unwrap().folder.join(bundle::REPORT);
    assert!(std::fs::read_to_string(report).unwrap().contains("a finding is still open"));
}

#[tokio::test]
async fn what_was_cut_short_is_taken_up_and_asks_for_the_value_again() {
    let scene = Scene::new(|_| Vec::new());
    let mut containment = scene.seen().await;
    scene.service.state().late = 1000;
    containment.decide(&Decision::Measures(vec![(0, Measure::Revoke)])).await.unwrap();
    for _ in 0..3 {
        containment.step(&mut |_| ()).await.unwrap();
    }
    let id = containment.incident().id.clone();
    assert!(standing(&containment).is_asserted());
    let busy = Containment::take_up(scene.desk(false), &id, None).await.err().unwrap();
    assert!(busy.to_string().contains("another keydeck holds this incident open"), "{busy}");
    drop(containment);
    scene.service.state().late = 0;
    let mut containment = Containment::take_up(scene.desk(false), &id, None).await.unwrap();
    assert_eq!(run(&mut containment).await, Next::Ask(Question::Values(vec![0])));
    assert!(words(&containment).contains("its value is not at hand to prove it with"), "{}", words(&containment));
    containment.paste(taken(scene.value.expose())).await.unwrap();
    assert_eq!(run(&mut containment).await, Next::Over);
    assert!(matches!(standing(&containment), Standing::Proven { .. }), "{}", words(&containment));
    assert_eq!(scene.service.count("revoke_api_keys"), 1);
    scene.nothing_secret_is_kept();
    let gone = Containment::take_up(scene.desk(false), &id, None).await.err().unwrap();
    assert!(gone.to_string().contains("there is no incident"), "it is over: {gone}");
}

#[tokio::test]
async fn wherever_the_record_ends_nothing_is_revoked_twice_and_nothing_forgotten() {
    let scene = Scene::new(|_| Vec::new());
    let mut containment = scene.seen().await;
    decide(&mut containment, Measure::Revoke).await;
    let id = containment.incident().id.clone();
    let kept = scene.folder.path().join("state/incidents").join(format!("{id}.over.jsonl"));
    let lines: Vec<String> = std::fs::read_to_string(&kept).unwrap().lines().map(str::to_owned).collect();
    for end in 2..lines.len() {
        let scene = Scene { value: scene.value.duplicate(), ..Scene::new(|_| Vec::new()) };
        let before = lines[..end].join("\n") + "\n{\"at\":\"2026-";
        let sent = lines[..end].iter().any(|line| line.contains("\"sending\""));
        let answered = lines[..end].iter().any(|line| line.contains("\"answered\""));
        scene.service.state().keys[0] = key("leaked", &scene.value);
        if answered {
            scene.service.state().keys[0].status = Status::Revoked;
        }
        let folder = scene.folder.path().join("state/incidents");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{id}.jsonl")), before).unwrap();
        let mut containment = Containment::take_up(scene.desk(false), &id, None).await.unwrap();
        if !containment.incident().subjects.is_empty() {
            let mut next = run(&mut containment).await;
            if matches!(next, Next::Ask(Question::Decide(_))) {
                next = decide(&mut containment, Measure::Revoke).await;
            }
            if matches!(next, Next::Ask(Question::Values(_))) {
                containment.decide(&Decision::GiveUp(0)).await.unwrap();
                next = run(&mut containment).await;
            }
            assert_eq!(next, Next::Over, "{end}");
            assert_eq!(scene.status("leaked"), Status::Revoked, "{end}");
        }
        assert!(scene.service.count("revoke_api_keys") <= usize::from(!answered), "{end} {sent}");
        scene.nothing_secret_is_kept();
    }
}

#[tokio::test]
async fn a_name_that_holds_the_value_does_not_reach_the_evidence() {
    let scene = Scene::new(|_| Vec::new());
    {
        let mut state = scene.service.state();
        let piece = &scene.value.expose()[6..24];
        state.keys[0].name = format!("named {} and {piece}", scene.value.expose()).into();
        state.keys[0].owner = format!("| [x](http://evil.example) {piece}").into();
    }
    let mut containment = scene.seen().await;
    decide(&mut containment, Measure::Revoke).await;
    assert!(containment.incident().written.is_some());
    let folder = containment.incident().written.clone().unwrap().folder;
    for name in [bundle::REPORT, bundle::TIMELINE, bundle::REQUESTS] {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        assert!(crate::domain::values::Runs::of(scene.value.expose()).find(&text).is_empty(), "{name}:\n{text}");
    }
}

#[tokio::test]
async fn a_disk_that_takes_nothing_holds_nothing_up() {
    let scene = Scene::new(|_| Vec::new());
    // a file where the folder would be
    std::fs::write(scene.folder.path().join("state"), "").unwrap();
    let mut containment = scene.begin(scene.value.expose()).await;
    assert!(containment.unrecorded().is_some());
    run(&mut containment).await;
    decide(&mut containment, Measure::Revoke).await;
    assert_eq!(scene.status("leaked"), Status::Revoked);
    assert!(matches!(standing(&containment), Standing::Proven { .. }));
}

#[tokio::test]
async fn evidence_that_cannot_be_written_is_trouble_and_can_be_elsewhere() {
    let scene = Scene::new(|_| Vec::new());
    let taken = taken(scene.value.expose());
    let nowhere = scene.folder.path().join("file");
    std::fs::write(&nowhere, "").unwrap();
    let mut containment = Containment::begin(scene.desk(false), taken, &nowhere).await.unwrap();
    run(&mut containment).await;
    let Next::Ask(Question::Trouble(trouble)) = decide(&mut containment, Measure::Revoke).await else {
        panic!("no trouble")
    };
    assert_eq!((trouble.effect, scene.status("leaked")), (Effect::Write, Status::Revoked));
    let id = containment.incident().id.clone();
    drop(containment);
    let mut containment = Containment::take_up(scene.desk(false), &id, Some(scene.folder.path())).await.unwrap();
    assert_eq!(run(&mut containment).await, Next::Over);
    assert!(containment.incident().written.clone().unwrap().folder.join(bundle::SUMS).exists());
}

/// A backend where a person revokes keys, on a page; no call finds one either.
fn by_hand() -> Scene {
    let missing = [Capability::Lookup, Capability::RevokeMany, Capability::DeleteKeys, Capability::TeamKeys];
    let can = missing.into_iter().fold(Capabilities::all(), |can, missing| can.without(missing, "no call does it"));
    Scene::of_backend(can.with_page("Settings > Keys (https://page.example)"), |_| Vec::new())
}

#[tokio::test]
async fn where_a_person_revokes_it_they_say_so_and_it_is_proven_dead() {
    let scene = by_hand();
    let hash = Some(digest(scene.value.expose()));
    let finding = Finding { workspace_id: "w".into(), key_id: None, digest: hash, ..Finding::sample("f") };
    scene.service.state().findings = vec![finding];
    let mut containment = scene.seen().await;
    assert_eq!(containment.next(), Next::Ask(Question::Decide(vec![0])));
    let advice = containment.incident().advice(0, containment.present().now).unwrap();
    assert!(advice.measure == Measure::Revoke && advice.reason.contains("https://page.example"), "{advice:?}");
    for measure in [Measure::Freeze, Measure::SelfDelete] {
        let refused = containment.decide(&Decision::Measures(vec![(0, measure)])).await.unwrap_err();
        assert!(refused.to_string().contains("on its page"), "{refused}");
    }
    // the person did it, and it takes a while
    scene.service.state().keys[0].status = Status::Revoked;
    scene.service.state().late = 3;
    assert_eq!(decide(&mut containment, Measure::Revoke).await, Next::Over);
    assert!(matches!(standing(&containment), Standing::Proven { asserted: Some(_), .. }), "{}", words(&containment));
    assert_eq!(scene.service.state().findings[0].resolution, Resolution::Revoked, "by the hash of its value");
    let sent = ["revoke_api_keys", "delete_api_key", "change_api_key"];
    assert!(sent.iter().all(|method| scene.service.count(method) == 0), "nothing was sent");
    let report = containment.incident().written.clone().unwrap().folder.join(bundle::REPORT);
    let report = std::fs::read_to_string(report).unwrap();
    assert!(report.contains("revoked by hand"), "{report}");
    scene.nothing_secret_is_kept();
}

#[tokio::test]
async fn a_persons_word_alone_proves_nothing_and_resolves_nothing() {
    let scene = by_hand();
    let hash = Some(digest(scene.value.expose()));
    let finding = Finding { workspace_id: "w".into(), key_id: None, digest: hash, ..Finding::sample("f") };
    scene.service.state().findings = vec![finding];
    let mut containment = scene.seen().await;
    decide(&mut containment, Measure::Revoke).await;
    assert!(standing(&containment).is_asserted(), "{}", words(&containment));
    assert!(words(&containment).contains("still accepted"), "{}", words(&containment));
    assert_eq!(scene.service.state().findings[0].resolution, Resolution::Active);
}

/// A backend that finds no key by its value, and lists what ends like the leaked one: it, and what `more` makes.
fn by_mask(more: impl FnOnce(&Secret) -> Vec<Key>) -> Scene {
    let scene = Scene::of_backend(Capabilities::all().without(Capability::Lookup, "no call does it"), more);
    let hash = Some(digest(scene.value.expose()));
    let finding = Finding { workspace_id: "w".into(), key_id: None, digest: hash, ..Finding::sample("f") };
    scene.service.state().findings = vec![finding];
    scene
}

#[tokio::test]
async fn where_no_call_finds_a_key_by_its_value_the_one_that_ends_like_it_is_taken_and_proven() {
    let scene = by_mask(|_| Vec::new());
    let mut containment = scene.seen().await;
    let facts = containment.incident().subjects[0].facts().unwrap().clone();
    assert!(facts.by_mask && facts.id.as_str() == "leaked" && facts.open_spots().count() == 1);
    decide(&mut containment, Measure::Revoke).await;
    assert!(matches!(standing(&containment), Standing::Proven { asserted: Some(_), .. }), "{}", words(&containment));
    assert_eq!(scene.service.state().findings[0].resolution, Resolution::Revoked, "by the hash of the value");
}

#[tokio::test]
async fn a_key_that_only_ends_alike_proves_nothing_and_resolves_nothing() {
    let scene = by_mask(|_| Vec::new());
    scene.service.state().keys[0].digest = None;
    // the value is another key's, which is not listed and goes on working
    let another = Key { digest: Some(digest(scene.value.expose())), masked: "…".into(), ..Key::sample("another") };
    scene.service.state().keys.push(another);
    let mut containment = scene.seen().await;
    assert_eq!(containment.incident().subjects[0].facts().unwrap().id.as_str(), "leaked");
    decide(&mut containment, Measure::Revoke).await;
    assert!(standing(&containment).is_asserted(), "{}", words(&containment));
    assert!(words(&containment).contains("still accepted"), "{}", words(&containment));
    assert_eq!(scene.service.state().findings[0].resolution, Resolution::Active);
}

#[tokio::test]
async fn of_several_that_end_alike_none_is_taken_but_those_that_are_over() {
    let alike = |value: &Secret| vec![Key { id: "alike".into(), ..key("alike", value) }];
    let scene = by_mask(alike);
    let containment = scene.seen().await;
    let Known::NotKnown(why) = &containment.incident().subjects[0].known else { panic!("it is known") };
    assert!(why.as_received().contains("leaked") && why.as_received().contains("2 keys end like it"), "{why}");
    let scene = by_mask(alike);
    scene.service.state().keys[1].status = Status::Revoked;
    let containment = scene.seen().await;
    assert_eq!(containment.incident().subjects[0].facts().unwrap().id.as_str(), "leaked");
}
