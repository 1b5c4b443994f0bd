//! The public Postman API: collection access keys, what Postman's scanner found exposed, who asks and who is in the team.
//! API keys themselves it neither lists nor changes; what it cannot do says where a person can.
//!
//! Source: the published API definition (August 2026). No field of its answers is promised, so each is read as if it might be
//! missing, and no list of words is taken to be whole.

mod capabilities;
mod collection_keys;
mod lenient;
mod pages;
mod paths;
mod people;
mod users;
mod values;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::de::IgnoredAny;
use tokio::sync::watch;

use super::authentication::Scheme;
use super::capabilities::Capabilities;
use super::error::{Asked, ErrorKind, ServiceError};
use super::proof::{Probe, Proof};
use super::refusal;
use super::transport::call::{Call, Verb};
use super::transport::{Limits, Transport};
use super::{InFlight, KeyService, Listener, Listing, RateLimit, Rows, Scope, ServerClock, Trail, WritePermit};
use crate::certificates::Certificate;
use crate::domain::ids::KeyId;
use crate::domain::key::Key;
use crate::domain::key_value::KeyKind;
use crate::domain::secret::Secret;
use crate::domain::team::{Me, User};
pub use capabilities::{OWN_KEYS_PAGE, TEAM_KEYS_PAGE};
use collection_keys::CollectionKey;
use pages::Page;
use people::{MeAnswer, UserAnswer};
use users::Known;

/// The API takes a key in this header.
const HEADER: Scheme = Scheme::Header("x-api-key");

/// The public Postman API, asked by the owner of one key.
pub struct PostmanService {
    transport: Transport,
    capabilities: Capabilities,
    /// Who is in the team, as far as this key's user may know.
    users: Known,
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

    /// The same within other limits; `authorities` are trusted to sign the server's certificate, beside those that the
    /// system trusts.
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
        let clock = ServerClock::default();
        let transport = Transport::new(base_url, (HEADER, &key), refusal::read, limits, clock, authorities)?;
        Ok(Self { transport, capabilities: capabilities::capabilities(), users: Known::default() })
    }

    fn as_owner_of(&self, key: &Secret) -> Result<Self, ServiceError> {
        let (transport, capabilities) = (self.transport.with(HEADER, key)?, self.capabilities.clone());
        Ok(Self { transport, capabilities, users: Known::default() })
    }

    async fn fetch_users(&self) -> Result<Vec<User>, ServiceError> {
        let call = Call::new(Verb::Get, paths::USERS);
        let users = |page: Page| Ok(page.rows(UserAnswer::user)?.rows);
        self.transport.read(&call, users).await
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
        self.transport.read(&Call::new(Verb::Get, paths::ME), MeAnswer::me).await
    }

    /// The names of the owners are fetched once; who may not see them sees the keys all the same.
    async fn keys(&self, scope: Scope, cursor: Option<&str>, _limit: u32) -> Result<Rows<Key>, ServiceError> {
        match scope {
            Scope::Mine | Scope::Team => return Err(self.unsupported(scope.needs())),
            Scope::Collections => {}
        }
        // the endpoint takes no limit
        let call = Call::new(Verb::Get, paths::COLLECTION_ACCESS_KEYS).after(cursor);
        let mut page = self.transport.read_page(&call, |page: Page| page.rows(|key: CollectionKey| key)).await?;
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
                let asked = Asked::nothing(&self.address());
                return Err(ServiceError::new(ErrorKind::NotFound, asked, format!("no list holds a key {id}")));
            }
        }
    }

    async fn users(&self) -> Result<Vec<User>, ServiceError> {
        Ok(self.users.get(|| self.fetch_users()).await?.list())
    }

    async fn delete_collection_access_key(
        &self,
        permit: &WritePermit,
        id: &KeyId,
        _note: Option<&str>,
    ) -> Result<(), ServiceError> {
        permit.check()?;
        self.transport.write_silent(&Call::new(Verb::Delete, paths::COLLECTION_ACCESS_KEYS).of(id.as_str())).await
    }
}
