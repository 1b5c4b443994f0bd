//! Taking messages out to be sent, and what became of them.

use chrono::TimeDelta;
use serde_json::Value;

use crate::domain::key::Status;
use crate::domain::notice::{NoticeState, Occasion};
use crate::domain::time::{Time, When, wire};
use crate::server::store::engine::{On, Result, Row, Transaction};
use crate::server::store::sql::Sql;
use crate::server::store::{Write, moment, standing};

/// How many keys of a message are read; of the rest it says how many.
pub const MOST: u32 = 1000;
/// How long a server that sends keeps others from the same.
const CLAIM: TimeDelta = TimeDelta::minutes(5);
/// How long what is over is kept.
const KEPT: TimeDelta = TimeDelta::days(30);
/// How many quiet spells a notice waits at the most for others of its kind.
const SPELLS: i32 = 6;

/// One notice, as it is sent.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub key_id: String,
    pub key_name: String,
    /// Who did it, why, what they said of it, when, and what else is told.
    pub details: Value,
}

/// What is sent to somebody at once.
#[derive(Clone, Debug)]
pub struct Message {
    /// What it is known by, whenever it is sent.
    pub name: String,
    pub occasion: Occasion,
    pub recipient: String,
    /// The first [`MOST`] of its notices.
    pub notices: Vec<Waiting>,
    /// How many keys it is about in all.
    pub total: u64,
    /// Which ways it went already.
    pub ways: Vec<String>,
    pub attempts: i64,
    /// When the first of what it tells came to pass.
    pub due: When,
    /// When it was first tried.
    pub first_try: When,
}

/// Adds the condition that a notice `n` waits and is due, and that nobody else sends it. One that no message holds yet
/// waits until nothing more of its kind has come for `quiet`; while an act goes on, what it tells of waits for its end, and
/// dates that it may change are not told.
fn push_due(sql: &mut Sql, quiet: TimeDelta, now: Time) {
    sql.push("n.state = 'waiting' AND n.next_try <= ").bind(wire(now));
    sql.push(" AND (n.claimed_until IS NULL OR n.claimed_until <= ").bind(wire(now));
    sql.push(" OR n.claimed_until > ").bind(wire(now + CLAIM)).push(")");
    sql.push(" AND (n.message IS NOT NULL OR n.cause = 'expiring' OR n.due <= ").bind(wire(now - quiet * SPELLS));
    sql.push(" OR NOT EXISTS (SELECT 1 FROM notices f WHERE f.person = n.person AND f.cause = n.cause AND");
    sql.push(" f.state = 'waiting' AND f.message IS NULL AND f.due > ").bind(wire(now - quiet)).push("))");
    sql.push(" AND (n.cause NOT IN ('revoked', 'disabled', 'expiring') OR NOT EXISTS");
    sql.push(" (SELECT 1 FROM acts WHERE running = 1))");
}

/// Whether anything is due.
pub async fn is_due(on: impl On, quiet: TimeDelta, now: Time) -> Result<bool> {
    let mut sql = Sql::new("SELECT n.id FROM notices n WHERE ");
    push_due(&mut sql, quiet, now);
    sql.push(" LIMIT 1");
    Ok(sql.row(on).await?.is_some())
}

/// The next message that is due, which nobody else sends meanwhile, without what is not true any more; none when nothing is
/// left of it.
pub async fn claim(write: &mut Write, quiet: TimeDelta, now: Time) -> Result<Option<Message>> {
    let mut first = Sql::new(
        "SELECT n.id, n.cause, n.person, n.recipient, n.message, n.ways, n.attempts, n.due, n.first_try FROM notices n \
         WHERE ",
    );
    push_due(&mut first, quiet, now);
    first.push(" ORDER BY n.next_try, n.id LIMIT 1");
    let Some(row) = first.row(write.on()).await? else { return Ok(None) };
    let (id, occasion): (String, _) = (row.try_get("id")?, Occasion::from_word(row.try_get("cause")?));
    if matches!(occasion, Occasion::Other(_)) {
        let mut end = Sql::new("UPDATE notices SET state = ");
        end.bind(NoticeState::Dead.word()).push(", problem = ").bind("this version knows no such cause");
        end.push(" WHERE id = ").bind(id);
        end.run(write.on()).await?;
        return Ok(None);
    }
    let named: Option<String> = row.try_get("message")?;
    let name = named.clone().unwrap_or(id);
    if named.is_none() {
        let mut join = Sql::new("UPDATE notices SET message = ");
        join.bind(name.as_str()).push(" WHERE state = 'waiting' AND message IS NULL AND cause = ");
        join.bind(occasion.word()).push(" AND person = ").bind(row.try_get::<&str>("person")?);
        join.push(" AND next_try <= ").bind(wire(now));
        join.run(write.on()).await?;
    }
    spare(write.on(), &name, &occasion, now).await?;
    let mut hold = Sql::new("UPDATE notices SET claimed_until = ");
    hold.bind(wire(now + CLAIM)).push(", first_try = COALESCE(first_try, ").bind(wire(now));
    hold.push(") WHERE state = 'waiting' AND message = ").bind(name.as_str());
    let total = hold.run(write.on()).await?;
    if total == 0 {
        return Ok(None);
    }
    let mut all = Sql::new("SELECT key_id, key_name, details FROM notices WHERE message = ");
    all.bind(name.as_str()).push(" AND state = 'waiting' ORDER BY id LIMIT ").bind(i64::from(MOST));
    let all = all.rows(write.on()).await?;
    let notices = all.iter().map(waiting).collect::<Result<Vec<_>>>()?;
    let ways: &str = row.try_get("ways")?;
    Ok(Some(Message {
        name,
        occasion,
        recipient: row.try_get("recipient")?,
        notices,
        total,
        ways: ways.split_whitespace().map(str::to_owned).collect(),
        attempts: row.try_get("attempts")?,
        due: moment(row.row(), "due")?,
        first_try: moment(row.row(), "first_try")?,
    }))
}

fn waiting(row: Row<'_>) -> Result<Waiting> {
    Ok(Waiting {
        key_id: row.try_get("key_id")?,
        key_name: row.try_get("key_name")?,
        details: serde_json::from_str(row.try_get("details")?).unwrap_or_default(),
    })
}

/// Leaves out of a message what is not true any more, and of several notices of one key to one person all but the last.
async fn spare(on: &mut Transaction, message: &str, occasion: &Occasion, now: Time) -> Result<()> {
    let mut sql = Sql::new("UPDATE notices SET state = ");
    sql.bind(NoticeState::Void.word())
        .push(", claimed_until = NULL, problem = ")
        .bind("a later one tells of the same key")
        .push(" WHERE state = 'waiting' AND message = ")
        .bind(message);
    sql.push(" AND EXISTS (SELECT 1 FROM notices o WHERE o.key_id = notices.key_id AND o.person = notices.person");
    sql.push(" AND o.cause = notices.cause AND o.id > notices.id AND o.state IN ('waiting', 'sent'))");
    sql.run(&mut *on).await?;
    let mut sql = Sql::new("UPDATE notices SET state = ");
    sql.bind(NoticeState::Void.word())
        .push(", claimed_until = NULL, problem = ")
        .bind("it was not true any more")
        .push(" WHERE state = 'waiting' AND message = ")
        .bind(message);
    sql.push(" AND NOT EXISTS (SELECT 1 FROM api_keys k WHERE k.id = notices.key_id AND ");
    match occasion {
        // that it is gone is what they tell
        Occasion::Revoked | Occasion::AutoRevoked | Occasion::Other(_) => return Ok(()),
        Occasion::Disabled => standing::push_is(&mut sql, &Status::Disabled, now),
        Occasion::Transferred | Occasion::Created | Occasion::Exposed | Occasion::AutoRevokeSkipped => {
            push_there(&mut sql, now);
        }
        Occasion::ExpirySkipped => {
            push_there(&mut sql, now);
            sql.push(" AND k.spared = 1");
        }
        Occasion::Expiring => {
            push_there(&mut sql, now);
            // one that is disabled for a while expires all the same
            sql.push(" AND (k.disabled_reason IS NULL OR k.disabled_until IS NOT NULL)");
            sql.push(" AND k.owner_id IN (SELECT id FROM users WHERE active = 1)");
            sql.push(" AND notices.about LIKE '% ' || k.expires_at AND k.expires_at > ").bind(wire(now));
        }
    }
    sql.push(")");
    sql.run(on).await?;
    Ok(())
}

/// The key `k` is not revoked.
fn push_there(sql: &mut Sql, now: Time) {
    sql.push("NOT ");
    standing::push_is(sql, &Status::Revoked, now);
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

/// Notes what an attempt came to.
pub async fn record(write: &mut Write, message: &Message, attempt: &Attempt, now: Time) -> Result<()> {
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
    sql.push(" WHERE state = 'waiting' AND message = ").bind(message.name.as_str());
    sql.run(write.on()).await?;
    Ok(())
}

/// Removes what is over for a month, but not what keeps a key that still expires from being told of again.
pub async fn clean(write: &mut Write, now: Time) -> Result<()> {
    let mut sql = Sql::new("DELETE FROM notices WHERE state <> 'waiting' AND due <= ");
    sql.bind(wire(now - KEPT)).push(" AND (about IS NULL OR NOT EXISTS (SELECT 1 FROM api_keys k WHERE k.id = key_id");
    sql.push(" AND k.expires_at > ").bind(wire(now)).push("))");
    sql.run(write.on()).await?;
    Ok(())
}
