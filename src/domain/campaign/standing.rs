//! How a key of a campaign stands, read from what the server and this machine's rotations tell.

use serde::{Deserialize, Serialize};

use super::{Subject, Turn};
use crate::domain::ids::KeyId;
use crate::domain::key::{DisabledReason, Key, Revocation, Status};
use crate::domain::present::Present;
use crate::domain::rotation::{self, Phase, Question, Rotation};
use crate::domain::time::{When, exact};
use crate::domain::untrusted::Untrusted;

/// How a key stands, with what is told of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Standing {
    /// Nothing has taken its place yet.
    NotBegun {
        /// Whether this campaign rotates it by itself; its owner does, otherwise.
        ours: bool,
    },
    /// Something takes its place, and its old value still works, or may.
    UnderWay {
        says: Untrusted,
        /// Until when both values work, where that is known.
        #[serde(default)]
        until: When,
    },
    /// Another value took its place, and the old one works no more.
    Rotated {
        /// The key that took its place; none where it is the same key with a new value.
        #[serde(default)]
        to: Option<KeyId>,
        says: Untrusted,
    },
    /// It works no more, and nothing took its place: there is nothing left to rotate.
    Ended { says: Untrusted },
    /// It goes no further without a person.
    Needs {
        says: Untrusted,
        /// What to run, where a command does it.
        #[serde(default)]
        run: Option<String>,
    },
}

/// The states by which keys are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    NotBegun,
    UnderWay,
    Rotated,
    Ended,
    Needs,
}

impl State {
    /// In the order of the board.
    pub const ALL: [Self; 5] = [Self::NotBegun, Self::UnderWay, Self::Rotated, Self::Ended, Self::Needs];

    /// What people are told.
    pub fn words(self) -> &'static str {
        match self {
            Self::NotBegun => "not begun",
            Self::UnderWay => "under way",
            Self::Rotated => "rotated",
            Self::Ended => "ended",
            Self::Needs => "needs somebody",
        }
    }

    /// What scripts are told.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotBegun => "notBegun",
            Self::UnderWay => "underWay",
            Self::Rotated => "rotated",
            Self::Ended => "ended",
            Self::Needs => "needsSomebody",
        }
    }
}

impl Standing {
    /// By what it is counted.
    pub fn state(&self) -> State {
        match self {
            Self::NotBegun { .. } => State::NotBegun,
            Self::UnderWay { .. } => State::UnderWay,
            Self::Rotated { .. } => State::Rotated,
            Self::Ended { .. } => State::Ended,
            Self::Needs { .. } => State::Needs,
        }
    }

    /// Whether nothing is left to be rotated.
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Rotated { .. } | Self::Ended { .. })
    }

    /// What is told of it.
    pub fn says(&self) -> String {
        match self {
            Self::NotBegun { ours: true } => "this campaign rotates it when its wave comes".to_owned(),
            Self::NotBegun { ours: false } => "its owner has not rotated it".to_owned(),
            Self::UnderWay { says, .. }
            | Self::Rotated { says, .. }
            | Self::Ended { says }
            | Self::Needs { says, .. } => says.to_string(),
        }
    }

    /// What to run, where a command helps.
    pub fn run(&self) -> Option<&str> {
        match self {
            Self::Needs { run, .. } => run.as_deref(),
            Self::NotBegun { .. } | Self::UnderWay { .. } | Self::Rotated { .. } | Self::Ended { .. } => None,
        }
    }
}

/// What is seen of a key of a campaign.
#[derive(Clone, Debug)]
pub struct Sight<'a> {
    /// The key as the server lists it; none where it is not listed any more.
    pub key: Option<&'a Key>,
    /// A key that says it replaced this one, and is not revoked.
    pub successor: Option<&'a Key>,
    /// The latest rotation of it on this machine that may have made a key.
    pub rotation: Option<&'a Rotation>,
    /// Whose turn it is while nothing has taken its place.
    pub turn: Turn,
}

/// How a key stands. Whatever took its place, by whomever, keeps it from being begun.
pub fn stand(subject: &Subject, sight: &Sight<'_>, present: impl Into<Present>) -> Standing {
    let present = present.into();
    if let Some(rotation) = sight.rotation {
        let of_it = of_rotation(rotation, present);
        // what was taken back or given up may have been followed by another by other means
        if !matches!(rotation.phase, Phase::RolledBack | Phase::Abandoned) || !is_replaced(subject, sight) {
            return of_it;
        }
    }
    let Some(key) = sight.key else {
        return match sight.successor {
            Some(new) => replaced(&new.id, "the old key is not listed any more"),
            None => Standing::Ended { says: "it is not listed any more".into() },
        };
    };
    let successor = sight.successor.map(|new| &new.id).or(key.rotated_to.as_ref());
    match (&key.status, &key.disabled_reason) {
        (Status::Revoked, _) => match successor {
            Some(new) => replaced(new, &format!("the old key was revoked {}", key.revoked.exact())),
            None if key.revocation == Some(Revocation::Rotated) => {
                Standing::Rotated { to: None, says: "a rotation replaced it".into() }
            }
            None => {
                Standing::Ended { says: format!("revoked {}, and nothing took its place", key.revoked.exact()).into() }
            }
        },
        (Status::Disabled, Some(DisabledReason::Expired)) => match successor {
            Some(new) => replaced(new, "the old key expired"),
            None => Standing::Ended { says: format!("expired {}", key.expires.exact()).into() },
        },
        (Status::Enabled | Status::Disabled, _) if sight.successor.is_some() => {
            let new = sight.successor.map(|new| new.id.to_string()).unwrap_or_default();
            let old = if key.status == Status::Enabled { "the old key still works" } else { "the old key is disabled" };
            Standing::UnderWay { says: format!("{new} takes its place; {old}").into(), until: key.expires.clone() }
        }
        (Status::Enabled | Status::Disabled, _) if has_new_value(subject, key) => of_new_value(key, present),
        (Status::Disabled, _) => Standing::Needs {
            says: "it is disabled: nothing works with it, and it may be enabled again".into(),
            run: Some(format!("keydeck enable {}", key.id)),
        },
        (Status::Enabled, _) => match &sight.turn {
            Turn::Ours => Standing::NotBegun { ours: true },
            Turn::Owner => Standing::NotBegun { ours: false },
            Turn::Person { why, run } => Standing::Needs { says: why.clone(), run: Some(run.clone()) },
        },
        (Status::Other(word), _) => Standing::Needs {
            says: format!("its status “{word}” is not known here").into(),
            run: Some(format!("keydeck show {}", key.id)),
        },
    }
}

fn replaced(new: &KeyId, says: &str) -> Standing {
    Standing::Rotated { to: Some(new.clone()), says: format!("{new} took its place; {says}").into() }
}

/// Whether something took its place that a rotation on this machine does not tell of.
fn is_replaced(subject: &Subject, sight: &Sight<'_>) -> bool {
    let revoked_new = sight.rotation.and_then(|one| one.new.as_ref()).map(|new| &new.id);
    sight.successor.is_some_and(|new| Some(&new.id) != revoked_new)
        || sight.key.is_some_and(|key| {
            has_new_value(subject, key)
                || key.status == Status::Revoked
                || key.disabled_reason == Some(DisabledReason::Expired)
        })
}

/// Whether the key has another value than when the campaign began.
fn has_new_value(subject: &Subject, key: &Key) -> bool {
    subject.value_created.time().zip(key.value_created.time()).is_some_and(|(was, is)| is > was)
}

fn of_new_value(key: &Key, present: Present) -> Standing {
    let made = key.value_created.exact();
    match key.old_value_works_until(present.now) {
        Some(until) => Standing::UnderWay {
            says: format!("it has a new value since {made}; the one before works until {}", exact(until)).into(),
            until: until.into(),
        },
        None => Standing::Rotated { to: None, says: format!("it has a new value since {made}").into() },
    }
}

/// How a key stands by its rotation on this machine.
pub fn of_rotation(rotation: &Rotation, present: impl Into<Present>) -> Standing {
    let present = present.into();
    let id = &rotation.id;
    let resume = || Some(format!("keydeck rotations resume {id}"));
    match rotation.phase {
        Phase::Closed => {
            let to = rotation.new.as_ref().map(|new| new.id.clone());
            let new = to.as_ref().map(|new| format!("{new} took its place; ")).unwrap_or_default();
            return Standing::Rotated { to, says: format!("{new}the rotation {id} is over").into() };
        }
        Phase::RolledBack => {
            return Standing::Needs {
                says: format!("its rotation {id} was taken back").into(),
                run: Some(format!("keydeck rotate {}", rotation.old.id)),
            };
        }
        Phase::Abandoned => {
            return Standing::Needs {
                says: format!("its rotation {id} was given up").into(),
                run: Some(format!("keydeck rotations show {id}")),
            };
        }
        Phase::Forward | Phase::RollingBack | Phase::Abandoning => {}
    }
    let under_way = |says: String, until: When| Standing::UnderWay { says: says.into(), until };
    match rotation.next(present) {
        rotation::Next::Wait(until) => {
            under_way(format!("both keys work until {} (rotation {id})", exact(until)), until.into())
        }
        rotation::Next::Do(_) | rotation::Next::Over => {
            under_way(format!("its rotation {id} is under way"), When::Never)
        }
        rotation::Next::Ask(Question::Plan) => under_way(format!("its rotation {id} is under way"), When::Never),
        rotation::Next::Ask(Question::Revoke) => {
            under_way(format!("the old key is ready to be revoked (rotation {id})"), When::Never)
        }
        rotation::Next::Ask(question) => {
            Standing::Needs { says: format!("{} (rotation {id})", asked(rotation, &question)).into(), run: resume() }
        }
    }
}

/// What a rotation waits for a person with, in words.
fn asked(rotation: &Rotation, question: &Question) -> String {
    match question {
        Question::Plan => "its plan is not agreed".to_owned(),
        Question::Doubt(why) => why.to_string(),
        Question::Checks(red) => {
            let check = red.first().and_then(|at| rotation.checks.get(*at));
            match check.map(|check| (check.kind.name(), &check.verdict)) {
                Some((name, rotation::Verdict::Fails(why))) => format!("the check {name} fails: {why}"),
                _ => "a check fails".to_owned(),
            }
        }
        Question::Checklist(_) => "something is to be done by hand".to_owned(),
        Question::StillUsed(seen) => format!("the old key was used at {} after the move", seen.last_used.exact()),
        Question::Reenabled => "the old key was enabled again".to_owned(),
        Question::Revoke => "the old key is ready to be revoked".to_owned(),
        Question::Value => "the new key's value is to be given".to_owned(),
        Question::OldValue => "the old value is to be given".to_owned(),
        Question::Orphans(_) => "a key was made whose value was lost".to_owned(),
        Question::Trouble(trouble) => trouble.reason.to_string(),
        Question::RevokeNew(_) => "a place still holds the new value".to_owned(),
    }
}
