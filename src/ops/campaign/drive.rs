//! Carrying one rotation on without a person: what was agreed when the campaign was is agreed to, and everything else is left
//! to a person.

use super::world::made_something;
use crate::domain::campaign::{Standing, State, of_rotation};
use crate::domain::rotation::{Decision, Effect, Next, Question, Rotation};
use crate::ops::rotate::{Executor, RotateError};

/// How far a rotation went.
#[derive(Clone, Debug, PartialEq)]
pub enum Way {
    /// As far as it goes by itself, and how its key stands by it.
    Went {
        standing: Standing,
        /// Whether nothing was made, so that the key may be begun again.
        nothing_made: bool,
    },
    /// It was to stop midway.
    Stopped,
}

/// Carries a rotation on until it is over, waits, or needs a person, or `stop` says so.
///
/// # Errors
/// When what happens cannot be written down.
pub async fn drive(
    executor: &Executor<'_>,
    rotation: &mut Rotation,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Way, RotateError> {
    loop {
        match rotation.next(executor.present()) {
            Next::Do(_) if stop() => return Ok(Way::Stopped),
            Next::Do(_) => {
                executor.step(rotation, &mut |_, _| ()).await?;
            }
            Next::Ask(Question::Plan) => executor.decide(rotation, Decision::Agree).await?,
            // that the old keys go in the end is what was agreed to
            Next::Ask(Question::Revoke) if rotation.plan.abilities.by_hand.is_none() => {
                executor.decide(rotation, Decision::ConfirmRevoke).await?;
            }
            Next::Ask(Question::Checks(_)) if !made_something(rotation) => {
                // told as it failed, and not left open: nothing was changed
                let standing = of_rotation(rotation, executor.present());
                let standing = match standing {
                    Standing::Needs { says, .. } => {
                        Standing::Needs { says, run: Some(format!("keydeck rotate {} --dry-run", rotation.old.id)) }
                    }
                    other => other,
                };
                executor.decide(rotation, Decision::Abandon { lose_value: false }).await?;
                while executor.step(rotation, &mut |_, _| ()).await?.is_some() {}
                return Ok(Way::Went { standing, nothing_made: true });
            }
            // cut short before it was sealed what was agreed, and before anything was made: it is begun afresh
            Next::Ask(Question::Doubt(_)) if !made_something(rotation) => {
                executor.decide(rotation, Decision::Abandon { lose_value: false }).await?;
                while executor.step(rotation, &mut |_, _| ()).await?.is_some() {}
                return Ok(Way::Went { standing: Standing::NotBegun { ours: true }, nothing_made: true });
            }
            Next::Ask(_) | Next::Wait(_) | Next::Over => {
                let standing = of_rotation(rotation, executor.present());
                let nothing_made =
                    standing.state() == State::Needs && rotation.phase.is_over() && !made_something(rotation);
                return Ok(Way::Went { standing, nothing_made });
            }
        }
    }
}

/// Tries what failed once more, since a person has looked at it.
///
/// # Errors
/// When what was decided cannot be written down.
pub async fn try_again(executor: &Executor<'_>, rotation: &mut Rotation) -> Result<(), RotateError> {
    let is_hook = |effect: Effect| matches!(effect, Effect::Hook(_) | Effect::RerunHook(_));
    let again = match rotation.next(executor.present()) {
        // a hook that may have run is not run twice, unasked
        Next::Ask(Question::Trouble(trouble)) => !(trouble.maybe_done && is_hook(trouble.effect)),
        Next::Ask(Question::Checks(_) | Question::StillUsed(_)) => true,
        Next::Ask(_) | Next::Do(_) | Next::Wait(_) | Next::Over => false,
    };
    if again { executor.decide(rotation, Decision::Retry).await } else { Ok(()) }
}
