//! `GET /notifications`.

use std::sync::Arc;

use axum::extract::State;

use crate::api::notifications::Notification;
use crate::api::page::{DEFAULT_LIMIT, MAX_LIMIT, Meta, Page};
use crate::domain::notice::NoticeState;
use crate::server::app::App;
use crate::server::http::auth::Caller;
use crate::server::http::cursor;
use crate::server::http::list::ListAnswer;
use crate::server::http::problem::Problem;
use crate::server::http::query::{Params, one_of};
use crate::server::policy::Act;
use crate::server::store::outbox::{self, Choice};

/// A page of what people are told, the latest first: the team's, or with `scope=mine` what the caller is told.
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    params: Params,
) -> Result<ListAnswer<Page<Notification>>, Problem> {
    let mine = params.word("scope", &[("team", false), ("mine", true)])?.unwrap_or(false);
    caller.may(if mine { Act::ManageKeys } else { Act::SeeTeam })?;
    let limit = params.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let state = params.text("state")?.map(NoticeState::from_word);
    if matches!(state, Some(NoticeState::Other(_))) {
        return Err(Problem::malformed("state", one_of(NoticeState::WORDS.iter().copied())));
    }
    let choice = Choice { state, to: mine.then(|| caller.user.email.clone()) };
    let list = format!("notifications {choice:?}");
    let after = params.text("cursor")?.map(|text| cursor::read::<String>(&list, text)).transpose()?;
    let reads = app.store.reads();
    let total = if after.is_none() { Some(outbox::count(reads, &choice).await?) } else { None };
    let (data, next) = outbox::page(reads, &choice, after.as_deref(), limit).await?;
    let next_cursor = next.map(|place| cursor::write(&list, &place)).transpose()?;
    Ok(ListAnswer { rows: data.len(), page: Page { data, meta: Meta { next_cursor, total } } })
}
