//! `'`: the filters that go by a name. One is chosen, the present filter is saved under a name, a saved one is taken away.

use crate::domain::views::{Origin, View};
use crate::tui::action::Context;
use crate::tui::facts::Facts;
use crate::tui::field::Field;

mod update;
pub mod view;

#[derive(Debug, Default)]
pub struct ViewsMenu {
    pub cursor: usize,
    /// The filter of the list in front, to be saved; empty where there is none.
    pub present: String,
    /// The name that is being typed for it.
    pub naming: Option<Field>,
    /// What is wrong with that name, after Enter.
    pub problem: Option<String>,
}

impl ViewsMenu {
    /// The menu over a list with this filter.
    pub fn new(present: &str) -> Self {
        Self { present: present.to_owned(), ..Self::default() }
    }

    /// Where its key presses are heard.
    pub fn context(&self) -> Context {
        if self.naming.is_some() { Context::ViewName } else { Context::Views }
    }

    /// The view under the cursor.
    pub fn chosen<'f>(&self, facts: &Facts<'f>) -> Option<&'f View> {
        let views = facts.views.all();
        views.get(self.cursor.min(views.len().saturating_sub(1)))
    }

    /// Whether the view under the cursor can be taken away.
    pub fn can_remove(&self, facts: &Facts) -> bool {
        self.chosen(facts).is_some_and(|view| view.origin == Origin::Saved)
    }
}
