use async_trait::async_trait;

use super::*;
use crate::client::WritePermit;
use crate::client::capabilities::{Capabilities, Capability, Minting};
use crate::client::fake::FakeService;
use crate::config::{EscrowSettings, EscrowStore};
use crate::domain::campaign::Subject;
use crate::domain::failure::Failure;
use crate::domain::ids::UserId;
use crate::domain::key::Status;
use crate::domain::rotation::{Overlap, Sink};
use crate::domain::secret::Secret;
use crate::domain::team::UserKind;
use crate::local::escrow::Escrow;
use crate::local::journal::Journal;
use crate::local::program::Tools;
use crate::local::sinks::Sinks;
use crate::ops::rotate::HandOver;

/// Nothing is handed over by a campaign.
struct Nobody;

#[async_trait]
impl HandOver for Nobody {
    async fn hand_over(&self, _: &Sink, _: &Secret) -> Result<(), String> {
        Err("nobody is there".to_owned())
    }
}

/// A backend whose user 1, an admin, has two keys, and somebody else one, and a folder for everything else.
struct Scene {
    service: Arc<FakeService>,
    folder: tempfile::TempDir,
}

fn key(id: &str, owner: i64, kind: UserKind) -> Key {
    Key { owner_id: UserId(owner), owner_kind: kind, owner: "Somebody".into(), ..Key::sample(id) }
}

impl Scene {
    fn able(capabilities: Capabilities) -> Self {
        let keys = vec![
            key("own", 1, UserKind::Person),
            key("second", 1, UserKind::Person),
            key("other", 9, UserKind::Person),
        ];
        let service = Arc::new(FakeService::new(keys).with_capabilities(capabilities));
        Self { service, folder: tempfile::tempdir().unwrap() }
    }

    fn new() -> Self {
        Self::able(Capabilities::all())
    }

    fn desk(&self) -> Desk {
        let state = self.folder.path().join("state");
        std::fs::create_dir_all(&state).unwrap();
        let saved = |name: &str| {
            let path = self.folder.path().join(name).to_str().unwrap().to_owned();
            let saved = Saved { sinks: vec![Sink::File { path }], overlap: Some(Overlap::None), ..Saved::default() };
            (name.to_owned(), saved)
        };
        Desk {
            service: Arc::clone(&self.service) as Arc<dyn KeyService>,
            me: self.service.state().me.clone(),
            profile: "acme".to_owned(),
            state,
            saved: Defaults(["own", "second"].map(saved).into_iter().collect()),
        }
    }

    fn opened(&self) -> Opened {
        Opened {
            name: "June".into(),
            filter: String::new(),
            by: self.service.clock().now() + chrono::TimeDelta::days(30),
            wave: 10,
            profile: "acme".to_owned(),
            production: false,
            address: self.service.address(),
            user: UserId(1),
            user_name: "Ada".into(),
            started_by: "ada".into(),
            team: true,
            keys: self.service.state().keys.iter().map(Subject::of).collect(),
        }
    }

    async fn executor<'a>(&self, nobody: &'a Nobody) -> Executor<'a> {
        let state = self.desk().state;
        let settings = EscrowSettings { store: EscrowStore::File, ..EscrowSettings::default() };
        let tools = Tools::default();
        Executor {
            service: Arc::clone(&self.service) as Arc<dyn KeyService>,
            permit: Arc::new(WritePermit::unless_read_only(false).unwrap()),
            journal: Journal::open(&state).await.unwrap(),
            escrow: Escrow::open(&state, &settings).unwrap(),
            sinks: Sinks::of(&tools),
            tools,
            hand_over: nobody,
        }
    }

    async fn go(&self, running: &mut Running) -> Ran {
        let executor = self.executor(&Nobody).await;
        let limits = Limits { waves: None, stop: &|| false };
        running.go(&executor, &limits, &mut |_, _| ()).await.unwrap()
    }
}

fn state(running: &Running, id: &str) -> State {
    let campaign = running.campaign();
    campaign.members[campaign.position(&id.into()).unwrap()].standing.state()
}

#[tokio::test]
async fn own_keys_are_rotated_wherever_values_are_made_and_others_only_watched() {
    for minting in [Minting::Client, Minting::Server] {
        let scene = Scene::able(Capabilities::all().minted_by(minting));
        let mut running = Running::begin(scene.desk(), scene.opened()).await.unwrap();
        assert_eq!(scene.go(&mut running).await, Ran::Through);
        assert_eq!(state(&running, "own"), State::Rotated, "{minting:?}: {:?}", running.campaign().members);
        assert_eq!(state(&running, "other"), State::NotBegun);
        assert_eq!(scene.service.count("create_api_key"), 2);
        assert!(running.campaign().over.is_none(), "somebody's key is left");
        scene.service.state().keys.iter_mut().find(|key| key.id.as_str() == "other").unwrap().status = Status::Revoked;
        running.look().await.unwrap();
        assert!(running.campaign().over.is_some(), "all are settled");
    }
}

#[tokio::test]
async fn what_a_colleague_replaced_since_it_was_seen_is_not_begun() {
    let scene = Scene::new();
    let mut running = Running::begin(scene.desk(), scene.opened()).await.unwrap();
    running.look().await.unwrap();
    assert_eq!(running.campaign().ready().len(), 2);
    {
        let mut state = scene.service.state();
        for key in state.keys.iter_mut().filter(|key| key.id.as_str() == "second") {
            key.rotated_to = Some("new".into());
        }
        state.keys.push(Key { rotated_from: Some("second".into()), ..key("new", 1, UserKind::Person) });
    }
    scene.go(&mut running).await;
    assert_eq!(state(&running, "second"), State::UnderWay);
    let made = scene.service.state().keys.iter().filter(|key| key.rotated_from == Some("second".into())).count();
    assert_eq!(made, 1, "the colleague's");
}

#[tokio::test]
async fn a_failure_of_the_backend_stops_it_and_nothing_more_is_begun() {
    let scene = Scene::new();
    scene.service.fail("create_api_key", ErrorKind::Denied);
    let mut running = Running::begin(scene.desk(), scene.opened()).await.unwrap();
    scene.go(&mut running).await;
    let campaign = running.campaign();
    assert_eq!(campaign.word(), "stopped");
    let failed = campaign.stopped.as_ref().unwrap().key;
    let run = campaign.members[failed].standing.run().unwrap();
    assert!(run.starts_with("keydeck rotations resume "), "{run}");
    assert_eq!(scene.service.count("create_api_key"), 1);
    // a person looked: the same rotation goes on, and the next one after it
    let id = campaign.id.clone();
    drop(running);
    let mut running = Running::take_up(scene.desk(), &id, true).await.unwrap();
    scene.go(&mut running).await;
    assert_eq!((state(&running, "own"), state(&running, "second")), (State::Rotated, State::Rotated));
    let made = scene.service.state().keys.iter().filter(|key| key.rotated_from.is_some()).count();
    assert_eq!(made, 2, "each once");
}

#[tokio::test]
async fn keys_that_a_person_makes_are_left_to_one_and_a_team_that_is_not_listed_is_not_asked_for() {
    let capabilities = Capabilities::all()
        .without(Capability::TeamKeys, "no call lists them")
        .without(Capability::OwnKeys, "no call lists them")
        .with_page("Settings > Keys")
        .tracking();
    let scene = Scene::able(capabilities);
    let refused = World::read(&scene.desk(), true).await.err().unwrap();
    assert!(refused.to_string().contains("no call lists them"), "{refused}");
    assert_eq!(refused.ending(), crate::domain::failure::Ending::Unsupported);
    let opened = Opened { team: false, ..scene.opened() };
    let mut running = Running::begin(scene.desk(), opened).await.unwrap();
    scene.go(&mut running).await;
    assert_eq!(state(&running, "own"), State::Needs);
    let campaign = running.campaign();
    let says = campaign.members[campaign.position(&"own".into()).unwrap()].standing.says();
    assert!(says.contains("Settings > Keys"), "{says}");
    assert_eq!(scene.service.count("create_api_key"), 0);
}

#[tokio::test]
async fn it_is_gone_on_with_by_one_process_and_by_whom_it_is_of() {
    let scene = Scene::new();
    let running = Running::begin(scene.desk(), scene.opened()).await.unwrap();
    let id = running.campaign().id.clone();
    let held = Running::take_up(scene.desk(), &id, false).await.err().unwrap();
    assert_eq!(held.ending(), crate::domain::failure::Ending::NotNow, "{held}");
    let told = seen(&scene.desk(), running.campaign().clone()).await.unwrap();
    assert_eq!(told.ready().len(), 2, "looking needs no lock");
    drop(running);
    scene.service.state().me.id = UserId(2);
    let other = Running::take_up(scene.desk(), &id, false).await.err().unwrap();
    assert!(matches!(other, CampaignError::Elsewhere(_)) && other.hint().contains("--profile acme"), "{other}");
}
