//! The parts of a step, each done, under way or to come, in words.

use super::line::{PageLine, hint, line};
use super::matrix::Tone;
use crate::domain::rotation::{Check, CheckKind, Cutover, Delivery, Effect, OldState, Rotation, Step, Verdict};
use crate::domain::time::exact;
use crate::domain::untrusted::visible;

pub(super) fn place(rotation: &Rotation, at: usize) -> String {
    let sink = &rotation.plan.sinks[at];
    visible(&format!("{}  {}", sink.kind(), sink.detail())).trim_end().to_owned()
}

fn command(rotation: &Rotation, at: usize) -> String {
    match &rotation.plan.cutover[at] {
        Cutover::Run(hook) => format!("run  {}", visible(&hook.to_string())),
        Cutover::ByHand(text) => format!("you  {}", visible(text)),
    }
}

/// An effect with what it is done to.
pub(super) fn doing(effect: Effect, rotation: &Rotation) -> String {
    match effect {
        Effect::Check => "check everything".to_owned(),
        Effect::Mint => "make the value, in escrow".to_owned(),
        Effect::Adopt => "check the value that was given".to_owned(),
        Effect::ListKeys => "see which keys there are".to_owned(),
        Effect::Register if rotation.plan.abilities.mints => "have the backend make the new key".to_owned(),
        Effect::Register if rotation.plan.abilities.by_hand.is_some() => "write the new key down".to_owned(),
        Effect::Register => "make the new key known to the server".to_owned(),
        Effect::FindOrphans => "see whether a key was made although the answer was lost".to_owned(),
        Effect::DeleteOrphans => "delete the key whose value was lost".to_owned(),
        Effect::Deliver(at) => format!("deliver to {}", place(rotation, at)),
        Effect::Hook(at) => command(rotation, at),
        Effect::Health => "ask whether the systems work".to_owned(),
        Effect::Verify => "prove that the new key is accepted".to_owned(),
        Effect::SetDeadline(at) => format!("let the old key expire {}", exact(at)),
        Effect::LookAtOld => "see when the old key was used".to_owned(),
        Effect::Disable => "disable the old key".to_owned(),
        Effect::Enable => "enable the old key again".to_owned(),
        Effect::Revoke if rotation.plan.abilities.by_hand.is_some() => "note that the old key is revoked".to_owned(),
        Effect::Revoke => "revoke the old key".to_owned(),
        Effect::ProveOld => "see that the old value is refused".to_owned(),
        Effect::Restore(at) => format!("restore {}", place(rotation, at)),
        Effect::RerunHook(at) => format!("again: {}", command(rotation, at)),
        Effect::RevokeNew => "revoke the new key".to_owned(),
        Effect::Wipe => "wipe the value from escrow".to_owned(),
    }
}

/// A step's parts, done and to come; `now` is under way.
pub(super) fn progress(rotation: &Rotation, step: Step, now: Option<Effect>) -> Vec<PageLine> {
    let part = |done: bool, effect: Effect, text: String| match (done, now == Some(effect)) {
        (_, true) => line('▸', format!("{text} …"), Tone::Plain),
        (true, _) => line('✓', text, Tone::Good),
        _ => line('·', text, Tone::Dim),
    };
    let plain = |effect: Effect| part(false, effect, capitalised(&doing(effect, rotation)));
    match step {
        Step::Preflight if rotation.checks.is_empty() => vec![plain(Effect::Check)],
        Step::Preflight => rotation.checks.iter().map(|check| checked(rotation, check)).collect(),
        Step::Minted if rotation.plan.abilities.mints => {
            let made = "The backend makes the key; its value is sealed in escrow at once";
            let mut lines = vec![
                part(
                    rotation.keys_before.is_some(),
                    Effect::ListKeys,
                    "The keys that there are were listed".to_owned(),
                ),
                part(rotation.new.is_some(), Effect::Register, made.to_owned()),
            ];
            let settles = matches!(now, Some(Effect::FindOrphans | Effect::DeleteOrphans));
            lines.extend(now.filter(|_| settles).map(plain));
            lines
        }
        Step::Minted if rotation.plan.abilities.by_hand.is_some() => {
            let adopted = "The value that was given is in escrow, is accepted, and is the same user's";
            vec![
                part(rotation.minted.is_some(), Effect::Adopt, adopted.to_owned()),
                part(rotation.new.is_some(), Effect::Register, "The new key is written down by its hash".to_owned()),
            ]
        }
        Step::Minted => vec![
            part(rotation.minted.is_some(), Effect::Mint, "A value is made here and sealed in escrow".to_owned()),
            part(rotation.new.is_some(), Effect::Register, "The server is told its hash, never the value".to_owned()),
        ],
        Step::Delivered => delivered(rotation, now),
        Step::Cutover => cutover(rotation, now),
        Step::RollingBack => back(rotation, now),
        Step::OldRevoked => vec![
            part(rotation.old_state == OldState::Revoked, Effect::Revoke, "The old key is revoked".to_owned()),
            part(rotation.old_proof.is_some(), Effect::ProveOld, "Its value, where it is known, is refused".to_owned()),
        ],
        Step::Verified => {
            vec![plain(Effect::Verify), hint("It answers twice as the same user, and a made-up key is refused.")]
        }
        _ => now.map(plain).into_iter().collect(),
    }
}

pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn delivered(rotation: &Rotation, now: Option<Effect>) -> Vec<PageLine> {
    let each = |at: usize| {
        let name = place(rotation, at);
        let delivery = &rotation.places[at].delivery;
        if now == Some(Effect::Deliver(at)) {
            return line('▸', format!("{name}   writing …"), Tone::Plain);
        }
        match delivery {
            Delivery::ToDo => line('·', name, Tone::Dim),
            Delivery::Begun => line('?', format!("{name}   begun"), Tone::Warning),
            Delivery::Blind(_) => line('✓', format!("{name}   {}", delivery.words()), Tone::Warning),
            delivery => line('✓', format!("{name}   {}", delivery.words()), Tone::Good),
        }
    };
    (0..rotation.places.len()).map(each).collect()
}

/// Who vouched for `what`, and when, where somebody did.
fn ticked(rotation: &Rotation, what: Effect) -> String {
    let tick = rotation.ticks.iter().rev().find(|tick| tick.what == what);
    tick.map(|tick| format!("   {}, {}", tick.by, exact(tick.at))).unwrap_or_default()
}

pub(super) fn cutover(rotation: &Rotation, now: Option<Effect>) -> Vec<PageLine> {
    let each = |at: usize| {
        let text = command(rotation, at);
        match (rotation.lines[at].done, now == Some(Effect::Hook(at))) {
            (true, _) => line('✓', format!("{text}{}", ticked(rotation, Effect::Hook(at))), Tone::Good),
            (_, true) => line('▸', format!("{text}   running …"), Tone::Plain),
            _ => line('·', text, Tone::Dim),
        }
    };
    let mut lines: Vec<PageLine> = (0..rotation.lines.len()).map(each).collect();
    if let Some(health) = &rotation.plan.health {
        let text = format!("ask  {}", visible(&health.to_string()));
        lines.push(match (rotation.healthy, now == Some(Effect::Health)) {
            (true, _) => line('✓', text, Tone::Good),
            (_, true) => line('▸', format!("{text}   asking …"), Tone::Plain),
            _ => line('·', text, Tone::Dim),
        });
    }
    lines
}

pub(super) fn back(rotation: &Rotation, now: Option<Effect>) -> Vec<PageLine> {
    let mut lines = Vec::new();
    if let Some(effect @ (Effect::Enable | Effect::LookAtOld)) = now {
        lines.push(line('▸', format!("{} …", capitalised(&doing(effect, rotation))), Tone::Plain));
    }
    for at in (0..rotation.places.len()).rev() {
        let name = place(rotation, at);
        let delivery = &rotation.places[at].delivery;
        lines.push(match delivery {
            _ if now == Some(Effect::Restore(at)) => line('▸', format!("{name}   restoring …"), Tone::Plain),
            Delivery::ToDo => line('–', format!("{name}   nothing was done here"), Tone::Dim),
            Delivery::Restored => line('✓', format!("{name}   as it was"), Tone::Good),
            Delivery::NotRestored(_) => line('!', format!("{name}   {}", delivery.words()), Tone::Danger),
            _ => line('·', name, Tone::Dim),
        });
    }
    for at in 0..rotation.lines.len() {
        if rotation.lines[at].done && matches!(rotation.plan.cutover[at], Cutover::Run(_)) {
            let text = format!("again: {}", command(rotation, at));
            lines.push(match (rotation.lines[at].run_again, now == Some(Effect::RerunHook(at))) {
                (true, _) => line('✓', text, Tone::Good),
                (_, true) => line('▸', format!("{text}   running …"), Tone::Plain),
                _ => line('·', text, Tone::Dim),
            });
        }
    }
    if rotation.registering {
        lines.push(match (rotation.new_revoked, now == Some(Effect::RevokeNew)) {
            (true, _) => line('✓', "the new key is revoked", Tone::Good),
            (_, true) => line('▸', "revoke the new key …", Tone::Plain),
            _ => line('·', "revoke the new key", Tone::Dim),
        });
    }
    lines
}

pub(super) fn checked(rotation: &Rotation, check: &Check) -> PageLine {
    let what = match check.kind {
        CheckKind::Enabled => "the old key is enabled".to_owned(),
        CheckKind::Mine => "it is yours".to_owned(),
        CheckKind::MayCreate => "you may make keys".to_owned(),
        CheckKind::OwnKey => "it is not this console's own key".to_owned(),
        CheckKind::Alone => "no other rotation of it is open".to_owned(),
        CheckKind::Place(at) if at < rotation.plan.sinks.len() => format!("{} takes it", place(rotation, at)),
        CheckKind::Holds(at) if at < rotation.plan.sinks.len() => match &check.verdict {
            Verdict::Fine => format!("{} holds the old key", place(rotation, at)),
            _ => place(rotation, at),
        },
        CheckKind::Place(at) | CheckKind::Holds(at) => format!("place {}", at + 1),
        CheckKind::Command(at) => format!("command {} can be run", at + 1),
    };
    // what fails of a place tells by itself which one it is, but for what it holds
    let whose =
        |what: &str| if matches!(check.kind, CheckKind::Holds(_)) { format!("{what}: ") } else { String::new() };
    match &check.verdict {
        Verdict::Fine => line('✓', what, Tone::Good),
        Verdict::Note(note) => line('✓', format!("{what}: {note}"), Tone::Warning),
        Verdict::Fails(why) if check.waived => line('–', format!("waived: {}{why}", whose(&what)), Tone::Warning),
        Verdict::Fails(why) => line('!', format!("{}{why}", whose(&what)), Tone::Danger),
    }
}
