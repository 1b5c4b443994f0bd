//! What a person said was done by hand, or worked all the same: when, and who.

use super::{Cutover, Effect, Rotation};
use crate::domain::time::Time;
use crate::domain::untrusted::Untrusted;

/// Something that a person vouched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    /// What was done; a line of the checklist as the [`Effect::Hook`] with its place in the cutover.
    pub what: Effect,
    pub at: Time,
    /// Who said so on this machine; empty until that is [signed](Rotation::sign).
    pub by: Untrusted,
}

impl Rotation {
    /// Notes that a person vouched for `what`.
    pub(super) fn tick(&mut self, what: Effect, at: Time) {
        self.ticks.push(Tick { what, at, by: Untrusted::default() });
    }

    /// Puts a name to everything that was vouched for and has none.
    pub fn sign(&mut self, by: &str) {
        for tick in self.ticks.iter_mut().filter(|tick| tick.by.is_empty()) {
            tick.by = Untrusted::from(by);
        }
    }

    /// The lines that a person does, each with its number in the checklist, counted from one, and its place in the
    /// cutover.
    pub fn by_hand_lines(&self) -> impl Iterator<Item = (usize, usize, &str)> {
        let lines = self.plan.cutover.iter().enumerate().filter_map(|(at, line)| match line {
            Cutover::ByHand(text) => Some((at, text.as_str())),
            Cutover::Run(_) => None,
        });
        lines.enumerate().map(|(index, (at, text))| (index + 1, at, text))
    }

    /// The place in the cutover of the line with this number in the checklist.
    pub fn checklist_line(&self, number: usize) -> Option<usize> {
        self.by_hand_lines().find(|(counted, ..)| *counted == number).map(|(_, at, _)| at)
    }

    /// What was ticked, in words.
    pub fn ticked(&self, what: Effect) -> String {
        match what {
            Effect::Hook(at) | Effect::RerunHook(at) => match self.plan.cutover.get(at) {
                Some(Cutover::ByHand(text)) => text.clone(),
                Some(Cutover::Run(hook)) if what == Effect::Hook(at) => format!("run {hook}"),
                Some(Cutover::Run(hook)) => format!("run {hook} again"),
                None => format!("line {}", at + 1),
            },
            Effect::Deliver(at) => format!("the new value in place {}", at + 1),
            Effect::Restore(at) => format!("the earlier value in place {}", at + 1),
            Effect::Health => "that the systems work".to_owned(),
            Effect::Revoke => "that the old key was revoked on its page".to_owned(),
            Effect::RevokeNew => "that the new key was revoked on its page".to_owned(),
            Effect::ProveOld => "that the old value need not be proven to be refused".to_owned(),
            other => other.step().title().to_lowercase(),
        }
    }
}
