//! The outbox: what people are to be told, written in the transaction that causes it, and what became of it.
//!
//! Each notice is of one key and to one person. Those to one person of one cause that wait together go as one message. A
//! message is put together once, and sent again as it was: under the same name, so that who gets it twice can tell.

mod expiring;
mod list;
mod recipients;
mod sending;
mod taking;

use std::collections::HashMap;

use serde_json::{Value, json};
use ulid::Ulid;

use super::Write;
use super::audit::Cause;
use super::engine::{Result, Transaction};
use super::sql::{IDS_A_LIST, Sql, insert};
use crate::domain::notice::{NoticeState, Occasion};
use crate::domain::time::{Time, wire};

pub use self::expiring::{Ending, expiring, still_expiring};
pub use self::list::{Choice, count, page};
pub use self::recipients::Recipients;
pub use self::sending::{Attempt, clean, give_up, put_off, record, waits};
pub use self::taking::{MOST, Message, Waiting, due, take, under_way};

/// Something that happened to a key, or will.
#[derive(Clone, Debug)]
pub struct Notice<'a> {
    pub occasion: Occasion,
    pub key_id: &'a str,
    pub key_name: &'a str,
    /// When it happens, or happened.
    pub at: Time,
    /// Who did it, by name; none: the server by itself.
    pub by: Option<&'a str>,
    /// Why, as `admin` or `exposed`, and what they said of it.
    pub why: Option<&'a str>,
    pub note: Option<&'a str>,
    /// What else is told: `until` when it is disabled, whose it was (`from`) and is (`to`), where it was `found`.
    pub more: Value,
    /// What is told once only.
    pub about: Option<String>,
}

impl<'a> Notice<'a> {
    /// What the actor of `cause` did just now to a key.
    pub fn of(occasion: Occasion, (key_id, key_name): (&'a str, &'a str), cause: &Cause<'a>) -> Self {
        let by = cause.origin.actor["name"].as_str();
        let (why, more, about) = (None, Value::Null, None);
        Self { occasion, key_id, key_name, at: cause.now, by, why, note: cause.note, more, about }
    }

    fn details(&self) -> String {
        let mut details = json!({ "by": self.by, "why": self.why, "note": self.note, "at": wire(self.at) });
        for (name, value) in self.more.as_object().into_iter().flatten() {
            details[name.as_str()] = value.clone();
        }
        details.to_string()
    }
}

/// One notice to one person, as it is written.
struct Line<'a> {
    notice: &'a Notice<'a>,
    /// What its details say, written once for all who are told.
    details: &'a str,
    person: &'a str,
    address: &'a str,
    state: NoticeState,
    problem: Option<&'static str>,
}

/// Tells each of `recipients` of it once, from `due` on. That nobody is told before a key expires is noted.
pub async fn put(write: &mut Write, notice: &Notice<'_>, recipients: &Recipients, due: Time) -> Result<()> {
    put_all(write, &[(notice.clone(), recipients.clone())], due).await
}

/// The same of many at once.
pub async fn put_all(write: &mut Write, told: &[(Notice<'_>, Recipients)], due: Time) -> Result<()> {
    let details: Vec<String> = told.iter().map(|(notice, _)| notice.details()).collect();
    let mut lines = Vec::with_capacity(told.len());
    for ((notice, recipients), details) in told.iter().zip(&details) {
        let line = |person, address, state, problem| Line { notice, details, person, address, state, problem };
        let before = lines.len();
        lines.extend(recipients.iter().map(|(person, address)| line(person, address, NoticeState::Waiting, None)));
        if lines.len() == before && notice.occasion == Occasion::Expiring {
            lines.push(line("", "", NoticeState::Dead, Some("there is nobody to tell")));
        }
    }
    let due = wire(due);
    insert(
        write.on(),
        "INSERT INTO notices (id, cause, person, recipient, key_id, key_name, details, about, due, next_try, state, \
         problem) VALUES ",
        &lines,
        |line, row| {
            let notice = line.notice;
            row.add(Ulid::new().to_string()).add(notice.occasion.word()).add(line.person).add(line.address);
            row.add(notice.key_id).add(notice.key_name).add(line.details).add(notice.about.as_deref());
            row.add(due.as_str()).add(due.as_str()).add(line.state.word()).add(line.problem);
        },
    )
    .await
}

/// The same, unless it was told before.
pub async fn put_once(write: &mut Write, notice: &Notice<'_>, recipients: &Recipients, due: Time) -> Result<()> {
    let mut sql = Sql::new("SELECT COUNT(*) AS counted FROM notices");
    sql.and("about = ").bind(notice.about.as_deref());
    if sql.count(write.on()).await? > 0 {
        return Ok(());
    }
    put(write, notice, recipients, due).await
}

/// The contacts of keys, by the keys' ids.
pub async fn contacts<'a>(
    on: &mut Transaction,
    ids: impl IntoIterator<Item = &'a str>,
) -> Result<HashMap<String, Vec<String>>> {
    let (ids, mut contacts) = (ids.into_iter().collect::<Vec<_>>(), HashMap::new());
    for ids in ids.chunks(IDS_A_LIST) {
        let mut sql = Sql::new("SELECT id, contacts FROM api_keys WHERE id IN ");
        sql.seek_any(ids);
        for row in sql.rows(&mut *on).await?.iter() {
            contacts.insert(row.try_get("id")?, serde_json::from_str(row.try_get("contacts")?).unwrap_or_default());
        }
    }
    Ok(contacts)
}
