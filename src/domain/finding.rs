//! A finding: one secret found in one place where others can read it.

use std::collections::HashSet;

use chrono::TimeDelta;

use super::elsewhere::Elsewhere;
use super::ids::{KeyId, UserId};
use super::key::{Key, Status};
use super::key_value::{Digest32, KeyKind};
use super::time::{Time, When};
use super::untrusted::Untrusted;
use super::values::Format;
use super::vendors::{self, Vendor};
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
    /// Other workspaces in which the same secret is called so too.
    pub also: Vec<String>,
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
    /// The other workspaces that hold the same secret, where the backend makes one row of them.
    pub elsewhere: Vec<Elsewhere>,
    /// The name of the kind of secret.
    pub secret_type: Untrusted,
    /// Of which kind of this backend's own keys the secret is, where the backend says so by another name than keydeck's.
    pub kind_here: Option<KeyKind>,
    /// The secret, obfuscated by the server.
    pub obfuscated: Untrusted,
    /// SHA-256 of the secret, where the server tells it.
    pub digest: Option<Digest32>,
    /// The key the secret belongs to, where the server knows it.
    pub key_id: Option<KeyId>,
    /// Of which kind that key is; without a meaning where there is none.
    pub key_kind: KeyKind,
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
        if !self.elsewhere.is_empty() {
            return format!("{} workspaces", self.workspaces());
        }
        if self.url.is_empty() { source } else { format!("{source}, {}", self.url) }
    }

    /// What addresses it at the server.
    pub fn address(&self) -> Address {
        Address {
            secret: self.secret_id.clone(),
            workspace: self.workspace_id.as_received().to_owned(),
            also: self.elsewhere.iter().map(|other| other.workspace.as_received().to_owned()).collect(),
        }
    }

    /// What it is called: its key's name, or the kind of secret.
    pub fn name(&self) -> &Untrusted {
        if self.key_name.is_empty() { &self.secret_type } else { &self.key_name }
    }

    /// Whether nobody has dealt with the finding yet.
    pub fn is_open(&self) -> bool {
        self.resolution == Resolution::Active
    }

    /// How urgent it is.
    pub fn urgency(&self) -> Urgency {
        match (self.is_open(), &self.key_status) {
            (false, _) => Urgency::Over,
            (true, Some(Status::Enabled)) if self.was_used_since() => Urgency::InUse,
            (true, Some(Status::Enabled)) => Urgency::Live,
            (true, _) => Urgency::Open,
        }
    }

    /// Whether it is open and its key is still accepted: whoever found the value can use it.
    pub fn is_live(&self) -> bool {
        matches!(self.urgency(), Urgency::InUse | Urgency::Live)
    }

    /// Whether its key was used since the secret was first seen there. A moment that cannot be read counts as later, to
    /// err on the side of hurry; the last use is exact to a minute.
    pub fn was_used_since(&self) -> bool {
        match (&self.last_used, &self.detected) {
            (When::Never, _) => false,
            (When::At(used), When::At(detected)) => *used >= *detected,
            (When::At(_) | When::Unreadable(_), _) => true,
        }
    }

    /// For how long others could read it, as of `now`; none where it is over, since its key is revoked or somebody dealt
    /// with it, or where the moment it was first seen cannot be read.
    pub fn exposed_for(&self, now: Time) -> Option<TimeDelta> {
        let goes_on = self.is_open() && self.key_status != Some(Status::Revoked);
        self.detected.time().filter(|_| goes_on).map(|detected| (now - detected).max(TimeDelta::zero()))
    }

    /// Whether the secret is one of another maker, which cannot be revoked here: it names no key, and its kind is none of
    /// this backend's own.
    pub fn is_foreign(&self) -> bool {
        self.key_id.is_none() && self.own_kind().is_none()
    }

    /// Who makes such secrets and where they are revoked, for one of [another maker](Self::is_foreign).
    pub fn vendor(&self) -> Option<&'static Vendor> {
        vendors::of_kind(self.secret_type.as_received()).filter(|_| self.is_foreign())
    }

    /// Which kind of the backend's own keys the secret is, by its name.
    pub fn own_kind(&self) -> Option<KeyKind> {
        let named = |format: &Format| self.secret_type.as_received().eq_ignore_ascii_case(format.name());
        let ours = || Format::ALL.iter().find(|format| named(format)).and_then(|format| format.kind());
        self.kind_here.or_else(ours)
    }

    /// The key that it names, as far as the finding tells of it.
    pub fn key(&self) -> Option<Key> {
        let id = self.key_id.clone()?;
        Some(Key {
            kind: self.key_kind,
            name: self.name().clone(),
            masked: self.obfuscated.clone(),
            digest: self.digest,
            status: self.key_status.clone().unwrap_or(Status::Other(Untrusted::default())),
            owner_id: self.owner_id.unwrap_or_default(),
            owner: self.owner.clone(),
            owner_email: self.owner_email.clone(),
            owner_gone: self.owner_gone,
            last_used: self.last_used.clone(),
            exposed: self.is_open(),
            ..Key::sample(id.as_str())
        })
    }

    /// Takes in whose secret it is, which a look-up by its digest told.
    pub fn belongs_to(&mut self, key: &Key) {
        self.key_id = Some(key.id.clone());
        self.key_kind = key.kind;
        self.key_name = key.name.clone();
        self.key_status = Some(key.status.clone());
        self.owner_id = Some(key.owner_id);
        self.owner = key.owner.clone();
        self.owner_email = key.owner_email.clone();
        self.last_used = key.last_used.clone();
    }

    /// An open finding with this id that names no key and has nothing else to tell, to build on.
    pub fn sample(id: &str) -> Self {
        Self {
            id: KeyId::from(id),
            secret_id: KeyId::from(id),
            workspace_id: Untrusted::default(),
            elsewhere: Vec::new(),
            secret_type: Untrusted::default(),
            kind_here: None,
            obfuscated: Untrusted::default(),
            digest: None,
            key_id: None,
            key_kind: KeyKind::ApiKey,
            key_name: Untrusted::default(),
            key_status: None,
            owner_id: None,
            owner: Untrusted::default(),
            owner_email: Untrusted::default(),
            owner_gone: false,
            last_used: When::Never,
            source: None,
            url: Untrusted::default(),
            visibility: Untrusted::default(),
            resolution: Resolution::Active,
            occurrences: 1,
            detected: When::Never,
        }
    }
}

/// How urgent a finding is, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Open, its key is accepted and was used since it was found: perhaps by whoever found it.
    InUse,
    /// Open, and its key is accepted.
    Live,
    /// Open; its key is refused, or nobody knows.
    Open,
    /// Somebody dealt with it.
    Over,
}

impl Urgency {
    /// In a word or two, behind a name.
    pub fn words(self) -> &'static str {
        match self {
            Self::InUse => "open, used since",
            Self::Live => "open, accepted",
            Self::Open => "open",
            Self::Over => "resolved",
        }
    }
}

/// What addresses a finding at the server: the same secret in another workspace is another finding.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    pub secret: KeyId,
    pub workspace: String,
    /// Other workspaces that hold the same secret, where the backend makes one row of them.
    pub also: Vec<String>,
}

/// The keys that open findings name: others can read their values.
pub fn exposed_keys<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> HashSet<KeyId> {
    findings.into_iter().filter(|finding| finding.is_open()).filter_map(|finding| finding.key_id.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> When {
        When::from_wire(text)
    }

    fn found(status: Option<Status>, used: &str) -> Finding {
        Finding {
            key_id: Some("k".into()),
            key_status: status,
            last_used: at(used),
            detected: at("2026-11-20T08:00:00Z"),
            ..Finding::sample("f")
        }
    }

    #[test]
    fn what_is_accepted_and_used_since_is_the_most_urgent() {
        for (finding, urgency) in [
            (found(Some(Status::Enabled), "2026-11-20T08:00:00Z"), Urgency::InUse),
            (found(Some(Status::Enabled), "not a time"), Urgency::InUse),
            (found(Some(Status::Enabled), "2026-11-20T07:59:59Z"), Urgency::Live),
            (found(Some(Status::Enabled), ""), Urgency::Live),
            (found(Some(Status::Disabled), "2026-11-21T08:00:00Z"), Urgency::Open),
            (found(Some(Status::Revoked), "2026-11-21T08:00:00Z"), Urgency::Open),
            (found(None, ""), Urgency::Open),
            (
                Finding {
                    resolution: Resolution::AcceptedRisk,
                    ..found(Some(Status::Enabled), "2026-11-21T08:00:00Z")
                },
                Urgency::Over,
            ),
        ] {
            assert_eq!(finding.urgency(), urgency, "{finding:?}");
            assert_eq!(finding.is_live(), urgency <= Urgency::Live);
        }
    }

    #[test]
    fn it_is_exposed_until_its_key_is_dead_or_somebody_dealt_with_it() {
        let now = at("2026-11-21T09:00:00Z").time().unwrap();
        let hours = |finding: &Finding| finding.exposed_for(now).map(|span| span.num_hours());
        assert_eq!(hours(&found(Some(Status::Enabled), "")), Some(25));
        assert_eq!(hours(&found(Some(Status::Disabled), "")), Some(25), "it may be enabled again");
        assert_eq!(hours(&found(None, "")), Some(25), "of another maker's nobody knows");
        assert_eq!(hours(&found(Some(Status::Revoked), "")), None);
        assert_eq!(hours(&Finding { resolution: Resolution::FalsePositive, ..found(None, "") }), None);
        assert_eq!(hours(&Finding { detected: at("soon"), ..found(None, "") }), None);
        let ahead = Finding { detected: at("2026-11-22T09:00:00Z"), ..found(None, "") };
        assert_eq!(hours(&ahead), Some(0), "a server whose clock is ahead");
    }

    #[test]
    fn what_names_no_key_is_foreign_unless_it_is_of_our_kind() {
        let of = |kind: &str| Finding { secret_type: kind.into(), ..Finding::sample("f") };
        assert!(of("Postman API Key").is_foreign() && of("Postman API Key").vendor().is_some());
        assert!(of("a thing").is_foreign() && of("a thing").vendor().is_none());
        let collection = of("keydeck Collection Access Key");
        assert!(!collection.is_foreign());
        assert_eq!(collection.own_kind(), Some(KeyKind::CollectionAccessKey));
        let ours = Finding { key_id: Some("k".into()), ..of("Postman API Key") };
        assert!(!ours.is_foreign() && ours.vendor().is_none(), "a backend of Postman's own keys names them");
    }
}
