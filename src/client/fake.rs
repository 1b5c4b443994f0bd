//! A backend in memory, for tests of what is built on `KeyService`: it holds keys, revokes them, and fails as told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::sync::watch;

use super::capabilities::{Capabilities, Capability};
use super::error::{Asked, ErrorKind, ServiceError};
use super::proof::{Cost, Look, Probe, Proof, TakesEffect};
use super::{
    InFlight, KeyChange, KeyService, Listener, LookedUp, MintedValue, NewKey, RateLimit, Regeneration, Revoked, Rows,
    Scope, ServerClock, WritePermit,
};
use crate::domain::act::{ActProgress, RevokeAll, RevokedAll};
use crate::domain::audit::{AuditEntry, AuditQuery};
use crate::domain::finding::{Address, Finding, Resolution, Resolving};
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key::{Key, Revocation, Status, TriedFrom};
use crate::domain::key_value::{self, Digest32, KeyKind, digest, hex};
use crate::domain::location::{Location, Locations, Resolved};
use crate::domain::notice::{Notice, NoticeQuery};
use crate::domain::report::{Report, Reported};
use crate::domain::secret::Secret;
use crate::domain::settings::{Impact, Saved, Settings, SettingsChange};
use crate::domain::team::{Me, Role, User, UserChange};
use crate::domain::time::When;
use crate::domain::untrusted::Untrusted;

const ADDRESS: &str = "https://keys.team.example";

const NOT_ACCEPTED: &[Look] = &[Look::Refusal(401, "AuthenticationError")];

const PROOF: Proof = Proof {
    question: "CALL probe",
    accepted: &[Look::Identified],
    refused: NOT_ACCEPTED,
    made_up: NOT_ACCEPTED,
    make_up: || key_value::mint(KeyKind::ApiKey, getrandom::fill).ok(),
    counts_as_use: false,
    prolongs: false,
    cost: Cost::Nothing,
    revocation: TakesEffect::AtOnce,
};

/// Something that goes wrong once.
#[derive(Debug)]
struct Fault {
    method: &'static str,
    done_all_the_same: bool,
    error: ServiceError,
}

/// What a fake backend holds. Tests set it up and look into it through [`FakeService::state`].
#[derive(Debug)]
pub struct State {
    /// API keys and collection access keys, newest first.
    pub keys: Vec<Key>,
    pub findings: Vec<Finding>,
    /// Where secrets stand, each with the id of its secret.
    pub locations: Vec<(KeyId, Location)>,
    /// How findings were resolved, each with the id of its secret, the first time first.
    pub resolved: Vec<(KeyId, Resolved)>,
    /// What was reported, in order.
    pub reports: Vec<Report>,
    /// Whether a report revokes the key that it is about.
    pub revokes_exposed: bool,
    /// The audit log, the latest entry first.
    pub audit: Vec<AuditEntry>,
    /// From where each key is tried that no longer works.
    pub tried: Vec<(KeyId, TriedFrom)>,
    /// What people are told, the latest first.
    pub notices: Vec<Notice>,
    pub users: Vec<User>,
    /// Who asks.
    pub me: Me,
    pub settings: Settings,
    /// What any change of them would do.
    pub impact: Impact,
    /// What is answered of an act, one after the other: the next change that could be one is, while there are any.
    pub acts: VecDeque<ActProgress>,
    /// What is left of the rate limit.
    pub rate_limit: Option<RateLimit>,
    /// Ids that the role may not revoke.
    pub forbidden: Vec<KeyId>,
    /// What is answered for the next value that is minted here, whatever it is.
    pub answers_value: Option<Secret>,
    /// Whether any value is taken for a good one.
    pub accepts_everything: bool,
    /// Whether a key goes on being accepted after it was revoked.
    pub accepts_revoked: bool,
    /// So many times a key that is not enabled is accepted all the same when it is probed.
    pub late: usize,
    /// What a probe with a value that no key has is refused with, instead of what the proof declares.
    pub unknown_refused_with: Option<(u16, &'static str)>,
    /// Each call made, by the trait's method name and, for writes, what it was about: `revoke_api_keys a b`.
    pub calls: Vec<String>,
    faults: VecDeque<Fault>,
}

/// A backend in memory, for tests.
#[derive(Debug)]
pub struct FakeService {
    state: Arc<Mutex<State>>,
    /// Asked with the key of this digest, instead of [`State::me`]'s own.
    key: Option<Digest32>,
    capabilities: Capabilities,
    clock: ServerClock,
    prolongs: bool,
}

impl FakeService {
    /// A backend with these keys, asked by user 1, an admin.
    pub fn new(keys: Vec<Key>) -> Self {
        let me = Me {
            id: UserId(1),
            name: Untrusted::from("Ada Admin"),
            email: Untrusted::from("ada@team.example"),
            team: Untrusted::from("Team"),
            roles: vec![Role::Admin],
            own_key: None,
            own_key_expires: When::Never,
            own_access: crate::domain::key::Access::Full,
            roles_tell: true,
            guest: false,
            allowances: Vec::new(),
        };
        let state = State {
            keys,
            findings: Vec::new(),
            locations: Vec::new(),
            resolved: Vec::new(),
            reports: Vec::new(),
            revokes_exposed: false,
            audit: Vec::new(),
            tried: Vec::new(),
            notices: Vec::new(),
            users: Vec::new(),
            me,
            settings: Settings::default(),
            impact: Impact::default(),
            acts: VecDeque::new(),
            rate_limit: None,
            forbidden: Vec::new(),
            answers_value: None,
            accepts_everything: false,
            accepts_revoked: false,
            late: 0,
            unknown_refused_with: None,
            calls: Vec::new(),
            faults: VecDeque::new(),
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            key: None,
            capabilities: Capabilities::all(),
            clock: ServerClock::default(),
            prolongs: false,
        }
    }

    /// The same, where each question about a value lets its key live longer.
    #[must_use]
    pub fn prolonging(self) -> Self {
        Self { prolongs: true, ..self }
    }

    /// The same backend with these capabilities only.
    #[must_use]
    pub fn with_capabilities(self, capabilities: Capabilities) -> Self {
        Self { capabilities, ..self }
    }

    /// The same backend, at which it is as late as `clock` says.
    #[must_use]
    pub fn with_clock(self, clock: ServerClock) -> Self {
        Self { clock, ..self }
    }

    /// What the backend holds, to set up or look into.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next call of the trait's `method` fails with `kind`, without effect. Several are used up in order.
    pub fn fail(&self, method: &'static str, kind: ErrorKind) {
        self.fail_with(method, fault(method, kind), false);
    }

    /// The next call of `method` has its effect, but its answer is lost.
    pub fn lose_answer(&self, method: &'static str) {
        self.fail_with(method, fault(method, ErrorKind::LostAnswer), true);
    }

    /// The next call of `method` fails with `error`; `done_all_the_same` says whether it has its effect.
    pub fn fail_with(&self, method: &'static str, error: ServiceError, done_all_the_same: bool) {
        self.state().faults.push_back(Fault { method, done_all_the_same, error });
    }

    /// How often the trait's `method` was called.
    pub fn count(&self, method: &str) -> usize {
        self.state().calls.iter().filter(|call| call.split(' ').next() == Some(method)).count()
    }

    fn require(&self, needed: impl IntoIterator<Item = Capability>) -> Result<(), ServiceError> {
        self.capabilities.require(needed, ADDRESS)
    }

    /// Notes a call, then answers it with `act`, unless something is to go wrong.
    fn answer<T>(
        &self,
        method: &'static str,
        about: &str,
        act: impl FnOnce(&mut State) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        let mut state = self.state();
        state.calls.push(format!("{method} {about}").trim_end().to_owned());
        let Some(at) = state.faults.iter().position(|fault| fault.method == method) else {
            return act(&mut state);
        };
        match state.faults.remove(at) {
            Some(fault) if fault.done_all_the_same => act(&mut state).and(Err(fault.error)),
            Some(fault) => Err(fault.error),
            None => act(&mut state),
        }
    }
}

/// An error of `kind`, as if the trait's `method` had failed so.
fn fault(method: &str, kind: ErrorKind) -> ServiceError {
    let asked = Asked { method: "CALL", path: method.to_owned(), address: ADDRESS.to_owned() };
    ServiceError::new(kind, asked, format!("{kind:?}, as the test says"))
}

impl State {
    fn wrong(method: &str, field: &'static str) -> ServiceError {
        ServiceError { field: Some(Untrusted::from(field)), ..fault(method, ErrorKind::Invalid) }
    }

    /// Who asks with the value of this digest.
    fn me(&self, digest: Digest32) -> Result<Me, ServiceError> {
        let alive = |key: &Key| match key.status {
            Status::Enabled => true,
            Status::Revoked => self.accepts_revoked,
            _ => false,
        };
        let accepted = |key: &&Key| key.digest == Some(digest) && alive(key);
        match self.keys.iter().find(accepted) {
            Some(key) => Ok(Me { id: key.owner_id, own_key: Some(key.id.clone()), ..self.me.clone() }),
            None if self.accepts_everything => Ok(self.me.clone()),
            None => Err(ServiceError {
                status: Some(401),
                name: Some(Untrusted::from("AuthenticationError")),
                ..fault("me", ErrorKind::Unauthenticated)
            }),
        }
    }

    /// What a key gets of a value: that of the caller's, or one that is minted here.
    fn value(told: Option<&MintedValue>) -> (Option<Digest32>, Untrusted, Option<Secret>) {
        let minted_here = || key_value::mint(KeyKind::ApiKey, getrandom::fill).ok();
        match told {
            Some(told) => {
                (key_value::digest_of_fingerprint(&told.fingerprint), Untrusted::from(told.masked.as_str()), None)
            }
            None => match minted_here() {
                Some(value) => {
                    let masked = key_value::mask(value.expose());
                    (Some(digest(value.expose())), Untrusted::from(masked), Some(value))
                }
                None => (None, Untrusted::default(), None),
            },
        }
    }

    fn revoke(&mut self, kind: KeyKind, id: &KeyId) -> Revoked {
        if self.forbidden.contains(id) {
            return Revoked::Denied;
        }
        match self.keys.iter_mut().find(|key| key.kind == kind && key.id == *id) {
            None => Revoked::NotFound,
            Some(key) if key.status == Status::Revoked => Revoked::Before,
            Some(key) => {
                key.status = Status::Revoked;
                Revoked::Now
            }
        }
    }

    /// Calls the open findings of a key that was revoked resolved.
    fn resolve_all_of(&mut self, id: &KeyId) {
        let open = self.findings.iter_mut().filter(|finding| finding.is_open() && finding.key_id.as_ref() == Some(id));
        for finding in open {
            finding.resolution = Resolution::Revoked;
            let resolved = Resolved { at: When::Never, by: None, resolution: Resolution::Revoked };
            self.resolved.push((finding.secret_id.clone(), resolved));
        }
    }

    fn delete(&mut self, method: &str, kind: KeyKind, id: &KeyId) -> Result<(), ServiceError> {
        match self.revoke(kind, id) {
            Revoked::Now => Ok(()),
            Revoked::Denied => Err(fault(method, ErrorKind::Denied)),
            _ => Err(fault(method, ErrorKind::NotFound)),
        }
    }
}

fn page<T: Clone>(rows: &[T], cursor: Option<&str>, limit: u32) -> Rows<T> {
    let start = cursor.and_then(|cursor| cursor.parse().ok()).unwrap_or(0_usize).min(rows.len());
    let end = (start + limit as usize).min(rows.len());
    Rows {
        rows: rows[start..end].to_vec(),
        next: (end < rows.len()).then(|| end.to_string()),
        total: cursor.is_none().then_some(rows.len() as u64),
        bytes: 0,
    }
}

#[async_trait]
impl KeyService for FakeService {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn address(&self) -> String {
        ADDRESS.to_owned()
    }

    fn on_call(&self, _listener: Listener) {}

    fn in_flight(&self) -> watch::Receiver<InFlight> {
        watch::channel(InFlight::default()).1
    }

    fn clock(&self) -> &ServerClock {
        &self.clock
    }

    fn rate_limit(&self) -> Option<RateLimit> {
        self.state().rate_limit
    }

    fn with_key(&self, key: Secret) -> Result<Arc<dyn KeyService>, ServiceError> {
        let key = Some(digest(key.expose()));
        let (capabilities, clock) = (self.capabilities.clone(), self.clock.clone());
        Ok(Arc::new(Self { state: Arc::clone(&self.state), key, capabilities, clock, prolongs: self.prolongs }))
    }

    fn proof(&self) -> &Proof {
        if self.prolongs { &Proof { prolongs: true, ..PROOF } } else { &PROOF }
    }

    async fn probe(&self, value: &Secret) -> Result<Probe, ServiceError> {
        let digest = digest(value.expose());
        self.answer("probe", "", |state| {
            let known = state.keys.iter().find(|key| key.digest == Some(digest)).cloned();
            match (known, state.unknown_refused_with) {
                (Some(key), _) if key.status != Status::Enabled && state.late > 0 => {
                    state.late -= 1;
                    let me = Me { id: key.owner_id, own_key: Some(key.id), ..state.me.clone() };
                    Ok(Probe::Success(Some(Box::new(me))))
                }
                (None, Some((status, name))) => Ok(Probe::Refusal(status, name.into())),
                _ => Probe::of(state.me(digest).map(|me| Some(Box::new(me)))),
            }
        })
    }

    async fn me(&self) -> Result<Me, ServiceError> {
        self.answer("me", "", |state| match self.key {
            Some(digest) => state.me(digest),
            None => Ok(state.me.clone()),
        })
    }

    async fn users(&self) -> Result<Vec<User>, ServiceError> {
        self.require([Capability::Users])?;
        self.answer("users", "", |state| Ok(state.users.clone()))
    }

    async fn change_user(&self, permit: &WritePermit, id: UserId, change: &UserChange) -> Result<User, ServiceError> {
        permit.check()?;
        self.require([Capability::ManageUsers])?;
        self.answer("change_user", &id.to_string(), |state| {
            let user = state
                .users
                .iter_mut()
                .find(|user| user.id == id)
                .ok_or_else(|| fault("change_user", ErrorKind::NotFound))?;
            if let Some(roles) = &change.roles {
                user.roles.clone_from(roles);
            }
            user.active = change.active.unwrap_or(user.active);
            Ok(user.clone())
        })
    }

    async fn keys(&self, scope: Scope, cursor: Option<&str>, limit: u32) -> Result<Rows<Key>, ServiceError> {
        self.require([scope.needs()])?;
        self.answer("keys", "", |state| {
            let me = state.me.id;
            let listed = |key: &&Key| match scope {
                Scope::Mine => key.kind == KeyKind::ApiKey && key.owner_id == me,
                Scope::Team => key.kind == KeyKind::ApiKey,
                Scope::Collections => key.kind == KeyKind::CollectionAccessKey,
            };
            Ok(page(&state.keys.iter().filter(listed).cloned().collect::<Vec<_>>(), cursor, limit))
        })
    }

    async fn api_key(&self, id: &KeyId) -> Result<Key, ServiceError> {
        self.answer("api_key", id.as_str(), |state| {
            let found = state.keys.iter().find(|key| key.kind == KeyKind::ApiKey && key.id == *id);
            found.cloned().ok_or_else(|| fault("api_key", ErrorKind::NotFound))
        })
    }

    async fn lookup(&self, fingerprints: &[String]) -> Result<Vec<LookedUp>, ServiceError> {
        self.require([Capability::Lookup])?;
        self.answer("lookup", &fingerprints.join(" "), |state| {
            let find = |fingerprint: &String| {
                state.keys.iter().find(|key| key.digest.is_some_and(|digest| hex(&digest) == *fingerprint)).cloned()
            };
            Ok(fingerprints.iter().map(|f| LookedUp { fingerprint: f.clone(), key: find(f) }).collect())
        })
    }

    async fn keys_by_ids(&self, ids: &[KeyId]) -> Result<Vec<Key>, ServiceError> {
        self.require([Capability::ReadByIds])?;
        let about = ids.iter().map(KeyId::as_str).collect::<Vec<_>>().join(" ");
        self.answer("keys_by_ids", &about, |state| {
            Ok(state.keys.iter().filter(|key| ids.contains(&key.id)).cloned().collect())
        })
    }

    async fn findings(&self, cursor: Option<&str>, limit: u32) -> Result<Rows<Finding>, ServiceError> {
        self.require([Capability::Findings])?;
        self.answer("findings", "", |state| Ok(page(&state.findings, cursor, limit)))
    }

    async fn locations(&self, at: &Address, cursor: Option<&str>, limit: u32) -> Result<Locations, ServiceError> {
        self.require([Capability::Locations])?;
        self.answer("locations", at.secret.as_str(), |state| {
            let named = |finding: &Finding| finding.address() == *at;
            if !state.findings.iter().any(named) {
                return Err(fault("locations", ErrorKind::NotFound));
            }
            let of = |(secret, place): &(KeyId, Location)| (*secret == at.secret).then(|| place.clone());
            let places: Vec<Location> = state.locations.iter().filter_map(of).collect();
            let Rows { rows, next, .. } = page(&places, cursor, limit);
            let said = |(secret, resolved): &(KeyId, Resolved)| (*secret == at.secret).then(|| resolved.clone());
            let history = state.resolved.iter().filter_map(said).collect();
            Ok(Locations { places: rows, total: Some(places.len() as u64), next, history })
        })
    }

    async fn refused_uses(
        &self,
        id: &KeyId,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Rows<TriedFrom>, ServiceError> {
        self.require([Capability::RefusedUses])?;
        self.answer("refused_uses", id.as_str(), |state| {
            let of_key = state.tried.iter().filter(|(key, _)| key == id);
            Ok(page(&of_key.map(|(_, tried)| tried.clone()).collect::<Vec<_>>(), cursor, limit))
        })
    }

    async fn notices(
        &self,
        query: &NoticeQuery,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Rows<Notice>, ServiceError> {
        self.require([Capability::Notices])?;
        self.answer("notices", "", |state| {
            let asked = |notice: &&Notice| {
                query.state.as_ref().is_none_or(|asked| notice.state == *asked)
                    && (!query.mine || notice.recipient == state.me.email)
            };
            Ok(page(&state.notices.iter().filter(asked).cloned().collect::<Vec<_>>(), cursor, limit))
        })
    }

    async fn audit(
        &self,
        query: &AuditQuery,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Rows<AuditEntry>, ServiceError> {
        self.require([Capability::AuditLog])?;
        if query.key.is_some() {
            self.require([Capability::AuditByKey])?;
        }
        let about = query.key.as_ref().map_or("", KeyId::as_str);
        self.answer("audit", about, |state| {
            let day = |entry: &AuditEntry| entry.at.time().map(|at| at.date_naive());
            let asked = |entry: &&AuditEntry| {
                query.key.as_ref().is_none_or(|key| entry.key.as_ref() == Some(key))
                    && query.actor.is_none_or(|user| entry.actor.as_ref().is_some_and(|actor| actor.id == user))
                    && query.action.as_ref().is_none_or(|action| entry.action.as_received() == action)
                    && query.since.is_none_or(|since| day(entry).is_some_and(|day| day >= since))
                    && query.after.is_none_or(|after| entry.number > after)
                    && query.until.is_none_or(|until| day(entry).is_some_and(|day| day <= until))
            };
            let mut found: Vec<AuditEntry> = state.audit.iter().filter(asked).cloned().collect();
            if query.oldest_first {
                found.reverse();
            }
            Ok(Rows { total: None, ..page(&found, cursor, limit) })
        })
    }

    async fn settings(&self) -> Result<Settings, ServiceError> {
        self.require([Capability::Settings])?;
        self.answer("settings", "", |state| Ok(state.settings.clone()))
    }

    async fn preview_settings(&self, change: &SettingsChange) -> Result<Impact, ServiceError> {
        self.require([Capability::ChangeSettings])?;
        self.answer("preview_settings", &serde_json::to_string(change).unwrap_or_default(), |state| {
            change.apply_to(&state.settings).map_err(|wrong| State::wrong("preview_settings", wrong.field))?;
            Ok(state.impact.clone())
        })
    }

    async fn change_settings(&self, permit: &WritePermit, change: &SettingsChange) -> Result<Saved, ServiceError> {
        permit.check()?;
        self.require([Capability::ChangeSettings])?;
        self.answer("change_settings", &serde_json::to_string(change).unwrap_or_default(), |state| {
            if change.version != Some(state.settings.version) {
                return Err(ServiceError {
                    reason: Some(Untrusted::from("version")),
                    ..fault("change_settings", ErrorKind::Conflict)
                });
            }
            let after = change.apply_to(&state.settings);
            let mut after = after.map_err(|wrong| State::wrong("change_settings", wrong.field))?;
            after.version += i64::from(after != state.settings);
            state.settings = after.clone();
            Ok(state.acts.pop_front().map_or(Saved::Done(after), Saved::UnderWay))
        })
    }

    async fn revoke_all(&self, permit: &WritePermit, which: &RevokeAll) -> Result<RevokedAll, ServiceError> {
        permit.check()?;
        self.require([Capability::RevokeAll])?;
        let except: Vec<&str> = which.except.iter().map(KeyId::as_str).collect();
        self.answer("revoke_all", &except.join(" "), |state| {
            let mut revoked = 0;
            for key in state.keys.iter_mut().filter(|key| key.kind == KeyKind::ApiKey) {
                if key.status != Status::Revoked && !which.except.contains(&key.id) {
                    key.status = Status::Revoked;
                    revoked += 1;
                }
            }
            let done = RevokedAll::Done { revoked, forbidden: 0 };
            Ok(state.acts.pop_front().map_or(done, RevokedAll::UnderWay))
        })
    }

    async fn act(&self, id: &KeyId) -> Result<ActProgress, ServiceError> {
        self.require([Capability::RevokeAll])?;
        self.answer("act", id.as_str(), |state| state.acts.pop_front().ok_or_else(|| fault("act", ErrorKind::NotFound)))
    }

    async fn create_api_key(&self, permit: &WritePermit, new: &NewKey) -> Result<(Key, Option<Secret>), ServiceError> {
        permit.check()?;
        self.require(new.needs())?;
        self.answer("create_api_key", &new.name, |state| {
            let (digest, masked, value) = State::value(new.value.as_ref());
            let value = state.answers_value.take().or(value);
            if state.keys.iter().any(|key| key.digest == digest) {
                return Err(fault("create_api_key", ErrorKind::Conflict));
            }
            let key = Key {
                name: Untrusted::from(new.name.as_str()),
                masked,
                digest,
                owner_id: new.owner.unwrap_or(state.me.id),
                contacts: new.contacts.iter().map(|contact| Untrusted::from(contact.as_str())).collect(),
                expires: new.expires.into(),
                rotated_from: new.rotated_from.clone(),
                access: new.access.clone().unwrap_or_default(),
                minted_with: state.me.own_key.clone(),
                ..Key::sample(&format!("new-{}", state.keys.len()))
            };
            state.keys.insert(0, key.clone());
            Ok((key, value))
        })
    }

    async fn change_api_key(&self, permit: &WritePermit, id: &KeyId, change: &KeyChange) -> Result<Key, ServiceError> {
        permit.check()?;
        self.require(change.needs())?;
        self.answer("change_api_key", id.as_str(), |state| {
            let key = state.keys.iter_mut().find(|key| key.kind == KeyKind::ApiKey && key.id == *id);
            let key = key.ok_or_else(|| fault("change_api_key", ErrorKind::NotFound))?;
            if let Some(name) = &change.name {
                key.name = Untrusted::from(name.as_str());
            }
            if let Some(contacts) = &change.contacts {
                key.contacts = contacts.iter().map(|contact| Untrusted::from(contact.as_str())).collect();
            }
            if let Some(expires) = change.expires {
                key.expires = expires.into();
            }
            if let Some(owner) = change.owner {
                key.owner_id = owner;
            }
            if let Some(access) = &change.access {
                key.access = access.clone();
            }
            if let Some(enabled) = change.enabled {
                key.status = if enabled { Status::Enabled } else { Status::Disabled };
                key.disabled_until = change.disabled_until.into();
            }
            Ok(key.clone())
        })
    }

    async fn regenerate_api_key(
        &self,
        permit: &WritePermit,
        id: &KeyId,
        new: &Regeneration,
    ) -> Result<(Key, Option<Secret>), ServiceError> {
        permit.check()?;
        self.require([Capability::Regenerate])?;
        let now = self.clock().present().now;
        self.answer("regenerate_api_key", id.as_str(), |state| {
            let key = state.keys.iter_mut().find(|key| key.kind == KeyKind::ApiKey && key.id == *id);
            let key = key.ok_or_else(|| fault("regenerate_api_key", ErrorKind::NotFound))?;
            let (digest, masked, value) = State::value(new.value.as_ref());
            (key.digest, key.masked) = (digest, masked);
            let overlap = chrono::TimeDelta::seconds(i64::try_from(new.overlap_seconds).unwrap_or_default());
            key.overlap_ends = (overlap > chrono::TimeDelta::zero()).then(|| now + overlap).into();
            Ok((key.clone(), state.answers_value.take().or(value)))
        })
    }

    async fn delete_api_key(&self, permit: &WritePermit, id: &KeyId, note: Option<&str>) -> Result<(), ServiceError> {
        permit.check()?;
        let _ = note;
        self.require([Capability::DeleteKeys])?;
        let resolves = self.capabilities.has(Capability::RevokeResolves);
        self.answer("delete_api_key", id.as_str(), |state| {
            state.delete("delete_api_key", KeyKind::ApiKey, id)?;
            if resolves {
                state.resolve_all_of(id);
            }
            Ok(())
        })
    }

    async fn revoke_api_keys(
        &self,
        permit: &WritePermit,
        ids: &[KeyId],
        _reason: Option<&Revocation>,
        _note: Option<&str>,
    ) -> Result<Vec<Revoked>, ServiceError> {
        permit.check()?;
        self.require([Capability::RevokeMany])?;
        let about = ids.iter().map(KeyId::as_str).collect::<Vec<_>>().join(" ");
        let resolves = self.capabilities.has(Capability::RevokeResolves);
        self.answer("revoke_api_keys", &about, |state| {
            let revoke = |id: &KeyId| {
                let revoked = state.revoke(KeyKind::ApiKey, id);
                if resolves && revoked == Revoked::Now {
                    state.resolve_all_of(id);
                }
                revoked
            };
            Ok(ids.iter().map(revoke).collect())
        })
    }

    async fn create_collection_access_key(
        &self,
        permit: &WritePermit,
        collection_id: &str,
        collection_name: Option<&str>,
        note: Option<&str>,
    ) -> Result<(Key, Secret), ServiceError> {
        permit.check()?;
        let _ = note;
        self.require([Capability::CreateCollectionKeys])?;
        self.answer("create_collection_access_key", collection_id, |state| {
            let key = Key {
                kind: KeyKind::CollectionAccessKey,
                name: Untrusted::from(collection_name.unwrap_or(collection_id)),
                collection_id: Some(Untrusted::from(collection_id)),
                owner_id: state.me.id,
                ..Key::sample(&format!("new-{}", state.keys.len()))
            };
            state.keys.insert(0, key.clone());
            Ok((key, Secret::new("not a real value".to_owned())))
        })
    }

    async fn resolve_finding(&self, permit: &WritePermit, resolving: &Resolving) -> Result<Resolution, ServiceError> {
        permit.check()?;
        self.require([Capability::ResolveFindings])?;
        self.answer("resolve_finding", resolving.secret.as_str(), |state| {
            let same = |finding: &&mut Finding| {
                finding.secret_id == resolving.secret && finding.workspace_id.as_received() == resolving.workspace
            };
            let finding = state.findings.iter_mut().find(same);
            let finding = finding.ok_or_else(|| fault("resolve_finding", ErrorKind::NotFound))?;
            finding.resolution = resolving.resolution.clone();
            let (by, resolution) = (Some(state.me.id), resolving.resolution.clone());
            state.resolved.push((resolving.secret.clone(), Resolved { at: When::Never, by, resolution }));
            Ok(resolving.resolution.clone())
        })
    }

    async fn report_finding(&self, permit: &WritePermit, report: &Report) -> Result<Reported, ServiceError> {
        permit.check()?;
        self.require([Capability::ReportFindings])?;
        self.answer("report_finding", &report.url, |state| {
            state.reports.push(report.clone());
            let exposed_die = state.revokes_exposed;
            let of_value = |key: &&mut Key| key.digest.is_some_and(|digest| hex(&digest) == report.fingerprint);
            let key = state.keys.iter_mut().find(of_value).map(|key| {
                if exposed_die {
                    key.status = Status::Revoked;
                }
                key.status.clone()
            });
            let revoked = key == Some(Status::Revoked);
            let resolution = if revoked { Resolution::Revoked } else { Resolution::Active };
            Ok(Reported { resolution, key_status: key })
        })
    }

    async fn delete_collection_access_key(
        &self,
        permit: &WritePermit,
        id: &KeyId,
        note: Option<&str>,
    ) -> Result<(), ServiceError> {
        permit.check()?;
        let _ = note;
        self.require([Capability::DeleteCollectionKeys])?;
        let method = "delete_collection_access_key";
        let resolves = self.capabilities.has(Capability::RevokeResolves);
        self.answer(method, id.as_str(), |state| {
            state.delete(method, KeyKind::CollectionAccessKey, id)?;
            if resolves {
                state.resolve_all_of(id);
            }
            Ok(())
        })
    }
}
