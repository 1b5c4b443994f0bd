//! The way to a backend: the trait that every backend implements, and the one door, [`open()`], that makes one from a
//! profile.
//!
//! Beneath it are [`transport`] (connections, limits, retries, pacing), [`authentication`] (how a request says who asks) and
//! one folder a backend (its dialect, its conversions, what it can do, what proves that it accepts a value). A new backend is
//! a folder, a variant of [`Backend`](crate::config::Backend) and an arm of [`open()`].

pub mod authentication;
mod bounded;
pub mod capabilities;
mod clock;
pub mod error;
pub mod fake;
pub mod keydeck;
mod open;
mod paging;
pub mod postman;
pub mod postman_gov_sg;
pub mod proof;
mod refusal;
pub mod sign_in;
pub mod transport;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;

pub use crate::api::page::{MAX_IDS, MAX_LIMIT};
use crate::domain::act::{ActProgress, RevokeAll, RevokedAll};
use crate::domain::audit::{AuditEntry, AuditQuery};
use crate::domain::call::{CallNews, Pause};
use crate::domain::finding::{Address, Finding, Resolution, Resolving};
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key::{Key, Revocation, TriedFrom};
use crate::domain::key_value::{KeyKind, recognise};
pub use crate::domain::listing::{KeyChange, MintedValue, NewKey, RateLimit, Regeneration, Scope};
use crate::domain::location::Locations;
use crate::domain::notice::{Notice, NoticeQuery};
use crate::domain::report::{Report, Reported};
use crate::domain::secret::Secret;
use crate::domain::settings::{Impact, Saved, Settings, SettingsChange};
use crate::domain::team::{Me, NewUser, User, UserChange};
use crate::domain::time::Time;
use crate::system::clock::running;
use capabilities::{Capabilities, Capability};
pub use clock::ServerClock;
use error::{Asked, ErrorKind, ServiceError};
pub use open::{lists_keys, open};
pub use paging::{Listing, Trail};
use proof::{Probe, Proof, Verdict};
use sign_in::SignIn;

/// Permission to change something. Every mutating method asks for one, and only a connection that is not read-only hands it
/// out, so that a read-only profile cannot send a write from anywhere. None can be made beside it:
///
/// ```compile_fail,E0423
/// let permit = keydeck::client::WritePermit(());
/// ```
#[derive(Clone, Debug)]
pub struct WritePermit(Option<Arc<Term>>);

/// What a permit that does not last is bound to.
#[derive(Debug)]
struct Term {
    /// When it is over, by the clock that nobody sets, which goes on while the machine sleeps.
    until: Duration,
    /// Whether it was ended before.
    ended: AtomicBool,
}

impl WritePermit {
    /// A permit, unless `read_only`: then the error that says so. Called where a connection is made, and in tests.
    pub fn unless_read_only(read_only: bool) -> Result<Self, ServiceError> {
        if read_only { Err(ServiceError::read_only()) } else { Ok(Self(None)) }
    }

    /// A permit for a read-only profile that a person unlocked for so long. Whoever holds it, or a copy, can send nothing
    /// after that.
    pub fn for_a_time(length: Duration) -> Self {
        Self(Some(Arc::new(Term { until: running() + length, ended: AtomicBool::new(false) })))
    }

    /// Ends a permit that does not last, and all copies of it.
    pub fn end(&self) {
        if let Some(term) = &self.0 {
            term.ended.store(true, Ordering::SeqCst);
        }
    }

    /// Asked by every method that changes something, before anything is sent.
    ///
    /// # Errors
    /// When the permit is over.
    pub fn check(&self) -> Result<(), ServiceError> {
        let over = |term: &Arc<Term>| term.ended.load(Ordering::SeqCst) || running() >= term.until;
        if self.0.as_ref().is_some_and(over) { Err(ServiceError::read_only_again()) } else { Ok(()) }
    }
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Rows<T> {
    pub rows: Vec<T>,
    /// Where the next page is; none at the end.
    pub next: Option<String>,
    /// How many rows there are in all, where the server says so (on the first page).
    pub total: Option<u64>,
    /// How large the answer was, unpacked.
    pub bytes: usize,
}

/// What became of one key of a revocation, as the server said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// Revoked by this call.
    Now,
    Before,
    /// No such key, or not visible to this user.
    NotFound,
    Denied,
    /// The answer did not name the key, or named an outcome this version does not know.
    Unclear,
}

/// What a hash belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct LookedUp {
    /// The fingerprint that was asked for.
    pub fingerprint: String,
    /// The API key or collection access key with that value, past or present, that this user may see.
    pub key: Option<Key>,
}

/// How many calls are waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InFlight {
    /// Now; the repeats of one call count as one.
    pub waiting: usize,
    /// How many were answered, or given up, so far.
    pub ended: usize,
    /// When the latest attempt is given up that has no answer yet, at the latest.
    pub until: Option<Time>,
    /// The latest pause; it is over once its time has come.
    pub pause: Option<Pause>,
}

/// Who is told of each HTTP call.
pub type Listener = Box<dyn Fn(CallNews) + Send + Sync>;

/// A backend that manages keys. Reads may be retried inside; a write is sent once, and a write whose answer was lost
/// fails with an error that [says so](ServiceError::outcome_unknown).
///
/// A method that a backend does not have refuses as [unsupported](Self::unsupported), with the reason that its
/// [capabilities](Self::capabilities) give.
#[async_trait]
pub trait KeyService: Send + Sync {
    /// What this backend can do.
    fn capabilities(&self) -> &Capabilities;
    /// The address requests go to, for people.
    fn address(&self) -> String;
    /// Tells `listener` of each HTTP call from now on, as it begins and once it is over; the first listener stays.
    fn on_call(&self, listener: Listener);
    /// Tells of calls as they begin and end.
    fn in_flight(&self) -> watch::Receiver<InFlight>;
    /// What time it is, as the answers tell.
    fn clock(&self) -> &ServerClock;
    /// Tells those who watch the calls that nothing is sent for a while, since the rate limit is waited for; with the
    /// seconds that the server asked for, where it did.
    fn tell_pause(&self, wait: Duration, asked: Option<u64>) {
        let _ = (wait, asked);
    }
    /// What is left of the rate limit, as the latest answer said.
    fn rate_limit(&self) -> Option<RateLimit>;
    /// The same backend, asked with another key from now on. Whether a value is accepted is [`verify`](Self::verify)'s
    /// to say.
    fn with_key(&self, key: Secret) -> Result<Arc<dyn KeyService>, ServiceError>;
    /// How a person signs in, where a session and no key is what asks; none where a key asks.
    fn sign_in(&self) -> Option<&dyn SignIn> {
        None
    }
    /// Of which kind of key `text` is a value, by the form of this backend's own values; none of another form.
    fn kind_of(&self, text: &str) -> Option<KeyKind> {
        recognise(text)
    }
    /// How this backend is asked whether it accepts the value of an API key, and what its answers look like.
    fn proof(&self) -> &Proof;
    /// The same of a value of this kind; none where it has no way to be asked.
    fn proof_of(&self, kind: KeyKind) -> Option<&Proof> {
        (kind == KeyKind::ApiKey).then(|| self.proof())
    }
    /// Asks once about `value`, with nothing but that value. What the answer means is [`verify`](Self::verify)'s to say.
    async fn probe(&self, value: &Secret) -> Result<Probe, ServiceError>;
    /// Whether `value` is accepted: it is asked about twice, and in between a made-up value, which must be refused in the
    /// declared way, since otherwise the answers prove nothing.
    async fn verify(&self, value: &Secret) -> Verdict {
        proof::verify(self, value).await
    }
    /// Who asks.
    async fn me(&self) -> Result<Me, ServiceError>;
    /// One page of keys, at most `limit` (1–1000) where the backend lets the client choose.
    async fn keys(&self, scope: Scope, cursor: Option<&str>, limit: u32) -> Result<Rows<Key>, ServiceError>;
    /// Whether this list of keys comes in the order in which they were made, the latest first.
    fn lists_latest_first(&self, scope: Scope) -> bool {
        let _ = scope;
        false
    }
    /// The same of the API keys of one user. A backend that cannot be asked for theirs alone gives others' too.
    async fn keys_of(&self, owner: UserId, cursor: Option<&str>, limit: u32) -> Result<Rows<Key>, ServiceError> {
        let _ = owner;
        self.keys(Scope::Team, cursor, limit).await
    }
    async fn api_key(&self, id: &KeyId) -> Result<Key, ServiceError>;
    /// The error of a backend that cannot do something: nothing was sent.
    fn unsupported(&self, capability: Capability) -> ServiceError {
        let why = self.capabilities().why_not(capability).unwrap_or("this backend cannot do it");
        ServiceError::new(ErrorKind::Unsupported, Asked::nothing(&self.address()), why)
    }
    async fn users(&self) -> Result<Vec<User>, ServiceError> {
        Err(self.unsupported(Capability::Users))
    }
    /// Adds a user, and gives with a person the value of their first key, which exists nowhere else. It is sent once.
    async fn create_user(
        &self,
        permit: &WritePermit,
        new: &NewUser,
        note: Option<&str>,
    ) -> Result<(User, Option<Secret>), ServiceError> {
        let _ = (permit, new, note);
        Err(self.unsupported(Capability::ManageUsers))
    }
    /// Changes a user. Sending it twice does what sending it once does.
    async fn change_user(&self, permit: &WritePermit, id: UserId, change: &UserChange) -> Result<User, ServiceError> {
        let _ = (permit, id, change);
        Err(self.unsupported(Capability::ManageUsers))
    }
    /// Which keys, of any kind, have these fingerprints (at most 1000).
    async fn lookup(&self, fingerprints: &[String]) -> Result<Vec<LookedUp>, ServiceError> {
        let _ = fingerprints;
        Err(self.unsupported(Capability::Lookup))
    }
    /// The keys, of any kind, with these ids (at most 1000) as they are now, in no order. One that is not among them is not
    /// there, or not visible to this user.
    async fn keys_by_ids(&self, ids: &[KeyId]) -> Result<Vec<Key>, ServiceError> {
        let _ = ids;
        Err(self.unsupported(Capability::ReadByIds))
    }
    /// One page of the addresses from which an API key that no longer works is still tried, the latest first.
    async fn refused_uses(
        &self,
        id: &KeyId,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Rows<TriedFrom>, ServiceError> {
        let _ = (id, cursor, limit);
        Err(self.unsupported(Capability::RefusedUses))
    }
    /// One page of findings, open and resolved.
    async fn findings(&self, cursor: Option<&str>, limit: u32) -> Result<Rows<Finding>, ServiceError> {
        let _ = (cursor, limit);
        Err(self.unsupported(Capability::Findings))
    }
    /// The findings, open and resolved, of secrets that are this backend's own keys of a kind; perhaps with others among them.
    async fn own_findings(&self, kind: KeyKind) -> Result<Vec<Finding>, ServiceError> {
        let _ = kind;
        let mut trail = Trail::new(Listing::Findings, self.address());
        let (mut found, mut cursor) = (Vec::new(), None);
        loop {
            let page = self.findings(cursor.as_deref(), MAX_LIMIT).await?;
            let size = (page.rows.len(), page.bytes);
            found.extend(page.rows);
            cursor = trail.step(size, page.next)?;
            if cursor.is_none() {
                return Ok(found);
            }
        }
    }
    /// One page of the places where a finding's secret stands, at most `limit` (1–1000), and how the finding was resolved
    /// so far, which stands on each page.
    async fn locations(&self, at: &Address, cursor: Option<&str>, limit: u32) -> Result<Locations, ServiceError> {
        let _ = (at, cursor, limit);
        Err(self.unsupported(Capability::Locations))
    }
    /// One page of the audit log, at most `limit` (1–1000) entries. A page may hold fewer than it could, or none, and
    /// still have another behind it.
    async fn audit(
        &self,
        query: &AuditQuery,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Rows<AuditEntry>, ServiceError> {
        let _ = (query, cursor, limit);
        Err(self.unsupported(Capability::AuditLog))
    }
    /// One page of what people are told of their keys, at most `limit` (1–1000) notices, the latest first.
    async fn notices(
        &self,
        query: &NoticeQuery,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Rows<Notice>, ServiceError> {
        let _ = (query, cursor, limit);
        Err(self.unsupported(Capability::Notices))
    }
    async fn settings(&self) -> Result<Settings, ServiceError> {
        Err(self.unsupported(Capability::Settings))
    }
    /// What a change of the settings would do to the keys there are. Nothing is changed.
    async fn preview_settings(&self, change: &SettingsChange) -> Result<Impact, ServiceError> {
        let _ = change;
        Err(self.unsupported(Capability::ChangeSettings))
    }
    /// Changes the settings, which are still of the version that the change names. A [conflict](ServiceError::is_conflict)
    /// has one of these reasons: `version`, somebody was first; `exposedKeys`, it has to say what becomes of those; `lockout`;
    /// `act`, the change before is still being carried out.
    async fn change_settings(&self, permit: &WritePermit, change: &SettingsChange) -> Result<Saved, ServiceError> {
        let _ = (permit, change);
        Err(self.unsupported(Capability::ChangeSettings))
    }
    /// Revokes every key of the team that the caller may revoke, but for those left out.
    async fn revoke_all(&self, permit: &WritePermit, which: &RevokeAll) -> Result<RevokedAll, ServiceError> {
        let _ = (permit, which);
        Err(self.unsupported(Capability::RevokeAll))
    }
    /// How far an act is.
    async fn act(&self, id: &KeyId) -> Result<ActProgress, ServiceError> {
        let _ = id;
        Err(self.unsupported(Capability::RevokeAll))
    }
    /// Makes a key, and answers its value where the backend minted it. The value exists nowhere else: keep it before
    /// anything else is done.
    async fn create_api_key(&self, permit: &WritePermit, new: &NewKey) -> Result<(Key, Option<Secret>), ServiceError> {
        let _ = (permit, new);
        Err(self.unsupported(Capability::CreateKeys))
    }
    /// Changes an API key: its name, its contacts, whether it is accepted. Sending it twice does what sending it once does.
    async fn change_api_key(&self, permit: &WritePermit, id: &KeyId, change: &KeyChange) -> Result<Key, ServiceError> {
        let _ = (permit, id);
        let missing = change.needs().find(|needed| !self.capabilities().has(*needed));
        Err(self.unsupported(missing.unwrap_or(Capability::Rename)))
    }
    /// Gives one's own API key a new value, and answers it where the backend minted it.
    async fn regenerate_api_key(
        &self,
        permit: &WritePermit,
        id: &KeyId,
        new: &Regeneration,
    ) -> Result<(Key, Option<Secret>), ServiceError> {
        let _ = (permit, id, new);
        Err(self.unsupported(Capability::Regenerate))
    }
    /// Deletes one's own API key: it is revoked. `note` stands in the audit log.
    async fn delete_api_key(&self, permit: &WritePermit, id: &KeyId, note: Option<&str>) -> Result<(), ServiceError> {
        let _ = (permit, id, note);
        Err(self.unsupported(Capability::DeleteKeys))
    }
    /// Revokes API keys (at most 1000) in one call; answers in the order of `ids`.
    async fn revoke_api_keys(
        &self,
        permit: &WritePermit,
        ids: &[KeyId],
        reason: Option<&Revocation>,
        note: Option<&str>,
    ) -> Result<Vec<Revoked>, ServiceError> {
        let _ = (permit, ids, reason, note);
        Err(self.unsupported(Capability::RevokeMany))
    }
    /// Makes a collection access key; the server mints the value.
    async fn create_collection_access_key(
        &self,
        permit: &WritePermit,
        collection_id: &str,
        collection_name: Option<&str>,
        note: Option<&str>,
    ) -> Result<(Key, Secret), ServiceError> {
        let _ = (permit, collection_id, collection_name, note);
        Err(self.unsupported(Capability::CreateCollectionKeys))
    }
    /// Resolves a finding; answers what it is called now. Sending it twice does what sending it once does.
    async fn resolve_finding(&self, permit: &WritePermit, resolving: &Resolving) -> Result<Resolution, ServiceError> {
        let _ = (permit, resolving);
        Err(self.unsupported(Capability::ResolveFindings))
    }
    /// Reports that a value was found. The server may revoke the key that it belongs to. Each call is one more occurrence.
    async fn report_finding(&self, permit: &WritePermit, report: &Report) -> Result<Reported, ServiceError> {
        let _ = (permit, report);
        Err(self.unsupported(Capability::ReportFindings))
    }
    /// The shared value of a variable of an environment, by the environment's UID; none where it has no such variable.
    async fn variable(&self, environment: &str, name: &str) -> Result<Option<Secret>, ServiceError> {
        let _ = (environment, name);
        Err(self.unsupported(Capability::Variables))
    }
    /// Changes the shared value of a variable that there is, and nothing else of the environment. Sending it twice does
    /// what sending it once does.
    async fn set_variable(
        &self,
        permit: &WritePermit,
        environment: &str,
        name: &str,
        value: &Secret,
    ) -> Result<(), ServiceError> {
        let _ = (permit, environment, name, value);
        Err(self.unsupported(Capability::Variables))
    }
    /// Deletes a collection access key: it is revoked.
    async fn delete_collection_access_key(
        &self,
        permit: &WritePermit,
        id: &KeyId,
        note: Option<&str>,
    ) -> Result<(), ServiceError> {
        let _ = (permit, id, note);
        Err(self.unsupported(Capability::DeleteCollectionKeys))
    }
}

#[cfg(test)]
mod tests {
    use super::fake::FakeService;
    use super::*;

    #[tokio::test]
    async fn a_permit_that_is_over_sends_nothing_whoever_holds_a_copy() {
        let service = FakeService::new(vec![Key::sample("a")]);
        let lasting = WritePermit::unless_read_only(false).unwrap();
        let (for_a_time, over) =
            (WritePermit::for_a_time(Duration::from_hours(1)), WritePermit::for_a_time(Duration::ZERO));
        let copy = for_a_time.clone();
        assert!(lasting.check().is_ok() && copy.check().is_ok());
        lasting.end();
        for_a_time.end();
        assert!(lasting.check().is_ok(), "one that lasts cannot be ended");
        for permit in [copy, over] {
            let error = service.delete_api_key(&permit, &"a".into(), None).await.unwrap_err();
            assert_eq!(error.kind, ErrorKind::ReadOnly);
            assert!(error.ends_a_run(), "the keys that follow are not tried either");
        }
        assert_eq!(service.count("delete_api_key"), 0);
    }
}
