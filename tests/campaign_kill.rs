//! A campaign of 300 keys of 40 owners that is killed three times: a service's keys and one's own are rotated from here, the
//! others are watched while their owners rotate them, each in their own way. However it was cut, each key is rotated once, by
//! whomever, or it is told why not; the server's audit log counts.
//!
//! Needs a program built with the feature `fault-points`: `cargo test --features fault-points --test campaign_kill`.

#![expect(clippy::unwrap_used, reason = "helpers of tests; clippy knows only the test functions themselves")]

#[path = "support/program.rs"]
mod program;
#[path = "support/server.rs"]
mod server;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::os::unix::process::ExitStatusExt;

use keydeck::client::keydeck::KeydeckService;
use keydeck::client::{KeyChange, KeyService, MintedValue, NewKey, Regeneration, Scope, WritePermit};
use keydeck::domain::audit::{AuditQuery, Fact};
use keydeck::domain::ids::{KeyId, UserId};
use keydeck::domain::key::{Key, Status};
use keydeck::domain::key_value::{KeyKind, mint};
use keydeck::domain::secret::Secret;
use keydeck::domain::team::{NewUser, Role};
use keydeck::ops::load;
use keydeck::server::ServerSettings;
use program::{Home, Ran};
use server::TestServer;
use tokio::runtime::Runtime;

const NAME: &str = "June";
/// People beside the one who runs it and the service: forty owners in all.
const PEOPLE: usize = 38;
const KEYS_EACH: usize = 7;
const OF_SERVICE: usize = 22;
const OWN: usize = 12;

/// Somebody whose keys are watched.
struct Person {
    client: KeydeckService,
    keys: Vec<KeyId>,
}

/// A server with all that, and a home in which the campaign runs.
struct Scene {
    server: TestServer,
    runtime: Runtime,
    home: Home,
    people: Vec<Person>,
    /// The keys that are rotated from here, with their names.
    ours: BTreeMap<String, KeyId>,
}

fn permit() -> WritePermit {
    WritePermit::unless_read_only(false).unwrap()
}

async fn make(client: &KeydeckService, name: String, owner: Option<UserId>, replaces: Option<KeyId>) -> KeyId {
    let value = mint(KeyKind::ApiKey, getrandom::fill).unwrap();
    let new = NewKey { name, value: Some(MintedValue::of(&value)), owner, rotated_from: replaces, ..NewKey::default() };
    client.create_api_key(&permit(), &new).await.unwrap().0.id
}

impl Scene {
    fn new() -> Self {
        let settings = ServerSettings { rate_limit: 1_000_000, ..ServerSettings::default() };
        let server = TestServer::start_blocking(settings);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let admin = KeydeckService::new(&server.base_url, server.keys.superadmin.duplicate()).unwrap();
        let (people, ours) = runtime.block_on(async {
            let mut ours = BTreeMap::new();
            let new = NewUser::Service { name: "gateway".into(), contacts: vec!["ops@test.example".into()] };
            let (service, _) = admin.create_user(&permit(), &new, None).await.unwrap();
            for number in 0..OF_SERVICE {
                let name = format!("app-service-{number}");
                ours.insert(name.clone(), make(&admin, name, Some(service.id), None).await);
            }
            for number in 0..OWN {
                let name = format!("app-own-{number}");
                ours.insert(name.clone(), make(&admin, name, None, None).await);
            }
            let mut people = Vec::new();
            for number in 0..PEOPLE {
                let new = NewUser::Person {
                    name: format!("person-{number}"),
                    email: format!("person-{number}@test.example"),
                    roles: vec![Role::User],
                };
                let (_, value) = admin.create_user(&permit(), &new, None).await.unwrap();
                let client = KeydeckService::new(&server.base_url, value.unwrap()).unwrap();
                let mut keys = Vec::new();
                for at in 0..KEYS_EACH {
                    keys.push(make(&client, format!("app-{number}-{at}"), None, None).await);
                }
                people.push(Person { client, keys });
            }
            (people, ours)
        });
        let home = Home::new();
        std::fs::create_dir_all(home.path("places")).unwrap();
        let mut config = "[escrow]\nstore = \"file\"\n".to_owned();
        for name in ours.keys() {
            let place = home.path("places").join(name);
            let sink = format!("file:{}", place.display());
            writeln!(config, "[rotation.\"{name}\"]\nsinks = [\"{sink}\"]\noverlap = \"none\"").unwrap();
        }
        home.configure(&config);
        Self { server, runtime, home, people, ours }
    }

    fn run(&self, args: &[&str], fault: Option<&str>) -> (Ran, Option<i32>) {
        let mut command = self.home.command(args);
        command.env("KEYDECK_URL", &self.server.base_url).env("KEYDECK_API_KEY", self.server.keys.superadmin.expose());
        command.envs(fault.map(|point| ("KEYDECK_FAULT", point)));
        let output = command.output().unwrap();
        let signal = output.status.signal();
        (Ran::of(output), signal)
    }

    #[track_caller]
    fn killed(&self, args: &[&str], point: &str) {
        let (ran, signal) = self.run(args, Some(point));
        assert_eq!(signal, Some(9), "{point}: {ran:#?}");
    }

    fn key(&self, id: &KeyId) -> Key {
        let admin = KeydeckService::new(&self.server.base_url, self.server.keys.superadmin.duplicate()).unwrap();
        self.runtime.block_on(admin.api_key(id)).unwrap()
    }

    /// How often the audit log tells that a key was made in the place of each.
    fn made_by_audit(&self) -> BTreeMap<String, usize> {
        let admin = KeydeckService::new(&self.server.base_url, self.server.keys.superadmin.duplicate()).unwrap();
        let mut made = BTreeMap::new();
        self.runtime
            .block_on(load::audit(&admin, &AuditQuery::default(), &mut |page| {
                for entry in page.rows.iter().filter(|entry| entry.action.as_received() == "api_key.create") {
                    let from = entry.after.iter().find(|(name, _)| name.as_received() == "rotatedFrom");
                    if let Some((_, Fact::Text(from))) = from {
                        *made.entry(from.as_received().to_owned()).or_default() += 1;
                    }
                }
                ControlFlow::Continue(())
            }))
            .unwrap();
        made
    }
}

/// The state of each key, by its id.
fn states(document: &serde_json::Value) -> BTreeMap<String, String> {
    let text = |row: &serde_json::Value, name: &str| row[name].as_str().unwrap().to_owned();
    document["data"].as_array().unwrap().iter().map(|row| (text(row, "id"), text(row, "state"))).collect()
}

/// What the owners do meanwhile, each with one of their keys.
async fn owners_rotate(people: &[Person]) -> BTreeMap<KeyId, &'static str> {
    let mut expected = BTreeMap::new();
    for (number, person) in people.iter().enumerate() {
        let (id, client) = (person.keys[number % KEYS_EACH].clone(), &person.client);
        let state = match number % 5 {
            0 => {
                make(client, format!("new-{number}"), None, Some(id.clone())).await;
                client.delete_api_key(&permit(), &id, None).await.unwrap();
                "rotated"
            }
            1 => {
                let value = mint(KeyKind::ApiKey, getrandom::fill).unwrap();
                let new = Regeneration { overlap_seconds: 0, value: Some(MintedValue::of(&value)), note: None };
                client.regenerate_api_key(&permit(), &id, &new).await.unwrap();
                "rotated"
            }
            2 => {
                make(client, format!("new-{number}"), None, Some(id.clone())).await;
                "underWay"
            }
            3 => {
                client.delete_api_key(&permit(), &id, None).await.unwrap();
                "ended"
            }
            _ => {
                let change = KeyChange { enabled: Some(false), ..KeyChange::default() };
                client.change_api_key(&permit(), &id, &change).await.unwrap();
                "needsSomebody"
            }
        };
        expected.insert(id, state);
    }
    expected
}

#[test]
fn each_of_300_keys_is_rotated_once_or_explained_although_it_is_killed_three_times() {
    let scene = Scene::new();
    let start = ["campaign", "start", NAME, "--filter", "name:app-", "--by", "30d", "--wave", "8", "--yes"];
    let run = ["campaign", "run", NAME, "--yes"];
    // killed before the first one's rotation is in the journal: nothing was made
    scene.killed(&start, "campaign.begins.after#1");
    assert_eq!(scene.made_by_audit().len(), 0);
    // while it waits, a colleague rotates one of the service's keys, and the owners some of theirs
    let colleague = KeydeckService::new(&scene.server.base_url, scene.server.keys.admin.duplicate()).unwrap();
    let taken = scene.ours["app-service-9"].clone();
    let expected = scene.runtime.block_on(async {
        make(&colleague, "app-service-9-new".to_owned(), None, Some(taken.clone())).await;
        colleague.delete_api_key(&permit(), &taken, None).await.unwrap();
        owners_rotate(&scene.people).await
    });
    // killed with a key made and its value in escrow alone, in a wave
    scene.killed(&run, "effect.register.after#4");
    // killed with a result that is not on the record
    scene.killed(&run, "campaign.append.before#9");
    let (ran, _) = scene.run(&run, None);
    assert_eq!(ran.code, Some(1), "some need somebody, which is told: {ran:#?}");

    let (ran, _) = scene.run(&["campaign", "show", NAME, "--json"], None);
    let document = ran.ended(0).json();
    let states = states(&document);
    assert_eq!((states.len(), &document["meta"]["owners"].as_array().unwrap().len()), (300, &40));
    for (name, id) in &scene.ours {
        assert_eq!(states[id.as_str()], "rotated", "{name}");
        assert_eq!(scene.key(id).status, Status::Revoked, "{name}");
    }
    for person in &scene.people {
        for id in &person.keys {
            let wanted = expected.get(id).copied().unwrap_or("notBegun");
            assert_eq!(states[id.as_str()], wanted, "{id}");
        }
    }
    for row in document["data"].as_array().unwrap() {
        assert!(!row["says"].as_str().unwrap().is_empty(), "each is explained: {row}");
    }
    // what counts is what the server did
    let made = scene.made_by_audit();
    for (name, id) in &scene.ours {
        assert_eq!(made.get(id.as_str()), Some(&1), "{name} was rotated once");
        if *id != taken {
            let text = std::fs::read_to_string(scene.home.path("places").join(name)).unwrap();
            let value = Secret::new(text.trim_end().to_owned());
            let client = KeydeckService::new(&scene.server.base_url, value).unwrap();
            assert!(scene.runtime.block_on(client.me()).is_ok(), "{name}: what the place holds works");
        }
    }
    assert!(made.values().all(|times| *times == 1), "nobody's key was rotated twice: {made:?}");
    // nothing of others' was touched from here
    let admin = KeydeckService::new(&scene.server.base_url, scene.server.keys.superadmin.duplicate()).unwrap();
    let mut orphans = 0;
    scene
        .runtime
        .block_on(load::keys(&admin, Scope::Team, &mut |page| {
            orphans += page.rows.iter().filter(|key| key.rotated_from.is_some()).count();
            ControlFlow::Continue(())
        }))
        .unwrap();
    assert_eq!(orphans, made.len(), "every key that was made took the place of one");
    assert!(
        scene.run(&["rotations", "--json"], None).0.json()["data"].as_array().unwrap().is_empty(),
        "none is left open"
    );
}
