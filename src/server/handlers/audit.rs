//! `GET /audit/logs`, `GET /audit-actions`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chrono::{Days, NaiveDate, NaiveTime};
use serde::Serialize;
use serde_json::Value;

use crate::api::audit::{AuditAction, AuditEntry, AuditMeta};
use crate::api::page::{DEFAULT_LIMIT, MAX_LIMIT};
use crate::domain::time::wire;
use crate::domain::untrusted::Untrusted;
use crate::server::app::App;
use crate::server::http::auth::Caller;
use crate::server::http::cursor;
use crate::server::http::problem::Problem;
use crate::server::http::query::{Params, one_of};
use crate::server::policy::Act;
use crate::server::store::audit::Action;
use crate::server::store::trail::Search;

/// The two orders, by their word.
const ORDERS: [(&str, bool); 2] = [("desc", false), ("asc", true)];

/// Postman's shape of a page. Each entry stands as it was hashed, so that whoever reads it can follow the chain.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuditLogs)]
pub struct Answer {
    #[schema(value_type = Vec<AuditEntry>)]
    trails: Vec<Value>,
    next_cursor: Option<String>,
    meta: AuditMeta,
}

/// One page of the log, the latest entry first unless asked otherwise.
pub async fn logs(State(app): State<Arc<App>>, caller: Caller, params: Params) -> Result<Json<Answer>, Problem> {
    caller.may(Act::SeeTeam)?;
    let limit = params.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let search = search(&params)?;
    let list = format!("audit-logs {search:?}");
    let after = params.text("cursor")?.map(|text| cursor::read::<i64>(&list, text)).transpose()?;
    let found = search.page(&app.store, after, limit).await?;
    let next_cursor = found.next.map(|place| cursor::write(&list, &place)).transpose()?;
    let meta = AuditMeta { head: Some(found.head.to_string()), next_cursor: None };
    Ok(Json(Answer { trails: found.entries, next_cursor, meta }))
}

fn search(params: &Params) -> Result<Search, Problem> {
    let (since, until) = (date(params, "since")?, date(params, "until")?);
    if since.zip(until).is_some_and(|(since, until)| since > until) {
        return Err(Problem::malformed("since", "later than until"));
    }
    let action = params.text("action")?;
    if let Some(action) = action
        && Action::ALL.iter().all(|known| known.word() != action)
    {
        return Err(Problem::malformed("action", one_of(Action::ALL.map(Action::word))));
    }
    // Postman's own client always sends both, the old name with the default
    let (order, twin) = (params.word("orderBy", &ORDERS)?, params.word("order_by", &ORDERS)?);
    let midnight = |day: NaiveDate| wire(day.and_time(NaiveTime::MIN).and_utc());
    Ok(Search {
        actor: params.integer("userId")?,
        key: params.text("keyId")?.map(str::to_owned),
        action: action.map(str::to_owned),
        since: since.map(midnight),
        before: until.and_then(|day| day.checked_add_days(Days::new(1))).map(midnight),
        after_seq: params.integer("afterSeq")?,
        ascending: order.or(twin).unwrap_or(false),
    })
}

/// A day in UTC, both ends of a span included. Source: Postman's audit log, which takes dates and no moments.
fn date(params: &Params, name: &str) -> Result<Option<NaiveDate>, Problem> {
    let Some(text) = params.text(name)? else { return Ok(None) };
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        // four digits for the year, so that text order stays time order
        .filter(|day| text.len() == 10 && day.format("%Y-%m-%d").to_string() == text)
        .map(Some)
        .ok_or_else(|| Problem::malformed(name, "not a date of the form YYYY-MM-DD"))
}

/// What the log can tell of.
pub async fn actions(caller: Caller) -> Result<Json<Vec<AuditAction>>, Problem> {
    caller.may(Act::SeeTeam)?;
    let action = |action: Action| AuditAction {
        name: Untrusted::from(action.word()),
        display_name: Untrusted::from(action.display_name()),
    };
    Ok(Json(Action::ALL.into_iter().map(action).collect()))
}
