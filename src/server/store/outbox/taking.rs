//! Taking a message out to be sent. It may tell of very many keys, and others write meanwhile: it is taken a part at a time,
//! each in a transaction, and kept from other servers from the first one on.

use chrono::TimeDelta;
use serde_json::Value;

use super::sending::{AT_ONCE, part_ends, push_part};
use crate::domain::key::Status;
use crate::domain::notice::{NoticeState, Occasion};
use crate::domain::time::{Time, When, wire};
use crate::server::store::engine::{On, Result, Row, Transaction};
use crate::server::store::sql::Sql;
use crate::server::store::{Store, Write, moment, standing};

/// How many keys of a message are read; of the rest it says how many.
pub const MOST: u32 = 1000;
/// How long a server that sends keeps others from the same.
const CLAIM: TimeDelta = TimeDelta::minutes(5);
/// How many quiet spells a notice waits at the most for others of its kind.
const SPELLS: i32 = 6;
/// What waits for the end of an act, as [`push_due`] has it.
const WAITS_FOR_ACTS: [Occasion; 3] = [Occasion::Revoked, Occasion::Disabled, Occasion::Expiring];

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

/// The notice whose message is due next, if there is one: looked for before anybody is kept waiting.
pub async fn due(store: &Store, quiet: TimeDelta, now: Time) -> Result<Option<String>> {
    let acts = Sql::new("SELECT 1 AS one FROM acts WHERE running = 1 LIMIT 1");
    if acts.row(store.reads()).await?.is_none() {
        return first_due(store, None, quiet, now).await;
    }
    // an act may have very much wait for its end, which is passed by
    for cause in Occasion::WORDS {
        let waits = WAITS_FOR_ACTS.iter().any(|occasion| occasion.word() == *cause);
        if !waits && let Some(id) = first_due(store, Some(cause), quiet, now).await? {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// Whether a server is sending something now, so that what it notes of that is still to come.
pub async fn under_way(on: impl On, now: Time) -> Result<bool> {
    let mut sql = Sql::new("SELECT 1 AS one FROM notices WHERE state = 'waiting' AND claimed_until > ");
    sql.bind(wire(now)).push(" AND claimed_until <= ").bind(wire(now + CLAIM)).push(" LIMIT 1");
    Ok(sql.row(on).await?.is_some())
}

async fn first_due(store: &Store, cause: Option<&str>, quiet: TimeDelta, now: Time) -> Result<Option<String>> {
    let mut sql = Sql::new("SELECT n.id FROM notices n WHERE ");
    if let Some(cause) = cause {
        sql.push("n.cause = ").bind(cause).push(" AND ");
    }
    push_due(&mut sql, quiet, now);
    sql.push(" ORDER BY n.next_try, n.id LIMIT 1");
    sql.row(store.reads()).await?.map(|row| row.try_get("id")).transpose()
}

/// A message that is being taken.
#[derive(Debug)]
pub struct Taking {
    message: Message,
    /// Whom it is to, as people are told from one another.
    person: String,
    /// Whether there may be notices that go with it and no message holds yet.
    joining: bool,
    /// The last of its notices that was taken.
    position: String,
}

/// Begins to take the message of the notice `id`, which nobody else sends from now on; none where it is not due any more.
pub async fn take(write: &mut Write, id: &str, quiet: TimeDelta, now: Time) -> Result<Option<Taking>> {
    let mut sql = Sql::new(
        "SELECT n.cause, n.person, n.recipient, n.message, n.ways, n.attempts, n.due, n.first_try FROM notices n \
         WHERE n.id = ",
    );
    sql.bind(id).push(" AND ");
    push_due(&mut sql, quiet, now);
    let Some(row) = sql.row(write.on()).await? else { return Ok(None) };
    let occasion = Occasion::from_word(row.try_get("cause")?);
    if matches!(occasion, Occasion::Other(_)) {
        let mut end = Sql::new("UPDATE notices SET state = ");
        end.bind(NoticeState::Dead.word()).push(", problem = ").bind("this version knows no such cause");
        end.push(" WHERE id = ").bind(id);
        end.run(write.on()).await?;
        return Ok(None);
    }
    let named: Option<String> = row.try_get("message")?;
    let (joining, ways) = (named.is_none(), row.try_get::<&str>("ways")?);
    let message = Message {
        name: named.unwrap_or_else(|| id.to_owned()),
        occasion,
        recipient: row.try_get("recipient")?,
        notices: Vec::new(),
        total: 0,
        ways: ways.split_whitespace().map(str::to_owned).collect(),
        attempts: row.try_get("attempts")?,
        due: moment(row.row(), "due")?,
        first_try: moment(row.row(), "first_try")?.time().unwrap_or(now).into(),
    };
    Ok(Some(Taking { message, person: row.try_get("person")?, joining, position: String::new() }))
}

impl Taking {
    /// Takes the next part of it, without what is not true any more; whether that was the last.
    pub async fn go_on(&mut self, write: &mut Write, now: Time) -> Result<bool> {
        if self.joining && self.join(write.on(), now).await? == u64::from(AT_ONCE) {
            return Ok(false);
        }
        self.joining = false;
        let (name, after) = (self.message.name.clone(), self.position.clone());
        let last = part_ends(write.on(), &name, &after).await?;
        let part = (name.as_str(), after.as_str(), last.as_deref());
        spare(write.on(), part, &self.message.occasion, now).await?;
        let mut hold = Sql::new("UPDATE notices SET claimed_until = ");
        hold.bind(wire(now + CLAIM)).push(", first_try = COALESCE(first_try, ").bind(wire(now)).push(")");
        push_part(&mut hold, part);
        self.message.total += hold.run(write.on()).await?;
        let is_last = last.is_none();
        self.position = last.unwrap_or_default();
        Ok(is_last)
    }

    /// Puts some of the notices into the message that wait to be told to the same person for the same cause.
    async fn join(&self, on: &mut Transaction, now: Time) -> Result<u64> {
        let mut join = Sql::new("UPDATE notices SET message = ");
        join.bind(self.message.name.as_str()).push(", claimed_until = ").bind(wire(now + CLAIM));
        join.push(" WHERE id IN (SELECT f.id FROM notices f WHERE f.state = 'waiting' AND f.message IS NULL");
        join.push(" AND f.cause = ").bind(self.message.occasion.word());
        join.push(" AND f.person = ").bind(self.person.as_str());
        join.push(" AND f.next_try <= ").bind(wire(now)).push(" LIMIT ").bind(i64::from(AT_ONCE)).push(")");
        join.run(on).await
    }

    /// What was taken; none when nothing is left of it.
    pub async fn message(self, write: &mut Write) -> Result<Option<Message>> {
        let mut message = self.message;
        let mut all = Sql::new("SELECT key_id, key_name, details FROM notices WHERE message = ");
        all.bind(message.name.as_str()).push(" AND state = 'waiting' ORDER BY id LIMIT ").bind(i64::from(MOST));
        let all = all.rows(write.on()).await?;
        message.notices = all.iter().map(waiting).collect::<Result<Vec<_>>>()?;
        Ok(Some(message).filter(|message| message.total > 0))
    }
}

fn waiting(row: Row<'_>) -> Result<Waiting> {
    Ok(Waiting {
        key_id: row.try_get("key_id")?,
        key_name: row.try_get("key_name")?,
        details: serde_json::from_str(row.try_get("details")?).unwrap_or_default(),
    })
}

/// Leaves out of a part of a message what is not true any more, and of several notices of one key to one person all but the
/// last.
async fn spare(on: &mut Transaction, part: (&str, &str, Option<&str>), occasion: &Occasion, now: Time) -> Result<()> {
    let void = |problem: &'static str| {
        let mut sql = Sql::new("UPDATE notices SET state = ");
        sql.bind(NoticeState::Void.word()).push(", claimed_until = NULL, problem = ").bind(problem);
        push_part(&mut sql, part);
        sql
    };
    let mut sql = void("a later one tells of the same key");
    sql.push(" AND EXISTS (SELECT 1 FROM notices o WHERE o.key_id = notices.key_id AND o.person = notices.person");
    sql.push(" AND o.cause = notices.cause AND o.id > notices.id AND o.state IN ('waiting', 'sent'))");
    sql.run(&mut *on).await?;
    let mut sql = void("it was not true any more");
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
