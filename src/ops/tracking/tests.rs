use super::*;
use crate::client::capabilities::Capability;
use crate::client::fake::FakeService;
use crate::client::{MintedValue, Scope, WritePermit};
use crate::domain::key::Status;
use crate::domain::key_value::digest;
use crate::ops::lookup;

/// A backend that lists no keys, finds none and makes none.
fn postman(accepted: &[&str]) -> FakeService {
    let keys = accepted.iter().map(|value| Key { digest: Some(digest(value)), ..Key::sample(value) }).collect();
    let capabilities = [Capability::OwnKeys, Capability::Lookup, Capability::CreateKeys, Capability::RevokeMany]
        .into_iter()
        .fold(Capabilities::all(), |all, missing| all.without(missing, "no call does it: use the page"));
    FakeService::new(keys).with_capabilities(capabilities)
}

fn own() -> Secret {
    Secret::new("the key in use".to_owned())
}

struct Scene {
    folder: tempfile::TempDir,
    service: Arc<dyn KeyService>,
    inner: Arc<FakeService>,
}

impl Scene {
    fn new(accepted: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let inner = Arc::new(postman(accepted));
        let service = over(Arc::clone(&inner) as _, Some(folder.path()), "acme", &own());
        Self { folder, service, inner }
    }

    fn file(&self) -> TrackedFile {
        TrackedFile::of(self.folder.path(), "acme")
    }

    fn track(&self, id: &str, value: &str) -> Tracked {
        let value = Secret::new(value.to_owned());
        let (fingerprint, masked) = crate::domain::tracked::kept_of(&value);
        let now = self.service.clock().now();
        let tracked = Tracked { fingerprint: Some(fingerprint), masked, ..Tracked::sample(id, now) };
        self.file().change(|keys| keys.push(tracked.clone())).unwrap();
        tracked
    }
}

#[test]
fn a_backend_that_lists_its_keys_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let service: Arc<dyn KeyService> = Arc::new(FakeService::new(Vec::new()));
    assert!(Arc::ptr_eq(&over(Arc::clone(&service), Some(folder.path()), "acme", &own()), &service));
}

#[tokio::test]
async fn what_was_written_down_is_listed_and_found_by_its_value() {
    let scene = Scene::new(&[]);
    assert!(scene.service.keys(Scope::Mine, None, 100).await.unwrap().rows.is_empty());
    scene.track("a", "value a");
    scene.track("b", "value b");
    let rows = scene.service.keys(Scope::Mine, None, 100).await.unwrap();
    let ids: Vec<&str> = rows.rows.iter().map(|key| key.id.as_str()).collect();
    assert_eq!((ids, rows.next, rows.total), (vec!["b", "a"], None, Some(2)));
    let me = scene.inner.state().me.id;
    assert!(rows.rows.iter().all(|key| key.owner_id == me && key.tracked.is_some()));
    let found = lookup::by_fingerprint(&*scene.service, &fingerprint("value a")).await.unwrap();
    assert_eq!(found.map(|key| key.id.as_str().to_owned()), Some("a".to_owned()));
    assert!(lookup::by_fingerprint(&*scene.service, &fingerprint("other")).await.unwrap().is_none());
    assert_eq!(scene.inner.count("lookup"), 0, "the backend is not asked for what it cannot do");
}

#[tokio::test]
async fn the_key_that_asks_is_known_once_it_is_written_down() {
    let scene = Scene::new(&[]);
    scene.inner.state().me.own_key = None;
    assert_eq!(scene.service.me().await.unwrap().own_key, None);
    scene.track("mine", own().expose());
    assert_eq!(scene.service.me().await.unwrap().own_key, Some("mine".into()));
    let other = scene.service.with_key(Secret::new("another".to_owned())).unwrap();
    assert_eq!(other.capabilities(), scene.service.capabilities());
}

#[tokio::test]
async fn to_make_is_to_write_down_and_to_delete_is_to_note() {
    let scene = Scene::new(&[]);
    scene.track("old", "old value");
    let permit = WritePermit::unless_read_only(false).unwrap();
    let value = Secret::new("new value".to_owned());
    let new = NewKey {
        name: "ci-2".to_owned(),
        value: Some(MintedValue::of(&value)),
        rotated_from: Some("old".into()),
        ..NewKey::default()
    };
    let (made, none) = scene.service.create_api_key(&permit, &new).await.unwrap();
    let (again, _) = scene.service.create_api_key(&permit, &new).await.unwrap();
    assert!(none.is_none() && made.id == again.id, "one value is one key");
    scene.service.delete_api_key(&permit, &"old".into(), None).await.unwrap();
    let old = scene.service.api_key(&"old".into()).await.unwrap();
    assert_eq!((&old.status, old.rotated_to), (&Status::Revoked, Some(made.id)));
    assert_eq!(scene.inner.count("create_api_key") + scene.inner.count("delete_api_key"), 0);
    let gone = scene.service.api_key(&"nobody".into()).await.unwrap_err();
    assert_eq!(gone.kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn a_probe_is_written_down_and_another_value_is_not_taken_for_it() {
    let scene = Scene::new(&["alive"]);
    let alive = scene.track("a", "alive");
    let dead = scene.track("d", "dead");
    let ask = async |tracked: &Tracked, value: &str| {
        probe(&*scene.service, &scene.file(), tracked, &Secret::new(value.to_owned()), Thoroughly::Proven)
            .await
            .unwrap()
    };
    assert!(matches!(ask(&alive, "dead").await, Asking::AnotherValue));
    assert_eq!(scene.inner.count("probe"), 0, "another value is not sent");
    let Asking::Said(Verdict::Accepted(_), now) = ask(&alive, "alive").await else { panic!("not accepted") };
    assert_eq!(now.probed.map(|probed| probed.heard), Some(Heard::Accepted));
    let Asking::Said(Verdict::Refused, now) = ask(&dead, "dead").await else { panic!("not refused") };
    assert_eq!(now.probed.map(|probed| probed.heard), Some(Heard::Refused));
    assert_eq!(scene.service.api_key(&"d".into()).await.unwrap().status, Status::Disabled);
    let Asking::Said(Verdict::CannotTell(_), now) = ({
        scene.inner.state().accepts_everything = true;
        ask(&dead, "dead").await
    }) else {
        panic!("it proves nothing")
    };
    assert_eq!(now.probed.map(|probed| probed.heard), Some(Heard::Refused), "what proves nothing changes nothing");
}

/// A method that the trait has and this does not hand on would be refused as unsupported although the backend has it.
#[test]
fn every_method_of_a_backend_is_handed_on() {
    let methods = |source: &str| -> Vec<String> {
        let names = source.split("fn ").skip(1).filter_map(|rest| rest.split(['(', '<']).next().map(str::to_owned));
        names.collect()
    };
    let contract = include_str!("../../client/mod.rs");
    let (_, contract) = contract.split_once("pub trait KeyService").unwrap();
    let (contract, _) = contract.split_once("\n}\n").unwrap();
    let ours = methods(include_str!("service.rs"));
    // words what the capabilities say, which are this one's own
    let missing: Vec<String> =
        methods(contract).into_iter().filter(|name| name != "unsupported" && !ours.contains(name)).collect();
    assert!(missing.is_empty(), "not handed on: {missing:?}");
}
