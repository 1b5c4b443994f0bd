//! What a backend can do, action by action, so that console and command line can say what it cannot, why, and where a person
//! can do it.

use chrono::Months;

use super::error::{Asked, ErrorKind, ServiceError};
use super::{KeyChange, NewKey, Scope};
use crate::domain::one_time::Terms;
use crate::domain::rotation::Abilities;
use crate::domain::time::Time;
use crate::domain::untrusted::Untrusted;

macro_rules! capabilities {
    ($($(#[$doc:meta])+ $name:ident,)+) => {
        /// A thing that some backends cannot do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Capability {
            $($(#[$doc])+ $name,)+
        }

        impl Capability {
            pub const ALL: &[Self] = &[$(Self::$name),+];
        }
    };
}

capabilities! {
    /// List the caller's own API keys.
    OwnKeys,
    /// List the team's API keys.
    TeamKeys,
    /// List collection access keys.
    CollectionKeys,
    /// Make API keys.
    CreateKeys,
    /// Make collection access keys.
    CreateCollectionKeys,
    /// Give an API key another name.
    Rename,
    /// Say who is told before an API key expires, when it is made and later.
    Contacts,
    /// Choose when an API key expires, and bring that forward later.
    Expiry,
    /// Say what an API key may do, when it is made and, less, later.
    Access,
    /// Make an API key for somebody else, and hand one over.
    HandOver,
    /// Stop an API key for a while, and accept it again.
    Disable,
    /// Stop an API key until a moment at which it is accepted again by itself.
    DisableUntil,
    /// Give an API key a new value.
    Regenerate,
    /// Delete one's own API keys.
    DeleteKeys,
    /// Revoke the team's API keys.
    RevokeTeamKeys,
    /// Revoke up to a thousand API keys in one call; where it is missing, each is deleted in a call of its own.
    RevokeMany,
    /// Delete collection access keys.
    DeleteCollectionKeys,
    /// Find a key by the hash of its value.
    Lookup,
    /// Tell what up to a thousand keys are now, by their ids, in one call; where it is missing, whole lists are read.
    ReadByIds,
    /// Tell when a key was last used.
    LastUse,
    /// Tell from which addresses a key that no longer works is still tried.
    RefusedUses,
    /// Name the team's users.
    Users,
    /// Change users: their roles, and whether they are active.
    ManageUsers,
    /// Query exposed keys.
    Findings,
    /// Resolve a finding: as a false positive, or as an accepted risk.
    ResolveFindings,
    /// Tell where a finding's secret stands, place by place, and how it was resolved so far.
    Locations,
    /// Resolve a key's findings with its revocation; where it is missing, they are resolved one by one after it.
    RevokeResolves,
    /// Report that a value was found where others can read it, by its hash.
    ReportFindings,
    /// Read the team's settings.
    Settings,
    /// Change the team's settings, and tell before what a change would do.
    ChangeSettings,
    /// Revoke every key of the team in one call.
    RevokeAll,
    /// Read what was done, by whom: the audit log.
    AuditLog,
    /// Read and change the variables of environments.
    Variables,
    /// Read what was done to one key; where it is missing, what its owner did is read.
    AuditByKey,
    /// Read what people are told of their keys.
    Notices,
}

/// Where the values of new API keys come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Minting {
    /// They are made here, and the backend is told their hash: a lost answer loses nothing.
    #[default]
    Client,
    /// The backend makes them and tells each once, with the answer that made the key.
    Server,
}

/// That one's own API keys are those that a person wrote down on this machine, since the backend lists none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tracks {
    /// Why the backend lists none.
    pub why: String,
    /// Why the backend finds no key by the hash of its value, so that only what was written down is looked through; none
    /// where it does.
    pub no_lookup: Option<String>,
}

/// What a backend can do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    missing: Vec<(Capability, String)>,
    minting: Minting,
    tracks: Option<Tracks>,
    page: Option<String>,
    sign_in: Option<Terms>,
    life: Option<Months>,
    contacts: Option<String>,
    late_mail: Option<String>,
}

impl Capabilities {
    /// Everything, with values that are made here: keydeck's own server.
    pub fn all() -> Self {
        Self::default()
    }

    /// The same without `capability`; `why` says why not and where a person can do it.
    #[must_use]
    pub fn without(mut self, capability: Capability, why: &str) -> Self {
        self.missing.push((capability, why.to_owned()));
        self
    }

    /// The same with values that come from there.
    #[must_use]
    pub fn minted_by(mut self, minting: Minting) -> Self {
        self.minting = minting;
        self
    }

    /// The same of a backend whose keys a person makes and revokes on a page: its address, and how it is reached by every
    /// name that the menu goes by.
    #[must_use]
    pub fn with_page(mut self, page: &str) -> Self {
        self.page = Some(page.to_owned());
        self
    }

    /// The same of a backend that is asked in a session, which begins with a password on these terms.
    #[must_use]
    pub fn with_sign_in(mut self, terms: Terms) -> Self {
        self.sign_in = Some(terms);
        self
    }

    /// How a person signs in, where a session and no key is what asks.
    pub fn sign_in(&self) -> Option<Terms> {
        self.sign_in
    }

    /// The same of a backend that lets every key end so many calendar months after it was made.
    #[must_use]
    pub fn with_life(mut self, life: Months) -> Self {
        self.life = Some(life);
        self
    }

    /// When a key ends that is made at `now`, where the backend lets all of them live alike: the same day of a later month, or
    /// that month's last where it has no such day.
    pub fn life_ends(&self, now: Time) -> Option<Time> {
        self.life.and_then(|life| now.checked_add_months(life))
    }

    /// The same of a backend that makes no key without somebody to be told before it ends; `otherwise` says what becomes of
    /// the mails about one that has nobody all the same.
    #[must_use]
    pub fn needing_contacts(mut self, otherwise: &str) -> Self {
        self.contacts = Some(otherwise.to_owned());
        self
    }

    /// Where a key needs somebody to be told before it ends: what becomes of the mails about one that has nobody.
    pub fn without_contacts(&self) -> Option<&str> {
        self.contacts.as_deref()
    }

    /// The same of a backend that may write about a key that is gone, in words.
    #[must_use]
    pub fn with_late_mail(mut self, words: &str) -> Self {
        self.late_mail = Some(words.to_owned());
        self
    }

    /// What is said of mails that may still come about a key that was deleted, by how it is masked; none where none come.
    pub fn late_mail(&self, masked: &Untrusted) -> Option<String> {
        self.late_mail.as_ref().map(|words| format!("{words}: {masked}"))
    }

    /// Where a person makes and revokes keys, in words, where the API cannot.
    pub fn page(&self) -> Option<&str> {
        self.page.as_deref()
    }

    /// The same where a person writes down the keys that the backend does not list: they are then one's own keys, and are
    /// found by the hash of their values. As it is, where the backend lists them.
    #[must_use]
    pub fn tracking(mut self) -> Self {
        let why = |can| self.why_not(can).map(str::to_owned);
        let Some(why_none) = why(Capability::OwnKeys) else { return self };
        self.tracks = Some(Tracks { why: why_none, no_lookup: why(Capability::Lookup) });
        self.missing.retain(|(can, _)| !matches!(can, Capability::OwnKeys | Capability::Lookup));
        self
    }

    /// That one's own keys are those that a person wrote down; none where the backend lists them.
    pub fn tracks(&self) -> Option<&Tracks> {
        self.tracks.as_ref()
    }

    /// Why the backend itself finds no key by the hash of its value, whatever was written down here; none where it does.
    pub fn no_lookup(&self) -> Option<&str> {
        let of_the_backend = self.tracks.as_ref().and_then(|tracks| tracks.no_lookup.as_deref());
        of_the_backend.or_else(|| self.why_not(Capability::Lookup))
    }

    /// What is said of a value of which a look-up found no key.
    pub fn of_nobody(&self) -> String {
        match self.tracks.as_ref().and_then(|tracks| tracks.no_lookup.as_ref()) {
            None => "belongs to no key that you may see".to_owned(),
            Some(why) => format!("belongs to no key that was written down here; whose it is cannot be asked: {why}"),
        }
    }

    /// Where the values of new API keys come from.
    pub fn minting(&self) -> Minting {
        self.minting
    }

    /// Whether the backend can do it.
    pub fn has(&self, capability: Capability) -> bool {
        self.why_not(capability).is_none()
    }

    /// Why the backend cannot do it, and where a person can; none when it can.
    pub fn why_not(&self, capability: Capability) -> Option<&str> {
        self.missing.iter().find(|(missing, _)| *missing == capability).map(|(_, why)| why.as_str())
    }

    /// Why the backend cannot do all of these; none when it can.
    pub fn why_not_all(&self, needed: impl IntoIterator<Item = Capability>) -> Option<&str> {
        needed.into_iter().find_map(|capability| self.why_not(capability))
    }

    /// Refuses what the backend at `address` cannot do, before anything is sent.
    pub fn require(&self, needed: impl IntoIterator<Item = Capability>, address: &str) -> Result<(), ServiceError> {
        match self.why_not_all(needed) {
            Some(why) => Err(ServiceError::new(ErrorKind::Unsupported, Asked::nothing(address), why)),
            None => Ok(()),
        }
    }
}

/// `all`, but for what a person does on a page.
#[cfg(feature = "fault-points")]
pub(super) fn by_hand(all: Capabilities) -> Capabilities {
    use Capability::{
        CreateKeys, DeleteKeys, Disable, DisableUntil, Expiry, LastUse, Lookup, OwnKeys, ReadByIds, Regenerate,
        RevokeMany, RevokeTeamKeys,
    };
    let page = "Settings > Keys (https://keys.team.example/mine)";
    let missing = [
        OwnKeys,
        Lookup,
        CreateKeys,
        DeleteKeys,
        RevokeTeamKeys,
        RevokeMany,
        Disable,
        DisableUntil,
        Expiry,
        LastUse,
        Regenerate,
        ReadByIds,
    ];
    let why = format!("no call does it: {page}");
    missing.into_iter().fold(all, |all, missing| all.without(missing, &why)).with_page(page)
}

/// As far as a rotation's plan depends on it.
impl From<&Capabilities> for Abilities {
    fn from(capabilities: &Capabilities) -> Self {
        let by_hand = capabilities.tracks().map(|_| capabilities.page().unwrap_or("the backend's own page").to_owned());
        // what the backend does with keys that it lists, it does not with those that a person wrote down
        let can = |capability| capabilities.has(capability) && by_hand.is_none();
        Self {
            disable: can(Capability::Disable),
            expiry: can(Capability::Expiry),
            contacts: can(Capability::Contacts),
            last_use: can(Capability::LastUse),
            mints: capabilities.minting() == Minting::Server && by_hand.is_none(),
            by_hand,
        }
    }
}

impl Scope {
    /// What listing these keys needs.
    pub fn needs(self) -> Capability {
        match self {
            Self::Mine => Capability::OwnKeys,
            Self::Team => Capability::TeamKeys,
            Self::Collections => Capability::CollectionKeys,
        }
    }
}

impl KeyChange {
    pub fn needs(&self) -> impl Iterator<Item = Capability> {
        [
            self.name.as_ref().map(|_| Capability::Rename),
            self.contacts.as_ref().map(|_| Capability::Contacts),
            self.enabled.map(|_| Capability::Disable),
            self.disabled_until.map(|_| Capability::DisableUntil),
            self.expires.map(|_| Capability::Expiry),
            self.access.as_ref().map(|_| Capability::Access),
            self.owner.map(|_| Capability::HandOver),
        ]
        .into_iter()
        .flatten()
    }
}

impl NewKey {
    /// What making this key needs.
    pub fn needs(&self) -> impl Iterator<Item = Capability> {
        [
            Some(Capability::CreateKeys),
            self.expires.map(|_| Capability::Expiry),
            (!self.contacts.is_empty()).then_some(Capability::Contacts),
            self.owner.map(|_| Capability::HandOver),
            self.access.as_ref().map(|_| Capability::Access),
        ]
        .into_iter()
        .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::key::Access;

    #[test]
    fn what_is_missing_is_said_with_its_reason_and_nothing_is_sent() {
        let capabilities =
            Capabilities::all().without(Capability::Rename, "names are fixed: make a new key on the page");
        let name = KeyChange { name: Some("ci".to_owned()), ..KeyChange::default() };
        let error = capabilities.require(name.needs(), "https://keys.team.example").unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unsupported);
        assert!(error.to_string().contains("make a new key on the page"), "{error}");
        let contacts = KeyChange { contacts: Some(Vec::new()), ..KeyChange::default() };
        assert_eq!(capabilities.require(contacts.needs(), "https://keys.team.example"), Ok(()));
    }

    #[test]
    fn what_is_written_down_is_in_place_of_what_the_backend_does_not_list() {
        assert_eq!(Capabilities::all().tracking(), Capabilities::all(), "it lists them itself");
        let postman = Capabilities::all()
            .without(Capability::OwnKeys, "no call lists them")
            .without(Capability::CreateKeys, "made on the page")
            .without(Capability::Lookup, "no call finds them");
        let tracking = postman.tracking();
        assert!(tracking.has(Capability::OwnKeys) && !tracking.has(Capability::CreateKeys));
        assert_eq!(tracking.tracks().map(|tracks| tracks.why.as_str()), Some("no call lists them"));
        assert!(tracking.of_nobody().contains("no call finds them"), "{}", tracking.of_nobody());
        assert!(
            Abilities::from(&tracking).by_hand.is_some() && Abilities::from(&Capabilities::all()).by_hand.is_none()
        );
    }

    #[test]
    fn a_change_needs_what_it_changes() {
        let all = KeyChange {
            note: None,
            name: Some(String::new()),
            contacts: Some(Vec::new()),
            enabled: Some(true),
            disabled_until: Some(chrono::Utc::now()),
            expires: Some(chrono::Utc::now()),
            access: Some(Access::None),
            owner: Some(crate::domain::ids::UserId(7)),
        };
        let needed: Vec<Capability> = all.needs().collect();
        let ways = [Capability::Rename, Capability::Contacts, Capability::Disable, Capability::DisableUntil];
        assert_eq!(needed, [&ways[..], &[Capability::Expiry, Capability::Access, Capability::HandOver]].concat());
        assert_eq!(KeyChange::default().needs().count(), 0);
        let none = NewKey { access: Some(Access::None), ..NewKey::default() };
        assert_eq!(none.needs().collect::<Vec<_>>(), [Capability::CreateKeys, Capability::Access]);
        assert_eq!(NewKey::default().needs().collect::<Vec<_>>(), [Capability::CreateKeys]);
    }
}
