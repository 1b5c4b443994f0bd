//! By what keys are grouped.

use super::bands::{AGE, USE};
use crate::domain::filter::{MomentField, TextField};

/// By what keys are grouped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum By {
    #[default]
    Owner,
    State,
    Collection,
    /// The address that a key was last used from.
    Source,
    /// The month in which it was made.
    Month,
    /// The month in which it expires.
    Expiry,
    /// How long ago it was last used.
    LastUse,
    /// How old its value is.
    Age,
    Access,
    Name,
    /// The team in its name, where several share an owner.
    Team,
}

/// Where a group of keys comes from.
pub(super) enum Kind {
    /// The number of the owner.
    Owner,
    /// A text of the key.
    Text(TextField),
    /// A month in UTC.
    Month(MomentField),
    /// Some groups that are known beforehand, with their filters.
    Fixed(&'static [(&'static str, &'static str)]),
    /// Bands of time.
    Bands(&'static super::Bands),
}

const STATES: &[(&str, &str)] = &[
    ("enabled", "status:enabled"),
    ("disabled", "status:disabled"),
    ("revoked", "status:revoked"),
    ("other", "status:other"),
];

const ACCESS: &[(&str, &str)] = &[
    ("full", "access:full"),
    ("read", "access:read"),
    ("none", "access:none"),
    ("other", "access:other"),
    ("reads a collection", "-access:full,read,none,other"),
];

static AGES: super::Bands = AGE;
static USES: super::Bands = USE;

impl By {
    /// All there are, in the order in which one goes through them.
    pub const ALL: [Self; 11] = [
        Self::Owner,
        Self::State,
        Self::Collection,
        Self::Source,
        Self::Month,
        Self::Expiry,
        Self::LastUse,
        Self::Age,
        Self::Access,
        Self::Name,
        Self::Team,
    ];

    /// Its name, as an argument has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::State => "state",
            Self::Collection => "collection",
            Self::Source => "source",
            Self::Month => "month",
            Self::Expiry => "expiry-month",
            Self::LastUse => "last-use",
            Self::Age => "age",
            Self::Access => "access",
            Self::Name => "name",
            Self::Team => "team",
        }
    }

    /// What stands over the groups.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::State => "state",
            Self::Collection => "collection",
            Self::Source => "address last used from",
            Self::Month => "month made",
            Self::Expiry => "month of expiry",
            Self::LastUse => "last use",
            Self::Age => "age of the value",
            Self::Access => "access",
            Self::Name => "name",
            Self::Team => "team in the name",
        }
    }

    /// The one after it.
    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|by| *by == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()]
    }

    /// The one before it.
    #[must_use]
    pub fn previous(self) -> Self {
        let at = Self::ALL.iter().position(|by| *by == self).unwrap_or(0);
        Self::ALL[(at + Self::ALL.len() - 1) % Self::ALL.len()]
    }

    /// The field of the filter whose text it is.
    pub(super) const fn field_name(self) -> &'static str {
        match self {
            Self::Collection => "collection",
            Self::Source => "from",
            Self::Name => "name",
            Self::Team => "team",
            Self::Owner | Self::State | Self::Month | Self::Expiry | Self::LastUse | Self::Age | Self::Access => "",
        }
    }

    pub(super) fn kind(self) -> Kind {
        match self {
            Self::Owner => Kind::Owner,
            Self::State => Kind::Fixed(STATES),
            Self::Collection => Kind::Text(TextField::Collection),
            Self::Source => Kind::Text(TextField::From),
            Self::Month => Kind::Month(MomentField::Created),
            Self::Expiry => Kind::Month(MomentField::Expires),
            Self::LastUse => Kind::Bands(&USES),
            Self::Age => Kind::Bands(&AGES),
            Self::Access => Kind::Fixed(ACCESS),
            Self::Name => Kind::Text(TextField::Name),
            Self::Team => Kind::Text(TextField::Team),
        }
    }
}
