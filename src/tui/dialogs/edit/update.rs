//! What changes the form of a key's name and contacts, and what becomes of what it sends.

use super::{Edit, changed};
use crate::tui::dialogs::Requests;
use crate::tui::dialogs::form::{FormEvent, State};
use crate::tui::dialogs::new_key::update::too_soon;
use crate::tui::effect::Write;
use crate::tui::facts::Facts;
use crate::tui::request::{Input, Reply, Request};

impl Edit {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        match input {
            Input::Reply(Reply::Changed(result)) => match *result {
                Ok(key) => {
                    let mut requests = changed(key, facts);
                    requests.insert(0, Request::Close);
                    return requests;
                }
                Err(error) => self.form.state = State::Failed(error),
            },
            input => match self.form.update(&input) {
                FormEvent::Handled => {}
                FormEvent::Busy => return vec![too_soon()],
                FormEvent::Cancel => return vec![Request::Close],
                FormEvent::Submit => {
                    let wrong = self.form.first_wrong(|name| self.check(name));
                    if self.form.enter(wrong) {
                        return self.send(facts);
                    }
                }
            },
        }
        Vec::new()
    }

    fn send(&mut self, facts: &Facts) -> Requests {
        let Some(change) = self.change() else {
            return vec![Request::Close, Request::info("Nothing was changed")];
        };
        let request = Request::write(facts.session, Write::Change(self.ticket, self.key.id.clone(), change));
        if matches!(request, Request::Do(_)) {
            self.form.state = State::Sending;
        }
        vec![request]
    }
}
