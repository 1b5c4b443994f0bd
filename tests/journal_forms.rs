//! Every form in which a journal of rotations was ever written is read, and each rotation in it carried to its end.
//!
//! A fixture is a journal as SQL, made by the program of its time. The values in it are texts of this test, no keys. A new
//! form gets a fixture of its own: `KEYDECK_WRITE_FORM=tests/journal_forms/form-N.sql cargo test --test journal_forms`
//! writes one with the program as it is now.

#![expect(clippy::unwrap_used, reason = "helpers of tests; clippy knows only the test functions themselves")]

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use keydeck::client::fake::FakeService;
use keydeck::client::{KeyService, ServerClock, WritePermit};
use keydeck::config::{EscrowSettings, EscrowStore};
use keydeck::domain::ids::UserId;
use keydeck::domain::key::{Key, Status};
use keydeck::domain::key_value::{digest, fingerprint};
use keydeck::domain::present::Reading;
use keydeck::domain::rotation::{
    Cutover, Decision, Effect, Hook, Next, OldKey, OldState, Overlap, Phase, Plan, Question, Reason, Recipe, Rotation,
    RotationId, Sink,
};
use keydeck::domain::secret::Secret;
use keydeck::domain::time::{Time, When};
use keydeck::local::escrow::Escrow;
use keydeck::local::journal::{Journal, Lock};
use keydeck::local::program::Tools;
use keydeck::local::sinks::Sinks;
use keydeck::ops::rotate::{Executor, HandOver};
use rusqlite::Connection;

/// The forms, the oldest first.
const FORMS: &[(&str, &str)] = &[
    ("form-1", include_str!("journal_forms/form-1.sql")),
    ("form-2", include_str!("journal_forms/form-2.sql")),
    ("form-3", include_str!("journal_forms/form-3.sql")),
    ("form-4", include_str!("journal_forms/form-4.sql")),
    ("form-5", include_str!("journal_forms/form-5.sql")),
];
/// Where the places of a fixture are; the test's own folder stands in for it.
const FOLDER: &str = "/srv/fixture";

thread_local! {
    static NOW: Cell<Time> = Cell::new(start());
}

fn start() -> Time {
    When::from_wire("2026-11-21T02:51:00.000Z").time().unwrap()
}

fn now() -> Time {
    NOW.get()
}

/// Takes what is handed over.
struct Hands;

#[async_trait]
impl HandOver for Hands {
    async fn hand_over(&self, _sink: &Sink, _value: &Secret) -> Result<(), String> {
        Ok(())
    }
}

/// A clock on which it is always the moment at which the journals were written.
fn stopped() -> ServerClock {
    ServerClock::new(|| Reading { own: now(), running: Duration::ZERO })
}

fn old_value(key: &str) -> Secret {
    Secret::new(format!("the old value of {key}"))
}

fn new_value(id: &RotationId) -> Secret {
    Secret::new(format!("the new value of {id}"))
}

fn old_key(name: &str) -> Key {
    let digest = Some(digest(old_value(name).expose()));
    Key { name: name.into(), owner_id: UserId(1), digest, ..Key::sample(name) }
}

struct Scene {
    service: Arc<FakeService>,
    folder: tempfile::TempDir,
}

impl Scene {
    fn new() -> Self {
        Self {
            service: Arc::new(FakeService::new(Vec::new()).with_clock(stopped())),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    fn place(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn executor(&self) -> Executor<'static> {
        let settings = EscrowSettings { store: EscrowStore::File, ..EscrowSettings::default() };
        std::fs::create_dir_all(self.state()).unwrap();
        Executor {
            service: Arc::clone(&self.service) as Arc<dyn KeyService>,
            permit: Arc::new(WritePermit::unless_read_only(false).unwrap()),
            journal: Journal::open(&self.state()).await.unwrap(),
            escrow: Escrow::open(&self.state(), &settings).unwrap(),
            sinks: Sinks::of(&Tools::default()),
            tools: Tools::default(),
            hand_over: &Hands,
        }
    }

    fn change_key(&self, name: &str, change: impl FnOnce(&mut Key)) {
        change(self.service.state().keys.iter_mut().find(|key| key.id.as_str() == name).unwrap());
    }
}

/// What somebody decides who wants the rotation to come to its end.
fn willing(rotation: &Rotation, question: &Question) -> Decision {
    match question {
        // what an older program began is not sealed, so it is asked for once more
        Question::Plan | Question::Doubt(_) => Decision::Agree,
        Question::Checks(_) => Decision::Retry,
        // what a person makes is in escrow before it is said to be given
        Question::Value => Decision::Given,
        Question::OldValue => Decision::GivenOld,
        Question::Checklist(_) => Decision::ByHand,
        Question::StillUsed(_) | Question::Reenabled => Decision::EndOverlap("nobody uses it".to_owned()),
        Question::RevokeNew(_) if rotation.places.len() == 1 => Decision::ByHand,
        Question::Revoke | Question::RevokeNew(_) | Question::Orphans(_) => Decision::ConfirmRevoke,
        Question::Trouble(trouble) => match trouble.effect {
            Effect::Hook(_) | Effect::RerunHook(_) => Decision::ByHand,
            _ => Decision::Retry,
        },
    }
}

/// Goes on, willing, until `stop` says that this is the place.
async fn go_until(executor: &Executor<'_>, rotation: &mut Rotation, stop: impl Fn(&Rotation, &Next) -> bool) {
    for _ in 0..200 {
        let next = rotation.next(now());
        if stop(rotation, &next) {
            return;
        }
        match next {
            Next::Do(_) => drop(executor.step(rotation, &mut |_, _| ()).await.unwrap()),
            Next::Wait(_) => executor.decide(rotation, Decision::EndOverlap("moved".to_owned())).await.unwrap(),
            Next::Ask(question) => {
                let decision = willing(rotation, &question);
                executor.decide(rotation, decision).await.unwrap();
            }
            Next::Over => panic!("it never came to where it should: {rotation:?}"),
        }
    }
    panic!("it does not end: {rotation:?}");
}

mod making {
    use super::*;

    /// A rotation of the key `name`, which is put into these file places; not begun.
    fn rotation(scene: &Scene, number: usize, name: &str, files: &[&str], change: impl FnOnce(&mut Plan)) -> Rotation {
        let key = old_key(name);
        scene.service.state().keys.push(key.clone());
        let mut plan = Plan::draft(&key, None, now());
        plan.overlap = Overlap::None;
        plan.sinks = files
            .iter()
            .map(|file| {
                let path = scene.place(&format!("{name}-{file}"));
                std::fs::write(&path, format!("{}\n", old_value(name).expose())).unwrap();
                Sink::File { path: path.to_str().unwrap().to_owned() }
            })
            .collect();
        change(&mut plan);
        let id = RotationId(format!("01KFRM{number:020}"));
        Rotation::new(id, "acme", &scene.service.address(), plan, OldKey::of(&key, None), now())
    }

    fn run(line: &str) -> Cutover {
        Cutover::Run(Hook::parse(line).unwrap())
    }

    async fn begin(executor: &Executor<'_>, rotation: &Rotation) -> Lock {
        let slot = format!("{}/new", rotation.id);
        executor.escrow.put(&slot, &new_value(&rotation.id)).await.unwrap();
        executor.start(rotation).await.unwrap()
    }

    /// As a killed process leaves it: the effect was begun and never ended.
    async fn cut_short(executor: &Executor<'_>, rotation: &mut Rotation) {
        let Next::Do(effect) = rotation.next(now()) else { panic!("nothing to do: {rotation:?}") };
        rotation.begin(effect);
        executor.journal.begin(rotation, effect, now()).await.unwrap();
    }

    fn at(effect: Effect) -> impl Fn(&Rotation, &Next) -> bool {
        move |_, next| *next == Next::Do(effect)
    }

    fn over(rotation: &Rotation, _: &Next) -> bool {
        rotation.phase.is_over()
    }

    /// A rotation in each state worth having.
    #[expect(clippy::too_many_lines, reason = "one state after the other")]
    pub async fn every_state(scene: &Scene) {
        let executor = scene.executor().await;
        let executor = &executor;
        begin(executor, &rotation(scene, 1, "draft", &["a"], |_| ())).await;

        let everything = rotation(scene, 2, "kinds", &["a"], |plan| {
            plan.reason = Reason::Other("an audit asked for it".to_owned());
            plan.expires = Some(start() + TimeDelta::days(90));
            plan.contacts = vec!["ops@acme.example".to_owned()];
            plan.overlap = Overlap::Until(start() + TimeDelta::days(7));
            plan.health = Some(Hook::parse("systemctl is-active app").unwrap());
            plan.cutover = vec![run("systemctl restart 'the app'"), Cutover::ByHand("tell the partner".to_owned())];
            let hook = |line| Hook::parse(line).unwrap();
            plan.sinks.extend([
                "env-file:/srv/app/.env:API_KEY".parse().unwrap(),
                "env-file+systemd:/srv/app/unit.env:API_KEY".parse().unwrap(),
                "yaml:/srv/app/a.yaml:app.key".parse().unwrap(),
                "json:/srv/app/a.json:app.0.key".parse().unwrap(),
                "toml:/srv/app/a.toml:app.\"a.b\"".parse().unwrap(),
                "newmanrc:/srv/app/newmanrc".parse().unwrap(),
                "postman-env:/srv/app/env.json:apiKey".parse().unwrap(),
                Sink::Command { write: hook("put it"), verify: Some(hook("hash it")), undo: Some(hook("put it back")) },
                Sink::Keyring { service: "app".to_owned(), account: "deploy".to_owned() },
                Sink::Clipboard,
                Sink::Print,
                "postman-variable:1-a0b1:postman-api-key".parse().unwrap(),
            ]);
            plan.sinks.extend(Recipe::ALL.map(|recipe| Sink::Recipe {
                recipe,
                target: "team/item".to_owned(),
                field: "KEY".to_owned(),
            }));
        });
        let everything = Rotation { batch: Some("01KFRMBATCH".to_owned()), ..everything };
        let own = OldKey { own: true, fingerprint: None, ..everything.old.clone() };
        begin(executor, &Rotation { old: own, ..everything }).await;

        let mut checks = rotation(scene, 3, "checks", &["a"], |plan| {
            plan.sinks.push(Sink::Print);
            plan.sinks.push(Sink::File { path: scene.place("not-yet/checks-b").to_str().unwrap().to_owned() });
        });
        scene.change_key("checks", |key| key.status = Status::Disabled);
        begin(executor, &checks).await;
        go_until(executor, &mut checks, |_, next| matches!(next, Next::Ask(Question::Checks(_)))).await;
        executor.decide(&mut checks, Decision::Waive(0)).await.unwrap();
        scene.change_key("checks", |key| key.status = Status::Enabled);

        let mut minting = rotation(scene, 4, "minting", &["a"], |_| ());
        begin(executor, &minting).await;
        go_until(executor, &mut minting, at(Effect::Mint)).await;
        cut_short(executor, &mut minting).await;

        let mut registering = rotation(scene, 5, "registering", &["a"], |_| ());
        begin(executor, &registering).await;
        go_until(executor, &mut registering, at(Effect::Register)).await;
        cut_short(executor, &mut registering).await;

        let mut delivering = rotation(scene, 6, "delivering", &["a", "b"], |_| ());
        begin(executor, &delivering).await;
        go_until(executor, &mut delivering, at(Effect::Deliver(1))).await;
        cut_short(executor, &mut delivering).await;

        let mut hooks = rotation(scene, 7, "hooks", &["a"], |plan| {
            plan.cutover = vec![run("true"), Cutover::ByHand("tell them".to_owned()), run("true")];
            plan.health = Some(Hook::parse("true").unwrap());
        });
        begin(executor, &hooks).await;
        go_until(executor, &mut hooks, at(Effect::Hook(2))).await;
        cut_short(executor, &mut hooks).await;

        let mut checklist = rotation(scene, 8, "checklist", &["a"], |plan| {
            plan.cutover = vec![run("true"), Cutover::ByHand("restart it".to_owned())];
        });
        begin(executor, &checklist).await;
        go_until(executor, &mut checklist, |_, next| matches!(next, Next::Ask(Question::Checklist(_)))).await;

        let hour = |plan: &mut Plan| plan.overlap = Overlap::Seconds(3600);
        let mut overlap = rotation(scene, 9, "overlap", &["a"], hour);
        begin(executor, &overlap).await;
        go_until(executor, &mut overlap, |_, next| matches!(next, Next::Wait(_))).await;
        executor.decide(&mut overlap, Decision::Look).await.unwrap();
        executor.step(&mut overlap, &mut |_, _| ()).await.unwrap();

        let mut used = rotation(scene, 10, "used", &["a"], |plan| {
            plan.overlap = Overlap::Seconds(3600);
            plan.abilities.expiry = false;
        });
        begin(executor, &used).await;
        go_until(executor, &mut used, |_, next| matches!(next, Next::Wait(_))).await;
        NOW.set(start() + TimeDelta::hours(2));
        scene.change_key("used", |key| {
            key.last_used = When::At(start() + TimeDelta::minutes(90));
            key.last_used_from = Some("10.0.4.17".into());
        });
        go_until(executor, &mut used, |_, next| matches!(next, Next::Ask(Question::StillUsed(_)))).await;
        NOW.set(start());

        let ready = |_: &Rotation, next: &Next| *next == Next::Ask(Question::Revoke);
        let mut held = rotation(scene, 11, "held", &["a"], |_| ());
        begin(executor, &held).await;
        go_until(executor, &mut held, ready).await;
        executor.decide(&mut held, Decision::Reenable).await.unwrap();
        go_until(executor, &mut held, |_, next| *next == Next::Ask(Question::Reenabled)).await;

        let mut disabled = rotation(scene, 12, "disabled", &["a"], |_| ());
        begin(executor, &disabled).await;
        go_until(executor, &mut disabled, ready).await;

        let mut back = rotation(scene, 13, "back", &["a", "b"], |plan| plan.cutover = vec![run("true"), run("false")]);
        begin(executor, &back).await;
        go_until(executor, &mut back, |rotation, _| rotation.trouble.is_some()).await;
        executor.decide(&mut back, Decision::RollBack).await.unwrap();
        go_until(executor, &mut back, |rotation, _| rotation.trouble.is_some()).await;

        let mut handed_out = rotation(scene, 14, "handed-out", &[], |plan| plan.sinks = vec![Sink::Print]);
        begin(executor, &handed_out).await;
        go_until(executor, &mut handed_out, ready).await;
        executor.decide(&mut handed_out, Decision::RollBack).await.unwrap();
        go_until(executor, &mut handed_out, |_, next| matches!(next, Next::Ask(Question::RevokeNew(_)))).await;

        let mut emergency = rotation(scene, 15, "emergency", &["a"], |plan| {
            plan.emergency = true;
            plan.reason = Reason::Leaked;
            plan.cutover = vec![Cutover::ByHand("restart it".to_owned())];
        });
        begin(executor, &emergency).await;
        go_until(executor, &mut emergency, |_, next| matches!(next, Next::Ask(Question::Checklist(_)))).await;

        let mut given_up = rotation(scene, 16, "given-up", &["a"], |_| ());
        begin(executor, &given_up).await;
        go_until(executor, &mut given_up, ready).await;
        executor.decide(&mut given_up, Decision::Abandon { lose_value: false }).await.unwrap();

        let mut proving = rotation(scene, 17, "proving", &["a"], |_| ());
        begin(executor, &proving).await;
        go_until(executor, &mut proving, at(Effect::ProveOld)).await;
        cut_short(executor, &mut proving).await;

        let mut orphan = rotation(scene, 21, "orphan", &["a"], |plan| plan.abilities.mints = true);
        executor.start(&orphan).await.unwrap();
        go_until(executor, &mut orphan, at(Effect::Register)).await;
        scene.service.lose_answer("create_api_key");
        go_until(executor, &mut orphan, |_, next| matches!(next, Next::Ask(Question::Orphans(_)))).await;
        // the backend made up its masked value
        orphan.orphans[0].masked = "kdk_…0000".into();
        executor.journal.save(&orphan).await.unwrap();

        let by_hand = |plan: &mut Plan| plan.abilities.by_hand = Some("Settings > Keys".to_owned());
        let mut asked = rotation(scene, 22, "asked", &["a"], by_hand);
        executor.start(&asked).await.unwrap();
        go_until(executor, &mut asked, |_, next| *next == Next::Ask(Question::Value)).await;

        let mut adopting = rotation(scene, 23, "adopting", &["a"], by_hand);
        begin(executor, &adopting).await;
        go_until(executor, &mut adopting, at(Effect::Adopt)).await;
        cut_short(executor, &mut adopting).await;

        for (number, name, decision) in [
            (18, "closed", None),
            (19, "rolled-back", Some(Decision::RollBack)),
            (20, "abandoned", Some(Decision::Abandon { lose_value: false })),
        ] {
            let mut one = rotation(scene, number, name, &["a"], hour);
            begin(executor, &one).await;
            if let Some(decision) = decision {
                go_until(executor, &mut one, |_, next| matches!(next, Next::Wait(_))).await;
                executor.decide(&mut one, decision).await.unwrap();
            }
            go_until(executor, &mut one, over).await;
        }
        executor.journal.close().await;
    }

    /// The journal of `scene` as SQL.
    pub fn dump(scene: &Scene) -> String {
        let journal = journal(&scene.state());
        let mut text = String::new();
        let version: i64 = journal.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        let lines = |select: &str| -> Vec<String> {
            journal.prepare(select).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        for sql in lines("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid") {
            writeln!(text, "{sql};").unwrap();
        }
        for (table, columns) in [
            ("rotations", "id, address, old_key, is_over, form, state"),
            ("attempts", "rotation, number, effect, idempotency_key, begun_at, ended_at, ended, summary"),
        ] {
            let quoted: Vec<String> = columns.split(", ").map(|column| format!("quote({column})")).collect();
            let select = format!("SELECT concat_ws(', ', {}) AS line FROM {table} ORDER BY 1", quoted.join(", "));
            for line in lines(&select) {
                let line = line.replace(scene.folder.path().to_str().unwrap(), FOLDER);
                let line = line.replace(&keydeck::system::user(), "ana (uid 1000) on build-1");
                writeln!(text, "INSERT INTO {table} ({columns}) VALUES ({line});").unwrap();
            }
        }
        writeln!(text, "PRAGMA user_version = {version};").unwrap();
        text
    }
}

fn journal(state: &Path) -> Connection {
    Connection::open(state.join("rotations.db")).unwrap()
}

impl Scene {
    /// The state directory as a program of that time left it, with what the rotation `id` needs around it.
    async fn of_form(sql: &str, id: Option<&RotationId>) -> Self {
        let scene = Self::new();
        std::fs::create_dir_all(scene.state()).unwrap();
        std::fs::create_dir_all(scene.place("not-yet")).unwrap();
        let sql = sql.replace(FOLDER, scene.folder.path().to_str().unwrap());
        journal(&scene.state()).execute_batch(&format!("BEGIN; {sql} COMMIT;")).unwrap();
        let executor = scene.executor().await;
        let listing = executor.journal.all(1000).await.unwrap();
        assert_eq!(listing.unreadable, []);
        for rotation in listing.rotations.iter().filter(|rotation| id == Some(&rotation.id)) {
            scene.set_up(&executor, rotation).await;
        }
        scene
    }

    /// Backend, places and escrow as they are when a rotation stands so.
    async fn set_up(&self, executor: &Executor<'_>, rotation: &Rotation) {
        let name = rotation.old.id.as_str();
        let status = match rotation.old_state {
            OldState::Live => Status::Enabled,
            OldState::Disabled => Status::Disabled,
            OldState::Revoked => Status::Revoked,
        };
        self.service.state().keys.push(Key { status, expires: rotation.deadline.into(), ..old_key(name) });
        if let (Some(new), Some(minted)) = (&rotation.new, &rotation.minted) {
            assert_eq!(minted.fingerprint, fingerprint(new_value(&rotation.id).expose()));
            let digest = Some(digest(new_value(&rotation.id).expose()));
            let status = if rotation.new_revoked { Status::Revoked } else { Status::Enabled };
            self.service.state().keys.push(Key { status, digest, id: new.id.clone(), ..old_key(name) });
        }
        if rotation.plan.abilities.by_hand.is_some() && rotation.new.is_none() {
            // a person made it
            let digest = Some(digest(new_value(&rotation.id).expose()));
            let made = Key { name: rotation.plan.name.as_str().into(), digest, ..old_key("made") };
            self.service.state().keys.push(made);
        }
        for orphan in &rotation.orphans {
            self.service.state().keys.push(Key {
                id: orphan.id.clone(),
                name: orphan.name.clone(),
                ..old_key("orphan-of")
            });
        }
        if !rotation.phase.is_over() && !rotation.plan.abilities.mints {
            executor.escrow.put(&format!("{}/new", rotation.id), &new_value(&rotation.id)).await.unwrap();
        }
        for (at, (sink, place)) in rotation.plan.sinks.iter().zip(&rotation.places).enumerate() {
            let Sink::File { path } = sink else { continue };
            let value = if place.delivery.arrived() { new_value(&rotation.id) } else { old_value(name) };
            std::fs::write(path, format!("{}\n", value.expose())).unwrap();
            if place.before.is_some() && !rotation.phase.is_over() {
                executor.escrow.put(&format!("{}/before/{at}", rotation.id), &old_value(name)).await.unwrap();
            }
        }
    }

    fn works(&self, value: &Secret) -> bool {
        let digest = Some(digest(value.expose()));
        self.service.state().keys.iter().any(|key| key.digest == digest && key.status == Status::Enabled)
    }
}

/// Whether every file among the places holds `value`.
fn holds(rotation: &Rotation, value: &Secret) -> bool {
    let files = rotation.plan.sinks.iter().filter_map(|sink| match sink {
        Sink::File { path } => Some(path),
        _ => None,
    });
    files.map(|path| std::fs::read_to_string(path).unwrap()).all(|text| text.trim_end() == value.expose())
}

/// What the rotation's only place holds.
fn in_file(rotation: &Rotation) -> Secret {
    let Sink::File { path } = &rotation.plan.sinks[0] else { panic!("no file") };
    Secret::new(std::fs::read_to_string(path).unwrap().trim_end().to_owned())
}

/// Takes each open rotation of a form up again, lets `decide` decide, and carries it to its end.
async fn carry(sql: &str, decide: impl Fn(&Rotation) -> Option<Decision>) -> Vec<(Scene, Rotation)> {
    let ids: Vec<RotationId> = {
        let scene = Scene::of_form(sql, None).await;
        let open = scene.executor().await.journal.open_rotations().await.unwrap();
        open.rotations.into_iter().map(|rotation| rotation.id).collect()
    };
    let mut carried = Vec::new();
    for id in ids {
        let scene = Scene::of_form(sql, Some(&id)).await;
        let executor = scene.executor().await;
        let (mut rotation, _lock) = executor.resume(&id.0).await.unwrap();
        if let Some(decision) = decide(&rotation) {
            let taken = executor.decide(&mut rotation, decision.clone()).await;
            if taken.is_err() && decision == Decision::RollBack {
                continue;
            }
            taken.unwrap();
        }
        go_until(&executor, &mut rotation, |rotation, _| rotation.phase.is_over()).await;
        assert!(executor.escrow.contents(&rotation.id.0).unwrap().is_empty(), "{id}");
        assert_eq!(executor.journal.load(&id.0).await.unwrap(), rotation);
        carried.push((scene, rotation));
    }
    carried
}

/// What cannot be done in a test: places of other programs.
fn is_beyond_reach(rotation: &Rotation) -> bool {
    rotation.old.id.as_str() == "kinds"
}

#[tokio::test]
async fn each_rotation_of_each_form_goes_on_to_its_end() {
    for (form, sql) in FORMS {
        let decide = |rotation: &Rotation| match rotation.phase {
            _ if is_beyond_reach(rotation) => Some(Decision::Abandon { lose_value: false }),
            Phase::RollingBack if rotation.old.id.as_str() == "handed-out" => Some(Decision::GoForward),
            _ => None,
        };
        let carried = carry(sql, decide).await;
        let open = match *form {
            "form-1" => 17,
            "form-2" | "form-3" | "form-4" => 18,
            _ => 20,
        };
        assert_eq!(carried.len(), open, "{form}");
        for (scene, rotation) in carried {
            let old = old_value(rotation.old.id.as_str());
            let new = if rotation.plan.abilities.mints { in_file(&rotation) } else { new_value(&rotation.id) };
            let (expected, held, works) = match rotation.old.id.as_str() {
                "kinds" => (Phase::Abandoned, &old, [true, false]),
                "given-up" => (Phase::Abandoned, &new, [false, true]),
                "back" => (Phase::RolledBack, &old, [true, false]),
                _ => (Phase::Closed, &new, [false, true]),
            };
            assert_eq!(rotation.phase, expected, "{form}: {rotation:?}");
            assert!(holds(&rotation, held), "{form}: {rotation:?}");
            assert_eq!([scene.works(&old), scene.works(&new)], works, "{form}: {rotation:?}");
        }
    }
}

#[tokio::test]
async fn each_rotation_of_each_form_is_rolled_back_while_the_old_key_is_there() {
    for (form, sql) in FORMS {
        // a key that a person made is theirs to revoke, which nobody does here
        let goes_back =
            |rotation: &Rotation| rotation.phase == Phase::Forward && rotation.plan.abilities.by_hand.is_none();
        let carried = carry(sql, |rotation| goes_back(rotation).then_some(Decision::RollBack)).await;
        let back = carried.iter().filter(|(_, rotation)| rotation.phase == Phase::RolledBack);
        let mut names: Vec<&str> = back.clone().map(|(_, rotation)| rotation.old.id.as_str()).collect();
        names.sort_unstable();
        let mut expected = vec![
            "back",
            "checklist",
            "checks",
            "delivering",
            "disabled",
            "draft",
            "handed-out",
            "held",
            "hooks",
            "kinds",
            "minting",
            "overlap",
            "registering",
            "used",
        ];
        expected.extend((*form != "form-1").then_some("orphan"));
        expected.sort_unstable();
        assert_eq!(names, expected, "{form}");
        for (scene, rotation) in back {
            let (old, new) = (old_value(rotation.old.id.as_str()), new_value(&rotation.id));
            assert!(holds(rotation, &old), "{form}: {rotation:?}");
            assert_eq!([scene.works(&old), scene.works(&new)], [true, false], "{form}: {rotation:?}");
        }
    }
}

#[tokio::test]
async fn the_present_form_is_written() {
    let scene = Scene::new();
    Box::pin(making::every_state(&scene)).await;
    let text = making::dump(&scene);
    if let Some(path) = std::env::var_os("KEYDECK_WRITE_FORM") {
        std::fs::write(path, &text).unwrap();
    }
    // what is written now has the fields of the latest fixture: a change of them is a new form, with a fixture of its own
    let (form, latest) = FORMS.last().unwrap();
    let (present, latest) = (fields(&text), fields(latest));
    let new: Vec<_> = present.difference(&latest).collect();
    let gone: Vec<_> = latest.difference(&present).collect();
    assert!(new.is_empty() && gone.is_empty(), "{form}: new {new:#?}, gone {gone:#?}");
}

/// The paths of all fields in the states of a fixture, and the form's number.
fn fields(sql: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in sql.lines().filter(|line| line.starts_with("INSERT INTO rotations")) {
        let (start, end) = (line.find('{').unwrap(), line.rfind('}').unwrap());
        found.insert(line[..start].rsplit(", ").nth(1).unwrap().to_owned());
        let state = line[start..=end].replace("''", "'");
        walk(&serde_json::from_str(&state).unwrap(), "", &mut found);
    }
    found
}

fn walk(value: &serde_json::Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                walk(value, &format!("{path}.{name}"), found);
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| walk(item, &format!("{path}[]"), found)),
        _ => drop(found.insert(path.to_owned())),
    }
}
