//! `GET /healthz` and `GET /readyz`.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::server::app::App;
use crate::server::http::problem::Problem;
use crate::server::lately::{Lately, Told};
use crate::server::store::engine::Result;

/// How long it holds that the database answers. With [`DEADLINE`] it is less than the second after which whoever asks is to
/// be told that it does not.
const ANSWERS_HOLDS: Duration = Duration::from_millis(500);
/// How long whoever asks waits for the database: one that answers later than this is as good as gone.
const DEADLINE: Duration = Duration::from_millis(400);
/// How long the database may take to answer before it is asked anew.
const ANSWERS: Duration = Duration::from_secs(2);
/// How long it holds that the database takes writes: whoever asks oftener is told the same, and makes it write nothing.
const WRITES_HOLDS: Duration = Duration::from_secs(1);
/// How long a write may take. Others write too, and one that waits for its turn says nothing of the database.
const WRITES: Duration = Duration::from_secs(5);

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
    if app.readiness.of(&app).await { Ok(OK) } else { Err(Problem::not_ready()) }
}

/// Whether the database answers and takes writes, as far as was found out.
#[derive(Default)]
pub struct Readiness {
    answers: Lately<bool>,
    writes: Lately<bool>,
}

impl Readiness {
    /// Whether keys can be managed now, told within [`DEADLINE`].
    pub async fn of(&self, app: &Arc<App>) -> bool {
        let answers = self.answers.ask(ANSWERS_HOLDS, DEADLINE, || answers(Arc::clone(app)));
        let writes = self.writes.ask(WRITES_HOLDS, DEADLINE, || takes_writes(Arc::clone(app)));
        let (answers, writes) = tokio::join!(answers, writes);
        is_ready(&answers, &writes) && !app.moved.load(Ordering::Relaxed)
    }
}

/// Whether keys can be managed, by whether the database answers and takes writes. A write that waits for its turn behind a
/// long one is no reason to send everybody elsewhere: what was found out before counts until it has had its time.
fn is_ready(answers: &Told<bool>, writes: &Told<bool>) -> bool {
    let writes = match writes {
        Told::Found(writes) => *writes,
        Told::Late(before) => before.unwrap_or(true),
    };
    *answers == Told::Found(true) && writes
}

async fn answers(app: Arc<App>) -> bool {
    within(ANSWERS, app.store.answers(), "answer").await
}

async fn takes_writes(app: Arc<App>) -> bool {
    // another number each time, since what does not change is not written
    let number = i32::try_from(app.now().timestamp_millis() & 0x7fff_ffff).unwrap_or_default();
    within(WRITES, app.store.takes_writes(number), "take a write").await
}

/// Whether the database does something within a time; what went wrong is logged.
async fn within<T>(time: Duration, done: impl Future<Output = Result<T>>, what: &str) -> bool {
    match tokio::time::timeout(time, done).await {
        Ok(Ok(_)) => return true,
        Ok(Err(error)) => tracing::error!(%error, "the database does not {what}"),
        Err(_too_long) => tracing::error!("the database did not {what} in time"),
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_database_is_told_within_a_second() {
        assert!(ANSWERS_HOLDS + DEADLINE < Duration::from_secs(1));
    }

    #[test]
    fn who_does_not_answer_in_time_is_not_ready_and_who_writes_late_is() {
        let found = [Told::Found(true), Told::Found(false), Told::Late(None), Told::Late(Some(true))];
        let ready = |answers: &Told<bool>| is_ready(answers, &Told::Found(true));
        assert_eq!(found.each_ref().map(ready), [true, false, false, false]);
        let ready = |writes: &Told<bool>| is_ready(&Told::Found(true), writes);
        assert_eq!(found.each_ref().map(ready), [true, false, true, true]);
        assert!(!ready(&Told::Late(Some(false))));
    }
}
