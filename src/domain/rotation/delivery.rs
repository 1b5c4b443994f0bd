//! What is known of the places: what they held, what they hold.

use crate::domain::untrusted::Untrusted;

/// What a place held before the new value came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Before {
    Nothing,
    /// The old key's value, which is in escrow.
    OldValue,
    /// Another value, which is in escrow.
    OtherValue,
    /// It cannot be read, and so not be restored; with the reason.
    Unreadable(Untrusted),
}

/// How far the delivery to one place is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Nothing was done there.
    ToDo,
    /// Something was begun there; what it holds is not known.
    Begun,
    /// Written, read back, the same.
    Verified,
    /// Written; the place cannot be read, with the reason. The plan said so.
    Blind(Untrusted),
    /// A person says that it holds the new value.
    ByHand,
    Restored,
    /// It cannot be restored; with the reason.
    NotRestored(Untrusted),
}

impl Delivery {
    /// Whether the new value is there, as far as can be known.
    pub fn arrived(&self) -> bool {
        matches!(self, Self::Verified | Self::Blind(_) | Self::ByHand)
    }
}

/// One place of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// How far its delivery is.
    pub delivery: Delivery,
    /// What it held before, once known.
    pub before: Option<Before>,
}

/// Which key a place holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    Old,
    New,
    Neither,
    /// Nobody knows.
    Unknown,
}

impl Place {
    /// Which key it holds.
    pub fn holds(&self) -> Holds {
        match (&self.delivery, &self.before) {
            (Delivery::Verified | Delivery::Blind(_) | Delivery::ByHand, _) => Holds::New,
            (Delivery::ToDo | Delivery::Restored, Some(Before::OldValue)) => Holds::Old,
            (Delivery::ToDo | Delivery::Restored, Some(Before::Nothing | Before::OtherValue)) => Holds::Neither,
            _ => Holds::Unknown,
        }
    }
}
