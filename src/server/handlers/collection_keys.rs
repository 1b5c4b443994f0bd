//! `GET /collection-access-keys`, `POST /collection-access-keys`, `DELETE /collection-access-keys/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;

use crate::api::key::{CollectionAccessKey, CreatedCollectionAccessKey, NewCollectionAccessKey, Noted};
use crate::api::page::MAX_LIMIT;
use crate::domain::key_value::{self, KeyKind};
use crate::domain::time::When;
use crate::server::app::App;
use crate::server::http::auth::Caller;
use crate::server::http::body::{Body, check_note, check_text};
use crate::server::http::cursor;
use crate::server::http::list::ListAnswer;
use crate::server::http::problem::Problem;
use crate::server::http::query::{Id, Params};
use crate::server::mint;
use crate::server::policy::Act;
use crate::server::store::audit::Cause;
use crate::server::store::collection_keys::{self, Filter, From, NewRow};
use crate::server::store::key_lists::Position;
use crate::server::store::reserve::Purpose;

/// The longest id and the longest name of a collection, in characters.
pub const LONGEST: usize = 255;

/// Postman's shape of a page; `total` is an extension, on the first page only.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = CollectionAccessKeys)]
pub struct Answer {
    data: Vec<CollectionAccessKey>,
    meta: AnswerMeta,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CollectionAccessKeysMeta)]
struct AnswerMeta {
    next_cursor: Option<String>,
    prev_cursor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
}

/// One page of the caller's own keys, with the role admin of the team's; newest first.
pub async fn list(State(app): State<Arc<App>>, caller: Caller, params: Params) -> Result<ListAnswer<Answer>, Problem> {
    caller.may(Act::ManageKeys)?;
    let limit = params.limit(MAX_LIMIT, MAX_LIMIT)?;
    let collection = params.text("collectionId")?.map(str::to_owned);
    if collection.as_ref().is_some_and(|id| id.chars().count() > LONGEST) {
        return Err(Problem::malformed("collectionId", format!("longer than {LONGEST} characters")));
    }
    let owner = (!caller.can(Act::SeeTeam)).then_some(caller.user.id);
    let filter = Filter { owner, collection };
    let list = format!("collection-access-keys {filter:?}");
    let from = match params.text("cursor")? {
        None => From::Start,
        Some(text) => match cursor::read::<(bool, Position)>(&list, text)? {
            (true, position) => From::Before(position),
            (false, position) => From::After(position),
        },
    };
    let pool = app.store.reads();
    let total = if from == From::Start { Some(collection_keys::count(pool, &filter).await?) } else { None };
    let page = collection_keys::page(pool, &filter, &from, limit, app.now()).await?;
    let cursor = |backwards: bool, position: Option<Position>| {
        position.map(|position| cursor::write(&list, &(backwards, position))).transpose()
    };
    let meta = AnswerMeta { next_cursor: cursor(false, page.next)?, prev_cursor: cursor(true, page.previous)?, total };
    Ok(ListAnswer { rows: page.keys.len(), page: Answer { data: page.keys, meta } })
}

/// Makes a key that reads one collection.
pub async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body { value: new, .. }: Body<NewCollectionAccessKey>,
) -> Result<(StatusCode, Json<CreatedCollectionAccessKey>), Problem> {
    caller.may(Act::ManageKeys)?;
    check_text("collectionId", &new.collection_id, LONGEST)?;
    if let Some(name) = &new.collection_name {
        check_text("collectionName", name, LONGEST)?;
    }
    let note = check_note(new.note.as_deref())?;
    let value = mint::value(KeyKind::CollectionAccessKey)?;
    let mut write = caller.write(&app).await?;
    let now = app.now();
    let row = NewRow {
        id: mint::id(),
        collection_id: new.collection_id,
        collection_name: new.collection_name,
        owner_id: caller.user.id,
        created_at: now,
        last_used_at: None,
        deleted: None,
        secret_hash: key_value::fingerprint(value.expose()),
        masked_value: key_value::mask(value.expose()),
    };
    collection_keys::create(&mut write, &row, &caller.user, &Cause { note, ..Cause::new(&caller.origin, now) }).await?;
    let made = collection_keys::by_ids(write.on(), [row.id.as_str()], now).await?;
    let collection_access_key = made.into_iter().next().ok_or_else(Problem::server)?;
    let answer = CreatedCollectionAccessKey { collection_access_key, value: value.expose().to_owned() };
    caller.commit(write, StatusCode::CREATED, &answer, Some(&row.id), now).await?;
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Revokes a key: one's own, or with the role admin any. A key that was revoked before is not there any more.
pub async fn delete(
    State(app): State<Arc<App>>,
    caller: Caller,
    Id(id): Id,
    Body { value: said, .. }: Body<Noted>,
) -> Result<StatusCode, Problem> {
    caller.may(Act::ManageKeys)?;
    let note = check_note(said.note.as_deref())?;
    let mut write = caller.write_for(&app, Purpose::Stopping).await?;
    let now = app.now();
    let found = collection_keys::by_ids(write.on(), [id.as_str()], now).await?;
    let key = found
        .into_iter()
        .find(|key| key.deleted_at == When::Never)
        .filter(|key| caller.can(Act::SeeKey(key.user_id.0)))
        .ok_or_else(|| Problem::not_found("collection access key"))?;
    collection_keys::revoke(&mut write, &key, &Cause { note, ..Cause::new(&caller.origin, now) }).await?;
    write.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
