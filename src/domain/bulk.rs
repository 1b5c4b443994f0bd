//! Changing many keys: the frozen list that is reviewed, what must be typed to confirm it, and what becomes of each key.

use std::collections::HashMap;
use std::fmt::{self, Write};

use super::changes::ChangeId;
use super::deed::{Barred, Deed, Who};
use super::exposed::Settled;
use super::finding::Finding;
use super::fresh::Fresh;
use super::ids::KeyId;
use super::key::{Key, Status};
use super::key_value::KeyKind;
use super::team::User;
use super::time::Time;
use super::untrusted::Untrusted;

mod summary;

pub use summary::Summary;

/// A frozen list of keys to do something to: what the review shows is what is sent, whatever is loaded or filtered
/// meanwhile. The ids are frozen; what a key is may be [read again](Self::read_again).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// What is done to them.
    pub deed: Deed,
    /// Used in the last 24 hours, most recent first: somebody depends on them now. None while that is not known.
    pub used_today: Vec<Key>,
    /// The rest, in the order given.
    pub rest: Vec<Key>,
    /// The key that this program itself uses, if it was among them.
    pub own: Option<Key>,
    /// Whether `own` goes too, last.
    pub include_own: bool,
    /// How many were left out because they are revoked already.
    pub already_revoked: usize,
    /// Left out since who asks may not, or it cannot be done to them; in the order given.
    pub left_out: Vec<(Key, Barred)>,
    /// What became of keys since they were first read, so that nothing is to be done to them any more.
    pub meanwhile: Vec<(Key, Meanwhile)>,
    /// Whether what the keys say of their use, state and owner is of now.
    pub reading: Reading,
    /// Open findings that name the keys, as far as they were read.
    pub findings: Vec<Finding>,
    /// Whom the keys are handed over to, as far as they are known.
    pub recipient: Option<User>,
}

/// What became of a key between its first reading and the review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Meanwhile {
    /// It was revoked.
    Revoked,
    /// It is no longer there, or not to be seen any more.
    Gone,
}

impl Meanwhile {
    /// What is told of the key, of which nothing was sent.
    pub fn outcome(self, deed: Deed) -> Outcome {
        match self {
            Self::Revoked if deed.is_final() => Outcome::AlreadyRevoked,
            Self::Revoked => Outcome::Failed(self.words().into()),
            Self::Gone => Outcome::NotFound,
        }
    }

    /// As it stands behind a key's name or a number of keys.
    pub fn words(self) -> &'static str {
        match self {
            Self::Revoked => "revoked meanwhile",
            Self::Gone => "no longer there",
        }
    }
}

/// How far the keys of a plan are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// Being read again: nothing confirms until that is over.
    Looking,
    /// As they were when the review opened.
    #[default]
    Done,
    /// They could not be read again: nothing is known of their use.
    Failed,
}

/// What a person must type before something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// Nothing yet: the keys are still read.
    NotYet,
    /// Nothing: nothing is left that could be done.
    Nothing,
    /// `y`, for what can be taken back.
    Yes,
    /// The number of keys, then Enter.
    Count(usize),
    /// The last characters of the one key's masked value, then Enter.
    Characters(Characters),
}

/// Four characters that name one key, as its masked value ends; all of them can be typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Characters([char; 4]);

impl Characters {
    /// The last four characters of a masked value. A server can send one that does not end in four letters and digits;
    /// then it is the word `kill`.
    pub fn of(masked: &Untrusted) -> Self {
        let mut last = masked.as_received().chars().rev();
        let last: [Option<char>; 4] = std::array::from_fn(|_| last.next().filter(char::is_ascii_alphanumeric));
        match last {
            [Some(d), Some(c), Some(b), Some(a)] => Self([a, b, c, d]),
            _ => Self(['k', 'i', 'l', 'l']),
        }
    }
}

impl fmt::Display for Characters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|c| f.write_char(*c))
    }
}

impl Confirmation {
    /// What confirms that one key is revoked: the last four characters of its masked value.
    pub fn of_one(masked: &Untrusted) -> Self {
        Self::Characters(Characters::of(masked))
    }

    /// What must stand there when Enter is pressed; none where a `y` is enough, or nothing confirms.
    pub fn typed(self) -> Option<String> {
        match self {
            Self::NotYet | Self::Nothing | Self::Yes | Self::Count(0) => None,
            Self::Count(count) => Some(count.to_string()),
            Self::Characters(characters) => Some(characters.to_string()),
        }
    }
}

/// One key to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub id: KeyId,
    /// API key or collection access key: they are revoked by different calls.
    pub kind: KeyKind,
}

/// What became of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Waiting its turn.
    Queued,
    /// On its way; no answer yet.
    Sent,
    /// Revoked by this run.
    Revoked,
    AlreadyRevoked,
    /// Disabled by this run.
    Disabled,
    AlreadyDisabled,
    /// Enabled by this run.
    Enabled,
    AlreadyEnabled,
    /// Handed over by this run.
    HandedOver,
    /// It was theirs before.
    AlreadyTheirs,
    Denied(Untrusted),
    /// No such key, or not visible to this user.
    NotFound,
    /// The server said no; with the reason.
    Failed(Untrusted),
    /// Sending ended before its turn; with the reason, unless a person stopped it.
    NotSent(Untrusted),
    /// The answer was lost and the key could not be read back either; with the reason.
    Unknown(Untrusted),
}

impl Outcome {
    /// The state in one or two words.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Revoked => "revoked",
            Self::AlreadyRevoked => "already revoked",
            Self::Disabled => "disabled",
            Self::AlreadyDisabled => "already disabled",
            Self::Enabled => "enabled",
            Self::AlreadyEnabled => "already enabled",
            Self::HandedOver => "handed over",
            Self::AlreadyTheirs => "already theirs",
            Self::Denied(_) => "denied",
            Self::NotFound => "not found",
            Self::Failed(_) => "failed",
            Self::NotSent(_) => "not sent",
            Self::Unknown(_) => "unknown",
        }
    }

    /// The reason beside the word.
    pub fn reason(&self) -> Option<&Untrusted> {
        match self {
            Self::Denied(why) | Self::Failed(why) | Self::NotSent(why) | Self::Unknown(why) => {
                Some(why).filter(|why| !why.is_empty())
            }
            _ => None,
        }
    }

    /// Whether the key opens nothing any more.
    pub fn is_revoked(&self) -> bool {
        matches!(self, Self::Revoked | Self::AlreadyRevoked)
    }

    /// Whether the key is as was wished.
    pub fn is_done(&self) -> bool {
        let before =
            matches!(self, Self::AlreadyRevoked | Self::AlreadyDisabled | Self::AlreadyEnabled | Self::AlreadyTheirs);
        before || self.is_done_now()
    }

    /// Whether this run made the key as was wished.
    pub fn is_done_now(&self) -> bool {
        matches!(self, Self::Revoked | Self::Disabled | Self::Enabled | Self::HandedOver)
    }

    /// What a key is called that is so after `deed`: by this run, or before it.
    pub fn done(deed: Deed, now: bool) -> Self {
        match (deed, now) {
            (Deed::Revoke | Deed::Delete, true) => Self::Revoked,
            (Deed::Revoke | Deed::Delete, false) => Self::AlreadyRevoked,
            (Deed::Disable, true) => Self::Disabled,
            (Deed::Disable, false) => Self::AlreadyDisabled,
            (Deed::Enable, true) => Self::Enabled,
            (Deed::Enable, false) => Self::AlreadyEnabled,
            (Deed::HandOver(_), true) => Self::HandedOver,
            (Deed::HandOver(_), false) => Self::AlreadyTheirs,
        }
    }

    /// Whether sending the key again makes sense. Denied and not found will not change by asking again.
    pub fn may_retry(&self) -> bool {
        matches!(self, Self::Failed(_) | Self::NotSent(_) | Self::Unknown(_))
    }
}

/// What happens while a plan is carried out.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// A call with these keys went out.
    Sent(Vec<KeyId>),
    /// A call's answer was lost; these keys are read back before anything is said of them.
    ReadingBack(Vec<KeyId>),
    /// The server asked to wait this many seconds before the next call.
    Waiting(u64),
    Done(KeyId, Outcome),
    /// A key as it is after its change, before what became of it is said.
    Changed(Box<Key>),
    /// It stands on disk under this name, so that it is found again if it is cut short.
    Recorded(ChangeId),
    /// A finding of a key that was revoked, by the finding's id: what became of it.
    Settled(KeyId, Settled),
    /// It does not stand on disk, or not as it is now, and why: cut short, it is not found again.
    NotRecorded(Untrusted),
}

impl Plan {
    /// Freezes `keys` into a plan to revoke them. `own` is the key that this program itself uses: it is taken out until
    /// asked for.
    pub fn new(keys: impl IntoIterator<Item = Key>, own: Option<&KeyId>, now: Time) -> Self {
        let mut plan = Self::default();
        plan.sort_in(keys, own, None, now);
        plan
    }

    /// Freezes `keys` into a plan to do something to them, and sets apart what `who` asks may not.
    pub fn of(deed: Deed, keys: impl IntoIterator<Item = Key>, who: &Who<'_>, now: Time) -> Self {
        let mut plan = Self { deed, recipient: recipient(deed, who), ..Self::default() };
        plan.sort_in(keys, who.me.own_key.as_ref(), Some(who), now);
        plan
    }

    /// Puts each key where it belongs.
    fn sort_in(&mut self, keys: impl IntoIterator<Item = Key>, own: Option<&KeyId>, who: Option<&Who<'_>>, now: Time) {
        for key in keys {
            if self.deed.is_final() && key.status == Status::Revoked {
                self.already_revoked += 1;
            } else if let Some(barred) = who.and_then(|who| self.deed.barred(&key, who, now)) {
                self.left_out.push((key, barred));
            } else if key.kind == KeyKind::ApiKey && own == Some(&key.id) {
                self.own = Some(key);
            } else if key.used_within_a_day(now) && self.reading == Reading::Done {
                self.used_today.push(key);
            } else {
                self.rest.push(key);
            }
        }
        self.used_today.sort_by_key(|key| std::cmp::Reverse(key.last_used.time()));
    }

    /// The same of keys that are being read again: nothing is said of their use, and nothing confirms.
    pub fn unread(deed: Deed, keys: impl IntoIterator<Item = Key>, who: &Who<'_>, now: Time) -> Self {
        let recipient = recipient(deed, who);
        let mut plan = Self { deed, reading: Reading::Looking, recipient, ..Self::default() };
        plan.sort_in(keys, who.me.own_key.as_ref(), Some(who), now);
        plan
    }

    /// The keys could not be read again: what was known of their use is not said any more.
    pub fn not_read(&mut self) {
        self.reading = Reading::Failed;
        self.used_today.append(&mut self.rest);
        std::mem::swap(&mut self.used_today, &mut self.rest);
    }

    /// Takes the keys in as they are now. The ids stay those that were frozen: what else was read is nobody's business
    /// here, and what is revoked or gone by now is said to be.
    pub fn read_again(&mut self, fresh: Fresh, who: &Who<'_>, now: Time) {
        let Fresh { keys, findings } = fresh;
        let mut found: HashMap<KeyId, Key> = keys.into_iter().map(|key| (key.id.clone(), key)).collect();
        let mut frozen: Vec<Key> = std::mem::take(&mut self.used_today);
        frozen.append(&mut self.rest);
        frozen.extend(self.own.take());
        frozen.extend(std::mem::take(&mut self.left_out).into_iter().map(|(key, _)| key));
        let mut keys = Vec::with_capacity(frozen.len());
        for before in frozen {
            match found.remove(&before.id).filter(|key| key.kind == before.kind) {
                None => self.meanwhile.push((before, Meanwhile::Gone)),
                Some(key) if key.status == Status::Revoked && before.status != Status::Revoked => {
                    self.meanwhile.push((key, Meanwhile::Revoked));
                }
                Some(key) => keys.push(key),
            }
        }
        self.reading = Reading::Done;
        self.findings = findings;
        self.sort_in(keys, who.me.own_key.as_ref(), Some(who), now);
    }

    /// The ids that are frozen, also of keys that are left out: those to read again.
    pub fn frozen(&self) -> Vec<Target> {
        let keys = self.used_today.iter().chain(&self.rest).chain(&self.own);
        let keys = keys.chain(self.left_out.iter().map(|(key, _)| key));
        keys.map(|key| Target { id: key.id.clone(), kind: key.kind }).collect()
    }

    /// How many keys will be sent.
    pub fn count(&self) -> usize {
        self.used_today.len() + self.rest.len() + usize::from(self.sends_own())
    }

    /// Whether the key that this program itself uses will be sent.
    pub fn sends_own(&self) -> bool {
        self.include_own && self.own.is_some()
    }

    /// The keys that will be sent, in order: the program's own last.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        let own = self.own.iter().filter(|_| self.include_own);
        self.used_today.iter().chain(&self.rest).chain(own)
    }

    /// What will be sent, in order.
    pub fn targets(&self) -> Vec<Target> {
        self.keys().map(|key| Target { id: key.id.clone(), kind: key.kind }).collect()
    }

    /// Whom the keys are handed over to: ` to Ana Souza`; nothing where they stay with their owners.
    pub fn to_whom(&self) -> String {
        let Some(id) = self.deed.recipient() else { return String::new() };
        match &self.recipient {
            Some(service) if service.is_service() => format!(" to the service {}", service.name.marked()),
            Some(person) => format!(" to {}", person.name.marked()),
            None => format!(" to user {id}"),
        }
    }

    /// What must be typed: the last four characters of a single key's masked value, the number of several keys. Never a
    /// single letter, which a slip, or what the terminal sends by itself, can type.
    pub fn confirmation(&self) -> Confirmation {
        let mut keys = self.keys();
        match (keys.next(), keys.next()) {
            _ if self.reading == Reading::Looking => Confirmation::NotYet,
            (None, _) if self.own.is_none() => Confirmation::Nothing,
            (Some(key), None) => Confirmation::of_one(&key.masked),
            _ => Confirmation::Count(self.count()),
        }
    }

    /// Whether an open finding names a key that will be sent.
    pub fn sends_exposed(&self) -> bool {
        self.keys().any(|key| key.exposed)
    }

    /// What must be typed where it can be taken back: `y` for a single key, unless it was used in the last 24 hours or that
    /// could not be read, this program itself uses it or the profile is a production one; then, and for several, as for a
    /// revoke. An exposed key that is enabled works for whoever found it, which takes as much.
    pub fn confirmation_of_reversible(&self, production: bool) -> Confirmation {
        let in_use = !self.used_today.is_empty() || self.reading != Reading::Done || self.sends_own();
        // of several that is not asked, so that nobody goes through them at each key press
        let exposes = || self.deed == Deed::Enable && self.sends_exposed();
        if production || self.count() != 1 || in_use || exposes() { self.confirmation() } else { Confirmation::Yes }
    }
}

/// Whom `deed` gives keys to, where they are known.
fn recipient(deed: Deed, who: &Who<'_>) -> Option<User> {
    deed.recipient().and_then(|to| who.names.user(to)).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::UserId;
    use crate::domain::names::Names;
    use crate::domain::team::{Me, Role};
    use crate::domain::time::When;

    fn now() -> Time {
        When::from_wire("2026-11-21T08:30:00Z").time().unwrap()
    }

    fn key(id: &str, last_used: &str) -> Key {
        Key { last_used: When::from_wire(last_used), ..Key::sample(id) }
    }

    #[test]
    fn keys_used_today_stand_apart_and_the_own_key_goes_last_only_if_asked() {
        let keys = [
            key("own", "2026-11-21T08:29:00Z"),
            key("idle", ""),
            key("old", "2026-11-20T09:00:00Z"),
            key("hot", "2026-11-21T08:00:00Z"),
        ];
        let mut plan = Plan::new(keys, Some(&"own".into()), now());
        let ids = |plan: &Plan| plan.targets().iter().map(|t| t.id.to_string()).collect::<Vec<_>>().join(" ");
        assert_eq!(ids(&plan), "hot old idle");
        plan.include_own = true;
        assert_eq!(ids(&plan), "hot old idle own");
        assert_eq!(plan.confirmation(), Confirmation::Count(4));
    }

    #[test]
    fn revoked_keys_are_left_out() {
        let plan = Plan::new([Key { status: Status::Revoked, ..Key::sample("a") }, Key::sample("b")], None, now());
        assert_eq!((plan.count(), plan.already_revoked), (1, 1));
    }

    #[test]
    fn one_key_takes_its_last_four_characters_and_several_their_number() {
        let key = |id: &str, used: &str| Key { masked: "kdk_…9fQ2".into(), ..key(id, used) };
        let typed = |keys: Vec<Key>| Plan::new(keys, None, now()).confirmation().typed();
        for used in ["", "2026-11-21T00:00:00Z", "garbage"] {
            assert_eq!(typed(vec![key("a", used)]).as_deref(), Some("9fQ2"), "{used}");
        }
        assert_eq!(typed(vec![key("a", ""), key("b", "")]).as_deref(), Some("2"));
        assert_eq!(typed(vec![]), None);
        assert_eq!(Plan::default().confirmation(), Confirmation::Nothing);
    }

    fn admin() -> Me {
        let (name, email, team) = ("A".into(), "a@team.example".into(), "Team".into());
        let (own_key, own_key_expires) = (Some("own".into()), When::Never);
        Me {
            id: UserId(1),
            name,
            email,
            team,
            roles: vec![Role::Admin],
            own_key,
            own_key_expires,
            own_access: crate::domain::key::Access::Full,
            roles_tell: true,
            guest: false,
            allowances: Vec::new(),
        }
    }

    #[test]
    fn while_the_keys_are_read_again_nothing_is_said_of_their_use_and_nothing_confirms() {
        let (me, names) = (admin(), Names::default());
        let who = Who { me: &me, names: &names };
        let unread = |keys: &[Key]| Plan::unread(Deed::Disable, keys.to_vec(), &who, now());
        let mut plan = unread(&[key("a", "2026-11-21T08:00:00Z"), key("b", "")]);
        assert_eq!((plan.used_today.len(), plan.rest.len()), (0, 2));
        assert_eq!(
            (plan.confirmation(), plan.confirmation_of_reversible(false)),
            (Confirmation::NotYet, Confirmation::NotYet)
        );
        plan.not_read();
        assert_eq!((plan.used_today.len(), plan.rest.len()), (0, 2), "no claim");
        assert_eq!(plan.confirmation(), Confirmation::Count(2));
        let mut one = unread(&[Key { masked: "kdk_…9fQ2".into(), ..key("b", "") }]);
        one.not_read();
        assert_eq!(one.confirmation_of_reversible(false).typed().as_deref(), Some("9fQ2"), "never y");
    }

    #[test]
    fn what_was_read_again_is_what_is_shown_and_the_ids_stay() {
        let (me, names) = (admin(), Names::default());
        let who = Who { me: &me, names: &names };
        let frozen = ["own", "idle", "used", "gone", "revoked"].map(|id| key(id, ""));
        let mut plan = Plan::unread(Deed::Revoke, frozen, &who, now());
        assert_eq!(plan.frozen().len(), 5);
        plan.include_own = true;
        let keys = vec![
            Key { status: Status::Revoked, ..key("revoked", "") },
            key("nobody asked", "2026-11-21T08:00:00Z"),
            key("used", "2026-11-21T08:29:00Z"),
            Key { name: "another name".into(), ..key("idle", "") },
            key("own", "2026-11-21T08:29:00Z"),
        ];
        plan.read_again(Fresh { keys, findings: Vec::new() }, &who, now());
        let ids: Vec<String> = plan.targets().iter().map(|target| target.id.to_string()).collect();
        assert_eq!(ids, ["used", "idle", "own"]);
        assert_eq!((plan.used_today.len(), plan.rest[0].name.as_received()), (1, "another name"));
        let meanwhile: Vec<_> = plan.meanwhile.iter().map(|(key, what)| (key.id.as_str(), *what)).collect();
        assert_eq!(meanwhile, [("gone", Meanwhile::Gone), ("revoked", Meanwhile::Revoked)]);
        assert_eq!(plan.confirmation(), Confirmation::Count(3));
    }

    #[test]
    fn a_key_that_is_a_superadmins_by_now_is_set_apart_by_now() {
        let me = admin();
        let root = User { roles: vec![Role::Superadmin], ..User::sample(7, "R") };
        let (nobody, names) = (Names::default(), Names::new([root]));
        let of_root = Key { owner_id: UserId(7), ..key("root", "") };
        let mut plan = Plan::of(Deed::Revoke, [of_root.clone(), key("a", "")], &Who { me: &me, names: &nobody }, now());
        assert_eq!((plan.count(), plan.left_out.len()), (2, 0));
        let fresh = Fresh { keys: vec![of_root, key("a", "")], findings: Vec::new() };
        plan.read_again(fresh, &Who { me: &me, names: &names }, now());
        assert_eq!((plan.count(), plan.left_out[0].1), (1, Barred::Superadmins));
        assert_eq!(plan.frozen().len(), 2, "what is left out is still looked at");
    }

    #[test]
    fn enabling_an_exposed_key_takes_more_than_y() {
        let (me, names) = (admin(), Names::default());
        let who = Who { me: &me, names: &names };
        let disabled =
            |exposed| Key { status: Status::Disabled, masked: "kdk_…9fQ2".into(), exposed, ..key("a", "") };
        let asked = |deed, exposed| Plan::of(deed, [disabled(exposed)], &who, now()).confirmation_of_reversible(false);
        assert_eq!(asked(Deed::Enable, false), Confirmation::Yes);
        assert_eq!(asked(Deed::Enable, true).typed().as_deref(), Some("9fQ2"));
        assert_eq!(asked(Deed::Disable, true), Confirmation::Yes, "which makes it safer");
    }

    #[test]
    fn what_can_be_taken_back_takes_y_for_one_idle_key_only() {
        let yes = |id: &str, used: &str, production| {
            let mut plan = Plan::new([key(id, used)], Some(&"own".into()), now());
            plan.include_own = true;
            plan.confirmation_of_reversible(production) == Confirmation::Yes
        };
        assert!(yes("a", "", false) && yes("a", "2026-11-20T08:00:00Z", false));
        for (id, used, production) in
            [("a", "", true), ("a", "2026-11-21T00:00:00Z", false), ("a", "garbage", false), ("own", "", false)]
        {
            assert!(!yes(id, used, production), "{id} {used} {production}");
        }
        let several = Plan::new([key("a", ""), key("b", "")], None, now());
        assert_eq!(several.confirmation_of_reversible(false), Confirmation::Count(2));
    }

    #[test]
    fn a_masked_value_that_cannot_be_typed_takes_a_word() {
        for odd in ["", "kdk_…", "kdk_…9f", "kdk_…9f\u{202e}2", "kdk_…9f 2", "ключ"] {
            assert_eq!(Characters::of(&odd.into()).to_string(), "kill", "{odd}");
        }
    }
}
