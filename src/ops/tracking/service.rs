//! What is the backend's own is asked there, word for word; what no API has is answered from what was written down.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::watch;

use super::Tracking;
use crate::client::capabilities::{Capabilities, Capability};
use crate::client::error::{ErrorKind, ServiceError};
use crate::client::proof::{Probe, Proof, Verdict};
use crate::client::sign_in::SignIn;
use crate::client::{
    InFlight, KeyChange, KeyService, Listener, LookedUp, NewKey, RateLimit, Regeneration, Revoked, Rows, Scope,
    ServerClock, WritePermit,
};
use crate::domain::act::{ActProgress, RevokeAll, RevokedAll};
use crate::domain::audit::{AuditEntry, AuditQuery};
use crate::domain::finding::{Address, Finding, Resolution, Resolving};
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key::{Key, Revocation, TriedFrom};
use crate::domain::key_value::{KeyKind, fingerprint, hex};
use crate::domain::location::Locations;
use crate::domain::notice::{Notice, NoticeQuery};
use crate::domain::report::{Report, Reported};
use crate::domain::secret::Secret;
use crate::domain::settings::{Impact, Saved, Settings, SettingsChange};
use crate::domain::team::{Me, NewUser, User, UserChange};

#[async_trait]
impl KeyService for Tracking {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn address(&self) -> String {
        self.inner.address()
    }

    fn on_call(&self, listener: Listener) {
        self.inner.on_call(listener);
    }

    fn in_flight(&self) -> watch::Receiver<InFlight> {
        self.inner.in_flight()
    }

    fn clock(&self) -> &ServerClock {
        self.inner.clock()
    }

    fn tell_pause(&self, wait: std::time::Duration, asked: Option<u64>) {
        self.inner.tell_pause(wait, asked);
    }

    fn rate_limit(&self) -> Option<RateLimit> {
        self.inner.rate_limit()
    }

    fn with_key(&self, key: Secret) -> Result<Arc<dyn KeyService>, ServiceError> {
        let own = fingerprint(key.expose());
        let inner = self.inner.with_key(key)?;
        let (file, capabilities) = (self.file.clone(), self.capabilities.clone());
        Ok(Arc::new(Self { inner, file, capabilities, own, me: std::sync::Mutex::new(None) }))
    }

    fn sign_in(&self) -> Option<&dyn SignIn> {
        self.inner.sign_in()
    }

    fn kind_of(&self, text: &str) -> Option<KeyKind> {
        self.inner.kind_of(text)
    }

    fn proof(&self) -> &Proof {
        self.inner.proof()
    }

    fn proof_of(&self, kind: KeyKind) -> Option<&Proof> {
        self.inner.proof_of(kind)
    }

    async fn probe(&self, value: &Secret) -> Result<Probe, ServiceError> {
        self.inner.probe(value).await
    }

    async fn verify(&self, value: &Secret) -> Verdict {
        self.inner.verify(value).await
    }

    async fn me(&self) -> Result<Me, ServiceError> {
        let mut me = self.inner.me().await?;
        self.met(&me);
        if me.own_key.is_none() {
            me.own_key = self.own_key()?;
        }
        Ok(me)
    }

    async fn keys(&self, scope: Scope, cursor: Option<&str>, limit: u32) -> Result<Rows<Key>, ServiceError> {
        match scope {
            Scope::Mine => {
                let rows = self.written_down().await?;
                let total = u64::try_from(rows.len()).ok();
                Ok(Rows { rows, next: None, total, bytes: 0 })
            }
            Scope::Team | Scope::Collections => self.inner.keys(scope, cursor, limit).await,
        }
    }

    /// What is written down comes in the order in which it was written.
    fn lists_latest_first(&self, scope: Scope) -> bool {
        scope != Scope::Mine && self.inner.lists_latest_first(scope)
    }

    async fn keys_of(&self, owner: UserId, cursor: Option<&str>, limit: u32) -> Result<Rows<Key>, ServiceError> {
        self.inner.keys_of(owner, cursor, limit).await
    }

    async fn api_key(&self, id: &KeyId) -> Result<Key, ServiceError> {
        match self.one(id).await? {
            Some(key) => Ok(key),
            None => Err(self.error(ErrorKind::NotFound, "no key with this id is written down")),
        }
    }

    async fn users(&self) -> Result<Vec<User>, ServiceError> {
        self.inner.users().await
    }

    async fn create_user(
        &self,
        permit: &WritePermit,
        new: &NewUser,
        note: Option<&str>,
    ) -> Result<(User, Option<Secret>), ServiceError> {
        self.inner.create_user(permit, new, note).await
    }

    async fn change_user(&self, permit: &WritePermit, id: UserId, change: &UserChange) -> Result<User, ServiceError> {
        self.inner.change_user(permit, id, change).await
    }

    async fn lookup(&self, fingerprints: &[String]) -> Result<Vec<LookedUp>, ServiceError> {
        let written = self.written_down().await?;
        let found = |fingerprint: &String| {
            let key = written.iter().find(|key| key.digest.is_some_and(|digest| hex(&digest) == *fingerprint));
            LookedUp { fingerprint: fingerprint.clone(), key: key.cloned() }
        };
        let mut found: Vec<LookedUp> = fingerprints.iter().map(found).collect();
        let rest: Vec<String> =
            found.iter().filter(|found| found.key.is_none()).map(|found| found.fingerprint.clone()).collect();
        if !rest.is_empty() && self.inner.capabilities().has(Capability::Lookup) {
            for theirs in self.inner.lookup(&rest).await? {
                if let Some(ours) = found.iter_mut().find(|ours| ours.fingerprint == theirs.fingerprint) {
                    ours.key = theirs.key;
                }
            }
        }
        Ok(found)
    }

    async fn keys_by_ids(&self, ids: &[KeyId]) -> Result<Vec<Key>, ServiceError> {
        let mut keys = self.written_down().await?;
        keys.retain(|key| ids.contains(&key.id));
        let rest: Vec<KeyId> = ids.iter().filter(|id| keys.iter().all(|key| key.id != **id)).cloned().collect();
        if !rest.is_empty() {
            keys.extend(self.inner.keys_by_ids(&rest).await?);
        }
        Ok(keys)
    }

    async fn refused_uses(
        &self,
        id: &KeyId,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Rows<TriedFrom>, ServiceError> {
        self.inner.refused_uses(id, cursor, limit).await
    }

    async fn findings(&self, cursor: Option<&str>, limit: u32) -> Result<Rows<Finding>, ServiceError> {
        self.inner.findings(cursor, limit).await
    }

    async fn own_findings(&self, kind: KeyKind) -> Result<Vec<Finding>, ServiceError> {
        self.inner.own_findings(kind).await
    }

    async fn locations(&self, at: &Address, cursor: Option<&str>, limit: u32) -> Result<Locations, ServiceError> {
        self.inner.locations(at, cursor, limit).await
    }

    async fn audit(
        &self,
        query: &AuditQuery,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Rows<AuditEntry>, ServiceError> {
        self.inner.audit(query, cursor, limit).await
    }

    async fn notices(
        &self,
        query: &NoticeQuery,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Rows<Notice>, ServiceError> {
        self.inner.notices(query, cursor, limit).await
    }

    async fn settings(&self) -> Result<Settings, ServiceError> {
        self.inner.settings().await
    }

    async fn preview_settings(&self, change: &SettingsChange) -> Result<Impact, ServiceError> {
        self.inner.preview_settings(change).await
    }

    async fn change_settings(&self, permit: &WritePermit, change: &SettingsChange) -> Result<Saved, ServiceError> {
        self.inner.change_settings(permit, change).await
    }

    async fn revoke_all(&self, permit: &WritePermit, which: &RevokeAll) -> Result<RevokedAll, ServiceError> {
        self.inner.revoke_all(permit, which).await
    }

    async fn act(&self, id: &KeyId) -> Result<ActProgress, ServiceError> {
        self.inner.act(id).await
    }

    async fn create_api_key(&self, permit: &WritePermit, new: &NewKey) -> Result<(Key, Option<Secret>), ServiceError> {
        permit.check()?;
        let (me, name) = self.whoever_asks().await?;
        let written = self.write_down(new)?;
        Ok((written.key(me, &name, self.inner.clock().now()), None))
    }

    async fn change_api_key(&self, permit: &WritePermit, id: &KeyId, change: &KeyChange) -> Result<Key, ServiceError> {
        self.inner.change_api_key(permit, id, change).await
    }

    async fn regenerate_api_key(
        &self,
        permit: &WritePermit,
        id: &KeyId,
        new: &Regeneration,
    ) -> Result<(Key, Option<Secret>), ServiceError> {
        self.inner.regenerate_api_key(permit, id, new).await
    }

    async fn delete_api_key(&self, permit: &WritePermit, id: &KeyId, note: Option<&str>) -> Result<(), ServiceError> {
        permit.check()?;
        if self.note_removed(id)? { Ok(()) } else { self.inner.delete_api_key(permit, id, note).await }
    }

    async fn revoke_api_keys(
        &self,
        permit: &WritePermit,
        ids: &[KeyId],
        reason: Option<&Revocation>,
        note: Option<&str>,
    ) -> Result<Vec<Revoked>, ServiceError> {
        self.inner.revoke_api_keys(permit, ids, reason, note).await
    }

    async fn create_collection_access_key(
        &self,
        permit: &WritePermit,
        collection_id: &str,
        collection_name: Option<&str>,
        note: Option<&str>,
    ) -> Result<(Key, Secret), ServiceError> {
        self.inner.create_collection_access_key(permit, collection_id, collection_name, note).await
    }

    async fn resolve_finding(&self, permit: &WritePermit, resolving: &Resolving) -> Result<Resolution, ServiceError> {
        self.inner.resolve_finding(permit, resolving).await
    }

    async fn report_finding(&self, permit: &WritePermit, report: &Report) -> Result<Reported, ServiceError> {
        self.inner.report_finding(permit, report).await
    }

    async fn variable(&self, environment: &str, name: &str) -> Result<Option<Secret>, ServiceError> {
        self.inner.variable(environment, name).await
    }

    async fn set_variable(
        &self,
        permit: &WritePermit,
        environment: &str,
        name: &str,
        value: &Secret,
    ) -> Result<(), ServiceError> {
        self.inner.set_variable(permit, environment, name, value).await
    }

    async fn delete_collection_access_key(
        &self,
        permit: &WritePermit,
        id: &KeyId,
        note: Option<&str>,
    ) -> Result<(), ServiceError> {
        self.inner.delete_collection_access_key(permit, id, note).await
    }
}
