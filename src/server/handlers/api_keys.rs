//! `GET /api-keys`, `POST /api-keys`, `GET /api-keys/{id}`, `DELETE /api-keys/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::minting::{Minted, minted_by};
use super::revocations;
use crate::api::key::{ApiKey, CreatedApiKey, NewApiKey};
use crate::api::page::{DEFAULT_LIMIT, MAX_LIMIT, Meta, Page};
use crate::domain::email::is_email;
use crate::domain::key::{Access, Revocation, Status};
use crate::domain::notice::Occasion;
use crate::domain::settings::Settings;
use crate::domain::time::Time;
use crate::server::app::App;
use crate::server::http::auth::Caller;
use crate::server::http::body::{Body, Deletion, Lockout, check_id, check_note, check_text};
use crate::server::http::cursor;
use crate::server::http::list::ListAnswer;
use crate::server::http::problem::Problem;
use crate::server::http::query::{self, Id, Params, one_of};
use crate::server::mint;
use crate::server::policy::Act;
use crate::server::store::api_keys::{self, NewRow};
use crate::server::store::audit::Cause;
use crate::server::store::key_lists::{Filter, List, Position, Sort};
use crate::server::store::outbox::{self, Notice, Recipients};
use crate::server::store::reserve::Purpose;
use crate::server::store::revoke;
use crate::server::store::team::User;
use crate::server::store::{Write, team};

/// The longest name, in characters. Source: management API, "API keys (extension)".
pub const LONGEST_NAME: usize = 255;
/// The most contacts a key can have.
pub const MOST_CONTACTS: usize = 50;

/// One page of the caller's own keys or of the team's.
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    params: Params,
) -> Result<ListAnswer<Page<ApiKey>>, Problem> {
    caller.may(Act::ManageKeys)?;
    let team = params.word("scope", &[("mine", false), ("team", true)])?.unwrap_or(false);
    if team {
        caller.may(Act::SeeTeam)?;
    }
    let sort = params.word("sort", &Sort::WORDS)?.unwrap_or_default();
    let limit = params.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let created_by = params.integer("createdBy")?;
    let filter = Filter {
        owner: if team { created_by } else { Some(caller.user.id) },
        statuses: statuses(&params)?,
        name: params.text("q")?.map(str::to_owned),
    };
    if let Some(name) = &filter.name {
        check_text("q", name, LONGEST_NAME)?;
    }
    // One's own keys made by somebody else: there are none.
    let nobodys = !team && created_by.is_some_and(|id| id != caller.user.id);
    let list = format!("api-keys {team} {sort:?} {filter:?}");
    let after: Option<Position> = params.text("cursor")?.map(|text| cursor::read(&list, text)).transpose()?;
    if nobodys {
        let page = Page { data: Vec::new(), meta: Meta { next_cursor: None, total: Some(0) } };
        return Ok(ListAnswer { rows: 0, page });
    }
    let keys = List::of(&app.store, &filter, app.now()).await?;
    let total = if after.is_none() { Some(keys.count().await?) } else { None };
    let (data, next) = keys.page(sort, after.as_ref(), limit).await?;
    let next_cursor = next.map(|position| cursor::write(&list, &position)).transpose()?;
    Ok(ListAnswer { rows: data.len(), page: Page { data, meta: Meta { next_cursor, total } } })
}

fn statuses(params: &Params) -> Result<Vec<Status>, Problem> {
    let Some(text) = params.text("status")? else { return Ok(Vec::new()) };
    let mut statuses = Vec::new();
    for word in text.split(',') {
        let status = Status::from_word(word.trim());
        if matches!(status, Status::Other(_)) {
            return Err(Problem::malformed("status", one_of(Status::WORDS.iter().copied())));
        }
        if !statuses.contains(&status) {
            statuses.push(status);
        }
    }
    // The same choice is the same list, in whatever order it was written.
    statuses.sort_by_key(|status| status.word().to_owned());
    Ok(statuses)
}

/// One key: one's own, or with the role admin any.
pub async fn get(State(app): State<Arc<App>>, caller: Caller, Id(id): Id) -> Result<Json<ApiKey>, Problem> {
    caller.may(Act::ManageKeys)?;
    let key = api_keys::by_id(app.store.reads(), &id, app.now()).await?;
    key.filter(|key| caller.can(Act::SeeKey(key.owner_id.0))).map(Json).ok_or_else(|| Problem::not_found("API key"))
}

/// Makes a key for the caller, or for a service or somebody without a key; with a hash and a mask in the body its value never comes here.
pub async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body { value: new, .. }: Body<NewApiKey>,
) -> Result<(StatusCode, Json<CreatedApiKey>), Problem> {
    caller.may(Act::ManageKeys)?;
    check_text("name", &new.name, LONGEST_NAME)?;
    let contacts = new.contacts.unwrap_or_default();
    check_contacts(&contacts)?;
    let wished = new.expires_at.as_deref().map(|text| check_expiry(text, app.now())).transpose()?;
    let minted = Minted::new(new.secret_hash, new.masked_value)?;
    let note = check_note(new.note.as_deref())?;
    let access = new.access.map(check_access).transpose()?;
    if let Some(from) = &new.rotated_from {
        check_id("rotatedFrom", from)?;
    }

    let mut write = caller.write(&app).await?;
    let now = app.now();
    let settings = team::settings(write.on()).await?;
    let replaced = match &new.rotated_from {
        Some(from) => Some(replaced(&mut write, &caller, from, now).await?),
        None => None,
    };
    let owner = owner(&mut write, &caller, new.owner_id, replaced.as_ref(), now).await?;
    if owner.id == caller.user.id {
        caller.may(Act::CreateKey { members_may_generate: settings.members_may_generate })?;
        check_count(&mut write, &caller, &settings, new.rotated_from.as_deref()).await?;
    }
    let access = most_access(&owner, &settings, access, replaced.map(|key| key.access))?;
    caller.may(Act::GiveAccess { access: &access, own: &caller.access })?;
    minted.must_be_new(&mut write).await?;
    let row = NewRow {
        id: mint::id(),
        name: new.name,
        owner_id: owner.id,
        contacts,
        created_at: now,
        expires_at: settings.expiry_of(now, wished),
        disabled_reason: None,
        last_used_at: None,
        last_used_from: None,
        revoked: None,
        rotated_from: new.rotated_from,
        access,
        minted_with: Some(caller.key_id.clone()),
        secret_hash: minted.secret_hash,
        masked_value: minted.masked_value,
    };
    let (minted_by, cause) = (minted_by(minted.value.as_ref()), Cause { note, ..Cause::new(&caller.origin, now) });
    api_keys::create(&mut write, &row, &owner, minted_by, &cause).await?;
    if new.owner_id.is_some() && owner.id != caller.user.id {
        let notice = Notice::of(Occasion::Created, (&row.id, &row.name), &cause);
        let told = Recipients::of_key(&owner, &row.contacts).others_than(&cause);
        outbox::put(&mut write, &notice, &told, now).await?;
    }
    let api_key = api_keys::by_id(write.on(), &row.id, now).await?.ok_or_else(Problem::server)?;
    let value = minted.value.map(|value| value.expose().to_owned());
    let told = value.is_some().then_some(row.id.as_str());
    let answer = CreatedApiKey { api_key, value };
    caller.commit(write, StatusCode::CREATED, &answer, told, now).await?;
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Deletes one of the caller's own keys: it is revoked.
pub async fn delete(
    State(app): State<Arc<App>>,
    caller: Caller,
    Id(id): Id,
    Body { value: said, .. }: Body<Deletion>,
) -> Result<StatusCode, Problem> {
    caller.may(Act::ManageKeys)?;
    let note = check_note(said.note.as_deref())?;
    let mut write = caller.write_for(&app, Purpose::Stopping).await?;
    let now = app.now();
    let found = revoke::targets(write.on(), [id.as_str()], now).await?;
    let target = found.into_iter().next().ok_or_else(|| Problem::not_found("API key"))?;
    caller.may(Act::DeleteKey((&*target.owner).into()))?;
    if target.revoked {
        return Err(Problem::conflict("revoked", "the key was revoked before"));
    }
    let guarded = revoke::guards_the_team(&target);
    revoke::revoke(&mut write, &[(target, Revocation::Owner)], &Cause { note, ..Cause::new(&caller.origin, now) })
        .await?;
    let lockout = Lockout { allow_lockout: said.allow_lockout };
    revocations::check_lockout(&mut write, &caller, guarded, lockout, now).await?;
    write.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Refuses more contacts than a key can have, and what is no address.
pub fn check_contacts(contacts: &[String]) -> Result<(), Problem> {
    if contacts.len() > MOST_CONTACTS {
        return Err(Problem::malformed("contacts", format!("more than {MOST_CONTACTS}")));
    }
    match contacts.iter().position(|contact| !is_email(contact)) {
        Some(at) => Err(Problem::malformed(format!("contacts[{at}]"), "not an e-mail address")),
        None => Ok(()),
    }
}

/// Reads a wished expiry, which has to lie ahead.
pub fn check_expiry(text: &str, now: Time) -> Result<Time, Problem> {
    let expires = query::moment("expiresAt", text)?;
    if expires <= now {
        return Err(Problem::malformed("expiresAt", "not in the future"));
    }
    Ok(expires)
}

/// Refuses a key beyond those that the team's settings let a person have. The one that it replaces does not count: it goes
/// when the rotation is over.
async fn check_count(
    write: &mut Write,
    caller: &Caller,
    settings: &Settings,
    replaces: Option<&str>,
) -> Result<(), Problem> {
    let Some(most) = settings.max_keys_per_user else { return Ok(()) };
    let have = api_keys::count_of_owner(write.on(), caller.user.id, replaces).await?;
    if i64::try_from(have).is_ok_and(|have| have < most) {
        return Ok(());
    }
    let why = format!("lets a person have {most} keys that are not revoked, and you have {have}");
    Err(Problem::setting("maxKeysPerUser", &why))
}

/// What a new key may do: what is asked for, else what the replaced one may, else the most that the team's settings let a
/// member's key do. More than that is refused where it is asked for.
fn most_access(
    owner: &User,
    settings: &Settings,
    asked: Option<Access>,
    replaced: Option<Access>,
) -> Result<Access, Problem> {
    let most = if owner.is_admin() { Access::Full } else { settings.members_access.clone() };
    match (asked, replaced) {
        (Some(asked), _) if asked.is_within(&most) => Ok(asked),
        (Some(_), _) => Err(Problem::setting("membersAccess", &format!("gives a member's key {most} at most"))),
        (None, Some(replaced)) if replaced.is_within(&most) => Ok(replaced),
        (None, _) => Ok(most),
    }
}

/// Refuses a word that nobody knows.
pub fn check_access(access: Access) -> Result<Access, Problem> {
    match access {
        Access::Full | Access::Read | Access::None => Ok(access),
        Access::Other(_) => Err(Problem::malformed("access", one_of(Access::WORDS.iter().copied()))),
    }
}

/// Whose a new key is to be: the caller's own unless said, and a service's where it replaces one of that.
async fn owner(
    write: &mut Write,
    caller: &Caller,
    asked: Option<i64>,
    replaced: Option<&ApiKey>,
    now: Time,
) -> Result<User, Problem> {
    let id = asked.or_else(|| replaced.map(|key| key.owner_id.0)).unwrap_or(caller.user.id);
    if replaced.is_some_and(|key| key.owner_id.0 != id) {
        return Err(Problem::forbidden_field("rotatedFrom", "a key replaces only one of its owner's own"));
    }
    if id == caller.user.id {
        return Ok((*caller.user).clone());
    }
    let owner = other_user(write, caller, id).await?;
    let works = api_keys::has_enabled(write.on(), id, now).await?;
    caller.may(Act::CreateKeyFor { owner: &owner, works })?;
    must_be_active(&owner)?;
    Ok(owner)
}

/// The user that `ownerId` names, who is not the one that asks.
pub async fn other_user(write: &mut Write, caller: &Caller, id: i64) -> Result<User, Problem> {
    if !caller.can(Act::SeeTeam) {
        return Err(Problem::forbidden_field("ownerId", "this takes the role admin"));
    }
    User::by_id(write.on(), id).await?.ok_or_else(|| Problem::not_found_field("ownerId", "user"))
}

/// Refuses to give a key to somebody who left.
pub fn must_be_active(owner: &User) -> Result<(), Problem> {
    if owner.active {
        return Ok(());
    }
    Err(Problem::conflict("inactiveOwner", "who is to own it is not active: none of their keys is accepted"))
}

/// The key that a new one of the caller's is to replace.
async fn replaced(write: &mut Write, caller: &Caller, from: &str, now: Time) -> Result<ApiKey, Problem> {
    let replaced = api_keys::by_id(write.on(), from, now).await?;
    let replaced = replaced.ok_or_else(|| Problem::not_found_field("rotatedFrom", "API key"))?;
    caller.may(Act::ReplaceKey((&replaced).into()))?;
    Ok(replaced)
}
