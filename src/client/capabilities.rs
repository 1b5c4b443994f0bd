//! What a backend can do, so that the screens can say what it cannot, why, and where a person can do it.

/// A thing that some backends cannot do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Capability {
    /// List and manage the caller's own API keys.
    OwnKeys,
    /// List and revoke the team's API keys.
    TeamKeys,
    /// Create API keys.
    CreateKeys,
    /// List collection access keys.
    CollectionKeys,
    /// Create collection access keys.
    CreateCollectionKeys,
    /// Query exposed keys.
    Findings,
    /// Read the team's settings.
    Settings,
    /// Find a key by the hash of its value.
    Lookup,
    /// Read what was done, by whom: the audit log.
    AuditLog,
}

/// What a backend can do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    missing: Vec<(Capability, String)>,
}

impl Capabilities {
    /// Everything: keydeck's own server.
    pub fn all() -> Self {
        Self::default()
    }

    /// The same without `capability`; `why` says why not and where a person can do it.
    #[must_use]
    pub fn without(mut self, capability: Capability, why: &str) -> Self {
        self.missing.push((capability, why.to_owned()));
        self
    }

    /// Why the backend cannot do it; none when it can.
    pub fn why_not(&self, capability: Capability) -> Option<&str> {
        self.missing.iter().find(|(missing, _)| *missing == capability).map(|(_, why)| why.as_str())
    }
}
