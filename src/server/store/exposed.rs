//! What a report of a secret does to the key that has it: decided before the report is written, so that the audit log tells
//! of both in one entry, and carried out after it, in the same transaction.
//!
//! Whatever a report is about, the same is read in the same order: how long the answer takes tells a scanner nothing.

use serde_json::{Value, json};

use super::audit::{Cause, Origin};
use super::engine::{Result, Transaction};
use super::outbox::{self, Notice, Recipients};
use super::reports::{self, Holder, Report, Reported};
use super::revoke::{self, Target};
use super::{Write, collection_keys, findings, team};
use crate::domain::finding::{AutoRevoke, Resolution, Spared};
use crate::domain::key::Revocation;
use crate::domain::key_value::KeyKind;
use crate::domain::notice::Occasion;
use crate::domain::time::{Time, When};

/// What is known of a report when it is decided.
#[derive(Clone, Copy, Debug)]
pub struct Grounds {
    /// Whether the reporter sent the value itself, and not its hash alone.
    pub by_value: bool,
    /// Whether a superadmin accepts that nobody could manage the team afterwards.
    pub allow_lockout: bool,
}

/// What follows from a report.
#[derive(Clone, Debug)]
pub enum Consequence {
    /// Nothing: it is no key, or one that stays as it is.
    Nothing,
    /// The key is revoked.
    Revoke(Box<Target>),
    /// The key would be revoked, but for this.
    Spare(Spared),
    /// The key, named by its id, was revoked before: its findings are resolved.
    Resolve(String),
}

impl Consequence {
    /// What a report does to the key that has the value.
    pub async fn of(on: &mut Transaction, holder: Option<&Holder>, grounds: Grounds, now: Time) -> Result<Self> {
        let id_of = |kind| holder.filter(|holder| holder.kind == kind).map_or("", |holder| holder.key_id.as_str());
        let key = revoke::targets(&mut *on, [id_of(KeyKind::ApiKey)], now).await?.into_iter().next();
        let shared = collection_keys::by_ids(&mut *on, [id_of(KeyKind::CollectionAccessKey)], now).await?;
        let automatic = team::settings(&mut *on).await?.auto_revoke_exposed;
        let lockout = revoke::locks_out(&mut *on, id_of(KeyKind::ApiKey), now).await?;
        if let Some(shared) = shared.first() {
            let revoked = shared.deleted_at != When::Never;
            return Ok(if revoked { Self::Resolve(shared.id.as_str().to_owned()) } else { Self::Nothing });
        }
        let (Some(key), Some(holder)) = (key, holder) else { return Ok(Self::Nothing) };
        Ok(if key.revoked {
            Self::Resolve(key.id)
        // a value that the key no longer has is not accepted, so there is nothing to revoke
        } else if !automatic || !key.enabled || !holder.current {
            Self::Nothing
        } else if key.owner.is_superadmin() && !grounds.by_value {
            Self::Spare(Spared::HashAlone)
        } else if revoke::guards_the_team(&key) && lockout && !grounds.allow_lockout {
            Self::Spare(Spared::Lockout)
        } else {
            Self::Revoke(Box::new(key))
        })
    }

    /// Why the key is spared that would have been revoked.
    pub fn spared(&self) -> Option<&Spared> {
        match self {
            Self::Spare(why) => Some(why),
            Self::Nothing | Self::Revoke(_) | Self::Resolve(_) => None,
        }
    }

    /// Whether the key is revoked or spared, where the setting would revoke it.
    fn auto_revoke(&self) -> Option<AutoRevoke> {
        match self {
            Self::Revoke(_) => Some(AutoRevoke::Revoked),
            Self::Spare(_) => Some(AutoRevoke::Skipped),
            Self::Nothing | Self::Resolve(_) => None,
        }
    }

    /// Does it, in the server's own name; the entries say who reported the secret.
    pub async fn carry_out(self, write: &mut Write, reporter: &Value, cause: &Cause<'_>) -> Result<()> {
        let before = write.entries.len();
        let (key, resolves) = match self {
            Self::Revoke(key) => (Some(key), String::new()),
            Self::Resolve(id) => (None, id),
            Self::Nothing | Self::Spare(_) => (None, String::new()),
        };
        let open = findings::open_of_keys(write.on(), &[&resolves]).await?;
        findings::resolve(write, &open, &Resolution::Revoked, cause).await?;
        if let Some(key) = key {
            revoke::revoke(write, &[(*key, Revocation::Exposed)], cause).await?;
        }
        for entry in write.entries.iter_mut().skip(before) {
            entry.change.variables["reportedBy"] = reporter.clone();
        }
        Ok(())
    }
}

/// What a report came to.
#[derive(Clone, Debug)]
pub struct Taken {
    pub reported: Reported,
    /// Whether the key is revoked or spared, where the setting would revoke it.
    pub auto_revoke: Option<AutoRevoke>,
    /// Why it is spared.
    pub spared: Option<Spared>,
}

/// Takes a report about the value of `holder`, or of nobody: writes it in the name of the reporter, who is in `cause`, and does what follows in
/// the server's `own`.
pub async fn take(
    write: &mut Write,
    report: &Report,
    holder: Option<&Holder>,
    grounds: Grounds,
    cause: &Cause<'_>,
    own: &Origin,
) -> Result<Taken> {
    let follows = Consequence::of(write.on(), holder, grounds, cause.now).await?;
    let (auto_revoke, spared) = (follows.auto_revoke(), follows.spared().cloned());
    let reported = reports::write(write, report, holder, spared.as_ref(), cause).await?;
    tell(write, report, holder, &follows, reported.new, cause).await?;
    follows.carry_out(write, &cause.origin.actor, &Cause::new(own, cause.now)).await?;
    Ok(Taken { reported, auto_revoke, spared })
}

/// Notes who is told of a report about a key that is not revoked, and is not revoked for it: whose it is, of a new finding,
/// and the superadmins where the setting would have revoked it, once.
async fn tell(
    write: &mut Write,
    report: &Report,
    holder: Option<&Holder>,
    follows: &Consequence,
    new: bool,
    cause: &Cause<'_>,
) -> Result<()> {
    let id = holder.filter(|holder| holder.kind == KeyKind::ApiKey).map_or("", |holder| holder.key_id.as_str());
    let key = revoke::targets(write.on(), [id], cause.now).await?.into_iter().next();
    let contacts = outbox::contacts(write.on(), [id]).await?.remove(id).unwrap_or_default();
    let superadmins = Recipients::superadmins(&mut *write.on()).await?;
    let (Some(key), Some(holder)) = (key, holder) else { return Ok(()) };
    let more = json!({ "found": report.source.word() });
    let of = (key.id.as_str(), key.name.as_str());
    // who reported it is for the audit log to say
    let exposed = Notice { by: None, note: None, more, ..Notice::of(Occasion::Exposed, of, cause) };
    let own = Recipients::of_key(&key.owner, &contacts).others_than(cause);
    match follows {
        Consequence::Revoke(_) | Consequence::Resolve(_) => Ok(()),
        Consequence::Nothing if !new || key.revoked || !holder.current => Ok(()),
        Consequence::Nothing => outbox::put(write, &exposed, &own, cause.now).await,
        Consequence::Spare(why) => {
            let about = format!("{} {} {}", key.id, why.word(), report.secret_hash);
            let skipped = Notice {
                occasion: Occasion::AutoRevokeSkipped,
                why: Some(why.word()),
                about: Some(about),
                ..exposed.clone()
            };
            outbox::put_once(write, &skipped, &superadmins, cause.now).await?;
            if new { outbox::put(write, &exposed, &own.without(&superadmins), cause.now).await } else { Ok(()) }
        }
    }
}
