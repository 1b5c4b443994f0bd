use std::path::PathBuf;
use std::sync::Mutex;

use chrono::{TimeDelta, Timelike, Utc};

use super::*;
use crate::client::ServerClock;
use crate::client::capabilities::{Capabilities, Capability, Minting};
use crate::client::error::ErrorKind;
use crate::client::fake::FakeService;
use crate::config::{EscrowSettings, EscrowStore};
use crate::domain::key::{Key, Status};
use crate::domain::key_value::{digest, fingerprint};
use crate::domain::present::Reading;
use crate::domain::rotation::{
    CheckKind, Cutover, Hook, OldKey, OldState, Overlap, Phase, Plan, Question, RotationId, Step as Stand, Trouble,
    Verdict,
};

const OLD: &str = "the old value";

/// Takes what is handed over.
#[derive(Default)]
struct Hands(Mutex<Vec<String>>);

#[async_trait]
impl HandOver for Hands {
    async fn hand_over(&self, _sink: &Sink, value: &Secret) -> Result<(), String> {
        self.0.lock().unwrap().push(fingerprint(value.expose()));
        Ok(())
    }
}

/// A backend with the key `old`, and a folder for everything else.
struct Scene {
    service: Arc<FakeService>,
    folder: tempfile::TempDir,
    hands: Hands,
}

impl Scene {
    fn new() -> Self {
        let service = FakeService::new(vec![old()]);
        Self { service: Arc::new(service), folder: tempfile::tempdir().unwrap(), hands: Hands::default() }
    }

    /// A backend with the key `old` that can do this.
    fn able(capabilities: Capabilities) -> Self {
        Self { service: Arc::new(FakeService::new(vec![old()]).with_capabilities(capabilities)), ..Self::new() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn executor(&self) -> Executor<'_> {
        let state = self.path("state");
        std::fs::create_dir_all(&state).unwrap();
        let settings = EscrowSettings { store: EscrowStore::File, ..EscrowSettings::default() };
        let tools = Tools::default();
        Executor {
            service: Arc::clone(&self.service) as Arc<dyn KeyService>,
            permit: Arc::new(WritePermit::unless_read_only(false).unwrap()),
            journal: Journal::open(&state).await.unwrap(),
            escrow: Escrow::open(&state, &settings).unwrap(),
            sinks: Sinks::of(&tools),
            tools,
            hand_over: &self.hands,
        }
    }

    fn rotation(&self, sinks: &[&str], hooks: &[&str]) -> Rotation {
        let now = Utc::now();
        let mut plan = Plan::draft(&old(), None, now);
        plan.overlap = Overlap::None;
        let sink = |name: &&str| match *name {
            "print" => Sink::Print,
            name => Sink::File { path: self.path(name).to_str().unwrap().to_owned() },
        };
        plan.sinks = sinks.iter().map(sink).collect();
        plan.cutover = hooks.iter().map(|line| Cutover::Run(Hook::parse(line).unwrap())).collect();
        let plan = plan.within(self.service.capabilities().into());
        let id = RotationId(ulid::Ulid::new().to_string());
        Rotation::new(id, "acme", &self.service.address(), plan, OldKey::of(&old(), None), now)
    }

    /// Every file of the state folder as one text, to look for what must not be there.
    fn kept(&self) -> String {
        let mut text = String::new();
        for entry in std::fs::read_dir(self.path("state")).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                text.push_str(&String::from_utf8_lossy(&std::fs::read(path).unwrap()));
            }
        }
        text
    }

    fn status(&self, id: &str) -> Status {
        self.service.state().keys.iter().find(|key| key.id.as_str() == id).unwrap().status.clone()
    }
}

fn old() -> Key {
    let me = crate::domain::ids::UserId(1);
    Key { name: "ci".into(), owner_id: me, digest: Some(digest(OLD)), ..Key::sample("old") }
}

/// Goes on until there is nothing to carry out.
async fn go(executor: &Executor<'_>, rotation: &mut Rotation) -> Result<Next, RotateError> {
    while executor.step(rotation, &mut |_, _| ()).await?.is_some() {}
    Ok(rotation.next(Utc::now()))
}

/// Goes on, and answers as somebody willing would.
async fn willing(executor: &Executor<'_>, rotation: &mut Rotation) -> Next {
    loop {
        let next = go(executor, rotation).await.unwrap();
        let decision = match &next {
            Next::Ask(Question::Plan) => Decision::Agree,
            Next::Ask(Question::Revoke) => Decision::ConfirmRevoke,
            Next::Ask(Question::Checklist(_)) => Decision::ByHand,
            _ => return next,
        };
        executor.decide(rotation, decision).await.unwrap();
    }
}

/// Goes on the way back until somebody is asked.
async fn willing_back(executor: &Executor<'_>, rotation: &mut Rotation) -> Next {
    go(executor, rotation).await.unwrap()
}

fn trouble(next: &Next) -> &Trouble {
    match next {
        Next::Ask(Question::Trouble(trouble)) => trouble,
        next => panic!("{next:?}"),
    }
}

#[tokio::test]
async fn a_whole_rotation_leaves_one_key_that_works_and_nothing_in_escrow() {
    let scene = Scene::new();
    std::fs::write(scene.path("a"), format!("{OLD}\n")).unwrap();
    let executor = scene.executor().await;
    let mut rotation = scene.rotation(&["a", "b", "print"], &["true"]);
    let lock = executor.start(&rotation).await.unwrap();
    assert_eq!(willing(&executor, &mut rotation).await, Next::Over);
    assert_eq!(rotation.phase, Phase::Closed);
    let value = std::fs::read_to_string(scene.path("a")).unwrap();
    assert_eq!(std::fs::read_to_string(scene.path("b")).unwrap().trim(), value.trim());
    let new = rotation.new.clone().unwrap();
    assert_eq!(scene.status("old"), Status::Revoked);
    assert_eq!(scene.status(new.id.as_str()), Status::Enabled);
    assert_eq!(*scene.hands.0.lock().unwrap(), [fingerprint(value.trim())]);
    assert_eq!(rotation.old_proof, Some(crate::domain::rotation::OldProof::Refused));
    assert!(executor.escrow.contents(&rotation.id.0).unwrap().is_empty());
    assert!(!scene.kept().contains(value.trim()) && !scene.kept().contains(OLD), "a value on disk");
    let order: Vec<String> =
        scene.service.state().calls.iter().map(|call| call.split(' ').next().unwrap().to_owned()).collect();
    let at = |name: &str| order.iter().position(|call| call == name).unwrap();
    assert!(at("create_api_key") < at("change_api_key") && at("change_api_key") < at("revoke_api_keys"));
    let summary = executor.summarise(&rotation, &scene.path("state")).await.unwrap();
    let text = std::fs::read_to_string(summary).unwrap();
    assert!(text.contains("state: closed") && text.contains("is refused") && !text.contains(value.trim()), "{text}");
    let kept = std::fs::read(scene.path(&format!("state/rotations/{}.json", rotation.id))).unwrap();
    let kept: serde_json::Value = serde_json::from_slice(&kept).unwrap();
    let fields: Vec<&str> = kept.as_object().unwrap().keys().map(String::as_str).collect();
    // what scripts read: fields may be added, none may go, unless the version says so
    let version_1 = [
        "address",
        "course",
        "cutoverAt",
        "emergency",
        "forced",
        "id",
        "newKey",
        "oldKey",
        "over",
        "overlapEndsAt",
        "places",
        "profile",
        "reason",
        "seeTo",
        "startedAt",
        "state",
        "trouble",
        "verifiedAt",
        "version",
    ];
    assert!(kept["version"] == 1 && version_1.iter().all(|field| fields.contains(field)), "{fields:?}");
    drop(lock);
}

#[tokio::test]
async fn a_place_that_holds_another_value_is_asked_about_before_anything_is_made() {
    let scene = Scene::new();
    std::fs::write(scene.path("a"), format!("{OLD}\n")).unwrap();
    std::fs::write(scene.path("b"), "somebody else's value\n").unwrap();
    let executor = scene.executor().await;
    let mut rotation = scene.rotation(&["a", "b", "c"], &[]);
    let _lock = executor.start(&rotation).await.unwrap();
    let Next::Ask(Question::Checks(red)) = willing(&executor, &mut rotation).await else { panic!("{rotation:?}") };
    let verdict = |at: usize| {
        let held = |check: &&crate::domain::rotation::Check| check.kind == CheckKind::Holds(at);
        rotation.checks.iter().find(held).unwrap().verdict.clone()
    };
    assert_eq!(verdict(0), Verdict::Fine);
    assert!(matches!(verdict(1), Verdict::Fails(why) if why.as_received().contains("another value")));
    assert!(
        matches!(verdict(2), Verdict::Note(why) if why.as_received().contains("holds nothing yet: the file is made"))
    );
    assert!(rotation.is_waivable(CheckKind::Holds(1)) && CheckKind::Holds(1).name() == "other-value");
    assert_eq!((scene.service.count("create_api_key"), rotation.minted.is_some()), (0, false));
    // looked at again, once somebody has seen to it
    std::fs::write(scene.path("b"), format!("{OLD}\n")).unwrap();
    executor.decide(&mut rotation, Decision::Retry).await.unwrap();
    assert_eq!(red.len(), 1);
    assert_eq!(willing(&executor, &mut rotation).await, Next::Over);
    let value = std::fs::read_to_string(scene.path("b")).unwrap();
    assert!(value.starts_with("kdk_") && std::fs::read_to_string(scene.path("c")).unwrap() == value);
}

#[tokio::test]
async fn a_second_place_that_fails_leaves_the_old_key_alone_and_goes_on_once_it_is_right() {
    let scene = Scene::new();
    let executor = scene.executor().await;
    std::fs::create_dir(scene.path("b")).unwrap();
    let mut rotation = scene.rotation(&["a", "b", "c"], &[]);
    let _lock = executor.start(&rotation).await.unwrap();
    let Next::Ask(Question::Checks(red)) = willing(&executor, &mut rotation).await else { panic!() };
    executor.decide(&mut rotation, Decision::Waive(red[0])).await.unwrap();
    let next = willing(&executor, &mut rotation).await;
    assert_eq!(trouble(&next).effect, Effect::Deliver(1));
    assert!(scene.path("a").exists() && !scene.path("c").exists());
    assert_eq!(scene.status("old"), Status::Enabled);
    std::fs::remove_dir(scene.path("b")).unwrap();
    executor.decide(&mut rotation, Decision::Retry).await.unwrap();
    assert_eq!(willing(&executor, &mut rotation).await, Next::Over);
    assert_eq!(scene.service.count("create_api_key"), 1);
}

#[tokio::test]
async fn the_way_back_restores_what_was_there_and_revokes_the_new_key() {
    let scene = Scene::new();
    std::fs::write(scene.path("a"), format!("{OLD}\n")).unwrap();
    let executor = scene.executor().await;
    let mut rotation = scene.rotation(&["a", "b"], &["false"]);
    let _lock = executor.start(&rotation).await.unwrap();
    let next = willing(&executor, &mut rotation).await;
    assert_eq!(trouble(&next).effect, Effect::Hook(0));
    executor.decide(&mut rotation, Decision::RollBack).await.unwrap();
    // it failed, and may have taken up the new value all the same
    let next = willing(&executor, &mut rotation).await;
    assert_eq!(trouble(&next).effect, Effect::RerunHook(0));
    executor.decide(&mut rotation, Decision::ByHand).await.unwrap();
    assert_eq!(willing(&executor, &mut rotation).await, Next::Over);
    assert_eq!(rotation.phase, Phase::RolledBack);
    assert_eq!(std::fs::read_to_string(scene.path("a")).unwrap(), format!("{OLD}\n"));
    assert!(!scene.path("b").exists());
    assert_eq!(scene.status("old"), Status::Enabled);
    assert_eq!(scene.status(rotation.new.unwrap().id.as_str()), Status::Revoked);
}

#[tokio::test]
async fn what_could_not_be_read_is_not_removed_on_the_way_back() {
    let scene = Scene::new();
    let executor = scene.executor().await;
    let mut rotation = scene.rotation(&["a"], &[]);
    let file = scene.path("place");
    std::fs::write(&file, "kept by somebody\n").unwrap();
    let hook = |line: String| Hook::parse(&format!("sh -c '{line}'")).unwrap();
    // it tells the hash only, and is written although it says that it failed
    rotation.plan.sinks[0] = Sink::Command {
        write: hook(format!("cat > {}; exit 1", file.display())),
        verify: Some(hook(format!("tr -d \"\\n\" < {} | sha256sum | cut -c1-64", file.display()))),
        undo: None,
    };
    let _lock = executor.start(&rotation).await.unwrap();
    let Next::Ask(Question::Checks(red)) = willing(&executor, &mut rotation).await else { panic!("{rotation:?}") };
    assert_eq!(rotation.checks[red[0]].kind, CheckKind::Holds(0));
    executor.decide(&mut rotation, Decision::Waive(red[0])).await.unwrap();
    let next = willing(&executor, &mut rotation).await;
    assert_eq!(trouble(&next).effect, Effect::Deliver(0));
    executor.decide(&mut rotation, Decision::RollBack).await.unwrap();
    let Next::Ask(Question::RevokeNew(left)) = willing_back(&executor, &mut rotation).await else {
        panic!("{rotation:?}")
    };
    assert_eq!(left, [0]);
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("kdk_"), "what is there was not touched");
}

#[tokio::test]
async fn lost_answers_are_settled_by_looking() {
    for lost in ["create_api_key", "change_api_key", "revoke_api_keys"] {
        let scene = Scene::new();
        scene.service.lose_answer(lost);
        let executor = scene.executor().await;
        let mut rotation = scene.rotation(&["a"], &[]);
        let _lock = executor.start(&rotation).await.unwrap();
        assert_eq!(willing(&executor, &mut rotation).await, Next::Over, "{lost}");
        assert_eq!(scene.service.state().keys.len(), 2, "{lost}: one new key");
        assert_eq!(scene.status("old"), Status::Revoked, "{lost}");
    }
}

#[tokio::test]
async fn a_hook_that_prints_the_value_does_not_bring_it_into_the_journal() {
    // as it is; its tail; backwards; its first part and the rest on lines of their own; in hexadecimal
    for prints in ["cat", "tail -c 20", "rev", "fold -w 14", "od -An -v -tx1", "base32", "sed s/_/\\\\u005f/"] {
        let scene = Scene::new();
        let executor = scene.executor().await;
        let file = scene.path("a");
        let line = format!("sh -c '{prints} {}; exit 3'", file.display());
        let mut rotation = scene.rotation(&["a"], &[&line]);
        let _lock = executor.start(&rotation).await.unwrap();
        let next = willing(&executor, &mut rotation).await;
        let value = std::fs::read_to_string(file).unwrap();
        let value = value.trim();
        let said = trouble(&next).reason.to_string();
        assert!(said.contains('3') && said.contains("kdk_…"), "{prints}: {said}");
        let reversed: String = value.chars().rev().collect();
        let hex = crate::domain::key_value::hex(value.as_bytes());
        let kept = scene.kept();
        for (text, run) in [(value, 12), (&reversed, 12), (&hex, 24)] {
            for at in 0..text.len() - run {
                let run = &text[at..at + run];
                let said = said.replace(' ', "");
                assert!(!said.contains(run) && !kept.contains(run), "{prints}: {said}");
            }
        }
    }
}

#[tokio::test]
async fn a_new_key_that_the_server_refuses_keeps_the_old_one() {
    let scene = Scene::new();
    let executor = scene.executor().await;
    let mut rotation = scene.rotation(&["a"], &[]);
    rotation.plan.cutover = vec![Cutover::ByHand("wait".to_owned())];
    rotation.lines = vec![crate::domain::rotation::CutoverLine::default()];
    let _lock = executor.start(&rotation).await.unwrap();
    executor.decide(&mut rotation, Decision::Agree).await.unwrap();
    go(&executor, &mut rotation).await.unwrap();
    let new = rotation.new.clone().unwrap().id;
    scene.service.state().keys.iter_mut().find(|key| key.id == new).unwrap().status = Status::Disabled;
    let next = willing(&executor, &mut rotation).await;
    assert_eq!(trouble(&next).effect, Effect::Verify);
    assert_eq!((scene.status("old"), rotation.old_state), (Status::Enabled, OldState::Live));
    scene.service.state().keys.iter_mut().find(|key| key.id == new).unwrap().status = Status::Enabled;
    executor.decide(&mut rotation, Decision::Retry).await.unwrap();
    assert_eq!(willing(&executor, &mut rotation).await, Next::Over);
}

#[tokio::test]
async fn an_old_key_that_expired_meanwhile_is_taken_as_it_is() {
    let scene = Scene::new();
    let executor = scene.executor().await;
    let mut rotation = scene.rotation(&["a"], &[]);
    rotation.plan.overlap = Overlap::Seconds(3600);
    let _lock = executor.start(&rotation).await.unwrap();
    assert!(matches!(willing(&executor, &mut rotation).await, Next::Wait(_)));
    let deadline = scene.service.state().keys.iter().find(|key| key.id.as_str() == "old").unwrap().expires.time();
    assert_eq!(deadline, rotation.deadline, "the deadline is on the server too");
    scene.service.state().keys.iter_mut().find(|key| key.id.as_str() == "old").unwrap().status = Status::Disabled;
    executor.decide(&mut rotation, Decision::Look).await.unwrap();
    assert_eq!(willing(&executor, &mut rotation).await, Next::Over);
    assert_eq!(scene.status("old"), Status::Revoked);
}

#[tokio::test]
async fn one_key_has_one_rotation_and_one_holder() {
    let scene = Scene::new();
    let executor = scene.executor().await;
    let rotation = scene.rotation(&["a"], &[]);
    let lock = executor.start(&rotation).await.unwrap();
    let other = scene.executor().await;
    let error = other.start(&scene.rotation(&["a"], &[])).await.unwrap_err();
    assert!(error.to_string().contains(&rotation.id.0), "{error}");
    let error = other.resume(&rotation.id.0).await.unwrap_err();
    assert!(
        matches!(&error, RotateError::Locked(_)) && error.to_string().contains(&std::process::id().to_string()),
        "{error}"
    );
    drop(lock);
    let (again, _lock) = other.resume(&rotation.id.0[..12]).await.unwrap();
    assert_eq!(again, rotation);
}

#[tokio::test]
async fn somebody_elses_key_and_an_own_key_in_an_emergency_are_refused_before_anything_is_done() {
    let scene = Scene::new();
    scene.service.state().keys[0].owner_id = crate::domain::ids::UserId(2);
    let executor = scene.executor().await;
    let mut rotation = scene.rotation(&["a"], &[]);
    let _lock = executor.start(&rotation).await.unwrap();
    let Next::Ask(Question::Checks(red)) = willing(&executor, &mut rotation).await else { panic!() };
    assert!(!rotation.is_waivable(rotation.checks[red[0]].kind));
    assert_eq!(rotation.state(Utc::now()), Stand::Preflight);

    let scene = Scene::new();
    let executor = scene.executor().await;
    let mut rotation = scene.rotation(&["a"], &[]);
    (rotation.old.own, rotation.plan.emergency) = (true, true);
    let _lock = executor.start(&rotation).await.unwrap();
    let Next::Ask(Question::Checks(red)) = willing(&executor, &mut rotation).await else { panic!() };
    assert!(!rotation.is_waivable(rotation.checks[red[0]].kind));
    assert_eq!(scene.service.count("revoke_api_keys"), 0);
}

#[tokio::test]
async fn a_journal_that_cannot_be_written_stops_everything() {
    let scene = Scene::new();
    let executor = scene.executor().await;
    let mut rotation = scene.rotation(&["a"], &[]);
    let _lock = executor.start(&rotation).await.unwrap();
    executor.decide(&mut rotation, Decision::Agree).await.unwrap();
    let other = rusqlite::Connection::open(scene.path("state/rotations.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let patient = go(&executor, &mut rotation).await;
    assert!(matches!(patient, Err(RotateError::Journal(_))), "{patient:?}");
    assert_eq!(scene.service.state().calls.len(), 0, "nothing was done that could not be written down");
}

#[tokio::test]
async fn the_backend_being_away_is_trouble_that_passes() {
    let scene = Scene::new();
    let executor = scene.executor().await;
    let mut rotation = scene.rotation(&["a"], &[]);
    let _lock = executor.start(&rotation).await.unwrap();
    executor.decide(&mut rotation, Decision::Agree).await.unwrap();
    scene.service.fail("create_api_key", ErrorKind::Unreachable);
    let next = willing(&executor, &mut rotation).await;
    assert_eq!(trouble(&next).effect, Effect::Register);
    assert!(!trouble(&next).maybe_done);
    let waited = Utc::now() + TimeDelta::zero();
    executor.decide(&mut rotation, Decision::Retry).await.unwrap();
    assert_eq!(willing(&executor, &mut rotation).await, Next::Over);
    assert!(rotation.proof.unwrap().at >= waited);
}

fn minting() -> Capabilities {
    Capabilities::all().minted_by(Minting::Server)
}

#[tokio::test]
async fn a_value_that_the_backend_makes_goes_into_escrow_before_anything_else() {
    let scene = Scene::able(minting());
    let executor = scene.executor().await;
    let mut rotation = scene.rotation(&["a"], &[]);
    let _lock = executor.start(&rotation).await.unwrap();
    executor.decide(&mut rotation, Decision::Agree).await.unwrap();
    while rotation.next(Utc::now()) != Next::Do(Effect::Deliver(0)) {
        executor.step(&mut rotation, &mut |_, _| ()).await.unwrap();
    }
    assert_eq!(rotation.keys_before, Some(vec!["old".into()]));
    let kept = executor.escrow.get(&format!("{}/new", rotation.id)).await.unwrap().unwrap();
    assert_eq!(rotation.minted.as_ref().unwrap().fingerprint, fingerprint(kept.expose()));
    assert!(!scene.kept().contains(kept.expose()), "a value on disk");
    assert_eq!(willing(&executor, &mut rotation).await, Next::Over);
    let value = std::fs::read_to_string(scene.path("a")).unwrap();
    assert_eq!(value.trim(), kept.expose());
    assert_eq!((scene.status("old"), scene.service.count("create_api_key")), (Status::Revoked, 1));
    assert!(executor.escrow.contents(&rotation.id.0).unwrap().is_empty());
}

#[tokio::test]
async fn a_value_that_does_not_fit_its_key_reaches_no_place() {
    let scene = Scene::able(minting());
    scene.service.state().answers_value = Some(Secret::new("hunter2\u{1b}[2J".to_owned()));
    let executor = scene.executor().await;
    let mut rotation = scene.rotation(&["a"], &[]);
    let _lock = executor.start(&rotation).await.unwrap();
    let next = willing(&executor, &mut rotation).await;
    assert_eq!((scene.status("old"), scene.service.count("create_api_key")), (Status::Enabled, 1), "{next:?}");
    let alive = scene.service.state().keys.iter().filter(|key| key.status == Status::Enabled).count();
    assert_eq!((alive, rotation.minted.is_some()), (1, false), "the key without a value is revoked again");
    assert!(!scene.path("a").exists() && executor.escrow.get(&format!("{}/new", rotation.id)).await.unwrap().is_none());
}

#[tokio::test]
async fn after_a_lost_answer_the_orphan_is_offered_for_deletion_and_another_key_is_made() {
    let scene = Scene::able(minting());
    scene.service.lose_answer("create_api_key");
    let executor = scene.executor().await;
    let mut rotation = scene.rotation(&["a"], &[]);
    let _lock = executor.start(&rotation).await.unwrap();
    let next = willing(&executor, &mut rotation).await;
    assert!(trouble(&next).effect == Effect::Register && trouble(&next).maybe_done, "{next:?}");
    assert_eq!(scene.service.count("create_api_key"), 1, "not sent again blindly");
    executor.decide(&mut rotation, Decision::Retry).await.unwrap();
    let Next::Ask(Question::Orphans(orphans)) = willing(&executor, &mut rotation).await else { panic!("{rotation:?}") };
    assert_eq!(orphans.len(), 1);
    let orphan = orphans[0].id.as_str();
    assert_eq!((scene.status(orphan), scene.status("old")), (Status::Enabled, Status::Enabled));
    executor.decide(&mut rotation, Decision::ConfirmRevoke).await.unwrap();
    assert_eq!(willing(&executor, &mut rotation).await, Next::Over);
    assert_eq!(scene.status(orphan), Status::Revoked);
    let alive = scene.service.state().keys.iter().filter(|key| key.status == Status::Enabled).count();
    assert_eq!((alive, scene.service.count("create_api_key")), (1, 2));
}

#[tokio::test]
async fn a_registration_that_was_cut_short_is_settled_by_what_is_in_escrow_and_what_is_new() {
    for kept in [true, false] {
        let scene = Scene::able(minting());
        let executor = scene.executor().await;
        let mut rotation = scene.rotation(&["a"], &[]);
        let lock = executor.start(&rotation).await.unwrap();
        executor.decide(&mut rotation, Decision::Agree).await.unwrap();
        while rotation.next(Utc::now()) != Next::Do(Effect::Register) {
            executor.step(&mut rotation, &mut |_, _| ()).await.unwrap();
        }
        // as a kill leaves it: begun and never ended; the value is in escrow, or was lost with the process
        rotation.begin(Effect::Register);
        executor.journal.begin(&rotation, Effect::Register, Utc::now()).await.unwrap();
        executor.carry_out(&rotation, Effect::Register, "").await;
        if !kept {
            executor.escrow.wipe(&format!("{}/new", rotation.id)).await.unwrap();
        }
        drop(lock);
        let (mut rotation, _lock) = executor.resume(&rotation.id.0).await.unwrap();
        let next = willing(&executor, &mut rotation).await;
        if kept {
            assert_eq!(next, Next::Over);
            assert_eq!(scene.service.count("create_api_key"), 1);
            continue;
        }
        assert!(matches!(next, Next::Ask(Question::Orphans(_))), "{next:?}");
        executor.decide(&mut rotation, Decision::RollBack).await.unwrap();
        assert_eq!(willing(&executor, &mut rotation).await, Next::Over);
        let state = scene.service.state();
        let alive: Vec<&str> =
            state.keys.iter().filter(|key| key.status == Status::Enabled).map(|key| key.id.as_str()).collect();
        assert_eq!(alive, ["old"], "the way back leaves no key that nobody recorded");
    }
}

#[tokio::test]
async fn what_is_accepted_where_everything_is_proves_nothing() {
    let scene = Scene::new();
    scene.service.state().accepts_everything = true;
    let executor = scene.executor().await;
    let mut rotation = scene.rotation(&["a"], &[]);
    let _lock = executor.start(&rotation).await.unwrap();
    let next = willing(&executor, &mut rotation).await;
    assert_eq!(trouble(&next).effect, Effect::Verify);
    assert!(trouble(&next).reason.to_string().contains("a made-up key is accepted too"), "{next:?}");
    assert_eq!((scene.status("old"), rotation.old_state), (Status::Enabled, OldState::Live));
}

#[tokio::test]
async fn an_old_value_that_is_not_proven_dead_is_let_be_only_by_a_person() {
    let scene = Scene::new();
    std::fs::write(scene.path("a"), format!("{OLD}\n")).unwrap();
    let executor = scene.executor().await;
    let mut rotation = scene.rotation(&["a"], &[]);
    let _lock = executor.start(&rotation).await.unwrap();
    executor.decide(&mut rotation, Decision::Agree).await.unwrap();
    while rotation.next(Utc::now()) != Next::Do(Effect::ProveOld) {
        executor.step(&mut rotation, &mut |_, _| ()).await.unwrap();
        if rotation.next(Utc::now()) == Next::Ask(Question::Revoke) {
            executor.decide(&mut rotation, Decision::ConfirmRevoke).await.unwrap();
        }
    }
    // the backend confirmed the revocation and goes on accepting the value
    scene.service.state().keys.iter_mut().find(|key| key.id.as_str() == "old").unwrap().status = Status::Enabled;
    let next = willing(&executor, &mut rotation).await;
    assert!(trouble(&next).reason.to_string().contains("still accepts the old value"), "{next:?}");
    executor.decide(&mut rotation, Decision::ByHand).await.unwrap();
    assert_eq!(willing(&executor, &mut rotation).await, Next::Over);
    assert!(rotation.markdown(&[], Utc::now()).contains("could not be proven"));
}

#[tokio::test]
async fn a_backend_that_can_neither_disable_nor_date_nor_revoke_many_is_rotated_as_well() {
    let missing =
        [Capability::Disable, Capability::Expiry, Capability::Contacts, Capability::RevokeMany, Capability::LastUse];
    let able = missing.into_iter().fold(Capabilities::all(), |able, missing| able.without(missing, "it cannot"));
    let scene = Scene::able(able);
    let executor = scene.executor().await;
    let key = Key { contacts: vec!["a@acme.example".into()], ..old() };
    let plan = Plan {
        sinks: vec![Sink::File { path: scene.path("a").to_str().unwrap().to_owned() }],
        expires: Some(Utc::now() + TimeDelta::days(9)),
        ..Plan::draft(&key, None, Utc::now())
    };
    let plans = vec![(plan, OldKey::of(&key, None))];
    let mut batch = batch::Batch::of(plans, "acme", &*scene.service, Utc::now()).unwrap();
    assert!(batch.begin(0, &executor).await.unwrap());
    let rotation = &mut batch.members[0].rotation;
    assert!(matches!(willing(&executor, rotation).await, Next::Wait(_)));
    executor.decide(rotation, Decision::EndOverlap("moved".to_owned())).await.unwrap();
    assert_eq!(willing(&executor, rotation).await, Next::Over);
    assert_eq!(scene.status("old"), Status::Revoked);
    assert_eq!((scene.service.count("change_api_key"), scene.service.count("delete_api_key")), (0, 1));
}

/// A machine whose clock is so far ahead of a server that was just heard of.
fn skewed(ahead: TimeDelta) -> (ServerClock, Arc<Mutex<TimeDelta>>) {
    let passed = Arc::new(Mutex::new(TimeDelta::zero()));
    let hands = Arc::clone(&passed);
    let start = Utc::now().with_nanosecond(0).unwrap();
    let clock = ServerClock::new(move || {
        let passed = *hands.lock().unwrap();
        Reading { own: start + ahead + passed, running: passed.to_std().unwrap() }
    });
    clock.hear(clock.read(), start);
    (clock, passed)
}

#[tokio::test]
async fn an_hours_overlap_lasts_an_hour_by_the_server_whatever_this_clock_says() {
    for ahead in [TimeDelta::days(-3), TimeDelta::hours(2), TimeDelta::days(3)] {
        let (clock, passed) = skewed(ahead);
        let service = Arc::new(FakeService::new(vec![old()]).with_clock(clock.clone()));
        let scene = Scene { service, ..Scene::new() };
        let executor = scene.executor().await;
        let mut rotation = scene.rotation(&["a"], &[]);
        rotation.plan.overlap = Overlap::Seconds(3600);
        let _lock = executor.start(&rotation).await.unwrap();
        executor.decide(&mut rotation, Decision::Agree).await.unwrap();
        let begun = clock.now();
        while executor.step(&mut rotation, &mut |_, _| ()).await.unwrap().is_some() {}
        let ends = rotation.deadline.expect("the server was told a date");
        assert_eq!(ends, begun + TimeDelta::hours(1), "{ahead}");
        // two hours before the server's end, and just before
        for minutes in [0, 59] {
            *passed.lock().unwrap() = TimeDelta::minutes(minutes);
            assert_eq!(rotation.next(executor.present()), Next::Wait(ends), "{ahead} after {minutes} min");
        }
        *passed.lock().unwrap() = TimeDelta::minutes(61);
        let behind = ahead < TimeDelta::zero();
        assert_eq!(rotation.next(executor.present()) == Next::Wait(ends), behind, "{ahead}");
        *passed.lock().unwrap() = TimeDelta::minutes(62) + ahead.abs();
        assert_eq!(rotation.next(executor.present()), Next::Do(Effect::LookAtOld), "{ahead}");
        let attempts = executor.journal.attempts(&rotation).await.unwrap();
        assert!(
            attempts.iter().all(|row| row.begun >= begun && row.begun < ends),
            "the journal keeps the server's time"
        );
    }
}

/// A backend whose keys a person makes and revokes; `alive` are the values that it accepts.
fn by_hand(scene: &Scene) -> Arc<dyn KeyService> {
    let missing = [
        Capability::OwnKeys,
        Capability::Lookup,
        Capability::CreateKeys,
        Capability::DeleteKeys,
        Capability::RevokeMany,
        Capability::ReadByIds,
        Capability::Settings,
    ];
    let can = missing.into_iter().fold(Capabilities::all(), |can, missing| can.without(missing, "no call does it"));
    let inner =
        FakeService::new(vec![old()]).with_capabilities(can.with_page("Settings > Keys (https://page.example)"));
    let own = Secret::new("the key in use".to_owned());
    let inner = Arc::new(inner);
    let service = crate::ops::tracking::over(Arc::clone(&inner) as _, Some(&scene.path("state")), "acme", &own);
    // what the person does on the page
    ON_PAGE.with(|page| *page.borrow_mut() = Some(inner));
    service
}

thread_local! {
    static ON_PAGE: std::cell::RefCell<Option<Arc<FakeService>>> = const { std::cell::RefCell::new(None) };
}

fn on_page<T>(does: impl FnOnce(&FakeService) -> T) -> T {
    ON_PAGE.with(|page| does(page.borrow().as_ref().unwrap()))
}

/// The person makes a key with this value, of this user.
fn make(value: &str, owner: i64) {
    let owner_id = crate::domain::ids::UserId(owner);
    on_page(|page| page.state().keys.push(Key { digest: Some(digest(value)), owner_id, ..Key::sample(value) }));
}

fn revoke(value: &str) {
    on_page(|page| {
        let mut state = page.state();
        let key = state.keys.iter_mut().find(|key| key.digest == Some(digest(value))).unwrap();
        key.status = Status::Revoked;
    });
}

const NEW: &str = "the value of the new key";

/// A rotation of a tracked key, agreed to and checked, which asks for the new value.
async fn asked_for_value(executor: &Executor<'_>, scene: &Scene) -> Rotation {
    use crate::domain::tracked::{Tracked, kept_of};
    let file = crate::local::tracked::TrackedFile::of(&scene.path("state"), "acme");
    let (fingerprint, masked) = kept_of(&Secret::new(OLD.to_owned()));
    let tracked = Tracked { fingerprint: Some(fingerprint), masked, ..Tracked::sample("old", Utc::now()) };
    file.change(|keys| keys.push(tracked)).unwrap();
    let key = executor.service.api_key(&"old".into()).await.unwrap();
    let mut plan = Plan::draft(&key, None, Utc::now());
    plan.overlap = Overlap::None;
    std::fs::write(scene.path("key"), format!("{OLD}\n")).unwrap();
    plan.sinks = vec![Sink::File { path: scene.path("key").to_str().unwrap().to_owned() }];
    let plan = plan.within(executor.service.capabilities().into());
    let id = RotationId(ulid::Ulid::new().to_string());
    let address = executor.service.address();
    let mut rotation = Rotation::new(id, "acme", &address, plan, OldKey::of(&key, None), Utc::now());
    executor.start(&rotation).await.unwrap();
    let next = willing(executor, &mut rotation).await;
    assert_eq!(next, Next::Ask(Question::Value), "{:?}", rotation.checks);
    rotation
}

fn secret(value: &str) -> Secret {
    Secret::new(value.to_owned())
}

#[tokio::test]
async fn what_a_person_makes_is_delivered_and_what_they_revoke_is_proven_dead() {
    let scene = Scene::new();
    let executor = Executor { service: by_hand(&scene), ..scene.executor().await };
    let mut rotation = asked_for_value(&executor, &scene).await;
    assert!(matches!(executor.give(&mut rotation, &secret(OLD)).await, Err(RotateError::NotTaken(_))));
    make(NEW, 1);
    executor.give(&mut rotation, &secret(NEW)).await.unwrap();
    assert_eq!(go(&executor, &mut rotation).await.unwrap(), Next::Ask(Question::Revoke));
    assert_eq!(std::fs::read_to_string(scene.path("key")).unwrap().trim_end(), NEW);
    // said too soon
    executor.decide(&mut rotation, Decision::ConfirmRevoke).await.unwrap();
    let next = go(&executor, &mut rotation).await.unwrap();
    let reason = trouble(&next).reason.to_string();
    assert!(reason.contains("still accepted") && reason.contains("https://page.example"), "{reason}");
    revoke(OLD);
    executor.decide(&mut rotation, Decision::Retry).await.unwrap();
    assert_eq!(go(&executor, &mut rotation).await.unwrap(), Next::Over);
    let (old, new) = (executor.service.api_key(&"old".into()).await.unwrap(), rotation.new.clone().unwrap());
    assert_eq!((&old.status, old.rotated_to.as_ref()), (&Status::Revoked, Some(&new.id)));
    let new = executor.service.api_key(&new.id).await.unwrap();
    assert_eq!((new.status, new.digest), (Status::Enabled, Some(digest(NEW))));
    on_page(|page| {
        let calls = page.state().calls.clone();
        let changed = ["create_api_key", "delete_api_key", "revoke_api_keys", "change_api_key"];
        assert!(calls.iter().all(|call| !changed.iter().any(|changed| call.starts_with(changed))), "{calls:?}");
    });
    let kept = scene.kept();
    assert!(!kept.contains(NEW), "a value is on disk in clear");
}

#[tokio::test]
async fn a_value_of_another_user_or_of_nobody_goes_nowhere() {
    let scene = Scene::new();
    let executor = Executor { service: by_hand(&scene), ..scene.executor().await };
    let mut rotation = asked_for_value(&executor, &scene).await;
    make("the value of another user's", 9);
    for (value, why) in [("the value of another user's", "another user"), ("nobody's value at all", "refused")] {
        executor.give(&mut rotation, &secret(value)).await.unwrap();
        let next = go(&executor, &mut rotation).await.unwrap();
        assert!(trouble(&next).reason.to_string().contains(why), "{next:?}");
        assert_eq!(std::fs::read_to_string(scene.path("key")).unwrap().trim_end(), OLD);
    }
    make(NEW, 1);
    executor.give(&mut rotation, &secret(NEW)).await.unwrap();
    assert_eq!(go(&executor, &mut rotation).await.unwrap(), Next::Ask(Question::Revoke));
}

#[tokio::test]
async fn a_value_in_escrow_is_not_asked_for_again_after_a_crash() {
    let scene = Scene::new();
    let executor = Executor { service: by_hand(&scene), ..scene.executor().await };
    let rotation = asked_for_value(&executor, &scene).await;
    make(NEW, 1);
    // the process ended between the escrow and the journal
    executor.escrow.put(&format!("{}/new", rotation.id), &secret(NEW)).await.unwrap();
    let (mut resumed, _lock) = executor.resume(&rotation.id.0).await.unwrap();
    assert!(resumed.given);
    assert_eq!(go(&executor, &mut resumed).await.unwrap(), Next::Ask(Question::Revoke));
}

#[tokio::test]
async fn on_the_way_back_the_new_value_must_be_refused_too() {
    let scene = Scene::new();
    let executor = Executor { service: by_hand(&scene), ..scene.executor().await };
    let mut rotation = asked_for_value(&executor, &scene).await;
    make(NEW, 1);
    executor.give(&mut rotation, &secret(NEW)).await.unwrap();
    go(&executor, &mut rotation).await.unwrap();
    executor.decide(&mut rotation, Decision::RollBack).await.unwrap();
    assert_eq!(go(&executor, &mut rotation).await.unwrap(), Next::Ask(Question::RevokeNew(Vec::new())));
    assert_eq!(std::fs::read_to_string(scene.path("key")).unwrap().trim_end(), OLD);
    executor.decide(&mut rotation, Decision::ConfirmRevoke).await.unwrap();
    let next = go(&executor, &mut rotation).await.unwrap();
    assert!(trouble(&next).reason.to_string().contains("still accepted"), "{next:?}");
    revoke(NEW);
    executor.decide(&mut rotation, Decision::Retry).await.unwrap();
    assert_eq!(go(&executor, &mut rotation).await.unwrap(), Next::Over);
    assert_eq!(rotation.phase, Phase::RolledBack);
}
