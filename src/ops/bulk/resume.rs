//! Taking up a change that was cut short: its keys are looked at first, so that nothing is sent twice.

use super::read_back::{self, Seen, Sent, State};
use super::record::RecordError;
use crate::client::KeyService;
use crate::domain::bulk::Outcome;
use crate::domain::changes::{Change, ChangeId, Item, ReadBack};
use crate::domain::ids::KeyId;
use crate::domain::key::Key;
use crate::domain::key_value::KeyKind;
use crate::domain::time::Time;
use crate::local::journal::Journal;

/// Looks at the keys of a change that nobody is at, and notes what became of those that were under way. `own` is the key
/// that the program itself uses.
///
/// # Errors
/// When another process is at it, or the journal cannot be read or written.
pub async fn read_back(
    service: &dyn KeyService,
    journal: &Journal,
    id: &ChangeId,
    own: Option<&KeyId>,
    now: Time,
) -> Result<ReadBack, RecordError> {
    let _lock = journal.lock_change(id, now)?;
    let mut change = journal.change(id).await?;
    let mut looked = Looked { left: Vec::new(), noted: Vec::new(), unseen: None };
    if !change.is_over {
        for kind in [KeyKind::ApiKey, KeyKind::CollectionAccessKey] {
            for was_sent in [true, false] {
                let wanted = |item: &&Item| item.kind == kind && may_be_done(&item.outcome) == was_sent;
                let ids: Vec<KeyId> = change.to_go_on_with().filter(wanted).map(|item| item.id.clone()).collect();
                let deed = change.about.deed;
                let seen = match kind {
                    KeyKind::ApiKey => {
                        let sent = if was_sent { Sent::AnswerLost } else { Sent::Answered };
                        read_back::api_keys(service, &ids, deed, own, sent).await
                    }
                    KeyKind::CollectionAccessKey => {
                        read_back::collection_keys(service, &ids, if was_sent { &ids } else { &[] }).await
                    }
                };
                looked.take(&change, &ids, kind, &seen, was_sent);
            }
        }
    }
    let Looked { left, noted, unseen } = looked;
    journal.note_change(id, noted).await?;
    if !change.is_over && left.is_empty() && unseen.is_none() {
        journal.end_change(id).await?;
    }
    change = journal.change(id).await?;
    Ok(ReadBack { change, left, unseen })
}

/// Whether a key may be as wished already: it was sent, and what came of it is not known.
fn may_be_done(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Sent | Outcome::Unknown(_))
}

struct Looked {
    left: Vec<Key>,
    noted: Vec<(usize, Outcome)>,
    unseen: Option<String>,
}

impl Looked {
    fn take(&mut self, change: &Change, ids: &[KeyId], kind: KeyKind, seen: &Seen, was_sent: bool) {
        let wanted: std::collections::HashSet<&KeyId> = ids.iter().collect();
        let items = change.items.iter().enumerate().filter(|(_, item)| item.kind == kind && wanted.contains(&item.id));
        for (number, item) in items {
            let outcome = match seen.of(&item.id) {
                State::Done(_) => Outcome::done(change.about.deed, was_sent),
                State::NotDone(key) => {
                    if !self.left.iter().any(|other| other.id == key.id && other.kind == key.kind) {
                        self.left.push(*key);
                    }
                    Outcome::Queued
                }
                State::Gone => Outcome::NotFound,
                State::Odd(word) => Outcome::Unknown(format!("its state is now “{word}”").into()),
                State::Unseen(why) => {
                    self.unseen.get_or_insert(why);
                    continue;
                }
            };
            self.noted.push((number, outcome));
        }
    }
}

#[cfg(test)]
mod tests;
