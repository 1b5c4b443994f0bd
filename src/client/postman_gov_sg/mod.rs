//! postman.gov.sg (version 1), the messaging service of the Singapore government: one's own API keys, in a session that begins
//! with a one-time password. An API key itself manages no keys.
//!
//! There are two HTTP clients that share nothing: one is asked in the session, the other asks with a key whether that works.
//! The service looks at a cookie before it looks at a key and sets one with every answer to a key, so that a test of a key
//! with anything else beside it would be a test of something else.
//!
//! Source: the service's own code of January 2026.

mod capabilities;
mod diagnosis;
mod keys;
mod paths;
mod refusal;
mod signing_in;
mod values;

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use serde::Deserialize;
use serde::de::IgnoredAny;
use tokio::sync::watch;

use super::authentication::Scheme;
use super::capabilities::Capabilities;
use super::error::{Asked, ErrorKind, ServiceError};
use super::proof::{Probe, Proof};
use super::sign_in::{Door, SignIn};
use super::transport::call::{Call, Verb};
use super::transport::session::SessionCookie;
use super::transport::{Limits, Plain, Transport};
use super::{InFlight, KeyChange, KeyService, Listener, NewKey, RateLimit, Rows, Scope, ServerClock, WritePermit};
use crate::certificates::Certificate;
use crate::domain::ids::KeyId;
use crate::domain::key::{Access, Key};
use crate::domain::key_value::KeyKind;
use crate::domain::secret::Secret;
use crate::domain::team::Me;
use crate::domain::time::When;
use crate::domain::untrusted::Untrusted;
use keys::{ContactsRequest, CreatedKey, ListedKey, NewKeyRequest, UserInfo};

/// What the session's cookie is called.
const COOKIE: &str = "postmangovsg";

/// The keys of one login address.
pub struct GovSgService {
    /// Asks in the session.
    transport: Transport,
    /// Asks with a key and nothing else, over connections of its own.
    alone: Transport,
    capabilities: Capabilities,
    known: Mutex<Known>,
    /// Where calls wait while somebody logs in again.
    door: OnceLock<Door>,
}

/// What was told in this session.
#[derive(Default)]
struct Known {
    me: Option<Me>,
    /// The list, and the tag by which the service knows it again.
    list: Option<(Vec<ListedKey>, String)>,
}

impl fmt::Debug for GovSgService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GovSgService").field("address", &self.transport.address()).finish_non_exhaustive()
    }
}

/// The rows of the list; what is no object is none of them.
#[derive(Deserialize)]
struct List(Vec<serde_json::Value>);

impl List {
    fn rows(self) -> Vec<ListedKey> {
        let rows = self.0.into_iter().filter(serde_json::Value::is_object);
        rows.filter_map(|row| serde_json::from_value(row).ok()).collect()
    }
}

/// Who asks; none where nobody is signed in.
fn me_of(info: UserInfo) -> Option<Me> {
    if info.email.is_empty() {
        return None;
    }
    Some(Me {
        id: info.id,
        name: info.email.clone(),
        email: info.email,
        team: Untrusted::default(),
        roles: Vec::new(),
        own_key: None,
        own_key_expires: When::Never,
        own_access: Access::Full,
        roles_tell: false,
        guest: false,
        allowances: Vec::new(),
    })
}

impl GovSgService {
    /// The API at `base_url` (https, or to this machine itself http), in the session whose cookie has the value `session`;
    /// in none yet, where that is empty. Asks nobody yet.
    ///
    /// # Errors
    /// When the address is none that a session may be sent to, or the value is none that can be sent.
    pub fn new(base_url: &str, session: Secret) -> Result<Self, ServiceError> {
        Self::trusting(base_url, session, Limits::default(), Vec::new())
    }

    /// The same within other limits; `authorities` are trusted to sign the server's certificate, beside those that the system
    /// trusts.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    #[expect(clippy::needless_pass_by_value, reason = "the session moves in, and what held it is wiped here")]
    pub fn trusting(
        base_url: &str,
        session: Secret,
        limits: Limits,
        authorities: Vec<Certificate>,
    ) -> Result<Self, ServiceError> {
        let cookie = cookie(&session, base_url)?;
        let clock = ServerClock::default();
        let transport = Transport::of_session(base_url, cookie, refusal::read, limits, clock, authorities)?;
        let (alone, capabilities) = (transport.apart(), capabilities::capabilities());
        Ok(Self { transport, alone, capabilities, known: Mutex::default(), door: OnceLock::new() })
    }

    fn known<T>(&self, look: impl FnOnce(&mut Known) -> T) -> T {
        look(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Forgets what was told in a session that is over.
    fn forget(&self) {
        self.known(|known| *known = Known::default());
    }

    /// An error, with what to do about it; one that says that the session is over ends what was known in it.
    fn explain(&self, error: ServiceError) -> ServiceError {
        if error.kind == ErrorKind::Unauthenticated {
            self.forget();
        }
        diagnosis::explain(error)
    }

    /// Asks once for what is answered in a word.
    async fn plain(&self, call: &Call<'_>) -> Result<Plain, ServiceError> {
        self.transport.write_plain(call).await.map_err(diagnosis::explain)
    }

    /// Who asks, as was told before in this session, or is told now.
    async fn asker(&self) -> Result<Me, ServiceError> {
        match self.known(|known| known.me.clone()) {
            Some(me) => Ok(me),
            None => self.me().await,
        }
    }

    /// Asks in the session. Where that is over and somebody can log in again, it waits for them and asks again; a refusal for
    /// that reason comes before anything is done.
    async fn in_session<R, F: Future<Output = Result<R, ServiceError>>>(
        &self,
        ask: impl Fn() -> F,
    ) -> Result<R, ServiceError> {
        /// A session that is over again and again is no session.
        const MOST: usize = 3;
        let mut asked = 0;
        loop {
            let before = self.session_value();
            let answer = ask().await;
            asked += 1;
            let over = |error: &ServiceError| error.kind == ErrorKind::Unauthenticated && asked < MOST;
            let Err(error) = answer else { return answer };
            let Some(door) = self.door.get().filter(|_| over(&error)) else { return Err(error) };
            // somebody may have logged in while this was on its way
            let renewed = self.session_value().is_some_and(|now| before.is_none_or(|before| *before != *now));
            if !renewed && !door().await {
                return Err(error);
            }
        }
    }

    fn session_value(&self) -> Option<Arc<Secret>> {
        self.transport.session().and_then(|session| session.watch().borrow().value.clone())
    }

    /// Who asks.
    async fn ask_who(&self) -> Result<Me, ServiceError> {
        let call = Call::new(Verb::Get, paths::USER_INFO);
        let told = self.transport.read(&call, |info: UserInfo| Ok(me_of(info))).await;
        let Some(me) = told.map_err(|error| self.explain(error))? else {
            let asked = Asked {
                method: "GET",
                path: paths::USER_INFO.to_owned(),
                address: self.transport.address().to_owned(),
            };
            let over = ServiceError::new(ErrorKind::Unauthenticated, asked, "nobody is logged in");
            return Err(self.explain(over));
        };
        self.known(|known| known.me = Some(me.clone()));
        Ok(me)
    }

    /// The whole list, newest first; where it did not change since it was last read, that is all that travels.
    async fn ask_list(&self) -> Result<(Vec<ListedKey>, usize), ServiceError> {
        let before = self.known(|known| known.list.clone());
        let tag = before.as_ref().map(|(_, tag)| tag.as_str());
        let call = Call::new(Verb::Get, paths::KEYS).unless_known(tag);
        let read = self.transport.read_unless_known(&call, |list: List| Ok(list.rows())).await;
        let Some(read) = read.map_err(|error| self.explain(error))? else {
            return Ok((before.map(|(list, _)| list).unwrap_or_default(), 0));
        };
        let kept = read.tag.map(|tag| (read.taken.clone(), tag));
        self.known(|known| known.list = kept);
        Ok((read.taken, read.bytes))
    }

    /// An error of this process's own, about what was to be asked.
    fn refuse(&self, kind: ErrorKind, field: Option<&str>, why: impl Into<Untrusted>) -> ServiceError {
        let field = field.map(Untrusted::from);
        ServiceError { field, ..ServiceError::new(kind, Asked::nothing(self.transport.address()), why) }
    }

    /// Sees to it that an id is one: anything but a number is answered as a fault of the service.
    fn number<'a>(&self, id: &'a KeyId) -> Result<&'a str, ServiceError> {
        let id = id.as_str();
        if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(id);
        }
        let why = format!("no key has the id {}: here ids are decimal numbers", Untrusted::from(id));
        Err(self.refuse(ErrorKind::NotFound, None, why))
    }

    /// Refuses what the service would refuse, and what it would not although nobody means it.
    fn check_contacts(&self, contacts: &[String]) -> Result<(), ServiceError> {
        if contacts.is_empty() {
            let why =
                "a key needs at least one contact, who is told before it ends; they can be replaced, and not cleared";
            return Err(self.refuse(ErrorKind::Invalid, Some("the contacts"), why));
        }
        Ok(())
    }
}

/// The cookie of a session, with what was kept of one.
fn cookie(session: &Secret, address: &str) -> Result<SessionCookie, ServiceError> {
    if values::kind_of(session.expose()).is_some() {
        let why = "the profile's credential is an API key, which sends messages and manages no keys";
        return Err(ServiceError {
            advice: Some("take credential out of the profile, then log in: keydeck login".to_owned()),
            ..ServiceError::new(ErrorKind::Configuration, Asked::nothing(address), why)
        });
    }
    let lasts = TimeDelta::hours(signing_in::TERMS.lasts_hours.into());
    SessionCookie::new(COOKIE, lasts).holding(session, address)
}

#[async_trait]
impl KeyService for GovSgService {
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

    /// The same in another session. A key is none.
    fn with_key(&self, key: Secret) -> Result<Arc<dyn KeyService>, ServiceError> {
        let transport = self.transport.with_session(cookie(&key, self.transport.address())?);
        let (alone, capabilities) = (self.alone.apart(), self.capabilities.clone());
        Ok(Arc::new(Self { transport, alone, capabilities, known: Mutex::default(), door: OnceLock::new() }))
    }

    fn sign_in(&self) -> Option<&dyn SignIn> {
        Some(self)
    }

    fn kind_of(&self, text: &str) -> Option<KeyKind> {
        values::kind_of(text)
    }

    fn proof(&self) -> &Proof {
        &values::PROOF
    }

    /// Asks with `value` alone. What has another form is sent to nobody: it may open something elsewhere.
    async fn probe(&self, value: &Secret) -> Result<Probe, ServiceError> {
        if values::kind_of(value.expose()).is_none() {
            let why = "what is to be tried has not the form of a key of postman.gov.sg: nothing was sent";
            return Err(self.refuse(ErrorKind::Invalid, None, why));
        }
        let asking = self.alone.with(Scheme::Bearer, value)?;
        let call = Call::new(Verb::Get, paths::EMAILS).with("limit", "1").with("exclude_params", "true");
        let answer = asking.read(&call, |_: IgnoredAny| Ok(None)).await;
        Probe::of(answer.map_err(|error| ServiceError {
            // nothing about a session: none was asked in
            advice: (error.kind != ErrorKind::Unauthenticated).then(|| diagnosis::explain(error.clone()).hint()),
            ..error
        }))
    }

    async fn me(&self) -> Result<Me, ServiceError> {
        self.in_session(|| self.ask_who()).await
    }

    /// All of them at once, whatever is asked for: the list has no pages.
    async fn keys(&self, scope: Scope, cursor: Option<&str>, _limit: u32) -> Result<Rows<Key>, ServiceError> {
        match scope {
            Scope::Team | Scope::Collections => return Err(self.unsupported(scope.needs())),
            Scope::Mine => {}
        }
        if cursor.is_some() {
            return Err(self.refuse(ErrorKind::Invalid, None, "the keys come in one page"));
        }
        let (me, (listed, bytes)) = (self.asker().await?, self.in_session(|| self.ask_list()).await?);
        let now = self.clock().now();
        let rows: Vec<Key> = listed.into_iter().map(|key| key.key(&me, now)).collect();
        let total = u64::try_from(rows.len()).ok();
        Ok(Rows { rows, next: None, total, bytes })
    }

    /// No call reads a single key, so the list is read.
    async fn api_key(&self, id: &KeyId) -> Result<Key, ServiceError> {
        let found = self.keys(Scope::Mine, None, 0).await?.rows.into_iter().find(|key| key.id == *id);
        found.ok_or_else(|| {
            diagnosis::explain(self.refuse(ErrorKind::NotFound, None, format!("the list holds no key {id}")))
        })
    }

    /// Sent once, unless nobody was logged in: the same again would make a second key.
    async fn create_api_key(&self, permit: &WritePermit, new: &NewKey) -> Result<(Key, Option<Secret>), ServiceError> {
        permit.check()?;
        self.capabilities.require(new.needs(), self.transport.address())?;
        if new.value.is_some() {
            let why = "postman.gov.sg makes the values of keys itself";
            return Err(self.refuse(ErrorKind::Unsupported, None, why));
        }
        if new.name.trim().is_empty() {
            let why = "a key needs a name: a blank one is taken, and nobody finds it again";
            return Err(self.refuse(ErrorKind::Invalid, Some("the name"), why));
        }
        self.check_contacts(&new.contacts)?;
        let me = self.asker().await?;
        let request = NewKeyRequest { label: &new.name, notification_contacts: &new.contacts };
        let call = Call::new(Verb::Post, paths::KEYS).body(&request);
        let send = || async {
            let made = self.transport.write(&call, CreatedKey::take).await;
            made.map_err(|error| self.explain(error))
        };
        let (key, value) = self.in_session(send).await?;
        Ok((key.key(&me, self.clock().now()), value))
    }

    /// The contacts, all of them; nothing else can be changed.
    async fn change_api_key(&self, permit: &WritePermit, id: &KeyId, change: &KeyChange) -> Result<Key, ServiceError> {
        permit.check()?;
        self.capabilities.require(change.needs(), self.transport.address())?;
        let Some(contacts) = &change.contacts else {
            return Err(self.refuse(ErrorKind::Invalid, Some("the contacts"), "there is nothing to change"));
        };
        let id = self.number(id)?;
        self.check_contacts(contacts)?;
        let me = self.asker().await?;
        let request = ContactsRequest { notification_contacts: contacts };
        let call = Call::new(Verb::Put, paths::KEYS).of(id).body(&request);
        let send = || async {
            let changed = self.transport.write(&call, |key: ListedKey| Ok(key)).await;
            changed.map_err(|error| self.explain(error))
        };
        let key = self.in_session(send).await?;
        Ok(key.key(&me, self.clock().now()))
    }

    async fn delete_api_key(&self, permit: &WritePermit, id: &KeyId, _note: Option<&str>) -> Result<(), ServiceError> {
        permit.check()?;
        let call = Call::new(Verb::Delete, paths::KEYS).of(self.number(id)?);
        let send = || async { self.transport.write_silent(&call).await.map_err(|error| self.explain(error)) };
        self.in_session(send).await
    }
}
