//! What changes the form of findings' resolution, and what becomes of what it sends.

use super::{Resolve, Told};
use crate::client::error::ServiceError;
use crate::domain::finding::Resolution;
use crate::domain::ids::KeyId;
use crate::tui::dialogs::Requests;
use crate::tui::dialogs::form::{FormEvent, State};
use crate::tui::effect::Write;
use crate::tui::facts::Facts;
use crate::tui::request::{Input, Reply, Request, RowChange};
use crate::tui::text::thousands;

impl Resolve {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        match input {
            Input::Reply(Reply::Resolved(place, answer)) => return self.answered(place, answer),
            input => match self.form.update(&input) {
                FormEvent::Handled => {}
                FormEvent::Busy => return vec![Request::info("Waiting for the answer")],
                FormEvent::Cancel => return self.close(),
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

    /// The server answered about one; after the last it is over, or can be tried again with those that failed.
    fn answered(&mut self, place: usize, answer: Result<Resolution, ServiceError>) -> Requests {
        let Some(at) = self.sent.0.get(place).copied() else { return Vec::new() };
        self.sent.1 += 1;
        let (finding, told) = &mut self.findings[at];
        let mut requests = Vec::new();
        match answer {
            Ok(resolution) => {
                *told = Told::Resolved;
                requests.push(Request::Rows(RowChange::Resolved(finding.id.clone(), resolution)));
            }
            Err(error) => *told = Told::Failed(error),
        }
        if self.sent.1 < self.sent.0.len() {
            return requests;
        }
        let failed = self.findings.iter().find_map(|(_, told)| match told {
            Told::Failed(error) => Some(error.clone()),
            Told::Waiting | Told::Resolved => None,
        });
        match failed {
            Some(error) => self.form.state = State::Failed(error),
            None => requests.extend(self.over()),
        }
        requests
    }

    /// All of them are called so.
    fn over(&self) -> Requests {
        let words = self.resolution.in_words();
        let said = match self.findings.len() {
            1 => format!("The finding is resolved: {words}"),
            many => format!("{} findings are resolved: {words}", thousands(many)),
        };
        vec![Request::Close, Request::Rows(RowChange::Marked(Vec::new())), Request::good(said)]
    }

    /// What failed stays marked where several were meant; where nothing was sent, the marks stay as they are.
    fn close(&self) -> Requests {
        let mut requests = vec![Request::Close];
        let failed: Vec<KeyId> = self
            .findings
            .iter()
            .filter(|(_, told)| *told != Told::Resolved)
            .map(|(finding, _)| finding.id.clone())
            .collect();
        let resolved = self.resolved();
        if resolved > 0 {
            requests.push(Request::Rows(RowChange::Marked(failed)));
            let all = thousands(self.findings.len());
            requests
                .push(Request::bad(format!("{} of {all} are resolved, the others stay marked", thousands(resolved))));
        }
        requests
    }

    fn send(&mut self, facts: &Facts) -> Requests {
        let request = Request::write(facts.session, Write::Resolve(self.ticket, self.request()));
        if matches!(request, Request::Do(_)) {
            self.form.state = State::Sending;
        }
        vec![request]
    }
}
