//! keydeck's own server, which speaks the public Postman API's dialect with extensions of its own: what it can do, what
//! proves that it accepts a value, and how each question is asked.

mod convert;
mod locations;
mod policy;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::api::audit::{AuditEntry as WireEntry, AuditMeta};
use crate::api::error::name;
use crate::api::key::{
    ApiKey, CollectionAccessKey, CreatedApiKey, CreatedCollectionAccessKey, KeyPatch, Lookup, LookupResult, NewApiKey,
    NewCollectionAccessKey, Noted, RefusedUse, Regenerate, RevocationResult, Revocations,
};
use crate::api::notifications::Notification;
use crate::api::page::{MAX_LIMIT, Meta, null_as_default};
use crate::api::paths;
use crate::api::secrets::{DetectedSecret, Resolve, ResolvedSecret, SecretReport};
use crate::api::team::{CreatedUser, MeAnswer, NewUser as WireNewUser, UserAnswer, UserPatch};
use crate::certificates::Certificate;
use crate::client::authentication::Scheme;
use crate::client::bounded::Bounded;
use crate::client::capabilities::Capabilities;
use crate::client::error::ServiceError;
use crate::client::proof::{Cost, Look, Probe, Proof, TakesEffect};
use crate::client::refusal;
use crate::client::transport::call::{Call, Verb};
use crate::client::transport::{Limits, Transport};
use crate::client::{
    InFlight, KeyChange, KeyService, Listener, LookedUp, MintedValue, NewKey, RateLimit, Regeneration, Revoked, Rows,
    Scope, ServerClock, WritePermit,
};
use crate::domain::act::{ActProgress, RevokeAll, RevokedAll};
use crate::domain::audit::{AuditEntry, AuditQuery};
use crate::domain::finding::{Address, Finding, Resolution, Resolving};
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key::{Key, Revocation, TriedFrom};
use crate::domain::key_value::{self, KeyKind};
use crate::domain::location::Locations;
use crate::domain::notice::{Notice, NoticeQuery};
use crate::domain::report::{Report, Reported};
use crate::domain::secret::Secret;
use crate::domain::settings::{Impact, Saved, Settings, SettingsChange};
use crate::domain::team::{Me, NewUser, User, UserChange, UserKind};
use crate::domain::time::wire;
use convert::Interner;

/// A list whose rows have to be there: an answer of another kind must not pass for an empty list.
#[derive(Deserialize)]
#[serde(bound = "T: Deserialize<'de>")]
struct Listed<T, const MOST: usize = PAGE> {
    data: Option<Bounded<T, MOST>>,
    #[serde(default, deserialize_with = "null_as_default")]
    meta: Meta,
}

impl<T, const MOST: usize> Listed<T, MOST> {
    /// The rows, of which `asked` were asked for.
    fn rows<R>(self, asked: usize, convert: impl FnMut(T) -> R) -> Result<Rows<R>, &'static str> {
        let next = self.meta.next().map(str::to_owned);
        let data = self.data.ok_or("an answer without the list it should hold")?.at_most(asked)?;
        Ok(Rows { rows: data.into_iter().map(convert).collect(), next, total: self.meta.total, bytes: 0 })
    }
}

/// The most rows of a page whose length the client chooses.
const PAGE: usize = MAX_LIMIT as usize;
/// The most rows of a list that comes as long as the server likes.
const WHOLE: usize = 100_000;

/// A page of the audit log, in Postman's shape: the next cursor beside the entries, or, with some servers, in `meta`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuditPage {
    trails: Option<Bounded<WireEntry, PAGE>>,
    #[serde(default)]
    next_cursor: Option<String>,
    #[serde(default, deserialize_with = "null_as_default")]
    meta: AuditMeta,
}

impl AuditPage {
    /// The entries, without those of other keys than the one asked for and those before the number asked for: a server
    /// ignores what it does not know.
    fn rows(self, query: &AuditQuery, limit: u32) -> Result<Rows<AuditEntry>, &'static str> {
        let trails = self.trails.ok_or("an answer without the audit log it should hold")?.at_most(limit as usize)?;
        let next = self.next_cursor.or(self.meta.next_cursor).filter(|cursor| !cursor.is_empty());
        let mut texts = Interner::default();
        let rows = trails.into_iter().map(|entry| convert::audit_entry(entry, &mut texts));
        let asked = |entry: &AuditEntry| {
            (query.key.is_none() || entry.key == query.key) && query.after.is_none_or(|after| entry.number > after)
        };
        Ok(Rows { rows: rows.filter(asked).collect(), next, total: None, bytes: 0 })
    }
}

/// A value that is not accepted, whatever the reason, is answered in one way: 401 with this error.
const NOT_ACCEPTED: &[Look] = &[Look::Refusal(401, name::AUTHENTICATION)];

/// keydeck's own server says which key asked.
const PROOF: Proof = Proof {
    question: "GET /me",
    accepted: &[Look::Identified],
    refused: NOT_ACCEPTED,
    made_up: NOT_ACCEPTED,
    make_up: || key_value::mint(KeyKind::ApiKey, getrandom::fill).ok(),
    counts_as_use: true,
    prolongs: false,
    cost: Cost::Call,
    revocation: TakesEffect::AtOnce,
};

/// What a collection access key of another collection than the one asked for is answered, which is as good as accepted.
const ANOTHER_COLLECTION: &[Look] = &[Look::Refusal(403, name::FORBIDDEN), Look::Anonymous];

/// A collection that nobody has: it is asked for with a collection access key to see whether that is accepted, which moves
/// no key's expiry.
const NO_COLLECTION: &str = "0-whether-it-is-accepted";

/// A collection access key opens nothing but a collection.
const COLLECTION_PROOF: Proof = Proof {
    question: "GET /collections/{uid}?access_key",
    accepted: ANOTHER_COLLECTION,
    make_up: || key_value::mint(KeyKind::CollectionAccessKey, getrandom::fill).ok(),
    counts_as_use: false,
    ..PROOF
};

/// keydeck's own server takes a key in this header.
const HEADER: Scheme = Scheme::Header("x-api-key");

/// keydeck's own server.
pub struct KeydeckService {
    transport: Transport,
    capabilities: Capabilities,
}

impl fmt::Debug for KeydeckService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeydeckService").field("address", &self.transport.address()).finish_non_exhaustive()
    }
}

impl KeydeckService {
    /// Whether it lists the keys that there are: always, but where a test has it do as other backends do.
    pub fn lists_keys() -> bool {
        #[cfg(feature = "fault-points")]
        if crate::fault::is_by_hand() {
            return false;
        }
        true
    }

    /// The server at `base_url` (https, or to this machine itself http or `unix:PATH`), as the owner of `key`. Asks nobody yet.
    ///
    /// # Errors
    /// When the address is none that a key may be sent to, or the key is none that can be sent.
    pub fn new(base_url: &str, key: Secret) -> Result<Self, ServiceError> {
        Self::with_limits(base_url, key, Limits::default())
    }

    /// The same within other limits.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_limits(base_url: &str, key: Secret, limits: Limits) -> Result<Self, ServiceError> {
        Self::with_clock(base_url, key, limits, ServerClock::default())
    }

    /// The same over other clocks of this machine.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_clock(base_url: &str, key: Secret, limits: Limits, clock: ServerClock) -> Result<Self, ServiceError> {
        Self::make(base_url, key, limits, clock, Vec::new())
    }

    /// The same; `authorities` are trusted to sign the server's certificate, beside those that the system trusts.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn trusting(
        base_url: &str,
        key: Secret,
        limits: Limits,
        authorities: Vec<Certificate>,
    ) -> Result<Self, ServiceError> {
        Self::make(base_url, key, limits, ServerClock::default(), authorities)
    }

    #[expect(clippy::needless_pass_by_value, reason = "the key moves in, and what held it is wiped here")]
    fn make(
        base_url: &str,
        key: Secret,
        limits: Limits,
        clock: ServerClock,
        authorities: Vec<Certificate>,
    ) -> Result<Self, ServiceError> {
        let transport = Transport::new(base_url, (HEADER, &key), refusal::read, limits, clock, authorities)?;
        let capabilities = Capabilities::all();
        #[cfg(feature = "fault-points")]
        let capabilities = if crate::fault::is_minting_there() {
            capabilities.minted_by(crate::client::capabilities::Minting::Server)
        } else if crate::fault::is_by_hand() {
            crate::client::capabilities::by_hand(capabilities)
        } else {
            capabilities
        };
        Ok(Self { transport, capabilities })
    }

    fn as_owner_of(&self, key: &Secret) -> Result<Self, ServiceError> {
        Ok(Self { transport: self.transport.with(HEADER, key)?, capabilities: self.capabilities.clone() })
    }
}

#[async_trait]
impl KeyService for KeydeckService {
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

    fn proof(&self) -> &Proof {
        &PROOF
    }

    fn proof_of(&self, kind: KeyKind) -> Option<&Proof> {
        Some(match kind {
            KeyKind::ApiKey => &PROOF,
            KeyKind::CollectionAccessKey => &COLLECTION_PROOF,
        })
    }

    async fn probe(&self, value: &Secret) -> Result<Probe, ServiceError> {
        if key_value::recognise(value.expose()) == Some(KeyKind::CollectionAccessKey) {
            let call = Call::new(Verb::Get, paths::COLLECTIONS).of(NO_COLLECTION).with("access_key", value.expose());
            return Probe::of(self.as_owner_of(value)?.transport.read(&call, |_: Value| Ok(None)).await);
        }
        let me = self.as_owner_of(value)?.me().await;
        Probe::of(me.map(|me| Some(Box::new(me))))
    }

    async fn me(&self) -> Result<Me, ServiceError> {
        self.transport
            .read(&Call::new(Verb::Get, paths::ME), |answer: MeAnswer| {
                let known = answer.user.id != UserId::default() || !answer.user.email.is_empty();
                known.then(|| convert::me(answer)).ok_or("an answer that names no user")
            })
            .await
    }

    async fn users(&self) -> Result<Vec<User>, ServiceError> {
        self.transport
            .read(&Call::new(Verb::Get, paths::USERS), |list: Listed<UserAnswer, WHOLE>| {
                Ok(list.rows(WHOLE, convert::user)?.rows)
            })
            .await
    }

    async fn keys_of(&self, owner: UserId, cursor: Option<&str>, limit: u32) -> Result<Rows<Key>, ServiceError> {
        let asked = limit.clamp(1, MAX_LIMIT);
        let (limit, owner) = (asked.to_string(), owner.to_string());
        let call = Call::new(Verb::Get, paths::API_KEYS).with("scope", "team").with("createdBy", &owner);
        self.transport
            .read_page(&call.with("limit", &limit).after(cursor), |list: Listed<ApiKey>| {
                let mut texts = Interner::default();
                list.rows(asked as usize, |key| convert::api_key(key, &mut texts))
            })
            .await
    }

    fn lists_latest_first(&self, scope: Scope) -> bool {
        scope != Scope::Collections
    }

    async fn keys(&self, scope: Scope, cursor: Option<&str>, limit: u32) -> Result<Rows<Key>, ServiceError> {
        let asked = limit.clamp(1, MAX_LIMIT);
        let limit = asked.to_string();
        let call = match scope {
            Scope::Mine => Call::new(Verb::Get, paths::API_KEYS).with("scope", "mine").with("limit", &limit),
            Scope::Team => Call::new(Verb::Get, paths::API_KEYS).with("scope", "team").with("limit", &limit),
            // Postman's own endpoint takes no limit
            Scope::Collections => Call::new(Verb::Get, paths::COLLECTION_ACCESS_KEYS),
        };
        let call = call.after(cursor);
        match scope {
            Scope::Mine | Scope::Team => {
                self.transport
                    .read_page(&call, |list: Listed<ApiKey>| {
                        let mut texts = Interner::default();
                        list.rows(asked as usize, |key| convert::api_key(key, &mut texts))
                    })
                    .await
            }
            Scope::Collections => {
                self.transport
                    .read_page(&call, |list: Listed<CollectionAccessKey, WHOLE>| {
                        let (now, mut texts) = (self.clock().now(), Interner::default());
                        list.rows(WHOLE, |key| convert::collection_key(key, now, &mut texts))
                    })
                    .await
            }
        }
    }

    async fn api_key(&self, id: &KeyId) -> Result<Key, ServiceError> {
        self.transport
            .read(&Call::new(Verb::Get, paths::API_KEYS).of(id.as_str()), |key: ApiKey| {
                let same = key.id == *id;
                same.then(|| convert::api_key(key, &mut Interner::default()))
                    .ok_or("another key than the one asked for")
            })
            .await
    }

    async fn lookup(&self, fingerprints: &[String]) -> Result<Vec<LookedUp>, ServiceError> {
        // a search: it changes nothing, so it may be asked again
        let call = Call::new(Verb::Post, paths::API_KEY_LOOKUPS)
            .body(&Lookup { sha256: Some(fingerprints.to_vec()), ids: None });
        self.transport
            .read(&call, |list: Listed<LookupResult>| {
                let mut texts = Interner::default();
                let now = self.clock().now();
                let found: HashMap<String, Option<Key>> = list
                    .rows(fingerprints.len(), |result| {
                        let api_key = result.api_key.map(|key| convert::api_key(key, &mut texts));
                        let key = api_key.or_else(|| {
                            result.collection_access_key.map(|key| convert::collection_key(key, now, &mut texts))
                        });
                        (result.sha256.unwrap_or_default(), key)
                    })?
                    .rows
                    .into_iter()
                    .collect();
                fingerprints
                    .iter()
                    .map(|fingerprint| {
                        // a hash that the answer leaves out may still belong to a key
                        let key = found.get(fingerprint).cloned().ok_or("an answer that leaves out a hash")?;
                        Ok(LookedUp { fingerprint: fingerprint.clone(), key })
                    })
                    .collect()
            })
            .await
    }

    async fn keys_by_ids(&self, ids: &[KeyId]) -> Result<Vec<Key>, ServiceError> {
        // a search: it changes nothing, so it may be asked again
        let texts = ids.iter().map(|id| id.as_str().to_owned()).collect();
        let call = Call::new(Verb::Post, paths::API_KEY_LOOKUPS).body(&Lookup { sha256: None, ids: Some(texts) });
        self.transport
            .read(&call, |list: Listed<LookupResult>| {
                let (now, mut texts) = (self.clock().now(), Interner::default());
                let mut answered: HashSet<String> = HashSet::new();
                let mut keys = Vec::new();
                for result in list.rows(ids.len(), |result| result)?.rows {
                    let id = result.id.unwrap_or_default();
                    keys.extend(result.api_key.map(|key| convert::api_key(key, &mut texts)));
                    let collection = result.collection_access_key;
                    keys.extend(collection.map(|key| convert::collection_key(key, now, &mut texts)));
                    answered.insert(id);
                }
                // an id that the answer leaves out may still be a key's
                if ids.iter().any(|id| !answered.contains(id.as_str())) {
                    return Err("an answer that leaves out an id");
                }
                let asked: HashSet<&KeyId> = ids.iter().collect();
                keys.retain(|key| asked.contains(&key.id));
                Ok(keys)
            })
            .await
    }

    async fn refused_uses(
        &self,
        id: &KeyId,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Rows<TriedFrom>, ServiceError> {
        let asked = limit.clamp(1, MAX_LIMIT);
        let limit = asked.to_string();
        let call = Call::new(Verb::Get, paths::API_KEYS).of(id.as_str()).part("/refused-uses");
        let call = call.with("limit", &limit).after(cursor);
        self.transport.read_page(&call, |list: Listed<RefusedUse>| list.rows(asked as usize, convert::tried_from)).await
    }

    async fn notices(
        &self,
        query: &NoticeQuery,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Rows<Notice>, ServiceError> {
        let asked = limit.clamp(1, MAX_LIMIT);
        let limit = asked.to_string();
        let mut call = Call::new(Verb::Get, paths::NOTIFICATIONS).with("limit", &limit);
        if query.mine {
            call = call.with("scope", "mine");
        }
        if let Some(state) = &query.state {
            call = call.with("state", state.word());
        }
        let call = call.after(cursor);
        self.transport.read_page(&call, |list: Listed<Notification>| list.rows(asked as usize, Notice::from)).await
    }

    async fn findings(&self, cursor: Option<&str>, limit: u32) -> Result<Rows<Finding>, ServiceError> {
        let asked = limit.clamp(1, MAX_LIMIT);
        let limit = asked.to_string();
        // a search: it changes nothing, so it may be asked again
        let call = Call::new(Verb::Post, paths::DETECTED_SECRETS_QUERIES)
            .with("limit", &limit)
            .with("include", "meta.total")
            .after(cursor)
            .body(&json!({}));
        self.transport
            .read_page(&call, |list: Listed<DetectedSecret>| {
                let mut texts = Interner::default();
                list.rows(asked as usize, |secret| convert::finding(secret, &mut texts))
            })
            .await
    }

    async fn locations(&self, at: &Address, cursor: Option<&str>, limit: u32) -> Result<Locations, ServiceError> {
        let asked = locations::limit(limit);
        let limit = asked.to_string();
        let call = locations::call(at, cursor, &limit);
        self.transport.read(&call, |page: locations::Page| page.read(asked)).await
    }

    async fn audit(
        &self,
        query: &AuditQuery,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Rows<AuditEntry>, ServiceError> {
        let asked = limit.clamp(1, MAX_LIMIT);
        let limit = asked.to_string();
        let actor = query.actor.map(|user| user.to_string());
        let [since, until] = [query.since, query.until].map(|day| day.map(|day| day.format("%Y-%m-%d").to_string()));
        let after = query.after.map(|number| number.to_string());
        let order = if query.oldest_first { "asc" } else { "desc" };
        let mut call = Call::new(Verb::Get, paths::AUDIT_LOGS).with("limit", &limit).with("orderBy", order);
        for (name, value) in [
            ("keyId", query.key.as_ref().map(KeyId::as_str)),
            ("userId", actor.as_deref()),
            ("action", query.action.as_deref()),
            ("since", since.as_deref()),
            ("until", until.as_deref()),
            ("afterSeq", after.as_deref()),
        ] {
            if let Some(value) = value {
                call = call.with(name, value);
            }
        }
        let call = call.after(cursor);
        self.transport.read_page(&call, |page: AuditPage| page.rows(query, asked)).await
    }

    async fn settings(&self) -> Result<Settings, ServiceError> {
        self.transport.read(&Call::new(Verb::Get, paths::API_KEY_SETTINGS), policy::settings).await
    }

    async fn preview_settings(&self, change: &SettingsChange) -> Result<Impact, ServiceError> {
        let call = Call::new(Verb::Post, paths::API_KEY_SETTINGS_PREVIEW).body(change);
        self.transport.read(&call, policy::impact).await
    }

    async fn change_settings(&self, permit: &WritePermit, change: &SettingsChange) -> Result<Saved, ServiceError> {
        permit.check()?;
        self.transport.write(&Call::new(Verb::Put, paths::API_KEY_SETTINGS).body(change), policy::saved).await
    }

    async fn revoke_all(&self, permit: &WritePermit, which: &RevokeAll) -> Result<RevokedAll, ServiceError> {
        permit.check()?;
        let call = Call::new(Verb::Post, paths::API_KEY_REVOCATIONS).body(&Revocations {
            all: Some(true),
            except: Some(which.except.iter().map(|id| id.as_str().to_owned()).collect()),
            note: which.note.clone(),
            ..Revocations::default()
        });
        self.transport.write(&call.once(which.idempotency_key.as_deref()), policy::revoked_all).await
    }

    async fn act(&self, id: &KeyId) -> Result<ActProgress, ServiceError> {
        self.transport.read(&Call::new(Verb::Get, paths::ACTS).of(id.as_str()), policy::act).await
    }

    async fn create_api_key(&self, permit: &WritePermit, new: &NewKey) -> Result<(Key, Option<Secret>), ServiceError> {
        permit.check()?;
        let call = Call::new(Verb::Post, paths::API_KEYS).body(&NewApiKey {
            name: new.name.clone(),
            expires_at: new.expires.map(wire),
            contacts: (!new.contacts.is_empty()).then(|| new.contacts.clone()),
            rotated_from: new.rotated_from.as_ref().map(|id| id.as_str().to_owned()),
            access: new.access.clone(),
            owner_id: new.owner.map(|owner| owner.0),
            secret_hash: new.value.as_ref().map(|value| value.fingerprint.clone()),
            masked_value: new.value.as_ref().map(|value| value.masked.clone()),
            note: new.note.clone(),
        });
        let call = call.once(new.idempotency_key.as_deref());
        self.transport
            .write(&call, |created: CreatedApiKey| {
                if created.api_key.id.as_str().is_empty() {
                    return Err("an answer without the new key");
                }
                with_value(created, new.value.as_ref())
            })
            .await
    }

    async fn change_api_key(&self, permit: &WritePermit, id: &KeyId, change: &KeyChange) -> Result<Key, ServiceError> {
        permit.check()?;
        let call = Call::new(Verb::Patch, paths::API_KEYS).of(id.as_str()).body(&KeyPatch {
            name: change.name.clone(),
            contacts: change.contacts.clone(),
            status: change.enabled.map(|enabled| if enabled { "enabled" } else { "disabled" }.to_owned()),
            disabled_until: change.disabled_until.map(wire),
            expires_at: change.expires.map(wire),
            access: change.access.clone(),
            owner_id: change.owner.map(|owner| owner.0),
            note: change.note.clone(),
        });
        self.transport
            .write(&call, |key: ApiKey| {
                if key.id != *id {
                    return Err("another key than the one that was to be changed");
                }
                Ok(convert::api_key(key, &mut Interner::default()))
            })
            .await
    }

    async fn create_user(
        &self,
        permit: &WritePermit,
        new: &NewUser,
        note: Option<&str>,
    ) -> Result<(User, Option<Secret>), ServiceError> {
        permit.check()?;
        let note = note.map(str::to_owned);
        let person = matches!(new, NewUser::Person { .. });
        let body = match new.clone() {
            NewUser::Person { name, email, roles } => {
                WireNewUser { name, email: Some(email), roles: Some(roles), kind: None, contacts: None, note }
            }
            NewUser::Service { name, contacts } => WireNewUser {
                name,
                email: None,
                roles: None,
                kind: Some(UserKind::Service),
                contacts: Some(contacts),
                note,
            },
        };
        let call = Call::new(Verb::Post, paths::USERS).body(&body);
        self.transport
            .write(&call, |made: CreatedUser| {
                let value = made.value.map(Secret::new).filter(|value| !value.expose().is_empty());
                if made.user.id == UserId::default() || person != value.is_some() {
                    return Err("an answer without the new user, or without their first key");
                }
                Ok((convert::user(made.user), value))
            })
            .await
    }

    async fn change_user(&self, permit: &WritePermit, id: UserId, change: &UserChange) -> Result<User, ServiceError> {
        permit.check()?;
        let patch = UserPatch {
            roles: change.roles.clone(),
            active: change.active,
            note: change.note.clone(),
            ..UserPatch::default()
        };
        let number = id.to_string();
        let call = Call::new(Verb::Patch, paths::USERS).of(&number).body(&patch);
        self.transport
            .write(&call, |user: UserAnswer| {
                if user.id != id {
                    return Err("another user than the one that was to be changed");
                }
                Ok(convert::user(user))
            })
            .await
    }

    async fn regenerate_api_key(
        &self,
        permit: &WritePermit,
        id: &KeyId,
        new: &Regeneration,
    ) -> Result<(Key, Option<Secret>), ServiceError> {
        permit.check()?;
        let call = Call::new(Verb::Post, paths::API_KEYS).of(id.as_str()).part("/regenerate").body(&Regenerate {
            overlap_seconds: Some(new.overlap_seconds),
            secret_hash: new.value.as_ref().map(|value| value.fingerprint.clone()),
            masked_value: new.value.as_ref().map(|value| value.masked.clone()),
            note: new.note.clone(),
        });
        self.transport
            .write(&call, |made: CreatedApiKey| {
                if made.api_key.id != *id {
                    return Err("another key than the one that was to be changed");
                }
                with_value(made, new.value.as_ref())
            })
            .await
    }

    async fn delete_api_key(&self, permit: &WritePermit, id: &KeyId, note: Option<&str>) -> Result<(), ServiceError> {
        permit.check()?;
        self.transport.write_silent(&noted(Call::new(Verb::Delete, paths::API_KEYS).of(id.as_str()), note)).await
    }

    async fn revoke_api_keys(
        &self,
        permit: &WritePermit,
        ids: &[KeyId],
        reason: Option<&Revocation>,
        note: Option<&str>,
    ) -> Result<Vec<Revoked>, ServiceError> {
        permit.check()?;
        let call = Call::new(Verb::Post, paths::API_KEY_REVOCATIONS).body(&Revocations {
            ids: Some(ids.iter().map(|id| id.as_str().to_owned()).collect()),
            revocation: reason.cloned(),
            note: note.map(str::to_owned),
            ..Revocations::default()
        });
        self.transport
            .write(&call, |list: Listed<RevocationResult>| {
                let outcomes: HashMap<KeyId, Revoked> = list
                    .rows(ids.len(), |result| (result.id, convert::revoked(&result.outcome)))?
                    .rows
                    .into_iter()
                    .collect();
                Ok(ids.iter().map(|id| outcomes.get(id).cloned().unwrap_or(Revoked::Unclear)).collect())
            })
            .await
    }

    async fn create_collection_access_key(
        &self,
        permit: &WritePermit,
        collection_id: &str,
        collection_name: Option<&str>,
        note: Option<&str>,
    ) -> Result<(Key, Secret), ServiceError> {
        permit.check()?;
        let call = Call::new(Verb::Post, paths::COLLECTION_ACCESS_KEYS).body(&NewCollectionAccessKey {
            collection_id: collection_id.to_owned(),
            collection_name: collection_name.map(str::to_owned),
            note: note.map(str::to_owned),
        });
        self.transport
            .write(&call, |created: CreatedCollectionAccessKey| {
                let value = Secret::new(created.value);
                if value.expose().is_empty() || created.collection_access_key.id.as_str().is_empty() {
                    return Err("an answer without the new key");
                }
                let key = convert::collection_key(
                    created.collection_access_key,
                    self.clock().now(),
                    &mut Interner::default(),
                );
                Ok((key, value))
            })
            .await
    }

    async fn resolve_finding(&self, permit: &WritePermit, resolving: &Resolving) -> Result<Resolution, ServiceError> {
        permit.check()?;
        let call = Call::new(Verb::Put, paths::DETECTED_SECRETS).of(resolving.secret.as_str()).body(&Resolve {
            resolution: resolving.resolution.clone(),
            workspace_id: resolving.workspace.clone(),
            note: resolving.note.clone(),
        });
        let wanted = &resolving.resolution;
        self.transport
            .write(&call, |resolved: ResolvedSecret| {
                (resolved.resolution == *wanted)
                    .then_some(resolved.resolution)
                    .ok_or("another resolution than was asked for")
            })
            .await
    }

    async fn report_finding(&self, permit: &WritePermit, report: &Report) -> Result<Reported, ServiceError> {
        permit.check()?;
        let call = Call::new(Verb::Post, paths::DETECTED_SECRETS).body(&SecretReport {
            secret_hash: Some(report.fingerprint.clone()),
            value: None,
            secret_type: report.secret_type.clone(),
            obfuscated_secret: Some(report.masked.clone()),
            source: report.source.clone(),
            url: report.url.clone(),
            resource_type: Some(report.resource.clone()),
            resource_id: None,
            workspace_id: None,
            workspace_visibility: None,
            detected_at: None,
        });
        self.transport
            .write(&call, |answer: DetectedSecret| {
                let same = answer.secret_hash.as_received() == report.fingerprint;
                let reported = Reported { resolution: answer.resolution, key_status: answer.api_key_status };
                if same { Ok(reported) } else { Err("an answer about another secret than the one reported") }
            })
            .await
    }

    async fn delete_collection_access_key(
        &self,
        permit: &WritePermit,
        id: &KeyId,
        note: Option<&str>,
    ) -> Result<(), ServiceError> {
        permit.check()?;
        let call = Call::new(Verb::Delete, paths::COLLECTION_ACCESS_KEYS).of(id.as_str());
        self.transport.write_silent(&noted(call, note)).await
    }
}

/// A deletion with what is said of it; without a note it has no body.
fn noted<'a>(call: Call<'a>, note: Option<&str>) -> Call<'a> {
    match note {
        Some(note) => call.body(&Noted { note: Some(note.to_owned()) }),
        None => call,
    }
}

/// A key that was given a value, and the value where the server minted it. `minted` is what the server was told of a value
/// that was minted here, which the key has to have then.
fn with_value(made: CreatedApiKey, minted: Option<&MintedValue>) -> Result<(Key, Option<Secret>), &'static str> {
    let value = made.value.map(Secret::new).filter(|value| !value.expose().is_empty());
    let value = match (minted, value) {
        // whether it is the one that was to be set is not judged here
        (Some(_), _) if !key_value::is_fingerprint(made.api_key.secret_hash.as_received()) => {
            return Err("an answer that does not tell which value was set");
        }
        (Some(_), _) => None,
        (None, None) => return Err("an answer without the new value"),
        (None, value) => value,
    };
    Ok((convert::api_key(made.api_key, &mut Interner::default()), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_the_log_is_read_wherever_its_cursor_stands() {
        let read =
            |json: Value| serde_json::from_value::<AuditPage>(json).unwrap().rows(&AuditQuery::default(), MAX_LIMIT);
        assert!(read(json!({"data": []})).is_err());
        let next = |json: Value| read(json).unwrap().next;
        assert_eq!(next(json!({"trails": [], "nextCursor": "c"})).as_deref(), Some("c"));
        assert_eq!(next(json!({"trails": [], "meta": {"nextCursor": "c"}})).as_deref(), Some("c"));
        assert_eq!(next(json!({"trails": [], "nextCursor": "", "meta": null})), None);
        let sparse = read(json!({"trails": [{"id": 7.0, "action": "user.login", "data": null}]})).unwrap();
        assert_eq!((sparse.rows[0].number, &sparse.rows[0].target), (7, &None));
    }

    #[test]
    fn entries_of_another_key_are_not_taken_for_the_one_asked_for() {
        let page = json!({"nextCursor": "c", "trails": [
            {"id": 2, "data": {"variables": {"apiKeyId": "other"}}},
            {"id": 1, "data": {"variables": {"apiKeyId": "k"}}},
            {"id": 0, "data": {"variables": {"userId": 7}}},
        ]});
        let page: AuditPage = serde_json::from_value(page).unwrap();
        let found = page.rows(&AuditQuery { key: Some("k".into()), ..AuditQuery::default() }, MAX_LIMIT).unwrap();
        assert_eq!((found.rows.len(), found.rows[0].number, found.next.as_deref()), (1, 1, Some("c")));
    }

    #[test]
    fn an_answer_without_its_list_is_no_empty_list() {
        let read = |json: Value| serde_json::from_value::<Listed<ApiKey>>(json).unwrap().rows(PAGE, |key| key.id);
        assert!(read(json!({"ok": true})).is_err());
        assert!(read(json!({"data": null})).is_err());
        assert!(read(json!({"data": []})).unwrap().rows.is_empty());
        let page = read(json!({"data": [{}], "meta": {"nextCursor": "c", "total": 3.0}})).unwrap();
        assert_eq!((page.rows.len(), page.next.as_deref(), page.total), (1, Some("c"), Some(3)));
        assert_eq!(read(json!({"data": [], "meta": null})).unwrap().next, None);
        assert_eq!(read(json!({"data": [], "meta": {"nextCursor": ""}})).unwrap().next, None);
    }
}
