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
    /// When a use of it was last refused since it stopped working.
    Tried,
    /// Where it was found.
    Source,
    /// The address of the place where it was found.
    Where,
    /// When it was found.
    Detected,
    /// For how long others could read it.
    Exposed,
    /// How often it stands there.
    Occurrences,
    /// What became of the finding: open ones first, of those the most urgent.
    Resolution,
    Secret,
    /// What a key may do on the server's API, the most first.
    Access,
}

impl Column {
    /// The columns of a table of keys.
    pub const fn for_keys() -> &'static [Self] {
        &[
            Self::Name,
            Self::Masked,
            Self::Owner,
            Self::Status,
            Self::Expires,
            Self::LastUsed,
            Self::Created,
            Self::Access,
            Self::Tried,
        ]
    }

    /// The columns of a table of collection access keys, which know no access; a table of API keys shows these until others
    /// are chosen.
    pub const fn usual_for_keys() -> &'static [Self] {
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
            Self::Where,
            Self::Detected,
            Self::Exposed,
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
            Self::Status,
            Self::Source,
            Self::Where,
            Self::Exposed,
            Self::LastUsed,
            Self::Detected,
            Self::Occurrences,
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
            Self::Tried => "tried",
            Self::Source => "source",
            Self::Where => "where",
            Self::Detected => "detected",
            Self::Exposed => "exposed",
            Self::Occurrences => "occurrences",
            Self::Resolution => "resolution",
            Self::Secret => "secret",
            Self::Access => "access",
        }
    }

    /// The letter that chooses it in a menu: one of its title, different within each kind of table.
    pub const fn letter(self) -> char {
        match self {
            Self::Name => 'n',
            Self::Masked => 'y',
            Self::Owner => 'o',
            Self::Status => 's',
            Self::Expires | Self::Exposed => 'e',
            Self::LastUsed => 'l',
            Self::Created | Self::Occurrences => 'c',
            Self::Tried => 'i',
            Self::Source => 'u',
            Self::Where => 'w',
            Self::Detected => 'd',
            Self::Resolution => 'r',
            Self::Secret => 't',
            Self::Access => 'a',
        }
    }

    /// Whether choosing the column begins with the largest: the newest, the most recently used, the most frequent.
    pub const fn begins_descending(self) -> bool {
        matches!(
            self,
            Self::LastUsed | Self::Created | Self::Tried | Self::Detected | Self::Exposed | Self::Occurrences
        )
    }
}

/// A column, and which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Directed {
    pub column: Column,
    /// Largest first.
    pub descending: bool,
}

impl Directed {
    /// By `column`, in the direction that it begins with.
    pub const fn by(column: Column) -> Self {
        Self { column, descending: column.begins_descending() }
    }

    #[must_use]
    pub const fn turned(self) -> Self {
        Self { descending: !self.descending, ..self }
    }
}

/// A table's order: by one column, and rows alike in it by another. Rows alike in both stand by id, ascending in both
/// directions.
///
/// A key that never expires expires after every other, so it stands last when ascending; one that was never used was
/// used before every other, so it stands last when descending. A moment that cannot be read stands beyond `never`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    pub column: Column,
    /// Largest first.
    pub descending: bool,
    /// By what rows stand that are alike in the column; never the same column.
    pub then: Option<Directed>,
}

impl Sort {
    /// Findings as they are dealt with: the most urgent first, of those the latest.
    pub const OF_FINDINGS: Self = Self::of(Column::Resolution, false).then_by(Directed::by(Column::Detected));

    const fn then_by(self, then: Directed) -> Self {
        Self { then: Some(then), ..self }
    }

    /// By `column` alone.
    pub const fn of(column: Column, descending: bool) -> Self {
        Self { column, descending, then: None }
    }

    /// By `column` alone, in the direction that it begins with.
    pub const fn by(column: Column) -> Self {
        Self::of(column, column.begins_descending())
    }

    /// The same with rows alike in the column by another one.
    #[must_use]
    pub fn then(self, then: Option<Directed>) -> Self {
        Self { then: then.filter(|then| then.column != self.column), ..self }
    }

    /// The order after a person chose `column`: reversed when it was chosen before.
    #[must_use]
    pub fn choose(self, column: Column) -> Self {
        if self.column == column {
            Self { descending: !self.descending, ..self }
        } else {
            Self::by(column).then(self.then)
        }
    }

    /// The order after a person chose `column` as the second one: reversed when it was chosen before, and after that none.
    #[must_use]
    pub fn choose_then(self, column: Column) -> Self {
        let begun = Directed::by(column);
        let then = match self.then {
            Some(then) if then == begun => Some(begun.turned()),
            Some(then) if then.column == column => None,
            _ => Some(begun),
        };
        self.then(then)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_letter_is_one_column() {
        for columns in [Column::for_keys(), Column::for_findings()] {
            let letters: BTreeSet<char> = columns.iter().map(|column| column.letter()).collect();
            assert_eq!(letters.len(), columns.len());
            assert!(columns.iter().all(|column| column.title().contains(column.letter())));
            // these move in a menu, or leave it
            assert!(letters.iter().all(|letter| !"gjkq".contains(*letter)));
        }
    }

    #[test]
    fn the_second_column_is_chosen_turned_and_dropped() {
        let status = Sort::by(Column::Status);
        let expires = Directed::by(Column::Expires);
        let mut sort = status.choose_then(Column::Expires);
        assert_eq!(sort, status.then(Some(expires)));
        sort = sort.choose_then(Column::Expires);
        assert_eq!(sort, status.then(Some(expires.turned())));
        assert_eq!(sort.choose(Column::Status).then, sort.then, "it outlives a turn of the first");
        assert_eq!(sort.choose(Column::Name), Sort::by(Column::Name).then(sort.then), "and another first");
        assert_eq!(sort.choose(Column::Expires), Sort::by(Column::Expires), "but it is never the same");
        assert_eq!(sort.choose_then(Column::Expires), status);
        assert_eq!(status.choose_then(Column::Status), status);
    }
}
