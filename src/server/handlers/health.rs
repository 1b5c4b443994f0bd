//! `GET /healthz`.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::server::app::App;
use crate::server::http::problem::Problem;

/// How long the database may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// That all is well.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Health {
    status: &'static str,
}

/// Whether requests can be answered: the database is asked. Takes no key and tells nothing else.
pub async fn get(State(app): State<Arc<App>>) -> Result<Json<Health>, Problem> {
    match tokio::time::timeout(PATIENCE, app.store.answers()).await {
        Ok(Ok(true)) => Ok(Json(Health { status: "ok" })),
        Ok(Ok(false)) | Err(_) => Err(Problem::unavailable()),
        Ok(Err(error)) => {
            tracing::error!(%error, "the database does not answer");
            Err(Problem::unavailable())
        }
    }
}
