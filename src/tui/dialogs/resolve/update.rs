//! What changes the form of a finding's resolution, and what becomes of what it sends.

use super::Resolve;
use crate::tui::dialogs::Requests;
use crate::tui::dialogs::form::{FormEvent, State};
use crate::tui::effect::Write;
use crate::tui::facts::Facts;
use crate::tui::request::{Input, Reply, Request, RowChange};

impl Resolve {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        match input {
            Input::Reply(Reply::Resolved(Ok(resolution))) => {
                let said = Request::good(format!("The finding is resolved: {}", resolution.in_words()));
                return vec![
                    Request::Close,
                    said,
                    Request::Rows(RowChange::Resolved(self.finding.id.clone(), resolution)),
                ];
            }
            Input::Reply(Reply::Resolved(Err(error))) => self.form.state = State::Failed(error),
            input => match self.form.update(&input) {
                FormEvent::Handled => {}
                FormEvent::Busy => return vec![Request::info("Waiting for the answer")],
                FormEvent::Cancel => return vec![Request::Close],
                FormEvent::Submit => {
                    let wrong = self.form.first_wrong(|_| self.check());
                    if self.form.enter(wrong) {
                        return self.send(facts);
                    }
                }
            },
        }
        Vec::new()
    }

    fn send(&mut self, facts: &Facts) -> Requests {
        let request = Request::write(facts.session, Write::Resolve(self.ticket, self.request()));
        if matches!(request, Request::Do(_)) {
            self.form.state = State::Sending;
        }
        vec![request]
    }
}
