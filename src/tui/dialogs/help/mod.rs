//! `?`: a searchable list of what can be done here, which does what it lists, and of the manual's chapters.

use crate::manual::{CHAPTERS, Chapter};
use crate::tui::action::{Action, Context, TABLE};
use crate::tui::dialogs::scroll;
use crate::tui::field::Field;
use crate::tui::keymap::Keymap;

mod update;
pub mod view;

#[derive(Debug)]
pub struct Help {
    /// Where it was opened.
    pub context: Context,
    pub search: Field,
    /// Everything that can be asked for in that context: the action, its keys, its line.
    pub all: Vec<HelpLine>,
    /// The line under the cursor, among those found: what can be done, then the chapters.
    pub cursor: usize,
}

/// What stands under the cursor.
#[derive(Clone, Copy, Debug)]
pub enum Chosen {
    Action(Action),
    Chapter(&'static Chapter),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelpLine {
    pub action: Action,
    pub keys: String,
    pub help: &'static str,
    /// Why it cannot be done now.
    pub why_not: Option<String>,
}

impl Help {
    /// The help for a context; `why_not` says why an action cannot be done now.
    pub fn new(context: Context, keymap: &Keymap, why_not: impl Fn(Action) -> Option<String>) -> Self {
        let all = TABLE
            .iter()
            .filter(|entry| entry.contexts.contains(&context) && entry.action != Action::Help)
            .map(|entry| HelpLine {
                action: entry.action,
                keys: keymap.keys_of(entry.action, context).join(" or "),
                help: entry.help.trim(),
                why_not: why_not(entry.action),
            })
            .collect();
        Self { context, search: Field::default(), all, cursor: 0 }
    }

    /// The lines that hold every word of the search.
    pub fn found(&self) -> Vec<&HelpLine> {
        let search = self.search.text().to_lowercase();
        self.all
            .iter()
            .filter(|line| {
                let text = format!("{} {} {}", line.keys, line.help, line.action.entry().name).to_lowercase();
                search.split_whitespace().all(|word| text.contains(word))
            })
            .collect()
    }

    /// The chapters that hold every word of the search in name or title.
    pub fn chapters(&self) -> Vec<&'static Chapter> {
        let search = self.search.text().to_lowercase();
        let holds = |chapter: &&Chapter| {
            let text = format!("manual {} {}", chapter.name, chapter.title).to_lowercase();
            search.split_whitespace().all(|word| text.contains(word))
        };
        CHAPTERS.iter().filter(holds).collect()
    }

    /// Moves the cursor.
    pub fn move_by(&mut self, delta: isize) {
        let lines = self.found().len() + self.chapters().len();
        self.cursor = scroll(self.cursor, delta, lines.saturating_sub(1));
    }

    /// What is under the cursor.
    pub fn chosen(&self) -> Option<Chosen> {
        let found = self.found();
        match found.get(self.cursor) {
            Some(line) => Some(Chosen::Action(line.action)),
            None => self.chapters().get(self.cursor - found.len()).copied().map(Chosen::Chapter),
        }
    }
}
