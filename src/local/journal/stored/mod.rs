//! The form in which a rotation stands on disk. It is the journal's own: the machine in [`domain::rotation`] may change
//! freely, and what an older keydeck wrote is still read.
//!
//! [`FORM`] is the form that is written. What a form has more than the one before is read with a default from rows that
//! lack it; what it has otherwise is brought up by [`upgrade`]. `tests/journal_forms.rs` keeps a journal of each form that
//! was ever written.
//!
//! [`domain::rotation`]: crate::domain::rotation

mod mirror;
mod upgrade;

use serde::{Deserialize, Serialize};

use self::mirror::{Mirror, mirror};
use crate::domain::ids::{KeyId, UserId};
use crate::domain::rotation::{self as domain, RotationId};
use crate::domain::time::{Time, When};
use crate::domain::untrusted::Untrusted;

/// The form that is written.
pub(super) const FORM: i64 = 5;

mirror! { enum Reason { Scheduled, Expiring, Leaked, Leaver; Other(String) } }
mirror! { enum Overlap { None; Seconds(u64), Until(Time) } }
mirror! { enum Recipe { OnePassword, Vault, GitHub, GitLab, Kubernetes, Aws, Systemd; } }
mirror! { enum EnvRules { Common, Systemd; } }
mirror! { enum Format { Yaml, Json, Toml, Newmanrc, PostmanEnvironment; } }
mirror! { enum Cutover { ; Run(Hook), ByHand(String) } }
mirror! { enum CheckKind { Enabled, Mine, MayCreate, OwnKey, Alone; Place(usize), Holds(usize), Command(usize) } }
mirror! { enum Verdict { Fine; Note(Untrusted), Fails(Untrusted) } }
mirror! { enum Before { Nothing, OldValue, OtherValue; Unreadable(Untrusted) } }
mirror! {
    enum Delivery { ToDo, Begun, Verified, ByHand, Restored; Blind(Untrusted), NotRestored(Untrusted) }
}
mirror! { enum Phase { Forward, RollingBack, Abandoning, Closed, RolledBack, Abandoned; } }
mirror! { enum OldState { Live, Disabled, Revoked; } }
mirror! { enum Release { Unused, Unwatched, Dead; Forced(String) } }
mirror! { enum OldProof { Refused, NotKnown, Unproven; } }
mirror! {
    enum Effect {
        Check, Mint, Adopt, ListKeys, Register, FindOrphans, DeleteOrphans, Health, Verify, LookAtOld, Disable, Enable, Revoke,
        ProveOld, RevokeNew, Wipe;
        Deliver(usize), Hook(usize), SetDeadline(Time),
        #[serde(rename = "undo")] Restore(usize),
        #[serde(rename = "hook-back")] RerunHook(usize)
    }
}

mirror! { struct Hook { argv: Vec<String>, seconds: u64 } }
mirror! { struct Check { kind: CheckKind, verdict: Verdict, waived: bool } }
mirror! {
    struct OldKey {
        id: KeyId, name: Untrusted, masked: Untrusted, fingerprint: Option<String>, owner: UserId, expires: When, own: bool
    }
}
mirror! { struct Minted { fingerprint: String, masked: String } }
mirror! { struct Registered { id: KeyId, name: Untrusted, expires: When } }
mirror! { struct Orphan { id: KeyId, name: Untrusted, masked: Untrusted } }
mirror! { struct Proof { at: Time } }
mirror! { struct Seen { at: Time, status: String, last_used: When, last_used_from: Option<Untrusted> } }
mirror! { struct Tick { what: Effect, at: Time, by: Untrusted } }
mirror! { struct Trouble { effect: Effect, reason: Untrusted, maybe_done: bool } }

/// What the backend could do.
#[derive(Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct Abilities {
    disable: bool,
    expiry: bool,
    contacts: bool,
    last_use: bool,
    mints: bool,
    /// Left out where the backend makes and revokes keys itself, as it was before there were others: a plan's
    /// fingerprint is the same then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by_hand: Option<String>,
}

impl Mirror for Abilities {
    type Domain = domain::Abilities;

    fn store(abilities: &domain::Abilities) -> Self {
        let domain::Abilities { disable, expiry, contacts, last_use, mints, by_hand } = abilities.clone();
        Self { disable, expiry, contacts, last_use, mints, by_hand }
    }

    fn load(self) -> domain::Abilities {
        let Self { disable, expiry, contacts, last_use, mints, by_hand } = self;
        domain::Abilities { disable, expiry, contacts, last_use, mints, by_hand }
    }
}

/// A place: what was agreed, and how far it is.
#[derive(Serialize, Deserialize)]
struct Place {
    sink: Sink,
    delivery: Delivery,
    before: Option<Before>,
}

/// A line of the cutover: what was agreed, and how far it is.
#[derive(Serialize, Deserialize)]
struct Line {
    planned: Cutover,
    begun: bool,
    done: bool,
    run_again: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Sink {
    File {
        path: String,
    },
    EnvFile {
        path: String,
        name: String,
        #[serde(default = "common")]
        rules: EnvRules,
    },
    Document {
        format: Format,
        path: String,
        key: String,
    },
    Command {
        write: Hook,
        verify: Option<Hook>,
        undo: Option<Hook>,
    },
    Keyring {
        service: String,
        account: String,
    },
    Clipboard,
    Print,
    Variable {
        environment: String,
        name: String,
    },
    Recipe {
        recipe: Recipe,
        target: String,
        field: String,
    },
}

/// The rules that env files were read by before there were others.
fn common() -> EnvRules {
    EnvRules::Common
}

impl Mirror for Sink {
    type Domain = domain::Sink;

    fn store(sink: &domain::Sink) -> Self {
        match sink {
            domain::Sink::File { path } => Self::File { path: path.clone() },
            domain::Sink::EnvFile { path, name, rules } => {
                Self::EnvFile { path: path.clone(), name: name.clone(), rules: Mirror::store(rules) }
            }
            domain::Sink::Document { format, path, key } => {
                Self::Document { format: Mirror::store(format), path: path.clone(), key: key.clone() }
            }
            domain::Sink::Command { write, verify, undo } => {
                Self::Command { write: Mirror::store(write), verify: Mirror::store(verify), undo: Mirror::store(undo) }
            }
            domain::Sink::Keyring { service, account } => {
                Self::Keyring { service: service.clone(), account: account.clone() }
            }
            domain::Sink::Clipboard => Self::Clipboard,
            domain::Sink::Print => Self::Print,
            domain::Sink::Variable { environment, name } => {
                Self::Variable { environment: environment.clone(), name: name.clone() }
            }
            domain::Sink::Recipe { recipe, target, field } => {
                Self::Recipe { recipe: Mirror::store(recipe), target: target.clone(), field: field.clone() }
            }
        }
    }

    fn load(self) -> domain::Sink {
        match self {
            Self::File { path } => domain::Sink::File { path },
            Self::EnvFile { path, name, rules } => domain::Sink::EnvFile { path, name, rules: rules.load() },
            Self::Document { format, path, key } => domain::Sink::Document { format: format.load(), path, key },
            Self::Command { write, verify, undo } => {
                domain::Sink::Command { write: write.load(), verify: verify.load(), undo: undo.load() }
            }
            Self::Keyring { service, account } => domain::Sink::Keyring { service, account },
            Self::Clipboard => domain::Sink::Clipboard,
            Self::Print => domain::Sink::Print,
            Self::Variable { environment, name } => domain::Sink::Variable { environment, name },
            Self::Recipe { recipe, target, field } => domain::Sink::Recipe { recipe: recipe.load(), target, field },
        }
    }
}

/// What was agreed, without the places and the lines of the cutover.
#[derive(Serialize, Deserialize)]
struct Plan {
    reason: Reason,
    name: String,
    expires: Option<Time>,
    contacts: Vec<String>,
    overlap: Overlap,
    health: Option<Hook>,
    emergency: bool,
    abilities: Abilities,
}

impl Plan {
    fn of(plan: &domain::Plan) -> Self {
        Self {
            reason: Mirror::store(&plan.reason),
            name: plan.name.clone(),
            expires: plan.expires,
            contacts: plan.contacts.clone(),
            overlap: Mirror::store(&plan.overlap),
            health: Mirror::store(&plan.health),
            emergency: plan.emergency,
            abilities: Mirror::store(&plan.abilities),
        }
    }
}

/// A rotation.
#[derive(Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Stored {
    id: RotationId,
    batch: Option<String>,
    profile: String,
    address: String,
    plan: Plan,
    old: OldKey,
    started: Time,
    #[serde(rename = "course")]
    phase: Phase,
    agreed: bool,
    checked: bool,
    checks: Vec<Check>,
    minted: Option<Minted>,
    #[serde(default)]
    given: bool,
    #[serde(default)]
    old_given: bool,
    registering: bool,
    new: Option<Registered>,
    #[serde(default)]
    keys_before: Option<Vec<KeyId>>,
    #[serde(default)]
    unsettled: bool,
    #[serde(default)]
    orphans: Vec<Orphan>,
    #[serde(default)]
    orphans_confirmed: bool,
    places: Vec<Place>,
    lines: Vec<Line>,
    healthy: bool,
    cutover_at: Option<Time>,
    proof: Option<Proof>,
    deadline: Option<Time>,
    seen: Option<Seen>,
    look: bool,
    released: Option<Release>,
    #[serde(rename = "held")]
    reenabled: bool,
    #[serde(rename = "reviving")]
    reenabling: bool,
    touching_old: bool,
    old_state: OldState,
    revoke_confirmed: bool,
    old_proof: Option<OldProof>,
    taking_back: bool,
    way_back_clear: bool,
    revoke_new_confirmed: bool,
    new_revoked: bool,
    wiped: bool,
    #[serde(default)]
    ticks: Vec<Tick>,
    trouble: Option<Trouble>,
}

impl Stored {
    /// The stored form of `rotation`.
    pub(super) fn of(rotation: &domain::Rotation) -> Self {
        let plan = &rotation.plan;
        let place = |(sink, place): (&domain::Sink, &domain::Place)| Place {
            sink: Mirror::store(sink),
            delivery: Mirror::store(&place.delivery),
            before: Mirror::store(&place.before),
        };
        let line = |(planned, line): (&domain::Cutover, &domain::CutoverLine)| Line {
            planned: Mirror::store(planned),
            begun: line.begun,
            done: line.done,
            run_again: line.run_again,
        };
        Self {
            id: rotation.id.clone(),
            batch: rotation.batch.clone(),
            profile: rotation.profile.clone(),
            address: rotation.address.clone(),
            plan: Plan::of(plan),
            old: Mirror::store(&rotation.old),
            started: rotation.started,
            phase: Mirror::store(&rotation.phase),
            agreed: rotation.agreed,
            checked: rotation.checked,
            checks: Mirror::store(&rotation.checks),
            minted: Mirror::store(&rotation.minted),
            given: rotation.given,
            old_given: rotation.old_given,
            registering: rotation.registering,
            new: Mirror::store(&rotation.new),
            keys_before: rotation.keys_before.clone(),
            unsettled: rotation.unsettled,
            orphans: Mirror::store(&rotation.orphans),
            orphans_confirmed: rotation.orphans_confirmed,
            places: plan.sinks.iter().zip(&rotation.places).map(place).collect(),
            lines: plan.cutover.iter().zip(&rotation.lines).map(line).collect(),
            healthy: rotation.healthy,
            cutover_at: rotation.cutover_at,
            proof: Mirror::store(&rotation.proof),
            deadline: rotation.deadline,
            seen: Mirror::store(&rotation.seen),
            look: rotation.look,
            released: Mirror::store(&rotation.released),
            reenabled: rotation.reenabled,
            reenabling: rotation.reenabling,
            touching_old: rotation.touching_old,
            old_state: Mirror::store(&rotation.old_state),
            revoke_confirmed: rotation.revoke_confirmed,
            old_proof: Mirror::store(&rotation.old_proof),
            taking_back: rotation.taking_back,
            way_back_clear: rotation.way_back_clear,
            revoke_new_confirmed: rotation.revoke_new_confirmed,
            new_revoked: rotation.new_revoked,
            wiped: rotation.wiped,
            ticks: Mirror::store(&rotation.ticks),
            trouble: Mirror::store(&rotation.trouble),
        }
    }

    /// The rotation itself.
    fn load(self) -> domain::Rotation {
        let (mut sinks, mut places, mut cutover, mut lines) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for Place { sink, delivery, before } in self.places {
            sinks.push(sink.load());
            places.push(domain::Place { delivery: delivery.load(), before: before.load() });
        }
        for Line { planned, begun, done, run_again } in self.lines {
            cutover.push(planned.load());
            lines.push(domain::CutoverLine { begun, done, run_again });
        }
        domain::Rotation {
            id: self.id,
            batch: self.batch,
            profile: self.profile,
            address: self.address,
            plan: domain::Plan {
                reason: self.plan.reason.load(),
                name: self.plan.name,
                expires: self.plan.expires,
                contacts: self.plan.contacts,
                overlap: self.plan.overlap.load(),
                sinks,
                cutover,
                health: self.plan.health.load(),
                emergency: self.plan.emergency,
                abilities: self.plan.abilities.load(),
            },
            old: self.old.load(),
            started: self.started,
            phase: self.phase.load(),
            agreed: self.agreed,
            checked: self.checked,
            checks: self.checks.load(),
            minted: self.minted.load(),
            given: self.given,
            old_given: self.old_given,
            registering: self.registering,
            new: self.new.load(),
            keys_before: self.keys_before,
            unsettled: self.unsettled,
            orphans: self.orphans.load(),
            orphans_confirmed: self.orphans_confirmed,
            places,
            lines,
            healthy: self.healthy,
            cutover_at: self.cutover_at,
            proof: self.proof.load(),
            deadline: self.deadline,
            seen: self.seen.load(),
            look: self.look,
            released: self.released.load(),
            reenabled: self.reenabled,
            reenabling: self.reenabling,
            touching_old: self.touching_old,
            old_state: self.old_state.load(),
            revoke_confirmed: self.revoke_confirmed,
            old_proof: self.old_proof.load(),
            taking_back: self.taking_back,
            way_back_clear: self.way_back_clear,
            revoke_new_confirmed: self.revoke_new_confirmed,
            new_revoked: self.new_revoked,
            wiped: self.wiped,
            ticks: self.ticks.load(),
            trouble: self.trouble.load(),
            doubt: None,
        }
    }
}

/// The rotation `id` in a state of this form, at most [`FORM`].
///
/// # Errors
/// Why it cannot be understood; never what stands there.
pub(super) fn read(id: &RotationId, form: i64, state: &str) -> Result<domain::Rotation, String> {
    // the parser's own words may quote what stands there
    let damaged = |error: serde_json::Error| match error.column() {
        0 => "its state is incomplete".to_owned(),
        column => format!("its state is damaged at character {column}"),
    };
    let stored: Stored = match form {
        1 => serde_json::from_value(upgrade::from_1(serde_json::from_str(state).map_err(damaged)?)?),
        _ => serde_json::from_str(state),
    }
    .map_err(damaged)?;
    let rotation = stored.load();
    let mut effects = rotation.ticks.iter().map(|tick| tick.what).chain(rotation.trouble.iter().map(|t| t.effect));
    if rotation.id != *id || !effects.all(|effect| rotation.has(effect)) {
        return Err("its state contradicts itself".to_owned());
    }
    Ok(rotation)
}

/// An effect as it stands with its attempts.
pub(super) fn effect_json(effect: domain::Effect) -> serde_json::Result<String> {
    serde_json::to_string(&Effect::store(&effect))
}

/// The effect that stands with an attempt; none when it is not understood.
pub(super) fn effect(json: &str) -> Option<domain::Effect> {
    serde_json::from_str(json).ok().map(Effect::load)
}

/// What was agreed, in a form that says the same of the same plan in every version: which key at which server is replaced,
/// by what, where its value goes and what is run. A field that a later version adds must be left out of it while it has the
/// value that a plan had before.
pub(super) fn agreed(rotation: &domain::Rotation) -> serde_json::Result<String> {
    #[derive(Serialize)]
    struct Agreed<'a> {
        version: u32,
        id: &'a RotationId,
        address: &'a str,
        old: &'a KeyId,
        owner: UserId,
        plan: Plan,
        sinks: Vec<Sink>,
        cutover: Vec<Cutover>,
    }
    let agreed = Agreed {
        version: 1,
        id: &rotation.id,
        address: &rotation.address,
        old: &rotation.old.id,
        owner: rotation.old.owner,
        plan: Plan::of(&rotation.plan),
        sinks: Mirror::store(&rotation.plan.sinks),
        cutover: Mirror::store(&rotation.plan.cutover),
    };
    serde_json::to_string(&agreed)
}
