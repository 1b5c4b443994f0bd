//! The outbox: what people are to be told, written in the transaction that causes it, and what became of it.
//!
//! Each notice is of one key and to one person. Those to one person of one cause that wait together go as one message. A
//! message is put together once, and sent again as it was: under the same name, so that who gets it twice can tell.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde_json::{Value, json};
use ulid::Ulid;

use super::audit::Cause;
use super::engine::{On, Result, Row, Transaction};
use super::sql::{Sql, insert};
use super::team::User;
use super::{Write, moment};
use crate::api::notifications::Notification;
use crate::domain::ids::KeyId;
use crate::domain::time::{Time, When, wire};
use crate::domain::untrusted::Untrusted;

/// How many keys one message tells of at the most.
pub const DIGEST: u32 = 1000;
/// How long it is tried to send something.
pub const PATIENCE: TimeDelta = TimeDelta::hours(24);
/// How long a server that sends keeps others from the same.
const CLAIM: TimeDelta = TimeDelta::minutes(5);
/// How long what is over is kept.
const KEPT: TimeDelta = TimeDelta::days(30);

/// Why somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    Revoked,
    Disabled,
    /// Given to another owner.
    Transferred,
    Expiring,
}

impl Occasion {
    const ALL: [Self; 4] = [Self::Revoked, Self::Disabled, Self::Transferred, Self::Expiring];

    /// The word on the wire and in the store.
    pub fn word(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Disabled => "disabled",
            Self::Transferred => "transferred",
            Self::Expiring => "expiring",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|occasion| occasion.word() == word)
    }
}

/// Something that happened to a key, or will.
#[derive(Clone, Debug)]
pub struct Notice<'a> {
    pub occasion: Occasion,
    pub key_id: &'a str,
    pub key_name: &'a str,
    /// Who did it, by name; none: the server by itself.
    pub by: Option<&'a str>,
    /// Why, as `admin` or `exposed`, and what they said of it.
    pub why: Option<&'a str>,
    pub note: Option<&'a str>,
    /// When it happens, or happened.
    pub at: Time,
    /// What is told once only.
    pub about: Option<String>,
}

/// Tells `recipients` of it, each once, from `due` on. Where there is nobody to tell, that is noted.
pub async fn put(write: &mut Write, notice: &Notice<'_>, recipients: &BTreeSet<String>, due: Time) -> Result<()> {
    let details = json!({ "by": notice.by, "why": notice.why, "note": notice.note, "at": wire(notice.at) }).to_string();
    let rows: Vec<(&str, &str, Option<&str>)> = if recipients.is_empty() {
        vec![("", "dead", Some("there is nobody to tell"))]
    } else {
        recipients.iter().map(|recipient| (recipient.as_str(), "waiting", None)).collect()
    };
    insert(
        write.on(),
        "INSERT INTO notices (id, cause, recipient, key_id, key_name, details, about, due, next_try, state, problem) VALUES ",
        &rows,
        |(recipient, state, problem), row| {
            row.add(Ulid::new().to_string()).add(notice.occasion.word()).add(*recipient);
            row.add(notice.key_id).add(notice.key_name).add(details.as_str()).add(notice.about.as_deref());
            row.add(wire(due)).add(wire(due)).add(*state).add(*problem);
        },
    )
    .await
}

/// Who is told of a key: its contacts, and its owner if they are there.
pub fn owner_and_contacts(owner: &User, contacts: &[String]) -> BTreeSet<String> {
    let owner = Some(owner.email.clone()).filter(|email| owner.active && !email.is_empty());
    contacts.iter().cloned().chain(owner).collect()
}

/// The owner and the contacts of a key, but not an owner who did it themselves.
pub fn others_than(cause: &Cause<'_>, owner: &User, contacts: &[String]) -> BTreeSet<String> {
    let mut all = owner_and_contacts(owner, contacts);
    if cause.origin.actor_id == Some(owner.id) {
        all.remove(&owner.email);
    }
    all
}

/// Who is told before a key expires: its contacts, or else its owner.
pub fn contacts_or_owner(owner: Option<&User>, contacts: &[String]) -> BTreeSet<String> {
    if contacts.is_empty() {
        owner.map(|owner| owner_and_contacts(owner, &[])).unwrap_or_default()
    } else {
        contacts.iter().cloned().collect()
    }
}

/// One notice, as it is sent.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub id: String,
    pub key_id: String,
    pub key_name: String,
    /// Who did it, why, what they said of it, and when.
    pub details: Value,
}

/// What is sent to somebody at once.
#[derive(Clone, Debug)]
pub struct Message {
    /// What it is known by, whenever it is sent.
    pub name: String,
    pub occasion: Occasion,
    pub recipient: String,
    pub notices: Vec<Waiting>,
    /// Which ways it went already.
    pub ways: Vec<String>,
    pub attempts: i64,
    pub due: When,
}

/// The next message that is due, which nobody else sends meanwhile; none when nothing is.
pub async fn claim(write: &mut Write, now: Time) -> Result<Option<Message>> {
    let mut first = Sql::new(
        "SELECT id, cause, recipient, message, ways, attempts, due FROM notices WHERE state = 'waiting' AND next_try <= ",
    );
    first.bind(wire(now)).push(" AND (claimed_until IS NULL OR claimed_until <= ").bind(wire(now));
    first.push(") ORDER BY next_try, id LIMIT 1");
    let Some(row) = first.row(write.on()).await? else { return Ok(None) };
    let (id, cause): (String, String) = (row.try_get("id")?, row.try_get("cause")?);
    let recipient: String = row.try_get("recipient")?;
    let Some(occasion) = Occasion::from_word(&cause) else {
        end(write.on(), &[id], "this version knows no such cause").await?;
        return Ok(None);
    };
    let named: Option<String> = row.try_get("message")?;
    let name = named.clone().unwrap_or_else(|| id.clone());
    if named.is_none() {
        let mut fresh = Sql::new("SELECT id FROM notices WHERE state = 'waiting' AND message IS NULL AND cause = ");
        fresh.bind(cause.as_str()).push(" AND recipient = ").bind(recipient.as_str());
        fresh.push(" AND next_try <= ").bind(wire(now)).push(" ORDER BY next_try, id LIMIT ").bind(i64::from(DIGEST));
        let rows = fresh.rows(write.on()).await?;
        let ids = rows.iter().map(|row| row.try_get("id")).collect::<Result<Vec<String>>>()?;
        let mut join = Sql::new("UPDATE notices SET message = ");
        join.bind(name.as_str()).push(" WHERE id IN ").seek_list(&ids);
        join.run(write.on()).await?;
    }
    let mut hold = Sql::new("UPDATE notices SET claimed_until = ");
    hold.bind(wire(now + CLAIM)).push(" WHERE message = ").bind(name.as_str());
    hold.run(write.on()).await?;
    let mut all = Sql::new("SELECT id, key_id, key_name, details FROM notices WHERE message = ");
    all.bind(name.as_str()).push(" AND state = 'waiting' ORDER BY id");
    let all = all.rows(write.on()).await?;
    let notices = all.iter().map(waiting).collect::<Result<Vec<_>>>()?;
    let ways: String = row.try_get("ways")?;
    Ok(Some(Message {
        name,
        occasion,
        recipient,
        notices,
        ways: ways.split_whitespace().map(str::to_owned).collect(),
        attempts: row.try_get("attempts")?,
        due: moment(row.row(), "due")?,
    }))
}

fn waiting(row: Row<'_>) -> Result<Waiting> {
    Ok(Waiting {
        id: row.try_get("id")?,
        key_id: row.try_get("key_id")?,
        key_name: row.try_get("key_name")?,
        details: serde_json::from_str(row.try_get("details")?).unwrap_or_default(),
    })
}

/// Leaves out of a message what is not true any more: a key that does not expire, since it is revoked or dated anew.
pub async fn still_true(write: &mut Write, message: &mut Message) -> Result<()> {
    if message.occasion != Occasion::Expiring {
        return Ok(());
    }
    let mut sql =
        Sql::new("SELECT id, expires_at FROM api_keys WHERE revoked_at IS NULL AND disabled_reason IS NULL AND id IN ");
    sql.seek_list(message.notices.iter().map(|notice| notice.key_id.as_str()));
    let rows = sql.rows(write.on()).await?;
    let mut lasting = Vec::new();
    for row in rows.iter() {
        lasting.push((row.try_get::<String>("id")?, row.try_get::<Option<String>>("expires_at")?));
    }
    let is_true = |notice: &Waiting| {
        let at = notice.details["at"].as_str();
        lasting.iter().any(|(id, expires)| *id == notice.key_id && expires.as_deref() == at)
    };
    let (kept, gone): (Vec<Waiting>, Vec<Waiting>) =
        std::mem::take(&mut message.notices).into_iter().partition(is_true);
    message.notices = kept;
    let gone: Vec<String> = gone.into_iter().map(|notice| notice.id).collect();
    if gone.is_empty() { Ok(()) } else { end(write.on(), &gone, "it is not true any more").await }
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
    match (&attempt.problem, attempt.next) {
        (None, _) => {
            sql.push(", state = 'sent', sent_at = ").bind(wire(now));
        }
        (Some(_), Some(next)) => {
            sql.push(", next_try = ").bind(wire(next));
        }
        (Some(_), None) => {
            sql.push(", state = 'dead'");
        }
    }
    sql.push(" WHERE state = 'waiting' AND message = ").bind(message.name.as_str());
    sql.run(write.on()).await?;
    Ok(())
}

async fn end(on: &mut Transaction, ids: &[String], problem: &str) -> Result<()> {
    let mut sql = Sql::new("UPDATE notices SET claimed_until = NULL, state = 'dead', problem = ");
    sql.bind(problem).push(" WHERE id IN ").seek_list(ids);
    sql.run(on).await?;
    Ok(())
}

/// Whether anything is due.
pub async fn is_due(on: impl On, now: Time) -> Result<bool> {
    let mut sql = Sql::new("SELECT id FROM notices WHERE state = 'waiting' AND next_try <= ");
    sql.bind(wire(now)).push(" AND (claimed_until IS NULL OR claimed_until <= ").bind(wire(now)).push(") LIMIT 1");
    Ok(sql.row(on).await?.is_some())
}

/// Removes what is over for a month, but not what keeps a key that still expires from being told of again.
pub async fn clean(write: &mut Write, now: Time) -> Result<()> {
    let mut sql = Sql::new("DELETE FROM notices WHERE state <> 'waiting' AND due <= ");
    sql.bind(wire(now - KEPT)).push(" AND (about IS NULL OR NOT EXISTS (SELECT 1 FROM api_keys k WHERE k.id = key_id");
    sql.push(" AND k.expires_at > ").bind(wire(now)).push("))");
    sql.run(write.on()).await?;
    Ok(())
}

/// A key that is about to expire.
#[derive(Clone, Debug)]
pub struct Ending {
    pub id: String,
    pub name: String,
    pub owner_id: i64,
    pub contacts: Vec<String>,
    /// When it expires, as the wire writes it.
    pub expires_at: String,
}

impl Ending {
    /// What is told once only: that it expires then, `days` before.
    pub fn about(&self, days: i64) -> String {
        format!("{} {days} {}", self.id, self.expires_at)
    }
}

/// Keys that expire within `days` days and not within `sooner`, of which nobody was told so yet; at most 500. A key that was
/// made with no more than `days` to live is none of them: who made it knows.
pub async fn expiring(on: impl On, days: i64, sooner: i64, now: Time) -> Result<Vec<Ending>> {
    let mut sql = Sql::new("SELECT k.id, k.name, k.owner_id, k.contacts, k.expires_at FROM api_keys k WHERE ");
    // as the index has it
    let expires = "COALESCE(k.expires_at, '9999-12-31T23:59:59.999Z')";
    sql.push("k.revoked_at IS NULL AND k.disabled_reason IS NULL AND ").push(expires).push(" > ");
    sql.bind(wire(now + TimeDelta::days(sooner))).push(" AND ").push(expires).push(" <= ");
    sql.bind(wire(now + TimeDelta::days(days)));
    sql.push(" AND strftime('%Y-%m-%dT%H:%M:%fZ', k.expires_at, ").bind(format!("-{days} days"));
    sql.push(") > k.created_at AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.about = k.id || ")
        .bind(format!(" {days} "));
    sql.push(" || k.expires_at) ORDER BY ").push(expires).push(", k.id LIMIT 500");
    let rows = sql.rows(on).await?;
    rows.iter()
        .map(|row| {
            Ok(Ending {
                id: row.try_get("id")?,
                name: row.try_get("name")?,
                owner_id: row.try_get("owner_id")?,
                contacts: serde_json::from_str(row.try_get("contacts")?).unwrap_or_default(),
                expires_at: row.try_get("expires_at")?,
            })
        })
        .collect()
}

fn of_state(sql: &mut Sql, state: Option<&str>) {
    if let Some(state) = state {
        sql.and("state = ").bind(state);
    }
}

/// How many notices there are in this state, or in all.
pub async fn count(on: impl On, state: Option<&str>) -> Result<u64> {
    let mut sql = Sql::new("SELECT COUNT(*) AS counted FROM notices");
    of_state(&mut sql, state);
    sql.count(on).await
}

/// A page of notices, the latest first, and the id of the last one if there are more behind it.
pub async fn page(
    on: impl On,
    state: Option<&str>,
    after: Option<&str>,
    limit: u32,
) -> Result<(Vec<Notification>, Option<String>)> {
    let mut sql = Sql::new("SELECT id, cause, recipient, key_id, due, sent_at, attempts, state, problem FROM notices");
    of_state(&mut sql, state);
    if let Some(after) = after {
        sql.and("id < ").bind(after);
    }
    sql.push(" ORDER BY id DESC LIMIT ").bind(i64::from(limit) + 1);
    let rows = sql.rows(on).await?;
    let (page, more) = rows.page(limit);
    let data = page
        .map(|row| {
            let text = |name: &str| row.try_get::<String>(name).map(|text| Untrusted::from(text.as_str()));
            let problem = row.try_get::<Option<String>>("problem")?;
            Ok(Notification {
                id: KeyId::from(row.try_get::<String>("id")?.as_str()),
                cause: text("cause")?,
                key_ids: vec![KeyId::from(row.try_get::<String>("key_id")?.as_str())],
                recipient: text("recipient")?,
                due: moment(row, "due")?,
                sent_at: moment(row, "sent_at")?,
                attempts: u32::try_from(row.try_get::<i64>("attempts")?).unwrap_or(u32::MAX),
                state: text("state")?,
                problem: problem.map(|problem| Untrusted::from(problem.as_str())),
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let next = more.and(data.last()).map(|last| last.id.as_str().to_owned());
    Ok((data, next))
}
