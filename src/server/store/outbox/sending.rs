//! What became of messages: a part of one at a time, so that others who write do not wait for very many notices.

use chrono::TimeDelta;

use super::taking::Message;
use crate::domain::notice::NoticeState;
use crate::domain::time::{Time, wire};
use crate::server::store::engine::{On, Result, Transaction};
use crate::server::store::sql::Sql;
use crate::server::store::{Write, moment};

/// How many notices a transaction takes, notes or removes at the most.
pub(super) const AT_ONCE: u32 = 500;
/// How long what is over is kept.
const KEPT: TimeDelta = TimeDelta::days(30);

/// The last notice of the part of a message that begins after the notice `after`; none where it goes to the end.
pub(super) async fn part_ends(on: &mut Transaction, message: &str, after: &str) -> Result<Option<String>> {
    let mut sql = Sql::new("SELECT id FROM notices WHERE message = ");
    sql.bind(message).push(" AND state = 'waiting' AND id > ").bind(after);
    sql.push(" ORDER BY id LIMIT 1 OFFSET ").bind(i64::from(AT_ONCE) - 1);
    sql.row(on).await?.map(|row| row.try_get("id")).transpose()
}

/// Continues a statement with what still waits of a part of a message: after one notice, up to another or to the end.
pub(super) fn push_part(sql: &mut Sql, (message, after, last): (&str, &str, Option<&str>)) {
    sql.push(" WHERE state = 'waiting' AND message = ").bind(message).push(" AND id > ").bind(after);
    if let Some(last) = last {
        sql.push(" AND id <= ").bind(last);
    }
}

/// What an attempt came to.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The ways it went by now.
    pub ways: Vec<String>,
    /// Why it did not go every way.
    pub problem: Option<String>,
    /// When it is tried again; none: never.
    pub next: Option<Time>,
}

/// Notes what an attempt came to with the part of its message that begins after the notice `after`, and answers where the
/// next part begins; none when that was all.
pub async fn record(
    write: &mut Write,
    message: &Message,
    attempt: &Attempt,
    after: &str,
    now: Time,
) -> Result<Option<String>> {
    let last = part_ends(write.on(), &message.name, after).await?;
    let mut sql = Sql::new("UPDATE notices SET claimed_until = NULL, attempts = attempts + 1, ways = ");
    sql.bind(format!(" {} ", attempt.ways.join(" "))).push(", problem = ").bind(attempt.problem.clone());
    let state = match (&attempt.problem, attempt.next) {
        (None, _) => {
            sql.push(", sent_at = ").bind(wire(now));
            NoticeState::Sent
        }
        (Some(_), Some(next)) => {
            sql.push(", next_try = ").bind(wire(next));
            NoticeState::Waiting
        }
        (Some(_), None) => NoticeState::Dead,
    };
    sql.push(", state = ").bind(state.word());
    push_part(&mut sql, (&message.name, after, last.as_deref()));
    sql.run(write.on()).await?;
    Ok(last)
}

/// Continues a statement with the notices `n` that are due, and which nobody sends now.
fn push_untaken(sql: &mut Sql, now: Time) {
    sql.push(" FROM notices n WHERE n.state = 'waiting' AND n.next_try <= ").bind(wire(now));
    sql.push(" AND (n.claimed_until IS NULL OR n.claimed_until <= ").bind(wire(now));
    sql.push(") ORDER BY n.next_try, n.id LIMIT ");
}

/// Whether there is anything to [put off](put_off).
pub async fn waits(on: impl On, now: Time) -> Result<bool> {
    let mut sql = Sql::new("SELECT n.id");
    push_untaken(&mut sql, now);
    sql.push("1");
    Ok(sql.row(on).await?.is_some())
}

/// Notes of some notices that are due, and which nobody sends, that there is a `problem` before anything is tried. `when`
/// says of so many attempts since a moment when the next one is; none: never.
pub async fn put_off(
    write: &mut Write,
    problem: &'static str,
    when: impl Fn(i64, Time) -> Option<Time>,
    now: Time,
) -> Result<()> {
    let mut due = Sql::new("SELECT n.id, n.attempts, n.first_try");
    push_untaken(&mut due, now);
    due.bind(i64::from(AT_ONCE));
    let rows = due.rows(write.on()).await?;
    if rows.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::new("UPDATE notices SET attempts = attempts + 1, first_try = COALESCE(first_try, ");
    sql.bind(wire(now)).push("), problem = ").bind(problem);
    sql.push(", state = tried.column2, next_try = tried.column3 FROM (VALUES ");
    for (at, row) in rows.iter().enumerate() {
        let since = moment(row, "first_try")?.time().unwrap_or(now);
        let next = when(row.try_get("attempts")?, since);
        let state = if next.is_some() { NoticeState::Waiting } else { NoticeState::Dead };
        sql.push(if at > 0 { ", (" } else { "(" }).bind(row.try_get::<&str>("id")?).push(", ");
        sql.bind(state.word()).push(", ").bind(wire(next.unwrap_or(now))).push(")");
    }
    sql.push(") AS tried WHERE notices.id = tried.column1");
    sql.run(write.on()).await?;
    Ok(())
}

/// Leaves unsent all that waits, for this reason.
pub async fn give_up(on: &mut Transaction, problem: &'static str) -> Result<u64> {
    let mut sql = Sql::new("UPDATE notices SET claimed_until = NULL, problem = ");
    sql.bind(problem).push(", state = ").bind(NoticeState::Void.word()).push(" WHERE state = 'waiting'");
    sql.run(on).await
}

/// Removes some of what is over for a month, but not what keeps a key that still expires from being told of again; whether
/// there may be more.
pub async fn clean(write: &mut Write, now: Time) -> Result<bool> {
    let mut sql = Sql::new("DELETE FROM notices WHERE id IN (SELECT n.id FROM notices n WHERE n.state <> 'waiting'");
    sql.push(" AND n.due <= ").bind(wire(now - KEPT)).push(" AND (n.about IS NULL OR NOT EXISTS");
    sql.push(" (SELECT 1 FROM api_keys k WHERE k.id = n.key_id AND k.expires_at > ").bind(wire(now)).push("))");
    sql.push(" LIMIT ").bind(i64::from(AT_ONCE)).push(")");
    Ok(sql.run(write.on()).await? == u64::from(AT_ONCE))
}
