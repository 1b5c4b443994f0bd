//! The real client against the real server: every method, and every status that the server can answer it with.

#![expect(clippy::unwrap_used, reason = "helpers of tests; clippy knows only the test functions themselves")]

#[path = "client/audit.rs"]
mod audit;
#[path = "client/calls.rs"]
mod calls;
#[path = "client/certificates.rs"]
mod certificates;
#[path = "client/clock.rs"]
mod clock;
#[path = "client/conformance.rs"]
mod conformance;
#[path = "client/refusals.rs"]
mod refusals;
#[path = "client/rotation.rs"]
mod rotation;
#[path = "support/server.rs"]
mod server;
#[path = "client/sockets.rs"]
mod sockets;
#[path = "support/conformance.rs"]
mod suite;

use std::collections::HashSet;
use std::ops::ControlFlow;

use keydeck::client::error::{ErrorKind, ServiceError};
use keydeck::client::keydeck::KeydeckService;
use keydeck::client::transport::{Limits, Patience};
use keydeck::client::{KeyService, MintedValue, NewKey, Revoked, Scope, WritePermit};
use keydeck::domain::bulk::{Outcome, Progress};
use keydeck::domain::deed::Deed;
use keydeck::domain::finding::{Finding, Resolution, Resolving};
use keydeck::domain::ids::{KeyId, UserId};
use keydeck::domain::key::{Key, Revocation, Status};
use keydeck::domain::key_value::{KeyKind, digest, fingerprint, mask, mint};
use keydeck::domain::names::Names;
use keydeck::domain::secret::Secret;
use keydeck::domain::team::Role;
use keydeck::domain::time::When;
use keydeck::ops::bulk::{Order, carry_out};
use keydeck::ops::{create, load, lookup};
use server::TestServer;
use tokio_util::sync::CancellationToken;

fn client(server: &TestServer, key: &Secret) -> KeydeckService {
    KeydeckService::new(&server.base_url, key.duplicate()).unwrap()
}

/// A client that gives up at once.
fn hasty(server: &TestServer, key: &Secret) -> KeydeckService {
    let patience = Patience { repeats: 0, ..Patience::default() };
    KeydeckService::with_limits(&server.base_url, key.duplicate(), Limits { patience, ..Limits::default() }).unwrap()
}

fn permit() -> WritePermit {
    WritePermit::unless_read_only(false).unwrap()
}

fn value(kind: KeyKind) -> Secret {
    mint(kind, getrandom::fill).unwrap()
}

/// A finding called a false positive.
fn resolving(secret: &str, workspace: &str) -> Resolving {
    Resolving {
        secret: secret.into(),
        workspace: workspace.to_owned(),
        also: Vec::new(),
        resolution: Resolution::FalsePositive,
        note: Some("a test".to_owned()),
    }
}

fn new_key(name: &str, value: &Secret) -> NewKey {
    NewKey {
        name: name.into(),
        expires: None,
        contacts: vec!["pager@team.example".into()],
        value: Some(MintedValue::of(value)),
        ..NewKey::default()
    }
}

/// Makes a key; gives it and its value.
async fn made(client: &KeydeckService, name: &str) -> (Key, Secret) {
    let value = value(KeyKind::ApiKey);
    (client.create_api_key(&permit(), &new_key(name, &value)).await.unwrap().0, value)
}

async fn all(client: &KeydeckService, scope: Scope) -> Vec<Key> {
    let mut keys = Vec::new();
    let mut each = |page: keydeck::client::Rows<Key>| {
        keys.extend(page.rows);
        ControlFlow::Continue(())
    };
    load::keys(client, scope, &mut each).await.unwrap();
    keys
}

#[track_caller]
fn refused<T: std::fmt::Debug>(answer: Result<T, ServiceError>, kind: ErrorKind, status: u16) -> ServiceError {
    let error = answer.unwrap_err();
    assert_eq!((error.kind, error.status), (kind, Some(status)), "{error}");
    assert!(error.name.is_some() && !error.message.is_empty() && !error.hint().is_empty(), "{error:?}");
    error
}

#[tokio::test]
async fn everybody_learns_who_they_are() {
    let server = TestServer::start().await;
    for (key, role) in [
        (&server.keys.superadmin, Role::Superadmin),
        (&server.keys.admin, Role::Admin),
        (&server.keys.user, Role::User),
        (&server.keys.scanner, Role::Scanner),
        (&server.keys.verifier, Role::Verifier),
    ] {
        let client = client(&server, key);
        let me = client.me().await.unwrap();
        assert_eq!((me.role(), me.team.as_received()), (role, "Test Team"));
        assert!(me.own_key.is_some());
        let left = client.rate_limit().unwrap();
        assert_eq!((left.limit, left.remaining, left.window_seconds), (300, 299, 60));
        assert!((1..=60).contains(&left.reset_seconds));
    }
}

#[tokio::test]
async fn a_seeded_team_arrives_whole() {
    let server = TestServer::seeded(2400, Role::Admin).await;
    let client = client(&server, &server.keys.admin);
    let mut total = None;
    let mut pages = 0;
    load::keys(&client, Scope::Team, &mut |page| {
        total = total.or(page.total);
        pages += 1;
        ControlFlow::Continue(())
    })
    .await
    .unwrap();
    let keys = all(&client, Scope::Team).await;
    assert_eq!((pages, total), (keys.len().div_ceil(1000), Some(keys.len() as u64)));
    assert_eq!(keys.iter().map(|key| &key.id).collect::<HashSet<_>>().len(), keys.len());
    assert!(keys.iter().all(|key| key.digest.is_some() && !key.owner.is_empty() && !key.masked.is_empty()));
    for status in [Status::Enabled, Status::Disabled, Status::Revoked] {
        assert!(keys.iter().any(|key| key.status == status), "{status}");
    }

    let collections = all(&client, Scope::Collections).await;
    assert!(collections.iter().all(|key| key.kind == KeyKind::CollectionAccessKey && key.collection_id.is_some()));
    assert!(collections.iter().any(|key| key.last_used == When::Never));

    let me = client.me().await.unwrap();
    let mine = all(&client, Scope::Mine).await;
    assert!(mine.iter().all(|key| key.owner_id == me.id));
    assert!(mine.iter().any(|key| Some(&key.id) == me.own_key.as_ref()));

    let users = client.users().await.unwrap();
    assert!(users.iter().any(|user| user.id == me.id));
    let mut findings = Vec::new();
    load::findings(&client, &mut |page| {
        findings.extend(page.rows);
        ControlFlow::Continue(())
    })
    .await
    .unwrap();
    let names = Names::new(users);
    for finding in &mut findings {
        names.fill_finding(finding);
    }
    assert!(findings.iter().any(|finding| finding.is_open() && finding.key_status == Some(Status::Enabled)));
    assert!(findings.iter().any(|finding| !finding.owner.is_empty()));
    assert_eq!(findings.iter().map(|finding| &finding.id).collect::<HashSet<_>>().len(), findings.len());

    let settings = client.settings().await.unwrap();
    assert!(settings.version >= 1);
}

#[tokio::test]
async fn a_finding_is_resolved_with_a_reason_that_the_audit_log_keeps() {
    async fn all(client: &KeydeckService) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut each = |page: keydeck::client::Rows<Finding>| {
            findings.extend(page.rows);
            ControlFlow::Continue(())
        };
        load::findings(client, &mut each).await.unwrap();
        findings
    }
    let server = TestServer::seeded(2400, Role::Admin).await;
    let client = client(&server, &server.keys.admin);
    let open = all(&client).await.into_iter().find(Finding::is_open).unwrap();
    let resolving = resolving(open.secret_id.as_str(), open.workspace_id.as_received());
    for _ in 0..2 {
        let resolved = client.resolve_finding(&permit(), &resolving).await.unwrap();
        assert_eq!(resolved, Resolution::FalsePositive, "again, it comes to the same");
    }
    let now = all(&client).await.into_iter().find(|finding| finding.id == open.id).unwrap();
    assert_eq!(now.resolution, Resolution::FalsePositive);
    let gone = Resolving { workspace: "nowhere".to_owned(), ..resolving };
    refused(client.resolve_finding(&permit(), &gone).await, ErrorKind::NotFound, 404);
}

#[tokio::test]
async fn a_key_is_made_found_read_used_and_deleted() {
    let server = TestServer::start().await;
    let client = client(&server, &server.keys.user);
    let me = client.me().await.unwrap();
    let secret = value(KeyKind::ApiKey);
    let (key, _) = create::create(&client, &permit(), &new_key("ci", &secret), me.id).await.unwrap();
    assert_eq!((key.name.as_received(), key.owner_id, &key.status), ("ci", me.id, &Status::Enabled));
    assert_eq!((key.digest, key.masked.as_received()), (Some(digest(secret.expose())), &*mask(secret.expose())));
    assert_eq!(key.contacts, ["pager@team.example".into()]);

    assert_eq!(client.api_key(&key.id).await.unwrap().id, key.id);
    assert_eq!(lookup::by_fingerprint(&client, &fingerprint(secret.expose())).await.unwrap().unwrap().id, key.id);
    assert!(lookup::by_fingerprint(&client, &fingerprint(value(KeyKind::ApiKey).expose())).await.unwrap().is_none());

    let with_new = KeydeckService::new(&server.base_url, secret.duplicate()).unwrap();
    assert_eq!(with_new.me().await.unwrap().own_key, Some(key.id.clone()));

    client.delete_api_key(&permit(), &key.id, None).await.unwrap();
    let deleted = client.api_key(&key.id).await.unwrap();
    assert_eq!(
        (&deleted.status, deleted.revocation, deleted.revoked_by),
        (&Status::Revoked, Some(Revocation::Owner), Some(me.id))
    );
    refused(client.delete_api_key(&permit(), &key.id, None).await, ErrorKind::Conflict, 409);
    refused(with_new.me().await, ErrorKind::Unauthenticated, 401);
}

#[tokio::test]
async fn making_the_same_key_again_gives_the_same_key() {
    let server = TestServer::start().await;
    let (user, colleague) = (client(&server, &server.keys.user), client(&server, &server.keys.colleague));
    let secret = value(KeyKind::ApiKey);
    let (owner, other) = (user.me().await.unwrap().id, colleague.me().await.unwrap().id);
    let (first, _) = create::create(&user, &permit(), &new_key("ci", &secret), owner).await.unwrap();
    let (again, _) = create::create(&user, &permit(), &new_key("ci", &secret), owner).await.unwrap();
    assert_eq!(first.id, again.id);
    refused(user.create_api_key(&permit(), &new_key("ci", &secret)).await, ErrorKind::Conflict, 409);
    // another name is another key, and somebody else's hash names nobody
    let renamed = create::create(&user, &permit(), &new_key("cd", &secret), owner).await;
    refused(renamed, ErrorKind::Conflict, 409);
    refused(create::create(&colleague, &permit(), &new_key("ci", &secret), other).await, ErrorKind::Conflict, 409);
}

#[tokio::test]
async fn a_collection_key_is_made_listed_and_deleted() {
    let server = TestServer::start().await;
    let client = client(&server, &server.keys.user);
    let (key, secret) = client.create_collection_access_key(&permit(), "12-abc", Some("Pets"), None).await.unwrap();
    assert_eq!((key.name.as_received(), &key.status), ("Pets", &Status::Enabled));
    assert_eq!(key.digest, Some(digest(secret.expose())));
    assert_eq!(lookup::by_fingerprint(&client, &fingerprint(secret.expose())).await.unwrap().unwrap().id, key.id);
    assert_eq!(all(&client, Scope::Collections).await.as_slice(), std::slice::from_ref(&key));
    client.delete_collection_access_key(&permit(), &key.id, None).await.unwrap();
    assert_eq!(all(&client, Scope::Collections).await[0].status, Status::Revoked);
    refused(client.delete_collection_access_key(&permit(), &key.id, None).await, ErrorKind::NotFound, 404);
}

#[tokio::test]
async fn a_revocation_tells_each_keys_outcome_in_the_order_asked() {
    let server = TestServer::start().await;
    let (admin, user) = (client(&server, &server.keys.admin), client(&server, &server.keys.user));
    let superadmin = client(&server, &server.keys.superadmin).me().await.unwrap().own_key.unwrap();
    let (a, b) = (made(&user, "a").await.0.id, made(&user, "b").await.0.id);
    user.delete_api_key(&permit(), &b, None).await.unwrap();
    let ids = [superadmin, b, KeyId::from("no such/id"), a.clone()];
    let done = admin.revoke_api_keys(&permit(), &ids, Some(&Revocation::Admin), Some("left the team")).await.unwrap();
    assert_eq!(done, [Revoked::Denied, Revoked::Before, Revoked::NotFound, Revoked::Now]);
    assert_eq!(admin.api_key(&a).await.unwrap().revocation, Some(Revocation::Admin));
}

#[tokio::test]
async fn a_server_that_is_gone_is_unreachable_and_one_that_comes_back_is_found() {
    let mut server = TestServer::start().await;
    let client = hasty(&server, &server.keys.user);
    client.me().await.unwrap();
    server = tokio::task::spawn_blocking(move || {
        server.stop();
        server
    })
    .await
    .unwrap();
    assert_eq!(client.me().await.unwrap_err().kind, ErrorKind::Unreachable);
    server = tokio::task::spawn_blocking(move || {
        server.resume();
        server
    })
    .await
    .unwrap();
    hasty(&server, &server.keys.user).me().await.unwrap();
}

#[tokio::test]
async fn a_team_is_revoked_key_by_key() {
    let server = TestServer::seeded(1100, Role::Admin).await;
    let client = client(&server, &server.keys.admin);
    let own = client.me().await.unwrap().own_key.unwrap();
    let users = client.users().await.unwrap();
    let superadmins: HashSet<_> =
        users.iter().filter(|user| user.roles.contains(&Role::Superadmin)).map(|user| user.id).collect();
    let mut keys = all(&client, Scope::Team).await;
    keys.extend(all(&client, Scope::Collections).await);
    let order = Order::new(Deed::Revoke, &keys, Some(&own));
    let mut done = Vec::new();
    let mut report = |progress| {
        if let Progress::Done(id, outcome) = progress {
            done.push((id, outcome));
        }
    };
    let outcomes = carry_out(&client, &permit(), order, None, &CancellationToken::new(), &mut report).await;
    assert_eq!(done.len(), keys.len());
    assert_eq!(done.last(), Some(&(own.clone(), Outcome::Revoked)));
    for (key, (id, outcome)) in keys.iter().zip(&outcomes) {
        assert_eq!(&key.id, id);
        let expected = match &key.status {
            Status::Revoked => "already revoked",
            _ if superadmins.contains(&key.owner_id) && key.kind == KeyKind::ApiKey => "denied",
            _ => "revoked",
        };
        assert_eq!(outcome.word(), expected, "{key:?}");
    }
    assert_eq!(client.me().await.unwrap_err().kind, ErrorKind::Unauthenticated);
}

#[tokio::test]
async fn an_owner_deletes_a_key_once_and_hears_so_the_second_time() {
    let server = TestServer::start().await;
    let client = client(&server, &server.keys.user);
    let keys = [made(&client, "ci").await.0];
    let mut words = Vec::new();
    for _ in 0..2 {
        let order = Order::new(Deed::Delete, &keys, None);
        let done = carry_out(&client, &permit(), order, None, &CancellationToken::new(), &mut |_| ()).await;
        words.push(done[0].1.word());
    }
    assert_eq!(words, ["revoked", "already revoked"]);
}

/// Reports a value as found, as a scanner would.
async fn report(server: &TestServer, value: &Secret, kind: &str, url: &str) {
    let finding = serde_json::json!({
        "secretHash": fingerprint(value.expose()), "secretType": kind, "source": "github", "url": url,
    });
    let request = reqwest::Client::new().post(format!("{}/detected-secrets", server.base_url));
    let request = request.header("x-api-key", server.keys.scanner.expose()).header("content-type", "application/json");
    assert!(request.body(finding.to_string()).send().await.unwrap().status().is_success());
}

async fn all_findings(service: &dyn KeyService) -> Vec<Finding> {
    let mut found = Vec::new();
    load::findings(service, &mut |page| {
        found.extend(page.rows);
        ControlFlow::Continue(())
    })
    .await
    .unwrap();
    found
}

#[tokio::test]
async fn the_places_of_a_finding_are_paged_and_tell_how_it_was_resolved() {
    let server = TestServer::start().await;
    let (admin, user) = (client(&server, &server.keys.admin), client(&server, &server.keys.user));
    let (key, value) = made(&user, "leaked").await;
    for n in 0..3 {
        report(&server, &value, "keydeck API Key", &format!("https://git.example/acme/{n}")).await;
    }
    let found = all_findings(&admin).await;
    assert_eq!((found.len(), found[0].key_id.as_ref(), found[0].digest.is_some()), (1, Some(&key.id), true));
    let at = found[0].address();
    let first = admin.locations(&at, None, 2).await.unwrap();
    assert_eq!((first.places.len(), first.total, first.history.len()), (2, Some(3), 0));
    let second = admin.locations(&at, first.next.as_deref(), 2).await.unwrap();
    assert_eq!((second.places.len(), second.next.as_deref()), (1, None));
    assert!(second.places[0].url.as_received().ends_with("/acme/0"), "the first is the last: {second:?}");
    admin.resolve_finding(&permit(), &Resolving::of(&found[0], Resolution::AcceptedRisk, None)).await.unwrap();
    admin.revoke_api_keys(&permit(), std::slice::from_ref(&key.id), None, None).await.unwrap();
    let history = admin.locations(&at, None, 1).await.unwrap().history;
    assert_eq!(history.iter().map(|one| one.resolution.clone()).collect::<Vec<_>>(), [Resolution::AcceptedRisk]);
    assert_eq!(user.locations(&at, None, 1).await.unwrap_err().kind, ErrorKind::Denied);
}

#[tokio::test]
async fn revoking_resolves_and_a_collection_access_key_is_named_by_its_digest() {
    let server = TestServer::start().await;
    let admin = client(&server, &server.keys.admin);
    let collection = "12345-0a1b2c3d-0000-4000-8000-0123456789ab";
    let (key, value) = admin.create_collection_access_key(&permit(), collection, None, None).await.unwrap();
    report(&server, &value, "keydeck Collection Access Key", "https://git.example/acme/x").await;
    let found = all_findings(&admin).await;
    assert_eq!((found[0].key_id.as_ref(), found[0].key_kind), (Some(&key.id), KeyKind::CollectionAccessKey));
    assert!(found[0].is_live());
    // what the backend declares: nothing is left to be resolved one by one
    assert!(admin.capabilities().has(keydeck::client::capabilities::Capability::RevokeResolves));
    admin.delete_collection_access_key(&permit(), &key.id, None).await.unwrap();
    assert_eq!(all_findings(&admin).await[0].resolution, Resolution::Revoked);
}
