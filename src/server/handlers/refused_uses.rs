//! `GET /api-keys/{id}/refused-uses`: from where a key that no longer works is still tried.

use std::sync::Arc;

use axum::extract::State;

use crate::api::key::RefusedUse;
use crate::api::page::{DEFAULT_LIMIT, MAX_LIMIT, Meta, Page};
use crate::server::app::App;
use crate::server::http::auth::Caller;
use crate::server::http::cursor;
use crate::server::http::list::ListAnswer;
use crate::server::http::problem::Problem;
use crate::server::http::query::{Id, Params};
use crate::server::policy::Act;
use crate::server::store::api_keys;
use crate::server::store::refused_uses::{self, Position};

/// One page of the addresses, the latest first: of one's own key, or with the role admin of any.
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Id(id): Id,
    params: Params,
) -> Result<ListAnswer<Page<RefusedUse>>, Problem> {
    caller.may(Act::ManageKeys)?;
    let limit = params.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let list = format!("refused-uses {id}");
    let after: Option<Position> = params.text("cursor")?.map(|text| cursor::read(&list, text)).transpose()?;
    let pool = app.store.reads();
    let key = api_keys::by_id(pool, &id, app.now()).await?;
    key.filter(|key| caller.can(Act::SeeKey(key.owner_id.0))).ok_or_else(|| Problem::not_found("API key"))?;
    let total = if after.is_none() { Some(refused_uses::count_of(pool, &id).await?) } else { None };
    let (data, next) = refused_uses::page(pool, &id, after.as_ref(), limit).await?;
    let next_cursor = next.map(|position| cursor::write(&list, &position)).transpose()?;
    Ok(ListAnswer { rows: data.len(), page: Page { data, meta: Meta { next_cursor, total } } })
}
