//! `GET /users`, `POST /users`, `GET /users/{id}`, `PATCH /users/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::revocations::check_lockout;
use crate::api::team::{CreatedUser, NewUser, UserAnswer, UserPatch};
use crate::domain::email::is_email;
use crate::domain::ids::UserId;
use crate::domain::team::Role;
use crate::domain::untrusted::Untrusted;
use crate::server::app::App;
use crate::server::http::auth::Caller;
use crate::server::http::body::{Body, Lockout, check_note, check_text};
use crate::server::http::problem::Problem;
use crate::server::http::query::{Id, Params};
use crate::server::people::{self, Change, LONGEST_NAME, NewPerson};
use crate::server::policy::Act;
use crate::server::store::api_keys;
use crate::server::store::audit::Cause;
use crate::server::store::team::User;

/// The answer of `GET /users`.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Users {
    data: Vec<UserAnswer>,
}

/// Every user, also those who left: they may still own keys.
pub async fn list(State(app): State<Arc<App>>, caller: Caller, params: Params) -> Result<Json<Users>, Problem> {
    caller.may(Act::SeeTeam)?;
    // There are no groups here, so nobody is in the group that is asked for.
    let data = match params.integer("groupId")? {
        Some(_) => Vec::new(),
        None => User::all(app.store.reads()).await?.iter().map(answer).collect(),
    };
    Ok(Json(Users { data }))
}

/// One user; everybody may ask for themselves.
pub async fn get(State(app): State<Arc<App>>, caller: Caller, Id(id): Id) -> Result<Json<UserAnswer>, Problem> {
    caller.may(Act::ManageKeys)?;
    let id = number(&id)?;
    caller.may(Act::SeeUser(id))?;
    let user = User::by_id(app.store.reads(), id).await?.ok_or_else(|| Problem::not_found("user"))?;
    Ok(Json(answer(&user)))
}

/// Adds a user with a first key, whose value the superadmin hands on.
pub async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body { value: new, .. }: Body<NewUser>,
) -> Result<(StatusCode, Json<CreatedUser>), Problem> {
    caller.may(Act::ManageUsers)?;
    check_text("name", &new.name, LONGEST_NAME)?;
    if !is_email(&new.email) {
        return Err(Problem::malformed("email", "not an e-mail address"));
    }
    let roles = roles(&new.roles)?;
    let note = check_note(new.note.as_deref())?;
    let mut write = caller.write(&app).await?;
    let now = app.now();
    if User::by_email(write.on(), &new.email).await?.is_some() {
        return Err(Problem::conflict("email", "somebody of the team has this address already"));
    }
    let person = NewPerson { name: &new.name, email: &new.email, roles };
    let (user, key, value) =
        people::add(&mut write, person, &Cause { note, ..Cause::new(&caller.origin, now) }).await?;
    let api_key = api_keys::by_id(write.on(), &key.id, now).await?.ok_or_else(Problem::server)?;
    let made = CreatedUser { user: answer(&user), api_key, value: value.expose().to_owned() };
    caller.commit(write, StatusCode::CREATED, &made, Some(&key.id), now).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Changes a user's roles, or whether they are active; the last active superadmin stays one.
pub async fn patch(
    State(app): State<Arc<App>>,
    caller: Caller,
    Id(id): Id,
    body: Body<UserPatch>,
) -> Result<Json<UserAnswer>, Problem> {
    caller.may(Act::ManageUsers)?;
    let id = number(&id)?;
    let lockout: Lockout = body.also()?;
    let note = check_note(body.value.note.as_deref())?;
    let change = Change { roles: body.value.roles.as_deref().map(roles).transpose()?, active: body.value.active };
    let mut write = caller.write(&app).await?;
    let now = app.now();
    let user = User::by_id(write.on(), id).await?.ok_or_else(|| Problem::not_found("user"))?;
    let changed = people::change(&mut write, &user, change, &Cause { note, ..Cause::new(&caller.origin, now) }).await?;
    if !User::has_superadmin(write.on()).await? {
        return Err(Problem::conflict("lastSuperadmin", "the last active superadmin stays one"));
    }
    let stopped = user.active && user.is_superadmin() && !(changed.active && changed.is_superadmin());
    check_lockout(&mut write, &caller, stopped, lockout, now).await?;
    write.commit().await?;
    // what the log has to tell of very many keys is told beside
    app.life.wake();
    Ok(Json(answer(&changed)))
}

fn number(id: &str) -> Result<i64, Problem> {
    id.parse().map_err(|_not_one| Problem::malformed("userId", "not a whole number"))
}

fn roles(asked: &[Role]) -> Result<Vec<Role>, Problem> {
    people::known_roles(asked)
        .ok_or_else(|| Problem::malformed("roles", format!("not one or more of {}", Role::WORDS.join(", "))))
}

fn answer(user: &User) -> UserAnswer {
    UserAnswer {
        id: UserId(user.id),
        name: Untrusted::from(user.name.as_str()),
        username: Untrusted::from(user.username.as_str()),
        email: Untrusted::from(user.email.as_str()),
        roles: user.roles.clone(),
        joined_at: user.joined_at.clone(),
        active: user.active,
    }
}
