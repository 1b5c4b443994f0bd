//! `GET /users`, `GET /users/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::api::team::UserAnswer;
use crate::domain::ids::UserId;
use crate::domain::untrusted::Untrusted;
use crate::server::app::App;
use crate::server::http::auth::Caller;
use crate::server::http::problem::Problem;
use crate::server::http::query::{Id, Params};
use crate::server::store::team::User;

/// The answer of `GET /users`.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Users {
    data: Vec<UserAnswer>,
}

/// Every user, also those who left: they may still own keys.
pub async fn list(State(app): State<Arc<App>>, caller: Caller, params: Params) -> Result<Json<Users>, Problem> {
    caller.must_be_admin()?;
    // There are no groups here, so nobody is in the group that is asked for.
    let data = match params.integer("groupId")? {
        Some(_) => Vec::new(),
        None => User::all(app.store.pool()).await?.iter().map(answer).collect(),
    };
    Ok(Json(Users { data }))
}

/// One user; everybody may ask for themselves.
pub async fn get(State(app): State<Arc<App>>, caller: Caller, Id(id): Id) -> Result<Json<UserAnswer>, Problem> {
    caller.must_manage_keys()?;
    let id: i64 = id.parse().map_err(|_not_one| Problem::malformed("userId", "not a whole number"))?;
    if id != caller.user.id {
        caller.must_be_admin()?;
    }
    let user = User::by_id(app.store.pool(), id).await?.ok_or_else(|| Problem::not_found("user"))?;
    Ok(Json(answer(&user)))
}

fn answer(user: &User) -> UserAnswer {
    UserAnswer {
        id: UserId(user.id),
        name: Untrusted::from(user.name.as_str()),
        username: Untrusted::from(user.username.as_str()),
        email: Untrusted::from(user.email.as_str()),
        roles: user.roles.clone(),
        joined_at: user.joined_at.clone(),
    }
}
