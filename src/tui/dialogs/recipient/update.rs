//! What the choice of whom keys go to comes to.

use super::Recipient;
use crate::tui::dialogs::Requests;
use crate::tui::dialogs::person::Picked;
use crate::tui::facts::Facts;
use crate::tui::request::{Input, Request};

impl Recipient {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        let offered = self.offered(facts);
        match self.person.update(&input, &offered) {
            Picked::Nothing => Vec::new(),
            Picked::User(to) => vec![Request::Close, Request::HandOver(std::mem::take(&mut self.ids), to)],
            Picked::Back => vec![Request::Close],
        }
    }
}
