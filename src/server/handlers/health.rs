//! `GET /healthz` and `GET /readyz`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tokio::sync::Mutex;

use crate::server::app::App;
use crate::server::http::problem::Problem;

/// How long the database may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long what was found out holds: whoever asks oftener is told the same, and makes the database write nothing.
const HOLDS: Duration = Duration::from_secs(1);

/// That all is well.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Health {
    status: &'static str,
}

const OK: Json<Health> = Json(Health { status: "ok" });

/// Whether the server lives. Takes no key and tells nothing else.
pub async fn lives() -> Json<Health> {
    OK
}

/// Whether keys can be managed: the database is there and takes a write. Takes no key and tells nothing else.
pub async fn ready(State(app): State<Arc<App>>) -> Result<Json<Health>, Problem> {
    app.readiness.of(&app).await.map(|()| OK)
}

/// What was found out last.
#[derive(Default)]
pub struct Readiness(Mutex<Option<(Instant, bool)>>);

impl Readiness {
    /// Who asks while somebody else finds out waits for that.
    async fn of(&self, app: &App) -> Result<(), Problem> {
        let mut known = self.0.lock().await;
        let ready = match *known {
            Some((at, ready)) if at.elapsed() < HOLDS => ready,
            _ => {
                let ready = takes_writes(app).await;
                *known = Some((Instant::now(), ready));
                ready
            }
        };
        if ready { Ok(()) } else { Err(Problem::unavailable()) }
    }
}

async fn takes_writes(app: &App) -> bool {
    // another number each time, since what does not change is not written
    let number = i32::try_from(app.now().timestamp_millis() & 0x7fff_ffff).unwrap_or_default();
    match tokio::time::timeout(PATIENCE, app.store.takes_writes(number)).await {
        Ok(Ok(())) => return true,
        Ok(Err(error)) => tracing::error!(%error, "the database takes no writes"),
        Err(_too_long) => tracing::error!("the database did not take a write in time"),
    }
    false
}
