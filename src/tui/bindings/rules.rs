//! What no configuration may do: lock a person in, or let the key that opens a dialog answer it when it is held down.

use super::read::ParsedLine;
use super::{Bound, Loss, Problem, names};
use crate::tui::action::{Action, Context};
use crate::tui::keymap::name;

/// What needs a key of one press, and where: the ways out, which also work while a dialog is deaf and in a window that is too
/// small, and the list of everything else.
const NEEDED: [(Action, Option<&[Context]>); 4] = [
    (Action::Back, None),
    (Action::Cancel, None),
    (Action::Quit, Some(&[Context::List, Context::Exposed, Context::Settings])),
    (Action::Help, Some(&[Context::List, Context::Exposed, Context::Settings])),
];

/// An action, in one context or wherever it applies, and what it opens, with the answers there that a held key must not give.
type Opens = ((Option<Context>, Action), Context, &'static [Action]);

/// A key that is held down comes again and again, longer than a dialog is deaf.
const OPENS: [Opens; 14] = [
    ((None, Action::Revoke), Context::Choice, &[Action::OnlyShown, Action::AllMarked]),
    ((None, Action::Revoke), Context::Review, ANSWERS),
    ((None, Action::OnlyShown), Context::Review, ANSWERS),
    ((None, Action::AllMarked), Context::Review, ANSWERS),
    ((None, Action::Disable), Context::Ask, &[Action::Confirm]),
    ((Some(Context::Help), Action::Choose), Context::Choice, &[Action::OnlyShown, Action::AllMarked]),
    ((Some(Context::Help), Action::Choose), Context::Review, ANSWERS),
    ((Some(Context::Help), Action::Choose), Context::Ask, &[Action::Confirm]),
    ((Some(Context::Palette), Action::Choose), Context::Choice, &[Action::OnlyShown, Action::AllMarked]),
    ((Some(Context::Palette), Action::Choose), Context::Review, ANSWERS),
    ((Some(Context::Palette), Action::Choose), Context::Ask, &[Action::Confirm]),
    ((Some(Context::Review), Action::Confirm), Context::Running, &[Action::Retry]),
    ((Some(Context::Review), Action::Choose), Context::Running, &[Action::Retry]),
    (
        (Some(Context::Form), Action::Choose),
        Context::Reveal,
        &[Action::CopySecret, Action::ShowSecret, Action::WriteSecret],
    ),
];

/// The answers of a review; the number that it may ask for is typed.
const ANSWERS: &[Action] = &[Action::Confirm, Action::IncludeOwn];

/// Which rules `bound` breaks.
pub fn broken(bound: &[Bound], parsed: &[ParsedLine], losses: &[Loss]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (action, only) in NEEDED {
        let contexts = only.unwrap_or(action.entry().contexts);
        let has = |context: &Context| {
            bound.iter().any(|bound| bound.context == *context && bound.action == action && bound.keys.len() == 1)
        };
        let missing: Vec<Context> = contexts.iter().copied().filter(|context| !has(context)).collect();
        let Some(first) = missing.first() else { continue };
        // the last line that took one away
        let loss = losses.iter().rev().find(|loss| loss.action == action && loss.context == *first);
        let Some(loss) = loss else { continue };
        let why = if action == Action::Help { "nobody would find the rest" } else { "nobody would get out" };
        problems.push(Problem {
            place: parsed[loss.line].place.clone(),
            what: format!("{} has no key of one press left in {}: {why}", action.entry().name, names(&missing)),
            hint: format!("leave it one, such as {}", action.entry().keys[0]),
        });
    }
    for ((from, opener), there, answers) in OPENS {
        let opens = |bound: &&Bound| bound.action == opener && from.is_none_or(|from| bound.context == from);
        for open in bound.iter().filter(opens) {
            let held = open.keys.last();
            let answer = bound.iter().find(|bound| {
                let given = answers.contains(&bound.action) && bound.keys.iter().all(|key| Some(key) == held);
                bound.context == there && given
            });
            let Some((answer, line)) = answer.and_then(|answer| Some((answer, answer.line.max(open.line)?))) else {
                continue;
            };
            problems.push(Problem {
                place: parsed[line].place.clone(),
                what: format!(
                    "{} is {} in {} and {} in {}: held down, it would answer what it opened",
                    name(&answer.keys),
                    opener.entry().name,
                    open.context.name(),
                    answer.action.entry().name,
                    there.name()
                ),
                hint: "choose another key for one of the two".to_owned(),
            });
        }
    }
    problems
}
