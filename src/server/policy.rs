//! Who may do what: pure functions of who asks, with which key, what they are about to do, and whose thing it is. Nothing
//! else of the server decides that; the routes say what a call does at all, the handlers what is about to be done, and both
//! answer what this says.

use super::http::problem::Problem;
use super::store::team::User;
use crate::api::key::ApiKey;
use crate::domain::key::{Access, DisabledReason, Revocation};
use crate::domain::team::{Role, UserKind};

/// What a call does at all, as far as a key's access is concerned. Each route says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Tells who asks.
    Identifies,
    /// Tells something else, and changes nothing: nothing can be written while such a call is answered.
    Reads,
    Changes,
    /// Deletes the API key that the path names.
    DeletesKey,
    /// Ends the overlap of the API key that the path names.
    EndsOverlap,
}

/// Whether a key with this access may make a call with this effect; `itself`: the call is about the key that asks. Who may do
/// more may do what who may do less may. Source: management API, `access`.
pub fn reaches(access: &Access, effect: Effect, itself: bool) -> Result<(), Refusal> {
    let no_more = match access {
        Access::Full => return Ok(()),
        Access::Read => Refusal::Narrow("this key's access is read: it reads, and changes nothing"),
        // what an unknown word lets a key do is not known either
        Access::None | Access::Other(_) => {
            Refusal::Narrow("this key's access is none: it may ask who it is and delete itself, nothing else")
        }
    };
    let may = match effect {
        Effect::Identifies => true,
        Effect::Reads => *access == Access::Read,
        Effect::Changes | Effect::EndsOverlap => false,
        Effect::DeletesKey => itself,
    };
    if may { Ok(()) } else { Err(no_more) }
}

/// Whether a value that another one took the place of may make a call with this effect, in the overlap in which it still
/// works; `itself`: the call is about its own key. Source: management API, `POST /api-keys/{id}/regenerate`.
pub fn reaches_in_overlap(effect: Effect, itself: bool) -> Result<(), Refusal> {
    let may = match effect {
        Effect::Identifies | Effect::Reads => true,
        Effect::Changes | Effect::DeletesKey => false,
        Effect::EndsOverlap => itself,
    };
    let why = "this value is in its overlap: it may be used, and end its overlap; changes take the key's present value";
    if may { Ok(()) } else { Err(Refusal::Forbidden(why)) }
}

/// What somebody is about to do.
#[derive(Clone, Copy, Debug)]
pub enum Act<'a> {
    /// Ask about keys of their own, or about the team's settings.
    ManageKeys,
    /// Make a key, as the team's settings have it.
    CreateKey {
        members_may_generate: bool,
    },
    /// Give a key this access, with a key that has that one: by making it, or by giving it a value that is known.
    GiveAccess {
        access: &'a Access,
        own: &'a Access,
    },
    /// See the team's keys, users, findings or audit log, and resolve findings.
    SeeTeam,
    SeeUser(i64),
    /// Add users and change them.
    ManageUsers,
    /// Add services.
    AddService,
    /// Report a detected secret.
    ReportSecret,
    /// Be told which key a reported secret is a value of.
    SeeReportedKey,
    /// Ask whether somebody's key is accepted.
    VerifyKeys,
    /// Use a key of this owner by verifying it, as a service does to which it was shown.
    UseKey(i64),
    /// Use keys by verifying them, whosever they are.
    UseAnyKey,
    /// Say something of being locked out.
    MentionLockout,
    /// Accept that nobody could manage the team afterwards.
    AllowLockout,
    /// See a key of this owner, of either kind.
    SeeKey(i64),
    /// Make a key for somebody else, who has one that `works` or none.
    CreateKeyFor {
        owner: &'a User,
        works: bool,
    },
    /// Replace a key of this owner by a new one.
    ReplaceKey(Whose),
    /// Change the name, the contacts, the expiry or the state of a key of this owner.
    ChangeKey(&'a User),
    /// Accept a key again that is disabled for this reason.
    EnableKey(Option<&'a DisabledReason>),
    /// Hand a key over, from its owner to another user.
    HandOver {
        from: &'a User,
        to: &'a User,
    },
    /// Give a key of this owner a new value.
    RegenerateKey(Whose),
    /// Delete a key of this owner, which is the owner's way to revoke it.
    DeleteKey(Whose),
    /// Revoke a key of this owner, for this reason.
    RevokeKey(&'a User, Option<&'a Revocation>),
    /// Revoke every key of the team.
    RevokeAll,
    /// Change the team's settings, or see what a change would do.
    ManageSettings,
    /// Say that a key is revoked for this reason.
    GiveReason(Option<&'a Revocation>),
}

/// Whose a key is.
#[derive(Clone, Copy, Debug)]
pub struct Whose {
    pub id: i64,
    /// Nobody in person: its admins act in its place.
    pub service: bool,
}

impl From<&User> for Whose {
    fn from(owner: &User) -> Self {
        Self { id: owner.id, service: owner.is_service() }
    }
}

impl From<&ApiKey> for Whose {
    fn from(key: &ApiKey) -> Self {
        Self { id: key.owner_id.0, service: key.owner_kind == UserKind::Service }
    }
}

/// Whether `user` does with a key what its owner does: its owner, or an admin where a service owns it. Source: management API,
/// `kind`.
pub fn owns(user: &User, whose: Whose) -> bool {
    whose.id == user.id || (whose.service && user.is_admin())
}

/// Why somebody may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// To them there is no such thing.
    Hidden(&'static str),
    /// The same, of what a field of the body names.
    HiddenField(&'static str, &'static str),
    /// They may not, for this reason.
    Forbidden(&'static str),
    /// Their key may not, whoever they are.
    Narrow(&'static str),
    /// They may not say this in a field of the body.
    ForbiddenField(&'static str, &'static str),
    /// A setting of the team does not let them, for this reason.
    Setting(&'static str, &'static str),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Hidden(what) => Self::not_found(what),
            Refusal::HiddenField(field, what) => Self::not_found_field(field, what),
            Refusal::Forbidden(why) => Self::forbidden(why),
            Refusal::Narrow(why) => Self::narrow(why),
            Refusal::ForbiddenField(field, why) => Self::forbidden_field(field, why),
            Refusal::Setting(setting, why) => Self::setting(setting, why),
        }
    }
}

/// Whether `user` may do it.
pub fn may(user: &User, act: Act<'_>) -> Result<(), Refusal> {
    let when = |may: bool, refusal| if may { Ok(()) } else { Err(refusal) };
    let takes = |role: bool, why| {
        when(user.manages_keys(), Refusal::Forbidden("your role does not manage keys"))?;
        when(role, Refusal::Forbidden(why))
    };
    let own = |whose: Whose| owns(user, whose);
    let sees = |owner: i64| user.is_admin() || owner == user.id;
    match act {
        Act::ManageKeys => takes(true, ""),
        Act::SeeTeam | Act::RevokeAll | Act::ManageSettings | Act::AddService => {
            takes(user.is_admin(), "this takes the role admin")
        }
        Act::SeeUser(id) => takes(sees(id), "this takes the role admin"),
        Act::ManageUsers => takes(user.is_superadmin(), "this takes the role superadmin"),
        Act::ReportSecret => when(
            user.is_admin() || user.roles.contains(&Role::Scanner),
            Refusal::Forbidden("this takes the role scanner or admin"),
        ),
        Act::SeeReportedKey => when(user.is_admin(), Refusal::Hidden("API key")),
        Act::VerifyKeys => when(
            user.is_admin() || user.roles.contains(&Role::Verifier),
            Refusal::Forbidden("this takes the role verifier"),
        ),
        Act::UseKey(owner) => when(
            owner == user.id || user.roles.contains(&Role::Verifier),
            Refusal::Forbidden("this takes the role verifier"),
        ),
        Act::UseAnyKey => {
            when(user.roles.contains(&Role::Verifier), Refusal::Forbidden("this takes the role verifier"))
        }
        Act::MentionLockout => {
            when(user.manages_keys(), Refusal::ForbiddenField("allowLockout", "only a superadmin says that"))
        }
        Act::AllowLockout => {
            when(user.is_superadmin(), Refusal::ForbiddenField("allowLockout", "only a superadmin says that"))
        }
        Act::CreateKey { members_may_generate } => when(
            members_may_generate || user.is_admin(),
            Refusal::Setting("membersMayGenerate", "does not let members make keys"),
        ),
        Act::GiveAccess { access, own } => when(
            access.is_within(own),
            Refusal::ForbiddenField("access", "a key gives no key more access than its own"),
        ),
        Act::SeeKey(owner) => when(sees(owner), Refusal::Hidden("API key")),
        Act::CreateKeyFor { owner, works } => {
            when(user.is_admin(), Refusal::ForbiddenField("ownerId", "this takes the role admin"))?;
            let in_need = owner.roles == [Role::User] && !works;
            let why = "a key is made for a service, or for a user of the role user who has no key that works";
            when(owner.is_service() || in_need, Refusal::ForbiddenField("ownerId", why))
        }
        Act::HandOver { from, to } => {
            when(user.is_admin(), Refusal::ForbiddenField("ownerId", "this takes the role admin"))?;
            let why = "only a superadmin hands a superadmin's key over";
            when(!from.is_superadmin() || user.is_superadmin(), Refusal::ForbiddenField("ownerId", why))?;
            when(within(&to.roles, &from.roles), Refusal::ForbiddenField("ownerId", STRONGER))
        }
        Act::ReplaceKey(owner) => {
            when(sees(owner.id), Refusal::HiddenField("rotatedFrom", "API key"))?;
            when(own(owner), Refusal::ForbiddenField("rotatedFrom", "a key replaces only one of its owner's own"))
        }
        Act::ChangeKey(owner) => {
            may(user, Act::SeeKey(owner.id))?;
            when(outranks(user, owner), Refusal::Forbidden("only a superadmin changes a superadmin's key"))
        }
        Act::EnableKey(disabled) => when(
            disabled != Some(&DisabledReason::Admin) || user.is_admin(),
            Refusal::ForbiddenField("status", "an admin disabled this key, so only an admin enables it"),
        ),
        Act::RegenerateKey(owner) => {
            may(user, Act::SeeKey(owner.id))?;
            when(own(owner), Refusal::Forbidden("only its owner regenerates a key"))
        }
        Act::DeleteKey(owner) => {
            may(user, Act::SeeKey(owner.id))?;
            let why = "only its owner deletes a key: revoke it with POST /api-key-revocations";
            when(own(owner), Refusal::Forbidden(why))
        }
        Act::RevokeKey(owner, reason) => {
            may(user, Act::SeeKey(owner.id))?;
            when(outranks(user, owner), Refusal::Forbidden("only a superadmin revokes a superadmin's key"))?;
            let owners = reason == Some(&Revocation::Owner);
            when(!owners || own(owner.into()), Refusal::Forbidden("only its owner revokes a key as its owner"))
        }
        Act::GiveReason(reason) => when(
            reason != Some(&Revocation::Admin) || user.is_admin(),
            Refusal::ForbiddenField("revocation", "this takes the role admin"),
        ),
    }
}

/// Why a key does not go to somebody.
pub const STRONGER: &str = "a key goes to nobody who may more than its present owner: its value would become stronger";

/// Whether whoever has these roles may nothing that `others` do not allow.
pub fn within(roles: &[Role], others: &[Role]) -> bool {
    roles.iter().all(|role| role.is_within(others))
}

/// Whether `user` may change what belongs to `owner`: their own, or an admin anybody's but a superadmin's.
fn outranks(user: &User, owner: &User) -> bool {
    owner.id == user.id || user.is_superadmin() || (user.is_admin() && !owner.is_superadmin())
}

#[cfg(test)]
mod tests;
