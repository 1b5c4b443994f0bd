//! The tour through a demo: what to press next, and whether it was done.

use super::App;
use crate::domain::picture::Wanted;
use crate::domain::rotation::Phase;
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::Dialog;
use crate::tui::dialogs::rotate::Wizard;
use crate::tui::session::Tone;
use crate::tui::tab::Tab;

/// A step of the tour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// See the map of the team's keys.
    Map,
    /// See the keys of one of its cells.
    Cell,
    /// Paste a line in which a key leaked.
    Leak,
    /// Begin to rotate a key.
    Rotate,
    /// See which rotations are open.
    Open,
}

const STEPS: [Step; 5] = [Step::Map, Step::Cell, Step::Leak, Step::Rotate, Step::Open];

/// A tour, as far as it is walked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tour {
    at: usize,
    /// The file into which a key leaked.
    log: String,
    /// The key to rotate, and the file to which its new value goes.
    key: String,
    env: String,
}

impl Tour {
    /// A tour from its first step.
    pub fn new(log: &str, key: &str, env: &str) -> Self {
        Self { at: 0, log: log.to_owned(), key: key.to_owned(), env: env.to_owned() }
    }

    fn step(&self) -> Option<Step> {
        STEPS.get(self.at).copied()
    }
}

impl App {
    /// The tour goes on once its step was done, or a later one was.
    pub(super) fn tour_goes_on(&mut self) {
        let Some(step) = self.tour.as_ref().and_then(Tour::step) else { return };
        if !self.is_done(step) {
            return;
        }
        if let Some(tour) = &mut self.tour {
            tour.at += 1;
        }
        if self.tour.as_ref().is_some_and(|tour| tour.step().is_none()) {
            self.tour = None;
            let help = self.keymap.press(Action::Help, Context::List);
            self.say(Tone::Good, format!("That was the tour: {help} lists what can be done where you are"));
        }
    }

    fn is_done(&self, step: Step) -> bool {
        match (step, self.dialogs.last()) {
            (Step::Map, Some(Dialog::Picture(picture))) => picture.wanted == Wanted::Map && self.tab == Tab::Team,
            (Step::Cell, None) => self.keys().is_some_and(|list| !list.filter.kept.is_empty()),
            (Step::Leak, _) => self.looked_up.values().any(Option::is_some),
            (Step::Rotate, Some(Dialog::Rotate(wizard))) => is_begun(wizard),
            (Step::Open, Some(Dialog::Rotations(_))) => true,
            (Step::Map | Step::Cell | Step::Rotate | Step::Open, _) => false,
        }
    }

    /// What the tour says: which step it is, and what to press.
    pub fn tour_words(&self) -> Option<String> {
        let tour = self.tour.as_ref()?;
        let key = |action| self.keymap.press(action, Context::List);
        let words = match tour.step()? {
            Step::Map => {
                let (team, map) = (key(Action::TeamTab), key(Action::Map));
                format!("{team}, then {map}: a map of what is old and what is used")
            }
            Step::Cell => {
                let show = self.keymap.press(Action::Choose, Context::Picture);
                format!("the arrows choose a cell, {show} shows its keys")
            }
            Step::Leak => format!("paste a line of {} into the list: whose key is that?", tour.log),
            Step::Rotate => {
                let (mine, rotate) = (key(Action::MineTab), key(Action::Rotate));
                // in the filter box the digit would be typed
                let editing = self.keys().is_some_and(|list| list.filter.editing.is_some());
                let leave =
                    if editing { self.keymap.press(Action::Back, Context::Filter) + ", " } else { String::new() };
                format!("{leave}{mine}, then {rotate} on {}: its new value goes into {}", tour.key, tour.env)
            }
            Step::Open => {
                let back = self.keymap.press(Action::Back, Context::Rotate);
                format!("{back} leaves it, {} lists what is open; killed, it goes on as well", key(Action::Rotations))
            }
        };
        Some(format!("Tour {} of {} · {words}", tour.at + 1, STEPS.len()))
    }
}

/// Whether a rotation of the wizard stands on disk.
fn is_begun(wizard: &Wizard) -> bool {
    let items = wizard.run.iter().flat_map(|run| &run.items);
    items.into_iter().any(|item| item.begun && item.rotation.phase == Phase::Forward)
}
