//! Changes of many keys in the journal: their ids before the first is sent, which were sent, and what became of each.
//!
//! Who carries one out holds it [locked](Journal::lock_change) meanwhile: one whose lock can be taken was cut short.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, Row, Transaction, params};
use ulid::Ulid;

use super::error::{Damage, JournalError, UnreadableChange};
use super::lock::{self, Holder, Lock, LockError, What};
use super::{Journal, Result, Stop};
use crate::domain::bulk::Outcome;
use crate::domain::changes::{About, Change, ChangeId, Item, is_open};
use crate::domain::deed::Deed;
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key_value::KeyKind;
use crate::domain::time::{Time, When, wire};
use crate::domain::untrusted::{Untrusted, visible};
use crate::fault::point;

/// The latest form in which a change is written.
const FORM: i64 = 2;
/// So many changes that are over are kept, the latest.
const KEPT: i64 = 100;

/// What is noted of a change before it begins.
#[derive(Debug)]
pub struct NewChange<'a> {
    pub about: &'a About,
    pub items: Vec<Item>,
    pub now: Time,
}

/// Changes from the journal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// Those that can be read, each with who is at it now.
    pub changes: Vec<(Change, Held)>,
    /// Those that cannot.
    pub unreadable: Vec<UnreadableChange>,
}

/// Whether a process is at a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// Nobody is: where it is not over, it was cut short.
    No,
    /// A process is; none, where it has not yet written down who it is.
    By(Option<Holder>),
}

impl Journal {
    /// Keeps a new change and holds it open.
    ///
    /// # Errors
    /// When that could not be written.
    pub async fn begin_change(&self, new: NewChange<'_>) -> Result<(ChangeId, Lock)> {
        point!("changes.begin.before");
        let id = ChangeId(Ulid::from_parts(millis(new.now), random()?).to_string());
        // held before it can be seen, so that nobody takes it for one that was cut short
        let lock = self.lock_change(&id, new.now).map_err(|error| self.unlocked(&error))?;
        let (change, about, now) = (id.0.clone(), new.about.clone(), wire(new.now));
        let items = new.items;
        self.write(move |write| {
            let insert = "INSERT INTO changes \
                          (id, form, is_over, deed, profile, address, user, note, started_at, recipient) \
                          VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
            let About { deed, profile, address, user, note } = &about;
            let (form, to) = (form_of(*deed), deed.recipient().map(|to| to.0));
            write.execute(insert, params![change, form, deed.verb(), profile, address, user.0, note, now, to])?;
            insert_items(write, &change, &items)?;
            forget_old(write)
        })
        .await?;
        point!("changes.begin.after");
        Ok((id, lock))
    }

    /// Notes how far the keys with these numbers are. What became of a key is noted in the same words as it was told.
    ///
    /// # Errors
    /// When that could not be written.
    pub async fn note_change(&self, id: &ChangeId, noted: Vec<(usize, Outcome)>) -> Result<()> {
        point!("changes.note.before");
        let change = id.0.clone();
        self.write(move |write| {
            let update = "UPDATE change_keys SET outcome = ?1, reason = ?2 WHERE change = ?3 AND number = ?4";
            let mut update = write.prepare_cached(update)?;
            for (number, outcome) in &noted {
                let (word, reason) = store(outcome);
                update.execute(params![word, reason, change, i64::try_from(*number).unwrap_or(i64::MAX)])?;
            }
            Ok(())
        })
        .await?;
        point!("changes.note.after");
        Ok(())
    }

    /// Notes that nobody is at a change any more: where nothing of it is open, it is over. Says whether it is.
    ///
    /// # Errors
    /// When that could not be written.
    pub async fn end_change(&self, id: &ChangeId) -> Result<bool> {
        point!("changes.end.before");
        let change = id.0.clone();
        let over = self
            .write(move |write| {
                let mut open = write.prepare("SELECT outcome, reason FROM change_keys WHERE change = ?1")?;
                let mut rows = open.query([&change])?;
                while let Some(row) = rows.next()? {
                    let (word, reason): (String, Option<String>) = (row.get(0)?, row.get(1)?);
                    if load(&word, reason).is_none_or(|outcome| is_open(&outcome)) {
                        return Ok(false);
                    }
                }
                write.execute("UPDATE changes SET is_over = 1 WHERE id = ?1", [&change])?;
                Ok(true)
            })
            .await?;
        point!("changes.end.after");
        Ok(over)
    }

    /// Notes that a change is not to be offered any more, whatever is open of it, and that one too which cannot be read.
    ///
    /// # Errors
    /// When it is not there, or that could not be written.
    pub async fn forget_change(&self, id: &ChangeId) -> Result<()> {
        let change = id.0.clone();
        self.write(move |write| match write.execute("UPDATE changes SET is_over = 1 WHERE id = ?1", [&change])? {
            0 => Err(JournalError::NoSuchChange { wanted: change }.into()),
            _ => Ok(()),
        })
        .await
    }

    /// The changes that are not over, the oldest first.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn open_changes(&self, now: Time) -> Result<Changes> {
        self.changes("WHERE is_over = 0 ORDER BY id", now).await
    }

    /// All changes that are kept, the latest first.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn all_changes(&self, now: Time) -> Result<Changes> {
        self.changes("ORDER BY id DESC", now).await
    }

    /// The change with this id, or the only one whose id begins so.
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub async fn find_change(&self, wanted: &str) -> Result<ChangeId> {
        let prefix = wanted.to_ascii_uppercase();
        let none = || JournalError::NoSuchChange { wanted: visible(wanted).into_owned() };
        if prefix.is_empty() {
            return Err(none());
        }
        let asked = prefix.clone();
        let select = "SELECT id FROM changes WHERE substr(id, 1, length(?1)) = ?1 ORDER BY id LIMIT 6";
        let found = self.read(move |file| {
            file.prepare(select)?.query_map([asked], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()
        });
        let mut found: Vec<ChangeId> = found.await?.into_iter().map(ChangeId).collect();
        match found.len() {
            0 => Err(none()),
            1 => Ok(found.remove(0)),
            _ if found[0].0 == prefix => Ok(found.remove(0)),
            _ => Err(JournalError::AmbiguousChange { wanted: prefix, among: found }),
        }
    }

    /// A change as it stands.
    ///
    /// # Errors
    /// When it is not there, or cannot be understood.
    pub async fn change(&self, id: &ChangeId) -> Result<Change> {
        let asked = id.0.clone();
        let read = self.read(move |file| {
            let select = format!("{SELECT} WHERE id = ?1");
            let kept = file.query_row(&select, [&asked], |row| Ok(Kept::of(row))).optional()?;
            let items = items(file, "WHERE change = ?1", [&asked])?.remove(&asked).unwrap_or_default();
            Ok(kept.map(|kept| (kept, items)))
        });
        let Some((kept, items)) = read.await? else {
            return Err(JournalError::NoSuchChange { wanted: id.0.clone() });
        };
        Ok(kept.read(items)?)
    }

    /// Holds a change open, so that no other process goes on with it meanwhile.
    ///
    /// # Errors
    /// When another holds it, with which one.
    pub fn lock_change(&self, id: &ChangeId, now: Time) -> std::result::Result<Lock, LockError> {
        lock::lock(&self.dir, What::Change, &id.0, now)
    }

    async fn changes(&self, which: &'static str, now: Time) -> Result<Changes> {
        let read = self.read(move |file| {
            let rows = file
                .prepare(&format!("{SELECT} {which}"))?
                .query_map([], |row| Ok(Kept::of(row)))?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            let of = format!("WHERE change IN (SELECT id FROM changes {which})");
            Ok((rows, items(file, &of, [])?))
        });
        let (rows, mut items) = read.await?;
        let mut changes = Changes::default();
        for kept in rows {
            let items = items.remove(&kept.id.0).unwrap_or_default();
            match kept.read(items) {
                Ok(change) => {
                    let held = self.held(&change.id, now);
                    changes.changes.push((change, held));
                }
                Err(unreadable) => changes.unreadable.push(unreadable),
            }
        }
        Ok(changes)
    }

    fn held(&self, id: &ChangeId, now: Time) -> Held {
        match self.lock_change(id, now) {
            Err(LockError::Taken(_, holder)) => Held::By(holder),
            Ok(_) | Err(LockError::File { .. }) => Held::No,
        }
    }

    fn unlocked(&self, error: &LockError) -> JournalError {
        JournalError::Database { path: self.path.clone(), reason: error.to_string() }
    }
}

/// The form of a change: what an earlier version can read stays in its form.
fn form_of(deed: Deed) -> i64 {
    match deed {
        Deed::Revoke | Deed::Delete | Deed::Disable | Deed::Enable => 1,
        Deed::HandOver(_) => FORM,
    }
}

/// What is done, by its verb on disk and to whom it gives the keys.
fn deed_of(verb: &str, recipient: Option<i64>) -> Option<Deed> {
    let given = recipient.map(|to| Deed::HandOver(UserId(to)));
    Deed::PLAIN.into_iter().chain(given).find(|known| known.verb() == verb)
}

fn millis(now: Time) -> u64 {
    u64::try_from(now.timestamp_millis()).unwrap_or_default()
}

fn random() -> Result<u128> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(JournalError::Random)?;
    Ok(u128::from_be_bytes(bytes))
}

fn insert_items(write: &Transaction<'_>, change: &str, items: &[Item]) -> std::result::Result<(), Stop> {
    let insert = "INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) \
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let mut insert = write.prepare_cached(insert)?;
    for (number, item) in (0_i64..).zip(items) {
        let Item { id, kind, name, masked, outcome } = item;
        let (outcome, reason) = store(outcome);
        let (name, masked) = (name.as_received(), masked.as_received());
        insert.execute(params![change, number, kind_word(*kind), id.as_str(), name, masked, outcome, reason])?;
    }
    Ok(())
}

/// Changes that are over go once there are many later ones.
fn forget_old(write: &Transaction<'_>) -> std::result::Result<(), Stop> {
    let old = "SELECT id FROM changes WHERE is_over = 1 ORDER BY id DESC LIMIT -1 OFFSET ?1";
    for delete in ["DELETE FROM change_keys WHERE change IN", "DELETE FROM changes WHERE id IN"] {
        write.execute(&format!("{delete} ({old})"), [KEPT])?;
    }
    Ok(())
}

const SELECT: &str = "SELECT id, form, is_over, deed, profile, address, user, note, started_at, recipient FROM changes";

/// The keys of some changes, as far as they can be read, in their order.
fn items(
    file: &rusqlite::Connection,
    which: &str,
    values: impl rusqlite::Params,
) -> rusqlite::Result<HashMap<String, Vec<Option<Item>>>> {
    let select = format!(
        "SELECT change, kind, key, name, masked, outcome, reason FROM change_keys {which} ORDER BY change, number"
    );
    let mut found: HashMap<String, Vec<Option<Item>>> = HashMap::new();
    let mut select = file.prepare(&select)?;
    let mut rows = select.query(values)?;
    while let Some(row) = rows.next()? {
        found.entry(row.get("change")?).or_default().push(item(row));
    }
    Ok(found)
}

fn item(row: &Row<'_>) -> Option<Item> {
    let text = |name: &str| row.get::<_, String>(name).ok();
    let kind = text("kind")?;
    Some(Item {
        id: KeyId::from(text("key")?.as_str()),
        kind: KINDS.into_iter().find(|known| kind_word(*known) == kind)?,
        name: Untrusted::from(text("name")?),
        masked: Untrusted::from(text("masked")?),
        outcome: load(&text("outcome")?, row.get("reason").ok()?)?,
    })
}

const KINDS: [KeyKind; 2] = [KeyKind::ApiKey, KeyKind::CollectionAccessKey];

fn kind_word(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::ApiKey => "api-key",
        KeyKind::CollectionAccessKey => "collection-access-key",
    }
}

/// An outcome's word on disk, and the reason beside it.
fn store(outcome: &Outcome) -> (&'static str, Option<&str>) {
    let word = match outcome {
        Outcome::Queued => "queued",
        Outcome::Sent => "sent",
        Outcome::Revoked => "revoked",
        Outcome::AlreadyRevoked => "already-revoked",
        Outcome::Disabled => "disabled",
        Outcome::AlreadyDisabled => "already-disabled",
        Outcome::Enabled => "enabled",
        Outcome::AlreadyEnabled => "already-enabled",
        Outcome::HandedOver => "handed-over",
        Outcome::AlreadyTheirs => "already-theirs",
        Outcome::Denied(_) => "denied",
        Outcome::NotFound => "not-found",
        Outcome::Failed(_) => "failed",
        Outcome::NotSent(_) => "not-sent",
        Outcome::Unknown(_) => "unknown",
    };
    (word, outcome.reason().map(Untrusted::as_received))
}

fn load(word: &str, reason: Option<String>) -> Option<Outcome> {
    let reason = Untrusted::from(reason.unwrap_or_default());
    Some(match word {
        "queued" => Outcome::Queued,
        "sent" => Outcome::Sent,
        "revoked" => Outcome::Revoked,
        "already-revoked" => Outcome::AlreadyRevoked,
        "disabled" => Outcome::Disabled,
        "already-disabled" => Outcome::AlreadyDisabled,
        "enabled" => Outcome::Enabled,
        "already-enabled" => Outcome::AlreadyEnabled,
        "handed-over" => Outcome::HandedOver,
        "already-theirs" => Outcome::AlreadyTheirs,
        "denied" => Outcome::Denied(reason),
        "not-found" => Outcome::NotFound,
        "failed" => Outcome::Failed(reason),
        "not-sent" => Outcome::NotSent(reason),
        "unknown" => Outcome::Unknown(reason),
        _ => return None,
    })
}

/// A change's row, as far as it can be read.
struct Kept {
    id: ChangeId,
    form: Option<i64>,
    address: String,
    over: Option<bool>,
    deed: Option<String>,
    profile: Option<String>,
    user: Option<i64>,
    note: Option<String>,
    started: Option<String>,
    recipient: Option<i64>,
}

impl Kept {
    fn of(row: &Row<'_>) -> Self {
        Self {
            id: ChangeId(row.get("id").unwrap_or_default()),
            form: row.get("form").ok(),
            address: row.get("address").unwrap_or_default(),
            over: row.get("is_over").ok(),
            deed: row.get("deed").ok(),
            profile: row.get("profile").ok(),
            user: row.get("user").ok(),
            note: row.get("note").ok().flatten(),
            started: row.get("started_at").ok(),
            recipient: row.get("recipient").ok().flatten(),
        }
    }

    fn read(self, items: Vec<Option<Item>>) -> std::result::Result<Change, UnreadableChange> {
        let (id, address) = (self.id.clone(), self.address.clone());
        let because = |why| UnreadableChange { id, address, why };
        match self.form {
            Some(found) if found > FORM => return Err(because(Damage::Newer { found, known: FORM })),
            _ => {}
        }
        self.understood(items).ok_or_else(|| because(Damage::Damaged("its row is damaged".to_owned())))
    }

    fn understood(self, items: Vec<Option<Item>>) -> Option<Change> {
        self.form?;
        let deed = self.deed?;
        let about = About {
            deed: deed_of(&deed, self.recipient)?,
            profile: self.profile?,
            address: self.address,
            user: UserId(self.user?),
            note: self.note,
        };
        let items = items.into_iter().collect::<Option<Vec<Item>>>()?;
        let started = When::from_wire(&self.started?).time()?;
        Some(Change { id: self.id, about, started, is_over: self.over?, items })
    }
}

#[cfg(test)]
mod tests;
