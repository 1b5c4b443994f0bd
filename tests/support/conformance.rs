//! What every backend is held to, whatever it is: that it does what it declares and refuses the rest with a reason, and that
//! its proof is what it says it is. A new backend passes this by a [`Fixture`] of its own.

use std::collections::HashSet;
use std::time::Duration;

use async_trait::async_trait;
use keydeck::client::capabilities::{Capability, Minting};
use keydeck::client::error::{ErrorKind, ServiceError};
use keydeck::client::proof::{Cost, TakesEffect, Verdict};
use keydeck::client::{KeyChange, KeyService, MintedValue, NewKey, Regeneration, Revoked, Rows, Scope, WritePermit};
use keydeck::domain::act::RevokeAll;
use keydeck::domain::audit::AuditQuery;
use keydeck::domain::finding::{Address, Resolution, Resolving, Source};
use keydeck::domain::ids::{KeyId, UserId};
use keydeck::domain::key::{Access, Key, Status};
use keydeck::domain::key_value::{KeyKind, digest, fingerprint, mint};
use keydeck::domain::notice::NoticeQuery;
use keydeck::domain::report::Report;
use keydeck::domain::secret::Secret;
use keydeck::domain::settings::{Saved, Settings, SettingsChange};
use keydeck::domain::team::UserChange;
use keydeck::domain::time::When;

/// A backend to be held to the rules, with somebody who may do all that it can do.
#[async_trait]
pub trait Fixture: Sync {
    /// The backend, asked by that somebody.
    fn service(&self) -> &dyn KeyService;

    /// A live value of a key of that somebody, where the API itself makes no keys.
    async fn value_made_elsewhere(&self) -> Secret {
        panic!("this backend makes no keys, so its fixture has to bring one")
    }

    /// Ends the life of that value as a person would, where the API itself deletes no keys.
    async fn end_elsewhere(&self) {
        panic!("this backend deletes no keys, so its fixture has to")
    }

    /// The collection that a collection access key can be made for.
    fn collection(&self) -> &'static str {
        "12345-0a1b2c3d-0000-4000-8000-0123456789ab"
    }
}

/// Holds a backend to every rule.
pub async fn conforms(fixture: &dyn Fixture) {
    let suite = Suite { fixture, service: fixture.service(), permit: WritePermit::unless_read_only(false).unwrap() };
    suite.says_why_it_cannot().await;
    suite.says_who_asks().await;
    suite.lists().await;
    suite.reads().await;
    suite.makes_keys().await;
    suite.changes_what_it_declares().await;
    suite.gives_new_values().await;
    suite.revokes_many().await;
    suite.takes_reports().await;
    suite.handles_collection_keys().await;
    suite.proves_what_it_declares().await;
    let calls = *suite.service.in_flight().borrow();
    assert_eq!(calls.waiting, 0, "a call is still waited for");
}

/// Whether a change is to be seen in a key.
type Seen = fn(&Key) -> bool;

struct Suite<'a> {
    fixture: &'a dyn Fixture,
    service: &'a dyn KeyService,
    permit: WritePermit,
}

/// The address of a finding that there is not.
fn nowhere() -> Address {
    Address { secret: KeyId::from("00000000000000000000000000"), workspace: "github".to_owned(), also: Vec::new() }
}

#[track_caller]
fn unsupported<T>(answer: Result<T, ServiceError>, capability: Capability) {
    match answer {
        Ok(_) => panic!("{capability:?} is not declared, and is done all the same"),
        Err(error) => {
            assert_eq!(error.kind, ErrorKind::Unsupported, "{capability:?} is not declared: {error}");
            assert!(!error.message.is_empty(), "{capability:?}: no reason");
        }
    }
}

#[track_caller]
fn done<T>(answer: Result<T, ServiceError>, capability: Capability) -> T {
    answer.unwrap_or_else(|error| panic!("{capability:?} is declared: {error}"))
}

impl Suite<'_> {
    fn has(&self, capability: Capability) -> bool {
        self.service.capabilities().has(capability)
    }

    /// What is not declared has a reason, and its call is refused with that.
    async fn says_why_it_cannot(&self) {
        let (service, permit, id) = (self.service, &self.permit, &KeyId::from("0"));
        for capability in Capability::ALL.iter().copied().filter(|capability| !self.has(*capability)) {
            let why = service.capabilities().why_not(capability).unwrap_or_default();
            assert!(why.len() > 10, "{capability:?}: {why:?} is no reason");
            let change = |change: KeyChange| async move { service.change_api_key(permit, id, &change).await };
            match capability {
                Capability::OwnKeys => unsupported(service.keys(Scope::Mine, None, 10).await, capability),
                Capability::TeamKeys => unsupported(service.keys(Scope::Team, None, 10).await, capability),
                Capability::CollectionKeys => unsupported(service.keys(Scope::Collections, None, 10).await, capability),
                Capability::CreateKeys => unsupported(service.create_api_key(permit, &named("x")).await, capability),
                Capability::CreateCollectionKeys => {
                    let made =
                        service.create_collection_access_key(permit, self.fixture.collection(), None, None).await;
                    unsupported(made, capability);
                }
                Capability::Rename => unsupported(change(rename("x")).await, capability),
                Capability::Contacts => unsupported(change(contacts("a@team.example")).await, capability),
                Capability::Expiry => unsupported(change(expire()).await, capability),
                Capability::Access => {
                    let less = KeyChange { access: Some(Access::None), ..KeyChange::default() };
                    unsupported(change(less).await, capability);
                    let new = NewKey { access: Some(Access::None), ..named("x") };
                    unsupported(service.create_api_key(permit, &new).await, capability);
                }
                Capability::HandOver => {
                    let over = KeyChange { owner: Some(UserId(7)), ..KeyChange::default() };
                    unsupported(change(over).await, capability);
                    let new = NewKey { owner: Some(UserId(7)), ..named("x") };
                    unsupported(service.create_api_key(permit, &new).await, capability);
                }
                Capability::Disable => unsupported(change(enable(false)).await, capability),
                Capability::DisableUntil => unsupported(change(pause()).await, capability),
                Capability::Regenerate => {
                    unsupported(service.regenerate_api_key(permit, id, &no_overlap(None)).await, capability);
                }
                Capability::DeleteKeys => unsupported(service.delete_api_key(permit, id, None).await, capability),
                Capability::RevokeMany => {
                    let revoked = service.revoke_api_keys(permit, std::slice::from_ref(id), None, None).await;
                    unsupported(revoked, capability);
                }
                Capability::DeleteCollectionKeys => {
                    unsupported(service.delete_collection_access_key(permit, id, None).await, capability);
                }
                Capability::Lookup => unsupported(service.lookup(&[fingerprint("x")]).await, capability),
                Capability::ReadByIds => {
                    unsupported(service.keys_by_ids(std::slice::from_ref(id)).await, capability);
                }
                Capability::Users => unsupported(service.users().await, capability),
                Capability::ManageUsers => {
                    let change = UserChange { active: Some(false), ..UserChange::default() };
                    unsupported(service.change_user(permit, UserId(0), &change).await, capability);
                }
                Capability::Findings => unsupported(service.findings(None, 10).await, capability),
                Capability::ResolveFindings => {
                    let resolving = Resolving {
                        secret: id.clone(),
                        workspace: "w".to_owned(),
                        also: Vec::new(),
                        resolution: Resolution::FalsePositive,
                        note: None,
                    };
                    unsupported(service.resolve_finding(permit, &resolving).await, capability);
                }
                Capability::Locations => unsupported(service.locations(&nowhere(), None, 10).await, capability),
                Capability::RefusedUses => unsupported(service.refused_uses(id, None, 10).await, capability),
                Capability::Notices => {
                    unsupported(service.notices(&NoticeQuery::default(), None, 10).await, capability);
                }
                Capability::ReportFindings => {
                    unsupported(service.report_finding(permit, &report("x")).await, capability);
                }
                Capability::Settings => unsupported(service.settings().await, capability),
                Capability::ChangeSettings => {
                    let nothing = SettingsChange::default();
                    unsupported(service.preview_settings(&nothing).await, capability);
                    unsupported(service.change_settings(permit, &nothing).await, capability);
                }
                Capability::RevokeAll => {
                    unsupported(service.revoke_all(permit, &RevokeAll::default()).await, capability);
                    unsupported(service.act(id).await, capability);
                }
                Capability::AuditLog => {
                    unsupported(service.audit(&AuditQuery::default(), None, 10).await, capability);
                }
                Capability::AuditByKey => {
                    let of_key = AuditQuery { key: Some(id.clone()), ..AuditQuery::default() };
                    unsupported(service.audit(&of_key, None, 10).await, capability);
                }
                // these say what other calls can be asked for, and have none of their own
                Capability::RevokeTeamKeys | Capability::LastUse | Capability::RevokeResolves => {}
            }
        }
    }

    async fn says_who_asks(&self) {
        let me = self.service.me().await.unwrap();
        assert!(!me.name.is_empty() || !me.email.is_empty(), "nobody asks");
        let address = self.service.address();
        assert!(address.contains("://") || address.starts_with("unix:/"), "{address} is no address");
    }

    /// Each list that is declared ends, repeats nothing and is the same whatever the size of a page.
    async fn lists(&self) {
        for scope in [Scope::Mine, Scope::Team, Scope::Collections] {
            if !self.has(scope.needs()) {
                continue;
            }
            let (small, large) = (self.all(scope, 2).await, self.all(scope, 1000).await);
            let ids: Vec<&KeyId> = small.iter().map(|key| &key.id).collect();
            assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "{scope:?} names a key twice");
            assert_eq!(ids, large.iter().map(|key| &key.id).collect::<Vec<_>>(), "{scope:?} depends on the page");
            let collections = scope == Scope::Collections;
            assert!(small.iter().all(|key| (key.kind == KeyKind::CollectionAccessKey) == collections), "{scope:?}");
            if !self.has(Capability::LastUse) {
                assert!(small.iter().all(|key| key.last_used == When::Never), "a last use, which is not declared");
            }
        }
    }

    async fn all(&self, scope: Scope, limit: u32) -> Vec<Key> {
        let (mut keys, mut cursor) = (Vec::new(), None);
        for _ in 0..1000 {
            let Rows { rows, next, .. } = self.service.keys(scope, cursor.as_deref(), limit).await.unwrap();
            keys.extend(rows);
            cursor = next;
            if cursor.is_none() {
                return keys;
            }
        }
        panic!("{scope:?} has no end");
    }

    async fn reads(&self) {
        let service = self.service;
        if self.has(Capability::Users) {
            done(service.users().await, Capability::Users);
        }
        if self.has(Capability::ManageUsers) {
            let change = UserChange { active: Some(true), ..UserChange::default() };
            let nobody = service.change_user(&self.permit, UserId(0), &change).await.unwrap_err();
            // who may not change users need not be told who there is
            assert!(
                matches!(nobody.kind, ErrorKind::NotFound | ErrorKind::Denied),
                "a user that there is not: {nobody}"
            );
        }
        if self.has(Capability::Findings) {
            let found = done(service.findings(None, 10).await, Capability::Findings);
            if let Some(finding) = found.rows.first().filter(|_| self.has(Capability::Locations)) {
                done(service.locations(&finding.address(), None, 10).await, Capability::Locations);
            }
        }
        if self.has(Capability::Locations) {
            let unknown = service.locations(&nowhere(), None, 10).await.unwrap_err();
            assert_eq!(unknown.kind, ErrorKind::NotFound, "a finding that there is not: {unknown}");
        }
        if self.has(Capability::Settings) {
            done(service.settings().await, Capability::Settings);
        }
        if self.has(Capability::RefusedUses) && self.has(Capability::OwnKeys) {
            let listed = done(service.keys(Scope::Mine, None, 10).await, Capability::OwnKeys);
            if let Some(key) = listed.rows.first() {
                done(service.refused_uses(&key.id, None, 10).await, Capability::RefusedUses);
            }
        }
        if self.has(Capability::AuditLog) {
            done(service.audit(&AuditQuery::default(), None, 10).await, Capability::AuditLog);
        }
        if self.has(Capability::Notices) {
            let all = done(service.notices(&NoticeQuery::default(), None, 10).await, Capability::Notices);
            let mine = NoticeQuery { mine: true, ..NoticeQuery::default() };
            let own = done(service.notices(&mine, None, 10).await, Capability::Notices);
            assert!(own.total <= all.total, "somebody's own are among all");
        }
        if self.has(Capability::ChangeSettings) && self.has(Capability::Settings) {
            self.changes_settings().await;
        }
        if self.has(Capability::RevokeAll) {
            let unknown = service.act(&KeyId::from("00000000000000000000000000")).await.unwrap_err();
            assert_eq!(unknown.kind, ErrorKind::NotFound, "an act that nobody began: {unknown}");
        }
        let unknown = service.api_key(&KeyId::from("00000000000000000000000000")).await.unwrap_err();
        assert_eq!(unknown.kind, ErrorKind::NotFound, "a key that nobody has: {unknown}");
    }

    /// Tells what a change of the settings would do, makes it for the version it was read with, and refuses another.
    async fn changes_settings(&self) {
        let (service, permit, capability) = (self.service, &self.permit, Capability::ChangeSettings);
        let before = done(service.settings().await, capability);
        let wished = Settings { inactivity_days: before.inactivity_days + 1, ..before.clone() };
        let change = SettingsChange::between(&before, &wished);
        done(service.preview_settings(&change).await, capability);
        assert_eq!(done(service.settings().await, capability), before, "looking changes nothing");
        let saved = done(service.change_settings(permit, &change).await, capability);
        let after = Settings { version: before.version + 1, ..wished };
        assert_eq!(saved, Saved::Done(after.clone()));
        assert_eq!(done(service.settings().await, capability), after);
        let late = service.change_settings(permit, &change).await.unwrap_err();
        assert!(late.is_conflict("version"), "a change of what somebody changed meanwhile: {late}");
        let wrong =
            SettingsChange { version: Some(after.version), inactivity_days: Some(0), ..SettingsChange::default() };
        let refused = service.change_settings(permit, &wrong).await.unwrap_err();
        assert_eq!(refused.field.map(|field| field.to_string()).as_deref(), Some("inactivityDays"));
        done(service.change_settings(permit, &SettingsChange::between(&after, &before)).await, capability);
    }

    /// Makes a key as the backend has it, and gives its value.
    async fn make(&self, name: &str) -> (Key, Secret) {
        let mut new = named(name);
        if self.has(Capability::Contacts) {
            new.contacts = vec!["pager@team.example".to_owned()];
        }
        let minted = mint(KeyKind::ApiKey, getrandom::fill).unwrap();
        let here = self.service.capabilities().minting() == Minting::Client;
        new.value = here.then(|| MintedValue::of(&minted));
        let (key, answered) = done(self.service.create_api_key(&self.permit, &new).await, Capability::CreateKeys);
        match answered {
            None if here => (key, minted),
            Some(value) if !here => (key, value),
            Some(_) => panic!("a value that was minted here was answered"),
            None => panic!("the backend mints, and did not tell the value"),
        }
    }

    async fn makes_keys(&self) {
        if !self.has(Capability::CreateKeys) {
            return;
        }
        let (key, value) = self.make("conformance").await;
        assert_eq!((key.name.as_received(), &key.status), ("conformance", &Status::Enabled));
        assert!(!key.masked.as_received().contains(value.expose()), "the mask hides nothing");
        assert!(key.digest.is_none_or(|known| known == digest(value.expose())), "another value's fingerprint");
        let read = self.service.api_key(&key.id).await.unwrap();
        assert_eq!((&read.id, &read.name), (&key.id, &key.name));
        if self.has(Capability::OwnKeys) {
            assert!(self.all(Scope::Mine, 1000).await.iter().any(|listed| listed.id == key.id), "not in its list");
        }
        if self.has(Capability::Lookup) {
            let asked = [fingerprint(value.expose()), fingerprint("nobody's")];
            let found = done(self.service.lookup(&asked).await, Capability::Lookup);
            let ids: Vec<Option<KeyId>> = found.into_iter().map(|found| found.key.map(|key| key.id)).collect();
            assert_eq!(ids, [Some(key.id.clone()), None]);
        }
        if self.has(Capability::ReadByIds) {
            let asked = [KeyId::from("00000000000000000000000000"), key.id.clone()];
            let found = done(self.service.keys_by_ids(&asked).await, Capability::ReadByIds);
            assert_eq!(found, [self.service.api_key(&key.id).await.unwrap()], "another key than the one asked for");
        }
        // twice the same name is two keys: names identify nothing
        assert_ne!(self.make("conformance").await.0.id, key.id);
    }

    async fn changes_what_it_declares(&self) {
        if !self.has(Capability::CreateKeys) {
            return;
        }
        let (key, _) = self.make("changes").await;
        let changes: [(Capability, KeyChange, Seen); 5] = [
            (Capability::Rename, rename("changed"), |key| key.name.as_received() == "changed"),
            (Capability::Contacts, contacts("b@team.example"), |key| key.contacts == ["b@team.example".into()]),
            (Capability::Disable, enable(false), |key| key.status == Status::Disabled),
            (Capability::Disable, enable(true), |key| key.status == Status::Enabled),
            (Capability::Expiry, expire(), |key| key.expires.time().is_some()),
        ];
        for (capability, change, is_so) in changes {
            let answer = self.service.change_api_key(&self.permit, &key.id, &change).await;
            let before = self.service.api_key(&key.id).await.unwrap();
            if self.has(capability) {
                assert!(is_so(&done(answer, capability)), "{capability:?} answers another key");
                assert!(is_so(&before), "{capability:?} is not to be seen");
            } else {
                unsupported(answer, capability);
            }
        }
    }

    async fn gives_new_values(&self) {
        if !self.has(Capability::CreateKeys) || !self.has(Capability::Regenerate) {
            return;
        }
        let (key, old) = self.make("regenerated").await;
        let minted = mint(KeyKind::ApiKey, getrandom::fill).unwrap();
        let here = self.service.capabilities().minting() == Minting::Client;
        let new = no_overlap(here.then(|| MintedValue::of(&minted)));
        let answer = self.service.regenerate_api_key(&self.permit, &key.id, &new).await;
        let (same, answered) = done(answer, Capability::Regenerate);
        assert_eq!(same.id, key.id);
        let value = answered.unwrap_or(minted);
        assert!(matches!(self.service.verify(&value).await, Verdict::Accepted(_)), "the new value");
        assert_eq!(self.service.verify(&old).await, Verdict::Refused, "the old value");
    }

    async fn revokes_many(&self) {
        if !self.has(Capability::CreateKeys) || !self.has(Capability::RevokeMany) {
            return;
        }
        let (a, b) = (self.make("many").await.0.id, self.make("many").await.0.id);
        let ids = [b.clone(), KeyId::from("00000000000000000000000000"), a.clone()];
        let revoke = || self.service.revoke_api_keys(&self.permit, &ids, None, None);
        let first = done(revoke().await, Capability::RevokeMany);
        assert_eq!(first, [Revoked::Now, Revoked::NotFound, Revoked::Now]);
        let again = done(revoke().await, Capability::RevokeMany);
        assert_eq!(again, [Revoked::Before, Revoked::NotFound, Revoked::Before]);
    }

    /// A report is about the key with that value, and is not lost on one that nobody has.
    async fn takes_reports(&self) {
        if !self.has(Capability::ReportFindings) {
            return;
        }
        let nobodys = self.service.report_finding(&self.permit, &report("nobody's")).await;
        assert_eq!(done(nobodys, Capability::ReportFindings).resolution, Resolution::Active);
        if self.has(Capability::CreateKeys) {
            let (_, value) = self.make("reported").await;
            let first = self.service.report_finding(&self.permit, &report(value.expose())).await;
            let again = self.service.report_finding(&self.permit, &report(value.expose())).await;
            assert_eq!(done(first, Capability::ReportFindings), done(again, Capability::ReportFindings));
        }
    }

    async fn handles_collection_keys(&self) {
        let collection = self.fixture.collection();
        if self.has(Capability::CreateCollectionKeys) {
            let made = self.service.create_collection_access_key(&self.permit, collection, Some("Pets"), None).await;
            let (key, value) = done(made, Capability::CreateCollectionKeys);
            assert_eq!(key.kind, KeyKind::CollectionAccessKey);
            assert!(!value.expose().is_empty() && !key.masked.as_received().contains(value.expose()));
            if self.has(Capability::DeleteCollectionKeys) {
                let delete = || self.service.delete_collection_access_key(&self.permit, &key.id, None);
                done(delete().await, Capability::DeleteCollectionKeys);
                assert!(delete().await.is_err(), "deleted twice");
            }
        }
    }

    /// The proof looks as it is declared, for a live value, a made-up one, and one whose life has ended.
    async fn proves_what_it_declares(&self) {
        let proof = *self.service.proof();
        let (key, value) = if self.has(Capability::CreateKeys) {
            let (key, value) = self.make("proof").await;
            (Some(key), value)
        } else {
            (None, self.fixture.value_made_elsewhere().await)
        };
        let made_up = (proof.make_up)().unwrap();
        assert_ne!((proof.make_up)().unwrap(), made_up, "a made-up value that somebody may have by now");
        assert_eq!(made_up.expose().len(), value.expose().len(), "a made-up value of another form");
        let used = |key: Option<Key>| key.map(|key| key.last_used);
        let before = self.read(key.as_ref()).await;

        let left = self.service.rate_limit().map(|limit| limit.remaining);
        let probe = self.service.probe(&made_up).await.unwrap();
        assert!(probe.is_like(proof.made_up), "a made-up value: {probe:?}");
        assert!(!probe.is_like(proof.accepted), "a made-up value is accepted");
        let probe = self.service.probe(&value).await.unwrap();
        assert!(probe.is_like(proof.accepted), "a live value: {probe:?}");
        assert!(matches!(self.service.verify(&value).await, Verdict::Accepted(_)));
        assert_eq!(self.service.verify(&made_up).await, Verdict::Refused);
        if proof.cost == Cost::Nothing {
            assert_eq!(self.service.rate_limit().map(|limit| limit.remaining), left, "a question costs something");
        }
        if !proof.counts_as_use {
            assert_eq!(used(self.read(key.as_ref()).await), used(before), "a question counts as a use");
        }

        match &key {
            Some(key) if self.has(Capability::DeleteKeys) => {
                done(self.service.delete_api_key(&self.permit, &key.id, None).await, Capability::DeleteKeys);
                let again = self.service.delete_api_key(&self.permit, &key.id, None).await.unwrap_err();
                assert!(matches!(again.kind, ErrorKind::NotFound | ErrorKind::Conflict), "deleted twice: {again}");
            }
            _ => self.fixture.end_elsewhere().await,
        }
        match proof.revocation {
            TakesEffect::AtOnce => {}
            TakesEffect::Within(time) => tokio::time::sleep(time + Duration::from_millis(10)).await,
            TakesEffect::Unknown => return,
        }
        let probe = self.service.probe(&value).await.unwrap();
        assert!(probe.is_like(proof.refused), "a value whose key is gone: {probe:?}");
        assert_eq!(self.service.verify(&value).await, Verdict::Refused);
        if let Ok(service) = self.service.with_key(value.duplicate()) {
            let error = service.me().await.unwrap_err();
            assert!(
                !format!("{error} {error:?} {}", error.hint()).contains(value.expose()),
                "an error tells the value"
            );
        }
    }

    async fn read(&self, key: Option<&Key>) -> Option<Key> {
        match key {
            Some(key) => self.service.api_key(&key.id).await.ok(),
            None => None,
        }
    }
}

fn report(value: &str) -> Report {
    Report {
        fingerprint: fingerprint(value),
        secret_type: "keydeck API Key".to_owned(),
        masked: "kdk_…".to_owned(),
        source: Source::Local,
        url: "deploy/.env:3".to_owned(),
        resource: "file".to_owned(),
    }
}

fn named(name: &str) -> NewKey {
    NewKey { name: name.to_owned(), ..NewKey::default() }
}

fn rename(name: &str) -> KeyChange {
    KeyChange { name: Some(name.to_owned()), ..KeyChange::default() }
}

fn contacts(contact: &str) -> KeyChange {
    KeyChange { contacts: Some(vec![contact.to_owned()]), ..KeyChange::default() }
}

fn enable(enabled: bool) -> KeyChange {
    KeyChange { enabled: Some(enabled), ..KeyChange::default() }
}

fn pause() -> KeyChange {
    let until = chrono::Utc::now() + chrono::TimeDelta::minutes(10);
    KeyChange { enabled: Some(false), disabled_until: Some(until), ..KeyChange::default() }
}

fn expire() -> KeyChange {
    KeyChange { expires: Some(chrono::Utc::now() + chrono::TimeDelta::days(1)), ..KeyChange::default() }
}

fn no_overlap(value: Option<MintedValue>) -> Regeneration {
    Regeneration { overlap_seconds: 0, value, note: None }
}
