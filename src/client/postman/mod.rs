//! The public Postman API: collection access keys, what Postman's scanner found exposed, who asks and who is in the team.
//! API keys themselves it neither lists nor changes; what it cannot do says where a person can.
//!
//! Source: the published API definition (August 2026). No field of its answers is promised, so each is read as if it might be
//! missing, and no list of words is taken to be whole.

mod audit;
mod capabilities;
mod collection_keys;
mod diagnosis;
mod findings;
mod lenient;
mod pages;
mod paths;
mod people;
mod search;
mod users;
mod values;
mod variables;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::de::{DeserializeOwned, IgnoredAny};
use tokio::sync::watch;

use super::authentication::Scheme;
use super::capabilities::{Capabilities, Capability};
use super::error::{Asked, ErrorKind, ServiceError};
use super::proof::{Probe, Proof};
use super::refusal;
use super::transport::call::{Call, Verb};
use super::transport::{Limits, Quota, Transport};
use super::{InFlight, KeyService, Listener, Listing, RateLimit, Rows, Scope, ServerClock, Trail, WritePermit};
use crate::certificates::Certificate;
use crate::domain::audit::{AuditEntry, AuditQuery};
use crate::domain::finding::{Address, Finding, Resolution, Resolving};
use crate::domain::ids::KeyId;
use crate::domain::key::Key;
use crate::domain::key_value::KeyKind;
use crate::domain::location::Locations;
use crate::domain::secret::Secret;
use crate::domain::team::{Me, User};
use audit::AuditPage;
pub use capabilities::{OWN_KEYS_PAGE, TEAM_KEYS_PAGE};
use collection_keys::CollectionKey;
use diagnosis::Seen;
use pages::Page;
use people::{MeAnswer, UserAnswer};
use users::Known;
use variables::{EnvironmentAnswer, Replace};

/// The API takes a key in this header.
const HEADER: Scheme = Scheme::Header("x-api-key");

/// What one user may ask in a minute, whichever key they use.
const QUOTA: Quota = Quota { calls: 300, window: Duration::from_mins(1) };

/// The public Postman API, asked by the owner of one key.
pub struct PostmanService {
    transport: Transport,
    capabilities: Capabilities,
    /// Who is in the team, as far as this key's user may know.
    users: Known,
    /// What was seen of whoever asks.
    seen: Seen,
}

impl fmt::Debug for PostmanService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostmanService").field("address", &self.transport.address()).finish_non_exhaustive()
    }
}

impl PostmanService {
    /// The API at `base_url` (https, or to this machine itself http), as the owner of `key`. Asks nobody yet.
    ///
    /// # Errors
    /// When the address is none that a key may be sent to, or the key is none that can be sent.
    pub fn new(base_url: &str, key: Secret) -> Result<Self, ServiceError> {
        Self::trusting(base_url, key, Limits::default(), Vec::new())
    }

    /// The same within other limits; without a quota among them the API's own holds. `authorities` are trusted to sign the
    /// server's certificate, beside those that the system trusts.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    #[expect(clippy::needless_pass_by_value, reason = "the key moves in, and what held it is wiped here")]
    pub fn trusting(
        base_url: &str,
        key: Secret,
        limits: Limits,
        authorities: Vec<Certificate>,
    ) -> Result<Self, ServiceError> {
        let (clock, seen) = (ServerClock::default(), Seen::of(key.expose()));
        let limits = Limits { quota: limits.quota.or(Some(QUOTA)), ..limits };
        let transport = Transport::new(base_url, (HEADER, &key), refusal::read_or_keep, limits, clock, authorities)?;
        Ok(Self { transport, capabilities: capabilities::capabilities(), users: Known::default(), seen })
    }

    fn as_owner_of(&self, key: &Secret) -> Result<Self, ServiceError> {
        let (transport, capabilities) = (self.transport.with(HEADER, key)?, self.capabilities.clone());
        Ok(Self { transport, capabilities, users: Known::default(), seen: Seen::of(key.expose()) })
    }

    /// Asks something that changes nothing.
    async fn ask<T: DeserializeOwned, R>(
        &self,
        call: &Call<'_>,
        take: impl Fn(T) -> Result<R, &'static str> + Sync,
    ) -> Result<R, ServiceError> {
        self.transport.read(call, take).await.map_err(|error| self.seen.explain(error))
    }

    /// The same of a page, whose size is told.
    async fn ask_page<T: DeserializeOwned, R>(
        &self,
        call: &Call<'_>,
        take: impl Fn(T) -> Result<Rows<R>, &'static str> + Sync,
    ) -> Result<Rows<R>, ServiceError> {
        self.transport.read_page(call, take).await.map_err(|error| self.seen.explain(error))
    }

    async fn fetch_users(&self) -> Result<Vec<User>, ServiceError> {
        self.ask(&Call::new(Verb::Get, paths::USERS), |page: Page| Ok(page.rows(UserAnswer::user)?.rows)).await
    }

    /// An error of this process's own, about what was to be asked.
    fn refuse(&self, kind: ErrorKind, why: impl Into<crate::domain::untrusted::Untrusted>) -> ServiceError {
        ServiceError::new(kind, Asked::nothing(self.transport.address()), why)
    }
}

impl PostmanService {
    /// A variable by its place; none where the environment has none of this name.
    async fn find_variable(&self, environment: &str, name: &str) -> Result<Option<variables::Found>, ServiceError> {
        let call = Call::new(Verb::Get, paths::ENVIRONMENTS).of(environment);
        let read = self.ask(&call, EnvironmentAnswer::environment).await?;
        let unfit = |unfit: variables::Unfit| {
            ServiceError::new(ErrorKind::Conflict, Asked::nothing(&self.address()), unfit.words())
        };
        read.find(name).map_err(unfit)
    }
}

#[async_trait]
impl KeyService for PostmanService {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn address(&self) -> String {
        self.transport.address().to_owned()
    }

    fn on_call(&self, listener: Listener) {
        self.transport.on_call(listener);
    }

    fn in_flight(&self) -> watch::Receiver<InFlight> {
        self.transport.in_flight()
    }

    fn clock(&self) -> &ServerClock {
        self.transport.clock()
    }

    fn tell_pause(&self, wait: Duration, asked: Option<u64>) {
        self.transport.tell_pause(wait, true, asked);
    }

    fn rate_limit(&self) -> Option<RateLimit> {
        self.transport.rate_limit()
    }

    fn with_key(&self, key: Secret) -> Result<Arc<dyn KeyService>, ServiceError> {
        Ok(Arc::new(self.as_owner_of(&key)?))
    }

    fn kind_of(&self, text: &str) -> Option<KeyKind> {
        values::kind_of(text)
    }

    fn proof(&self) -> &Proof {
        &values::API_KEY
    }

    fn proof_of(&self, kind: KeyKind) -> Option<&Proof> {
        Some(match kind {
            KeyKind::ApiKey => &values::API_KEY,
            KeyKind::CollectionAccessKey => &values::COLLECTION_ACCESS_KEY,
        })
    }

    async fn probe(&self, value: &Secret) -> Result<Probe, ServiceError> {
        if values::kind_of(value.expose()) == Some(KeyKind::CollectionAccessKey) {
            // such a key asks for itself, without any other
            let call = Call::new(Verb::Get, paths::COLLECTIONS).of(values::NO_COLLECTION);
            let call = call.with("access_key", value.expose());
            return Probe::of(self.transport.anonymous().read(&call, |_: IgnoredAny| Ok(None)).await);
        }
        let me = self.as_owner_of(value)?.me().await;
        Probe::of(me.map(|me| Some(Box::new(me))))
    }

    async fn me(&self) -> Result<Me, ServiceError> {
        let me = self.ask(&Call::new(Verb::Get, paths::ME), MeAnswer::me).await?;
        self.seen.hear(&me);
        Ok(me)
    }

    /// The names of the owners are fetched once; who may not see them sees the keys all the same.
    async fn keys(&self, scope: Scope, cursor: Option<&str>, _limit: u32) -> Result<Rows<Key>, ServiceError> {
        match scope {
            Scope::Mine | Scope::Team => return Err(self.unsupported(scope.needs())),
            Scope::Collections => {}
        }
        // the endpoint takes no limit
        let call = Call::new(Verb::Get, paths::COLLECTION_ACCESS_KEYS).after(cursor);
        let mut page = self.ask_page(&call, |page: Page| page.rows(|key: CollectionKey| key)).await?;
        let members = self.users.get(|| self.fetch_users()).await.ok();
        let now = self.clock().now();
        let rows = std::mem::take(&mut page.rows).into_iter().map(|key| key.key(now, members.as_deref()));
        Ok(Rows { rows: rows.collect(), next: page.next, total: page.total, bytes: page.bytes })
    }

    /// No call reads a single key, so the list is read until it is there.
    async fn api_key(&self, id: &KeyId) -> Result<Key, ServiceError> {
        let mut trail = Trail::new(Listing::Keys(Scope::Collections), self.address());
        let mut cursor = None;
        loop {
            let page = self.keys(Scope::Collections, cursor.as_deref(), 0).await?;
            let size = (page.rows.len(), page.bytes);
            if let Some(key) = page.rows.into_iter().find(|key| key.id == *id) {
                return Ok(key);
            }
            cursor = trail.step(size, page.next)?;
            if cursor.is_none() {
                return Err(self.refuse(ErrorKind::NotFound, format!("no list holds a key {id}")));
            }
        }
    }

    async fn users(&self) -> Result<Vec<User>, ServiceError> {
        Ok(self.users.get(|| self.fetch_users()).await?.list())
    }

    async fn variable(&self, environment: &str, name: &str) -> Result<Option<Secret>, ServiceError> {
        let found = self.find_variable(environment, name).await?;
        Ok(found.map(|found| found.value.unwrap_or_else(|| Secret::new(String::new()))))
    }

    /// Read, changed by its place, and read back: the place tells nothing of the name.
    async fn set_variable(
        &self,
        permit: &WritePermit,
        environment: &str,
        name: &str,
        value: &Secret,
    ) -> Result<(), ServiceError> {
        permit.check()?;
        let error = |kind, why: &str| ServiceError::new(kind, Asked::nothing(&self.address()), why.to_owned());
        let found = self.find_variable(environment, name).await?;
        let found = found.ok_or_else(|| error(ErrorKind::NotFound, "the environment has no such variable"))?;
        if found.value.as_ref() == Some(value) {
            return Ok(());
        }
        let change = Replace::value_at(found.at, value);
        let call = Call::new(Verb::Patch, paths::ENVIRONMENTS).of(environment).body(&change);
        self.transport.write_silent(&call).await.map_err(|error| self.seen.explain(error))?;
        match self.find_variable(environment, name).await? {
            Some(now) if now.value.as_ref() == Some(value) => Ok(()),
            _ => Err(error(
                ErrorKind::LostAnswer,
                "it was answered that the variable is changed, and it holds another value",
            )),
        }
    }

    /// Every page is read before the first row is told, since several workspaces that hold one secret are one row.
    async fn findings(&self, cursor: Option<&str>, _limit: u32) -> Result<Rows<Finding>, ServiceError> {
        match cursor {
            // there is one page only
            Some(_) => Err(self.refuse(ErrorKind::Invalid, "the findings come in one page")),
            None => self.search(&findings::Search::default()).await,
        }
    }

    async fn own_findings(&self, kind: KeyKind) -> Result<Vec<Finding>, ServiceError> {
        Ok(self.search(&self.search_for(kind).await?).await?.rows)
    }

    async fn locations(&self, at: &Address, cursor: Option<&str>, limit: u32) -> Result<Locations, ServiceError> {
        self.places(at, cursor, limit).await
    }

    /// The log is asked for days, not for moments; it keeps no keys, so that one key's entries cannot be asked for.
    async fn audit(
        &self,
        query: &AuditQuery,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Rows<AuditEntry>, ServiceError> {
        if query.key.is_some() {
            return Err(self.unsupported(Capability::AuditByKey));
        }
        let limit = limit.clamp(1, audit::PAGE).to_string();
        let actor = query.actor.map(|user| user.to_string());
        let [since, until] = [query.since, query.until].map(|day| day.map(|day| day.format("%Y-%m-%d").to_string()));
        let order = if query.oldest_first { "asc" } else { "desc" };
        let mut call = Call::new(Verb::Get, paths::AUDIT_LOGS).with("limit", &limit).with("orderBy", order);
        for (name, value) in [
            ("userId", actor.as_deref()),
            ("action", query.action.as_deref()),
            ("since", since.as_deref()),
            ("until", until.as_deref()),
        ] {
            if let Some(value) = value {
                call = call.with(name, value);
            }
        }
        let after = query.after;
        let call = call.after(cursor);
        self.ask_page(&call, |page: AuditPage| {
            let mut page = page.rows()?;
            page.rows.retain(|entry| after.is_none_or(|after| entry.number > after));
            Ok(page)
        })
        .await
    }

    /// One call for each workspace: the same secret in another one is another finding. Nothing is kept of a note.
    async fn resolve_finding(&self, permit: &WritePermit, resolving: &Resolving) -> Result<Resolution, ServiceError> {
        permit.check()?;
        self.resolve(permit, resolving).await
    }

    async fn delete_collection_access_key(
        &self,
        permit: &WritePermit,
        id: &KeyId,
        _note: Option<&str>,
    ) -> Result<(), ServiceError> {
        permit.check()?;
        let call = Call::new(Verb::Delete, paths::COLLECTION_ACCESS_KEYS).of(id.as_str());
        self.transport.write_silent(&call).await.map_err(|error| self.seen.explain(error))
    }
}
