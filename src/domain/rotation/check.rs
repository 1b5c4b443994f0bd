//! What must be right before anything is changed.

use super::{Rotation, Sink};
use crate::domain::untrusted::Untrusted;

/// One thing that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CheckKind {
    /// The old key is enabled.
    Enabled,
    /// The old key is the caller's own: only its owner can rotate it.
    Mine,
    /// The caller may make keys.
    MayCreate,
    /// It is not the key that keydeck itself uses, or that was said to be all right.
    OwnKey,
    /// No other rotation of the key is under way.
    Alone,
    /// A place can be written to.
    Place(usize),
    /// A place holds the old key, or nothing yet.
    Holds(usize),
    /// A hook's or the health command's program exists.
    Command(usize),
}

impl CheckKind {
    /// Whether it fails since the caller may not, rather than since something is amiss.
    pub fn denies(self) -> bool {
        matches!(self, Self::Mine | Self::MayCreate)
    }

    /// The name by which it is waived; that a place holds another value is waived for all places at once.
    pub fn name(self) -> String {
        match self {
            Self::Enabled => "enabled".to_owned(),
            Self::Mine => "mine".to_owned(),
            Self::MayCreate => "may-create".to_owned(),
            Self::OwnKey => "own-key".to_owned(),
            Self::Alone => "alone".to_owned(),
            Self::Place(at) => format!("place-{}", at + 1),
            Self::Holds(_) => "other-value".to_owned(),
            Self::Command(at) => format!("command-{}", at + 1),
        }
    }
}

/// What a check showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Fine,
    /// All right, but there is something to know.
    Note(Untrusted),
    /// Not right.
    Fails(Untrusted),
}

/// A check and what it showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was looked at.
    pub kind: CheckKind,
    /// What it showed.
    pub verdict: Verdict,
    /// Whether a person said that it is all right all the same.
    pub waived: bool,
}

impl Check {
    /// A check that was just made.
    pub fn new(kind: CheckKind, verdict: Verdict) -> Self {
        Self { kind, verdict, waived: false }
    }

    /// What a look at one of these places showed, in a line; none of other checks, and where there is nothing to say.
    pub fn of_place(&self, places: &[Sink]) -> Option<String> {
        let (CheckKind::Place(at) | CheckKind::Holds(at)) = self.kind else { return None };
        let place = places.get(at)?.named();
        match &self.verdict {
            Verdict::Fine if matches!(self.kind, CheckKind::Holds(_)) => Some(format!("{place} holds the old key")),
            Verdict::Fine => None,
            Verdict::Note(text) | Verdict::Fails(text) => Some(format!("{place}: {text}")),
        }
    }

    /// Whether it keeps the rotation from starting.
    pub fn stops(&self) -> bool {
        matches!(self.verdict, Verdict::Fails(_)) && !self.waived
    }
}

impl Rotation {
    /// Whether a person may waive a check. Not what the server will refuse anyway, nor what would end keydeck's own
    /// access before the new key is made.
    pub fn is_waivable(&self, kind: CheckKind) -> bool {
        match kind {
            CheckKind::Mine | CheckKind::MayCreate | CheckKind::Alone => false,
            CheckKind::OwnKey => !self.plan.emergency,
            CheckKind::Enabled | CheckKind::Place(_) | CheckKind::Holds(_) | CheckKind::Command(_) => true,
        }
    }
}
