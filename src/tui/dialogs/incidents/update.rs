//! What changes the list of incidents that were cut short.

use super::Incidents;
use crate::tui::action::Action;
use crate::tui::dialogs::contain::Contain;
use crate::tui::dialogs::{Dialog, Requests, moved, scroll};
use crate::tui::effect::Effect;
use crate::tui::facts::Facts;
use crate::tui::request::{Input, Request};

impl Incidents {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        let Input::Action(action) = input else { return Vec::new() };
        let last = self.list.len().saturating_sub(1);
        if let Some(rows) = moved(action, usize::from(facts.size.1).saturating_sub(7)) {
            self.cursor = scroll(self.cursor.min(last), rows, last);
            return Vec::new();
        }
        match (action, self.current()) {
            (Action::Choose, Some(incident)) => {
                let (ticket, id) = (facts.ticket, incident.id.clone());
                let contain = Contain::taken_up(incident.clone(), ticket);
                let me = facts.me.cloned().map(Box::new);
                vec![
                    Request::Close,
                    Request::Open(Dialog::Contain(Box::new(contain))),
                    Request::Do(Effect::TakeUpIncident(ticket, me, id)),
                ]
            }
            (Action::Choose, None) => Vec::new(),
            _ => vec![Request::Close],
        }
    }
}
