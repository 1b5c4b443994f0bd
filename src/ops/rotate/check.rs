//! The preflight: everything that must be right, looked at without changing anything.

use super::Executor;
use super::carry_out::refused;
use crate::client::KeyService;
use crate::client::error::ServiceError;
use crate::domain::key::{DisabledReason, Status};
use crate::domain::rotation::{Check, CheckKind, Cutover, Hook, OldKey, Outcome, Plan, Rotation, Sink, Verdict};
use crate::domain::team::Role;
use crate::domain::untrusted::Untrusted;
use crate::local::program::Tools;
use crate::local::sinks::{Holding, Sinks};

fn fails(reason: impl Into<Untrusted>) -> Verdict {
    Verdict::Fails(reason.into())
}

fn noted(notes: &[String]) -> Verdict {
    if notes.is_empty() { Verdict::Fine } else { Verdict::Note(notes.join("; ").into()) }
}

/// Whether a place is the one that is meant. One that holds something else may be one that nobody meant, so a person has to
/// say so.
fn holds(holding: Holding) -> Verdict {
    match holding {
        Holding::OldKey => Verdict::Fine,
        Holding::Nothing(made) => Verdict::Note(format!("holds nothing yet: {made}").into()),
        Holding::Other(why) => fails(why),
        Holding::Unknown(why) => Verdict::Note(why.into()),
    }
}

impl Executor<'_> {
    pub(super) async fn check(&self, rotation: &Rotation) -> Result<Vec<Check>, Outcome> {
        let mut checks =
            preflight(&*self.service, (&self.tools, &self.sinks), rotation).await.map_err(|error| refused(&error))?;
        let others = self.journal.open_rotations().await.map(|listing| listing.rotations);
        checks.push(alone(rotation, others.as_deref().map_err(ToString::to_string)));
        Ok(checks)
    }
}

/// Whether no other of the open rotations takes the key away, or has just made it.
pub fn alone(rotation: &Rotation, others: Result<&[Rotation], String>) -> Check {
    let verdict = match others {
        Ok(others) => others
            .iter()
            .filter(|other| other.id != rotation.id)
            .find_map(|other| other.is_about(&rotation.address, &rotation.old.id))
            .map_or(Verdict::Fine, fails),
        Err(error) => fails(error),
    };
    Check::new(CheckKind::Alone, verdict)
}

/// Looks at everything that can be seen without this machine's journal.
pub async fn preflight(
    service: &dyn KeyService,
    (tools, sinks): (&Tools, &Sinks),
    rotation: &Rotation,
) -> Result<Vec<Check>, ServiceError> {
    let (me, old) = tokio::try_join!(service.me(), service.api_key(&rotation.old.id))?;
    let mut checks = Vec::new();
    let mut add = |kind, verdict| checks.push(Check::new(kind, verdict));

    add(
        CheckKind::Enabled,
        match (&old.status, &old.disabled_reason) {
            (Status::Enabled, _) => Verdict::Fine,
            (Status::Disabled, Some(DisabledReason::Expired)) => {
                fails("the old key expired: nothing works with it now")
            }
            (Status::Disabled, _) => fails("the old key is disabled: nothing works with it now"),
            (Status::Revoked, _) => fails("the old key is revoked: make a new key instead"),
            (Status::Other(word), _) => fails(format!("the old key is “{word}”, which this version does not know")),
        },
    );
    add(
        CheckKind::Mine,
        if let Some(page) = &rotation.plan.abilities.by_hand {
            Verdict::Note(format!("whoever may make and revoke it at {page} does").into())
        } else if me.acts_for(&old) {
            Verdict::Fine
        } else {
            fails(format!("only its owner, {}, can rotate it: tell them, or revoke it", old.owner))
        },
    );
    let asked =
        if me.is_admin() || rotation.plan.abilities.by_hand.is_some() { None } else { Some(service.settings().await) };
    let may_create = match asked.transpose() {
        Ok(settings) if settings.as_ref().is_none_or(|settings| settings.members_may_generate) => Verdict::Fine,
        Ok(_) => fails("members of the team may not make keys"),
        Err(_) if me.roles.contains(&Role::User) => Verdict::Note("whether members may make keys is not known".into()),
        Err(error) => fails(error.reason()),
    };
    add(CheckKind::MayCreate, may_create);
    add(
        CheckKind::OwnKey,
        match (rotation.old.own || me.own_key.as_ref() == Some(&old.id), rotation.plan.emergency) {
            (false, _) => Verdict::Fine,
            (true, true) => fails("keydeck itself uses this key: revoked first, it could not make the new one"),
            (true, false) => {
                fails("keydeck itself uses this key: afterwards its profile needs the new value, so deliver it there")
            }
        },
    );
    checks.extend(places(sinks, &rotation.plan, &rotation.old).await);
    let hooks = rotation.plan.cutover.iter().filter_map(|line| match line {
        Cutover::Run(hook) => Some(hook),
        Cutover::ByHand(_) => None,
    });
    let hooks: Vec<&Hook> = hooks.chain(&rotation.plan.health).collect();
    for (at, hook) in hooks.into_iter().enumerate() {
        let verdict = match tools.find(hook) {
            Ok(_) => Verdict::Fine,
            Err(error) => fails(error.to_string()),
        };
        checks.push(Check::new(CheckKind::Command(at), verdict));
    }
    Ok(checks)
}

/// Looks at the places of a plan: whether each can be written, and what it holds.
pub async fn places(sinks: &Sinks, plan: &Plan, old: &OldKey) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut add = |kind, verdict| checks.push(Check::new(kind, verdict));
    for (at, sink) in plan.sinks.iter().enumerate() {
        if let Sink::Clipboard | Sink::Print = sink {
            add(CheckKind::Place(at), Verdict::Note(sink.blind().unwrap_or_default().into()));
            continue;
        }
        match sinks.look(sink, old).await {
            Ok(look) => {
                add(CheckKind::Place(at), noted(&look.notes));
                add(CheckKind::Holds(at), holds(look.holding));
            }
            Err(error) => add(CheckKind::Place(at), fails(format!("{error}; {}", error.hint()))),
        }
    }
    checks
}
