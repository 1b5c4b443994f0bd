//! Listing what people are told.

use super::recipients;
use crate::api::notifications::Notification;
use crate::domain::ids::KeyId;
use crate::domain::notice::{NoticeState, Occasion};
use crate::domain::time::When;
use crate::domain::untrusted::Untrusted;
use crate::server::store::engine::{On, Result};
use crate::server::store::moment;
use crate::server::store::sql::Sql;

/// Which notices a list is of.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// Those in this state; none: in any.
    pub state: Option<NoticeState>,
    /// Those to this address; none: to anybody.
    pub to: Option<String>,
}

fn of(sql: &mut Sql, choice: &Choice) {
    if let Some(state) = &choice.state {
        sql.and("state = ").bind(state.word());
    }
    if let Some(to) = &choice.to {
        sql.and("recipient <> '' AND person = ").seek(&recipients::person(to));
    }
}

/// How many there are.
pub async fn count(on: impl On, choice: &Choice) -> Result<u64> {
    let mut sql = Sql::new("SELECT COUNT(*) AS counted FROM notices");
    of(&mut sql, choice);
    sql.count(on).await
}

/// A page of them, the latest first, and the id of the last one if there are more behind it.
pub async fn page(
    on: impl On,
    choice: &Choice,
    after: Option<&str>,
    limit: u32,
) -> Result<(Vec<Notification>, Option<String>)> {
    let mut sql = Sql::new(
        "SELECT id, cause, recipient, key_id, key_name, due, sent_at, next_try, attempts, state, problem FROM notices",
    );
    of(&mut sql, choice);
    if let Some(after) = after {
        sql.and("id < ").seek(after);
    }
    sql.push(" ORDER BY id DESC LIMIT ").bind(i64::from(limit) + 1);
    let rows = sql.rows(on).await?;
    let (page, more) = rows.page(limit);
    let data = page
        .map(|row| {
            let text = |name: &str| row.try_get::<&str>(name).map(Untrusted::from);
            let state = NoticeState::from_word(row.try_get("state")?);
            let next_try = if state == NoticeState::Waiting { moment(row, "next_try")? } else { When::Never };
            Ok(Notification {
                id: KeyId::from(text("id")?),
                cause: Occasion::from_word(row.try_get("cause")?),
                key_ids: vec![KeyId::from(text("key_id")?)],
                key_name: text("key_name")?,
                recipient: text("recipient")?,
                due: moment(row, "due")?,
                sent_at: moment(row, "sent_at")?,
                next_try_at: next_try,
                attempts: u32::try_from(row.try_get::<i64>("attempts")?).unwrap_or(u32::MAX),
                state,
                problem: row.try_get::<Option<&str>>("problem")?.map(Untrusted::from),
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let next = more.and(data.last()).map(|last| last.id.as_str().to_owned());
    Ok((data, next))
}
