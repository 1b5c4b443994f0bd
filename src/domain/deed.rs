//! What is done to keys, one or many.

/// What is done to keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Deed {
    #[default]
    Revoke,
    /// The owner's revoke.
    Delete,
    Disable,
    Enable,
}

impl Deed {
    /// The verb: `revoke`.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Revoke => "revoke",
            Self::Delete => "delete",
            Self::Disable => "disable",
            Self::Enable => "enable",
        }
    }

    /// The verb as a title begins with it: `Revoke`.
    pub fn title(self) -> &'static str {
        match self {
            Self::Revoke => "Revoke",
            Self::Delete => "Delete",
            Self::Disable => "Disable",
            Self::Enable => "Enable",
        }
    }

    /// Whether it cannot be taken back.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Revoke | Self::Delete)
    }
}
