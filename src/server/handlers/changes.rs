//! `PATCH /api-keys/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chrono::TimeDelta;

use super::api_keys::{LONGEST_NAME, check_access, check_contacts, check_expiry, must_be_active, other_user};
use super::revocations::check_lockout;
use crate::api::key::{ApiKey, KeyPatch};
use crate::domain::key::{Access, DisabledReason, Status};
use crate::domain::time::Time;
use crate::domain::untrusted::Untrusted;
use crate::server::app::App;
use crate::server::http::auth::Caller;
use crate::server::http::body::{Body, Lockout, check_note, check_text};
use crate::server::http::problem::Problem;
use crate::server::http::query::{self, Id, one_of};
use crate::server::policy::{Act, owns};
use crate::server::store::audit::Cause;
use crate::server::store::patch::{self, Patch};
use crate::server::store::reserve::Purpose;
use crate::server::store::team::User;
use crate::server::store::{Write, api_keys};

/// Changes a key: one's own, or with the role admin any but a superadmin's.
pub async fn patch(
    State(app): State<Arc<App>>,
    caller: Caller,
    Id(id): Id,
    body: Body<KeyPatch>,
) -> Result<Json<ApiKey>, Problem> {
    caller.may(Act::ManageKeys)?;
    let lockout: Lockout = body.lockout()?;
    let said = body.value.note.clone();
    let note = check_note(said.as_deref())?;
    let disables = body.value.status.as_deref() == Some("disabled");
    let wished = Wished::read(body.value, app.now())?;
    let mut write = caller.write_for(&app, if disables { Purpose::Stopping } else { Purpose::Ordinary }).await?;
    let now = app.now();
    let (key, owner) = visible(&mut write, &caller, &id, now).await?;
    caller.may(Act::ChangeKey(&owner))?;
    if key.status == Status::Revoked {
        return Err(Problem::conflict("revoked", "the key was revoked, which is final"));
    }
    let to = match wished.owner_id.filter(|id| *id != owner.id) {
        Some(id) if id == caller.user.id => Some((*caller.user).clone()),
        Some(id) => Some(other_user(&mut write, &caller, id).await?),
        None => None,
    };
    if let Some(to) = &to {
        caller.may(Act::HandOver { from: &owner, to })?;
        must_be_active(to)?;
    }
    let patch = wished.against(&caller, &key, (&owner, to), now)?;
    patch::apply(&mut write, &key, &owner, &patch, &Cause { note, ..Cause::new(&caller.origin, now) }).await?;
    let guarded = key.status == Status::Enabled && key.access == Access::Full && owner.is_superadmin();
    let weaker = patch.access.is_some() || patch.owner.as_ref().is_some_and(|to| !to.is_superadmin());
    let stopped = matches!(patch.disabled, Some(Some(_))) || weaker;
    check_lockout(&mut write, &caller, guarded && stopped, lockout, now).await?;
    let changed = api_keys::by_id(write.on(), &id, now).await?.ok_or_else(Problem::server)?;
    write.commit().await?;
    Ok(Json(changed))
}

/// The key with this id and its owner: one's own, or with the role admin any.
pub async fn visible(write: &mut Write, caller: &Caller, id: &str, now: Time) -> Result<(ApiKey, User), Problem> {
    let key = api_keys::by_id(write.on(), id, now)
        .await?
        .filter(|key| caller.can(Act::SeeKey(key.owner_id.0)))
        .ok_or_else(|| Problem::not_found("API key"))?;
    let owner = User::by_id(write.on(), key.owner_id.0).await?.ok_or_else(Problem::server)?;
    Ok((key, owner))
}

/// A change as asked for, in its bounds.
struct Wished {
    name: Option<String>,
    contacts: Option<Vec<String>>,
    enabled: Option<bool>,
    disabled_until: Option<Time>,
    expires_at: Option<Time>,
    access: Option<Access>,
    owner_id: Option<i64>,
}

impl Wished {
    fn read(body: KeyPatch, now: Time) -> Result<Self, Problem> {
        if let Some(name) = &body.name {
            check_text("name", name, LONGEST_NAME)?;
        }
        if let Some(contacts) = &body.contacts {
            check_contacts(contacts)?;
        }
        let enabled = match body.status.as_deref() {
            None => None,
            Some("enabled") => Some(true),
            Some("disabled") => Some(false),
            Some(_) => return Err(Problem::malformed("status", one_of(["enabled", "disabled"]))),
        };
        let expires_at = body.expires_at.as_deref().map(|text| check_expiry(text, now)).transpose()?;
        let disabled_until = body.disabled_until.as_deref().map(|text| check_until(text, now)).transpose()?;
        if disabled_until.is_some() && enabled != Some(false) {
            return Err(Problem::malformed("disabledUntil", "goes with \"status\":\"disabled\""));
        }
        let access = body.access.map(check_access).transpose()?;
        let (name, contacts, owner_id) = (body.name, body.contacts, body.owner_id);
        Ok(Self { name, contacts, enabled, disabled_until, expires_at, access, owner_id })
    }

    /// What of it is a change, and may be one.
    /// The key goes from its present owner to another one, if there is one.
    fn against(
        self,
        caller: &Caller,
        key: &ApiKey,
        (owner, to): (&User, Option<User>),
        now: Time,
    ) -> Result<Patch, Problem> {
        let disabled = match self.enabled {
            None => None,
            Some(true) => enable(caller, key, to.as_ref().unwrap_or(owner), now)?,
            Some(false) => disable(caller, key, owner),
        };
        let disabled_until = match disabled {
            // disabled as before, but until another time, or with no end: which is to say when it is enabled
            None if self.enabled == Some(false) && self.disabled_until != key.disabled_until.time() => {
                caller.may(Act::EnableKey(key.disabled_reason.as_ref()))?;
                Some(self.disabled_until)
            }
            None => None,
            Some(_) => Some(self.disabled_until),
        };
        let expires_at = match (self.expires_at, key.expires_at.time()) {
            (Some(wished), Some(present)) if wished == present => None,
            (Some(wished), Some(present)) if wished > present => {
                return Err(Problem::malformed("expiresAt", "may only be brought forward"));
            }
            (wished, _) => wished,
        };
        let access = self.access.filter(|access| *access != key.access);
        if access.as_ref().is_some_and(|access| !access.is_within(&key.access)) {
            return Err(Problem::malformed("access", "may only be narrowed"));
        }
        let same = |contacts: &Vec<String>| {
            contacts.iter().map(String::as_str).eq(key.contacts.iter().map(Untrusted::as_received))
        };
        Ok(Patch {
            name: self.name.filter(|name| name != key.name.as_received()),
            contacts: self.contacts.filter(|contacts| !same(contacts)),
            disabled,
            disabled_until,
            expires_at,
            access,
            owner: to,
        })
    }
}

/// The longest time that a key is disabled for by itself. Source: management API, `PATCH /api-keys/{id}`.
const LONGEST_DISABLED: TimeDelta = TimeDelta::days(7);

/// Reads when a key shall be enabled again.
fn check_until(text: &str, now: Time) -> Result<Time, Problem> {
    let until = query::moment("disabledUntil", text)?;
    if until <= now || until > now + LONGEST_DISABLED {
        return Err(Problem::malformed("disabledUntil", "not in the next 7 days"));
    }
    Ok(until)
}

type Disabled = Option<Option<DisabledReason>>;

fn enable(caller: &Caller, key: &ApiKey, owner: &User, now: Time) -> Result<Disabled, Problem> {
    if key.status == Status::Enabled {
        return Ok(None);
    }
    if key.expires_at.time().is_some_and(|expires| expires <= now) {
        return Err(Problem::conflict("expired", "the key expired: make another"));
    }
    if !owner.active {
        let what = "owner left: its owner is not active, which stops all of their keys; hand it over, or activate them";
        return Err(Problem::conflict("ownerLeft", what));
    }
    // handing it over is what enables it
    if key.disabled_reason == Some(DisabledReason::OwnerLeft) {
        return Ok(None);
    }
    caller.may(Act::EnableKey(key.disabled_reason.as_ref()))?;
    Ok(Some(None))
}

/// An admin's word stands above the owner's: it replaces it and is not replaced by it.
fn disable(caller: &Caller, key: &ApiKey, owner: &User) -> Disabled {
    let reason = if owns(&caller.user, owner.into()) { DisabledReason::Owner } else { DisabledReason::Admin };
    let stands = match key.disabled_reason {
        Some(DisabledReason::Admin) => true,
        Some(DisabledReason::Owner) => reason == DisabledReason::Owner,
        _ => false,
    };
    (!stands).then_some(Some(reason))
}
