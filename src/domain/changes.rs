//! Changes of many keys that stand on this machine's disk until each key has its result, so that one that was cut short
//! is found at the next start. No value of a key is in them.

use std::fmt;

use super::bulk::Outcome;
use super::deed::Deed;
use super::ids::{KeyId, UserId};
use super::key::{Key, Status};
use super::key_value::KeyKind;
use super::time::Time;
use super::untrusted::Untrusted;

/// Names a change on this machine.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChangeId(pub String);

impl fmt::Display for ChangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a change is and whose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    pub deed: Deed,
    /// The profile it was begun with.
    pub profile: String,
    /// The backend's address.
    pub address: String,
    /// Who asked for it.
    pub user: UserId,
    /// For the server's audit log.
    pub note: Option<String>,
}

/// A change of many keys as it stands on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub id: ChangeId,
    pub about: About,
    pub started: Time,
    /// Whether nothing is left to be done, or a person said to forget it.
    pub is_over: bool,
    /// Its keys, in the order they are sent.
    pub items: Vec<Item>,
}

/// One key of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub id: KeyId,
    pub kind: KeyKind,
    pub name: Untrusted,
    pub masked: Untrusted,
    /// What became of it, as far as was noted.
    pub outcome: Outcome,
}

/// A change whose keys were looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadBack {
    /// As it now stands on disk; over, where nothing is left of it.
    pub change: Change,
    /// The keys that are left to go on with, as they are now.
    pub left: Vec<Key>,
    /// Why some keys could not be looked at.
    pub unseen: Option<String>,
}

/// How many keys of a change are how far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stand {
    /// As wished.
    pub done: usize,
    /// Sent, and nothing is known of the answer.
    pub under_way: usize,
    /// Not sent, or to no avail.
    pub left: usize,
    /// Cannot be done, or a person stopped before their turn: asking again is of no use, or not wished.
    pub refused: usize,
}

impl Change {
    /// Whether it may be offered to who asks as `user` at `address`.
    pub fn is_of(&self, address: &str, user: UserId) -> bool {
        self.about.address == address && self.about.user == user
    }

    /// How far it is.
    pub fn stand(&self) -> Stand {
        let mut stand = Stand::default();
        for item in &self.items {
            let count = match &item.outcome {
                outcome if outcome.is_done() => &mut stand.done,
                Outcome::Sent | Outcome::Unknown(_) => &mut stand.under_way,
                outcome if is_open(outcome) || outcome.may_retry() => &mut stand.left,
                _ => &mut stand.refused,
            };
            *count += 1;
        }
        stand
    }

    /// The keys that going on with it is about.
    pub fn to_go_on_with(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| is_open(&item.outcome) || item.outcome.may_retry())
    }

    /// `revoke of 40 keys`.
    pub fn words(&self) -> String {
        let count = self.items.len();
        format!("{} of {count} {}", self.about.deed.noun(), if count == 1 { "key" } else { "keys" })
    }

    /// Of how many keys nobody knew what became of them when it was cut short: `9 of 40 were under way`; none where there are
    /// none.
    pub fn under_way_in_words(&self) -> Option<String> {
        let (under_way, of) = (self.stand().under_way, self.items.len());
        let were = if under_way == 1 { "was" } else { "were" };
        (under_way > 0).then(|| format!("{under_way} of {of} {were} under way"))
    }

    /// How far it is, in words: `12 done · 9 were under way · 19 not sent`.
    pub fn stand_in_words(&self) -> String {
        let Stand { done, under_way, left, refused } = self.stand();
        let parts = [
            (under_way, self.under_way_in_words().unwrap_or_default()),
            (done, format!("{done} {}", self.about.deed.result())),
            (left, format!("{left} left")),
            (refused, format!("{refused} refused or stopped")),
        ];
        parts.into_iter().filter(|(count, _)| *count > 0).map(|(_, words)| words).collect::<Vec<_>>().join(" · ")
    }
}

/// Whether a change is not over while one of its keys stands so: nobody knows what became of it, or it was not sent
/// although no person said so.
pub fn is_open(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Queued | Outcome::Sent | Outcome::Unknown(_) => true,
        Outcome::NotSent(why) => !why.is_empty(),
        Outcome::Revoked
        | Outcome::AlreadyRevoked
        | Outcome::Disabled
        | Outcome::AlreadyDisabled
        | Outcome::Enabled
        | Outcome::AlreadyEnabled
        | Outcome::HandedOver
        | Outcome::AlreadyTheirs
        | Outcome::Denied(_)
        | Outcome::NotFound
        | Outcome::Failed(_) => false,
    }
}

impl From<&Key> for Item {
    fn from(key: &Key) -> Self {
        let Key { id, kind, name, masked, .. } = key;
        let (id, name, masked) = (id.clone(), name.clone(), masked.clone());
        Self { id, kind: *kind, name, masked, outcome: Outcome::Queued }
    }
}

impl Deed {
    /// Those that need nothing said beside them.
    pub const PLAIN: [Self; 4] = [Self::Revoke, Self::Delete, Self::Disable, Self::Enable];

    /// What goes on, as a title begins with it: `Revoking`.
    pub fn doing(self) -> &'static str {
        match self {
            Self::Revoke => "Revoking",
            Self::Delete => "Deleting",
            Self::Disable => "Disabling",
            Self::Enable => "Enabling",
            Self::HandOver(_) => "Handing over",
        }
    }

    /// What a key is called to which it was done: `revoked`, which one is that was deleted too.
    pub fn result(self) -> &'static str {
        Outcome::done(self, true).word()
    }

    /// The same, as a title begins with it.
    pub fn result_title(self) -> &'static str {
        match self {
            Self::Revoke | Self::Delete => "Revoked",
            Self::Disable => "Disabled",
            Self::Enable => "Enabled",
            Self::HandOver(_) => "Handed over",
        }
    }

    /// What it is called afterwards: `revoke` of 40 keys.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Revoke => "revoke",
            Self::Delete => "deletion",
            Self::Disable => "disabling",
            Self::Enable => "enabling",
            Self::HandOver(_) => "hand-over",
        }
    }

    /// Whether `key` is as it makes a key.
    pub fn is_done_to(self, key: &Key) -> bool {
        match self {
            Self::Revoke | Self::Delete => key.status == Status::Revoked,
            Self::Disable => key.status == Status::Disabled,
            Self::Enable => key.status == Status::Enabled,
            Self::HandOver(to) => key.owner_id == to,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(outcomes: Vec<Outcome>) -> Change {
        let item = |outcome| Item { outcome, ..Item::from(&Key::sample("a")) };
        let about = About {
            deed: Deed::Revoke,
            profile: "acme".to_owned(),
            address: "https://keys.acme.example".to_owned(),
            user: UserId(1),
            note: None,
        };
        let items = outcomes.into_iter().map(item).collect();
        Change { id: ChangeId("01".to_owned()), about, started: Time::default(), is_over: false, items }
    }

    #[test]
    fn each_key_counts_once_and_what_was_sent_without_an_answer_stands_first() {
        let change = change(vec![
            Outcome::Revoked,
            Outcome::AlreadyRevoked,
            Outcome::Sent,
            Outcome::Unknown("lost".into()),
            Outcome::Queued,
            Outcome::NotSent("offline".into()),
            Outcome::Failed("503".into()),
            Outcome::NotSent(Untrusted::default()),
            Outcome::Denied("no".into()),
        ]);
        assert_eq!(change.stand(), Stand { done: 2, under_way: 2, left: 4, refused: 1 });
        assert_eq!(change.stand_in_words(), "2 of 9 were under way · 2 revoked · 4 left · 1 refused or stopped");
        assert_eq!(change.words(), "revoke of 9 keys");
        assert_eq!(change.to_go_on_with().count(), 6);
    }

    #[test]
    fn a_change_is_open_while_nobody_knows_or_nobody_said_to_stop() {
        for (outcome, open) in [
            (Outcome::Queued, true),
            (Outcome::Sent, true),
            (Outcome::Unknown("lost".into()), true),
            (Outcome::NotSent("offline".into()), true),
            (Outcome::NotSent(Untrusted::default()), false),
            (Outcome::Failed("not revoked".into()), false),
            (Outcome::Denied("no".into()), false),
            (Outcome::NotFound, false),
            (Outcome::Disabled, false),
        ] {
            assert_eq!(is_open(&outcome), open, "{outcome:?}");
        }
    }

    #[test]
    fn it_is_offered_to_the_one_who_began_it_there_and_nobody_else() {
        let change = change(vec![Outcome::Sent]);
        assert!(change.is_of("https://keys.acme.example", UserId(1)));
        assert!(!change.is_of("https://keys.acme.example", UserId(2)));
        assert!(!change.is_of("https://keys.other.example", UserId(1)));
    }
}
