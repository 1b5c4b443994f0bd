//! By what a table is sorted.

/// What a table can be sorted by, and what it can show beside a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Column {
    /// A key's name; in Exposed Keys the name of the exposed key.
    Name,
    Masked,
    /// Whose it is, by name.
    Owner,
    /// Open danger first, then enabled, disabled, revoked, unknown.
    Status,
    Expires,
    LastUsed,
    /// When it was made.
    Created,
    /// Where it was found.
    Source,
    /// When it was found.
    Detected,
    /// How often it stands there.
    Occurrences,
    /// What became of the finding; open ones first.
    Resolution,
    Secret,
}

impl Column {
    /// The columns of a table of keys.
    pub const fn for_keys() -> &'static [Self] {
        &[Self::Name, Self::Masked, Self::Owner, Self::Status, Self::Expires, Self::LastUsed, Self::Created]
    }

    /// The columns of a table of findings.
    pub const fn for_findings() -> &'static [Self] {
        &[
            Self::Name,
            Self::Secret,
            Self::Owner,
            Self::Status,
            Self::Source,
            Self::Detected,
            Self::LastUsed,
            Self::Occurrences,
            Self::Resolution,
        ]
    }

    /// The columns that a table of findings shows until others are chosen.
    pub const fn usual_for_findings() -> &'static [Self] {
        &[
            Self::Name,
            Self::Owner,
            Self::Resolution,
            Self::Source,
            Self::Detected,
            Self::LastUsed,
            Self::Occurrences,
            Self::Secret,
        ]
    }

    /// The column's title, in lower case.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Masked => "key",
            Self::Owner => "owner",
            Self::Status => "status",
            Self::Expires => "expires",
            Self::LastUsed => "last used",
            Self::Created => "created",
            Self::Source => "source",
            Self::Detected => "detected",
            Self::Occurrences => "occurrences",
            Self::Resolution => "resolution",
            Self::Secret => "secret",
        }
    }

    /// Whether choosing the column begins with the largest: the newest, the most recently used, the most frequent.
    pub const fn begins_descending(self) -> bool {
        matches!(self, Self::LastUsed | Self::Created | Self::Detected | Self::Occurrences)
    }
}

/// A table's order. Rows alike in the column stand by id, ascending in both directions.
///
/// A key that never expires expires after every other, so it stands last when ascending; one that was never used was
/// used before every other, so it stands last when descending. A moment that cannot be read stands beyond `never`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    pub column: Column,
    /// Largest first.
    pub descending: bool,
}

impl Sort {
    /// By `column`, in the direction that it begins with.
    pub const fn by(column: Column) -> Self {
        Self { column, descending: column.begins_descending() }
    }

    /// The order after a person chose `column`: reversed when it was chosen before.
    #[must_use]
    pub fn choose(self, column: Column) -> Self {
        if self.column == column { Self { descending: !self.descending, ..self } } else { Self::by(column) }
    }
}
