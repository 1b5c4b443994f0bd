//! What an input comes to, whichever stage is in front.

use super::case::Case;
use super::{Contain, Stage};
use crate::tui::dialogs::Requests;
use crate::tui::effect::Effect;
use crate::tui::facts::Facts;
use crate::tui::request::{Input, Request};

impl Contain {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        match &mut self.stage {
            Stage::Case(case) => case.update(input, self.ticket, facts),
            Stage::Paste(paste) => match paste.update(input, facts) {
                Ok(requests) => requests,
                Err(text) => {
                    self.stage = Stage::Case(Box::new(Case::new(None)));
                    let me = facts.me.cloned().map(Box::new);
                    vec![Request::ContentChanged, Request::Do(Effect::BeginIncident(self.ticket, me, text))]
                }
            },
        }
    }
}
