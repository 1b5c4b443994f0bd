//! What changes the form of a tracked key, and what becomes of what it asks for.

use super::{Purpose, Track};
use crate::domain::listing::Scope;
use crate::tui::dialogs::Requests;
use crate::tui::dialogs::form::{FormEvent, State};
use crate::tui::effect::Effect;
use crate::tui::event::Slot;
use crate::tui::facts::Facts;
use crate::tui::request::{Input, Reply, Request};

impl Track {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        match input {
            Input::Reply(Reply::Tracked(Ok(said))) => {
                let mine = Request::Read(Slot::Keys(Scope::Mine));
                return vec![Request::Close, Request::good(said), Request::ForgetLookups, mine];
            }
            Input::Reply(Reply::Tracked(Err(why))) => {
                self.form.state = State::Filling;
                return vec![Request::bad(why)];
            }
            input => match self.form.update(&input) {
                FormEvent::Handled => {}
                FormEvent::Busy => return vec![Request::info("It is being written down")],
                FormEvent::Cancel => return vec![Request::Close],
                FormEvent::Submit => {
                    let wrong = self.form.first_wrong(|name| self.check(name, facts.now.utc));
                    if self.form.enter(wrong) {
                        return self.send(facts);
                    }
                }
            },
        }
        Vec::new()
    }

    fn send(&mut self, facts: &Facts) -> Requests {
        match self.order(facts.now.utc) {
            Some(order) => {
                self.form.state = State::Sending;
                vec![Request::Do(Effect::Track(self.ticket, Box::new(order)))]
            }
            None => vec![
                Request::Close,
                Request::info(match self.purpose {
                    Purpose::Add | Purpose::Edit(_) | Purpose::Remove(_) => "Nothing was changed",
                    Purpose::Probe(_) => "Nothing was sent",
                }),
            ],
        }
    }
}
