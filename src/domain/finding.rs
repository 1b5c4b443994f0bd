//! A finding: one secret found in one place where others can read it.

use std::collections::HashSet;

use super::ids::{KeyId, UserId};
use super::key::Status;
use super::time::When;
use super::untrusted::Untrusted;
use super::wire_enum::wire_enum;

wire_enum! {
    /// What became of a finding. Source: Postman's `detected-secrets`.
    pub enum Resolution {
        /// Open: nobody has dealt with it.
        Active = "ACTIVE",
        /// Not a secret after all.
        FalsePositive = "FALSE_POSITIVE",
        /// The key was revoked.
        Revoked = "REVOKED",
        /// Known, and left as it is.
        AcceptedRisk = "ACCEPTED_RISK",
    }
}

wire_enum! {
    /// Where a secret was found.
    pub enum Source {
        Workspace = "workspace",
        /// Published documentation.
        Documentation = "documentation",
        /// A GitHub repository.
        GitHub = "github",
        /// A GitLab repository.
        GitLab = "gitlab",
        /// A file on somebody's machine.
        Local = "local",
    }
}

wire_enum! {
    /// Whether a report revoked the key it was about, where the team's setting revokes exposed keys.
    pub enum AutoRevoke {
        Revoked = "revoked",
        /// The key is spared; see [`Spared`].
        Skipped = "skipped",
    }
}

wire_enum! {
    /// Why an exposed key is spared that the team's setting would revoke.
    pub enum Spared {
        /// No active superadmin would have an enabled key.
        Lockout = "lockout",
        /// It is a superadmin's, and the report has nothing but the hash of its value, which anybody may know.
        HashAlone = "hashAlone",
    }
}

impl Spared {
    /// The reason in words, to follow "not revoked, since".
    pub fn in_words(&self) -> String {
        match self {
            Self::Lockout => "no superadmin would have a key that works".to_owned(),
            Self::HashAlone => "a report by hash alone revokes no superadmin's key".to_owned(),
            Self::Other(word) => word.to_string(),
        }
    }
}

impl Resolution {
    /// What became of a finding, in words.
    pub fn in_words(&self) -> String {
        match self {
            Self::Active => "open".to_owned(),
            Self::FalsePositive => "a false positive".to_owned(),
            Self::Revoked => "its key is revoked".to_owned(),
            Self::AcceptedRisk => "the risk is accepted".to_owned(),
            Self::Other(word) => word.to_string(),
        }
    }
}

/// What a finding is to be resolved as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolving {
    pub secret: KeyId,
    /// The workspace: the same secret in another one is another finding.
    pub workspace: String,
    /// What it is called from now on; never open.
    pub resolution: Resolution,
    /// Why; kept where the backend keeps such.
    pub note: Option<String>,
}

/// One row of the Exposed Keys tab.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The row's identity: a finding is addressed by secret and workspace together.
    pub id: KeyId,
    pub secret_id: KeyId,
    /// The workspace, or the source's name outside workspaces.
    pub workspace_id: Untrusted,
    /// The name of the kind of secret.
    pub secret_type: Untrusted,
    /// The secret, obfuscated by the server.
    pub obfuscated: Untrusted,
    /// The key the secret belongs to, where the server knows it.
    pub key_id: Option<KeyId>,
    pub key_name: Untrusted,
    pub key_status: Option<Status>,
    pub owner_id: Option<UserId>,
    /// The owner's name, filled in from the team's users.
    pub owner: Untrusted,
    /// The owner's address, filled in likewise.
    pub owner_email: Untrusted,
    /// Whether the owner left, as far as the team's users tell.
    pub owner_gone: bool,
    /// When that key was last used.
    pub last_used: When,
    pub source: Option<Source>,
    /// A link to the place.
    pub url: Untrusted,
    /// Who can see the workspace.
    pub visibility: Untrusted,
    /// What became of it.
    pub resolution: Resolution,
    /// How often the secret stands there.
    pub occurrences: u64,
    /// When it was first seen.
    pub detected: When,
}

impl Finding {
    /// Where it is: the source and the address.
    pub fn place(&self) -> String {
        let source = self.source.as_ref().map_or_else(|| self.workspace_id.to_string(), ToString::to_string);
        if self.url.is_empty() { source } else { format!("{source}, {}", self.url) }
    }

    /// Whether nobody has dealt with the finding yet.
    pub fn is_open(&self) -> bool {
        self.resolution == Resolution::Active
    }
}

/// The keys that open findings name: others can read their values.
pub fn exposed_keys<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> HashSet<KeyId> {
    findings.into_iter().filter(|finding| finding.is_open()).filter_map(|finding| finding.key_id.clone()).collect()
}
