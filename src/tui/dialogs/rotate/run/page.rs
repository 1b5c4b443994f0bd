//! The page of a rotation, in words: what is being done, or asked, and what there is to know about it.

use super::matrix::Tone;
use super::{Item, Now, Run, left};
use crate::domain::rotation::{
    Check, CheckKind, Course, Cutover, Delivery, Effect, OldProof, OldState, Overlap, Question, Release, Rotation, Seen,
    Step, Trouble, Verdict,
};
use crate::domain::time::{Time, exact, past};
use crate::domain::untrusted::visible;

/// A page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// What it is about.
    pub title: String,
    /// Whether that needs a person.
    pub alert: bool,
    /// What there is to know.
    pub lines: Vec<Line>,
}

/// A line of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Before it: done, now, to come, wrong, or a blank.
    pub glyph: char,
    /// Its words.
    pub text: String,
    /// How it stands out.
    pub tone: Tone,
}

fn line(glyph: char, text: impl Into<String>, tone: Tone) -> Line {
    Line { glyph, text: text.into(), tone }
}

fn words(text: impl Into<String>) -> Line {
    line(' ', text, Tone::Plain)
}

fn hint(text: impl Into<String>) -> Line {
    line(' ', text, Tone::Dim)
}

/// The page of the rotation in front.
pub fn page(run: &Run, now: Time) -> Page {
    let item = run.current();
    let rotation = &item.rotation;
    let (title, alert, lines) = match run.now(now) {
        Now::NotBegun => (
            "Not started".to_owned(),
            false,
            vec![words("It starts once those before it have come through; nothing of it is changed.")],
        ),
        Now::Refused(why) => ("It cannot go on".to_owned(), true, vec![line('!', why, Tone::Danger)]),
        Now::Paused(effect) => {
            let mut lines = vec![words(format!("It stands on disk. Next: {}.", doing(effect, rotation)))];
            lines.push(hint("Nothing is done before you say so."));
            lines.extend(progress(rotation, effect.step(), None));
            ("Taken up again".to_owned(), false, lines)
        }
        Now::Doing(effect) => (title(effect), false, progress(rotation, step_of(rotation, effect), Some(effect))),
        Now::Waits(until) => overlap(item, until, now),
        Now::Asks(question) => ask(item, &question, now),
        Now::Over => over(item),
    };
    Page { title, alert, lines }
}

fn step_of(rotation: &Rotation, effect: Effect) -> Step {
    if rotation.course == Course::RollingBack { Step::RollingBack } else { effect.step() }
}

fn title(effect: Effect) -> String {
    match effect {
        Effect::Check => "Check everything; nothing is changed",
        Effect::Mint | Effect::Register => "Make the new key",
        Effect::Deliver(_) => "Deliver the new value",
        Effect::Hook(_) | Effect::Health => "Move the systems over",
        Effect::Verify => "Prove the new key",
        Effect::SetDeadline(_) | Effect::LookAtOld => "The overlap",
        Effect::Enable => "Enable the old key again",
        Effect::Disable => "Disable the old key",
        Effect::Revoke | Effect::ProveOld => "Revoke the old key",
        Effect::Undo(_) | Effect::HookBack(_) | Effect::RevokeNew => "Take everything back",
        Effect::Wipe => "Wipe the value from escrow",
    }
    .to_owned()
}

fn place(rotation: &Rotation, at: usize) -> String {
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
pub fn doing(effect: Effect, rotation: &Rotation) -> String {
    match effect {
        Effect::Check => "check everything".to_owned(),
        Effect::Mint => "make the value, in escrow".to_owned(),
        Effect::Register => "make the new key known to the server".to_owned(),
        Effect::Deliver(at) => format!("deliver to {}", place(rotation, at)),
        Effect::Hook(at) => command(rotation, at),
        Effect::Health => "ask whether the systems work".to_owned(),
        Effect::Verify => "prove that the new key is accepted".to_owned(),
        Effect::SetDeadline(at) => format!("let the old key expire {}", exact(at)),
        Effect::LookAtOld => "see when the old key was used".to_owned(),
        Effect::Disable => "disable the old key".to_owned(),
        Effect::Enable => "enable the old key again".to_owned(),
        Effect::Revoke => "revoke the old key".to_owned(),
        Effect::ProveOld => "see that the old value is refused".to_owned(),
        Effect::Undo(at) => format!("restore {}", place(rotation, at)),
        Effect::HookBack(at) => format!("again: {}", command(rotation, at)),
        Effect::RevokeNew => "revoke the new key".to_owned(),
        Effect::Wipe => "wipe the value from escrow".to_owned(),
    }
}

/// A step's parts, done and to come; `now` is under way.
fn progress(rotation: &Rotation, step: Step, now: Option<Effect>) -> Vec<Line> {
    let part = |done: bool, effect: Effect, text: String| match (done, now == Some(effect)) {
        (_, true) => line('▸', format!("{text} …"), Tone::Plain),
        (true, _) => line('✓', text, Tone::Good),
        _ => line('·', text, Tone::Dim),
    };
    let plain = |effect: Effect| part(false, effect, capitalised(&doing(effect, rotation)));
    match step {
        Step::Preflight => match rotation.checks.is_empty() {
            true => vec![plain(Effect::Check)],
            false => rotation.checks.iter().map(|check| checked(rotation, check)).collect(),
        },
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
        Step::Verified => vec![
            plain(Effect::Verify),
            hint("It answers twice as the same user, and a made-up key is refused."),
        ],
        _ => now.map(plain).into_iter().collect(),
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn delivered(rotation: &Rotation, now: Option<Effect>) -> Vec<Line> {
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

fn cutover(rotation: &Rotation, now: Option<Effect>) -> Vec<Line> {
    let each = |at: usize| {
        let text = command(rotation, at);
        match (rotation.cut_over[at], now == Some(Effect::Hook(at))) {
            (true, _) => line('✓', text, Tone::Good),
            (_, true) => line('▸', format!("{text}   running …"), Tone::Plain),
            _ => line('·', text, Tone::Dim),
        }
    };
    let mut lines: Vec<Line> = (0..rotation.cut_over.len()).map(each).collect();
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

fn back(rotation: &Rotation, now: Option<Effect>) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(effect @ (Effect::Enable | Effect::LookAtOld)) = now {
        lines.push(line('▸', format!("{} …", capitalised(&doing(effect, rotation))), Tone::Plain));
    }
    for at in (0..rotation.places.len()).rev() {
        let name = place(rotation, at);
        let delivery = &rotation.places[at].delivery;
        lines.push(match delivery {
            _ if now == Some(Effect::Undo(at)) => line('▸', format!("{name}   restoring …"), Tone::Plain),
            Delivery::ToDo => line('–', format!("{name}   nothing was done here"), Tone::Dim),
            Delivery::Restored => line('✓', format!("{name}   as it was"), Tone::Good),
            Delivery::NotRestored(_) => line('!', format!("{name}   {}", delivery.words()), Tone::Danger),
            _ => line('·', name, Tone::Dim),
        });
    }
    for at in 0..rotation.cut_over.len() {
        if rotation.cut_over[at] && matches!(rotation.plan.cutover[at], Cutover::Run(_)) {
            let text = format!("again: {}", command(rotation, at));
            lines.push(match (rotation.hooks_back[at], now == Some(Effect::HookBack(at))) {
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

fn checked(rotation: &Rotation, check: &Check) -> Line {
    let what = match check.kind {
        CheckKind::Enabled => "the old key is enabled".to_owned(),
        CheckKind::Mine => "it is yours".to_owned(),
        CheckKind::MayCreate => "you may make keys".to_owned(),
        CheckKind::OwnKey => "it is not this console's own key".to_owned(),
        CheckKind::Alone => "no other rotation of it is open".to_owned(),
        CheckKind::Place(at) if at < rotation.plan.sinks.len() => format!("{} takes it", place(rotation, at)),
        CheckKind::Place(at) => format!("place {}", at + 1),
        CheckKind::Command(at) => format!("command {} can be run", at + 1),
    };
    match &check.verdict {
        Verdict::Fine => line('✓', what, Tone::Good),
        Verdict::Note(note) => line('✓', format!("{what}: {note}"), Tone::Warning),
        Verdict::Fails(why) if check.waived => line('–', format!("waived: {why}"), Tone::Warning),
        Verdict::Fails(why) => line('!', why.to_string(), Tone::Danger),
    }
}

fn overlap(item: &Item, until: Time, now: Time) -> (String, bool, Vec<Line>) {
    let rotation = &item.rotation;
    let mut lines = vec![
        words(format!("{} left, until {}.", capitalised(&left(until, now)), exact(until))),
        last_use(item, now),
    ];
    if let Some(seen) = &rotation.seen {
        lines.push(hint(format!("Looked at {}; the server tells it to the minute.", exact(seen.at))));
    }
    lines.push(hint(match rotation.deadline {
        Some(_) => "The deadline is on the server too: it holds without this machine.",
        None => "Then the old key goes, once you confirm it.",
    }));
    lines.push(hint("Safe to leave: it goes on when it is opened again."));
    ("Both keys work".to_owned(), false, lines)
}

fn last_use(item: &Item, now: Time) -> Line {
    let Some((when, from)) = item.last_use() else {
        return words("When the old key was last used is not known here yet.");
    };
    let from = from.map(|from| format!(" from {from}")).unwrap_or_default();
    match (when.time(), item.rotation.cutover_at) {
        (Some(used), Some(cutover)) if used > cutover => {
            line('!', format!("The old key was used {}{from}, after the systems were moved over.", past(when, now)), Tone::Warning)
        }
        (None, _) if *when == crate::domain::time::When::Never => words("The old key was never used."),
        _ => words(format!("The old key was last used {}{from}.", past(when, now))),
    }
}

fn ask(item: &Item, question: &Question, now: Time) -> (String, bool, Vec<Line>) {
    let rotation = &item.rotation;
    match question {
        Question::Plan => {
            let steps = rotation.plan.steps(now, rotation.old.expires.time());
            let step = |step: crate::domain::rotation::PlannedStep| match step.irreversible {
                true => line('!', step.text, Tone::Danger),
                false => line('·', step.text, Tone::Plain),
            };
            ("Is this the plan?".to_owned(), false, steps.into_iter().map(step).collect())
        }
        Question::Checks(red) => {
            let mut lines: Vec<Line> = rotation.checks.iter().map(|check| checked(rotation, check)).collect();
            let waivable = red.iter().find(|at| rotation.is_waivable(rotation.checks[**at].kind));
            lines.push(match waivable {
                Some(at) => hint(format!("w goes on although “{}” fails.", rotation.checks[*at].kind.name())),
                None => hint("This cannot be waived: it would fail, or lock keydeck out."),
            });
            ("Not everything is right; nothing was changed".to_owned(), true, lines)
        }
        Question::Checklist(at) => {
            let mut lines = cutover(rotation, None);
            if let Some(present) = lines.get_mut(*at) {
                (present.glyph, present.tone) = ('▸', Tone::Plain);
            }
            lines.push(hint("d says that it is done. The old key still works."));
            ("Your turn".to_owned(), false, lines)
        }
        Question::StillUsed(seen) => (
            "The old key is still used".to_owned(),
            true,
            vec![
                line('!', format!("Last used {}{}, after the systems were moved over.", seen.last_used.exact(), from(seen)), Tone::Warning),
                words("Find out by what: it stops working when the old key goes."),
                hint("r looks again. e ends the overlap all the same, with your reason in the summary."),
            ],
        ),
        Question::Held => (
            "The old key is enabled again".to_owned(),
            false,
            vec![words("It stays until you say that it may go."), last_use(item, now)],
        ),
        Question::Revoke => revoke(item, now),
        Question::RevokeNew(left) => {
            let mut lines = back(rotation, None);
            lines.push(words(format!(
                "{} may still hold the new value: what reads it there stops when the new key goes.",
                left.iter().map(|at| place(rotation, *at)).collect::<Vec<_>>().join(", ")
            )));
            ("Revoke the new key all the same?".to_owned(), true, lines)
        }
        Question::Trouble(trouble) => troubled(rotation, trouble),
    }
}

fn from(seen: &Seen) -> String {
    seen.last_used_from.as_ref().map(|from| format!(" from {from}")).unwrap_or_default()
}

fn revoke(item: &Item, now: Time) -> (String, bool, Vec<Line>) {
    let rotation = &item.rotation;
    let mut lines = Vec::new();
    if rotation.plan.emergency {
        lines.push(line('!', "The emergency lane: it goes first, and what uses it stops at once.", Tone::Danger));
    } else if rotation.is_safe_to_remove_old() {
        lines.push(line('✓', "The new value is in every place, and the new key is proven.", Tone::Good));
    }
    match &rotation.released {
        Some(Release::Unused) => lines.push(line('✓', "The old key was not used since the systems were moved over.", Tone::Good)),
        Some(Release::Dead) => lines.push(words("The old key is accepted no more anyway.")),
        Some(Release::Forced(reason)) => {
            lines.push(line('–', format!("The overlap was ended by hand: {}", visible(reason)), Tone::Warning));
        }
        None => lines.push(last_use(item, now)),
    }
    if rotation.old_state == OldState::Disabled {
        lines.push(words("It is disabled now: v enables it again, should something have stopped working."));
    }
    lines.push(line('!', "Revoking cannot be undone.", Tone::Danger));
    (format!("Revoke {} for ever?", rotation.old.name), false, lines)
}

fn troubled(rotation: &Rotation, trouble: &Trouble) -> (String, bool, Vec<Line>) {
    let mut lines = vec![line('!', trouble.reason.to_string(), Tone::Danger)];
    if trouble.maybe_done {
        lines.push(line('?', "It may have been done all the same.", Tone::Warning));
    }
    lines.extend(progress(rotation, step_of(rotation, trouble.effect), None));
    (format!("This did not work: {}", doing(trouble.effect, rotation)), true, lines)
}

fn over(item: &Item) -> (String, bool, Vec<Line>) {
    let rotation = &item.rotation;
    let mut lines = Vec::new();
    let title = match rotation.course {
        Course::Closed => {
            lines.push(line('✓', "The new key works, and the old one is revoked.", Tone::Good));
            match &rotation.old_proof {
                Some(OldProof::Refused) => lines.push(line('✓', "The old value was tried, and is refused.", Tone::Good)),
                Some(OldProof::NotKnown) => {
                    lines.push(words("The old value is not known here: that it is refused is the server's word."));
                }
                None => {}
            }
            if rotation.plan.overlap != Overlap::None && matches!(rotation.released, Some(Release::Unused)) {
                lines.push(line('✓', "It was not used since the systems were moved over.", Tone::Good));
            }
            if rotation.old.own {
                lines.push(line('!', "This console's own key was rotated: give the profile the new value.", Tone::Warning));
            }
            "Rotated"
        }
        Course::RolledBack => {
            lines.push(line('✓', "Everything is as it was; the old key works.", Tone::Good));
            "Rolled back"
        }
        _ => {
            lines.push(words("Given up. What lives where:"));
            lines.extend(rotation.left_behind().into_iter().map(|left| line('·', visible(&left), Tone::Plain)));
            "Given up"
        }
    };
    match &item.summary {
        Some(Ok(path)) => lines.push(hint(format!("Summary: {}", visible(path)))),
        Some(Err(why)) => lines.push(line('!', why.as_str(), Tone::Warning)),
        None => {}
    }
    (title.to_owned(), false, lines)
}
