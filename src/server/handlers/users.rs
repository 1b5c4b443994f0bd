//! `GET /users`, `POST /users`, `GET /users/{id}`, `PATCH /users/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::api_keys::check_contacts;
use super::revocations::check_lockout;
use crate::api::team::{CreatedUser, NewUser, UserAnswer, UserPatch};
use crate::domain::email::is_email;
use crate::domain::ids::UserId;
use crate::domain::team::{Role, UserKind};
use crate::domain::untrusted::Untrusted;
use crate::server::app::App;
use crate::server::http::auth::Caller;
use crate::server::http::body::{Body, Lockout, check_note, check_text};
use crate::server::http::problem::Problem;
use crate::server::http::query::{Id, Params, one_of};
use crate::server::people::{self, Change, LONGEST_NAME, NewPerson, NewService};
use crate::server::policy::Act;
use crate::server::store::audit::Cause;
use crate::server::store::team::User;
use crate::server::store::{Write, api_keys};

/// The answer of `GET /users`.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Users {
    data: Vec<UserAnswer>,
}

/// Every user, also those who left: they may still own keys.
pub async fn list(State(app): State<Arc<App>>, caller: Caller, params: Params) -> Result<Json<Users>, Problem> {
    caller.may(Act::SeeTeam)?;
    // There are no groups here, so nobody is in the group that is asked for.
    if params.integer("groupId")?.is_some() {
        return Ok(Json(Users { data: Vec::new() }));
    }
    let (all, sharing) = (User::all(app.store.reads()).await?, User::sharing(app.store.reads()).await?);
    let marked = |user: &User| UserAnswer { email_shared: sharing.contains(&user.id), ..answer(user) };
    let data = all.iter().map(marked).collect();
    Ok(Json(Users { data }))
}

/// One user; everybody may ask for themselves.
pub async fn get(State(app): State<Arc<App>>, caller: Caller, Id(id): Id) -> Result<Json<UserAnswer>, Problem> {
    caller.may(Act::ManageKeys)?;
    let id = number(&id)?;
    caller.may(Act::SeeUser(id))?;
    let user = User::by_id(app.store.reads(), id).await?.ok_or_else(|| Problem::not_found("user"))?;
    let sharing = User::sharing(app.store.reads()).await?;
    Ok(Json(UserAnswer { email_shared: sharing.contains(&user.id), ..answer(&user) }))
}

/// Adds a person with a first key, whose value the superadmin hands on, or a service, which begins without one.
pub async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body { value: new, .. }: Body<NewUser>,
) -> Result<(StatusCode, Json<CreatedUser>), Problem> {
    match new.kind {
        None | Some(UserKind::Person) => create_person(&app, &caller, new).await,
        Some(UserKind::Service) => create_service(&app, &caller, new).await,
        Some(UserKind::Other(_)) => {
            // who may add no user learns nothing of what a user can be
            caller.may(Act::AddService)?;
            Err(Problem::malformed("kind", one_of(UserKind::WORDS.iter().copied())))
        }
    }
}

async fn create_person(app: &App, caller: &Caller, new: NewUser) -> Result<(StatusCode, Json<CreatedUser>), Problem> {
    caller.may(Act::ManageUsers)?;
    check_text("name", &new.name, LONGEST_NAME)?;
    let email = new.email.ok_or_else(|| Problem::missing("email"))?;
    if new.contacts.is_some_and(|contacts| !contacts.is_empty()) {
        return Err(only_of_services());
    }
    let asked = new.roles.ok_or_else(|| Problem::missing("roles"))?;
    if !is_email(&email) {
        return Err(Problem::malformed("email", "not an e-mail address"));
    }
    let roles = roles(&asked)?;
    let note = check_note(new.note.as_deref())?;
    let mut write = caller.write(app).await?;
    let now = app.now();
    if !User::by_email(write.on(), &email).await?.is_empty() {
        return Err(Problem::conflict("email", "somebody of the team has this address already"));
    }
    let person = NewPerson { name: &new.name, email: &email, roles };
    let (user, key, value) =
        people::add(&mut write, person, &Cause { note, ..Cause::new(&caller.origin, now) }).await?;
    let api_key = api_keys::by_id(write.on(), &key.id, now).await?.ok_or_else(Problem::server)?;
    let (api_key, value) = (Some(api_key), Some(value.expose().to_owned()));
    let made = CreatedUser { user: answer(&user), api_key, value };
    caller.commit(write, StatusCode::CREATED, &made, Some(&key.id), now).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

async fn create_service(app: &App, caller: &Caller, new: NewUser) -> Result<(StatusCode, Json<CreatedUser>), Problem> {
    caller.may(Act::AddService)?;
    check_text("name", &new.name, LONGEST_NAME)?;
    if new.email.is_some_and(|email| !email.is_empty()) {
        return Err(Problem::malformed("email", "a service has none: name its contacts"));
    }
    if new.roles.is_some_and(|roles| roles != [Role::User]) {
        return Err(Problem::malformed("roles", "a service has the role user"));
    }
    let contacts = new.contacts.unwrap_or_default();
    check_contacts_of_service(&contacts)?;
    let note = check_note(new.note.as_deref())?;
    let mut write = caller.write(app).await?;
    let now = app.now();
    if !User::services_named(write.on(), &new.name).await?.is_empty() {
        return Err(Problem::conflict("name", "another service has this name already"));
    }
    let service = NewService { name: &new.name, contacts };
    let cause = Cause { note, ..Cause::new(&caller.origin, now) };
    let service = people::add_service(&mut write, service, &cause).await?;
    let made = CreatedUser { user: answer(&service), api_key: None, value: None };
    caller.commit(write, StatusCode::CREATED, &made, None, now).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

fn check_contacts_of_service(contacts: &[String]) -> Result<(), Problem> {
    if contacts.is_empty() {
        return Err(Problem::missing("contacts"));
    }
    check_contacts(contacts)
}

fn only_of_services() -> Problem {
    Problem::malformed("contacts", "of a service; a person is told at their own address")
}

/// Changes a user's name or roles, a service's contacts, or whether they are active; the last active superadmin stays one.
pub async fn patch(
    State(app): State<Arc<App>>,
    caller: Caller,
    Id(id): Id,
    body: Body<UserPatch>,
) -> Result<Json<UserAnswer>, Problem> {
    caller.may(Act::ManageUsers)?;
    let id = number(&id)?;
    let lockout: Lockout = body.lockout()?;
    let note = check_note(body.value.note.as_deref())?;
    let UserPatch { name, contacts, roles: asked, active, note: _ } = &body.value;
    if let Some(name) = name {
        check_text("name", name, LONGEST_NAME)?;
    }
    let change = Change {
        name: name.clone(),
        contacts: contacts.clone(),
        roles: asked.as_deref().map(roles).transpose()?,
        active: *active,
    };
    let mut write = caller.write(&app).await?;
    let now = app.now();
    let user = User::by_id(write.on(), id).await?.ok_or_else(|| Problem::not_found("user"))?;
    check_kind(&mut write, &user, &change).await?;
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

/// Refuses of a service what only a person has, and the other way round.
async fn check_kind(write: &mut Write, user: &User, change: &Change) -> Result<(), Problem> {
    match &change.contacts {
        Some(contacts) if user.is_service() => check_contacts_of_service(contacts)?,
        Some(_) => return Err(only_of_services()),
        None => {}
    }
    if !user.is_service() {
        return Ok(());
    }
    if change.roles.as_ref().is_some_and(|roles| *roles != [Role::User]) {
        return Err(Problem::malformed("roles", "a service has the role user"));
    }
    if let Some(name) = &change.name {
        let others = User::services_named(write.on(), name).await?;
        if others.iter().any(|other| other.id != user.id) {
            return Err(Problem::conflict("name", "another service has this name already"));
        }
    }
    Ok(())
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
        kind: user.kind.clone(),
        contacts: user.contacts.iter().map(|contact| Untrusted::from(contact.as_str())).collect(),
        active: user.active,
        email_shared: false,
    }
}
