//! What changes the form of a new value, and what becomes of what it sends.

use super::Regenerate;
use crate::domain::bulk::Reading;
use crate::tui::dialogs::Requests;
use crate::tui::dialogs::form::{FormEvent, State};
use crate::tui::dialogs::new_key::update::{close, not_minted, reveal, too_soon};
use crate::tui::effect::{Effect, Write};
use crate::tui::event::{Answer, Created, Slot};
use crate::tui::facts::Facts;
use crate::tui::request::{Input, Reply, Request, RowChange};

impl Regenerate {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        if let Input::Reply(reply) = input {
            return self.reply(reply, facts);
        }
        match self.form.update(&input) {
            FormEvent::Handled => Vec::new(),
            FormEvent::Busy => vec![too_soon()],
            FormEvent::Cancel => {
                let mut requests = close(self.maybe_made, facts);
                requests.push(Request::Do(Effect::Cancel(Slot::Again)));
                requests
            }
            FormEvent::Submit if self.reading == Reading::Looking => {
                vec![Request::info("Still looking whether the key is in use: wait")]
            }
            FormEvent::Submit => {
                let wrong = self.form.first_wrong(|about| self.check(about, facts.now.utc));
                if self.form.enter(wrong) { self.send(facts) } else { Vec::new() }
            }
        }
    }

    fn send(&mut self, facts: &Facts) -> Requests {
        let request = match self.request() {
            Some(new) => Request::write(facts.session, Write::Regenerate(self.ticket, self.key.id.clone(), new)),
            None => Request::Do(Effect::Mint(self.ticket)),
        };
        if matches!(request, Request::Do(_)) {
            self.form.state = State::Sending;
        }
        vec![request]
    }

    fn reply(&mut self, reply: Reply, facts: &Facts) -> Requests {
        match reply {
            Reply::Minted(Ok(value)) => {
                self.value = Some(value);
                self.send(facts)
            }
            Reply::Minted(Err(why)) => {
                self.form.state = State::Filling;
                vec![not_minted(&why)]
            }
            Reply::Created(made) => self.made(*made),
            Reply::Read(_, Answer::Fresh(fresh)) => {
                self.read_again(*fresh, facts.now.utc);
                Vec::new()
            }
            Reply::Read(_, Answer::Failed(error)) => {
                self.not_read(error.reason());
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// The server answered; the value is shown once there is one.
    fn made(&mut self, made: Created) -> Requests {
        match made {
            Err(error) => {
                self.maybe_made |= error.outcome_unknown();
                self.form.state = State::Failed(error);
                Vec::new()
            }
            Ok((key, value)) => {
                let value = value.or(self.value.take());
                let changed = Request::Rows(RowChange::Changed(Box::new(key.clone())));
                vec![Request::Close, reveal(key, value, self.ticket), changed]
            }
        }
    }
}
