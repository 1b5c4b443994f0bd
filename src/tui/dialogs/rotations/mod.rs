//! The rotations that are open, from the journal on this machine.

use crate::domain::present::Present;
use crate::domain::rotation::{Next, Phase, Question, Rotation};
use crate::tui::dialogs::rotate::run::{Item, Run, standing};

mod update;
pub mod view;

/// The list.
#[derive(Debug, Default)]
pub struct Rotations {
    pub cursor: usize,
}

/// Where a rotation stands that nobody has open, with its glyph.
pub fn stands(rotation: &Rotation, now: Present) -> (char, String) {
    let item = Item { begun: true, ..Item::new(rotation.clone(), None) };
    let run = Run::new(vec![item], true);
    let (glyph, words) = standing(run.current(), &run.now(now), now);
    let back = if rotation.phase == Phase::RollingBack { "rolling back, " } else { "" };
    (if needs_a_person(rotation, now) { '!' } else { glyph }, format!("{back}{words}"))
}

/// Whether it does not simply wait for its time.
pub fn needs_a_person(rotation: &Rotation, now: Present) -> bool {
    !matches!(rotation.next(now), Next::Wait(_) | Next::Over | Next::Ask(Question::Reenabled))
}
