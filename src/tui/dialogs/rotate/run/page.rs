//! The page of a rotation, in words: what is being done, or asked, and what there is to know about it.

use super::by_hand;
use super::line::{PageLine, hint, line, words};
use super::matrix::Tone;
use super::parts::{back, capitalised, checked, cutover, doing, place, progress};
use super::{Item, Now, Run, course, left};
use crate::domain::present::Present;
use crate::domain::rotation::{
    Effect, OldProof, OldState, Overlap, Phase, PlannedStep, Question, Release, Rotation, Seen, Step, Trouble,
};
use crate::domain::time::{Time, exact, past};
use crate::domain::untrusted::visible;
use crate::tui::action::{Action, Context};
use crate::tui::keymap::Keymap;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub title: String,
    /// Whether that needs a person.
    pub alert: bool,
    /// What there is to know.
    pub lines: Vec<PageLine>,
}

/// The page of the rotation in front.
pub fn page(run: &Run, now: Present, keymap: &Keymap) -> Page {
    let key = |action| keymap.press(action, Context::Rotate);
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
        Now::Working(effect) => (title(effect), false, progress(rotation, step_of(rotation, effect), Some(effect))),
        Now::Waits(until) => overlap(item, until, now),
        Now::Asks(question) => ask(item, &question, now, &key),
        Now::Over => over(item),
    };
    Page { title, alert, lines }
}

fn step_of(rotation: &Rotation, effect: Effect) -> Step {
    if rotation.phase == Phase::RollingBack { Step::RollingBack } else { effect.step() }
}

fn title(effect: Effect) -> String {
    match effect {
        Effect::Check => "Check everything; nothing is changed",
        Effect::Mint
        | Effect::Adopt
        | Effect::ListKeys
        | Effect::Register
        | Effect::FindOrphans
        | Effect::DeleteOrphans => "Make the new key",
        Effect::Deliver(_) => "Deliver the new value",
        Effect::Hook(_) | Effect::Health => "Move the systems over",
        Effect::Verify => "Prove the new key",
        Effect::SetDeadline(_) | Effect::LookAtOld => "The overlap",
        Effect::Enable => "Enable the old key again",
        Effect::Disable => "Disable the old key",
        Effect::Revoke | Effect::ProveOld => "Revoke the old key",
        Effect::Restore(_) | Effect::RerunHook(_) | Effect::RevokeNew => "Take everything back",
        Effect::Wipe => "Wipe the value from escrow",
    }
    .to_owned()
}

fn overlap(item: &Item, until: Time, now: Present) -> (String, bool, Vec<PageLine>) {
    let rotation = &item.rotation;
    if now.now >= until && now.off.is_some() {
        let off = now.off_words().map(|off| format!(", which is {off},")).unwrap_or_default();
        let lines = vec![
            words(format!("The server's clock came to {}; this machine's{off} did not yet.", exact(until))),
            last_use(item, now),
            hint("What cannot be undone waits for both: set this machine's clock right, or end the overlap."),
        ];
        return ("The overlap is over for the server".to_owned(), false, lines);
    }
    let mut lines =
        vec![words(format!("{} left, until {}.", capitalised(&left(until, now)), exact(until))), last_use(item, now)];
    if let Some(seen) = &rotation.seen {
        lines.push(hint(format!("Looked at {}; the server tells it to the minute.", exact(seen.at))));
    }
    lines.push(hint(match rotation.deadline {
        Some(_) => "The deadline is on the server too: it holds without this machine.",
        None => "Then the old key goes, once you confirm it.",
    }));
    if let Some(axis) = course::axis(item, now) {
        lines.extend(axis.words().map(hint));
    }
    lines.push(hint("Safe to leave: it goes on when it is opened again."));
    ("Both keys work".to_owned(), false, lines)
}

fn last_use(item: &Item, now: Present) -> PageLine {
    let Some((when, from)) = item.last_use() else {
        return words("When the old key was last used is not known here yet.");
    };
    let from = from.map(|from| format!(" from {from}")).unwrap_or_default();
    match (when.time(), item.rotation.cutover_at) {
        (Some(used), Some(cutover)) if used > cutover => line(
            '!',
            format!("The old key was used {}{from}, after the systems were moved over.", past(when, now.now)),
            Tone::Warning,
        ),
        (None, _) if *when == crate::domain::time::When::Never => words("The old key was never used."),
        _ => words(format!("The old key was last used {}{from}.", past(when, now.now))),
    }
}

/// What a person presses for an action.
pub(super) type Keys<'a> = &'a dyn Fn(Action) -> String;

fn ask(item: &Item, question: &Question, now: Present, key: Keys) -> (String, bool, Vec<PageLine>) {
    let rotation = &item.rotation;
    match question {
        Question::Plan => ("Is this the plan?".to_owned(), false, planned(rotation, now)),
        Question::Doubt(why) => {
            let mut lines = vec![line('!', format!("{}.", capitalised(&why.to_string())), Tone::Danger)];
            lines.push(words("Nothing is done before you agree to it as it stands here:"));
            lines.extend(planned(rotation, now));
            ("Is this still the plan?".to_owned(), true, lines)
        }
        Question::Checks(red) => {
            let mut lines: Vec<PageLine> = rotation.checks.iter().map(|check| checked(rotation, check)).collect();
            let waivable = red.iter().find(|at| rotation.is_waivable(rotation.checks[**at].kind));
            lines.push(match waivable {
                Some(at) => hint(format!(
                    "{} goes on although “{}” fails.",
                    key(Action::Waive),
                    rotation.checks[*at].kind.name()
                )),
                None => hint("This cannot be waived: it would fail, or lock keydeck out."),
            });
            ("Not everything is right; nothing was changed".to_owned(), true, lines)
        }
        Question::Checklist(at) => {
            let mut lines = cutover(rotation, None);
            if let Some(present) = lines.get_mut(*at) {
                (present.glyph, present.tone) = ('▸', Tone::Plain);
            }
            lines.push(hint(format!("{} says that it is done. The old key still works.", key(Action::DoneByHand))));
            ("Your turn".to_owned(), false, lines)
        }
        Question::StillUsed(seen) => (
            "The old key is still used".to_owned(),
            true,
            vec![
                line(
                    '!',
                    format!("Last used {}{}, after the systems were moved over.", seen.last_used.exact(), from(seen)),
                    Tone::Warning,
                ),
                words(if rotation.old.own {
                    "This console itself uses it until its profile is given the new value; another may, too."
                } else {
                    "Find out by what: it stops working when the old key goes."
                }),
                hint(format!(
                    "{} looks again. {} ends the overlap all the same, with your reason in the summary.",
                    key(Action::GoOn),
                    key(Action::EndOverlap)
                )),
            ],
        ),
        Question::Reenabled => (
            "The old key is enabled again".to_owned(),
            false,
            vec![words("It stays until you say that it may go."), last_use(item, now)],
        ),
        Question::Value => by_hand::value(rotation, key),
        Question::OldValue => by_hand::old_value(rotation, key),
        Question::RevokeNew(left) if left.is_empty() => by_hand::revoke_new(rotation),
        Question::Revoke => revoke(item, now, key),
        Question::RevokeNew(left) => {
            let mut lines = back(rotation, None);
            lines.push(words(format!(
                "{} may still hold the new value: what reads it there stops when the new key goes.",
                left.iter().map(|at| place(rotation, *at)).collect::<Vec<_>>().join(", ")
            )));
            ("Revoke the new key all the same?".to_owned(), true, lines)
        }
        Question::Orphans(orphans) => {
            let mut lines: Vec<PageLine> = orphans
                .iter()
                .map(|orphan| line('!', format!("{} {} ({})", orphan.name, orphan.masked, orphan.id), Tone::Danger))
                .collect();
            lines.push(words("It was made here, but the answer that told its value was lost: nobody has it."));
            lines.push(words("It is deleted, and another is made. The old key is not touched."));
            ("Delete the key whose value was lost?".to_owned(), true, lines)
        }
        Question::Trouble(trouble) => troubled(rotation, trouble),
    }
}

/// The plan, a line a step.
fn planned(rotation: &Rotation, now: Present) -> Vec<PageLine> {
    let step = |step: PlannedStep| {
        let (glyph, tone) = if step.irreversible { ('!', Tone::Danger) } else { ('·', Tone::Plain) };
        line(glyph, step.text, tone)
    };
    rotation.plan.steps(now.now, rotation.old.expires.time()).into_iter().map(step).collect()
}

fn from(seen: &Seen) -> String {
    seen.last_used_from.as_ref().map(|from| format!(" from {from}")).unwrap_or_default()
}

fn revoke(item: &Item, now: Present, key: Keys) -> (String, bool, Vec<PageLine>) {
    let rotation = &item.rotation;
    let mut lines = Vec::new();
    if rotation.plan.emergency {
        lines.push(line('!', "The emergency lane: it goes first, and what uses it stops at once.", Tone::Danger));
    } else if rotation.is_safe_to_remove_old() {
        lines.push(line('✓', "The new value is in every place, and the new key is proven.", Tone::Good));
    }
    match &rotation.released {
        Some(Release::Unused) => {
            lines.push(line('✓', "The old key was not used since the systems were moved over.", Tone::Good));
        }
        Some(Release::Unwatched) => {
            lines.push(line('?', "Whether the old key is still used is not told by this backend.", Tone::Warning));
        }
        Some(Release::Dead) => lines.push(words("The old key is accepted no more anyway.")),
        Some(Release::Forced(reason)) => {
            lines.push(line('–', format!("The overlap was ended by hand: {}", visible(reason)), Tone::Warning));
        }
        None => lines.push(last_use(item, now)),
    }
    if rotation.old_state == OldState::Disabled {
        let revive = key(Action::Revive);
        lines.push(words(format!(
            "It is disabled now: {revive} enables it again, should something have stopped working."
        )));
    }
    if let Some(page) = &rotation.plan.abilities.by_hand {
        return by_hand::revoke(rotation, page, lines);
    }
    lines.push(line('!', "Revoking cannot be undone.", Tone::Danger));
    (format!("Revoke {} for ever?", rotation.old.name), false, lines)
}

fn troubled(rotation: &Rotation, trouble: &Trouble) -> (String, bool, Vec<PageLine>) {
    let mut lines = vec![line('!', trouble.reason.to_string(), Tone::Danger)];
    if trouble.maybe_done {
        lines.push(line('?', "It may have been done all the same.", Tone::Warning));
    }
    lines.extend(progress(rotation, step_of(rotation, trouble.effect), None));
    (format!("This did not work: {}", doing(trouble.effect, rotation)), true, lines)
}

fn over(item: &Item) -> (String, bool, Vec<PageLine>) {
    let rotation = &item.rotation;
    let mut lines = Vec::new();
    let title = match rotation.phase {
        Phase::Closed => {
            lines.push(line('✓', "The new key works, and the old one is revoked.", Tone::Good));
            match &rotation.old_proof {
                Some(OldProof::Refused) => {
                    lines.push(line('✓', "The old value was tried, and is refused.", Tone::Good));
                }
                Some(OldProof::NotKnown) => {
                    lines.push(words("The old value is not known here: that it is refused is the server's word."));
                }
                Some(OldProof::Unproven) => {
                    let unproven = "That the old value is refused could not be proven; it was let be.";
                    lines.push(line('–', unproven, Tone::Warning));
                }
                None => {}
            }
            if rotation.plan.overlap != Overlap::None && matches!(rotation.released, Some(Release::Unused)) {
                lines.push(line('✓', "It was not used since the systems were moved over.", Tone::Good));
            }
            if rotation.old.own {
                lines.push(line(
                    '!',
                    "This console's own key was rotated: give the profile the new value.",
                    Tone::Warning,
                ));
            }
            "Rotated"
        }
        Phase::RolledBack => {
            lines.push(match rotation.deadline {
                // that cannot be taken back
                Some(at) => {
                    let words = format!("Everything else is as it was, but the old key expires {}.", exact(at));
                    line('!', words, Tone::Warning)
                }
                None => line('✓', "Everything is as it was; the old key works.", Tone::Good),
            });
            "Rolled back"
        }
        _ => {
            lines.push(words("Given up. What lives where:"));
            lines.extend(rotation.left_behind().into_iter().map(|left| line('·', visible(&left), Tone::Plain)));
            "Given up"
        }
    };
    if let Some(words) = &item.late_mail {
        lines.push(line('·', format!("{}.", visible(words)), Tone::Plain));
    }
    match &item.summary {
        Some(Ok(path)) => lines.push(hint(format!("Summary: {}", visible(path)))),
        Some(Err(why)) => lines.push(line('!', why.as_str(), Tone::Warning)),
        None => {}
    }
    (title.to_owned(), false, lines)
}
