//! The field of one setting: what it is, what it shall be, and what it may be. What is entered is staged, not saved.

use crate::domain::settings::{Field as Setting, Settings};
use crate::tui::field::Field;

mod update;
pub mod view;

/// A setting being edited.
#[derive(Debug)]
pub struct SettingField {
    pub setting: Setting,
    /// The settings as they are now.
    pub present: Settings,
    /// Those with what was staged before.
    pub staged: Settings,
    /// What is typed.
    pub typed: Field,
    /// Why that is no value of it.
    pub problem: Option<String>,
}

impl SettingField {
    /// The field with the staged value in it.
    pub fn new(setting: Setting, present: Settings, staged: Settings) -> Self {
        let typed = Field::new(&setting.write(&staged));
        Self { setting, present, staged, typed, problem: None }
    }

    /// The usual value after the one that stands there, or before it.
    fn step(&mut self, forward: bool) {
        let usual = self.setting.usual();
        let at = usual.iter().position(|value| *value == self.typed.text().trim());
        let next = match at {
            Some(at) if forward => (at + 1) % usual.len(),
            Some(at) => (at + usual.len() - 1) % usual.len(),
            None => 0,
        };
        self.typed = Field::new(usual[next]);
        self.problem = None;
    }
}
