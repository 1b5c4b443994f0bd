//! `GET /api-key-settings`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::domain::settings::Settings;
use crate::server::app::App;
use crate::server::http::auth::Caller;
use crate::server::http::problem::Problem;
use crate::server::policy::Act;
use crate::server::store::team;

/// The team's settings, for everybody who makes keys under them.
pub async fn get(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Settings>, Problem> {
    caller.may(Act::ManageKeys)?;
    Ok(Json(team::settings(app.store.reads()).await?))
}
