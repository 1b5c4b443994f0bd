//! `GET /acts/{id}`, and the answer to a call that began an act.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::api::acts::{Act, ActAnswer, ActState};
use crate::domain::ids::KeyId;
use crate::server::app::App;
use crate::server::http::auth::Caller;
use crate::server::http::problem::Problem;
use crate::server::http::query::Id;
use crate::server::policy;
use crate::server::store::acts;

/// How far an act is.
pub async fn get(State(app): State<Arc<App>>, caller: Caller, Id(id): Id) -> Result<Json<ActAnswer>, Problem> {
    caller.may(policy::Act::SeeTeam)?;
    let act = acts::by_id(app.store.reads(), &id).await?.ok_or_else(|| Problem::not_found("act"))?;
    Ok(Json(answer(&act)))
}

/// What is told of an act.
pub fn answer(act: &acts::Act) -> ActAnswer {
    let state = if act.running { ActState::Running } else { ActState::Done };
    ActAnswer { act: Act { id: KeyId::from(act.id.as_str()), state, done: act.done, total: act.total } }
}
