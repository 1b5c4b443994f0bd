//! `GET /notifications`.

use std::sync::Arc;

use axum::extract::State;

use crate::api::notifications::Notification;
use crate::api::page::{DEFAULT_LIMIT, MAX_LIMIT, Meta, Page};
use crate::server::app::App;
use crate::server::http::auth::Caller;
use crate::server::http::cursor;
use crate::server::http::list::ListAnswer;
use crate::server::http::problem::Problem;
use crate::server::http::query::{Params, one_of};
use crate::server::policy::Act;
use crate::server::store::outbox;

pub const STATES: [&str; 3] = ["waiting", "sent", "dead"];

/// A page of what people are told, the latest first.
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    params: Params,
) -> Result<ListAnswer<Page<Notification>>, Problem> {
    caller.may(Act::SeeTeam)?;
    let limit = params.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let state = params.text("state")?;
    if state.is_some_and(|state| !STATES.contains(&state)) {
        return Err(Problem::malformed("state", one_of(STATES)));
    }
    let list = format!("notifications {state:?}");
    let after = params.text("cursor")?.map(|text| cursor::read::<String>(&list, text)).transpose()?;
    let reads = app.store.reads();
    let total = if after.is_none() { Some(outbox::count(reads, state).await?) } else { None };
    let (data, next) = outbox::page(reads, state, after.as_deref(), limit).await?;
    let next_cursor = next.map(|place| cursor::write(&list, &place)).transpose()?;
    Ok(ListAnswer { rows: data.len(), page: Page { data, meta: Meta { next_cursor, total } } })
}
